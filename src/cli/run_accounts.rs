//! `cwm run` for a world of accounts.

use std::{path::Path, time::Instant};

use serde::Serialize;

use super::{Common, Failure, Format, progress, run::manifest};
use crate::{
    base::codec,
    history::account::files,
    show::{accounts_run_report, folder::Publication, run_report::Origin},
    study::accounts::{
        foresight::{Foresight, foresight},
        projection::{AccountProjection, project},
    },
    world::{
        account::{
            Accounts,
            cohort::Seating,
            direct::{self, Lived, Plan},
        },
        scenario::ScenarioFile,
    },
};

/// A run of a world of accounts.
pub(super) struct AccountRun<'a> {
    pub file: &'a ScenarioFile,
    pub accounts: &'a Accounts,
    pub common: &'a Common,
    pub record: Option<&'a Path>,
    pub origin: Origin,
}

/// What a run found.
#[derive(Serialize)]
struct Summary {
    #[serde(flatten)]
    projection: AccountProjection,
    /// How well renewals and purchases of the control's first world would have been foretold.
    foresight: Foresight,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    output: String,
    wall_s: f64,
}

impl AccountRun<'_> {
    pub fn execute(&self, start: Instant) -> Result<(), Failure> {
        let scenario = &self.file.scenario;
        let mut publication = Publication::begin(&self.common.folder(scenario))?;
        // 1. Lived, and read from the books.
        let lived = self.live()?;
        let projection = project(scenario, self.accounts, &lived);
        let history = lived.iter().find_map(|world| world.history.as_ref());
        if let (Some(history), Some(folder)) = (history, self.record) {
            files::write(history, folder)?;
        }
        let foresight = history.map_or_else(Foresight::default, |history| foresight(history, scenario.seed));
        let summary = Summary { projection, foresight };
        // 2. Shown.
        let report =
            accounts_run_report::of(scenario, self.accounts, &summary.projection, &summary.foresight, &self.origin)?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", &summary)?;
        publication.write("scenario.ron", codec::to_string(scenario).as_bytes())?;
        let output = publication.publish(&manifest(self.file))?.display().to_string();
        match self.common.format {
            Format::Json => {
                let printed = Printed { summary: &summary, output, wall_s: start.elapsed().as_secs_f64() };
                let json = serde_json::to_string(&printed);
                say!("{}", json.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{}\n\nThe report is in {output}/report.html", report.printed),
        }
        Ok(())
    }

    fn live(&self) -> Result<Vec<Lived>, Failure> {
        let scenario = &self.file.scenario;
        let replications = scenario.experiment.as_ref().map_or(1, |experiment| experiment.replications);
        let plan = Plan { threads: self.common.threads(), seating: Seating::Together };
        let bar = progress::bar(self.common.quiet, "living");
        let lived = direct::direct(scenario, 0..replications, plan, true, &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        Ok(lived)
    }
}
