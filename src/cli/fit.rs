//! `cwm fit`: what a history says of the reference models, and a world fitted to it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use clap::{Args, builder::PossibleValuesParser};
use serde::Serialize;

use super::{
    Failure, Format,
    events::OfEvents,
    fit_check::{Checked, Wanted},
    new, on_threads, progress, replay,
};
use crate::{
    base::time::Date,
    history::{
        log::{self, Loaded},
        sessions::timelines,
    },
    show::table::{Cell, Column, Table, TableError},
    study::{
        calibrate::{
            customers::Customers,
            models::{self, FittedModel},
            script::{self, Head},
            world::{self, FittedWorld, Source},
        },
        recording,
    },
    world::scenario::ScenarioFile,
};

/// Fits models to a history.
#[derive(Args, Debug)]
pub(super) struct Fit {
    /// The scenario that names the history, or the world to simulate one; the folder of an import; a file of canonical events.
    scenario: PathBuf,
    /// Also fits a world to the history, and writes it here as a scenario that can be read, changed and run.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also holds the fitted world against the history: does what it leaves behind look like it?
    #[arg(long)]
    check: bool,
    /// Replicas of the history to live for that.
    #[arg(long, default_value_t = 39, requires = "check", value_parser = clap::value_parser!(u32).range(9..=9_999))]
    replicas: u32,
    /// Folder to write the check to, instead of outputs/<scenario name>_check.
    #[arg(long, value_name = "DIR", requires = "check")]
    out: Option<PathBuf>,
    /// Reference models to fit, separated by commas; all that the history bears if not given.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = PossibleValuesParser::new(models::names()))]
    models: Vec<String>,
    /// Threads to work on; results do not depend on it. All cores if not given.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print no progress.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    events: OfEvents,
}

/// What became of one model.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    fitted: Option<FittedModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    wall_s: f64,
}

#[derive(Serialize)]
struct Printed {
    scenario: String,
    events: usize,
    buyers: usize,
    models: BTreeMap<String, Told>,
    notes: Vec<String>,
    /// What the world was fitted as.
    #[serde(skip_serializing_if = "Option::is_none")]
    world: Option<FittedWorld>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    /// How it resembles the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Checked>,
    wall_s: f64,
}

impl Fit {
    pub fn execute(&self) -> Result<(), Failure> {
        #[expect(clippy::disallowed_methods, reason = "how long a fit took is told, never used")]
        let start = Instant::now();
        // 1. What happened.
        let file = self.events.scenario(&self.scenario)?;
        self.keep_the_scenario()?;
        let loaded = self.history(&file)?;
        let customers = Customers::of(&loaded.history, &file.scenario.clock.timezone, file.scenario.currency);
        // 2. What the models make of it.
        let (models, notes) = on_threads(self.threads, || self.models(&customers))?;
        // 3. A world like it.
        let wanted = self.output.is_some() || self.check;
        let world = wanted.then(|| self.world(&file, &loaded)).transpose()?;
        let (world, check) = world.map_or((None, None), |(world, check)| (Some(world), check));
        // 4. Told.
        let (scenario, events) = (self.scenario.display().to_string(), loaded.history.events.len());
        let output = self.output.as_ref().map(|output| output.display().to_string());
        let wall_s = start.elapsed().as_secs_f64();
        let buyers = customers.buyers();
        self.print(&Printed { scenario, events, buyers, models, notes, world, output, check, wall_s })
    }

    /// The scenario itself is never written over.
    fn keep_the_scenario(&self) -> Result<(), Failure> {
        let output = self.output.as_ref().and_then(|output| output.canonicalize().ok());
        if output.is_some() && output == self.scenario.canonicalize().ok() {
            let name = self.scenario.display();
            return Err(Failure::input(format!("{name} would be written over; name another file with -o")));
        }
        Ok(())
    }

    /// Fits a world, writes it down and holds it against the history, as far as asked for.
    fn world(&self, file: &ScenarioFile, loaded: &Loaded) -> Result<(FittedWorld, Option<Checked>), Failure> {
        let timelines = timelines(&loaded.history, &replay::sessionisation(&file.scenario))?;
        let spinner = progress::spinner(self.quiet, "fitting a world");
        let source = Source { scenario: &file.scenario, history: &loaded.history, timelines: &timelines };
        let world = on_threads(self.threads, || world::fit(&source))?;
        spinner.finish_and_clear();
        let world = world.map_err(|error| Failure::input(format!("{}: {error}", self.scenario.display())))?;
        let beside = self.scenario.with_extension("fitted.ron");
        let output = self.output.as_deref().unwrap_or(&beside);
        // What is written must be a scenario in order.
        let written = ScenarioFile::parse(output, self.script(file, &world, output))?;
        if self.output.is_some() {
            let failed = |why| Failure::write(format!("cannot write {}", output.display()), why);
            std::fs::write(output, &written.source).map_err(failed)?;
        }
        let check = self.check.then(|| self.checked(file, &written, loaded)).transpose()?;
        Ok((world, check))
    }

    fn checked(&self, file: &ScenarioFile, fitted: &ScenarioFile, loaded: &Loaded) -> Result<Checked, Failure> {
        let (out, threads, quiet) = (self.out.as_deref(), self.threads, self.quiet);
        Wanted { file, fitted: &fitted.scenario, replicas: self.replicas, out, threads, quiet }.execute(loaded)
    }

    fn script(&self, file: &ScenarioFile, world: &FittedWorld, output: &Path) -> String {
        let next = Date::from_number(world.last_day + 1);
        // Past the calendar's end a record's own first day will do.
        let start = next.or_else(|| Date::from_number(0)).or(file.scenario.clock.start);
        let (name, of) = (new::name(output), format!("the history of {}", self.scenario.display()));
        let recorded = replay::resolved(file, folder_of(output)).recorded;
        let head = |start| Head { name: &name, of: &of, scenario: &file.scenario, start, recorded: recorded.as_ref() };
        start.map(|start| script::written(&head(start), world)).unwrap_or_default()
    }

    /// The recorded history; in its place, what the world leaves behind in which nothing is tried.
    fn history(&self, file: &ScenarioFile) -> Result<Loaded, Failure> {
        if let Some(recorded) = &file.scenario.recorded {
            return Ok(log::load(recorded, file.folder(), file.scenario.currency)?);
        }
        let spinner = progress::spinner(self.quiet, "living the world");
        let history = recording::history(&file.scenario)?;
        spinner.finish_and_clear();
        if history.events.is_empty() {
            let name = self.scenario.display();
            return Err(Failure::input(format!("{name}: nobody comes to this world, so there is nothing to fit to")));
        }
        Ok(Loaded::of(history))
    }

    /// Every model that was asked for; where none was, every one that the history bears.
    fn models(&self, customers: &Customers) -> (BTreeMap<String, Told>, Vec<String>) {
        let all = models::names().into_iter().map(str::to_owned);
        let asked = if self.models.is_empty() { all.collect() } else { self.models.clone() };
        let skipped = |name: &String| self.models.is_empty() && models::needs_goodbyes(name) && !customers.announced();
        let (skipped, fitted): (Vec<String>, Vec<String>) = asked.into_iter().partition(skipped);
        let note = |name| format!("{name} was left out: the history has no announced departures");
        let told = fitted.into_iter().map(|name| {
            let spinner = progress::spinner(self.quiet, "fitting reference models");
            let told = Told::of(&name, customers);
            spinner.finish_and_clear();
            (name, told)
        });
        (told.collect(), skipped.into_iter().map(note).collect())
    }

    fn print(&self, printed: &Printed) -> Result<(), Failure> {
        match self.format {
            Format::Json => {
                let json = serde_json::to_string(printed);
                say!("{}", json.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => {
                say!("{} events, {} users who bought\n", printed.events, printed.buyers);
                let table = table(&printed.models).map_err(|error| Failure::write("cannot make a table", error))?;
                say!("{}", table.to_text());
                for note in notes(printed) {
                    say!("{note}");
                }
                if let Some(checked) = &printed.check {
                    say!("\n{}\n\nThe report is in {}/report.html", checked.printed, checked.output);
                }
                if let (Some(output), Some(world)) = (&printed.output, &printed.world) {
                    say!(
                        "\n{output} is written: a world of {} segments; `cwm run {output}` runs it",
                        world.segments.len()
                    );
                }
            }
        }
        Ok(())
    }
}

/// The folder that a file is in.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Told {
    fn of(name: &str, customers: &Customers) -> Self {
        #[expect(clippy::disallowed_methods, reason = "how long a fit took is told, never used")]
        let start = Instant::now();
        let (fitted, error) = match models::fit(name, customers) {
            Ok(fitted) => (Some(fitted), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { fitted, error, wall_s: start.elapsed().as_secs_f64() }
    }
}

/// Parameters with their standard errors, a model a row.
fn table(told: &BTreeMap<String, Told>) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Model"),
        Column::text("Parameters (± standard error; weeks, periods of 30 days, major units)"),
        Column::float("Log likelihood", "", 1),
        Column::integer("Customers", ""),
    ];
    let mut table = Table::new("models", "Reference models", columns);
    let order = models::names();
    let fitted = order.iter().filter_map(|&name| Some((name, told.get(name)?.fitted.as_ref()?)));
    for (name, fit) in fitted {
        let customers = Cell::Integer(fit.customers as i64);
        table.push(vec![name.into(), parameters(fit).into(), fit.log_likelihood.into(), customers])?;
    }
    Ok(table)
}

fn parameters(fit: &FittedModel) -> String {
    let one = |(name, value): (&&'static str, &f64)| {
        let error = fit.standard_errors.get(*name).copied().flatten();
        format!("{name} {value:.4}{}", error.map(|error| format!(" ± {error:.2}")).unwrap_or_default())
    };
    fit.parameters.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What could not be fitted, what to be careful about, and what was left out.
fn notes(printed: &Printed) -> Vec<String> {
    let one = |(name, told): (&String, &Told)| {
        let cautions = told.fitted.iter().flat_map(|fit| &fit.cautions).chain(&told.error);
        cautions.map(|what| format!("{name}: {what}")).collect::<Vec<_>>()
    };
    printed.models.iter().flat_map(one).chain(printed.notes.iter().cloned()).collect()
}
