//! Idioms: words in a row that mean no harm, whatever they mean apart ("die laughing").
//!
//! A line of the rule file stands for every way through its choices, often thousands. They
//! are walked in the message, never written out.

use rustc_hash::FxHashMap as HashMap;
use serde::{Deserialize, Serialize};

use super::lexicon::{Token, WordId};
use super::normalise::Break;

/// The choices of one place in an idiom, each a sequence of words; an empty one lets the
/// place be skipped.
pub(super) type Place = Vec<Vec<WordId>>;

/// Tokens that an idiom may have: one bit each, in one machine word.
const LONGEST: usize = 63;

/// All idioms, by the word they begin with.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Idioms {
    lines: Vec<Vec<Place>>,
    by_first: HashMap<WordId, Vec<usize>>,
}

impl Idioms {
    pub(super) fn new(mut lines: Vec<Vec<Place>>) -> Self {
        let mut by_first: HashMap<WordId, Vec<usize>> = HashMap::default();
        for (number, places) in lines.iter_mut().enumerate() {
            for place in &mut *places {
                place.sort_unstable();
            }
            for place in places {
                for first in place.iter().filter_map(|choice| choice.first()) {
                    let numbers = by_first.entry(*first).or_default();
                    if numbers.last() != Some(&number) {
                        numbers.push(number);
                    }
                }
                if !place.iter().any(Vec::is_empty) {
                    break;
                }
            }
        }
        Self { lines, by_first }
    }

    /// How many tokens the longest idiom has that begins with the first of `tokens`: two or
    /// more, or 0 for none. It never crosses a stop.
    pub(super) fn longest(&self, tokens: &[Token]) -> usize {
        let Some(numbers) = tokens.first().and_then(|it| self.by_first.get(&it.word)) else {
            return 0;
        };
        let stop = tokens
            .iter()
            .take(LONGEST)
            .skip(1)
            .position(|it| it.before == Break::Stop);
        let end = stop.map_or(tokens.len(), |at| at + 1);
        let tokens = &tokens[..end.min(LONGEST)];
        let length = |&number: &usize| walk(&self.lines[number], tokens);
        numbers
            .iter()
            .map(length)
            .max()
            .filter(|it| *it > 1)
            .unwrap_or(0)
    }
}

/// The most tokens that a way through all places takes, or 0 where there is none; of at most [`LONGEST`] tokens.
fn walk(places: &[Place], tokens: &[Token]) -> usize {
    // Bit `n`: some way so far takes `n` tokens.
    let mut ends = 1_u64;
    for place in places {
        let mut next = 0;
        while ends != 0 {
            let from = ends.trailing_zeros() as usize;
            ends &= ends - 1;
            if place.first().is_some_and(Vec::is_empty) {
                next |= 1 << from;
            }
            let rest = &tokens[from..];
            let Some(head) = rest.first() else { continue };
            let begin = place.partition_point(|it| it.first() < Some(&head.word));
            let same_head = place[begin..]
                .iter()
                .take_while(|it| it.first() == Some(&head.word));
            let fits = |choice: &&Vec<WordId>| {
                let words = choice.iter().zip(rest);
                choice.len() <= rest.len() && words.into_iter().all(|it| *it.0 == it.1.word)
            };
            for choice in same_head.filter(fits) {
                next |= 1 << (from + choice.len());
            }
        }
        if next == 0 {
            return 0;
        }
        ends = next;
    }
    ends.ilog2() as usize
}
