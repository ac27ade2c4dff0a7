//! `allow = ["confused: they differ by price only"]`: what an operator has looked at and
//! wants to keep. Errors can't be allowed.

use crate::content::Loaded;
use crate::knowledge::{Code, Place, Problem, Severity};

/// One item of an `allow`.
struct Item {
    place: Place,
    code: Code,
    /// Bytes of the entry that it stands in.
    extent: std::ops::Range<usize>,
    is_used: bool,
}

/// Takes out what is allowed and reports what allows nothing; `ran` says which rules ran.
pub(super) fn apply(loaded: &mut Loaded, ran: impl Fn(Code) -> bool) {
    let mut found = Vec::new();
    let mut items = Vec::new();
    for marks in &loaded.marks {
        for (place, text) in &marks.allow {
            let (name, reason) = text.split_once(':').unwrap_or((text, ""));
            let Some(code) = Code::of(name.trim()) else {
                let problem = Problem::error(Code::UnknownCode, place.clone(), format!("no finding has the code `{}`", name.trim()))
                    .label("allows nothing")
                    .help("the code stands in square brackets behind `warning` or `note`; `askwell check --explain` lists all");
                found.push(problem);
                continue;
            };
            if reason.trim().is_empty() {
                let problem = Problem::warning(Code::NoReason, place.clone(), "this says what is allowed, but not why")
                    .label("no reason")
                    .help(format!("the next person who reads it has to guess; write the reason behind the code: \"{}: …\"", code.name()));
                found.push(problem);
            }
            items.push(Item {
                place: place.clone(),
                code,
                extent: marks.extent.clone(),
                is_used: false,
            });
        }
    }
    loaded.report.retain(|problem| {
        let Some(span) = problem
            .place
            .span
            .as_ref()
            .filter(|_| problem.severity != Severity::Error)
        else {
            return true;
        };
        let allows = |it: &Item| {
            it.code == problem.code
                && it.place.file == problem.place.file
                && it.extent.contains(&span.start)
        };
        let mut is_allowed = false;
        for item in items.iter_mut().filter(|it| allows(it)) {
            item.is_used = true;
            is_allowed = true;
        }
        !is_allowed
    });
    for item in items.iter().filter(|it| !it.is_used && ran(it.code)) {
        let problem = Problem::warning(
            Code::UnusedAllow,
            item.place.clone(),
            format!("`{}` does not happen here", item.code.name()),
        )
        .label("allows nothing")
        .help("it may hide something later; take it out");
        found.push(problem);
    }
    loaded.report.extend(found);
}
