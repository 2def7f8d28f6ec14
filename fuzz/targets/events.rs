//! Files of events; the first byte tells which kind of file.
#![no_main]

use std::fs;

use cwm::{base::units::Currency, history::log::load_canonical};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(["events.csv", "events.jsonl", "events.parquet"][usize::from(kind % 3)]);
    fs::write(&path, bytes).expect("a file");
    let _ = load_canonical(&path, Currency::new("USD").expect("a currency"));
});
