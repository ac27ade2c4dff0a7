//! What the matcher makes of the content: entries it confuses, and entries it never finds.
//!
//! Each variant is left out and asked. To build one matcher for each of thousands would
//! take minutes, so the first variants of all entries are left out together, then the
//! second ones, and so on: an entry always misses just the one variant that is asked.

use std::thread;

use super::Texts;
use crate::knowledge::{Code, Problem};
use crate::matching::{Decision, Matcher};
use crate::safety::Screened;

/// Most variants of an entry that are left out in turn; what comes later is rarely new.
const MAX_ROUNDS: usize = 16;

pub(super) fn check(texts: &Texts<'_>) -> Vec<Problem> {
    let entries = texts.content.knowledge.entries();
    let rounds = entries
        .iter()
        .map(|it| it.variants.len())
        .max()
        .unwrap_or_default()
        .min(MAX_ROUNDS);
    let n_threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(rounds.max(1));
    let mut thefts: Vec<Theft> = thread::scope(|scope| {
        let workers: Vec<_> = (0..n_threads)
            .map(|worker| {
                scope.spawn(move || {
                    (worker..rounds)
                        .step_by(n_threads)
                        .flat_map(|round| thefts_of(texts, round))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|it| it.join().expect("no wording panics"))
            .collect()
    });
    thefts.sort_by_key(|it| (it.entry, it.thief, it.variant));
    let mut problems: Vec<Problem> = thefts
        .chunk_by(|a, b| (a.entry, a.thief) == (b.entry, b.thief))
        .map(|alike| confused(texts, alike))
        .collect();
    problems.extend(taken_as_crisis(texts));
    problems.extend(unreachable(texts));
    problems
}

/// A variant whose question another entry answers once it is left out.
struct Theft {
    entry: usize,
    variant: usize,
    thief: usize,
}

fn thefts_of(texts: &Texts<'_>, round: usize) -> Vec<Theft> {
    let content = texts.content;
    let entries = content.knowledge.entries();
    let without = content.knowledge.without_variants(round);
    let matcher = Matcher::new(&without, &content.matching);
    let mut thefts = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(variant) = entry.variants.get(round) else {
            continue;
        };
        let is_thief = |it: &usize| *it != index && !matcher.are_twins(*it, index);
        if let Some(thief) = answered_by(texts, &matcher, variant).filter(is_thief) {
            thefts.push(Theft {
                entry: index,
                variant: round,
                thief,
            });
        }
    }
    thefts
}

/// The entry that the bot would answer with, if it answers.
fn answered_by(texts: &Texts<'_>, matcher: &Matcher, question: &str) -> Option<usize> {
    let screened = texts.content.safety.screen.check(question);
    if matches!(screened, Screened::Urgent(_)) {
        return None;
    }
    match matcher.decide(&matcher.rank(screened.into_query())) {
        Decision::Answer { entry, .. } => Some(entry),
        Decision::Clarify(_) | Decision::Abstain => None,
    }
}

fn confused(texts: &Texts<'_>, thefts: &[Theft]) -> Problem {
    let Theft {
        entry,
        variant,
        thief,
    } = thefts[0];
    let thief_id = &texts.content.knowledge.entries()[thief].id;
    let more = match thefts.len() - 1 {
        0 => String::new(),
        n => format!(", and {n} more like it"),
    };
    Problem::warning(Code::Confused, texts.marks(entry).variants[variant].clone(), format!("without this wording, `{thief_id}` answers its question"))
        .label(format!("left out and asked{more}"))
        .help("people who ask in similar words get that answer; add variants like it here, or make the two entries one")
        .other(texts.marks(thief).title.clone(), "answers instead")
}

fn taken_as_crisis(texts: &Texts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (entry, marks) in texts.entries() {
        for (variant, place) in entry.variants.iter().zip(&marks.variants) {
            if matches!(
                texts.content.safety.screen.check(variant),
                Screened::Urgent(_)
            ) {
                let problem = Problem::warning(Code::TakenAsCrisis, place.clone(), "the crisis screen catches this wording")
                    .label("gets the helplines")
                    .help("whoever asks it never gets this answer; that may be right, so take the wording out");
                problems.push(problem);
            }
        }
    }
    problems
}

/// Entries that none of their own words lead to.
fn unreachable(texts: &Texts<'_>) -> Vec<Problem> {
    let content = texts.content;
    let matcher = Matcher::new(&content.knowledge, &content.matching);
    let reaches = |index: usize, question: &str| {
        let query = content.safety.screen.check(question).into_query();
        match matcher.decide(&matcher.rank(query)) {
            Decision::Answer { entry, others } => entry == index || others.contains(&index),
            Decision::Clarify(choices) => choices.contains(&index),
            Decision::Abstain => false,
        }
    };
    let mut problems = Vec::new();
    for (index, (entry, marks)) in texts.entries().enumerate() {
        let mut wordings = std::iter::once(&entry.title).chain(&entry.variants);
        if !wordings.any(|it| reaches(index, it)) {
            let problem = Problem::warning(Code::Unreachable, marks.title.clone(), "nothing leads to this entry")
                .label("not even its own words")
                .help("other entries are nearer to all of its wordings, so nobody will see it; give it words of its own, or join it with the entry that answers in its place");
            problems.push(problem);
        }
    }
    problems
}
