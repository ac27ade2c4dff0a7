//! "I cried all night": words of somebody who suffers and asks nothing. They are not met with a bare "no answer".

use super::several;
use crate::text;

/// Recognises a message that tells of sorrow in English and is no question.
pub(super) fn tells_of_sorrow(message: &str) -> bool {
    if message.contains('?') {
        return false;
    }
    let normalised = text::normalise(message);
    let words: Vec<&str> = text::words(&normalised).collect();
    // "What a terrible night", "will never stop crying": these ask nothing.
    let may_ask = words
        .get(1)
        .is_some_and(|it| !["a", "an", "not", "never"].contains(it));
    if may_ask && several::opens_a_question(message) {
        return false;
    }
    let is_about_the_bot = words.iter().any(|it| ABOUT_THE_BOT.contains(it));
    let is_sad = |at: usize| {
        let is_denied = at > 0 && ["not", "never", "longer"].contains(&words[at - 1]);
        SORROWS.contains(&words[at]) && !is_denied
    };
    // "He left me a message" is no loss.
    let are_sad = |at: usize| {
        let is_thing = words
            .get(at + 2)
            .is_some_and(|it| ["a", "an", "the", "my"].contains(it));
        PAIRS.contains(&[words[at], words[at + 1]]) && !is_thing
    };
    let n_pairs = words.len().saturating_sub(1);
    !is_about_the_bot && ((0..words.len()).any(is_sad) || (0..n_pairs).any(are_sad))
}

const ABOUT_THE_BOT: [&str; 5] = ["bot", "chatbot", "answer", "answers", "reply"];

#[rustfmt::skip]
const SORROWS: &[&str] = &[
    "afraid", "argued", "arguing", "argument", "arguments", "ashamed", "awful", "betrayed", "cheated", "cried",
    "cry", "crying", "desperate", "devastated", "died", "exhausted", "fighting", "fought", "grief", "grieving", "guilty",
    "hate", "hates", "heartbroken", "hopeless", "horrible", "humiliated", "hurt", "hurting", "hurts", "lonely",
    "miscarriage", "miserable", "overwhelmed", "sad", "scared", "shouted", "shouting", "suffering", "tears", "terrible",
    "torture", "unbearable", "unhappy", "upset", "widowed", "yelled", "yelling",
];

/// Neighbours that tell of it together.
#[rustfmt::skip]
const PAIRS: &[[&str; 2]] = &[
    ["my", "heart"], ["left", "me"], ["leaving", "me"], ["broke", "up"], ["passed", "away"], ["lost", "him"],
    ["lost", "her"], ["feel", "broken"], ["am", "broken"],
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
        for message in [
            "we had a huge row last night and I cried till three",
            "This marriage is torture.",
            "you are breaking my heart",
            "I can’t stop crying",
            "Don't know how to stop crying",
            "What a terrible night, I cried",
            "my mother died last week",
            "my wife left me",
        ] {
            check(message, true);
        }
    }

    #[test]
    fn who_asks_or_tells_of_nothing_sad_is_not() {
        for message in [
            "why am I so sad",
            "I feel lonely, does that pass?",
            "I want to book a session",
            "I am not afraid any more",
            "what a terrible answer",
            "i hate this bot",
            "your website is broken",
            "he left me a voicemail about the appointment",
            "qwertz",
            "",
        ] {
            check(message, false);
        }
    }
}
