//! One page with all entries. An entry's id is its anchor, so links keep as long as ids do.

use std::fmt::Write as _;

use super::{Selection, anchor, json_ld, kind};
use crate::knowledge::{Entry, EntryId, EntryKind};
use crate::markup::{escaped, filled};

/// Readable on a phone, in the dark and on paper, in both directions of writing.
const STYLE: &str = "\
:root { color-scheme: light dark }
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 1.5rem }
h1, h2, h3 { line-height: 1.25 }
h2 { margin-top: 3rem }
h3 { margin-top: 2.5rem }
a { color: LinkText }
nav ul { padding-inline-start: 1.2rem }
nav ul ul { margin-block-end: .6rem }
section > a.anchor, article > a.anchor { float: inline-end; text-decoration: none; opacity: .5 }
:target > h2, :target > h3 { border-inline-start: .3rem solid; padding-inline-start: .6rem }
@media print { nav, a.anchor { display: none } }
";

pub(super) fn page(selection: Selection<'_>) -> String {
    let language = selection
        .entries()
        .next()
        .map_or("en", |it| it.language.as_str());
    let title = escaped(selection.title());
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\"{}>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n<script type=\"application/ld+json\">{}</script>\n</head>\n<body>\n<h1>{title}</h1>\n",
        escaped(language),
        if language == "ar" { " dir=\"rtl\"" } else { "" },
        json_ld::inline(selection),
    );
    contents(selection, &mut out);
    out.push_str("<main>\n");
    for entry in selection.entries() {
        push_entry(selection, entry, &mut out);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn contents(selection: Selection<'_>, out: &mut String) {
    out.push_str("<nav>\n<ul>\n");
    for entry in selection.entries() {
        let _ = writeln!(
            out,
            "<li><a href=\"#{}\">{}</a></li>",
            entry.id,
            escaped(&entry.title)
        );
    }
    out.push_str("</ul>\n</nav>\n");
}

fn push_entry(selection: Selection<'_>, entry: &Entry, out: &mut String) {
    let (tag, heading) = if entry.kind == EntryKind::Article {
        ("article", "h2")
    } else {
        ("section", "h3")
    };
    let mut attributes = format!(
        "id=\"{}\" data-askwell=\"{}\" lang=\"{}\"",
        entry.id,
        kind(entry),
        escaped(&entry.language)
    );
    let url = match entry.kind {
        EntryKind::Article => selection.article_of(entry).map(|it| it.url.clone()),
        EntryKind::Related => entry.url.clone(),
        _ => None,
    };
    let mut attribute = |name: &str, value: &str| {
        let _ = write!(attributes, " data-{name}=\"{}\"", escaped(value));
    };
    if let Some(url) = &url {
        attribute("url", url);
    }
    if let Some(anchor) = anchor(entry) {
        attribute("anchor", &anchor);
    }
    if let Some(section) = &entry.section {
        attribute("section", section.as_str());
    }
    if !entry.related.is_empty() {
        let ids: Vec<&str> = entry.related.iter().map(EntryId::as_str).collect();
        attribute("related", &ids.join(" "));
    }
    let _ = write!(
        out,
        "<{tag} {attributes}>\n<a class=\"anchor\" href=\"#{}\" aria-label=\"Link to this answer\">#</a>\n<{heading}>{}</{heading}>\n<div class=\"answer\">\n{}</div>\n",
        entry.id,
        escaped(&entry.title),
        entry.answer.web_html(),
    );
    if let Some(url) = &entry.url {
        let _ = writeln!(
            out,
            "<p><a href=\"{}\">{}</a></p>",
            escaped(url),
            escaped(&page_name(selection, entry))
        );
    }
    let _ = writeln!(out, "</{tag}>");
}

/// The words of the bot's own button.
fn page_name(selection: Selection<'_>, entry: &Entry) -> String {
    let title = match entry.kind {
        EntryKind::Related => None,
        _ => selection.article_of(entry).map(|it| it.title.as_str()),
    };
    let profile = &selection.content.profile;
    let values = [
        ("title", title.unwrap_or(&entry.title)),
        ("name", &profile.name),
    ];
    filled(&profile.wording.read_more, &values)
}
