//! `cwm insight`: what a history reveals.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Failure, why};

/// Looks into a history.
#[derive(Args, Debug)]
pub(super) struct Insight {
    /// The history: a scenario that names it, or the folder of an import.
    history: PathBuf,
    /// The day (2026-03-17) or week (2026-W12) whose revenue is to be explained.
    #[arg(long, value_name = "DATE")]
    why: String,
    /// What it is held against; the day or week before if not given.
    #[arg(long, value_name = "DATE", requires = "why")]
    against: Option<String>,
    #[command(flatten)]
    common: Common,
}

impl Insight {
    pub fn execute(&self) -> Result<(), Failure> {
        why::run(&self.history, &self.why, self.against.as_deref(), &self.common)
    }
}
