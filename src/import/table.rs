//! Tables with a line of headers: CSV and TSV.

use std::collections::BTreeMap;

use csv::StringRecord;

use super::rows::{delimiter, from_lines, push_new, rows};
use super::{Exported, Found, ImportError, Item, Options, kind_of, one_line};
use crate::export::unguarded;
use crate::knowledge::EntryId;

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

pub(super) fn read(name: &str, text: &str, options: &Options) -> Result<Found, ImportError> {
    let delimiter = delimiter(name, text);
    let mut rows = rows(name, text, delimiter)?.into_iter();
    let mut exported = Exported::default();
    let Some((_, header)) = rows.next() else {
        exported
            .found
            .leave_out("line 1", "the whole file", "it is empty");
        return Ok(exported.found);
    };
    let columns = Columns::new(name, &header, options)?;
    columns.name_twins(&header, &mut exported.found);
    if rows.len() == 0 {
        exported.found.leave_out(
            "line 1",
            "the whole table",
            "there is no row below its headers",
        );
    }
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
    Ok(exported.into_found())
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
                    example: argument(wanted, header.get(free).unwrap_or("NAME").trim()),
                });
            }
        }
        Ok(Self(columns))
    }

    /// Says which columns are not read because an earlier one has their name.
    fn name_twins(&self, header: &StringRecord, found: &mut Found) {
        let is_same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
        for at in self.0.values() {
            let name = header.get(*at).unwrap_or_default();
            let twins = header.iter().enumerate();
            for (twin, own) in twins.filter(|(twin, it)| twin != at && is_same(it, name)) {
                found.leave_out(
                    "line 1",
                    format!("column {}, “{}”", twin + 1, own.trim()),
                    "an earlier column has the same name; rename one of them in the table if this one is meant",
                );
            }
        }
    }

    /// The cell with the white space at its ends.
    fn raw<'r>(&self, record: &'r StringRecord, column: &str) -> &'r str {
        let cell = self.0.get(column).and_then(|at| record.get(*at));
        unguarded(cell.unwrap_or_default())
    }

    fn cell<'r>(&self, record: &'r StringRecord, column: &str) -> Option<&'r str> {
        Some(self.raw(record, column).trim()).filter(|it| !it.is_empty())
    }
}

/// `question=Frage` as it is typed in a shell.
fn argument(ours: &str, theirs: &str) -> String {
    let text = format!("{ours}={theirs}");
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '=' | '_' | '-');
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{text}'")
    }
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
