//! Any text is judged, and the same text in the same way.
#![no_main]

use std::sync::LazyLock;

use askwell::safety::{Safety, Screened};
use libfuzzer_sys::fuzz_target;

static SAFETY: LazyLock<Safety> = LazyLock::new(Safety::builtin);

fuzz_target!(|text: &str| {
    let screen = &SAFETY.screen;
    assert_eq!(screen.explain(text), screen.explain(text));
    let crisis = format!("{text}\nI want to kill myself.");
    assert!(matches!(screen.check(&crisis), Screened::Urgent(_)));
});
