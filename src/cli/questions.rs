//! Labelled questions in both of their forms, for the commands that ask them: TOML tables
//! `[[question]]` and lines of JSON.

use std::fs;
use std::io::Write;
use std::mem;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::content::Content;
use crate::day::Day;
use crate::knowledge::{KnowledgeBase, Question, counted};

/// A content folder with labelled questions, of the file or of the folder itself; none if the folder
/// holds none. With a day, the content is what holds on it, without the questions about other entries.
pub(super) fn labelled(
    dir: &Path,
    file: Option<&Path>,
    today: Option<Day>,
) -> anyhow::Result<(Content, Option<Vec<Question>>)> {
    let is_toml = |path: &&Path| path.extension().is_some_and(|it| it == "toml");
    let json = file.filter(|path| !is_toml(path));
    let mut loaded = match json {
        Some(_) => Content::load(dir),
        None => Content::load_with_questions(dir, file),
    };
    let mut questions = match json {
        Some(path) => read_json(path)?,
        None => mem::take(&mut loaded.questions),
    };
    if let Some(path) = file
        && let Some(content) = &loaded.content
    {
        if questions.is_empty() {
            bail!("{} holds no questions", path.display());
        }
        check_ids(&content.knowledge, &questions, path)?;
    }
    if let Some(today) = today {
        loaded = loaded.on(today);
    }
    let Some(content) = loaded.content else {
        bail!("{}", loaded.report);
    };
    let n_labelled = questions.len();
    questions.retain_mut(|it| {
        let was_empty = it.expect.is_empty();
        it.expect.retain(|id| content.knowledge.get(id).is_some());
        was_empty || !it.expect.is_empty()
    });
    let n_left_out = n_labelled - questions.len();
    if let Some(today) = today.filter(|_| n_left_out > 0) {
        let n = counted(n_left_out, "question", "questions");
        let why = format!("{n} left out: what they expect does not hold on {today}");
        if questions.is_empty() {
            bail!("{why}; give another day with --today");
        }
        writeln!(anstream::stderr(), "{why}")?;
    }
    Ok((content, (n_labelled > 0).then_some(questions)))
}

/// Labelled questions in either form, whose ids may be of other content.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Question>> {
    if path.extension().is_none_or(|it| it != "toml") {
        return read_json(path);
    }
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(path, &text)
}

/// The same from the text of a `tests.toml`; `path` is named in errors.
pub(super) fn parse(path: &Path, text: &str) -> anyhow::Result<Vec<Question>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        question: Vec<Row>,
    }
    let file: File = toml::from_str(text)
        .with_context(|| format!("{} is no list of questions", path.display()))?;
    Ok(file.question.into_iter().map(Question::from).collect())
}

/// Lines of `{"q": "...", "expect": ["id"], "kind": "..."}`, at least one.
pub(super) fn read_json(path: &Path) -> anyhow::Result<Vec<Question>> {
    let rows: Vec<Row> = json_lines(path)?;
    if rows.is_empty() {
        bail!("{} holds no questions", path.display());
    }
    Ok(rows.into_iter().map(Question::from).collect())
}

/// Values of a file with one on each line; empty lines are none.
pub(super) fn json_lines<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    // Some editors begin a UTF-8 file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line).with_context(|| format!("{}, line {number}", path.display()))
        })
        .collect()
}

/// A misspelt id would count as a miss for ever.
pub(super) fn check_ids(
    knowledge: &KnowledgeBase,
    questions: &[Question],
    file: &Path,
) -> anyhow::Result<()> {
    for question in questions {
        if let Some(id) = question
            .expect
            .iter()
            .find(|id| knowledge.get(id).is_none())
        {
            bail!(
                "{}: the question “{}” expects `{id}`, which is no entry of the content",
                file.display(),
                question.ask
            );
        }
    }
    Ok(())
}

/// A question as it is written. A misspelt `expect` would turn it into one that must not be
/// answered, so every key has to be known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(alias = "q")]
    ask: String,
    #[serde(default)]
    expect: Vec<String>,
    kind: Option<String>,
}

impl From<Row> for Question {
    fn from(row: Row) -> Self {
        Self {
            ask: row.ask,
            expect: row.expect,
            kind: row.kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_an_error_and_not_a_question_without_an_answer() {
        let read = |text: &str| parse(Path::new("tests.toml"), text);
        let sound = "[[question]]\nask = 'when'\nexpect = ['hours']\n";
        assert_eq!(read(sound).unwrap()[0].expect, ["hours"]);
        let error = read(&sound.replace("expect", "expct")).unwrap_err();
        assert!(
            format!("{error:#}").contains("unknown field `expct`"),
            "{error:#}"
        );
        assert!(read(&sound.replace("question", "questions")).is_err());
    }

    #[test]
    fn lines_of_json_are_read_behind_a_byte_order_mark() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mine.jsonl");
        fs::write(
            &path,
            "\u{feff}{\"q\": \"when\", \"expect\": [\"hours\"]}\r\n",
        )
        .unwrap();
        assert_eq!(read(&path).unwrap()[0].ask, "when");
    }
}
