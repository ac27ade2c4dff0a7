//! `FAQPage` of schema.org in JSON-LD. Variants stay at home: they are how people talk,
//! not what a practice says.

use serde_json::{Value, json};

use super::Selection;
use crate::knowledge::EntryKind;

pub(super) fn pretty(selection: Selection<'_>) -> String {
    let mut text =
        serde_json::to_string_pretty(&value(selection)).expect("a value of texts can be written");
    text.push('\n');
    text
}

/// The same on one line, safe inside a `script` element.
pub(super) fn inline(selection: Selection<'_>) -> String {
    value(selection).to_string().replace('<', "\\u003c")
}

fn value(selection: Selection<'_>) -> Value {
    let questions = selection
        .entries()
        .filter(|it| matches!(it.kind, EntryKind::Faq | EntryKind::Section));
    let questions: Vec<Value> = questions
        .map(|entry| {
            json!({
                "@type": "Question",
                "identifier": entry.id.as_str(),
                "name": entry.title,
                "acceptedAnswer": { "@type": "Answer", "text": entry.answer.web_html().trim_end() },
            })
        })
        .collect();
    json!({ "@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions })
}
