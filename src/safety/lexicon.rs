//! Chunks to tokens: which word is meant, and which words stand together as one expression.

use std::borrow::Cow;

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use serde::{Deserialize, Serialize};

use super::expressions::{Expression, Expressions};
use super::idioms::{Idioms, Place};
use super::normalise::{Break, Chunk, is_letter_sign};
use super::runs::Runs;
use super::spelling::{Spelling, edits, is_plain, one_letter_out, plain_forms};

/// A known word or expression; an index into the rules' tables. 0 is "a word no rule knows".
pub(super) type WordId = u32;
pub(super) const UNKNOWN: WordId = 0;

/// Longest word that is looked up as a typo or as words run together.
const LONGEST: usize = 40;

/// One word or one fixed expression of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) word: WordId,
    pub(super) before: Break,
}

/// A message as the rules read it. Holds its words, so it has no `Debug`.
#[derive(Default)]
pub(super) struct Reading<'a> {
    pub(super) tokens: Vec<Token>,
    /// The tokens' words; empty for an idiom.
    pub(super) texts: Vec<&'a str>,
    /// Expressions among them, in order of their end; they may overlap.
    pub(super) expressions: Vec<Expression>,
}

/// What the rule files say about words; [`Lexicon::new`] compiles it.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Words {
    /// Every word a phrase or list uses, in order of id; ids begin at 1.
    pub(super) ids: HashMap<String, WordId>,
    /// "im" to "i am": applied to messages and to phrases alike.
    pub(super) expand: HashMap<String, Vec<String>>,
    /// Words that change nothing ("really"), dropped from messages and phrases.
    pub(super) fillers: HashSet<String>,
    /// Words that are recognised with typos and letters hidden.
    pub(super) key: Vec<String>,
    /// English words that look like a misspelt key word and are none.
    pub(super) not_key: HashSet<String>,
    /// Fixed expressions: their words, and the id that stands for them.
    #[serde(skip)]
    pub(super) expressions: HashMap<Vec<String>, WordId>,
    /// The places of each idiom.
    #[serde(skip)]
    pub(super) idioms: Vec<Vec<Place>>,
}

impl Words {
    /// The id of a word, made if new.
    pub(super) fn id(&mut self, word: &str) -> WordId {
        let next = self.ids.len() as WordId + 1;
        *self.ids.entry(word.to_owned()).or_insert(next)
    }

    /// A phrase's word as messages will have it: expanded, fillers dropped.
    pub(super) fn canonical(&self, word: &str) -> Vec<String> {
        let bare = word.replace('\'', "");
        let words = self
            .expand
            .get(word)
            .or_else(|| self.expand.get(&bare))
            .cloned()
            .unwrap_or_else(|| vec![bare]);
        words
            .into_iter()
            .filter(|it| !self.fillers.contains(it))
            .collect()
    }
}

/// The word level of the screen, compiled.
#[derive(Deserialize, Serialize)]
pub(super) struct Lexicon {
    words: Words,
    /// A key word as it stands and with one letter left out, to the key words it may come from.
    near: HashMap<Spelling, Vec<usize>>,
    /// Key words by length and first letter, for letters hidden behind `*`.
    starred: HashMap<(usize, char), Vec<usize>>,
    runs: Runs,
    idioms: Idioms,
    expressions: Expressions,
}

impl Lexicon {
    pub(super) fn new(mut words: Words) -> Self {
        let mut near: HashMap<Spelling, Vec<usize>> = HashMap::default();
        let mut starred: HashMap<(usize, char), Vec<usize>> = HashMap::default();
        for (i, word) in words.key.iter().enumerate() {
            let letters: Vec<char> = word.chars().collect();
            starred
                .entry((letters.len(), letters[0]))
                .or_default()
                .push(i);
            if letters.len() >= 5 {
                let whole = std::iter::once(Spelling::of(word));
                for form in whole.chain(one_letter_out(word)) {
                    near.entry(form).or_default().push(i);
                }
            }
        }
        let key: HashSet<&String> = words.key.iter().collect();
        let run_words: Vec<(String, bool)> = words
            .ids
            .keys()
            .chain(&words.fillers)
            .chain(words.expand.keys())
            .filter(|it| it.len() > 1 || matches!(it.as_str(), "i" | "a"))
            .filter(|it| it.chars().all(char::is_alphabetic))
            .map(|it| (it.clone(), key.contains(it)))
            .collect();
        let runs = Runs::new(run_words);
        let listed = std::mem::take(&mut words.expressions);
        let expressions = listed
            .into_iter()
            .map(|(parts, id)| (parts.iter().map(|it| words.ids[it]).collect(), id));
        let expressions = Expressions::new(expressions.collect());
        let idioms = Idioms::new(std::mem::take(&mut words.idioms));
        Self {
            words,
            near,
            starred,
            runs,
            idioms,
            expressions,
        }
    }

    /// Words of the longest expression.
    pub(super) fn longest(&self) -> usize {
        self.expressions.longest()
    }

    /// Resolves spelling, drops fillers, finds expressions and takes out idioms.
    pub(super) fn read<'a>(&'a self, chunks: &'a [Chunk]) -> Reading<'a> {
        let mut plain = Vec::with_capacity(chunks.len() + 4);
        let mut texts = Vec::with_capacity(chunks.len() + 4);
        let mut pending = Break::None;
        let mut skip = false;
        let mut words = Vec::new();
        for (i, chunk) in chunks.iter().enumerate() {
            pending = pending.max(chunk.before);
            if std::mem::take(&mut skip) {
                continue;
            }
            words.clear();
            if let Some(halves) = self.halves(chunk, chunks.get(i + 1)) {
                words.push(halves);
                skip = true;
            } else {
                self.resolve(chunk, &mut words);
            }
            for word in words.drain(..) {
                if word == "?" {
                    texts.push(chunk.text.as_str());
                    plain.push(Token {
                        word: UNKNOWN,
                        before: std::mem::replace(&mut pending, Break::None),
                    });
                } else if word == "." {
                    pending = Break::Stop;
                } else if !self.words.fillers.contains(word) {
                    texts.push(word);
                    let word = self.words.ids.get(word).copied().unwrap_or(UNKNOWN);
                    plain.push(Token {
                        word,
                        before: std::mem::replace(&mut pending, Break::None),
                    });
                }
            }
        }
        let mut reading = self.take_out_idioms(&plain, &texts);
        reading.expressions = self.expressions.find(&reading.tokens);
        reading
    }

    /// Makes each idiom one token that no rule takes. Where an expression of a list begins
    /// earlier or is longer, it stays what it is.
    fn take_out_idioms<'a>(&self, plain: &[Token], texts: &[&'a str]) -> Reading<'a> {
        let mut expressions = vec![0; plain.len()];
        for found in self.expressions.find(plain) {
            let n_tokens = found.end - found.start + 1;
            expressions[found.start] = n_tokens.max(expressions[found.start]);
        }
        let mut reading = Reading::default();
        let mut at = 0;
        while at < plain.len() {
            let idiom = self.idioms.longest(&plain[at..]);
            if expressions[at] < idiom {
                reading.texts.push("");
                reading.tokens.push(Token {
                    word: UNKNOWN,
                    before: plain[at].before,
                });
                at += idiom;
            } else {
                let next = at + expressions[at].max(1);
                reading.tokens.extend(&plain[at..next]);
                reading.texts.extend(&texts[at..next]);
                at = next;
            }
        }
        reading
    }

    /// A key word that was typed as two: "sui cide".
    fn halves<'s>(&'s self, one: &Chunk, two: Option<&Chunk>) -> Option<&'s str> {
        if !one.text.is_ascii() {
            return None;
        }
        let two = two.filter(|it| it.before == Break::None && !it.joined && !one.joined)?;
        let (one, two) = (one.text.as_str(), two.text.as_str());
        let length = one.len() + two.len();
        if !(6..=12).contains(&length) {
            return None;
        }
        let keys = self.near.get(&Spelling::of(one).then(two))?;
        let is_whole =
            |it: &&str| it.len() == length && it.strip_prefix(one).is_some_and(|rest| rest == two);
        let whole = keys.iter().map(|it| self.words.key[*it].as_str());
        let whole = whole.clone().find(is_whole)?;
        (!self.knows(one) || !self.knows(two)).then_some(whole)
    }

    fn knows(&self, word: &str) -> bool {
        self.words.ids.contains_key(word)
            || self.words.expand.contains_key(word)
            || self.words.fillers.contains(word)
    }

    /// Adds the words a chunk stands for: as written if known, else unhidden, unstretched,
    /// corrected or cut, in that order; "?" for a word no rule knows.
    fn resolve<'s>(&'s self, chunk: &Chunk, out: &mut Vec<&'s str>) {
        let text = chunk.text.as_str();
        if self.push_known(text, out) {
            return;
        }
        // No key word has letters past ASCII, and what looks like one was folded before.
        if !text.is_ascii() {
            out.push("?");
            return;
        }
        let bare = if text.contains('\'') {
            Cow::Owned(text.replace('\'', ""))
        } else {
            Cow::Borrowed(text)
        };
        if bare.len() != text.len() {
            let stem = text.strip_suffix("'s").unwrap_or(&bare);
            if self.push_known(&bare, out) || self.push_known(stem, out) {
                return;
            }
        }
        if self.push_number(&bare, out) {
            return;
        }
        if is_plain(&bare) {
            if self.push_misspelt(&bare, chunk.joined, out) {
                return;
            }
        } else {
            for form in plain_forms(&bare) {
                if self.push_known(&form, out) || self.push_misspelt(&form, chunk.joined, out) {
                    return;
                }
            }
        }
        // "oh!wow": the sign was punctuation after all. A star within a word hides letters: the "sh" of "sh*t" is no word.
        let hides_letters = bare.trim_matches('*').contains('*');
        if bare.contains(is_letter_sign) && !hides_letters {
            for (i, part) in bare
                .split(is_letter_sign)
                .filter(|it| !it.is_empty())
                .enumerate()
            {
                if i > 0 {
                    out.push(".");
                }
                if !self.push_known(part, out) {
                    out.push("?");
                }
            }
            return;
        }
        out.push("?");
    }

    /// The key word that an unknown word was meant to be, or the words that it was run together of.
    fn push_misspelt<'s>(&'s self, form: &str, joined: bool, out: &mut Vec<&'s str>) -> bool {
        if let Some(word) = self.unstar(form).or_else(|| self.untypo(form)) {
            out.push(word);
            return true;
        }
        self.push_run(form, joined, out)
    }

    fn push_known<'s>(&'s self, word: &str, out: &mut Vec<&'s str>) -> bool {
        if let Some(words) = self.words.expand.get(word) {
            out.extend(words.iter().map(String::as_str));
        } else if let Some((word, _)) = self.words.ids.get_key_value(word) {
            out.push(word);
        } else if let Some(word) = self.words.fillers.get(word) {
            out.push(word);
        } else {
            return false;
        }
        true
    }

    /// Numbers become `#minor`, `#year` (to 2024) or `#number`, with a unit that sticks to them.
    fn push_number<'s>(&'s self, word: &str, out: &mut Vec<&'s str>) -> bool {
        let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = word.split_at(digits);
        let known_unit = unit.is_empty()
            || matches!(
                unit,
                "yo" | "y" | "f" | "m" | "yr" | "yrs" | "th" | "st" | "nd" | "rd" | "s"
            );
        if digits == 0 || digits > 6 || !known_unit {
            return false;
        }
        out.push(match number.parse::<u32>() {
            Ok(5..=17) => "#minor",
            Ok(1900..=2024) => "#year",
            _ => "#number",
        });
        if matches!(unit, "yo" | "yr" | "yrs") {
            self.push_known("yo", out);
        }
        true
    }

    fn unstar<'s>(&'s self, word: &str) -> Option<&'s str> {
        if !word.contains('*') || word.len() < 3 {
            return None;
        }
        let letters: Vec<char> = word.chars().take(LONGEST).collect();
        let fits = |key: &str| key.chars().zip(&letters).all(|(k, c)| *c == '*' || *c == k);
        let keys = self.starred.get(&(letters.len(), letters[0]))?;
        keys.iter()
            .map(|i| self.words.key[*i].as_str())
            .find(|it| fits(it))
    }

    /// The key word within one edit (two from eight letters on), same first letter.
    fn untypo<'s>(&'s self, word: &str) -> Option<&'s str> {
        if !(5..=16).contains(&word.len()) {
            return None;
        }
        let forms = std::iter::once(Spelling::of(word)).chain(one_letter_out(word));
        let near: Vec<usize> = forms
            .filter_map(|it| self.near.get(&it))
            .flatten()
            .copied()
            .collect();
        if near.is_empty() || self.words.not_key.contains(word) {
            return None;
        }
        let letters: Vec<char> = word.chars().collect();
        let near = near.into_iter().map(|it| self.words.key[it].as_str());
        let distance = |key: &str| {
            let key: Vec<char> = key.chars().collect();
            let swapped = letters[..2] == [key[1], key[0]];
            (letters[0] == key[0] || swapped).then(|| edits(&letters, &key))
        };
        near.filter_map(|key| Some((distance(key)?, key)))
            .filter(|(edits, key)| {
                *edits
                    <= if key.chars().count() >= 8 && letters.len() >= 7 {
                        2
                    } else {
                        1
                    }
            })
            .min()
            .map(|it| it.1)
    }

    /// Cuts words run together: [`Runs::cut`].
    fn push_run<'s>(&'s self, text: &str, joined: bool, out: &mut Vec<&'s str>) -> bool {
        if self.words.not_key.contains(text) || (!joined && LONGEST < text.len()) {
            return false;
        }
        let cut = self.runs.cut(text, joined);
        for word in &cut {
            self.push_known(word, out);
        }
        !cut.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::normalise::chunks;
    use super::*;

    /// A lexicon of a few words, and what it reads in a text: `?` is an unknown word.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut words = Words::default();
        let known = [
            "suicide", "kill", "myself", "i", "am", "want", "die", "not", "do", "hide", "#minor",
            "yo", "me",
        ];
        for word in known {
            words.id(word);
        }
        words
            .expand
            .insert("im".to_owned(), vec!["i".to_owned(), "am".to_owned()]);
        words.fillers.insert("to".to_owned());
        words.key = ["suicide", "kill", "die", "myself"]
            .map(str::to_owned)
            .to_vec();
        words.not_key.insert("suicides".to_owned());
        let joke = ["kill", "me"].map(|word| vec![vec![words.id(word)]]);
        words.idioms.push(joke.to_vec());
        let names: HashMap<WordId, String> = words
            .ids
            .iter()
            .map(|(word, id)| (*id, word.clone()))
            .collect();
        let tokens = Lexicon::new(words).read(&chunks(text)).tokens;
        let read: Vec<&str> = tokens
            .iter()
            .map(|it| names.get(&it.word).map_or("?", String::as_str))
            .collect();
        assert_eq!(read.join(" "), expected, "{text}");
    }

    #[test]
    fn spelling_is_resolved() {
        check("su1c1de", "suicide");
        check("$uicide su!cide s**cide", "suicide suicide suicide");
        check("suiciiiiide", "suicide");
        check("sucide siucide suicid", "suicide suicide suicide");
        check("suicides", "?");
        check("sui cide", "suicide");
        check("I'm 14yo", "i am #minor yo");
    }

    #[test]
    fn words_run_together_are_cut() {
        check("killmyself", "kill myself");
        check("iwanttodie", "i want die");
        check("i w a n t t o d i e", "i want die");
        check("k i l l  m y s e l f", "kill myself");
        check("hidemyhat", "?");
    }

    #[test]
    fn an_idiom_is_one_unknown_token() {
        check("do not kill me", "do not ?");
        check("kill. me", "kill me");
    }
}
