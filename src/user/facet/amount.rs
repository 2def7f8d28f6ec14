//! How much do they pay? The logarithm of what a paying session pays is a [level](super::level), and where the
//! population was fitted to a history, in part [binned](super::binned): a user may have several usual amounts, the large basket
//! and the small one, which a level cannot say.
//!
//! Amounts are seen relative to one hundred minor units, so that sums of logarithms stay small.

use serde::{Deserialize, Serialize};

use super::{
    super::segment::{PerSegment, SEGMENTS},
    binned::{Binned, Ends, masses},
    choice::Picks,
    context::{NO_CONTEXT, Seen},
    counts::Counts,
    density::Density,
    level::{LevelBelief, LevelPrior},
};
use crate::base::{
    float::{exp, ln32, normal_quantile},
    luck::{Stream, uniform},
    units::Money,
};

/// The scale on which amounts are learned and scored.
#[inline]
#[must_use]
pub fn log_amount(amount: Money) -> f32 {
    ln32((amount.minor() as f32).max(1.0) * 0.01)
}

/// Number of bins.
pub const AMOUNT_BINS: usize = 16;
/// Where bins end [ln of 100 minor units]: at 1, 2, 3.5, 6, 9, 13, 19, 27, 38, 55, 80, 120, 200, 500 and 2000 hundreds.
static ENDS: Ends<{ AMOUNT_BINS - 1 }> =
    Ends::new([0.0, 0.693, 1.253, 1.792, 2.197, 2.565, 2.944, 3.296, 3.638, 4.007, 4.382, 4.787, 5.298, 6.215, 7.601]);

/// The bin of an amount, given its logarithm.
#[inline]
#[must_use]
pub fn amount_bin(y: f32) -> usize {
    ENDS.bin(y)
}

/// Mass of a density of ln amount in each bin.
#[must_use]
pub fn amount_masses(population: &Density) -> [f32; AMOUNT_BINS] {
    masses(&ENDS, population)
}

/// Decayed sums over amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AmountBelief {
    /// Of the logarithm.
    pub level: LevelBelief,
    /// By bin.
    pub bins: Counts<AMOUNT_BINS>,
}

impl AmountBelief {
    /// Lets it fade.
    #[inline]
    pub fn fade(&mut self, keep: f32) {
        self.level = self.level.faded(keep);
        self.bins.fade(keep);
    }

    /// Sums of both, where the other's have `sign` 1, or without the other's, where it is −1.
    #[must_use]
    pub fn joined(&self, other: &Self, sign: f32) -> Self {
        Self { level: self.level.joined(&other.level, sign), bins: self.bins.joined(&other.bins, sign) }
    }

    /// Adds one amount's logarithm, where circumstances added `shift` to it; returns its bin.
    #[inline]
    pub fn learn(&mut self, y: f32, shift: f32) -> u8 {
        self.level.learn(y - shift);
        let bin = amount_bin(y);
        self.bins.add(bin);
        bin as u8
    }
}

/// Prior of the amount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmountPrior {
    /// The personal law of the logarithm.
    pub level: LevelPrior,
    /// The personal law by bins, and its share of the density \[1\]; none: the level alone.
    pub binned: Option<Box<(Binned<AMOUNT_BINS>, f32)>>,
    /// The population's static law of it.
    pub population: Density,
    /// What circumstances add to the logarithm; empty: nothing.
    pub shift: Vec<f32>,
}

impl AmountPrior {
    /// P(ln amount ≤ y) under one segment, whatever the circumstances.
    #[must_use]
    pub fn cdf(&self, belief: &AmountBelief, last: u8, keep: f32, segment: usize, y: f64) -> f64 {
        self.cdf_in(NO_CONTEXT, belief, last, keep, segment, y)
    }

    /// Predictive density of the logarithm under each segment, of what was seen; the belief is faded by
    /// `keep`, and `last` is the bin of the last amount.
    #[inline]
    #[must_use]
    pub fn densities(&self, belief: &AmountBelief, last: u8, keep: f32, seen: Seen) -> PerSegment {
        let Seen { y, population, context } = seen;
        let mut densities = self.level.densities(&belief.level.faded(keep), y - self.shift(context));
        if let Some((binned, share)) = self.binned.as_deref() {
            let picks = Picks::of(&belief.bins, keep, last);
            let more = binned.densities(context, amount_bin(y), &picks, population);
            for c in 0..SEGMENTS {
                densities[c] += share * (more[c] - densities[c]);
            }
        }
        densities
    }

    /// What circumstances add to the logarithm.
    #[inline]
    #[must_use]
    pub fn shift(&self, context: u16) -> f32 {
        self.shift.get(usize::from(context)).copied().unwrap_or(0.0)
    }

    /// P(ln amount ≤ y) under one segment, in some circumstances.
    #[must_use]
    pub fn cdf_in(&self, context: u16, belief: &AmountBelief, last: u8, keep: f32, segment: usize, y: f64) -> f64 {
        let shift = f64::from(self.shift(context));
        let level = self.level.predictive(&belief.level.faded(keep), segment).cdf(y - shift);
        let Some((binned, share)) = self.binned.as_deref() else { return level };
        let picks = Picks::of(&belief.bins, keep, last);
        let more = binned.cdf(context, &ENDS, &picks, segment, y as f32, &self.population);
        level + f64::from(*share) * (more - level)
    }
}

/// How much one simulated user pays. Hidden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmountTrait {
    /// Mean of the logarithm.
    mean: f32,
    /// Its standard deviation.
    sigma: f32,
}

impl AmountTrait {
    /// Draws a user's own price level, log-normal of mean 1 and spread `between`, around the segment's mean of the
    /// logarithm; `sigma` is the spread within the user.
    #[must_use]
    pub fn draw(mean: f64, sigma: f64, between: f64, stream: &mut Stream) -> Self {
        let level = normal_quantile(stream.uniform()) * between - between * between / 2.0;
        Self { mean: (mean + level) as f32, sigma: sigma as f32 }
    }

    /// A user of a known mean and spread of the logarithm, on the facet's scale.
    #[must_use]
    pub const fn of(mean: f64, sigma: f64) -> Self {
        Self { mean: mean as f32, sigma: sigma as f32 }
    }

    /// Spread of the logarithm within the user.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        f64::from(self.sigma)
    }

    /// Mean of what a paying session pays [minor units].
    #[must_use]
    pub fn mean_minor(&self) -> f64 {
        100.0 * exp(f64::from(self.mean) + f64::from(self.sigma).powi(2) / 2.0)
    }

    /// What a paying session pays; monotone in the word and in `scale`.
    #[inline]
    #[must_use]
    pub fn generate(&self, word: u32, scale: f64) -> Money {
        let y = f64::from(self.mean) + f64::from(self.sigma) * normal_quantile(uniform(word));
        Money::from_minor(((exp(y) * 100.0 * scale + 0.5) as i64).max(1))
    }
}
