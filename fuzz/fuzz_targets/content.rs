//! Any files are read as content, and every problem has a file and a place in it.
#![no_main]

use askwell::content::Content;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|files: (&str, &str, &str)| {
    let (article, bot, rules) = files;
    let files = [
        ("faq/a.toml", article),
        ("faq/bot.toml", bot),
        ("faq/safety/ours.toml", rules),
    ];
    let files = files.map(|(path, text)| (path.into(), text.to_owned()));
    let loaded = Content::parse(files.to_vec());
    for problem in loaded.report.problems() {
        let source = &loaded.report.sources()[problem.place.file];
        if let Some(span) = &problem.place.span {
            assert!(source.text.get(span.clone()).is_some(), "{problem:?}");
        }
    }
    drop(loaded.report.to_string());
});
