//! Whether a message leans on the answer before it: "and online?", "how long does that take".

use crate::matching::Ranking;
use crate::text;

/// Whether the message seems to go on from the last answer; `alone` is what it finds by itself.
///
/// Long messages say themselves what they are about. An "and" or a "that" leans; an "it" or a word or two only where the
/// message says little else, and nothing that is in no entry. "He" and "she" are the people in the story, not the answer.
pub(super) fn leans_on_the_last(message: &str, alone: &Ranking) -> bool {
    let normalised = text::normalise(message);
    let words: Vec<&str> = text::words(&normalised).collect();
    let goes_on = words.first().is_some_and(|word| OPENINGS.contains(word)) || points_back(&words);
    // "Is it my fault": nothing said before is meant.
    let names_it = words.iter().skip(2).any(|word| *word == "it") || words.first() != Some(&"is");
    let may_go_on = words.contains(&"it") && names_it || words.len() <= 2;
    let is_about_the_bot = words.contains(&"bot");
    !is_about_the_bot
        && words.len() <= MAX_WORDS
        && (goes_on || may_go_on && alone.n_unknown == 0 && alone.n_terms <= 1)
}

fn points_back(words: &[&str]) -> bool {
    let pointers = words.iter().enumerate();
    let mut pointers = pointers.filter(|(_, word)| POINTERS.contains(word));
    // "Is there a car park" points at nothing.
    pointers.any(|(at, word)| *word != "there" || at == 0 || !IS.contains(&words[at - 1]))
}

const IS: &[&str] = &["is", "are", "was", "were"];

/// Longer messages stand for themselves.
const MAX_WORDS: usize = 9;

const OPENINGS: &[&str] = &["and", "but", "so", "then", "or", "also", "ok", "okay"];

const POINTERS: &[&str] = &[
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
    use super::*;

    #[track_caller]
    fn check(message: &str, n_terms: usize, n_unknown: usize, expected: bool) {
        let alone = Ranking {
            n_terms,
            n_unknown,
            ..Ranking::default()
        };
        assert_eq!(leans_on_the_last(message, &alone), expected, "{message}");
    }

    #[test]
    fn short_words_that_point_back_lean() {
        check("and online?", 1, 0, true);
        check("but what if he never comes", 2, 0, true);
        check("how long does that take", 2, 0, true);
        check("can it be at home", 1, 0, true);
        check("why", 0, 0, true);
        check("online?", 1, 0, true);
    }

    #[test]
    fn a_question_that_stands_alone_does_not() {
        check("my husband refuses to come to couples therapy", 4, 0, false);
        check("will my partner be blamed", 2, 0, false);
        check("is it worth going alone", 2, 0, false);
        check("what do you charge", 1, 0, false);
        check("is there a car park", 1, 0, false);
        check("is it my fault", 1, 0, false);
        check("qwertz", 0, 1, false);
        check("this bot is useless", 1, 0, false);
    }
}
