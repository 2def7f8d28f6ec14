//! The folder of a history of accounts: the bytes are its tables, one after the other, parted by a NUL.
#![no_main]

use std::fs;

use cwm::history::account::files;
use libfuzzer_sys::fuzz_target;

const TABLES: [&str; 5] = ["company.ron", "accounts.csv", "contracts.csv", "members.csv", "events.csv"];

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, table) in TABLES.iter().zip(bytes.split(|&byte| byte == 0)) {
        fs::write(folder.path().join(name), table).expect("a file");
    }
    let _ = files::read(folder.path());
});
