//! What the source's names for its entries are called in the file: an id may have been
//! taken, and some sources name a question by its words.

use std::collections::{HashMap, HashSet};

use super::{Item, LeftOut};
use crate::knowledge::EntryKind;

/// An entry as the file will have it.
pub(super) type Target = (String, EntryKind);

/// The entries that references can lead to.
#[derive(Default)]
pub(super) struct References<'s> {
    by_name: HashMap<&'s str, Target>,
    by_title: HashMap<&'s str, Target>,
    /// Ids of entries that the source knows nothing of.
    others: HashSet<String>,
}

impl<'s> References<'s> {
    pub(super) fn new(others: HashSet<String>) -> Self {
        Self {
            others,
            ..Self::default()
        }
    }

    /// Of entries with the same name, or the same title, the first is meant.
    pub(super) fn add(&mut self, name: &'s str, title: &'s str, id: &str, kind: EntryKind) {
        let target = || (id.to_owned(), kind);
        self.by_name.entry(name).or_insert_with(target);
        self.by_title.entry(title).or_insert_with(target);
    }

    /// The item with its references as ids of the file, where its own is `id`. Those that
    /// lead nowhere are taken out and told.
    pub(super) fn follow(&self, item: &Item, id: &str, left_out: &mut Vec<LeftOut>) -> Item {
        let mut item = item.clone();
        let mut lost = |key: &str, name: &str, why| {
            left_out.push(LeftOut {
                place: item.place.clone(),
                what: format!("{key} “{name}” of “{}”", item.title),
                why,
            });
        };
        let mut related = Vec::new();
        for name in &item.related {
            match self.related(name) {
                Some(found) if found == id || related.contains(&found) => {}
                Some(found) => related.push(found),
                None => lost(
                    "related",
                    name,
                    "no entry has this id, so there is nothing to offer next",
                ),
            }
        }
        let section = item.section.as_ref().and_then(|name| {
            let found = self.passage(name);
            if found.is_none() {
                lost("section", name, "no section of this file has this id, so the link under the answer opens the page, if there is one");
            }
            found
        });
        item.related = related;
        item.section = section;
        item
    }

    fn related(&self, name: &str) -> Option<String> {
        let found = self.by_name.get(name).or_else(|| self.by_title.get(name));
        let other = || self.others.get(name).cloned();
        found.map(|(id, _)| id.clone()).or_else(other)
    }

    /// The section, or the article, that opens where the answer stands.
    fn passage(&self, name: &str) -> Option<String> {
        let (id, kind) = self.by_name.get(name)?;
        matches!(kind, EntryKind::Section | EntryKind::Article).then(|| id.clone())
    }
}
