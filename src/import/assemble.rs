//! The steps of a page as its entries: a heading with the text below it, a question with
//! its answer, and what comes first as the summary of the page.

use dom_query::Document as Html;
use url::Url;

use super::flow::Step;
use super::in_text::split_questions;
use super::{Found, Item, Page, one_line, same_words};
use crate::knowledge::EntryKind;
use crate::markup::{Block, Document, Inline};

/// Steps to entries: a heading with the text below it, a question with its answer.
pub(super) fn assemble(
    steps: Vec<Step>,
    address: Option<Url>,
    title: String,
    html: &Html,
    found: &mut Found,
) {
    let n_schema = found.items.len();
    let kind = if address.is_some() {
        EntryKind::Section
    } else {
        EntryKind::Faq
    };
    let mut intro: Vec<Block> = Vec::new();
    let mut open: Option<Item> = None;
    // Where the entry of the open heading belongs among the others.
    let mut opened_at = 0;
    let mut items: Vec<Item> = Vec::new();
    for step in steps {
        match step {
            Step::Heading {
                level,
                title: heading,
                place,
                ..
            } if open.is_none()
                && (level == 1 || items.is_empty() && address.is_some() && heading == title) =>
            {
                if heading != title {
                    found.leave_out(place, format!("“{heading}”"), "a second title of the page");
                }
            }
            Step::Heading {
                title,
                anchor,
                place,
                ..
            } => {
                close(open.take(), opened_at, &mut items, found);
                opened_at = items.len();
                let mut item = Item::new(kind, title, Document::default(), place);
                item.anchor = anchor.filter(|_| kind == EntryKind::Section);
                open = Some(item);
            }
            Step::Question {
                title,
                variants,
                answer,
                place,
            } => {
                let mut item = Item::new(EntryKind::Faq, title, answer, place);
                item.variants = variants;
                items.push(item);
            }
            Step::Text(blocks) => match &mut open {
                Some(item) => item.answer.blocks.extend(blocks),
                None => intro.extend(blocks),
            },
        }
    }
    close(open.take(), opened_at, &mut items, found);
    let (intro, questions) = split_questions(intro);
    let place = "before the first heading";
    let from_intro = questions.into_iter().map(|(title, blocks)| {
        Item::new(EntryKind::Faq, title, Document { blocks }, place.to_owned())
    });
    items.splice(0..0, from_intro);
    for item in items {
        let same = found.items[..n_schema]
            .iter()
            .find(|it| same_words(&it.title) == same_words(&item.title));
        let twin = found.items.iter().find(|it| {
            same_words(&it.title) == same_words(&item.title) && it.answer == item.answer
        });
        if let Some(twin) = same.or(twin) {
            let why = if twin.place.starts_with("JSON-LD") {
                "the same question stands in the page's JSON-LD"
            } else if twin.place.starts_with("microdata") {
                "the same question stands in the page's microdata"
            } else if twin.place.starts_with("RDFa") {
                "the same question stands in the page's RDFa"
            } else {
                "the same question stands there twice"
            };
            found.leave_out(item.place, format!("“{}”", item.title), why);
        } else {
            found.items.push(item);
        }
    }
    finish(intro, address, title, html, found);
}

/// A section is done: with text it is an entry, or several if it holds questions in bold.
/// Questions that opened below it stand from `at` on.
fn close(item: Option<Item>, at: usize, items: &mut Vec<Item>, found: &mut Found) {
    let Some(mut item) = item else { return };
    let (blocks, questions) = split_questions(std::mem::take(&mut item.answer.blocks));
    let is_group = !questions.is_empty() || items.len() > at;
    let below = format!("below {}", item.place);
    let questions = questions.into_iter().map(|(title, blocks)| {
        Item::new(EntryKind::Faq, title, Document { blocks }, below.clone())
    });
    items.splice(at..at, questions);
    if blocks.is_empty() {
        let why = if is_group {
            "a heading over questions, without text of its own"
        } else {
            "no text stands below this heading, so there is nothing to answer with"
        };
        found.leave_out(item.place, format!("“{}”", item.title), why);
    } else {
        item.answer = Document { blocks };
        items.insert(at, item);
    }
}

/// The page itself, with what stands before its first heading as its summary.
fn finish(
    mut intro: Vec<Block>,
    address: Option<Url>,
    title: String,
    html: &Html,
    found: &mut Found,
) {
    let Some(address) = address else {
        if !intro.is_empty() {
            found.leave_out("before the first heading", words_of(&intro), "the page's address is not known, so there is no article it could introduce; give it with --url");
        }
        return;
    };
    intro.retain(|block| words_in(std::slice::from_ref(block)) != title);
    let described = html
        .select("meta[name='description']")
        .attr("content")
        .or_else(|| {
            html.select("meta[property='og:description']")
                .attr("content")
        });
    let described = described
        .map(|it| one_line(&it))
        .filter(|it| !it.is_empty());
    let summary = match (intro.is_empty(), described) {
        (false, _) => Document { blocks: intro },
        (true, Some(text)) => Document::text(text),
        (true, None) => contents(&found.items),
    };
    if title.is_empty() || summary.is_empty() {
        let what = if title.is_empty() {
            "the page has no title"
        } else {
            "the page has no text"
        };
        found.leave_out(
            "<html>",
            what,
            "without title and text there is no article to link to",
        );
        for item in &mut found.items {
            if item.kind == EntryKind::Section {
                item.kind = EntryKind::Faq;
                item.anchor = None;
            }
        }
        return;
    }
    let language = html.html_root().attr("lang").map(|it| it.trim().to_owned());
    let mut url = address;
    url.set_fragment(None);
    found.page = Some(Page {
        id: None,
        title,
        url: url.to_string(),
        summary,
        variants: Vec::new(),
        language: language.filter(|it| !it.is_empty()),
    });
}

/// The titles of the first entries, for a page that says nothing of itself.
pub(super) fn contents(items: &[Item]) -> Document {
    let title = |item: &Item| vec![Block::Paragraph(vec![Inline::Text(item.title.clone())])];
    let items: Vec<Vec<Block>> = items.iter().take(5).map(title).collect();
    if items.is_empty() {
        return Document::default();
    }
    Document {
        blocks: vec![Block::List { first: None, items }],
    }
}

fn words_in(blocks: &[Block]) -> String {
    let blocks = blocks.to_vec();
    one_line(&Document { blocks }.plain())
}

fn words_of(blocks: &[Block]) -> String {
    let beginning: String = words_in(blocks).chars().take(60).collect();
    format!("“{beginning}”")
}
