//! A text of the content as Markdown: what a chat can't show, links that lead nowhere and
//! texts that don't fit one message become problems.

use std::ops::Range;

use crate::markup::{Block, Construct, Document, Inline, Unsupported};

use super::code::Code;
use super::findings::{Findings, Text};
use super::link;
use super::problem::Problem;

/// Longest answer, in UTF-16 units as Telegram counts. A message holds 4,096; about 600
/// are kept for the source line, the link and related questions.
pub const MAX_ANSWER: usize = 3_400;

/// Parses a text and reports what is wrong with it; `max` is in UTF-16 units.
pub(crate) fn parse<'i>(text: &Text<'i>, max: usize, findings: &mut Findings<'i>) -> Document {
    let (document, unsupported) = Document::parse(&text.value);
    let mut seen: Vec<Construct> = Vec::new();
    for Unsupported { construct, span } in unsupported {
        if seen.contains(&construct) {
            continue;
        }
        seen.push(construct);
        let mark = place_in_source(text, &span, findings.text).unwrap_or_else(|| text.mark.clone());
        let problem = Problem::warning(
            Code::NotShown,
            findings.place(&mark),
            format!("a chat cannot show {construct}"),
        )
        .label("shown as plain words")
        .help(advice(construct));
        findings.push(problem);
    }
    check_links(&document.blocks, text, findings);
    // Lists may gain some white space, but nothing is shown twice as long as it is written.
    let units = if text.value.len() * 2 <= max {
        0
    } else {
        document.len_utf16()
    };
    if units > max {
        let problem = Problem::error(Code::TooLong, findings.place(&text.mark), "this text is too long for one message")
            .label(format!("{} characters, and {} fit", grouped(units), grouped(max)))
            .help(if max == MAX_ANSWER {
                "Telegram shows at most 4,096 characters in a message, and the link and the next questions need a part of them; shorten it, or divide it into two entries"
            } else {
                "it stands in a message with other words, which shows at most 4,096 characters; shorten it"
            });
        findings.push(problem);
    }
    document
}

fn advice(construct: Construct) -> &'static str {
    match construct {
        Construct::Heading => {
            "people will read the words without its size; **bold** stands out in a chat"
        }
        Construct::Image => {
            "people will read its description instead; link to the page that shows it"
        }
        Construct::Html => {
            "people would see the signs themselves; use **bold**, *italic*, lists and [links](https://…)"
        }
        Construct::Code => {
            "four spaces at the beginning of a line, or backticks, mean code; take them out"
        }
        Construct::Table => {
            "people will read its rows one below the other; a list is easier to read on a phone"
        }
        Construct::Quote => "people will read it as ordinary text; put quotation marks around it",
        Construct::Rule => "it is left out; an empty line parts two paragraphs",
        Construct::Strikethrough => "people will read it as valid; take the words out",
        Construct::LinkTarget => {
            "people will read the words but cannot press them; give the address in full, beginning with https://"
        }
    }
}

fn check_links<'i>(blocks: &[Block], text: &Text<'i>, findings: &mut Findings<'i>) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => check_inline_links(inlines, text, findings),
            Block::List { items, .. } => {
                for item in items {
                    check_links(item, text, findings);
                }
            }
        }
    }
}

fn check_inline_links<'i>(inlines: &[Inline], text: &Text<'i>, findings: &mut Findings<'i>) {
    for inline in inlines {
        match inline {
            Inline::Link { url, .. }
                if url
                    .get(..4)
                    .is_some_and(|it| it.eq_ignore_ascii_case("http")) =>
            {
                let at = text.value.find(url.as_str());
                let mark =
                    at.and_then(|at| place_in_source(text, &(at..at + url.len()), findings.text));
                let mark = mark.unwrap_or_else(|| text.mark.clone());
                match link::web_address(url) {
                    Ok(address) if link::is_placeholder(&address) => {
                        findings.placeholders.push(mark);
                    }
                    Ok(_) => {}
                    Err(label) => {
                        let problem = Problem::error(
                            Code::BadLink,
                            findings.place(&mark),
                            "this link cannot be opened",
                        )
                        .label(label)
                        .help("copy the address from the browser, beginning with https://");
                        findings.push(problem);
                    }
                }
            }
            Inline::Bold(inner) | Inline::Italic(inner) => {
                check_inline_links(inner, text, findings);
            }
            Inline::Link { .. } | Inline::Text(_) | Inline::Break => {}
        }
    }
}

/// Where a part of a text stands in its file, if the file has the text as it is, so
/// without backslashes.
pub(crate) fn place_in_source(
    text: &Text<'_>,
    span: &Range<usize>,
    source: &str,
) -> Option<Range<usize>> {
    let raw = &source[text.span.clone()];
    let offset = text.span.start + raw.find(&*text.value)?;
    Some(offset + span.start..offset + span.end)
}

/// `3400` as `3,400`.
fn grouped(n: usize) -> String {
    if n < 1_000 {
        n.to_string()
    } else {
        format!("{},{:03}", grouped(n / 1_000), n % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, read};
    use super::*;

    fn faq(answer: &str) -> String {
        format!("[[faq]]\nid = 'a'\nquestion = 'Q?'\nvariants = ['x']\nanswer = {answer}\n")
    }

    #[track_caller]
    fn check_answer(answer: &str, expected: &[&str]) {
        check(&[&faq(answer)], expected);
    }

    #[test]
    fn what_a_chat_cannot_show_is_marked_once_a_kind() {
        check_answer(
            "\"\"\"\nIt **can**.\n\n1. *a*\n2. [b](https://a.org) [c](mailto:a@b.c)\n\"\"\"",
            &[],
        );
        check_answer(
            "\"\"\"\n# One\n\n# Two\n\nUse `x` and ![y](https://a.org/y.png).\n\"\"\"",
            &[
                "warning a.toml:6:1 a chat cannot show a heading (shown as plain words)",
                "warning a.toml:10:5 a chat cannot show code (shown as plain words)",
                "warning a.toml:10:13 a chat cannot show a picture (shown as plain words)",
            ],
        );
        // With a backslash the text is not in the file as it is, so all of it is marked.
        check_answer(
            r#""\"a\" `b`""#,
            &["warning a.toml:5:10 a chat cannot show code (shown as plain words)"],
        );
        assert!(read(&[&faq("'# One'")]).content.is_some());
    }

    #[test]
    fn links_lead_somewhere() {
        check_answer(
            "'[a](<https://a.org/b c>) [b](https://[) [c](contact)'",
            &[
                "error a.toml:5:16 this link cannot be opened (there is a space in it)",
                "error a.toml:5:40 this link cannot be opened (not a complete address)",
                "warning a.toml:5:51 a chat cannot show a link without a full address (shown as plain words)",
            ],
        );
    }

    #[test]
    fn an_answer_fits_one_message_with_its_link() {
        // Markup is not counted, as Telegram does not; an emoji counts twice, as it does there.
        check_answer(&format!("'**{}**'", "x".repeat(MAX_ANSWER)), &[]);
        check_answer(
            &format!("'{}'", "x".repeat(MAX_ANSWER + 1)),
            &[
                "error a.toml:5:10 this text is too long for one message (3,401 characters, and 3,400 fit)",
            ],
        );
        check_answer(
            &format!("\"\"\"\n{}\"\"\"", "👍".repeat(MAX_ANSWER / 2 + 1)),
            &[
                "error a.toml:5:1 this text is too long for one message (3,402 characters, and 3,400 fit)",
            ],
        );
    }
}
