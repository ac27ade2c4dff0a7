//! Spelling repair: the known word that a mistyped one stands for.

use super::thirds::Thirds;
use crate::simd::{Kernel, widest};
use crate::text;

/// The words of the content, ready for look-ups by similarity.
#[derive(Default)]
pub(super) struct Speller {
    /// Sorted by length.
    words: Vec<Known>,
    /// The set of letters of each; apart from the words, since most are looked at no further.
    letters: Vec<u32>,
    /// Those that two edits may lead to.
    thirds: Thirds,
}

struct Known {
    word: Box<str>,
    length: usize,
    /// The content has it in another form only.
    is_form: bool,
}

/// Shorter words have too many neighbours: "mad" is one edit from "dad", "made" and "sad".
const SHORTEST: usize = 4;
/// From this length on, two edits still leave little doubt.
const LONG: usize = 8;
/// Longer strings are no words, and comparing them is quadratic.
const LONGEST: usize = 32;

impl Speller {
    /// The words of the content, and other forms of them. A word that comes twice changes nothing.
    pub(super) fn new<'a>(
        words: impl Iterator<Item = &'a str>,
        forms: impl Iterator<Item = &'a str>,
    ) -> Self {
        let all = words
            .map(|it| (it, false))
            .chain(forms.map(|it| (it, true)));
        let mut words: Vec<Known> = all
            .filter_map(|(word, is_form)| {
                let length = word.chars().count();
                (SHORTEST - 1..=LONGEST + 2)
                    .contains(&length)
                    .then(|| Known {
                        word: word.into(),
                        length,
                        is_form,
                    })
            })
            .collect();
        words.sort_by_key(|it| it.length);
        let letters = words.iter().map(|it| letters(&it.word)).collect();
        let long = (0..).zip(&words).filter(|it| it.1.length >= LONG - 2);
        let long: Vec<(u32, &str)> = long.map(|(place, it)| (place, &*it.word)).collect();
        let thirds = Thirds::new(&long);
        Self {
            words,
            letters,
            thirds,
        }
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
        let places: Vec<usize> = if reach == 1 {
            let from = self.words.partition_point(|it| it.length < length - reach);
            let to = self.words.partition_point(|it| it.length <= length + reach);
            let places = similar(&self.letters[from..to], signature, reach);
            places.into_iter().map(|it| from + it).collect()
        } else {
            let places = self.thirds.similar(word).into_iter().map(|it| it as usize);
            let near =
                |it: &usize| (self.letters[*it] ^ signature).count_ones() <= 2 * reach as u32;
            places.filter(near).collect()
        };
        let typed = Pattern::new(word);
        places
            .into_iter()
            .map(|at| (&*self.words[at].word, self.words[at].is_form))
            .filter(|(known, _)| typed.is_near(known, reach))
            .map(|(known, is_form)| {
                (
                    strsim::damerau_levenshtein(word, known),
                    first_differs(word, known),
                    is_form,
                    known,
                )
            })
            .filter(|(distance, ..)| *distance <= reach)
            // People seldom mistype the first letter.
            .min()
            .map(|(.., known)| known)
    }
}

/// The places of the words that may be at most `reach` edits away: each changes at most two letters of the set.
fn similar(letters: &[u32], typed: u32, reach: usize) -> Vec<usize> {
    widest(Similar {
        letters,
        typed,
        most: 2 * reach as u32,
    })
}

struct Similar<'a> {
    letters: &'a [u32],
    typed: u32,
    most: u32,
}

impl Kernel for Similar<'_> {
    type Output = Vec<usize>;

    #[inline(always)]
    fn call(self) -> Vec<usize> {
        // Words that are compared at once; few blocks hold a near one.
        const BLOCK: usize = 16;
        let near = |set: u32| (set ^ self.typed).count_ones() <= self.most;
        let mut places = Vec::new();
        for (block, first) in self.letters.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
            let mut is_any = false;
            for &set in block {
                is_any |= near(set);
            }
            if is_any {
                places.extend((first..).zip(block).filter(|it| near(*it.1)).map(|it| it.0));
            }
        }
        places
    }
}

/// A typed word, ready to be compared with many: the places of each of its letters, as bits.
///
/// Source: Myers, "A Fast Bit-Vector Algorithm for Approximate String Matching" (1999), with Hyyrö's
/// changes (2001) for the distance of whole words.
struct Pattern {
    places: [u64; 128],
    length: usize,
    is_ascii: bool,
}

impl Pattern {
    /// Of at most 64 letters.
    fn new(word: &str) -> Self {
        let mut places = [0; 128];
        let is_ascii = word.is_ascii();
        if is_ascii {
            for (at, byte) in word.bytes().enumerate() {
                places[usize::from(byte)] |= 1 << at;
            }
        }
        Self {
            places,
            length: word.len(),
            is_ascii,
        }
    }

    /// False only for words that are more than `reach` edits apart: a swap of neighbours counts as
    /// two here, so up to twice as many are let through.
    fn is_near(&self, known: &str, reach: usize) -> bool {
        if !self.is_ascii || !known.is_ascii() {
            return true;
        }
        let (mut up, mut down) = (u64::MAX, 0);
        let mut distance = self.length;
        let last = 1 << (self.length - 1);
        for byte in known.bytes() {
            let same = self.places[usize::from(byte)];
            let vertical = same | down;
            let diagonal = (((same & up).wrapping_add(up)) ^ up) | same;
            let (plus, minus) = (down | !(diagonal | up), up & diagonal);
            distance += usize::from(plus & last != 0);
            distance -= usize::from(minus & last != 0);
            let (plus, minus) = (plus << 1 | 1, minus << 1);
            up = minus | !(vertical | plus);
            down = plus & vertical;
        }
        distance <= 2 * reach
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
                "blamed",
            ]
            .into_iter(),
            ["balled", "therapies"].into_iter(),
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
    fn words_of_the_content_go_before_their_other_forms() {
        check("balmed", Some("blamed"));
        check("therapeis", Some("therapies"));
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
    fn no_near_word_is_passed_over() {
        let words = [
            "ab",
            "abc",
            "acb",
            "abcd",
            "xbcd",
            "abxxcd",
            "bacd",
            "badc",
            "dcba",
            "therapy",
            "therapist",
        ];
        for typed in words {
            for known in words {
                let distance = strsim::levenshtein(typed, known);
                for reach in [1, 2] {
                    assert_eq!(
                        Pattern::new(typed).is_near(known, reach),
                        distance <= 2 * reach,
                        "{typed} {known}"
                    );
                }
            }
        }
    }

    #[test]
    fn endless_words_are_left_alone() {
        check(&"therapy".repeat(500), None);
    }
}
