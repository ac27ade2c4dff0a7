//! Whether a message leans on the answer before it: "and online?", "how long does that take".

use crate::text;

/// Whether the message seems to go on from the last answer. Long messages say themselves what they are
/// about; "he" and "she" are the people in the story, not the answer.
pub(super) fn leans_on_the_last(message: &str) -> bool {
    let normalised = text::normalise(message);
    let words: Vec<&str> = text::words(&normalised).collect();
    let opens = words.first().is_some_and(|word| OPENINGS.contains(word));
    let points = words.iter().any(|word| POINTERS.contains(word));
    words.len() <= MAX_WORDS && (opens || points || words.len() <= 2)
}

/// Longer messages stand for themselves.
const MAX_WORDS: usize = 9;

const OPENINGS: &[&str] = &[
    "and", "but", "so", "then", "or", "also", "ok", "okay", "what", "how", "why",
];

const POINTERS: &[&str] = &[
    "it",
    "that",
    "this",
    "those",
    "these",
    "there",
    "instead",
    "otherwise",
    "either",
];

#[cfg(test)]
mod tests {
    use super::leans_on_the_last;

    #[test]
    fn short_words_that_point_back_lean() {
        for message in [
            "and online?",
            "but what if he never comes",
            "how long does that take",
            "why",
            "online?",
        ] {
            assert!(leans_on_the_last(message), "{message}");
        }
    }

    #[test]
    fn a_question_that_stands_alone_does_not() {
        for message in [
            "my husband refuses to come to couples therapy",
            "will my partner be blamed",
        ] {
            assert!(!leans_on_the_last(message), "{message}");
        }
    }
}
