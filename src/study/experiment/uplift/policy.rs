//! What a way to choose arms would earn per user, from an experiment that assigned them by chance.
//!
//! Users whose arm happens to be the one that the policy would have chosen stand for the others like them: weighted by
//! one over the arm's share (Horvitz & Thompson 1952; self-normalised, Hájek 1971), or doubly robust with a model's
//! expectation of every arm (Robins, Rotnitzky & Zhao 1994).

use libm::sqrt;
use serde::Serialize;

use crate::study::experiment::law::normal_critical;

/// A user of an experiment with several arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assigned {
    /// The arm, as an index.
    pub arm: usize,
    /// What came of it.
    pub outcome: f64,
    /// The arm that the policy would have chosen.
    pub chosen: usize,
    /// What a model expects of the arm that the user had.
    pub expected: f64,
    /// What it expects of the arm that the policy would have chosen.
    pub expected_of_chosen: f64,
}

/// A policy's value with its interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyValue {
    /// The policy.
    pub policy: String,
    /// Outcome per user, by weighting.
    pub estimate: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Outcome per user, doubly robust.
    pub doubly_robust: f64,
    /// Lower end.
    pub doubly_robust_lo: f64,
    /// Upper end.
    pub doubly_robust_hi: f64,
    /// Share of users who get another arm than control.
    pub treated_share: f64,
}

/// The value of a policy; `shares` are the probabilities of the arms.
#[must_use]
pub fn value(policy: &str, users: &[Assigned], shares: &[f64], alpha: f64) -> PolicyValue {
    let n = users.len() as f64;
    let weight = |user: &Assigned| if user.arm == user.chosen { 1.0 / shares[user.arm] } else { 0.0 };
    let sum: f64 = users.iter().map(weight).sum();
    let estimate = users.iter().map(|user| weight(user) * user.outcome).sum::<f64>() / sum;
    let off = |user: &Assigned| (weight(user) * (user.outcome - estimate) * n / sum).powi(2);
    let reach = normal_critical(alpha) * sqrt(users.iter().map(off).sum::<f64>()) / n;
    let robust = |user: &Assigned| user.expected_of_chosen + weight(user) * (user.outcome - user.expected);
    let doubly_robust = users.iter().map(robust).sum::<f64>() / n;
    let off = |user: &Assigned| (robust(user) - doubly_robust).powi(2);
    let robust_reach = normal_critical(alpha) * sqrt(users.iter().map(off).sum::<f64>()) / n;
    PolicyValue {
        policy: policy.to_owned(),
        estimate,
        lo: estimate - reach,
        hi: estimate + reach,
        doubly_robust,
        doubly_robust_lo: doubly_robust - robust_reach,
        doubly_robust_hi: doubly_robust + robust_reach,
        treated_share: users.iter().filter(|user| user.chosen != 0).count() as f64 / n,
    }
}
