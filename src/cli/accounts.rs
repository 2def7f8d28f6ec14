//! What commands do with customers that are companies: a folder with `accounts.csv`, or a scenario with `accounts`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Common, Failure, Format, progress};
use crate::{
    base::time::Date,
    history::{
        account::{AccountHistory, files},
        rejection::{self, Rejection},
    },
    show::{
        accounts_report,
        folder::Publication,
        run_report::{Origin, Report, ReportError},
    },
    study::accounts::{brief, explanation, foresight, insight},
    world::{
        account::{
            cohort::Seating,
            direct::{self, Plan},
        },
        scenario::ScenarioFile,
    },
};

/// A company's accounts, and where they are from.
pub(super) struct Companies<'a> {
    pub history: AccountHistory,
    /// Rows that were rejected.
    pub rejected: Vec<Rejection>,
    name: String,
    seed: u64,
    path: &'a Path,
    inputs: Vec<(String, String)>,
    common: &'a Common,
}

/// What the manifest says.
#[derive(Serialize)]
struct Manifest<'a> {
    command: &'a str,
    inputs: &'a [(String, String)],
    seed: u64,
}

#[derive(Serialize)]
struct Printed<'a, T> {
    #[serde(flatten)]
    found: &'a T,
    output: String,
}

/// The accounts that a path holds; none if it is not about accounts. A scenario is lived, by itself or with a play
/// that is tried on a random half of who is eligible.
pub(super) fn companies<'a>(
    path: &'a Path,
    trial: Option<&str>,
    common: &'a Common,
) -> Result<Option<Companies<'a>>, Failure> {
    if files::is_there(path) {
        return recorded(path, trial, common).map(Some);
    }
    if path.extension().is_none_or(|own| own != "ron") {
        return Ok(None);
    }
    let mut file = ScenarioFile::read(path)?;
    if file.scenario.accounts.is_none() {
        return Ok(None);
    }
    file.scenario.seed = common.seed.unwrap_or(file.scenario.seed);
    let spinner = progress::spinner(common.quiet, "living the accounts");
    let history = lived(&file, trial, common)?;
    spinner.finish_and_clear();
    Ok(Some(Companies {
        history,
        rejected: Vec::new(),
        name: file.scenario.name.clone(),
        seed: file.scenario.seed,
        path,
        inputs: vec![(path.display().to_string(), file.hash())],
        common,
    }))
}

/// The same, where it must be about accounts.
pub(super) fn asked<'a>(path: &'a Path, common: &'a Common) -> Result<Companies<'a>, Failure> {
    let none = || {
        Failure::input(format!(
            "{}: there are no accounts; expected a scenario with `accounts`, or a folder with company.ron and accounts.csv",
            path.display()
        ))
    };
    companies(path, None, common)?.ok_or_else(none)
}

/// A folder of tables. What was left out of them is told.
fn recorded<'a>(path: &'a Path, trial: Option<&str>, common: &'a Common) -> Result<Companies<'a>, Failure> {
    if trial.is_some() {
        let what =
            "a recorded history has its own experiments (columns `arm` and `enrolled`); --trial is for scenarios";
        return Err(Failure::input(format!("{}: {what}", path.display())));
    }
    let read = files::read(path)?;
    if let Some(first) = read.rejected.first() {
        eprintln!("{} rows were left out; the first: {first}", read.rejected.len());
    }
    let hash = |file: &PathBuf| {
        let bytes =
            std::fs::read(file).map_err(|why| Failure::write(format!("cannot read {}", file.display()), why))?;
        Ok((file.display().to_string(), blake3::hash(&bytes).to_hex().to_string()))
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    let name = path
        .file_name()
        .map_or_else(|| "accounts".to_owned(), |name| name.to_string_lossy().chars().map(plain).collect());
    Ok(Companies {
        history: read.history,
        rejected: read.rejected,
        name,
        seed: common.seed.unwrap_or(1),
        path,
        inputs: read.files.iter().map(hash).collect::<Result<_, Failure>>()?,
        common,
    })
}

fn lived(file: &ScenarioFile, trial: Option<&str>, common: &Common) -> Result<AccountHistory, Failure> {
    let plan = Plan { threads: common.threads(), seating: Seating::Together };
    let history = if let Some(play) = trial {
        direct::trial(&file.scenario, play, 0, plan)?
    } else {
        let mut control = file.scenario.clone();
        control.experiment = None;
        let mut lived = direct::direct(&control, 0..1, plan, true, &mut |_, _| {})?;
        lived.pop().and_then(|world| world.history)
    };
    let plays = || {
        let plays = file.scenario.accounts.iter().flat_map(|accounts| &accounts.plays);
        plays.map(|play| play.id.as_str()).collect::<Vec<_>>().join(", ")
    };
    let name = file.path.display();
    history.ok_or_else(|| {
        let play = trial.unwrap_or_default();
        Failure::input(format!("{name}: no play is named \"{play}\"; there are {}", plays()))
    })
}

impl Companies<'_> {
    fn origin(&self, command: &str) -> Origin {
        let seed = self.common.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
        let (first, rest) = command.split_once(' ').unwrap_or((command, ""));
        let rest = if rest.is_empty() { String::new() } else { format!(" {rest}") };
        Origin { command: format!("cwm {first} {}{rest}{seed}", self.path.display()), inputs: self.inputs.clone() }
    }

    fn folder(&self, what: &str) -> PathBuf {
        self.common.out.clone().unwrap_or_else(|| PathBuf::from("outputs").join(format!("{}_{what}", self.name)))
    }

    /// Writes a report and prints what was asked for.
    fn publish<T: Serialize>(
        &self,
        what: &str,
        command: &str,
        found: &T,
        report: impl FnOnce(&Origin) -> Result<Report, ReportError>,
    ) -> Result<(), Failure> {
        let mut publication = Publication::begin(&self.folder(what))?;
        let report = report(&self.origin(command))?;
        publication.write_report(&report.document)?;
        publication.write_json("summary.json", found)?;
        let mut rejected = Vec::new();
        rejection::write_csv(&self.rejected, &mut rejected)
            .map_err(|why| Failure::write("cannot write rejected.csv", why))?;
        publication.write("rejected.csv", &rejected)?;
        let manifest = Manifest { command, inputs: &self.inputs, seed: self.seed };
        let output = publication.publish(&manifest)?.display().to_string();
        match self.common.format {
            Format::Json => {
                let json = serde_json::to_string(&Printed { found, output });
                say!("{}", json.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{}\n\nThe report is in {output}/report.html", report.printed),
        }
        Ok(())
    }

    /// `cwm insight`.
    pub fn insight(&self, trial: Option<&str>) -> Result<(), Failure> {
        let found = self.common.on_threads(|| insight::insight(&self.history, self.seed))?;
        let command = trial.map_or_else(|| "insight".to_owned(), |play| format!("insight --trial {play}"));
        self.publish("insight", &command, &found, |origin| {
            accounts_report::insight::of(&found, self.history.currency, origin)
        })
    }

    /// `cwm replay`.
    pub fn replay(&self) -> Result<(), Failure> {
        let found = self.common.on_threads(|| foresight::foresight(&self.history, self.seed))?;
        self.publish("replay", "replay", &found, |origin| {
            accounts_report::replay::of(&found, self.history.accounts.len(), self.rejected.len(), origin)
        })
    }

    /// `cwm explain --account`.
    pub fn explain(&self, account: &str, at: Option<&str>) -> Result<(), Failure> {
        let day = self.day(at)?;
        let place = self.history.accounts.iter().position(|own| own.id.as_str() == account);
        let place = place.ok_or_else(|| self.unknown(account))?;
        let told = self.common.on_threads(|| explanation::explain(&self.history, place, day))?;
        let told = told.ok_or_else(|| {
            let day = explanation::date(day);
            Failure::input(format!("{}: {account} has no contract on {day}", self.path.display()))
        })?;
        let at = at.map(|day| format!(" --at {day}")).unwrap_or_default();
        self.publish(&format!("explain_{account}"), &format!("explain --account {account}{at}"), &told, |origin| {
            accounts_report::explain::of(&told, self.history.currency, origin)
        })
    }

    /// `cwm brief`.
    pub fn brief(&self, at: Option<&str>, hours: f64) -> Result<(), Failure> {
        let day = self.day(at)?;
        let found = self.common.on_threads(|| brief::brief(&self.history, day, hours, self.seed))?;
        let command = at.map_or_else(|| "brief".to_owned(), |day| format!("brief --day {day}"));
        self.publish(&format!("brief_{}", found.day), &format!("{command} --hours {hours}"), &found, |origin| {
            accounts_report::brief::of(&found, self.history.currency, origin)
        })
    }

    /// A day of the history; its last if none is given.
    fn day(&self, at: Option<&str>) -> Result<i32, Failure> {
        let (first, end) = self.history.days;
        let Some(text) = at else { return Ok(end - 1) };
        let date = Date::parse(text).map_err(|error| Failure::input(error.to_string()))?;
        let within = i32::try_from(date.number()).ok().filter(|day| (first..end).contains(day));
        within.ok_or_else(|| {
            let (first, last) = (explanation::date(first), explanation::date(end - 1));
            Failure::input(format!("{text} must be a day of the history, from {first} to {last}"))
        })
    }

    fn unknown(&self, account: &str) -> Failure {
        let known = self.history.accounts.iter().map(|own| own.id.as_str());
        let near = crate::base::codec::nearest(account, known).map(|near| format!("; did you mean \"{near}\"?"));
        Failure::input(format!(
            "{}: no account is named \"{account}\"{}",
            self.path.display(),
            near.unwrap_or_default()
        ))
    }
}
