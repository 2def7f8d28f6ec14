//! `cwm fit --check`: does the fitted world look like its history?

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Failure, progress};
use crate::{
    base::codec,
    history::log::Loaded,
    show::{check_report, folder::Publication, run_report::Origin},
    study::predictive_check::{self, Asked, Check},
    world::scenario::{Scenario, ScenarioFile},
};

/// A check as it was asked for.
pub(super) struct Wanted<'a> {
    /// The history's scenario.
    pub file: &'a ScenarioFile,
    /// The world fitted to it.
    pub fitted: &'a Scenario,
    pub replicas: u32,
    /// Where to write, if not beside the other outputs.
    pub out: Option<&'a Path>,
    pub threads: Option<u16>,
    pub quiet: bool,
}

/// What a check found, and where it is told.
#[derive(Serialize)]
pub(super) struct Checked {
    #[serde(flatten)]
    pub check: Check,
    /// The folder with the report.
    pub output: String,
    #[serde(skip)]
    pub printed: String,
}

#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    seed: u64,
    inputs: BTreeMap<String, String>,
}

impl Wanted<'_> {
    /// Lives the replicas, holds them against the record, and writes the report.
    pub fn execute(&self, loaded: &Loaded) -> Result<Checked, Failure> {
        let source = &self.file.scenario;
        let mut publication = Publication::begin(&self.folder())?;
        let sessionisation = super::replay::sessionisation(source);
        let timelines = crate::history::sessions::timelines(&loaded.history, &sessionisation)?;
        let spinner = progress::spinner(self.quiet, "living replicas of the record");
        let (scenario, replicas) = (self.fitted, self.replicas);
        let asked = Asked { scenario, sessionisation: &sessionisation, timelines: &timelines, replicas };
        let check = super::on_threads(self.threads, || predictive_check::check(&asked))?;
        spinner.finish_and_clear();
        let check = check.map_err(|error| Failure::input(format!("{}: {error}", self.file.path.display())))?;
        let report = check_report::of(&check, &source.name, scenario.seed, &self.origin(loaded))?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", &check)?;
        publication.write("world.ron", codec::to_string(scenario).as_bytes())?;
        let output = publication.publish(&self.manifest(loaded))?.display().to_string();
        Ok(Checked { check, output, printed: report.printed })
    }

    fn folder(&self) -> PathBuf {
        let own = || PathBuf::from("outputs").join(format!("{}_check", self.file.scenario.name));
        self.out.map_or_else(own, Path::to_owned)
    }

    fn origin(&self, loaded: &Loaded) -> Origin {
        let name = self.file.path.display().to_string();
        let command = format!("cwm fit {name} --check --replicas {}", self.replicas);
        let hashes = loaded.report.input_hashes.iter().map(|(path, hash)| (path.display().to_string(), hash.clone()));
        Origin { command, inputs: std::iter::once((name, self.file.hash())).chain(hashes).collect() }
    }

    fn manifest(&self, loaded: &Loaded) -> Manifest {
        let hashes = loaded.report.input_hashes.iter();
        Manifest {
            command: "fit",
            scenario: self.file.path.display().to_string(),
            scenario_blake3: self.file.hash(),
            seed: self.fitted.seed,
            inputs: hashes.map(|(path, hash)| (path.display().to_string(), hash.clone())).collect(),
        }
    }
}
