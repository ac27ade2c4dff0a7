//! What somebody most likely meant by a word that has no meaning, and why a key is wanted.

use toml::de::DeValue;

/// What a value is, for somebody who has never heard of types.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a yes or no (`true`, `false`)",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table with keys of its own",
    }
}

/// Why a key is wanted, and how to give it.
pub(super) fn purpose(key: &str) -> String {
    match key {
        "id" => "links and buttons find the passage by its id: add one like id = \"faq-blame\", and keep it when the words change",
        "title" => "people see the title on the link and in the list of topics: add it as title = \"…\"",
        "heading" => "people see the heading in the list of topics, and it opens the passage on the page: add it as heading = \"…\"",
        "question" => "people see the question on buttons, and it is the first wording that is matched: add it as question = \"…\"",
        "answer" => "it is what a person gets to read: add it between three quotation marks, answer = \"\"\"…\"\"\"",
        "summary" => "it is what a person gets to read before opening the page: add it between three quotation marks, summary = \"\"\"…\"\"\"",
        "url" => "the link under an answer opens this page: add its address, url = \"https://…\"",
        "ask" => "it is what somebody might write to the bot: add it as ask = \"…\"",
        "expect" => "it says which entries are right: add their ids as expect = [\"…\"], or expect = [] if the bot must not answer",
        _ => "write something between the quotation marks, or take the line out",
    }
    .to_owned()
}

/// What somebody most likely meant by an unknown key.
pub(super) fn meant(key: &str, known: &[&'static str]) -> Option<&'static str> {
    // Words from other formats and from everyday speech.
    const OTHER_WORDS: &[(&str, &[&str])] = &[
        ("text", &["answer", "summary"]),
        ("body", &["answer", "summary"]),
        ("content", &["answer", "summary"]),
        ("response", &["answer", "summary"]),
        ("answer", &["summary"]),
        ("summary", &["answer"]),
        ("description", &["summary"]),
        ("title", &["heading", "question"]),
        ("heading", &["title", "question"]),
        ("question", &["heading", "title"]),
        ("name", &["title", "heading"]),
        ("link", &["url"]),
        ("address", &["url"]),
        ("href", &["url"]),
        ("questions", &["variants", "faq"]),
        ("wordings", &["variants"]),
        ("alternatives", &["variants"]),
        ("keywords", &["variants"]),
        ("lang", &["language"]),
        ("date", &["reviewed"]),
        ("updated", &["reviewed"]),
        ("slug", &["id", "anchor"]),
    ];
    similar(key, known.iter().copied()).or_else(|| {
        let key = key.to_lowercase();
        let (_, words) = OTHER_WORDS.iter().find(|(word, _)| *word == key)?;
        known.iter().copied().find(|known| words.contains(known))
    })
}

/// The nearest of `known` that a slip of the fingers could have turned into `word`.
pub(crate) fn similar<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    // A third of the letters, at least one: `vraiants` yes, `cost` for `host` too, but
    // `url` for `id` no.
    let limit = (word.chars().count() / 3).max(1);
    let word = word.to_lowercase();
    known
        .map(|known| {
            (
                strsim::damerau_levenshtein(&word, &known.to_lowercase()),
                known,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// `id`, `question` and `answer`.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        for (word, expected) in [
            ("anwser", Some("answer")),
            ("ANSWER", Some("answer")),
            ("ulr", Some("url")),
            ("id", None),
            ("answers", Some("answer")),
        ] {
            assert_eq!(
                similar(word, ["answer", "url"].into_iter()),
                expected,
                "{word}"
            );
        }
    }
}
