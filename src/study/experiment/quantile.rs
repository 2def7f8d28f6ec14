//! Differences of quantiles: the median basket, the 90th percentile of waiting.
//!
//! The variance of a sample quantile comes from two order statistics that enclose it at 95%: the density at the quantile
//! need not be estimated (Woodruff 1952, *Confidence intervals for medians and other position measures*, JASA 47).

use super::{law::normal_critical, summary::Side};

/// Smallest variance where there are a hundred values or more: many equal values make both order statistics one.
const SMALLEST: f64 = 1e-5;

/// A quantile between the order statistics that enclose it at 95%.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Enclosed {
    /// Values.
    pub n: f64,
    /// Values that the order statistics were taken of; less than `n` for a sample.
    pub sampled: f64,
    /// The quantile.
    pub value: f64,
    /// Order statistic below it.
    pub lower: f64,
    /// Order statistic above it.
    pub upper: f64,
}

impl Enclosed {
    /// Of values in ascending order, at a probability in (0, 1); none of no values.
    #[must_use]
    pub fn of(ascending: &[f64], probability: f64) -> Option<Self> {
        let n = ascending.len() as f64;
        let reach = normal_critical(0.05) * (probability * (1.0 - probability) * n).sqrt();
        let at = |place: f64| ascending.get((place.max(0.0) as usize).min(ascending.len().saturating_sub(1))).copied();
        let middle = probability * n;
        Some(Self {
            n,
            sampled: n,
            value: at(middle.ceil() - 1.0)?,
            lower: at((middle - reach).floor() - 1.0)?,
            upper: at((middle + reach).ceil() - 1.0)?,
        })
    }

    /// As one arm of a comparison.
    #[must_use]
    pub fn side(&self) -> Side {
        let sd = (self.upper - self.lower) / (2.0 * normal_critical(0.05));
        let variance = self.sampled / self.n * (self.n - 1.0) * sd * sd;
        let variance = if self.n < 100.0 { variance } else { variance.max(SMALLEST) };
        Side::plain(self.n, self.value, variance)
    }
}
