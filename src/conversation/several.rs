//! Several questions in one message: where each of them stands.

use std::ops::Range;

use crate::safety::Query;
use crate::text;

/// The questions of a message in order, one or none for most messages. Told by their question mark or
/// their first word; other sentences are left out.
pub(super) fn questions(query: Query<'_>) -> Vec<Query<'_>> {
    let text = query.text();
    let mut found = Vec::new();
    for sentence in sentences(text) {
        questions_of(text, sentence, &mut found);
    }
    found.into_iter().map(|range| query.part(range)).collect()
}

/// Where the sentences of a text stand, each with the signs that end it; some are blank.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|it| !it.is_empty())?;
        let words = rest.find(ends_a_sentence).unwrap_or(rest.len());
        let signs = rest[words..].find(|it| !ends_a_sentence(it));
        let length = signs.map_or(rest.len(), |it| words + it);
        start += length;
        Some(start - length..start)
    })
}

/// Whether a question mark is among the signs that end a sentence.
pub(super) fn asks(sentence: &str) -> bool {
    let words = sentence.trim_end_matches(|it: char| ends_a_sentence(it) || it.is_whitespace());
    sentence[words.len()..].contains('?')
}

fn ends_a_sentence(sign: char) -> bool {
    matches!(sign, '?' | '!' | '.' | '\n')
}

/// Where a word begins that is a part of the text.
pub(super) fn start_of(word: &str, text: &str) -> usize {
    word.as_ptr() as usize - text.as_ptr() as usize
}

/// "does it work online and will he be blamed" holds two.
fn questions_of(text: &str, sentence: Range<usize>, found: &mut Vec<Range<usize>>) {
    let asks = asks(&text[sentence.clone()]);
    let (mut start, mut n_words) = (sentence.start, 0);
    let mut joint_at = None;
    for word in text[sentence.clone()].split_whitespace() {
        let at = start_of(word, text);
        if let Some(joint_at) = joint_at
            && is_one_of(word, OPENERS)
            && opens_a_question(&text[start..joint_at])
        {
            found.push(start..joint_at);
            (start, n_words) = (at, 0);
        }
        joint_at = is_one_of(word, JOINTS).then_some(at);
        n_words += 1;
    }
    if n_words > 1 && (asks || opens_a_question(&text[start..sentence.end])) {
        found.push(start..sentence.end);
    }
}

/// Whether a text begins as an English question does.
pub(super) fn opens_a_question(text: &str) -> bool {
    let mut words = text
        .split_whitespace()
        .skip_while(|word| is_one_of(word, JOINTS));
    words.next().is_some_and(|word| is_one_of(word, OPENERS)) && words.next().is_some()
}

/// Whether a word, without signs around it, is in a list.
fn is_one_of(word: &str, list: &[u64]) -> bool {
    let is_listed = |word: &str| word.len() <= LONGEST && list.contains(&spelling(word));
    let bare = |word: &str| is_listed(word.trim_matches(|c: char| !c.is_alphanumeric()));
    let is_letter = |it: Option<&u8>| it.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = word.as_bytes();
    if !word.is_ascii() {
        bare(&text::normalise(word))
    } else if is_letter(bytes.first()) && is_letter(bytes.last()) {
        is_listed(word)
    } else {
        bare(word)
    }
}

/// Bytes of the longest word of the lists; all fit into a number.
const LONGEST: usize = 7;

/// A word of at most [`LONGEST`] bytes in lower case, as a number: each word of a message is compared with those of the lists.
const fn spelling(word: &str) -> u64 {
    assert!(word.len() <= LONGEST);
    let mut number = 0;
    let mut at = 0;
    while at < word.len() {
        number = number << 8 | word.as_bytes()[at].to_ascii_lowercase() as u64;
        at += 1;
    }
    number
}

const fn spellings<const N: usize>(words: [&str; N]) -> [u64; N] {
    let mut numbers = [0; N];
    let mut at = 0;
    while at < N {
        numbers[at] = spelling(words[at]);
        at += 1;
    }
    numbers
}

/// Words between two questions.
const JOINTS: &[u64] = &spellings(["and", "also", "or", "but", "plus", "then", "so", ""]);

/// Words that an English question begins with.
const OPENERS: &[u64] = &spellings([
    "what", "whats", "how", "hows", "why", "when", "who", "whos", "where", "wheres", "which",
    "can", "could", "do", "does", "did", "is", "isnt", "are", "arent", "will", "wont", "would",
    "should", "am", "has", "have", "may", "must", "what's", "how's", "who's", "where's", "isn't",
    "aren't", "won't", "don't", "doesn't",
]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::Safety;

    /// Compares the questions of a message, joined by bars.
    #[track_caller]
    fn check(message: &str, expected: &str) {
        let safety = Safety::builtin();
        let query = safety.screen.check(message).into_query();
        let found: Vec<&str> = questions(query).iter().map(|it| it.text().trim()).collect();
        assert_eq!(found.join(" | "), expected);
    }

    #[test]
    fn each_sentence_that_asks_is_one() {
        check(
            "We argue a lot. Does it work online? Will he be blamed?",
            "Does it work online? | Will he be blamed?",
        );
        check("what is it\nhow long is it", "what is it | how long is it");
    }

    #[test]
    fn joined_questions_are_told_by_their_first_words() {
        check(
            "does it work online and will he be blamed",
            "does it work online | will he be blamed",
        );
        check(
            "does it work online, and also can I come alone?",
            "does it work online, and | can I come alone?",
        );
    }

    #[test]
    fn most_messages_hold_one_or_none() {
        check("is it ok to fight and cry", "is it ok to fight and cry");
        check("My wife and I are unhappy.", "");
        check("why?", "");
        check("", "");
    }
}
