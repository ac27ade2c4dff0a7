//! `askwell diff`: which questions an edit of the content answers differently.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::{Calendar, Status, questions};
use crate::content::{Content, TESTS_FILE, is_content_file};
use crate::conversation::{Assistant, Verdict};
use crate::day::Day;
use crate::knowledge::Question;
use crate::knowledge::counted;
use crate::matching::Decision;

/// Show which questions are answered differently after an edit
///
/// Asks the same questions of two states of the content and prints only those whose
/// outcome changes.
#[derive(Debug, Args)]
#[command(
    after_help = "OLD and NEW are folders, or git revisions of the content folder.\n\n\
    Exit status: 0 no outcome changes, 1 some do.\n\n\
    Examples:\n  askwell diff HEAD faq\n  askwell diff main HEAD --format markdown\n  \
    askwell diff faq-before faq --questions questions.jsonl"
)]
pub(super) struct DiffArgs {
    /// The content before: a folder, or a git revision
    old: String,
    /// The content after: a folder, or a git revision
    new: String,
    /// The content folder inside a revision
    #[arg(long = "faq", value_name = "DIR", default_value = "faq")]
    dir: PathBuf,
    /// Questions to ask [default: tests.toml of the new content, or of the old]
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    #[command(flatten)]
    calendar: Calendar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    #[default]
    Human,
    /// A table for a pull request
    Markdown,
}

pub(super) fn run(args: &DiffArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let old = State::load(&args.old, &args.dir, args.calendar.day())?;
    let new = State::load(&args.new, &args.dir, args.calendar.day())?;
    let questions = match &args.questions {
        Some(path) => questions::read(path)?,
        None if !new.questions.is_empty() => new.questions,
        None if !old.questions.is_empty() => old.questions,
        None => bail!(
            "neither side has questions to ask in tests.toml; give some with --questions FILE"
        ),
    };
    let changes: Vec<Change<'_>> = questions
        .iter()
        .filter_map(|it| Change::of(it, &old.assistant, &new.assistant))
        .collect();
    match args.format {
        Format::Human => print_human(&changes, questions.len(), out)?,
        Format::Markdown => print_markdown(&changes, questions.len(), out)?,
    }
    Ok(if changes.is_empty() {
        Status::Fine
    } else {
        Status::Failure
    })
}

/// The content of one side.
struct State {
    assistant: Assistant,
    questions: Vec<Question>,
}

impl State {
    fn load(name: &str, dir: &Path, today: Day) -> anyhow::Result<Self> {
        let path = Path::new(name);
        let (loaded, tests) = if path.is_dir() {
            let tests = path.join(TESTS_FILE);
            let text = std::fs::read_to_string(&tests).ok();
            (
                Content::load(path).on(today),
                text.map(|text| (tests, text)),
            )
        } else {
            let (tests, files): (Vec<_>, Vec<_>) = git_files(name, dir)?
                .into_iter()
                .partition(|(path, _)| path.ends_with(TESTS_FILE));
            (
                Content::parse_folder(dir, files).on(today),
                tests.into_iter().next(),
            )
        };
        // Its ids may be of the other side, so it is not read with the content.
        let questions = match &tests {
            Some((path, text)) => questions::parse(path, text)?,
            None => Vec::new(),
        };
        let Some(content) = loaded.content else {
            bail!(
                "{name} cannot be asked, since it holds errors\n{}",
                loaded.report
            );
        };
        Ok(Self {
            assistant: content.assistant(),
            questions,
        })
    }
}

/// The content files of a revision: what stands right in the folder and in `safety/`.
fn git_files(revision: &str, dir: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let dir_name = dir
        .to_str()
        .context("the content folder's name is not UTF-8")?
        .trim_end_matches('/');
    let tree = format!("{revision}:./{dir_name}");
    let names = git(&[
        "ls-tree",
        "-r",
        "-z",
        "--name-only",
        "--end-of-options",
        &tree,
    ])
    .with_context(|| {
        format!("{revision} is neither a folder nor a git revision that holds {dir_name}/")
    })?;
    let mut files = Vec::new();
    for name in names.split('\0') {
        let in_folder =
            !name.contains('/') || name.starts_with("safety/") && name.matches('/').count() == 1;
        if in_folder && is_content_file(Path::new(name)) {
            let text = git(&["show", "--end-of-options", &format!("{tree}/{name}")])?;
            files.push((dir.join(name), text));
        }
    }
    files.sort();
    Ok(files)
}

fn git(args: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git")
        .args(args)
        .output()
        .context("cannot start git")?;
    if !output.status.success() {
        bail!(
            "git: {}",
            String::from_utf8_lossy(&output.stderr)
                .trim()
                .trim_start_matches("fatal: ")
        );
    }
    String::from_utf8(output.stdout).context("git printed what is not UTF-8")
}

/// What a question gets.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Answer(String),
    /// Several questions in one, each with its answer.
    Answers(Vec<String>),
    Choice(Vec<String>),
    Nothing,
    /// The crisis text.
    Urgent,
}

impl Outcome {
    fn of(assistant: &Assistant, ask: &str) -> Self {
        let id = |it: &usize| assistant.knowledge().entries()[*it].id.to_string();
        match assistant.judge(ask).verdict {
            Verdict::Urgent => Self::Urgent,
            Verdict::Matched(Decision::Answer { entry, .. }) => Self::Answer(id(&entry)),
            Verdict::Matched(Decision::Clarify(choices)) => {
                Self::Choice(choices.iter().map(id).collect())
            }
            Verdict::Several(entries) => Self::Answers(entries.iter().map(id).collect()),
            Verdict::Matched(Decision::Abstain) | Verdict::SmallTalk(_) => Self::Nothing,
        }
    }

    fn is_right(&self, expect: &[String]) -> bool {
        match self {
            Self::Answer(id) => expect.contains(id),
            Self::Answers(ids) => ids.iter().any(|it| expect.contains(it)),
            Self::Nothing => expect.is_empty(),
            Self::Choice(_) | Self::Urgent => false,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Answer(id) => id.clone(),
            Self::Answers(ids) => ids.join(" and "),
            Self::Choice(ids) => format!("asks: {}", ids.join(" or ")),
            Self::Nothing => "no answer".to_owned(),
            Self::Urgent => "the crisis text".to_owned(),
        }
    }
}

/// A question whose outcome changes.
struct Change<'q> {
    question: &'q Question,
    old: Outcome,
    new: Outcome,
}

impl<'q> Change<'q> {
    fn of(question: &'q Question, old: &Assistant, new: &Assistant) -> Option<Self> {
        let (old, new) = (
            Outcome::of(old, &question.ask),
            Outcome::of(new, &question.ask),
        );
        (old != new).then_some(Self { question, old, new })
    }

    /// One word for the kind of change.
    fn kind(&self) -> &'static str {
        let is_right = |it: &Outcome| it.is_right(&self.question.expect);
        let answers = |it: &Outcome| matches!(it, Outcome::Answer(_) | Outcome::Answers(_));
        match (is_right(&self.old), is_right(&self.new)) {
            (false, true) => "gained",
            _ if matches!(self.new, Outcome::Choice(_))
                && !matches!(self.old, Outcome::Choice(_)) =>
            {
                "unclear"
            }
            _ if answers(&self.old) && answers(&self.new) => "swapped",
            (true, false) => "lost",
            _ => "changed",
        }
    }

    /// The new outcome, and whether it is what the test expects.
    fn new_words(&self) -> String {
        let wrong =
            !self.new.is_right(&self.question.expect) && !matches!(self.new, Outcome::Choice(_));
        format!(
            "{}{}",
            self.new.words(),
            if wrong { " (not expected)" } else { "" }
        )
    }
}

fn summary(changes: &[Change<'_>], n_questions: usize) -> String {
    if changes.is_empty() {
        return format!(
            "{}: no outcome changes",
            counted(n_questions, "question", "questions")
        );
    }
    let counts = ["gained", "lost", "swapped", "unclear", "changed"]
        .map(|kind| (changes.iter().filter(|it| it.kind() == kind).count(), kind));
    let words: Vec<String> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, kind)| format!("{n} {kind}"))
        .collect();
    format!(
        "{} of {} with another outcome: {}",
        changes.len(),
        counted(n_questions, "question", "questions"),
        words.join(", ")
    )
}

fn print_human(
    changes: &[Change<'_>],
    n_questions: usize,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    for change in changes {
        writeln!(
            out,
            "{:<8} “{}”\n         before: {}\n         now:    {}",
            change.kind(),
            change.question.ask,
            change.old.words(),
            change.new_words()
        )?;
    }
    writeln!(out, "{}", summary(changes, n_questions))
}

fn print_markdown(
    changes: &[Change<'_>],
    n_questions: usize,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    writeln!(out, "**{}**", summary(changes, n_questions))?;
    if changes.is_empty() {
        return Ok(());
    }
    let cell = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('|', "\\|")
            .replace('<', "&lt;")
            .replace(['\n', '\r'], " ")
    };
    writeln!(
        out,
        "\n| change | question | before | now |\n|---|---|---|---|"
    )?;
    for change in changes {
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            change.kind(),
            cell(&change.question.ask),
            cell(&change.old.words()),
            cell(&change.new_words())
        )?;
    }
    Ok(())
}
