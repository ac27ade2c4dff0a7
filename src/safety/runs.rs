//! Words run together: "wannadie" is two words the rules know.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};

/// Shortest chunk, typed as one word, that is cut.
const SHORTEST: usize = 6;

/// Cost of a letter that belongs to no word, where a word costs one: rather a word too many.
const LEFT_OVER: u32 = 4;

/// All words that a run may be made of. The automata are compiled when the first message needs them.
#[derive(Deserialize, Serialize)]
pub(super) struct Runs {
    /// In order, each with whether it is a key word; without one nothing is cut.
    words: Vec<(String, bool)>,
    #[serde(skip)]
    all: OnceLock<AhoCorasick>,
    #[serde(skip)]
    keys: OnceLock<AhoCorasick>,
}

impl Runs {
    pub(super) fn new(mut words: Vec<(String, bool)>) -> Self {
        words.sort();
        words.dedup();
        Self {
            words,
            all: OnceLock::new(),
            keys: OnceLock::new(),
        }
    }

    /// The words of a run in order; empty where it is none. A chunk that was typed as one word
    /// needs a key word and no remainder; letters typed apart are cut as well as they can be.
    pub(super) fn cut(&self, text: &str, joined: bool) -> Vec<&str> {
        if !text.is_ascii() || (!joined && text.len() < SHORTEST) {
            return Vec::new();
        }
        let keys = self.keys.get_or_init(|| {
            let keys = self.words.iter().filter(|it| it.1).map(|it| &it.0);
            AhoCorasick::new(keys).expect("a few hundred words fit")
        });
        if !keys.is_match(text) {
            return Vec::new();
        }
        let all = self.all.get_or_init(|| {
            let words = self.words.iter().map(|it| &it.0);
            AhoCorasick::new(words).expect("a few thousand words fit")
        });
        // best[i]: cost to cut the first i letters, and the word that ends there.
        let mut best: Vec<(u32, usize, Option<usize>)> = vec![(0, 0, None); text.len() + 1];
        let mut filled = 0;
        for hit in all.find_overlapping_iter(text) {
            while filled < hit.end() {
                filled += 1;
                best[filled] = (best[filled - 1].0 + LEFT_OVER, filled - 1, None);
            }
            let word = hit.pattern().as_usize();
            let cost = best[hit.start()].0 + if hit.len() == 1 { 2 } else { 1 };
            if cost < best[hit.end()].0 {
                best[hit.end()] = (cost, hit.start(), Some(word));
            }
        }
        if filled < text.len() && !joined {
            return Vec::new();
        }
        let (mut end, mut cut) = (filled, Vec::new());
        while end > 0 {
            let (_, start, word) = best[end];
            cut.extend(word);
            end = start;
            if word.is_none() && !joined {
                return Vec::new();
            }
        }
        if !cut.iter().any(|it| self.words[*it].1) {
            return Vec::new();
        }
        cut.into_iter()
            .rev()
            .map(|it| self.words[it].0.as_str())
            .collect()
    }
}
