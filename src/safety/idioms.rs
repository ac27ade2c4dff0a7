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
            .skip(1)
            .position(|it| it.before == Break::Stop);
        let tokens = &tokens[..stop.map_or(tokens.len(), |at| at + 1)];
        let length = |&number: &usize| walk(&self.lines[number], tokens);
        numbers
            .iter()
            .map(length)
            .max()
            .filter(|it| *it > 1)
            .unwrap_or(0)
    }
}

/// The most tokens that a way through all places takes, or 0 where there is none.
fn walk(places: &[Place], tokens: &[Token]) -> usize {
    let mut ends = vec![0];
    for place in places {
        let mut next: Vec<usize> = Vec::new();
        for &from in &ends {
            let rest = &tokens[from..];
            if place.first().is_some_and(Vec::is_empty) {
                next.push(from);
            }
            let Some(head) = rest.first() else { continue };
            let begin = place.partition_point(|it| it.first() < Some(&head.word));
            let same_head = place[begin..]
                .iter()
                .take_while(|it| it.first() == Some(&head.word));
            next.extend(
                same_head
                    .filter(|choice| {
                        choice.len() <= rest.len()
                            && choice
                                .iter()
                                .zip(rest)
                                .all(|(word, token)| *word == token.word)
                    })
                    .map(|choice| from + choice.len()),
            );
        }
        next.sort_unstable();
        next.dedup();
        ends = next;
    }
    ends.last().copied().unwrap_or(0)
}
