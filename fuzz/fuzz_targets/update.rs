//! Any JSON with an id is read as an update and can be confirmed.
#![no_main]

use askwell::telegram::read_update;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    drop(read_update(text));
    // The rest of an update that has its id.
    if let Some(rest) = text.strip_prefix('{').filter(|rest| !rest.contains("update_id")) {
        let numbered = format!("{{\"update_id\":1,{rest}");
        if let Some(id) = read_update(&numbered) {
            assert_eq!(id, 1);
        }
    }
});
