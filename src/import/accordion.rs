//! Questions that open when they are pressed: `details`, definition lists, buttons that
//! control a panel, and items whose class says so.

use dom_query::{Document, NodeRef};

use super::blocks::name;

/// A question element with the elements that hold its answer.
pub(super) struct Pair<'a> {
    pub(super) question: NodeRef<'a>,
    pub(super) answer: Vec<NodeRef<'a>>,
}

/// Words in the class of one item of an accordion.
const ITEM: &[&str] = &[
    "accordion",
    "faq",
    "toggle",
    "collaps",
    "expand",
    "question",
    "panel",
    "disclosure",
    "rank-math",
    "q-and-a",
    "qa",
];

/// Words in the class of what is pressed, and of what opens.
const QUESTION: &[&str] = &[
    "question", "title", "trigger", "header", "heading", "summary", "toggle", "label", "button",
    "-q",
];
const ANSWER: &[&str] = &[
    "answer",
    "content",
    "panel",
    "body",
    "dropdown",
    "collapse",
    "text",
    "description",
    "-a",
];

/// The questions that an element is, if it is one or a list of them.
pub(super) fn pairs<'a>(document: &'a Document, node: &NodeRef<'a>) -> Vec<Pair<'a>> {
    match name(node).as_str() {
        "details" => details(node).into_iter().collect(),
        "dl" => definitions(node),
        _ => controlled(document, node)
            .or_else(|| by_class(node))
            .into_iter()
            .collect(),
    }
}

fn details<'a>(node: &NodeRef<'a>) -> Option<Pair<'a>> {
    let question = node
        .element_children()
        .into_iter()
        .find(|it| name(it) == "summary")?;
    let answer = node
        .children()
        .into_iter()
        .filter(|it| it.id != question.id)
        .collect();
    Some(Pair { question, answer })
}

fn definitions<'a>(node: &NodeRef<'a>) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    let parts = node
        .descendants_it()
        .filter(|it| matches!(name(it).as_str(), "dt" | "dd"));
    for part in parts {
        if name(&part) == "dt" {
            pairs.push(Pair {
                question: part,
                answer: Vec::new(),
            });
        } else if let Some(pair) = pairs.last_mut() {
            pair.answer.push(part);
        }
    }
    pairs
}

/// What is pressed names its panel by `aria-controls`; or by a `#link`, as Bootstrap does.
fn controlled<'a>(document: &'a Document, node: &NodeRef<'a>) -> Option<Pair<'a>> {
    let is_trigger = |it: &NodeRef<'_>| {
        it.has_attr("aria-controls") || it.has_attr("data-target") || it.has_attr("data-bs-target")
    };
    let is_heading = matches!(name(node).as_str(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    let trigger = if is_trigger(node) {
        *node
    } else if is_heading {
        node.descendants_it()
            .find(|it| it.is_element() && is_trigger(it))?
    } else {
        return None;
    };
    let target = ["aria-controls", "data-bs-target", "data-target"]
        .iter()
        .find_map(|key| trigger.attr(key))?;
    let target = target.trim().trim_start_matches('#');
    let panel = document
        .root()
        .descendants_it()
        .find(|it| it.is_element() && it.id_attr().as_deref() == Some(target));
    // The panel of a menu or of tabs that hold everything is no answer.
    let panel = panel.filter(|it| {
        !matches!(name(it).as_str(), "nav" | "dialog" | "form") && !contains(it, node)
    })?;
    Some(Pair {
        question: *node,
        answer: vec![panel],
    })
}

fn contains(outer: &NodeRef<'_>, inner: &NodeRef<'_>) -> bool {
    inner.ancestors_it(None).any(|it| it.id == outer.id)
}

/// An item such as `<div class="faq-item"><div class="faq-title">…</div><div class="faq-text">…</div></div>`.
fn by_class<'a>(node: &NodeRef<'a>) -> Option<Pair<'a>> {
    if !has_word(node, ITEM) {
        return None;
    }
    let children = node.element_children();
    let (question, answer) = match &children[..] {
        [question, answer] => (*question, *answer),
        [_, question, answer] if has_word(question, QUESTION) && has_word(answer, ANSWER) => {
            (*question, *answer)
        }
        _ => return None,
    };
    let is_heading = |it: &NodeRef<'_>| name(it).starts_with('h') && name(it).len() == 2;
    let is_short = question.normalized_char_count() <= 300 && question.normalized_char_count() > 0;
    let looks_so = has_word(&question, QUESTION)
        || is_heading(&question)
        || name(&question) == "button"
        || super::is_question(&question.text());
    // A heading with its list of questions has the same shape.
    let is_single = !answer.descendants_it().any(|it| {
        is_heading(&it)
            || has_word(&it, &["question", "item"])
            || matches!(name(&it).as_str(), "details" | "dl")
    });
    let answers = has_word(&answer, ANSWER) || super::is_question(&question.text());
    (is_short && looks_so && is_single && answers && answer.normalized_char_count() > 0).then(
        || Pair {
            question,
            answer: vec![answer],
        },
    )
}

fn has_word(node: &NodeRef<'_>, words: &[&str]) -> bool {
    node.class().is_some_and(|class| {
        let class = class.to_ascii_lowercase();
        words.iter().any(|word| class.contains(word))
    })
}
