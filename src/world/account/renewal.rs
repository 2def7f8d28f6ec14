//! Whether an account renews, and for how much: a logit of what the account is and does.
//!
//! **Association is not effect.** Each term has a weight, the association that data without any play would show, and a
//! causal share: what of it comes about when the signal is moved from outside. Each signal is kept twofold, as it is
//! and as it would have been had nobody interfered; the difference counts by the causal share alone. So where nobody
//! interferes the association is the whole weight, because what an account does of itself also tells what it is.
//!
//! Frailty: accounts differ in a probability of leaving that has a Beta law (the sBG model, Fader & Hardie 2007, *How
//! to project customer retention*, J. Interactive Marketing 21, eq. 1); who is still there after some renewals is, by
//! sorting, less frail.

use serde::{Deserialize, Serialize};

use crate::base::{
    float::{exp, log},
    units::{NonNegative, Positive, Probability},
};

/// Contracts, and what a renewal does to their price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Length of a contract \[month\].
    pub term_months: Positive,
    /// How long before its end the account decides \[day\].
    pub notice_days: u32,
    /// Contracts over several terms.
    #[serde(default)]
    pub multi_year: MultiYear,
    /// By how much the price of who renews goes up, as a share.
    pub price_uplift: NonNegative,
    /// Who renews for less.
    pub downsell: Downsell,
    /// Seats added at a renewal, as a share.
    pub seat_growth: NonNegative,
    /// Share of invoices that are paid late.
    pub late_invoices: Probability,
}

/// Contracts over several terms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiYear {
    /// Share of accounts that have one.
    pub share: Probability,
    /// How many terms it lasts; the price is held as long.
    pub terms: u16,
    /// Whether the account may leave at the end of each term all the same.
    pub may_leave: bool,
}

impl Default for MultiYear {
    fn default() -> Self {
        let nobody = Probability::new(0.0).unwrap_or_else(|_| unreachable!("0 is a probability"));
        Self { share: nobody, terms: 1, may_leave: true }
    }
}

/// Renewing for less.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downsell {
    /// How probable it is, among who renews.
    pub probability: Probability,
    /// The share of seats, and of the price, that is given up.
    pub share: Probability,
}

/// Why accounts renew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The Beta law of an account's probability of leaving.
    pub frailty: Frailty,
    /// What moves the log-odds.
    pub terms: Vec<Term>,
}

/// A Beta law.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frailty {
    /// Weight of leaving.
    pub a: Positive,
    /// Weight of staying.
    pub b: Positive,
}

impl Frailty {
    /// The log-odds of staying of an account that leaves with this probability, against the mean account.
    #[must_use]
    pub fn log_odds(&self, leaves: f64) -> f64 {
        let leaves = leaves.clamp(1e-4, 0.999);
        log((1.0 - leaves) / leaves) - log(self.b.value() / self.a.value())
    }
}

/// One thing that moves the log-odds of renewing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// What.
    pub signal: Signal,
    /// The association: log-odds a unit.
    pub weight: f64,
    /// The value at which it moves nothing.
    #[serde(default)]
    pub center: f64,
    /// The share of the association that is effect.
    pub causal_share: Probability,
}

/// What a renewal may hang on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Signal {
    /// Modules in use.
    ActiveModules,
    /// Whether a module is in use: 1 or 0.
    Module(String),
    /// Share of members who come in a week, over the last weeks.
    WeeklyActiveShare,
    /// Tickets of the gravest kind in the last 90 days.
    SevereTickets90d,
    /// What the last business review said, from −2 to 2; 0 without one.
    ReviewSentiment,
    /// Whether the sponsor left within the last 180 days: 1 or 0.
    SponsorChange180d,
}

/// A signal as it is, and as it would have been had nobody interfered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Twofold {
    /// As it is.
    pub actual: f64,
    /// Had nobody interfered.
    pub natural: f64,
}

impl Twofold {
    /// One that nobody can move.
    #[must_use]
    pub const fn untouched(value: f64) -> Self {
        Self { actual: value, natural: value }
    }
}

impl Term {
    /// What it adds to the log-odds.
    #[must_use]
    pub fn log_odds(&self, signal: Twofold) -> f64 {
        let moved = self.causal_share.value() * (signal.actual - signal.natural);
        self.weight * (signal.natural - self.center + moved)
    }
}

/// Probability of log-odds.
#[must_use]
pub fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + exp(-log_odds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_from_outside_counts_by_its_causal_share() {
        let share = Probability::new(0.4).unwrap();
        let term = Term { signal: Signal::ActiveModules, weight: 0.22, center: 4.0, causal_share: share };
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        near(term.log_odds(Twofold::untouched(6.0)), 0.44);
        near(term.log_odds(Twofold { actual: 6.0, natural: 4.0 }), 0.4 * 0.44);
    }

    #[test]
    fn the_mean_account_is_the_measure_of_frailty() {
        let frailty = Frailty { a: Positive::new(1.0).unwrap(), b: Positive::new(3.0).unwrap() };
        assert!(frailty.log_odds(0.25).abs() < 1e-12 && frailty.log_odds(0.5) < 0.0);
    }
}
