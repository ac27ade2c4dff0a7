//! Entries as TOML, in the form of the files that come along.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization;

use super::parts::{self, Part, Shape};
use super::{Item, Page};
use crate::fnv;
use crate::knowledge::{EntryId, EntryKind};
use crate::markup::Document;

/// Longest id that is made of a title, in characters: short enough to be read in a link.
const MAX_SLUG: usize = 48;

/// An id made of a title: its letters and digits in ASCII, with hyphens between words. A
/// title in another script gets a number that depends on its words only.
pub(super) fn slug(title: &str) -> String {
    let mut out = String::new();
    for char in title.replace('ß', "ss").replace(['’', '\''], "").nfkd() {
        if char.is_ascii_alphanumeric() {
            out.push(char.to_ascii_lowercase());
        } else if !out.ends_with('-')
            && !out.is_empty()
            && !unicode_normalization::char::is_combining_mark(char)
        {
            out.push('-');
        }
    }
    if out.len() > MAX_SLUG {
        let cut = out[..MAX_SLUG]
            .rfind('-')
            .filter(|it| *it > MAX_SLUG / 2)
            .unwrap_or(MAX_SLUG);
        out.truncate(cut);
    }
    let out = out.trim_matches('-').to_owned();
    if out.len() < 3 && title.chars().filter(|it| it.is_alphanumeric()).count() > out.len() {
        return format!("entry-{}", &fingerprint(title)[..8]);
    }
    if out.is_empty() {
        "entry".to_owned()
    } else {
        out
    }
}

/// The id, or the same with a number behind it where it is taken.
pub(super) fn unique(id: &str, taken: &mut HashSet<String>) -> String {
    let mut number = 1;
    loop {
        let ending = if number == 1 {
            String::new()
        } else {
            format!("-{number}")
        };
        let base = &id[..id.len().min(EntryId::MAX_LEN - ending.len())];
        let id = format!("{base}{ending}");
        if taken.insert(id.clone()) {
            return id;
        }
        number += 1;
    }
}

/// A hash of the text as hexadecimal digits.
pub(super) fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(fnv::EMPTY_64, fnv::and_64);
    format!("{hash:016x}")
}

/// The keys of title and answer in the table of an entry.
pub(super) fn keys(kind: EntryKind) -> (&'static str, &'static str) {
    match kind {
        EntryKind::Article | EntryKind::Related => ("title", "summary"),
        EntryKind::Section => ("heading", "answer"),
        EntryKind::Faq => ("question", "answer"),
    }
}

/// The `imported` line: where an entry came from, and what its words were then.
fn imported(from: &str, title: &str, answer: &Document, parts: &[Part]) -> String {
    let (title, answer) = (fingerprint(title.trim()), fingerprint(&answer.markdown()));
    let base = parts.iter().map(|it| (it.key, it.mark())).collect();
    marks(from, &title, &answer, &base)
}

/// The same with fingerprints, and with the marks of the other keys.
pub(super) fn marks(
    from: &str,
    title: &str,
    answer: &str,
    base: &HashMap<&'static str, String>,
) -> String {
    let mut out = format!(
        "{{ from = {}, title = \"{title}\", answer = \"{answer}\"",
        string(from)
    );
    for key in parts::KEYS {
        if let Some(mark) = base.get(key).filter(|it| !it.is_empty()) {
            let _ = write!(out, ", {key} = {}", string(mark));
        }
    }
    out + " }"
}

/// The value of a key beside title and answer.
pub(super) fn value(part: &Part) -> String {
    let texts: Vec<String> = part.texts.iter().map(|it| string(it)).collect();
    match part.shape {
        Shape::Text => texts.concat(),
        Shape::List if part.key == "related" || texts.is_empty() => {
            format!("[{}]", texts.join(", "))
        }
        Shape::List => format!("[\n  {},\n]", texts.join(",\n  ")),
    }
}

/// The table of the page, with its heading.
pub(super) fn page(page: &Page, id: &str) -> String {
    let mut out = String::from("[article]\n");
    line(&mut out, "id", id);
    line(&mut out, "title", &page.title);
    line(&mut out, "url", &page.url);
    let language = page
        .language
        .as_deref()
        .and_then(|it| it.split(['-', '_']).next())
        .map(str::to_lowercase);
    if let Some(language) = language.filter(|it| crate::knowledge::LANGUAGES.contains(&it.as_str()))
    {
        line(&mut out, "language", &language);
    }
    let _ = writeln!(out, "summary = {}", text(&page.summary));
    let parts = parts::of_page(page);
    for part in parts.iter().filter(|it| it.key == "variants") {
        let _ = writeln!(out, "variants = {}", value(part));
    }
    let _ = writeln!(
        out,
        "imported = {}",
        imported("page", &page.title, &page.summary, &parts)
    );
    out
}

/// The table of an entry, with its heading.
pub(super) fn entry(item: &Item, id: &str, from: &str) -> String {
    let table = match item.kind {
        EntryKind::Section => "section",
        EntryKind::Related | EntryKind::Article => "related",
        EntryKind::Faq => "faq",
    };
    let (title, answer) = keys(item.kind);
    let parts = parts::of_item(item, item.kind);
    let mut out = format!("[[{table}]]\n");
    line(&mut out, "id", id);
    line(&mut out, title, &item.title);
    if let Some(url) = item.url.as_ref().filter(|_| table == "related") {
        line(&mut out, "url", url);
    }
    let _ = writeln!(out, "{answer} = {}", text(&item.answer));
    for part in parts.iter().filter(|it| it.key != "url") {
        if !part.texts.is_empty() || part.key == "variants" {
            let _ = writeln!(out, "{} = {}", part.key, value(part));
        }
    }
    let _ = writeln!(
        out,
        "imported = {}",
        imported(from, &item.title, &item.answer, &parts)
    );
    out
}

fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {}", string(value));
}

/// A TOML text on one line.
pub(crate) fn string(value: &str) -> String {
    let mut out = String::from("\"");
    for char in value.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            char if char.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

/// An answer as a TOML text over several lines, which an editor can wrap and mend.
pub(crate) fn text(answer: &Document) -> String {
    let mut out = String::from("\"\"\"\n");
    for char in answer.markdown().chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '"' if out.ends_with("\"\"") => out.push_str("\\\""),
            '\n' | '\t' => out.push(char),
            char if char.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push_str("\n\"\"\"");
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_made_of_the_words_of_a_title() {
        for (title, id) in [
            ("Will my partner be blamed?", "will-my-partner-be-blamed"),
            ("What’s “it” like – really?", "whats-it-like-really"),
            ("Größe & Straße", "grosse-strasse"),
            ("Ça va?", "ca-va"),
            (
                "How long does it take until we notice that anything at all has changed?",
                "how-long-does-it-take-until-we-notice-that",
            ),
            ("?", "entry"),
        ] {
            assert_eq!(slug(title), id);
        }
        let arabic = slug("هل العلاج عبر الإنترنت فعال؟");
        assert!(
            arabic.starts_with("entry-") && arabic.len() == 14,
            "{arabic}"
        );
        assert_eq!(arabic, slug("هل العلاج عبر الإنترنت فعال؟"));
    }

    #[test]
    fn ids_that_are_taken_get_a_number() {
        let mut taken = HashSet::new();
        assert_eq!(unique("a", &mut taken), "a");
        assert_eq!(unique("a", &mut taken), "a-2");
        let long = "x".repeat(64);
        unique(&long, &mut taken);
        assert_eq!(unique(&long, &mut taken).len(), 64);
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_toml(value in any::<String>()) {
            let read: toml::Table = toml::from_str(&format!("a = {}", string(&value))).unwrap();
            prop_assert_eq!(read["a"].as_str().unwrap(), value);
        }

        #[test]
        fn any_answer_comes_back_from_toml(value in any::<String>()) {
            let (document, _) = Document::parse(&value);
            let read: toml::Table = toml::from_str(&format!("a = {}", text(&document))).unwrap();
            let read = read["a"].as_str().unwrap().trim_end_matches('\n').to_owned();
            let written = document.markdown();
            prop_assert_eq!(read, written.trim_end_matches('\n'));
        }

        #[test]
        fn a_slug_is_an_id(title in any::<String>()) {
            prop_assert!(EntryId::new(&slug(&title)).is_some(), "{}", slug(&title));
        }
    }
}
