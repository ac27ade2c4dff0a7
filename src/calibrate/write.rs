//! The thresholds in `bot.toml`: written into its text, so that comments and order stay as they are.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::matching::{Settings, Stamp};

/// Why thresholds could not be put into a text.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("it is no TOML")]
    Parse(#[source] Box<toml::de::Error>),
    #[error("it has no line [matching] of its own; put these lines where its keys stand:\n{0}")]
    NoHeading(String),
}

/// The key of the threshold that means something only with an encoder.
pub const ENCODER_THRESHOLD: &str = "encoder_threshold";

/// The thresholds under their keys in `[matching]`, in the order of a new file; each 0 to 1.
#[must_use]
pub fn thresholds(settings: &Settings) -> [(&'static str, f32); 4] {
    [
        ("threshold", settings.threshold),
        ("clarify_threshold", settings.clarify_threshold),
        ("margin", settings.margin),
        (ENCODER_THRESHOLD, settings.encoder_threshold),
    ]
}

/// The text of a `bot.toml` with these of the [`thresholds`] and the stamp. A key that is there gets
/// its new value, one that is commented out is put in force, and others come behind them; every
/// other byte stays.
///
/// # Errors
/// When the text is no TOML, or its `[matching]` is not written as a heading.
pub fn with_thresholds(
    text: &str,
    thresholds: &[(&'static str, f32)],
    stamp: &Stamp,
) -> Result<String, WriteError> {
    let mut values: Vec<_> = thresholds
        .iter()
        .map(|&(key, value)| (key, number(value)))
        .collect();
    values.push(("calibrated_on", format!("\"{stamp}\"")));
    let mut text = text.to_owned();
    for (index, (key, value)) in values.iter().enumerate() {
        let before = index.checked_sub(1).map(|it| values[it].0);
        text = with(&text, key, value, before)?.ok_or_else(|| {
            let lines: Vec<String> = values
                .iter()
                .map(|it| format!("{} = {}", it.0, it.1))
                .collect();
            WriteError::NoHeading(lines.join("\n"))
        })?;
    }
    Ok(text)
}

/// A threshold with two decimals at most.
fn number(value: f32) -> String {
    let digits = format!("{value:.2}");
    match digits.strip_suffix('0') {
        Some(shorter) => shorter.to_owned(),
        None => digits,
    }
}

/// The text with one key of `[matching]` changed; none if there is no place for it. A new one comes
/// behind the key `before`.
fn with(
    text: &str,
    key: &str,
    value: &str,
    before: Option<&str>,
) -> Result<Option<String>, WriteError> {
    let table = DeTable::parse(text).map_err(|error| WriteError::Parse(Box::new(error)))?;
    let end_of_line = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = format!("{key} = {value}");
    let Some(matching) = table.get_ref().get("matching") else {
        let gap = match text {
            "" => "",
            text if text.ends_with('\n') => end_of_line,
            _ => &end_of_line.repeat(2),
        };
        return Ok(Some(format!(
            "{text}{gap}[matching]{end_of_line}{line}{end_of_line}"
        )));
    };
    let DeValue::Table(keys) = matching.get_ref() else {
        return Ok(None);
    };
    if let Some(old) = keys.get(key) {
        return Ok(Some(replaced(text, old.span(), value)));
    }
    let heading = matching.span();
    if !text[heading.clone()].starts_with('[') {
        return Ok(None);
    }
    if let Some(comment) = commented_out(text, heading.end, key) {
        return Ok(Some(replaced(text, comment, &line)));
    }
    let last = match before.and_then(|it| keys.get(it)) {
        Some(value) => Some(value.span().end),
        None => keys.values().map(|it| it.span().end).max(),
    };
    let last = last.unwrap_or(heading.end).max(heading.end);
    let at = text[last..]
        .find('\n')
        .map_or(text.len(), |it| last + it + 1);
    let before = if text[..at].ends_with('\n') {
        ""
    } else {
        end_of_line
    };
    Ok(Some(replaced(
        text,
        at..at,
        &format!("{before}{line}{end_of_line}"),
    )))
}

fn replaced(text: &str, place: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..place.start], &text[place.end..])
}

/// The line `# key = 0.5` between a heading and the next one.
fn commented_out(text: &str, heading_end: usize, key: &str) -> Option<Range<usize>> {
    let mut at = heading_end;
    for line in text[heading_end..].split_inclusive('\n') {
        let content = line.trim_end();
        let words = content.strip_prefix('#').map(str::trim_start);
        let names_key = |it: &str| it.trim_start().starts_with('=');
        if words
            .and_then(|it| it.strip_prefix(key))
            .is_some_and(names_key)
        {
            return Some(at..at + content.len());
        }
        if content.starts_with('[') {
            return None;
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: [&str; 4] = [
        "threshold = 0.61",
        "clarify_threshold = 0.2",
        "margin = 0.05",
        "calibrated_on = \"content abc, 12 questions\"",
    ];

    /// Writes the values above and compares the whole text; `{0}` to `{3}` stand for their lines.
    #[track_caller]
    fn check(before: &str, after: &str) {
        let fitted = [
            ("threshold", 0.61),
            ("clarify_threshold", 0.2),
            ("margin", 0.05),
        ];
        let stamp = Stamp {
            content: "abc".into(),
            n_questions: 12,
        };
        let expected = (0..).zip(NEW).fold(after.to_owned(), |text, (n, line)| {
            text.replace(&format!("{{{n}}}"), line)
        });
        let once = with_thresholds(before, &fitted, &stamp).unwrap();
        assert_eq!(once, expected);
        assert_eq!(with_thresholds(&once, &fitted, &stamp).unwrap(), once);
    }

    #[test]
    fn values_change_and_all_else_stays() {
        check(
            "# a note\nname  =  'x'   # here\n\n[matching]\n  margin=0.3 # odd\nthreshold = 0.7\nsynonyms = [\n  ['a', 'b'], # both\n]\n\n[wording]\nstart = 'no\\n'",
            "# a note\nname  =  'x'   # here\n\n[matching]\n  margin=0.05 # odd\n{3}\nthreshold = 0.61\n{1}\nsynonyms = [\n  ['a', 'b'], # both\n]\n\n[wording]\nstart = 'no\\n'",
        );
    }

    #[test]
    fn a_key_that_is_commented_out_is_put_in_force_in_its_place() {
        check(
            "[matching]\n# A score. threshold = no\n# threshold = 0.7\n\n#margin=0.1\nsynonyms = []\n[wording]\n# clarify_threshold = 0.2\n",
            "[matching]\n# A score. threshold = no\n{0}\n{1}\n\n{2}\n{3}\nsynonyms = []\n[wording]\n# clarify_threshold = 0.2\n",
        );
    }

    #[test]
    fn a_file_without_the_table_gets_one() {
        check("", "[matching]\n{0}\n{1}\n{2}\n{3}\n");
        check(
            "name = 'x'",
            "name = 'x'\n\n[matching]\n{0}\n{1}\n{2}\n{3}\n",
        );
        check("[matching]", "[matching]\n{0}\n{1}\n{2}\n{3}\n");
    }

    #[test]
    fn line_ends_stay_what_they_are() {
        check(
            "name = 'x'\r\n[matching]\r\n# threshold = 0.7\r\n",
            "name = 'x'\r\n[matching]\r\n{0}\r\n{1}\r\n{2}\r\n{3}\r\n",
        );
    }

    #[test]
    fn what_has_no_heading_is_left_alone() {
        let stamp = Stamp {
            content: "abc".into(),
            n_questions: 12,
        };
        let fitted = thresholds(&Settings::default());
        for text in ["matching = { margin = 0.1 }", "matching.margin = 0.1"] {
            let error = with_thresholds(text, &fitted, &stamp).unwrap_err();
            assert!(error.to_string().contains("calibrated_on = "), "{error}");
        }
        assert!(with_thresholds("matching = [", &fitted, &stamp).is_err());
    }
}
