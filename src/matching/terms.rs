//! From words to term numbers: one analyzer per language of the content, and the spelling repair of words nobody
//! knows. The operator's synonyms are in `synonyms`.

use std::fmt;

use rustc_hash::FxHashMap as HashMap;

use super::fuzzy::Speller;
use super::reading::WordId;
use super::semantic::{pieces, sentences};
use super::synonyms::{Representatives, Synonyms};
use super::verbatim::Wording;
use crate::text::pieces::PieceId;
use crate::text::{self, Analyzer};

/// The number of a distinct indexed string; counts from zero without gaps.
pub(super) type Term = u32;

/// Every word and term of the content.
pub(super) struct Dictionary {
    languages: Vec<Language>,
    numbers: Numbers,
    synonyms: Synonyms,
    speller: Speller,
}

/// What a term stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TermKind {
    /// A word with a topic.
    Topic,
    /// A word without one: "how", "my".
    Stop,
    /// Two neighbours in a text, of either kind.
    Pair,
}

/// The numbers of all terms.
struct Numbers {
    /// Of each term, by its number.
    kinds: Vec<TermKind>,
    topics: HashMap<Box<str>, Term>,
    stops: HashMap<Box<str>, Term>,
    pairs: HashMap<(Term, Term), Term>,
    /// Whether stop words and pairs get numbers.
    is_fine: bool,
}

/// A word of the content in one language.
#[derive(Clone, Copy)]
enum Known {
    Topic(Term),
    /// Without a number where stop words get none.
    Stop(Option<Term>),
}

/// A word of a query that was read as another one. Words of a person: `Debug` does not print
/// them.
#[derive(Clone, PartialEq, Eq)]
pub struct Repair {
    pub typed: String,
    pub read_as: String,
}

/// A query in terms.
#[derive(Clone, Default, PartialEq)]
pub(super) struct AnalysedQuery {
    /// Distinct words with a topic that the content has, in order.
    pub(super) terms: Vec<Term>,
    /// Distinct stop words that it has.
    pub(super) stops: Vec<Term>,
    /// Distinct pairs of neighbours that it has.
    pub(super) pairs: Vec<Term>,
    /// How many distinct words with a topic are in no entry.
    pub(super) n_unknown: usize,
    pub(super) repairs: Vec<Repair>,
    /// The pieces of each sentence, after repair.
    pub(super) sentences: Vec<Vec<PieceId>>,
    /// All of its words as they were typed.
    pub(super) wording: Wording,
}

impl fmt::Debug for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Repair")
    }
}

/// Content with more words than this holds most forms itself, and looking for the others would
/// take a tenth of the time that its index takes.
const MAX_INFLECTED: usize = 5_000;

struct Language {
    tag: String,
    analyzer: Analyzer,
    representatives: Representatives,
    /// Words of the content in this language.
    words: HashMap<Box<str>, Known>,
}

impl Numbers {
    fn new(is_fine: bool) -> Self {
        Self {
            kinds: Vec::new(),
            topics: HashMap::default(),
            stops: HashMap::default(),
            pairs: HashMap::default(),
            is_fine,
        }
    }

    fn topic(&mut self, stem: &str) -> Term {
        if let Some(&known) = self.topics.get(stem) {
            return known;
        }
        let next = self.next(TermKind::Topic);
        self.topics.insert(stem.into(), next);
        next
    }

    fn stop(&mut self, stem: &str) -> Option<Term> {
        if !self.is_fine {
            return None;
        }
        if let Some(&known) = self.stops.get(stem) {
            return Some(known);
        }
        let next = self.next(TermKind::Stop);
        self.stops.insert(stem.into(), next);
        Some(next)
    }

    fn pair(&mut self, first: Term, second: Term) -> Term {
        if let Some(&known) = self.pairs.get(&(first, second)) {
            return known;
        }
        let next = self.next(TermKind::Pair);
        self.pairs.insert((first, second), next);
        next
    }

    fn next(&mut self, kind: TermKind) -> Term {
        self.kinds.push(kind);
        self.kinds.len() as Term - 1
    }
}

impl Dictionary {
    /// With `is_fine`, stop words and pairs of neighbours are terms too.
    pub(super) fn new(synonyms: &[Vec<String>], is_fine: bool) -> Self {
        Self {
            languages: Vec::new(),
            numbers: Numbers::new(is_fine),
            synonyms: Synonyms::new(synonyms),
            speller: Speller::default(),
        }
    }

    /// Of each term, by its number.
    pub(super) fn kinds(&self) -> &[TermKind] {
        &self.numbers.kinds
    }

    /// Numbers the terms of texts made of these words.
    pub(super) fn indexer<'d>(&'d mut self, words: &'d [Box<str>]) -> Indexer<'d> {
        let synonyms = &self.synonyms;
        Indexer {
            heads: words.iter().map(|it| synonyms.begin_with(it)).collect(),
            known: Vec::new(),
            dictionary: self,
            words,
        }
    }

    /// To be called once after the last text of the [`Dictionary::indexer`].
    pub(super) fn finish(&mut self) {
        let words = self.languages.iter().flat_map(|it| it.words.keys());
        let words: Vec<&str> = words.map(AsRef::as_ref).collect();
        // "balmed" is two edits from "blame" and one from "blamed", which small content may lack.
        let is_known = |it: &str| self.languages.iter().any(|of| of.words.contains_key(it));
        let forms: Vec<String> = match words.len() {
            0..=MAX_INFLECTED => {
                let forms = words.iter().flat_map(|it| text::common_forms(it));
                forms.filter(|it| !is_known(it)).collect()
            }
            _ => Vec::new(),
        };
        let forms = forms.iter().map(String::as_str);
        self.speller = Speller::new(words.into_iter(), forms);
    }

    /// The terms of a query, after repair.
    pub(super) fn analyse(&self, query: &str) -> AnalysedQuery {
        let normalised = text::normalise(query);
        let mut analysed = AnalysedQuery::default();
        let mut unknown: Vec<&str> = Vec::new();
        let words: Vec<&str> = text::words(&normalised).collect();
        analysed.wording = Wording::new(words.iter().copied());
        analysed.terms.reserve(words.len());
        analysed.stops.reserve(words.len());
        // Of each language the last term, and how many words into the query it stood.
        let mut last = vec![None; self.languages.len()];
        for (at, &word) in self.synonyms.join_phrases(&words).iter().enumerate() {
            let mut found = self.lookup(word, at, &mut last, &mut analysed);
            if matches!(found, Found::Unknown)
                && let Some(known) = self.speller.repair(word)
            {
                if !analysed.repairs.iter().any(|it| it.typed == word) {
                    analysed.repairs.push(Repair {
                        typed: word.to_owned(),
                        read_as: known.to_owned(),
                    });
                }
                found = self.lookup(known, at, &mut last, &mut analysed);
            }
            match found {
                Found::Stop | Found::Topic => {}
                Found::Unknown if unknown.contains(&word) => {}
                Found::Unknown => unknown.push(word),
            }
        }
        analysed.n_unknown = unknown.len();
        let all: Vec<&str> = sentences(&normalised).collect();
        let read = |words: &[&str]| pieces(words.iter().map(|it| repaired(it, &analysed.repairs)));
        analysed.sentences = match all.as_slice() {
            [] => Vec::new(),
            [_] => vec![read(&words)],
            several => {
                let words = several.iter().map(|it| text::words(it).collect::<Vec<_>>());
                words.map(|it| read(&it)).collect()
            }
        };
        analysed
    }

    /// Adds what a word brings, the `at`th of the query.
    fn lookup(
        &self,
        word: &str,
        at: usize,
        last: &mut [Option<(usize, Term)>],
        analysed: &mut AnalysedQuery,
    ) -> Found {
        let mut found = Found::Unknown;
        for (language, last) in self.languages.iter().zip(last) {
            let term = match self.known(language, word) {
                Some(Known::Topic(term)) => {
                    found = Found::Topic;
                    add(&mut analysed.terms, term);
                    Some(term)
                }
                Some(Known::Stop(term)) => {
                    found = found.max(Found::Stop);
                    term.inspect(|&term| add(&mut analysed.stops, term))
                }
                None => None,
            };
            let Some(term) = term else {
                continue;
            };
            if let Some((before, first)) = last.replace((at, term))
                && before + 1 == at
                && let Some(&pair) = self.numbers.pairs.get(&(first, term))
            {
                add(&mut analysed.pairs, pair);
            }
        }
        found
    }

    fn known(&self, language: &Language, word: &str) -> Option<Known> {
        if let Some(&known) = language.words.get(word) {
            return Some(known);
        }
        let Some(stem) = language.analyzer.term(word) else {
            let stem = language.analyzer.stem(word);
            return Some(Known::Stop(self.numbers.stops.get(&*stem).copied()));
        };
        let stem = language.representatives.of(&stem);
        self.numbers.topics.get(stem).copied().map(Known::Topic)
    }

    fn language(&mut self, tag: &str) -> usize {
        if let Some(at) = self.languages.iter().position(|it| it.tag == tag) {
            return at;
        }
        let analyzer = Analyzer::new(tag)
            .or_else(|| Analyzer::new("en"))
            .expect("English has an analyzer");
        self.languages.push(Language {
            tag: tag.to_owned(),
            representatives: self.synonyms.representatives(&analyzer),
            analyzer,
            words: HashMap::default(),
        });
        self.languages.len() - 1
    }
}

/// Reads texts of the content: each word is looked up only once in a language.
pub(super) struct Indexer<'d> {
    dictionary: &'d mut Dictionary,
    words: &'d [Box<str>],
    /// Whether a phrase with a synonym begins with the word.
    heads: Vec<bool>,
    /// By language and word; nothing for words that were not looked up yet.
    known: Vec<Vec<Option<Known>>>,
}

impl Indexer<'_> {
    /// Replaces `terms` by those of a text: its words in order, then the pairs of neighbours, where pairs are terms.
    pub(super) fn terms(&mut self, text: &[WordId], language: &str, terms: &mut Vec<Term>) {
        terms.clear();
        self.words(text, language, terms);
        let numbers = &mut self.dictionary.numbers;
        if numbers.is_fine {
            for second in 1..terms.len() {
                terms.push(numbers.pair(terms[second - 1], terms[second]));
            }
        }
    }

    fn words(&mut self, text: &[WordId], language: &str, terms: &mut Vec<Term>) {
        let language = self.dictionary.language(language);
        if self.known.len() <= language {
            self.known
                .resize(language + 1, vec![None; self.words.len()]);
        }
        let Dictionary {
            languages,
            numbers,
            synonyms,
            ..
        } = &mut *self.dictionary;
        let mut number = |word: &str| languages[language].index(word, numbers);
        if text.iter().any(|&word| self.heads[word as usize]) {
            let words = text.iter().map(|&word| &*self.words[word as usize]);
            let words: Vec<&str> = words.collect();
            let joined = synonyms.join_phrases(&words);
            terms.extend(joined.iter().filter_map(|it| number(it).term()));
            return;
        }
        for &word in text {
            let known = &mut self.known[language][word as usize];
            let known = *known.get_or_insert_with(|| number(&self.words[word as usize]));
            terms.extend(known.term());
        }
    }
}

impl Known {
    fn term(self) -> Option<Term> {
        match self {
            Self::Topic(term) => Some(term),
            Self::Stop(term) => term,
        }
    }
}

impl Language {
    /// A word of the content; a new one gets the next number.
    fn index(&mut self, word: &str, numbers: &mut Numbers) -> Known {
        if let Some(&known) = self.words.get(word) {
            return known;
        }
        let known = match self.analyzer.term(word) {
            Some(stem) => Known::Topic(numbers.topic(self.representatives.of(&stem))),
            None => Known::Stop(numbers.stop(&self.analyzer.stem(word))),
        };
        self.words.insert(word.into(), known);
        known
    }
}

fn add(terms: &mut Vec<Term>, term: Term) {
    if !terms.contains(&term) {
        terms.push(term);
    }
}

/// What a word was read as.
fn repaired<'a>(word: &'a str, repairs: &'a [Repair]) -> &'a str {
    let repair = repairs.iter().find(|it| it.typed == word);
    repair.map_or(word, |it| it.read_as.as_str())
}

/// What the languages know of a word; the later, the more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Unknown,
    Stop,
    Topic,
}
