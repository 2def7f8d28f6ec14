//! Ratios of gamma functions and their derivatives, without the cancellation of large, nearly equal logarithms.
//!
//! `Γ(z+v)/Γ(z)` is Pochhammer's rising factorial for a whole `v` (Abramowitz & Stegun 1964, § 6.1.22); large arguments
//! take Stirling's series (§ 6.1.41) and its derivative (§ 6.3.18). All from `libm`, so that machines agree.

use libm::{exp, expm1, lgamma, log, log1p};

/// From here on the asymptotic series are exact to 16 digits.
const ASYMPTOTIC: f64 = 12.0;
/// Most factors that are multiplied out.
const FACTORS: f64 = 16.0;

/// `ln Γ(z+v) − ln Γ(z)` for `z > 0`, `v ≥ 0`.
#[must_use]
pub fn ln_rising(z: f64, v: f64) -> f64 {
    if v <= FACTORS && v == v.trunc() {
        return log((0..v as u32).map(|i| z + f64::from(i)).product());
    }
    if z < ASYMPTOTIC {
        return lgamma(z + v) - lgamma(z);
    }
    (z - 0.5) * log1p(v / z) + v * (log(z + v) - 1.0) + stirling(z + v) - stirling(z)
}

/// `ψ(z+v) − ψ(z)` for `z > 0`, `v ≥ 0`: the derivative of [`ln_rising`] by `z`; a harmonic sum for a whole `v`.
#[must_use]
pub fn harmonic(z: f64, v: f64) -> f64 {
    if v <= FACTORS && v == v.trunc() {
        return (0..v as u32).map(|i| 1.0 / (z + f64::from(i))).sum();
    }
    if z < ASYMPTOTIC {
        return digamma(z + v) - digamma(z);
    }
    log1p(v / z) + v / (2.0 * z * (z + v)) - stirling_slope(z + v) + stirling_slope(z)
}

/// `ψ(z)` for `z > 0`.
#[must_use]
pub fn digamma(mut z: f64) -> f64 {
    let mut below = 0.0;
    while z < ASYMPTOTIC {
        below += 1.0 / z;
        z += 1.0;
    }
    log(z) - 0.5 / z - stirling_slope(z) - below
}

/// What Stirling's formula leaves out: `ln Γ(z) − (z−½)·ln z + z − ½·ln 2π`.
fn stirling(z: f64) -> f64 {
    let w = 1.0 / (z * z);
    let tail = w * (1.0 / 1_260.0 - w * (1.0 / 1_680.0 - w * (1.0 / 1_188.0 - w * 691.0 / 360_360.0)));
    (1.0 / 12.0 - w * (1.0 / 360.0) + w * tail) / z
}

/// Its derivative, with the sign turned.
fn stirling_slope(z: f64) -> f64 {
    let w = 1.0 / (z * z);
    let tail = 1.0 / 252.0 - w * (1.0 / 240.0 - w * (1.0 / 132.0 - w * (691.0 / 32_760.0 - w / 12.0)));
    w * (1.0 / 12.0 - w * (1.0 / 120.0 - w * tail))
}

/// `1/(1+eˣ)`.
#[must_use]
pub fn logistic_of_minus(x: f64) -> f64 {
    if x > 0.0 {
        let small = exp(-x);
        small / (1.0 + small)
    } else {
        1.0 / (1.0 + exp(x))
    }
}

/// `ln(1+eˣ)`.
#[must_use]
pub fn softplus(x: f64) -> f64 {
    if x > 0.0 { x + log1p(exp(-x)) } else { log1p(exp(x)) }
}

/// `(1 − e^(−c·x))/c`, which is `x` for `c = 0`.
#[must_use]
pub fn saturating(c: f64, x: f64) -> f64 {
    let cx = c * x;
    if cx.abs() < 1e-8 { x * (1.0 - 0.5 * cx) } else { -expm1(-cx) / c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rising_factorials_agree_whichever_way_they_are_taken() {
        for z in [1e-6, 0.3, 4.0, 11.9, 12.1, 300.0] {
            for v in [17.0, 30.0, 400.0] {
                let steps: f64 = (0..v as u32).map(|i| log(z + f64::from(i))).sum();
                assert!((ln_rising(z, v) - steps).abs() < 1e-12 * steps.abs().max(10.0), "{z} {v}");
                let inverse: f64 = (0..v as u32).map(|i| 1.0 / (z + f64::from(i))).sum();
                assert!((harmonic(z, v) - inverse).abs() < 1e-12 * inverse.max(1.0), "{z} {v}");
            }
        }
        assert_eq!((ln_rising(1e6, 0.0), harmonic(1e6, 0.0)), (0.0, 0.0));
    }

    /// A step of 3 taken at 1e6: the logarithm of the product, to all digits.
    #[test]
    fn large_arguments_do_not_cancel() {
        let (z, v) = (1e6, 20.0);
        let steps: f64 = (0..20).map(|i| log1p(f64::from(i) / z)).sum::<f64>() + 20.0 * log(z);
        assert!((ln_rising(z, v) - steps).abs() < 1e-12);
    }

    /// ψ(1) = −γ (Euler), ψ(½) = −γ − 2 ln 2 (Abramowitz & Stegun, §§ 6.3.2, 6.3.3).
    #[test]
    fn digamma_is_the_tables_own() {
        let euler = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + euler).abs() < 1e-14);
        assert!((digamma(0.5) + euler + 2.0 * std::f64::consts::LN_2).abs() < 1e-14);
        assert!((digamma(40.0) - harmonic(1.0, 39.0) + euler).abs() < 1e-13);
    }

    #[test]
    fn the_limits_are_smooth() {
        assert!((saturating(0.0, 3.0) - saturating(1e-7, 3.0)).abs() < 1e-6);
        assert_eq!(softplus(800.0), 800.0);
        assert_eq!(logistic_of_minus(-800.0), 1.0);
        assert!((softplus(-1.0) + log(logistic_of_minus(-1.0))).abs() < 1e-15);
    }
}
