//! The director: an actor that sets worlds up, drives their cohorts from epoch to epoch and adds up their books.
//!
//! Uncoupled worlds need no epochs: each cohort is one message, and two worlds are under way at a time, so that
//! drawing the next one's arrivals costs no core its work.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use actix::{Actor, Addr, Arbiter, Context, System, dev::Request};

use super::{
    EngineError, Epoch, Plan, Progress,
    actors::{Advance, Close, CohortActor, Fork, Liver, UserRef, Weigh, Whole},
    cohort::{Post, World},
    deliver, each_arm, epochs, limited_world,
    limits::Limits,
    needed,
};
use crate::world::{
    arm::Reached,
    intervention::Effect,
    ledger::{Closed, Ledger},
    scenario::Scenario,
    stage::{SECONDS, Stage},
};

/// Worlds under way at a time.
const UNDER_WAY: usize = 2;

/// Lives replications of a scenario on actors and returns their books, in order.
///
/// # Errors
/// [`EngineError`] if an actor dies or the parts do not add up; both would be faults of the engine.
pub fn direct(
    scenario: &Scenario,
    stage: &Arc<Stage>,
    replications: Range<u32>,
    plan: Plan,
    progress: &mut Progress<'_>,
) -> Result<Vec<Closed>, EngineError> {
    let set_up = |replication, reached: &[Reached]| limited_world(scenario, stage, replication, plan.deal, reached);
    direct_worlds(scenario, &set_up, stage, replications, plan, progress)
}

/// Sets up the world of a replication, in which interventions reach limits.
pub type SetUp<'a> = dyn Fn(u32, &[Reached]) -> World + Sync + 'a;

/// Lives worlds that are set up one by one and differ in more than their luck; `stage` is as long as theirs.
///
/// # Errors
/// As [`direct`].
pub fn direct_worlds(
    scenario: &Scenario,
    set_up: &SetUp<'_>,
    stage: &Stage,
    replications: Range<u32>,
    plan: Plan,
    progress: &mut Progress<'_>,
) -> Result<Vec<Closed>, EngineError> {
    let mut limits = Limits::of(scenario);
    loop {
        let books = direct_once(scenario, set_up, stage, replications.clone(), plan, &limits, progress)?;
        // Up to the first limit that was passed nothing changes when the worlds are lived again with it.
        if !limits.tighten(scenario, stage, replications.start, &books) {
            return Ok(books);
        }
    }
}

fn direct_once(
    scenario: &Scenario,
    set_up: &SetUp<'_>,
    stage: &Stage,
    replications: Range<u32>,
    plan: Plan,
    limits: &Limits,
    progress: &mut Progress<'_>,
) -> Result<Vec<Closed>, EngineError> {
    // A system of actors must not start inside another runtime: it gets a thread of its own.
    std::thread::scope(|scope| {
        let director = Director { coupled: refers(scenario), ..Director::new(set_up, stage, plan, limits) };
        let thread = scope.spawn(|| System::new().block_on(director.all(replications, progress)));
        thread.join().unwrap_or(Err(EngineError::Director))
    })
}

/// Who lives in a world that is held, and what they take.
#[derive(Debug)]
pub struct Held {
    /// The world.
    pub world: World,
    /// Addresses of its cohorts.
    cohorts: Vec<Addr<CohortActor>>,
    /// Memory of its cohorts \[byte\].
    pub bytes: usize,
}

impl Held {
    /// The address of a user of an arm, by place among all arrivals; none if there is no such user.
    #[must_use]
    pub fn user(&self, arm: usize, index: u32) -> Option<UserRef> {
        let newborn = ((index as usize) < self.world.arrivals.users()).then(|| self.world.arrivals.at(index))?;
        let home = self.world.arrivals.home(&newborn);
        let cohort = self.cohorts[home as usize].clone();
        Some(UserRef { cohort, arm, index })
    }
}

/// Lives one world on actors with all its users in memory and addressable, shows it as it stands at its end, and
/// returns its books.
///
/// # Errors
/// As [`direct`].
pub fn hold<F>(world: &World, plan: Plan, look: impl FnOnce(Held) -> F + Send) -> Result<Closed, EngineError>
where
    F: Future<Output = ()>,
{
    std::thread::scope(|scope| {
        let run = move || {
            System::new().block_on(async {
                let arbiters = Arbiters::start(plan.threads);
                let closed = held(world, plan, &arbiters, look).await;
                arbiters.stop();
                closed
            })
        };
        let thread = scope.spawn(run);
        thread.join().unwrap_or(Err(EngineError::Director))
    })
}

async fn held<F>(
    world: &World,
    plan: Plan,
    arbiters: &Arbiters,
    look: impl FnOnce(Held) -> F,
) -> Result<Closed, EngineError>
where
    F: Future<Output = ()>,
{
    let cohorts = arbiters.cohorts(world);
    let refers = world.lot.prospects() > 0;
    let epochs = epochs(&world.stage, needed(&world.stage, refers, plan.epoch));
    live_through(world, &cohorts, &epochs, &mut |_| {}).await?;
    let mut bytes = world.arrivals.bytes();
    for cohort in &cohorts {
        bytes += cohort.send(Weigh).await?;
    }
    look(Held { world: world.clone(), cohorts: cohorts.clone(), bytes }).await;
    close(world, &cohorts).await
}

/// Threads that actors live on.
pub(in crate::world) struct Arbiters(pub(super) Vec<Arbiter>);

impl Arbiters {
    pub(in crate::world) fn start(threads: usize) -> Self {
        Self((0..threads.max(1)).map(|_| Arbiter::new()).collect())
    }

    /// The cohorts of a world, dealt to the arbiters in turn.
    fn cohorts(&self, world: &World) -> Vec<Addr<CohortActor>> {
        let start = |index: u32| {
            let world = world.clone();
            let arbiter = &self.0[index as usize % self.0.len()];
            CohortActor::start_in_arbiter(&arbiter.handle(), move |_| CohortActor::new(world, index))
        };
        (0..world.arrivals.deal.cohorts()).map(start).collect()
    }

    /// Starts an actor on the next thread in turn.
    pub(in crate::world) fn host<A>(&self, place: usize, actor: impl FnOnce() -> A + Send + 'static) -> Addr<A>
    where
        A: Actor<Context = Context<A>>,
    {
        A::start_in_arbiter(&self.0[place % self.0.len()].handle(), move |_| actor())
    }

    pub(in crate::world) fn stop(&self) {
        self.0.iter().for_each(|arbiter| {
            arbiter.stop();
        });
    }
}

/// Drives cohorts from epoch to epoch, carrying their letters.
async fn live_through(
    world: &World,
    cohorts: &[Addr<CohortActor>],
    epochs: &[u32],
    on_epoch: &mut (dyn FnMut(usize) + Send + '_),
) -> Result<(), EngineError> {
    let mut post = vec![Post::new(); cohorts.len()];
    for (epoch, &until) in epochs.iter().enumerate() {
        let sent: Vec<_> = cohorts
            .iter()
            .zip(std::mem::take(&mut post))
            .map(|(cohort, post)| cohort.send(Advance { until, post }))
            .collect();
        let mut written = Vec::with_capacity(sent.len());
        for letters in sent {
            written.push(letters.await?);
        }
        post = deliver(world, written);
        if until == world.stage.launch * SECONDS {
            cohorts.iter().for_each(|cohort| cohort.do_send(Fork));
            post.iter_mut().for_each(|letters| *letters = each_arm(letters, world.lot.arms.len()));
        }
        on_epoch(epoch + 1);
    }
    Ok(())
}

/// Closes the books of cohorts and adds them up.
async fn close(world: &World, cohorts: &[Addr<CohortActor>]) -> Result<Closed, EngineError> {
    let closing: Vec<_> = cohorts.iter().map(|cohort| cohort.send(Close)).collect();
    let mut total = Ledger::new(world.run, &world.shape());
    for part in closing {
        if let Some(part) = part.await? {
            total.merge(&part)?;
        }
    }
    Ok(total.finish(world.arrivals.users() as u64)?)
}

struct Director<'a> {
    set_up: &'a SetUp<'a>,
    stage: &'a Stage,
    plan: Plan,
    limits: &'a Limits,
    /// Whether users bring each other.
    coupled: bool,
    arbiters: Arbiters,
    livers: Vec<Addr<Liver>>,
}

/// Whether an arm has users bring others, so that they hear of each other.
fn refers(scenario: &Scenario) -> bool {
    let arms = scenario.experiment.iter().flat_map(|experiment| &experiment.arms);
    let named = |id: &String| scenario.interventions.iter().find(|own| &own.id == id);
    let mut used = arms.flat_map(|arm| &arm.interventions).filter_map(named);
    used.any(|own| matches!(own.effect, Effect::Refer(_)))
}

/// A world under way, and the books it still waits for.
struct UnderWay {
    world: World,
    parts: Vec<Request<Liver, Whole>>,
}

impl<'a> Director<'a> {
    fn new(set_up: &'a SetUp<'a>, stage: &'a Stage, plan: Plan, limits: &'a Limits) -> Self {
        Self { set_up, stage, plan, limits, coupled: false, arbiters: Arbiters(Vec::new()), livers: Vec::new() }
    }

    async fn all(mut self, replications: Range<u32>, progress: &mut Progress<'_>) -> Result<Vec<Closed>, EngineError> {
        self.arbiters = Arbiters::start(self.plan.threads);
        self.livers = self.arbiters.0.iter().map(|a| Liver::start_in_arbiter(&a.handle(), |_| Liver)).collect();
        let books = match needed(self.stage, self.coupled, self.plan.epoch) {
            Epoch::Whole => self.uncoupled(replications, progress).await,
            Epoch::Day => self.coupled(replications, progress).await,
        };
        self.arbiters.stop();
        books
    }

    async fn uncoupled(
        &self,
        replications: Range<u32>,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<Closed>, EngineError> {
        let mut under_way: VecDeque<UnderWay> = VecDeque::new();
        let mut books = Vec::with_capacity(replications.len());
        let worlds = replications.len() as u64;
        let mut waiting = replications;
        loop {
            while under_way.len() < UNDER_WAY {
                let Some(replication) = waiting.next() else { break };
                under_way.push_back(self.begin(replication));
            }
            let Some(UnderWay { world, parts }) = under_way.pop_front() else { return Ok(books) };
            let cohorts = parts.len() as u64;
            let mut total = Ledger::new(world.run, &world.shape());
            for (done, part) in parts.into_iter().enumerate() {
                total.merge(&part.await?)?;
                progress(books.len() as u64 * cohorts + done as u64 + 1, worlds * cohorts);
            }
            books.push(total.finish(world.arrivals.users() as u64)?);
        }
    }

    fn world(&self, replication: u32) -> World {
        (self.set_up)(replication, self.limits.reached(replication))
    }

    /// Sends every cohort of a world to the arbiters in turn.
    fn begin(&self, replication: u32) -> UnderWay {
        let world = self.world(replication);
        let send = |index: u32| {
            let liver = &self.livers[index as usize % self.livers.len()];
            liver.send(Whole { world: world.clone(), index })
        };
        let parts = (0..world.arrivals.deal.cohorts()).map(send).collect();
        UnderWay { world, parts }
    }

    async fn coupled(&self, replications: Range<u32>, progress: &mut Progress<'_>) -> Result<Vec<Closed>, EngineError> {
        let mut books = Vec::with_capacity(replications.len());
        let (first, worlds) = (replications.start, replications.len() as u64);
        for replication in replications {
            let world = self.world(replication);
            let epochs = epochs(self.stage, Epoch::Day);
            let mut on_epoch = |epoch: usize| {
                let lived = u64::from(replication - first) * epochs.len() as u64 + epoch as u64;
                progress(lived, worlds * epochs.len() as u64);
            };
            books.push(self.one_coupled(&world, &epochs, &mut on_epoch).await?);
        }
        Ok(books)
    }

    async fn one_coupled(
        &self,
        world: &World,
        epochs: &[u32],
        on_epoch: &mut (dyn FnMut(usize) + Send + '_),
    ) -> Result<Closed, EngineError> {
        let cohorts = self.arbiters.cohorts(world);
        live_through(world, &cohorts, epochs, on_epoch).await?;
        close(world, &cohorts).await
    }
}
