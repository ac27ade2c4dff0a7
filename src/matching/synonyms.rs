//! The operator's synonyms: words and short phrases that mean the same in this content.

use std::borrow::Cow;

use rustc_hash::FxHashMap as HashMap;

use crate::text::{self, Analyzer};

/// Groups of words and phrases that mean the same; each is represented by its first word.
pub(super) struct Synonyms {
    /// A member that is one word, and the first of its group.
    words: Vec<(String, String)>,
    /// Word sequences by their first word, longest first, and the word that replaces them.
    phrases: HashMap<String, Vec<(Vec<String>, String)>>,
}

/// The words of [`Synonyms`] in one language: stem of a member to stem of its group's first.
pub(super) struct Representatives(HashMap<String, String>);

impl Synonyms {
    /// A group without a single word is left out: nothing could stand for it.
    pub(super) fn new(groups: &[Vec<String>]) -> Self {
        let mut words = Vec::new();
        let mut phrases: HashMap<String, Vec<_>> = HashMap::default();
        for group in groups {
            let members: Vec<String> = group.iter().map(|it| text::normalise(it)).collect();
            let Some(first) = members.iter().find(|it| text::words(it).count() == 1) else {
                continue;
            };
            for member in &members {
                let parts: Vec<String> = text::words(member).map(str::to_owned).collect();
                match parts.as_slice() {
                    [] => {}
                    [word] => words.push((word.clone(), first.clone())),
                    [head, ..] => {
                        let phrases = phrases.entry(head.clone()).or_default();
                        phrases.push((parts, first.clone()));
                    }
                }
            }
        }
        for phrases in phrases.values_mut() {
            phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Self { words, phrases }
    }

    /// The single words as a language's analyzer stems them.
    pub(super) fn representatives(&self, analyzer: &Analyzer) -> Representatives {
        let stem = |word: &str| match analyzer.term(word) {
            Some(stem) => stem.into_owned(),
            None => word.to_owned(),
        };
        let words = self.words.iter();
        Representatives(words.map(|(it, first)| (stem(it), stem(first))).collect())
    }

    /// Whether a phrase begins with this word.
    pub(super) fn begin_with(&self, word: &str) -> bool {
        self.phrases.contains_key(word)
    }

    /// Puts one word in the place of each phrase that is a synonym.
    pub(super) fn join_phrases<'a, 'w>(&'a self, words: &'w [&'a str]) -> Cow<'w, [&'a str]> {
        if self.phrases.is_empty() {
            return Cow::Borrowed(words);
        }
        let mut joined = Vec::with_capacity(words.len());
        let mut rest = words;
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
        Cow::Owned(joined)
    }
}

impl Representatives {
    /// The stem that stands for this one; itself where it has no synonym.
    pub(super) fn of<'a>(&'a self, stem: &'a str) -> &'a str {
        self.0.get(stem).map_or(stem, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synonyms(group: &[&str]) -> Synonyms {
        Synonyms::new(&[group.iter().map(|it| (*it).to_owned()).collect()])
    }

    #[track_caller]
    fn check(language: &str, group: &[&str], one: &str, other: &str) {
        let analyzer = Analyzer::new(language).unwrap();
        let representatives = synonyms(group).representatives(&analyzer);
        let read = |word: &str| representatives.of(&analyzer.term(word).unwrap()).to_owned();
        assert_eq!(read(one), read(other));
    }

    #[test]
    fn a_synonym_is_read_as_the_first_of_its_group_in_any_form() {
        check(
            "en",
            &["therapy", "counselling"],
            "counselling",
            "therapies",
        );
    }

    #[test]
    fn synonyms_of_other_languages_are_stemmed_as_their_words_are() {
        check("de", &["Behandlung", "Kur"], "kuren", "behandlungen");
    }

    #[test]
    fn a_phrase_gives_way_to_the_first_word() {
        let synonyms = synonyms(&["partner", "other half"]);
        assert_eq!(
            synonyms.join_phrases(&["my", "other", "half", "left"]),
            ["my", "partner", "left"].as_slice()
        );
    }
}
