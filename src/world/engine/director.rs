//! The director: an actor that sets worlds up, drives their cohorts from epoch to epoch and adds up their books.
//!
//! Uncoupled worlds need no epochs: each cohort is one message, and two worlds are under way at a time, so that
//! drawing the next one's arrivals costs no core its work.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use actix::{Actor, Addr, Arbiter, System, dev::Request};

use super::{
    EngineError, Epoch, Plan, Progress,
    actors::{Advance, Close, CohortActor, Fork, Liver, Whole},
    cohort::{Post, World},
    deliver, each_arm, epochs, needed, world,
};
use crate::world::{
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
    // A system of actors must not start inside another runtime: it gets a thread of its own.
    std::thread::scope(|scope| {
        let thread =
            scope.spawn(|| System::new().block_on(Director::new(scenario, stage, plan).all(replications, progress)));
        thread.join().unwrap_or(Err(EngineError::Director))
    })
}

struct Director<'a> {
    scenario: &'a Scenario,
    stage: &'a Arc<Stage>,
    plan: Plan,
    arbiters: Vec<Arbiter>,
    livers: Vec<Addr<Liver>>,
}

/// A world under way, and the books it still waits for.
struct UnderWay {
    world: World,
    parts: Vec<Request<Liver, Whole>>,
}

impl<'a> Director<'a> {
    fn new(scenario: &'a Scenario, stage: &'a Arc<Stage>, plan: Plan) -> Self {
        Self { scenario, stage, plan, arbiters: Vec::new(), livers: Vec::new() }
    }

    async fn all(mut self, replications: Range<u32>, progress: &mut Progress<'_>) -> Result<Vec<Closed>, EngineError> {
        self.arbiters = (0..self.plan.threads.max(1)).map(|_| Arbiter::new()).collect();
        self.livers = self.arbiters.iter().map(|a| Liver::start_in_arbiter(&a.handle(), |_| Liver)).collect();
        let books = match needed(self.stage, self.plan.epoch) {
            Epoch::Whole => self.uncoupled(replications, progress).await,
            Epoch::Day => self.coupled(replications, progress).await,
        };
        self.arbiters.iter().for_each(|arbiter| {
            arbiter.stop();
        });
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
            books.push(total.finish(world.arrivals.everyone.len() as u64)?);
        }
    }

    /// Sends every cohort of a world to the arbiters in turn.
    fn begin(&self, replication: u32) -> UnderWay {
        let world = world(self.scenario, self.stage, replication, self.plan.deal);
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
            let world = world(self.scenario, self.stage, replication, self.plan.deal);
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
        let cohorts = self.cohorts(world);
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
        let closing: Vec<_> = cohorts.iter().map(|cohort| cohort.send(Close)).collect();
        let mut total = Ledger::new(world.run, &world.shape());
        for part in closing {
            if let Some(part) = part.await? {
                total.merge(&part)?;
            }
        }
        Ok(total.finish(world.arrivals.everyone.len() as u64)?)
    }

    /// The cohorts of a world, dealt to the arbiters in turn.
    fn cohorts(&self, world: &World) -> Vec<Addr<CohortActor>> {
        let start = |index: u32| {
            let world = world.clone();
            let arbiter = &self.arbiters[index as usize % self.arbiters.len()];
            CohortActor::start_in_arbiter(&arbiter.handle(), move |_| CohortActor::new(world, index))
        };
        (0..world.arrivals.deal.cohorts()).map(start).collect()
    }
}
