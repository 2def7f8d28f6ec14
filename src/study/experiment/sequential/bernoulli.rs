//! A confidence sequence for a conversion rate, without an appeal to large samples.
//!
//! A rate is left out as soon as a beta mixture around it has become 1/α times as likely as the rate itself (Howard et
//! al. 2021, Proposition 7, with the two-point tails of a Bernoulli law).

use libm::log;

use super::uniform::best_rho;
use crate::study::experiment::law::ln_beta;

/// Level that the tuning is for.
const TUNED_FOR: f64 = 0.05;

/// Rates that are not left out, tightest at so many trials.
#[must_use]
pub fn interval(successes: f64, trials: f64, alpha: f64, tightest_at: f64) -> (f64, f64) {
    let (share, limit) = (successes / trials, -log(alpha));
    let miss = |p: f64| ln_mixture(successes, trials, p, tightest_at) - limit;
    let lo = if successes > 0.0 { halved(|p| miss(p) > 0.0, 0.0, share) } else { 0.0 };
    let hi = if successes < trials { halved(|p| miss(p) <= 0.0, share, 1.0) } else { 1.0 };
    (lo, hi)
}

/// Logarithm of the mixture's likelihood over that of a rate.
fn ln_mixture(successes: f64, trials: f64, p: f64, tightest_at: f64) -> f64 {
    let spread = p * (1.0 - p);
    let weight = (best_rho(tightest_at * spread, TUNED_FOR) - spread).max(1e-3 * spread);
    let (a, b) = (weight / (1.0 - p), weight / p);
    let failures = trials - successes;
    ln_beta(a + successes, b + failures) - ln_beta(a, b) - successes * log(p) - failures * log(1.0 - p)
}

/// Where a condition that holds from the left on ceases to.
fn halved(holds: impl Fn(f64) -> bool, mut lo: f64, mut hi: f64) -> f64 {
    for _ in 0..70 {
        let middle = 0.5 * (lo + hi);
        if holds(middle) { lo = middle } else { hi = middle }
    }
    0.5 * (lo + hi)
}
