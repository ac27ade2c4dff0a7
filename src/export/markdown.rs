//! One Markdown document: a heading for each entry, with its id and kind in braces.

use std::fmt::Write as _;

use super::{Selection, anchor, kind};
use crate::knowledge::{Entry, EntryId, EntryKind};
use crate::markup::Document;

pub(super) fn document(selection: Selection<'_>) -> String {
    let mut out = String::new();
    for entry in selection.entries() {
        if !out.is_empty() {
            out.push('\n');
        }
        let level = if entry.kind == EntryKind::Article {
            "#"
        } else {
            "##"
        };
        let _ = write!(
            out,
            "{level} {} {{{}}}\n\n{}\n",
            title(&entry.title),
            attributes(selection, entry),
            entry.answer.markdown()
        );
    }
    out
}

/// A title whose own signs are not taken for markup, at either end too.
fn title(title: &str) -> String {
    let text = Document::text(title).markdown().replace('{', "\\{");
    if text.ends_with('#') {
        format!("{}\\#", &text[..text.len() - 1])
    } else {
        text
    }
}

fn attributes(selection: Selection<'_>, entry: &Entry) -> String {
    let mut out = format!("#{} .{}", entry.id, kind(entry));
    let mut attribute = |key: &str, value: &str| {
        let _ = write!(out, " {key}={value}");
    };
    match entry.kind {
        EntryKind::Article => {
            if let Some(article) = selection.article_of(entry) {
                attribute("url", &article.url);
            }
            attribute("language", &entry.language);
        }
        EntryKind::Related => attribute("url", entry.url.as_deref().unwrap_or_default()),
        EntryKind::Section => {
            // A space would end the value.
            if let Some(anchor) = anchor(entry).filter(|it| !it.contains(char::is_whitespace)) {
                attribute("anchor", &anchor);
            }
        }
        EntryKind::Faq => {}
    }
    if let Some(section) = &entry.section {
        attribute("section", section.as_str());
    }
    if !entry.related.is_empty() {
        let ids: Vec<&str> = entry.related.iter().map(EntryId::as_str).collect();
        attribute("related", &ids.join(","));
    }
    out
}
