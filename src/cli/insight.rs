//! `cwm insight`: what a history reveals, each finding in money a year, with a scenario that would test it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use serde::Serialize;

use super::{Common, Failure, Format, accounts, events::OfEvents, progress, replay, why};
use crate::{
    base::{
        time::{Date, LocalClock},
        units::Currency,
    },
    history::{
        log::{self, LoadReport, Loaded},
        sessions::{Timelines, timelines},
    },
    show::{folder::Publication, insight_report, run_report::Origin},
    study::{
        calibrate::{
            script::Head,
            world::{self, Source},
        },
        insight::{
            Insight,
            facts::Reading,
            finding::Finding,
            proposal::{self, Proposal},
            spend::Spend,
        },
        recording,
        why::period::Period,
    },
    world::scenario::{Recorded, Scenario, ScenarioFile},
};

/// Looks for what a history reveals.
#[derive(Args, Debug)]
pub(super) struct InsightArgs {
    /// A scenario that names the history, or the world to simulate; the folder of an import; or a file of canonical events
    /// (CSV, JSON Lines, Parquet).
    history: PathBuf,
    /// What was spent: a table with the columns day, channel, campaign, spend (minor units). By default the import's own,
    /// or what the scenario's world spends.
    #[arg(long, value_name = "FILE")]
    spend: Option<PathBuf>,
    /// Takes the revenue of this day (2026-03-17) or week (2026-W12) apart instead: why it differs.
    #[arg(long, value_name = "DATE")]
    why: Option<String>,
    /// The day or week that it is held against; the one before if not given.
    #[arg(long, value_name = "DATE", requires = "why")]
    against: Option<String>,
    /// For a scenario with accounts: tries this play on a random half of the accounts that are eligible, so that what
    /// would change if one acted can be told from what only goes with it.
    #[arg(long, value_name = "PLAY")]
    trial: Option<String>,
    #[command(flatten)]
    events: OfEvents,
    #[command(flatten)]
    common: Common,
}

/// What was found, and in what.
#[derive(Serialize)]
struct Summary<'a> {
    events: u64,
    users: usize,
    sessions: usize,
    from: Option<String>,
    to: Option<String>,
    /// The last days, which sums a year are made of.
    recent_days: f64,
    currency: Currency,
    rejected: usize,
    findings: &'a [Finding],
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    summary: &'a Summary<'a>,
    output: String,
    wall_s: f64,
}

/// What the manifest says.
#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    history: String,
    scenario_blake3: String,
    seed: u64,
    inputs: BTreeMap<String, String>,
}

impl InsightArgs {
    pub fn execute(&self) -> Result<(), Failure> {
        #[expect(clippy::disallowed_methods, reason = "how long it took is told, never used")]
        let start = Instant::now();
        let trial = self.trial.as_deref();
        if let Some(companies) = accounts::companies(&self.history, trial, &self.common)? {
            return companies.insight(trial);
        }
        if let Some(why) = &self.why {
            return self.explain(why);
        }
        // 1. What happened, and what was spent.
        let file = self.file()?;
        let mut publication = Publication::begin(&self.folder(&file.scenario))?;
        let spinner = progress::spinner(self.common.quiet, "reading and looking");
        let loaded = self.load(&file)?;
        let timelines = timelines(&loaded.history, &replay::sessionisation(&file.scenario))?;
        let spend = self.spend(&file, &timelines)?;
        // 2. What it reveals, and what would test it.
        let (mut insight, proposals) =
            self.common.on_threads(|| found(&file, &loaded, &timelines, spend, publication.target()))?;
        spinner.finish_and_clear();
        for proposal in &proposals {
            publication.write(&proposal.file, proposal.text.as_bytes())?;
        }
        // 3. Shown.
        let findings = std::mem::take(&mut insight.findings);
        let report = insight_report::of(&file.scenario, &insight, &findings, &self.origin(&file, &loaded.report))?;
        publication.write_report(&report.document)?;
        let summary = summary(&insight, &loaded, &findings);
        publication.write_json("summary.json", &summary)?;
        let output = publication.publish(&self.manifest(&file, &loaded.report))?.display().to_string();
        self.print(&summary, &report.printed, output, start.elapsed().as_secs_f64())
    }

    /// Why revenue of a day or week differs from that of another.
    fn explain(&self, day: &str) -> Result<(), Failure> {
        Period::parse(day)?;
        let file = self.file()?;
        let loaded = self.load(&file)?;
        why::of(&file, &loaded, &self.history, (day, self.against.as_deref()), &self.common)
    }

    fn file(&self) -> Result<ScenarioFile, Failure> {
        let mut file = self.events.scenario(&self.history)?;
        file.scenario.seed = self.common.seed.unwrap_or(file.scenario.seed);
        Ok(file)
    }

    /// The recorded history; in its place, what the world leaves behind in which nothing is tried.
    fn load(&self, file: &ScenarioFile) -> Result<Loaded, Failure> {
        if let Some(recorded) = &file.scenario.recorded {
            return Ok(log::load(recorded, file.folder(), file.scenario.currency)?);
        }
        let history = recording::history(&file.scenario)?;
        if history.events.is_empty() {
            let name = self.history.display();
            return Err(Failure::input(format!("{name}: nobody comes to this world, so there is nothing to look at")));
        }
        Ok(Loaded::of(history))
    }

    fn spend(&self, file: &ScenarioFile, timelines: &Timelines) -> Result<Spend, Failure> {
        let currency = file.scenario.currency;
        let imported = file.folder().join("spend.parquet");
        let given = self.spend.clone().or_else(|| Some(imported).filter(|path| path.is_file()));
        if let Some(path) = given {
            return Ok(Spend::read(&path, currency)?);
        }
        if file.scenario.recorded.is_some() {
            return Ok(Spend::default());
        }
        let clock = LocalClock::new(&file.scenario.clock.timezone, timelines.span.0, timelines.span.1);
        let day = |at| clock.wall(at).day();
        Ok(Spend::planned(&file.scenario, (day(timelines.span.0), day(timelines.span.1))))
    }

    /// Beside the folder of the history's run or replay, so that neither takes the place of the other.
    fn folder(&self, scenario: &Scenario) -> PathBuf {
        let own = || PathBuf::from("outputs").join(format!("{}_insight", scenario.name));
        self.common.out.clone().unwrap_or_else(own)
    }

    fn origin(&self, file: &ScenarioFile, report: &LoadReport) -> Origin {
        let words = std::env::args().skip(1).map(|word| if word.contains(' ') { format!("{word:?}") } else { word });
        let command = std::iter::once("cwm".to_owned()).chain(words).collect::<Vec<_>>().join(" ");
        let scenario = (file.path.display().to_string(), file.hash());
        let files = report.input_hashes.iter().map(|(path, hash)| (path.display().to_string(), hash.clone()));
        Origin { command, inputs: std::iter::once(scenario).chain(files).collect() }
    }

    fn manifest(&self, file: &ScenarioFile, report: &LoadReport) -> Manifest {
        Manifest {
            command: "insight",
            history: self.history.display().to_string(),
            scenario_blake3: file.hash(),
            seed: file.scenario.seed,
            inputs: report.input_hashes.iter().map(|(path, hash)| (path.display().to_string(), hash.clone())).collect(),
        }
    }

    fn print(&self, summary: &Summary<'_>, text: &str, output: String, wall_s: f64) -> Result<(), Failure> {
        match self.common.format {
            Format::Json => {
                let printed = serde_json::to_string(&Printed { summary, output, wall_s });
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => {
                say!("{text}\n\nThe report is in {output}/report.html, the scenarios in {output}/scenarios");
            }
        }
        Ok(())
    }
}

/// What the history reveals, and a scenario for what there is to try.
fn found(
    file: &ScenarioFile,
    loaded: &Loaded,
    timelines: &Timelines,
    spend: Spend,
    target: &Path,
) -> (Insight, Vec<Proposal>) {
    let scenario = &file.scenario;
    let reading = Reading {
        history: &loaded.history,
        timelines,
        zone: &scenario.clock.timezone,
        currency: scenario.currency,
        hours: scenario.sessions.dayparts.hours(),
    };
    let mut insight = Insight::of(&reading, spend, scenario.seed);
    let Some(classes) = &insight.classes else { return (insight, Vec::new()) };
    let source = Source { scenario, history: &loaded.history, timelines };
    let world = world::fitted_as(&source, &classes.evidence, &classes.form, &classes.mixture, classes.truncated);
    // Past the calendar's end a record's own first day will do.
    let next = Date::from_number(world.last_day + 1).or_else(|| Date::from_number(0));
    let Some(start) = next.or(scenario.clock.start) else { return (insight, Vec::new()) };
    let of = format!("the history of {}", file.path.display());
    let recorded = from_scenarios(file, target);
    let head = Head { name: &scenario.name, of: &of, scenario, start, recorded: recorded.as_ref() };
    let proposals = proposal::written(&mut insight.findings, &head, &world);
    (insight, proposals)
}

/// The history's files, named from the folder of the scenarios that are written.
fn from_scenarios(file: &ScenarioFile, target: &Path) -> Option<Recorded> {
    let mut recorded = replay::resolved(file, target).recorded?;
    for one in recorded.files.iter_mut().filter(|one| one.path.is_relative()) {
        one.path = Path::new("..").join(&one.path);
    }
    Some(recorded)
}

fn summary<'a>(insight: &Insight, loaded: &Loaded, findings: &'a [Finding]) -> Summary<'a> {
    let facts = &insight.facts;
    let date = |day| Date::from_number(day).map(|date| date.to_string());
    Summary {
        events: loaded.report.events,
        users: facts.people.len(),
        sessions: facts.visits.len(),
        from: date(facts.days.0),
        to: date(facts.days.1),
        recent_days: facts.recent_days(),
        currency: facts.currency,
        rejected: loaded.report.rejected.len(),
        findings,
    }
}
