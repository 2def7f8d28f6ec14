//! What all customers together will do, and what the interval is made of: luck, the fit, and how forecasts of this
//! record have gone astray before.

use serde::Serialize;

use crate::base::float::{exp, log1p, normal_quantile, sqrt};

/// A total with its intervals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Total {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, were every customer's law known.
    pub luck: f64,
    /// Standard deviation from how well the shares of the classes are known.
    pub fit: f64,
    /// Standard deviation from what moves all customers together: by how much forecasts from earlier days of the same
    /// record missed, beyond luck.
    pub drift: f64,
    /// Intervals by level.
    pub intervals: Vec<Interval>,
}

/// A central interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Its level \[1\].
    pub level: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// Levels that are told.
const LEVELS: [f64; 3] = [0.5, 0.8, 0.95];

impl Total {
    /// From standard deviations of its parts; a lognormal law, as totals cannot be negative.
    #[must_use]
    pub fn new(mean: f64, luck: f64, fit: f64, drift: f64) -> Self {
        let deviation = sqrt(luck * luck + fit * fit + drift * drift);
        let spread = if mean > 0.0 { sqrt(log1p((deviation / mean) * (deviation / mean))) } else { 0.0 };
        let end = |p: f64| mean * exp(spread * normal_quantile(p) - 0.5 * spread * spread);
        let interval = |level: f64| Interval { level, lo: end(0.5 - 0.5 * level), hi: end(0.5 + 0.5 * level) };
        Self { mean, luck, fit, drift, intervals: LEVELS.map(interval).to_vec() }
    }

    /// The interval of a level, if it is told.
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<&Interval> {
        self.intervals.iter().find(|interval| (interval.level - level).abs() < 1e-9)
    }
}
