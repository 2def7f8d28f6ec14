//! Do they pay? Whether a session earns anything: the Beta–Bernoulli law.
//!
//! A user of segment `c` pays in a session with a probability from `Beta(s·p_c, s·(1-p_c))`; given decayed counts
//! of paid and unpaid sessions the next one pays with probability `(paid + s·p_c) / (paid + unpaid + s)`. The first
//! session has shares of its own: it is often free.

use serde::{Deserialize, Serialize};

use super::super::segment::PerSegment;

use crate::base::{
    gamma::Gamma,
    luck::{Stream, uniform},
};

/// Decayed counts of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PurchaseBelief {
    /// That paid.
    pub paid: f32,
    /// That did not.
    pub unpaid: f32,
}

impl PurchaseBelief {
    /// What is left of it.
    #[inline]
    #[must_use]
    pub fn faded(&self, keep: f32) -> Self {
        Self { paid: self.paid * keep, unpaid: self.unpaid * keep }
    }

    /// Adds one session.
    #[inline]
    pub fn learn(&mut self, paid: bool) {
        *(if paid { &mut self.paid } else { &mut self.unpaid }) += 1.0;
    }
}

/// Prior of the purchase; the index says whether it is a later session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PurchasePrior {
    /// p_c of first and of later sessions.
    pub share: [PerSegment; 2],
    /// s.
    pub strength: f32,
    /// The population's shares.
    pub population: [f32; 2],
}

impl PurchasePrior {
    /// Probability under each segment that a session pays.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, belief: &PurchaseBelief, later: bool) -> PerSegment {
        let scale = 1.0 / (belief.paid + belief.unpaid + self.strength);
        let mut p = self.share[usize::from(later)];
        for p in &mut p {
            *p = (*p * self.strength + belief.paid) * scale;
        }
        p
    }
}

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

    /// Whether a session pays, where it is more likely to by `more`.
    #[inline]
    #[must_use]
    pub fn generate(&self, word: u32, more: f32) -> bool {
        uniform(word) < f64::from((self.pays + more).clamp(0.0, 1.0))
    }
}
