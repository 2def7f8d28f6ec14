//! What a set rests on, beside the events: the priors, and how events are read and cut into sessions. It is settled
//! when the set is made and never changes, for else old and new events would not be learned alike; only the account
//! of the files that were folded in grows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use crate::{
    base::{
        time::SimTime,
        units::{Currency, Probability},
    },
    history::{
        name::Name,
        sessions::{Catalogues, Sessionisation},
        source::{File, Format, Recorded, rows::Rows},
    },
    study::life::UNKNOWN_CHANNEL,
    user::priors::Priors,
};

/// What a set of self-models rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Name of the scenario the set was made from.
    pub scenario: String,
    /// Currency of all money.
    pub currency: Currency,
    /// How sessions are cut, with the catalogues that are in force.
    pub sessionisation: Sessionisation,
    /// Channels that bring users, in the order of their numbers.
    pub channels: Vec<Name>,
    /// How far the watermark is behind the latest event \[s\].
    pub window: i64,
    /// How further files are read.
    pub reading: Reading,
    /// What was known of users before they did anything.
    pub priors: Priors,
    /// The files that were folded in, by their BLAKE3 in hexadecimal.
    pub inputs: BTreeMap<String, Input>,
    /// Rows that were left out.
    pub rejected: Rejected,
}

/// How further files are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What rows mean, and the format of files whose ending does not tell.
    pub mappings: Vec<(Option<Format>, Option<Rows>)>,
    /// Share of all rows that may be malformed.
    pub max_rejected_share: Probability,
}

/// A file that was folded in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name when it was.
    pub file: String,
    /// Events that were taken from it.
    pub events: u64,
}

/// Rows that were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// In the latest update, because they were malformed.
    pub malformed: u64,
    /// In the latest update, because they were older than the watermark.
    pub too_late: u64,
    /// In all updates.
    pub ever: u64,
}

impl Reading {
    /// As the files of a recorded history are read.
    #[must_use]
    pub fn of(recorded: &Recorded) -> Self {
        let mut mappings: Vec<(Option<Format>, Option<Rows>)> = Vec::new();
        for File { format, rows, .. } in &recorded.files {
            let mapping = (*format, rows.clone());
            if !mappings.contains(&mapping) {
                mappings.push(mapping);
            }
        }
        Self { mappings, max_rejected_share: recorded.max_rejected_share }
    }
}

impl Basis {
    /// The number of a channel.
    #[must_use]
    pub fn channel(&self, name: Option<&Name>) -> u8 {
        let index = name.and_then(|name| self.channels.binary_search(name).ok());
        index.and_then(|index| u8::try_from(index).ok()).unwrap_or(UNKNOWN_CHANNEL)
    }

    /// The names that have numbers.
    #[must_use]
    pub fn catalogues(&self) -> Catalogues {
        self.sessionisation.catalogues.clone().unwrap_or_default()
    }

    /// The moment up to which events are folded, if the latest one is at another.
    #[must_use]
    pub fn watermark(&self, latest: SimTime) -> SimTime {
        SimTime(latest.0.saturating_sub(self.window))
    }

    /// BLAKE3 of the priors alone, in hexadecimal: two sets with the same are comparable, bit by bit.
    #[must_use]
    pub fn priors_hash(&self) -> String {
        // Priors are texts and numbers, which always have a JSON form.
        blake3::hash(&serde_json::to_vec(&self.priors).unwrap_or_default()).to_hex().to_string()
    }

    /// Whether another set's priors mean the same here: they were fitted to sessions that were cut alike.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`] with what differs.
    pub fn suits(&self, currency: Currency, sessionisation: &Sessionisation) -> Result<(), StoreError> {
        let (mine, theirs) = (&self.sessionisation, sessionisation);
        let pairs = [
            ("currency", self.currency.to_string(), currency.to_string()),
            ("day-parts", format!("{:?}", mine.dayparts.hours()), format!("{:?}", theirs.dayparts.hours())),
            ("timeout of a session [min]", mine.timeout_minutes.to_string(), theirs.timeout_minutes.to_string()),
            ("whether midnight ends a session", mine.at_midnight.to_string(), theirs.at_midnight.to_string()),
            ("time to answer a message [day]", mine.answer_days.to_string(), theirs.answer_days.to_string()),
        ];
        match pairs.into_iter().find(|(_, expected, found)| expected != found) {
            Some((what, expected, found)) => Err(StoreError::Mismatch { what: what.to_owned(), expected, found }),
            None => Ok(()),
        }
    }

    /// Whether everything that is looked up is there.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        let (priors, window) = (&self.priors, self.window);
        let flaws = [
            (priors.born.is_empty(), "no membership to be born with"),
            (priors.churn.hazard.is_empty() || priors.churn.population.is_empty(), "no hazard of leaving"),
            (window < 0, "a window below 0"),
            (self.sessionisation.catalogues.is_none(), "no catalogues"),
        ];
        flaws.into_iter().find(|(flawed, _)| *flawed).map(|(_, what)| what)
    }
}
