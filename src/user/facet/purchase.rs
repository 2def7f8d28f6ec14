//! Do they pay? Whether a session earns anything: a [chance](super::chance). The first session has shares of its own: it
//! is often free.

use serde::{Deserialize, Serialize};

use super::chance::{Answers, Chance};
use crate::base::{
    gamma::Gamma,
    luck::{Stream, uniform},
};

/// Prior of the purchase; the index says whether it is a later session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PurchasePrior(pub [Chance; 2]);

impl PurchasePrior {
    /// Of first or of later sessions.
    #[inline]
    #[must_use]
    pub const fn of(&self, later: bool) -> &Chance {
        &self.0[later as usize]
    }
}

/// Decayed counts of sessions that paid and that did not.
pub type PurchaseBelief = Answers;

/// Whether one simulated user pays. Hidden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PurchaseTrait {
    /// Probability that a session pays.
    pays: f32,
}

impl PurchaseTrait {
    /// Draws a user's own probability: Beta around the segment's, as a ratio of gammas; without a strength all are
    /// alike.
    #[must_use]
    pub fn draw(mean: f64, strength: Option<f64>, stream: &mut Stream) -> Self {
        let Some(strength) = strength else { return Self { pays: mean as f32 } };
        let yes = Gamma::of((mean * strength).max(1e-9)).draw(stream);
        let no = Gamma::of(((1.0 - mean) * strength).max(1e-9)).draw(stream);
        Self { pays: if yes + no > 0.0 { yes / (yes + no) } else { mean } as f32 }
    }

    /// Probability that a session pays \[1\].
    #[must_use]
    pub fn pays(&self) -> f64 {
        f64::from(self.pays)
    }

    /// Whether a session pays, where it is `times` as likely to, and more likely by `more`.
    #[inline]
    #[must_use]
    pub fn generate(&self, word: u32, times: f32, more: f32) -> bool {
        uniform(word) < f64::from((self.pays * times + more).clamp(0.0, 1.0))
    }
}
