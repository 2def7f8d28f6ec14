//! Changes the price: who pays pays more, and fewer do.
//!
//! Demand of constant elasticity: with prices multiplied by `m` the probability that a session pays is multiplied by
//! `m^ε`, `ε` below 0 (Varian 2014, *Intermediate Microeconomics*, 9th ed., §15.8).

use serde::{Deserialize, Serialize};

use super::{Kind, Met, Names, Size};
use crate::{
    base::{float::pow, luck::Stream, units::Positive},
    world::{conditions::Conditions, uncertain::Uncertain},
};

/// As a scenario states it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// What multiplies prices.
    pub by: Positive,
    /// Elasticity of the probability to pay, usually below 0.
    pub elasticity: Uncertain,
}

/// In one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    amount: f32,
    paid: f32,
}

impl Kind for Price {
    type Drawn = Drawn;

    fn draw(&self, _: &Names<'_>, stream: &mut Stream) -> Drawn {
        let paid = pow(self.by.value(), self.elasticity.draw(stream));
        Drawn { amount: self.by.value() as f32, paid: paid as f32 }
    }

    fn in_words(&self) -> String {
        let (by, elasticity) = (self.by.value(), self.elasticity.in_words());
        format!("multiplies prices by {by}; the elasticity of the probability to pay is {elasticity}")
    }

    fn sizes(&self) -> Vec<Size> {
        vec![Size::multiple("prices ×", self.by.value())]
    }
}

impl Met for Drawn {
    #[inline]
    fn apply(&self, strength: f32, conditions: &mut Conditions) {
        conditions.answer.amount *= (1.0 + (self.amount - 1.0) * strength).max(0.0);
        conditions.paid *= (1.0 + (self.paid - 1.0) * strength).max(0.0);
    }

    fn numbers(&self) -> Vec<f64> {
        vec![f64::from(self.amount), f64::from(self.paid)]
    }
}
