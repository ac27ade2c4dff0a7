//! What an entry has beside its title and its answer, as the source says it.

use super::write::fingerprint;
use super::{Item, Page};
use crate::knowledge::EntryKind;

/// A key of an entry with what the source says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) key: &'static str,
    pub(super) shape: Shape,
    /// Of a single text one or none.
    pub(super) texts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    List,
}

/// The keys of all parts, in the order in which an `imported` line has them.
pub(super) const KEYS: [&str; 5] = ["url", "anchor", "section", "related", "variants"];

/// The parts that an entry of this kind can have.
pub(super) fn of_item(item: &Item, kind: EntryKind) -> Vec<Part> {
    let variants = Part::list("variants", &item.variants);
    // What it says as another kind means nothing here.
    if item.kind != kind {
        return vec![variants];
    }
    match kind {
        EntryKind::Section => vec![Part::text("anchor", item.anchor.as_ref()), variants],
        EntryKind::Faq => vec![
            Part::text("section", item.section.as_ref()),
            Part::list("related", &item.related),
            variants,
        ],
        EntryKind::Article | EntryKind::Related => {
            vec![Part::text("url", item.url.as_ref()), variants]
        }
    }
}

pub(super) fn of_page(page: &Page) -> Vec<Part> {
    vec![
        Part::text("url", Some(&page.url)),
        Part::list("variants", &page.variants),
    ]
}

impl Part {
    fn text(key: &'static str, text: Option<&String>) -> Self {
        Self {
            key,
            shape: Shape::Text,
            texts: text.cloned().into_iter().collect(),
        }
    }

    fn list(key: &'static str, texts: &[String]) -> Self {
        Self {
            key,
            shape: Shape::List,
            texts: texts.to_vec(),
        }
    }

    /// What an `imported` line keeps of it: a fingerprint for each text. Empty for none.
    pub(super) fn mark(&self) -> String {
        let marks: Vec<String> = self.texts.iter().map(|it| short(it)).collect();
        marks.join(" ")
    }

    /// The same key with other texts.
    pub(super) fn with(&self, texts: Vec<String>) -> Self {
        Self {
            texts,
            ..self.clone()
        }
    }

    /// A list with what came and went in the source since `base`, which is a mark, and with
    /// all that is the operator's own.
    pub(super) fn joined(&self, base: &str, mine: &[String]) -> Vec<String> {
        let was_there = |it: &String| base.split(' ').any(|mark| mark == short(it));
        let kept = mine
            .iter()
            .filter(|it| self.texts.contains(it) || !was_there(it));
        let new = self
            .texts
            .iter()
            .filter(|it| !mine.contains(it) && !was_there(it));
        kept.chain(new).cloned().collect()
    }
}

/// Of a single part half a fingerprint will do: it is compared with a handful of others.
fn short(text: &str) -> String {
    fingerprint(text.trim())[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists are words with spaces between.
    #[track_caller]
    fn check(base: &str, theirs: &str, mine: &str, expected: &str) {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let base = Part::list("variants", &words(base)).mark();
        let part = Part::list("variants", &words(theirs));
        assert_eq!(part.joined(&base, &words(mine)), words(expected));
    }

    #[test]
    fn both_sides_add_to_a_list_and_take_from_it() {
        check("", "", "", "");
        check("", "a b", "", "a b");
        check("a b", "a b c", "b own", "b own c");
        check("a b", "b", "a b own", "b own");
        check("a b", "a b", "own", "own");
        check("a", "", "a", "");
        check("", "a", "a own", "a own");
    }
}
