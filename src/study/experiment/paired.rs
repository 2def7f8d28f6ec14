//! Pairs: the same user, or the same luck, with and without the intervention.

use libm::sqrt;

use super::{
    difference::{Asked, Effect},
    summary::Summary,
};

/// A comparison of pairs, and what pairing was worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Mean of the differences, with its interval.
    pub effect: Effect,
    /// Correlation within pairs.
    pub correlation: f64,
    /// Variance of a difference were the pairs torn apart, over what it is.
    pub variance_ratio: f64,
}

/// Compares pairs of (without, with); none of fewer than two, or if all differ by the same.
#[must_use]
pub fn compare(pairs: &[(f64, f64)], asked: Asked) -> Option<Paired> {
    let both = Summary::of(pairs.iter().map(|&(a, b)| [a, b]));
    let gap = Summary::of(pairs.iter().map(|&(a, b)| [b - a]));
    let variance = gap.covariance[0][0];
    let effect = Effect::student(gap.mean[0], sqrt(variance / gap.n), gap.n - 1.0, asked)?;
    let [[a, covariance], [_, b]] = both.covariance;
    Some(Paired { effect, correlation: covariance / sqrt(a * b), variance_ratio: (a + b) / variance })
}
