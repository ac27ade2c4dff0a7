//! What the analyzer knows of English beyond the stemmer: stop words, contractions and
//! the shorthand of phones.

/// Whether the word carries no topic. Negations and `only`, `alone`, `both`, `never`
/// stay: here they are the topic.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Up to two words that a token stands for; most stand for themselves.
pub(super) fn expand(word: &str) -> [Option<&str>; 2] {
    if let Some((stem, ending)) = word.rsplit_once('\'') {
        return match (stem, ending) {
            ("can", "t") => [Some("can"), Some("not")],
            ("won", "t") => [Some("will"), Some("not")],
            ("shan", "t") => [Some("shall"), Some("not")],
            (_, "t") if stem.ends_with('n') => [Some(&stem[..stem.len() - 1]), Some("not")],
            (_, "m" | "s" | "re" | "ll" | "ve" | "d") => [Some(stem), None],
            _ => [Some(word), None],
        };
    }
    match SHORTHAND.binary_search_by_key(&word, |(short, _)| short) {
        Ok(at) => SHORTHAND[at].1,
        Err(_) => [Some(word), None],
    }
}

/// Sorted. Longer lists of the field drop "not", "only" or "without" too, which would make
/// opposite questions equal.
const STOP_WORDS: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "anyone", "anything", "are", "as", "at", "be", "because", "been", "being",
    "but", "by", "can", "could", "did", "do", "does", "doing", "done", "each", "else", "even", "for", "from", "get",
    "gets", "getting", "go", "goes", "going", "got", "had", "has", "have", "having", "he", "hello", "her", "here",
    "hers", "hey", "hi", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "like", "may", "me",
    "might", "mine", "much", "must", "my", "no", "of", "oh", "ok", "okay", "on", "or", "our", "ours", "out", "please",
    "really", "shall", "she", "should", "so", "some", "something", "such", "than", "thank", "thanks", "that", "the",
    "their", "theirs", "them", "then", "there", "these", "they", "thing", "this", "those", "to", "too", "up", "us",
    "very", "was", "we", "well", "were", "what", "when", "where", "whether", "which", "while", "who", "whom", "why",
    "will", "with", "would", "yeah", "yes", "you", "your", "yours", "yourself",
];

/// Sorted by its first column: contractions without their apostrophe, and text-speak.
const SHORTHAND: &[(&str, [Option<&str>; 2])] = &[
    ("aint", [Some("is"), Some("not")]),
    ("arent", [Some("are"), Some("not")]),
    ("b4", [Some("before"), None]),
    ("bc", [Some("because"), None]),
    ("cannot", [Some("can"), Some("not")]),
    ("cant", [Some("can"), Some("not")]),
    ("coz", [Some("because"), None]),
    ("couldnt", [Some("could"), Some("not")]),
    ("cuz", [Some("because"), None]),
    ("didnt", [Some("did"), Some("not")]),
    ("doesnt", [Some("does"), Some("not")]),
    ("dont", [Some("do"), Some("not")]),
    ("gonna", [Some("going"), Some("to")]),
    ("gotta", [Some("got"), Some("to")]),
    ("hadnt", [Some("had"), Some("not")]),
    ("hasnt", [Some("has"), Some("not")]),
    ("havent", [Some("have"), Some("not")]),
    ("hes", [Some("he"), Some("is")]),
    ("idk", [None, None]),
    ("im", [Some("i"), Some("am")]),
    ("isnt", [Some("is"), Some("not")]),
    ("itll", [Some("it"), Some("will")]),
    ("ive", [Some("i"), Some("have")]),
    ("kinda", [None, None]),
    ("lets", [Some("let"), Some("us")]),
    ("mustnt", [Some("must"), Some("not")]),
    ("neednt", [Some("need"), Some("not")]),
    ("pls", [Some("please"), None]),
    ("plz", [Some("please"), None]),
    ("ppl", [Some("people"), None]),
    ("r", [Some("are"), None]),
    ("shes", [Some("she"), Some("is")]),
    ("shouldnt", [Some("should"), Some("not")]),
    ("tbh", [None, None]),
    ("thats", [Some("that"), Some("is")]),
    ("theyll", [Some("they"), Some("will")]),
    ("theyre", [Some("they"), Some("are")]),
    ("theyve", [Some("they"), Some("have")]),
    ("tho", [Some("though"), None]),
    ("thru", [Some("through"), None]),
    ("thx", [Some("thanks"), None]),
    ("u", [Some("you"), None]),
    ("ur", [Some("your"), None]),
    ("wanna", [Some("want"), Some("to")]),
    ("wasnt", [Some("was"), Some("not")]),
    ("werent", [Some("were"), Some("not")]),
    ("weve", [Some("we"), Some("have")]),
    ("whats", [Some("what"), Some("is")]),
    ("wont", [Some("will"), Some("not")]),
    ("wouldnt", [Some("would"), Some("not")]),
    ("youll", [Some("you"), Some("will")]),
    ("youre", [Some("you"), Some("are")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
        assert!(SHORTHAND.is_sorted_by_key(|(short, _)| short));
    }
}
