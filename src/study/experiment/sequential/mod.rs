//! Tests that may be looked at while they run.
//!
//! A fixed-horizon p-value is wrong as soon as one may stop on it. [`always_valid`] holds at every look, however many;
//! [`group`] spends its error over a few planned looks and is stronger; [`uniform`] and [`bernoulli`] are boundaries
//! without an appeal to large samples.

pub mod always_valid;
pub mod bernoulli;
pub mod group;
pub mod uniform;
