//! Questions as schema.org describes them for search engines: `FAQPage` and `QAPage` in JSON-LD,
//! microdata and RDFa.

use std::collections::HashMap;

use dom_query::{Document as Html, NodeRef};
use serde_json::Value;

use super::blocks::{Context, element};
use super::page::is_deep_text;
use super::{Found, ImportError, Item, json, marks, one_line};
use crate::knowledge::{EntryId, EntryKind};

/// All questions of a page that are marked as such.
pub(super) fn read(html: &Html, context: &Context, found: &mut Found) {
    let is_json = |it: &NodeRef<'_>| {
        it.attr("type").is_some_and(|it| {
            let kind = it.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("application/ld+json")
        })
    };
    let scripts = html.select("script[type]");
    let scripts = scripts.nodes().iter().filter(|it| is_json(it));
    let mut blocks = Vec::new();
    for (index, script) in (1..).zip(scripts) {
        let place = format!("JSON-LD block {index}");
        let text = script.text();
        match json::read(&text) {
            Ok(value) => blocks.push((place, value)),
            Err(error) => found.leave_out(
                format!("{place}, line {} of it", error.line()),
                one_line(&text.trim().chars().take(60).collect::<String>()),
                "it is not JSON, so search engines and Askwell cannot read it; what the page shows was read instead",
            ),
        }
    }
    let mut named = Named::default();
    blocks.iter().for_each(|(_, value)| named.add(value));
    for (place, value) in &blocks {
        let reader = JsonLd {
            named: &named,
            place,
            context,
        };
        reader.questions(value, found);
    }
    for question in html.select("[itemtype], [typeof]").nodes() {
        let names = ["itemtype", "typeof"].map(|it| question.attr(it).unwrap_or_default());
        let is_one = |it: &str| it.rsplit(['/', ':']).next() == Some("Question");
        if names.iter().any(|it| it.split_whitespace().any(is_one)) {
            marked_up(question, context, found);
        }
    }
}

/// A file of JSON-LD by itself.
pub(super) fn read_json(name: &str, text: &str) -> Result<Found, ImportError> {
    let value = json::read(text).map_err(|error| ImportError::Broken {
        name: name.to_owned(),
        line: error.line() as u64,
        what: "JSON",
        why: error.into(),
    })?;
    let mut found = Found::default();
    let mut named = Named::default();
    named.add(&value);
    let reader = JsonLd {
        named: &named,
        place: "JSON-LD",
        context: &Context::default(),
    };
    reader.questions(&value, &mut found);
    if found == Found::default() {
        found.leave_out(
            "line 1",
            "the whole file",
            "no Question of schema.org stands in it; a FAQPage has them under mainEntity",
        );
    }
    Ok(found)
}

/// Objects by their `@id`, which others may stand for.
#[derive(Default)]
struct Named<'v>(HashMap<&'v str, &'v Value>);

impl<'v> Named<'v> {
    fn add(&mut self, value: &'v Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|it| self.add(it)),
            Value::Object(object) => {
                if let Some(id) = value["@id"].as_str().filter(|_| object.len() > 1) {
                    self.0.insert(id, value);
                }
                object.values().for_each(|it| self.add(it));
            }
            _ => {}
        }
    }

    /// The object itself, or the one that it stands for.
    fn resolve(&self, value: &'v Value) -> &'v Value {
        let is_reference = value.as_object().is_some_and(|it| it.len() == 1);
        let target = value["@id"].as_str().filter(|_| is_reference);
        target
            .and_then(|id| self.0.get(id))
            .copied()
            .unwrap_or(value)
    }
}

/// The reader of one block.
struct JsonLd<'v> {
    named: &'v Named<'v>,
    place: &'v str,
    context: &'v Context,
}

impl<'v> JsonLd<'v> {
    /// Walks any JSON-LD, so also `@graph`, lists and a `FAQPage` inside a `WebPage`.
    fn questions(&self, value: &'v Value, found: &mut Found) {
        match value {
            Value::Array(values) => values.iter().for_each(|it| self.questions(it, found)),
            Value::Object(_) if is_a(value, "Question") => self.question(value, found),
            Value::Object(object) => object.values().for_each(|it| self.questions(it, found)),
            _ => {}
        }
    }

    fn question(&self, value: &'v Value, found: &mut Found) {
        // Numbers that a builder gives out are no names; our own export says its ids here,
        // and its titles without escapes.
        let id = text_of(&value["identifier"]).filter(|it| EntryId::new(it).is_some());
        let title = text_of(&value["name"]).or_else(|| text_of(&value["text"]));
        let title = title.map(|it| {
            if id.is_some() {
                one_line(&it)
            } else {
                marks::question(&plain(&it)).0
            }
        });
        let title = title.unwrap_or_default();
        let answers = ["acceptedAnswer", "suggestedAnswer"]
            .iter()
            .find_map(|key| match &value[*key] {
                Value::Array(all) => all.first(),
                Value::Null => None,
                one => Some(one),
            });
        let answer = answers.map(|it| self.named.resolve(it));
        let answer = answer.and_then(|it| text_of(&it["text"]).or_else(|| text_of(it)));
        let (false, Some(answer)) = (title.is_empty(), answer) else {
            let what = if title.is_empty() {
                "a question without its words".to_owned()
            } else {
                format!("“{title}”")
            };
            found.leave_out(
                self.place,
                what,
                "it has no answer there; write one on the page, or take it from elsewhere",
            );
            return;
        };
        if is_deep_text(&answer) {
            found.leave_out(
                self.place,
                format!("“{title}”"),
                "the elements of its answer stand in one another more than 500 deep",
            );
            return;
        }
        let mut html = Html::fragment(answer.as_str());
        let words = html.root().text();
        if id.is_none() && is_escaped_html(&words) {
            html = Html::fragment(words.to_string());
        }
        let answer = (self.context).document(html.root().children(), &mut found.left_out);
        let mut item = Item::new(EntryKind::Faq, title, answer, self.place.to_owned());
        item.id = id;
        found.items.push(item);
    }
}

/// Words of a value: a text, several of them, or one with its language.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => {
            let texts: Vec<String> = all.iter().filter_map(text_of).collect();
            (!texts.is_empty()).then(|| texts.join("<br>"))
        }
        Value::Object(_) => value["@value"].as_str().map(str::to_owned),
        _ => None,
    }
}

/// Whether text is HTML whose signs were escaped once too often.
fn is_escaped_html(words: &str) -> bool {
    let words = words.trim();
    ["<p", "<div", "<ul", "<ol", "<span", "<strong", "<a ", "<br"]
        .iter()
        .any(|tag| words.starts_with(tag))
        && words.ends_with('>')
}

fn is_a(value: &Value, wanted: &str) -> bool {
    let is = |it: &Value| {
        it.as_str()
            .is_some_and(|it| it.rsplit(['/', ':']).next() == Some(wanted))
    };
    match &value["@type"] {
        Value::Array(types) => types.iter().any(is),
        one => is(one),
    }
}

/// Names may hold escapes and tags.
fn plain(text: &str) -> String {
    one_line(&Html::fragment(text).root().text())
}

/// A question in microdata or RDFa.
fn marked_up(question: &NodeRef<'_>, context: &Context, found: &mut Found) {
    let form = if question.has_attr("itemtype") {
        "microdata"
    } else {
        "RDFa"
    };
    let place = format!("{form} {}", element(question));
    let title = property(question, &["name"]).map(|it| {
        it.attr("content")
            .map_or_else(|| one_line(&it.text()), |it| one_line(&it))
    });
    let title = title.map(|it| marks::question(&it).0);
    let answer = property(question, &["acceptedAnswer"])
        .or_else(|| property(question, &["suggestedAnswer"]));
    let (Some(title), Some(answer)) = (title.filter(|it| !it.is_empty()), answer) else {
        let what = "a question that is marked up for search engines";
        found.leave_out(place, what, "it has no words or no answer there");
        return;
    };
    let answer = property(&answer, &["text"]).unwrap_or(answer);
    let answer = match answer.attr("content") {
        Some(text) => crate::markup::Document::text(one_line(&text)),
        None => context.document(answer.children(), &mut found.left_out),
    };
    found
        .items
        .push(Item::new(EntryKind::Faq, title, answer, place));
}

/// The first element below that carries one of some properties.
fn property<'a>(node: &NodeRef<'a>, names: &[&str]) -> Option<NodeRef<'a>> {
    let is_one = |it: &str| names.contains(&it.rsplit(['/', ':']).next().unwrap_or_default());
    node.descendants_it().find(|node| {
        ["itemprop", "property"]
            .iter()
            .filter_map(|key| node.attr(key))
            .any(|it| it.split_whitespace().any(is_one))
    })
}
