//! When do they come next? The time from one session to the next.
//!
//! Two laws, chosen by the prior:
//! - *exponential*: sessions are a Poisson process of the user's own rate λ, `λ ~ Gamma(a, b_c)` [1/day]; given
//!   `n` gaps adding up to `Σg` days the next one follows Lomax's law with density
//!   `a'·b'^a' / (b' + g)^(a'+1)`, `a' = a + n`, `b' = b_c + Σg` (Schmittlein, Morrison & Colombo 1987, *Counting your
//!   customers*, §2, without dropout);
//! - *[binned](super::binned)*: any shape a habit may have: bursts within a day, every day, every week.
//!
//! All are stated as densities of `y = ln g` [1/ln day], so that their scores compare. Generated sessions are
//! renewals of either law in *operational time*, in which the weekday and the hours of a user's own day-part
//! run faster or slower; so the weekday follows from the gap and is never modelled alone.

use serde::{Deserialize, Serialize};

use super::{
    super::segment::{PerSegment, SEGMENTS},
    binned::{Binned, Ends, masses},
    choice::Picks,
    context::{NO_CONTEXT, Seen},
    counts::Counts,
    density::Density,
};
use crate::base::{
    float::{exp32, ln32},
    gamma::Gamma,
    luck::{Stream, waiting},
};

/// Shortest gap that is told apart \[day\]: one minute.
const SHORTEST: f32 = 1.0 / 1_440.0;

/// Number of bins of the binned law.
pub const GAP_BINS: usize = 20;
/// Where bins end [ln day]: at 0.04, 0.2, 0.5, 0.85, 1.2, 1.8, 2.5, 3.5, 4.7, 6.3, 8, 11, 15, 21, 30, 45, 70, 120 and 220 days.
static ENDS: Ends<{ GAP_BINS - 1 }> = Ends::new([
    -3.219, -1.609, -0.693, -0.163, 0.182, 0.588, 0.916, 1.253, 1.548, 1.841, 2.079, 2.398, 2.708, 3.045, 3.401, 3.807,
    4.248, 4.787, 5.394,
]);

/// The bin of a gap, given its logarithm.
#[inline]
#[must_use]
pub fn gap_bin(y: f32) -> usize {
    ENDS.bin(y)
}

/// Mass of a density of ln g in each bin.
#[must_use]
pub fn gap_masses(population: &Density) -> [f32; GAP_BINS] {
    masses(&ENDS, population)
}

/// Bins that hold bursts: coming back before the next day.
pub const BURSTS: usize = 4;

/// Decayed sums over gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GapBelief {
    /// Σg \[day\].
    pub days: f32,
    /// By bin.
    pub bins: Counts<GAP_BINS>,
}

impl GapBelief {
    /// Lets it fade.
    #[inline]
    pub fn fade(&mut self, keep: f32) {
        self.days *= keep;
        self.bins.fade(keep);
    }

    /// Sums of both, where the other's have `sign` 1, or without the other's, where it is −1.
    #[must_use]
    pub fn joined(&self, other: &Self, sign: f32) -> Self {
        Self { days: (self.days + sign * other.days).max(0.0), bins: self.bins.joined(&other.bins, sign) }
    }

    /// Adds one gap \[day\] whose logarithm is known; returns its bin.
    #[inline]
    pub fn learn(&mut self, gap: f32, y: f32) -> u8 {
        self.days += gap.max(SHORTEST);
        let bin = gap_bin(y);
        self.bins.add(bin);
        bin as u8
    }

    /// Weight of the evidence \[1\].
    #[inline]
    #[must_use]
    pub fn weight(&self) -> f32 {
        self.bins.total()
    }
}

/// The scale on which gaps are scored: ln of days.
#[inline]
#[must_use]
pub fn log_gap(days: f32) -> f32 {
    ln32(days.max(SHORTEST))
}

/// Which law gaps follow, and what the population knows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GapLaw {
    /// g is exponential with a rate of its own.
    Exponential {
        /// a.
        shape: f32,
        /// b_c \[day\].
        rate: PerSegment,
    },
    /// The bin of g is a choice.
    Binned(Box<Binned<GAP_BINS>>),
}

/// Prior of the gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GapPrior {
    /// The personal law.
    pub law: GapLaw,
    /// The population's static law of ln g.
    pub population: Density,
}

impl GapPrior {
    /// Predictive density of `y = ln g` under each segment; the belief is faded by `keep`, and `last` is the bin of the
    /// last gap.
    #[inline]
    #[must_use]
    pub fn densities(&self, belief: &GapBelief, last: u8, keep: f32, seen: Seen) -> PerSegment {
        let Seen { y, population, context } = seen;
        match &self.law {
            GapLaw::Exponential { shape, rate } => lomax(*shape + keep * belief.weight(), rate, keep * belief.days, y),
            GapLaw::Binned(law) => {
                let picks = Picks::of(&belief.bins, keep, last);
                law.densities(context, gap_bin(y), &picks, population)
            }
        }
    }

    /// P(ln g ≤ y) under one segment, whatever the circumstances.
    #[must_use]
    pub fn cdf(&self, belief: &GapBelief, last: u8, keep: f32, segment: usize, y: f64) -> f64 {
        self.cdf_in(NO_CONTEXT, belief, last, keep, segment, y)
    }

    /// The same in some circumstances.
    #[must_use]
    pub fn cdf_in(&self, context: u16, belief: &GapBelief, last: u8, keep: f32, segment: usize, y: f64) -> f64 {
        match &self.law {
            GapLaw::Exponential { shape, rate } => {
                let b = f64::from(rate[segment] + keep * belief.days);
                1.0 - (b / (b + y.exp())).powf(f64::from(*shape + keep * belief.weight()))
            }
            GapLaw::Binned(law) => {
                let picks = Picks::of(&belief.bins, keep, last);
                law.cdf(context, &ENDS, &picks, segment, y as f32, &self.population)
            }
        }
    }
}

#[inline]
fn lomax(shape: f32, rate: &PerSegment, days: f32, y: f32) -> PerSegment {
    let gap = exp32(y);
    let mut densities = [0.0; SEGMENTS];
    for c in 0..SEGMENTS {
        let b = rate[c] + days;
        let reach = b + gap;
        densities[c] = shape * gap / reach * exp32(shape * (ln32(b) - ln32(reach)));
    }
    densities
}

/// How often one simulated user comes. Hidden.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GapTrait {
    /// Sessions [1/day of operational time].
    rate: f32,
}

impl GapTrait {
    /// Draws a user around a mean rate [1/day], by a Gamma law of a shape.
    #[must_use]
    pub fn draw(mean: f64, shape: Gamma, stream: &mut Stream) -> Self {
        Self { rate: (mean * shape.of_mean_one(stream)) as f32 }
    }

    /// A user of a known rate [1/day of operational time].
    #[must_use]
    pub const fn of(rate: f64) -> Self {
        Self { rate: rate as f32 }
    }

    /// Sessions [1/day of operational time].
    #[must_use]
    pub fn rate(&self) -> f64 {
        f64::from(self.rate)
    }

    /// Operational days to the next session, where sessions are `times` as frequent as the user's own.
    #[inline]
    #[must_use]
    pub fn generate(&self, word: u32, times: f64) -> f64 {
        waiting(word) / (f64::from(self.rate) * times).max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::choice::ChoicePrior, *};
    use crate::history::session::NO_KIND;

    #[test]
    fn both_laws_are_densities_of_the_logarithm() {
        let mut belief = GapBelief::default();
        for gap in [3.0, 8.5, 6.0] {
            belief.learn(gap, log_gap(gap));
        }
        let spread = (0..400).map(|i| (i as f32 * 0.02 - 3.0, 1.0));
        let population = Density::fit(&mut spread.collect::<Vec<_>>());
        let choice = ChoicePrior::new(&[[0.05; GAP_BINS]], 4.0, [0.05; GAP_BINS]);
        let binned = Box::new(Binned { choice, mass: gap_masses(&population) });
        let exponential = GapLaw::Exponential { shape: 2.0, rate: [14.0; SEGMENTS] };
        for law in [exponential, GapLaw::Binned(binned)] {
            let prior = GapPrior { law, population: population.clone() };
            let at = |y: f32| {
                let seen = Seen { y, population: prior.population.at(y), context: NO_CONTEXT };
                f64::from(prior.densities(&belief, NO_KIND, 0.9, seen)[0])
            };
            let mass =
                |upto: i32| -> f64 { (-30_000..upto).map(|i| at(i as f32 * 0.001 + 0.000_5)).sum::<f64>() * 0.001 };
            assert!((mass(30_000) - 1.0).abs() < 1e-3, "{}", mass(30_000));
            assert!((mass(1_500) - prior.cdf(&belief, NO_KIND, 0.9, 0, 1.5)).abs() < 3e-3);
        }
    }
}
