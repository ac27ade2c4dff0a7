//! A learned second net: words, pairs of words and the signs they hold, weighed per category.
//!
//! It can only raise what the rules left lower, never veto them. The weights are data
//! (`score.tsv`), made by logistic regression on labelled messages; how, is in its header.

use rustc_hash::FxHashMap as HashMap;
use serde::{Deserialize, Serialize};

use super::lexicon::Reading;
use super::odds::Odds;
use super::rules::Classes;
use super::spelling::{Spelled, Spelling};

const BUILTIN: &str = include_str!("../../faq/safety/score.tsv");

/// How much a long message is weighed down: 0 adds the weights up, 1 takes their mean. At 0.5 what is
/// half hidden in a long question was missed more often, at 0 long harmless ones alarmed.
const LENGTH_POWER: f32 = 0.25;

/// Beyond so many features, those of some 22 words, a message is weighed down by this power of what it has more: a story
/// has some of everything. Of long messages 38 instead of 50 ordinary ones in a hundred alarm, and five dangerous ones
/// more are missed; models/README.md has other powers.
const STORY: f32 = 60.0;
const STORY_POWER: f32 = 0.6;

/// Words of a message that are weighed, about two thousand characters: past this, a text says
/// little new, and the rules read all of it anyway.
const MOST_WORDS: usize = 400;

/// The weights, one row a feature.
#[derive(Deserialize, Serialize)]
pub(super) struct Score {
    /// By how a feature is spelled: of twenty thousand no two share a number.
    rows: HashMap<Spelling, u32>,
    weights: Vec<[f32; 5]>,
    bias: [f32; 5],
}

impl Score {
    pub(super) fn builtin() -> Self {
        let mut this = Self {
            rows: HashMap::default(),
            weights: Vec::new(),
            bias: [0.0; 5],
        };
        for line in BUILTIN.lines().filter(|it| !it.starts_with('#')) {
            let mut cells = line.split('\t');
            let feature = cells.next().unwrap_or_default();
            let mut row = [0.0; 5];
            for (weight, cell) in row.iter_mut().zip(cells) {
                *weight = cell.parse().unwrap_or_default();
            }
            if feature == "(bias)" {
                this.bias = row;
            } else {
                let next = this.weights.len() as u32;
                let other = this.rows.insert(Spelling::of(feature), next);
                assert!(
                    other.is_none(),
                    "`{feature}` is there twice, or shares its number with another"
                );
                this.weights.push(row);
            }
        }
        this
    }

    /// The row of a feature, if it weighs anything.
    pub(super) fn row(&self, feature: &Feature<'_>) -> Option<u32> {
        self.rows.get(&feature.spelling).copied()
    }

    /// Weighs the features of a message, each once. One without any is no crisis.
    pub(super) fn weigh(&self, mut rows: Vec<u32>) -> Odds {
        rows.sort_unstable();
        rows.dedup();
        let n = rows.len().max(1) as f32;
        let scale = n.min(STORY).powf(-LENGTH_POWER) * (n / STORY).max(1.0).powf(-STORY_POWER);
        let mut odds = self.bias;
        for row in rows {
            for (odd, weight) in odds.iter_mut().zip(self.weights[row as usize]) {
                *odd += weight * scale;
            }
        }
        Odds(odds)
    }
}

/// What weighs something, by its name.
pub(super) struct Feature<'a> {
    /// The name in parts, to be read one after the other.
    parts: [&'a str; 3],
    /// The number of the whole name.
    spelling: Spelling,
}

impl<'a> Feature<'a> {
    /// A rule that is met, and what softened it.
    pub(super) fn of_rule(id: &'a str, mark: &'a str) -> Self {
        let parts = ["=", id, mark];
        let spelling = parts
            .iter()
            .fold(Spelling::of(""), |it, part| it.then(part));
        Self { parts, spelling }
    }

    pub(super) fn name(&self) -> String {
        self.parts.concat()
    }
}

/// A word of a message, or the list that holds it.
#[derive(Clone, Copy)]
struct Name<'a> {
    text: &'a str,
    spelled: Spelled,
}

impl<'a> Name<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            spelled: Spelled::of(text),
        }
    }

    fn feature(self) -> Feature<'a> {
        Feature {
            parts: [self.text, "", ""],
            spelling: self.spelled.spelling(),
        }
    }

    fn before(self, next: Self) -> Feature<'a> {
        Feature {
            parts: [self.text, " ", next.text],
            spelling: self.spelled.join(' ', next.spelled),
        }
    }
}

/// A long word is weighed by so many letters that it begins with too.
const BEGINNING: usize = 5;

/// Calls `on_feature` for each word, each beginning of a long word and each pair of neighbours.
/// A word that a list holds counts as that list too.
pub(super) fn each_word_feature(
    reading: &Reading,
    classes: &Classes,
    mut on_feature: impl FnMut(Feature<'_>),
) {
    let words = reading.texts.iter().zip(&reading.tokens);
    let words = words.filter(|it| !it.0.is_empty()).take(MOST_WORDS);
    let mut before: Option<(Name<'_>, Option<Name<'_>>)> = None;
    for (word, token) in words {
        let class = classes.of(token.word);
        let class = (!class.is_empty() && class != *word).then(|| Name::new(class));
        let word = Name::new(word);
        if let Some((before, before_class)) = before {
            on_feature(before.before(word));
            if before_class.is_some() || class.is_some() {
                on_feature(before_class.unwrap_or(before).before(class.unwrap_or(word)));
            }
        }
        on_feature(word.feature());
        if let Some((cut, _)) = word.text.char_indices().nth(BEGINNING) {
            let beginning = &word.text[..cut];
            on_feature(Feature {
                parts: [beginning, "*", ""],
                spelling: Spelling::of(beginning).then_one('*'),
            });
        }
        if let Some(class) = class {
            on_feature(class.feature());
        }
        before = Some((word, class));
    }
}
