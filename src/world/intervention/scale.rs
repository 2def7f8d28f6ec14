//! Multiplies one facet of behaviour: what no other kind says.

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Size};
use crate::{
    base::luck::Stream,
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// What can be multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Facet {
    /// How often users come.
    Sessions,
    /// The probability that a session pays.
    Paid,
    /// What a paying session pays.
    Amount,
    /// The hazard of leaving.
    Hazard,
}

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The facet.
    pub facet: Facet,
    /// What multiplies it.
    pub by: Uncertain,
}

/// In one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    facet: Facet,
    by: f32,
}

impl Facet {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Paid => "the probability to pay",
            Self::Amount => "amounts",
            Self::Hazard => "the hazard of leaving",
        }
    }
}

impl Kind for Scale {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, stream: &mut Stream) -> Drawn {
        Drawn { facet: self.facet, by: self.by.draw(stream).max(0.0) as f32 }
    }

    fn in_words(&self) -> String {
        format!("multiplies {} by {}", self.facet.in_words(), self.by.in_words())
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::multiple(format!("{} ×", self.facet.in_words()), self.by.mean())]
    }
}

impl Drawn {
    fn at(self, strength: f32) -> f32 {
        (1.0 + (self.by - 1.0) * strength).max(0.0)
    }
}

impl Met for Drawn {
    #[inline]
    fn apply(&self, strength: f32, conditions: &mut Conditions) {
        let by = self.at(strength);
        match self.facet {
            Facet::Sessions => conditions.answer.sessions *= by,
            Facet::Paid => conditions.paid *= by,
            Facet::Amount => conditions.answer.amount *= by,
            Facet::Hazard => conditions.hazard *= by,
        }
    }

    fn most_sessions(&self, strength: f32) -> f32 {
        if self.facet == Facet::Sessions { self.at(strength).max(1.0) } else { 1.0 }
    }

    fn hazard(&self) -> Option<f32> {
        (self.facet == Facet::Hazard).then_some(self.by)
    }

    fn numbers(&self) -> Vec<f64> {
        vec![f64::from(self.by)]
    }
}
