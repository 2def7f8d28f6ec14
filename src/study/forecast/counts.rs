//! A distribution of a number of purchases, kept as what is known of it exactly: the probability of none, mean, variance.
//!
//! The number beyond the first, if there is one, is taken as negative binomial where it varies more than a Poisson number
//! of its mean would, else as binomial: the two have the moments that were worked out.

use crate::base::float::{exp, log, log1p};

/// Probabilities of 0, 1, 2, … purchases.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// Mean.
    pub expected: f64,
    /// Variance.
    pub variance: f64,
    /// P(at least one).
    pub active: f64,
    /// P(0), P(1), …; what is beyond the last is below 10⁻⁹.
    probabilities: Vec<f64>,
}

/// Probability beyond the last count that is kept.
const BEYOND: f64 = 1e-9;
/// The largest count that is told apart.
const MOST: usize = 20_000;

impl Counts {
    /// From the mean, the mean square and the probability of none.
    #[must_use]
    pub fn of(mean: f64, square: f64, none: f64) -> Self {
        let none = none.clamp(0.0, 1.0);
        let active = 1.0 - none;
        let variance = (square - mean * mean).max(0.0);
        let mut probabilities = vec![none];
        if active > 0.0 {
            // Of N − 1, given N ≥ 1.
            let first = (mean / active - 1.0).max(0.0);
            let spread = (square / active - (mean / active) * (mean / active)).max(0.0);
            probabilities.extend(more(first, spread).into_iter().map(|p| active * p));
        }
        Self { expected: mean, variance, active, probabilities }
    }

    /// From probabilities of 0, 1, 2, …
    #[must_use]
    pub fn from_probabilities(probabilities: Vec<f64>, expected: f64) -> Self {
        let moment: f64 = probabilities.iter().enumerate().map(|(n, p)| p * (n as f64 - expected).powi(2)).sum();
        let active = 1.0 - probabilities.first().copied().unwrap_or(1.0);
        Self { expected, variance: moment, active, probabilities }
    }

    /// P(n).
    #[must_use]
    pub fn probability(&self, n: usize) -> f64 {
        self.probabilities.get(n).copied().unwrap_or(0.0)
    }

    /// The least number that is not exceeded with probability ½: what is best said where the absolute error counts.
    #[must_use]
    pub fn median(&self) -> usize {
        let mut sum = 0.0;
        let below = |p: &&f64| {
            sum += **p;
            sum < 0.5
        };
        self.probabilities.iter().take_while(below).count()
    }

    /// The likeliest numbers in a row that hold the outcome with a probability as near as can be to a level: whole
    /// numbers seldom hit it. Both ends are included.
    #[must_use]
    pub fn interval(&self, level: f64) -> (usize, usize) {
        let all = 0..self.probabilities.len();
        let mode = all.max_by(|&a, &b| self.probability(a).total_cmp(&self.probability(b))).unwrap_or(0);
        let (mut low, mut high, mut held) = (mode, mode, self.probability(mode));
        loop {
            let below = low.checked_sub(1).map_or(-1.0, |below| self.probability(below));
            let above = self.probability(high + 1);
            let more = below.max(above);
            if more <= 0.0 || (held + more - level).abs() >= (held - level).abs() {
                return (low, high);
            }
            if below >= above {
                low -= 1;
            } else {
                high += 1;
            }
            held += more;
        }
    }
}

/// Probabilities of 0, 1, … with a mean and a variance.
fn more(mean: f64, variance: f64) -> Vec<f64> {
    if mean < 1e-12 {
        return vec![1.0];
    }
    if variance > mean * 1.000_001 {
        let size = mean * mean / (variance - mean);
        let failing = log(mean / (mean + size));
        let start = -size * log1p(mean / size);
        return ratios(start, mean, |n| failing + log((n - 1.0 + size) / n));
    }
    let trials = (mean * mean / (mean - variance).max(1e-9)).clamp(mean.ceil().max(1.0), 1e9).round();
    let p = (mean / trials).min(1.0 - 1e-12);
    ratios(trials * log1p(-p), mean, |n| {
        if n > trials { f64::NEG_INFINITY } else { log((trials - n + 1.0) / n * p / (1.0 - p)) }
    })
}

/// From ln P(0) and the steps ln P(n)/P(n−1), until hardly anything is left beyond the mean.
fn ratios(start: f64, mean: f64, step: impl Fn(f64) -> f64) -> Vec<f64> {
    let (mut ln, mut probabilities, mut sum) = (start, vec![exp(start)], exp(start));
    for n in 1..MOST {
        if sum > 1.0 - BEYOND || (n as f64 > mean && exp(ln) < 1e-14) {
            break;
        }
        ln += step(n as f64);
        probabilities.push(exp(ln));
        sum += exp(ln);
    }
    probabilities.iter_mut().for_each(|p| *p /= sum.max(1e-300));
    probabilities
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moments(counts: &Counts) -> (f64, f64, f64) {
        let sum = |power: i32| (0..5_000).map(|n| counts.probability(n) * (n as f64).powi(power)).sum::<f64>();
        (sum(0), sum(1), sum(2))
    }

    proptest! {
        #[test]
        fn the_distribution_has_the_moments_it_was_made_of(none in 0.0f64..0.99, first in 0.0f64..40.0, over in 1.01f64..9.0) {
            let active = 1.0 - none;
            let (mean, square) = (active * (1.0 + first), active * (1.0 + 2.0 * first + first * over + first * first));
            let (all, one, two) = moments(&Counts::of(mean, square, none));
            prop_assert!((all - 1.0).abs() < 1e-6 && (one / mean - 1.0).abs() < 1e-5 && (two / square - 1.0).abs() < 1e-4);
        }

        #[test]
        fn an_interval_is_as_near_to_its_level_as_whole_numbers_allow(none in 0.0f64..0.9, first in 0.0f64..30.0) {
            let active = 1.0 - none;
            let counts = Counts::of(active * (1.0 + first), active * (1.0 + 3.5 * first + first * first), none);
            let (low, high) = counts.interval(0.8);
            let held: f64 = (low..=high).map(|n| counts.probability(n)).sum();
            let most = (low..=high).map(|n| counts.probability(n)).fold(0.0, f64::max);
            prop_assert!(held >= most && (held - 0.8).abs() <= most.max(0.2), "{held}");
        }
    }

    #[test]
    fn who_comes_like_clockwork_varies_less_than_chance() {
        let counts = Counts::of(10.0, 101.0, 0.0);
        assert_eq!(counts.median(), 10);
        assert_eq!(counts.interval(0.8), (10, 11), "74%: with 9 it would be 93%");
    }
}
