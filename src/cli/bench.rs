//! `cwm bench`: the engine against a plain loop.

use clap::Args;

use super::Failure;

/// Measures the engine.
#[derive(Args, Debug)]
pub(super) struct Bench {}

impl Bench {
    pub fn execute(&self) -> Result<(), Failure> {
        Ok(())
    }
}
