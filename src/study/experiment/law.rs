//! The laws that tests and intervals rest on: normal, Student's t, chi-squared, beta, and noncentral t.
//!
//! Tails keep their relative accuracy far out (a sample-ratio mismatch can have a p-value of 1e-200), and quantiles
//! are polished by Newton's method on the log-odds scale until they agree with the distribution function. All from
//! `libm`, so that machines agree. Continued fractions after Lentz (Press et al., *Numerical Recipes*, 3rd ed.,
//! § 6.2, § 6.4); series after Abramowitz & Stegun 1964, § 6.5.29.

use std::f64::consts::{PI, SQRT_2};

use libm::{erfc, exp, lgamma, log, log1p, sqrt};

use crate::{
    base::float,
    study::reference::{quadrature::panels, special::ln_rising},
};

/// Smallest step of a continued fraction.
const TINY: f64 = 1e-300;
const EPSILON: f64 = 1e-16;
/// Terms of a series or a continued fraction; beta fractions need about the square root of their parameters.
const TERMS: u32 = 100_000;

/// P(Z ≤ z) of the standard normal law.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// P(Z > z).
#[must_use]
pub fn normal_sf(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}

/// Density of the standard normal law.
#[must_use]
pub fn normal_pdf(z: f64) -> f64 {
    exp(-0.5 * z * z) / sqrt(2.0 * PI)
}

/// Quantile of the standard normal law: AS 241's, with one step of Halley's method.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    if p <= 0.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    }
    let mut z = float::normal_quantile(p);
    for _ in 0..2 {
        let step = (normal_cdf(z) - p) / normal_pdf(z);
        z -= step / (1.0 + 0.5 * z * step);
    }
    z
}

/// Two-sided critical value: P(|Z| > z) = alpha.
#[must_use]
pub fn normal_critical(alpha: f64) -> f64 {
    -normal_quantile(0.5 * alpha)
}

/// P(T > t) of Student's law.
#[must_use]
pub fn student_sf(t: f64, freedom: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - student_sf(-t, freedom);
    }
    if freedom.is_infinite() {
        return normal_sf(t);
    }
    let squared = t * t;
    if squared.is_infinite() {
        return 0.0;
    }
    0.5 * beta_share(freedom / (freedom + squared), squared / (freedom + squared), 0.5 * freedom, 0.5)
}

/// P(T ≤ t) of Student's law.
#[must_use]
pub fn student_cdf(t: f64, freedom: f64) -> f64 {
    student_sf(-t, freedom)
}

/// Quantile of Student's law with `freedom` degrees of freedom \[1\], which need not be whole.
#[must_use]
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    if p > 0.5 {
        return -student_quantile(1.0 - p, freedom);
    }
    if p == 0.5 {
        return 0.0;
    }
    if freedom.is_infinite() {
        return normal_quantile(p);
    }
    // T² = freedom·(1 − X)/X with X of the beta law (freedom/2, 1/2), so T is an exponential of half the log-odds.
    let z = normal_quantile(p).abs().max(1e-12);
    // Cornish and Fisher's expansion (Abramowitz & Stegun 1964, § 26.7.5), where it is one.
    let near = z + (z * z * z + z) / (4.0 * freedom);
    let start = log(freedom) - 2.0 * log(if freedom > z * z { near } else { z });
    let odds = beta_log_odds(2.0 * p, 1.0 - 2.0 * p, 0.5 * freedom, 0.5, start);
    -sqrt(freedom) * exp(-0.5 * odds)
}

/// Two-sided critical value of Student's law.
#[must_use]
pub fn student_critical(alpha: f64, freedom: f64) -> f64 {
    -student_quantile(0.5 * alpha, freedom)
}

/// P(X > x) of the chi-squared law.
#[must_use]
pub fn chi_squared_sf(x: f64, freedom: f64) -> f64 {
    gamma_shares(0.5 * freedom, 0.5 * x).1
}

/// Shares of a Gamma law of scale 1 below and above x: the regularised incomplete gamma functions P and Q.
#[must_use]
pub fn gamma_shares(shape: f64, x: f64) -> (f64, f64) {
    if x.is_nan() || shape.is_nan() || shape <= 0.0 {
        return (f64::NAN, f64::NAN);
    }
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let front = exp(ln_gamma_front(shape, x));
    if x < shape + 1.0 {
        let below = front * gamma_series(shape, x);
        (below, 1.0 - below)
    } else {
        let above = front * gamma_fraction(shape, x);
        (1.0 - above, above)
    }
}

/// `ln(xᵃ e⁻ˣ / Γ(a))` without cancellation of the large parts: Stirling's series where the shape is large.
fn ln_gamma_front(shape: f64, x: f64) -> f64 {
    if shape < 12.0 {
        return shape * log(x) - x - lgamma(shape);
    }
    let off = (x - shape) / shape;
    // lgamma(a) = (a − ½) ln a − a + ½ ln 2π + rest, and ln x = ln a + ln(1 + off).
    let rest = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1_260.0 * shape * shape)) / (shape * shape)) / shape;
    shape * (log1p(off) - off) + 0.5 * log(shape / (2.0 * PI)) - rest
}

fn gamma_series(shape: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0 / shape, 1.0 / shape);
    for i in 1..TERMS {
        term *= x / (shape + f64::from(i));
        sum += term;
        if term < sum * EPSILON {
            break;
        }
    }
    sum
}

fn gamma_fraction(shape: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - shape;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut value = d;
    for i in 1..TERMS {
        let i = f64::from(i);
        let a = -i * (i - shape);
        b += 2.0;
        d = 1.0 / nonzero(a * d + b);
        c = nonzero(b + a / c);
        let factor = d * c;
        value *= factor;
        if (factor - 1.0).abs() < EPSILON {
            break;
        }
    }
    value
}

fn nonzero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

/// `ln B(a, b)`, without the cancellation of large gammas.
#[must_use]
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    lgamma(small) - ln_rising(large, small)
}

/// P(X ≤ x) of the beta law: the regularised incomplete beta function.
#[must_use]
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    beta_share(x, 1.0 - x, a, b)
}

/// The same, given x and 1 − x, of which one may be too small to be told from the other's rounding.
fn beta_share(x: f64, y: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = exp(ln_beta_front(x, y, a, b));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(y, b, a) / b
    }
}

/// `ln(xᵃ yᵇ / B(a, b))`.
fn ln_beta_front(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let ln_x = if x > 0.5 { log1p(-y) } else { log(x) };
    let ln_y = if y > 0.5 { log1p(-x) } else { log(y) };
    a * ln_x + b * ln_y - ln_beta(a, b)
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let (mut c, mut d) = (1.0, 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = d;
    for m in 1..TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for step in [even, odd] {
            d = 1.0 / nonzero(1.0 + step * d);
            c = nonzero(1.0 + step / c);
            factor = d * c;
            value *= factor;
        }
        if (factor - 1.0).abs() < EPSILON {
            break;
        }
    }
    value
}

/// Quantile of the beta law.
#[must_use]
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return p.clamp(0.0, 1.0);
    }
    let odds = beta_log_odds(p, 1.0 - p, a, b, log(a / b));
    if odds < 0.0 { exp(odds) / (1.0 + exp(odds)) } else { 1.0 / (1.0 + exp(-odds)) }
}

/// Log-odds of the beta law's quantile, given the probabilities below and above it. Newton's method on the logarithm of
/// the smaller tail, which is nearly straight in the log-odds; a bracket keeps it in hand.
fn beta_log_odds(below: f64, above: f64, a: f64, b: f64, start: f64) -> f64 {
    if below > above {
        return -beta_log_odds(above, below, b, a, -start);
    }
    let (mut lo, mut hi) = (-1e5, 1e5);
    let (mut u, target) = (start.clamp(-700.0, 700.0), log(below));
    for _ in 0..200 {
        let (value, slope) = ln_beta_tail(u, a, b);
        let miss = value - target;
        if miss > 0.0 {
            hi = u;
        } else {
            lo = u;
        }
        let next = u - miss / slope;
        let next = if (lo..=hi).contains(&next) { next } else { middle(lo, hi, u) };
        // Newton's steps square their error: after one this small there is none left.
        if (next - u).abs() <= 1e-9 * u.abs().max(1e-3) {
            return next;
        }
        u = next;
    }
    u
}

/// Half-way, but not further than a factor out from where we are: brackets start wide.
fn middle(lo: f64, hi: f64, from: f64) -> f64 {
    let reach = 2.0 * from.abs() + 10.0;
    0.5 * (lo.max(from - reach) + hi.min(from + reach))
}

/// Logarithm of the share below log-odds `u`, and its slope in them.
fn ln_beta_tail(u: f64, a: f64, b: f64) -> (f64, f64) {
    let small = exp(-u.abs());
    let (x, y) = if u < 0.0 {
        (small / (1.0 + small), 1.0 / (1.0 + small))
    } else {
        (1.0 / (1.0 + small), small / (1.0 + small))
    };
    if u < -600.0 {
        // The power law of the far tail: x^a / (a·B).
        return (a * u - ln_beta(a, b) - log(a), a);
    }
    let ln_front = ln_beta_front(x, y, a, b);
    if x < (a + 1.0) / (a + b + 2.0) {
        let fraction = beta_fraction(x, a, b) / a;
        return (ln_front + log(fraction), 1.0 / fraction);
    }
    let share = beta_share(x, y, a, b).max(TINY);
    (log(share), exp(ln_front) / share)
}

/// P(T > t) of the noncentral Student's law: a normal of mean `shift` over the root of a chi-squared by its degrees of
/// freedom, integrated over the latter.
#[must_use]
pub fn noncentral_student_sf(t: f64, freedom: f64, shift: f64) -> f64 {
    let spread = 1.0 / sqrt(2.0 * freedom);
    let (from, to) = ((1.0 - 12.0 * spread).max(0.0), 1.0 + 12.0 * spread + 30.0 / freedom);
    // Density of the root, up to a factor that drops out: s^(freedom−1)·exp(−freedom·s²/2).
    let density = |s: f64| exp((freedom - 1.0) * log(s) - 0.5 * freedom * (s * s - 1.0));
    let (mut mass, mut above) = (0.0, 0.0);
    panels(from, to, 3.0 * spread, |s, weight| {
        let weight = weight * density(s);
        mass += weight;
        above += weight * normal_sf(t * s - shift);
    });
    above / mass
}
