//! Spelling repair: the known word that a mistyped one stands for.

use crate::text;

/// The words of the content, ready for look-ups by similarity.
#[derive(Default)]
pub(super) struct Speller {
    /// Sorted by length, then alphabetically.
    words: Vec<Known>,
}

struct Known {
    word: Box<str>,
    length: usize,
    letters: u32,
}

/// Shorter words have too many neighbours: "mad" is one edit from "dad", "made" and "sad".
const SHORTEST: usize = 4;
/// From this length on, two edits still leave little doubt.
const LONG: usize = 8;
/// Longer strings are no words, and comparing them is quadratic.
const LONGEST: usize = 32;

impl Speller {
    pub(super) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut words: Vec<Known> = words
            .filter_map(|word| {
                let length = word.chars().count();
                (SHORTEST - 1..=LONGEST + 2)
                    .contains(&length)
                    .then(|| Known {
                        word: word.into(),
                        length,
                        letters: letters(word),
                    })
            })
            .collect();
        words.sort_unstable_by(|a, b| (a.length, &a.word).cmp(&(b.length, &b.word)));
        words.dedup_by(|a, b| a.word == b.word);
        Self { words }
    }

    /// The nearest known word within one edit (two for long words), or `None` for words that
    /// are short, ordinary English or near to nothing. An edit is an insertion, a deletion, a
    /// substitution or a swap of neighbours.
    pub(super) fn repair(&self, word: &str) -> Option<&str> {
        let length = word.chars().count();
        if !(SHORTEST..=LONGEST).contains(&length)
            || word.chars().any(char::is_numeric)
            || text::is_common_word(word)
        {
            return None;
        }
        let reach = if length < LONG { 1 } else { 2 };
        let signature = letters(word);
        let from = self.words.partition_point(|it| it.length < length - reach);
        let to = self.words.partition_point(|it| it.length <= length + reach);
        self.words[from..to]
            .iter()
            // Each edit changes at most two letters of the set.
            .filter(|it| (it.letters ^ signature).count_ones() as usize <= 2 * reach)
            .map(|it| {
                (
                    strsim::damerau_levenshtein(word, &it.word),
                    first_differs(word, &it.word),
                    &*it.word,
                )
            })
            .filter(|(distance, ..)| *distance <= reach)
            // People seldom mistype the first letter.
            .min()
            .map(|(.., known)| known)
    }
}

/// The set of letters in a word, as bits; a cheap bound on the edit distance.
fn letters(word: &str) -> u32 {
    word.chars().fold(0, |set, c| set | 1 << (c as u32 % 32))
}

fn first_differs(a: &str, b: &str) -> bool {
    a.chars().next() != b.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        let speller = Speller::new(
            [
                "therapy",
                "therapist",
                "partner",
                "online",
                "blame",
                "works",
                "counselling",
            ]
            .into_iter(),
        );
        assert_eq!(speller.repair(typed), expected);
    }

    #[test]
    fn one_edit_of_each_kind_is_mended() {
        check("terapy", Some("therapy"));
        check("therrapy", Some("therapy"));
        check("therapu", Some("therapy"));
        check("tehrapy", Some("therapy"));
    }

    #[test]
    fn two_edits_only_in_long_words() {
        check("counceling", Some("counselling"));
        check("blmme", Some("blame"));
        check("olnime", None);
    }

    #[test]
    fn short_and_ordinary_words_stay() {
        check("flame", None);
        check("wor", None);
    }

    #[test]
    fn endless_words_are_left_alone() {
        check(&"therapy".repeat(500), None);
    }
}
