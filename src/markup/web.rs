//! A [`Document`] as HTML for a web page, and the escaping that goes with it.

use std::fmt::Write as _;

use super::{Block, Document, Inline};

impl Document {
    /// HTML with `p`, `ul`, `ol`, `strong`, `em`, `a` and `br`, all else escaped.
    ///
    /// ```
    /// use askwell::markup::Document;
    /// let (document, _) = Document::parse("*Yes* & no\n\n- one");
    /// assert_eq!(document.web_html(), "<p><em>Yes</em> &amp; no</p>\n<ul>\n<li>one</li>\n</ul>\n");
    /// ```
    #[must_use]
    pub fn web_html(&self) -> String {
        let mut out = String::new();
        blocks(&self.blocks, &mut out);
        out
    }
}

/// A text with `&`, `<`, `>` and `"` written so that a browser shows them.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn blocks(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph(text) => {
                out.push_str("<p>");
                inlines(text, out);
                out.push_str("</p>\n");
            }
            Block::List { first, items } => list(*first, items, out),
        }
    }
}

fn list(first: Option<u64>, items: &[Vec<Block>], out: &mut String) {
    match first {
        Some(1) => out.push_str("<ol>\n"),
        Some(first) => {
            let _ = writeln!(out, "<ol start=\"{first}\">");
        }
        None => out.push_str("<ul>\n"),
    }
    for item in items {
        out.push_str("<li>");
        match &item[..] {
            [Block::Paragraph(text)] => inlines(text, out),
            [Block::Paragraph(text), rest @ ..] if matches!(rest[0], Block::List { .. }) => {
                inlines(text, out);
                out.push('\n');
                blocks(rest, out);
            }
            all => blocks(all, out),
        }
        out.push_str("</li>\n");
    }
    out.push_str(if first.is_some() {
        "</ol>\n"
    } else {
        "</ul>\n"
    });
}

fn inlines(texts: &[Inline], out: &mut String) {
    for inline in texts {
        match inline {
            Inline::Text(text) => out.push_str(&escaped(text)),
            Inline::Bold(inner) => tagged("strong", inner, out),
            Inline::Italic(inner) => tagged("em", inner, out),
            Inline::Link { url, label } => {
                let _ = write!(out, "<a href=\"{}\">", escaped(url));
                inlines(label, out);
                out.push_str("</a>");
            }
            Inline::Break => out.push_str("<br>"),
        }
    }
}

fn tagged(tag: &str, inner: &[Inline], out: &mut String) {
    let _ = write!(out, "<{tag}>");
    inlines(inner, out);
    let _ = write!(out, "</{tag}>");
}
