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
    parquet,
    privacy::Pseudonyms,
    record::{Body, Record},
    row::{Out, Row},
    table,
};
use crate::history::{
    name::Name,
    rejection::{Flaw, Place, Rejection},
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
    /// In order of their keys, each once.
    pub records: Vec<Record>,
    /// By name of the file.
    pub files: Vec<FileReport>,
    /// Rows left out, by file and row.
    pub rejected: Vec<Rejection>,
    /// Activities, the repeated ones included.
    pub raw_events: u64,
    /// Activities, each once.
    pub events: u64,
    /// Records that were there already.
    pub repeated: u64,
}

/// Reads files; `progress` is told of each.
///
/// # Errors
/// When the system refuses to open a file.
pub fn read(
    sources: &[Source],
    columns: &Columns,
    pseudonyms: &Pseudonyms,
    progress: &dyn Fn(&Path),
) -> io::Result<Read> {
    let mut all = Read::default();
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
            let mut file = Reading::new(&name, source.tool, columns, pseudonyms);
            let read = parquet::rows(&source.path, &mut |place, row| file.take(place, row));
            all.add(file.ended(read));
            continue;
        }
        let done = archive::open(&source.path, &name, &mut |name, reader| {
            name.clone_into(&mut last);
            let mut file = Reading::new(name, source.tool, columns, pseudonyms);
            let read = table::rows(reader, &mut |place, row| file.take(place, row));
            all.add(file.ended(read));
            Ok(())
        });
        if let Err(error) = done {
            let refused = Some(format!("must be a whole archive, but {error}"));
            all.files.push(FileReport { refused, ..empty(&last) });
        }
    }
    all.rejected.sort_by(|a, b| (&a.file, a.row, a.line).cmp(&(&b.file, b.row, b.line)));
    all.files.sort_by(|a, b| a.file.cmp(&b.file));
    let before = all.records.len();
    all.records = distinct(all.records);
    all.events = all.records.iter().filter(|record| matches!(record.body, Body::Activity(_))).count() as u64;
    all.repeated = (before - all.records.len()) as u64;
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

/// In order of the keys, each once: of two that differ the one whose bytes come last, so that order makes none.
#[must_use]
pub fn distinct(mut records: Vec<Record>) -> Vec<Record> {
    let bytes = |record: &Record| postcard::to_stdvec(&record.body).unwrap_or_default();
    records.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| bytes(b).cmp(&bytes(a))));
    records.dedup_by_key(|record| record.key);
    records
}

/// Earlier records, with later ones in the place of those with the same key; both in order of their keys.
#[must_use]
pub fn replaced(earlier: Vec<Record>, later: Vec<Record>) -> Vec<Record> {
    if earlier.is_empty() {
        return later;
    }
    let mut all = Vec::with_capacity(earlier.len() + later.len());
    let mut earlier = earlier.into_iter().peekable();
    for record in later {
        while let Some(before) = earlier.next_if(|before| before.key < record.key) {
            all.push(before);
        }
        // The later one takes its place.
        while earlier.next_if(|before| before.key == record.key).is_some() {}
        all.push(record);
    }
    all.extend(earlier);
    all
}

impl Read {
    fn add(&mut self, file: Reading<'_>) {
        let Reading { mut report, out, rejected, first, .. } = file;
        if report.format.is_none() && report.refused.is_none() {
            report.refused = Some(unrecognised(report.rows, first.as_ref()));
        }
        self.raw_events += out.records.iter().filter(|record| matches!(record.body, Body::Activity(_))).count() as u64;
        self.records.extend(out.records);
        self.rejected.extend(rejected);
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

/// A file as it is read.
struct Reading<'a> {
    report: FileReport,
    format: Option<Format>,
    tool: Option<&'static str>,
    /// What its columns are called here, if that is said.
    columns: Option<&'a Columns>,
    out: Out<'a>,
    rejected: Vec<Rejection>,
    name: Name,
    first: Option<Row>,
}

impl<'a> Reading<'a> {
    fn new(name: &str, tool: Option<&'static str>, columns: Option<&'a Columns>, pseudonyms: &'a Pseudonyms) -> Self {
        let out = Out { pseudonyms, records: Vec::new(), ignored: None };
        let (report, rejected) = (empty(name), Vec::new());
        Self { report, format: None, tool, columns, out, rejected, name: name.into(), first: None }
    }

    /// With what stopped the reading, if anything did.
    fn ended(mut self, read: io::Result<()>) -> Self {
        if let Err(error) = read {
            self.report.refused = Some(format!("reading stopped: {error}"));
        }
        self
    }

    fn take(&mut self, place: Place, row: Result<Row, Flaw>) {
        self.report.rows += 1;
        let done = row.and_then(|row| self.understand(row));
        match (done, self.out.ignored.take()) {
            (Ok(()), None) => self.report.understood += 1,
            (Ok(()), Some(why)) => *self.report.ignored.entry(why).or_default() += 1,
            (Err(flaw), _) => {
                self.report.rejected += 1;
                self.rejected.push(Rejection::new(&self.name, place, private(flaw)));
            }
        }
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
        let Some(format) = self.format else {
            self.first.get_or_insert(row);
            return Err(Flaw::row("a row of an export that is known", "another"));
        };
        let before = self.out.records.len();
        let done = format.read(&row, &mut self.out);
        if done.is_err() {
            self.out.records.truncate(before);
        }
        done
    }
}

/// A flaw without what might be an address.
fn private(mut flaw: Flaw) -> Flaw {
    if flaw.found.contains('@') {
        "(withheld: it may be an address)".clone_into(&mut flaw.found);
    }
    flaw
}
