//! Whether a difference between arms may be called an effect.
//!
//! Chance must have assigned the arms, or an argument must be stated why they compare. Otherwise a difference is an
//! association: in LaLonde's data (1986) the people who were trained earned $8,498 less than a survey's others, while
//! the randomised experiment among the same people found +$1,794.

use libm::sqrt;
use serde::Serialize;

use super::{
    law::{chi_squared_sf, normal_sf},
    summary::Summary,
};

/// Why arms compare, as stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Identification {
    /// Chance assigned the arms.
    Randomised,
    /// Chance assigned them with the logged propensities.
    Propensity,
    /// Nothing was stated.
    Unstated,
    /// It is stated that nobody randomised.
    Observational,
}

/// What a difference may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The treatment did it.
    Effect,
    /// The arms differ; why is not known.
    Association,
}

/// How far the arms are alike in what was known before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// The covariate.
    pub covariate: String,
    /// The arm, against control.
    pub arm: String,
    /// Difference of means over the pooled standard deviation.
    pub standardised_difference: f64,
    /// Of the test that it is chance.
    pub p_value: f64,
}

/// Below this p-value of all covariates together (Bonferroni), chance cannot have assigned the arms.
const IMPOSSIBLE: f64 = 1e-6;

/// Compares a covariate between control and an arm.
#[must_use]
pub fn balance(covariate: &str, arm: &str, control: &[f64], treated: &[f64]) -> Balance {
    let (c, t) = (Summary::of_values(control), Summary::of_values(treated));
    let gap = t.mean[0] - c.mean[0];
    let (vc, vt) = (c.covariance[0][0], t.covariance[0][0]);
    let divided = |gap: f64, sd: f64| if sd > 0.0 { gap / sd } else { 0.0 };
    Balance {
        covariate: covariate.to_owned(),
        arm: arm.to_owned(),
        standardised_difference: divided(gap, sqrt(0.5 * (vc + vt))),
        p_value: 2.0 * normal_sf(divided(gap, sqrt(vc / c.n + vt / t.n)).abs()),
    }
}

/// What a difference may be called, and why.
#[must_use]
pub fn reading(stated: Identification, balances: &[Balance]) -> (Reading, String) {
    let worst = balances.iter().min_by(|a, b| a.p_value.total_cmp(&b.p_value));
    let broken = worst.filter(|worst| worst.p_value * (balances.len() as f64) < IMPOSSIBLE);
    match (stated, broken) {
        (Identification::Randomised | Identification::Propensity, Some(worst)) => (
            Reading::Association,
            format!(
                "randomisation is stated, but {:?} of arm {:?} differs from control's by {:.2} standard deviations (p {:.1e}): chance did not assign these arms",
                worst.covariate, worst.arm, worst.standardised_difference, worst.p_value
            ),
        ),
        (Identification::Randomised, None) => (Reading::Effect, "stated: chance assigned the arms".to_owned()),
        (Identification::Propensity, None) => {
            (Reading::Effect, "stated: chance assigned the arms, with the logged propensities".to_owned())
        }
        (Identification::Unstated, _) => (
            Reading::Association,
            "it is not stated that chance assigned the arms (--identification randomised)".to_owned(),
        ),
        (Identification::Observational, _) => {
            (Reading::Association, "stated: nobody randomised; who is in which arm may be why they differ".to_owned())
        }
    }
}

/// Of all covariates together: the p-value of the sum of their squared standardised differences, were they independent.
#[must_use]
pub fn omnibus(balances: &[Balance]) -> f64 {
    let squares = |one: &Balance| {
        let z = super::law::normal_quantile((0.5 * one.p_value).max(1e-300));
        z * z
    };
    if balances.is_empty() { 1.0 } else { chi_squared_sf(balances.iter().map(squares).sum(), balances.len() as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_an_effect_unless_randomisation_is_stated_and_not_contradicted() {
        let young: Vec<f64> = (0..300).map(|i| f64::from(i % 20) + 20.0).collect();
        let old: Vec<f64> = young.iter().map(|age| age + 12.0).collect();
        let (alike, apart) = (balance("age", "trained", &young, &young), balance("age", "trained", &old, &young));
        let of = |stated, balance: &Balance| reading(stated, std::slice::from_ref(balance)).0;
        assert_eq!(of(Identification::Randomised, &alike), Reading::Effect);
        assert_eq!(of(Identification::Randomised, &apart), Reading::Association);
        assert_eq!(of(Identification::Unstated, &alike), Reading::Association);
        assert_eq!(of(Identification::Observational, &alike), Reading::Association);
        assert!(apart.standardised_difference < -1.0 && omnibus(&[apart]) < 1e-6 && omnibus(&[]) == 1.0);
    }
}
