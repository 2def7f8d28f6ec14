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

/// Steps of the table that finds bins.
const STEPS: usize = 128;

/// Where bins end, and a table that finds the bin of a value: each step of it holds at most one end.
#[derive(Clone, Copy, Debug)]
pub struct Ends<const N: usize> {
    /// Where all bins but the last end.
    pub ends: [f32; N],
    table: [u8; STEPS],
    low: f32,
    per_step: f32,
}

impl<const N: usize> Ends<N> {
    /// From ends that ascend.
    #[must_use]
    pub const fn new(ends: [f32; N]) -> Self {
        let (low, high) = (ends[0] - 0.1, ends[N - 1] + 0.1);
        let per_step = STEPS as f32 / (high - low);
        let (mut table, mut step) = ([0; STEPS], 0);
        while step < STEPS {
            let mut bin = 0;
            while bin < N && ends[bin] <= low + step as f32 / per_step {
                bin += 1;
            }
            table[step] = bin as u8;
            step += 1;
        }
        Self { ends, table, low, per_step }
    }

    /// The bin of a value.
    #[inline]
    #[must_use]
    pub fn bin(&self, y: f32) -> usize {
        // A cast keeps to the range of its type, so only the upper end needs care.
        let step = (((y - self.low) * self.per_step) as usize).min(STEPS - 1);
        let mut bin = usize::from(self.table[step]);
        while bin < N && self.ends[bin] <= y {
            bin += 1;
        }
        bin
    }
}

/// Mass of a density in each bin, never quite 0.
#[must_use]
pub fn masses<const K: usize, const N: usize>(ends: &Ends<N>, population: &Density) -> [f32; K] {
    let below = |bin: usize| ends.ends.get(bin).map_or(1.0, |&end| population.cdf(end));
    std::array::from_fn(|bin| (below(bin) - if bin == 0 { 0.0 } else { below(bin - 1) }).max(1e-9))
}

impl<const K: usize> Binned<K> {
    /// Density of `y` in a bin under each segment, where the population's density of `y` is given.
    #[inline]
    #[must_use]
    pub fn densities(&self, context: u16, bin: usize, picks: &Picks<'_, K>, population: f32) -> PerSegment {
        let within = population / self.mass[bin];
        self.choice.probabilities_in(context, bin, picks).map(|p| p * within)
    }

    /// P(ln x ≤ y) under one segment.
    #[must_use]
    pub fn cdf<const N: usize>(
        &self,
        context: u16,
        ends: &Ends<N>,
        picks: &Picks<'_, K>,
        segment: usize,
        y: f32,
        population: &Density,
    ) -> f64 {
        let bin = ends.bin(y);
        let p = |bin: usize| f64::from(self.choice.probabilities_in(context, bin, picks)[segment]);
        let start = if bin == 0 { 0.0 } else { population.cdf(ends.ends[bin - 1]) };
        let part = f64::from((population.cdf(y) - start) / self.mass[bin]);
        (0..bin).map(p).sum::<f64>() + p(bin) * part.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_table_finds_the_bin_that_counting_finds(y in -20.0f32..20.0) {
            const ENDS: Ends<5> = Ends::new([-3.2, -0.7, 0.0, 0.18, 5.4]);
            prop_assert_eq!(ENDS.bin(y), ENDS.ends.iter().filter(|&&end| end <= y).count());
        }
    }
}
