//! Rasa: answers from `responses:` of a domain, wordings from the examples of `nlu:`, and
//! which belongs to which from retrieval intents and rules. Several files can follow one
//! another, as `askwell import FOLDER` joins them.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, MarkedYaml, SafelyIndex, YamlData};

use super::rows::{from_lines, push_new};
use super::{Found, ImportError, Item, one_line};
use crate::knowledge::EntryKind;

/// An intent as the training data has it.
#[derive(Default)]
struct Intent {
    examples: Vec<String>,
    line: usize,
}

/// Begins a line that names the file of the lines below it.
pub(super) const FILE_MARK: &str = "--- # ";

/// A line of the joined text, as a line of the file that it came from.
struct Lines(Vec<(usize, String)>);

impl Lines {
    fn new(text: &str) -> Self {
        let marks = (1..).zip(text.lines());
        Self(
            marks
                .filter_map(|(line, it)| Some((line, it.strip_prefix(FILE_MARK)?.to_owned())))
                .collect(),
        )
    }

    fn place(&self, line: usize) -> String {
        match self.0.iter().rev().find(|(start, _)| *start < line) {
            Some((start, file)) => format!("{file}, line {}", line - start),
            None => format!("line {line}"),
        }
    }
}

pub(super) fn read(name: &str, text: &str) -> Result<Found, ImportError> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| ImportError::Broken {
        name: name.to_owned(),
        line: error.marker().line() as u64,
        what: "YAML",
        why: error.into(),
    })?;
    let lines = Lines::new(text);
    let mut found = Found::default();
    let mut intents: BTreeMap<String, Intent> = BTreeMap::new();
    // Of each response, the intents it answers.
    let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for document in &documents {
        for entry in list(document.get("nlu")) {
            read_intent(entry, &lines, &mut intents, &mut found);
        }
        for rule in list(document.get("rules"))
            .iter()
            .chain(list(document.get("stories")))
        {
            read_rule(rule, &mut answers);
        }
    }
    for document in &documents {
        let Some(YamlData::Mapping(responses)) = document.get("responses").map(|it| &it.data)
        else {
            continue;
        };
        for (key, value) in responses {
            if let Some(action) = words(Some(key)) {
                read_response(
                    action,
                    value,
                    (key.span.start.line(), &lines),
                    &mut intents,
                    &answers,
                    &mut found,
                );
            }
        }
    }
    for (name, intent) in intents {
        found.leave_out(
            lines.place(intent.line),
            format!(
                "intent “{name}”, {}",
                crate::knowledge::counted(intent.examples.len(), "example", "examples")
            ),
            "no response belongs to it in these files; give the folder that holds the domain too",
        );
    }
    Ok(found)
}

fn list<'a, 'i>(node: Option<&'a MarkedYaml<'i>>) -> &'a [MarkedYaml<'i>] {
    match node.map(|it| &it.data) {
        Some(YamlData::Sequence(items)) => items,
        _ => &[],
    }
}

fn words<'a>(node: Option<&'a MarkedYaml<'_>>) -> Option<&'a str> {
    node?.data.as_str()
}

fn read_intent(
    entry: &MarkedYaml<'_>,
    lines: &Lines,
    intents: &mut BTreeMap<String, Intent>,
    found: &mut Found,
) {
    let line = entry.span.start.line();
    let Some(name) = words(entry.get("intent")) else {
        let kind = ["synonym", "lookup", "regex"]
            .iter()
            .find(|it| entry.get(**it).is_some())
            .unwrap_or(&"a part");
        found.leave_out(lines.place(line), format!("{kind} “{}”", words(entry.get(*kind)).unwrap_or_default()), "it trains Rasa's own recognition; words that mean the same go into `synonyms` in bot.toml");
        return;
    };
    let intent = intents.entry(name.to_owned()).or_default();
    intent.line = line;
    let examples = words(entry.get("examples")).unwrap_or_default();
    for example in examples.lines() {
        push_new(
            &mut intent.examples,
            one_line(&without_entities(
                example.trim_start().trim_start_matches("- "),
            )),
        );
    }
}

/// `I live in [Berlin](city)` and `[Berlin]{"entity": "city"}` as people write it.
fn without_entities(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let Some(close) = rest[open..].find(']').map(|it| open + it) else {
            break;
        };
        out.push_str(&rest[..open]);
        out.push_str(&rest[open + 1..close]);
        rest = &rest[close + 1..];
        let end = match rest.chars().next() {
            Some('(') => rest.find(')'),
            Some('{') => rest.find('}'),
            _ => None,
        };
        rest = end.map_or(rest, |end| &rest[end + 1..]);
    }
    out + rest
}

/// `- intent: a` followed by `- action: utter_b`.
fn read_rule(rule: &MarkedYaml<'_>, answers: &mut BTreeMap<String, Vec<String>>) {
    let mut asked: Option<&str> = None;
    for step in list(rule.get("steps")) {
        if let Some(intent) = words(step.get("intent")) {
            asked = Some(intent);
        } else if let (Some(action), Some(intent)) = (words(step.get("action")), asked.take()) {
            let intents = answers.entry(action.to_owned()).or_default();
            push_new(intents, intent.to_owned());
        }
    }
}

fn read_response(
    action: &str,
    value: &MarkedYaml<'_>,
    (line, lines): (usize, &Lines),
    intents: &mut BTreeMap<String, Intent>,
    answers: &BTreeMap<String, Vec<String>>,
    found: &mut Found,
) {
    let place = lines.place(line);
    let texts: Vec<&MarkedYaml<'_>> = list(Some(value))
        .iter()
        .filter(|it| words(it.get("text")).is_some())
        .collect();
    for part in list(Some(value)) {
        for key in ["buttons", "image", "custom", "attachment"] {
            if part.get(key).is_some() {
                found.leave_out(
                    lines.place(part.span.start.line()),
                    format!("{key} of {action}"),
                    "an answer is words here; related questions go into `related`",
                );
            }
        }
    }
    let Some(text) = texts.first().and_then(|it| words(it.get("text"))) else {
        found.leave_out(place, action, "it has no text");
        return;
    };
    for other in &texts[1..] {
        found.leave_out(
            lines.place(other.span.start.line()),
            format!("another text of {action}"),
            "an entry has one answer, so that the same question always gets the same words",
        );
    }
    // `utter_faq/ask_hours` answers `faq/ask_hours`, and `utter_hours` often `hours`.
    let named = action.strip_prefix("utter_").unwrap_or(action);
    let mut asked_as: Vec<String> = answers.get(action).cloned().unwrap_or_default();
    push_new(&mut asked_as, named.to_owned());
    let mut examples = Vec::new();
    for name in &asked_as {
        if let Some(intent) = intents.remove(name) {
            intent
                .examples
                .into_iter()
                .for_each(|it| push_new(&mut examples, it));
        }
    }
    if examples.is_empty() {
        found.leave_out(
            place,
            format!(
                "{action}: “{}”",
                one_line(text).chars().take(60).collect::<String>()
            ),
            "no intent leads to it in these files, so nobody could ask for it",
        );
        return;
    }
    let title = examples
        .iter()
        .position(|it| super::is_question(it))
        .unwrap_or(0);
    let title = examples.remove(title);
    let mut item = Item::new(EntryKind::Faq, title, from_lines(text), place);
    item.id = Some(super::write::slug(named));
    item.variants = examples;
    found.items.push(item);
}
