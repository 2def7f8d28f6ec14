//! Makes some sessions pay that would have earned nothing.

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Size, Use};
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

impl Kind for RecoverUnpaid {
    type Drawn = Drawn;

    fn draw(&self, names: &Names<'_>, stream: &mut Stream) -> Drawn {
        let share = self.share.draw(stream).clamp(0.0, 1.0) as f32;
        Drawn { share, amount: Money::from_major(self.amount.value(), names.currency) }
    }

    fn in_words(&self) -> String {
        format!("of the sessions that would earn nothing, {} pay {}", self.share.in_words(), self.amount.value())
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::share("share of unpaid sessions that then pay", self.share.mean())]
    }
}

impl Met for Drawn {
    #[inline]
    fn apply(&self, strength: f32, conditions: &mut Conditions) {
        let share = (self.share * strength).min(1.0);
        conditions.recovered = 1.0 - (1.0 - conditions.recovered) * (1.0 - share);
        conditions.recovered_amount = self.amount;
    }

    fn used_by(&self) -> Use {
        Use::PaidSession
    }

    fn numbers(&self) -> Vec<f64> {
        vec![f64::from(self.share)]
    }
}
