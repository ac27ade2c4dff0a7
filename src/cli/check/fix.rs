//! `check --fix`: the changes that mend a finding and can do no harm.

use std::fs;
use std::ops::Range;

use anyhow::{Context, bail};

use crate::cli::save::{Over, save};
use crate::knowledge::Report;

/// The byte order mark that some editors begin a file with.
const MARK: &str = "\u{feff}";

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
        let mark = if bytes.starts_with(MARK.as_bytes()) {
            MARK
        } else {
            ""
        };
        if bytes[mark.len()..] != *source.text.as_bytes() {
            bail!(
                "{} was changed meanwhile, so it was not mended; run the command again",
                source.path.display()
            );
        }
        let mut out = mark.to_owned();
        let mut at = 0;
        for (span, new) in &fixes {
            out.push_str(&source.text[at..span.start]);
            out.push_str(new);
            at = span.end;
        }
        out.push_str(&source.text[at..]);
        save(&source.path, out, Over::Only(Some(&bytes)))?;
        n_fixed += fixes.len();
    }
    Ok(n_fixed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;

    #[test]
    fn a_file_that_was_saved_since_it_was_read_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.toml");
        let text = "[[faq]]\nid = 'a'\nquestion = 'A?'\nanswer = 'A.'\nvariants = ['x', 'x']\n";
        fs::write(&path, text).unwrap();
        let report = Content::load(dir.path()).report;
        let saved = text.replace("A.", "A new one.");
        fs::write(&path, &saved).unwrap();
        let error = apply(&report).unwrap_err();
        assert!(
            error.to_string().contains("a.toml was changed meanwhile"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), saved);
        fs::write(&path, format!("{MARK}{text}")).unwrap();
        assert_eq!(apply(&report).unwrap(), 1);
        let mended = fs::read_to_string(&path).unwrap();
        assert_eq!(mended, format!("{MARK}{text}").replace("'x', 'x'", "'x'"));
    }
}
