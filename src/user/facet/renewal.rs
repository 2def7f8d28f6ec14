//! Do they renew? The chance that a term of a subscription is followed by another, by the number of terms so far.
//!
//! Each subscriber drops out at each renewal with a probability of their own, `θ ~ Beta(α, β)`; so those who are left
//! are the loyal ones, and the chance of renewal rises with the number of terms although nobody becomes more loyal:
//! `r_k = (β + k − 1)/(α + β + k − 1)` (shifted beta–geometric; Fader & Hardie 2007, *How to project customer
//! retention*, J. Interactive Marketing 21, eq. 6). With duration dependence `c`,
//! `r_k = B(α, β + k^c)/B(α, β + (k−1)^c)` (beta–discrete-Weibull; Fader, Hardie, Liu, Davin & Steenburgh 2018).

use serde::{Deserialize, Serialize};
use statrs::function::beta::ln_beta;

use super::super::segment::PerSegment;

/// Terms that are told apart; the last is open.
pub const TERMS: usize = 16;

/// Prior of the renewal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RenewalPrior {
    /// r_ck: by number of terms so far, less one.
    pub share: Vec<PerSegment>,
    /// The population's static share of terms that are renewed.
    pub population: f32,
}

impl RenewalPrior {
    /// Probability under each segment that a term is renewed, or not, after so many renewals.
    #[inline]
    #[must_use]
    pub fn probabilities(&self, renewals: u8, renewed: bool) -> PerSegment {
        let share = self.share[usize::from(renewals).min(self.share.len() - 1)];
        if renewed { share } else { share.map(|p| 1.0 - p) }
    }
}

/// Retention rates `r_1, r_2, …` of the beta–discrete-Weibull law; `c = 1` is the shifted beta–geometric one.
#[must_use]
pub fn retention(alpha: f64, beta: f64, c: f64) -> [f64; TERMS] {
    let survival = |k: f64| ln_beta(alpha, beta + k.powf(c)) - ln_beta(alpha, beta);
    std::array::from_fn(|k| (survival(k as f64 + 1.0) - survival(k as f64)).exp().clamp(1e-6, 1.0 - 1e-6))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fader & Hardie 2007, table 2: the high-end segment, α = .668, β = 3.806, retains .851 and then .880.
    #[test]
    fn retention_is_the_papers_own() {
        let rates = retention(0.668, 3.806, 1.0);
        for (k, rate) in rates.iter().enumerate() {
            let want = (3.806 + k as f64) / (0.668 + 3.806 + k as f64);
            assert!((rate - want).abs() < 1e-6, "{k}");
        }
        assert!((rates[0] - 0.851).abs() < 5e-4);
    }

    #[test]
    fn with_duration_dependence_retention_rises_faster_or_falls() {
        let (slow, fast) = (retention(0.7, 1.2, 0.7), retention(0.7, 1.2, 1.6));
        assert!(slow[6] > fast[6], "c above 1: the longer the likelier to leave");
    }
}
