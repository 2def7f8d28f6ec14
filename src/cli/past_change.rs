//! `cwm replay --intervention ID --on DATE`: would the projection of a past change have been right?

use std::{collections::BTreeMap, path::Path, time::Instant};

use serde::Serialize;

use super::{Common, Failure, Format, progress};
use crate::{
    base::{codec, time::Date},
    history::log::Loaded,
    show::{folder::Publication, past_change_report, run_report::Origin},
    study::twins::{
        backtest::Asked,
        past_change::{Change, PastChange, past_change},
    },
    world::{
        engine::{Epoch, Plan},
        intervention::Intervention,
        scenario::{Scenario, ScenarioFile},
    },
};

/// A past change as it was asked for.
pub(super) struct Wanted<'a> {
    pub file: &'a ScenarioFile,
    pub common: &'a Common,
    /// Interventions of the scenario, or files of scenarios.
    pub named: &'a [String],
    /// The first day with the change.
    pub on: &'a str,
    /// Days to hold against the projection; to the end of the record if not given.
    pub horizon: Option<u32>,
    /// Worlds of twins to live.
    pub worlds: u32,
    pub origin: Origin,
}

#[derive(Serialize)]
struct Printed<'a> {
    past_change: &'a PastChange,
    output: String,
    wall_s: f64,
}

#[derive(Serialize)]
struct Summary<'a> {
    past_change: &'a PastChange,
}

#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    seed: u64,
    interventions: Vec<String>,
    on: String,
    inputs: BTreeMap<String, String>,
}

/// What was changed, and the file that says so.
struct Stated {
    interventions: Vec<Intervention>,
    file: ScenarioFile,
}

impl Wanted<'_> {
    /// Projects the change as of the day before, holds it against what came, and shows it.
    pub fn execute(&self, loaded: &Loaded, start: Instant) -> Result<(), Failure> {
        let scenario = &self.file.scenario;
        // 1. What is asked.
        let stated = self.stated()?;
        let (day, horizon) = self.days(loaded)?;
        let mut publication = Publication::begin(&self.folder(scenario))?;
        // 2. Projected, and held against what came.
        let found = self.project(loaded, &stated, day, horizon)?;
        // 3. Shown.
        let report = past_change_report::of(scenario, &found, &self.origin)?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", &Summary { past_change: &found })?;
        let resolved = super::replay::resolved(self.file, publication.target());
        publication.write("scenario.ron", codec::to_string(&resolved).as_bytes())?;
        let output = publication.publish(&self.manifest(loaded, &stated))?.display().to_string();
        let wall_s = start.elapsed().as_secs_f64();
        match self.common.format {
            Format::Json => {
                let printed = serde_json::to_string(&Printed { past_change: &found, output, wall_s });
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{}\n\nThe report is in {output}/report.html", report.printed),
        }
        Ok(())
    }

    /// The interventions that were named.
    fn stated(&self) -> Result<Stated, Failure> {
        let (files, ids): (Vec<&String>, Vec<&String>) =
            self.named.iter().partition(|named| Path::new(named).extension().is_some_and(|ending| ending == "ron"));
        match (files.as_slice(), ids.is_empty()) {
            ([], _) => self.of_scenario(&ids),
            ([file], true) => of_file(Path::new(file)),
            _ => Err(Failure::input(
                "--intervention: give either names of the scenario's interventions, or one file".to_owned(),
            )),
        }
    }

    fn of_scenario(&self, ids: &[&String]) -> Result<Stated, Failure> {
        let all = &self.file.scenario.interventions;
        let known = || all.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().join(", ");
        let file = self.file.path.display();
        let one = |id: &&String| {
            let found = all.iter().find(|it| it.id == **id).cloned();
            found.ok_or_else(|| {
                let there = if all.is_empty() { "it has none".to_owned() } else { format!("it has {}", known()) };
                Failure::input(format!("--intervention: {file} has no intervention named \"{id}\"; {there}"))
            })
        };
        let interventions = ids.iter().map(one).collect::<Result<_, _>>()?;
        Ok(Stated { interventions, file: self.file.clone() })
    }

    /// The last known day, and how many days come after it.
    fn days(&self, loaded: &Loaded) -> Result<(i64, u32), Failure> {
        let date = Date::parse(self.on).map_err(|error| Failure::input(format!("--on: {error}")))?;
        let (first, last) = span(self.file, loaded);
        let (known, left) = (date.number() - 1, last - date.number() + 1);
        if known <= first || left < 1 {
            return Err(Failure::input(format!(
                "--on: {} leaves nothing to learn from or nothing to hold against: the record runs from {} to {}",
                self.on,
                shown(first),
                shown(last)
            )));
        }
        if self.worlds < 2 {
            return Err(Failure::input("--worlds: an interval takes at least 2 worlds".to_owned()));
        }
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        Ok((known, self.horizon.map_or(left, |days| days.min(left))))
    }

    fn project(&self, loaded: &Loaded, stated: &Stated, day: i64, horizon: u32) -> Result<PastChange, Failure> {
        let scenario = &self.file.scenario;
        let sessionisation = super::replay::sessionisation(scenario);
        let (history, replications) = (&loaded.history, self.worlds);
        let asked = Asked { scenario, sessionisation: &sessionisation, history, day, horizon, replications };
        let (file, source) = (stated.file.path.as_path(), stated.file.source.as_str());
        let change = Change { interventions: &stated.interventions, file, source };
        let plan = Plan { threads: self.common.threads(), epoch: Epoch::Whole, deal: None };
        let spinner =
            progress::spinner(self.common.quiet, "fitting a world, living it on without the change and with it");
        let found = self.common.on_threads(|| past_change(&asked, &change, plan))?;
        spinner.finish_and_clear();
        found.map_err(|error| Failure::input(format!("{}: {error}", self.file.path.display())))
    }

    fn folder(&self, scenario: &Scenario) -> std::path::PathBuf {
        let folder = self.common.folder(scenario);
        if self.common.out.is_some() {
            return folder;
        }
        let name = folder.file_name().map_or_else(|| scenario.name.clone(), |name| name.to_string_lossy().into_owned());
        folder.with_file_name(format!("{name}_change"))
    }

    fn manifest(&self, loaded: &Loaded, stated: &Stated) -> Manifest {
        let hashes = loaded.report.input_hashes.iter();
        Manifest {
            command: "replay",
            scenario: self.file.path.display().to_string(),
            scenario_blake3: self.file.hash(),
            seed: self.file.scenario.seed,
            interventions: stated.interventions.iter().map(|it| it.id.clone()).collect(),
            on: self.on.to_owned(),
            inputs: hashes.map(|(path, hash)| (path.display().to_string(), hash.clone())).collect(),
        }
    }
}

/// All interventions of a scenario's file.
fn of_file(path: &Path) -> Result<Stated, Failure> {
    let file = ScenarioFile::read(path)?;
    let interventions = file.scenario.interventions.clone();
    if interventions.is_empty() {
        return Err(Failure::input(format!("--intervention: {} states no interventions", path.display())));
    }
    Ok(Stated { interventions, file })
}

/// First and last recorded local day.
fn span(file: &ScenarioFile, loaded: &Loaded) -> (i64, i64) {
    let zone = &file.scenario.clock.timezone;
    let events = &loaded.history.events;
    let at =
        |event: Option<&crate::history::event::Event>| event.map_or(crate::base::time::SimTime(0), |event| event.at);
    let (first, last) = (at(events.first()), at(events.last()));
    let clock = crate::base::time::LocalClock::new(zone, first, last);
    (clock.wall(first).day(), clock.wall(last).day())
}

fn shown(day: i64) -> String {
    Date::from_number(day).map(|date| date.to_string()).unwrap_or_default()
}
