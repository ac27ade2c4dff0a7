//! A table with everything that an entry has, for a spreadsheet.

use super::{Selection, anchor, kind};
use crate::knowledge::{Entry, EntryId, EntryKind};

const HEADERS: [&str; 10] = [
    "kind", "id", "question", "answer", "variants", "url", "anchor", "section", "related",
    "language",
];

pub(super) fn csv(selection: Selection<'_>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = selection.entries().map(|entry| row(selection, entry));
    for row in std::iter::once(HEADERS.map(str::to_owned)).chain(rows) {
        writer
            .write_record(row)
            .expect("a table in memory takes rows of equal length");
    }
    let bytes = writer
        .into_inner()
        .expect("a table in memory can be flushed");
    String::from_utf8(bytes).expect("all cells are text")
}

fn row(selection: Selection<'_>, entry: &Entry) -> [String; 10] {
    let url = match entry.kind {
        EntryKind::Article => selection.article_of(entry).map(|it| it.url.clone()),
        EntryKind::Related => entry.url.clone(),
        _ => None,
    };
    // A line end even after a single one, so that no sign in it is read as a divider.
    let mut variants = entry.variants.join("\n");
    if !variants.is_empty() {
        variants.push('\n');
    }
    let related: Vec<&str> = entry.related.iter().map(EntryId::as_str).collect();
    [
        kind(entry).to_owned(),
        entry.id.to_string(),
        entry.title.clone(),
        entry.answer.markdown(),
        variants,
        url.unwrap_or_default(),
        anchor(entry).unwrap_or_default(),
        entry
            .section
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        related.join(" "),
        entry.language.clone(),
    ]
    .map(guarded)
}

/// A cell that no spreadsheet runs as a formula: an apostrophe goes before `=`, `+`, `-`
/// and `@`, and before the apostrophes in front of one, so that taking one off again gives
/// the cell back. Source: OWASP, "CSV Injection".
fn guarded(cell: String) -> String {
    let behind = cell.trim_start_matches('\'');
    if behind.starts_with(FORMULA_SIGNS) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA_SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The cell that was [`guarded`].
pub(crate) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(FORMULA_SIGNS) => rest,
        _ => cell,
    }
}
