//! Rows of a text: JSON (one object a line, one document, pages), CSV with any separator, or Snowplow's columns.
//!
//! A text is read line by line; a row may be 16 MiB at most, and so may a document that is no line.

use std::{
    collections::VecDeque,
    io::{self, BufRead, Read},
};

use serde_json::{Map, Value};

use super::{
    format::SNOWPLOW,
    picked::{Picked, Picker},
    row::Row,
};
use crate::history::{
    rejection::{Flaw, Place},
    source::lines::{Line, Lines},
};

/// Most lines that a cell in quotes may span.
const SPAN: usize = 200;
/// Largest document that is one JSON value \[byte\].
const LARGEST_DOCUMENT: u64 = 128 << 20;

/// What is done with each row, or with what is none.
pub type Each<'a> = &'a mut dyn Take;

/// Takes rows.
pub trait Take {
    /// The next row, or what is wrong with it.
    fn take(&mut self, place: Place, row: Result<Row, Flaw>);

    /// Texts that are all that is read of a JSON object that has the first of them, by their paths; none if more is read.
    fn cells(&self) -> &'static [&'static str] {
        &[]
    }
}

impl<F: FnMut(Place, Result<Row, Flaw>)> Take for F {
    fn take(&mut self, place: Place, row: Result<Row, Flaw>) {
        self(place, row);
    }
}

/// Reads all rows.
///
/// # Errors
/// When reading fails.
pub fn rows(reader: &mut dyn BufRead, each: Each<'_>) -> io::Result<()> {
    let start = reader.fill_buf()?;
    if let Some(little) = utf16(start) {
        let text = from_utf16(reader, little)?;
        return utf8(&mut text.as_bytes(), each);
    }
    utf8(reader, each)
}

fn utf8(reader: &mut dyn BufRead, each: Each<'_>) -> io::Result<()> {
    let mut lines = Lines::new(reader);
    let first = loop {
        match lines.next()? {
            None => return Ok(()),
            Some(line) if line.bytes.as_ref().is_some_and(|bytes| bytes.trim_ascii().is_empty()) => {}
            Some(line) => break line,
        }
    };
    match first.bytes.as_deref().map(<[u8]>::trim_ascii) {
        Some(b"[" | b"{") => document(first, lines, each),
        Some(bytes) if bytes.starts_with(b"{") || bytes.starts_with(b"[") => {
            if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok_and(|_| true) || bytes.ends_with(b"}") {
                json_lines(first, &mut lines, each)
            } else {
                document(first, lines, each)
            }
        }
        Some(bytes) if bytes.split(|&byte| byte == b'\t').count() >= SNOWPLOW.len() => {
            snowplow_lines(first, &mut lines, each)
        }
        _ => separated(first, &mut lines, each),
    }
}

fn place(line: &Line, row: u64) -> Place {
    Place { row, line: Some(line.number) }
}

/// One object a line; a line may also hold an array or a page of objects.
fn json_lines<R: BufRead>(first: Line, lines: &mut Lines<R>, each: Each<'_>) -> io::Result<()> {
    let (mut next, mut row) = (Some(first), 0);
    let mut cells: &[&str] = &[];
    let mut picker = Picker::default();
    while let Some(line) = next {
        if !std::ptr::eq(each.cells(), cells) {
            cells = each.cells();
            picker = Picker::new(cells);
        }
        if !line.bytes.as_ref().is_some_and(|bytes| bytes.trim_ascii().is_empty()) {
            row += 1;
            if let Some(picked) = line.bytes.as_deref().and_then(|bytes| pick(&picker, bytes)) {
                each.take(place(&line, row), Ok(Row::of(picked)));
                next = lines.next()?;
                continue;
            }
            match line.bytes.as_deref().map(serde_json::from_slice::<Value>) {
                Some(Ok(value)) => objects(value, place(&line, row), each),
                Some(Err(error)) => {
                    let start = String::from_utf8_lossy(line.bytes.as_deref().unwrap_or_default())
                        .chars()
                        .take(12)
                        .collect::<String>();
                    each.take(place(&line, row), Err(Flaw::row("a JSON object", &format!("{start}… ({error})"))));
                }
                None => each.take(place(&line, row), Err(Flaw::row("a line of at most 16 MiB", "a longer one"))),
            }
        }
        next = lines.next()?;
    }
    Ok(())
}

/// What a format reads of a line, if that is all it reads; a line with a flaw is read as a whole, which tells of it.
fn pick(picker: &Picker, bytes: &[u8]) -> Option<Picked> {
    if picker.is_empty() { None } else { picker.pick(std::str::from_utf8(bytes).ok()?).ok()? }
}

/// One value, or several after each other, over many lines.
fn document<R: BufRead>(first: Line, mut lines: Lines<R>, each: Each<'_>) -> io::Result<()> {
    let mut text = first.bytes.unwrap_or_default();
    while let Some(line) = lines.next()? {
        text.push(b'\n');
        text.extend_from_slice(line.bytes.as_deref().unwrap_or(b"\x00"));
        if text.len() as u64 > LARGEST_DOCUMENT {
            each.take(
                Place { row: 1, line: Some(1) },
                Err(Flaw::row("a JSON document of at most 128 MiB, or one object a line", "a larger one")),
            );
            return Ok(());
        }
    }
    for (row, value) in (1..).zip(serde_json::Deserializer::from_slice(&text).into_iter::<Value>()) {
        let place = Place { row, line: None };
        match value {
            Ok(value) => objects(value, place, each),
            Err(error) => {
                // What follows a fault cannot be told apart from it.
                each.take(place, Err(Flaw::row("a JSON document", &error.to_string())));
                break;
            }
        }
    }
    Ok(())
}

/// The objects of a value: itself, or those of an array, a page (`data`) or a collection of examples (`resources`).
fn objects(value: Value, place: Place, each: Each<'_>) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| objects(value, place, each)),
        Value::Object(mut cells) => match cells.get("data") {
            Some(Value::Array(_)) => objects(cells.remove("data").unwrap_or_default(), place, each),
            _ if is_collection(&cells) => cells.into_iter().for_each(|(_, value)| objects(value, place, each)),
            _ => each.take(place, Ok(Row::new(cells, false))),
        },
        other => {
            let kind = if other.is_null() { "null" } else { "a single value" };
            each.take(place, Err(Flaw::row("a JSON object", kind)));
        }
    }
}

/// Named objects, of each of which is said what it is.
fn is_collection(cells: &Map<String, Value>) -> bool {
    !cells.is_empty() && cells.values().all(|value| value.get("object").is_some_and(Value::is_string))
}

fn snowplow_lines<R: BufRead>(first: Line, lines: &mut Lines<R>, each: Each<'_>) -> io::Result<()> {
    let (mut next, mut row) = (Some(first), 0);
    while let Some(line) = next {
        row += 1;
        let cells = text_of(&line).map(|text| cells_of(&SNOWPLOW, text.split('\t').map(str::to_owned).collect()));
        each.take(place(&line, row), cells.and_then(|cells| cells).map(|cells| Row::new(cells, false)));
        next = lines.next()?;
    }
    Ok(())
}

fn text_of(line: &Line) -> Result<&str, Flaw> {
    let bytes = line.bytes.as_deref().ok_or_else(|| Flaw::row("a line of at most 16 MiB", "a longer one"))?;
    let text = std::str::from_utf8(bytes).map_err(|_| Flaw::row("text in UTF-8", "other bytes"))?;
    if text.contains('\0') { Err(Flaw::row("text without NUL", "a NUL")) } else { Ok(text.trim_end_matches('\r')) }
}

fn cells_of<S: AsRef<str>>(header: &[S], fields: Vec<String>) -> Result<Map<String, Value>, Flaw> {
    if fields.len() != header.len() {
        let found = format!("{} cells", fields.len());
        return Err(Flaw::row(format!("{} cells, as in the header", header.len()), &found));
    }
    let cell = |text: String| if text.trim().is_empty() { Value::Null } else { Value::String(text) };
    Ok(header.iter().map(|name| name.as_ref().to_owned()).zip(fields.into_iter().map(cell)).collect())
}

/// Separated by commas, semicolons or tabs, whichever the header has most of.
fn separated<R: BufRead>(first: Line, lines: &mut Lines<R>, each: Each<'_>) -> io::Result<()> {
    let mut waiting = VecDeque::from([first]);
    let header = match logical(&mut waiting, lines)? {
        Some((_, Ok(text))) => text,
        Some((line, Err(flaw))) => {
            each.take(Place { row: 0, line: Some(line) }, Err(flaw));
            return Ok(());
        }
        None => return Ok(()),
    };
    let separator = [b',', b';', b'\t'].into_iter().max_by_key(|&byte| header.bytes().filter(|&b| b == byte).count());
    let separator = separator.unwrap_or(b',');
    let header: Vec<String> = split(&header, separator).into_iter().map(|name| name.trim().to_owned()).collect();
    if let Some(twice) = header.iter().enumerate().find(|(i, name)| !name.is_empty() && header[..*i].contains(name)) {
        let found = format!("`{}` twice", twice.1);
        each.take(Place { row: 0, line: Some(1) }, Err(Flaw::row("columns with different names", &found)));
        return Ok(());
    }
    let mut row = 0;
    while let Some((line, text)) = logical(&mut waiting, lines)? {
        if text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
            continue;
        }
        row += 1;
        let cells = text.and_then(|text| cells_of(&header, split(&text, separator)));
        let place = Place { row, line: Some(line) };
        each.take(place, cells.map(|cells| Row::new(cells, separator == b';')));
    }
    Ok(())
}

/// The next line with all its quotes closed. A line whose quotes are not closed in time is one flaw, and reading goes
/// on after it, so that no row is swallowed.
fn logical<R: BufRead>(
    waiting: &mut VecDeque<Line>,
    lines: &mut Lines<R>,
) -> io::Result<Option<(u64, Result<String, Flaw>)>> {
    let mut text = String::new();
    let mut start = 0;
    let mut quoted = false;
    for index in 0..=SPAN {
        if waiting.len() <= index {
            match lines.next()? {
                Some(line) => waiting.push_back(line),
                None if index == 0 => return Ok(None),
                None => break,
            }
        }
        let line = &waiting[index];
        if index == 0 {
            start = line.number;
        }
        let part = match text_of(line) {
            Ok(part) => part,
            Err(flaw) if index == 0 => {
                waiting.pop_front();
                return Ok(Some((start, Err(flaw))));
            }
            Err(_) => break,
        };
        quoted ^= part.bytes().filter(|&byte| byte == b'"').count() % 2 == 1;
        text.push_str(part);
        if !quoted {
            waiting.drain(..=index);
            return Ok(Some((start, Ok(text))));
        }
        text.push('\n');
    }
    waiting.pop_front();
    Ok(Some((start, Err(Flaw::row("quotes that are closed", "one that is not")))))
}

/// Cells of a line whose quotes are closed.
fn split(text: &str, separator: u8) -> Vec<String> {
    let mut reader = csv_reader(text, separator);
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn csv_reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Whether a text is UTF-16, and then whether the small end comes first.
fn utf16(start: &[u8]) -> Option<bool> {
    match start {
        [0xFF, 0xFE, ..] => Some(true),
        [0xFE, 0xFF, ..] => Some(false),
        [first, 0, second, 0, ..] if first.is_ascii() && second.is_ascii() => Some(true),
        [0, first, 0, second, ..] if first.is_ascii() && second.is_ascii() => Some(false),
        _ => None,
    }
}

fn from_utf16(reader: &mut dyn BufRead, little: bool) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(LARGEST_DOCUMENT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_DOCUMENT {
        return Err(io::Error::other("UTF-16 of more than 128 MiB: export it as UTF-8"));
    }
    let unit = |pair: &[u8]| {
        if little { u16::from_le_bytes([pair[0], pair[1]]) } else { u16::from_be_bytes([pair[0], pair[1]]) }
    };
    let units = bytes.chunks_exact(2).map(unit);
    Ok(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).filter(|&c| c != '\u{feff}').collect())
}
