//! Rows of exports: JSON, JSON Lines, CSV of any kind, Snowplow's columns; each row goes through the reader of every
//! format, recognised or not.
#![no_main]

use cwm::history::import::{
    format::Format,
    held::Held,
    privacy::Pseudonyms,
    row::{Out, Row},
    table,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let pseudonyms = Pseudonyms::new(Some("fuzz"));
    let mut out = Out { pseudonyms: &pseudonyms, records: Vec::new(), ignored: None };
    let mut take = |_, row: Result<Row, _>| {
        let Ok(mut row) = row else { return };
        for format in Format::ALL {
            let _ = Format::of(&row, Some(format.tool()));
            row.unfold(format.cells());
            let _ = format.read(&row, &mut out);
        }
    };
    // Bytes in memory are always read.
    table::rows(&mut &bytes[..], &mut take).expect("reading from memory cannot fail");
    let mut held = Held::default();
    out.records.into_iter().for_each(|record| held.push(record));
    held.settle();
});
