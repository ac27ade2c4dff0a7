//! "That's not what I asked", "this is useless": words about the last reply, in which there is nothing to look up.

use std::sync::LazyLock;

use rustc_hash::FxHashMap as HashMap;

use crate::text;

/// Recognises a message that finds fault with a reply and says nothing else. Rather none than one that tells of the
/// person: "no one helped me".
pub(super) fn is_complaint(normalised: &str) -> bool {
    // Who complains is short, and who asks whether something is wrong wants to know.
    if normalised.len() > 80 || normalised.contains('?') {
        return false;
    }
    let mut words = Vec::new();
    for word in text::words(normalised) {
        // Most messages end here, after a word or two.
        let Some(&kind) = WORDS.get(word) else {
            return false;
        };
        words.push((word, kind));
    }
    let n_before = words.iter().take_while(|it| it.1 & SOFTENS != 0).count();
    let [(first, kind), rest @ ..] = &words[n_before..] else {
        return false;
    };
    // "Is that wrong" asks, "isn't helpful" and "what a useless answer" do not.
    let next = rest.first().map_or("", |it| it.0);
    let is_denial = kind & STATES != 0 && next == "not";
    if kind & OPENS != 0 && !is_denial && (*first, next) != ("what", "a") {
        return false;
    }
    let said = words[n_before..].iter().fold(0, |all, it| all | it.1);
    let has = |kinds: u16| said & kinds != 0;
    if has(I) {
        // "That's not what I asked", "I did not mean that"; but "I did not ask for this" may be about a life.
        return has(DENIES) && (has(WHAT) && has(ASKED | MEANT) || has(REPLY) && has(MEANT));
    }
    let is_about_reply = has(REPLY) || is_denial;
    is_about_reply && (has(BLUNT) && !has(DENIES) || has(HELPS | ASKED | MEANT) && has(DENIES))
}

/// What each word says, as bits; none for words that may stand beside others.
static WORDS: LazyLock<HashMap<&str, u16>> = LazyLock::new(|| {
    let mut words = HashMap::default();
    for (kind, list) in LISTS {
        for word in *list {
            *words.entry(*word).or_default() |= kind;
        }
    }
    words
});

/// Stands before what is said.
const SOFTENS: u16 = 1;
/// At the beginning of a question.
const OPENS: u16 = 1 << 1;
/// Those of them that, with a "not", say something of the reply: "isn't helpful".
const STATES: u16 = 1 << 2;
const WHAT: u16 = 1 << 3;
/// Means the reply, or who gave it.
const REPLY: u16 = 1 << 4;
/// One of these is enough.
const BLUNT: u16 = 1 << 5;
/// A fault where it is denied.
const HELPS: u16 = 1 << 6;
/// Likewise, and of what oneself has said.
const ASKED: u16 = 1 << 7;
const MEANT: u16 = 1 << 8;
const DENIES: u16 = 1 << 9;
const I: u16 = 1 << 10;

#[rustfmt::skip]
const LISTS: &[(u16, &[&str])] = &[
    (SOFTENS, &["hi", "hey", "ok", "okay", "so", "and", "but", "oh", "well", "sorry", "no"]),
    (OPENS, &[
        "is", "was", "are", "am", "do", "does", "did", "can", "could", "will", "would", "should", "why", "how", "who",
        "when", "where", "what",
    ]),
    (STATES, &["is", "was", "does", "did"]),
    (WHAT, &["what"]),
    (I, &["i"]),
    (REPLY, &["that", "this", "you", "your", "answer", "answers", "reply", "bot", "chatbot"]),
    (BLUNT, &[
        "wrong", "incorrect", "useless", "unhelpful", "irrelevant", "rubbish", "garbage", "nonsense", "bullshit", "crap",
        "misunderstood", "unrelated",
    ]),
    (HELPS, &[
        "answer", "help", "helped", "helpful", "helping", "useful", "relevant", "right", "correct", "true", "understand",
        "understood", "listening",
    ]),
    (ASKED, &["ask", "asked", "asking", "wanted"]),
    (MEANT, &["mean", "meant"]),
    (DENIES, &["not", "no"]),
    (0, &[
        "it", "me", "my", "the", "a", "an", "to", "of", "for", "at", "all", "just", "really", "completely", "totally",
        "very", "question", "again", "have", "been", "still", "even", "any",
    ]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: bool) {
        let normalised = text::normalise(message);
        assert_eq!(is_complaint(&normalised), expected, "{message}");
    }

    #[test]
    fn who_finds_fault_with_the_reply_complains() {
        for message in [
            "that's not what i asked",
            "not what i meant",
            "you're wrong",
            "Wrong answer!",
            "this is useless",
            "no that isn't what I meant",
            "you did not answer my question",
            "that doesn't help me at all",
            "thats not helpful",
            "ok but that's no help",
            "you don't understand me",
            "what a useless bot",
            "isn't helpful",
            "didn't answer my question",
        ] {
            check(message, true);
        }
    }

    #[test]
    fn who_asks_does_not() {
        for message in [
            "is that wrong",
            "is this right",
            "hi, is this wrong",
            "so is that true",
            "is it wrong to ask for help",
            "what is wrong with me",
            "what is wrong with this",
            "what not to ask",
            "why not ask",
            "what do you mean",
            "can you help me",
            "you can help me?",
            "what if that did not help",
        ] {
            check(message, false);
        }
    }

    #[test]
    fn who_tells_of_themselves_does_not() {
        for message in [
            "i said no",
            "i was wrong",
            "i never wanted this",
            "i did not ask for this",
            "i could not say no",
            "i do not want help",
            "no one helped me",
            "no one is listening to me",
            "he never understood me",
            "my partner is useless",
            "it does not help him",
            "it is all so pointless",
            "useless",
        ] {
            check(message, false);
        }
    }

    #[test]
    fn praise_is_none() {
        for message in [
            "no that's very helpful",
            "no, that is right",
            "that is not wrong",
            "no",
            "",
        ] {
            check(message, false);
        }
    }
}
