//! What do they think? The score of a review (a business review, a recommendation score) as a [level](super::level) on
//! its own scale.

use serde::{Deserialize, Serialize};

use super::{density::Density, level::LevelPrior};

/// Decayed sums of scores.
pub type ReviewBelief = super::level::LevelBelief;

/// Prior of the score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewPrior {
    /// The personal law.
    pub level: LevelPrior,
    /// The population's static law.
    pub population: Density,
}
