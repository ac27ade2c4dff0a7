//! "I cried all night": words of somebody who suffers and asks nothing. They are not met with a bare "no answer".

use super::several;
use crate::text;

/// Recognises a message that tells of sorrow in English and is no question.
pub(super) fn tells_of_sorrow(message: &str) -> bool {
    if message.contains('?') || several::opens_a_question(message) {
        return false;
    }
    let normalised = text::normalise(message);
    let words: Vec<&str> = text::words(&normalised).collect();
    let is_broken = |it: &[&str]| matches!(it, ["my", "heart"]);
    words.iter().any(|it| SORROWS.contains(it)) || words.windows(2).any(is_broken)
}

const SORROWS: &[&str] = &[
    "afraid",
    "argued",
    "arguing",
    "argument",
    "arguments",
    "ashamed",
    "awful",
    "betrayed",
    "cried",
    "cry",
    "crying",
    "desperate",
    "exhausted",
    "fighting",
    "fought",
    "grief",
    "grieving",
    "guilty",
    "hate",
    "hates",
    "heartbroken",
    "hopeless",
    "horrible",
    "humiliated",
    "hurt",
    "hurting",
    "hurts",
    "lonely",
    "miserable",
    "overwhelmed",
    "sad",
    "scared",
    "shouted",
    "shouting",
    "suffering",
    "tears",
    "terrible",
    "torture",
    "unbearable",
    "unhappy",
    "upset",
    "yelled",
    "yelling",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: bool) {
        assert_eq!(tells_of_sorrow(message), expected, "{message}");
    }

    #[test]
    fn who_suffers_is_heard() {
        check("we had a huge row last night and I cried till three", true);
        check("This marriage is torture.", true);
        check("you are breaking my heart", true);
        check("I can’t stop crying", true);
    }

    #[test]
    fn who_asks_or_tells_of_nothing_sad_is_not() {
        check("why am I so sad", false);
        check("I feel lonely, does that pass?", false);
        check("I want to book a session", false);
        check("qwertz", false);
        check("", false);
    }
}
