//! What the analyzer knows of English beyond the stemmer: stop words, contractions and
//! the shorthand of phones.

use super::{is_common_word, normalise, words};

/// Whether the word carries no topic. Negations and `only`, `alone`, `both`, `never`
/// stay: here they are the topic.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Up to two words that a token stands for; most stand for themselves.
pub(super) fn expand(word: &str) -> [Option<&str>; 2] {
    // The longest ending has two letters, and no shorthand an apostrophe.
    let tail = word.as_bytes();
    let tail = &tail[tail.len().saturating_sub(3)..];
    if tail.contains(&b'\'')
        && let Some((stem, ending)) = word.rsplit_once('\'')
    {
        return match (stem, ending) {
            ("can", "t") => [Some("can"), Some("not")],
            ("won", "t") => [Some("will"), Some("not")],
            ("shan", "t") => [Some("shall"), Some("not")],
            (_, "t") if stem.ends_with('n') => [Some(&stem[..stem.len() - 1]), Some("not")],
            (_, "m" | "s" | "re" | "ll" | "ve" | "d") => [Some(stem), None],
            _ => [Some(word), None],
        };
    }
    let first = word.bytes().next().unwrap_or_default();
    let [from, to] = [first, first.saturating_add(1)].map(|it| SHORTHAND_STARTS[usize::from(it)]);
    let same_letter = &SHORTHAND[usize::from(from)..usize::from(to)];
    match same_letter.iter().find(|(short, _)| *short == word) {
        Some((_, words)) => *words,
        None => [Some(word), None],
    }
}

/// Whether so few words of a text are English that it is in another language, or typed beyond recognition. A word or two
/// tell nothing, unless they are in another script.
///
/// ```
/// use askwell::text::is_hardly_english;
/// assert!(is_hardly_english("mi esposo no quiere ir a terapia"));
/// assert!(is_hardly_english("помогите мне"));
/// assert!(!is_hardly_english("can cuples therpy hlep if olny i go"));
/// assert!(!is_hardly_english("EMDR CBT DBT or EFT"));
/// ```
#[must_use]
pub fn is_hardly_english(text: &str) -> bool {
    /// Of so many words one at least is English.
    const ONE_IN: usize = 4;
    const FEWEST: usize = 3;
    /// The general word list has none that are shorter.
    const SHORTEST: usize = 4;
    let normalised = normalise(text);
    let letters = |word: &&str| word.contains(char::is_alphabetic);
    let is_latin = |word: &str| word.contains(|it: char| it.is_ascii_alphabetic());
    let (mut n_words, mut n_english, mut n_other_scripts, mut n_all) = (0, 0, 0, 0);
    for word in words(&normalised).filter(letters) {
        n_all += 1;
        n_other_scripts += usize::from(!is_latin(word));
        let is_stop = is_stop_word(word) && !STOP_WORDS_ELSEWHERE.contains(&word);
        if is_stop || word.len() >= SHORTEST {
            n_words += 1;
            n_english += usize::from(is_stop || is_common_word(word));
        }
    }
    let is_told = FEWEST <= n_words || n_all > 0 && n_other_scripts == n_all;
    is_told && n_english * ONE_IN < n_words
}

/// English stop words that are common in languages with the same letters.
const STOP_WORDS_ELSEWHERE: [&str; 13] = [
    "a", "am", "an", "as", "do", "he", "in", "is", "me", "no", "on", "so", "was",
];

/// Sorted. Longer lists of the field drop "not", "only" or "without" too, which would make
/// opposite questions equal.
const STOP_WORDS: &[&str] = &[
    "a",
    "about",
    "am",
    "an",
    "and",
    "any",
    "anyone",
    "anything",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "being",
    "but",
    "by",
    "can",
    "could",
    "did",
    "do",
    "does",
    "doing",
    "done",
    "each",
    "else",
    "even",
    "for",
    "from",
    "get",
    "gets",
    "getting",
    "go",
    "goes",
    "going",
    "got",
    "had",
    "has",
    "have",
    "having",
    "he",
    "hello",
    "her",
    "here",
    "hers",
    "hey",
    "hi",
    "him",
    "his",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "just",
    "like",
    "may",
    "me",
    "might",
    "mine",
    "much",
    "must",
    "my",
    "no",
    "of",
    "oh",
    "ok",
    "okay",
    "on",
    "or",
    "our",
    "ours",
    "out",
    "please",
    "really",
    "shall",
    "she",
    "should",
    "so",
    "some",
    "something",
    "such",
    "than",
    "thank",
    "thanks",
    "that",
    "the",
    "their",
    "theirs",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "this",
    "those",
    "to",
    "too",
    "up",
    "us",
    "very",
    "was",
    "we",
    "well",
    "were",
    "what",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "whom",
    "why",
    "will",
    "with",
    "would",
    "yeah",
    "yes",
    "you",
    "your",
    "yours",
    "yourself",
];

/// Sorted by its first column: contractions without their apostrophe, and text-speak.
const SHORTHAND: &[(&str, [Option<&str>; 2])] = &[
    ("abt", [Some("about"), None]),
    ("aint", [Some("is"), Some("not")]),
    ("appt", [Some("appointment"), None]),
    ("arent", [Some("are"), Some("not")]),
    ("b4", [Some("before"), None]),
    ("bc", [Some("because"), None]),
    ("bcoz", [Some("because"), None]),
    ("bcuz", [Some("because"), None]),
    ("bout", [Some("about"), None]),
    ("btw", [None, None]),
    ("cannot", [Some("can"), Some("not")]),
    ("cant", [Some("can"), Some("not")]),
    ("cld", [Some("could"), None]),
    ("convo", [Some("conversation"), None]),
    ("cos", [Some("because"), None]),
    ("coulda", [Some("could"), Some("have")]),
    ("couldnt", [Some("could"), Some("not")]),
    ("coz", [Some("because"), None]),
    ("cud", [Some("could"), None]),
    ("cus", [Some("because"), None]),
    ("cuz", [Some("because"), None]),
    ("def", [Some("definitely"), None]),
    ("didnt", [Some("did"), Some("not")]),
    ("dnt", [Some("do"), Some("not")]),
    ("doesnt", [Some("does"), Some("not")]),
    ("dont", [Some("do"), Some("not")]),
    ("dunno", [Some("not"), Some("know")]),
    ("evn", [Some("even"), None]),
    ("ffs", [None, None]),
    ("fkn", [None, None]),
    ("gimme", [Some("give"), Some("me")]),
    ("gonna", [Some("going"), Some("to")]),
    ("gotta", [Some("got"), Some("to")]),
    ("hadnt", [Some("had"), Some("not")]),
    ("hasnt", [Some("has"), Some("not")]),
    ("havent", [Some("have"), Some("not")]),
    ("hed", [Some("he"), Some("would")]),
    ("hes", [Some("he"), Some("is")]),
    ("hows", [Some("how"), Some("is")]),
    ("idk", [None, None]),
    ("im", [Some("i"), Some("am")]),
    ("imo", [None, None]),
    ("innit", [None, None]),
    ("isnt", [Some("is"), Some("not")]),
    ("itll", [Some("it"), Some("will")]),
    ("ive", [Some("i"), Some("have")]),
    ("jk", [None, None]),
    ("jus", [Some("just"), None]),
    ("kinda", [None, None]),
    ("kno", [Some("know"), None]),
    ("lemme", [Some("let"), Some("me")]),
    ("lets", [Some("let"), Some("us")]),
    ("lmao", [None, None]),
    ("lol", [None, None]),
    ("luv", [Some("love"), None]),
    ("msg", [Some("message"), None]),
    ("mustnt", [Some("must"), Some("not")]),
    ("n", [Some("and"), None]),
    ("nd", [Some("and"), None]),
    ("neednt", [Some("need"), Some("not")]),
    ("ngl", [None, None]),
    ("nite", [Some("night"), None]),
    ("nvm", [None, None]),
    ("omg", [None, None]),
    ("ourself", [Some("ourselves"), None]),
    ("outta", [Some("out"), Some("of")]),
    ("pls", [Some("please"), None]),
    ("plz", [Some("please"), None]),
    ("ppl", [Some("people"), None]),
    ("prob", [Some("probably"), None]),
    ("probs", [Some("problems"), None]),
    ("r", [Some("are"), None]),
    ("rly", [Some("really"), None]),
    ("rn", [Some("now"), None]),
    ("shes", [Some("she"), Some("is")]),
    ("shld", [Some("should"), None]),
    ("shoulda", [Some("should"), Some("have")]),
    ("shouldnt", [Some("should"), Some("not")]),
    ("shud", [Some("should"), None]),
    ("smh", [None, None]),
    ("sorta", [None, None]),
    ("sth", [Some("something"), None]),
    ("sum1", [Some("someone"), None]),
    ("tbf", [None, None]),
    ("tbh", [None, None]),
    ("thats", [Some("that"), Some("is")]),
    ("theyll", [Some("they"), Some("will")]),
    ("theyre", [Some("they"), Some("are")]),
    ("theyve", [Some("they"), Some("have")]),
    ("thn", [Some("than"), None]),
    ("tho", [Some("though"), None]),
    ("thru", [Some("through"), None]),
    ("tht", [Some("that"), None]),
    ("thx", [Some("thanks"), None]),
    ("tmr", [Some("tomorrow"), None]),
    ("tmrw", [Some("tomorrow"), None]),
    ("tryna", [Some("trying"), Some("to")]),
    ("tx", [Some("thanks"), None]),
    ("u", [Some("you"), None]),
    ("ur", [Some("your"), None]),
    ("urself", [Some("yourself"), None]),
    ("wanna", [Some("want"), Some("to")]),
    ("wasnt", [Some("was"), Some("not")]),
    ("wat", [Some("what"), None]),
    ("wen", [Some("when"), None]),
    ("wer", [Some("were"), None]),
    ("werent", [Some("were"), Some("not")]),
    ("weve", [Some("we"), Some("have")]),
    ("whats", [Some("what"), Some("is")]),
    ("whos", [Some("who"), Some("is")]),
    ("whys", [Some("why"), Some("is")]),
    ("wiv", [Some("with"), None]),
    ("wld", [Some("would"), None]),
    ("wont", [Some("will"), Some("not")]),
    ("wot", [Some("what"), None]),
    ("woulda", [Some("would"), Some("have")]),
    ("wouldnt", [Some("would"), Some("not")]),
    ("wud", [Some("would"), None]),
    ("wz", [Some("was"), None]),
    ("ya", [Some("you"), None]),
    ("yall", [Some("you"), Some("all")]),
    ("youll", [Some("you"), Some("will")]),
    ("youre", [Some("you"), Some("are")]),
    ("yrself", [Some("yourself"), None]),
];

/// Where in [`SHORTHAND`] the words begin whose first byte is so high, or higher.
const SHORTHAND_STARTS: [u8; 256] = {
    let mut starts = [SHORTHAND.len() as u8; 256];
    let mut at = SHORTHAND.len();
    let mut byte = 255;
    loop {
        while at > 0 && SHORTHAND[at - 1].0.as_bytes()[0] >= byte {
            at -= 1;
        }
        starts[byte as usize] = at as u8;
        if byte == 0 {
            break starts;
        }
        byte -= 1;
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
        assert!(SHORTHAND.is_sorted_by_key(|(short, _)| short));
        assert!(SHORTHAND.len() < usize::from(u8::MAX));
    }

    #[test]
    fn every_shorthand_is_spelled_out() {
        for (short, words) in SHORTHAND {
            assert_eq!(expand(short), *words);
        }
        assert_eq!(expand("zzz"), [Some("zzz"), None]);
        assert_eq!(expand(""), [Some(""), None]);
    }
}
