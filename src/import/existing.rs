//! The file of an earlier import: its entries with the places of their texts, and what the
//! source said then.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::merge::MergeError;
use crate::knowledge::EntryKind;

/// A text of the file with its place.
pub(super) struct Value {
    pub(super) value: String,
    pub(super) span: Range<usize>,
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
    pub(super) imported: Range<usize>,
}

pub(super) struct Existing {
    pub(super) entries: Vec<Entry>,
    /// Ids of entries that the operator wrote into the file.
    pub(super) foreign_ids: Vec<String>,
    pub(super) seen: Vec<String>,
    pub(super) seen_span: Range<usize>,
}

impl Existing {
    pub(super) fn read(text: &str) -> Result<Self, MergeError> {
        let table = DeTable::parse(text).map_err(|error| MergeError::Broken(error.into()))?;
        let table = table.get_ref();
        let import = table
            .get("import")
            .and_then(|it| it.get_ref().as_table())
            .ok_or(MergeError::Foreign)?;
        let seen = import.get("seen").ok_or(MergeError::Foreign)?;
        let names = seen.get_ref().as_array().ok_or(MergeError::Foreign)?;
        let mut existing = Self {
            entries: Vec::new(),
            foreign_ids: Vec::new(),
            seen: names
                .iter()
                .filter_map(|it| it.get_ref().as_str().map(str::to_owned))
                .collect(),
            seen_span: seen.span(),
        };
        for (kind, key, title, answer) in [
            (EntryKind::Article, "article", "title", "summary"),
            (EntryKind::Section, "section", "heading", "answer"),
            (EntryKind::Faq, "faq", "question", "answer"),
            (EntryKind::Related, "related", "title", "summary"),
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
                match Entry::read(kind, table, &id, title, answer) {
                    Some(entry) => existing.entries.push(entry),
                    None => existing.foreign_ids.push(id),
                }
            }
        }
        Ok(existing)
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
    fn read(
        kind: EntryKind,
        table: &DeTable<'_>,
        id: &str,
        title: &str,
        answer: &str,
    ) -> Option<Self> {
        let value = |key: &str| table.get(key).and_then(text_of);
        let imported = table.get("imported")?;
        let marks = imported.get_ref().as_table()?;
        let mark = |key: &str| {
            marks
                .get(key)
                .and_then(|it| it.get_ref().as_str())
                .map(str::to_owned)
        };
        Some(Self {
            kind,
            id: id.to_owned(),
            title: value(title)?,
            answer: value(answer)?,
            from: mark("from")?,
            base_title: mark("title")?,
            base_answer: mark("answer")?,
            imported: imported.span(),
        })
    }
}

fn text_of(value: &Spanned<DeValue<'_>>) -> Option<Value> {
    Some(Value {
        value: value.get_ref().as_str()?.to_owned(),
        span: value.span(),
    })
}
