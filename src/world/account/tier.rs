//! Accounts of about one size, and the people in them.

use serde::{Deserialize, Serialize};

use crate::base::{
    float::{exp, normal_quantile},
    units::{NonNegative, Positive, Probability},
};

/// Accounts of about one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its name.
    pub id: String,
    /// How many accounts there are as the world begins.
    pub count: u32,
    /// How many come \[a year\].
    pub new_per_year: NonNegative,
    /// Recurring revenue of an account as it comes, or as the world begins \[major units a year\].
    pub acv: Size,
    /// People with access.
    pub seats: Size,
    /// Log-odds of renewing of an account whose terms are all at their centers and whose frailty is the mean one.
    pub renewal_intercept: f64,
    /// Tickets \[a seat a year\].
    pub tickets_per_seat_year: NonNegative,
    /// Months between business reviews; there are none if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_every_months: Option<Positive>,
    /// Spread of what is said in a review around what is thought \[points of 5\].
    #[serde(default = "half")]
    pub review_noise: NonNegative,
    /// Accounts that one customer success manager looks after; pooled if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts_each: Option<Positive>,
}

fn half() -> NonNegative {
    NonNegative::new(0.5).unwrap_or_else(|_| unreachable!("a half is at least 0"))
}

/// A log-normal size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// The mean of the size itself, not of its logarithm.
    pub mean: Positive,
    /// Standard deviation of the logarithm.
    pub sigma: NonNegative,
}

impl Size {
    /// The size of a standard normal score; rises with it.
    #[must_use]
    pub fn at(&self, score: f64) -> f64 {
        let sigma = self.sigma.value();
        // The mean of a log-normal law is exp(μ + σ²/2).
        self.mean.value() * exp(sigma * score - sigma * sigma / 2.0)
    }

    /// The size below which a share `uniform` of all lie; rises with it.
    #[must_use]
    pub fn quantile(&self, uniform: f64) -> f64 {
        self.at(normal_quantile(uniform))
    }
}

/// What people do at an account. The first role is the one whose people set modules up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub id: String,
    /// The share of members who have it.
    pub share: Probability,
    /// Sessions of a member of an account with the typical number of modules \[a week\].
    pub sessions_per_week: NonNegative,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_mean_they_promise() {
        let size = Size { mean: Positive::new(80.0).unwrap(), sigma: NonNegative::new(0.6).unwrap() };
        let all = 20_000;
        let sum: f64 = (0..all).map(|i| size.quantile((f64::from(i) + 0.5) / f64::from(all))).sum();
        assert!((sum / f64::from(all) - 80.0).abs() < 0.1);
    }
}
