//! `askwell schema`: JSON Schema of the content files, with which editors complete keys and
//! explain them.

use std::io::Write;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Status;
use crate::conversation::Wording;
use crate::matching;

/// Print the JSON Schema of a content file, for completion in an editor
#[derive(Debug, Args)]
#[command(
    after_help = "taplo, and with it the TOML extension of VS Code, takes a schema from the first line of a file:\n\n  \
    #:schema ../content.schema.json\n\n\
    Example:\n  askwell schema > content.schema.json\n  askwell schema bot > bot.schema.json"
)]
pub(super) struct SchemaArgs {
    /// Which file
    #[arg(value_enum, default_value_t)]
    file: File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum File {
    /// A file of articles and questions
    #[default]
    Content,
    /// bot.toml
    Bot,
    /// tests.toml
    Tests,
}

pub(super) fn run(args: &SchemaArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    writeln!(out, "{}", serde_json::to_string_pretty(&schema(args.file))?)?;
    Ok(Status::Fine)
}

fn schema(file: File) -> Value {
    let text = match file {
        File::Content => include_str!("content.json"),
        File::Bot => include_str!("bot.json"),
        File::Tests => include_str!("tests.json"),
    };
    let mut schema: Value = serde_json::from_str(text).expect("a test reads every schema");
    if file == File::Bot {
        // The texts stand once, in `conversation::wording`.
        let mut wording = Wording::default();
        let properties = &mut schema["properties"]["wording"]["properties"];
        for key in Wording::KEYS {
            properties[key] = json!({ "type": "string", "default": wording.text_mut(key) });
        }
        let settings = matching::Settings::default();
        let properties = &mut schema["properties"]["matching"]["properties"];
        for (key, value) in [
            ("threshold", settings.threshold),
            ("clarify_threshold", settings.clarify_threshold),
            ("margin", settings.margin),
            ("encoder_threshold", settings.encoder_threshold),
        ] {
            // By way of its digits, since 0.7 is not the same in 32 and 64 bits.
            properties[key]["default"] =
                value.to_string().parse::<f64>().unwrap_or_default().into();
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::content::Content;

    /// Key names that a finding's help lists after `what`.
    fn listed(path: &str, text: &str, what: &str) -> BTreeSet<String> {
        let loaded = Content::parse(vec![(path.into(), text.to_owned())]);
        let mut problems = loaded.report.problems().iter().map(|it| it.help.clone());
        let help = problems.find_map(|it| it.split_once(what).map(|(_, rest)| rest.to_owned()));
        let help = help.unwrap_or_else(|| panic!("no {what:?} in {}", loaded.report));
        help.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    fn keys(table: &Value) -> BTreeSet<String> {
        let own = ["imported", "import"];
        table["properties"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|it| !own.contains(&it.as_str()))
            .cloned()
            .collect()
    }

    fn required(text: &str) -> BTreeSet<String> {
        let loaded = Content::parse(vec![("faq/a.toml".into(), text.to_owned())]);
        let messages = loaded.report.problems().iter().filter_map(|it| {
            it.message
                .split_once("has no `")
                .map(|(_, rest)| rest.trim_end_matches('`').to_owned())
        });
        messages.filter(|it| it != "variants").collect()
    }

    #[test]
    fn the_schema_has_the_keys_that_the_loader_knows() {
        let schema = schema(File::Content);
        assert_eq!(
            keys(&schema),
            listed("faq/a.toml", "zzzzzz = 1", "can hold")
        );
        for (name, heading, table) in [
            ("article", "[article]", &schema["properties"]["article"]),
            (
                "section",
                "[[section]]",
                &schema["properties"]["section"]["items"],
            ),
            ("faq", "[[faq]]", &schema["properties"]["faq"]["items"]),
            (
                "related",
                "[[related]]",
                &schema["properties"]["related"]["items"],
            ),
        ] {
            assert_eq!(
                keys(table),
                listed("faq/a.toml", &format!("{heading}\nzzzzzz = 1"), "can hold"),
                "{name}"
            );
            let wanted: BTreeSet<String> = table["required"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap().to_owned())
                .collect();
            assert_eq!(
                wanted,
                required(&format!("{heading}\nvariants = ['a']")),
                "{name}"
            );
        }
    }

    #[test]
    fn the_schema_of_the_bot_has_the_keys_that_the_loader_knows() {
        let schema = schema(File::Bot);
        assert_eq!(
            keys(&schema),
            listed("faq/bot.toml", "zzzzzz = 1", "can hold")
        );
        let matching_table = &schema["properties"]["matching"];
        assert_eq!(
            keys(matching_table),
            listed("faq/bot.toml", "[matching]\nzzzzzz = 1", "can hold")
        );
        let threshold = &matching_table["properties"]["threshold"];
        assert!(
            threshold["default"]
                .as_f64()
                .is_some_and(|it| (0.0..=1.0).contains(&it))
        );
        let keys = keys(&schema["properties"]["wording"]);
        assert_eq!(keys.len(), Wording::KEYS.len());
    }

    /// What a TOML value is in JSON Schema.
    fn fits(value: &toml::Value, schema: &Value, path: &str) {
        let Some(kind) = schema["type"].as_str() else {
            return;
        };
        let found = match value {
            toml::Value::String(_) => "string",
            toml::Value::Integer(_) | toml::Value::Float(_) => "number",
            toml::Value::Array(_) => "array",
            toml::Value::Table(_) => "object",
            _ => "other",
        };
        assert_eq!(found, kind, "{path}");
        match value {
            toml::Value::Array(items) => {
                for item in items {
                    fits(item, &schema["items"], path);
                }
            }

            toml::Value::Table(table) => {
                for (key, value) in table {
                    let inner = &schema["properties"][key];
                    assert!(
                        inner.is_object() || schema["additionalProperties"] != false,
                        "{path}.{key}"
                    );
                    fits(value, inner, &format!("{path}.{key}"));
                }
            }
            _ => {}
        }
    }

    #[test]
    fn the_files_that_come_along_fit_their_schemas() {
        for (file, text) in [
            (
                File::Content,
                include_str!("../../../faq/couples-therapy-one-partner.toml"),
            ),
            (File::Bot, include_str!("../../../faq/bot.toml")),
            (File::Tests, include_str!("../init/tests.toml")),
        ] {
            fits(
                &toml::Value::Table(toml::from_str(text).unwrap()),
                &schema(file),
                "",
            );
        }
    }
}
