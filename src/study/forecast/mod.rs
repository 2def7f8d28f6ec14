//! Who buys again, how often, when, and for how much? The forecast of every customer from the days they bought on.
//!
//! **The model.** A customer comes back in one of many ways, the [classes]: at a rate, more or less regularly, and with a
//! probability that they fall dormant instead, to wake up after a while or never. Nobody knows a customer's class; what is
//! known is how many are of each, which is fitted by EM (a nonparametric mixture: Laird 1978, JASA 73; the classes of
//! BG/NBD, Pareto/NBD and their kin are among it, cut into steps), and what the customer's own days say by Bayes' rule.
//! So no family of priors is assumed, leaving and slowing down are told apart by data, and who seems gone may come back.
//!
//! **The answer** is a distribution for each customer: how many days of buying within a horizon, whether any, when the
//! next; and for all together, with what luck and what the fit leaves open.
//!
//! Days are local, and what is bought on one day counts once. Day `0` is the customer's first.

pub mod backtest;
pub mod classes;
pub mod counts;
pub mod customers;
pub mod mixture;
pub mod outlook;
pub mod own;
pub mod past;
pub mod references;
pub mod scores;
mod spend;
pub mod total;

use serde::Serialize;

/// What is asked of a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The last local day that is known, as a day number.
    pub day: i64,
    /// Days ahead.
    pub horizon: usize,
}

#[cfg(test)]
mod tests;
