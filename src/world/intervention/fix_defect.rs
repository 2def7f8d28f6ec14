//! Fixes a defect of the product, such as the one behind a cliff of departures.

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Reference, Size};
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

impl Kind for FixDefect {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, _: &mut Stream) -> Drawn {
        Drawn
    }

    fn in_words(&self) -> String {
        format!("fixes the defect “{}”", self.cause)
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::share(format!("share of what can be fixed of “{}” that is fixed", self.cause), 1.0)]
    }

    fn refers_to(&self) -> Vec<Reference<'_>> {
        vec![Reference::Cause(&self.cause)]
    }
}

impl Met for Drawn {
    #[inline]
    fn apply(&self, strength: f32, conditions: &mut Conditions) {
        conditions.fixed = conditions.fixed.max(strength.min(1.0));
    }

    fn fixes(&self) -> bool {
        true
    }
}
