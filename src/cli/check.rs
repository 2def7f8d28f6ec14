//! `cwm check`: reads a scenario, and the history it names, and says what is wrong with them.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Failure, Format};
use crate::{
    history::log,
    world::scenario::{Scenario, ScenarioFile},
};

/// Checks a scenario.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The scenario.
    scenario: PathBuf,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print nothing if all is in order.
    #[arg(long)]
    quiet: bool,
}

/// What was found in order.
#[derive(Default, Serialize)]
struct Checked {
    scenario: String,
    holds: Vec<String>,
    rows: Option<u64>,
    events: Option<u64>,
    duplicates: Option<u64>,
    rejected: Option<usize>,
    first_rejected: Vec<String>,
}

impl Check {
    pub fn execute(&self) -> Result<(), Failure> {
        let file = ScenarioFile::read(&self.scenario)?;
        let mut checked = Checked {
            scenario: self.scenario.display().to_string(),
            holds: what_it_holds(&file.scenario),
            ..Checked::default()
        };
        if let Some(recorded) = &file.scenario.recorded {
            let report = log::load(recorded, file.folder(), file.scenario.currency)?.report;
            checked.rows = Some(report.rows);
            checked.events = Some(report.events);
            checked.duplicates = Some(report.duplicates);
            checked.rejected = Some(report.rejected.len());
            checked.first_rejected = report.rejected.iter().take(5).map(ToString::to_string).collect();
        }
        self.print(&checked)
    }

    fn print(&self, checked: &Checked) -> Result<(), Failure> {
        match self.format {
            Format::Json => {
                let printed = serde_json::to_string(checked);
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text if !self.quiet => checked.print()?,
            Format::Text => {}
        }
        Ok(())
    }
}

impl Checked {
    fn print(&self) -> Result<(), Failure> {
        say!("{}: in order: {}", self.scenario, self.holds.join(", "));
        if let (Some(rows), Some(events), Some(duplicates), Some(rejected)) =
            (self.rows, self.events, self.duplicates, self.rejected)
        {
            say!("{rows} rows, {events} events, {duplicates} duplicate rows, {rejected} rejected");
        }
        for rejection in &self.first_rejected {
            say!("  rejected: {rejection}");
        }
        Ok(())
    }
}

fn what_it_holds(scenario: &Scenario) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(world) = &scenario.world {
        let (segments, channels) = (world.population.segments.len(), world.acquisition.len());
        parts.push(format!("a world of {segments} segments and {channels} channels"));
    }
    if let Some(accounts) = &scenario.accounts {
        let (tiers, modules) = (accounts.tiers.len(), accounts.modules.len());
        parts.push(format!("a world of accounts in {tiers} tiers with {modules} modules"));
    }
    if let Some(recorded) = &scenario.recorded {
        parts.push(format!("a recorded history of {} files", recorded.files.len()));
    }
    if let Some(experiment) = &scenario.experiment {
        parts.push(format!("{} arms over {} worlds", experiment.arms.len(), experiment.replications));
    }
    parts
}
