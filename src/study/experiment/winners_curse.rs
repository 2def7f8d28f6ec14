//! The winner's curse: an effect that was chosen because it looked large is smaller than it looked.
//!
//! A shipped effect is shrunk towards what such effects usually are; the sum over winners is not the sum of their
//! estimates (Kohavi, Deng & Vermeer 2022, *A/B testing intuition busters*, KDD, § 4).

use super::bayesian::{Posterior, Prior, posterior};

/// An effect after a prior fitted to, or believed of, effects like it.
#[must_use]
pub fn shrunk(estimate: f64, se: f64, prior: Prior, alpha: f64) -> Posterior {
    posterior(estimate, se, Some(prior), false, alpha)
}

/// The normal prior that several effects with their standard errors speak for: their precision-weighted mean, and what
/// they vary by more than their errors (DerSimonian & Laird 1986; never below 0). None of fewer than three.
#[must_use]
pub fn prior_of(effects: &[(f64, f64)]) -> Option<Prior> {
    if effects.len() < 3 {
        return None;
    }
    let weight = |se: f64| 1.0 / (se * se);
    let sum: f64 = effects.iter().map(|&(_, se)| weight(se)).sum();
    let mean = effects.iter().map(|&(effect, se)| effect * weight(se)).sum::<f64>() / sum;
    let off: f64 = effects.iter().map(|&(effect, se)| (effect - mean) * (effect - mean) * weight(se)).sum();
    let squares: f64 = effects.iter().map(|&(_, se)| weight(se) * weight(se)).sum();
    let variance = (off - (effects.len() as f64 - 1.0)) / (sum - squares / sum);
    Some(Prior { mean, variance: variance.max(0.0) })
}

/// Share of significant results that are none: of tests at `alpha` with this power, if `success` of all ideas work.
#[must_use]
pub fn false_positive_risk(alpha: f64, power: f64, success: f64) -> f64 {
    let (by_luck, by_merit) = (alpha * (1.0 - success), power * success);
    by_luck / (by_luck + by_merit)
}

/// What several shipped changes bring together: each impact times the chance that it is one. Impacts come with the
/// level and the power of their tests.
#[must_use]
pub fn aggregated(impacts: &[(f64, f64, f64)], success: f64) -> f64 {
    impacts.iter().map(|&(impact, alpha, power)| (1.0 - false_positive_risk(alpha, power, success)) * impact).sum()
}
