//! What keeps thresholds and figures from being true: content that has changed since, and entries that
//! too few wordings lead to.

use super::Texts;
use crate::knowledge::{Code, Problem, counted};
use crate::matching;

/// Fewer variants than this, and an entry is hard to find: of 100 questions of our domain 55 find their
/// entry without variants, 63 with four, 70 with eight.
const FEW_VARIANTS: usize = 4;

pub(super) fn stale(texts: &Texts<'_>) -> Option<Problem> {
    let content = texts.content;
    let (stamp, place) = content.calibration.stamp.as_ref()?;
    if stamp.content == matching::fingerprint(&content.knowledge, &content.matching) {
        return None;
    }
    let problem = Problem::warning(
        Code::StaleThresholds,
        place.clone(),
        "the thresholds were fitted on other content",
    );
    Some(
        problem
            .label("the content has changed since")
            .help("the bot may be too sure or too shy now; run `askwell calibrate`"),
    )
}

pub(super) fn few_variants(texts: &Texts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (entry, marks) in texts.entries() {
        let n = entry.variants.len();
        // An entry without any has its own warning.
        if (1..FEW_VARIANTS).contains(&n) {
            let found = counted(n, "variant", "variants");
            let problem = Problem::warning(
                Code::FewVariants,
                marks.id.clone(),
                format!("this entry has only {found}"),
            );
            problems.push(
                problem.label("hard to find").help(
                    "people ask in many ways; write at least four, better 8 to 15, as they would type them",
                ),
            );
        }
    }
    problems
}
