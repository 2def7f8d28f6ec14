//! One user, explained: what is believed and on what evidence, what comes next, how likely they are to leave and what
//! moved that, what they are worth, and how good the predictions have been so far.
//!
//! Everything is from events before one moment. The priors are fitted to other users, before the same moment
//! ([`subject`]), so that neither the user's own data nor anybody's future is in them.

pub mod calendar;
pub mod candidates;
pub mod forecast;
pub mod learned;
pub mod membership;
pub mod risk;
pub mod subject;
pub mod timeline;
pub mod value;

use serde::Serialize;

use self::{
    calendar::Calendar, forecast::Forecast, membership::Membership, risk::Risk, timeline::Timeline, value::Value,
};
use super::life::Life;
use crate::{
    base::time::SimTime,
    history::session::Observation,
    user::{
        explain::{self, Reading, Topic, Words},
        facet::FacetKind,
        priors::Priors,
        self_model::SelfModel,
    },
};

/// Whom to explain, as of when, and what is known of everybody.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The user's own name.
    pub name: &'a str,
    /// Their record, which ends at the moment.
    pub life: Life<'a>,
    /// The moment.
    pub at: SimTime,
    /// What is known of everybody, from others.
    pub priors: &'a Priors,
    /// Names of things.
    pub words: &'a Words,
    /// The users' calendar.
    pub calendar: &'a Calendar,
    /// Seed of the imagined futures.
    pub seed: u64,
}

/// All there is to say of one user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The user's own name.
    pub user: String,
    /// The moment, on the users' clock: what was known just before it.
    pub at: String,
    /// What was seen of them.
    pub seen: Seen,
    /// What is believed, topic by topic.
    pub topics: Vec<Topic>,
    /// Facets of which the record holds nothing.
    pub unheard: Vec<FacetKind>,
    /// What they will do next; none if they have said goodbye.
    pub next: Option<Forecast>,
    /// Their risk of leaving; none if they have said goodbye.
    pub risk: Option<Risk>,
    /// What they are worth.
    pub value: Value,
    /// Whom they are like, the likeliest segment first.
    pub segments: Vec<Membership>,
    /// What had been predicted, and whether it was right.
    pub timeline: Timeline,
}

/// What was seen of a user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seen {
    /// Sessions.
    pub sessions: u32,
    /// Sessions that paid.
    pub paid_sessions: u32,
    /// When they were first seen, on their clock.
    pub first: String,
    /// When they were last seen.
    pub last: String,
    /// Days from the first time they were seen to the moment.
    pub tenure_days: f64,
    /// Days since they were last seen.
    pub silent_days: f64,
    /// Whether they have said goodbye.
    pub left: bool,
}

/// Explains one user.
#[must_use]
pub fn explain(question: &Question<'_>) -> Explanation {
    let Question { name, life, at, priors, words, calendar, seed } = *question;
    // 1. Their record, lived again: predicted, scored, learned.
    let (timeline, model) = timeline::timeline(question);
    let closed = close(model, priors, at);
    let prediction = closed.predict(priors, at);
    let reading = Reading { prediction: &prediction, priors, record: life.observations, at, words };
    // 2. What is believed now, and what follows from it.
    Explanation {
        user: name.to_owned(),
        at: calendar.time(at),
        seen: seen(&closed, question),
        topics: explain::topics(&reading),
        unheard: explain::unheard(&reading),
        next: (!closed.left()).then(|| forecast::forecast(&reading, calendar)),
        risk: (!closed.left()).then(|| risk::risk(&reading, calendar)),
        value: value::value(&model, &reading, calendar, seed),
        segments: membership::memberships(&closed, priors, words),
        timeline,
    }
}

/// Periods of tenure that have run out by the moment without a session are known too.
pub(in crate::study) fn close(mut model: SelfModel, priors: &Priors, at: SimTime) -> SelfModel {
    let (_, lesson) = model.predict(priors, at).close();
    model.learn(lesson);
    model
}

fn seen(model: &SelfModel, question: &Question<'_>) -> Seen {
    let Question { life, at, calendar, .. } = question;
    let paid = |seen: &&Observation| matches!(seen, Observation::Session(session) if session.paid.is_some());
    Seen {
        sessions: model.sessions(),
        paid_sessions: life.observations.iter().filter(paid).count() as u32,
        first: calendar.time(model.first()),
        last: calendar.time(model.last()),
        tenure_days: model.tenure_days(*at),
        silent_days: at.days_since(model.last()),
        left: model.left(),
    }
}

#[cfg(test)]
mod tests;
