//! Elementary functions that give the same bits on every machine.
//!
//! The standard library's `exp` and `ln` are the host's; in 64 bits we take `libm`'s, in 32 bits the
//! polynomials of the Cephes library (Moshier, `logf`, `expf`; relative error below 2⁻²²), written without
//! branches so that a loop over segments becomes vector instructions. Rust never fuses a multiplication and an addition by
//! itself, so the result is defined by the source.

pub use libm::{exp, expm1, log, log1p, pow, sqrt};

/// Natural logarithm of a positive, finite, normal number.
#[inline]
#[must_use]
#[expect(clippy::excessive_precision, reason = "coefficients as published")]
pub fn ln32(x: f32) -> f32 {
    let bits = x.to_bits().wrapping_sub(0x3f35_04f3);
    let exponent = (bits as i32 >> 23) as f32;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(0x3f35_04f3)) - 1.0;
    let z = m * m;
    let mut p = 7.037_683_629_2e-2;
    p = p * m - 1.151_461_031_0e-1;
    p = p * m + 1.167_699_874_0e-1;
    p = p * m - 1.242_014_084_6e-1;
    p = p * m + 1.424_932_278_7e-1;
    p = p * m - 1.666_805_766_5e-1;
    p = p * m + 2.000_071_476_5e-1;
    p = p * m - 2.499_999_399_3e-1;
    p = p * m + 3.333_333_117_4e-1;
    let y = p * m * z + exponent * -2.121_944_40e-4 - 0.5 * z;
    m + y + exponent * 0.693_359_375
}

/// Exponential; the argument is clamped to ±87.
#[inline]
#[must_use]
#[expect(clippy::excessive_precision, reason = "coefficients as published")]
pub fn exp32(x: f32) -> f32 {
    let x = x.clamp(-87.0, 87.0);
    // Adding and taking away 1.5·2²³ rounds to the nearest whole number without a call.
    let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let n = shifted - 12_582_912.0;
    let r = x - n * 0.693_359_375 - n * -2.121_944_40e-4;
    let mut p = 1.987_569_150_0e-4;
    p = p * r + 1.398_199_950_7e-3;
    p = p * r + 8.333_451_907_3e-3;
    p = p * r + 4.166_579_589_4e-2;
    p = p * r + 1.666_666_545_9e-1;
    p = p * r + 5.000_000_120_1e-1;
    let y = p * r * r + r + 1.0;
    // The low bits of the sum hold n: with the bias added and the rest shifted out they are the exponent of 2ⁿ.
    y * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// Logarithms in place. Not inlined, and of any length: so the compiler turns it into vector instructions instead of
/// unrolling it.
#[inline(never)]
pub fn lns(values: &mut [f32]) {
    for value in values {
        *value = ln32(*value);
    }
}

/// Exponentials in place, likewise.
#[inline(never)]
pub fn exps(values: &mut [f32]) {
    for value in values {
        *value = exp32(*value);
    }
}

/// 2 to the power `-age / half_life`: what is left of old evidence.
#[inline]
#[must_use]
pub fn decay(age_days: f32, half_life_days: f32) -> f32 {
    exp32(-std::f32::consts::LN_2 * age_days / half_life_days)
}

/// Quantile of the standard normal law: algorithm AS 241, routine PPND7 (Wichura 1988, *Applied Statistics*
/// 37, 477–484), accurate to about 1 part in 10⁷.
#[inline]
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * (((59.109_374_720 * r + 159.291_132_02) * r + 50.434_271_938) * r + 3.387_132_717_9)
            / (((67.187_563_600 * r + 78.757_757_664) * r + 17.895_169_469) * r + 1.0);
    }
    let r = sqrt(-log(if q < 0.0 { p } else { 1.0 - p }));
    let tail = if r <= 5.0 {
        let r = r - 1.6;
        (((0.170_238_211_03 * r + 1.306_728_481_6) * r + 2.756_815_390_0) * r + 1.423_437_277_7)
            / ((0.120_211_329_75 * r + 0.737_001_642_50) * r + 1.0)
    } else {
        let r = r - 5.0;
        (((0.017_337_203_997 * r + 0.428_682_943_37) * r + 3.081_226_386_0) * r + 6.657_905_115_0)
            / ((0.012_258_202_635 * r + 0.241_978_942_25) * r + 1.0)
    };
    if q < 0.0 { -tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_logarithm_is_the_logarithm() {
        for i in 1..200_000u32 {
            let x = i as f32 * 0.003;
            let want = log(f64::from(x));
            assert!((f64::from(ln32(x)) - want).abs() < 2e-7 * want.abs().max(1.0), "{x}");
        }
        assert!((ln32(1e-30) - 1e-30f32.ln()).abs() < 1e-5);
    }

    #[test]
    fn the_fast_exponential_is_the_exponential() {
        for i in -80_000..80_000 {
            let x = i as f32 * 0.001;
            let want = exp(f64::from(x));
            assert!((f64::from(exp32(x)) / want - 1.0).abs() < 3e-7, "{x}");
        }
    }

    /// Quantiles from Abramowitz & Stegun, table 26.5.
    #[test]
    fn the_normal_quantile_is_the_tables_own() {
        for (p, z) in [(0.975, 1.959_964), (0.9, 1.281_552), (0.5, 0.0), (0.001, -3.090_232), (1e-7, -5.199_338)] {
            assert!((normal_quantile(p) - z).abs() < 2e-6, "{p}");
        }
    }
}
