//! The morning page: how the day went against what the days before made expect, why, who is at risk and worth saving, who is
//! ready for more, and what the day changed in the self-models.
//!
//! Everything is as known at the end of the day: later events are not looked at, and the expectation of the day comes from
//! the days before it alone.

pub mod action;
pub mod changes;
pub mod experiments;
pub mod people;

use serde::Serialize;

use self::{
    changes::{Changes, changes},
    experiments::Experiment,
    people::{AtRisk, Ready, people},
};
use super::{explanation::calendar::Calendar, life::Life, why::Why};
use crate::{
    base::{
        time::SimTime,
        units::{Money, UserId},
    },
    history::session::Observation,
    user::{explain::Words, priors::Priors, self_model::SelfModel},
};

/// A day's brief.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Brief {
    /// The day.
    pub day: String,
    /// How it went against what was expected of it.
    pub yesterday: Why,
    /// The same against the day before.
    pub change: Option<Why>,
    /// Users that are known.
    pub users: usize,
    /// Who may leave and is worth keeping, the most at stake first.
    pub at_risk: Vec<AtRisk>,
    /// Who would take more.
    pub ready: Vec<Ready>,
    /// What the day changed in the self-models.
    pub changes: Changes,
    /// What experiments say so far, if any were given.
    pub experiments: Vec<Experiment>,
}

/// What is known of everybody at the end of the day.
pub struct Known<'a> {
    /// Users, as far as they were seen by then.
    pub lives: Vec<Life<'a>>,
    /// As long as the lives: what is believed of each, not closed.
    pub models: Vec<SelfModel>,
    /// What is known of everybody.
    pub priors: &'a Priors,
    /// Names of things.
    pub words: &'a Words,
    /// The users' calendar.
    pub calendar: &'a Calendar,
    /// When the day began.
    pub from: SimTime,
    /// When it was over.
    pub at: SimTime,
    /// Seed of imagined futures.
    pub seed: u64,
    /// A user's own name.
    pub name: &'a (dyn Fn(UserId) -> String + Sync),
}

/// Makes the brief of a day from how it went and what is known at its end.
#[must_use]
pub fn brief(day: String, yesterday: Why, change: Option<Why>, known: &Known<'_>) -> Brief {
    let (at_risk, ready) = people(known);
    Brief {
        day,
        yesterday,
        change,
        users: known.lives.len(),
        at_risk,
        ready,
        changes: changes(known),
        experiments: Vec::new(),
    }
}

/// A life lived with some priors: predicted, scored, learned; not closed.
#[must_use]
pub fn lived(life: &Life<'_>, priors: &Priors) -> SelfModel {
    on(SelfModel::new(life.user, life.first, life.channel, priors), life.observations, priors)
}

/// The same, going on from a stored self-model with the same priors, which saves learning what it knows already. None where
/// it cannot be told how much of the life is in it: only sessions are counted, and they must be those of the record.
#[must_use]
pub fn lived_on(stored: &SelfModel, life: &Life<'_>, priors: &Priors) -> Option<SelfModel> {
    let (known, rest) = life.observations.split_at_checked(stored.sessions() as usize)?;
    let paid = |seen: &Observation| match seen {
        Observation::Session(session) => Some(session.paid.unwrap_or_default()),
        _ => None,
    };
    let gross: Money = known.iter().map(paid).sum::<Option<Money>>()?;
    let is_same = known.last().is_some_and(|last| last.at() == stored.last());
    (is_same && gross == stored.gross() && stored.first() == life.first && !stored.left())
        .then(|| on(*stored, rest, priors))
}

fn on(mut model: SelfModel, observations: &[Observation], priors: &Priors) -> SelfModel {
    for seen in observations {
        let (_, lesson) = model.predict(priors, seen.at()).score(seen);
        model.learn(lesson);
    }
    model
}
