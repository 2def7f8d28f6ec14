//! Scenario files.
#![no_main]

use std::path::Path;

use cwm::world::scenario::ScenarioFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = ScenarioFile::parse(Path::new("scenario.ron"), text.to_owned());
});
