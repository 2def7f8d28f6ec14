//! The log: all events of all users in canonical order, and how they were loaded.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    error::HistoryError,
    event::Event,
    name::Name,
    rejection::Rejection,
    source::{self, Intake, Layout, Recorded, Since},
};
use crate::base::units::{Currency, UserId};

/// What happened to all users.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// In canonical order, without exact duplicates.
    pub events: Vec<Event>,
    /// Names of the users whose id is a hash; a plain number is its own name.
    pub names: BTreeMap<UserId, Name>,
}

impl History {
    /// Sorts events and drops exact duplicates.
    #[must_use]
    pub fn new(mut events: Vec<Event>, names: BTreeMap<UserId, Name>) -> Self {
        // Stable and adaptive: most files are nearly sorted already.
        events.sort_by(Event::compare);
        events.dedup();
        Self { events, names }
    }

    /// The user's own name.
    #[must_use]
    pub fn name(&self, user: UserId) -> Cow<'_, str> {
        name(&self.names, user)
    }
}

/// The name of a user: a plain number is its own.
#[must_use]
pub fn name(names: &BTreeMap<UserId, Name>, user: UserId) -> Cow<'_, str> {
    names.get(&user).map_or_else(|| user.to_string().into(), |name| name.as_str().into())
}

/// A history and how it was loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What happened.
    pub history: History,
    /// How it was loaded.
    pub report: LoadReport,
}

impl Loaded {
    /// A history that comes from no file: each event is a row.
    #[must_use]
    pub fn of(history: History) -> Self {
        let events = history.events.len() as u64;
        let report = LoadReport { rows: events, events, ..LoadReport::default() };
        Self { history, report }
    }
}

/// How a history was loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadReport {
    /// Data rows read, the rejected ones included.
    pub rows: u64,
    /// Events in the history.
    pub events: u64,
    /// Events dropped because the same event was there already.
    pub duplicate_events: u64,
    /// Rows that added nothing, because the same row was there already.
    pub duplicates: u64,
    /// Malformed rows left out, in the order of the files and their rows.
    pub rejected: Vec<Rejection>,
    /// Rows left out because they came too late, in the same order.
    pub too_late: Vec<Rejection>,
    /// BLAKE3 of each file, in hexadecimal, in the order of the scenario.
    pub input_hashes: Vec<(PathBuf, String)>,
}

/// Loads a recorded history; paths are relative to `base`, the scenario's folder.
///
/// # Errors
/// [`HistoryError`], of which [`HistoryError::is_io`] tells whether a file could not be read at all.
pub fn load(recorded: &Recorded, base: &Path, currency: Currency) -> Result<Loaded, HistoryError> {
    let loaded = load_since(recorded, base, currency, None)?;
    if loaded.history.events.is_empty() {
        let files: Vec<String> = recorded.files.iter().map(|file| file.path.display().to_string()).collect();
        return Err(HistoryError::Empty { files: files.join(", "), rows: loaded.report.rows });
    }
    Ok(loaded)
}

/// The same, leaving out what happened before a moment; there may be nothing left.
///
/// # Errors
/// As [`load`].
pub fn load_since(
    recorded: &Recorded,
    base: &Path,
    currency: Currency,
    since: Option<Since>,
) -> Result<Loaded, HistoryError> {
    let mut intake = Intake::new(currency, since);
    let mut input_hashes = Vec::new();
    for file in &recorded.files {
        let name = Name::from(file.path.display().to_string());
        let layout = Layout::new(&name, file.rows.as_ref())?;
        let hash = source::read(&base.join(&file.path), &name, file.format()?, &layout, &mut intake)?;
        input_hashes.push((file.path.clone(), hash.to_hex().to_string()));
    }
    check(&intake, recorded)?;
    let one_event_a_row = recorded.files.iter().all(|file| file.rows.is_none());
    Ok(finish(intake, input_hashes, one_event_a_row))
}

/// Loads one file in the canonical layout, of which no row may be malformed.
///
/// # Errors
/// As [`load`].
pub fn load_canonical(path: &Path, currency: Currency) -> Result<Loaded, HistoryError> {
    load(&Recorded::canonical(path), Path::new(""), currency)
}

fn check(intake: &Intake, recorded: &Recorded) -> Result<(), HistoryError> {
    if let Some((first, second)) = &intake.collision {
        return Err(HistoryError::Collision { first: first.to_string(), second: second.to_string() });
    }
    let (rejected, rows, limit) = (intake.rejected.len() as u64, intake.rows, recorded.max_rejected_share.value());
    if let Some(first) = intake.rejected.first().filter(|_| rejected as f64 > limit * rows as f64) {
        return Err(HistoryError::TooManyRejected { rejected, rows, limit, first: Box::new(first.clone()) });
    }
    Ok(())
}

fn finish(intake: Intake, input_hashes: Vec<(PathBuf, String)>, one_event_a_row: bool) -> Loaded {
    let mut events = intake.events;
    events.sort_by(Event::compare);
    let before = events.len();
    let repeated_rows = repeated_rows(&events);
    events.dedup();
    let duplicate_events = (before - events.len()) as u64;
    let report = LoadReport {
        rows: intake.rows,
        events: events.len() as u64,
        duplicate_events,
        duplicates: if one_event_a_row { duplicate_events } else { repeated_rows },
        rejected: intake.rejected,
        too_late: intake.too_late,
        input_hashes,
    };
    Loaded { history: History { events, names: source::sorted(intake.names) }, report }
}

/// The events of one row share time, user and ordinal; so a row was there as often as the most repeated of them.
fn repeated_rows(sorted: &[Event]) -> u64 {
    let repeats = |row: &[Event]| row.chunk_by(|a, b| a == b).map(|same| same.len() as u64 - 1).max().unwrap_or(0);
    sorted.chunk_by(|a, b| a.order() == b.order()).map(repeats).sum()
}

#[cfg(test)]
mod tests;
