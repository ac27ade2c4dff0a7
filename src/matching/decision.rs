//! Thresholds and margin: answer, clarify or abstain.

use super::{Candidate, Settings};

/// What to do with a ranking. Numbers are places in [`KnowledgeBase::entries`].
///
/// [`KnowledgeBase::entries`]: crate::knowledge::KnowledgeBase::entries
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Answer with this entry; the others are plausible too and offered beside it.
    Answer {
        entry: usize,
        others: Vec<usize>,
    },
    /// Ask which of these two or three is meant.
    Clarify(Vec<usize>),
    Abstain,
}

/// The most entries that a person is asked to choose from.
pub const MAX_CHOICES: usize = 3;

/// Turns a ranking, best first, into a decision. `twins` says of two entries whether one
/// is the passage behind the other, so that asking which is meant would be idle.
pub fn decide(
    ranking: &[Candidate],
    settings: &Settings,
    twins: impl Fn(usize, usize) -> bool,
) -> Decision {
    let Some(best) = ranking
        .first()
        .filter(|best| settings.clarify_threshold <= best.score)
    else {
        return Decision::Abstain;
    };
    let plausible: Vec<usize> = ranking
        .iter()
        .filter(|it| {
            settings.clarify_threshold <= it.score || best.score - it.score < settings.margin
        })
        .take(MAX_CHOICES)
        .map(|it| it.entry)
        .collect();
    let rival = ranking[1..].iter().find(|it| !twins(best.entry, it.entry));
    let clear = rival.is_none_or(|rival| settings.margin <= best.score - rival.score);
    if settings.threshold <= best.score && (clear || plausible.len() < 2) {
        return Decision::Answer {
            entry: best.entry,
            others: plausible[1..].to_vec(),
        };
    }
    // A choice needs two: a single doubtful candidate is offered with its runner-up.
    Decision::Clarify(
        ranking
            .iter()
            .take(plausible.len().max(2))
            .map(|it| it.entry)
            .collect(),
    )
}
