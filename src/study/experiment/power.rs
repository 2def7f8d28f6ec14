//! How large an experiment must be: power, smallest detectable effect, sample size, duration, in closed form.
//!
//! The exact power of a t-test is a tail of the noncentral t law (Cohen 1988, *Statistical power analysis*, § 2.5);
//! proportions by the arcsine transformation (Cohen 1988, § 6.5) or by the difference itself (Fleiss, Levin & Paik 2003,
//! *Statistical methods for rates and proportions*, § 4.2). At an effect of 0, power is α.

use libm::{asin, ceil, sqrt};

use super::{
    bayesian::Prior,
    difference::Tail,
    law::{noncentral_student_sf, normal_cdf, normal_quantile, normal_sf, student_quantile},
    sequential::always_valid::Mixture,
};

/// A test to be planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Probability to reject if there is no effect.
    pub alpha: f64,
    /// Size of the treated arm over that of control.
    pub ratio: f64,
    /// Which effects count.
    pub tail: Tail,
}

impl Test {
    /// Level that each side that counts has.
    fn side(&self) -> f64 {
        if self.tail == Tail::Both { 0.5 * self.alpha } else { self.alpha }
    }

    /// Tails beyond a critical value that is shifted, by a law's upper tail.
    fn beyond(&self, critical: f64, shift: f64, upper: impl Fn(f64, f64) -> f64) -> f64 {
        let above = if self.tail == Tail::Less { 0.0 } else { upper(critical, shift) };
        let below = if self.tail == Tail::Greater { 0.0 } else { upper(critical, -shift) };
        above + below
    }

    /// Power of a t-test: `d` is the effect over the standard deviation, `n` the units in the first arm.
    #[must_use]
    pub fn power_of_means(&self, d: f64, n: f64) -> f64 {
        let freedom = n * (1.0 + self.ratio) - 2.0;
        if freedom <= 0.0 {
            return f64::NAN;
        }
        let critical = -student_quantile(self.side(), freedom);
        let shift = d * sqrt(n * self.ratio / (1.0 + self.ratio));
        self.beyond(critical, shift, |t, shift| noncentral_student_sf(t, freedom, shift))
    }

    /// Units in the first arm that give a t-test this power.
    #[must_use]
    pub fn size_for_means(&self, d: f64, power: f64) -> f64 {
        let least = 2.0 / (1.0 + self.ratio) + 1e-3;
        increasing(|n| self.power_of_means(d, n), power, least)
    }

    /// Smallest effect over the standard deviation that a t-test of this size sees with this power.
    #[must_use]
    pub fn detectable_mean(&self, n: f64, power: f64) -> f64 {
        let sign = if self.tail == Tail::Less { -1.0 } else { 1.0 };
        sign * increasing(|d| self.power_of_means(sign * d, n), power, 0.0)
    }

    /// Power of the arcsine test of two proportions, given their distance `h`.
    #[must_use]
    pub fn power_of_arcsine(&self, h: f64, n: f64) -> f64 {
        let shift = h * sqrt(n * self.ratio / (1.0 + self.ratio));
        self.beyond(-normal_quantile(self.side()), shift, |z, shift| normal_sf(z - shift))
    }

    /// Units in the first arm that give the arcsine test this power.
    #[must_use]
    pub fn size_for_arcsine(&self, h: f64, power: f64) -> f64 {
        increasing(|n| self.power_of_arcsine(h, n), power, 0.0)
    }

    /// Power of the score test of two proportions that differ by `difference`; `n` are the treated.
    ///
    /// Here the ratio is that of control to treated, as the difference is treated minus control.
    #[must_use]
    pub fn power_of_proportions(&self, control: f64, difference: f64, n: f64) -> f64 {
        let (null, alternative) = self.deviations(control, difference);
        let critical = -normal_quantile(self.side()) * null;
        self.beyond(critical, difference * sqrt(n), |edge, shift| normal_sf((edge - shift) / alternative))
    }

    /// Treated units that give the score test this power on the side of the effect alone.
    #[must_use]
    pub fn size_for_proportions(&self, control: f64, difference: f64, power: f64) -> f64 {
        let (null, alternative) = self.deviations(control, difference);
        let root = (-normal_quantile(self.side()) * null + normal_quantile(power) * alternative) / difference;
        root * root
    }

    /// Standard deviations of the difference, for one treated unit: pooled, and as they would be.
    fn deviations(&self, control: f64, difference: f64) -> (f64, f64) {
        let treated = control + difference;
        let pooled = (treated + control * self.ratio) / (1.0 + self.ratio);
        let deviation = |t: f64, c: f64| sqrt(t * (1.0 - t) + c * (1.0 - c) / self.ratio);
        (deviation(pooled, pooled), deviation(treated, control))
    }

    /// Units in all for a z-test of means with these variances; the ratio is treated over control.
    #[must_use]
    pub fn total_for_difference(&self, effect: f64, (control, treated): (f64, f64), power: f64) -> f64 {
        let kappa = 1.0 / self.ratio;
        let z = normal_quantile(power) - normal_quantile(self.side());
        let arm = ceil(z * z * (control / kappa + treated) / (effect * effect));
        ceil(arm * (1.0 + kappa))
    }

    /// Smallest difference that a z-test sees with this power, given the variances and units of both arms.
    #[must_use]
    pub fn detectable_difference(&self, (control, treated): ((f64, f64), (f64, f64)), power: f64) -> f64 {
        let z = normal_quantile(power) - normal_quantile(self.side());
        z * sqrt(control.0 / control.1 + treated.0 / treated.1)
    }
}

/// Cohen's distance of two proportions: difference of the doubled arcsines of their roots.
#[must_use]
pub fn cohen_h(treated: f64, control: f64) -> f64 {
    2.0 * (asin(sqrt(treated)) - asin(sqrt(control)))
}

/// Days that an experiment needs for so many units: a first day's arrivals, and the new ones of each later day.
///
/// Unique users do not grow in proportion to time: of `daily` that come each day, only `new_share` were not seen before.
/// None if the units never come.
#[must_use]
pub fn duration_days(units: f64, daily: f64, new_share: f64, traffic_share: f64) -> Option<f64> {
    let (first, later) = (daily * traffic_share, daily * traffic_share * new_share);
    if units <= first {
        return (first > 0.0).then_some(1.0);
    }
    (later > 0.0).then(|| 1.0 + ceil((units - first) / later))
}

/// A running experiment and what it is meant to see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// Units so far, in both arms.
    pub units: f64,
    /// Standard error of the effect so far.
    pub se: f64,
    /// The effect to see, in the same scale.
    pub effect: f64,
    /// Two-sided level.
    pub alpha: f64,
    /// What is believed of the effect beforehand, for a Bayesian decision.
    pub prior: Option<Prior>,
    /// The boundary of a test that is looked at all the time.
    pub always_valid: Option<Mixture>,
}

impl Running {
    /// Power with `more` times the units so far on top of them.
    #[must_use]
    pub fn power(&self, more: f64) -> f64 {
        let variance = self.se * self.se / (1.0 + more);
        let (sd, z) = (sqrt(variance), -normal_quantile(0.5 * self.alpha));
        let (reach, pull) = match (self.prior, self.always_valid) {
            (Some(prior), _) => {
                let precision = 1.0 / prior.variance + 1.0 / variance;
                (variance * sqrt(precision) * z, variance * prior.mean / prior.variance)
            }
            (None, Some(mixture)) => (mixture.half_width(sd, self.units * (1.0 + more)), 0.0),
            (None, None) => (z * sd, 0.0),
        };
        normal_sf((reach - pull - self.effect) / sd) + normal_cdf(-(reach + pull + self.effect) / sd)
    }

    /// How many times the units so far are needed on top for this power; none if no number is enough.
    #[must_use]
    pub fn more_for(&self, power: f64) -> Option<f64> {
        if self.power(0.0) > power {
            return Some(0.0);
        }
        Some(increasing(|more| self.power(more), power, 0.0)).filter(|more| *more < 1.3e8)
    }
}

/// Where a rising function reaches a value, from a least argument on: doubling, then halving.
fn increasing(function: impl Fn(f64) -> f64, value: f64, least: f64) -> f64 {
    let (mut lo, mut hi) = (least, least + 1.0);
    while function(hi) < value && hi < 1e12 {
        (lo, hi) = (hi, 2.0 * hi);
    }
    if hi >= 1e12 {
        return f64::INFINITY;
    }
    for _ in 0..100 {
        let middle = 0.5 * (lo + hi);
        if middle <= lo || middle >= hi || hi - lo < 1e-11 * hi {
            break;
        }
        if function(middle) < value { lo = middle } else { hi = middle }
    }
    0.5 * (lo + hi)
}
