//! A [`Document`] back to the Markdown that it is read from.

use super::{Block, Document, Inline};

impl Document {
    /// The Markdown of a document, without a line end. What is read from it again is the
    /// same document; where Markdown has no way to write an emphasis, such as one that
    /// ends inside a word, the words stay and the emphasis goes.
    ///
    /// ```
    /// use askwell::markup::Document;
    /// let (document, _) = Document::parse("Yes, it *can*:\n\n* one\n* two & \\*three\\*");
    /// assert_eq!(document.markdown(), "Yes, it *can*:\n\n- one\n- two & \\*three\\*");
    /// ```
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let mut marks = Marks::Usual;
        for (index, block) in self.blocks.iter().enumerate() {
            if index > 0 {
                out.push_str("\n\n");
                // Two lists in a row would be read as one if they looked alike.
                marks = match (&self.blocks[index - 1], block) {
                    (Block::List { .. }, Block::List { .. }) => marks.other(),
                    _ => Marks::Usual,
                };
            }
            out.push_str(&faithful(block, marks));
        }
        out
    }
}

/// The signs that a list is written with; another sign begins another list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    Usual,
    Other,
}

impl Marks {
    fn other(self) -> Self {
        match self {
            Self::Usual => Self::Other,
            Self::Other => Self::Usual,
        }
    }
}

/// A block with its emphasis if that can be read again, or without.
fn faithful(block: &Block, marks: Marks) -> String {
    let mut text = String::new();
    write_block(block, 0, marks, &mut text);
    let (read, _) = Document::parse(&text);
    if read.blocks.len() == 1 && read.blocks[0] == *block {
        return text;
    }
    let mut bare = block.clone();
    strip_emphasis(&mut bare);
    let mut text = String::new();
    write_block(&bare, 0, marks, &mut text);
    text
}

fn strip_emphasis(block: &mut Block) {
    fn flat(inlines: &mut Vec<Inline>) {
        *inlines = std::mem::take(inlines)
            .into_iter()
            .flat_map(|inline| match inline {
                Inline::Bold(mut inner) | Inline::Italic(mut inner) => {
                    flat(&mut inner);
                    inner
                }
                other => vec![other],
            })
            .collect();
    }
    match block {
        Block::Paragraph(inlines) => flat(inlines),
        Block::List { items, .. } => items.iter_mut().flatten().for_each(strip_emphasis),
    }
}

fn write_block(block: &Block, indent: usize, marks: Marks, out: &mut String) {
    match block {
        Block::Paragraph(inlines) => {
            let mut text = String::new();
            write_inlines(inlines, &mut text);
            let lines: Vec<String> = text.split('\n').map(line_start_escaped).collect();
            out.push_str(&lines.join(&format!("\n{:indent$}", "")));
        }
        Block::List { first, items } => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push('\n');
                    out.extend(std::iter::repeat_n(' ', indent));
                }
                let marker = match first {
                    Some(first) => {
                        let dot = if marks == Marks::Usual { '.' } else { ')' };
                        format!("{}{dot} ", first.saturating_add(index as u64))
                    }
                    None if marks == Marks::Usual => "- ".to_owned(),
                    None => "* ".to_owned(),
                };
                out.push_str(&marker);
                let inner = indent + marker.len();
                for (index, block) in item.iter().enumerate() {
                    if index > 0 {
                        // A list right below its paragraph keeps the items close together.
                        let gap = if matches!(block, Block::List { .. }) {
                            "\n"
                        } else {
                            "\n\n"
                        };
                        out.push_str(gap);
                        out.extend(std::iter::repeat_n(' ', inner));
                    }
                    write_block(block, inner, Marks::Usual, out);
                }
            }
        }
    }
}

fn write_inlines(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => escape(text, out),
            Inline::Bold(inner) => wrapped("**", inner, out),
            Inline::Italic(inner) => wrapped("*", inner, out),
            Inline::Link { url, label } => {
                out.push('[');
                write_inlines(label, out);
                out.push_str("](");
                let address = address(url);
                if url.contains(['(', ')', ' ', '<', '>']) || url.is_empty() {
                    out.push('<');
                    out.push_str(&address.replace('<', "%3C").replace('>', "%3E"));
                    out.push('>');
                } else {
                    out.push_str(&address);
                }
                out.push(')');
            }
            Inline::Break => out.push_str("\\\n"),
        }
    }
}

fn wrapped(mark: &str, inner: &[Inline], out: &mut String) {
    out.push_str(mark);
    write_inlines(inner, out);
    out.push_str(mark);
}

/// A link's address, in which Markdown knows escapes and entities, but no other markup.
fn address(url: &str) -> String {
    let chars: Vec<char> = url.chars().collect();
    let mut out = String::with_capacity(url.len());
    for (index, &char) in chars.iter().enumerate() {
        if char == '\\' || char == '&' && begins_entity(&chars[index + 1..]) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// Whether a `&` before these letters could be read as the beginning of a sign's name, such as `&amp;`.
fn begins_entity(rest: &[char]) -> bool {
    let is_name = |it: &char| it.is_ascii_alphanumeric() || *it == '#';
    rest.first().is_some_and(is_name) && rest.iter().take(34).any(|it| *it == ';')
}

/// Marks with a backslash what Markdown would take for markup, and no more, since people
/// read and edit the result.
fn escape(text: &str, out: &mut String) {
    let chars: Vec<char> = text.chars().collect();
    for (index, &char) in chars.iter().enumerate() {
        let is_word = |at: Option<usize>| {
            at.and_then(|at| chars.get(at))
                .is_some_and(|c| c.is_alphanumeric())
        };
        let special = match char {
            '\\' | '*' | '`' | '[' | ']' | '~' | '|' => true,
            '<' => chars
                .get(index + 1)
                .is_some_and(|next| next.is_ascii_alphabetic() || "/!?".contains(*next)),
            // Between letters it means nothing, as in a file name.
            '_' => !(is_word(index.checked_sub(1)) && is_word(Some(index + 1))),
            '&' => begins_entity(&chars[index + 1..]),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(char);
    }
}

/// The same for what means something only where a line begins.
fn line_start_escaped(line: &str) -> String {
    let line = line.trim_start_matches([' ', '\t']);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=9).contains(&digits) && line[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    if line.starts_with(['#', '>', '+', '-', '=']) {
        return format!("\\{line}");
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::markdown;
    use super::*;

    #[track_caller]
    fn check(markdown: &str) {
        let (document, _) = Document::parse(markdown);
        assert_eq!(document.markdown(), markdown);
    }

    #[test]
    fn what_people_write_comes_back_as_it_was() {
        for text in [
            "Plain words, a snake_case name & more: 2 < 3.",
            "**Bold** and *italic* and **both *at* once**.",
            "See [our page](https://a.org/b), or [mail](mailto:a@b.c).",
            "[a](mailto:a@b.c\\\\!) and [b](https://a.org/?a=1&b=2&c) and [c](https://a.org/?a\\&copy;)",
            "One\\\ntwo",
            "A list:\n\n- one\n- **two**\n  - inner\n- three",
            "3. three\n4. four",
            "- one list\n\n* another",
            "1. one list\n\n1) another",
            "\\# no heading\n\n1\\. no list\n\n\\- neither",
            "\\*stars\\* and \\[brackets\\]",
        ] {
            check(text);
        }
    }

    #[test]
    fn an_emphasis_that_markdown_cannot_write_leaves_its_words() {
        let document = Document {
            blocks: vec![Block::Paragraph(vec![
                Inline::Bold(vec![Inline::Text("Yes.".into())]),
                Inline::Text("And".into()),
            ])],
        };
        assert_eq!(document.markdown(), "Yes.And");
    }

    fn words(document: &Document) -> String {
        document
            .plain()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect()
    }

    #[test]
    fn a_link_that_is_its_own_label_stays_one() {
        let (document, _) = Document::parse("[](mailto:a@b.c<)");
        assert_eq!(document.plain(), "mailto:a@b.c%3C");
        assert_eq!(Document::parse(&document.markdown()).0, document);
    }

    proptest! {
        #[test]
        fn no_word_is_lost(text in markdown()) {
            let (document, _) = Document::parse(&text);
            let (again, _) = Document::parse(&document.markdown());
            prop_assert_eq!(words(&again), words(&document), "{}", document.markdown());
        }
    }
}
