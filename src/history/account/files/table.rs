//! One table of the folder: rows with their lines, cells by the names of their columns.

use std::path::{Path, PathBuf};

use crate::{
    base::{
        codec,
        time::{Date, SimTime},
    },
    history::{
        error::HistoryError,
        name::Name,
        rejection::{Flaw, Place, Rejection},
    },
};

/// A table.
pub(super) struct Table {
    /// As the user named it.
    pub name: Name,
    pub path: PathBuf,
    columns: Vec<String>,
    rows: Vec<(Place, csv::StringRecord)>,
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub place: Place,
    columns: &'a [String],
    cells: &'a csv::StringRecord,
}

impl Table {
    /// Reads a table that must be there and have these columns.
    pub fn read(folder: &Path, file: &str, needed: &[&str]) -> Result<Self, HistoryError> {
        let path = folder.join(file);
        let name = path.display().to_string();
        let broken = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(why) => HistoryError::reading(&name, why),
            other => HistoryError::unreadable(&name, "a table with commas (CSV, UTF-8)", format!("{other:?}")),
        };
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_path(&path).map_err(broken)?;
        let columns: Vec<String> = reader.headers().map_err(broken)?.iter().map(str::to_owned).collect();
        for column in needed {
            if !columns.iter().any(|own| own == column) {
                let nearest = codec::nearest(column, columns.iter().map(String::as_str)).map(str::to_owned);
                let column = (*column).to_owned();
                return Err(HistoryError::MissingColumn { file: name, column, columns, nearest });
            }
        }
        let mut rows = Vec::new();
        for (row, record) in reader.records().enumerate() {
            let record = record.map_err(broken)?;
            let line = record.position().map(csv::Position::line);
            rows.push((Place { row: row as u64 + 1, line }, record));
        }
        Ok(Self { name: name.into(), path, columns, rows })
    }

    /// The same; none if there is no such file.
    pub fn if_there(folder: &Path, file: &str, needed: &[&str]) -> Result<Option<Self>, HistoryError> {
        if folder.join(file).is_file() { Self::read(folder, file, needed).map(Some) } else { Ok(None) }
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(place, cells)| Row { place: *place, columns: &self.columns, cells })
    }

    /// A row with which the whole cannot be read.
    pub fn refused(&self, row: &Row<'_>, flaw: Flaw) -> HistoryError {
        let what = Rejection::new(&self.name, row.place, flaw).to_string();
        HistoryError::unreadable(&self.name, "tables that agree with each other", what)
    }

    /// What is wrong with a line.
    pub fn wrong(&self, line: Option<u64>, what: impl std::fmt::Display) -> HistoryError {
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        HistoryError::Setting { file: self.name.to_string(), what: format!("{line}{what}") }
    }

    /// A row that is left out.
    pub fn rejection(&self, row: &Row<'_>, flaw: Flaw) -> Rejection {
        Rejection::new(&self.name, row.place, flaw)
    }
}

impl<'a> Row<'a> {
    /// A cell; empty where there is none.
    pub fn text(&self, column: &str) -> &'a str {
        let place = self.columns.iter().position(|own| own == column);
        place.and_then(|place| self.cells.get(place)).unwrap_or_default()
    }

    pub fn some(&self, column: &'static str) -> Result<&'a str, Flaw> {
        Some(self.text(column)).filter(|text| !text.is_empty()).ok_or_else(|| Flaw::new(column, "a name", ""))
    }

    pub fn parsed<T: std::str::FromStr>(&self, column: &'static str, expected: &'static str) -> Result<T, Flaw> {
        self.text(column).parse().map_err(|_| Flaw::new(column, expected, self.text(column)))
    }

    pub fn day(&self, column: &'static str) -> Result<i32, Flaw> {
        let day = Date::parse(self.text(column)).ok().and_then(|date| i32::try_from(date.number()).ok());
        day.ok_or_else(|| Flaw::new(column, "a day (2026-03-17)", self.text(column)))
    }

    /// A day, or the day of a moment.
    pub fn day_of(&self, column: &'static str) -> Result<i32, Flaw> {
        let text = self.text(column);
        let moment = || SimTime::parse(text).ok().and_then(|at| i32::try_from(at.0.div_euclid(86_400)).ok());
        self.day(column).or_else(|flaw| moment().ok_or(flaw))
    }

    /// The place of a name among known ones.
    pub fn known(&self, column: &'static str, known: &[Name]) -> Result<usize, Flaw> {
        let text = self.text(column);
        known.iter().position(|own| own.as_str() == text).ok_or_else(|| {
            let list = known.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
            Flaw::new(column, format!("one of {list}"), text)
        })
    }
}
