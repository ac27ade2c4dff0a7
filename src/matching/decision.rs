//! Thresholds and margin: answer, clarify or abstain.

use super::{Candidate, Ranking, Settings};

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
    /// Ask which of these is meant; two or three, unless nothing else is near.
    Clarify(Vec<usize>),
    Abstain,
}

/// The most entries that a person is asked to choose from.
pub const MAX_CHOICES: usize = 3;

/// As a third choice an entry is offered that has at least this share of the best score: a list that
/// lacks the right one costs more than a line too many.
const FAINT: f32 = 0.05;

/// From this score on an entry is offered beside an answer: on nine sets of questions beside one in nine of the right answers,
/// and for 10 of the 25 wrong ones the right entry is among them.
const PLAUSIBLE: f32 = 0.02;

/// Turns a ranking into a decision. `twins` says of two entries whether one
/// is the passage behind the other: asking which of them is meant would be idle, so the better is
/// answered or offered as a choice, and the other is offered under an answer.
pub fn decide(
    ranking: &Ranking,
    settings: &Settings,
    twins: impl Fn(usize, usize) -> bool,
) -> Decision {
    let Some((best, rest)) = ranking
        .candidates
        .split_first()
        .filter(|_| settings.clarify_threshold <= ranking.in_scope)
    else {
        return Decision::Abstain;
    };
    let is_near = |it: &Candidate| best.score - it.score < settings.margin;
    let rivals: Vec<&Candidate> = rest
        .iter()
        .filter(|it| !twins(best.entry, it.entry))
        .collect();
    let clear = rivals
        .first()
        .is_none_or(|rival| settings.margin <= best.score - rival.score);
    if settings.threshold <= best.score && clear {
        let is_plausible = |it: &&Candidate| PLAUSIBLE <= it.score || is_near(it);
        let others = rest.iter().filter(is_plausible);
        return Decision::Answer {
            entry: best.entry,
            others: others.take(MAX_CHOICES - 1).map(|it| it.entry).collect(),
        };
    }
    let mut choices = vec![best.entry];
    for rival in rivals {
        // A choice needs two: a single doubtful candidate is offered with its runner-up.
        let wanted = choices.len() < 2 || best.score * FAINT <= rival.score || is_near(rival);
        if wanted && !choices.iter().any(|&it| twins(it, rival.entry)) {
            choices.push(rival.entry);
        }
    }
    choices.truncate(MAX_CHOICES);
    Decision::Clarify(choices)
}

#[cfg(test)]
mod tests {
    use super::super::Signals;
    use super::*;

    const SETTINGS: Settings = Settings {
        threshold: 0.7,
        clarify_threshold: 0.45,
        margin: 0.05,
        encoder_threshold: 0.65,
        synonyms: Vec::new(),
        out_of_scope: Vec::new(),
    };

    /// Decides about the scores of entries 0, 1 and so on where something is sure to answer; 0 and 1 are twins, and so are
    /// 2 and 3.
    #[track_caller]
    fn check(scores: &[f32], expected: &Decision) {
        check_order(
            &(0..).zip(scores.iter().copied()).collect::<Vec<_>>(),
            expected,
        );
    }

    #[track_caller]
    fn check_order(scores: &[(usize, f32)], expected: &Decision) {
        check_in_scope(1.0, scores, expected);
    }

    #[track_caller]
    fn check_in_scope(in_scope: f32, scores: &[(usize, f32)], expected: &Decision) {
        let candidate = |&(entry, score): &(usize, f32)| Candidate {
            entry,
            score,
            signals: Signals::default(),
        };
        let ranking = Ranking {
            candidates: scores.iter().map(candidate).collect(),
            in_scope,
            ..Ranking::default()
        };
        let twins = |a: usize, b: usize| a != b && a / 2 == b / 2;
        assert_eq!(&decide(&ranking, &SETTINGS, twins), expected);
    }

    fn answer(entry: usize, others: &[usize]) -> Decision {
        Decision::Answer {
            entry,
            others: others.to_vec(),
        }
    }

    #[test]
    fn a_sure_candidate_is_the_answer() {
        check(&[0.9], &answer(0, &[]));
        check_order(&[(0, 0.9), (2, 0.01)], &answer(0, &[]));
        check_order(&[(0, 0.7), (2, 0.3)], &answer(0, &[2]));
        check_order(
            &[(0, 0.9), (2, 0.5), (4, 0.4), (6, 0.3)],
            &answer(0, &[2, 4]),
        );
    }

    #[test]
    fn nothing_near_is_no_answer() {
        check(&[], &Decision::Abstain);
        check_in_scope(0.44, &[(0, 0.43)], &Decision::Abstain);
    }

    #[test]
    fn what_something_is_sure_to_answer_is_asked_about_however_many_might() {
        check_in_scope(
            0.95,
            &[(0, 0.12), (2, 0.11), (4, 0.1)],
            &Decision::Clarify(vec![0, 2, 4]),
        );
    }

    #[test]
    fn a_near_tie_asks_which_one() {
        check_order(
            &[(0, 0.8), (2, 0.76), (4, 0.03)],
            &Decision::Clarify(vec![0, 2]),
        );
        check_order(
            &[(0, 0.5), (2, 0.4), (4, 0.3), (6, 0.25)],
            &Decision::Clarify(vec![0, 2, 4]),
        );
    }

    #[test]
    fn a_doubtful_candidate_is_offered_with_its_runner_up() {
        check_order(
            &[(0, 0.4), (2, 0.1), (4, 0.01)],
            &Decision::Clarify(vec![0, 2]),
        );
        check_order(
            &[(0, 0.4), (2, 0.1), (4, 0.05)],
            &Decision::Clarify(vec![0, 2, 4]),
        );
        check_order(&[(0, 0.4)], &Decision::Clarify(vec![0]));
    }

    #[test]
    fn twins_are_never_asked_about() {
        check(&[0.8, 0.79], &answer(0, &[1]));
        check(&[0.8, 0.79, 0.78], &Decision::Clarify(vec![0, 2]));
        check(&[0.5, 0.45, 0.1, 0.05], &Decision::Clarify(vec![0, 2]));
        check_order(
            &[(0, 0.5), (2, 0.4), (3, 0.4), (4, 0.3)],
            &Decision::Clarify(vec![0, 2, 4]),
        );
    }
}
