//! Reads the texts of all entries once: normalised, cut into words, each word a number.
//!
//! Content uses few different words very often, so all that is looked up about a word is looked up once.

use rustc_hash::FxHashMap as HashMap;

use super::parallel::in_shares;
use super::semantic::sentences;
use crate::knowledge::Entry;
use crate::text;

/// The number of a distinct word; counts from zero without gaps.
pub(super) type WordId = u32;

/// The texts of all entries in order: question and variants, then the sentences of the answer.
#[derive(Default)]
pub(super) struct Reading {
    /// For each word as it is typed those that it stands for, [`NONE`] in place of missing ones.
    typed: HashMap<Box<str>, [WordId; 2]>,
    /// The numbers of words that stand for others where they are typed themselves, as "who's" in "who's's".
    odd: HashMap<Box<str>, WordId>,
    words: Vec<Box<str>>,
    /// The words of all texts, one after the other.
    tokens: Vec<WordId>,
    texts: Vec<Text>,
    /// The texts of entry `e` are `starts[e]..starts[e + 1]`.
    starts: Vec<u32>,
}

const NONE: WordId = WordId::MAX;

/// A text, and where its words end; they begin where those of the text before end.
#[derive(Clone, Copy)]
struct Text {
    kind: Kind,
    end: u32,
}

/// What a text is in its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The question or a variant.
    Question,
    /// A sentence of the answer.
    Sentence,
    /// The whole answer, only where it has words with a full stop inside, such as "3.5": those go through two sentences.
    Answer,
}

impl Reading {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let shares = in_shares(entries.len(), |share| {
            let mut reading = Self {
                starts: vec![0],
                ..Self::default()
            };
            entries[share].iter().for_each(|entry| reading.read(entry));
            reading
        });
        shares
            .into_iter()
            .reduce(Self::join)
            .expect("there is at least one share")
    }

    pub(super) fn n_entries(&self) -> usize {
        self.starts.len() - 1
    }

    /// All different words, by their numbers.
    pub(super) fn words(&self) -> &[Box<str>] {
        &self.words
    }

    /// The texts of an entry in order, each with its words.
    pub(super) fn texts(&self, entry: usize) -> impl Iterator<Item = (Kind, &[WordId])> {
        let [first, end] = [self.starts[entry], self.starts[entry + 1]].map(|it| it as usize);
        (first..end).map(|at| {
            let from = if at == 0 { 0 } else { self.texts[at - 1].end };
            let text = self.texts[at];
            (text.kind, &self.tokens[from as usize..text.end as usize])
        })
    }

    fn read(&mut self, entry: &Entry) {
        for text in std::iter::once(&entry.title).chain(&entry.variants) {
            self.push(Kind::Question, &text::normalise(text));
        }
        let answer = text::normalise(&entry.answer.plain());
        for sentence in sentences(&answer) {
            self.push(Kind::Sentence, sentence);
        }
        if has_inner_stop(&answer) {
            self.push(Kind::Answer, &answer);
        }
        self.starts.push(self.texts.len() as u32);
    }

    fn push(&mut self, kind: Kind, normalised: &str) {
        for typed in text::typed_words(normalised) {
            let numbers = match self.typed.get(typed) {
                Some(&known) => known,
                None => self.learn(typed),
            };
            self.tokens
                .extend(numbers.into_iter().filter(|&it| it != NONE));
        }
        let end = self.tokens.len() as u32;
        self.texts.push(Text { kind, end });
    }

    fn learn(&mut self, typed: &str) -> [WordId; 2] {
        let numbers = match text::spelled_out(typed) {
            [Some(word), None] if word == typed => [self.next(word), NONE],
            words => words.map(|word| word.map_or(NONE, |it| self.number(it))),
        };
        self.typed.insert(typed.into(), numbers);
        numbers
    }

    /// The number of a word that a typed one stands for.
    fn number(&mut self, word: &str) -> WordId {
        if text::spelled_out(word) == [Some(word), None] {
            let known = self.typed.get(word).copied();
            return known.unwrap_or_else(|| self.learn(word))[0];
        }
        if let Some(&number) = self.odd.get(word) {
            return number;
        }
        let number = self.next(word);
        self.odd.insert(word.into(), number);
        number
    }

    fn next(&mut self, word: &str) -> WordId {
        self.words.push(word.into());
        self.words.len() as WordId - 1
    }

    /// Appends what another thread has read. Numbers come out as if one thread had read all.
    fn join(mut self, next: Self) -> Self {
        let numbers: Vec<WordId> = next.words.iter().map(|it| self.number(it)).collect();
        let (n_tokens, n_texts) = (self.tokens.len() as u32, self.texts.len() as u32);
        let tokens = next.tokens.into_iter().map(|it| numbers[it as usize]);
        self.tokens.extend(tokens);
        self.texts.extend(next.texts.into_iter().map(|it| Text {
            end: it.end + n_tokens,
            ..it
        }));
        let starts = next.starts.into_iter().skip(1).map(|it| it + n_texts);
        self.starts.extend(starts);
        self
    }
}

/// Whether a full stop stands between letters or digits, so that it may be a part of a word.
fn has_inner_stop(text: &str) -> bool {
    let may_join = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || !it.is_ascii();
    text.as_bytes()
        .windows(3)
        .any(|it| it[1] == b'.' && may_join(it[0]) && may_join(it[2]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::EntryId;
    use crate::markup::Document;

    fn entry(title: &str, answer: &str) -> Entry {
        let id = EntryId::new("e").unwrap();
        Entry::loose(id, title.to_owned(), Vec::new(), Document::text(answer))
    }

    fn read(entries: &[Entry]) -> Reading {
        let mut reading = Reading {
            starts: vec![0],
            ..Reading::default()
        };
        for entry in entries {
            reading.read(entry);
        }
        reading
    }

    fn spelled(reading: &Reading, entry: usize) -> Vec<(Kind, String)> {
        let words = |ids: &[WordId]| {
            let words = ids.iter().map(|&it| &*reading.words[it as usize]);
            words.collect::<Vec<_>>().join(" ")
        };
        reading
            .texts(entry)
            .map(|(kind, ids)| (kind, words(ids)))
            .collect()
    }

    #[test]
    fn texts_are_cut_into_words_with_contractions_spelled_out() {
        let reading = read(&[entry("I can’t come", "Ask us. It costs 3.5 coins!")]);
        let expected = [
            (Kind::Question, "i can not come"),
            (Kind::Sentence, "ask us"),
            (Kind::Sentence, "it costs 3"),
            (Kind::Sentence, "5 coins"),
            (Kind::Answer, "ask us it costs 3.5 coins"),
        ];
        assert_eq!(
            spelled(&reading, 0),
            expected.map(|(kind, words)| (kind, words.to_owned()))
        );
    }

    #[test]
    fn two_threads_read_as_one_does() {
        let entries = [
            entry("one two", "Three."),
            entry("two four", "One. Five."),
            entry("", "Who's's, who's, don't's."),
        ];
        let whole = read(&entries);
        for cut in 0..=entries.len() {
            let joined = read(&entries[..cut]).join(read(&entries[cut..]));
            assert_eq!(joined.words, whole.words);
            for at in 0..entries.len() {
                assert_eq!(spelled(&joined, at), spelled(&whole, at));
            }
        }
    }
}
