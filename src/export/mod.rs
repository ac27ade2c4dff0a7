//! The content for other places: a page for the website, structured data for search
//! engines, Markdown, a table, and deep links with QR codes. What [`crate::import`] reads
//! of an export is the same entries.

mod html;
mod json_ld;
mod links;
mod markdown;
mod table;

pub use links::{BotName, Link};
pub(crate) use table::unguarded;

use crate::content::Content;
use crate::knowledge::{Article, Entry, EntryKind};

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A page with an anchor for each entry, and the structured data in it
    Html,
    /// `FAQPage` of schema.org, for a page of your own
    JsonLd,
    /// One document, a heading for each entry
    Markdown,
    /// A table with everything, variants too, for a spreadsheet
    Csv,
    /// Deep links into the bot; with --out also their QR codes
    Links,
}

/// The entries to export, each with its article.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    content: &'a Content,
    article: Option<usize>,
}

impl<'a> Selection<'a> {
    /// All entries, or those of one article. None if there is no such article.
    #[must_use]
    pub fn new(content: &'a Content, article: Option<&str>) -> Option<Self> {
        let articles = content.knowledge.articles();
        let article = match article {
            Some(id) => Some(articles.iter().position(|it| it.id.as_str() == id)?),
            None => None,
        };
        Some(Self { content, article })
    }

    fn entries(self) -> impl Iterator<Item = &'a Entry> {
        let entries = self.content.knowledge.entries().iter();
        entries.filter(move |entry| self.article.is_none() || entry.article == self.article)
    }

    fn article_of(self, entry: &Entry) -> Option<&'a Article> {
        entry
            .article
            .map(|at| &self.content.knowledge.articles()[at])
    }

    /// The title of the whole: that of the one article, or the bot's name.
    fn title(self) -> &'a str {
        match self.article {
            Some(at) => &self.content.knowledge.articles()[at].title,
            None => &self.content.profile.name,
        }
    }
}

/// The selection as text. Deep links need the bot's name; see [`links`].
#[must_use]
pub fn text(selection: Selection<'_>, format: Format) -> String {
    match format {
        Format::Html => html::page(selection),
        Format::JsonLd => json_ld::pretty(selection),
        Format::Markdown => markdown::document(selection),
        Format::Csv | Format::Links => table::csv(selection),
    }
}

/// A deep link for each entry.
#[must_use]
pub fn links(selection: Selection<'_>, bot: &BotName) -> Vec<Link> {
    selection
        .entries()
        .map(|entry| Link::new(entry, bot))
        .collect()
}

/// The anchor of a section on its page, if it has one.
fn anchor(entry: &Entry) -> Option<String> {
    let (_, fragment) = entry.url.as_ref()?.split_once('#')?;
    let anchor = fragment.split(":~:").next().unwrap_or_default();
    let has_text = fragment.contains(":~:");
    (entry.kind == EntryKind::Section && !anchor.is_empty() && !has_text).then(|| decoded(anchor))
}

/// Percent-encoded bytes as the letters they stand for.
fn decoded(text: &str) -> String {
    let pair = format!("a={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The name of a kind, as import reads it again.
fn kind(entry: &Entry) -> &'static str {
    match entry.kind {
        EntryKind::Faq => "faq",
        EntryKind::Section => "section",
        EntryKind::Article => "article",
        EntryKind::Related => "related",
    }
}

#[cfg(test)]
mod tests;
