//! Fixed expressions: several words that a list holds as one, such as "other half".

use rustc_hash::FxHashMap as HashMap;
use serde::{Deserialize, Serialize};

use super::lexicon::{Token, WordId};
use super::normalise::Break;

/// Tokens `start..=end` that may also be read as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) word: WordId,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All expressions, sorted by their words, so that those that go on alike stand together.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Expressions {
    /// The words of all of them, one after the other.
    words: Vec<WordId>,
    /// Where each begins in `words`, and where the last ends.
    starts: Vec<u32>,
    ids: Vec<WordId>,
    /// First word, to the expressions that begin with it.
    by_first: HashMap<WordId, (u32, u32)>,
    longest: usize,
}

impl Expressions {
    /// `listed`: the words of each and the id that stands for them.
    pub(super) fn new(mut listed: Vec<(Vec<WordId>, WordId)>) -> Self {
        listed.sort_unstable();
        let mut this = Self {
            longest: 1,
            ..Self::default()
        };
        for (number, (words, id)) in (0..).zip(listed) {
            this.starts.push(this.words.len() as u32);
            this.ids.push(id);
            let range = this.by_first.entry(words[0]).or_insert((number, number));
            range.1 = number + 1;
            this.longest = this.longest.max(words.len());
            this.words.extend(words);
        }
        this.starts.push(this.words.len() as u32);
        this
    }

    /// Words of the longest one, at least 1.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// All that stand in `tokens`, in order of their end; they may overlap, but cross no stop.
    pub(super) fn find(&self, tokens: &[Token]) -> Vec<Expression> {
        let mut found = Vec::new();
        for (start, first) in tokens.iter().enumerate() {
            let Some(&range) = self.by_first.get(&first.word) else {
                continue;
            };
            let (mut low, mut high) = (range.0 as usize, range.1 as usize);
            for (depth, token) in tokens[start..].iter().enumerate().skip(1) {
                if token.before == Break::Stop {
                    break;
                }
                // Those that have ended sort before those that go on.
                let at = |number: usize| self.words(number).get(depth).copied();
                (low, high) = (
                    low + partition(low..high, |it| at(it) < Some(token.word)),
                    low + partition(low..high, |it| at(it) <= Some(token.word)),
                );
                if low == high {
                    break;
                }
                if self.words(low).len() == depth + 1 {
                    found.push(Expression {
                        word: self.ids[low],
                        start,
                        end: start + depth,
                    });
                }
            }
        }
        found.sort_by_key(|it| it.end);
        found
    }

    fn words(&self, number: usize) -> &[WordId] {
        &self.words[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
}

/// How many of a sorted range hold, counted from its begin.
fn partition(range: std::ops::Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low - range.start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_stand_there_are_found_and_none_across_a_stop() {
        let words = |text: &str| text.bytes().map(WordId::from).collect::<Vec<_>>();
        let listed = ["ab", "abc", "bc", "abd", "ca"];
        let expressions = listed.iter().zip(1..).map(|(it, id)| (words(it), id));
        let expressions = Expressions::new(expressions.collect());
        assert_eq!(expressions.longest(), 3);
        let tokens: Vec<Token> = "abc.abd"
            .split_inclusive('.')
            .flat_map(|sentence| {
                let words = words(sentence.trim_end_matches('.'));
                words.into_iter().enumerate().map(|(i, word)| Token {
                    word,
                    before: if i == 0 { Break::Stop } else { Break::None },
                })
            })
            .collect();
        let found = expressions.find(&tokens);
        let found: Vec<_> = found.iter().map(|it| (it.word, it.start, it.end)).collect();
        assert_eq!(
            found,
            [(1, 0, 1), (2, 0, 2), (3, 1, 2), (1, 3, 4), (4, 3, 5)]
        );
    }
}
