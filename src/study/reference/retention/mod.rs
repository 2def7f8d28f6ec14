//! Contracts that are renewed or not, period by period: the models sBG and BdW, and what they are fitted to.
//!
//! | kind | chance to leave at a renewal |
//! |---|---|
//! | [`sbg`] | a customer's own, the same every time |
//! | [`bdw`] | a customer's own, growing or falling with tenure |

pub mod bdw;
pub mod sbg;

#[cfg(test)]
mod tests;
mod weibull;

use serde::Serialize;

use super::{
    error::{ReferenceError, SummaryError},
    kind::{Kind, named},
};

/// Every kind of retention model.
pub static RETENTION_KINDS: [&RetentionKind; 2] = [&sbg::KIND, &bdw::KIND];

/// The kind of that name.
///
/// # Errors
/// If there is none; the error lists those there are.
pub fn retention_kind(name: &str) -> Result<&'static RetentionKind, ReferenceError> {
    named(&RETENTION_KINDS, name)
}

/// Customers acquired together, and how many of them were left after each period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cohort {
    survivors: Vec<u64>,
}

impl Cohort {
    /// By age in periods: the first number is how many were acquired, the last how many are left now.
    ///
    /// # Errors
    /// If a number is above the one before it.
    pub fn new(survivors: Vec<u64>) -> Result<Self, SummaryError> {
        let grows = survivors.windows(2).position(|pair| pair[1] > pair[0]);
        let grown = |at: usize| SummaryError::Survivors { age: at + 1, before: survivors[at], now: survivors[at + 1] };
        grows.map_or_else(|| Ok(()), |at| Err(grown(at)))?;
        Ok(Self { survivors })
    }

    /// By age in periods.
    #[must_use]
    pub fn survivors(&self) -> &[u64] {
        &self.survivors
    }
}

/// A kind of retention model. Cohorts of any ages are fitted together; without a customer who was up for renewal there is
/// nothing to fit.
pub type RetentionKind = Kind<Cohort, dyn RetentionModel>;

/// A model of retention at known parameters. Ages are in periods since acquisition.
pub trait RetentionModel: Send + Sync {
    /// Name of its kind.
    fn name(&self) -> &'static str;

    /// Probability that a customer of age `age − 1` renews, for `age ≥ 1` \[1\]; 1 for age 0.
    fn retention(&self, age: u32) -> f64;

    /// Probability that a new customer is still one at `age` \[1\].
    fn survival(&self, age: u32) -> f64;

    /// Log-likelihood of a cohort's customers \[nat\].
    fn log_likelihood(&self, cohort: &Cohort) -> f64;

    /// Expected renewals in the next `periods` of a customer of `age`, the `i`-th of them weighted by
    /// `discount^i` (1: not discounted).
    fn expected_renewals(&self, age: u32, periods: u32, discount: f64) -> f64 {
        let (mut survives, mut sum) = (1.0, 0.0);
        for i in 1..=periods {
            survives *= discount * self.retention(age.saturating_add(i));
            sum += survives;
        }
        sum
    }
}
