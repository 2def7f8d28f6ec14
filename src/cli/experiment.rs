//! `cwm experiment`: experiments, planned and read.

use clap::{Args, Subcommand};

use super::{Failure, experiment_analyse::Analyse};

/// What is to be done with an experiment.
#[derive(Args, Debug)]
pub(super) struct Experiment {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Reads a recorded experiment: effects with intervals, and what warns against believing them; a log of decisions
    /// with propensities: what another policy would have earned.
    #[command(
        after_help = "Example: cwm experiment analyse rows.csv --arm segment --control \"No E-Mail\" --metric visit --metric spend \\\n             --identification randomised --target recency,history,womens\n         cwm experiment analyse log.csv --action item --propensity p --reward click --policy uniform"
    )]
    Analyse(Box<Analyse>),
}

impl Experiment {
    pub fn execute(&self) -> Result<(), Failure> {
        match &self.what {
            What::Analyse(analyse) => analyse.execute(),
        }
    }
}
