//! Questions as schema.org describes them for search engines: `FAQPage` and `QAPage` in JSON-LD
//! and microdata.

use dom_query::{Document as Html, NodeRef};
use serde_json::Value;

use super::blocks::{Context, element};
use super::page::is_deep_text;
use super::{Found, ImportError, Item, one_line};
use crate::knowledge::{EntryId, EntryKind};

/// All questions of a page that are marked as such.
pub(super) fn read(html: &Html, context: &Context, found: &mut Found) {
    for (index, script) in (1..).zip(html.select("script[type='application/ld+json']").nodes()) {
        let place = format!("JSON-LD block {index}");
        let text = script.text();
        // Some builders put a comment or CDATA around it.
        let text = text
            .trim()
            .trim_start_matches("//<![CDATA[")
            .trim_start_matches("<!--")
            .trim_end_matches("//]]>")
            .trim_end_matches("-->");
        match serde_json::from_str::<Value>(text.trim()) {
            Ok(value) => questions(&value, &place, context, found),
            Err(error) => found.leave_out(
                format!("{place}, line {} of it", error.line()),
                one_line(&text.chars().take(60).collect::<String>()),
                "it is not JSON, so search engines and Askwell cannot read it; what the page shows was read instead",
            ),
        }
    }
    for question in html.select("[itemtype$='schema.org/Question']").nodes() {
        microdata(question, context, found);
    }
}

/// A file of JSON-LD by itself.
pub(super) fn read_json(name: &str, text: &str) -> Result<Found, ImportError> {
    let value: Value = serde_json::from_str(text).map_err(|error| ImportError::Broken {
        name: name.to_owned(),
        line: error.line() as u64,
        what: "JSON",
        source: error.into(),
    })?;
    let mut found = Found::default();
    questions(&value, "JSON-LD", &Context::default(), &mut found);
    Ok(found)
}

/// Walks any JSON-LD, so also `@graph`, lists and a `FAQPage` inside a `WebPage`.
fn questions(value: &Value, place: &str, context: &Context, found: &mut Found) {
    match value {
        Value::Array(values) => values
            .iter()
            .for_each(|it| questions(it, place, context, found)),
        Value::Object(object) => {
            if is_a(value, "Question") {
                question(value, place, context, found);
            } else {
                object
                    .values()
                    .for_each(|it| questions(it, place, context, found));
            }
        }
        _ => {}
    }
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

fn question(value: &Value, place: &str, context: &Context, found: &mut Found) {
    let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned);
    // Numbers that a builder gives out are no names; our own export says its ids here, and
    // its titles without escapes.
    let id = text(value, "identifier").filter(|it| EntryId::new(it).is_some());
    let title = text(value, "name").or_else(|| text(value, "text"));
    let title = title.map(|it| {
        if id.is_some() {
            one_line(&it)
        } else {
            plain(&it)
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
    let answer = answers.and_then(|it| text(it, "text").or_else(|| it.as_str().map(str::to_owned)));
    let (false, Some(answer)) = (title.is_empty(), answer) else {
        let what = if title.is_empty() {
            "a question without its words".to_owned()
        } else {
            title
        };
        found.leave_out(
            place,
            what,
            "it has no answer there; write one on the page, or take it from elsewhere",
        );
        return;
    };
    if is_deep_text(&answer) {
        found.leave_out(
            place,
            title,
            "the elements of its answer stand in one another more than 500 deep",
        );
        return;
    }
    let html = Html::fragment(answer.as_str());
    let answer = context.document(html.root().children(), &mut found.left_out);
    let mut item = Item::new(EntryKind::Faq, title, answer, place.to_owned());
    item.id = id;
    found.items.push(item);
}

/// Names may hold escapes and tags.
fn plain(text: &str) -> String {
    one_line(&Html::fragment(text).root().text())
}

fn microdata(question: &NodeRef<'_>, context: &Context, found: &mut Found) {
    let title = property(question, &["name"]).map(|it| {
        it.attr("content")
            .map_or_else(|| one_line(&it.text()), |it| one_line(&it))
    });
    let answer = property(question, &["acceptedAnswer", "suggestedAnswer"]);
    let (Some(title), Some(answer)) = (title.filter(|it| !it.is_empty()), answer) else {
        found.leave_out(
            element(question),
            "a question of the page's microdata",
            "it has no words or no answer there",
        );
        return;
    };
    let answer = property(&answer, &["text"]).unwrap_or(answer);
    let answer = match answer.attr("content") {
        Some(text) => crate::markup::Document::text(one_line(&text)),
        None => context.document(answer.children(), &mut found.left_out),
    };
    let item = Item::new(
        EntryKind::Faq,
        title,
        answer,
        format!("microdata {}", element(question)),
    );
    found.items.push(item);
}

/// The first element below that carries one of some properties.
fn property<'a>(node: &NodeRef<'a>, names: &[&str]) -> Option<NodeRef<'a>> {
    node.descendants_it().find(|it| {
        it.attr("itemprop")
            .is_some_and(|it| it.split_whitespace().any(|it| names.contains(&it)))
    })
}
