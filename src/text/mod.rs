//! The analyzer: normalise, split into words, drop stop words, stem. Entries and queries
//! go through the same steps.

mod english;
pub(crate) mod pieces;
mod vocabulary;
mod words;

use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

pub use english::is_hardly_english;
pub use vocabulary::{common_forms, is_common_word};

/// Turns words of one language into terms.
pub struct Analyzer {
    stemmer: Stemmer,
    english: bool,
}

impl Analyzer {
    /// The analyzer of a BCP 47 language tag, or `None` for a language without a stemmer.
    #[must_use]
    pub fn new(language: &str) -> Option<Self> {
        let primary = language
            .split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let (_, algorithm) = STEMMERS.iter().find(|(tag, _)| *tag == primary)?;
        Some(Self {
            stemmer: Stemmer::create(*algorithm),
            english: primary == "en",
        })
    }

    /// The term of a normalised word, or `None` for a stop word.
    #[must_use]
    pub fn term<'w>(&self, word: &'w str) -> Option<Cow<'w, str>> {
        if self.english && english::is_stop_word(word) {
            return None;
        }
        Some(self.stem(word))
    }

    /// The stem of a normalised word, also of a stop word.
    #[must_use]
    pub fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        self.stemmer.stem(word)
    }
}

/// The primary language tags that [`Analyzer::new`] knows.
pub fn languages() -> impl Iterator<Item = &'static str> {
    STEMMERS.iter().map(|(tag, _)| *tag)
}

/// Lower case, one form for signs that look or mean the same (NFKC), plain apostrophes,
/// no accents on Latin letters, no invisible characters.
///
/// Normalising twice changes nothing.
///
/// ```
/// assert_eq!(askwell::text::normalise("Don’t  Blame ＣＡＦÉ"), "don't  blame cafe");
/// ```
#[must_use]
pub fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Twice, since lower-casing can leave a composed letter in parts and the other way round.
    fold(&fold(text))
}

/// The words of a normalised text in order, with contractions spelled out: `don't` and
/// `dont` give `do`, `not`.
pub fn words(normalised: &str) -> impl Iterator<Item = &str> {
    typed_words(normalised).flat_map(|word| spelled_out(word).into_iter().flatten())
}

/// The words as they are typed.
pub fn typed_words(normalised: &str) -> impl Iterator<Item = &str> {
    words::words(normalised)
}

/// Up to two words that a typed one stands for.
#[must_use]
pub fn spelled_out(word: &str) -> [Option<&str>; 2] {
    english::expand(word)
}

fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut latin = false;
    for c in text.nfkc().flat_map(char::to_lowercase).nfkd() {
        match c {
            '\u{300}'..='\u{36f}' if latin => {}
            '’' | '‘' | 'ʼ' | '`' | '´' | '′' => folded.push('\''),
            '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}' => {}
            _ => {
                latin = c.is_ascii_alphabetic();
                folded.push(c);
            }
        }
    }
    folded.nfkc().collect()
}

const STEMMERS: [(&str, Algorithm); 19] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nb", Algorithm::Norwegian),
    ("nl", Algorithm::Dutch),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Compares the terms of an English text, joined by blanks.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let analyzer = Analyzer::new("en").unwrap();
        let normalised = normalise(text);
        let terms: Vec<_> = words(&normalised)
            .filter_map(|word| analyzer.term(word))
            .collect();
        assert_eq!(terms.join(" "), expected);
    }

    #[test]
    fn endings_and_case_do_not_matter() {
        check("Blaming, BLAMED", "blame blame");
    }

    #[test]
    fn a_lost_apostrophe_keeps_the_negation() {
        check("he doesn't want therapy", "not want therapi");
        check("he doesnt want therapy", "not want therapi");
        check("he doesn’t want therapy", "not want therapi");
    }

    #[test]
    fn a_possessive_is_the_noun() {
        check("my wife's therapist", "wife therapist");
    }

    #[test]
    fn accents_and_invisible_signs_go() {
        check("caf\u{e9} the\u{200b}rapy", "cafe therapi");
    }

    #[test]
    fn every_named_language_has_an_analyzer() {
        assert!(languages().all(|tag| Analyzer::new(tag).is_some()));
        assert!(Analyzer::new("en-CA").is_some());
        assert!(Analyzer::new("xx").is_none());
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC*") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let analyzer = Analyzer::new("en").unwrap();
            let normalised = normalise(&text);
            words(&normalised).for_each(|word| drop(analyzer.term(word)));
        }
    }
}
