//! A [`Document`] as Telegram's HTML, terminal text and plain text: one walk, so that all
//! of them show the same words in the same order.

use super::{Block, Document, Inline};

/// Whether terminal text carries ANSI escape codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    /// Bold and italic as ANSI escape codes.
    Ansi,
}

impl Document {
    /// Words only; a link is its label with the address in brackets.
    ///
    /// ```
    /// use askwell::markup::Document;
    /// let (document, _) = Document::parse("See [us](https://example.org).\n\n- *one*");
    /// assert_eq!(document.plain(), "See us (https://example.org).\n\n• one");
    /// ```
    #[must_use]
    pub fn plain(&self) -> String {
        render(&self.blocks, Format::Plain)
    }

    /// For `parse_mode=HTML` of the Bot API: only the tags `b`, `i` and `a`, closed in
    /// order, with `<`, `>`, `&` and `"` of the text escaped.
    ///
    /// Telegram opens only web pages from a label, but finds mail addresses and telephone
    /// numbers in the text by itself, so these stand in brackets after theirs.
    #[must_use]
    pub fn telegram_html(&self) -> String {
        render(&self.blocks, Format::TelegramHtml)
    }

    /// For a terminal; without control characters, whatever the text holds.
    #[must_use]
    pub fn terminal(&self, style: Style) -> String {
        render(&self.blocks, Format::Terminal(style))
    }

    /// Length as Telegram counts it: UTF-16 units of what is shown once the tags of
    /// [`Document::telegram_html`] are taken out.
    #[must_use]
    pub fn len_utf16(&self) -> usize {
        shown(&self.blocks).encode_utf16().count()
    }
}

/// What Telegram shows, without tags and escapes.
pub(super) fn shown(blocks: &[Block]) -> String {
    render(blocks, Format::TelegramText)
}

/// Whether Telegram opens this address from a label.
pub(super) fn opens_from_label(url: &str) -> bool {
    url.get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    TelegramHtml,
    TelegramText,
    Terminal(Style),
}

struct Writer {
    format: Format,
    out: String,
    /// How many open elements ask for it; nested ones need no second tag.
    bold: usize,
    italic: usize,
}

fn render(blocks: &[Block], format: Format) -> String {
    let mut writer = Writer {
        format,
        out: String::new(),
        bold: 0,
        italic: 0,
    };
    writer.blocks(blocks);
    writer.out
}

impl Writer {
    fn blocks(&mut self, blocks: &[Block]) {
        for (index, block) in blocks.iter().enumerate() {
            if index > 0 {
                self.out.push_str("\n\n");
            }
            self.block(block, 0);
        }
    }

    fn block(&mut self, block: &Block, indent: usize) {
        match block {
            Block::Paragraph(inlines) => self.inlines(inlines, indent),
            Block::List { first, items } => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.line(indent);
                    }
                    let marker = match first {
                        Some(first) => format!("{}. ", first.saturating_add(index as u64)),
                        None => "• ".to_owned(),
                    };
                    self.out.push_str(&marker);
                    for (index, block) in item.iter().enumerate() {
                        if index > 0 {
                            self.line(indent + 3);
                        }
                        self.block(block, indent + 3);
                    }
                }
            }
        }
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn inlines(&mut self, inlines: &[Inline], indent: usize) {
        for inline in inlines {
            match inline {
                Inline::Text(text) => self.text(text),
                Inline::Break => self.line(indent),
                Inline::Bold(inner) => {
                    self.bold += 1;
                    if self.bold == 1 {
                        self.mark("<b>", "\x1b[1m");
                    }
                    self.inlines(inner, indent);
                    self.bold -= 1;
                    if self.bold == 0 {
                        self.mark("</b>", "\x1b[22m");
                    }
                }
                Inline::Italic(inner) => {
                    self.italic += 1;
                    if self.italic == 1 {
                        self.mark("<i>", "\x1b[3m");
                    }
                    self.inlines(inner, indent);
                    self.italic -= 1;
                    if self.italic == 0 {
                        self.mark("</i>", "\x1b[23m");
                    }
                }
                Inline::Link { url, label } => self.link(url, label, indent),
            }
        }
    }

    fn link(&mut self, url: &str, label: &[Inline], indent: usize) {
        let telegram = matches!(self.format, Format::TelegramHtml | Format::TelegramText);
        if telegram && opens_from_label(url) {
            if self.format == Format::TelegramHtml {
                self.out.push_str("<a href=\"");
                self.text(url);
                self.out.push_str("\">");
            }
            self.inlines(label, indent);
            if self.format == Format::TelegramHtml {
                self.out.push_str("</a>");
            }
            return;
        }
        self.inlines(label, indent);
        let address = address(url);
        if !matches!(label, [Inline::Text(text)] if text == address || text == url) {
            self.out.push_str(" (");
            self.text(address);
            self.out.push(')');
        }
    }

    fn mark(&mut self, html: &str, ansi: &str) {
        match self.format {
            Format::TelegramHtml => self.out.push_str(html),
            Format::Terminal(Style::Ansi) => self.out.push_str(ansi),
            Format::Plain | Format::TelegramText | Format::Terminal(Style::Plain) => {}
        }
    }

    fn text(&mut self, text: &str) {
        match self.format {
            Format::Plain | Format::TelegramText => self.out.push_str(text),
            Format::TelegramHtml => {
                for char in text.chars() {
                    match char {
                        '<' => self.out.push_str("&lt;"),
                        '>' => self.out.push_str("&gt;"),
                        '&' => self.out.push_str("&amp;"),
                        '"' => self.out.push_str("&quot;"),
                        _ => self.out.push(char),
                    }
                }
            }
            // A text may not move the cursor or change colours.
            Format::Terminal(_) => {
                self.out.extend(
                    text.chars()
                        .filter(|char| matches!(char, '\n' | '\t') || !char.is_control()),
                );
            }
        }
    }
}

/// The part of an address that a person would read out.
fn address(url: &str) -> &str {
    ["mailto:", "tel:"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme))
        .unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: &str = "**Bold _both_** & <i>\n\n1. one\n   - two\n\n     three\n2. [a \"b\"](https://a.org/?x=1&y=\"2\") <m@a.org>\\\n   [call](tel:+12)";

    #[test]
    fn telegram_gets_only_its_tags_and_everything_else_escaped() {
        let (document, _) = Document::parse(ALL);
        insta::assert_snapshot!(document.telegram_html(), @r#"
        <b>Bold <i>both</i></b> &amp; &lt;i&gt;

        1. one
           • two
              three
        2. <a href="https://a.org/?x=1&amp;y=&quot;2&quot;">a &quot;b&quot;</a> m@a.org
           call (+12)
        "#);
    }

    #[test]
    fn a_terminal_shows_addresses_and_only_asked_for_colours() {
        let (document, _) = Document::parse(ALL);
        insta::assert_snapshot!(document.terminal(Style::Plain), @r#"
        Bold both & <i>

        1. one
           • two
              three
        2. a "b" (https://a.org/?x=1&y="2") m@a.org
           call (+12)
        "#);
        assert_eq!(document.plain(), document.terminal(Style::Plain));
        assert!(
            document
                .terminal(Style::Ansi)
                .starts_with("\x1b[1mBold \x1b[3mboth\x1b[23m\x1b[22m &")
        );
        assert_eq!(
            Document::text("a\x1b[31mb\u{9b}c").terminal(Style::Ansi),
            "a[31mbc"
        );
    }

    #[test]
    fn length_is_what_telegram_counts() {
        for (markdown, units) in [
            ("", 0),
            ("**abc**", 3),
            ("👍🏽", 4),
            ("é", 1),
            ("a &amp; <", 5),
            ("[ab](https://a.org)", 2),
            ("- a\n- b", 7),
        ] {
            assert_eq!(Document::parse(markdown).0.len_utf16(), units, "{markdown}");
        }
    }

    #[test]
    fn composed_replies_keep_foreign_text_as_it_is() {
        let mut reply = Document::text("**no** <b>");
        reply.push_text_paragraph("a & b");
        reply.extend(Document::parse("_c_").0);
        assert_eq!(
            reply.telegram_html(),
            "**no** &lt;b&gt;\n\na &amp; b\n\n<i>c</i>"
        );
        assert!(!reply.is_empty());
        assert!(Document::default().is_empty() && Document::text(" ").is_empty());
    }

    /// Takes the HTML apart as Telegram does; the text it shows, or what is wrong.
    fn telegram_text(html: &str) -> Result<String, String> {
        let mut open: Vec<&str> = Vec::new();
        let mut out = String::new();
        let mut rest = html;
        while let Some(at) = rest.find(['<', '>', '&', '"']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some((char, after)) = [
                ("&lt;", '<'),
                ("&gt;", '>'),
                ("&amp;", '&'),
                ("&quot;", '"'),
            ]
            .iter()
            .find_map(|(code, char)| Some((*char, rest.strip_prefix(code)?)))
            {
                out.push(char);
                rest = after;
            } else if let Some(tag) = rest.strip_prefix('<') {
                let (tag, after) = tag.split_once('>').ok_or("open tag")?;
                rest = after;
                match tag {
                    "b" | "i" => open.push(tag),
                    "/b" | "/i" | "/a" => {
                        let last = open.pop().ok_or("nothing to close")?;
                        if last != &tag[1..] {
                            return Err(format!("{tag} closes {last}"));
                        }
                    }
                    link => {
                        let url = link
                            .strip_prefix("a href=\"")
                            .and_then(|it| it.strip_suffix('"'));
                        if url.ok_or("unknown tag")?.contains(['"', '<', '>']) {
                            return Err("address not escaped".to_owned());
                        }
                        open.push("a");
                    }
                }
            } else {
                return Err(format!("not escaped: {rest}"));
            }
        }
        out.push_str(rest);
        if open.is_empty() {
            Ok(out)
        } else {
            Err(format!("never closed: {open:?}"))
        }
    }

    proptest! {
        #[test]
        fn any_text_renders_to_balanced_escaped_html(text in super::super::tests::markdown()) {
            let (document, unsupported) = Document::parse(&text);
            let shown = telegram_text(&document.telegram_html()).map_err(TestCaseError::fail)?;
            prop_assert_eq!(shown.encode_utf16().count(), document.len_utf16());
            for it in unsupported {
                prop_assert!(text.get(it.span).is_some());
            }
            prop_assert!(!document.terminal(Style::Plain).contains('\x1b'));
        }
    }
}
