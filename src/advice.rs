//! What makes sound content better: `check` tells it beside the mistakes.

use crate::calibrate;
use crate::content::Loaded;
use crate::eval::Confusion;
use crate::knowledge::{Problem, counted};
use crate::matching;

/// Fewer variants than this, and an entry is hard to find. Each of the first ones brings most
/// (recall at 0, 4 and 8 variants: 55, 63 and 70 of 100 questions of our domain).
const FEW_VARIANTS: usize = 4;

/// The largest content whose confusions [`confusions`] looks for; more would keep a `check` waiting.
const MAX_ENTRIES: usize = 50;
const MAX_VARIANTS: usize = 750;

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
            Problem::warning(place.clone(), "the thresholds were fitted on other content")
                .label("the content has changed since")
                .help("the bot may be too sure or too shy now; run `askwell calibrate`"),
        );
    }
    for (entry, place) in content.knowledge.entries().iter().zip(&loaded.places) {
        let n = entry.variants.len();
        // An entry without any has its own warning.
        if n > 0 && n < FEW_VARIANTS {
            let found = counted(n, "variant", "variants");
            problems.push(
                Problem::warning(place.clone(), format!("this entry has only {found}"))
                    .label("hard to find")
                    .help("people ask in many ways; write at least four as they would type them, better 8 to 15"),
            );
        }
    }
    loaded.report.add(problems);
}

/// Which entries take each other's variants when these are left out in turn, most often first. None
/// where the content is too large for a quick look; `eval` tells there.
#[must_use]
pub fn confusions(loaded: Loaded) -> Vec<Confusion> {
    let Some(content) = loaded.content else {
        return Vec::new();
    };
    let entries = content.knowledge.entries();
    let n_variants: usize = entries.iter().map(|it| it.variants.len()).sum();
    if entries.len() > MAX_ENTRIES || n_variants > MAX_VARIANTS {
        return Vec::new();
    }
    let assistant = content.assistant();
    let trials = calibrate::from_content(&assistant, || {});
    let id = |entry: usize| &assistant.knowledge().entries()[entry].id;
    Confusion::count(trials.iter().filter_map(|trial| {
        let found = trial.candidates.first()?.entry;
        let own = *trial.right.first()?;
        (!trial.right.contains(&found)).then(|| (id(own), id(found)))
    }))
}
