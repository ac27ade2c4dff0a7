//! A web page: what it says of itself, where its article stands, and its entries.

use std::collections::{HashMap, HashSet};

use dom_query::{Document as Html, NodeRef};
use dom_smoothie::{Config, Readability};
use url::Url;

use super::blocks::{Context, declares, element, name};
use super::flow::{self, Step};
use super::in_text::split_questions;
use super::{
    Exported, Found, Item, LeftOut, Options, Page, kind_of, one_line, same_words, schema_org,
};
use crate::knowledge::{EntryId, EntryKind};
use crate::markup::{Block, Document, Inline};

pub(super) fn read(text: &str, options: &Options) -> Found {
    // Looked at before it is parsed, since deep nesting costs the square of its depth.
    if is_deep_text(text) {
        return too_deep();
    }
    let html = Html::from(text);
    let address = options.url.clone().or_else(|| own_address(&html));
    let context = context(&html, address.clone());
    if is_deep(&html) {
        return too_deep();
    }
    if html.select("[data-askwell]").exists() {
        return exported(&html, &context);
    }
    let mut found = Found::default();
    schema_org::read(&html, &context, &mut found);
    let (steps, left_out) = article(&html, &context, options);
    found.left_out.extend(left_out);
    let title = title(&html, &steps);
    assemble(steps, address, title, &html, &mut found);
    found
}

/// Deepest nesting of elements that is read. Pages have 20 to 60 levels; each costs some
/// stack, so that a page made to harm must not have as many as it likes.
const MAX_DEPTH: usize = 500;

fn too_deep() -> Found {
    let mut found = Found::default();
    found.leave_out("<html>", "the whole page", "its elements stand in one another more than 500 deep, which no browser shows well; save its text as Markdown and import that");
    found
}

/// Whether some tag is opened that much more often than it is closed, leaving aside those
/// that need no closing.
pub(super) fn is_deep_text(text: &str) -> bool {
    const UNCLOSED: &[&str] = &[
        "area", "base", "body", "br", "col", "dd", "dt", "embed", "head", "hr", "html", "img",
        "input", "li", "link", "meta", "option", "p", "param", "path", "source", "tbody", "td",
        "tfoot", "th", "thead", "tr", "track", "wbr",
    ];
    let mut open: HashMap<String, usize> = HashMap::new();
    for tag in text.split('<').skip(1) {
        let (closes, rest) = tag
            .strip_prefix('/')
            .map_or((false, tag), |rest| (true, rest));
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
            .unwrap_or(rest.len());
        let name = &rest[..end];
        if end == 0 || end > 40 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let name = name.to_ascii_lowercase();
        let closes_itself = rest.split('>').next().is_some_and(|it| it.ends_with('/'));
        if closes_itself || UNCLOSED.contains(&name.as_str()) {
            continue;
        }
        let n = open.entry(name).or_default();
        *n = if closes { n.saturating_sub(1) } else { *n + 1 };
        if *n > MAX_DEPTH {
            return true;
        }
    }
    false
}

fn is_deep(html: &Html) -> bool {
    let mut open = vec![(html.root(), 0)];
    while let Some((node, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return true;
        }
        open.extend(node.children_it(false).map(|child| (child, depth + 1)));
    }
    false
}

/// The address that the page gives for itself.
fn own_address(html: &Html) -> Option<Url> {
    let canonical = html.select("link[rel='canonical']").attr("href");
    let address = canonical.or_else(|| html.select("meta[property='og:url']").attr("content"))?;
    Url::parse(address.trim())
        .ok()
        .filter(|it| matches!(it.scheme(), "http" | "https"))
}

/// Styles of the page that make words bold or italic by a class.
fn context(html: &Html, base: Option<Url>) -> Context {
    let mut context = Context {
        base,
        bold: HashSet::new(),
        italic: HashSet::new(),
    };
    for style in html.select("style").nodes() {
        for rule in style.text().split('}') {
            let Some((selectors, declarations)) = rule.split_once('{') else {
                continue;
            };
            let classes = || {
                selectors
                    .split(',')
                    .filter_map(|it| it.trim().strip_prefix('.'))
                    .filter(|it| {
                        it.chars()
                            .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
                    })
            };
            if declares(declarations, "font-weight", &["bold", "600", "700", "800"]) {
                context.bold.extend(classes().map(str::to_owned));
            }
            if declares(declarations, "font-style", &["italic"]) {
                context.italic.extend(classes().map(str::to_owned));
            }
        }
    }
    context
}

/// The steps of the article: inside `main` or `article` where the page has one, else
/// inside what readability takes for it, unless that loses most of the questions.
fn article(html: &Html, context: &Context, options: &Options) -> (Vec<Step>, Vec<LeftOut>) {
    let read = |html: &Html, root: &NodeRef<'_>| {
        let mut left_out = Vec::new();
        let steps = flow::read(html, root, context, &mut left_out);
        (steps, left_out)
    };
    let body = html.body().unwrap_or_else(|| html.root());
    let whole = read(html, &body);
    if options.whole_page {
        return whole;
    }
    let n_of = |steps: &[Step]| {
        steps
            .iter()
            .filter(|it| !matches!(it, Step::Text(_)))
            .count()
    };
    let marked = ["main", "[role='main']", "article"]
        .iter()
        .find_map(|selector| {
            let all = html.select(selector);
            (all.length() == 1).then(|| all.nodes()[0])
        });
    let (mut part, why) = if let Some(root) = marked {
        (
            read(html, &root),
            "it stands outside the main part of the page; --whole-page takes it too",
        )
    } else {
        let config = Config {
            keep_classes: true,
            ..Config::default()
        };
        let readable = Readability::with_document(html.clone(), None, Some(config))
            .ok()
            .and_then(|mut it| it.parse().ok());
        let Some(readable) = readable else {
            return whole;
        };
        let readable = Html::from(readable.content);
        (
            read(&readable, &readable.root()),
            "it stands outside the article of the page; --whole-page takes it too",
        )
    };
    if n_of(&part.0) * 2 < n_of(&whole.0)
        || n_of(&part.0) == 0
        || loses_questions(&part.0, &whole.0)
    {
        return whole;
    }
    let inside: HashSet<String> = part
        .0
        .iter()
        .filter_map(Step::title)
        .map(same_words)
        .collect();
    for step in whole.0 {
        if let Some(title) = step.title().filter(|it| !inside.contains(&same_words(it))) {
            part.1.push(LeftOut {
                place: step.place().to_owned(),
                what: format!("“{title}”"),
                why,
            });
        }
    }
    for left_out in whole.1 {
        if !part.1.contains(&left_out) {
            part.1.push(left_out);
        }
    }
    part
}

/// Whether a question that opens stands outside of the part, or lost its shape in it.
fn loses_questions(part: &[Step], whole: &[Step]) -> bool {
    let questions = |steps: &[Step]| -> HashSet<String> {
        let questions = steps
            .iter()
            .filter(|it| matches!(it, Step::Question { .. }));
        questions.filter_map(Step::title).map(same_words).collect()
    };
    !questions(whole).is_subset(&questions(part))
}

impl Step {
    fn title(&self) -> Option<&str> {
        match self {
            // The title of the page is taken wherever it stands.
            Self::Heading { level: 1, .. } | Self::Text(_) => None,
            Self::Heading { title, .. } | Self::Question { title, .. } => Some(title),
        }
    }

    fn place(&self) -> &str {
        match self {
            Self::Heading { place, .. } | Self::Question { place, .. } => place,
            Self::Text(_) => "",
        }
    }
}

fn title(html: &Html, steps: &[Step]) -> String {
    let heading = steps.iter().find_map(|it| match it {
        Step::Heading {
            level: 1, title, ..
        } => Some(title.clone()),
        _ => None,
    });
    let shown = || {
        html.select("meta[property='og:title']")
            .attr("content")
            .map(|it| one_line(&it))
    };
    let of_head = || {
        let title =
            Readability::with_document(html.clone(), None, None).map(|it| it.get_article_title());
        title
            .ok()
            .map(|it| one_line(&it))
            .filter(|it| !it.is_empty())
    };
    let named = || {
        html.select(".title, [class*='page-title']")
            .nodes()
            .first()
            .map(|it| one_line(&it.text()))
    };
    heading
        .or_else(shown)
        .or_else(of_head)
        .or_else(named)
        .unwrap_or_default()
}

/// Steps to entries: a heading with the text below it, a question with its answer.
fn assemble(steps: Vec<Step>, address: Option<Url>, title: String, html: &Html, found: &mut Found) {
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
                level: 1,
                title: heading,
                place,
                ..
            } if open.is_none() => {
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
                answer,
                place,
            } => {
                items.push(Item::new(EntryKind::Faq, title, answer, place));
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

/// A page that `askwell export` wrote: every entry says what it is.
fn exported(html: &Html, context: &Context) -> Found {
    let mut exported = Exported::default();
    for node in html.select("[data-askwell]").nodes() {
        let text = |key: &str| node.attr(key).map(|it| it.to_string());
        let children = node.element_children();
        let title = children.iter().find(|it| name(it).starts_with('h'));
        let answer = children.iter().find(|it| it.has_class("answer"));
        let answer = answer.map(NodeRef::children).unwrap_or_default();
        let answer = context.document(answer, &mut exported.found.left_out);
        let kind = kind_of(text("data-askwell").as_deref());
        let title = title.map(|it| one_line(&it.text())).unwrap_or_default();
        let mut item = Item::new(kind, title, answer, element(node));
        item.id = text("id").filter(|it| EntryId::new(it).is_some());
        item.anchor = text("data-anchor");
        item.url = text("data-url");
        item.section = text("data-section");
        let related = text("data-related").unwrap_or_default();
        item.related = related.split_whitespace().map(str::to_owned).collect();
        exported.push(item, text("lang"));
    }
    exported.found
}
