//! Sample-ratio mismatch: do the arms have the sizes that were meant? If not, assignment or logging is broken, and
//! no effect of the experiment can be trusted (Fabijan et al. 2019, *Diagnosing sample ratio mismatch*, KDD).

use libm::exp;

use super::law::chi_squared_sf;
use crate::study::reference::special::ln_rising;

/// Below this p-value a mismatch is told: low, because the test is made on every experiment.
pub const ALARM: f64 = 0.01;

/// p-value of Pearson's chi-squared test of counts against expected weights, which need not sum to 1.
///
/// Arms of weight 0 add nothing to the statistic but count as a degree of freedom; without users it is 1.
#[must_use]
pub fn fixed(users: &[f64], weights: &[f64]) -> f64 {
    let (all, whole) = (users.iter().sum::<f64>(), weights.iter().sum::<f64>());
    if all <= 0.0 || whole <= 0.0 || users.len() < 2 {
        return 1.0;
    }
    let part = |(&found, &weight): (&f64, &f64)| {
        let expected = all * weight / whole;
        if expected > 0.0 { (found - expected) * (found - expected) / expected } else { 0.0 }
    };
    chi_squared_sf(users.iter().zip(weights).map(part).sum(), users.len() as f64 - 1.0)
}

/// A look at a sequential test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The null hypothesis' probability over that of the alternative, by now.
    pub inverse_bayes_factor: f64,
    /// p-value that holds however often one looks: the smallest inverse Bayes factor so far, at most 1.
    pub p_value: f64,
}

/// A test that may be looked at as often as one likes: multinomial against a Dirichlet law around the expected shares
/// with that many pseudo-users (Lindon & Malek 2022, *Anytime-valid inference for multinomial count data*, NeurIPS).
///
/// Each look is the arms' users so far.
#[must_use]
pub fn sequential(looks: &[Vec<f64>], weights: &[f64], pseudo_users: f64) -> Vec<Look> {
    let whole: f64 = weights.iter().sum();
    let mut least = 1.0_f64;
    let mut look = |users: &Vec<f64>| {
        let n: f64 = users.iter().sum();
        let part = |(&found, &weight): (&f64, &f64)| {
            let share = weight / whole;
            ln_rising(pseudo_users * share, found) - found * libm::log(share)
        };
        let ln_factor = users.iter().zip(weights).map(part).sum::<f64>() - ln_rising(pseudo_users, n);
        let inverse_bayes_factor = exp(-ln_factor);
        least = least.min(inverse_bayes_factor);
        Look { inverse_bayes_factor, p_value: least }
    };
    looks.iter().map(&mut look).collect()
}
