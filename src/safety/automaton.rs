//! All phrases of all rules, run over the tokens of a message in one pass.
//!
//! Each item of each phrase is one bit ("shift-and" of Baeza-Yates and Gonnet, 1992, with gaps
//! as in Navarro and Raffinot, "Flexible Pattern Matching", 2002, chapter 4). A step costs the
//! same whatever the text, so no message is slow: a regex automaton with this many gaps would
//! build states without end.

use rustc_hash::FxHashMap as HashMap;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

use super::lexicon::{Reading, UNKNOWN, WordId};
use super::normalise::Break;
use super::phrases::{FEW, Gap};

/// A phrase, resolved: for each item the words it takes and the gap before it.
pub(super) struct Pattern {
    pub(super) rule: usize,
    /// Line of the rule file.
    pub(super) line: usize,
    pub(super) items: Vec<(Vec<WordId>, Gap)>,
    /// Only at the end of a sentence.
    pub(super) ends: bool,
}

/// The most items a phrase may have: one bit each, in one machine word.
pub(super) const MOST_ITEMS: usize = 64;

/// Steps spent on finding which tokens a match stands on; enough for any phrase of ours.
const MOST_STEPS: usize = 200;

/// All patterns as bits.
#[derive(Deserialize, Serialize)]
pub(super) struct Automaton {
    longest: usize,
    patterns: Vec<Placed>,
    /// Bit to pattern, 64 a block.
    owners: Vec<u32>,
    /// First items; last items; items with a short gap before; items with any gap before.
    start: Vec<u64>,
    last: Vec<u64>,
    few: Vec<u64>,
    sentence: Vec<u64>,
    /// Block and bits that take a word, for all words one after the other.
    takes: Vec<(u32, u64)>,
    /// By word: where its part of `takes` begins; one more for where the last ends.
    takes_from: Vec<u32>,
}

/// A pattern and where its bits lie.
#[derive(Deserialize, Serialize)]
struct Placed {
    rule: usize,
    line: usize,
    block: u32,
    shift: u32,
    n_items: u32,
    ends: bool,
}

impl Automaton {
    /// `longest`: words of the longest expression, at least 1.
    pub(super) fn new(patterns: Vec<Pattern>, longest: usize) -> Self {
        let mut this = Self {
            longest: longest.max(1),
            patterns: Vec::new(),
            owners: Vec::new(),
            start: Vec::new(),
            last: Vec::new(),
            few: Vec::new(),
            sentence: Vec::new(),
            takes: Vec::new(),
            takes_from: Vec::new(),
        };
        let mut takes = HashMap::default();
        for pattern in patterns {
            this.place(pattern, &mut takes);
        }
        let n_words = takes.keys().max().map_or(0, |it| *it + 1);
        for word in 0..n_words {
            this.takes_from.push(this.takes.len() as u32);
            this.takes.extend(takes.remove(&word).unwrap_or_default());
        }
        this.takes_from.push(this.takes.len() as u32);
        this
    }

    fn place(&mut self, pattern: Pattern, takes: &mut HashMap<WordId, Vec<(u32, u64)>>) {
        // No pattern crosses from one block to the next, so a step needs no carry.
        let n = pattern.items.len();
        if self.owners.len() + n > self.start.len() * 64 {
            self.owners.resize(self.start.len() * 64, 0);
            for mask in [
                &mut self.start,
                &mut self.last,
                &mut self.few,
                &mut self.sentence,
            ] {
                mask.push(0);
            }
        }
        let (block, shift) = (self.owners.len() / 64, self.owners.len() % 64);
        let bit = |i: usize| 1_u64 << (shift + i);
        self.start[block] |= bit(0);
        self.last[block] |= bit(n - 1);
        for (i, (words, gap)) in pattern.items.into_iter().enumerate() {
            match gap {
                Gap::Adjacent => {}
                Gap::Few => self.few[block] |= bit(i),
                Gap::Sentence => self.sentence[block] |= bit(i),
            }
            for word in words {
                let takes = takes.entry(word).or_default();
                match takes.last_mut().filter(|it| it.0 == block as u32) {
                    Some((_, bits)) => *bits |= bit(i),
                    None => takes.push((block as u32, bit(i))),
                }
            }
            self.owners.push(self.patterns.len() as u32);
        }
        self.patterns.push(Placed {
            rule: pattern.rule,
            line: pattern.line,
            block: block as u32,
            shift: shift as u32,
            n_items: n as u32,
            ends: pattern.ends,
        });
    }

    /// The rule a pattern belongs to.
    pub(super) fn rule(&self, pattern: usize) -> usize {
        self.patterns[pattern].rule
    }

    /// The line of the rule file that a pattern comes from.
    pub(super) fn line(&self, pattern: usize) -> usize {
        self.patterns[pattern].line
    }

    /// Calls `on_match` for each match. The order is the text's, by where a match's last item
    /// begins.
    pub(super) fn run(&self, reading: &Reading, mut on_match: impl FnMut(Match)) {
        let mut state = State::new(self.start.len());
        let mut by_start: Vec<_> = reading.expressions.iter().collect();
        by_start.sort_by_key(|it| it.start);
        let mut expressions = by_start.into_iter().peekable();
        // Bits that come next, once the token passed with which their word or expression ends.
        let mut next: Vec<Vec<(usize, u64)>> = vec![Vec::new(); self.longest];
        for (at, token) in reading.tokens.iter().enumerate() {
            if token.before == Break::Stop {
                state.clear();
            }
            let mut take = |word, end: usize| {
                let next_token = reading.tokens.get(end + 1);
                let ends = next_token.is_none_or(|it| it.before == Break::Stop);
                let on_end = |pattern: usize| {
                    if self.patterns[pattern].ends && !ends {
                        return;
                    }
                    on_match(Match {
                        pattern,
                        start: at,
                        end,
                    });
                };
                self.take(word, &state, &mut next[end % self.longest], on_end);
            };
            take(token.word, at);
            while let Some(expression) = expressions.next_if(|it| it.start == at) {
                take(expression.word, expression.end);
            }
            state.age(&self.few);
            for (block, bits) in next[at % self.longest].drain(..) {
                state.wait(block, bits, self.sentence[block]);
            }
        }
    }

    /// Lets the bits that are ready take a word; reports ends, adds the bits that come next.
    fn take(
        &self,
        word: WordId,
        state: &State,
        next: &mut Vec<(usize, u64)>,
        mut on_end: impl FnMut(usize),
    ) {
        for (block, bits) in self.taken(word) {
            let block = *block as usize;
            let hit = (state.ready[block] | self.start[block]) & bits;
            let mut ends = hit & self.last[block];
            while ends != 0 {
                on_end(self.owners[block * 64 + ends.trailing_zeros() as usize] as usize);
                ends &= ends - 1;
            }
            let following = (hit & !self.last[block]) << 1;
            if following != 0 {
                next.push((block, following));
            }
        }
    }

    /// The tokens a match stands on, one range an item; the nearest where there's a choice.
    /// Falls back to the last item alone when the search is not short.
    pub(super) fn locate(&self, reading: &Reading, found: &Match) -> Vec<RangeInclusive<usize>> {
        let shape = &self.patterns[found.pattern];
        let mut places = vec![found.start..=found.end; shape.n_items as usize];
        let mut steps = MOST_STEPS;
        let item = shape.n_items as usize - 1;
        if self.locate_before(reading, shape, item, &mut places, &mut steps) {
            places
        } else {
            vec![found.start..=found.end]
        }
    }

    /// Places the items before `item`, which is shape.
    fn locate_before(
        &self,
        reading: &Reading,
        shape: &Placed,
        item: usize,
        places: &mut [RangeInclusive<usize>],
        steps: &mut usize,
    ) -> bool {
        let Some(before) = item.checked_sub(1) else {
            return true;
        };
        let reach = match self.gap(shape, item) {
            Gap::Adjacent => 1,
            Gap::Few => FEW + 1,
            Gap::Sentence => usize::MAX,
        };
        let at = *places[item].start();
        for end in (at.saturating_sub(reach)..at).rev() {
            if reading.tokens[end + 1].before == Break::Stop || *steps == 0 {
                return false;
            }
            *steps -= 1;
            let first = reading.expressions.partition_point(|it| it.end < end);
            let as_one = reading.expressions[first..]
                .iter()
                .take_while(|it| it.end == end);
            let as_one = as_one.map(|it| (it.start, it.word));
            for (start, word) in as_one.chain([(end, reading.tokens[end].word)]) {
                if self.takes(word, shape, before) {
                    places[before] = start..=end;
                    if self.locate_before(reading, shape, before, places, steps) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn takes(&self, word: WordId, shape: &Placed, item: usize) -> bool {
        let bit = 1 << (shape.shift as usize + item);
        let taken = self.taken(word);
        word != UNKNOWN
            && taken
                .binary_search_by_key(&shape.block, |it| it.0)
                .is_ok_and(|found| taken[found].1 & bit != 0)
    }

    /// Block and bits that take a word, by block.
    fn taken(&self, word: WordId) -> &[(u32, u64)] {
        let at = |word: usize| self.takes_from.get(word).map(|it| *it as usize);
        match (at(word as usize), at(word as usize + 1)) {
            (Some(from), Some(to)) => &self.takes[from..to],
            _ => &[],
        }
    }

    /// The gap before an item.
    fn gap(&self, shape: &Placed, item: usize) -> Gap {
        let (block, bit) = (shape.block as usize, 1 << (shape.shift as usize + item));
        if self.sentence[block] & bit != 0 {
            Gap::Sentence
        } else if self.few[block] & bit != 0 {
            Gap::Few
        } else {
            Gap::Adjacent
        }
    }
}

/// A pattern that was met, and the tokens of its last item.
pub(super) struct Match {
    pub(super) pattern: usize,
    start: usize,
    end: usize,
}

/// Bits that wait for their token.
struct State {
    /// Blocks where something waits; mostly few.
    active: Vec<Waiting>,
    /// Per block: all that waits.
    ready: Vec<u64>,
}

struct Waiting {
    block: usize,
    /// By how many tokens passed since they began to wait; last, those that wait to the end of the sentence.
    bits: [u64; FEW + 2],
}

impl State {
    fn new(n_blocks: usize) -> Self {
        Self {
            active: Vec::new(),
            ready: vec![0; n_blocks],
        }
    }

    fn clear(&mut self) {
        for it in self.active.drain(..) {
            self.ready[it.block] = 0;
        }
    }

    /// Goes on by one token.
    fn age(&mut self, few: &[u64]) {
        self.active.retain_mut(|Waiting { block, bits }| {
            bits[..=FEW].rotate_right(1);
            bits[0] = 0;
            bits[1] &= few[*block];
            self.ready[*block] = bits.iter().fold(0, |all, it| all | it);
            self.ready[*block] != 0
        });
    }

    fn wait(&mut self, block: usize, bits: u64, sentence: u64) {
        let active = &mut self.active;
        let known = active.iter().position(|it| it.block == block);
        let at = known.unwrap_or_else(|| {
            active.push(Waiting {
                block,
                bits: [0; FEW + 2],
            });
            active.len() - 1
        });
        let waiting = &mut active[at].bits;
        self.ready[block] |= bits;
        waiting[0] |= bits;
        waiting[FEW + 1] |= bits & sentence;
    }
}

#[cfg(test)]
mod tests {
    use super::super::expressions::Expression;
    use super::super::lexicon::Token;
    use super::*;

    /// Runs phrases of one-letter words over a text and lists what matched as `phrase@place`.
    /// `(xyz)` in the text is an expression that reads as `*`.
    #[track_caller]
    fn check(phrases: &[&str], text: &str, expected: &str) {
        let id = |c: char| c as WordId;
        let compile = |phrase: &&str| {
            let mut gap = Gap::Adjacent;
            let mut items = Vec::new();
            for part in phrase.trim_end_matches('$').split(' ') {
                match part {
                    ".." => gap = Gap::Few,
                    "..." => gap = Gap::Sentence,
                    letters => items.push((
                        letters.chars().map(id).collect(),
                        std::mem::replace(&mut gap, Gap::Adjacent),
                    )),
                }
            }
            Pattern {
                rule: 0,
                line: 1,
                items,
                ends: phrase.ends_with('$'),
            }
        };
        let automaton = Automaton::new(phrases.iter().map(compile).collect(), 4);
        let mut reading = Reading::default();
        let (mut before, mut start) = (Break::None, 0);
        for c in text.chars() {
            match c {
                '.' => before = Break::Stop,
                '(' => start = reading.tokens.len(),
                ')' => reading.expressions.push(Expression {
                    word: id('*'),
                    start,
                    end: reading.tokens.len() - 1,
                }),
                c => reading.tokens.push(Token {
                    word: id(c),
                    before: std::mem::replace(&mut before, Break::None),
                }),
            }
        }
        let mut found = Vec::new();
        automaton.run(&reading, |it| {
            let places: Vec<String> = automaton
                .locate(&reading, &it)
                .iter()
                .map(|it| it.end().to_string())
                .collect();
            found.push(format!("{}@{}", it.pattern, places.join("-")));
        });
        assert_eq!(found.join(" "), expected, "{text}");
    }

    #[test]
    fn an_expression_reads_as_one_word_and_as_its_words() {
        check(&["a * b"], "a(xy)b", "0@0-2-3");
        check(&["a x y b"], "a(xy)b", "0@0-1-2-3");
        check(&["a .. *"], "axxx(xy)", "0@0-5");
    }

    #[test]
    fn neighbours_match() {
        check(&["a b", "b"], "xab", "0@1-2 1@2");
        check(&["a b"], "axb", "");
        check(&["ab c"], "bc ac", "0@0-1 0@3-4");
    }

    #[test]
    fn a_short_gap_ends_after_three_words() {
        check(&["a .. b"], "axxxb", "0@0-4");
        check(&["a .. b"], "axxxxb", "");
    }

    #[test]
    fn a_long_gap_ends_with_the_sentence() {
        check(&["a ... b"], "axxxxxxxxb", "0@0-9");
        check(&["a ... b"], "axx.xb", "");
    }

    #[test]
    fn a_phrase_may_stand_at_the_end_only() {
        check(&["a b$"], "ab", "0@0-1");
        check(&["a b$"], "abx ab.x", "0@4-5");
        check(&["a *$"], "a(xy)", "0@0-2");
        check(&["a *$"], "a(xy)z", "");
    }

    #[test]
    fn the_nearest_words_are_located() {
        check(&["a .. b c"], "aabbc", "0@1-3-4");
    }
}
