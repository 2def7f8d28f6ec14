//! Files in, records out: each file's format is told by its content, and no row is dropped without being counted.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    archive,
    columns::Columns,
    format::{Format, GENERIC, Layer},
    held::Held,
    parquet,
    privacy::Pseudonyms,
    record::Body,
    row::{Out, Row},
    table,
};
use crate::history::{
    name::Name,
    rejection::{Flaw, Place, Reasons, Rejection},
};

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// The tool it comes from, if that is said.
    pub tool: Option<&'static str>,
}

/// What was made of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// As the user named it; `archive/member` for what is inside one.
    pub file: String,
    /// What it is; none if that could not be told.
    pub format: Option<&'static str>,
    /// What it tells of.
    pub layer: Option<Layer>,
    /// Data rows.
    pub rows: u64,
    /// Rows that gave something.
    pub understood: u64,
    /// Rows that mean nothing here, by reason.
    pub ignored: BTreeMap<&'static str, u64>,
    /// Rows that are malformed.
    pub rejected: u64,
    /// Why the file, or the rest of it, was not read.
    pub refused: Option<String>,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Those that are new, and those of earlier imports; each once.
    pub held: Held,
    /// By name of the file.
    pub files: Vec<FileReport>,
    /// Rows left out, by reason.
    pub rejected: Reasons,
    /// Activities, the repeated ones included.
    pub raw_events: u64,
    /// Activities, each once.
    pub events: u64,
    /// Activities in all, those of earlier imports included.
    pub held_events: u64,
    /// Records that were there already.
    pub repeated: u64,
}

/// Where rows that are left out go.
pub type Rejected<'a> = &'a mut dyn FnMut(&Rejection) -> io::Result<()>;

/// Reads files beside what is held of earlier imports; `progress` is told of each, `rejected` of each row that is left
/// out, by file and row.
///
/// # Errors
/// When the system refuses to open a file, or `rejected` fails.
pub fn read(
    sources: &[Source],
    columns: &Columns,
    pseudonyms: &Pseudonyms,
    earlier: Held,
    progress: &dyn Fn(&Path),
    rejected: Rejected<'_>,
) -> io::Result<Read> {
    let mut all = Read { held: earlier, ..Read::default() };
    let mut left_out = LeftOut { to: rejected, reasons: Reasons::new(), failed: None };
    let mut sources = sources.to_vec();
    sources.sort();
    sources.dedup();
    for source in &sources {
        progress(&source.path);
        // What cannot be opened is an error; what is damaged inside is told of its file.
        std::fs::File::open(&source.path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", source.path.display())))?;
        let name = source.path.display().to_string();
        let mut last = name.clone();
        let columns = (source.tool == Some(GENERIC)).then_some(columns);
        if parquet::is_one(&source.path)? {
            let mut file = Reading::new(&name, source.tool, columns, pseudonyms, (&mut all.held, &mut left_out));
            let read = parquet::rows(&source.path, &mut file);
            let ended = file.ended(read);
            all.add(ended);
            left_out.checked()?;
            continue;
        }
        let done = archive::open(&source.path, &name, &mut |name, reader| {
            name.clone_into(&mut last);
            let mut file = Reading::new(name, source.tool, columns, pseudonyms, (&mut all.held, &mut left_out));
            let read = table::rows(reader, &mut file);
            let ended = file.ended(read);
            all.add(ended);
            Ok(())
        });
        if let Err(error) = done {
            let refused = Some(format!("must be a whole archive, but {error}"));
            all.files.push(FileReport { refused, ..empty(&last) });
        }
        left_out.checked()?;
    }
    all.rejected = left_out.reasons;
    all.files.sort_by(|a, b| a.file.cmp(&b.file));
    let settled = all.held.settle();
    (all.events, all.repeated) = (settled.activities, settled.repeated);
    Ok(all)
}

fn empty(file: &str) -> FileReport {
    FileReport {
        file: file.to_owned(),
        format: None,
        layer: None,
        rows: 0,
        understood: 0,
        ignored: BTreeMap::new(),
        rejected: 0,
        refused: None,
    }
}

impl Read {
    fn add(&mut self, file: Ended) {
        let Ended { mut report, first, activities } = file;
        if report.format.is_none() && report.refused.is_none() {
            report.refused = Some(unrecognised(report.rows, first.as_ref()));
        }
        self.raw_events += activities;
        self.files.push(report);
    }
}

fn unrecognised(rows: u64, first: Option<&Row>) -> String {
    let Some(row) = first else {
        let what = if rows == 0 { "it is empty" } else { "no row could be read" };
        return format!("{what}; export one of: {}", Format::listed());
    };
    let columns: Vec<&str> = row.cells.keys().map(String::as_str).take(12).collect();
    format!(
        "columns {} are of no export that is known; say what they are (--generic FILE --column user_id=…), or export one \
         of: {}",
        columns.join(", "),
        Format::listed()
    )
}

/// Rows that are left out, on their way to where they are kept.
struct LeftOut<'a> {
    to: Rejected<'a>,
    reasons: Reasons,
    /// What kept one of them from being kept.
    failed: Option<io::Error>,
}

impl LeftOut<'_> {
    fn take(&mut self, rejection: &Rejection) {
        *self.reasons.entry((rejection.field.clone(), rejection.expected.clone())).or_default() += 1;
        if self.failed.is_none() {
            self.failed = (self.to)(rejection).err();
        }
    }

    fn checked(&mut self) -> io::Result<()> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

/// A file as it is read.
struct Reading<'a, 'b> {
    report: FileReport,
    format: Option<Format>,
    tool: Option<&'static str>,
    /// What its columns are called here, if that is said.
    columns: Option<&'a Columns>,
    out: Out<'a>,
    held: &'a mut Held,
    activities: u64,
    left_out: &'a mut LeftOut<'b>,
    name: Name,
    first: Option<Row>,
}

/// A file that was read.
struct Ended {
    report: FileReport,
    first: Option<Row>,
    activities: u64,
}

impl table::Take for Reading<'_, '_> {
    fn take(&mut self, place: Place, row: Result<Row, Flaw>) {
        self.report.rows += 1;
        let done = row.and_then(|row| self.understand(row));
        match (done, self.out.ignored.take()) {
            (Ok(()), None) => self.report.understood += 1,
            (Ok(()), Some(why)) => *self.report.ignored.entry(why).or_default() += 1,
            (Err(flaw), _) => {
                self.report.rejected += 1;
                self.left_out.take(&Rejection::new(&self.name, place, private(flaw)));
            }
        }
    }

    fn cells(&self) -> &'static [&'static str] {
        // What columns are called here is said of whole rows.
        self.format.filter(|_| self.columns.is_none()).map_or(&[], Format::cells)
    }
}

impl<'a, 'b> Reading<'a, 'b> {
    fn new(
        name: &str,
        tool: Option<&'static str>,
        columns: Option<&'a Columns>,
        pseudonyms: &'a Pseudonyms,
        (held, left_out): (&'a mut Held, &'a mut LeftOut<'b>),
    ) -> Self {
        let out = Out { pseudonyms, records: Vec::new(), ignored: None };
        let (report, name) = (empty(name), name.into());
        Self { report, format: None, tool, columns, out, held, activities: 0, left_out, name, first: None }
    }

    /// With what stopped the reading, if anything did.
    fn ended(self, read: io::Result<()>) -> Ended {
        let Self { mut report, first, activities, .. } = self;
        if let Err(error) = read {
            report.refused = Some(format!("reading stopped: {error}"));
        }
        Ended { report, first, activities }
    }

    fn understand(&mut self, mut row: Row) -> Result<(), Flaw> {
        if let Some(columns) = self.columns {
            columns.rename(&mut row)?;
        }
        if self.format.is_none() {
            self.format = Format::of(&row, self.tool);
            self.report.format = self.format.map(Format::name);
            self.report.layer = self.format.map(Format::layer);
        }
        row.unfold(self.format.map_or(&[], Format::cells));
        let Some(format) = self.format else {
            self.first.get_or_insert(row);
            return Err(Flaw::row("a row of an export that is known", "another"));
        };
        let done = format.read(&row, &mut self.out);
        if done.is_err() {
            self.out.records.clear();
        }
        for record in self.out.records.drain(..) {
            self.activities += u64::from(matches!(record.body, Body::Activity(_)));
            self.held.push(record);
        }
        done
    }
}

/// A flaw without what might be an address.
fn private(mut flaw: Flaw) -> Flaw {
    if flaw.found.contains('@') || flaw.found.contains("%40") {
        "(withheld: it may be an address)".clone_into(&mut flaw.found);
    }
    flaw
}
