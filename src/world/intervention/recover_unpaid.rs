//! Makes some sessions pay that would have earned nothing.

use serde::{Deserialize, Serialize};

use super::{Names, Reference};
use crate::{
    base::{
        luck::Stream,
        units::{Money, Positive},
    },
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoverUnpaid {
    /// Share of unpaid sessions that then pay \[1\].
    pub share: Uncertain,
    /// What they pay [major units].
    pub amount: Positive,
}

/// In one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    share: f32,
    amount: Money,
}

impl RecoverUnpaid {
    pub(super) fn draw(&self, names: &Names<'_>, stream: &mut Stream) -> Drawn {
        let share = self.share.draw(stream).clamp(0.0, 1.0) as f32;
        Drawn { share, amount: Money::from_major(self.amount.value(), names.currency) }
    }

    pub(super) fn in_words(&self) -> String {
        format!("of the sessions that would earn nothing, {} pay {}", self.share.in_words(), self.amount.value())
    }

    pub(super) const fn refers_to(&self) -> Vec<Reference<'_>> {
        Vec::new()
    }
}

impl Drawn {
    #[inline]
    pub(super) fn apply(self, strength: f32, conditions: &mut Conditions) {
        conditions.recovered = 1.0 - (1.0 - conditions.recovered) * (1.0 - self.share * strength);
        conditions.recovered_amount = self.amount;
    }

    pub(super) const fn most_sessions(self) -> f32 {
        1.0
    }

    pub(super) const fn fixes(self) -> bool {
        false
    }
}
