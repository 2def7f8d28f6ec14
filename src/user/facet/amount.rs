//! How much do they pay? The logarithm of what a paying session pays is a [level](super::level).
//!
//! Amounts are seen relative to one hundred minor units, so that sums of logarithms stay small.

use super::{density::Density, level::LevelPrior};
use crate::base::{float::ln32, units::Money};

/// The scale on which amounts are learned and scored.
#[inline]
#[must_use]
pub fn log_amount(amount: Money) -> f32 {
    ln32((amount.minor() as f32).max(1.0) * 0.01)
}

/// Prior of the amount.
#[derive(Clone, Debug, PartialEq)]
pub struct AmountPrior {
    /// The personal law of the logarithm.
    pub level: LevelPrior,
    /// The population's static law of it.
    pub population: Density,
}
