//! The files of `safety/`: the operator's own rules and texts of the crisis screen.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::HELPLINES_FILE;
use crate::knowledge::{Code, Place, Problem, Source};
use crate::safety::{CrisisTexts, RuleError, Safety, Screen};

/// The crisis screen with the operator's own rules and texts.
pub(super) fn read(files: &[usize], sources: &[Source]) -> Result<Safety, Vec<Problem>> {
    let is_texts = |file: &&usize| sources[**file].path.ends_with(HELPLINES_FILE);
    let problem = |file: usize, message: String| {
        let place = Place { file, span: None };
        Problem::error(Code::Safety, place, message).help(
            "a message about danger to life might not be noticed; mend it, or take the file away to use the built-in one",
        )
    };
    let path = |file: usize| sources[file].path.to_string_lossy();
    let mut problems = Vec::new();

    let mut texts = CrisisTexts::neutral();
    if let Some(&file) = files.iter().find(is_texts) {
        match CrisisTexts::parse(&path(file), &sources[file].text) {
            Ok(parsed) => texts = parsed,
            Err(error) => problems.push(
                unquoted_day(file, &sources[file].text)
                    .unwrap_or_else(|| problem(file, chain(&error))),
            ),
        }
    }
    let rules: Vec<usize> = files.iter().filter(|it| !is_texts(it)).copied().collect();
    // One with the name of a built-in file takes its place: saved by an editor on a full disk, it would take the rules away.
    let is_empty = |it: &&usize| {
        let mut lines = sources[**it].text.lines().map(str::trim);
        lines.all(|line| line.is_empty() || line.starts_with('#'))
    };
    let empty = rules.iter().filter(is_empty);
    problems
        .extend(empty.map(|&file| problem(file, "the file is empty from line 1 on".to_owned())));
    let named: Vec<(String, &str)> = rules
        .iter()
        .map(|&file| (path(file).into_owned(), sources[file].text.as_str()))
        .collect();
    let borrowed: Vec<(&str, &str)> = named
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    match Screen::with_rules(&borrowed) {
        Ok(screen) if problems.is_empty() => return Ok(Safety { screen, texts }),
        Ok(_) => {}
        Err(errors) => problems.extend(errors.iter().map(|error| {
            let of_error = |&&file: &&usize| error.place().0 == path(file);
            let Some(&file) = rules.iter().find(of_error) else {
                // In a built-in file: one of the operator's changes what that one builds on.
                return problem(rules[0], chain(error));
            };
            let (message, span) = message_and_span(error, &sources[file].text);
            let mut problem = problem(file, message);
            problem.place.span = span;
            problem
        })),
    }
    Err(problems)
}

/// What is wrong, and in which bytes of the file's text.
fn message_and_span(error: &RuleError, text: &str) -> (String, Option<Range<usize>>) {
    if let RuleError::Parse { source, .. } = error {
        let message = format!("this is not a valid rule file: {}", source.message());
        return (message, source.span());
    }
    let words = error.to_string();
    let (file, Some(line)) = error.place() else {
        return (words, None);
    };
    let place = format!("{file}:{line}: ");
    let message = words.strip_prefix(&place).unwrap_or(&words).to_owned();
    let lines = text.split_inclusive('\n');
    let start: usize = lines.clone().take(line - 1).map(str::len).sum();
    let length = lines.clone().nth(line - 1).map(|it| it.trim_end().len());
    (message, length.map(|length| start..start + length))
}

/// The slip that is made most when somebody signs the helplines: a day without quotation marks.
fn unquoted_day(file: usize, text: &str) -> Option<Problem> {
    let (key, span, day) = first_day(DeTable::parse(text).ok()?.get_ref())?;
    let place = Place {
        file,
        span: Some(span),
    };
    let message = format!("`{key}` has to stand in quotation marks");
    let problem = Problem::error(Code::Safety, place, message)
        .label("a day without them")
        .help(format!("write {key} = \"{day}\""));
    Some(problem)
}

/// The first date of a table and the tables in it, with its key and place.
fn first_day(table: &DeTable<'_>) -> Option<(String, Range<usize>, String)> {
    table.iter().find_map(|(key, value)| match value.get_ref() {
        DeValue::Datetime(day) => Some((key.get_ref().to_string(), value.span(), day.to_string())),
        DeValue::Table(inner) => first_day(inner),
        DeValue::Array(items) => items
            .iter()
            .find_map(|it| first_day(it.get_ref().as_table()?)),
        _ => None,
    })
}

/// An error with its causes, on one line each.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}\n{}", error.to_string().trim_end());
        cause = error.source();
    }
    words
}
