//! `cwm experiment`: experiments, planned and read.

use clap::{Args, Subcommand};

use super::{Failure, experiment_analyse::Analyse, experiment_plan::PlanExperiment};

/// What is to be done with an experiment.
#[derive(Args, Debug)]
pub(super) struct Experiment {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Plans a randomised experiment for each intervention of a scenario: power, smallest effect that can be found and
    /// duration by measure, simulated on the very users, and whether testing pays.
    #[command(after_help = "Example: cwm experiment plan scenarios/b2c_readings.ron --weeks 12")]
    Plan(PlanExperiment),
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
            What::Plan(plan) => plan.execute(),
            What::Analyse(analyse) => analyse.execute(),
        }
    }
}
