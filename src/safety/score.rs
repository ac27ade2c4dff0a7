//! A learned second net: words and pairs of words, weighed per category.
//!
//! It can only raise what the rules left lower, never veto them. The weights are data
//! (`score.tsv`), made by logistic regression on labelled messages; how, is in its header.

use rustc_hash::FxHashMap as HashMap;

use super::Category;
use super::lexicon::Reading;

const BUILTIN: &str = include_str!("../../faq/safety/score.tsv");

/// From here on a message is urgent. Higher misses more, lower alarms more: of messages it was not
/// trained on, this net alone found 91 of 100 in danger at 0.5 and 81 at 0.65 (another writer's harder
/// ones: 64 and 54), and alarmed at 2.4 and 0.8 of 100 ordinary questions. SAFETY.md R7: when in doubt, choose crisis.
const URGENT: f32 = 0.5;

/// "Goodbye" alone weighs as much as in a farewell, so a word or two are left to the rules.
const FEWEST_WORDS: usize = 3;

/// From here on a message is grey.
const GREY: f32 = 0.3;

/// Words of a message that are weighed, about two thousand characters: past this, a text says
/// little new, and the rules read all of it anyway.
const MOST_WORDS: usize = 400;

/// The weights, one row a feature.
pub(super) struct Score {
    weights: HashMap<String, [f32; 5]>,
    bias: [f32; 5],
}

/// What the weights say of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    /// Probability of any crisis, 0 to 1, as far as the training data goes.
    pub(super) crisis: f32,
    /// The likeliest kind.
    pub(super) category: Category,
    /// How many words were weighed.
    pub(super) n_words: usize,
}

impl Verdict {
    pub(super) fn is_urgent(self) -> bool {
        self.crisis >= URGENT && self.n_words >= FEWEST_WORDS
    }

    pub(super) fn is_grey(self) -> bool {
        self.crisis >= GREY
    }
}

impl Score {
    pub(super) fn builtin() -> Self {
        let mut this = Self {
            weights: HashMap::default(),
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
                this.weights.insert(feature.to_owned(), row);
            }
        }
        this
    }

    /// Weighs a message. One without words is no crisis.
    pub(super) fn weigh(&self, reading: &Reading) -> Verdict {
        let mut found: Vec<&[f32; 5]> = Vec::new();
        each_feature(reading, |it| {
            if let Some(row) = self
                .weights
                .get(it)
                .filter(|row| !found.iter().any(|it| std::ptr::eq(*it, *row)))
            {
                found.push(row);
            }
        });
        let scale = 1.0 / (found.len().max(1) as f32).sqrt();
        let mut odds = self.bias;
        for row in found {
            for (odd, weight) in odds.iter_mut().zip(row) {
                *odd += weight * scale;
            }
        }
        let odds = odds.map(f32::exp);
        let sum: f32 = odds.iter().sum();
        let best = (0..5)
            .max_by(|a, b| odds[*a].total_cmp(&odds[*b]))
            .unwrap_or(0);
        Verdict {
            crisis: sum / (1.0 + sum),
            category: Category::ALL[best],
            n_words: reading.texts.iter().filter(|it| !it.is_empty()).count(),
        }
    }
}

/// Calls `on_feature` for each word, each pair of neighbours and each beginning of a long word.
pub(super) fn each_feature(reading: &Reading, mut on_feature: impl FnMut(&str)) {
    let mut pair = String::new();
    let words: Vec<&str> = reading
        .texts
        .iter()
        .copied()
        .filter(|it| !it.is_empty())
        .take(MOST_WORDS)
        .collect();
    for (i, word) in words.iter().enumerate() {
        on_feature(word);
        if let Some((cut, _)) = word.char_indices().nth(5) {
            pair.clear();
            pair.push_str(&word[..cut]);
            pair.push('*');
            on_feature(&pair);
        }
        if let Some(next) = words.get(i + 1) {
            pair.clear();
            pair.push_str(word);
            pair.push(' ');
            pair.push_str(next);
            on_feature(&pair);
        }
    }
}
