//! `cwm experiment plan`: how long an experiment must run, and whether it pays.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{Common, Failure, Format, progress};
use crate::{
    base::codec,
    show::{accounts_report, folder::Publication, plan_report, run_report::Origin},
    study::{
        accounts::plan::{self as account_plan, AccountPlan},
        plan::{self, ExperimentPlan, PlanError, Settings},
    },
    world::{
        account::{Accounts, cohort::Seating, direct},
        scenario::ScenarioFile,
    },
};

/// Plans experiments.
#[derive(Args, Debug)]
pub(super) struct PlanExperiment {
    /// The scenario.
    scenario: PathBuf,
    /// Longest duration considered, in weeks.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=104))]
    weeks: u32,
    /// Worlds whose users are enrolled.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    worlds: u32,
    /// Random assignments of each world's users: simulated experiments.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    assignments: u32,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    plan: &'a ExperimentPlan,
    output: String,
}

#[derive(Serialize)]
struct PrintedAccounts<'a> {
    #[serde(flatten)]
    plan: &'a AccountPlan,
    output: String,
}

/// What the manifest says of a plan.
#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    seed: u64,
    weeks: u32,
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Engine(error) => error.into(),
            nothing @ PlanError::Nothing => Self::input(nothing.to_string()),
        }
    }
}

impl PlanExperiment {
    pub fn execute(&self) -> Result<(), Failure> {
        // 1. What is asked.
        let mut file = ScenarioFile::read(&self.scenario)?;
        file.scenario.seed = self.common.seed.unwrap_or(file.scenario.seed);
        if let Some(accounts) = &file.scenario.accounts {
            return self.of_accounts(&file, accounts);
        }
        let settings = Settings { weeks: self.weeks, worlds: self.worlds, assignments: self.assignments };
        let folder = self.folder(&file);
        let mut publication = Publication::begin(&folder)?;
        // 2. Simulated.
        let bar = progress::spinner(self.common.quiet, "experimenting");
        let plan = self.common.on_threads(|| plan::plan(&file.scenario, settings))??;
        bar.finish_and_clear();
        // 3. Shown.
        let report = plan_report::of(&file.scenario, &plan, &self.origin(&file))?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", &plan)?;
        publication.write("scenario.ron", codec::to_string(&file.scenario).as_bytes())?;
        let output = publication.publish(&self.manifest(&file))?.display().to_string();
        match self.common.format {
            Format::Json => {
                let printed = serde_json::to_string(&Printed { plan: &plan, output });
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{}\n\nThe report is in {output}/report.html", report.printed),
        }
        Ok(())
    }

    /// Trials of plays on accounts.
    fn of_accounts(&self, file: &ScenarioFile, accounts: &Accounts) -> Result<(), Failure> {
        let mut publication = Publication::begin(&self.folder(file))?;
        let bar = progress::bar(self.common.quiet, "living every play alone");
        let how = direct::Plan { threads: self.common.threads(), seating: Seating::Together };
        let plan = account_plan::plan(&file.scenario, accounts, self.worlds, how, &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        let seed = self.common.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
        let command = format!("cwm experiment plan {}{seed} --worlds {}", self.scenario.display(), self.worlds);
        let origin = Origin { command, ..self.origin(file) };
        let report = accounts_report::plan::of(&plan, &file.scenario.question, &origin)?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", &plan)?;
        let output = publication.publish(&self.manifest(file))?.display().to_string();
        match self.common.format {
            Format::Json => {
                let printed = serde_json::to_string(&PrintedAccounts { plan: &plan, output });
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{}\n\nThe report is in {output}/report.html", report.printed),
        }
        Ok(())
    }

    /// A folder beside that of the scenario's own run.
    fn folder(&self, file: &ScenarioFile) -> PathBuf {
        let own = self.common.folder(&file.scenario);
        if self.common.out.is_some() { own } else { PathBuf::from(format!("{}_plan", own.display())) }
    }

    fn manifest(&self, file: &ScenarioFile) -> Manifest {
        Manifest {
            command: "experiment plan",
            scenario: file.path.display().to_string(),
            scenario_blake3: file.hash(),
            seed: file.scenario.seed,
            weeks: self.weeks,
        }
    }

    /// What gives the same plan.
    fn origin(&self, file: &ScenarioFile) -> Origin {
        let seed = self.common.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
        let Self { weeks, worlds, assignments, .. } = self;
        let counts = format!("--weeks {weeks} --worlds {worlds} --assignments {assignments}");
        let command = format!("cwm experiment plan {}{seed} {counts}", self.scenario.display());
        Origin { command, inputs: vec![(file.path.display().to_string(), file.hash())] }
    }
}
