//! The thin layer of actors: a mailbox for a cohort, an address for a user.

use std::collections::BTreeMap;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message, MessageResult, prelude::SendError};

use super::cohort::{Cohort, Post, World};
use crate::{
    base::units::UserId,
    history::session::Observation,
    user::{
        priors::Priors,
        self_model::{Scores, SelfModel},
    },
    world::{ledger::Ledger, life::User},
};

/// A cohort as an actor.
#[derive(Debug)]
pub struct CohortActor {
    cohort: Option<Cohort>,
    /// Users that are actors of their own for now, by arm and place among all arrivals.
    away: BTreeMap<(usize, u32), Addr<Promoted>>,
    /// What to advance to once they are all back.
    world: World,
}

impl CohortActor {
    /// The mailbox of a cohort.
    #[must_use]
    pub fn new(world: World, index: u32) -> Self {
        Self { cohort: Some(Cohort::new(world.clone(), index)), away: BTreeMap::new(), world }
    }
}

impl Actor for CohortActor {
    type Context = Context<Self>;
}

/// Live up to a second, given the letters of the last epoch.
#[derive(Debug)]
pub(super) struct Advance {
    pub until: u32,
    pub post: Post,
}

/// The launch.
#[derive(Debug)]
pub(super) struct Fork;

/// The end: the books are handed over.
#[derive(Debug)]
pub(super) struct Close;

/// Live a whole uncoupled world in one go and hand the books over.
#[derive(Debug)]
pub(super) struct Whole {
    pub world: World,
    pub index: u32,
}

/// How much memory does the cohort take \[byte\]?
#[derive(Debug)]
pub(super) struct Weigh;

impl Message for Weigh {
    type Result = usize;
}

impl Handler<Weigh> for CohortActor {
    type Result = usize;
    fn handle(&mut self, _: Weigh, _: &mut Context<Self>) -> usize {
        self.cohort.as_ref().map_or(0, Cohort::bytes) + size_of::<Self>()
    }
}

impl Message for Advance {
    type Result = Post;
}
impl Message for Fork {
    type Result = ();
}
impl Message for Close {
    type Result = Option<Ledger>;
}
impl Message for Whole {
    type Result = Ledger;
}

impl Handler<Advance> for CohortActor {
    type Result = MessageResult<Advance>;
    fn handle(&mut self, Advance { until, post }: Advance, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.cohort.as_mut().map_or_else(Post::new, |cohort| cohort.advance(until, &post)))
    }
}

impl Handler<Fork> for CohortActor {
    type Result = ();
    fn handle(&mut self, _: Fork, _: &mut Context<Self>) {
        if let Some(cohort) = &mut self.cohort {
            cohort.fork();
        }
    }
}

impl Handler<Close> for CohortActor {
    type Result = Option<Ledger>;
    fn handle(&mut self, _: Close, _: &mut Context<Self>) -> Option<Ledger> {
        self.cohort.take().map(Cohort::close)
    }
}

/// An actor that lives whole worlds, one cohort a message: one for each arbiter.
#[derive(Debug)]
pub(super) struct Liver;

impl Actor for Liver {
    type Context = Context<Self>;
    fn started(&mut self, context: &mut Context<Self>) {
        // A world's cohorts all wait in the mailbox at once; they are few bytes each.
        context.set_mailbox_capacity(0);
    }
}

impl Handler<Whole> for Liver {
    type Result = MessageResult<Whole>;
    fn handle(&mut self, Whole { world, index }: Whole, _: &mut Context<Self>) -> Self::Result {
        MessageResult(Cohort::whole(world, index))
    }
}

/// The address of one user: a cohort's mailbox, an arm and a place among all arrivals.
#[derive(Clone, Debug)]
pub struct UserRef {
    pub(super) cohort: Addr<CohortActor>,
    pub(super) arm: usize,
    pub(super) index: u32,
}

impl UserRef {
    /// Asks what is believed of the user; none if not born yet or away.
    ///
    /// # Errors
    /// [`actix::MailboxError`] if the cohort has stopped.
    pub async fn ask(&self) -> Result<Option<SelfModel>, actix::MailboxError> {
        self.cohort.send(Ask { arm: self.arm, index: self.index }).await
    }

    /// Tells the user something that happened; it is predicted, scored and learned.
    ///
    /// # Errors
    /// [`SendError`] if the cohort has stopped.
    pub fn tell(&self, observation: Observation) -> Result<(), SendError<Tell>> {
        self.cohort.try_send(Tell { arm: self.arm, index: self.index, observation })
    }

    /// Promotes the user to an actor of its own, on the calling arbiter; none if not born yet or already away.
    ///
    /// # Errors
    /// [`actix::MailboxError`] if the cohort has stopped.
    pub async fn promote(&self) -> Result<Option<Addr<Promoted>>, actix::MailboxError> {
        self.cohort.send(Promote { arm: self.arm, index: self.index }).await
    }
}

/// What is believed of a user?
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    arm: usize,
    index: u32,
}

/// Something happened to a user.
#[derive(Clone, Copy, Debug)]
pub struct Tell {
    arm: usize,
    index: u32,
    observation: Observation,
}

#[derive(Debug)]
struct Promote {
    arm: usize,
    index: u32,
}

impl Message for Ask {
    type Result = Option<SelfModel>;
}
impl Message for Tell {
    type Result = ();
}
impl Message for Promote {
    type Result = Option<Addr<Promoted>>;
}

impl Handler<Ask> for CohortActor {
    type Result = MessageResult<Ask>;
    fn handle(&mut self, Ask { arm, index }: Ask, _: &mut Context<Self>) -> Self::Result {
        let here = !self.away.contains_key(&(arm, index));
        let user = self.cohort.as_ref().filter(|_| here).and_then(|cohort| cohort.user(arm, index));
        MessageResult(user.map(|user| *user.model()))
    }
}

impl Handler<Tell> for CohortActor {
    type Result = ();
    fn handle(&mut self, Tell { arm, index, observation }: Tell, _: &mut Context<Self>) {
        let priors = &self.world.stage.priors;
        if let Some(away) = self.away.get(&(arm, index)) {
            away.do_send(Observed(observation));
        } else if let Some(model) = self.cohort.as_mut().and_then(|cohort| cohort.model_mut(arm, index)) {
            observe(model, priors, &observation);
        }
    }
}

fn observe(model: &mut SelfModel, priors: &Priors, observation: &Observation) -> Scores {
    let (scores, lesson) = model.predict(priors, observation.at()).score(observation);
    model.learn(lesson);
    scores
}

impl Handler<Promote> for CohortActor {
    type Result = MessageResult<Promote>;
    fn handle(&mut self, Promote { arm, index }: Promote, context: &mut Context<Self>) -> Self::Result {
        let free = !self.away.contains_key(&(arm, index));
        let user = self.cohort.as_ref().filter(|_| free).and_then(|cohort| cohort.user(arm, index));
        let promoted = user.map(|user| {
            let home = Home { cohort: context.address(), arm, index };
            Promoted { user: Some(user.clone()), world: self.world.clone(), home }.start()
        });
        if let Some(address) = &promoted {
            self.away.insert((arm, index), address.clone());
        }
        MessageResult(promoted)
    }
}

#[derive(Clone, Debug)]
struct Home {
    cohort: Addr<CohortActor>,
    arm: usize,
    index: u32,
}

/// A user that is an actor of its own: for looking at it live, or for a live source of events.
///
/// While it is away the cohort's copy rests; what happened to it meanwhile goes back with it.
#[derive(Debug)]
pub struct Promoted {
    user: Option<User>,
    world: World,
    home: Home,
}

impl Actor for Promoted {
    type Context = Context<Self>;
}

/// Something happened to a promoted user; it is predicted, scored and learned.
#[derive(Clone, Copy, Debug)]
pub struct Observed(pub Observation);

/// Who is it, and what is believed?
#[derive(Clone, Copy, Debug)]
pub struct Look;

/// Go back to the cohort.
#[derive(Clone, Copy, Debug)]
pub struct GoHome;

impl Message for Observed {
    type Result = Option<Scores>;
}
impl Message for Look {
    type Result = Option<(UserId, SelfModel)>;
}
impl Message for GoHome {
    type Result = ();
}

impl Handler<Observed> for Promoted {
    type Result = MessageResult<Observed>;
    fn handle(&mut self, Observed(observation): Observed, _: &mut Context<Self>) -> Self::Result {
        let priors = &self.world.stage.priors;
        MessageResult(self.user.as_mut().map(|user| observe(user.model_mut(), priors, &observation)))
    }
}

impl Handler<Look> for Promoted {
    type Result = MessageResult<Look>;
    fn handle(&mut self, _: Look, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.user.as_ref().map(|user| (user.id(), *user.model())))
    }
}

impl Handler<GoHome> for Promoted {
    type Result = ();
    fn handle(&mut self, _: GoHome, context: &mut Context<Self>) {
        use actix::ActorContext;
        if let Some(user) = self.user.take() {
            let Home { cohort, arm, index } = &self.home;
            cohort.do_send(PutBack { arm: *arm, index: *index, user: Box::new(user) });
        }
        context.stop();
    }
}

#[derive(Debug)]
struct PutBack {
    arm: usize,
    index: u32,
    user: Box<User>,
}

impl Message for PutBack {
    type Result = ();
}

impl Handler<PutBack> for CohortActor {
    type Result = ();
    fn handle(&mut self, PutBack { arm, index, user }: PutBack, _: &mut Context<Self>) {
        self.away.remove(&(arm, index));
        if let Some(cohort) = &mut self.cohort {
            cohort.put_back(arm, index, *user);
        }
    }
}
