//! The files a history is read from and written to: one file a format, and what a row means.
//!
//! A new format is a new file with a `read` and a `write`, and a line in the list below.

pub mod bounds;
pub mod canonical;
pub mod cell;
pub mod clock;

mod csv;
mod intake;
mod json_lines;
pub(super) mod lines;
pub(in crate::history) mod parquet;
pub mod rows;
pub mod table;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use self::{cell::Cell, rows::Rows};
use super::{
    error::HistoryError,
    log::History,
    name::Name,
    rejection::{Flaw, Place},
};
use crate::base::{codec::nearest, units::Probability};

pub use self::clock::{Time, TimeFormat};
pub use self::intake::Since;
pub(super) use self::intake::{Intake, Layout, sorted};
pub use self::parquet::Writer as EventWriter;

macro_rules! formats {
    ($($(#[$doc:meta])* $kind:ident: $module:ident [$($ending:literal),+]),+ $(,)?) => {
        /// A file format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Format { $($(#[$doc])* $kind),+ }

        impl Format {
            /// Every file ending that tells its format.
            pub const ENDINGS: &'static [&'static str] = &[$($($ending),+),+];

            /// The format that a file's ending tells.
            #[must_use]
            pub fn of(path: &Path) -> Option<Self> {
                match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
                    $($($ending)|+ => Some(Self::$kind),)+
                    _ => None,
                }
            }

            fn read(self, input: Input, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), HistoryError> {
                match self { $(Self::$kind => $module::read(input, wanted, sink)),+ }
            }

            fn write(self, history: &History, out: fs::File) -> io::Result<()> {
                match self { $(Self::$kind => $module::write(history, out)),+ }
            }
        }
    };
}

formats! {
    /// Comma-separated values with a header row.
    Csv: csv ["csv"],
    /// One JSON object a line.
    JsonLines: json_lines ["jsonl", "ndjson"],
    /// Apache Parquet; the canonical format.
    Parquet: parquet ["parquet"],
}

/// A recorded history, as a scenario names it.
///
/// ```
/// use cwm::{base::codec, history::source::Recorded};
/// let recorded: Recorded = codec::from_str("a.ron".as_ref(), r#"Recorded(files: [
///     File(path: "events.parquet"),
///     File(path: "baskets.csv", rows: Rows(
///         user: "household_id", at: Time(column: "timestamp_utc"), ordinal: "basket_id",
///         events: [SessionStart, Content(item: "category"), Charge(amount: "amount_usd")],
///     )),
/// ])"#).unwrap();
/// assert_eq!(recorded.files.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The files; their order does not matter.
    pub files: Vec<File>,
    /// Share of all rows that may be malformed.
    #[serde(default = "one_percent")]
    pub max_rejected_share: Probability,
}

/// A file of a recorded history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where it is, from the scenario's folder.
    pub path: PathBuf,
    /// Its format; by default what its ending tells.
    #[serde(default)]
    pub format: Option<Format>,
    /// How its rows become events; by default its columns are the canonical ones.
    #[serde(default)]
    pub rows: Option<Rows>,
}

impl Recorded {
    /// One file in the canonical layout, of which no row may be malformed.
    #[must_use]
    pub fn canonical(path: &Path) -> Self {
        let file = File { path: path.to_owned(), format: None, rows: None };
        Self { files: vec![file], max_rejected_share: share(0.0) }
    }
}

impl File {
    /// Its format.
    ///
    /// # Errors
    /// [`HistoryError::UnknownFormat`] if neither the scenario nor the ending tells.
    pub fn format(&self) -> Result<Format, HistoryError> {
        self.format.or_else(|| Format::of(&self.path)).ok_or_else(|| unknown_format(&self.path))
    }
}

fn one_percent() -> Probability {
    share(0.01)
}

#[expect(clippy::unwrap_used, reason = "called with constants within the range")]
fn share(constant: f64) -> Probability {
    Probability::new(constant).unwrap()
}

fn unknown_format(path: &Path) -> HistoryError {
    let known = Format::ENDINGS.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ");
    HistoryError::UnknownFormat { file: path.display().to_string(), known }
}

/// Writes a history in the canonical layout, in the format that the path's ending tells.
///
/// # Errors
/// [`HistoryError::UnknownFormat`], or [`HistoryError::Io`] when the system refuses.
pub fn write(history: &History, path: &Path) -> Result<(), HistoryError> {
    let format = Format::of(path).ok_or_else(|| unknown_format(path))?;
    let out = fs::File::create(path).map_err(|error| HistoryError::writing(path, error))?;
    format.write(history, out).map_err(|error| HistoryError::writing(path, error))
}

/// Reads one file into an intake.
pub(super) fn read(
    path: &Path,
    name: &Name,
    format: Format,
    layout: &Layout<'_>,
    intake: &mut Intake,
) -> Result<blake3::Hash, HistoryError> {
    let reading = |error| HistoryError::reading(name, error);
    let mut file = fs::File::open(path).map_err(reading)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&mut file).map_err(reading)?;
    io::Seek::rewind(&mut file).map_err(reading)?;
    let wanted = layout.wanted();
    let input = Input { name: name.clone(), file };
    format.read(input, &wanted, &mut intake.of_file(name.clone(), layout, &wanted))?;
    Ok(hasher.finalize())
}

/// A file that is open.
struct Input {
    name: Name,
    file: fs::File,
}

/// A column that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    name: String,
    required: bool,
}

/// What is asked of a file.
struct Wanted {
    columns: Vec<Column>,
    /// Whether a hash of each row's whole content is needed.
    content: bool,
}

impl Wanted {
    /// Where the wanted columns are among those there are.
    fn find(&self, file: &str, there: &[String]) -> Result<Vec<Option<usize>>, HistoryError> {
        let place = |column: &Column| {
            let mut places = there.iter().enumerate().filter(|&(_, name)| *name == column.name);
            let first = places.next().map(|(index, _)| index);
            if places.next().is_some() {
                let found = format!("`{}` is there more than once", column.name);
                return Err(HistoryError::unreadable(file, "columns with different names", found));
            }
            if first.is_none() && column.required {
                return Err(missing(file, &column.name, there));
            }
            Ok(first)
        };
        self.columns.iter().map(place).collect()
    }
}

fn missing(file: &str, column: &str, there: &[String]) -> HistoryError {
    let nearest = nearest(column, there.iter().map(String::as_str)).map(str::to_owned);
    HistoryError::MissingColumn { file: file.to_owned(), column: column.to_owned(), columns: there.to_vec(), nearest }
}

/// Where the rows of a file go.
trait Sink {
    /// A row: the wanted cells in the order wanted, and the hash of its content if that was wanted.
    fn row(&mut self, place: Place, cells: &[Cell<'_>], content: u64);
    /// A row that is none.
    fn reject(&mut self, place: Place, flaw: Flaw);
}

#[cfg(test)]
mod tests;
