//! Content that stands elsewhere, read as entries: web pages, Markdown, tables and the
//! exports of other tools. Each reader turns one source into a [`Found`]; [`merge`] joins
//! it with what the operator has, and [`write`] makes TOML of it.
//!
//! ```text
//! fetch > page (flow, accordion, in_text, marks, schema_org, blocks, cells, assemble) > Found > merge > write
//!         markdown, table, qna_maker, dialogflow, rasa
//! ```

mod accordion;
mod anchors;
mod assemble;
mod blocks;
mod cells;
mod dialogflow;
mod existing;
pub mod fetch;
mod flow;
mod in_text;
mod json;
mod markdown;
mod marks;
pub mod merge;
mod page;
mod pair;
mod parts;
mod qna_maker;
mod rasa;
mod references;
mod rows;
mod schema_org;
mod table;
mod write;

pub use anchors::{Anchors, anchors};

#[cfg(test)]
pub(crate) use write::{string as toml_string, text as toml_text};

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use url::Url;

use crate::knowledge::EntryKind;
use crate::markup::Document;

/// What a source holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The page itself, where its address is known. Without it there are only questions.
    pub page: Option<Page>,
    pub items: Vec<Item>,
    pub left_out: Vec<LeftOut>,
}

/// The page that a source is, which becomes `[article]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    pub id: Option<String>,
    pub title: String,
    pub url: String,
    pub summary: Document,
    pub variants: Vec<String>,
    /// BCP 47, as the page says.
    pub language: Option<String>,
}

/// One entry of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub kind: EntryKind,
    /// Where the source names its entries; without one it is made of the title.
    pub id: Option<String>,
    pub title: String,
    pub answer: Document,
    pub variants: Vec<String>,
    /// Of a section, the anchor on the page.
    pub anchor: Option<String>,
    /// Of a related article, its page.
    pub url: Option<String>,
    /// Of a question, the id of the section behind it.
    pub section: Option<String>,
    /// Ids of next questions.
    pub related: Vec<String>,
    /// Where it stands: a line of a file, or an element of a page.
    pub place: String,
}

/// A part of the source that did not become an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub place: String,
    pub what: String,
    pub why: &'static str,
}

/// What a source is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Html,
    Markdown,
    /// Structured data of schema.org
    JsonLd,
    /// CSV or TSV with a line of headers
    Table,
    /// TSV of `QnA Maker`, and of custom question answering after it
    QnaMaker,
    /// Domain and NLU files in YAML
    Rasa,
    /// CSV of questions and answers, or of intents with training phrases
    Dialogflow,
}

/// How a source is read, beyond its text.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// None to go by the name and the text.
    pub format: Option<Format>,
    /// The address of the page, where the source does not say it.
    pub url: Option<Url>,
    /// `question=Frage`: our name and the header of the table that holds it.
    pub columns: Vec<(String, String)>,
    /// Take the whole page, not only its article.
    pub whole_page: bool,
}

/// Why a source could not be read at all. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(
        "{name}: line {line}: this is not {what} ({why}), so nothing after it could be read; mend that line, or export the file again"
    )]
    Broken {
        name: String,
        line: u64,
        what: &'static str,
        /// Told in the message, so not in the chain too.
        why: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error(
        "{name}: no column is called {wanted}, and without it there is nothing to answer with; its columns are {headers}; say which one it is, as in --map {example}"
    )]
    NoColumn {
        name: String,
        wanted: &'static str,
        headers: String,
        example: String,
    },
    #[error(
        "{name}: line {line}: a quotation mark begins a cell there and none ends it, so the rest of the file would be one long answer; put one at the end of the cell"
    )]
    Unclosed { name: String, line: u64 },
    #[error("--map {ours}={theirs}: {why}")]
    Map {
        ours: String,
        theirs: String,
        why: String,
    },
}

/// Reads one source; `name` is its path or address.
///
/// # Errors
/// When the source is not what it should be, at which line and what to do.
pub fn read(name: &str, text: &str, options: &Options) -> Result<Found, ImportError> {
    let mut found = match options.format.unwrap_or_else(|| guess(name, text)) {
        Format::Html => page::read(text, options),
        Format::Markdown if Path::new(name).extension() == Some(OsStr::new("txt")) => {
            markdown::read(&in_text::with_questions_apart(text), options)
        }
        Format::Markdown => markdown::read(text, options),
        Format::JsonLd => schema_org::read_json(name, text)?,
        Format::Table => table::read(name, text, options)?,
        Format::QnaMaker => qna_maker::read(name, text)?,
        Format::Rasa => rasa::read(name, text)?,
        Format::Dialogflow => dialogflow::read(name, text)?,
    };
    leave_out_twins(&mut found);
    fit(&mut found);
    Ok(found)
}

/// The format by the ending of the name, or by what the text begins with.
#[must_use]
pub fn guess(name: &str, text: &str) -> Format {
    let path = name.split(['?', '#']).next().unwrap_or(name);
    let ending = Path::new(path).extension().map(OsStr::to_ascii_lowercase);
    let first = text.lines().next().unwrap_or_default();
    match ending.as_ref().and_then(|it| it.to_str()) {
        Some("md" | "markdown" | "txt") => Format::Markdown,
        Some("yml" | "yaml") => Format::Rasa,
        Some("json" | "jsonld") => Format::JsonLd,
        Some("csv" | "tsv" | "tab") if first.starts_with("Question\tAnswer") => Format::QnaMaker,
        Some("csv") if first.to_ascii_lowercase().contains("intent display name") => {
            Format::Dialogflow
        }
        // A question where a header should be.
        Some("csv")
            if is_question(
                first
                    .split(',')
                    .next()
                    .unwrap_or_default()
                    .trim_matches('"'),
            ) =>
        {
            Format::Dialogflow
        }
        Some("csv" | "tsv" | "tab") => Format::Table,
        _ if first.starts_with("Question\tAnswer") => Format::QnaMaker,
        _ if text.trim_start().starts_with(['#', '-']) => Format::Markdown,
        _ if begins_json(text) => Format::JsonLd,
        _ => Format::Html,
    }
}

/// Whether a text begins as an object, or a list of them, does in JSON.
fn begins_json(text: &str) -> bool {
    let text = text.trim_start();
    let text = text.strip_prefix('[').unwrap_or(text).trim_start();
    let inside = text.strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|it| it.starts_with('"'))
}

impl Found {
    /// Makes questions of its sections, which mean nothing without the page they stand on.
    fn loosen(&mut self) {
        for item in &mut self.items {
            if item.kind == EntryKind::Section {
                item.kind = EntryKind::Faq;
                item.anchor = None;
            }
        }
    }

    fn leave_out(&mut self, place: impl Into<String>, what: impl Into<String>, why: &'static str) {
        self.left_out.push(LeftOut {
            place: place.into(),
            what: what.into(),
            why,
        });
    }
}

/// Entries of our own export on their way into a [`Found`]. A file is about one page, so a
/// second article becomes a link to its page, and its sections loose questions.
#[derive(Default)]
struct Exported {
    found: Found,
    n_articles: usize,
}

impl Exported {
    fn push(&mut self, mut item: Item, language: Option<String>) {
        match (item.kind, &item.url) {
            // What has no address can be no page.
            (EntryKind::Article | EntryKind::Related, None) => item.kind = EntryKind::Faq,
            (EntryKind::Article, Some(url)) => {
                self.n_articles += 1;
                if self.n_articles == 1 {
                    self.found.page = Some(Page {
                        url: url.clone(),
                        id: item.id,
                        title: item.title,
                        summary: item.answer,
                        variants: item.variants,
                        language,
                    });
                    return;
                }
                item.kind = EntryKind::Related;
            }
            (EntryKind::Section, _) if self.n_articles > 1 => item.kind = EntryKind::Faq,
            _ => {}
        }
        item.anchor = item.anchor.filter(|_| item.kind == EntryKind::Section);
        item.url = item.url.filter(|_| item.kind == EntryKind::Related);
        item.section = item.section.filter(|_| item.kind == EntryKind::Faq);
        self.found.items.push(item);
    }

    /// Sections may stand above their article, but not without one.
    fn into_found(mut self) -> Found {
        if self.found.page.is_none() {
            self.found.loosen();
        }
        self.found
    }
}

/// The kind that an export names.
fn kind_of(name: Option<&str>) -> EntryKind {
    match name {
        Some("article") => EntryKind::Article,
        Some("section") => EntryKind::Section,
        Some("related") => EntryKind::Related,
        _ => EntryKind::Faq,
    }
}

impl Item {
    fn new(kind: EntryKind, title: String, answer: Document, place: String) -> Self {
        Self {
            kind,
            id: None,
            title,
            answer,
            variants: Vec::new(),
            anchor: None,
            url: None,
            section: None,
            related: Vec::new(),
            place,
        }
    }
}

/// Takes out what stands there twice, word for word, under no name of its own.
fn leave_out_twins(found: &mut Found) {
    let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
    let mut twins = Vec::new();
    for (at, item) in found.items.iter().enumerate() {
        let same = seen.entry(same_words(&item.title)).or_default();
        let is_twin = |it: &usize| {
            let other = &found.items[*it];
            other.id.is_none() && other.kind == item.kind && other.answer == item.answer
        };
        if item.id.is_none() && same.iter().any(is_twin) {
            twins.push(at);
        } else {
            same.push(at);
        }
    }
    for at in twins.into_iter().rev() {
        let item = found.items.remove(at);
        let what = format!("“{}”", item.title);
        found.leave_out(
            item.place,
            what,
            "the same question and answer stand there twice",
        );
    }
}

/// Cuts answers to what one message holds, at the end of a paragraph.
fn fit(found: &mut Found) {
    let mut cut = Vec::new();
    for item in &mut found.items {
        if let Some(rest) = fitted(&mut item.answer) {
            cut.push((item.place.clone(), format!("{} of “{}”", rest, item.title)));
        }
    }
    if let Some(page) = &mut found.page {
        fitted(&mut page.summary);
    }
    for (place, what) in cut {
        found.leave_out(place, what, "one message holds 3,400 characters; people find the rest behind the link, or divide it into two entries");
    }
}

fn fitted(answer: &mut Document) -> Option<String> {
    let n_blocks = answer.blocks.len();
    while answer.len_utf16() > crate::knowledge::MAX_ANSWER && answer.blocks.len() > 1 {
        answer.blocks.pop();
    }
    let is_long = answer.len_utf16() > crate::knowledge::MAX_ANSWER;
    if is_long {
        let text: String = answer.plain().chars().take(3_000).collect();
        let end = text
            .rfind(['.', '!', '?', '。', '\n'])
            .map_or(text.len(), |at| at + 1);
        *answer = Document::text(text[..text.floor_char_boundary(end)].trim());
        return Some("the end".to_owned());
    }
    let n_cut = n_blocks - answer.blocks.len();
    (n_cut > 0).then(|| {
        format!(
            "the last {}",
            crate::knowledge::counted(n_cut, "paragraph", "paragraphs")
        )
    })
}

/// The name of a file for a source with this title, without its ending.
#[must_use]
pub fn file_name(title: &str) -> String {
    write::slug(title)
}

/// A line between joined YAML files that names the next one, so that findings can.
#[must_use]
pub fn file_mark(name: &str) -> String {
    format!("{}{name}\n", rasa::FILE_MARK)
}

/// A line of words, with runs of white space as one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two titles ask the same: letters and digits only, without case.
fn same_words(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a line of words is a question, in any of the scripts that mark one.
fn is_question(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_whitespace() || "\"'”’»)*".contains(c))
        .ends_with(['?', '？', '؟', '⸮', '՞', '፧'])
}
