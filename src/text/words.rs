//! Texts cut into words, where Unicode says that they end (UAX #29).

use unicode_segmentation::{UnicodeSegmentation, UnicodeWords};

/// The words of a text in order: what stands between two ends and holds a letter or digit.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    // Nearly all text is ASCII, and reading a large knowledge base is to a good part this.
    if text.is_ascii() {
        Words::Ascii { rest: text }
    } else {
        Words::Any(text.unicode_words())
    }
}

enum Words<'a> {
    Ascii { rest: &'a str },
    Any(UnicodeWords<'a>),
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        match self {
            Self::Ascii { rest } => loop {
                let bytes = rest.as_bytes();
                let start = bytes.iter().position(|&it| may_stand_in_word(it))?;
                let end = end_of_word(bytes, start);
                let word = &rest[start..end];
                *rest = &rest[end..];
                if !word.bytes().all(|it| it == b'_') {
                    return Some(word);
                }
            },
            Self::Any(words) => words.next(),
        }
    }
}

/// Where the word ends that begins at `start`.
fn end_of_word(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    loop {
        let rest = &bytes[end..];
        end += rest
            .iter()
            .position(|&it| !may_stand_in_word(it))
            .unwrap_or(rest.len());
        match bytes[end - 1..] {
            [before, sign, after, ..] if joins(before, sign, after) => end += 1,
            _ => return end,
        }
    }
}

fn may_stand_in_word(byte: u8) -> bool {
    IN_WORD[usize::from(byte)]
}

/// Letters, digits and the underscore; a table, since every byte of all texts is looked at.
const IN_WORD: [bool; 256] = {
    let mut all = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        all[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    all
};

/// Whether a sign between two letters or two digits is a part of their word: "don't", "3.5".
fn joins(before: u8, sign: u8, after: u8) -> bool {
    match sign {
        b'\'' | b'.' => {
            before.is_ascii_alphabetic() && after.is_ascii_alphabetic()
                || before.is_ascii_digit() && after.is_ascii_digit()
        }
        b':' => before.is_ascii_alphabetic() && after.is_ascii_alphabetic(),
        b',' | b';' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn signs_between_letters_or_digits_are_a_part_of_the_word() {
        check("don't; e.g. 3.5, 1,000", &["don't", "e.g", "3.5", "1,000"]);
        check(
            "a.5 a..b a,b 1:2 'a' __",
            &["a", "5", "a", "b", "a", "b", "1", "2", "a"],
        );
        check("snake_case_ café", &["snake_case_", "café"]);
    }

    proptest! {
        #[test]
        fn words_of_ascii_are_those_of_unicode(
            text in "[ -~\\t\\r\\n]{0,40}",
            dense in "[ab01_'.:,; \"]{0,40}",
            any in "[\\x00-\\x7f]{0,40}",
        ) {
            for text in [text, dense, any] {
                prop_assert!(words(&text).eq(text.unicode_words()), "{text:?}");
            }
        }
    }
}
