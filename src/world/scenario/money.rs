//! What sessions cost, and what happens to charges afterwards.

use serde::{Deserialize, Serialize};

use crate::base::units::{NonNegative, Probability};

/// Costs of serving; all zero if not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// Share of each charge that the processor keeps, such as 0.029.
    pub processor_share: f64,
    /// What it keeps besides [major units a charge].
    pub processor_fixed: f64,
    /// Share of each charge paid out to those who serve.
    pub payout_share: f64,
    /// Cost of any session, paid or not [major units].
    pub per_session: f64,
}

/// What happens to charges afterwards; nothing if not given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settlement {
    /// Probability that a charge is refunded in full.
    pub refund: Probability,
    /// Probability that it is disputed and lost.
    pub dispute: Probability,
    /// What a dispute costs besides [major units].
    pub dispute_fee: NonNegative,
}

impl Default for Settlement {
    fn default() -> Self {
        let never = Probability::new(0.0).unwrap_or_else(|_| unreachable!("0 is a probability"));
        let nothing = NonNegative::new(0.0).unwrap_or_else(|_| unreachable!("0 is at least 0"));
        Self { refund: never, dispute: never, dispute_fee: nothing }
    }
}
