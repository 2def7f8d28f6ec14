//! The engine: users are virtual actors, hosted by cohort actors, driven by a director.
//!
//! One mailbox a user would cost tens of times the useful work in cache misses. So a cohort, a real actor, owns a
//! block of users small enough for a core's cache; a user is addressed by cohort and slot, has private state that
//! only messages reach, and can be promoted to an actor of its own and put back. All below the actors is plain data
//! and plain functions; [`plainly`] lives the same worlds without any actor, to the same bits.

mod actors;
pub mod cohort;
mod director;
mod limits;
pub mod recorded;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use actors::{Ask, CohortActor, GoHome, Look, Observed, Promoted, UserRef};
pub(super) use director::Arbiters;
pub use director::{Held, SetUp, direct, direct_worlds, hold};

use self::cohort::{Cohort, Post, World};
use super::{
    arm::{Lot, Reached},
    arrivals::Arrivals,
    founder::Founders,
    ledger::{Closed, Ledger, LedgerError, RunId},
    scenario::Scenario,
    stage::{SECONDS, Stage},
};
use crate::base::{codec, partition::Deal};

/// Why a world could not be lived.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The scenario has nothing to simulate.
    #[error("the scenario has no `world` to simulate")]
    NoWorld,
    /// The parts do not add up.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An actor did not answer.
    #[error("an actor stopped before it had answered: {0}")]
    Actor(#[from] actix::MailboxError),
    /// The engine's results are not those of a plain loop.
    #[error("the engine lived {engine} observations, a plain loop {floor}, or earned other money with them")]
    Differs {
        /// Observations of the engine.
        engine: u64,
        /// Observations of the loop.
        floor: u64,
    },
    /// The director's thread died.
    #[error("the director stopped before the worlds had ended")]
    Director,
}

/// The longest stretch in which users cannot hear each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epoch {
    /// Nothing couples them: each is lived straight through.
    Whole,
    /// They may hear each other the next day.
    Day,
}

/// How worlds are lived; results do not depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Arbiters that live cohorts.
    pub threads: usize,
    /// The epoch, if it is to be shorter than the scenario needs.
    pub epoch: Epoch,
    /// How users are grouped, if not by their number.
    pub deal: Option<Deal>,
}

impl Plan {
    /// As the machine is: one arbiter a core.
    #[must_use]
    pub fn for_this_machine() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, epoch: Epoch::Whole, deal: None }
    }
}

/// How far a run has come: cohorts lived and cohorts in all.
pub type Progress<'a> = dyn FnMut(u64, u64) + Send + 'a;

/// Sets up one replication of a scenario.
#[must_use]
pub fn world(scenario: &Scenario, stage: &Arc<Stage>, replication: u32, deal: Option<Deal>) -> World {
    limited_world(scenario, stage, replication, deal, &[])
}

/// The same, where interventions reach limits.
#[must_use]
pub fn limited_world(
    scenario: &Scenario,
    stage: &Arc<Stage>,
    replication: u32,
    deal: Option<Deal>,
    reached: &[Reached],
) -> World {
    let lot = Lot::draw(scenario, stage, replication).limited(reached);
    lived(scenario, Arc::clone(stage), lot, replication, deal)
}

/// Sets up a world that begins with users who are there already.
#[must_use]
pub fn founded(
    scenario: &Scenario,
    stage: Arc<Stage>,
    founders: Founders,
    replication: u32,
    reached: &[Reached],
) -> World {
    let lot = Lot { founders: Arc::new(founders), ..Lot::draw(scenario, &stage, replication).limited(reached) };
    lived(scenario, stage, lot, replication, None)
}

/// Sets up a world to which so many users come on each day by each channel, as counted.
#[must_use]
pub fn scheduled(scenario: &Scenario, stage: Arc<Stage>, replication: u32, coming: &[Vec<u32>]) -> World {
    let lot = Lot::draw(scenario, &stage, replication);
    let stage = stage.with_days(&lot.luck).map_or(stage, Arc::new);
    let arrivals = Arc::new(Arrivals::scheduled(&stage, &lot.luck, coming));
    World { stage, lot: Arc::new(lot), arrivals, run: run_id(scenario, replication), past: Arc::default() }
}

fn lived(scenario: &Scenario, stage: Arc<Stage>, lot: Lot, replication: u32, deal: Option<Deal>) -> World {
    let stage = stage.with_days(&lot.luck).map_or(stage, Arc::new);
    let arrivals = Arc::new(Arrivals::draw_for(&stage, &lot, deal));
    World { stage, lot: Arc::new(lot), arrivals, run: run_id(scenario, replication), past: Arc::default() }
}

/// What a world's results depend on: the program, the scenario as resolved, and the replication.
#[must_use]
pub fn run_id(scenario: &Scenario, replication: u32) -> RunId {
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    RunId::of(&[version, codec::to_string(scenario).as_bytes(), &replication.to_le_bytes()])
}

/// Makes a scenario ready to be lived.
///
/// # Errors
/// [`EngineError::NoWorld`] if it has nothing to simulate.
pub fn stage(scenario: &Scenario) -> Result<Arc<Stage>, EngineError> {
    Stage::of(scenario).map(Arc::new).ok_or(EngineError::NoWorld)
}

/// The ends of the epochs \[s\]; the launch is always one.
#[must_use]
pub fn epochs(stage: &Stage, epoch: Epoch) -> Vec<u32> {
    let days: Vec<u32> = match epoch {
        Epoch::Whole => vec![stage.launch, stage.days],
        Epoch::Day => (1..=stage.days).collect(),
    };
    days.into_iter().filter(|&day| day > 0).map(|day| day * SECONDS).collect()
}

/// The epoch that a scenario needs at least.
#[must_use]
pub fn needed(stage: &Stage, refers: bool, wanted: Epoch) -> Epoch {
    if stage.recommendations.is_some() || refers { Epoch::Day } else { wanted }
}

/// Lives one world on this thread, without actors.
///
/// # Errors
/// [`EngineError::Ledger`] if the parts do not add up, which would be a fault of the engine.
pub fn plainly(world: &World, epoch: Epoch) -> Result<Closed, EngineError> {
    let cohorts = world.arrivals.deal.cohorts();
    if needed(&world.stage, world.lot.prospects() > 0, epoch) == Epoch::Whole {
        let parts = (0..cohorts).map(|index| Cohort::whole(world.clone(), index));
        return finish(world, parts);
    }
    let mut all: Vec<Cohort> = (0..cohorts).map(|index| Cohort::new(world.clone(), index)).collect();
    let mut post: Vec<Post> = vec![Post::new(); all.len()];
    for until in epochs(&world.stage, Epoch::Day) {
        let written: Vec<Post> = all.iter_mut().zip(&post).map(|(cohort, post)| cohort.advance(until, post)).collect();
        post = deliver(world, written);
        if until == world.stage.launch * SECONDS {
            all.iter_mut().for_each(Cohort::fork);
            post.iter_mut().for_each(|letters| *letters = each_arm(letters, world.lot.arms.len()));
        }
    }
    finish(world, all.into_iter().map(Cohort::close))
}

/// Sorts the letters of an epoch into cohorts, each in the order of (time, sender, ordinal).
#[must_use]
pub fn deliver(world: &World, written: Vec<Post>) -> Vec<Post> {
    let arms = written.iter().map(Vec::len).max().unwrap_or(0);
    let mut post = vec![vec![Vec::new(); arms]; world.arrivals.deal.cohorts() as usize];
    for letters in written {
        for (arm, letters) in letters.into_iter().enumerate() {
            for letter in letters {
                let cohort = world.arrivals.home(&letter.to);
                post[cohort as usize][arm].push(letter);
            }
        }
    }
    post.iter_mut().flatten().for_each(|letters| letters.sort_unstable());
    post
}

/// Letters written on the eve of the launch reach the user in every arm.
fn each_arm(letters: &Post, arms: usize) -> Post {
    vec![letters.first().cloned().unwrap_or_default(); arms]
}

/// Adds up the parts of a world.
fn finish(world: &World, parts: impl Iterator<Item = Ledger>) -> Result<Closed, EngineError> {
    let mut total = Ledger::new(world.run, &world.shape());
    for part in parts {
        total.merge(&part)?;
    }
    Ok(total.finish(world.arrivals.users() as u64)?)
}
