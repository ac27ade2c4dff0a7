//! Markdown text to a [`Document`], by pulldown-cmark. What a chat can't show is kept as
//! its plain text and named in the list of [`Unsupported`].

use std::fmt;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{Block, Document, Inline};

/// Deepest nesting of lists and emphasis that is kept. Deeper levels are flattened, so
/// that hostile input can't exhaust the stack; people write two or three.
const MAX_DEPTH: usize = 16;

/// A part of the Markdown that is shown as plain text only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    pub construct: Construct,
    /// Bytes of the Markdown text.
    pub span: Range<usize>,
}

/// Markdown that a chat message can't show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Construct {
    Heading,
    Image,
    Html,
    Code,
    Table,
    Quote,
    Rule,
    Strikethrough,
    /// A link that is not `http`, `https`, `mailto` or `tel`.
    LinkTarget,
}

impl fmt::Display for Construct {
    /// The construct as an editor would call it, in the singular.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Heading => "a heading",
            Self::Image => "a picture",
            Self::Html => "HTML",
            Self::Code => "code",
            Self::Table => "a table",
            Self::Quote => "a quotation block",
            Self::Rule => "a dividing line",
            Self::Strikethrough => "struck-out text",
            Self::LinkTarget => "a link without a full address",
        })
    }
}

impl Document {
    /// Reads the small Markdown of answers. Never fails: what is not supported keeps its
    /// words and is listed, in the order of the text.
    ///
    /// ```
    /// use askwell::markup::{Construct, Document};
    /// let (document, unsupported) = Document::parse("# Yes\n\nIt *can* help.");
    /// assert_eq!(document.plain(), "Yes\n\nIt can help.");
    /// assert_eq!(unsupported[0].construct, Construct::Heading);
    /// ```
    #[must_use]
    pub fn parse(markdown: &str) -> (Self, Vec<Unsupported>) {
        let line = markdown.trim_end_matches([' ', '\n']);
        if is_plain(line) {
            return (Self::text(line), Vec::new());
        }
        Self::read(markdown)
    }

    fn read(markdown: &str) -> (Self, Vec<Unsupported>) {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        let mut builder = Builder::new(markdown);
        for (event, span) in Parser::new_ext(markdown, options).into_offset_iter() {
            builder.event(event, span);
        }
        builder.finish()
    }
}

/// Whether a line is surely a paragraph without markup: most answers are short, and the parser's set-up is most of the work.
fn is_plain(line: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b" ,.;:?!'\"()/%-".contains(&it);
    line.starts_with(|it: char| it.is_ascii_alphabetic()) && line.bytes().all(is_plain)
}

/// An element that is open while events arrive.
enum Frame {
    /// The document or a list item. `open` while its last paragraph takes more text.
    Blocks {
        blocks: Vec<Block>,
        open: bool,
    },
    List {
        first: Option<u64>,
        items: Vec<Vec<Block>>,
    },
    Paragraph(Vec<Inline>),
    Bold(Vec<Inline>),
    Italic(Vec<Inline>),
    Link {
        url: String,
        label: Vec<Inline>,
    },
    /// Shown as its content only.
    Transparent,
    /// Not shown at all.
    Hidden,
}

struct Builder<'a> {
    markdown: &'a str,
    /// Never empty: the first is the document's own [`Frame::Blocks`].
    frames: Vec<Frame>,
    depth: usize,
    hidden: usize,
    unsupported: Vec<Unsupported>,
}

impl<'a> Builder<'a> {
    fn new(markdown: &'a str) -> Self {
        let root = Frame::Blocks {
            blocks: Vec::new(),
            open: false,
        };
        Self {
            markdown,
            frames: vec![root],
            depth: 0,
            hidden: 0,
            unsupported: Vec::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag),
            _ if self.hidden > 0 => {}
            Event::Text(text) | Event::Html(text) => self.lines(&text),
            Event::Code(text) => {
                self.report(Construct::Code, span);
                self.text(&text);
            }
            Event::InlineHtml(text) => {
                if !is_comment(&text) {
                    self.text(&text);
                }
                self.report(Construct::Html, span);
            }
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => self.report(Construct::Rule, span),
            // Only with options that are not set.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.text(&text);
            }
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Range<usize>) {
        let frame = match tag {
            Tag::Paragraph | Tag::TableHead | Tag::TableRow => Frame::Paragraph(Vec::new()),
            Tag::Heading { .. } => {
                self.report(Construct::Heading, span);
                Frame::Paragraph(Vec::new())
            }
            Tag::CodeBlock(_) => {
                self.report(Construct::Code, span);
                Frame::Paragraph(Vec::new())
            }
            Tag::HtmlBlock => {
                let hidden = is_comment(&self.markdown[span.clone()]);
                self.report(Construct::Html, span);
                if hidden {
                    Frame::Hidden
                } else {
                    Frame::Paragraph(Vec::new())
                }
            }
            Tag::List(first) if self.depth < MAX_DEPTH => Frame::List {
                first,
                items: Vec::new(),
            },
            Tag::Item if matches!(self.frames.last(), Some(Frame::List { .. })) => Frame::Blocks {
                blocks: Vec::new(),
                open: false,
            },
            Tag::Strong if self.depth < MAX_DEPTH => Frame::Bold(Vec::new()),
            Tag::Emphasis if self.depth < MAX_DEPTH => Frame::Italic(Vec::new()),
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => {
                if let Some(url) = link_target(link_type, &dest_url) {
                    Frame::Link {
                        url,
                        label: Vec::new(),
                    }
                } else {
                    self.transparent(Construct::LinkTarget, span)
                }
            }
            Tag::Image { .. } => self.transparent(Construct::Image, span),
            Tag::Table(_) => self.transparent(Construct::Table, span),
            Tag::BlockQuote(_) => self.transparent(Construct::Quote, span),
            Tag::Strikethrough => self.transparent(Construct::Strikethrough, span),
            Tag::TableCell => {
                if matches!(self.frames.last(), Some(Frame::Paragraph(cells)) if !cells.is_empty())
                {
                    self.text(" | ");
                }
                Frame::Transparent
            }
            _ => Frame::Transparent,
        };
        match frame {
            Frame::List { .. } | Frame::Bold(_) | Frame::Italic(_) => self.depth += 1,
            Frame::Hidden => self.hidden += 1,
            _ => {}
        }
        self.frames.push(frame);
    }

    fn end(&mut self, _: TagEnd) {
        // pulldown-cmark closes what it opens; the root stays whatever happens.
        if self.frames.len() < 2 {
            return;
        }
        match self.frames.pop() {
            Some(Frame::Paragraph(inlines)) => self.block(Block::Paragraph(trimmed(inlines))),
            Some(Frame::List { first, items }) => {
                self.depth -= 1;
                self.block(Block::List { first, items });
            }
            Some(Frame::Blocks { blocks, .. }) => {
                if let Some(Frame::List { items, .. }) = self.frames.last_mut() {
                    items.push(blocks);
                }
            }
            Some(Frame::Bold(inner)) => {
                self.depth -= 1;
                self.inline(Inline::Bold(inner));
            }
            Some(Frame::Italic(inner)) => {
                self.depth -= 1;
                self.inline(Inline::Italic(inner));
            }
            Some(Frame::Link { url, label }) => self.link(url, label),
            Some(Frame::Hidden) => self.hidden -= 1,
            Some(Frame::Transparent) | None => {}
        }
    }

    /// A link that shows nothing could not be pressed, so its address is its label.
    fn link(&mut self, url: String, mut label: Vec<Inline>) {
        if !label.iter().any(shows_something) {
            label = vec![Inline::Text(url.clone())];
        }
        self.inline(Inline::Link { url, label });
    }

    /// Text in which each line end is shown as one.
    fn lines(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.inline(Inline::Break);
            }
            self.text(line.trim_end_matches('\r'));
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let inlines = self.open_inlines();
        if let Some(Inline::Text(last)) = inlines.last_mut() {
            last.push_str(text);
        } else {
            inlines.push(Inline::Text(text.to_owned()));
        }
    }

    fn inline(&mut self, inline: Inline) {
        self.open_inlines().push(inline);
    }

    fn block(&mut self, block: Block) {
        if matches!(&block, Block::Paragraph(inlines) if inlines.is_empty()) {
            return;
        }
        for frame in self.frames.iter_mut().rev() {
            if let Frame::Blocks { blocks, open } = frame {
                *open = false;
                blocks.push(block);
                return;
            }
        }
    }

    /// Where text goes now: the innermost run of text, or the paragraph that a tight list
    /// item only implies.
    fn open_inlines(&mut self) -> &mut Vec<Inline> {
        let frame = self.frames.iter_mut().rev().find(|frame| {
            !matches!(
                frame,
                Frame::Transparent | Frame::Hidden | Frame::List { .. }
            )
        });
        match frame.expect("the root frame holds blocks and is never popped") {
            Frame::Paragraph(inlines) | Frame::Bold(inlines) | Frame::Italic(inlines) => inlines,
            Frame::Link { label, .. } => label,
            Frame::Blocks { blocks, open } => {
                if !*open || !matches!(blocks.last(), Some(Block::Paragraph(_))) {
                    *open = true;
                    blocks.push(Block::Paragraph(Vec::new()));
                }
                match blocks.last_mut() {
                    Some(Block::Paragraph(inlines)) => inlines,
                    _ => unreachable!("a paragraph was pushed above"),
                }
            }
            Frame::List { .. } | Frame::Transparent | Frame::Hidden => {
                unreachable!("skipped by the search")
            }
        }
    }

    fn transparent(&mut self, construct: Construct, span: Range<usize>) -> Frame {
        self.report(construct, span);
        Frame::Transparent
    }

    fn report(&mut self, construct: Construct, span: Range<usize>) {
        self.unsupported.push(Unsupported { construct, span });
    }

    fn finish(mut self) -> (Document, Vec<Unsupported>) {
        while self.frames.len() > 1 {
            self.end(TagEnd::Paragraph);
        }
        let Some(Frame::Blocks { blocks, .. }) = self.frames.pop() else {
            unreachable!("the root frame holds blocks and is never popped")
        };
        (Document { blocks }, self.unsupported)
    }
}

/// The address of a link that a chat can open, or none.
fn link_target(link_type: LinkType, target: &str) -> Option<String> {
    if link_type == LinkType::Email && !target.contains(':') {
        return Some(format!("mailto:{target}"));
    }
    let (scheme, rest) = target.split_once(':')?;
    let complete = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest.len() > 2 && rest.starts_with("//"),
        "mailto" | "tel" => !rest.is_empty(),
        _ => false,
    };
    // No address has these as they are.
    complete.then(|| target.replace('<', "%3C").replace('>', "%3E"))
}

fn is_comment(html: &str) -> bool {
    html.trim_start().starts_with("<!--")
}

/// Whether an inline puts anything but white space on the screen.
fn shows_something(inline: &Inline) -> bool {
    match inline {
        Inline::Text(text) => !text.trim().is_empty(),
        Inline::Bold(inner) | Inline::Italic(inner) | Inline::Link { label: inner, .. } => {
            inner.iter().any(shows_something)
        }
        Inline::Break => false,
    }
}

/// Without the line ends that code and HTML blocks finish with.
fn trimmed(mut inlines: Vec<Inline>) -> Vec<Inline> {
    while let Some(last) = inlines.last() {
        if shows_something(last) {
            break;
        }
        inlines.pop();
    }
    inlines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_text_is_read_as_markdown_reads_it(
            plain in "[a-zA-Z][a-zA-Z0-9 ,.;:?!'\"()/%-]{0,40}[ \n]{0,4}",
            any in "[a-zA-Z1 ][ -~\n]{0,20}",
        ) {
            for text in [plain, any] {
                prop_assert_eq!(Document::parse(&text), Document::read(&text));
            }
        }
    }

    /// Parses and writes the tree back in a compact form of its own.
    #[track_caller]
    fn check(markdown: &str, tree: &str, constructs: &[Construct]) {
        let (document, unsupported) = Document::parse(markdown);
        assert_eq!(blocks(&document.blocks), tree, "{markdown:?}");
        let found: Vec<Construct> = unsupported.iter().map(|it| it.construct).collect();
        assert_eq!(found, constructs, "{markdown:?}");
    }

    fn blocks(blocks: &[Block]) -> String {
        let parts: Vec<String> = blocks
            .iter()
            .map(|block| match block {
                Block::Paragraph(inlines) => format!("p({})", self::inlines(inlines)),
                Block::List { first, items } => {
                    let items: Vec<String> = items.iter().map(|item| self::blocks(item)).collect();
                    let kind = first.map_or("ul".to_owned(), |number| format!("ol{number}"));
                    format!("{kind}[{}]", items.join(", "))
                }
            })
            .collect();
        parts.join(" ")
    }

    fn inlines(inlines: &[Inline]) -> String {
        inlines
            .iter()
            .map(|inline| match inline {
                Inline::Text(text) => text.clone(),
                Inline::Bold(inner) => format!("b({})", self::inlines(inner)),
                Inline::Italic(inner) => format!("i({})", self::inlines(inner)),
                Inline::Link { url, label } => format!("a({url} {})", self::inlines(label)),
                Inline::Break => "\\".to_owned(),
            })
            .collect()
    }

    #[test]
    fn what_a_chat_can_show_becomes_a_tree() {
        check("", "", &[]);
        check(
            "Yes.\nIt can.\n\nTry it.",
            "p(Yes. It can.) p(Try it.)",
            &[],
        );
        check(
            "Yes.\r\nIt can.\r\n\r\nTry it.",
            "p(Yes. It can.) p(Try it.)",
            &[],
        );
        check("**Yes**, it *can*", "p(b(Yes), it i(can))", &[]);
        check("***both***", "p(i(b(both)))", &[]);
        check("one  \ntwo\\\nthree", "p(one\\two\\three)", &[]);
        check("2 * 3 * 4 < 5 & 6", "p(2 * 3 * 4 < 5 & 6)", &[]);
    }

    #[test]
    fn lists_nest_and_keep_their_numbers() {
        check("You can:\n\n- a\n- b", "p(You can:) ul[p(a), p(b)]", &[]);
        check("3. a\n4. **b** c", "ol3[p(a), p(b(b) c)]", &[]);
        check(
            "- a\n  - b\n    1. c\n- d",
            "ul[p(a) ul[p(b) ol1[p(c)]], p(d)]",
            &[],
        );
        check("- a\n\n  more\n- b", "ul[p(a) p(more), p(b)]", &[]);
    }

    #[test]
    fn links_need_an_address_that_a_phone_can_open() {
        check("[site](https://a.org/x)", "p(a(https://a.org/x site))", &[]);
        check("<https://a.org>", "p(a(https://a.org https://a.org))", &[]);
        check("<me@a.org>", "p(a(mailto:me@a.org me@a.org))", &[]);
        check("[call](tel:+123)", "p(a(tel:+123 call))", &[]);
        check(
            "[](https://a.org)",
            "p(a(https://a.org https://a.org))",
            &[],
        );
        check("[x](javascript:alert(1))", "p(x)", &[Construct::LinkTarget]);
        check("[x](/contact)", "p(x)", &[Construct::LinkTarget]);
        check("[x](𞗐:)", "p(x)", &[Construct::LinkTarget]);
        check("[x](https:contact)", "p(x)", &[Construct::LinkTarget]);
        check("see [1] and [note]", "p(see [1] and [note])", &[]);
    }

    #[test]
    fn anything_else_keeps_its_words_and_is_named() {
        check("# Yes\n\nand", "p(Yes) p(and)", &[Construct::Heading]);
        check("Yes\n---\nand", "p(Yes) p(and)", &[Construct::Heading]);
        check(
            "![a cat](https://a.org/c.png)",
            "p(a cat)",
            &[Construct::Image],
        );
        check(
            "a <b>c</b>",
            "p(a <b>c</b>)",
            &[Construct::Html, Construct::Html],
        );
        check("a <!-- note --> b", "p(a  b)", &[Construct::Html]);
        check("<!-- note\nmore -->\n\na", "p(a)", &[Construct::Html]);
        check(
            "<div>\na\n</div>",
            "p(<div>\\a\\</div>)",
            &[Construct::Html],
        );
        check("use `x`", "p(use x)", &[Construct::Code]);
        check("```\na\n b\n```", "p(a\\ b)", &[Construct::Code]);
        check("> a\n>\n> b", "p(a) p(b)", &[Construct::Quote]);
        check("a\n\n***\n\nb", "p(a) p(b)", &[Construct::Rule]);
        check("~~a~~ b", "p(a b)", &[Construct::Strikethrough]);
        check(
            "|a|b|\n|-|-|\n|c|d|",
            "p(a | b) p(c | d)",
            &[Construct::Table],
        );
    }

    #[test]
    fn deep_nesting_is_flattened_not_followed() {
        for deep in [
            "- ".repeat(2_000),
            "*_".repeat(2_000),
            "> ".repeat(2_000),
            "1. ".repeat(2_000),
        ] {
            let (document, _) = Document::parse(&format!("{deep}end"));
            assert!(document.plain().contains("end"), "{}", document.plain());
        }
    }
}
