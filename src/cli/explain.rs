//! `cwm explain`: what is believed of one user, how sure, and on what evidence.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use serde::Serialize;

use super::{Common, Failure, Format, accounts, events::OfEvents, progress, replay};
use crate::{
    base::{codec, time::SimTime, units::UserId},
    history::{
        log,
        name::Name,
        sessions::{Catalogues, Timelines, timelines},
    },
    show::{explain_report, folder::Publication, number::count, run_report::Origin},
    study::{
        explanation::{
            Explanation, Question,
            calendar::Calendar,
            candidates::{Candidate, Choosing, candidates},
            explain,
            subject::{Watched, priors_for, watch},
        },
        life::Life,
    },
    user::{explain::Words, priors::Priors},
    world::{
        engine,
        scenario::{Recorded, Scenario, ScenarioFile},
        stage::SECONDS,
    },
};

/// Explains one user.
#[derive(Args, Debug)]
pub(super) struct Explain {
    /// The scenario that names the history, or the world to simulate; the folder of an import; a file of canonical events.
    scenario: PathBuf,
    /// The user's id, as it is in the history; without it, users worth looking at are listed.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// The account's name, where customers are companies.
    #[arg(long, value_name = "ID", conflicts_with = "user")]
    account: Option<String>,
    /// As known at the start of this day (2017-06-01) or moment (2017-06-01T18:00) on the users' clock; the end of the
    /// record if not given.
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    #[command(flatten)]
    events: OfEvents,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    explanation: &'a Explanation,
    output: String,
    wall_s: f64,
}

#[derive(Serialize)]
struct Listed<'a> {
    users: usize,
    candidates: &'a [Candidate],
}

/// What the manifest says of an explanation.
#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    seed: u64,
    user: String,
    at: String,
    inputs: BTreeMap<String, String>,
}

/// What was seen of everybody before a moment.
struct Scene {
    seen: Seen,
    names: BTreeMap<UserId, String>,
    /// Everybody in the whole record, and when they were first seen.
    everybody: Vec<(UserId, SimTime)>,
    words: Words,
    calendar: Calendar,
    at: SimTime,
    /// Files and their hashes.
    inputs: Vec<(String, String)>,
}

enum Seen {
    Recorded(Box<Timelines>),
    World(Watched, Box<Priors>),
}

impl Explain {
    pub fn execute(&self) -> Result<(), Failure> {
        #[expect(clippy::disallowed_methods, reason = "how long it took is told, never used")]
        let start = Instant::now();
        if let Some(account) = &self.account {
            return accounts::asked(&self.scenario, &self.common)?.explain(account, self.at.as_deref());
        }
        // 1. What was seen, before the moment.
        let mut file = self.events.scenario(&self.scenario)?;
        file.scenario.seed = self.common.seed.unwrap_or(file.scenario.seed);
        let spinner = progress::spinner(self.common.quiet, "reading, fitting, explaining");
        let scene = self.scene(&file)?;
        let Some(name) = &self.user else {
            let listed = self.common.on_threads(|| scene.candidates(&file.scenario))??;
            spinner.finish_and_clear();
            return self.list(&file.scenario, &scene, &listed);
        };
        let user = scene.find(name)?;
        let mut publication = Publication::begin(&self.folder(&file.scenario, &scene.name(user)))?;
        // 2. Explained.
        let explanation = self.common.on_threads(|| scene.explain(user, &file.scenario))??;
        spinner.finish_and_clear();
        // 3. Shown.
        let report = explain_report::of(&file.scenario, &explanation, &self.origin(&file, &scene))?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", &explanation)?;
        let resolved = replay::resolved(&file, publication.target());
        publication.write("scenario.ron", codec::to_string(&resolved).as_bytes())?;
        let output = publication.publish(&manifest(&file, &scene, &explanation))?.display().to_string();
        self.print(
            &Printed { explanation: &explanation, output, wall_s: start.elapsed().as_secs_f64() },
            &report.printed,
        )
    }

    fn print(&self, printed: &Printed<'_>, text: &str) -> Result<(), Failure> {
        match self.common.format {
            Format::Json => say!("{}", serde_json::to_string(printed).map_err(json)?),
            Format::Text => say!("{text}\n\nThe report is in {}/report.html", printed.output),
        }
        Ok(())
    }

    fn list(&self, scenario: &Scenario, scene: &Scene, candidates: &[Candidate]) -> Result<(), Failure> {
        let users = scene.lives().len();
        match self.common.format {
            Format::Json => say!("{}", serde_json::to_string(&Listed { users, candidates }).map_err(json)?),
            Format::Text => say!("{}", explain_report::candidates(scenario, users, candidates)?),
        }
        Ok(())
    }

    fn scene(&self, file: &ScenarioFile) -> Result<Scene, Failure> {
        match &file.scenario.recorded {
            Some(recorded) => self.recorded(recorded, file),
            None if file.scenario.world.is_some() => self.simulated(&file.scenario),
            None => {
                let name = self.scenario.display();
                Err(Failure::input(format!("{name}: there is neither a `recorded` history nor a `world` to explain")))
            }
        }
    }

    /// Events from the moment on are dropped before anything is made of the others.
    fn recorded(&self, recorded: &Recorded, file: &ScenarioFile) -> Result<Scene, Failure> {
        let log::Loaded { mut history, report } = log::load(recorded, file.folder(), file.scenario.currency)?;
        let ends = |event: Option<&crate::history::event::Event>| event.map(|event| event.at).unwrap_or_default();
        let span = (ends(history.events.first()), ends(history.events.last()));
        let calendar = calendar(&file.scenario, span);
        let at = self.moment(&calendar, (span.0, SimTime(span.1.0 + 1)))?;
        let mut everybody: BTreeMap<UserId, SimTime> = BTreeMap::new();
        for event in &history.events {
            everybody.entry(event.user).or_insert(event.at);
        }
        let names = everybody.keys().map(|&user| (user, history.name(user).into_owned())).collect();
        history.events.retain(|event| event.at < at);
        let timelines = timelines(&history, &replay::sessionisation(&file.scenario))?;
        let words = words(&file.scenario, &timelines);
        let inputs =
            report.input_hashes.iter().map(|(path, hash)| (path.display().to_string(), hash.clone())).collect();
        let seen = Seen::Recorded(Box::new(timelines));
        Ok(Scene { seen, names, everybody: everybody.into_iter().collect(), words, calendar, at, inputs })
    }

    /// The world of the first replication, as it would be if nothing were tried.
    fn simulated(&self, scenario: &Scenario) -> Result<Scene, Failure> {
        let stage = engine::stage(scenario)?;
        let span = (stage.moment(0), stage.moment(stage.days * SECONDS));
        let calendar = calendar(scenario, span);
        let at = self.moment(&calendar, span)?;
        let watched = watch(&engine::world(scenario, &stage, 0, None));
        let everybody: Vec<_> = watched.lives(span.1).iter().map(|life| (life.user, life.first)).collect();
        let contents =
            scenario.world.iter().flat_map(|world| &world.catalogue).map(|content| content.id.clone()).collect();
        Ok(Scene {
            seen: Seen::World(watched, Box::new(stage.priors.clone())),
            names: BTreeMap::new(),
            everybody,
            words: Words::new(&scenario.sessions.dayparts, contents, scenario.currency),
            calendar,
            at,
            inputs: Vec::new(),
        })
    }

    /// The moment that was asked for, which must lie in the record; its end if none was.
    fn moment(&self, calendar: &Calendar, (from, to): (SimTime, SimTime)) -> Result<SimTime, Failure> {
        let Some(text) = &self.at else { return Ok(to) };
        let at = calendar.moment(text).map_err(|error| Failure::input(format!("--at: {error}")))?;
        let latest = calendar.midnight(calendar.day(SimTime(to.0 - 1)) + 1).max(to);
        if at <= from || at > latest {
            let (first, last) = (calendar.time(from), calendar.time(SimTime(to.0 - 1)));
            return Err(Failure::input(format!(
                "--at: {text} is outside the record, which runs from {first} to {last} on the users' clock"
            )));
        }
        Ok(at)
    }

    /// Beside the scenario's own folder, so that an explanation never takes the place of a run or a replay.
    fn folder(&self, scenario: &Scenario, user: &str) -> PathBuf {
        if let Some(out) = &self.common.out {
            return out.clone();
        }
        let plain: String = user.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        let folder = self.common.folder(scenario);
        let name = folder.file_name().map_or_else(|| scenario.name.clone(), |name| name.to_string_lossy().into_owned());
        folder.parent().unwrap_or(Path::new("")).join(format!("{name}_user_{plain}"))
    }

    /// What gives the same report.
    fn origin(&self, file: &ScenarioFile, scene: &Scene) -> Origin {
        let user = self.user.as_ref().map(|user| format!(" --user '{user}'")).unwrap_or_default();
        let at = self.at.as_ref().map(|at| format!(" --at '{at}'")).unwrap_or_default();
        let seed = self.common.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
        let command = format!("cwm explain {}{user}{at}{seed}", self.scenario.display());
        let scenario = (file.path.display().to_string(), file.hash());
        Origin { command, inputs: std::iter::once(scenario).chain(scene.inputs.clone()).collect() }
    }
}

pub(super) fn calendar(scenario: &Scenario, span: (SimTime, SimTime)) -> Calendar {
    Calendar::new(&scenario.clock.timezone, &scenario.sessions.dayparts, span)
}

/// What things are called in a history.
pub(super) fn words(scenario: &Scenario, timelines: &Timelines) -> Words {
    let names = |names: &[Name]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let Catalogues { contents, features, channels, styles } = &timelines.catalogues;
    Words::new(&scenario.sessions.dayparts, names(contents), scenario.currency).with(
        names(features),
        names(channels),
        names(styles),
    )
}

impl Scene {
    fn name(&self, user: UserId) -> String {
        self.names.get(&user).cloned().unwrap_or_else(|| user.to_string())
    }

    fn find(&self, name: &str) -> Result<UserId, Failure> {
        let user = UserId::of(name);
        if self.everybody.iter().any(|(known, _)| *known == user) {
            return Ok(user);
        }
        let some: Vec<String> = self.everybody.iter().take(5).map(|(known, _)| self.name(*known)).collect();
        Err(Failure::input(format!(
            "there is no user `{name}`; there are {} users, among them {}; without --user those worth looking at are \
             listed",
            count(self.everybody.len() as i64),
            some.join(", ")
        )))
    }

    /// Everybody as far as they were seen.
    fn lives(&self) -> Vec<Life<'_>> {
        match &self.seen {
            Seen::Recorded(timelines) => {
                let lives = replay::lives(timelines);
                lives.into_iter().map(|life| Life { end: self.at, ..life }).collect()
            }
            Seen::World(watched, _) => watched.lives(self.at),
        }
    }

    /// What is known of everybody that does not come from this user.
    fn priors(&self, user: UserId, lives: &[Life<'_>], scenario: &Scenario) -> Result<Priors, Failure> {
        let others = lives.iter().filter(|life| life.user.0 % 2 != user.0 % 2).count();
        match &self.seen {
            Seen::World(_, priors) => Ok(Priors::clone(priors)),
            Seen::Recorded(_) if others > 0 => Ok(priors_for(user, lives, &replay::plan(scenario).fit).priors),
            Seen::Recorded(_) => Err(Failure::input(format!(
                "nobody with an id of the other parity was seen before {}: there is no population to learn from",
                self.calendar.time(self.at)
            ))),
        }
    }

    fn explain(&self, user: UserId, scenario: &Scenario) -> Result<Explanation, Failure> {
        let lives = self.lives();
        let first = self.everybody.iter().find(|(known, _)| *known == user).map_or(self.at, |(_, first)| *first);
        let missing = || {
            let (name, first, at) = (self.name(user), self.calendar.time(first), self.calendar.time(self.at));
            Failure::input(format!("user {name} was first seen at {first}: nothing was known of them at {at}"))
        };
        let life = *lives.iter().find(|life| life.user == user).ok_or_else(missing)?;
        let priors = self.priors(user, &lives, scenario)?;
        let (name, words, calendar) = (self.name(user), &self.words, &self.calendar);
        Ok(explain(&Question { name: &name, life, at: self.at, priors: &priors, words, calendar, seed: scenario.seed }))
    }

    fn candidates(&self, scenario: &Scenario) -> Result<Vec<Candidate>, Failure> {
        let lives = self.lives();
        let (even, odd) = (self.priors(UserId(0), &lives, scenario)?, self.priors(UserId(1), &lives, scenario)?);
        let choosing = Choosing { at: self.at, priors: [&even, &odd], words: &self.words, calendar: &self.calendar };
        Ok(candidates(&lives, &choosing, &|user| self.name(user)))
    }
}

fn manifest(file: &ScenarioFile, scene: &Scene, explanation: &Explanation) -> Manifest {
    Manifest {
        command: "explain",
        scenario: file.path.display().to_string(),
        scenario_blake3: file.hash(),
        seed: file.scenario.seed,
        user: explanation.user.clone(),
        at: explanation.at.clone(),
        inputs: scene.inputs.iter().cloned().collect(),
    }
}

fn json(error: serde_json::Error) -> Failure {
    Failure::write("cannot write the result as JSON", error)
}
