//! Stored self-models: a set that grows with every update, instead of being learned again from the start.
//!
//! Folding new events into a set gives, to the bit, what replaying all events from the start would give. That holds
//! because a self-model learns an observation only when nothing that may still come can change it. Events may arrive
//! out of order, but not more than a *window* late: what happened before the *watermark* (the latest event's time less
//! the window) is complete. Sessions that were over by then, and messages whose fate was known, are folded into the
//! self-models; the events of all others wait in the *tail*. So a set is a function of the events it was given, not of
//! how they came.
//!
//! | file | holds |
//! |---|---|
//! | `manifest.json` | what is in the set, and the names and hashes of the files that are |
//! | `models-….parquet` | a row a user: the self-model's fields by name |
//! | `tail-….parquet` | canonical events that are not folded yet |
//! | `priors-….json` | priors, catalogues, how events are read and cut, the files that were folded in |
//! | `rejected-….csv` | rows that the latest update left out |
//! | `joins-….parquet` | two rows a join: both self-models as they were before |

pub mod basis;
mod columns;
pub mod error;
mod fold;
pub mod folder;
pub mod joins;
mod lives;
pub mod manifest;
pub mod models;

pub use fold::Folded;

use self::{basis::Basis, joins::Join, models::Names};
use crate::{
    base::{partition::partition, time::SimTime, units::UserId},
    history::event::Event,
    user::self_model::SelfModel,
};

/// A set of self-models.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSet {
    /// What it rests on.
    pub basis: Basis,
    /// What was learned, and what is still to be.
    pub contents: Contents,
}

/// What was learned, and what is still to be: the same, however the events came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// When the latest event was, if there is one.
    pub latest: Option<SimTime>,
    /// By (partition, user): everything that is settled, and never closed.
    pub models: Vec<SelfModel>,
    /// Names of users whose id is a hash.
    pub names: Names,
    /// Events in canonical order that are not folded yet.
    /// They are as they came, under names that may have been given up since.
    pub tail: Vec<Event>,
    /// Users who became one, in the order in which they did.
    pub joins: Vec<Join>,
}

impl StoredSet {
    /// A set that knows nobody.
    #[must_use]
    pub fn new(basis: Basis) -> Self {
        Self { basis, contents: Contents::default() }
    }

    /// What happened before is folded, unless it is part of what was not over; none before the first event.
    #[must_use]
    pub fn watermark(&self) -> Option<SimTime> {
        self.contents.latest.map(|latest| self.basis.watermark(latest))
    }

    /// A user's own name.
    #[must_use]
    pub fn name(&self, user: UserId) -> String {
        self.contents.names.get(&user).map_or_else(|| user.to_string(), ToString::to_string)
    }
}

/// The order of users in a set.
fn place(user: UserId) -> (u32, UserId) {
    (partition(user), user)
}

#[cfg(test)]
mod tests;
