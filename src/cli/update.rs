//! `cwm update`: makes a stored set of self-models, folds further events into it, joins users who turn out to be one,
//! and says what is in it.

mod identities;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Serialize;

use self::identities::{Done, Joined, Pair};
use super::{Failure, Format, on_threads, progress, replay::sessionisation};
use crate::{
    base::codec::Fault,
    history::{
        error::HistoryError,
        log::{self, History, LoadReport, Loaded},
        rejection::Rejection,
        sessions::timelines,
        source::{self, Recorded, Since},
    },
    study::{
        fit, life,
        store::{
            Folded, StoredSet,
            basis::{Basis, Input, Reading, Rejected},
            folder::Folder,
            manifest::Manifest,
        },
    },
    world::scenario::{Scenario, ScenarioError, ScenarioFile},
};

/// Makes a stored set of self-models, folds events into it, joins users of it, or tells what is in it.
#[derive(Args, Debug)]
pub(super) struct Update {
    /// The folder of the set.
    models: PathBuf,
    /// Makes the set from a scenario with a recorded history.
    #[arg(long, value_name = "SCENARIO", conflicts_with = "with")]
    from: Option<PathBuf>,
    /// Takes the priors of another set instead of fitting them to the history.
    #[arg(long, value_name = "MODELS", requires = "from")]
    priors_of: Option<PathBuf>,
    /// Files with new events, in the columns of the scenario that the set was made from or in the canonical ones; or
    /// another scenario with a recorded history.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    with: Vec<PathBuf>,
    /// Makes one user of two who turn out to be one: KEPT keeps the name, and what comes later as GIVEN is theirs.
    #[arg(
        long, value_name = "KEPT=GIVEN", num_args = 1.., value_parser = identities::pair,
        conflicts_with_all = ["from", "with", "part"],
    )]
    join: Vec<Pair>,
    /// Undoes a join: the user whose name was given up is there again, with their self-model and events that wait.
    #[arg(long, value_name = "GIVEN", num_args = 1.., conflicts_with_all = ["from", "with"])]
    part: Vec<String>,
    /// Threads to work on; results do not depend on it. All cores if not given.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print no progress.
    #[arg(long)]
    quiet: bool,
}

/// What was done, and what there is now.
#[derive(Serialize)]
struct Summary {
    users: u64,
    born: u64,
    events: u64,
    folded_sessions: u64,
    tail_events: u64,
    late: u64,
    duplicates: u64,
    rejected: u64,
    watermark: String,
    models: u64,
    scenario: String,
    format_version: u64,
    cwm_version: String,
    priors_blake3: String,
    rejected_file: Option<String>,
    joins: Vec<Joined>,
    #[serde(flatten)]
    done: Done,
}

/// Events that were read, and what was left out of them.
#[derive(Default)]
struct Read {
    history: History,
    malformed: Vec<Rejection>,
    too_late: Vec<Rejection>,
    duplicates: u64,
    inputs: Vec<(String, Input)>,
}

impl Update {
    pub fn execute(&self) -> Result<(), Failure> {
        let summary = on_threads(self.threads, || match &self.from {
            Some(scenario) => self.make(scenario),
            None if self.has_identities() => self.identify(),
            None if self.with.is_empty() => self.tell(),
            None => self.fold(),
        })??;
        self.print(&summary)
    }

    /// A new set.
    fn make(&self, scenario: &Path) -> Result<Summary, Failure> {
        // 1. What is asked, and of what; so far nothing is written.
        let file = ScenarioFile::read(scenario)?;
        let recorded = recorded(&file)?;
        let loaded = log::load(recorded, file.folder(), file.scenario.currency)?;
        let adopted = self.priors_of.as_ref().map(|other| adopted(other, &file.scenario, recorded)).transpose()?;
        let folder = Folder::create(&self.models)?;
        // 2. What to believe of anybody.
        let spinner = progress::spinner(self.quiet, "fitting priors");
        let basis = adopted.map_or_else(|| fitted(&file.scenario, recorded, &loaded), Ok)?;
        spinner.finish_and_clear();
        // 3. What to believe of each.
        let mut read = Read::default();
        read.add(loaded)?;
        self.learn(&folder, StoredSet::new(basis), read)
    }

    /// More events for a set.
    fn fold(&self) -> Result<Summary, Failure> {
        let folder = Folder::to_change(&self.models)?;
        let (set, _) = folder.load()?;
        let spinner = progress::spinner(self.quiet, "reading events");
        let read = self.read(&set)?;
        spinner.finish_and_clear();
        self.learn(&folder, set, read)
    }

    fn has_identities(&self) -> bool {
        !(self.join.is_empty() && self.part.is_empty())
    }

    /// Other identities for users of a set; all of them, or nothing changes.
    fn identify(&self) -> Result<Summary, Failure> {
        let folder = Folder::to_change(&self.models)?;
        let (mut set, before) = folder.load()?;
        let done = identities::change(&mut set, &self.join, &self.part)?;
        let manifest = folder.save_changed(&set, &before)?;
        Ok(Summary::of(&set, &manifest, &Folded::default(), done))
    }

    fn learn(&self, folder: &Folder, mut set: StoredSet, read: Read) -> Result<Summary, Failure> {
        let spinner = progress::spinner(self.quiet, "predicting, scoring, learning");
        let (malformed, too_late) = (read.malformed.len() as u64, read.too_late.len() as u64);
        let ever = set.basis.rejected.ever + malformed + too_late;
        set.basis.rejected = Rejected { malformed, too_late, ever };
        set.basis.inputs.extend(read.inputs);
        let done = identities::identified(&set, &read.history);
        let mut folded = set.fold(read.history)?;
        folded.duplicates += read.duplicates;
        let rejected = [read.malformed, read.too_late].concat();
        spinner.set_message("writing");
        let manifest = folder.save(&set, &rejected)?;
        spinner.finish_and_clear();
        Ok(Summary::of(&set, &manifest, &folded, done))
    }

    /// What is in a set.
    fn tell(&self) -> Result<Summary, Failure> {
        let folder = Folder::to_read(&self.models)?;
        let (set, manifest) = folder.load()?;
        Ok(Summary::of(&set, &manifest, &Folded::default(), Done::default()))
    }

    fn read(&self, set: &StoredSet) -> Result<Read, Failure> {
        let mut read = Read::default();
        for path in &self.with {
            if path.is_dir() || path.extension().is_some_and(|ending| ending == "ron") {
                let file = ScenarioFile::read(path)?;
                same_currency(&file, set)?;
                let recorded = recorded(&file)?.clone();
                for one in recorded.files.clone() {
                    let one = Recorded { files: vec![one], ..recorded.clone() };
                    read.take(set, &one, file.folder())?;
                }
            } else {
                read.take_file(set, path)?;
            }
        }
        Ok(read)
    }

    fn print(&self, summary: &Summary) -> Result<(), Failure> {
        match self.format {
            Format::Json => {
                let printed = serde_json::to_string(summary);
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => summary.print(&self.models, self.from.is_some() || !self.with.is_empty())?,
        }
        Ok(())
    }
}

impl Read {
    /// A file whose columns tell how it is read: canonical, or as one of the files the set was made from.
    fn take_file(&mut self, set: &StoredSet, path: &Path) -> Result<(), Failure> {
        let reading = &set.basis.reading;
        let mapped = reading.mappings.iter().filter(|(_, rows)| rows.is_some());
        let mut misread = None;
        for (format, rows) in std::iter::once(&(None, None)).chain(mapped) {
            let format = source::Format::of(path).or(*format);
            let file = source::File { path: path.to_owned(), format, rows: rows.clone() };
            let recorded = Recorded { files: vec![file], max_rejected_share: reading.max_rejected_share };
            match self.take(set, &recorded, Path::new("")) {
                // Other columns may still be meant; what the last ones lack is told.
                Err(error @ HistoryError::MissingColumn { .. }) => misread = Some(error),
                done => return Ok(done?),
            }
        }
        misread.map_or(Ok(()), |error| Err(error.into()))
    }

    /// One file, unless it was folded before.
    fn take(&mut self, set: &StoredSet, recorded: &Recorded, base: &Path) -> Result<(), HistoryError> {
        let loaded = log::load_since(recorded, base, set.basis.currency, since(set))?;
        let hashes: BTreeSet<&String> = self.inputs.iter().map(|(hash, _)| hash).collect();
        for (path, hash) in &loaded.report.input_hashes {
            if let Some(input) = set.basis.inputs.get(hash) {
                let (path, before) = (path.display(), &input.file);
                eprintln!("warning: {path} was folded in before, as {before}: it is left out");
                self.duplicates += input.events;
                return Ok(());
            }
            if hashes.contains(hash) {
                self.duplicates += loaded.report.events;
                return Ok(());
            }
        }
        self.add(loaded)
    }

    fn add(&mut self, loaded: Loaded) -> Result<(), HistoryError> {
        let LoadReport { events, duplicate_events, rejected, too_late, input_hashes, .. } = loaded.report;
        for (user, name) in loaded.history.names {
            let known = self.history.names.entry(user).or_insert_with(|| name.clone());
            if *known != name {
                return Err(HistoryError::Collision { first: known.to_string(), second: name.to_string() });
            }
        }
        self.history.events.extend(loaded.history.events);
        self.duplicates += duplicate_events;
        self.malformed.extend(rejected);
        self.too_late.extend(too_late);
        let input = |(path, hash): (PathBuf, String)| (hash, Input { file: path.display().to_string(), events });
        self.inputs.extend(input_hashes.into_iter().map(input));
        Ok(())
    }
}

/// From when on a set takes events.
fn since(set: &StoredSet) -> Option<Since> {
    set.watermark().map(|watermark| Since { watermark, window: set.basis.window })
}

fn recorded(file: &ScenarioFile) -> Result<&Recorded, Failure> {
    let missing = || Failure::input(format!("{}: there is no `recorded` history to learn from", file.path.display()));
    file.scenario.recorded.as_ref().ok_or_else(missing)
}

/// Money in another currency would be learned as if it were the set's.
fn same_currency(file: &ScenarioFile, set: &StoredSet) -> Result<(), Failure> {
    let (expected, found) = (set.basis.currency, file.scenario.currency);
    if expected == found {
        return Ok(());
    }
    let what = format!("the set's currency is {expected}, but this history's is {found}");
    let fault = Fault::locate(&file.path.display().to_string(), &file.source, "currency", what);
    Err(ScenarioError::Faults(vec![fault]).into())
}

/// What is believed of users before they do anything, as all users of the history suggest.
fn fitted(scenario: &Scenario, recorded: &Recorded, loaded: &Loaded) -> Result<Basis, Failure> {
    let mut sessionisation = sessionisation(scenario);
    let timelines = timelines(&loaded.history, &sessionisation)?;
    let (lives, channels) = life::lives(&timelines);
    let settings = fit::Settings {
        segments: scenario.self_model.segments,
        departure: scenario.replay.as_ref().and_then(|replay| replay.departure),
        ..fit::Settings::default()
    };
    let priors = fit::fit(&lives, &settings).priors;
    sessionisation.catalogues = Some(timelines.catalogues.clone().with_room());
    Ok(Basis {
        scenario: scenario.name.clone(),
        currency: scenario.currency,
        sessionisation,
        channels,
        window: window(scenario),
        reading: Reading::of(recorded),
        priors,
        inputs: BTreeMap::new(),
        rejected: Rejected::default(),
    })
}

/// Another set's priors, and the numbers they know things by.
fn adopted(other: &Path, scenario: &Scenario, recorded: &Recorded) -> Result<Basis, Failure> {
    let (other, _) = Folder::to_read(other)?.load()?;
    let mut sessionisation = sessionisation(scenario);
    other.basis.suits(scenario.currency, &sessionisation)?;
    sessionisation.catalogues = other.basis.sessionisation.catalogues;
    Ok(Basis {
        scenario: scenario.name.clone(),
        sessionisation,
        window: window(scenario),
        reading: Reading::of(recorded),
        inputs: BTreeMap::new(),
        rejected: Rejected::default(),
        ..other.basis
    })
}

fn window(scenario: &Scenario) -> i64 {
    (scenario.sessions.late_hours.value() * 3_600.0).ceil() as i64
}

impl Summary {
    fn of(set: &StoredSet, manifest: &Manifest, folded: &Folded, done: Done) -> Self {
        let rejected = set.basis.rejected;
        Self {
            users: manifest.users,
            born: folded.born,
            events: folded.events,
            folded_sessions: folded.sessions,
            tail_events: manifest.tail.rows,
            late: folded.late,
            duplicates: folded.duplicates,
            rejected: rejected.malformed + rejected.too_late,
            watermark: manifest.watermark_utc.clone(),
            models: manifest.models.rows,
            scenario: manifest.scenario.clone(),
            format_version: manifest.format,
            cwm_version: manifest.cwm.clone(),
            priors_blake3: set.basis.priors_hash(),
            rejected_file: manifest.rejected.as_ref().map(|stored| stored.file.clone()),
            joins: identities::joins(set),
            done,
        }
    }

    fn print(&self, folder: &Path, changed: bool) -> Result<(), Failure> {
        let folder = folder.display();
        say!("{folder}: {} users of {}, {} self-models", self.users, self.scenario, self.models);
        say!("  watermark {}: what happened before is learned", self.watermark);
        say!("  {} events wait in the tail", self.tail_events);
        if !self.joins.is_empty() {
            say!("  {} users were joined to others", self.joins.len());
        }
        say!("  version {}, written by cwm {}", self.format_version, self.cwm_version);
        say!("  priors {}", self.priors_blake3);
        if changed {
            say!("{} new events, {} of them late; {} users born", self.events, self.late, self.born);
            say!("{} sessions learned, {} duplicate events left out", self.folded_sessions, self.duplicates);
        }
        self.done.print()?;
        if let Some(file) = &self.rejected_file {
            say!("rejected by the latest update: {}, see {folder}/{file}", self.rejected);
        }
        Ok(())
    }
}
