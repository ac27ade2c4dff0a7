//! Elements of a page as a [`Document`]: paragraphs, lists, bold, italic and links. What a
//! chat can't show is named, never dropped in silence.

use std::collections::HashSet;

use dom_query::NodeRef;
use url::Url;

use super::LeftOut;
use super::cells::rows;
use crate::markup::{Block, Document, Inline};

/// What the conversion needs to know of the page.
#[derive(Default)]
pub(super) struct Context {
    /// To complete links.
    pub(super) base: Option<Url>,
    /// Classes that the page's own styles make bold or italic, as Google Docs does.
    pub(super) bold: HashSet<String>,
    pub(super) italic: HashSet<String>,
}

/// Elements that end a run of text.
pub(super) const BLOCKS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "aside",
    "nav",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tr",
    "blockquote",
    "pre",
    "figure",
    "figcaption",
    "details",
    "summary",
    "form",
    "fieldset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "center",
    "address",
];

/// Elements whose content is no text of the page.
pub(super) const SILENT: &[&str] = &[
    "script", "style", "noscript", "template", "head", "svg", "canvas", "select", "textarea",
    "option", "map", "object",
];

impl Context {
    /// The blocks of some nodes, one after the other.
    pub(super) fn document<'a>(
        &self,
        nodes: impl IntoIterator<Item = NodeRef<'a>>,
        left_out: &mut Vec<LeftOut>,
    ) -> Document {
        let mut blocks = Vec::new();
        let mut run = Vec::new();
        for node in nodes {
            self.node(&node, &mut blocks, &mut run, left_out);
        }
        flush(&mut run, &mut blocks);
        Document { blocks }
    }

    fn children(&self, node: &NodeRef<'_>, left_out: &mut Vec<LeftOut>) -> Vec<Block> {
        self.document(node.children(), left_out).blocks
    }

    fn node(
        &self,
        node: &NodeRef<'_>,
        blocks: &mut Vec<Block>,
        run: &mut Vec<Inline>,
        left_out: &mut Vec<LeftOut>,
    ) {
        let name = name(node);
        match name.as_str() {
            "ul" | "ol" => {
                flush(run, blocks);
                blocks.extend(self.list(node, left_out));
            }
            "table" => {
                flush(run, blocks);
                blocks.extend(self.table(node, left_out));
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                flush(run, blocks);
                let mut title = Vec::new();
                node.children_it(false)
                    .for_each(|it| self.inline(&it, &mut title, left_out));
                let title = tidy(title);
                if !title.is_empty() {
                    blocks.push(Block::Paragraph(vec![Inline::Bold(without_bold(title))]));
                }
            }
            "pre" => {
                flush(run, blocks);
                let text = node.text().to_string();
                let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
                let mut inlines = Vec::new();
                for line in lines {
                    if !inlines.is_empty() {
                        inlines.push(Inline::Break);
                    }
                    inlines.push(Inline::Text(super::one_line(line)));
                }
                if !inlines.is_empty() {
                    blocks.push(Block::Paragraph(inlines));
                }
            }
            name if BLOCKS.contains(&name) || holds_blocks(node) => {
                flush(run, blocks);
                blocks.extend(self.children(node, left_out));
            }
            _ => self.inline(node, run, left_out),
        }
    }

    fn list(&self, node: &NodeRef<'_>, left_out: &mut Vec<LeftOut>) -> Option<Block> {
        let first = (name(node) == "ol").then(|| {
            node.attr("start")
                .and_then(|it| it.parse().ok())
                .unwrap_or(1)
        });
        let items: Vec<Vec<Block>> = node
            .element_children()
            .iter()
            .map(|item| self.children(item, left_out))
            .filter(|blocks| !blocks.is_empty())
            .collect();
        (!items.is_empty()).then_some(Block::List { first, items })
    }

    /// A table as a list, a row an item: the first cell, a colon, the others.
    fn table(&self, node: &NodeRef<'_>, left_out: &mut Vec<LeftOut>) -> Option<Block> {
        let items: Vec<Vec<Block>> = rows(node)
            .into_iter()
            .filter_map(|row| {
                let cells = row.into_iter().map(|cell| {
                    let mut inlines = Vec::new();
                    cell.children_it(false)
                        .for_each(|it| self.inline(&it, &mut inlines, left_out));
                    tidy(inlines)
                });
                let cells: Vec<Vec<Inline>> = cells.filter(|it| !it.is_empty()).collect();
                let mut line = Vec::new();
                for (index, cell) in cells.into_iter().enumerate() {
                    match index {
                        0 => {}
                        1 => line.push(Inline::Text(": ".into())),
                        _ => line.push(Inline::Text(", ".into())),
                    }
                    line.extend(cell);
                }
                (!line.is_empty()).then(|| vec![Block::Paragraph(tidy(line))])
            })
            .collect();
        (!items.is_empty()).then_some(Block::List { first: None, items })
    }

    pub(super) fn inline(
        &self,
        node: &NodeRef<'_>,
        run: &mut Vec<Inline>,
        left_out: &mut Vec<LeftOut>,
    ) {
        if node.is_text() {
            run.push(Inline::Text(node.text().to_string()));
            return;
        }
        let name = name(node);
        if !node.is_element() || SILENT.contains(&name.as_str()) {
            return;
        }
        match name.as_str() {
            "br" => return run.push(Inline::Break),
            "img" | "picture" | "video" | "audio" | "iframe" | "embed" => {
                let alt = node
                    .attr("alt")
                    .or_else(|| node.attr("title"))
                    .map(|it| super::one_line(&it))
                    .unwrap_or_default();
                // Pictures without a description are decoration.
                if name != "img" || !alt.is_empty() {
                    let what = if alt.is_empty() {
                        element(node)
                    } else {
                        format!("{} “{alt}”", element(node))
                    };
                    left_out.push(LeftOut {
                        place: element(node),
                        what,
                        why: "an answer in a chat is words; link to the page that shows it",
                    });
                }
                return;
            }
            "input" | "button" if node.attr("aria-controls").is_none() && name == "input" => return,
            _ => {}
        }
        let mut inner = Vec::new();
        node.children_it(false)
            .for_each(|it| self.inline(&it, &mut inner, left_out));
        match name.as_str() {
            "a" => {
                if let Some(url) = node.attr("href").and_then(|href| self.link(&href))
                    && inner.iter().any(|it| !is_blank(it))
                {
                    let (before, label, after) = outside(inner);
                    run.extend(before);
                    run.push(Inline::Link { url, label });
                    run.extend(after);
                } else {
                    if let Some(href) = node
                        .attr("href")
                        .filter(|it| self.base.is_none() && is_relative(it))
                    {
                        left_out.push(LeftOut {
                            place: element(node),
                            what: format!("a link to {href}"),
                            why: "the page's address is not known, so the link cannot be completed; give it with --url",
                        });
                    }
                    run.extend(inner);
                }
            }
            "strong" | "b" => wrap(Inline::Bold, inner, run),
            "em" | "i" => wrap(Inline::Italic, inner, run),
            _ if is_styled(
                node,
                &self.bold,
                "font-weight",
                &["bold", "600", "700", "800"],
            ) =>
            {
                wrap(Inline::Bold, inner, run);
            }
            _ if is_styled(node, &self.italic, "font-style", &["italic"]) => {
                wrap(Inline::Italic, inner, run);
            }
            // Words of two blocks must not run together.
            name if BLOCKS.contains(&name) => {
                run.push(Inline::Text(" ".into()));
                run.extend(inner);
                run.push(Inline::Text(" ".into()));
            }
            _ => run.extend(inner),
        }
    }

    /// A link in full, if a chat can open it.
    fn link(&self, href: &str) -> Option<String> {
        let href = href.trim();
        if href.is_empty() || href.starts_with('#') && self.base.is_none() {
            return None;
        }
        let mut url = match &self.base {
            Some(base) => base.join(href).ok()?,
            None => Url::parse(href).ok()?,
        };
        // Google wraps links of published documents.
        if url.host_str() == Some("www.google.com") && url.path() == "/url" {
            let target = url
                .query_pairs()
                .find(|(key, _)| key == "q")
                .map(|(_, value)| value.into_owned());
            url = target.and_then(|it| Url::parse(&it).ok()).unwrap_or(url);
        }
        match url.scheme() {
            "http" | "https" => Some(url.to_string()),
            "mailto" | "tel" => Some(href.to_owned()),
            _ => None,
        }
    }
}

/// Whether an inline element, such as a custom tag or a link around a card, holds blocks.
fn holds_blocks(node: &NodeRef<'_>) -> bool {
    let is_block = |it: NodeRef<'_>| BLOCKS.contains(&name(&it).as_str());
    node.is_element() && node.descendants_it().any(is_block)
}

/// Whether an element is bold or italic by one of some classes or by its own style.
fn is_styled(
    node: &NodeRef<'_>,
    classes: &HashSet<String>,
    property: &str,
    values: &[&str],
) -> bool {
    let has_class = |it: &str| it.split_whitespace().any(|class| classes.contains(class));
    node.class().is_some_and(|it| has_class(&it))
        || node
            .attr("style")
            .is_some_and(|style| declares(&style, property, values))
}

/// Whether a link is an address on the page's own site.
fn is_relative(href: &str) -> bool {
    let href = href.trim();
    !href.is_empty()
        && !href.starts_with('#')
        && Url::parse(href) == Err(url::ParseError::RelativeUrlWithoutBase)
}

/// Whether CSS declarations set a property to one of some values.
pub(super) fn declares(style: &str, property: &str, values: &[&str]) -> bool {
    style
        .split(';')
        .filter_map(|it| it.split_once(':'))
        .any(|(key, value)| {
            key.trim().eq_ignore_ascii_case(property)
                && values
                    .iter()
                    .any(|it| value.trim().eq_ignore_ascii_case(it))
        })
}

/// The name of an element in lower case, or nothing.
pub(super) fn name(node: &NodeRef<'_>) -> String {
    node.node_name()
        .map(|it| it.to_ascii_lowercase())
        .unwrap_or_default()
}

/// An element as a person would point at it: `<div id="faq">`.
pub(super) fn element(node: &NodeRef<'_>) -> String {
    let name = name(node);
    if let Some(id) = node.id_attr().filter(|it| !it.trim().is_empty()) {
        return format!("<{name} id=\"{id}\">");
    }
    match node
        .class()
        .as_ref()
        .and_then(|it| it.split_whitespace().next())
    {
        Some(class) => format!("<{name} class=\"{class}\">"),
        None => format!("<{name}>"),
    }
}

fn flush(run: &mut Vec<Inline>, blocks: &mut Vec<Block>) {
    let mut inlines = tidy(std::mem::take(run));
    let is_item = without_bullet(&mut inlines);
    match blocks.last_mut() {
        _ if inlines.is_empty() => {}
        Some(Block::List { first: None, items }) if is_item => {
            items.push(vec![Block::Paragraph(inlines)]);
        }
        _ if is_item => blocks.push(Block::List {
            first: None,
            items: vec![vec![Block::Paragraph(inlines)]],
        }),
        _ => blocks.push(Block::Paragraph(inlines)),
    }
}

/// Takes the sign off that Word and others put before an item in place of a list.
fn without_bullet(inlines: &mut Vec<Inline>) -> bool {
    let Some(Inline::Text(text)) = inlines.first_mut() else {
        return false;
    };
    let Some(rest) = text.strip_prefix(['•', '·', '▪', '◦']) else {
        return false;
    };
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return false;
    }
    *text = rest.trim_start().to_owned();
    *inlines = tidy(std::mem::take(inlines));
    true
}

/// Puts an emphasis around words, with the white space at their ends outside of it.
fn wrap(mark: fn(Vec<Inline>) -> Inline, inner: Vec<Inline>, run: &mut Vec<Inline>) {
    let (before, inner, after) = outside(inner);
    run.extend(before);
    if !inner.is_empty() {
        run.push(mark(inner));
    }
    run.extend(after);
}

fn outside(mut inner: Vec<Inline>) -> (Vec<Inline>, Vec<Inline>, Vec<Inline>) {
    let mut before = Vec::new();
    let mut after = Vec::new();
    while inner.first().is_some_and(is_blank) {
        before.push(inner.remove(0));
    }
    while inner.last().is_some_and(is_blank) {
        after.insert(0, inner.pop().expect("there is a last one"));
    }
    if let Some(Inline::Text(text)) = inner.first_mut()
        && text.starts_with(char::is_whitespace)
    {
        *text = text.trim_start().to_owned();
        before.push(Inline::Text(" ".into()));
    }
    if let Some(Inline::Text(text)) = inner.last_mut()
        && text.ends_with(char::is_whitespace)
    {
        *text = text.trim_end().to_owned();
        after.insert(0, Inline::Text(" ".into()));
    }
    (before, inner, after)
}

fn is_blank(inline: &Inline) -> bool {
    match inline {
        Inline::Text(text) => text.trim().is_empty(),
        Inline::Break => true,
        Inline::Bold(inner) | Inline::Italic(inner) | Inline::Link { label: inner, .. } => {
            inner.iter().all(is_blank)
        }
    }
}

fn without_bold(inlines: Vec<Inline>) -> Vec<Inline> {
    let flat = inlines.into_iter().flat_map(|it| match it {
        Inline::Bold(inner) => inner,
        other => vec![other],
    });
    flat.collect()
}

/// Joins neighbours, makes runs of white space one space, and takes white space and line
/// breaks from both ends.
pub(super) fn tidy(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut out = join(inlines);
    while out.first().is_some_and(is_blank) {
        out.remove(0);
    }
    while out.last().is_some_and(is_blank) {
        out.pop();
    }
    if let Some(Inline::Text(text)) = out.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Inline::Text(text)) = out.last_mut() {
        *text = text.trim_end().to_owned();
    }
    // A line does not begin or end with a space.
    for index in 0..out.len() {
        if out[index] == Inline::Break {
            if let Some(Inline::Text(text)) = index.checked_sub(1).map(|it| &mut out[it]) {
                *text = text.trim_end().to_owned();
            }
            if let Some(Inline::Text(text)) = out.get_mut(index + 1) {
                *text = text.trim_start().to_owned();
            }
        }
    }
    out.retain(|it| !matches!(it, Inline::Text(text) if text.is_empty()));
    out.dedup_by(|a, b| *a == Inline::Break && *b == Inline::Break);
    out
}

fn join(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::new();
    for inline in inlines {
        match (out.last_mut(), inline) {
            (Some(Inline::Text(last)), Inline::Text(text)) => {
                last.push_str(&text);
                *last = spaced(last);
            }
            (Some(Inline::Bold(last)), Inline::Bold(inner))
            | (Some(Inline::Italic(last)), Inline::Italic(inner)) => {
                let joined = std::mem::take(last).into_iter().chain(inner).collect();
                *last = join(joined);
            }
            (_, Inline::Text(text)) => {
                let text = spaced(&text);
                if !text.is_empty() {
                    out.push(Inline::Text(text));
                }
            }
            (_, Inline::Bold(inner)) => out.push(Inline::Bold(join(without_bold(inner)))),
            (_, Inline::Italic(inner)) => out.push(Inline::Italic(join(inner))),
            (_, Inline::Link { url, label }) => out.push(Inline::Link {
                url,
                label: tidy(label),
            }),
            (_, Inline::Break) => out.push(Inline::Break),
        }
    }
    out
}

/// Runs of white space as one space; also the spaces that no line breaks at.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(char, '\u{200b}' | '\u{feff}' | '\u{ad}') {
            continue;
        }
        if char.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(char);
        }
    }
    out
}
