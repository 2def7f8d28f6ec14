//! The posterior of one share: a Beta law under each segment, mixed by membership.
//!
//! Given decayed counts `n_k` of a kind and `n` of all, and prior shares `π_ck` of strength `s`, the user's own share is
//! `Beta(n_k + s·π_ck, n − n_k + s·(1 − π_ck))` in segment `c` (Gelman et al., *Bayesian Data Analysis*, 3rd ed., §2.4).

use statrs::function::beta::checked_beta_reg;

use crate::user::segment::{PerSegment, SEGMENTS};

/// A mixture of Beta laws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    weights: [f64; SEGMENTS],
    a: [f64; SEGMENTS],
    b: [f64; SEGMENTS],
}

/// Smallest parameter of a Beta law that is told apart from none.
const LEAST: f64 = 1e-6;
/// Memberships below this do not count.
const NEGLIGIBLE: f64 = 1e-6;

impl Posterior {
    /// From the decayed count of a kind, that of all kinds, the kind's pseudo-counts `s·π_ck`, their sum `s` over the
    /// kinds, and the membership.
    #[must_use]
    pub fn new((of_kind, of_all): (f64, f64), alpha: &PerSegment, strength: f64, weights: &PerSegment) -> Self {
        let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        Self {
            weights: weights.map(|weight| f64::from(weight) / total.max(LEAST)),
            a: alpha.map(|alpha| (of_kind + f64::from(alpha)).max(LEAST)),
            b: alpha.map(|alpha| (of_all - of_kind + strength - f64::from(alpha)).max(LEAST)),
        }
    }

    /// Probability that the share is at most this.
    #[must_use]
    pub fn at_most(&self, share: f64) -> f64 {
        let share = share.clamp(0.0, 1.0);
        self.expected(|a, b| checked_beta_reg(a, b, share).unwrap_or(f64::NAN))
    }

    /// The share that is exceeded with probability `1 − p`.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            *(if self.at_most(middle) < p { &mut low } else { &mut high }) = middle;
        }
        f64::midpoint(low, high)
    }

    fn expected(&self, under: impl Fn(f64, f64) -> f64) -> f64 {
        let segments = (0..SEGMENTS).filter(|&c| self.weights[c] > NEGLIGIBLE);
        let (sum, total) = segments.fold((0.0, 0.0), |(sum, total), c| {
            (sum + self.weights[c] * under(self.a[c], self.b[c]), total + self.weights[c])
        });
        sum / total
    }
}
