//! Tables: CSV and TSV with headers, the TSV of `QnA Maker`, the CSV of Dialogflow.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::{Exported, Found, ImportError, Item, Options, kind_of, one_line};
use crate::knowledge::{EntryId, EntryKind};
use crate::markup::Document;

/// Our names of columns, each with the headers that mean it.
const COLUMNS: &[(&str, &[&str])] = &[
    (
        "question",
        &[
            "question",
            "questions",
            "frage",
            "title",
            "heading",
            "q",
            "name",
            "pregunta",
            "domanda",
            "vraag",
            "query",
        ],
    ),
    (
        "answer",
        &[
            "answer",
            "answers",
            "antwort",
            "a",
            "reply",
            "response",
            "text",
            "body",
            "content",
            "respuesta",
            "risposta",
            "antwoord",
            "réponse",
            "reponse",
            "summary",
        ],
    ),
    (
        "variants",
        &[
            "variants",
            "variant",
            "varianten",
            "alternatives",
            "alternative questions",
            "alternative phrasings",
            "other wordings",
            "training phrases",
        ],
    ),
    ("id", &["id", "key", "slug"]),
    ("kind", &["kind"]),
    ("url", &["url", "link", "address", "page"]),
    ("anchor", &["anchor"]),
    ("section", &["section"]),
    ("related", &["related"]),
    ("language", &["language"]),
];

/// One line of a table with its number.
type Row = (u64, StringRecord);

pub(super) fn read(name: &str, text: &str, options: &Options) -> Result<Found, ImportError> {
    let delimiter = delimiter(name, text);
    let mut rows = rows(name, text, delimiter)?.into_iter();
    let header = rows.next().map(|(_, record)| record).unwrap_or_default();
    let columns = Columns::new(name, &header, options)?;
    let mut exported = Exported::default();
    for (line, record) in rows {
        let place = format!("line {line}");
        let cell = |column: &str| columns.cell(&record, column);
        let (Some(title), Some(answer)) = (cell("question"), cell("answer")) else {
            if record.iter().any(|it| !it.trim().is_empty()) {
                let (what, why) = match cell("question") {
                    Some(title) => (format!("“{}”", one_line(title)), "its answer is empty"),
                    None => ("a row".to_owned(), "its question is empty"),
                };
                exported.found.leave_out(place, what, why);
            }
            continue;
        };
        let owned = |column: &str| cell(column).map(str::to_owned);
        let mut item = Item::new(
            kind_of(cell("kind")),
            one_line(title),
            from_lines(answer),
            place,
        );
        item.id = owned("id").filter(|it| EntryId::new(it).is_some());
        item.variants = variants(columns.raw(&record, "variants"));
        item.anchor = owned("anchor");
        item.url = owned("url");
        item.section = owned("section");
        let related = cell("related").unwrap_or_default();
        item.related = related.split_whitespace().map(str::to_owned).collect();
        exported.push(item, owned("language"));
    }
    Ok(exported.found)
}

/// Which column holds what.
struct Columns(BTreeMap<&'static str, usize>);

impl Columns {
    fn new(name: &str, header: &StringRecord, options: &Options) -> Result<Self, ImportError> {
        let headers: Vec<String> = header
            .iter()
            .map(|it| it.trim().trim_matches('"').to_lowercase())
            .collect();
        let listed = || {
            header
                .iter()
                .map(|it| format!("“{}”", it.trim()))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut columns = BTreeMap::new();
        for (ours, names) in COLUMNS {
            if let Some(at) = names
                .iter()
                .find_map(|name| headers.iter().position(|it| it == name))
            {
                columns.insert(*ours, at);
            }
        }
        for (ours, theirs) in &options.columns {
            let map = |why: String| ImportError::Map {
                ours: ours.clone(),
                theirs: theirs.clone(),
                why,
            };
            let known = COLUMNS
                .iter()
                .find(|(known, _)| known == ours)
                .map(|(known, _)| *known);
            let known = known.ok_or_else(|| map(format!("`{ours}` is no part of an entry; the parts are question, answer, variants and id")))?;
            let at = headers
                .iter()
                .position(|it| *it == theirs.trim().to_lowercase());
            let at = at.ok_or_else(|| {
                map(format!(
                    "{name} has no column of that name; its columns are {}",
                    listed()
                ))
            })?;
            columns.retain(|_, taken| *taken != at);
            columns.insert(known, at);
        }
        for wanted in ["question", "answer"] {
            if !columns.contains_key(wanted) {
                let free = (0..headers.len())
                    .find(|at| !columns.values().any(|it| it == at))
                    .unwrap_or_default();
                return Err(ImportError::NoColumn {
                    name: name.to_owned(),
                    wanted,
                    headers: listed(),
                    example: header.get(free).unwrap_or("NAME").trim().to_owned(),
                });
            }
        }
        Ok(Self(columns))
    }

    /// The cell with the white space at its ends.
    fn raw<'r>(&self, record: &'r StringRecord, column: &str) -> &'r str {
        self.0
            .get(column)
            .and_then(|at| record.get(*at))
            .unwrap_or_default()
    }

    fn cell<'r>(&self, record: &'r StringRecord, column: &str) -> Option<&'r str> {
        self.0
            .get(column)
            .and_then(|at| record.get(*at))
            .map(str::trim)
            .filter(|it| !it.is_empty())
    }
}

/// TSV of `QnA Maker` and of Azure custom question answering. Rows with the same number, or
/// where there is none with the same answer, are one entry with several wordings.
pub(super) fn read_qna_maker(name: &str, text: &str) -> Result<Found, ImportError> {
    let mut rows = rows(name, text, b'\t')?.into_iter();
    let header = rows.next().map(|(_, record)| record).unwrap_or_default();
    let at = |wanted: &str| {
        header
            .iter()
            .position(|it| it.trim().eq_ignore_ascii_case(wanted))
    };
    let (number, prompts, metadata) = (at("QnaId"), at("Prompts"), at("Metadata"));
    let mut found = Found::default();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut next: Vec<(usize, Vec<String>)> = Vec::new();
    for (line, record) in rows {
        let place = format!("line {line}");
        let cell = |at: Option<usize>| {
            at.and_then(|at| record.get(at))
                .map(str::trim)
                .filter(|it| !it.is_empty())
        };
        let (Some(question), Some(answer)) = (
            cell(at("Question").or(Some(0))),
            cell(at("Answer").or(Some(1))),
        ) else {
            found.leave_out(place, "a row", "its question or its answer is empty");
            continue;
        };
        let key = cell(number).unwrap_or(answer).to_owned();
        if let Some(&entry) = by_key.get(&key) {
            push_new(&mut found.items[entry].variants, one_line(question));
            continue;
        }
        by_key.insert(key, found.items.len());
        // The export writes line ends as two characters.
        let answer = from_lines(&answer.replace("\\n", "\n"));
        if let Some(metadata) = cell(metadata) {
            found.leave_out(
                place.clone(),
                format!("metadata “{metadata}”"),
                "Askwell has no filters; entries are found by their words",
            );
        }
        if let Some(prompts) =
            cell(prompts).and_then(|it| serde_json::from_str::<Vec<serde_json::Value>>(it).ok())
        {
            let ids = prompts.iter().map(|it| it["qnaId"].to_string()).collect();
            next.push((found.items.len(), ids));
        }
        let item = Item::new(EntryKind::Faq, one_line(question), answer, place);
        found.items.push(item);
    }
    // Prompts become next questions; ids are made of the titles, so name them by these.
    for (entry, numbers) in next {
        let named = numbers
            .iter()
            .filter_map(|it| by_key.get(it))
            .filter(|it| **it != entry);
        let titles: Vec<String> = named.map(|it| found.items[*it].title.clone()).collect();
        found.items[entry].related = titles;
    }
    Ok(found)
}

/// CSV of Dialogflow: questions and answers without a header, as its knowledge base has
/// them, or training phrases by intent.
pub(super) fn read_dialogflow(name: &str, text: &str) -> Result<Found, ImportError> {
    let mut found = Found::default();
    let rows = rows(name, text, delimiter(name, text))?;
    let header = rows
        .first()
        .map(|(_, record)| record.clone())
        .unwrap_or_default();
    let at = |wanted: &str| {
        header
            .iter()
            .position(|it| it.trim().to_lowercase() == wanted)
    };
    if let Some(intent) = at("intent display name") {
        let mut phrases: BTreeMap<String, (u64, usize)> = BTreeMap::new();
        for (line, record) in rows.iter().skip(1) {
            let entry = phrases
                .entry(record.get(intent).unwrap_or_default().to_owned())
                .or_insert((*line, 0));
            entry.1 += 1;
        }
        for (intent, (line, n_rows)) in phrases {
            found.leave_out(
                format!("line {line}"),
                format!("intent “{intent}”, {}", crate::knowledge::counted(n_rows, "row", "rows")),
                "this export holds training phrases and no answers; export the agent's knowledge base or its responses, or paste the phrases as `variants` of an entry",
            );
        }
        return Ok(found);
    }
    for (line, record) in rows {
        let place = format!("line {line}");
        let cell = |at: usize| record.get(at).map(str::trim).filter(|it| !it.is_empty());
        match (cell(0), cell(1)) {
            (Some(question), Some(answer))
                if !(line == 1 && question.eq_ignore_ascii_case("question")) =>
            {
                found.items.push(Item::new(
                    EntryKind::Faq,
                    one_line(question),
                    from_lines(answer),
                    place,
                ));
            }
            (Some(_), Some(_)) => {}
            _ => found.leave_out(
                place,
                "a row",
                "a question and an answer are needed, in the first two columns",
            ),
        }
    }
    Ok(found)
}

fn delimiter(name: &str, text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let n = |sign: char| first.matches(sign).count();
    let ending = Path::new(name).extension().map(OsStr::to_ascii_lowercase);
    let is_tabs = ending.is_some_and(|it| it == "tsv" || it == "tab");
    if is_tabs || n('\t') > n(',').max(n(';')) {
        b'\t'
    } else if n(';') > n(',') {
        b';'
    } else {
        b','
    }
}

fn rows(name: &str, text: &str, delimiter: u8) -> Result<Vec<Row>, ImportError> {
    // Tab-separated files quote nothing as a rule, so that `"` is just a sign in them.
    let quotes = delimiter != b'\t' || text.contains("\t\"");
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .quoting(quotes)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| ImportError::Broken {
            name: name.to_owned(),
            line: error.position().map_or(0, csv::Position::line),
            what: "a table",
            source: error.into(),
        })?;
        rows.push((record.position().map_or(0, csv::Position::line), record));
    }
    Ok(rows)
}

/// Wordings in one cell: a line each, or with bars between.
fn variants(cell: &str) -> Vec<String> {
    let parts: Vec<&str> = if cell.contains('\n') {
        cell.lines().collect()
    } else {
        cell.split(" | ").collect()
    };
    let mut out = Vec::new();
    for part in parts {
        push_new(&mut out, one_line(part));
    }
    out
}

pub(super) fn push_new(variants: &mut Vec<String>, variant: String) {
    if !variant.is_empty() && !variants.contains(&variant) {
        variants.push(variant);
    }
}

/// Markdown, or plain text in which a line end was meant as one.
pub(super) fn from_lines(text: &str) -> Document {
    let is_item = |line: &str| {
        let line = line.trim_start();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        line.starts_with(['-', '*', '+', '•'])
            || digits > 0 && line[digits..].starts_with(['.', ')'])
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let bullet = line
            .trim_start()
            .strip_prefix("• ")
            .map(|rest| format!("- {rest}"));
        out.push_str(bullet.as_deref().unwrap_or(line));
        let next = lines.get(index + 1);
        let both_text = next.is_some_and(|next| {
            !next.trim().is_empty()
                && !line.trim().is_empty()
                && !is_item(next)
                && !is_item(line)
                && !next.starts_with(' ')
        });
        if both_text && !line.ends_with('\\') && !line.ends_with("  ") {
            out.push('\\');
        }
        out.push('\n');
    }
    Document::parse(&out).0
}
