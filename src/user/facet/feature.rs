//! Which features do they use? Adoption by knowledge tracing: using a feature once is not having adopted it.
//!
//! A user knows a feature or does not. At each session who does not may learn it and who does may forget it; who knows it
//! uses it but for a slip, who does not may still try it by a guess (Corbett & Anderson 1995, *Knowledge tracing*, User
//! Modeling and User-Adapted Interaction 4, with forgetting). It is a [chain](super::hidden) of two states.

use serde::{Deserialize, Serialize};

use super::hidden::Chain;
use crate::history::session::FEATURES;

/// Probability that each feature is known, in steps of 1/65,535; none before the first session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FeatureBelief(pub [u16; FEATURES]);

impl FeatureBelief {
    /// Probability that a feature is known, and that it is not; `seen` once there was a session.
    #[inline]
    #[must_use]
    pub fn known(&self, feature: usize, chain: &Chain<2>, seen: bool) -> [f32; 2] {
        if !seen {
            return chain.start;
        }
        let known = f32::from(self.0[feature]) / 65_535.0;
        [known, 1.0 - known]
    }

    /// What is known of a feature after a session.
    #[inline]
    pub fn learn(&mut self, feature: usize, known: [f32; 2]) {
        self.0[feature] = (known[0] * 65_535.0 + 0.5) as u16;
    }
}

/// Prior of the features.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeaturePrior {
    /// How each feature is learned and used: known, unknown. As many as there are features.
    pub chains: Vec<Chain<2>>,
    /// Share of all sessions that use each.
    pub population: Vec<f32>,
}
