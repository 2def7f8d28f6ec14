//! Stored self-models: the Parquet file of a set.
#![no_main]

use std::fs;

use cwm::study::store::models;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("models.parquet");
    fs::write(&path, bytes).expect("a file");
    let _ = models::read(&path);
});
