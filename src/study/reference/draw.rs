//! Draws from the laws of the latent traits.

use libm::{exp, log, sqrt};

use super::latent::Uniform;

/// Logarithm of a Gamma variate of scale 1: the squeeze of Marsaglia & Tsang 2000 (*ACM TOMS* 26, 363–372, § 4), with
/// their boost for a shape below 1 taken in the logarithm, where no small shape underflows.
fn ln_gamma_variate(shape: f64, uniform: Uniform<'_>) -> f64 {
    let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
    let c = 1.0 / sqrt(9.0 * d);
    let boost = if shape < 1.0 { log(uniform()) / shape } else { 0.0 };
    loop {
        let x = normal(uniform);
        let v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x);
        if v > 0.0 && log(uniform()) < 0.5 * x * x + d * (1.0 - v + log(v)) {
            return log(d) + log(v) + boost;
        }
    }
}

/// A Gamma variate of scale 1.
pub(super) fn gamma(shape: f64, uniform: Uniform<'_>) -> f64 {
    exp(ln_gamma_variate(shape, uniform))
}

/// A Beta variate, from two Gamma variates.
pub(super) fn beta(a: f64, b: f64, uniform: Uniform<'_>) -> f64 {
    let (x, y) = (ln_gamma_variate(a, uniform), ln_gamma_variate(b, uniform));
    super::special::logistic_of_minus(y - x)
}

/// A standard normal variate (Box & Muller 1958).
fn normal(uniform: Uniform<'_>) -> f64 {
    sqrt(-2.0 * log(uniform())) * libm::cos(std::f64::consts::TAU * uniform())
}

/// The place of one of some weights that add up to 1.
pub(super) fn one_of(weights: &[f64], uniform: Uniform<'_>) -> usize {
    let mut left = uniform();
    let chosen = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    chosen.unwrap_or(weights.len().saturating_sub(1))
}
