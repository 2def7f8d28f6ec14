//! Whether an experiment pays: what deciding after it is worth against deciding now.
//!
//! What is believed of the gain is normal; an experiment of some error moves the mean by a normal amount of variance
//! `s⁴/(s² + e²)` (Raiffa & Schlaifer 1961, *Applied Statistical Decision Theory*, §5.2), and one ships where it is above 0.
//! While it runs, half of the users are treated.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

use super::power::MeasurePower;
use crate::{study::estimate::moments, world::scenario::Scenario};

/// Days over which a decision earns.
const YEAR: f64 = 365.0;

/// What an experiment is worth over a year [major units].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Worth {
    /// Profit a day that is believed to be gained, and how uncertain that is.
    pub gain_per_day: (f64, f64),
    /// Shipping now, or dropping it: the better of the two.
    pub deciding_now: f64,
    /// Testing for the weeks that are worth most, then deciding.
    pub testing_first: f64,
    /// How many weeks that is.
    pub weeks: u32,
    /// What to do: "ship", "drop" or "test".
    pub advice: String,
}

/// What an intervention gains, world by world.
pub(super) struct Gains {
    /// Profit [major units a day].
    pub profit: Vec<f64>,
    /// Revenue, as a share.
    pub uplift: Vec<f64>,
    /// Share of the variance over worlds that is no uncertainty about the effect but luck.
    pub known: f64,
}

pub(super) fn of(gains: &Gains, revenue: &MeasurePower, scenario: &Scenario) -> Worth {
    let (mean, sd) = moments(&gains.profit);
    let (uplift, _) = moments(&gains.uplift);
    let sd = sd * (1.0 - gains.known).max(0.0).sqrt();
    let now = mean.max(0.0) * YEAR;
    let reach = 2.802; // 1.960 + 0.842: what `detectable` is in standard errors.
    let tested = revenue.detectable.iter().zip(&revenue.effect).enumerate().map(|(week, (detectable, effect))| {
        // An error of the measured effect is one of the gain, in proportion.
        let scale = if effect.abs() > 1e-9 { mean / effect } else { margin(scenario) * daily(mean, uplift) };
        let error = (detectable / reach * scale).abs();
        let days = (week as f64 + 1.0) * 7.0;
        let after = (YEAR - days).max(0.0) * shipped(mean, sd * sd / (sd * sd + error * error).sqrt().max(1e-12));
        (week as u32 + 1, mean / 2.0 * days + after)
    });
    let (weeks, testing_first) = tested.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0));
    let advice = if testing_first > now {
        "test"
    } else if mean > 0.0 {
        "ship"
    } else {
        "drop"
    };
    Worth { gain_per_day: (mean, sd), deciding_now: now, testing_first, weeks, advice: advice.to_owned() }
}

/// Expected gain where one ships only if what is then believed is above 0: the mean of a normal law cut at 0.
fn shipped(mean: f64, sd: f64) -> f64 {
    match Normal::new(mean, sd) {
        Ok(law) if sd > 0.0 => mean * law.sf(0.0) + sd * sd * law.pdf(0.0),
        _ => mean.max(0.0),
    }
}

/// Share of revenue that is left after costs in proportion to it.
fn margin(scenario: &Scenario) -> f64 {
    let costs = scenario.world.as_ref().map(|world| world.costs).unwrap_or_default();
    1.0 - costs.processor_share - costs.payout_share
}

/// Revenue a day, from what an uplift gains.
fn daily(gain: f64, uplift: f64) -> f64 {
    if uplift.abs() > 1e-9 { gain / uplift } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E max(0, M) for M ~ N(0, 1) is 1/√(2π); for a law without width it is the mean, or nothing.
    #[test]
    fn what_is_shipped_earns_the_positive_part() {
        assert!((shipped(0.0, 1.0) - 0.398_942_28).abs() < 1e-6);
        assert_eq!((shipped(2.0, 0.0), shipped(-2.0, 0.0)), (2.0, 0.0));
        assert!(shipped(1.0, 3.0) > shipped(1.0, 1.0));
    }
}
