//! Telegram's HTML, parsed as strictly as Telegram does: an error here is a message nobody gets.

/// The text as people see it, or Telegram's complaint.
pub(crate) fn plain(html: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(letter) = rest.chars().next() {
        let offset = html.len() - rest.len();
        let fail = |what: String| {
            Err(format!(
                "Bad Request: can't parse entities: {what} at byte offset {offset}"
            ))
        };
        match letter {
            '<' => {
                let Some(end) = rest.find('>') else {
                    return fail("Unclosed start tag".to_owned());
                };
                let tag = &rest[1..end];
                rest = &rest[end + 1..];
                if let Some(name) = tag.strip_prefix('/') {
                    match open.pop() {
                        Some(opened) if opened == name.trim() => {}
                        Some(opened) => {
                            return fail(format!(
                                "Unmatched end tag, expected \"</{opened}>\", found \"</{name}>\""
                            ));
                        }
                        None => return fail(format!("Unexpected end tag \"{name}\"")),
                    }
                } else {
                    let (name, attributes) =
                        tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
                    if !is_supported(name, attributes) {
                        return fail(format!("Unsupported start tag \"{name}\""));
                    }
                    open.push(name);
                }
            }
            '&' => {
                let entity = rest.find(';').map(|end| &rest[..=end]);
                let meaning = match entity {
                    Some("&lt;") => Some('<'),
                    Some("&gt;") => Some('>'),
                    Some("&amp;") => Some('&'),
                    Some("&quot;") => Some('"'),
                    Some(entity) => numeric(entity),
                    None => None,
                };
                text.push(meaning.unwrap_or('&'));
                rest = &rest[meaning.and(entity).map_or(1, str::len)..];
            }
            letter => {
                text.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    match open.pop() {
        Some(name) => Err(format!(
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"{name}\""
        )),
        None => Ok(text),
    }
}

fn is_supported(name: &str, attributes: &str) -> bool {
    match name {
        "b" | "strong" | "i" | "em" | "u" | "ins" | "s" | "strike" | "del" | "tg-spoiler"
        | "pre" => attributes.is_empty(),
        "a" => {
            attributes.starts_with("href=\"") && attributes.ends_with('"') && attributes.len() > 7
        }
        "span" => attributes == "class=\"tg-spoiler\"",
        "blockquote" => matches!(attributes, "" | "expandable"),
        "code" => attributes.is_empty() || attributes.starts_with("class=\"language-"),
        _ => false,
    }
}

fn numeric(entity: &str) -> Option<char> {
    let digits = entity.strip_prefix("&#")?.strip_suffix(';')?;
    let code = match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code)
}

#[test]
fn markup_is_read_as_telegram_does() {
    assert_eq!(
        plain("a <b>b <i>c</i></b> &lt;d&gt; &amp; &#39;e&#x27; &f").unwrap(),
        "a b c <d> & 'e' &f"
    );
    assert_eq!(
        plain("<a href=\"https://example.org/?a=1&amp;b\">here</a>").unwrap(),
        "here"
    );
    for broken in [
        "<b>a",
        "a</b>",
        "<b><i>a</b></i>",
        "<p>a</p>",
        "a < b",
        "<ul><li>a</li></ul>",
        "<br>",
    ] {
        assert!(
            plain(broken).unwrap_err().contains("can't parse entities"),
            "{broken}"
        );
    }
}
