//! A level on a logarithmic scale: the normal–inverse-gamma law that amount and gap share.
//!
//! `y = ln x` is normal with mean μ and variance σ² of this user; `σ² ~ InvGamma(a, b_c)`,
//! `μ | σ² ~ N(m_c, σ²/κ)`. Given the decayed sums `n, Σy, Σy²`, the posterior has
//! `κ' = κ + n`, `m' = (κ·m_c + Σy)/κ'`, `a' = a + n/2`, `b' = b_c + ½(Σy² + κ·m_c² − κ'·m'²)`, and the next `y` follows
//! Student's t with 2a' degrees of freedom (Gelman et al., *Bayesian Data Analysis*, 3rd ed., §3.3; Murphy
//! 2007, *Conjugate Bayesian analysis of the Gaussian distribution*, §3.5).

use serde::{Deserialize, Serialize};

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::super::segment::{PerSegment, SEGMENTS};
use crate::base::float::{exps, lns};

/// Decayed sums of a level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LevelBelief {
    /// Weight of the evidence \[1\].
    pub n: f32,
    /// Σy.
    pub sum: f32,
    /// Σy².
    pub squares: f32,
}

impl LevelBelief {
    /// What is left of it.
    #[inline]
    #[must_use]
    pub fn faded(&self, keep: f32) -> Self {
        Self { n: self.n * keep, sum: self.sum * keep, squares: self.squares * keep }
    }

    /// Adds one outcome.
    #[inline]
    pub fn learn(&mut self, y: f32) {
        self.learn_part(y, 1.0);
    }

    /// Adds one outcome with a weight.
    #[inline]
    pub fn learn_part(&mut self, y: f32, weight: f32) {
        self.n += weight;
        self.sum += weight * y;
        self.squares += weight * y * y;
    }

    /// Sums of both, where the other's have `sign` 1, or without the other's, where it is −1.
    #[must_use]
    pub fn joined(&self, other: &Self, sign: f32) -> Self {
        let joined = |mine: f32, theirs: f32| mine + sign * theirs;
        Self {
            n: joined(self.n, other.n).max(0.0),
            sum: joined(self.sum, other.sum),
            squares: joined(self.squares, other.squares).max(0.0),
        }
    }
}

/// Prior of a level; `a` and `κ` are shared by the segments so that one normalising constant serves all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelPrior {
    /// m_c.
    pub mean: PerSegment,
    /// b_c.
    pub scale: PerSegment,
    /// κ.
    pub kappa: f32,
    /// a.
    pub shape: f32,
}

/// One segment's predictive law of the next `y`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudentT {
    /// Location.
    pub location: f64,
    /// Scale.
    pub scale: f64,
    /// Degrees of freedom.
    pub freedom: f64,
}

impl StudentT {
    /// P(y ≤ value).
    #[must_use]
    pub fn cdf(&self, value: f64) -> f64 {
        StudentsT::new(self.location, self.scale, self.freedom).map_or(f64::NAN, |law| law.cdf(value))
    }
}

impl LevelPrior {
    /// Predictive density of `y` under each segment.
    #[inline]
    #[must_use]
    pub fn densities(&self, belief: &LevelBelief, y: f32) -> PerSegment {
        let kappa = self.kappa + belief.n;
        let shape = self.shape + 0.5 * belief.n;
        let norm = gamma_ratio(shape) * 0.398_942_3; // 1/√(2π)
        let inverse = 1.0 / kappa;
        let spread = (kappa + 1.0) * inverse;
        // ln(1 + z²/2b) and ln b, then density = norm · exp(−(a+½)·ln(1 + z²/2b) − ½·ln b).
        let mut logs = [[1.0; SEGMENTS]; 2];
        for c in 0..SEGMENTS {
            let m0 = self.mean[c];
            let m = (self.kappa * m0 + belief.sum) * inverse;
            let b = self.scale[c] + 0.5 * (belief.squares + self.kappa * m0 * m0 - kappa * m * m);
            let b = b.max(0.5 * self.scale[c]) * spread;
            let z = y - m;
            logs[0][c] = 1.0 + 0.5 * z * z / b;
            logs[1][c] = b;
        }
        lns(logs.as_flattened_mut());
        let mut densities = [0.0; SEGMENTS];
        for c in 0..SEGMENTS {
            densities[c] = -(shape + 0.5) * logs[0][c] - 0.5 * logs[1][c];
        }
        exps(&mut densities);
        densities.map(|density| norm * density)
    }

    /// The predictive law under one segment.
    #[must_use]
    pub fn predictive(&self, belief: &LevelBelief, segment: usize) -> StudentT {
        let kappa = f64::from(self.kappa + belief.n);
        let shape = f64::from(self.shape) + 0.5 * f64::from(belief.n);
        let m0 = f64::from(self.mean[segment]);
        let m = (f64::from(self.kappa) * m0 + f64::from(belief.sum)) / kappa;
        let b0 = f64::from(self.scale[segment]);
        let b = b0 + 0.5 * (f64::from(belief.squares) + f64::from(self.kappa) * m0 * m0 - kappa * m * m);
        let b = b.max(0.5 * b0);
        StudentT { location: m, scale: (b * (kappa + 1.0) / (shape * kappa)).sqrt(), freedom: 2.0 * shape }
    }
}

/// Γ(x + ½)/Γ(x) for x > 0: three steps of the recurrence Γ(x+1) = x·Γ(x), then the asymptotic series in 1/x
/// (Abramowitz & Stegun, 6.1.47); relative error below 2·10⁻⁶ from x = 0.3.
#[inline]
fn gamma_ratio(x: f32) -> f32 {
    let up = (x / (x + 0.5)) * ((x + 1.0) / (x + 1.5)) * ((x + 2.0) / (x + 2.5));
    let z = x + 3.0;
    let i = 1.0 / z;
    up * z.sqrt()
        * (1.0 - i * (0.125 - i * (0.007_812_5 + i * (0.004_882_812 - i * (0.000_640_869 + i * 0.001_522_06)))))
}

#[cfg(test)]
mod tests {
    use statrs::{distribution::Continuous, function::gamma::ln_gamma};

    use super::*;

    #[test]
    fn the_ratio_of_gammas_is_the_ratio_of_gammas() {
        for i in 3..4_000 {
            let x = f64::from(i) * 0.1;
            let want = (ln_gamma(x + 0.5) - ln_gamma(x)).exp();
            assert!((f64::from(gamma_ratio(x as f32)) / want - 1.0).abs() < 2e-6, "{x}");
        }
    }

    #[test]
    fn densities_are_students_own() {
        let mut prior = LevelPrior { mean: [0.3; SEGMENTS], scale: [1.2; SEGMENTS], kappa: 2.5, shape: 3.0 };
        prior.mean[1] = -0.7;
        let mut belief = LevelBelief::default();
        for y in [0.1, 0.9, -0.4, 1.7] {
            belief.learn(y);
        }
        for c in 0..2 {
            let law = prior.predictive(&belief, c);
            let t = StudentsT::new(law.location, law.scale, law.freedom).unwrap();
            for y in [-2.0f32, 0.0, 0.4, 5.0] {
                let want = t.pdf(f64::from(y));
                assert!((f64::from(prior.densities(&belief, y)[c]) / want - 1.0).abs() < 2e-5, "{c} {y}");
            }
        }
    }
}
