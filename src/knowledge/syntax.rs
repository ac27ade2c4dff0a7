//! What the TOML parser stumbles over, in words for people who don't know TOML.

use std::ops::Range;

use toml::de::Error;

use super::code::Code;
use super::problem::{Place, Problem};

/// A slip in our words.
struct Words {
    message: &'static str,
    label: &'static str,
    help: &'static str,
}

/// What is marked of the line that the parser names.
#[derive(Clone, Copy)]
enum Mark {
    /// Just what the parser names.
    Exact,
    /// What stands after the `=`.
    Value,
    Line,
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

    let mut slips: Vec<(&Words, Range<usize>)> = Vec::new();
    // What comes after a text or list that nobody closed is read as a part of it.
    let mut end = text.len() + 1;
    if let Some(open) = never_closed_text(text) {
        end = open.start;
        slips.push((&OPEN_TEXT, open));
    } else if let Some((_, span)) = found
        .iter()
        .find(|(message, _)| message.starts_with("unexpected `=` in array"))
    {
        end = line(text, span.start).start;
        slips.push((&OPEN_LIST, content(text, span.start)));
    }
    let mut last_line = None;
    for (message, span) in found.into_iter().filter(|(_, span)| span.start < end) {
        let line = line(text, span.start).start;
        if last_line.replace(line) != Some(line) {
            slips.push(explain(message, text, span));
        }
    }
    slips
        .into_iter()
        .map(|(words, mark)| {
            let place = Place {
                file,
                span: Some(mark),
            };
            Problem::error(Code::Syntax, place, words.message)
                .label(words.label)
                .help(words.help)
        })
        .collect()
}

fn explain(message: &str, text: &str, span: Range<usize>) -> (&'static Words, Range<usize>) {
    let value = value(text, span.start);
    let content = content(text, span.start);
    let (line, after) = (&text[content.clone()], &text[value.clone()]);
    let begins = |starts: &[&str]| starts.iter().any(|it| message.starts_with(it));
    let (words, mark) = if line.ends_with('=') {
        (&NO_VALUE, Mark::Line)
    } else if !line.contains(['=', '"', '“', '\'', '[', ':']) && !in_list(text, span.start) {
        (&NO_KEY, Mark::Line)
    } else if begins(UNQUOTED_STARTS) {
        let is_curly = after.contains(['“', '”', '„', '‘', '’']);
        (if is_curly { &CURLY } else { &UNQUOTED }, Mark::Value)
    } else if begins(&["unexpected key or value"]) && after.contains('"') {
        (&QUOTE_INSIDE, Mark::Value)
    } else {
        let slip = SLIPS.iter().find(|(starts, ..)| begins(starts));
        slip.map_or((&UNREADABLE, Mark::Line), |(_, mark, words)| (words, *mark))
    };
    let mark = match mark {
        Mark::Exact => span,
        Mark::Value => value,
        Mark::Line => content,
    };
    (words, mark)
}

static OPEN_TEXT: Words = Words {
    message: "a long text is never closed",
    label: "the text begins here",
    help: "all that stands below would become part of what people read; put three quotation marks (\"\"\") on a line of their own where the text ends",
};

static OPEN_LIST: Words = Words {
    message: "a list is never closed",
    label: "this line is read as part of the list above",
    help: "put a closing square bracket (]) on a line of its own before this one",
};

static NO_VALUE: Words = Words {
    message: "nothing stands after the `=`",
    label: "a value is missing",
    help: "put a text in straight double quotation marks (\") after it, or take the line out",
};

static NO_KEY: Words = Words {
    message: "this line has no key",
    label: "only a text",
    help: "begin it with a key and an equals sign (answer = \"…\"), put a long text between three quotation marks (\"\"\"), and begin a note to yourself with #",
};

static CURLY: Words = Words {
    message: "this text stands in curly quotation marks",
    label: "curly marks do not count here",
    help: "use straight double quotation marks (\") around the text; curly ones may stand inside it",
};

static QUOTE_INSIDE: Words = Words {
    message: "something is left over after this text",
    label: "the text ends earlier than it should",
    help: "a straight quotation mark ends the text: inside it write curly ones (“…”), or put a backslash before each (\\\"); several texts make a list in square brackets",
};

static UNQUOTED: Words = Words {
    message: "this text needs quotation marks",
    label: "no quotation marks",
    help: "put it in straight double quotation marks (\"); only numbers and days like 2026-11-23 stand without",
};

static UNREADABLE: Words = Words {
    message: "this line cannot be read",
    label: "not as such a file (TOML) is written",
    help: "compare it with the same line of another entry: what differs is usually a bracket, a quotation mark or the equals sign",
};

/// The beginnings of the parser's messages, what to mark, and what to say instead.
static SLIPS: &[(&[&str], Mark, Words)] = &[
    (
        &["duplicate key"],
        Mark::Exact,
        Words {
            message: "this is given twice",
            label: "a second time here",
            help: "keep one of the two and take the other out",
        },
    ),
    (
        &["invalid basic string", "invalid literal string"],
        Mark::Value,
        Words {
            message: "the closing quotation mark is missing",
            label: "this text does not end on its line",
            help: "put a quotation mark (\") at its end; a text of several lines goes between three quotation marks (\"\"\")",
        },
    ),
    (
        &["missing escaped value", "too few unicode", "invalid escape"],
        Mark::Value,
        Words {
            message: "a backslash (\\) cannot stand alone",
            label: "in this text",
            help: "write it twice (\\\\) to show a backslash, or take it out",
        },
    ),
    (
        &["missing comma between array elements"],
        Mark::Line,
        Words {
            message: "a comma is missing between two items of a list",
            label: "no comma before this",
            help: "put a comma after each item of a list",
        },
    ),
    (
        &["extra comma"],
        Mark::Exact,
        Words {
            message: "there is one comma too many",
            label: "nothing between two commas",
            help: "take the second comma out",
        },
    ),
    (
        &["unclosed array table", "unclosed table"],
        Mark::Line,
        Words {
            message: "the brackets of this heading are not closed",
            label: "a closing bracket is missing",
            help: "write [article] in single brackets, and [[section]], [[faq]] and [[related]] in double ones",
        },
    ),
    (
        &["unclosed array"],
        Mark::Exact,
        Words {
            message: "a list is never closed",
            label: "the file ends inside the list",
            help: "put a closing square bracket (]) where the list ends",
        },
    ),
    (
        &[
            "key with no value",
            "invalid key-value pair",
            "missing assignment",
            "missing value",
        ],
        Mark::Line,
        Words {
            message: "this line has no `=`",
            label: "not a key with a value",
            help: "write a key, an equals sign and a value: answer = \"…\"; a long text goes between three quotation marks (\"\"\"), and a note to yourself begins with #",
        },
    ),
    (
        &["unexpected key or value", "unexpected content"],
        Mark::Value,
        Words {
            message: "something is left over on this line",
            label: "more than one value",
            help: "put the text in straight double quotation marks (\"), and each key on a line of its own",
        },
    ),
    (
        &["carriage return"],
        Mark::Line,
        Words {
            message: "there is a stray line-end character here",
            label: "in this line",
            help: "delete the end of this line and press Enter again",
        },
    ),
    (
        &["invalid comment character"],
        Mark::Line,
        Words {
            message: "there is an invisible control character here",
            label: "in this line",
            help: "type the line anew; the character may have come along by copying",
        },
    ),
    (
        &["invalid unquoted key", "unquoted keys"],
        Mark::Line,
        Words {
            message: "this is not a key",
            label: "a key has only letters, numbers, - and _",
            help: "write a key, an equals sign and a value: answer = \"…\"; a long text goes between three quotation marks (\"\"\")",
        },
    ),
];

/// The same for a text without quotation marks, which the parser takes for many things.
static UNQUOTED_STARTS: &[&str] = &[
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
];

/// Whether a line stands among the items of a list, as far as the lines above tell.
fn in_list(text: &str, at: usize) -> bool {
    let above = text[..line(text, at).start].lines().rev().map(str::trim);
    let mut unlike_items =
        above.filter(|line| !(line.is_empty() || line.starts_with('#') || line.ends_with(',')));
    unlike_items.next().is_some_and(|line| line.ends_with('['))
}

/// The opening marks of a text between `"""` that has swallowed a heading, the next key or
/// the rest of the file.
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
    open
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{check, read};

    /// A sound entry with one line replaced.
    fn with_line(line: &str) -> String {
        format!(
            "[[faq]]\nid = \"a\"\nquestion = \"Q?\"\n{line}\nvariants = [\"x\"]\n\n\
             [[faq]]\nid = \"b\"\nquestion = \"R?\"\nanswer = \"B.\"\nvariants = [\"y\"]\n"
        )
    }

    #[track_caller]
    fn check_line(line: &str, expected: &str) {
        check(&[&with_line(line)], &[&format!("error a.toml:{expected}")]);
    }

    #[test]
    fn a_slip_in_one_line_is_one_problem() {
        for (line, expected) in [
            (
                "answer = \"A.",
                "4:10 the closing quotation mark is missing (this text does not end on its line)",
            ),
            (
                "answer = A.\"",
                "4:10 this text needs quotation marks (no quotation marks)",
            ),
            (
                "answer = Yes, it can",
                "4:10 this text needs quotation marks (no quotation marks)",
            ),
            (
                "answer = 24 hours",
                "4:10 this text needs quotation marks (no quotation marks)",
            ),
            (
                "answer = “A.”",
                "4:10 this text stands in curly quotation marks (curly marks do not count here)",
            ),
            (
                "answer \"A.\"",
                "4:1 this line has no `=` (not a key with a value)",
            ),
            (
                "answer: \"A.\"",
                "4:1 this is not a key (a key has only letters, numbers, - and _)",
            ),
            ("Yes, it can.", "4:1 this line has no key (only a text)"),
            (
                "answer =",
                "4:1 nothing stands after the `=` (a value is missing)",
            ),
            (
                "answer = \"A\\B\"",
                "4:10 a backslash (\\) cannot stand alone (in this text)",
            ),
            (
                "answer = \"A.\"\nanswer = \"B.\"",
                "5:1 this is given twice (a second time here)",
            ),
            (
                "answer = \"say \"A\" twice\"",
                "4:10 something is left over after this text (the text ends earlier than it should)",
            ),
        ] {
            check_line(line, expected);
        }
    }

    #[test]
    fn a_slip_in_a_list_is_one_problem() {
        for (line, expected) in [
            (
                "answer = \"A.\"\nrelated = [\n  \"b\"\n  \"a2\",\n]",
                "7:3 a comma is missing between two items of a list (no comma before this)",
            ),
            (
                "answer = \"A.\"\nrelated = [\"b\",, \"b\"]",
                "5:16 there is one comma too many (nothing between two commas)",
            ),
            (
                "answer = \"A.\"\nrelated = [\n  b,\n]",
                "6:3 this text needs quotation marks (no quotation marks)",
            ),
            (
                "answer = \"A.\"\nrelated = [\n  \"b\",",
                "7:1 a list is never closed (this line is read as part of the list above)",
            ),
        ] {
            check_line(line, expected);
        }
    }

    #[test]
    fn what_nobody_closed_hides_nothing_but_itself() {
        let text = with_line("answer = \"\"\"\nNever closed.\n");
        check(
            &[&text],
            &["error a.toml:4:10 a long text is never closed (the text begins here)"],
        );
        let text = "[[faq]]\nid = \"a\"\nquestion = \"Q?\"\nvariants = [\"x\"]\nanswer = \"\"\"\nNever closed.\n";
        check(
            &[text],
            &["error a.toml:5:10 a long text is never closed (the text begins here)"],
        );
        check(
            &[&with_line("answer = \"A.\"").replace("[[faq]]\nid = \"b\"", "[[faq]\nid = \"b\"")],
            &[
                "error a.toml:7:1 the brackets of this heading are not closed (a closing bracket is missing)",
            ],
        );
    }

    #[test]
    fn several_slips_are_found_together() {
        let text = with_line("answer = Yes")
            .replace("\"R?\"", "R?")
            .replace("[\"y\"]", "[\"y\"");
        let report = read(&[&text]).report;
        assert_eq!(report.n_errors(), 3, "{report}");
    }

    #[test]
    fn line_ends_of_windows_change_nothing() {
        let text = with_line("answer = A.").replace('\n', "\r\n");
        check(
            &[&text],
            &["error a.toml:4:10 this text needs quotation marks (no quotation marks)"],
        );
        let text = with_line("answer = \"\"\"\nA **b**.\n\n- c\n\"\"\"").replace('\n', "\r\n");
        let content = read(&[&text]).content.unwrap();
        assert_eq!(
            content.knowledge.get("a").unwrap().answer.plain(),
            "A b.\n\n• c"
        );
    }

    /// Any text, with a good share of what the format uses.
    fn file() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "[article]\n",
            "[[faq]]\n",
            "[[section]]\n",
            "[[related]]\n",
            "id = \"a\"\n",
            "id = 'b'\n",
            "question = \"Q\"\n",
            "answer = \"\"\"\n",
            "\"\"\"\n",
            "answer = \"A\"\n",
            "variants = [\n",
            "\"x\",\n",
            "]\n",
            "= ",
            "\"",
            "[",
            "\n",
            "\r\n",
            "# x\n",
            "{name}",
            "“ä”",
            "👩‍👩‍👧",
            "\\",
            "\u{feff}",
            "title = 'T'\n",
            "url = 'https://example.org'\n",
            "section = 'a'\n",
            "related = ['a']\n",
            "reviewed = 2026-11-23\n",
            "wording.start = '{nmae}'\n",
            "[matching]\nsynonyms = [['a']]\n",
        ]);
        let part = prop_oneof![6 => part.prop_map(str::to_owned), 1 => any::<String>(), 1 => "[ -~\n]{0,12}"];
        prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn no_text_panics_and_the_same_text_reads_the_same(a in file(), b in file()) {
            let read = || {
                let files = vec![("a.toml".into(), a.clone()), ("bot.toml".into(), b.clone())];
                crate::content::Content::parse(files)
            };
            let report = read().report.to_string();
            prop_assert!(report.ends_with('\n'));
            prop_assert_eq!(report, read().report.to_string());
        }
    }
}
