//! A Markdown file: a heading with the text below it is an entry.

use pulldown_cmark::{Event, HeadingLevel, Options as Extensions, Parser, Tag, TagEnd};

use super::in_text::split_questions;
use super::{Exported, Found, Item, Options, Page, kind_of, one_line};
use crate::knowledge::{EntryId, EntryKind};
use crate::markup::Document;

struct Heading {
    level: HeadingLevel,
    title: String,
    id: Option<String>,
    /// Of our own export: `faq`, `section`, `article` or `related`.
    kind: Option<String>,
    attributes: Vec<(String, String)>,
    /// Bytes of the heading.
    span: std::ops::Range<usize>,
}

pub(super) fn read(text: &str, options: &Options) -> Found {
    let mut found = Found::default();
    let (text, above) = without_front_matter(text);
    let address = options
        .url
        .as_ref()
        .map(url::Url::to_string)
        .or_else(|| front(above, "url"));
    let kind = if address.is_some() {
        EntryKind::Section
    } else {
        EntryKind::Faq
    };
    let headings = headings(text);
    if headings.iter().any(|it| it.kind.is_some()) {
        return exported(text, headings);
    }
    let n_lines_above = above.lines().count();
    let line = |at: usize| {
        format!(
            "line {}",
            n_lines_above + text[..at].matches('\n').count() + 1
        )
    };
    let title_level = headings.first().map(|it| it.level).filter(|level| {
        *level == HeadingLevel::H1 && headings.iter().filter(|it| it.level == *level).count() == 1
    });
    let mut title = front(above, "title").unwrap_or_default();
    let end = headings.first().map_or(text.len(), |it| it.span.start);
    let mut intro = answer(&text[..end]);
    for (index, heading) in headings.iter().enumerate() {
        let end = headings
            .get(index + 1)
            .map_or(text.len(), |it| it.span.start);
        let document = answer(&text[heading.span.end..end]);
        if title_level == Some(heading.level) && index == 0 {
            title.clone_from(&heading.title);
            intro.extend(document);
        } else {
            below_heading(
                heading,
                document,
                kind,
                &line(heading.span.start),
                &mut found,
            );
        }
    }
    let (rest, questions) = split_questions(intro.blocks);
    let intro = Document { blocks: rest };
    let from_intro = questions.into_iter().map(|(title, blocks)| {
        Item::new(
            EntryKind::Faq,
            title,
            Document { blocks },
            "line 1".to_owned(),
        )
    });
    found.items.splice(0..0, from_intro);
    introduce(intro, title, address, above, &mut found);
    found
}

/// A heading is an entry with the text below it, or several if that holds questions.
fn below_heading(
    heading: &Heading,
    text: Document,
    kind: EntryKind,
    place: &str,
    found: &mut Found,
) {
    let (rest, questions) = split_questions(text.blocks);
    let is_group = !questions.is_empty();
    if rest.is_empty() {
        let why = if is_group {
            "a heading over questions, without text of its own"
        } else {
            "no text stands below this heading, so there is nothing to answer with"
        };
        found.leave_out(place, format!("“{}”", heading.title), why);
    } else {
        let blocks = Document { blocks: rest };
        let mut item = Item::new(kind, heading.title.clone(), blocks, place.to_owned());
        item.id = heading.id.clone().filter(|it| EntryId::new(it).is_some());
        item.anchor = heading.id.clone().filter(|_| kind == EntryKind::Section);
        found.items.push(item);
    }
    for (title, blocks) in questions {
        let item = Item::new(EntryKind::Faq, title, Document { blocks }, place.to_owned());
        found.items.push(item);
    }
}

/// What stands above the first entry becomes the summary of the page, if its address is known.
fn introduce(
    intro: Document,
    title: String,
    address: Option<String>,
    above: &str,
    found: &mut Found,
) {
    match address {
        Some(url) if !title.is_empty() => {
            let summary = if intro.is_empty() {
                super::assemble::contents(&found.items)
            } else {
                intro
            };
            found.page = Some(Page {
                id: front(above, "id"),
                title,
                url,
                summary,
                variants: Vec::new(),
                language: front(above, "language"),
            });
        }
        Some(_) => {
            found.leave_out(
                "line 1",
                "the page itself",
                "the file has no title, such as a line that begins with a single #",
            );
            found.loosen();
        }
        None if !intro.is_empty() => {
            let words: String = one_line(&intro.plain()).chars().take(60).collect();
            found.leave_out("line 1", format!("“{words}”"), "the page's address is not known, so there is no article it could introduce; give it with --url");
        }
        None => {}
    }
}

const KINDS: &[&str] = &["faq", "section", "article", "related"];

/// A document that `askwell export` wrote: every heading says what it is.
fn exported(text: &str, headings: Vec<Heading>) -> Found {
    let mut exported = Exported::default();
    let starts: Vec<usize> = headings.iter().skip(1).map(|it| it.span.start).collect();
    for (index, heading) in headings.into_iter().enumerate() {
        let end = starts.get(index).copied().unwrap_or(text.len());
        let line = text[..heading.span.start].matches('\n').count() + 1;
        let attribute = |key: &str| {
            heading
                .attributes
                .iter()
                .find(|(it, _)| it == key)
                .map(|(_, value)| value.clone())
        };
        let kind = kind_of(heading.kind.as_deref());
        let answer = answer(&text[heading.span.end..end]);
        let mut item = Item::new(kind, heading.title.clone(), answer, format!("line {line}"));
        item.id = heading.id.clone().filter(|it| EntryId::new(it).is_some());
        item.anchor = attribute("anchor");
        item.url = attribute("url");
        item.section = attribute("section");
        let related = attribute("related").unwrap_or_default();
        item.related = related
            .split(',')
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect();
        exported.push(item, attribute("language"));
    }
    exported.into_found()
}

fn headings(text: &str) -> Vec<Heading> {
    let extensions = Extensions::ENABLE_HEADING_ATTRIBUTES | Extensions::ENABLE_TABLES;
    let mut out: Vec<Heading> = Vec::new();
    let mut inside = false;
    for (event, span) in Parser::new_ext(text, extensions).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading {
                level,
                id,
                classes,
                attrs,
            }) => {
                inside = true;
                out.push(Heading {
                    level,
                    title: String::new(),
                    id: id.map(|it| it.to_string()),
                    kind: classes
                        .iter()
                        .find(|it| KINDS.contains(&&***it))
                        .map(ToString::to_string),
                    attributes: attrs
                        .into_iter()
                        .filter_map(|(key, value)| Some((key.to_string(), value?.to_string())))
                        .collect(),
                    span,
                });
            }
            Event::End(TagEnd::Heading(_)) => {
                inside = false;
                if let Some(last) = out.last_mut() {
                    last.title = one_line(&last.title);
                }
            }
            Event::Text(words) | Event::Code(words) if inside => {
                if let Some(last) = out.last_mut() {
                    last.title.push_str(&words);
                }
            }
            Event::SoftBreak | Event::HardBreak if inside => {
                if let Some(last) = out.last_mut() {
                    last.title.push(' ');
                }
            }
            _ => {}
        }
    }
    out.retain(|it| !it.title.is_empty());
    out
}

fn answer(text: &str) -> Document {
    Document::parse(text).0
}

/// The text without the lines between `---` that some tools put above it, and those lines.
fn without_front_matter(text: &str) -> (&str, &str) {
    let is_rule = |line: &str| line.trim_end() == "---";
    let mut end = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        end += line.len();
        match (index, is_rule(line)) {
            (0, false) => break,
            (0, true) | (_, false) => {}
            (_, true) => return (&text[end..], &text[..end]),
        }
    }
    (text, "")
}

/// A value of those lines.
fn front(lines: &str, key: &str) -> Option<String> {
    let value = lines
        .lines()
        .find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':'))?;
    let value = value.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_above_the_text_are_read_with_any_line_ends() {
        let text =
            "---\ntitle: The mill\nurl: https://mill.uk\n---\n\nHello.\n\n## Bus\n\nLine 4.\n";
        let expected = read(text, &Options::default());
        let page = expected.page.as_ref().unwrap();
        assert_eq!(
            (page.title.as_str(), page.summary.plain().trim()),
            ("The mill", "Hello.")
        );
        for ends in ["\r\n", " \n"] {
            assert_eq!(
                read(&text.replace('\n', ends), &Options::default()),
                expected
            );
        }
        assert_eq!(without_front_matter("---\na\n---"), ("", "---\na\n---"));
        assert_eq!(without_front_matter("---\na\n"), ("---\na\n", ""));
        assert_eq!(without_front_matter("a\n---\n"), ("a\n---\n", ""));
    }
}
