//! Questions that open when they are pressed: `details`, definition lists, tables of
//! questions, buttons that control a panel, and items whose class says so.

use dom_query::{Document, NodeRef};

use super::blocks::name;
use super::cells::rows;

/// A question element with the elements that hold its answer, which may be empty.
pub(super) struct Pair<'a> {
    pub(super) question: NodeRef<'a>,
    /// Other wordings of it.
    pub(super) also: Vec<NodeRef<'a>>,
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
        "table" => table(node),
        _ => controlled(document, node)
            .or_else(|| by_class(node))
            .or_else(|| beside(node))
            .into_iter()
            .collect(),
    }
}

impl<'a> Pair<'a> {
    fn new(question: NodeRef<'a>, answer: Vec<NodeRef<'a>>) -> Self {
        Self {
            question,
            also: Vec::new(),
            answer,
        }
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
    Some(Pair::new(question, answer))
}

fn definitions<'a>(node: &NodeRef<'a>) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    let parts = node
        .descendants_it()
        .filter(|it| matches!(name(it).as_str(), "dt" | "dd"));
    for part in parts {
        if name(&part) == "dd" {
            if let Some(pair) = pairs.last_mut() {
                pair.answer.push(part);
            }
            continue;
        }
        // Terms in a row share what follows. Of questions, the first has lost its answer.
        match pairs.last_mut() {
            Some(pair)
                if pair.answer.is_empty()
                    && !super::is_question(&pair.question.text())
                    && !super::is_question(&part.text()) =>
            {
                pair.also.push(part);
            }
            _ => pairs.push(Pair::new(part, Vec::new())),
        }
    }
    pairs
}

/// Headers of a column that holds questions; the answers stand in the next one.
const QUESTION_HEADERS: &[&str] = &[
    "q",
    "question",
    "questions",
    "faq",
    "frage",
    "fragen",
    "pregunta",
    "preguntas",
    "domanda",
    "domande",
    "vraag",
    "vragen",
    "pergunta",
    "pytanie",
    "السؤال",
    "שאלה",
    "質問",
];

/// A table of questions and answers: its headers say so, or every row begins with a question.
fn table<'a>(node: &NodeRef<'a>) -> Vec<Pair<'a>> {
    let mut rows = rows(node);
    // A number in front is none of both.
    let is_number = |it: &NodeRef<'_>| {
        let text = it.text();
        let words = text.trim().trim_end_matches(['.', ')']);
        !words.is_empty() && words.bytes().all(|it| it.is_ascii_digit())
    };
    for row in &mut rows {
        if row.len() == 3 && is_number(&row[0]) {
            row.remove(0);
        }
    }
    rows.retain(|it| !it.is_empty());
    let is_header = |it: &NodeRef<'_>| {
        let words = super::one_line(&it.text()).to_lowercase();
        QUESTION_HEADERS.contains(&words.trim_end_matches([':', '?']))
    };
    let headed = rows.first().and_then(|row| row.iter().position(is_header));
    let is_asked = |row: &Vec<NodeRef<'a>>| row.len() == 2 && super::is_question(&row[0].text());
    let at = match headed {
        Some(at) => {
            rows.remove(0);
            at
        }
        None if rows.len() > 1 && rows.iter().all(is_asked) => 0,
        None => return Vec::new(),
    };
    let pair = |row: Vec<NodeRef<'a>>| {
        let question = row.get(at).or(row.first())?;
        Some(Pair::new(
            *question,
            row.get(at + 1).copied().into_iter().collect(),
        ))
    };
    rows.into_iter().filter_map(pair).collect()
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
    let is_target = |it: &NodeRef<'_>| it.is_element() && it.id_attr().as_deref() == Some(target);
    let root = document.root();
    let panels = root.descendants_it().filter(is_target);
    let panels: Vec<NodeRef<'a>> = panels.collect();
    // Copied items share an id; then the panel below is meant.
    let panel = match &panels[..] {
        [panel] => Some(*panel),
        _ => below(node, &panels),
    };
    // The panel of a menu or of tabs that hold everything is no answer.
    let panel = panel.filter(|it| {
        !matches!(name(it).as_str(), "nav" | "dialog" | "form") && !contains(it, node)
    })?;
    Some(Pair::new(*node, vec![panel]))
}

/// The first of some elements that stands below another one.
fn below<'a>(node: &NodeRef<'a>, panels: &[NodeRef<'a>]) -> Option<NodeRef<'a>> {
    let mut above = Some(*node);
    while let Some(it) = above {
        let mut next = it.next_element_sibling();
        while let Some(sibling) = next {
            let is_inside =
                |panel: &&NodeRef<'a>| panel.id == sibling.id || contains(&sibling, panel);
            if let Some(panel) = panels.iter().find(is_inside) {
                return Some(*panel);
            }
            next = sibling.next_element_sibling();
        }
        above = it.parent();
    }
    None
}

fn contains(outer: &NodeRef<'_>, inner: &NodeRef<'_>) -> bool {
    inner.ancestors_it(None).any(|it| it.id == outer.id)
}

/// An item such as `<div class="faq-item"><div class="faq-title">…</div><div class="faq-text">…</div></div>`.
fn by_class<'a>(node: &NodeRef<'a>) -> Option<Pair<'a>> {
    let children = node.element_children();
    let (question, answer) = match &children[..] {
        [question, answer] => (*question, *answer),
        [_, question, answer] if has_word(question, QUESTION) && has_word(answer, ANSWER) => {
            (*question, *answer)
        }
        _ => return None,
    };
    // Either the item says what it is, or both of its parts do.
    let says_so = has_word(node, ITEM) || has_word(&question, ITEM) && has_word(&answer, ITEM);
    if !says_so {
        return None;
    }
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
    let is_full = answer.normalized_char_count() > 0;
    (is_short && looks_so && is_single && answers && is_full)
        .then(|| Pair::new(question, vec![answer]))
}

/// What is pressed and what opens stand beside each other, as `<button class="accordion">`
/// and `<div class="panel">`; or a question and its answers do, by their classes.
fn beside<'a>(node: &NodeRef<'a>) -> Option<Pair<'a>> {
    let is_asked = |it: &NodeRef<'_>| {
        let tag = name(it);
        has_token(it, &["question", "faq-question", "faq-q"])
            || has_word(it, ITEM) && (tag == "button" || has_word(it, QUESTION) && tag != "div")
    };
    let length = node.normalized_char_count();
    if !node.is_element() || length == 0 || length > 300 || !is_asked(node) {
        return None;
    }
    let mut answer = Vec::new();
    let mut next = node.next_element_sibling();
    while let Some(it) = next.filter(|it| has_word(it, ANSWER) && !is_asked(it)) {
        answer.push(it);
        next = it.next_element_sibling();
    }
    (!answer.is_empty()).then(|| Pair::new(*node, answer))
}

fn has_token(node: &NodeRef<'_>, tokens: &[&str]) -> bool {
    node.class().is_some_and(|class| {
        let mut class = class.split_whitespace();
        class.any(|it| tokens.contains(&it.to_ascii_lowercase().as_str()))
    })
}

fn has_word(node: &NodeRef<'_>, words: &[&str]) -> bool {
    node.class().is_some_and(|class| {
        let class = class.to_ascii_lowercase();
        words.iter().any(|word| class.contains(word))
    })
}
