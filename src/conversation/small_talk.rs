//! Greetings, thanks, questions about the bot itself, and what asks for a person, for the topics or for more of the last
//! answer: answered without an entry, whatever the matcher found. The message is ranked all the same, for `ask --explain` and for measuring.

use std::sync::LazyLock;

use rustc_hash::FxHashMap as HashMap;

use super::complaint::is_complaint;
use crate::text;

/// What kind of small talk a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmallTalk {
    Greeting,
    Thanks,
    Acknowledgement,
    Goodbye,
    AboutTheBot,
    /// Asks for a person, a number or an address.
    Contact,
    Help,
    /// Wants to see what there is.
    Topics,
    /// Asks on right after an answer, without a word about what.
    More,
    /// "Yes", "maybe", "anyway": neither asks nor chooses.
    Aside,
    /// Finds fault with the last reply.
    Complaint,
}

/// Recognises a message that is small talk and nothing else.
pub(super) fn small_talk(message: &str) -> Option<SmallTalk> {
    // Longer messages say more than hello, and need not be read.
    if message.len() > 120 {
        return None;
    }
    let normalised = text::normalise(message);
    let complains = || is_complaint(&normalised).then_some(SmallTalk::Complaint);
    kind(&normalised).or_else(complains)
}

/// The kind of what is told by its words or as a whole.
fn kind(normalised: &str) -> Option<SmallTalk> {
    let mut words = Vec::new();
    // The kinds that have every word so far, and those of which one word tells.
    let (mut all, mut told) = (u8::MAX, 0);
    for word in text::words(normalised) {
        // Most messages end here, after a word or two.
        let parts = WORDS.get(word)?;
        all &= parts.any;
        told |= parts.core;
        words.push(word);
    }
    if words.is_empty() {
        // It stands for no word.
        if text::typed_words(normalised).eq(["idk"]) {
            return Some(SmallTalk::Topics);
        }
        let thumb = ["👍", "🙏", "❤", "👌", "😊", "🙂"]
            .iter()
            .any(|it| normalised.contains(it));
        return thumb.then_some(SmallTalk::Acknowledgement);
    }
    let said: Vec<&str> = core(words.into_iter()).collect();
    CORES.get(&said).copied().or_else(|| {
        let first = KINDS.get((all & told).trailing_zeros() as usize)?;
        Some(first.0)
    })
}

/// The kinds that have a word at all and those that it tells, bit `n` for the `n`th of [`KINDS`]; none for a word that only
/// [`PHRASES`] have.
#[derive(Default)]
struct Parts {
    any: u8,
    core: u8,
}

const _: () = assert!(KINDS.len() <= 8, "a bit for each kind");

static WORDS: LazyLock<HashMap<&str, Parts>> = LazyLock::new(|| {
    let mut words: HashMap<&str, Parts> = HashMap::default();
    for (at, (_, cores, fillers)) in KINDS.iter().enumerate() {
        for word in *cores {
            words.entry(word).or_default().core |= 1 << at;
        }
        for word in cores.iter().chain(*fillers) {
            words.entry(word).or_default().any |= 1 << at;
        }
    }
    let phrases = PHRASES.iter().flat_map(|it| it.0.split(' '));
    for word in phrases.chain(COURTESIES) {
        words.entry(word).or_default();
    }
    words
});

/// [`PHRASES`] by the words that tell them apart; of two alike the first counts.
static CORES: LazyLock<HashMap<Vec<&str>, SmallTalk>> = LazyLock::new(|| {
    let phrases = PHRASES.iter().rev();
    phrases
        .map(|(phrase, kind)| (core(phrase.split(' ')).collect(), *kind))
        .collect()
});

/// The words that tell phrases apart: "hi, who's this please" asks who.
fn core<'a>(words: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    words.filter(|word| !COURTESIES.contains(word))
}

/// Words that a phrase may be said with or without. "is" is one of them, since "who's" has lost it.
const COURTESIES: [&str; 14] = [
    "hi", "hello", "hey", "so", "ok", "and", "please", "then", "really", "actually", "real",
    "just", "though", "is",
];

/// Kind, words of which one must be there, words that may stand beside them.
type Kind = (SmallTalk, &'static [&'static str], &'static [&'static str]);

const KINDS: &[Kind] = &[
    (
        SmallTalk::Contact,
        &[
            "human",
            "humans",
            "person",
            "contact",
            "staff",
            "operator",
            "receptionist",
            "phone",
            "email",
            "call",
        ],
        &[
            "talk", "speak", "chat", "to", "with", "a", "an", "the", "real", "live", "actual",
            "can", "could", "may", "i", "want", "wanna", "would", "like", "need", "get", "me",
            "you", "how", "do", "your", "is", "what", "there", "number", "address", "details",
            "in", "touch", "connect", "through", "put", "let", "have", "reach", "someone",
            "please", "hi", "hello", "hey", "somebody", "or",
        ],
    ),
    (
        SmallTalk::Thanks,
        &[
            "thanks",
            "thank",
            "thankyou",
            "ty",
            "tysm",
            "thx",
            "thnx",
            "thanx",
            "thanku",
            "thnak",
            "thnks",
            "tks",
            "cheers",
            "appreciated",
            "merci",
        ],
        &[
            "you",
            "so",
            "very",
            "much",
            "a",
            "lot",
            "for",
            "your",
            "the",
            "this",
            "that",
            "help",
            "helps",
            "useful",
            "makes",
            "sense",
            "feel",
            "better",
            "calmer",
            "now",
            "bit",
            "listening",
            "talking",
            "reading",
            "me",
            "time",
            "everything",
            "already",
            "yuo",
            "info",
            "information",
            "answer",
            "was",
            "is",
            "it",
            "helpful",
            "really",
            "great",
            "ok",
            "okay",
            "good",
            "perfect",
            "many",
            "again",
            "bot",
            "all",
            "bye",
            "hi",
            "k",
            "and",
            "have",
            "nice",
            "day",
            "i",
            "to",
            "know",
            "appreciate",
            "kind",
            "kindly",
            "helped",
            "been",
            "most",
            "of",
            "mate",
            "lovely",
        ],
    ),
    (
        SmallTalk::Goodbye,
        &["bye", "goodbye", "cya", "farewell", "goodnight", "ciao"],
        &[
            "bye", "for", "now", "see", "you", "later", "good", "night", "and", "then", "ok",
            "take", "care", "soon",
        ],
    ),
    (
        SmallTalk::Greeting,
        &[
            "hi",
            "hello",
            "hey",
            "hiya",
            "heya",
            "howdy",
            "greetings",
            "morning",
            "afternoon",
            "evening",
            "yo",
            "hallo",
            "bonjour",
            "hola",
            "sup",
            "hii",
            "hiii",
            "heyy",
            "helloo",
            "gday",
        ],
        &[
            "there", "again", "good", "everyone", "all", "you", "how", "are", "is", "it", "going",
            "today", "doing", "bot", "askwell", "team", "sir", "madam", "anyone", "anybody",
            "here", "the", "to", "a", "nice", "day", "what", "up", "things", "dear", "folks",
            "guys",
        ],
    ),
    (
        SmallTalk::Acknowledgement,
        &[
            "ok",
            "okay",
            "cool",
            "great",
            "perfect",
            "awesome",
            "nice",
            "alright",
            "understood",
            "gotcha",
            "lol",
            "haha",
            "wow",
        ],
        &[
            "got", "it", "that", "is", "very", "good", "then", "all", "right", "thats", "sounds",
            "i", "see", "helpful", "was", "really", "so",
        ],
    ),
];

/// Whole messages, in words with contractions spelled out.
const PHRASES: &[(&str, SmallTalk)] = &[
    ("who are you", SmallTalk::AboutTheBot),
    ("what are you", SmallTalk::AboutTheBot),
    ("who is this", SmallTalk::AboutTheBot),
    ("what is this", SmallTalk::AboutTheBot),
    ("who made you", SmallTalk::AboutTheBot),
    ("who built you", SmallTalk::AboutTheBot),
    ("who created you", SmallTalk::AboutTheBot),
    ("what is your name", SmallTalk::AboutTheBot),
    ("what can you do", SmallTalk::AboutTheBot),
    ("what do you do", SmallTalk::AboutTheBot),
    ("how do you work", SmallTalk::AboutTheBot),
    ("how does this work", SmallTalk::AboutTheBot),
    ("what can i ask", SmallTalk::AboutTheBot),
    ("what can i ask you", SmallTalk::AboutTheBot),
    ("what do you know", SmallTalk::AboutTheBot),
    ("are you a bot", SmallTalk::AboutTheBot),
    ("are you a robot", SmallTalk::AboutTheBot),
    ("are you a human", SmallTalk::AboutTheBot),
    ("are you human", SmallTalk::AboutTheBot),
    ("are you a person", SmallTalk::AboutTheBot),
    ("are you a machine", SmallTalk::AboutTheBot),
    ("are you a therapist", SmallTalk::AboutTheBot),
    ("are you an ai", SmallTalk::AboutTheBot),
    ("are you ai", SmallTalk::AboutTheBot),
    ("are you chatgpt", SmallTalk::AboutTheBot),
    ("is this a bot", SmallTalk::AboutTheBot),
    ("is this a person", SmallTalk::AboutTheBot),
    ("is this an ai", SmallTalk::AboutTheBot),
    ("is this automated", SmallTalk::AboutTheBot),
    ("am i talking to a bot", SmallTalk::AboutTheBot),
    ("am i talking to a person", SmallTalk::AboutTheBot),
    ("am i talking to a human", SmallTalk::AboutTheBot),
    ("am i chatting with a person", SmallTalk::AboutTheBot),
    ("am i chatting with a bot", SmallTalk::AboutTheBot),
    ("how are you", SmallTalk::Greeting),
    ("how are you doing", SmallTalk::Greeting),
    ("how are you today", SmallTalk::Greeting),
    ("how is it going", SmallTalk::Greeting),
    ("what is up", SmallTalk::Greeting),
    ("is anyone there", SmallTalk::AboutTheBot),
    ("anyone there", SmallTalk::AboutTheBot),
    ("is anybody there", SmallTalk::AboutTheBot),
    ("how do i reach you", SmallTalk::Contact),
    ("how can i reach you", SmallTalk::Contact),
    ("can i talk to someone", SmallTalk::Contact),
    ("can i speak to someone", SmallTalk::Contact),
    ("can i talk to somebody", SmallTalk::Contact),
    ("can i speak to somebody", SmallTalk::Contact),
    ("could i talk to someone", SmallTalk::Contact),
    ("could i speak to someone", SmallTalk::Contact),
    ("i want to talk to someone", SmallTalk::Contact),
    ("i need to talk to someone", SmallTalk::Contact),
    ("i need to talk to somebody", SmallTalk::Contact),
    ("i need to speak to someone", SmallTalk::Contact),
    ("i need someone to talk to", SmallTalk::Contact),
    ("i need somebody to talk to", SmallTalk::Contact),
    ("is there someone i can talk to", SmallTalk::Contact),
    ("talk to someone", SmallTalk::Contact),
    ("who do i contact", SmallTalk::Contact),
    ("who can i contact", SmallTalk::Contact),
    ("who should i contact", SmallTalk::Contact),
    ("just give me a phone number", SmallTalk::Contact),
    ("help", SmallTalk::Help),
    ("more", SmallTalk::More),
    ("more please", SmallTalk::More),
    ("tell me more", SmallTalk::More),
    ("can you tell me more", SmallTalk::More),
    ("say more", SmallTalk::More),
    ("go on", SmallTalk::More),
    ("explain", SmallTalk::More),
    ("can you explain", SmallTalk::More),
    ("explain that", SmallTalk::More),
    ("what do you mean", SmallTalk::More),
    ("what does that mean", SmallTalk::More),
    ("for example", SmallTalk::More),
    ("like what", SmallTalk::More),
    ("why", SmallTalk::More),
    ("why not", SmallTalk::More),
    ("how", SmallTalk::More),
    ("how come", SmallTalk::More),
    ("menu", SmallTalk::Topics),
    ("back to the menu", SmallTalk::Topics),
    ("topics", SmallTalk::Topics),
    ("show me the topics", SmallTalk::Topics),
    ("what topics do you have", SmallTalk::Topics),
    ("what do you have", SmallTalk::Topics),
    ("what else", SmallTalk::Topics),
    ("what else do you know", SmallTalk::Topics),
    ("what else can i ask", SmallTalk::Topics),
    ("i do not know", SmallTalk::Topics),
    ("i do not know what to ask", SmallTalk::Topics),
    ("not sure", SmallTalk::Topics),
    ("i am not sure", SmallTalk::Topics),
    ("not know", SmallTalk::Topics),
    ("anyway", SmallTalk::Aside),
    ("maybe", SmallTalk::Aside),
    ("yes", SmallTalk::Aside),
    ("yeah", SmallTalk::Aside),
    ("yep", SmallTalk::Aside),
    ("quit", SmallTalk::Goodbye),
    ("exit", SmallTalk::Goodbye),
    ("no thanks", SmallTalk::Acknowledgement),
    ("no thank you", SmallTalk::Acknowledgement),
    ("see you", SmallTalk::Goodbye),
    ("see you later", SmallTalk::Goodbye),
    ("good night", SmallTalk::Goodbye),
    ("take care", SmallTalk::Goodbye),
    ("i appreciate it", SmallTalk::Thanks),
    ("much appreciated", SmallTalk::Thanks),
    ("that helped", SmallTalk::Thanks),
    ("that helps", SmallTalk::Thanks),
    ("very helpful", SmallTalk::Thanks),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Option<SmallTalk>) {
        assert_eq!(small_talk(message), expected, "{message}");
    }

    #[test]
    fn greetings() {
        for message in [
            "Hi",
            "hello there!",
            "Good morning",
            "hey, how are you?",
            "what's up",
        ] {
            check(message, Some(SmallTalk::Greeting));
        }
    }

    #[test]
    fn thanks_and_goodbye() {
        check("Thank you so much!!", Some(SmallTalk::Thanks));
        check("ok thx, bye", Some(SmallTalk::Thanks));
        check("bye for now", Some(SmallTalk::Goodbye));
        check("👍", Some(SmallTalk::Acknowledgement));
    }

    #[test]
    fn thanks_with_more_behind_them_are_thanks() {
        for message in [
            "thank you, I feel better now",
            "ok thanks for listening to me",
            "thnak yuo",
            "k thx",
        ] {
            check(message, Some(SmallTalk::Thanks));
        }
        for message in [
            "thanks, my baby died last week",
            "thank you, I feel worse now",
            "thanks for nothing",
            "thanks, how do i book an appointment",
            "thank god he left",
            "ty drinks every day",
        ] {
            check(message, None);
        }
    }

    #[test]
    fn questions_about_the_bot() {
        for message in [
            "Who are you?",
            "hi, are you a real person?",
            "are you human",
            "am I talking to a bot?",
        ] {
            check(message, Some(SmallTalk::AboutTheBot));
        }
    }

    #[test]
    fn a_wish_for_a_person_is_one() {
        for message in [
            "i want to talk to a real person",
            "human please",
            "contact",
            "how do I contact you?",
            "do you have a phone number",
            "can i call you",
        ] {
            check(message, Some(SmallTalk::Contact));
        }
        for message in [
            "can one person change a marriage",
            "can we do it by phone",
            "can i go without the other person",
            "should i call her",
            "is it with a person or online",
        ] {
            check(message, None);
        }
        check("help", Some(SmallTalk::Help));
        check("no thanks", Some(SmallTalk::Acknowledgement));
    }

    #[test]
    fn a_question_behind_a_greeting_is_a_question() {
        for message in [
            "hello, will my partner be blamed",
            "hi does it work online",
            "are you sure it helps",
            "nice to be alone",
            "",
        ] {
            check(message, None);
        }
    }
}
