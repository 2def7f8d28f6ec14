//! Recorded streams on the same engine: self-models only, hosted by cohort actors, fed block by block.
//!
//! A block of users fits a core's cache, so a record is replayed user by user within its block, each observation
//! predicted, scored and then learned. What comes out is a ledger of scores that knows its run and the partitions it
//! covers, so that its parts add up exactly or not at all.

use std::{ops::Range, sync::Arc};

use actix::{Actor, Addr, Context, Handler, Message, MessageResult, System};

use super::{EngineError, director::Arbiters};
use crate::{
    base::{
        partition::{Deal, partition},
        time::SimTime,
        units::UserId,
    },
    history::session::Observation,
    user::{
        facet::{FACETS, FacetKind},
        priors::Priors,
        self_model::{Scores, SelfModel},
    },
    world::ledger::{Coverage, LedgerError, RunId, ScoreCell},
};

/// One user's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is.
    pub user: UserId,
    /// When the user was first seen.
    pub first: SimTime,
    /// Where it lies among all observations, in time order.
    pub observations: Range<u32>,
    /// The channel that brought the user, as an index into the priors' channels.
    pub channel: u8,
}

/// Records of many users, dealt to cohorts.
#[derive(Clone, Debug)]
pub struct Records {
    records: Vec<Record>,
    observations: Vec<Observation>,
    deal: Deal,
    /// Where each cohort's records begin and end; records are sorted by cohort.
    blocks: Vec<Range<usize>>,
}

impl Records {
    /// Deals records to cohorts; `deal` groups them, if not by their number. A range beyond the observations is cut.
    #[must_use]
    pub fn new(mut records: Vec<Record>, observations: Vec<Observation>, deal: Option<Deal>) -> Self {
        let deal = deal.unwrap_or_else(|| Deal::for_population(records.len() as u64));
        let all = observations.len() as u32;
        for record in &mut records {
            record.observations.end = record.observations.end.min(all);
            record.observations.start = record.observations.start.min(record.observations.end);
        }
        records.sort_by_cached_key(|record| (deal.cohort_of(partition(record.user)), record.user));
        let mut blocks = Vec::with_capacity(deal.cohorts() as usize);
        let mut start = 0;
        for cohort in 0..deal.cohorts() {
            let rest = &records[start..];
            let end = start + rest.partition_point(|record| deal.cohort_of(partition(record.user)) <= cohort);
            blocks.push(start..end);
            start = end;
        }
        Self { records, observations, deal, blocks }
    }

    /// All records, by cohort and user.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What was seen of one of them.
    #[must_use]
    pub fn of(&self, record: &Record) -> &[Observation] {
        &self.observations[record.observations.start as usize..record.observations.end as usize]
    }

    /// Number of observations.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.records.iter().map(|record| record.observations.len() as u64).sum()
    }

    /// Memory it takes \[byte\].
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.records.capacity() * size_of::<Record>()
            + self.observations.capacity() * size_of::<Observation>()
            + size_of_val(self.blocks.as_slice())
    }
}

/// What all cohorts of one replay share.
#[derive(Clone, Debug)]
pub struct Replay {
    /// What was recorded.
    pub records: Arc<Records>,
    /// What is known beforehand.
    pub priors: Arc<Priors>,
    /// Names the results.
    pub run: RunId,
}

/// How predictions scored: whole numbers that add up to the same in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreLedger {
    run: RunId,
    cover: Coverage,
    /// Users counted.
    pub users: u64,
    /// Observations replayed.
    pub events: u64,
    /// Scores by facet.
    pub scores: [ScoreCell; FACETS],
}

impl ScoreLedger {
    fn new(run: RunId) -> Self {
        Self { run, cover: Coverage::none(), users: 0, events: 0, scores: [ScoreCell::default(); FACETS] }
    }

    /// Counts one observation.
    #[inline]
    pub fn add(&mut self, scores: &Scores) {
        self.events += 1;
        for facet in FacetKind::ALL {
            if let Some((score, events)) = scores.of(facet) {
                self.scores[facet as usize].add_score(score, events);
            }
        }
    }

    /// Adds another part of the same run.
    ///
    /// # Errors
    /// [`LedgerError::OtherRun`] or [`LedgerError::CountedTwice`]; the ledger is then unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), LedgerError> {
        if self.run != other.run {
            return Err(LedgerError::OtherRun);
        }
        match self.cover.overlap(&other.cover) {
            0 => self.cover.unite(&other.cover),
            partitions => return Err(LedgerError::CountedTwice { partitions }),
        }
        self.users += other.users;
        self.events += other.events;
        self.scores.iter_mut().zip(&other.scores).for_each(|(sum, part)| sum.merge(part));
        Ok(())
    }

    /// The only way from a ledger to results.
    ///
    /// # Errors
    /// [`LedgerError::Incomplete`] or [`LedgerError::Lost`] unless every partition and every user is in.
    pub fn finish(self, expected_users: u64) -> Result<Self, LedgerError> {
        match self.cover.missing() {
            0 if self.users == expected_users => Ok(self),
            0 => Err(LedgerError::Lost { expected: expected_users, got: self.users }),
            missing => Err(LedgerError::Incomplete { missing }),
        }
    }
}

/// Predicts, scores and learns one observation.
#[inline]
pub fn observe(model: &mut SelfModel, priors: &Priors, observation: &Observation) -> Scores {
    let (scores, lesson) = model.predict(priors, observation.at()).score(observation);
    model.learn(lesson);
    scores
}

/// A block of users as they are known from their records.
#[derive(Debug)]
pub struct Block {
    replay: Replay,
    index: u32,
    models: Vec<SelfModel>,
    /// By user: how many observations have been fed.
    fed: Vec<u32>,
    ledger: ScoreLedger,
}

impl Block {
    /// A block before anything has been seen.
    #[must_use]
    pub fn new(replay: Replay, index: u32) -> Self {
        let mut ledger = ScoreLedger::new(replay.run);
        replay.records.deal.partitions_of(index).for_each(|partition| ledger.cover.cover(partition));
        let records = &replay.records.records[replay.records.blocks[index as usize].clone()];
        ledger.users = records.len() as u64;
        let priors = &replay.priors;
        let model = |record: &Record| SelfModel::new(record.user, record.first, record.channel, priors);
        let models: Vec<SelfModel> = records.iter().map(model).collect();
        Self { index, fed: vec![0; models.len()], models, ledger, replay }
    }

    /// Replays what happened before a moment and has not been replayed yet.
    pub fn feed(&mut self, until: SimTime) {
        let Self { replay, index, models, fed, ledger } = self;
        let records = &replay.records.records[replay.records.blocks[*index as usize].clone()];
        for ((model, fed), record) in models.iter_mut().zip(fed).zip(records) {
            for observation in &replay.records.of(record)[*fed as usize..] {
                if observation.at() >= until {
                    break;
                }
                ledger.add(&observe(model, &replay.priors, observation));
                *fed += 1;
            }
        }
    }

    /// What is believed of a user.
    #[must_use]
    pub fn model(&self, user: UserId) -> Option<&SelfModel> {
        self.models.binary_search_by_key(&user, SelfModel::user).ok().map(|slot| &self.models[slot])
    }

    /// The books.
    #[must_use]
    pub fn close(self) -> ScoreLedger {
        self.ledger
    }

    /// Memory it takes, its share of the records not included \[byte\].
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.models.capacity() * size_of::<SelfModel>() + self.fed.capacity() * size_of::<u32>()
    }
}

/// A later moment than any.
pub const ALWAYS: SimTime = SimTime(i64::MAX);

/// Replays all records on this thread, without actors.
///
/// # Errors
/// [`EngineError::Ledger`] if the parts do not add up, which would be a fault of the engine.
pub fn replay_plainly(replay: &Replay) -> Result<ScoreLedger, EngineError> {
    let mut total = ScoreLedger::new(replay.run);
    for index in 0..replay.records.deal.cohorts() {
        let mut block = Block::new(replay.clone(), index);
        block.feed(ALWAYS);
        total.merge(&block.close())?;
    }
    Ok(total.finish(replay.records.records.len() as u64)?)
}

/// A block as an actor.
#[derive(Debug)]
struct BlockActor(Option<Block>);

impl Actor for BlockActor {
    type Context = Context<Self>;
}

struct Feed(SimTime);
struct Weigh;
struct Close;
struct Ask(UserId);

impl Message for Feed {
    type Result = ();
}
impl Message for Weigh {
    type Result = usize;
}
impl Message for Close {
    type Result = Option<Box<ScoreLedger>>;
}
impl Message for Ask {
    type Result = Option<SelfModel>;
}

impl Handler<Feed> for BlockActor {
    type Result = ();
    fn handle(&mut self, Feed(until): Feed, _: &mut Context<Self>) {
        if let Some(block) = &mut self.0 {
            block.feed(until);
        }
    }
}

impl Handler<Weigh> for BlockActor {
    type Result = usize;
    fn handle(&mut self, _: Weigh, _: &mut Context<Self>) -> usize {
        self.0.as_ref().map_or(0, Block::bytes)
    }
}

impl Handler<Close> for BlockActor {
    type Result = MessageResult<Close>;
    fn handle(&mut self, _: Close, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.0.take().map(|block| Box::new(block.close())))
    }
}

impl Handler<Ask> for BlockActor {
    type Result = MessageResult<Ask>;
    fn handle(&mut self, Ask(user): Ask, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.0.as_ref().and_then(|block| block.model(user)).copied())
    }
}

/// A replay that is held at its end: every user can be asked for.
#[derive(Debug)]
pub struct Replayed {
    replay: Replay,
    blocks: Vec<Addr<BlockActor>>,
    /// Memory of the blocks and of the records \[byte\].
    pub bytes: usize,
}

impl Replayed {
    /// Asks what is believed of a user; none if there is no record of them.
    ///
    /// # Errors
    /// [`actix::MailboxError`] if the block has stopped.
    pub async fn ask(&self, user: UserId) -> Result<Option<SelfModel>, actix::MailboxError> {
        let block = self.replay.records.deal.cohort_of(partition(user));
        self.blocks[block as usize].send(Ask(user)).await
    }
}

/// Replays all records on actors, up to each of some moments in turn and then to the end; shows the replay as it
/// stands there and returns its books.
///
/// # Errors
/// [`EngineError`] if an actor dies or the parts do not add up; both would be faults of the engine.
pub fn replay<F>(
    replay: &Replay,
    threads: usize,
    moments: &[SimTime],
    look: impl FnOnce(Replayed) -> F + Send,
) -> Result<ScoreLedger, EngineError>
where
    F: Future<Output = ()>,
{
    std::thread::scope(|scope| {
        let run = move || {
            System::new().block_on(async {
                let arbiters = Arbiters::start(threads);
                let ledger = replayed(replay, &arbiters, moments, look).await;
                arbiters.stop();
                ledger
            })
        };
        scope.spawn(run).join().unwrap_or(Err(EngineError::Director))
    })
}

async fn replayed<F>(
    replay: &Replay,
    arbiters: &Arbiters,
    moments: &[SimTime],
    look: impl FnOnce(Replayed) -> F,
) -> Result<ScoreLedger, EngineError>
where
    F: Future<Output = ()>,
{
    // 1. Every block gets an arbiter in turn.
    let start = |index: u32| {
        let (replay, arbiter) = (replay.clone(), &arbiters.0[index as usize % arbiters.0.len()]);
        BlockActor::start_in_arbiter(&arbiter.handle(), move |_| BlockActor(Some(Block::new(replay, index))))
    };
    let blocks: Vec<Addr<BlockActor>> = (0..replay.records.deal.cohorts()).map(start).collect();
    // 2. Fed up to each moment, and to the end.
    for &until in moments.iter().chain([&ALWAYS]) {
        let fed: Vec<_> = blocks.iter().map(|block| block.send(Feed(until))).collect();
        for block in fed {
            block.await?;
        }
    }
    // 3. Looked at, closed and added up.
    let mut bytes = replay.records.bytes();
    for block in &blocks {
        bytes += block.send(Weigh).await?;
    }
    look(Replayed { replay: replay.clone(), blocks: blocks.clone(), bytes }).await;
    let mut total = ScoreLedger::new(replay.run);
    for block in &blocks {
        if let Some(part) = block.send(Close).await? {
            total.merge(&part)?;
        }
    }
    Ok(total.finish(replay.records.records.len() as u64)?)
}
