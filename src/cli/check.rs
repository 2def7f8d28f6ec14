//! `cwm check`: reads a scenario, and the history it names, and says what is wrong with them.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::{
    history::log,
    world::scenario::{Scenario, ScenarioFile},
};

/// Checks a scenario.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The scenario.
    scenario: PathBuf,
}

impl Check {
    pub fn execute(&self) -> Result<(), Failure> {
        let file = ScenarioFile::read(&self.scenario)?;
        println!("{}: {}", self.scenario.display(), what_it_holds(&file.scenario));
        if let Some(recorded) = &file.scenario.recorded {
            let report = log::load(recorded, file.folder(), file.scenario.currency)?.report;
            println!(
                "{} rows, {} events, {} duplicate rows, {} rejected",
                report.rows,
                report.events,
                report.duplicates,
                report.rejected.len()
            );
            report.rejected.iter().take(5).for_each(|rejection| println!("  rejected: {rejection}"));
        }
        Ok(())
    }
}

fn what_it_holds(scenario: &Scenario) -> String {
    let mut parts = Vec::new();
    if let Some(world) = &scenario.world {
        let (segments, channels) = (world.population.segments.len(), world.acquisition.len());
        parts.push(format!("a world of {segments} segments and {channels} channels"));
    }
    if let Some(recorded) = &scenario.recorded {
        parts.push(format!("a recorded history of {} files", recorded.files.len()));
    }
    if let Some(experiment) = &scenario.experiment {
        parts.push(format!("{} arms over {} worlds", experiment.arms.len(), experiment.replications));
    }
    format!("in order: {}", parts.join(", "))
}
