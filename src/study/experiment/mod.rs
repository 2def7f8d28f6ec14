//! What a randomised experiment says, and what it does not.
//!
//! One file a method. An arm's rows come down to a [`summary`]; [`difference`] compares two arms, and every other way to
//! compare (covariates, strata, quantiles, looking early, several tests at once) builds on it. [`law`] has the laws with
//! tails that keep their accuracy. Numbers are held against those of the best tools of the field in the tests.

pub mod analysis;
pub mod bayesian;
pub mod cluster;
pub mod cuped;
pub mod difference;
pub mod error;
pub mod heterogeneity;
pub mod identification;
pub mod law;
pub mod logged;
pub mod metric;
pub mod multiple;
pub mod non_inferiority;
pub mod nonparametric;
pub mod novelty;
pub mod off_policy;
pub mod outliers;
pub mod paired;
pub mod post_stratified;
pub mod power;
pub mod proportion;
pub mod quantile;
pub mod regression;
pub mod sample_ratio;
pub mod scores;
pub mod sequential;
pub mod summary;
pub mod survival;
pub mod uplift;
pub mod winners_curse;

#[cfg(test)]
mod tests;
