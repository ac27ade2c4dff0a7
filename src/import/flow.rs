//! A page from top to bottom: headings, questions that open, and the text between them.

use std::collections::HashSet;

use dom_query::{Document as Html, NodeId, NodeRef};

use super::accordion;
use super::blocks::{BLOCKS, Context, SILENT, element, name, tidy};
use super::{LeftOut, marks, one_line};
use crate::markup::{Block, Document, Inline};

/// What comes next on the page.
#[derive(Debug)]
pub(super) enum Step {
    Heading {
        level: u8,
        title: String,
        anchor: Option<String>,
        place: String,
    },
    Question {
        title: String,
        variants: Vec<String>,
        answer: Document,
        place: String,
    },
    Text(Vec<Block>),
}

/// Words in a class or id of what is on a page for other reasons than to be read there.
const FURNITURE: &[(&[&str], &str)] = &[
    (
        &["cookie", "cookies", "consent", "gdpr"],
        "a notice about cookies",
    ),
    (
        &[
            "breadcrumb",
            "breadcrumbs",
            "menu",
            "navbar",
            "pagination",
            "toc",
            "skip",
        ],
        "it leads around the site",
    ),
    (
        &[
            "share",
            "sharing",
            "social",
            "newsletter",
            "subscribe",
            "signup",
        ],
        "it asks people to share or subscribe",
    ),
    (
        &["sidebar", "related", "recommended"],
        "it stands beside the article",
    ),
    (
        &[
            "comments",
            "comment",
            "votes",
            "vote",
            "likes",
            "rating",
            "reaction",
            "reactions",
            "feedback",
        ],
        "it is for readers' comments or votes",
    ),
    (
        &["author", "byline", "meta"],
        "it says who wrote the page, and when",
    ),
];

/// The steps of a page from `root` on.
pub(super) fn read(
    html: &Html,
    root: &NodeRef<'_>,
    context: &Context,
    left_out: &mut Vec<LeftOut>,
) -> Vec<Step> {
    let mut walk = Walk {
        html,
        context,
        root_length: root.normalized_char_count(),
        opened: HashSet::new(),
        run: Vec::new(),
        is_marked: false,
        steps: Vec::new(),
        left_out,
    };
    for child in root.children() {
        walk.node(&child);
    }
    walk.flush();
    walk.steps
}

struct Walk<'a, 'l> {
    html: &'a Html,
    context: &'a Context,
    /// Characters of the root's text.
    root_length: usize,
    /// Panels that were read with their question.
    opened: HashSet<NodeId>,
    run: Vec<Inline>,
    /// Whether the heading above had a `Q:`, so that the text below may have an `A:`.
    is_marked: bool,
    steps: Vec<Step>,
    left_out: &'l mut Vec<LeftOut>,
}

impl<'a> Walk<'a, '_> {
    fn node(&mut self, node: &NodeRef<'a>) {
        if node.is_text() {
            self.context.inline(node, &mut self.run, self.left_out);
            return;
        }
        let tag = name(node);
        if !node.is_element() || SILENT.contains(&tag.as_str()) || self.opened.contains(&node.id) {
            return;
        }
        if let Some(why) = self.furniture(node) {
            let words: String = heading_words(node).chars().take(60).collect();
            if !words.is_empty() {
                self.left_out.push(LeftOut {
                    place: element(node),
                    what: format!("“{words}”"),
                    why,
                });
            }
            return;
        }
        let pairs = accordion::pairs(self.html, node);
        if !pairs.is_empty() {
            self.flush();
            for pair in pairs {
                self.pair(&pair);
            }
            return;
        }
        if let Some(level) = tag
            .strip_prefix('h')
            .and_then(|it| it.parse::<u8>().ok())
            .filter(|it| (1..=6).contains(it))
        {
            self.heading(level, node);
            return;
        }
        if self.has_structure(node) {
            self.flush();
            for child in node.children() {
                self.node(&child);
            }
            self.flush();
            return;
        }
        if BLOCKS.contains(&tag.as_str()) {
            self.flush();
            let document = self.context.document([*node], self.left_out);
            self.text(document.blocks);
        } else if node
            .descendants_it()
            .any(|it| BLOCKS.contains(&name(&it).as_str()))
        {
            for child in node.children() {
                self.node(&child);
            }
        } else {
            self.context.inline(node, &mut self.run, self.left_out);
        }
    }

    fn heading(&mut self, level: u8, node: &NodeRef<'a>) {
        self.flush();
        // A heading that nobody closed holds the text below it.
        let children = node.children();
        let is_block = |it: &NodeRef<'_>| BLOCKS.contains(&name(it).as_str());
        let end = children.iter().position(is_block).unwrap_or(children.len());
        let mut title = words_of(&children[..end]);
        let mut below = &children[end..];
        if title.is_empty() {
            title = heading_words(node);
            below = &[];
        }
        if title.is_empty() {
            return;
        }
        let (title, is_marked) = marks::question(&title);
        self.is_marked = is_marked;
        let own = node.id_attr().or_else(|| node.attr("name"));
        let inner = || {
            node.descendants_it()
                .filter(|it| name(it) == "a")
                .find_map(|it| it.id_attr().or_else(|| it.attr("name")))
        };
        let anchor = own
            .or_else(inner)
            .map(|it| it.trim().to_owned())
            .filter(|it| !it.is_empty());
        self.steps.push(Step::Heading {
            level,
            title,
            anchor,
            place: element(node),
        });
        for it in below {
            self.node(it);
        }
        self.flush();
    }

    fn pair(&mut self, pair: &accordion::Pair<'a>) {
        let (title, is_marked) = marks::question(&asked(&pair.question));
        let mut inner = Vec::new();
        if self.is_group(pair) {
            self.steps.push(Step::Heading {
                level: 3,
                title,
                anchor: None,
                place: element(&pair.question),
            });
            for it in &pair.answer {
                self.node(it);
            }
            self.opened.extend(pair.answer.iter().map(|it| it.id));
            self.flush();
            return;
        }
        let mut answer = self.context.document(
            pair.answer.iter().copied().flat_map(|it| answer_nodes(&it)),
            &mut inner,
        );
        if let Some(block) = answer.blocks.first_mut().filter(|_| is_marked) {
            marks::answer(block);
        }
        self.left_out.append(&mut inner);
        self.opened.extend(pair.answer.iter().map(|it| it.id));
        let place = element(&pair.question);
        match (title.is_empty(), answer.is_empty()) {
            (true, _) => {}
            (false, true) => self.left_out.push(LeftOut {
                place,
                what: format!("“{title}”"),
                why: "its answer is empty in the page's HTML; the site may load it when it is pressed, so copy it by hand",
            }),
            (false, false) => {
                let variants = pair.also.iter().map(asked).collect();
                self.steps.push(Step::Question { title, variants, answer, place });
            }
        }
    }

    /// Whether what opens holds questions of its own: an accordion in an answer, or the
    /// panel of a tab.
    fn is_group(&self, pair: &accordion::Pair<'a>) -> bool {
        let is_pair = |it: &NodeRef<'a>| !accordion::pairs(self.html, it).is_empty();
        let inside = || pair.answer.iter().flat_map(NodeRef::descendants_it);
        let n_nested =
            pair.answer.iter().filter(|it| is_pair(it)).count() + inside().filter(is_pair).count();
        let is_tab = || {
            let role = |it: &NodeRef<'_>| it.attr("role").as_deref() == Some("tab");
            let in_list = |it: NodeRef<'_>| it.attr("role").as_deref() == Some("tablist");
            role(&pair.question) && pair.question.ancestors_it(Some(4)).any(in_list)
        };
        let has_headings =
            || inside().any(|it| matches!(name(&it).as_str(), "h2" | "h3" | "h4" | "h5" | "h6"));
        let has_details = || {
            let mut all = pair.answer.iter().copied().chain(inside());
            all.any(|it| name(&it) == "details")
        };
        n_nested > 1 || n_nested == 1 && has_details() || is_tab() && has_headings()
    }

    /// Whether an element holds headings or questions, so that it is to be walked through.
    fn has_structure(&self, node: &NodeRef<'a>) -> bool {
        node.descendants_it().any(|it| {
            it.is_element() && {
                let tag = name(&it);
                matches!(
                    tag.as_str(),
                    "h1" | "h2"
                        | "h3"
                        | "h4"
                        | "h5"
                        | "h6"
                        | "details"
                        | "dl"
                        | "nav"
                        | "form"
                        | "footer"
                        | "aside"
                ) || !accordion::pairs(self.html, &it).is_empty()
                    || self.furniture(&it).is_some()
            }
        })
    }

    /// Why an element is not part of what the page says, if so.
    fn furniture(&self, node: &NodeRef<'_>) -> Option<&'static str> {
        let tag = name(node);
        let why = match tag.as_str() {
            "nav" => Some("it leads around the site"),
            "footer" => Some("it is the same on every page"),
            "aside" => Some("it stands beside the article"),
            "form" => Some("a form cannot be filled in from a chat; link to the page"),
            "dialog" => Some("it opens over the page"),
            "header" if node.descendants_it().any(|it| name(&it) == "nav") => {
                Some("it is the same on every page")
            }
            _ => None,
        };
        let role = node.attr("role");
        let by_role = match role.as_deref() {
            Some("navigation" | "search" | "banner") => Some("it leads around the site"),
            Some("contentinfo") => Some("it is the same on every page"),
            Some("dialog" | "alertdialog") => Some("it opens over the page"),
            Some("complementary") => Some("it stands beside the article"),
            _ => None,
        };
        let why = why
            .or(by_role)
            .or_else(|| is_stamp(node).then_some("it says when the page was changed"))
            .or_else(|| {
                let named = [node.class(), node.id_attr()]
                    .into_iter()
                    .flatten()
                    .map(|it| it.to_ascii_lowercase())
                    .collect::<Vec<_>>()
                    .join(" ");
                FURNITURE.iter().find_map(|(words, why)| {
                    let has = named
                        .split(|c: char| !c.is_ascii_alphanumeric())
                        .any(|it| words.contains(&it));
                    has.then_some(*why)
                })
            })?;
        // A page whose whole text stands in a `sidebar-layout` is still a page.
        (node.normalized_char_count() * 2 < self.root_length.max(1)).then_some(why)
    }

    fn flush(&mut self) {
        let inlines = tidy(std::mem::take(&mut self.run));
        if !inlines.is_empty() {
            self.text(vec![Block::Paragraph(inlines)]);
        }
    }

    fn text(&mut self, mut blocks: Vec<Block>) {
        let Some(first) = blocks.first_mut() else {
            return;
        };
        if std::mem::take(&mut self.is_marked) {
            marks::answer(first);
        }
        if let Some(Step::Text(last)) = self.steps.last_mut() {
            last.extend(blocks);
        } else {
            self.steps.push(Step::Text(blocks));
        }
    }
}

/// Whether a line says when the page was changed, as help centres put above or below it.
fn is_stamp(node: &NodeRef<'_>) -> bool {
    const BEGINNINGS: &[&str] = &[
        "last updated",
        "last modified",
        "modified on",
        "updated on",
        "updated:",
        "published on",
        "posted on",
        "zuletzt aktualisiert",
    ];
    if node.normalized_char_count() > 80 {
        return false;
    }
    let words = one_line(&node.text()).to_lowercase();
    BEGINNINGS.iter().any(|it| words.starts_with(it)) && words.contains(|c: char| c.is_numeric())
}

/// The nodes of an answer, without the wrapping element.
fn answer_nodes<'a>(node: &NodeRef<'a>) -> Vec<NodeRef<'a>> {
    if matches!(
        name(node).as_str(),
        "div" | "section" | "dd" | "p" | "li" | "article"
    ) {
        vec![*node]
    } else if node.is_element() && !BLOCKS.contains(&name(node).as_str()) {
        node.children()
    } else {
        vec![*node]
    }
}

/// The words of what is pressed: its heading, where it has one and other things beside it.
fn asked(node: &NodeRef<'_>) -> String {
    let is_heading =
        |it: &NodeRef<'_>| matches!(name(it).as_str(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    let headings: Vec<NodeRef<'_>> = node.descendants_it().filter(is_heading).collect();
    let words = match &headings[..] {
        [heading] => heading_words(heading),
        _ => String::new(),
    };
    if words.is_empty() {
        heading_words(node)
    } else {
        words
    }
}

/// The words of a heading, without the signs that link to it or open it.
fn heading_words(node: &NodeRef<'_>) -> String {
    words_of(&node.children())
}

fn words_of(nodes: &[NodeRef<'_>]) -> String {
    let mut out = String::new();
    for it in nodes {
        add_words(it, &mut out);
    }
    let line = one_line(&out);
    let signs = |c: char| c.is_whitespace() || "¶#§+−▼▾▸►⌄🔗".contains(c);
    line.trim_end_matches(signs)
        .trim_start_matches(signs)
        .to_owned()
}

pub(super) fn add_words(node: &NodeRef<'_>, out: &mut String) {
    if node.is_text() {
        out.push_str(&node.text());
        return;
    }
    let is_hidden = node.attr("aria-hidden").as_deref() == Some("true");
    let is_sign =
        || node.class().is_some_and(|it| it.contains("anchor")) && node.text().chars().count() < 3;
    if SILENT.contains(&name(node).as_str()) || is_hidden || is_sign() {
        return;
    }
    let stands_alone = name(node) == "br" || BLOCKS.contains(&name(node).as_str());
    if stands_alone {
        out.push(' ');
    }
    for it in node.children_it(false) {
        add_words(&it, out);
    }
    if stands_alone {
        out.push(' ');
    }
}
