//! Boundaries that a sum crosses at any time with at most a given probability, by its variance so far.
//!
//! Howard, Ramdas, McAuliffe & Sekhon 2021, *Time-uniform, nonparametric, nonasymptotic confidence sequences* (Ann.
//! Statist. 49): Propositions 5, 6, 9, 10 for mixtures, Theorem 1 for stitching. Each mixture is an average of
//! exponential supermartingales; the boundary is where it reaches 1/α.

use libm::{exp, lgamma, log, pow, sqrt};

use crate::study::experiment::law::{gamma_shares, normal_cdf};

/// A mixture, tuned to be tightest at a variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Boundary {
    /// For sub-Gaussian sums, both sides.
    TwoSidedNormal,
    /// For sub-Gaussian sums, upwards.
    OneSidedNormal,
    /// For sums whose steps have exponential tails of scale `c`.
    GammaExponential {
        /// Scale.
        c: f64,
    },
    /// For sums whose steps are at most `c`.
    GammaPoisson {
        /// Largest step.
        c: f64,
    },
}

impl Boundary {
    /// Where the boundary is at variance `v`; `tightest` are the variance and the level it is tuned to.
    #[must_use]
    pub fn at(self, v: f64, alpha: f64, tightest: (f64, f64)) -> f64 {
        let (v_opt, alpha_opt) = tightest;
        if self == Self::TwoSidedNormal {
            let rho = best_rho(v_opt, alpha_opt);
            return sqrt((v + rho) * (log((v + rho) / rho) - 2.0 * log(alpha)));
        }
        let rho = best_rho(v_opt, 2.0 * alpha_opt);
        crossing(|s| self.ln_mixture(s, v, rho), -log(alpha), v)
    }

    /// Logarithm of the mixture at a sum `s` and a variance `v`.
    fn ln_mixture(self, s: f64, v: f64, rho: f64) -> f64 {
        match self {
            Self::TwoSidedNormal => 0.5 * log(rho / (v + rho)) + s * s / (2.0 * (v + rho)),
            Self::OneSidedNormal => {
                let all = v + rho;
                0.5 * log(4.0 * rho / all) + s * s / (2.0 * all) + log(normal_cdf(s / sqrt(all)))
            }
            Self::GammaExponential { c } => {
                let (prior, seen) = (rho / (c * c), v / (c * c));
                let (shape, rate) = (seen + prior, s / c + seen + prior);
                ln_gamma_mass(shape, rate, rate, true) + s / c + seen - ln_gamma_mass(prior, prior, prior, true)
            }
            Self::GammaPoisson { c } => {
                let (prior, seen) = (rho / (c * c), v / (c * c));
                let (shape, rate) = (s / c + seen + prior, seen + prior);
                ln_gamma_mass(shape, rate, rate, false) + seen - ln_gamma_mass(prior, prior, prior, false)
            }
        }
    }
}

/// `ln ∫ θ^(shape−1) e^(−rate·θ) dθ` below 1 (at `rate` in the law of scale 1) or above it.
fn ln_gamma_mass(shape: f64, rate: f64, at: f64, below: bool) -> f64 {
    let (under, over) = gamma_shares(shape, at);
    lgamma(shape) + log(if below { under } else { over }) - shape * log(rate)
}

/// Howard et al., eq. (3.5): the tuning that is nearly best at a variance.
pub(super) fn best_rho(v: f64, alpha: f64) -> f64 {
    let odds = -2.0 * log(alpha);
    v / (odds + log(1.0 + odds))
}

/// Where a rising function reaches a value.
fn crossing(function: impl Fn(f64) -> f64, value: f64, scale: f64) -> f64 {
    let (mut lo, mut hi) = (0.0, sqrt(scale).max(1.0));
    while function(hi) < value && hi < 1e15 {
        (lo, hi) = (hi, 2.0 * hi);
    }
    for _ in 0..80 {
        let middle = 0.5 * (lo + hi);
        if function(middle) < value { lo = middle } else { hi = middle }
    }
    0.5 * (lo + hi)
}

/// The polynomial stitched boundary with epochs that double and error spent by the power 1.4, from a variance on.
#[must_use]
pub fn stitched(v: f64, alpha: f64, c: f64, from: f64) -> f64 {
    /// ζ(1.4).
    const ZETA: f64 = 3.105_547_261_979_957;
    let (power, eta) = (1.4, 2.0_f64);
    let v = v.max(from);
    let (k1, k2) = ((pow(eta, 0.25) + pow(eta, -0.25)) / std::f64::consts::SQRT_2, f64::midpoint(sqrt(eta), 1.0));
    let l = power * log(log(eta * v / from)) + log(ZETA / (alpha * exp(power * log(log(eta)))));
    sqrt(k1 * k1 * v * l + k2 * k2 * c * c * l * l) + k2 * c * l
}
