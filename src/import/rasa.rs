//! Rasa: answers from `responses:` of a domain, wordings from the examples of `nlu:`, and
//! which belongs to which from retrieval intents and rules. Several files can follow one
//! another, as `askwell import FOLDER` joins them.

use std::collections::BTreeMap;
use std::path::Path;

use saphyr::{LoadableYamlNode, MarkedYaml, SafelyIndex, YamlData};

use super::rows::{from_lines, push_new};
use super::{Found, ImportError, Item, one_line};
use crate::knowledge::EntryKind;

/// An intent as the training data has it.
#[derive(Default)]
struct Intent {
    examples: Vec<String>,
    place: String,
}

/// Begins a line that names the file of the lines below it.
pub(super) const FILE_MARK: &str = "--- # from the file ";

/// One file of the source.
struct File<'t> {
    /// Inside the folder; empty where the source is a single file.
    name: &'t str,
    documents: Vec<MarkedYaml<'t>>,
}

impl<'t> File<'t> {
    /// Each is read by itself, so that a quotation mark left open in one ends with it.
    fn read(source: &str, name: &'t str, text: &'t str) -> Result<Self, ImportError> {
        let documents = MarkedYaml::load_from_str(text).map_err(|error| ImportError::Broken {
            name: match name {
                "" => source.to_owned(),
                name => Path::new(source).join(name).display().to_string(),
            },
            line: error.marker().line() as u64,
            what: "YAML",
            why: error.into(),
        })?;
        Ok(Self { name, documents })
    }

    fn place(&self, line: usize) -> String {
        match self.name {
            "" => format!("line {line}"),
            name => format!("{name}, line {line}"),
        }
    }
}

/// The files of a joined text by their marks, each with its name.
fn parts(text: &str) -> Vec<(&str, &str)> {
    let mut parts = Vec::new();
    let (mut name, mut start, mut end) = ("", 0, 0);
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix(FILE_MARK) {
            parts.push((name, &text[start..end]));
            (name, start) = (next.trim_end(), end + line.len());
        }
        end += line.len();
    }
    parts.push((name, &text[start..]));
    parts
}

pub(super) fn read(name: &str, text: &str) -> Result<Found, ImportError> {
    let files = parts(text)
        .into_iter()
        .map(|(file, text)| File::read(name, file, text))
        .collect::<Result<Vec<_>, _>>()?;
    let mut found = Found::default();
    let mut intents: BTreeMap<String, Intent> = BTreeMap::new();
    // Of each response, the intents it answers.
    let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let documents = || {
        files
            .iter()
            .flat_map(|file| file.documents.iter().map(move |it| (file, it)))
    };
    for (file, document) in documents() {
        for entry in list(document.get("nlu")) {
            read_intent(entry, file, &mut intents, &mut found);
        }
        for rule in list(document.get("rules"))
            .iter()
            .chain(list(document.get("stories")))
        {
            read_rule(rule, &mut answers);
        }
    }
    for (file, document) in documents() {
        let Some(YamlData::Mapping(responses)) = document.get("responses").map(|it| &it.data)
        else {
            continue;
        };
        for (key, value) in responses {
            if let Some(action) = words(Some(key)) {
                read_response(
                    action,
                    value,
                    (key.span.start.line(), file),
                    &mut intents,
                    &answers,
                    &mut found,
                );
            }
        }
    }
    for (name, intent) in intents {
        found.leave_out(
            intent.place,
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
    file: &File<'_>,
    intents: &mut BTreeMap<String, Intent>,
    found: &mut Found,
) {
    let line = entry.span.start.line();
    let Some(name) = words(entry.get("intent")) else {
        let kind = ["synonym", "lookup", "regex"]
            .iter()
            .find(|it| entry.get(**it).is_some())
            .unwrap_or(&"a part");
        found.leave_out(file.place(line), format!("{kind} “{}”", words(entry.get(*kind)).unwrap_or_default()), "it trains Rasa's own recognition; words that mean the same go into `synonyms` in bot.toml");
        return;
    };
    let intent = intents.entry(name.to_owned()).or_default();
    intent.place = file.place(line);
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
    (line, file): (usize, &File<'_>),
    intents: &mut BTreeMap<String, Intent>,
    answers: &BTreeMap<String, Vec<String>>,
    found: &mut Found,
) {
    let place = file.place(line);
    let texts: Vec<&MarkedYaml<'_>> = list(Some(value))
        .iter()
        .filter(|it| words(it.get("text")).is_some())
        .collect();
    for part in list(Some(value)) {
        for key in ["buttons", "image", "custom", "attachment"] {
            if part.get(key).is_some() {
                found.leave_out(
                    file.place(part.span.start.line()),
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
            file.place(other.span.start.line()),
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
