//! A normal posterior of an effect: a normal prior times the normal likelihood of the estimate.

use libm::sqrt;
use serde::Serialize;

use super::law::{normal_cdf, normal_critical, normal_pdf};

/// What is believed of an effect before the experiment, in the effect's own scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Its mean.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
}

impl Prior {
    /// A prior on relative effects, in the metric's units for a baseline.
    #[must_use]
    pub fn times(self, baseline: f64) -> Self {
        Self { mean: self.mean * baseline, variance: self.variance * baseline * baseline }
    }
}

/// What is believed of an effect after the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Posterior {
    /// Its mean.
    pub estimate: f64,
    /// Its standard deviation.
    pub se: f64,
    /// Lower end of the central interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Probability that the treated arm is the better one.
    pub chance_to_win: f64,
    /// What is lost on average by staying with control: `E[max(Δ, 0)]`.
    pub risk_control: f64,
    /// What is lost on average by choosing the treated arm: `E[max(−Δ, 0)]`.
    pub risk_treatment: f64,
}

/// Updates a prior (flat if none) with an estimate; of an `inverse` metric less is better.
#[must_use]
pub fn posterior(estimate: f64, se: f64, prior: Option<Prior>, inverse: bool, alpha: f64) -> Posterior {
    let (data, own) = (1.0 / (se * se), prior.map_or(0.0, |prior| 1.0 / prior.variance));
    let mean = (estimate * data + prior.map_or(0.0, |prior| prior.mean) * own) / (data + own);
    let sd = sqrt(1.0 / (data + own));
    let (z, reach) = (mean / sd, normal_critical(alpha) * sd);
    // The mean of the positive part of a normal law.
    let gain = sd * normal_pdf(z) + mean * normal_cdf(z);
    let (above, below) = (gain, gain - mean);
    let (chance_to_win, risk_control, risk_treatment) =
        if inverse { (normal_cdf(-z), below, above) } else { (normal_cdf(z), above, below) };
    Posterior {
        estimate: mean,
        se: sd,
        lo: mean - reach,
        hi: mean + reach,
        chance_to_win,
        risk_control,
        risk_treatment,
    }
}
