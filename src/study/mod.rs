//! Learning from a history: priors fitted to it ([`fit`]), predictions held against it ([`validation`]).

pub mod fit;
pub mod life;
pub mod validation;

#[cfg(test)]
mod simulated;
