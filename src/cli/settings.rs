//! `askwell config show`: every setting as it is now, and where it comes from.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use clap::{Args, Subcommand};
use toml::de::{DeTable, DeValue};

use super::{Folder, Status};
use crate::calibrate;
use crate::config;
use crate::content::{BOT_FILE, Content};
use crate::conversation::Wording;
use crate::knowledge::{Colours, EntryId, counted};

/// Show every setting as it is now, and where it comes from
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print settings, values and sources; secrets are masked
    Show {
        #[command(flatten)]
        folder: Folder,
    },
}

pub(super) fn run(args: &ConfigArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let ConfigCommand::Show { folder } = &args.command;
    for variable in config::shown() {
        let source = if variable.is_set {
            "environment"
        } else {
            "default"
        };
        line(variable.name, &variable.value, source, out)?;
    }
    let loaded = Content::load(&folder.dir);
    let Some(content) = loaded.content else {
        writeln!(out)?;
        write!(out, "{}", loaded.report.draw(Colours::On))?;
        return Ok(Status::Failure);
    };
    let path = folder.dir.join(BOT_FILE);
    let sources = Sources::read(&path);
    writeln!(
        out,
        "\n{}",
        counted(content.knowledge.entries().len(), "entry", "entries")
            + " in "
            + &folder.dir.display().to_string()
    )?;
    let (profile, matching) = (&content.profile, &content.matching);
    let contact = profile
        .contact
        .as_ref()
        .map(crate::markup::Document::plain)
        .unwrap_or_default();
    let privacy_url = profile.privacy_url.clone().unwrap_or_default();
    let examples: Vec<&str> = profile.examples.iter().map(EntryId::as_str).collect();
    let budget = content.calibration.wrong_answer_budget_percent.to_string();
    let synonyms = counted(matching.synonyms.len(), "group", "groups");
    let out_of_scope = counted(matching.out_of_scope.len(), "question", "questions");
    let mut settings = vec![
        ("name".to_owned(), profile.name.clone()),
        ("contact".to_owned(), contact),
        ("privacy_url".to_owned(), privacy_url),
        ("examples".to_owned(), examples.join(", ")),
        ("matching.wrong_answer_budget_percent".to_owned(), budget),
    ];
    for (key, value) in calibrate::thresholds(matching) {
        settings.push((format!("matching.{key}"), value.to_string()));
    }
    settings.push(("matching.synonyms".to_owned(), synonyms));
    settings.push(("matching.out_of_scope".to_owned(), out_of_scope));
    for (key, value) in &settings {
        line(key, value, &sources.of(key), out)?;
    }
    let mut wording = profile.wording.clone();
    for key in Wording::KEYS {
        let name = format!("wording.{key}");
        let value = wording
            .text_mut(key)
            .map(|it| it.clone())
            .unwrap_or_default();
        line(&name, &value, &sources.of(&name), out)?;
    }
    Ok(Status::Fine)
}

/// One setting: name, value on one line, source.
fn line(name: &str, value: &str, source: &str, out: &mut dyn Write) -> std::io::Result<()> {
    /// Enough to tell a text by; the rest is in the file.
    const WIDTH: usize = 48;
    let one_line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = one_line.chars().take(WIDTH).collect();
    if shown.len() < one_line.len() {
        shown.pop();
        shown.push('…');
    }
    if shown.is_empty() {
        shown.push('-');
    }
    writeln!(out, "{name:<28} {shown:<WIDTH$} {source}")
}

/// Where the keys of `bot.toml` stand.
struct Sources {
    path: String,
    lines: HashMap<String, usize>,
}

impl Sources {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let mut lines = HashMap::new();
        if let Ok(table) = DeTable::parse(&text) {
            for (key, value) in table.get_ref() {
                match value.get_ref() {
                    DeValue::Table(inner) => {
                        for inner_key in inner.keys() {
                            let name = format!("{}.{}", key.get_ref(), inner_key.get_ref());
                            lines.insert(name, line_of(&text, inner_key.span().start));
                        }
                    }
                    _ => {
                        lines.insert(key.get_ref().to_string(), line_of(&text, key.span().start));
                    }
                }
            }
        }
        Self {
            path: path.display().to_string(),
            lines,
        }
    }

    fn of(&self, key: &str) -> String {
        self.lines.get(key).map_or_else(
            || "default".to_owned(),
            |line| format!("{}:{line}", self.path),
        )
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}
