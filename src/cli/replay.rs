//! `cwm replay`: were the predictions right on a recorded history, or on what a simulated world leaves behind?

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    time::Instant,
};

use clap::{ArgGroup, Args, ValueEnum};
use serde::Serialize;

use super::{Common, Failure, Format, accounts, backtest::Wanted, events::OfEvents, explain, past_change, progress};
use crate::{
    base::codec,
    history::{
        log::{self, LoadReport, Loaded},
        rejection,
        sessions::{Sessionisation, Timelines, timelines},
        stated::Stated,
    },
    show::{folder::Publication, replay_report, run_report::Origin},
    study::{
        explanation::{
            Question,
            learned::{Learned, learned},
        },
        fit,
        forecast::customers::Counted,
        life::{self, Life},
        recording,
        validation::{self, Example, report::Validation, split::Split},
    },
    world::scenario::{Scenario, ScenarioFile, SplitRule},
};

/// Replays a recorded history, or that of a simulated world.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("past").args(["as_of", "on"])))]
pub(super) struct Replay {
    /// The scenario that names the history, or the world to simulate; the folder of an import; a file of canonical events.
    scenario: PathBuf,
    /// Forecasts purchases as of the end of this local day (2017-09-30), and holds them against what happened. May be
    /// given several times.
    #[arg(long, value_name = "DATE")]
    as_of: Vec<String>,
    /// Days to forecast; to the end of the record if not given.
    #[arg(long, value_name = "DAYS", requires = "past", value_parser = clap::value_parser!(u32).range(1..=3_660))]
    horizon: Option<u32>,
    /// What counts as a purchase; by default payments, or visits where nearly all of them pay.
    #[arg(long, value_enum, requires = "as_of")]
    of: Option<Of>,
    /// A change that was made: an intervention of the scenario, or a scenario file (.ron) all of whose interventions are
    /// meant. May be given several times; then they began together.
    #[arg(long, value_name = "ID|FILE", requires = "on")]
    intervention: Vec<String>,
    /// The first local day with the change: it is projected as of the day before, and held against what came.
    #[arg(long, value_name = "DATE", requires = "intervention")]
    on: Option<String>,
    /// Worlds of twins to live on from each day, for revenue by day and by week; 0 to leave them out.
    #[arg(long, default_value_t = 20, requires = "past", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    worlds: u32,
    #[command(flatten)]
    events: OfEvents,
    #[command(flatten)]
    common: Common,
}

/// What counts as a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Days on which something was paid.
    Payments,
    /// Days on which the user came.
    Visits,
}

/// What a replay found, and on what.
#[derive(Serialize)]
struct Summary<'a> {
    events: u64,
    rows: u64,
    duplicates: u64,
    rejected: usize,
    #[serde(flatten)]
    validation: &'a Validation,
    /// What was learned of one user, stage by stage.
    learned: Option<&'a Learned>,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    summary: &'a Summary<'a>,
    output: String,
    wall_s: f64,
}

/// What the manifest says of a replay.
#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    seed: u64,
    inputs: BTreeMap<String, String>,
}

impl Replay {
    pub fn execute(&self) -> Result<(), Failure> {
        #[expect(clippy::disallowed_methods, reason = "how long a replay took is told, never used")]
        let start = Instant::now();
        if let Some(companies) = accounts::companies(&self.scenario, None, &self.common)? {
            return companies.replay();
        }
        // 1. What is asked, and of what.
        let mut file = self.events.scenario(&self.scenario)?;
        file.scenario.seed = self.common.seed.unwrap_or(file.scenario.seed);
        if !self.as_of.is_empty() {
            let loaded = self.history(&file)?;
            return self.backtest(&file, &loaded).execute(&loaded, start);
        }
        if let Some(on) = &self.on {
            let loaded = self.history(&file)?;
            return self.past_change(&file, on, &loaded).execute(&loaded, start);
        }
        let mut publication = Publication::begin(&self.folder(&file.scenario))?;
        let loaded = self.history(&file)?;
        // 2. Lived again, user by user.
        let (validation, learned) = self.validate(&file.scenario, &loaded)?;
        // 3. Shown.
        let origin = self.origin(&file, &loaded.report);
        let found = replay_report::Found { validation: &validation, learned: learned.as_ref(), load: &loaded.report };
        let report = replay_report::of(&file.scenario, &found, &origin)?;
        publication.write_report(&report.document)?;
        let summary = summary(&loaded.report, &validation, learned.as_ref());
        publication.write_json("summary.json", &summary)?;
        publication.write("scenario.ron", codec::to_string(&resolved(&file, publication.target())).as_bytes())?;
        publication.write("rejected.csv", &rejected(&loaded.report)?)?;
        let output = publication.publish(&manifest(&file, &loaded.report))?.display().to_string();
        self.print(&summary, &report.printed, output, start.elapsed().as_secs_f64())
    }

    /// The recorded history; in its place, what the world leaves behind in which nothing is tried.
    fn history(&self, file: &ScenarioFile) -> Result<Loaded, Failure> {
        recorded_or_lived(file, &self.scenario, self.common.quiet)
    }

    /// Beside the folder of a world's run, so that its replay never takes the place of it.
    fn folder(&self, scenario: &Scenario) -> PathBuf {
        let folder = self.common.folder(scenario);
        if scenario.recorded.is_some() || self.common.out.is_some() {
            return folder;
        }
        let name = folder.file_name().map_or_else(|| scenario.name.clone(), |name| name.to_string_lossy().into_owned());
        folder.with_file_name(format!("{name}_replay"))
    }

    fn backtest<'a>(&'a self, file: &'a ScenarioFile, loaded: &Loaded) -> Wanted<'a> {
        let mut origin = self.origin(file, &loaded.report);
        let days: String = self.as_of.iter().map(|day| [" --as-of ", day].concat()).collect();
        let horizon = self.horizon.map(|days| format!(" --horizon {days}")).unwrap_or_default();
        origin.command = format!("{}{days}{horizon}", origin.command);
        let counted = self.of.map(|of| match of {
            Of::Payments => Counted::Payments,
            Of::Visits => Counted::Visits,
        });
        let (days, horizon, worlds) = (&self.as_of, self.horizon, self.worlds);
        Wanted { file, common: &self.common, days, horizon, counted, worlds, origin }
    }

    fn past_change<'a>(&'a self, file: &'a ScenarioFile, on: &'a str, loaded: &Loaded) -> past_change::Wanted<'a> {
        let mut origin = self.origin(file, &loaded.report);
        let changes: String = self.intervention.iter().map(|named| [" --intervention ", named].concat()).collect();
        let horizon = self.horizon.map(|days| format!(" --horizon {days}")).unwrap_or_default();
        origin.command = format!("{}{changes} --on {on}{horizon} --worlds {}", origin.command, self.worlds);
        let (named, horizon, worlds) = (&self.intervention, self.horizon, self.worlds);
        past_change::Wanted { file, common: &self.common, named, on, horizon, worlds, origin }
    }

    fn validate(&self, scenario: &Scenario, loaded: &Loaded) -> Result<(Validation, Option<Learned>), Failure> {
        let timelines = timelines(&loaded.history, &sessionisation(scenario))?;
        let spinner = progress::spinner(self.common.quiet, "predicting, scoring, learning");
        let found = self.common.on_threads(|| {
            let lives = lives(&timelines);
            let said = Stated::of(&loaded.history, &scenario.sessions.dayparts, &timelines.catalogues.contents);
            let (validation, example) = validation::validated(&lives, &said, &plan(scenario));
            let learned = example.and_then(|example| learned_of(scenario, loaded, &timelines, &lives, &example));
            (validation, learned)
        })?;
        spinner.finish_and_clear();
        Ok(found)
    }

    fn print(&self, summary: &Summary<'_>, text: &str, output: String, wall_s: f64) -> Result<(), Failure> {
        match self.common.format {
            Format::Json => {
                let printed = serde_json::to_string(&Printed { summary, output, wall_s });
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{text}\n\nThe report is in {output}/report.html"),
        }
        Ok(())
    }

    /// What gives the same report.
    fn origin(&self, file: &ScenarioFile, report: &LoadReport) -> Origin {
        let seed = self.common.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
        let command = format!("cwm replay {}{seed}", self.scenario.display());
        let mut inputs = vec![(file.path.display().to_string(), file.hash())];
        inputs.extend(report.input_hashes.iter().map(|(path, hash)| (path.display().to_string(), hash.clone())));
        Origin { command, inputs }
    }
}

/// What was learned of one user of a history.
fn learned_of(
    scenario: &Scenario,
    loaded: &Loaded,
    timelines: &Timelines,
    lives: &[Life<'_>],
    example: &Example,
) -> Option<Learned> {
    let life = *lives.iter().find(|life| life.user == example.user)?;
    let (words, calendar) = (explain::words(scenario, timelines), explain::calendar(scenario, timelines.span));
    Some(learned(&Question {
        name: &loaded.history.name(example.user),
        life,
        at: life.end,
        priors: &example.priors,
        words: &words,
        calendar: &calendar,
        seed: scenario.seed,
    }))
}

/// The recorded history of a scenario; in its place, what the world leaves behind in which nothing is tried.
pub(super) fn recorded_or_lived(file: &ScenarioFile, named: &Path, quiet: bool) -> Result<Loaded, Failure> {
    if let Some(recorded) = &file.scenario.recorded {
        return Ok(log::load(recorded, file.folder(), file.scenario.currency)?);
    }
    let spinner = progress::spinner(quiet, "living the world");
    let history = recording::history(&file.scenario)?;
    spinner.finish_and_clear();
    if history.events.is_empty() {
        let name = named.display();
        return Err(Failure::input(format!("{name}: nobody comes to this world, so there is nothing to replay")));
    }
    Ok(Loaded::of(history))
}

/// How a scenario cuts sessions.
pub(super) fn sessionisation(scenario: &Scenario) -> Sessionisation {
    Sessionisation {
        timeout_minutes: scenario.sessions.timeout_minutes.value().ceil() as u32,
        at_midnight: scenario.sessions.at_midnight,
        dayparts: scenario.sessions.dayparts.clone(),
        zone: scenario.clock.timezone.clone(),
        catalogues: None,
        answer_days: 7,
    }
}

/// The recorded users as the study takes them.
pub(super) fn lives(timelines: &Timelines) -> Vec<Life<'_>> {
    life::lives(timelines).0
}

pub(super) fn plan(scenario: &Scenario) -> validation::Plan {
    let rules = scenario.replay.clone().unwrap_or_default();
    let split = match rules.split {
        SplitRule::OddAndEven => Split::TwoFold,
        SplitRule::Holdout { share } => Split::Holdout { share: share.value() },
    };
    let fit = fit::Settings {
        segments: scenario.self_model.segments,
        departure: rules.departure,
        ..fit::Settings::default()
    };
    let at_least_sessions = rules.at_least_sessions;
    validation::Plan { split, fit, seed: scenario.seed, at_least_sessions, ..validation::Plan::default() }
}

/// The scenario as it can be replayed from the folder of results: the history's files are named from there.
pub(super) fn resolved(file: &ScenarioFile, target: &Path) -> Scenario {
    let mut scenario = file.scenario.clone();
    for recorded in scenario.recorded.iter_mut().flat_map(|recorded| &mut recorded.files) {
        let from_here = file.folder().join(&recorded.path);
        recorded.path = relative(&from_here, target).unwrap_or(from_here);
    }
    scenario
}

/// The way to a file from a folder that may not be there yet; none if there is no file.
fn relative(file: &Path, folder: &Path) -> Option<PathBuf> {
    let file = file.canonicalize().ok()?;
    let folder =
        folder.canonicalize().ok().or_else(|| Some(folder.parent()?.canonicalize().ok()?.join(folder.file_name()?)))?;
    let shared = file.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    Some(up.chain(file.components().skip(shared)).collect())
}

fn summary<'a>(report: &LoadReport, validation: &'a Validation, learned: Option<&'a Learned>) -> Summary<'a> {
    Summary {
        events: report.events,
        rows: report.rows,
        duplicates: report.duplicates,
        rejected: report.rejected.len(),
        validation,
        learned,
    }
}

fn rejected(report: &LoadReport) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    rejection::write_csv(&report.rejected, &mut bytes)?;
    Ok(bytes)
}

fn manifest(file: &ScenarioFile, report: &LoadReport) -> Manifest {
    Manifest {
        command: "replay",
        scenario: file.path.display().to_string(),
        scenario_blake3: file.hash(),
        seed: file.scenario.seed,
        inputs: report.input_hashes.iter().map(|(path, hash)| (path.display().to_string(), hash.clone())).collect(),
    }
}
