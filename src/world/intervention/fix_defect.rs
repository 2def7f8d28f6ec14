//! Fixes a defect of the product, such as the one behind a cliff of departures.

use serde::{Deserialize, Serialize};

use super::{Names, Reference};
use crate::{base::luck::Stream, world::conditions::Conditions};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixDefect {
    /// Name of the defect.
    pub cause: String,
}

/// In one world: a fix has no number of its own; how much of the excess hazard it removes is the world's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn;

impl FixDefect {
    pub(super) fn draw(&self, _: &Names<'_>, _: &mut Stream) -> Drawn {
        Drawn
    }

    pub(super) fn in_words(&self) -> String {
        format!("fixes the defect “{}”", self.cause)
    }

    pub(super) fn refers_to(&self) -> Vec<Reference<'_>> {
        vec![Reference::Cause(&self.cause)]
    }
}

impl Drawn {
    #[inline]
    pub(super) fn apply(self, strength: f32, conditions: &mut Conditions) {
        conditions.fixed = conditions.fixed.max(strength);
    }

    pub(super) const fn most_sessions(self) -> f32 {
        1.0
    }

    pub(super) const fn fixes(self) -> bool {
        true
    }
}
