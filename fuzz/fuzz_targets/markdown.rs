//! Any Markdown becomes a message that Telegram takes: no longer than asked for, and every
//! tag closed.
#![no_main]

use askwell::conversation::MAX_CHARS;
use askwell::markup::Document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (mut document, _) = Document::parse(text);
    document.shorten(MAX_CHARS);
    assert!(document.len_utf16() <= MAX_CHARS);
    let html = document.telegram_html();
    for (open, close) in [("<b>", "</b>"), ("<i>", "</i>"), ("<a ", "</a>")] {
        assert_eq!(html.matches(open).count(), html.matches(close).count(), "{html}");
    }
    let tags = ["<b>", "</b>", "<i>", "</i>", "<a ", "</a>"];
    let known: usize = tags.iter().map(|tag| html.matches(tag).count()).sum();
    assert_eq!(html.matches('<').count(), known, "{html}");
});
