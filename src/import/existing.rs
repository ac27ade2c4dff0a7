//! The file of an earlier import: its entries with the places of their texts, and what the
//! source said then.

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::merge::MergeError;
use super::{parts, write};
use crate::knowledge::EntryKind;

/// A text of the file with its place.
pub(super) struct Value {
    pub(super) value: String,
    pub(super) span: Range<usize>,
}

/// A key of an entry beside its title and answer, as the file has it.
pub(super) struct Written {
    /// Of a single text, that one.
    pub(super) texts: Vec<Value>,
    /// The value.
    pub(super) span: Range<usize>,
    /// The key and its value with their whole lines, if nothing else stands on these.
    pub(super) lines: Option<Range<usize>>,
    pub(super) is_on_one_line: bool,
}

/// An entry that came from the source.
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    pub(super) id: String,
    pub(super) title: Value,
    pub(super) answer: Value,
    pub(super) from: String,
    pub(super) base_title: String,
    pub(super) base_answer: String,
    /// What the source said of the other keys, as marks.
    pub(super) base: HashMap<&'static str, String>,
    /// The other keys that are there; none where one is not what it should be.
    pub(super) parts: HashMap<&'static str, Option<Written>>,
    pub(super) imported: Range<usize>,
    /// Where a further key can be written on a line of its own.
    pub(super) spot: Option<usize>,
}

pub(super) struct Existing {
    pub(super) entries: Vec<Entry>,
    /// Ids of entries that the operator wrote into the file.
    pub(super) foreign_ids: Vec<String>,
    pub(super) seen: Vec<String>,
    pub(super) seen_span: Range<usize>,
    /// Whether there is an `[article]`, whoever wrote it.
    pub(super) has_article: bool,
    /// Behind the line that ends the `[import]` table.
    pub(super) below_import: usize,
}

impl Existing {
    pub(super) fn read(text: &str) -> Result<Self, MergeError> {
        let document = DeTable::parse(text).map_err(|error| MergeError::Broken(error.into()))?;
        let table = document.get_ref();
        let import = table
            .get("import")
            .and_then(|it| it.get_ref().as_table())
            .ok_or(MergeError::Foreign)?;
        let seen = import.get("seen").ok_or(MergeError::Foreign)?;
        let names = seen.get_ref().as_array().ok_or(MergeError::Foreign)?;
        let ends = import.iter().map(|(_, it)| it.span().end);
        let end = ends.max().unwrap_or_default();
        let mut existing = Self {
            entries: Vec::new(),
            foreign_ids: Vec::new(),
            seen: names
                .iter()
                .filter_map(|it| it.get_ref().as_str().map(str::to_owned))
                .collect(),
            seen_span: seen.span(),
            has_article: table.contains_key("article"),
            below_import: text[end..].find('\n').map_or(text.len(), |at| end + at + 1),
        };
        for (kind, key) in [
            (EntryKind::Article, "article"),
            (EntryKind::Section, "section"),
            (EntryKind::Faq, "faq"),
            (EntryKind::Related, "related"),
        ] {
            let Some(value) = table.get(key) else {
                continue;
            };
            let tables: Vec<&DeTable<'_>> = match value.get_ref() {
                DeValue::Table(one) if kind == EntryKind::Article => vec![one],
                DeValue::Array(all) => all
                    .iter()
                    .filter_map(|it| it.get_ref().as_table())
                    .collect(),
                _ => Vec::new(),
            };
            for table in tables {
                let id = table
                    .get("id")
                    .and_then(|it| it.get_ref().as_str())
                    .unwrap_or_default()
                    .to_owned();
                match Entry::read(text, kind, table, &id) {
                    Some(entry) => existing.entries.push(entry),
                    None => existing.foreign_ids.push(id),
                }
            }
        }
        Ok(existing)
    }

    /// Whether a page that the source is now known to be has no entry yet, and may have one.
    pub(super) fn lacks_page(&self) -> bool {
        !self.has_article && self.seen.iter().all(|it| it != "page")
    }

    /// The entry of the page itself.
    pub(super) fn page(&self) -> Option<&Entry> {
        self.entries.iter().find(|it| it.from == "page")
    }

    /// Whether an earlier import brought what goes by this name, and the file has it no longer.
    pub(super) fn is_taken_out(&self, from: &str) -> bool {
        self.seen.iter().any(|it| it == from) && self.entries.iter().all(|it| it.from != from)
    }
}

impl Entry {
    fn read(text: &str, kind: EntryKind, table: &DeTable<'_>, id: &str) -> Option<Self> {
        let (title, answer) = write::keys(kind);
        let value = |key: &str| table.get(key).and_then(text_of);
        let (key, imported) = table.get_key_value("imported")?;
        let marks = imported.get_ref().as_table()?;
        let mark = |key: &str| {
            marks
                .get(key)
                .and_then(|it| it.get_ref().as_str())
                .map(str::to_owned)
        };
        let parts = parts::KEYS
            .iter()
            .filter_map(|key| Some((*key, Written::read(text, table.get_key_value(*key)?))));
        Some(Self {
            kind,
            id: id.to_owned(),
            title: value(title)?,
            answer: value(answer)?,
            from: mark("from")?,
            base_title: mark("title")?,
            base_answer: mark("answer")?,
            base: parts::KEYS
                .iter()
                .filter_map(|key| Some((*key, mark(key)?)))
                .collect(),
            parts: parts.collect(),
            imported: imported.span(),
            spot: whole_lines(text, key.span().start..imported.span().end).map(|it| it.start),
        })
    }
}

impl Written {
    fn read(
        text: &str,
        (key, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>),
    ) -> Option<Self> {
        let texts = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(text_of).collect::<Option<_>>()?,
            _ => vec![text_of(value)?],
        };
        Some(Self {
            texts,
            span: value.span(),
            lines: whole_lines(text, key.span().start..value.span().end),
            is_on_one_line: !text[value.span()].contains('\n'),
        })
    }
}

/// The lines of a part of a text, with a comment behind it, if nothing else stands on them.
fn whole_lines(text: &str, part: Range<usize>) -> Option<Range<usize>> {
    let start = text[..part.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[part.end..]
        .find('\n')
        .map_or(text.len(), |at| part.end + at + 1);
    let behind = text[part.end..end].trim_start();
    let is_alone =
        text[start..part.start].trim().is_empty() && (behind.is_empty() || behind.starts_with('#'));
    is_alone.then_some(start..end)
}

fn text_of(value: &Spanned<DeValue<'_>>) -> Option<Value> {
    Some(Value {
        value: value.get_ref().as_str()?.to_owned(),
        span: value.span(),
    })
}
