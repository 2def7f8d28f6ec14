//! Products that are sold on top: who is ready, and how often they are bought.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::units::{NonNegative, Positive, Probability};

/// Most products on top.
pub const SKUS: usize = 4;

/// A product on top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sku {
    /// Its name.
    pub id: String,
    /// What it costs by tier, as a share of recurring revenue.
    pub acv_share: BTreeMap<String, NonNegative>,
    /// How often an account that is not ready buys it, by tier \[a month\].
    pub monthly_hazard: BTreeMap<String, NonNegative>,
    /// When an account is ready: all of these.
    pub ready_when: Vec<Readiness>,
    /// How much more often an account that is ready buys.
    pub ready_multiplier: Positive,
}

/// A condition of being ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Readiness {
    /// A share of the seats has used a module in each of the last weeks.
    UsedWeekly {
        /// The module.
        module: String,
        /// The share of the seats.
        seats_share: Probability,
        /// Weeks in a row.
        weeks: u8,
    },
    /// So many modules are in use.
    ModulesAtLeast(u8),
}
