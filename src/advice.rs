//! What makes sound content better: `check` tells it beside the mistakes.

use crate::content::Loaded;
use crate::knowledge::{Code, Problem, counted};
use crate::matching;

/// Fewer variants than this, and an entry is hard to find. Each of the first ones brings most
/// (recall at 0, 4 and 8 variants: 55, 63 and 70 of 100 questions of our domain).
const FEW_VARIANTS: usize = 4;

/// Adds warnings about sound content to its report.
pub fn advise(loaded: &mut Loaded) {
    let Some(content) = &loaded.content else {
        return;
    };
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
    for (entry, marks) in content.knowledge.entries().iter().zip(&loaded.marks) {
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
    loaded.report.extend(problems);
}
