//! What the TOML parser stumbles over, in words for people who don't know TOML.

use std::ops::Range;

use toml::de::Error;

use super::problem::{Place, Problem};

/// A TOML error in our words.
struct Explained {
    message: &'static str,
    label: &'static str,
    help: &'static str,
    mark: Range<usize>,
}

/// The problems behind the parser's errors: the causes, without what only follows from them.
pub(super) fn problems(file: usize, text: &str, errors: &[Error]) -> Vec<Problem> {
    if errors.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(&str, Range<usize>)> = errors
        .iter()
        .filter_map(|error| Some((error.message(), within(text, error.span()?))))
        .collect();
    found.sort_by_key(|(_, span)| span.start);

    let mut explained = Vec::new();
    // What comes after a text or list that nobody closed is read as a part of it.
    let mut end = text.len() + 1;
    if let Some(open) = never_closed_text(text) {
        end = open.start;
        explained.push(Explained {
            message: "a long text is never closed",
            label: "the text begins here",
            help: "the headings below would become part of what people read; put three quotation marks (\"\"\") on a line of their own where the text ends",
            mark: open,
        });
    } else if let Some((_, span)) = found
        .iter()
        .find(|(message, _)| message.starts_with("unexpected `=` in array"))
    {
        end = line(text, span.start).start;
        explained.push(Explained {
            message: "a list is never closed",
            label: "this line is read as part of the list above",
            help: "put a closing square bracket (]) on a line of its own before this one",
            mark: content(text, span.start),
        });
    }
    let mut last_line = None;
    for (message, span) in found.into_iter().filter(|(_, span)| span.start < end) {
        let line = line(text, span.start).start;
        if last_line.replace(line) != Some(line) {
            explained.push(explain(message, text, span));
        }
    }
    explained
        .into_iter()
        .map(|it| {
            let place = Place {
                file,
                span: Some(it.mark),
            };
            Problem::error(place, it.message)
                .label(it.label)
                .help(it.help)
        })
        .collect()
}

#[expect(
    clippy::too_many_lines,
    reason = "a table of messages, read line by line"
)]
fn explain(message: &str, text: &str, span: Range<usize>) -> Explained {
    let value = value(text, span.start);
    let content = content(text, span.start);
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| message.starts_with(prefix));
    let curly = text[value.clone()].contains(['“', '”', '„', '‘', '’']);
    let (message, label, help, mark) = if starts(&["duplicate key"]) {
        (
            "this is given twice",
            "a second time here",
            "keep one of the two and take the other out",
            span,
        )
    } else if starts(&[
        "string values must be quoted",
        "invalid boolean",
        "invalid float",
        "missing opening quote",
    ]) && curly
    {
        (
            "this text stands in curly quotation marks",
            "curly marks do not count here",
            "use straight double quotation marks (\") around the text; curly ones may stand inside it",
            value,
        )
    } else if starts(&[
        "string values must be quoted",
        "invalid boolean",
        "invalid float",
        "invalid value",
        "unexpected leading zero",
        "`_` may only go",
        "redundant",
        "integers with",
        "radix",
        "unexpected sign",
        "missing opening quote",
    ]) {
        (
            "this text needs quotation marks",
            "no quotation marks",
            "put the text in straight double quotation marks (\"); only numbers and days like 2026-11-23 stand without",
            value,
        )
    } else if starts(&[
        "invalid multi-line basic string",
        "invalid multi-line literal string",
    ]) {
        (
            "a long text is never closed",
            "no closing \"\"\" before the end of the file",
            "put three quotation marks (\"\"\") on a line of their own where the text ends",
            span,
        )
    } else if starts(&["invalid basic string", "invalid literal string"]) {
        (
            "the closing quotation mark is missing",
            "this text does not end on its line",
            "put a quotation mark (\") at its end; a text of several lines goes between three quotation marks (\"\"\")",
            value,
        )
    } else if starts(&["missing escaped value", "too few unicode", "invalid escape"]) {
        (
            "a backslash (\\) cannot stand alone",
            "in this text",
            "write it twice (\\\\) to show a backslash, or take it out",
            value,
        )
    } else if starts(&["missing comma between array elements"]) {
        (
            "a comma is missing between two items of a list",
            "no comma before this",
            "put a comma after each item of a list",
            content,
        )
    } else if starts(&["extra comma"]) {
        (
            "there is one comma too many",
            "nothing between two commas",
            "take the second comma out",
            span,
        )
    } else if starts(&["unclosed array table", "unclosed table"]) {
        (
            "the brackets of this heading are not closed",
            "a closing bracket is missing",
            "write [article] in single brackets, and [[section]], [[faq]] and [[related]] in double ones",
            content,
        )
    } else if starts(&["unclosed array"]) {
        (
            "a list is never closed",
            "the file ends inside the list",
            "put a closing square bracket (]) where the list ends",
            span,
        )
    } else if starts(&[
        "key with no value",
        "invalid key-value pair",
        "missing assignment",
        "missing value",
    ]) {
        (
            "this line has no `=`",
            "not a key with a value",
            "write a key, an equals sign and a value: answer = \"…\"; a long text goes between three quotation marks (\"\"\"), and a note to yourself begins with #",
            content,
        )
    } else if starts(&["unexpected key or value"]) && text[value.clone()].contains('"') {
        (
            "something is left over after this text",
            "the text ends earlier than it should",
            "a straight quotation mark ends the text: inside it write curly ones (“…”), or put a backslash before each (\\\"); several texts make a list in square brackets",
            value,
        )
    } else if starts(&["unexpected key or value", "unexpected content"]) {
        (
            "something is left over on this line",
            "more than one value",
            "put the text in straight double quotation marks (\"), and each key on a line of its own",
            value,
        )
    } else if starts(&["carriage return"]) {
        (
            "there is a stray line-end character here",
            "in this line",
            "delete the end of this line and press Enter again",
            content,
        )
    } else if starts(&["invalid comment character"]) {
        (
            "there is an invisible control character here",
            "in this line",
            "type the line anew; it may have come along by copying",
            content,
        )
    } else if starts(&["invalid unquoted key", "unquoted keys"]) {
        (
            "this is not a key",
            "a key has only letters, numbers, - and _",
            "write a key, an equals sign and a value: answer = \"…\"; a long text goes between three quotation marks (\"\"\")",
            content,
        )
    } else {
        (
            "this line cannot be read",
            "not written as a file of this kind (TOML) asks",
            "compare it with the same line of another entry: brackets, quotation marks and the equals sign are what usually differs",
            content,
        )
    };
    Explained {
        message,
        label,
        help,
        mark,
    }
}

/// The opening marks of a text between `"""` that has swallowed a heading or the next key.
fn never_closed_text(text: &str) -> Option<Range<usize>> {
    let mut open: Option<Range<usize>> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let is_heading = ["[article]", "[[section]]", "[[faq]]", "[[related]]"].contains(&trimmed);
        let is_key = trimmed.ends_with("= \"\"\"")
            || trimmed.starts_with("variants = [")
            || trimmed.starts_with("id = \"");
        if open.is_some() && (is_heading || is_key) {
            return open;
        }
        if !trimmed.starts_with('#') || open.is_some() {
            for (at, _) in line.match_indices("\"\"\"") {
                let mark = start + at..start + at + 3;
                open = if open.is_some() { None } else { Some(mark) };
            }
        }
        start += line.len();
    }
    None
}

/// A span inside the text and between characters, whatever the parser said.
fn within(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.ceil_char_boundary(span.end.max(start))
}

/// The line that holds a byte, without its end.
fn line(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline);
    start..end
}

/// The line without white space around it.
fn content(text: &str, at: usize) -> Range<usize> {
    let line = line(text, at);
    let words = &text[line.clone()];
    let start = line.start + (words.len() - words.trim_start().len());
    start..(start + words.trim().len())
}

/// What stands after the `=` of a line, or the whole line.
fn value(text: &str, at: usize) -> Range<usize> {
    let content = content(text, at);
    let words = &text[content.clone()];
    let Some(equals) = words.find('=').filter(|equals| *equals + 1 < words.len()) else {
        return content;
    };
    let after = &words[equals + 1..];
    content.end - after.trim_start().len()..content.end
}
