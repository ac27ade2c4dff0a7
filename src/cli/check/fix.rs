//! `check --fix`: the changes that mend a finding and can do no harm.

use std::fs;
use std::ops::Range;

use anyhow::Context;

use crate::knowledge::Report;

/// Writes all safe fixes into their files and says how many there were. What stands outside
/// of them stays byte for byte.
pub(super) fn apply(report: &Report) -> anyhow::Result<usize> {
    let mut n_fixed = 0;
    for (file, source) in report.sources().iter().enumerate() {
        let problems = report.problems().iter().filter(|it| it.place.file == file);
        let mut fixes: Vec<&(Range<usize>, String)> =
            problems.filter_map(|it| it.fix.as_ref()).collect();
        fixes.sort_by_key(|(span, _)| span.start);
        // Of two that touch, the second waits for the next run.
        let mut free_from = 0;
        fixes.retain(|(span, _)| {
            let is_free = free_from <= span.start;
            if is_free {
                free_from = span.end;
            }
            is_free
        });
        if fixes.is_empty() {
            continue;
        }
        // The file may begin with a byte order mark that the loader takes away.
        let bytes = fs::read(&source.path)
            .with_context(|| format!("cannot read {}", source.path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let mark = if text.starts_with('\u{feff}') {
            "\u{feff}"
        } else {
            ""
        };
        let mut out = mark.to_owned();
        let mut at = 0;
        for (span, new) in &fixes {
            out.push_str(&source.text[at..span.start]);
            out.push_str(new);
            at = span.end;
        }
        out.push_str(&source.text[at..]);
        fs::write(&source.path, out)
            .with_context(|| format!("cannot write {}", source.path.display()))?;
        n_fixed += fixes.len();
    }
    Ok(n_fixed)
}
