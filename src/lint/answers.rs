//! Answers that say nearly the same with different details.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Texts;
use crate::knowledge::{Code, Problem};

/// Words in a row that are compared. Shorter runs are shared by chance.
const RUN: usize = 3;

/// Answers with fewer runs say too little to be compared.
const MIN_RUNS: usize = 6;

/// Share of runs that two answers have in common, of all they have, 0 to 1. Below, two
/// answers on one subject would be reported; a fee changed in one of two stays well above.
const ALIKE: f64 = 0.5;

/// A run of words in more answers than this is a set phrase.
const MANY: usize = 50;

pub(super) fn differing(texts: &Texts<'_>) -> Vec<Problem> {
    let words: Vec<Vec<String>> = texts
        .entries()
        .map(|(entry, _)| words(&entry.answer.plain()))
        .collect();
    let runs: Vec<HashSet<&[String]>> = words.iter().map(|it| it.windows(RUN).collect()).collect();
    let mut holders: HashMap<&[String], Vec<usize>> = HashMap::new();
    for (entry, runs) in runs
        .iter()
        .enumerate()
        .filter(|(_, runs)| runs.len() >= MIN_RUNS)
    {
        for run in runs {
            holders.entry(run).or_default().push(entry);
        }
    }
    let mut common: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for entries in holders.values().filter(|it| (2..=MANY).contains(&it.len())) {
        for (index, first) in entries.iter().enumerate() {
            for second in &entries[index + 1..] {
                *common.entry((*first, *second)).or_default() += 1;
            }
        }
    }
    let mut problems = Vec::new();
    for ((first, second), n_common) in common {
        let n_all = runs[first].len() + runs[second].len() - n_common;
        if (n_common as f64) < ALIKE * n_all as f64 || words[first] == words[second] {
            continue;
        }
        let only = |a: usize, b: usize| {
            let other: HashSet<&String> = words[b].iter().collect();
            words[a]
                .iter()
                .filter(|it| !other.contains(it))
                .take(4)
                .cloned()
                .collect::<Vec<_>>()
                .join(" ")
        };
        let problem = Problem::warning(Code::AnswersDiffer, texts.marks(second).id.clone(), "two answers say nearly the same with different details")
            .label(only_label(&only(second, first)))
            .help("if one was changed and the other forgotten, people get either, depending on how they ask; make them agree, or let one entry answer both questions")
            .other(texts.marks(first).id.clone(), only_label(&only(first, second)));
        problems.push(problem);
    }
    problems
}

fn only_label(words: &str) -> String {
    if words.is_empty() {
        "the other one".to_owned()
    } else {
        format!("only here: {words}")
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'));
    words
        .filter(|it| !it.is_empty())
        .map(str::to_lowercase)
        .collect()
}
