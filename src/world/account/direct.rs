//! Lives worlds of accounts: the warm-up once, then every arm from the same launch, so that arms share their luck.
//! [`plainly`] does it with a loop on one thread, [`direct`] with actors on all cores, to the same bits.

use std::{ops::Range, sync::Arc};

use actix::{Actor, Addr, Context, Handler, Message, MessageResult, System};

use super::{
    book::Book,
    cohort::{Cohort, Seating, World},
    company::{Beliefs, Sampled, Subject},
    exchange::{Directory, Exchange},
    floor::Sum,
    ground::Ground,
    population::Population,
    post::{Inbox, Outbox},
    recording,
};
use crate::{
    base::luck::Luck,
    history::account::AccountHistory,
    user::account::law::{Law, Sample},
    world::{
        engine::{Arbiters, EngineError, Progress},
        scenario::Scenario,
    },
};

/// How worlds of accounts are lived; results do not depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Threads that blocks live on.
    pub threads: usize,
    /// Who lives where.
    pub seating: Seating,
}

/// What came of one world.
#[derive(Clone, Debug)]
pub struct Lived {
    /// By arm.
    pub books: Vec<Book>,
    /// What others saw of the control's accounts, if it was to be kept.
    pub history: Option<AccountHistory>,
    /// Memory of all blocks at the launch \[byte\].
    pub bytes: usize,
}

/// Plays of each arm, one bit each; nothing but the control if there is no experiment.
#[must_use]
pub fn arms(scenario: &Scenario) -> Vec<u8> {
    let Some(experiment) = &scenario.experiment else { return vec![0] };
    let plays = scenario.accounts.iter().flat_map(|accounts| &accounts.plays).enumerate();
    let bits = |ids: &[String]| {
        plays.clone().filter(|(_, play)| ids.contains(&play.id)).fold(0, |bits, (place, _)| bits | 1 << place)
    };
    experiment.arms.iter().map(|arm| bits(&arm.interventions)).collect()
}

/// Sets a world up.
#[must_use]
pub fn world(ground: &Arc<Ground>, seed: u64, replication: u32, seating: Seating, recorded: bool) -> Arc<World> {
    let luck = Luck::new(seed, replication);
    let population = Population::drawn(ground, &luck);
    Arc::new(World { ground: Arc::clone(ground), luck, population, seating, recorded, trial: None })
}

/// One world in which a play is tried: accounts are enrolled as they become eligible, by the toss of a coin half of
/// them are left alone, and what others see is kept.
///
/// # Errors
/// As [`direct`]; none where there is no such play.
pub fn trial(
    scenario: &Scenario,
    play: &str,
    replication: u32,
    plan: Plan,
) -> Result<Option<AccountHistory>, EngineError> {
    let ground = Arc::new(Ground::of(scenario).ok_or(EngineError::NoWorld)?);
    let Some(place) = ground.law.plays.iter().position(|own| own.id == play) else { return Ok(None) };
    let set_up = || {
        let luck = Luck::new(scenario.seed, replication);
        let population = Population::drawn(&ground, &luck);
        let (ground, trial) = (Arc::clone(&ground), Some(place as u8));
        Arc::new(World { ground, luck, population, seating: plan.seating, recorded: true, trial })
    };
    let one = async {
        let arbiters = Arbiters::start(plan.threads);
        let lived = one(&set_up(), &[1 << place], &arbiters).await;
        arbiters.stop();
        lived.map(|lived| lived.history)
    };
    std::thread::scope(|scope| scope.spawn(|| System::new().block_on(one)).join().unwrap_or(Err(EngineError::Director)))
}

pub(super) fn seated(world: &Arc<World>) -> (Directory, Vec<Cohort>) {
    let directory = Directory::of(&world.population, world.seating);
    let residents = directory.residents(&world.population, world.seating);
    let cohorts = residents.iter().map(|(accounts, groups)| Cohort::new(Arc::clone(world), accounts, groups)).collect();
    (directory, cohorts)
}

/// Lives one world up to its launch on actors: what came of it, and the memory of all blocks \[byte\].
///
/// # Errors
/// As [`direct`].
pub fn warmed(world: &Arc<World>, plan: Plan) -> Result<(Sum, usize), EngineError> {
    let all = async {
        let arbiters = Arbiters::start(plan.threads);
        let (directory, cohorts) = seated(world);
        let mut exchange = Exchange::of(world, directory);
        let mut post = exchange.nothing();
        let mut sum = Sum::default();
        let (before, _) = parts(&world.ground);
        let warm = hosted(cohorts, &arbiters, &mut exchange, &mut post, &before, &world.ground, &mut sum).await?;
        arbiters.stop();
        sum.member_epochs = warm.iter().map(Cohort::member_epochs).sum();
        Ok((sum, warm.iter().map(Cohort::bytes).sum()))
    };
    std::thread::scope(|scope| scope.spawn(|| System::new().block_on(all)).join().unwrap_or(Err(EngineError::Director)))
}

/// What is learned of all accounts alike from decisions that were over at the launch.
fn learned(ground: &Ground, mut lessons: Vec<(u32, Sampled)>) -> Beliefs {
    // The order of accounts, not of blocks; an account's own lessons are in order already.
    lessons.sort_by_key(|(account, (subject, _))| (*subject, *account));
    let of = |wanted: Subject| -> Vec<Sample> {
        lessons.iter().filter(|(_, (subject, _))| *subject == wanted).map(|(_, (_, sample))| sample.clone()).collect()
    };
    let tiers = ground.law.tiers.len();
    let expansion = (0..ground.shelves.len() as u8).map(|sku| Law::fit(&of(Subject::Expansion(sku)), tiers)).collect();
    Beliefs { renewal: Law::fit(&of(Subject::Renewal), tiers), expansion }
}

/// First days of epochs, and the days after their last.
type Days = Vec<(u32, u32)>;

/// The epochs before the launch and those after it.
fn parts(ground: &Ground) -> (Days, Days) {
    ground.epochs().into_iter().partition(|(_, to)| *to <= ground.launch)
}

/// Lives one world on this thread, without actors.
#[must_use]
pub fn plainly(world: &Arc<World>, arms: &[u8]) -> Lived {
    let (before, after) = parts(&world.ground);
    let (directory, mut cohorts) = seated(world);
    let mut exchange = Exchange::of(world, directory);
    let mut post = exchange.nothing();
    through(&mut cohorts, &mut exchange, &mut post, &before, &world.ground);
    let beliefs = Arc::new(learned(&world.ground, cohorts.iter_mut().flat_map(Cohort::lessons).collect()));
    let bytes = cohorts.iter().map(Cohort::bytes).sum();
    let mut lived = Lived { books: Vec::new(), history: None, bytes };
    for (arm, &plays) in arms.iter().enumerate() {
        let (mut own, mut exchange, mut post) = (cohorts.clone(), exchange.clone(), post.clone());
        own.iter_mut().for_each(|cohort| cohort.launch(Arc::clone(&beliefs), plays));
        through(&mut own, &mut exchange, &mut post, &after, &world.ground);
        lived.close(world, arm, own);
    }
    lived
}

fn through(
    cohorts: &mut [Cohort],
    exchange: &mut Exchange,
    post: &mut Vec<Inbox>,
    epochs: &[(u32, u32)],
    ground: &Ground,
) {
    for &days in epochs {
        let written = cohorts.iter_mut().zip(&*post).map(|(cohort, inbox)| cohort.advance(days, inbox)).collect();
        *post = exchange.deliver(written, ground, days);
    }
}

impl Lived {
    /// Adds the books of an arm up.
    fn close(&mut self, world: &World, arm: usize, cohorts: Vec<Cohort>) {
        let mut sum = Book::of(&world.ground);
        let mut ended = Vec::with_capacity(cohorts.len());
        for cohort in cohorts {
            let (book, cohort) = cohort.close();
            sum += &book;
            ended.push(cohort);
        }
        self.books.push(sum);
        if arm == 0 && world.recorded {
            self.history = Some(recording::history(world, &ended));
        }
    }
}

/// Lives replications of a scenario on actors and returns them in order; the first is kept if it is to be recorded.
///
/// # Errors
/// [`EngineError::NoWorld`] where there are no accounts; otherwise if an actor dies, which would be a fault of the
/// engine.
pub fn direct(
    scenario: &Scenario,
    replications: Range<u32>,
    plan: Plan,
    recorded: bool,
    progress: &mut Progress<'_>,
) -> Result<Vec<Lived>, EngineError> {
    let ground = Arc::new(Ground::of(scenario).ok_or(EngineError::NoWorld)?);
    let arms = arms(scenario);
    // A system of actors must not start inside another runtime: it gets a thread of its own.
    std::thread::scope(|scope| {
        let run = || System::new().block_on(all(&ground, scenario.seed, replications, plan, &arms, recorded, progress));
        let thread = scope.spawn(run);
        thread.join().unwrap_or(Err(EngineError::Director))
    })
}

async fn all(
    ground: &Arc<Ground>,
    seed: u64,
    replications: Range<u32>,
    plan: Plan,
    arms: &[u8],
    recorded: bool,
    progress: &mut Progress<'_>,
) -> Result<Vec<Lived>, EngineError> {
    let arbiters = Arbiters::start(plan.threads);
    let worlds = replications.len() as u64;
    let mut lived = Vec::with_capacity(replications.len());
    let first = replications.start;
    for replication in replications {
        let world = world(ground, seed, replication, plan.seating, recorded && replication == first);
        lived.push(one(&world, arms, &arbiters).await?);
        progress(lived.len() as u64, worlds);
    }
    arbiters.stop();
    Ok(lived)
}

async fn one(world: &Arc<World>, arms: &[u8], arbiters: &Arbiters) -> Result<Lived, EngineError> {
    let (before, after) = parts(&world.ground);
    let (directory, cohorts) = seated(world);
    let mut exchange = Exchange::of(world, directory);
    let mut post = exchange.nothing();
    let mut warm =
        hosted(cohorts, arbiters, &mut exchange, &mut post, &before, &world.ground, &mut Sum::default()).await?;
    let beliefs = Arc::new(learned(&world.ground, warm.iter_mut().flat_map(Cohort::lessons).collect()));
    let bytes = warm.iter().map(Cohort::bytes).sum();
    let mut lived = Lived { books: Vec::new(), history: None, bytes };
    for (arm, &plays) in arms.iter().enumerate() {
        let mut own = warm.clone();
        own.iter_mut().for_each(|cohort| cohort.launch(Arc::clone(&beliefs), plays));
        let (mut exchange, mut post) = (exchange.clone(), post.clone());
        let ended = hosted(own, arbiters, &mut exchange, &mut post, &after, &world.ground, &mut Sum::default()).await?;
        lived.close(world, arm, ended);
    }
    Ok(lived)
}

/// Lives blocks through epochs, each hosted by an actor, and gives them back.
async fn hosted(
    cohorts: Vec<Cohort>,
    arbiters: &Arbiters,
    exchange: &mut Exchange,
    post: &mut Vec<Inbox>,
    epochs: &[(u32, u32)],
    ground: &Ground,
    sum: &mut Sum,
) -> Result<Vec<Cohort>, EngineError> {
    let hosts: Vec<Addr<Host>> = cohorts
        .into_iter()
        .enumerate()
        .map(|(place, cohort)| arbiters.host(place, move || Host(Some(cohort))))
        .collect();
    for &days in epochs {
        let sent: Vec<_> =
            hosts.iter().zip(std::mem::take(post)).map(|(host, inbox)| host.send(Advance { days, inbox })).collect();
        let mut written = Vec::with_capacity(sent.len());
        for outbox in sent {
            written.push(outbox.await?);
            written.last().into_iter().for_each(|outbox| sum.count(outbox));
        }
        *post = exchange.deliver(written, ground, days);
    }
    let mut back = Vec::with_capacity(hosts.len());
    for host in &hosts {
        back.extend(host.send(Give).await?);
    }
    Ok(back)
}

/// A block as an actor.
#[derive(Debug)]
struct Host(Option<Cohort>);

impl Actor for Host {
    type Context = Context<Self>;
}

/// Live an epoch.
struct Advance {
    days: (u32, u32),
    inbox: Inbox,
}

impl Message for Advance {
    type Result = Outbox;
}

impl Handler<Advance> for Host {
    type Result = MessageResult<Advance>;
    fn handle(&mut self, Advance { days, inbox }: Advance, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.0.as_mut().map_or_else(Outbox::default, |cohort| cohort.advance(days, &inbox)))
    }
}

/// Give the block back.
struct Give;

impl Message for Give {
    type Result = Option<Cohort>;
}

impl Handler<Give> for Host {
    type Result = MessageResult<Give>;
    fn handle(&mut self, Give: Give, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.0.take())
    }
}
