//! JSON as pages hold it: builders write line ends into texts and commas before brackets,
//! which JSON does not allow and search engines overlook.

use serde_json::Value;

/// Reads JSON; where it is none, once more with these slips mended.
pub(super) fn read(text: &str) -> Result<Value, serde_json::Error> {
    let text = without_wrapping(text);
    serde_json::from_str(text).or_else(|error| serde_json::from_str(&mended(text)).or(Err(error)))
}

/// Some builders put a comment or CDATA around it.
fn without_wrapping(text: &str) -> &str {
    text.trim()
        .trim_start_matches("//<![CDATA[")
        .trim_start_matches("/*<![CDATA[*/")
        .trim_start_matches("<!--")
        .trim_end_matches("//]]>")
        .trim_end_matches("/*]]>*/")
        .trim_end_matches("-->")
        .trim()
        .trim_end_matches(';')
}

fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_text, mut is_escaped) = (false, false);
    for (at, char) in text.char_indices() {
        if in_text {
            match char {
                '\n' => out.push_str("\\n"),
                '\r' => {}
                '\t' => out.push_str("\\t"),
                _ if char.is_control() => {}
                _ => out.push(char),
            }
            in_text = char != '"' || is_escaped;
            is_escaped = char == '\\' && !is_escaped;
        } else if char == ',' && text[at + 1..].trim_start().starts_with(['}', ']']) {
            // A comma after the last one.
        } else {
            out.push(char);
            in_text = char == '"';
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_that_search_engines_overlook_are_mended() {
        for (text, expected) in [
            ("{\"a\": \"b\",}", "{\"a\":\"b\"}"),
            ("[\"two\nlines\", ]", "[\"two\\nlines\"]"),
            (
                "//<![CDATA[\n{\"a\": \"x, ] \\\" ,}\"}\n//]]>",
                "{\"a\":\"x, ] \\\" ,}\"}",
            ),
            ("[1];", "[1]"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), expected, "{text}");
        }
        assert_eq!(read("{\"a\": [\n\"b").unwrap_err().line(), 2);
    }
}
