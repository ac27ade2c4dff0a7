//! Calls checked against the machine-readable Bot API description, where that file is at hand.

use std::path::Path;

use serde_json::Value;

pub(crate) struct Schema(Value);

impl Schema {
    /// None where the file is not there; the server's own checks of limits remain.
    pub(crate) fn load() -> Option<Self> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/telegram-bot-api/api.min.json");
        let text = std::fs::read_to_string(path).ok()?;
        Some(Self(
            serde_json::from_str(&text).expect("the Bot API description is JSON"),
        ))
    }

    /// What is wrong with a call, one line each.
    pub(crate) fn problems(&self, method: &str, params: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        match self.0["methods"].get(method) {
            Some(described) => self.object(method, described, params, &mut problems),
            None => problems.push(format!("{method}: no such method")),
        }
        problems
    }

    fn object(&self, at: &str, described: &Value, value: &Value, problems: &mut Vec<String>) {
        let Some(given) = value.as_object() else {
            problems.push(format!("{at}: not an object"));
            return;
        };
        let none = Vec::new();
        let fields = described["fields"].as_array().unwrap_or(&none);
        for field in fields.iter().filter(|field| field["required"] == true) {
            let name = field["name"].as_str().unwrap_or_default();
            if !given.contains_key(name) {
                problems.push(format!("{at}: `{name}` is missing"));
            }
        }
        for (name, value) in given {
            let Some(field) = fields.iter().find(|field| field["name"] == *name) else {
                problems.push(format!("{at}: `{name}` is not a field"));
                continue;
            };
            let types: Vec<&str> = field["types"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let tries: Vec<Vec<String>> = types
                .iter()
                .map(|kind| self.typed(&format!("{at}.{name}"), kind, value))
                .collect();
            // The first type is the usual one, so its complaints say most.
            if !tries.iter().any(Vec::is_empty) {
                problems.extend(tries.into_iter().next().unwrap_or_default());
            }
        }
    }

    fn typed(&self, at: &str, kind: &str, value: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(item) = kind.strip_prefix("Array of ") {
            match value.as_array() {
                Some(items) => {
                    problems.extend(items.iter().flat_map(|value| self.typed(at, item, value)));
                }
                None => problems.push(format!("{at}: not an array")),
            }
            return problems;
        }
        let fits = match kind {
            "Integer" => value.is_i64() || value.is_u64(),
            "Float" => value.is_number(),
            "String" => value.is_string(),
            "Boolean" => value.is_boolean(),
            _ => {
                let described = &self.0["types"][kind];
                match described["subtypes"].as_array() {
                    Some(kinds) => {
                        let any = kinds
                            .iter()
                            .filter_map(Value::as_str)
                            .any(|kind| self.typed(at, kind, value).is_empty());
                        if !any {
                            problems.push(format!("{at}: no {kind}"));
                        }
                    }
                    None => self.object(at, described, value, &mut problems),
                }
                return problems;
            }
        };
        if !fits {
            problems.push(format!("{at}: not of type {kind}"));
        }
        problems
    }
}

#[test]
fn wrong_calls_are_found() {
    let Some(schema) = Schema::load() else { return };
    let problems = |params: Value| schema.problems("sendMessage", &params).join("; ");
    assert_eq!(
        problems(serde_json::json!({"chat_id": 1, "text": "hi"})),
        ""
    );
    assert_eq!(
        problems(serde_json::json!({"chat_id": 1})),
        "sendMessage: `text` is missing"
    );
    assert_eq!(
        problems(serde_json::json!({"chat_id": 1, "text": 2})),
        "sendMessage.text: not of type String"
    );
    let keyboard = serde_json::json!({"chat_id": 1, "text": "hi", "reply_markup": {"inline_keyboard": [[{"text": "a", "link": "b"}]]}});
    assert_eq!(
        problems(keyboard),
        "sendMessage.reply_markup.inline_keyboard: `link` is not a field"
    );
}
