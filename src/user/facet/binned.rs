//! A quantity by bins: which bin is a [choice](super::choice), and within a bin it is spread as the population's.
//!
//! It has any shape a habit may have: a purchase on the same day or a week later, a small basket or a large one. The
//! bins are fixed, so that counts need no prior to be kept.

use serde::{Deserialize, Serialize};
use serde_with::serde_as;

use super::{
    super::segment::PerSegment,
    choice::{ChoicePrior, Picks},
    density::Density,
};

/// Prior of a binned quantity `x`; densities are of `y = ln x`.
#[serde_as]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binned<const K: usize> {
    /// Of the bin.
    pub choice: ChoicePrior<K>,
    /// Mass of the population's density in each bin.
    #[serde_as(as = "[_; K]")]
    pub mass: [f32; K],
}

/// The bin of a `y`, given where all bins but the last end.
#[inline]
#[must_use]
pub fn bin<const N: usize>(ends: &[f32; N], y: f32) -> usize {
    ends.iter().map(|&end| i32::from(end <= y)).sum::<i32>() as usize
}

/// Mass of a density in each bin, never quite 0.
#[must_use]
pub fn masses<const K: usize, const N: usize>(ends: &[f32; N], population: &Density) -> [f32; K] {
    let below = |bin: usize| ends.get(bin).map_or(1.0, |&end| population.cdf(end));
    std::array::from_fn(|bin| (below(bin) - if bin == 0 { 0.0 } else { below(bin - 1) }).max(1e-9))
}

/// What a count is kept in: steps of 1/256, up to 256. Finer than what one session tells, at half the room.
const STEPS: f32 = 256.0;

/// Counts as they are kept.
#[inline]
#[must_use]
pub fn packed<const K: usize>(counts: &[f32; K]) -> [u16; K] {
    counts.map(|count| (count * STEPS + 0.5) as u16)
}

/// Kept counts as they are read, faded.
#[inline]
#[must_use]
pub fn unpacked<const K: usize>(kept: &[u16; K], keep: f32) -> [f32; K] {
    let scale = keep / STEPS;
    kept.map(|count| f32::from(count) * scale)
}

impl<const K: usize> Binned<K> {
    /// Density of `y` in a bin under each segment, where the population's density of `y` is given.
    #[inline]
    #[must_use]
    pub fn densities(&self, bin: usize, picks: &Picks<'_, K>, population: f32) -> PerSegment {
        let within = population / self.mass[bin];
        self.choice.probabilities(bin, picks).map(|p| p * within)
    }

    /// P(ln x ≤ y) under one segment.
    #[must_use]
    pub fn cdf<const N: usize>(
        &self,
        ends: &[f32; N],
        picks: &Picks<'_, K>,
        segment: usize,
        y: f32,
        population: &Density,
    ) -> f64 {
        let bin = bin(ends, y);
        let p = |bin: usize| f64::from(self.choice.probabilities(bin, picks)[segment]);
        let start = if bin == 0 { 0.0 } else { population.cdf(ends[bin - 1]) };
        let part = f64::from((population.cdf(y) - start) / self.mass[bin]);
        (0..bin).map(p).sum::<f64>() + p(bin) * part.clamp(0.0, 1.0)
    }
}
