//! Entries with few variants, thresholds that were fitted on other content, and questions out of scope that an entry has.

use std::collections::HashMap;

use super::Texts;
use crate::content::BOT_FILE;
use crate::knowledge::{Code, Place, Problem, counted};
use crate::{matching, text};

/// Fewer variants than this, and an entry is hard to find. Each of the first ones brings most
/// (recall at 0, 4 and 8 variants: 55, 63 and 70 of 100 questions of our domain).
const FEW_VARIANTS: usize = 4;

pub(super) fn check(texts: &Texts<'_>) -> Vec<Problem> {
    let content = texts.content;
    let mut problems = Vec::new();
    let calibration = &content.calibration;
    if let (Some(stamp), Some(place)) = (&calibration.stamp, &calibration.stamp_place)
        && stamp.content != matching::fingerprint(&content.knowledge, &content.matching)
    {
        problems.push(
            Problem::warning(
                Code::StaleThresholds,
                place.clone(),
                "the thresholds were fitted on other content",
            )
            .label("the content has changed since")
            .help("the bot may be too sure or too shy now; run `askwell calibrate`"),
        );
    }
    for (entry, marks) in texts.entries() {
        let place = &marks.id;
        let n = entry.variants.len();
        // An entry without any has its own warning.
        if n > 0 && n < FEW_VARIANTS {
            let found = counted(n, "variant", "variants");
            problems.push(
                Problem::warning(Code::FewVariants, place.clone(), format!("this entry has only {found}"))
                    .label("hard to find")
                    .help("people ask in many ways; write at least four as they would type them, better 8 to 15"),
            );
        }
    }
    problems.extend(in_scope_after_all(texts));
    problems
}

/// Questions of `out_of_scope` that an entry has, word for word.
fn in_scope_after_all(texts: &Texts<'_>) -> Vec<Problem> {
    let questions = &texts.content.matching.out_of_scope;
    let words = |it: &str| -> Vec<String> {
        let normalised = text::normalise(it);
        text::words(&normalised).map(str::to_owned).collect()
    };
    let mut listed: HashMap<Vec<String>, &str> = questions
        .iter()
        .map(|it| (words(it), it.as_str()))
        .collect();
    if listed.is_empty() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (entry, marks) in texts.entries() {
        let places = std::iter::once(&marks.title).chain(&marks.variants);
        let wordings = std::iter::once(&entry.title).chain(&entry.variants);
        for (wording, place) in wordings.zip(places) {
            let Some(question) = listed.remove(&words(wording)) else {
                continue;
            };
            let problem = Problem::warning(
                Code::OutOfScope,
                in_bot_file(texts, question),
                "this question is said to be out of scope, and an entry answers it",
            )
            .label("out of scope here")
            .help("what is near to it would be answered less readily; take it out here, or there")
            .other(place.clone(), "a wording here");
            problems.push(problem);
        }
    }
    problems
}

/// Where some words stand in `bot.toml`, or its beginning if it has them otherwise.
fn in_bot_file(texts: &Texts<'_>, words: &str) -> Place {
    let sources = texts.loaded.report.sources();
    let file = sources.iter().position(|it| it.path.ends_with(BOT_FILE));
    let file = file.unwrap_or_default();
    let start = sources.get(file).and_then(|it| it.text.find(words));
    Place {
        file,
        span: start.map(|start| start..start + words.len()),
    }
}
