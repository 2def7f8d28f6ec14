//! Files of exports as they come, gzip, zip and Parquet included: read, joined and put into the books.
#![no_main]

use std::{collections::BTreeSet, fs};

use cwm::history::import::{
    Books, Joined, Settings,
    columns::Columns,
    held::Held,
    intake::{self, Source},
    join::Windows,
    privacy::Pseudonyms,
    rates::Rates,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(&path, bytes).expect("a file");
    let pseudonyms = Pseudonyms::new(Some("fuzz"));
    let sources = [Source { path, tool: None }];
    let columns = Columns::default();
    let read = intake::read(&sources, &columns, &pseudonyms, Held::default(), &|_| {}, &mut |_| Ok(()));
    let held = read.expect("the file is there").held;
    let windows = Windows { timeout: 1_800_000, late: 3_600_000, midnight: None };
    let settings = Settings { windows, currency: None, rates: Rates::default(), apart: BTreeSet::new() };
    let books = Books::of(&held, &settings);
    Joined::of(held, &books, &settings);
});
