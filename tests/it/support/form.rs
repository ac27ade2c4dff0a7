//! A form with a file, as browsers send it (RFC 7578).

use serde_json::{Value, json};

/// The fields of a form, numbers and yes or no as JSON has them; none for another body.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let body = std::str::from_utf8(body).ok()?;
    let boundary = body
        .lines()
        .next()
        .filter(|line| line.starts_with("--") && line.len() > 2)?;
    let mut fields = json!({});
    for part in body.split(boundary).skip(1) {
        let Some((head, value)) = part.split_once("\r\n\r\n") else {
            continue;
        };
        let name = head.split("name=\"").nth(1)?.split('"').next()?;
        let value = value.strip_suffix("\r\n").unwrap_or(value);
        let plain = !head.contains("filename=");
        let typed = serde_json::from_str::<Value>(value).ok();
        let typed = typed.filter(|it| plain && (it.is_number() || it.is_boolean()));
        fields[name] = typed.unwrap_or_else(|| json!(value));
    }
    Some(fields)
}

#[test]
fn a_form_is_read_as_its_fields() {
    let form = "--x\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n5\r\n\
        --x\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.json\"\r\n\
        Content-Type: text/plain\r\n\r\n{}\r\n--x--\r\n";
    let expected = json!({"chat_id": 5, "document": "{}"});
    assert_eq!(read(form.as_bytes()), Some(expected));
    assert_eq!(read(b"{}"), None);
}
