//! Entries with few variants, and thresholds that were fitted on other content.

use super::Texts;
use crate::knowledge::{Code, Problem, counted};
use crate::matching;

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
    problems
}
