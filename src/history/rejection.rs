//! Rows that are no events: each is kept with its place, what was expected and what was found.

use std::{borrow::Cow, collections::BTreeMap, fmt, io};

use serde::Serialize;

use super::name::Name;

/// Characters of the offending text that are kept.
const SHOWN: usize = 200;

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Data row, from 1, the header not counted.
    pub row: u64,
    /// Line in a text file, from 1, the header counted.
    pub line: Option<u64>,
}

/// What is wrong with a cell or a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The column, or `row`.
    pub field: Cow<'static, str>,
    /// What must be there.
    pub expected: Cow<'static, str>,
    /// What is there.
    pub found: String,
}

impl Flaw {
    /// A flaw of a cell.
    pub fn new(field: &str, expected: impl Into<Cow<'static, str>>, found: &str) -> Self {
        Self { field: field.to_owned().into(), expected: expected.into(), found: shortened(found) }
    }

    /// A flaw of a row as a whole.
    pub fn row(expected: impl Into<Cow<'static, str>>, found: &str) -> Self {
        Self { field: "row".into(), expected: expected.into(), found: shortened(found) }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// The file as the user named it.
    pub file: Name,
    /// Data row, from 1, the header not counted.
    pub row: u64,
    /// Line in a text file, from 1, the header counted.
    pub line: Option<u64>,
    /// The column, or `row`.
    pub field: Cow<'static, str>,
    /// What must be there.
    pub expected: Cow<'static, str>,
    /// What is there, cut after 200 characters.
    pub found: String,
}

impl Rejection {
    /// A flaw at its place.
    #[must_use]
    pub fn new(file: &Name, place: Place, flaw: Flaw) -> Self {
        let Flaw { field, expected, found } = flaw;
        Self { file: file.clone(), row: place.row, line: place.line, field, expected, found }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, row {}", self.file, self.row)?;
        if let Some(line) = self.line {
            write!(f, " (line {line})")?;
        }
        write!(f, ": {} must be {}, but is {:?}", self.field, self.expected, self.found)
    }
}

/// How many rows were left out, by field and what must be there.
pub type Reasons = BTreeMap<(Cow<'static, str>, Cow<'static, str>), u64>;

/// Rejections as CSV that a spreadsheet shows and never runs, each written when it comes.
#[derive(Debug)]
pub struct Writer<W: io::Write>(csv::Writer<W>);

impl<W: io::Write> Writer<W> {
    /// Begins with the heading.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(out: W) -> io::Result<Self> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(["file", "row", "line", "field", "expected", "found"])?;
        Ok(Self(table))
    }

    /// The next one.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&mut self, rejection: &Rejection) -> io::Result<()> {
        let line = rejection.line.map(|line| line.to_string()).unwrap_or_default();
        let texts = [&rejection.file, &*rejection.field, &*rejection.expected, &*rejection.found].map(inert);
        let [file, field, expected, found] = &texts;
        Ok(self.0.write_record([file, &rejection.row.to_string()[..], &line, field, expected, found])?)
    }

    /// Ends it.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn end(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes rejections as a [`Writer`] does.
///
/// # Errors
/// When the writer fails.
pub fn write_csv(rejected: &[Rejection], out: impl io::Write) -> io::Result<()> {
    let mut table = Writer::new(out)?;
    rejected.iter().try_for_each(|rejection| table.write(rejection))?;
    table.end()
}

/// A cell that begins like a formula gets an apostrophe in front, which spreadsheets take as "this is text".
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_in_rejected_cells_are_neutralised() {
        let flaw = Flaw::new("amount", "a decimal number", "=HYPERLINK(\"http://x\")");
        let rejection = Rejection::new(&"a.csv".into(), Place { row: 3, line: Some(4) }, flaw);
        let mut out = Vec::new();
        write_csv(&[rejection], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("a.csv,3,4,amount,a decimal number,\"'=HYPERLINK("), "{text}");
        for start in ["+1", "-1", "@x", "\tx", "\rx"] {
            assert!(inert(start).starts_with('\''));
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let flaw = Flaw::row("short", &"é".repeat(1000));
        assert_eq!(flaw.found.chars().count(), SHOWN + 1);
    }
}
