//! The work that is measured: the same users lived by the engine and by a plain loop.

use std::{path::Path, sync::Arc};

use super::{machine::Memory, report::Mode};
use crate::{
    history::session::Observation,
    user::{
        facet::{FACETS, FacetKind},
        self_model::{Scores, SelfModel},
    },
    world::{
        arm::Lot,
        arrivals::{Arrivals, Newborn},
        engine::{
            self, EngineError, Epoch, Plan,
            cohort::World,
            recorded::{self, Record, Records, Replay},
        },
        ledger::{Ledger, ScoreCell},
        life::{Scene, User},
        scenario::{Scenario, ScenarioFile},
        stage::{SECONDS, Stage},
    },
};

/// The built-in population, made ready.
#[derive(Debug)]
pub struct Workload {
    scenario: Scenario,
    stage: Arc<Stage>,
}

/// One population to be lived in one mode.
#[derive(Debug)]
pub enum Task {
    /// Simulated.
    Lived(World, Epoch),
    /// Recorded.
    Replayed(Replay),
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lived {
    /// Observations.
    pub events: u64,
    /// Money charged [minor units], or for records the sum of scores: engine and floor must agree on it.
    pub gross: i64,
    /// Memory held at the end \[byte\].
    pub bytes: usize,
    /// Growth of the resident memory until then \[byte\].
    pub rss_growth: Option<u64>,
}

impl Workload {
    /// The built-in population.
    ///
    /// # Errors
    /// None: the scenario is part of the program.
    pub fn built_in() -> Result<Self, EngineError> {
        let source = include_str!("population.ron").to_owned();
        let file = ScenarioFile::parse(Path::new("population.ron"), source)
            .unwrap_or_else(|error| unreachable!("the built-in scenario is sound: {error}"));
        Ok(Self { stage: engine::stage(&file.scenario)?, scenario: file.scenario })
    }

    /// A world of so many users.
    #[must_use]
    pub fn world(&self, users: u32) -> World {
        let lot = Arc::new(Lot::draw(&self.scenario, &self.stage, 0));
        let arrivals = Arc::new(Arrivals::founders(&self.stage, &lot.luck, users, None));
        World {
            stage: Arc::clone(&self.stage),
            lot,
            arrivals,
            run: engine::run_id(&self.scenario, users),
            past: Arc::default(),
        }
    }

    /// What is to be done for so many users in a mode.
    ///
    /// # Errors
    /// None so far.
    pub fn task(&self, users: u32, mode: Mode) -> Result<Task, EngineError> {
        let world = self.world(users);
        Ok(match mode {
            Mode::Uncoupled => Task::Lived(world, Epoch::Whole),
            Mode::Daily => Task::Lived(world, Epoch::Day),
            Mode::Replay => Task::Replayed(recording(&world)),
        })
    }
}

impl Task {
    /// By the engine, every user held in memory and addressable until the end.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn engine(&self, threads: usize, before: Option<Memory>) -> Result<Lived, EngineError> {
        let (mut bytes, mut growth) = (0, None);
        let grown = || Some(Memory::now()?.now.saturating_sub(before?.now));
        let (events, gross) = match self {
            Self::Lived(world, epoch) => {
                let plan = Plan { threads, epoch: *epoch, deal: None };
                let closed = engine::hold(world, plan, async |held| (bytes, growth) = (held.bytes, grown()))?;
                (closed.events, gross(&closed))
            }
            Self::Replayed(replay) => {
                let look = async |held: recorded::Replayed| (bytes, growth) = (held.bytes, grown());
                let ledger = recorded::replay(replay, threads, &[], look)?;
                (ledger.events, log_scores(&ledger.scores))
            }
        };
        Ok(Lived { events, gross, bytes, rss_growth: growth })
    }

    /// By the plain loop.
    #[must_use]
    pub fn floor(&self) -> Lived {
        match self {
            Self::Lived(world, _) => plain_lives(world),
            Self::Replayed(replay) => plain_replay(replay),
        }
    }
}

/// One vector of users, one page of books, one user after the other.
fn plain_lives(world: &World) -> Lived {
    let mut page = Ledger::new(world.run, &world.shape());
    let (scene, end) = (scene(world), world.stage.days * SECONDS);
    let mut nobody = Vec::new();
    let mut book = page.open(Some(0), &world.stage, &mut nobody, &world.arrivals);
    let mut users: Vec<User> = Vec::with_capacity(world.arrivals.users());
    for newborn in world.arrivals.all() {
        book.born(&newborn);
        users.push(User::born(&newborn, &scene));
        if let Some(user) = users.last_mut() {
            user.live(end, &scene, &mut book);
            user.end(end, &scene, &mut book);
        }
    }
    std::hint::black_box(&users);
    Lived { events: page.events, gross: gross(&page), ..Lived::default() }
}

/// One vector of self-models, plain counters, one user after the other.
fn plain_replay(replay: &Replay) -> Lived {
    let mut scores = [ScoreCell::default(); FACETS];
    let mut events = 0;
    let mut models: Vec<SelfModel> = Vec::with_capacity(replay.records.records().len());
    for record in replay.records.records() {
        let mut model = SelfModel::new(record.user, record.first, record.channel, &replay.priors);
        for observation in replay.records.of(record) {
            let seen = recorded::observe(&mut model, &replay.priors, observation);
            count(&mut scores, &seen);
            events += 1;
        }
        models.push(model);
    }
    std::hint::black_box(&models);
    Lived { events, gross: log_scores(&scores), ..Lived::default() }
}

#[inline]
fn count(cells: &mut [ScoreCell; FACETS], scores: &Scores) {
    for facet in FacetKind::ALL {
        if let Some((score, events)) = scores.of(facet) {
            cells[facet as usize].add_score(score, events);
        }
    }
}

fn scene(world: &World) -> Scene<'_> {
    Scene { stage: &world.stage, lot: &world.lot, arm: world.lot.arms.first() }
}

fn gross(ledger: &Ledger) -> i64 {
    ledger.arms.iter().flat_map(|arm| &arm.days).map(|day| day.gross).sum()
}

fn log_scores(scores: &[ScoreCell; FACETS]) -> i64 {
    scores.iter().map(|cell| cell.log_p).sum()
}

/// The streams that a world's users leave behind in the control.
#[must_use]
pub fn recording(world: &World) -> Replay {
    recording_of(world, 0)
}

/// The streams that a world's users leave behind in one of its arms: alike in all up to the launch.
#[must_use]
pub fn recording_of(world: &World, arm: usize) -> Replay {
    let mut page = Ledger::new(world.run, &world.shape());
    let (mut records, mut tape) = (Vec::with_capacity(world.arrivals.users()), Vec::new());
    for newborn in world.arrivals.all() {
        let is_new = newborn.day >= world.stage.launch;
        if !world.arrivals.comes(newborn.index, is_new.then_some(arm)) {
            continue;
        }
        let start = tape.len() as u32;
        let user = live(&newborn, world, arm, &mut page, &mut tape);
        let (channel, first) = (newborn.channel, user.model().first());
        records.push(Record { user: user.id(), channel, first, observations: start..tape.len() as u32 });
    }
    tape.shrink_to_fit();
    let records = Arc::new(Records::new(records, tape, None));
    Replay { records, priors: Arc::new(world.stage.priors.clone()), run: world.run }
}

fn live(newborn: &Newborn, world: &World, arm: usize, page: &mut Ledger, tape: &mut Vec<Observation>) -> User {
    let (launch, end) = (world.stage.launch * SECONDS, world.stage.days * SECONDS);
    let (before, after) = (world.scene(None), world.scene(Some(arm)));
    let (mut nobody, arrivals) = (Vec::new(), &world.arrivals);
    let mut user = User::drawn(newborn, &before);
    if newborn.day < world.stage.launch {
        let mut book = page.open(None, &world.stage, &mut nobody, arrivals);
        book.tape = Some(tape);
        user.live(launch, &before, &mut book);
        user.settle_departure(launch, &before, &mut book);
        if user.is_gone() && !world.lot.wins_back() {
            return user;
        }
        user.enter(&after, &mut page.open(Some(arm), &world.stage, &mut nobody, arrivals));
    } else {
        user.arrive(&after);
    }
    let mut book = page.open(Some(arm), &world.stage, &mut nobody, arrivals);
    book.tape = Some(tape);
    user.live(end, &after, &mut book);
    user.settle_departure(end, &after, &mut book);
    user
}

/// Lives a population without actors and returns its observations.
///
/// # Errors
/// [`EngineError::Ledger`].
#[inline(never)]
pub fn counted(task: &Task) -> Result<u64, EngineError> {
    Ok(match task {
        Task::Lived(world, epoch) => engine::plainly(world, *epoch)?.events,
        Task::Replayed(replay) => recorded::replay_plainly(replay)?.events,
    })
}
