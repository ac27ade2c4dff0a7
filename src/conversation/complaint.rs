//! "That's not what I asked", "this is useless": words about the last reply, in which there is nothing to look up.

use std::sync::LazyLock;

use rustc_hash::FxHashMap as HashMap;

use crate::text;

/// Recognises a message that finds fault with a reply and says nothing else.
pub(super) fn is_complaint(message: &str) -> bool {
    // Who complains is short, and who asks whether something is wrong wants to know.
    if message.len() > 80 || message.contains('?') {
        return false;
    }
    let normalised = text::normalise(message);
    let mut said = 0;
    for (at, word) in text::words(&normalised).enumerate() {
        // Most messages end here, after a word or two.
        match WORDS.get(word) {
            Some(kinds) if at > 0 || kinds & OPENS == 0 => said |= kinds,
            _ => return false,
        }
    }
    // "I was wrong" is about oneself, "I did not mean that" is not.
    let is_blunt = said & BLUNT != 0 && said & I == 0;
    is_blunt || said & MISSED != 0 && said & DENIES != 0
}

/// What a word says, as bits; none for words that may stand beside others.
static WORDS: LazyLock<HashMap<&str, u8>> = LazyLock::new(|| {
    let mut words = HashMap::default();
    for (kind, list) in [
        (OPENS, OPENERS),
        (BLUNT, BLUNTLY),
        (MISSED, FAULTS_IF_DENIED),
        (DENIES, DENIALS),
        (I, &["i"]),
        (0, FILLERS),
    ] {
        for word in list {
            *words.entry(*word).or_default() |= kind;
        }
    }
    words
});

const OPENS: u8 = 1;
const BLUNT: u8 = 1 << 1;
const MISSED: u8 = 1 << 2;
const DENIES: u8 = 1 << 3;
const I: u8 = 1 << 4;

/// A message that begins with one of these asks, with or without a question mark.
const OPENERS: &[&str] = &[
    "is", "was", "are", "am", "do", "does", "did", "can", "could", "will", "would", "should",
    "why", "how", "who", "when", "where",
];

/// One of these is enough.
const BLUNTLY: &[&str] = &[
    "wrong",
    "incorrect",
    "useless",
    "unhelpful",
    "irrelevant",
    "rubbish",
    "garbage",
    "nonsense",
    "bullshit",
    "crap",
    "misunderstood",
    "pointless",
    "unrelated",
];

/// These are faults where they are denied: "you did not understand me".
const FAULTS_IF_DENIED: &[&str] = &[
    "asked",
    "asking",
    "ask",
    "meant",
    "mean",
    "said",
    "say",
    "wanted",
    "answer",
    "question",
    "help",
    "helped",
    "helpful",
    "helping",
    "useful",
    "relevant",
    "right",
    "correct",
    "understand",
    "understood",
    "listening",
];

const DENIALS: &[&str] = &["not", "no", "never", "nothing"];

/// Words that may stand beside them.
const FILLERS: &[&str] = &[
    "that",
    "this",
    "it",
    "you",
    "your",
    "what",
    "me",
    "my",
    "the",
    "a",
    "an",
    "is",
    "was",
    "are",
    "were",
    "do",
    "did",
    "does",
    "to",
    "of",
    "for",
    "at",
    "all",
    "so",
    "just",
    "really",
    "completely",
    "totally",
    "very",
    "bot",
    "chatbot",
    "answers",
    "reply",
    "one",
    "thing",
    "again",
    "have",
    "has",
    "been",
    "still",
    "ok",
    "sorry",
    "well",
    "and",
    "but",
    "oh",
    "hey",
    "hi",
    "any",
    "with",
    "even",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: bool) {
        assert_eq!(is_complaint(message), expected, "{message}");
    }

    #[test]
    fn who_finds_fault_with_the_reply_complains() {
        for message in [
            "that's not what i asked",
            "you're wrong",
            "Wrong answer!",
            "this is useless",
            "no that isn't what I meant",
            "you did not answer my question",
            "that doesn't help me at all",
            "thats not helpful",
            "you don't understand me",
            "what a useless bot",
        ] {
            check(message, true);
        }
    }

    #[test]
    fn who_asks_or_tells_does_not() {
        for message in [
            "am i wrong",
            "is it wrong to go alone",
            "is that wrong?",
            "i was wrong",
            "what is wrong with us",
            "it does not help him",
            "does it help if only i go",
            "i do not want help",
            "my partner is useless",
            "he never understood me",
            "what do you mean",
            "what if therapy did not help",
            "",
            "no",
        ] {
            check(message, false);
        }
    }
}
