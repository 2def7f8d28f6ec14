//! Sessionisation: from events to what the self-model is fed with, user by user.
//!
//! What a user does (arrives, meets an item, uses a feature, answers, pays, subscribes, buys more) opens a
//! session or belongs to the one that is open. A session ends when nothing is done for longer than `timeout`, or
//! when the user arrives anew after at least that long. What others do (messages, refunds, disputes, renewals)
//! opens none. A message is one piece of evidence, once it was answered or the time to answer has run out.

mod cutter;
mod kinds;

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};

pub use cutter::{Cut, Cutter, Settled};
pub use kinds::{Catalogues, POOLED};

use super::{
    event::Event,
    log::History,
    name::Name,
    session::{DaypartCuts, Observation, Session},
};
use crate::base::{
    partition::partition,
    time::{SimTime, Zone},
    units::{Money, UserId},
};

// A belief is fed with millions of them.
const _: () = assert!(size_of::<Session>() == 32);

/// How sessions are cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessionisation {
    /// Longest pause within a session \[min\].
    #[serde(default = "half_an_hour")]
    pub timeout_minutes: u32,
    /// Whether midnight on the users' clock ends a session too.
    #[serde(default)]
    pub at_midnight: bool,
    /// Where the local day is cut.
    pub dayparts: DaypartCuts,
    /// The users' time zone.
    pub zone: Zone,
    /// Names in the order of their numbers; by default the most frequent ones by name.
    #[serde(default)]
    pub catalogues: Option<Catalogues>,
    /// Longest time in which a message may be answered \[day\].
    #[serde(default = "a_week")]
    pub answer_days: u32,
}

const fn half_an_hour() -> u32 {
    30
}

const fn a_week() -> u32 {
    7
}

/// Why sessions cannot be cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Too many kinds, or one twice.
    #[error("a catalogue must have at most {most} different names of this sort, but has {found}{}", twice(repeated.as_ref()))]
    Catalogue {
        /// How many it has.
        found: usize,
        /// How many it may have.
        most: usize,
        /// The one that is there twice.
        repeated: Option<Name>,
    },
    /// Nobody did anything.
    #[error("a history must have at least one event, but has none")]
    Empty,
}

fn twice(repeated: Option<&Name>) -> String {
    repeated.map(|name| format!(", with `{name}` twice")).unwrap_or_default()
}

/// The life of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTimeline {
    /// Who.
    pub user: UserId,
    /// Which of [`Timelines::observations`].
    pub range: Range<usize>,
    /// The channel that brought the user, if it is known.
    pub channel: Option<Name>,
    /// The first event.
    pub first: SimTime,
}

/// What became of an observation, beside what the self-model learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Refunds and disputes after the session began and before the next one.
    pub returned: Money,
}

/// The lives of all users.
#[derive(Clone, Debug, PartialEq)]
pub struct Timelines {
    /// By (partition, user).
    pub users: Vec<UserTimeline>,
    /// User by user, each in time order.
    pub observations: Vec<Observation>,
    /// As long as [`Self::observations`].
    pub outcomes: Vec<Outcome>,
    /// Names, by the numbers that observations hold.
    pub catalogues: Catalogues,
    /// Events whose item, feature, way or tone has no number and no pool.
    pub unknown: u64,
    /// The first and the last event.
    pub span: (SimTime, SimTime),
}

impl Timelines {
    /// The observations of a user.
    #[must_use]
    pub fn of(&self, user: &UserTimeline) -> &[Observation] {
        &self.observations[user.range.clone()]
    }
}

/// Cuts a history into sessions.
///
/// # Errors
/// [`SessionError`], if the catalogue is none or the history is empty.
pub fn timelines(history: &History, settings: &Sessionisation) -> Result<Timelines, SessionError> {
    let span = match (history.events.first(), history.events.last()) {
        (Some(first), Some(last)) => (first.at, last.at),
        _ => return Err(SessionError::Empty),
    };
    let given = settings.catalogues.clone().map(Catalogues::checked).transpose()?;
    let catalogues = given.unwrap_or_else(|| Catalogues::of(&history.events)).pooling(&history.events);
    let cutter = Cutter::new(settings, &catalogues, span);
    let (mut users, mut observations, mut outcomes, mut unknown) = (vec![], vec![], vec![], 0);
    for life in lives(&history.events) {
        let cut = cutter.live(life.iter().copied(), span.1);
        let range = observations.len()..observations.len() + cut.observations.len();
        users.push(UserTimeline { user: life[0].user, range, channel: cut.channel, first: life[0].at });
        observations.extend(cut.observations);
        outcomes.extend(cut.outcomes);
        unknown += cut.unknown;
    }
    Ok(Timelines { users, observations, outcomes, catalogues, unknown, span })
}

/// The events of each user in time order, users by (partition, user).
fn lives(events: &[Event]) -> Vec<Vec<&Event>> {
    let mut index: BTreeMap<UserId, usize> = BTreeMap::new();
    let mut lives: Vec<Vec<&Event>> = Vec::new();
    for event in events {
        let life = *index.entry(event.user).or_insert_with(|| {
            lives.push(Vec::new());
            lives.len() - 1
        });
        lives[life].push(event);
    }
    lives.sort_by_cached_key(|life| (partition(life[0].user), life[0].user));
    lives
}

#[cfg(test)]
mod tests;
