//! Any text becomes terms, and normalising twice changes nothing.
#![no_main]

use std::sync::LazyLock;

use askwell::text::{Analyzer, normalise, words};
use libfuzzer_sys::fuzz_target;

static ANALYZER: LazyLock<Analyzer> = LazyLock::new(|| Analyzer::new("en").expect("English is known"));

fuzz_target!(|text: &str| {
    let once = normalise(text);
    assert_eq!(normalise(&once), once);
    for word in words(&once) {
        drop(ANALYZER.term(word));
    }
});
