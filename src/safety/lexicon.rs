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

/// What a word is read as: a range of [`Lexicon::parts`], empty for a filler.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct ReadAs {
    first: u32,
    end: u32,
}

/// The word level of the screen, compiled.
#[derive(Deserialize, Serialize)]
pub(super) struct Lexicon {
    known: HashMap<Box<str>, ReadAs>,
    parts: Vec<(Box<str>, WordId)>,
    /// Words that are recognised with typos and letters hidden.
    keys: Vec<(Box<str>, ReadAs)>,
    /// English words that look like a misspelt key word and are none.
    not_key: HashSet<String>,
    /// A key word as it stands and with one letter left out, to the key words it may come from.
    near: HashMap<Spelling, Vec<usize>>,
    /// Key words by length and first letter, for letters hidden behind `*`.
    starred: HashMap<(usize, char), Vec<usize>>,
    runs: Runs,
    idioms: Idioms,
    expressions: Expressions,
}

/// What a message was read as so far.
struct Draft<'a> {
    tokens: Vec<Token>,
    texts: Vec<&'a str>,
    /// What stands before the next token.
    pending: Break,
}

impl<'a> Draft<'a> {
    fn push(&mut self, text: &'a str, word: WordId) {
        self.texts.push(text);
        self.tokens.push(Token {
            word,
            before: std::mem::replace(&mut self.pending, Break::None),
        });
    }
}

impl Lexicon {
    pub(super) fn new(words: Words) -> Self {
        let mut parts = Vec::new();
        let mut range = |read_as: &[&String]| {
            let first = parts.len() as u32;
            let read_as = read_as.iter().filter(|it| !words.fillers.contains(**it));
            parts.extend(read_as.map(|&it| {
                let id = words.ids.get(it).copied().unwrap_or(UNKNOWN);
                (it.as_str().into(), id)
            }));
            let end = parts.len() as u32;
            ReadAs { first, end }
        };
        let mut known = HashMap::default();
        for word in words.ids.keys().chain(&words.fillers) {
            known.insert(word.as_str().into(), range(&[word]));
        }
        for (word, read_as) in &words.expand {
            let read_as: Vec<&String> = read_as.iter().collect();
            known.insert(word.as_str().into(), range(&read_as));
        }
        let keys = words.key.iter();
        let keys = keys.map(|it| (it.as_str().into(), range(&[it])));
        let keys: Vec<(Box<str>, ReadAs)> = keys.collect();
        let mut near: HashMap<Spelling, Vec<usize>> = HashMap::default();
        let mut starred: HashMap<(usize, char), Vec<usize>> = HashMap::default();
        for (i, (word, _)) in keys.iter().enumerate() {
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
        let expressions = words.expressions.iter();
        let expressions =
            expressions.map(|(parts, id)| (parts.iter().map(|it| words.ids[it]).collect(), *id));
        let expressions = Expressions::new(expressions.collect());
        Self {
            known,
            parts,
            keys,
            near,
            starred,
            runs,
            idioms: Idioms::new(words.idioms),
            expressions,
            not_key: words.not_key,
        }
    }

    /// Words of the longest expression.
    pub(super) fn longest(&self) -> usize {
        self.expressions.longest()
    }

    /// Resolves spelling, drops fillers, finds expressions and takes out idioms.
    pub(super) fn read<'a>(&'a self, chunks: &'a [Chunk]) -> Reading<'a> {
        let mut draft = Draft {
            tokens: Vec::with_capacity(chunks.len() + 4),
            texts: Vec::with_capacity(chunks.len() + 4),
            pending: Break::None,
        };
        let mut skip = false;
        for (i, chunk) in chunks.iter().enumerate() {
            draft.pending = draft.pending.max(chunk.before);
            if std::mem::take(&mut skip) {
                continue;
            }
            if let Some(halves) = self.halves(chunk, chunks.get(i + 1)) {
                self.push(halves, &mut draft);
                skip = true;
            } else {
                self.resolve(chunk, &mut draft);
            }
        }
        self.take_out_idioms(draft.tokens, draft.texts)
    }

    /// Makes each idiom one token that no rule takes. Where an expression of a list begins
    /// earlier or is longer, it stays what it is.
    fn take_out_idioms<'a>(&self, plain: Vec<Token>, texts: Vec<&'a str>) -> Reading<'a> {
        let found = self.expressions.find(&plain);
        let idioms: Vec<usize> = (0..plain.len())
            .map(|at| self.idioms.longest(&plain[at..]))
            .collect();
        if idioms.iter().all(|it| *it == 0) {
            return Reading {
                tokens: plain,
                texts,
                expressions: found,
            };
        }
        let mut expressions = vec![0; plain.len()];
        for found in found {
            let n_tokens = found.end - found.start + 1;
            expressions[found.start] = n_tokens.max(expressions[found.start]);
        }
        let mut reading = Reading::default();
        let mut at = 0;
        while at < plain.len() {
            let idiom = idioms[at];
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
        reading.expressions = self.expressions.find(&reading.tokens);
        reading
    }

    /// A key word that was typed as two: "sui cide".
    fn halves(&self, one: &Chunk, two: Option<&Chunk>) -> Option<ReadAs> {
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
        let mut whole = keys.iter().map(|it| &self.keys[*it]);
        let whole = whole.find(|it| is_whole(&&*it.0))?;
        let knows = |it: &str| self.known.contains_key(it);
        (!knows(one) || !knows(two)).then_some(whole.1)
    }

    /// Adds the words a chunk stands for: as written if known, else unhidden, unstretched,
    /// corrected or cut, in that order; an unknown one for a word no rule knows.
    fn resolve<'a>(&'a self, chunk: &'a Chunk, draft: &mut Draft<'a>) {
        let text = chunk.text.as_str();
        if self.push_known(text, draft) {
            return;
        }
        // No key word has letters past ASCII, and what looks like one was folded before.
        if !text.is_ascii() {
            draft.push(text, UNKNOWN);
            return;
        }
        let bare = if text.contains('\'') {
            Cow::Owned(text.replace('\'', ""))
        } else {
            Cow::Borrowed(text)
        };
        if bare.len() != text.len() {
            let stem = text.strip_suffix("'s").unwrap_or(&bare);
            if self.push_known(&bare, draft) || self.push_known(stem, draft) {
                return;
            }
        }
        if self.push_number(&bare, draft) {
            return;
        }
        if is_plain(&bare) {
            if self.push_misspelt(&bare, chunk.joined, draft) {
                return;
            }
        } else {
            for form in plain_forms(&bare) {
                if self.push_known(&form, draft) || self.push_misspelt(&form, chunk.joined, draft) {
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
                    draft.pending = Break::Stop;
                }
                if !self.push_known(part, draft) {
                    draft.push(text, UNKNOWN);
                }
            }
            return;
        }
        draft.push(text, UNKNOWN);
    }

    /// The key word that an unknown word was meant to be, or the words that it was run together of.
    fn push_misspelt<'a>(&'a self, form: &str, joined: bool, draft: &mut Draft<'a>) -> bool {
        if let Some(read_as) = self.unstar(form).or_else(|| self.untypo(form)) {
            self.push(read_as, draft);
            return true;
        }
        self.push_run(form, joined, draft)
    }

    fn push_known<'a>(&'a self, word: &str, draft: &mut Draft<'a>) -> bool {
        let read_as = self.known.get(word);
        if let Some(read_as) = read_as {
            self.push(*read_as, draft);
        }
        read_as.is_some()
    }

    fn push<'a>(&'a self, read_as: ReadAs, draft: &mut Draft<'a>) {
        for (text, word) in &self.parts[read_as.first as usize..read_as.end as usize] {
            draft.push(text, *word);
        }
    }

    /// Numbers become `#minor`, `#year` (to 2024) or `#number`, with a unit that sticks to them.
    fn push_number<'a>(&'a self, word: &str, draft: &mut Draft<'a>) -> bool {
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
        let kind = match number.parse::<u32>() {
            Ok(5..=17) => "#minor",
            Ok(1900..=2024) => "#year",
            _ => "#number",
        };
        if !self.push_known(kind, draft) {
            draft.push(kind, UNKNOWN);
        }
        if matches!(unit, "yo" | "yr" | "yrs") {
            self.push_known("yo", draft);
        }
        true
    }

    /// What the key word is read as of which letters are hidden.
    fn unstar(&self, word: &str) -> Option<ReadAs> {
        if !word.contains('*') || word.len() < 3 {
            return None;
        }
        let letters: Vec<char> = word.chars().take(LONGEST).collect();
        let fits = |key: &str| key.chars().zip(&letters).all(|(k, c)| *c == '*' || *c == k);
        let keys = self.starred.get(&(letters.len(), letters[0]))?;
        let mut keys = keys.iter().map(|it| &self.keys[*it]);
        keys.find(|it| fits(&it.0)).map(|it| it.1)
    }

    /// The key word within one edit (two from eight letters on), same first letter.
    fn untypo(&self, word: &str) -> Option<ReadAs> {
        if !(5..=16).contains(&word.len()) {
            return None;
        }
        let forms = std::iter::once(Spelling::of(word)).chain(one_letter_out(word));
        let near: Vec<usize> = forms
            .filter_map(|it| self.near.get(&it))
            .flatten()
            .copied()
            .collect();
        if near.is_empty() || self.not_key.contains(word) {
            return None;
        }
        let letters: Vec<char> = word.chars().collect();
        let near = near.into_iter().map(|it| (&*self.keys[it].0, it));
        let distance = |key: &str| {
            let key: Vec<char> = key.chars().collect();
            let swapped = letters[..2] == [key[1], key[0]];
            (letters[0] == key[0] || swapped).then(|| edits(&letters, &key))
        };
        near.filter_map(|(key, at)| Some((distance(key)?, key, at)))
            .filter(|(edits, key, _)| {
                *edits
                    <= if key.chars().count() >= 8 && letters.len() >= 7 {
                        2
                    } else {
                        1
                    }
            })
            .min()
            .map(|it| self.keys[it.2].1)
    }

    /// Cuts words run together: [`Runs::cut`].
    fn push_run<'a>(&'a self, text: &str, joined: bool, draft: &mut Draft<'a>) -> bool {
        if !joined && LONGEST < text.len() {
            return false;
        }
        let cut = self.runs.cut(text, joined);
        if cut.is_empty() || self.not_key.contains(text) {
            return false;
        }
        for word in cut {
            self.push_known(word, draft);
        }
        true
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
