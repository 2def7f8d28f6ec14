//! Integrals of smooth positive functions, by Gauss–Legendre panels (Davis & Rabinowitz, *Methods of Numerical
//! Integration*, 2nd ed., § 2.7): every term is positive, so nothing cancels.

use std::{f64::consts::PI, sync::LazyLock};

use libm::cos;

/// Places in \[0, 1\] and their weights.
type Rule<const N: usize> = [(f64, f64); N];

static FINE: LazyLock<Rule<16>> = LazyLock::new(legendre);
static COARSE: LazyLock<Rule<8>> = LazyLock::new(legendre);

/// Visits the places of a 16-point rule on an interval with their weights.
pub fn panel(from: f64, length: f64, mut visit: impl FnMut(f64, f64)) {
    FINE.iter().for_each(|&(place, weight)| visit(from + length * place, length * weight));
}

/// The same with 8 points: enough where an integrand changes by less than e⁴.
pub fn short_panel(from: f64, length: f64, mut visit: impl FnMut(f64, f64)) {
    COARSE.iter().for_each(|&(place, weight)| visit(from + length * place, length * weight));
}

/// Visits equal panels, each at most `step` long.
pub fn panels(from: f64, to: f64, step: f64, mut visit: impl FnMut(f64, f64)) {
    let count = libm::ceil((to - from) / step).clamp(1.0, 1e6);
    let length = (to - from) / count;
    (0..count as u32).for_each(|i| panel(from + f64::from(i) * length, length, &mut visit));
}

/// Roots of Legendre's polynomial by Newton's method, moved from \[−1, 1\] to \[0, 1\].
fn legendre<const N: usize>() -> Rule<N> {
    std::array::from_fn(|i| {
        let mut x = cos(PI * (i as f64 + 0.75) / (N as f64 + 0.5));
        let mut slope = 1.0;
        for _ in 0..30 {
            let (value, derivative) = polynomial(N, x);
            slope = derivative;
            x -= value / derivative;
        }
        (0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// Legendre's polynomial and its derivative by the three-term recurrence.
fn polynomial(order: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for k in 2..=order {
        let k = k as f64;
        (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
    }
    (value, order as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use libm::exp;

    #[test]
    fn polynomials_and_exponentials_are_exact() {
        let mut sum = 0.0;
        panel(1.0, 2.0, |x, weight| sum += weight * x * x * x);
        assert!((sum - 20.0).abs() < 1e-13);
        let mut sum = 0.0;
        panels(0.0, 40.0, 8.0, |x, weight| sum += weight * exp(-x));
        assert!((sum - 1.0).abs() < 1e-13, "{sum}");
        let mut sum = 0.0;
        short_panel(0.0, 4.0, |x, weight| sum += weight * exp(-x));
        assert!((sum - 1.0 + exp(-4.0)).abs() < 1e-12, "{sum}");
    }
}
