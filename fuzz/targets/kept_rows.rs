//! What an import keeps for the next one.
#![no_main]

use cwm::history::import::kept;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = kept::read(bytes);
});
