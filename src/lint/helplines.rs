//! The texts for people in danger: numbers that are missing or cannot be real, and whether a
//! person has verified them lately.

use std::ops::Range;

use super::Texts;
use crate::content::HELPLINES_PATH;
use crate::day::Day;
use crate::knowledge::{Code, Place, Problem};

pub(super) fn check(texts: &Texts<'_>, today: Day) -> Vec<Problem> {
    let sources = texts.loaded.report.sources();
    let Some(file) = sources
        .iter()
        .position(|it| it.path.ends_with(HELPLINES_PATH))
    else {
        // A folder without texts has the built-in neutral one; `run` asks for more.
        return Vec::new();
    };
    let crisis = &texts.content.safety.texts;
    let problems = crisis.problems(today).into_iter();
    let problems = problems.map(|problem| {
        let place = Place {
            file,
            span: line_of(&sources[file].text, crisis.code(), problem.key()),
        };
        if problem.is_mistake() {
            Problem::error(Code::Helpline, place, problem.to_string())
                .label("people in danger get this")
                .help("look it up with the helpline itself; a wrong number costs the one try that somebody has")
        } else {
            Problem::warning(Code::NotVerified, place, problem.to_string())
                .label("nobody can be sure")
                .help("until then, `askwell run` does not start, or reminds you where it was long ago")
        }
    });
    problems.collect()
}

/// The line of a key in the entry of a country; `country` itself stands above all entries.
fn line_of(text: &str, code: &str, key: &str) -> Option<Range<usize>> {
    let is =
        |line: &str, wanted: &str| line.split_once('=').is_some_and(|it| it.0.trim() == wanted);
    let mut begin = 0;
    let blocks = text.split_inclusive("[[entry]]").map(|block| {
        let at = begin;
        begin += block.len();
        (at, block)
    });
    let of_entry = |block: &str| {
        key == "country"
            || block
                .lines()
                .any(|line| is(line, "code") && line.contains(&format!("\"{code}\"")))
    };
    let (mut at, block) = blocks.into_iter().find(|it| of_entry(it.1))?;
    for line in block.split_inclusive('\n') {
        if is(line, key) {
            return Some(at..at + line.trim_end().len());
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_its_own_country() {
        let text = "country = \"B\"\n[[entry]]\ncode = \"A\"\ntext = \"1\"\n[[entry]]\ncode = \"B\"\ntext = \"2\"\n";
        let found = |key| line_of(text, "B", key).map(|span| &text[span]);
        assert_eq!(found("text"), Some("text = \"2\""));
        assert_eq!(found("country"), Some("country = \"B\""));
        assert_eq!(found("violence"), None);
    }
}
