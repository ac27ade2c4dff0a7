//! A rule file as it is written: its tables, its lines, and what can be wrong with them.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::kinds::{Category, Level};
use super::rules::Softener;

/// Why a rule file was refused.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// Not TOML, or a key the schema doesn't know; `source` shows line and column.
    #[error("{file} is not a valid rule file")]
    Parse {
        file: String,
        source: Box<toml::de::Error>,
    },
    #[error("{file}:{line}: `{phrase}` {problem}")]
    Phrase {
        file: String,
        line: usize,
        phrase: String,
        problem: String,
    },
    #[error("{file}:{line}: there is no list <{name}>; add it under [words] or correct the name")]
    UnknownList {
        file: String,
        line: usize,
        name: String,
    },
    #[error("{file}:{line}: the list <{name}> contains itself; take one of the references out")]
    CircularList {
        file: String,
        line: usize,
        name: String,
    },
    #[error("{file}:{line}: the id `{id}` is used twice; give one of the two another")]
    DuplicateId {
        file: String,
        line: usize,
        id: String,
    },
    #[error("{file}:{line}: there is no rule `{id}`; name the id of a [[rule]]")]
    UnknownRule {
        file: String,
        line: usize,
        id: String,
    },
}

impl RuleError {
    /// The file, as it was named to [`Screen::with_rules`](super::Screen::with_rules), and its line, from 1; of what
    /// is no rule file at all the line stands in the source of the error.
    #[must_use]
    pub fn place(&self) -> (&str, Option<usize>) {
        match self {
            Self::Parse { file, .. } => (file, None),
            Self::Phrase { file, line, .. }
            | Self::UnknownList { file, line, .. }
            | Self::CircularList { file, line, .. }
            | Self::DuplicateId { file, line, .. }
            | Self::UnknownRule { file, line, .. } => (file, Some(*line)),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) spelling: Spelling,
    /// Named lists: words and expressions, by comma or line.
    #[serde(default)]
    pub(super) words: BTreeMap<String, Spanned<String>>,
    /// Expressions that mean no harm: one a line.
    #[serde(default)]
    pub(super) idioms: BTreeMap<String, Spanned<String>>,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<RuleEntry>,
    #[serde(default)]
    pub(super) together: Vec<TogetherEntry>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Spelling {
    /// Lines `short = long form`.
    pub(super) expand: Option<Spanned<String>>,
    pub(super) fillers: Option<Spanned<String>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) not_key: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    pub(super) id: Spanned<String>,
    pub(super) category: Category,
    pub(super) level: Level,
    #[serde(default = "all_but_story")]
    pub(super) unless: Vec<Softener>,
    pub(super) phrases: Spanned<String>,
}

fn all_but_story() -> Vec<Softener> {
    vec![Softener::Negated, Softener::Past]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TogetherEntry {
    pub(super) id: Spanned<String>,
    pub(super) category: Category,
    pub(super) level: Level,
    /// Ids; `a|b` where either will do.
    pub(super) all: Vec<Spanned<String>>,
}

/// A line of a list or of phrases, and where it stands.
#[derive(Clone)]
pub(super) struct Line<'a> {
    pub(super) file: &'a str,
    pub(super) number: usize,
    pub(super) text: &'a str,
}

impl Line<'_> {
    pub(super) fn problem(&self, problem: impl Into<String>) -> RuleError {
        RuleError::Phrase {
            file: self.file.to_owned(),
            line: self.number,
            phrase: self.text.to_owned(),
            problem: problem.into(),
        }
    }
}

/// The non-empty lines of a string value as they stand in the file; `# ` begins a comment line.
pub(super) fn lines<'a>(file: &'a str, text: &'a str, value: &Spanned<String>) -> Vec<Line<'a>> {
    let first = line_of(text, value.span().start);
    let raw = text
        .get(value.span())
        .unwrap_or_default()
        .trim_matches(['"', '\'']);
    let numbered = raw.split('\n').enumerate().map(|(i, it)| Line {
        file,
        number: first + i,
        text: it.trim(),
    });
    numbered
        .filter(|it| !it.text.is_empty() && !it.text.starts_with("# "))
        .collect()
}

/// Like [`lines`], cut at commas too.
pub(super) fn entries<'a>(file: &'a str, text: &'a str, value: &Spanned<String>) -> Vec<Line<'a>> {
    let cut = |line: Line<'a>| {
        line.text
            .split(',')
            .map(str::trim)
            .map(move |it| Line {
                text: it,
                ..line.clone()
            })
            .collect::<Vec<_>>()
    };
    lines(file, text, value)
        .into_iter()
        .flat_map(cut)
        .filter(|it| !it.text.is_empty())
        .collect()
}

pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|it| *it == b'\n').count() + 1
}
