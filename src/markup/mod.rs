//! The small Markdown of answers: paragraphs, bold, italic, lists and links. One tree,
//! from which Telegram's HTML, terminal text and plain text are rendered.

mod markdown;
mod parse;
mod render;
mod shorten;
mod web;

pub use parse::{Construct, Unsupported};
pub use render::Style;
pub use web::escaped;

/// A parsed answer, or a whole reply put together from parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    pub blocks: Vec<Block>,
}

/// One block of a [`Document`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Paragraph(Vec<Inline>),
    /// `first` is the number of the first item, or none for bullets.
    List {
        first: Option<u64>,
        items: Vec<Vec<Block>>,
    },
}

/// A run of text inside a [`Block`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Bold(Vec<Inline>),
    Italic(Vec<Inline>),
    Link {
        url: String,
        label: Vec<Inline>,
    },
    /// A line break inside a paragraph.
    Break,
}

/// Putting a reply together.
impl Document {
    /// One paragraph that shows `text` as it is, without reading any Markdown in it.
    ///
    /// ```
    /// use askwell::markup::Document;
    /// assert_eq!(Document::text("2 * 3 * 4").plain(), "2 * 3 * 4");
    /// ```
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            blocks: vec![Block::Paragraph(vec![Inline::Text(text.into())])],
        }
    }

    /// Appends a block.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Appends a paragraph that shows `text` as it is, without reading any Markdown in it.
    pub fn push_text_paragraph(&mut self, text: impl Into<String>) {
        self.push(Block::Paragraph(vec![Inline::Text(text.into())]));
    }

    /// Appends all blocks of another document.
    pub fn extend(&mut self, other: Document) {
        self.blocks.extend(other.blocks);
    }

    /// Whether nothing would be shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() || self.plain().trim().is_empty()
    }

    /// Replaces `{key}` by its value in every text, once: a value that itself looks like
    /// a placeholder or like Markdown is shown as it is.
    ///
    /// ```
    /// use askwell::markup::Document;
    /// let (mut greeting, _) = Document::parse("I am **{name}**.");
    /// greeting.fill(&[("name", "_Anna_ & Co")]);
    /// assert_eq!(greeting.telegram_html(), "I am <b>_Anna_ &amp; Co</b>.");
    /// ```
    pub fn fill(&mut self, values: &[(&str, &str)]) {
        fill_blocks(&mut self.blocks, values);
    }
}

fn fill_blocks(blocks: &mut [Block], values: &[(&str, &str)]) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => fill_inlines(inlines, values),
            Block::List { items, .. } => {
                for item in items {
                    fill_blocks(item, values);
                }
            }
        }
    }
}

fn fill_inlines(inlines: &mut [Inline], values: &[(&str, &str)]) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => {
                if text.contains('{') {
                    *text = filled(text, values);
                }
            }
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Link { label: inner, .. } => {
                fill_inlines(inner, values);
            }
            Inline::Break => {}
        }
    }
}

/// `template` with every `{key}` replaced by its value; unknown keys stay as they are.
///
/// ```
/// use askwell::markup::filled;
/// assert_eq!(filled("From {title}, {date}", &[("title", "{date}")]), "From {date}, {date}");
/// ```
#[must_use]
pub fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let found = values.iter().find_map(|(key, value)| {
            let after = rest
                .strip_prefix('{')?
                .strip_prefix(key)?
                .strip_prefix('}')?;
            Some((*value, after))
        });
        if let Some((value, after)) = found {
            out.push_str(value);
            rest = after;
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any text, with a good share of what Markdown reads as markup.
    pub(super) fn markdown() -> impl Strategy<Value = String> {
        let mark = prop::sample::select(vec![
            "*",
            "**",
            "_",
            "[",
            "](",
            ")",
            "https://a.org",
            "<",
            ">",
            "&",
            "\"",
            "`",
            "- ",
            "1. ",
            "\n",
            "\n\n",
            "    ",
            "# ",
            "|",
            "~~",
            "![",
            "<b>",
            "<!--",
            "mailto:a@b.c",
            "\\",
            "👩‍👩‍👧",
            "e\u{301}",
            "\r\n",
        ]);
        prop::collection::vec(
            prop_oneof![mark.prop_map(str::to_owned), "\\PC{0,8}", any::<String>()],
            0..40,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn filling_replaces_each_placeholder_once(text in "[a{}x ]{0,30}", value in "[a{}x ]{0,6}") {
            prop_assert_eq!(filled(&text, &[("x", &value)]), text.replace("{x}", &value));
        }
    }
}
