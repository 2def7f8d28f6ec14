//! Sums over users, with intervals: users are the unit, because what one user does is not independent.
//!
//! How many users there are is chance, too, so a total has the variance of a compound Poisson sum, Σxᵤ² (Ross, *Introduction
//! to Probability Models*, § 5.4.2), and a ratio of totals Σ(aᵤ − R·bᵤ)²/(Σbᵤ)² (Cochran, *Sampling Techniques*, § 2.11).

use libm::erfc;

use crate::{
    base::float::{exp, log, normal_quantile, sqrt},
    study::estimate::Estimate,
};

/// Level of all intervals of insights.
pub const LEVEL: f64 = 0.95;

/// A number with its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
}

impl Measured {
    /// A number with its standard error.
    #[must_use]
    pub const fn new(value: f64, se: f64) -> Self {
        Self { value, se }
    }

    /// A total over users, of whom there could have been more or fewer.
    #[must_use]
    pub fn total(parts: impl Iterator<Item = f64>) -> Self {
        let (value, squares) = parts.fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
        Self { value, se: sqrt(squares) }
    }

    /// A ratio of totals over users; none if the lower one is nothing.
    #[must_use]
    pub fn ratio(parts: &[(f64, f64)]) -> Option<Self> {
        let (a, b) = parts.iter().fold((0.0, 0.0), |(a, b), part| (a + part.0, b + part.1));
        if b <= 0.0 {
            return None;
        }
        let value = a / b;
        let n = parts.iter().filter(|part| part.1 != 0.0).count().max(2) as f64;
        let squares: f64 = parts.iter().map(|(a, b)| (a - value * b).powi(2)).sum();
        Some(Self { value, se: sqrt(squares * n / (n - 1.0)) / b })
    }

    /// A mean of numbers; none of fewer than two.
    #[must_use]
    pub fn mean(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.len() < 2 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        Some(Self { value: mean, se: sqrt(squares / (n - 1.0) / n) })
    }

    /// The same times a known factor.
    #[must_use]
    pub fn times(self, by: f64) -> Self {
        Self { value: self.value * by, se: self.se * by.abs() }
    }

    /// A product of two that are independent.
    #[must_use]
    pub fn by(self, other: Self) -> Self {
        let squares = (self.se * other.value).powi(2) + (self.value * other.se).powi(2);
        Self { value: self.value * other.value, se: sqrt(squares) }
    }

    /// A difference of two that are independent.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self { value: self.value - other.value, se: sqrt(self.se * self.se + other.se * other.se) }
    }

    /// The symmetric interval.
    #[must_use]
    pub fn estimate(self) -> Estimate {
        let reach = normal_quantile(0.5 + LEVEL / 2.0) * self.se;
        known(self.value, self.value - reach, self.value + reach)
    }

    /// The interval of a share, within 0 and 1: on the scale of log odds.
    #[must_use]
    pub fn share(self) -> Estimate {
        let p = self.value;
        if p <= 0.0 || p >= 1.0 || self.se <= 0.0 {
            return known(p, f64::NAN, f64::NAN);
        }
        let (centre, reach) = (log(p / (1.0 - p)), normal_quantile(0.5 + LEVEL / 2.0) * self.se / (p * (1.0 - p)));
        let back = |x: f64| 1.0 / (1.0 + exp(-x));
        known(p, back(centre - reach), back(centre + reach))
    }

    /// The interval of what is above 0: on the scale of its logarithm.
    #[must_use]
    pub fn positive(self) -> Estimate {
        if self.value <= 0.0 || self.se <= 0.0 {
            return self.estimate();
        }
        let reach = exp(normal_quantile(0.5 + LEVEL / 2.0) * self.se / self.value);
        known(self.value, self.value / reach, self.value * reach)
    }

    /// How many standard errors it is from 0; 0 without an error.
    #[must_use]
    pub fn z(self) -> f64 {
        if self.se > 0.0 { self.value / self.se } else { 0.0 }
    }
}

/// An estimate; ends that are no numbers are not told.
#[must_use]
pub fn known(mean: f64, lo: f64, hi: f64) -> Estimate {
    let told = |end: f64| Some(end).filter(|end| end.is_finite());
    Estimate { mean: if mean.is_finite() { mean } else { 0.0 }, lo: told(lo), hi: told(hi), level: LEVEL }
}

/// Probability that a standard normal number is further from 0 on either side.
#[must_use]
pub fn two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Probability that a standard normal number is above.
#[must_use]
pub fn above(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// The value at a rank of sorted numbers \[1\], between the two nearest.
#[must_use]
pub fn quantile(sorted: &[f64], at: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = at.clamp(0.0, 1.0) * last as f64;
    let low = place as usize;
    sorted[low] + (place - low as f64) * (sorted[(low + 1).min(last)] - sorted[low])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_of_equal_users_is_known_without_doubt() {
        let ratio = Measured::ratio(&[(1.0, 2.0), (2.0, 4.0), (0.5, 1.0)]).unwrap();
        assert_eq!((ratio.value, ratio.se), (0.5, 0.0));
        assert_eq!(Measured::ratio(&[(1.0, 0.0)]), None);
    }

    /// A binomial share of one session a user: 30 of 100 has a standard error of √(0.21/99).
    #[test]
    fn a_share_of_single_sessions_is_binomial() {
        let parts: Vec<(f64, f64)> = (0..100).map(|i| (f64::from(i < 30), 1.0)).collect();
        let share = Measured::ratio(&parts).unwrap();
        assert!((share.se - (0.21f64 / 99.0).sqrt()).abs() < 1e-12);
        let told = share.share();
        assert!(told.lo.unwrap() > 0.21 && told.hi.unwrap() < 0.40);
    }

    #[test]
    fn what_is_no_number_is_not_told() {
        assert_eq!(Measured::default().share().lo, None);
        assert_eq!(known(f64::NAN, f64::INFINITY, 1.0).mean, 0.0);
    }
}
