//! Rows in, events out: the one place where a row is taken or rejected, whatever its file's format.

use std::{collections::BTreeMap, fmt};

use xxhash_rust::xxh64::xxh64;

use super::{
    Column, Sink, Wanted, canonical,
    cell::Cell,
    clock::Clock,
    rows::{Repeats, Row, Rows, Target},
};
use crate::{
    base::{
        time::SimTime,
        units::{Currency, UserId},
    },
    history::{
        error::HistoryError,
        event::{Event, EventKind},
        name::{Interner, Name},
        rejection::{Flaw, Place, Rejection},
    },
};

/// What a row of a file means.
pub enum Layout<'a> {
    /// One event, in the canonical columns.
    Canonical,
    /// What the scenario says.
    Mapped(&'a Rows, Clock),
}

impl<'a> Layout<'a> {
    /// The layout of a file.
    ///
    /// # Errors
    /// [`HistoryError::Setting`] if the scenario contradicts itself.
    pub fn new(file: &str, rows: Option<&'a Rows>) -> Result<Self, HistoryError> {
        let setting = |what| HistoryError::Setting { file: file.to_owned(), what };
        match rows {
            None => Ok(Self::Canonical),
            Some(rows) => Clock::new(&rows.at).map(|clock| Self::Mapped(rows, clock)).map_err(setting),
        }
    }

    /// What is asked of the file.
    pub(super) fn wanted(&self) -> Wanted {
        match self {
            Self::Canonical => canonical::wanted(),
            Self::Mapped(rows, _) => {
                let column = |(name, required): (&str, bool)| Column { name: name.to_owned(), required };
                let columns = rows.columns().into_iter().map(column).collect();
                Wanted { columns, content: rows.ordinal.is_none() }
            }
        }
    }
}

/// From when on events are taken: earlier ones have been learned from already, and cannot be put among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The first moment that is taken.
    pub watermark: SimTime,
    /// How far it is behind the latest event \[s\].
    pub window: i64,
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from the watermark {} on (window {} h)", self.watermark, self.window as f64 / 3_600.0)
    }
}

/// What was read so far.
pub struct Intake {
    /// Events in no order.
    pub events: Vec<Event>,
    /// Names of users whose id is no plain number.
    pub names: BTreeMap<UserId, Name>,
    /// Rows left out because they are malformed.
    pub rejected: Vec<Rejection>,
    /// Rows left out because they came too late.
    pub too_late: Vec<Rejection>,
    /// Rows read, the rejected ones included.
    pub rows: u64,
    /// Two names with the same hash, if there are any.
    pub collision: Option<(Name, Name)>,
    interner: Interner,
    currency: Currency,
    since: Option<Since>,
}

impl Intake {
    /// An empty intake of amounts in a currency.
    pub fn new(currency: Currency, since: Option<Since>) -> Self {
        Self {
            events: Vec::new(),
            names: BTreeMap::new(),
            rejected: Vec::new(),
            too_late: Vec::new(),
            rows: 0,
            collision: None,
            interner: Interner::default(),
            currency,
            since,
        }
    }

    /// Takes the rows of one file.
    pub(super) fn of_file<'a>(&'a mut self, file: Name, layout: &'a Layout<'a>, wanted: &'a Wanted) -> FileIntake<'a> {
        FileIntake { intake: self, file, layout, columns: &wanted.columns, seen: BTreeMap::new(), kinds: Vec::new() }
    }

    fn user(&mut self, name: &str) -> UserId {
        let id = UserId::of(name);
        if id.0 >> 63 == 1 {
            let known = self.names.entry(id).or_insert_with(|| name.into());
            if &**known != name && self.collision.is_none() {
                self.collision = Some((known.clone(), name.into()));
            }
        }
        id
    }
}

/// Takes the rows of one file.
pub(super) struct FileIntake<'a> {
    intake: &'a mut Intake,
    file: Name,
    layout: &'a Layout<'a>,
    columns: &'a [Column],
    /// How often each content was seen, where repeats are kept.
    seen: BTreeMap<u64, u64>,
    kinds: Vec<EventKind>,
}

impl Sink for FileIntake<'_> {
    fn row(&mut self, place: Place, cells: &[Cell<'_>], content: u64) {
        self.intake.rows += 1;
        let row = Row { columns: self.columns, cells };
        let taken = match self.layout {
            Layout::Canonical => self.canonical(&row),
            Layout::Mapped(rows, clock) => self.mapped(rows, clock, &row, content),
        };
        match taken {
            Ok(Some(late)) => self.intake.too_late.push(Rejection::new(&self.file, place, late)),
            Ok(None) => {}
            Err(flaw) => self.intake.rejected.push(Rejection::new(&self.file, place, flaw)),
        }
    }

    fn reject(&mut self, place: Place, flaw: Flaw) {
        self.intake.rows += 1;
        self.intake.rejected.push(Rejection::new(&self.file, place, flaw));
    }
}

impl FileIntake<'_> {
    /// The flaw of a row that came too late, if it did.
    fn canonical(&mut self, row: &Row<'_>) -> Result<Option<Flaw>, Flaw> {
        let event = canonical::Fields::of(row, &mut self.intake.interner)?;
        if let Some(late) = self.too_late("at", event.at) {
            return Ok(Some(late));
        }
        let user = match canonical::nameless(&event.user) {
            Some(user) => user,
            None => self.intake.user(&event.user),
        };
        self.intake.events.push(Event { at: event.at, user, ordinal: event.ordinal, kind: event.kind });
        Ok(None)
    }

    /// All events of the row, or none of them.
    fn mapped(&mut self, rows: &Rows, clock: &Clock, row: &Row<'_>, content: u64) -> Result<Option<Flaw>, Flaw> {
        let Some(at) = time(rows, clock, row)? else { return Ok(None) };
        let (interner, currency) = (&mut self.intake.interner, self.intake.currency);
        self.kinds.clear();
        let mut target = Target { interner, currency, kinds: &mut self.kinds };
        rows.events.iter().try_for_each(|mapping| mapping.apply(row, &mut target))?;
        let name = required(row, &rows.user, "the id of a user")?;
        let ordinal = match &rows.ordinal {
            Some(column) => UserId::of(&required(row, column, "what tells this row from others")?).0,
            None => self.content_ordinal(rows.repeats, content),
        };
        if let Some(late) = self.too_late(&rows.at.column, at) {
            return Ok(Some(late));
        }
        let user = self.intake.user(&name);
        let events = self.kinds.drain(..).map(|kind| Event { at, user, ordinal, kind });
        self.intake.events.extend(events);
        Ok(None)
    }

    fn too_late(&self, column: &str, at: SimTime) -> Option<Flaw> {
        let since = self.intake.since.filter(|since| at < since.watermark)?;
        Some(Flaw::new(column, since.to_string(), &format!("{at}, older than the watermark")))
    }

    /// Rows with the same content are interchangeable, so counting them does not depend on their order.
    fn content_ordinal(&mut self, repeats: Repeats, content: u64) -> u64 {
        if repeats == Repeats::Drop {
            return content;
        }
        let count = self.seen.entry(content).or_insert(0);
        *count += 1;
        if *count == 1 { content } else { xxh64(&content.to_le_bytes(), *count) }
    }
}

fn time(rows: &Rows, clock: &Clock, row: &Row<'_>) -> Result<Option<SimTime>, Flaw> {
    let cell = row.cell(&rows.at.column);
    let flaw = |expected| Flaw::new(&rows.at.column, expected, &cell.shown());
    match clock.read(cell).map_err(flaw)? {
        None if !rows.at.optional => Err(Flaw::new(&rows.at.column, "a time", "")),
        at => Ok(at),
    }
}

fn required<'a>(row: &Row<'a>, column: &str, expected: &'static str) -> Result<std::borrow::Cow<'a, str>, Flaw> {
    let cell = row.cell(column);
    let name = whole_float(cell).name().map_err(|expected| Flaw::new(column, expected, &cell.shown()))?;
    name.ok_or_else(|| Flaw::new(column, expected, ""))
}

/// Ids that another program keeps as floats, because some are missing, are whole numbers all the same.
fn whole_float(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Real(_) => cell.whole().ok().flatten().map_or(cell, Cell::Whole),
        other => other,
    }
}

/// Names of users, sorted.
pub fn sorted(names: BTreeMap<UserId, Name>) -> BTreeMap<UserId, Name> {
    names.into_iter().collect()
}
