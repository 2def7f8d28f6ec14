//! Never much worse than the population: a fixed-share mix of the personal prediction with the population's.
//!
//! Herbster & Warmuth 1998, *Tracking the best expert* (Machine Learning 32, §3): with two experts, initial
//! weights ½ and switching rate α, the cumulative log loss exceeds that of the population alone by at most
//! `ln 2 + n·ln(1/(1-α))` after `n` predictions. With α = 2⁻¹⁰ the second term is 0.001 nats a prediction. Where the
//! personal prediction has proved itself on other users it may start with more weight, at a bound that is wider.

use crate::base::float::ln32;

/// Share of weight that switches expert with each prediction.
const SWITCH: f32 = 1.0 / 1024.0;
/// Weight of a personal prediction that has proved nothing, not even for other users.
pub const UNPROVEN: f32 = 0.5;

/// How much the personal prediction has earned to be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expert {
    /// Weight of the personal prediction \[1\]; the rest is the population's.
    pub weight: f32,
}

impl Default for Expert {
    fn default() -> Self {
        Self::trusted(UNPROVEN)
    }
}

/// A log score beside the population's own for the same outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Log of the probability or density that the self-model gave to what happened \[nat\].
    pub log_p: f32,
    /// The same of the population's prediction \[nat\].
    pub population_log_p: f32,
}

impl Expert {
    /// An expert that starts with a weight `w`: its bound is `ln 1/(1−w)` in the place of `ln 2`.
    #[inline]
    #[must_use]
    pub const fn trusted(weight: f32) -> Self {
        Self { weight }
    }

    /// As it is kept: in steps of 1/65,536, rounded in favour of the population, so that the bound stands.
    #[inline]
    #[must_use]
    pub const fn packed(self) -> u16 {
        (self.weight * 65_536.0) as u16
    }

    /// As it is read.
    #[inline]
    #[must_use]
    pub fn unpacked(kept: u16) -> Self {
        Self { weight: f32::from(kept) / 65_536.0 }
    }

    /// The mixed density.
    #[inline]
    #[must_use]
    pub fn mix(&self, personal: f32, population: f32) -> f32 {
        self.weight * personal + (1.0 - self.weight) * population
    }

    /// What the mix gave to what happened, and the expert's weight afterwards.
    #[inline]
    #[must_use]
    pub fn weighed(&self, personal: f32, population: f32) -> (Odds, f32) {
        let mixed = self.mix(personal, population).max(LEAST);
        let posterior = self.weight * personal / mixed;
        (Odds { mixed, population: population.max(LEAST) }, SWITCH + (1.0 - 2.0 * SWITCH) * posterior)
    }
}

/// Smallest density that is told apart from 0.
const LEAST: f32 = 1e-30;

/// Densities that the mix and the population gave to what happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Odds {
    /// The mix.
    pub mixed: f32,
    /// The population.
    pub population: f32,
}

impl Odds {
    /// Their logarithms.
    #[inline]
    #[must_use]
    pub fn score(&self) -> Score {
        Score { log_p: ln32(self.mixed), population_log_p: ln32(self.population) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        /// The bound of Herbster & Warmuth over sequences in which the personal expert may be arbitrarily bad.
        #[test]
        fn the_mix_never_loses_more_than_ln_2_and_the_switching_cost(
            densities in vec((1e-6f32..4.0, 1e-6f32..4.0), 1..400)
        ) {
            let mut expert = Expert::default();
            let (mut mix, mut population) = (0.0f64, 0.0f64);
            for &(p, q) in &densities {
                let (odds, weight) = expert.weighed(p, q);
                let score = odds.score();
                mix += f64::from(score.log_p);
                population += f64::from(score.population_log_p);
                expert = Expert::unpacked(Expert { weight }.packed());
            }
            let switching = densities.len() as f64 * (1.0 / (1.0 - f64::from(SWITCH))).ln();
            prop_assert!(population - mix <= std::f64::consts::LN_2 + switching + 1e-3);
        }
    }
}
