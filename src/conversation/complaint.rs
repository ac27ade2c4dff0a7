//! "That's not what I asked", "this is useless": words about the last reply, in which there is nothing to look up.

use crate::text;

/// Recognises a message that finds fault with a reply and says nothing else.
pub(super) fn is_complaint(message: &str) -> bool {
    // Who complains is short, and who asks whether something is wrong wants to know.
    if message.len() > 80 || message.contains('?') {
        return false;
    }
    let normalised = text::normalise(message);
    let (mut blunt, mut missed, mut denied, mut of_oneself) = (false, false, false, false);
    for (at, word) in text::words(&normalised).enumerate() {
        if at == 0 && OPENERS.contains(&word) {
            return false;
        }
        blunt |= BLUNT.contains(&word);
        missed |= MISSED.contains(&word);
        denied |= DENIALS.contains(&word);
        of_oneself |= word == "i";
        let lists = [BLUNT, MISSED, DENIALS, FILLERS];
        if !lists.iter().any(|it| it.contains(&word)) {
            return false;
        }
    }
    // "I was wrong" is about oneself, "I did not mean that" is not.
    blunt && !of_oneself || missed && denied
}

/// A message that begins with one of these asks, with or without a question mark.
const OPENERS: &[&str] = &[
    "is", "was", "are", "am", "do", "does", "did", "can", "could", "will", "would", "should",
    "why", "how", "who", "when", "where",
];

/// One of these is enough.
const BLUNT: &[&str] = &[
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
const MISSED: &[&str] = &[
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
    "i",
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
