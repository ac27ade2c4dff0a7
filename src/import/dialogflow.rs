//! CSV of Dialogflow.

use std::collections::BTreeMap;

use super::rows::{delimiter, from_lines, rows};
use super::{Found, ImportError, Item, one_line};
use crate::knowledge::EntryKind;

/// Questions and answers without a header, as its knowledge base has
/// them, or training phrases by intent.
pub(super) fn read(name: &str, text: &str) -> Result<Found, ImportError> {
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
