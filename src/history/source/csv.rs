//! Comma-separated values (RFC 4180): quotes may hold commas and line ends, and are doubled inside quotes.
//!
//! Stricter than most readers, because a stray quote must not swallow half a file: a quote that is never closed,
//! or is followed by more text, makes its own line a rejected row, and reading goes on with the next line.

use std::{
    collections::VecDeque,
    fs,
    io::{self, BufReader, BufWriter},
};

use xxhash_rust::xxh64::xxh64;

use super::{
    Input, Sink, Wanted,
    canonical::{self, Payload},
    cell::Cell,
    lines::{LONGEST, Line, Lines},
};
use crate::history::{
    error::HistoryError,
    log::History,
    rejection::{Flaw, Place},
};

/// Ends a cell inside a joined record, as no text does.
const END: u8 = 0x1F;

pub(super) fn read(input: Input, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), HistoryError> {
    let mut records = Records::new(BufReader::with_capacity(1 << 16, input.file));
    let reading = |error| HistoryError::reading(&input.name, error);
    let header = match records.next().map_err(reading)? {
        Some(Record { flaw: None, cells, .. }) => header(&input.name, &cells)?,
        Some(Record { flaw: Some(flaw), .. }) => {
            return Err(HistoryError::unreadable(&input.name, "a header row", format!("it is {:?}", flaw.found)));
        }
        None => return Err(HistoryError::unreadable(&input.name, "a header row", "the file is empty")),
    };
    let places = wanted.find(&input.name, &header)?;
    let mut row = 0;
    while let Some(record) = records.next().map_err(reading)? {
        row += 1;
        let place = Place { row, line: Some(record.line) };
        take(place, record, header.len(), &places, wanted.content, sink);
    }
    Ok(())
}

fn header(file: &str, cells: &Cells) -> Result<Vec<String>, HistoryError> {
    let text = cells.text().map_err(|flaw| {
        let utf_16 = cells.bytes.starts_with(b"\xFF\xFE") || cells.bytes.starts_with(b"\xFE\xFF");
        let found =
            if utf_16 { "it is UTF-16; save it as UTF-8".to_owned() } else { format!("it is {:?}", flaw.found) };
        HistoryError::unreadable(file, "a header row in UTF-8", found)
    })?;
    Ok(cells.split(text).map(|name| name.trim().to_owned()).collect())
}

fn take(place: Place, record: Record, width: usize, places: &[Option<usize>], content: bool, sink: &mut dyn Sink) {
    let checked = match record.flaw {
        Some(flaw) => Err(flaw),
        None => record.cells.checked(width),
    };
    match checked {
        Err(flaw) => sink.reject(place, flaw),
        Ok(text) => {
            let all: Vec<&str> = record.cells.split(text).collect();
            let cell = |place: &Option<usize>| place.map_or(Cell::Blank, |index| Cell::Text(all[index]));
            let cells: Vec<Cell<'_>> = places.iter().map(cell).collect();
            sink.row(place, &cells, if content { xxh64(&record.cells.bytes, 0) } else { 0 });
        }
    }
}

/// The cells of a record, one after the other.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cells {
    bytes: Vec<u8>,
    /// Where each cell ends; [`END`] lies between.
    ends: Vec<usize>,
}

impl Cells {
    fn text(&self) -> Result<&str, Flaw> {
        std::str::from_utf8(&self.bytes).map_err(|_| Flaw::row("text in UTF-8", &String::from_utf8_lossy(&self.bytes)))
    }

    fn checked(&self, width: usize) -> Result<&str, Flaw> {
        let text = self.text()?;
        if self.ends.len() != width {
            let found = format!("{} cells: {}", self.ends.len(), text.replace(char::from(END), ","));
            return Err(Flaw::row(format!("{width} cells, as in the header"), &found));
        }
        if text.contains('\0') {
            return Err(Flaw::row("text without NUL", text));
        }
        Ok(text)
    }

    fn split<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let cell = &text[start..end];
            start = end + 1;
            cell
        })
    }

    fn close(&mut self) {
        self.ends.push(self.bytes.len());
        self.bytes.push(END);
    }
}

/// A record and where it begins; with a flaw, what could be made of its first line.
#[derive(Debug)]
struct Record {
    line: u64,
    cells: Cells,
    flaw: Option<Flaw>,
}

struct Records<R> {
    lines: Lines<R>,
    /// Lines that were read ahead for a quote that was never closed.
    pending: VecDeque<Line>,
}

impl<R: io::BufRead> Records<R> {
    fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader), pending: VecDeque::new() }
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        match self.pending.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// The next record; blank lines are none.
    fn next(&mut self) -> io::Result<Option<Record>> {
        while let Some(line) = self.line()? {
            let Some(bytes) = line.bytes else {
                let flaw = Flaw::row("a line of at most 16 MiB", "a longer one");
                return Ok(Some(Record { line: line.number, cells: Cells::default(), flaw: Some(flaw) }));
            };
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return self.record(line.number, &bytes).map(Some);
            }
        }
        Ok(None)
    }

    fn record(&mut self, number: u64, first: &[u8]) -> io::Result<Record> {
        let mut splitter = Splitter::default();
        let mut state = splitter.feed(first);
        let mut ahead = Vec::new();
        while state == State::Quoted && splitter.cells.bytes.len() <= LONGEST {
            let Some(line) = self.line()? else { break };
            state = match &line.bytes {
                Some(bytes) => {
                    splitter.cells.bytes.push(b'\n');
                    splitter.feed(bytes)
                }
                None => State::Broken,
            };
            ahead.push(line);
        }
        if state == State::Start {
            return Ok(Record { line: number, cells: splitter.cells, flaw: None });
        }
        for line in ahead.into_iter().rev() {
            self.pending.push_front(line);
        }
        let expected = "cells whose quotes are closed, and doubled inside";
        let flaw = Flaw::row(expected, &String::from_utf8_lossy(&first[..first.len().min(1_000)]));
        Ok(Record { line: number, cells: Cells::default(), flaw: Some(flaw) })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before a cell, and after a whole record.
    #[default]
    Start,
    /// Inside a cell without quotes.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes: the end, or the first of two.
    Quote,
    /// No CSV.
    Broken,
}

/// Splits a record into cells, a line at a time.
#[derive(Default)]
struct Splitter {
    cells: Cells,
    state: State,
}

impl Splitter {
    /// Takes a line; [`State::Start`] if the record is whole, [`State::Quoted`] if it goes on.
    fn feed(&mut self, line: &[u8]) -> State {
        let (text, line_end) = match line.split_last() {
            Some((b'\r', text)) => (text, &line[text.len()..]),
            _ => (line, &line[line.len()..]),
        };
        for &byte in text {
            self.state = self.step(byte);
            if self.state == State::Broken {
                return State::Broken;
            }
        }
        if self.state == State::Quoted {
            self.cells.bytes.extend_from_slice(line_end);
        } else {
            self.cells.close();
            self.state = State::Start;
        }
        self.state
    }

    fn step(&mut self, byte: u8) -> State {
        match (self.state, byte) {
            (State::Quoted, b'"') => return State::Quote,
            (State::Start, b'"') => return State::Quoted,
            (State::Start | State::Plain | State::Quote, b',') => {
                self.cells.close();
                return State::Start;
            }
            (State::Plain, b'"') | (State::Broken, _) => return State::Broken,
            (State::Quote, byte) if byte != b'"' => return State::Broken,
            _ => self.cells.bytes.push(byte),
        }
        if matches!(self.state, State::Start | State::Plain) { State::Plain } else { State::Quoted }
    }
}

pub(super) fn write(history: &History, out: fs::File) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(BufWriter::new(out));
    table.write_record(canonical::columns())?;
    let text = |cell: Option<String>| cell.unwrap_or_default();
    for event in &history.events {
        let payload = Payload::of(&event.kind);
        table.write_field(event.at.to_string())?;
        table.write_field(&*history.name(event.user))?;
        table.write_field(event.ordinal.to_string())?;
        table.write_field(event.kind.name())?;
        payload.names.iter().try_for_each(|name| table.write_field(name.unwrap_or_default()))?;
        table.write_field(text(payload.taken.map(|taken| taken.to_string())))?;
        table.write_field(text(payload.amount.map(|amount| amount.minor().to_string())))?;
        table.write_field(text(payload.severity.map(|severity| severity.to_string())))?;
        table.write_field(text(payload.score.map(|score| score.to_string())))?;
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records as (line, cells), a broken one without cells.
    fn records(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(text.as_bytes());
        let all = std::iter::from_fn(|| records.next().unwrap());
        let cells = |record: &Record| record.cells.split(record.cells.text().unwrap()).map(str::to_owned).collect();
        all.map(|record| (record.line, cells(&record))).collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn quotes_hold_commas_quotes_and_line_ends() {
        let want = [row(1, &["a", "b,\"c\"\nd", ""]), row(3, &["e", "", "f"])];
        assert_eq!(records("a,\"b,\"\"c\"\"\nd\",\ne,\"\",f\n"), want);
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_only_its_own_line() {
        let want = [row(1, &["a", "b"]), row(2, &[]), row(3, &["c", "d"]), row(5, &["e", "f"])];
        assert_eq!(records("a,b\n1,\"2\nc,d\n\ne,f"), want);
    }

    #[test]
    fn a_stray_quote_that_meets_a_later_one_costs_only_its_own_line() {
        let want = [row(1, &[]), row(2, &["c", "d"]), row(3, &["e", "f"]), row(4, &[])];
        assert_eq!(records("1,\"2\nc,\"d\"\ne,f\ng,h\"h\n"), want);
    }
}
