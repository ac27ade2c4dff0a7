//! TSV of `QnA Maker`, and of Azure custom question answering after it.

use std::collections::BTreeMap;

use super::rows::{from_lines, push_new, rows};
use super::{Found, ImportError, Item, one_line};
use crate::knowledge::EntryKind;

/// Rows with the same number, or
/// where there is none with the same answer, are one entry with several wordings.
pub(super) fn read(name: &str, text: &str) -> Result<Found, ImportError> {
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
        match cell(prompts).map(serde_json::from_str::<Vec<serde_json::Value>>) {
            Some(Ok(prompts)) => {
                let ids = prompts.iter().map(|it| it["qnaId"].to_string()).collect();
                next.push((found.items.len(), ids));
            }
            Some(Err(_)) => found.leave_out(
                place.clone(),
                "the prompts",
                "they are not JSON; write the ids of the next questions into `related`",
            ),
            None => {}
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
