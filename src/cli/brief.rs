//! `cwm brief`: the morning page.

use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use super::{Common, Failure, Format, accounts, events::OfEvents, explain, progress, replay, why::beside};
use crate::{
    base::{time::Date, units::UserId},
    history::{
        log::{History, Loaded},
        sessions::{Timelines, timelines},
    },
    show::{brief_report, folder::Publication},
    study::{
        brief::{self, Known, experiments::Experiment, lived, lived_on},
        explanation::calendar::Calendar,
        fit,
        life::Life,
        store::{StoredSet, folder::Folder},
        why::{
            Against,
            period::{Period, PeriodError},
            tally, why,
        },
    },
    user::{explain::Words, priors::Priors, self_model::SelfModel},
    world::scenario::ScenarioFile,
};

/// Writes the morning page.
#[derive(Args, Debug)]
pub(super) struct Brief {
    /// The history: a scenario that names it, the folder of an import, or a file of canonical events.
    history: PathBuf,
    /// The day (2026-03-17); the last whole one if not given: the day before that of the latest event.
    #[arg(long, value_name = "DATE")]
    day: Option<String>,
    /// A stored set of self-models (`cwm update`) whose priors are taken, instead of fitting them to the history anew.
    #[arg(long, value_name = "MODELS")]
    models: Option<PathBuf>,
    /// Where customers are companies: hours that the team has today.
    #[arg(long, default_value_t = 40.0)]
    hours: f64,
    /// An experiment that runs: the folder that `cwm experiment analyse --out` wrote. May be given several times.
    #[arg(long, value_name = "FOLDER")]
    experiment: Vec<PathBuf>,
    #[command(flatten)]
    events: OfEvents,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    brief: &'a brief::Brief,
    output: String,
}

/// What the manifest says.
#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    day: String,
    models: Option<String>,
}

/// What was seen by the end of the day, and what is known of everybody.
struct Scene {
    timelines: Timelines,
    priors: Priors,
    words: Words,
    calendar: Calendar,
}

impl Brief {
    pub fn execute(&self) -> Result<(), Failure> {
        if let Some(companies) = accounts::companies(&self.history, None, &self.common)? {
            if !self.experiment.is_empty() {
                return Err(Failure::input("--experiment must be left out where customers are companies"));
            }
            return companies.brief(self.day.as_deref(), self.hours);
        }
        // 1. What happened, up to the end of which day.
        let mut file = self.events.scenario(&self.history)?;
        file.scenario.seed = self.common.seed.unwrap_or(file.scenario.seed);
        let experiments = self.experiments()?;
        let spinner = progress::spinner(self.common.quiet, "reading, fitting, comparing");
        let loaded = replay::recorded_or_lived(&file, &self.history, self.common.quiet)?;
        let day = self.day(&file, &loaded.history)?;
        let stored = self.models.as_ref().map(|models| stored(models, &file)).transpose()?;
        let mut publication = Publication::begin(&beside(&file, &self.common, &format!("brief_{}", Period::Day(day))))?;
        // 2. How the day went, and what is known at its end.
        let mut brief = self.common.on_threads(|| self.brief(&file, &loaded, day, stored.as_ref()))??;
        brief.experiments = experiments;
        spinner.finish_and_clear();
        // 3. Shown.
        let origin = super::why::origin(&file, &loaded, self.command(day));
        let report = brief_report::of(&brief, file.scenario.currency, &origin)?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", &brief)?;
        let output = publication.publish(&self.manifest(&file, day))?.display().to_string();
        match self.common.format {
            Format::Json => {
                let printed = serde_json::to_string(&Printed { brief: &brief, output });
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{}\n\nThe page is in {output}/report.html", report.printed),
        }
        Ok(())
    }

    fn experiments(&self) -> Result<Vec<Experiment>, Failure> {
        let read = |folder: &PathBuf| {
            let path = folder.join("summary.json");
            let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
            let bytes = std::fs::read(&path)
                .map_err(|error| Failure::write(format!("cannot read {}", path.display()), error))?;
            Experiment::read(&name, &bytes).map_err(|why| Failure::input(format!("{} {why}", path.display())))
        };
        self.experiment.iter().map(read).collect()
    }

    /// The day that was asked for, or the last whole one.
    fn day(&self, file: &ScenarioFile, history: &History) -> Result<i64, Failure> {
        let (first, last) = tally::span(history, &file.scenario.clock.timezone)
            .ok_or_else(|| Failure::input(format!("{}: there are no events", self.history.display())))?;
        match &self.day {
            Some(text) => Ok(Date::parse(text).map_err(|_| PeriodError(text.clone()))?.number()),
            None => Ok((last - 1).max(first)),
        }
    }

    fn brief(
        &self,
        file: &ScenarioFile,
        loaded: &Loaded,
        day: i64,
        stored: Option<&StoredSet>,
    ) -> Result<brief::Brief, Failure> {
        let ask = |against| why(&super::why::question(file, loaded, Period::Day(day), against));
        let yesterday = ask(Against::Expectation)?;
        // Before the first day there is nothing to compare with.
        let change = ask(Against::Period(Period::Day(day - 1))).ok();
        let scene = scene(file, &loaded.history, day, stored)?;
        let name = |user: UserId| loaded.history.name(user).into_owned();
        let (from, at) = (scene.calendar.midnight(day), scene.calendar.midnight(day + 1));
        let lives: Vec<Life<'_>> =
            lives(&scene.timelines, stored).into_iter().map(|life| Life { end: at, ..life }).collect();
        let models = models(&lives, &scene.priors, stored.filter(|set| set.watermark().is_some_and(|mark| mark <= at)));
        let Scene { priors, words, calendar, .. } = &scene;
        let known = Known { lives, models, priors, words, calendar, from, at, seed: file.scenario.seed, name: &name };
        Ok(brief::brief(Period::Day(day).to_string(), yesterday, change, &known))
    }

    fn command(&self, day: i64) -> String {
        let models = self.models.as_ref().map(|models| format!(" --models {}", models.display())).unwrap_or_default();
        let experiments: Vec<String> =
            self.experiment.iter().map(|folder| format!(" --experiment {}", folder.display())).collect();
        let experiments = experiments.concat();
        format!("cwm brief {} --day {}{models}{experiments}", self.history.display(), Period::Day(day))
    }

    fn manifest(&self, file: &ScenarioFile, day: i64) -> Manifest {
        Manifest {
            command: "brief",
            scenario: file.path.display().to_string(),
            scenario_blake3: file.hash(),
            day: Period::Day(day).to_string(),
            models: self.models.as_ref().map(|models| models.display().to_string()),
        }
    }
}

/// A stored set whose sessions are cut as those of the history.
fn stored(models: &std::path::Path, file: &ScenarioFile) -> Result<StoredSet, Failure> {
    let (set, _) = Folder::to_read(models)?.load()?;
    set.basis.suits(file.scenario.currency, &replay::sessionisation(&file.scenario))?;
    Ok(set)
}

/// Events after the day are dropped before anything is made of the others.
fn scene(file: &ScenarioFile, history: &History, day: i64, stored: Option<&StoredSet>) -> Result<Scene, Failure> {
    let ends = |event: Option<&crate::history::event::Event>| event.map(|event| event.at).unwrap_or_default();
    let span = (ends(history.events.first()), ends(history.events.last()));
    let calendar = explain::calendar(&file.scenario, span);
    let at = calendar.midnight(day + 1);
    let known = history.events.partition_point(|event| event.at < at);
    let seen = History { events: history.events[..known].to_vec(), names: std::collections::BTreeMap::new() };
    let cut = stored.map_or_else(|| replay::sessionisation(&file.scenario), |set| set.basis.sessionisation.clone());
    let timelines = timelines(&seen, &cut)?;
    let words = explain::words(&file.scenario, &timelines);
    let priors = match stored {
        Some(set) => set.basis.priors.clone(),
        None => fit::fit(&replay::lives(&timelines), &replay::plan(&file.scenario).fit).priors,
    };
    Ok(Scene { timelines, priors, words, calendar })
}

/// What is believed of everybody; a stored self-model that knows of nothing later is gone on from.
fn models(lives: &[Life<'_>], priors: &Priors, stored: Option<&StoredSet>) -> Vec<SelfModel> {
    let kept = |life: &Life<'_>| lived_on(stored?.model(life.user)?, life, priors);
    lives.par_iter().map(|life| kept(life).unwrap_or_else(|| lived(life, priors))).collect()
}

/// Everybody, by the channels that the priors know.
fn lives<'a>(timelines: &'a Timelines, stored: Option<&StoredSet>) -> Vec<Life<'a>> {
    let mut lives = replay::lives(timelines);
    if let Some(set) = stored {
        for (life, user) in lives.iter_mut().zip(&timelines.users) {
            life.channel = set.basis.channel(user.channel.as_ref());
        }
    }
    lives
}
