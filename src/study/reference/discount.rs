//! Present value of what is to come.

use libm::{exp, expm1, log1p};

use super::quadrature::panels;

/// Present value at a continuous `rate` [1/time] of a quantity whose expectation by time `t` is `by(t)`: by parts,
/// the integral of `e^(−τ)·by(τ/rate)`. The places crowd near 0, where young customers do most of what they do.
pub(super) fn of(by: impl Fn(f64) -> f64, rate: f64) -> f64 {
    const NEAR: f64 = 1e-7;
    if rate.is_nan() || rate <= 0.0 {
        return f64::INFINITY;
    }
    let mut sum = 0.0;
    panels(0.0, log1p(45.0 / NEAR), 2.0, |u, weight| {
        let tau = NEAR * expm1(u);
        sum += weight * NEAR * exp(u - tau) * by(tau / rate);
    });
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `1 − e^(−ct)` is bought at once with probability c/(c+δ) of its worth.
    #[test]
    fn an_exponential_time_has_the_worth_of_its_transform() {
        for c in [1e-3, 1.0, 1e4] {
            let worth = of(|t| -expm1(-c * t), 0.01);
            assert!((worth / (c / (c + 0.01)) - 1.0).abs() < 1e-10, "{c}: {worth}");
        }
    }
}
