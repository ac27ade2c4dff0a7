//! From words to term numbers: one analyzer per language of the content, the operator's
//! synonyms, and the spelling repair of words nobody knows.

use std::fmt;

use rustc_hash::FxHashMap as HashMap;
use unicode_segmentation::UnicodeSegmentation;

use super::fuzzy::Speller;
use super::reading::WordId;
use crate::text::{self, Analyzer};

/// The number of a distinct indexed string; counts from zero without gaps.
pub(super) type Term = u32;

/// Every word and term of the content.
pub(super) struct Dictionary {
    languages: Vec<Language>,
    terms: HashMap<Box<str>, Term>,
    synonyms: Synonyms,
    speller: Speller,
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
    /// Distinct terms of the content, in order.
    pub(super) terms: Vec<Term>,
    /// How many distinct words with a topic are in no entry.
    pub(super) n_unknown: usize,
    pub(super) repairs: Vec<Repair>,
    /// The sentences, normalised and repaired.
    pub(super) sentences: Vec<String>,
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
    /// Words of the content in this language; `None` marks a stop word.
    words: HashMap<Box<str>, Option<Term>>,
}

impl Dictionary {
    pub(super) fn new(synonyms: &[Vec<String>]) -> Self {
        Self {
            languages: Vec::new(),
            terms: HashMap::default(),
            synonyms: Synonyms::new(synonyms),
            speller: Speller::default(),
        }
    }

    pub(super) fn n_terms(&self) -> usize {
        self.terms.len()
    }

    /// Numbers the terms of texts made of these words.
    pub(super) fn indexer<'d>(&'d mut self, words: &'d [Box<str>]) -> Indexer<'d> {
        let heads = &self.synonyms.phrases;
        Indexer {
            heads: words.iter().map(|it| heads.contains_key(&**it)).collect(),
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
        let forms: Vec<String> = match words.len() {
            0..=MAX_INFLECTED => words.iter().flat_map(|it| text::common_forms(it)).collect(),
            _ => Vec::new(),
        };
        self.speller = Speller::new(words.into_iter().chain(forms.iter().map(String::as_str)));
    }

    /// The terms of a query, after repair.
    pub(super) fn analyse(&self, query: &str) -> AnalysedQuery {
        let normalised = text::normalise(query);
        let mut analysed = AnalysedQuery::default();
        let mut unknown: Vec<&str> = Vec::new();
        let words = text::words(&normalised).collect();
        for word in self.synonyms.join_phrases(words) {
            let mut found = self.lookup(word, &mut analysed.terms);
            if matches!(found, Found::Unknown)
                && let Some(known) = self.speller.repair(word)
            {
                analysed.repairs.push(Repair {
                    typed: word.to_owned(),
                    read_as: known.to_owned(),
                });
                found = self.lookup(known, &mut analysed.terms);
            }
            match found {
                Found::Stop => {}
                Found::Terms => {}
                Found::Unknown if unknown.contains(&word) => {}
                Found::Unknown => unknown.push(word),
            }
        }
        analysed.n_unknown = unknown.len();
        analysed.sentences = super::semantic::sentences(&normalised)
            .map(|sentence| repaired(sentence, &analysed.repairs))
            .collect();
        analysed
    }

    /// Adds the terms of a word that are not among `terms` yet.
    fn lookup(&self, word: &str, terms: &mut Vec<Term>) -> Found {
        let mut found = Found::Unknown;
        for language in &self.languages {
            let term = match language.words.get(word) {
                Some(known) => known.map(Some),
                None => language
                    .analyzer
                    .term(word)
                    .map(|term| self.terms.get(self.synonyms.representative(&term)).copied()),
            };
            match term {
                None => found = found.max(Found::Stop),
                Some(Some(term)) => {
                    found = Found::Terms;
                    if !terms.contains(&term) {
                        terms.push(term);
                    }
                }
                Some(None) => {}
            }
        }
        found
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
            analyzer,
            words: HashMap::default(),
        });
        self.languages.len() - 1
    }
}

/// Reads texts of the content: each word is looked up only once in a language.
#[expect(
    clippy::option_option,
    reason = "the outer one says whether the word was looked up, the inner one what was found"
)]
pub(super) struct Indexer<'d> {
    dictionary: &'d mut Dictionary,
    words: &'d [Box<str>],
    /// Whether a phrase with a synonym begins with the word.
    heads: Vec<bool>,
    /// By language and word: nothing yet, a stop word, or the term.
    known: Vec<Vec<Option<Option<Term>>>>,
}

impl Indexer<'_> {
    /// Appends the terms of a text to `terms`, in order.
    pub(super) fn terms(&mut self, text: &[WordId], language: &str, terms: &mut Vec<Term>) {
        let language = self.dictionary.language(language);
        if self.known.len() <= language {
            self.known
                .resize(language + 1, vec![None; self.words.len()]);
        }
        let Dictionary {
            languages,
            terms: numbers,
            synonyms,
            ..
        } = &mut *self.dictionary;
        let mut number = |word: &str| languages[language].index(word, numbers, synonyms);
        if text.iter().any(|&word| self.heads[word as usize]) {
            let words = text.iter().map(|&word| &*self.words[word as usize]);
            let joined = synonyms.join_phrases(words.collect());
            terms.extend(joined.into_iter().filter_map(number));
            return;
        }
        for &word in text {
            let known = &mut self.known[language][word as usize];
            let term = *known.get_or_insert_with(|| number(&self.words[word as usize]));
            terms.extend(term);
        }
    }
}

impl Language {
    /// The term of a word of the content; a new one gets the next number.
    fn index(
        &mut self,
        word: &str,
        numbers: &mut HashMap<Box<str>, Term>,
        synonyms: &Synonyms,
    ) -> Option<Term> {
        if let Some(&term) = self.words.get(word) {
            return term;
        }
        let term = self.analyzer.term(word).map(|term| {
            let next = numbers.len() as Term;
            let representative = synonyms.representative(&term);
            *numbers.entry(representative.into()).or_insert(next)
        });
        self.words.insert(word.into(), term);
        term
    }
}

/// The sentence with each misspelt word replaced.
fn repaired(sentence: &str, repairs: &[Repair]) -> String {
    if repairs.is_empty() {
        return sentence.to_owned();
    }
    let read = |word| {
        repairs
            .iter()
            .find(|it| it.typed == word)
            .map_or(word, |it| it.read_as.as_str())
    };
    sentence.split_word_bounds().map(read).collect()
}

/// What the languages know of a word; the later, the more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Unknown,
    Stop,
    Terms,
}

/// Groups of words and phrases that mean the same; each is represented by its first.
#[derive(Default)]
struct Synonyms {
    /// Stem of a member to stem of its group's first.
    representatives: HashMap<String, String>,
    /// Word sequences by their first word, longest first, and the word that replaces them.
    phrases: HashMap<String, Vec<(Vec<String>, String)>>,
}

impl Synonyms {
    fn new(groups: &[Vec<String>]) -> Self {
        // Synonyms are stemmed as English: stems of other languages' words only have to
        // agree with themselves, and the same stemmer sees them at every use.
        let analyzer = Analyzer::new("en").expect("English has an analyzer");
        let stem = |word: &str| {
            analyzer
                .term(word)
                .map_or_else(|| word.to_owned(), std::borrow::Cow::into_owned)
        };
        let mut synonyms = Self::default();
        for group in groups {
            let members: Vec<String> = group.iter().map(|it| text::normalise(it)).collect();
            let Some(first) = members.iter().find(|it| text::words(it).count() == 1) else {
                continue;
            };
            for member in &members {
                let words: Vec<String> = text::words(member).map(str::to_owned).collect();
                match words.as_slice() {
                    [] => {}
                    [word] => {
                        synonyms.representatives.insert(stem(word), stem(first));
                    }
                    [head, ..] => {
                        synonyms
                            .phrases
                            .entry(head.clone())
                            .or_default()
                            .push((words, first.clone()));
                    }
                }
            }
        }
        for phrases in synonyms.phrases.values_mut() {
            phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        synonyms
    }

    fn representative<'a>(&'a self, term: &'a str) -> &'a str {
        self.representatives.get(term).map_or(term, String::as_str)
    }

    /// Puts one word in the place of each phrase that is a synonym.
    fn join_phrases<'a>(&'a self, words: Vec<&'a str>) -> Vec<&'a str> {
        if self.phrases.is_empty() {
            return words;
        }
        let mut joined = Vec::with_capacity(words.len());
        let mut rest = words.as_slice();
        while let Some((&head, tail)) = rest.split_first() {
            let phrase = self.phrases.get(head).and_then(|phrases| {
                phrases.iter().find(|(phrase, _)| {
                    rest.len() >= phrase.len() && phrase.iter().zip(rest).all(|(a, b)| a == b)
                })
            });
            if let Some((phrase, word)) = phrase {
                joined.push(word.as_str());
                rest = &rest[phrase.len()..];
            } else {
                joined.push(head);
                rest = tail;
            }
        }
        joined
    }
}
