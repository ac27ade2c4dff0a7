//! What the bot knows: articles and their entries, checked once when they are read.

mod article;
mod assemble;
mod code;
pub(crate) mod fields;
pub(crate) mod findings;
pub(crate) mod hints;
mod ids;
pub(crate) mod link;
pub(crate) mod markdown;
mod problem;
pub(crate) mod questions;
mod syntax;
mod wordings;

pub use article::LANGUAGES;
pub use code::Code;
pub use markdown::MAX_ANSWER;
pub use problem::{Colours, Place, Problem, Report, Severity, Source};
pub use questions::Question;

pub(crate) use assemble::{Marks, Parsed, parse};
pub(crate) use ids::{AllRead, Ids, twice_offered};
#[cfg(feature = "workshop")]
pub(crate) use link::is_placeholder;
pub(crate) use problem::counted;
pub(crate) use wordings::folded;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use crate::markup::Document;

/// The stable name of an entry: 1 to 64 of `A-Za-z0-9_-`, so that it fits a button and a deep link.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct EntryId(Arc<str>);

/// What kind of passage an [`Entry`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Faq,
    Section,
    Article,
    Related,
}

/// The unit that is retrieved and answered.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: EntryId,
    pub kind: EntryKind,
    /// The question, heading or title.
    pub title: String,
    /// Other wordings of the question.
    pub variants: Vec<String>,
    /// The answer or summary.
    pub answer: Document,
    /// The article that the entry comes from, as an index into [`KnowledgeBase::articles`].
    pub article: Option<usize>,
    /// Opens the passage: `#anchor` or a text fragment, or for a related article its page.
    pub url: Option<String>,
    /// The section behind a FAQ entry.
    pub section: Option<EntryId>,
    /// Offered as next questions.
    pub related: Vec<EntryId>,
    /// BCP 47 language of the entry's words; `en` unless the article says otherwise.
    pub language: String,
}

/// One article: a TOML file with an `[article]` table.
#[derive(Debug, Clone)]
pub struct Article {
    pub id: EntryId,
    pub title: String,
    pub url: String,
    /// When somebody last checked it, as `2026-11-23`.
    pub reviewed: Option<String>,
}

/// Everything the bot can answer with. Ids are unique and every reference holds.
#[derive(Debug, Clone, Default)]
pub struct KnowledgeBase {
    articles: Vec<Article>,
    entries: Vec<Entry>,
    by_id: HashMap<EntryId, usize>,
}

/// A text that can't be an [`EntryId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id: it has to be 1 to 64 of A-Z, a-z, 0-9, - and _")]
pub struct InvalidId(String);

impl Entry {
    /// A question in English that belongs to no article.
    #[must_use]
    pub fn loose(id: EntryId, title: String, variants: Vec<String>, answer: Document) -> Self {
        Self {
            id,
            kind: EntryKind::Faq,
            title,
            variants,
            answer,
            article: None,
            url: None,
            section: None,
            related: Vec::new(),
            language: "en".to_owned(),
        }
    }
}

impl KnowledgeBase {
    /// Loose entries without articles, such as a public question set. Of two entries with
    /// the same id the later is found by it.
    #[must_use]
    pub fn from_entries(entries: Vec<Entry>) -> Self {
        let by_id = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.id.clone(), index))
            .collect();
        Self {
            articles: Vec::new(),
            entries,
            by_id,
        }
    }

    /// The same entries, each without its `nth` variant, from 0, where it has one: to ask what is left what that
    /// variant would find. Articles are left out.
    pub(crate) fn without_variants(&self, nth: usize) -> Self {
        let mut entries = self.entries.clone();
        for entry in &mut entries {
            if nth < entry.variants.len() {
                entry.variants.remove(nth);
            }
        }
        Self::from_entries(entries)
    }

    /// The entries of another one that are to be kept, by their places, without references
    /// to the others.
    pub(crate) fn keeping(all: &Self, keep: &[bool]) -> Self {
        let kept = all.entries.iter().zip(keep).filter(|(_, keep)| **keep);
        let mut new = Self::from_entries(kept.map(|(entry, _)| entry.clone()).collect());
        let by_id = &new.by_id;
        for entry in &mut new.entries {
            entry.section = entry.section.take().filter(|id| by_id.contains_key(id));
            entry.related.retain(|id| by_id.contains_key(id));
        }
        new.articles.clone_from(&all.articles);
        new
    }

    /// All entries, in the order of their files and of the tables in them.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// All articles, in the order of their files.
    #[must_use]
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// The place of an entry in [`KnowledgeBase::entries`].
    #[must_use]
    pub fn index_of(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The entry with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.index_of(id).map(|index| &self.entries[index])
    }
}

impl EntryId {
    /// Most characters of an id: what a deep link (`?start=ID`) takes. A button takes as
    /// many bytes.
    pub const MAX_LEN: usize = 64;

    /// The id, if it fits a deep link.
    #[must_use]
    pub fn new(id: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_LEN).contains(&id.len()) && id.chars().all(Self::allows);
        fits.then(|| Self(Arc::from(id)))
    }

    fn allows(char: char) -> bool {
        char.is_ascii_alphanumeric() || matches!(char, '-' | '_')
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EntryId {
    type Error = InvalidId;

    fn try_from(id: String) -> Result<Self, InvalidId> {
        Self::new(&id).ok_or(InvalidId(id))
    }
}

impl std::borrow::Borrow<str> for EntryId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::fmt::Write as _;

    use super::{Report, Severity, Source};

    /// The text before `at`, as line and column from 1.
    fn position(source: &Source, at: usize) -> (usize, usize) {
        let before = &source.text[..at];
        (
            before.matches('\n').count() + 1,
            before
                .chars()
                .rev()
                .take_while(|char| *char != '\n')
                .count()
                + 1,
        )
    }

    /// A problem a line: `error a.toml:3:1 what is wrong (words at the marker)`.
    pub(crate) fn lines(report: &Report) -> String {
        let mut out = String::new();
        for problem in report.problems() {
            let severity = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            let source = &report.sources()[problem.place.file];
            let (line, column) = position(
                source,
                problem.place.span.as_ref().map_or(0, |span| span.start),
            );
            let (path, message) = (source.path.display(), &problem.message);
            writeln!(
                out,
                "{severity} {path}:{line}:{column} {message} ({})",
                problem.label
            )
            .unwrap();
            assert!(!problem.help.is_empty(), "no help: {message}");
        }
        out
    }

    /// Reads articles from memory, as `a.toml`, `b.toml` and so on.
    pub(crate) fn read(texts: &[&str]) -> crate::content::Loaded {
        let files = ('a'..)
            .zip(texts)
            .map(|(name, text)| (format!("{name}.toml").into(), (*text).to_owned()));
        crate::content::Content::parse(files.collect())
    }

    /// Compares all problems of some articles.
    #[track_caller]
    pub(crate) fn check(texts: &[&str], expected: &[&str]) {
        let lines = lines(&read(texts).report);
        let found: Vec<&str> = lines.lines().collect();
        assert_eq!(found, expected, "\n{lines}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_fits_a_deep_link() {
        for good in ["a", "A-Z_09", &"x".repeat(64)] {
            assert_eq!(EntryId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "ä", "a.b", "a/b", &"x".repeat(65)] {
            assert_eq!(EntryId::new(bad), None, "{bad}");
            assert!(EntryId::try_from(bad.to_owned()).is_err());
        }
    }
}
