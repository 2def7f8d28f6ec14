//! Learning from a history: priors fitted to it ([`fit`]), predictions held against it
//! ([`validation`]), one user told in plain words ([`explanation`]), recorded experiments read with suspicion
//! ([`experiment`]); and from simulated worlds: what the arms of an experiment would earn ([`projection`]).

pub mod accounts;
pub mod bench;
pub mod brief;
pub mod calibrate;
pub mod estimate;
pub mod experiment;
pub mod explanation;
pub mod fit;
pub mod forecast;
pub mod insight;
pub mod landmark;
pub mod life;
pub mod plan;
pub mod predictive_check;
pub mod projection;
pub mod recording;
pub mod reference;
pub mod store;
pub mod twins;
pub mod validation;
pub mod what_if;
pub mod why;

#[cfg(test)]
mod simulated;
