//! `cwm insight --why`: why revenue of a day or week differs from that of another.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Common, Failure, Format};
use crate::{
    base::codec,
    history::log::Loaded,
    show::{folder::Publication, run_report::Origin, why_report},
    study::why::{
        Against, Question, Why, WhyError,
        period::{Period, PeriodError},
        why,
    },
    world::scenario::ScenarioFile,
};

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    why: &'a Why,
    output: String,
}

/// What the manifest says.
#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    period: String,
    against: String,
}

impl From<WhyError> for Failure {
    fn from(error: WhyError) -> Self {
        Self::input(error.to_string())
    }
}

impl From<PeriodError> for Failure {
    fn from(error: PeriodError) -> Self {
        Self::input(error.to_string())
    }
}

/// Takes the change from one day or week (the one before, if none is given) to another apart, in a history that is `named` on
/// the command line.
///
/// # Errors
/// [`Failure`], if the periods are not in it, or nothing can be written.
pub(super) fn of(
    file: &ScenarioFile,
    loaded: &Loaded,
    named: &Path,
    (day, against): (&str, Option<&str>),
    common: &Common,
) -> Result<(), Failure> {
    // 1. What is asked.
    let period = Period::parse(day)?;
    let other = against.map(Period::parse).transpose()?.unwrap_or_else(|| period.before());
    let mut publication = Publication::begin(&folder(file, period, common))?;
    // 2. Taken apart.
    let why = why(&question(file, loaded, period, Against::Period(other)))?;
    // 3. Shown.
    let command = format!("cwm insight {} --why {period} --against {other}", named.display());
    let report = why_report::of(&why, file.scenario.currency, &origin(file, loaded, command))?;
    publication.write_report(&report.document)?;
    publication.write_json("summary.json", &why)?;
    let resolved = super::replay::resolved(file, publication.target());
    publication.write("scenario.ron", codec::to_string(&resolved).as_bytes())?;
    let output = publication.publish(&manifest(file, &why))?.display().to_string();
    print(&why, &report.printed, output, common.format)
}

fn print(why: &Why, text: &str, output: String, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => {
            let printed = serde_json::to_string(&Printed { why, output });
            say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
        }
        Format::Text => say!("{text}\n\nThe report is in {output}/report.html"),
    }
    Ok(())
}

/// What a history is asked.
pub(super) fn question<'a>(
    file: &'a ScenarioFile,
    loaded: &'a Loaded,
    period: Period,
    against: Against,
) -> Question<'a> {
    let scenario = &file.scenario;
    Question {
        history: &loaded.history,
        zone: &scenario.clock.timezone,
        timeout_minutes: scenario.sessions.timeout_minutes.value().ceil() as u32,
        currency: scenario.currency,
        period,
        against,
    }
}

/// What gives the same again.
pub(super) fn origin(file: &ScenarioFile, loaded: &Loaded, command: String) -> Origin {
    let mut inputs = vec![(file.path.display().to_string(), file.hash())];
    let hashes = loaded.report.input_hashes.iter();
    inputs.extend(hashes.map(|(path, hash)| (path.display().to_string(), hash.clone())));
    Origin { command, inputs }
}

/// Beside the scenario's own folder, one for each day or week.
fn folder(file: &ScenarioFile, period: Period, common: &Common) -> PathBuf {
    beside(file, common, &format!("why_{period}"))
}

/// A folder beside that of the scenario's own run, which it never takes the place of.
pub(super) fn beside(file: &ScenarioFile, common: &Common, what: &str) -> PathBuf {
    if let Some(out) = &common.out {
        return out.clone();
    }
    let folder = common.folder(&file.scenario);
    let name =
        folder.file_name().map_or_else(|| file.scenario.name.clone(), |name| name.to_string_lossy().into_owned());
    folder.with_file_name(format!("{name}_{what}"))
}

fn manifest(file: &ScenarioFile, why: &Why) -> Manifest {
    Manifest {
        command: "insight --why",
        scenario: file.path.display().to_string(),
        scenario_blake3: file.hash(),
        period: why.period.clone(),
        against: why.against.clone(),
    }
}
