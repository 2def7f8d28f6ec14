//! Which accounts a play is for.

use serde::{Deserialize, Serialize};

use crate::base::units::Probability;

/// A condition on an account, by what the company can see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Eligible {
    /// It is believed to use at most so many modules.
    ModulesAtMost(u8),
    /// Its contract has run from so many to so many days.
    ContractDays(u32, u32),
    /// Its contract ends within so many days.
    DaysToRenewal(u32),
    /// It is predicted to renew with at most this probability.
    RenewalAtMost(Probability),
    /// It is predicted to buy a product on top within 90 days with at least this probability.
    ExpansionAtLeast {
        /// The product.
        sku: String,
        /// The probability.
        probability: Probability,
    },
    /// It is of one of these tiers.
    Tiers(Vec<String>),
    /// It is in a random share of all accounts.
    Share(Probability),
}
