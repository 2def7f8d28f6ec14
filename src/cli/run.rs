//! `cwm run`: simulates a scenario's arms and projects what each would earn.

use std::{path::PathBuf, time::Instant};

use clap::Args;
use serde::Serialize;

use super::{Common, Failure, Format, forecast::Forecast, progress, run_accounts::AccountRun};
use crate::{
    base::codec,
    history::{log::History, source},
    show::{
        folder::Publication,
        run_report::{self, Origin},
    },
    study::{
        projection::{Projection, project},
        recording::{self, RecordingError},
        what_if::{self, WhatIf},
    },
    world::{
        engine::{self, Epoch, Plan},
        scenario::{Experiment, ScenarioFile},
    },
};

/// Simulates a scenario.
#[derive(Args, Debug)]
pub(super) struct Run {
    /// The scenario.
    scenario: PathBuf,
    /// Worlds to live, instead of the scenario's number.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    replications: Option<u32>,
    /// Also writes what the control's users did in the first world: canonical events, as Parquet, CSV or JSON Lines; of
    /// accounts, a folder of tables.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The arm to record instead of the control: what a log would show had it been shipped at the launch.
    #[arg(long, value_name = "ARM", requires = "record")]
    arm: Option<String>,
    /// Asks nothing beyond the arms: no other thresholds, combinations or sizes of effects.
    #[arg(long)]
    arms_only: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    output: String,
    wall_s: f64,
}

/// What a run found.
#[derive(Serialize)]
struct Summary {
    #[serde(flatten)]
    projection: Projection,
    what_if: WhatIf,
}

/// What the manifest says of a run.
#[derive(Serialize)]
pub(super) struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    seed: u64,
    replications: u32,
}

impl Run {
    pub fn execute(&self) -> Result<(), Failure> {
        #[expect(clippy::disallowed_methods, reason = "how long a run took is told, never used")]
        let start = Instant::now();
        // 1. What is asked.
        let file = self.file()?;
        if file.scenario.recorded.is_some() {
            return self.forecast(file).execute(start);
        }
        if let Some(accounts) = &file.scenario.accounts {
            let origin = self.origin(&file);
            let record = self.record.as_deref();
            self.no_arm("of accounts the control is recorded")?;
            return AccountRun { file: &file, accounts, common: &self.common, record, origin }.execute(start);
        }
        let stage = engine::stage(&file.scenario)?;
        let mut publication = Publication::begin(&self.common.folder(&file.scenario))?;
        if let Some(path) = &self.record {
            source::write(&self.recorded(&file)?, path)?;
        }
        // 2. Lived, and read from the books.
        let projection = self.simulate(&file, &stage)?;
        let summary = Summary { projection, what_if: self.ask(&file)? };
        // 3. Shown.
        let report = run_report::of(&file.scenario, &summary.projection, &summary.what_if, &self.origin(&file))?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", &summary)?;
        publication.write("scenario.ron", codec::to_string(&file.scenario).as_bytes())?;
        let output = publication.publish(&manifest(&file))?.display().to_string();
        match self.common.format {
            Format::Json => {
                let wall_s = start.elapsed().as_secs_f64();
                say!("{}", serde_json::to_string(&Printed { summary: &summary, output, wall_s }).map_err(json)?);
            }
            Format::Text => say!("{}\n\nThe report is in {output}/report.html", report.printed),
        }
        Ok(())
    }

    /// The scenario, with what the command line says instead.
    fn file(&self) -> Result<ScenarioFile, Failure> {
        let mut file = ScenarioFile::read(&self.scenario)?;
        let scenario = &mut file.scenario;
        scenario.seed = self.common.seed.unwrap_or(scenario.seed);
        if let Some(replications) = self.replications {
            scenario.experiment.get_or_insert_with(Experiment::control_alone).replications = replications;
        }
        if scenario.world.is_none() && scenario.recorded.is_some() {
            let name = self.scenario.display();
            return Err(Failure::input(format!("{name}: there is no `world` to run; try `cwm replay {name}`")));
        }
        Ok(file)
    }

    /// What the first world leaves behind, in the control or in the arm that was named.
    fn recorded(&self, file: &ScenarioFile) -> Result<History, Failure> {
        let Some(arm) = &self.arm else { return Ok(recording::history(&file.scenario)?) };
        recording::of_arm(&file.scenario, arm).map_err(|error| match error {
            RecordingError::Engine(error) => error.into(),
            error @ RecordingError::Arm { .. } => Failure::input(format!("--arm: {error}")),
        })
    }

    fn no_arm(&self, why: &str) -> Result<(), Failure> {
        self.arm
            .as_ref()
            .map_or(Ok(()), |arm| Err(Failure::input(format!("--arm: \"{arm}\" cannot be recorded: {why}"))))
    }

    /// A world that goes on from a record.
    fn forecast(&self, file: ScenarioFile) -> Forecast<'_> {
        let origin = self.origin(&file);
        Forecast { file, common: &self.common, record: self.record.as_deref(), origin }
    }

    fn simulate(
        &self,
        file: &ScenarioFile,
        stage: &std::sync::Arc<crate::world::stage::Stage>,
    ) -> Result<Projection, Failure> {
        let replications = file.scenario.experiment.as_ref().map_or(1, |experiment| experiment.replications);
        let plan = Plan { threads: self.common.threads(), epoch: Epoch::Whole, deal: None };
        let bar = progress::bar(self.common.quiet, "living");
        let books = engine::direct(&file.scenario, stage, 0..replications, plan, &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        Ok(project(&file.scenario, stage, &books))
    }

    /// What else could be tried, unless nobody asks.
    fn ask(&self, file: &ScenarioFile) -> Result<WhatIf, Failure> {
        if self.arms_only {
            return Ok(WhatIf::default());
        }
        let plan = Plan { threads: self.common.threads(), epoch: Epoch::Whole, deal: None };
        let bar = progress::bar(self.common.quiet, "asking what else");
        let answers = what_if::ask(&file.scenario, plan, &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        Ok(answers)
    }

    /// What gives the same report.
    fn origin(&self, file: &ScenarioFile) -> Origin {
        let seed = self.common.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
        let worlds = self.replications.map(|worlds| format!(" --replications {worlds}")).unwrap_or_default();
        let only = if self.arms_only { " --arms-only" } else { "" };
        let command = format!("cwm run {}{seed}{worlds}{only}", self.scenario.display());
        Origin { command, inputs: vec![(file.path.display().to_string(), file.hash())] }
    }
}

pub(super) fn manifest(file: &ScenarioFile) -> Manifest {
    Manifest {
        command: "run",
        scenario: file.path.display().to_string(),
        scenario_blake3: file.hash(),
        seed: file.scenario.seed,
        replications: file.scenario.experiment.as_ref().map_or(1, |experiment| experiment.replications),
    }
}

fn json(error: serde_json::Error) -> Failure {
    Failure::write("cannot write the result as JSON", error)
}
