//! JSON Lines: one object a line; a key that is not there is a blank cell, `a.b` is the key `b` inside `a`.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufReader, BufWriter, Write},
};

use serde_json::{Map, Value};
use xxhash_rust::xxh64::xxh64;

use super::{
    Input, Sink, Wanted,
    canonical::{self, Payload},
    cell::Cell,
    lines::Lines,
    missing,
};
use crate::history::{
    error::HistoryError,
    log::History,
    rejection::{Flaw, Place},
};

/// How many different keys are remembered for the message that one is missing.
const KEYS: usize = 200;

pub(super) fn read(input: Input, wanted: &Wanted, sink: &mut dyn Sink) -> Result<(), HistoryError> {
    let mut lines = Lines::new(BufReader::with_capacity(1 << 16, input.file));
    let mut keys = Keys { seen: vec![false; wanted.columns.len()], all: BTreeSet::new() };
    let mut row = 0;
    while let Some(line) = lines.next().map_err(|error| HistoryError::reading(&input.name, error))? {
        if line.bytes.as_ref().is_some_and(|bytes| bytes.iter().all(u8::is_ascii_whitespace)) {
            continue;
        }
        row += 1;
        let place = Place { row, line: Some(line.number) };
        match object(line.bytes.as_deref()) {
            Ok(object) => take(place, &object, wanted, &mut keys, sink),
            Err(flaw) => sink.reject(place, flaw),
        }
    }
    keys.check(&input.name, wanted)
}

fn object(bytes: Option<&[u8]>) -> Result<Map<String, Value>, Flaw> {
    let bytes = bytes.ok_or_else(|| Flaw::row("a line of at most 16 MiB", "a longer one"))?;
    serde_json::from_slice(bytes).map_err(|error| {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1_000)]);
        Flaw::row(format!("a JSON object ({error})"), &start)
    })
}

fn take(place: Place, object: &Map<String, Value>, wanted: &Wanted, keys: &mut Keys, sink: &mut dyn Sink) {
    let values: Vec<Option<&Value>> = wanted.columns.iter().map(|column| value(object, &column.name)).collect();
    keys.note(object, &values);
    let cells: Vec<Cell<'_>> = values.into_iter().map(|value| value.map_or(Cell::Blank, cell)).collect();
    let content = if wanted.content { content(object) } else { 0 };
    sink.row(place, &cells, content);
}

fn value<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).or_else(|| {
        let (outer, inner) = key.split_once('.')?;
        value(object.get(outer)?.as_object()?, inner)
    })
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Blank,
        Value::Bool(truth) => Cell::Truth(*truth),
        Value::String(text) => Cell::Text(text),
        Value::Array(_) | Value::Object(_) => Cell::Nested,
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Cell::Whole(whole.into()),
            (None, Some(whole)) => Cell::Whole(whole.into()),
            (None, None) => number.as_f64().map_or(Cell::Nested, Cell::Real),
        },
    }
}

/// A hash of the object that does not depend on the order of its keys.
fn content(object: &Map<String, Value>) -> u64 {
    let mut pairs: Vec<String> = object.iter().map(|(key, value)| format!("{key:?}:{value}")).collect();
    pairs.sort_unstable();
    xxh64(pairs.join(",").as_bytes(), 0)
}

/// Which keys there were in any row.
struct Keys {
    seen: Vec<bool>,
    all: BTreeSet<String>,
}

impl Keys {
    fn note(&mut self, object: &Map<String, Value>, values: &[Option<&Value>]) {
        if self.seen.iter().all(|&seen| seen) {
            return;
        }
        for (seen, value) in self.seen.iter_mut().zip(values) {
            *seen |= value.is_some();
        }
        if self.all.len() < KEYS {
            self.all.extend(object.keys().cloned());
        }
    }

    fn check(&self, file: &str, wanted: &Wanted) -> Result<(), HistoryError> {
        let mut absent = wanted.columns.iter().zip(&self.seen).filter(|(column, seen)| column.required && !**seen);
        match absent.next() {
            // Without a single object the rows, or their absence, are the news.
            Some((column, _)) if !self.all.is_empty() => {
                Err(missing(file, &column.name, &self.all.iter().cloned().collect::<Vec<_>>()))
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn write(history: &History, out: fs::File) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    for event in &history.events {
        let payload = Payload::of(&event.kind);
        let mut object = Map::new();
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(key.to_owned(), value);
            }
        };
        set("at", Some(event.at.to_string().into()));
        set("user", Some(history.name(event.user).into_owned().into()));
        set("ordinal", Some(event.ordinal.into()));
        set("kind", Some(event.kind.name().into()));
        canonical::NAMES.into_iter().zip(payload.names).for_each(|(key, name)| set(key, name.map(Into::into)));
        set("taken", payload.taken.map(Into::into));
        set("amount_minor", payload.amount.map(|amount| amount.minor().into()));
        set("severity", payload.severity.map(Into::into));
        set("score", payload.score.map(Into::into));
        serde_json::to_writer(&mut out, &object)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
