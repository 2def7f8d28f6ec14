//! Tables of a CRM, of support and calls of the product, made into a history of accounts: the bytes are several of them,
//! parted by a NUL.
#![no_main]

use std::{collections::BTreeMap, fs};

use cwm::{
    base::units::Currency,
    history::import::{
        company::{self, Reading, folder},
        intake::Source,
        privacy::Pseudonyms,
        rates::Rates,
    },
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let desk = tempfile::tempdir().expect("a folder");
    let mut sources = Vec::new();
    for (number, table) in bytes.split(|&byte| byte == 0).take(8).enumerate() {
        let path = desk.path().join(number.to_string());
        fs::write(&path, table).expect("a file");
        sources.push(Source { path, tool: None });
    }
    let currency = Currency::new("USD").ok();
    let reading = Reading { tier: Some("Type".to_owned()), currency, modules: BTreeMap::new() };
    let told = company::read(&sources, &reading, &Pseudonyms::new(Some("fuzz"))).expect("the files are there");
    let settings = folder::Settings { currency, rates: Rates::default(), months: 12, grace: 90 };
    let _ = folder::make(told, &settings);
});
