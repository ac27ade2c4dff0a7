//! Words that are hard to read or to bear. English only; hints, not rules.

use unicode_segmentation::UnicodeSegmentation;

use super::Texts;
use crate::knowledge::{Code, Entry, EntryKind, Marks, Problem};

/// Words of a sentence beyond which it is hard to follow on a phone. Plain-language guides
/// advise 15 to 20 on average and 25 to 30 at most.
const MAX_WORDS: usize = 30;

/// Words of the field, each with everyday ones.
const JARGON: &[(&str, &str)] = &[
    ("modality", "way of working"),
    ("modalities", "ways of working"),
    ("psychoeducation", "explaining how it works"),
    ("psychodynamic", "looking at how the past shapes you"),
    ("comorbid", "at the same time"),
    ("aetiology", "cause"),
    ("etiology", "cause"),
    ("affect regulation", "handling feelings"),
    ("emotion regulation", "handling feelings"),
    ("attachment style", "the way you are close to others"),
    ("intake", "first talk"),
    ("presenting problem", "what brings you"),
    ("contraindicated", "not advised"),
    ("utilise", "use"),
    ("utilize", "use"),
    ("facilitate", "help"),
    ("prior to", "before"),
    ("in order to", "to"),
    ("with regard to", "about"),
    ("pharmacotherapy", "medicine"),
    ("efficacy", "how well it works"),
];

/// Words that can sound like blame or a diagnosis.
const BLAMING: &[&str] = &[
    "you should have",
    "your own fault",
    "you failed",
    "you fail to",
    "simply stop",
    "just calm down",
    "get over it",
    "pull yourself together",
    "you are depressed",
    "you are in denial",
    "you suffer from",
    "you are codependent",
    "narcissist",
    "toxic",
    "attention seeking",
    "non-compliant",
    "committed suicide",
    "commit suicide",
    "addict",
    "crazy",
    "mentally ill people",
];

pub(super) fn check(texts: &Texts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (entry, marks) in texts.entries().filter(|(entry, _)| entry.language == "en") {
        let answer = entry.answer.plain();
        long_sentences(texts, marks, &answer, &mut problems);
        loaded_words(texts, marks, &answer, &mut problems);
        late_answer(entry, marks, &answer, &mut problems);
    }
    problems
}

fn long_sentences(texts: &Texts<'_>, marks: &Marks, answer: &str, problems: &mut Vec<Problem>) {
    for sentence in answer
        .lines()
        .flat_map(UnicodeSegmentation::unicode_sentences)
    {
        let n_words = sentence.unicode_words().count();
        if n_words > MAX_WORDS {
            // A few words, since the file may mark the rest as bold or break the line.
            let beginning: Vec<&str> = sentence.split(' ').take(4).collect();
            let place = texts.place_of(marks, &beginning.join(" "));
            let problem = Problem::note(Code::LongSentence, place, "this sentence is long")
                .label(format!("{n_words} words"))
                .help("it is hard to follow on a phone, and harder in distress; make two of it");
            problems.push(problem);
        }
    }
}

fn loaded_words(texts: &Texts<'_>, marks: &Marks, answer: &str, problems: &mut Vec<Problem>) {
    for (word, plain) in JARGON {
        if let Some(found) = whole_words(answer, word) {
            let problem = Problem::note(
                Code::Jargon,
                texts.place_of(marks, found),
                format!("people may not know “{found}”"),
            )
            .help(format!(
                "say it in everyday words, such as “{plain}”, or explain it in the same sentence"
            ));
            problems.push(problem);
        }
    }
    for words in BLAMING {
        if let Some(found) = whole_words(answer, words) {
            let problem = Problem::note(Code::Blaming, texts.place_of(marks, found), format!("“{found}” can sound like blame or a diagnosis"))
                .help("somebody who is struggling may stop reading here; describe what happens instead of what somebody is or should have done");
            problems.push(problem);
        }
    }
}

/// The part of a text that is these words, whatever their case.
fn whole_words<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    let is_word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let lower = text.to_ascii_lowercase();
    let found = lower.match_indices(words).find(|(at, it)| {
        !is_word(text[..*at].chars().next_back()) && !is_word(text[at + it.len()..].chars().next())
    });
    found.map(|(at, it)| &text[at..at + it.len()])
}

/// A question of yes or no whose first two sentences say neither.
fn late_answer(entry: &Entry, marks: &Marks, answer: &str, problems: &mut Vec<Problem>) {
    const ASKS: &[&str] = &[
        "is", "are", "can", "do", "does", "will", "should", "may", "must", "has", "have", "could",
    ];
    const SAYS: &[&str] = &[
        "yes",
        "no",
        "not",
        "never",
        "always",
        "often",
        "sometimes",
        "usually",
        "mostly",
        "it depends",
        "depends",
        "only if",
        "it can",
        "it is",
        "it may",
        "you can",
        "you may",
        "they can",
        "we do",
        "we are",
        "we can",
        "of course",
        "rarely",
        "both",
    ];
    let first_word = entry
        .title
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    if entry.kind != EntryKind::Faq
        || !entry.title.ends_with('?')
        || !ASKS.contains(&first_word.as_str())
    {
        return;
    }
    let beginning: Vec<&str> = answer.unicode_sentences().take(2).collect();
    let beginning = beginning.concat();
    if SAYS.iter().all(|it| whole_words(&beginning, it).is_none()) {
        let problem = Problem::note(
            Code::LateAnswer,
            marks.title.clone(),
            "the first two sentences say neither yes nor no",
        )
        .label("asked here")
        .help("people read two lines; begin with the answer, and explain it after");
        problems.push(problem);
    }
}
