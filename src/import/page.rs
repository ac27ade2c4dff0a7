//! A web page: what it says of itself, where its article stands, and its entries.

use std::collections::{HashMap, HashSet};

use dom_query::{Document as Html, NodeRef};
use dom_smoothie::{Config, Readability};
use url::Url;

use super::assemble::assemble;
use super::blocks::{Context, declares, element, name};
use super::flow::{self, Step};
use super::{
    Exported, Found, Item, LeftOut, Options, is_question, kind_of, one_line, same_words, schema_org,
};
use crate::knowledge::EntryId;

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
    elsewhere(&html, &mut found);
    unseen(text, &html, &mut found);
    found
}

/// Names the questions that the page only links to, as the lists of help centres do.
fn elsewhere(html: &Html, found: &mut Found) {
    let mut known: HashSet<String> = found.items.iter().map(|it| same_words(&it.title)).collect();
    for link in html.select("a[href]").nodes() {
        let is_same_page = link.attr("href").is_none_or(|it| it.starts_with('#'));
        let words = one_line(&link.text());
        if !is_same_page && is_question(&words) && known.insert(same_words(&words)) {
            found.leave_out(
                element(link),
                format!("“{words}”"),
                "the page only links to it; import the page behind the link too",
            );
        }
    }
}

/// Says what no browser shows either: what stands in a comment that never ends, and the
/// whole of a page that holds nothing.
fn unseen(text: &str, html: &Html, found: &mut Found) {
    if let Some(at) = text.rfind("<!--").filter(|at| !text[*at..].contains("-->")) {
        let line = text[..at].matches('\n').count() + 1;
        let words: String = text[at + 4..].trim().chars().take(60).collect();
        found.leave_out(
            format!("line {line}"),
            format!("“{}”", one_line(&words)),
            "it stands in a comment (<!--) that never ends, so browsers do not show it either; end it with -->",
        );
    }
    if !found.items.is_empty() || found.page.is_some() {
        return;
    }
    let lower = text.to_ascii_lowercase();
    let never_ends =
        |tag: &str| lower.contains(&format!("<{tag}")) && !lower.contains(&format!("</{tag}"));
    let body = html.body().unwrap_or_else(|| html.root());
    let mut words = String::new();
    flow::add_words(&body, &mut words);
    let (what, why) = if let Some(tag) = ["title", "script", "style"]
        .iter()
        .find(|it| never_ends(it))
    {
        (
            format!("the page from <{tag}> on"),
            "this element never ends, so no browser shows what stands behind it; end it, or save the page from a browser",
        )
    } else if !words.trim().is_empty() {
        return;
    } else if html.select("script").exists() {
        (
            "the whole page".to_owned(),
            "its HTML holds no text, since JavaScript builds the page in the browser; open it there, save the whole page as a file and import that",
        )
    } else {
        ("the whole page".to_owned(), "its HTML holds no text")
    };
    found.leave_out("<html>", what, why);
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
    let shown = || -> Option<String> {
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
    let named = || named().filter(|it| !it.is_empty());
    let title = heading.or_else(shown).or_else(of_head).or_else(named);
    let title = title.unwrap_or_default();
    // Help centres put their name behind the title, and the title into a lower heading.
    let first = steps.iter().find_map(|it| match it {
        Step::Heading { title, .. } => Some(title),
        _ => None,
    });
    let behind = |first: &String| title.strip_prefix(first.as_str()).map(str::trim_start);
    let is_named_after = first.is_some_and(|it| {
        behind(it).is_some_and(|it| it.starts_with(['|', '-', '–', '—', ':', '·']))
    });
    match first {
        Some(first) if is_named_after => first.clone(),
        _ => title,
    }
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
    exported.into_found()
}
