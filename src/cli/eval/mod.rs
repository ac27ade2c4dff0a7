//! `askwell eval`: labelled questions through the bot's own path, and how they fared.

mod limits;
mod safety;
mod signals;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::questions::{self, json_lines};
use super::{Calendar, Folder, Status, progress};
use crate::content::TESTS_FILE;
use crate::conversation::{Assistant, Profile, explain};
use crate::eval::{self, Confusion, Estimate, Figures, Outcome, Share};
use crate::knowledge::{Entry, EntryId, KnowledgeBase, Question};
use crate::live;
use crate::markup::Document;
use crate::matching;
use crate::safety::Safety;

/// Ask labelled questions and report how often the answer is right
#[derive(Debug, Args)]
#[command(
    after_help = "The questions are TOML tables `[[question]] ask = \"...\", expect = [\"id\"]`, where an empty \
    `expect` must not be answered, or lines of JSON `{\"q\": \"...\", \"expect\": [\"id\"]}`.\n\n\
    Exit status: 1 when a limit such as --min-recall is missed, or there was nothing to measure for it.\n\n\
    Examples:\n  askwell eval\n  askwell eval questions.jsonl --max-wrong 0.02\n  \
    askwell eval --corpus corpus.jsonl --questions dev.jsonl\n  \
    askwell eval --safety crisis.jsonl --min-recall 0.95 --max-false-alarms 0.01"
)]
pub(super) struct EvalArgs {
    /// Labelled questions [default: tests.toml in the content folder]
    file: Option<PathBuf>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    calendar: Calendar,
    /// Entries as JSON lines `{"id", "question", "variants", "answer"}`, in place of a content folder
    #[arg(
        long,
        value_name = "FILE",
        requires = "questions",
        conflicts_with = "today"
    )]
    corpus: Option<PathBuf>,
    /// The same as FILE
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    questions: Option<PathBuf>,
    /// Fail when recall@1 is lower (with --safety: the share of crisis messages found), 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = limits::share)]
    min_recall: Option<f64>,
    /// Fail when more of all questions are answered wrongly, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = limits::share)]
    max_wrong: Option<f64>,
    /// Leave the sentence encoder out, as if none were installed
    #[arg(long)]
    without_encoder: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// How many of the worst questions to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    worst: usize,
    /// Write every candidate's signals to a file, one JSON line a question, to fit the fusion on (with --safety: each message's features)
    #[arg(long, value_name = "FILE")]
    signals: Option<PathBuf>,
    #[command(flatten)]
    safety: safety::SafetyArgs,
}

pub(super) fn run(args: &EvalArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    if let Some(file) = &args.safety.safety {
        return safety::run(args, file, out);
    }
    let (mut assistant, questions) = load(args)?;
    if !args.without_encoder {
        assistant = live::second_tier()(assistant);
    }
    if let Some(path) = &args.signals {
        return signals::write(&assistant, &questions, path).map(|()| Status::Fine);
    }
    let progress = progress(questions.len());
    let results = eval::run(&assistant, &questions, || progress.inc(1));
    progress.finish_and_clear();

    let total = eval::figures(&results.iter().collect::<Vec<_>>());
    if args.json {
        let kinds = eval::by_kind(&results)
            .into_iter()
            .map(|(kind, of_kind)| Report::new(kind, &of_kind));
        let all: Vec<_> = results.iter().collect();
        let report = std::iter::once(Report::new("all", &all))
            .chain(kinds)
            .collect::<Vec<_>>();
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        print_figures(&total, out)?;
        print_kinds(&results, out)?;
        print_confusions(&eval::confusions(&results.iter().collect::<Vec<_>>()), out)?;
        print_worst(&assistant, &results, args.worst, out)?;
    }
    let share = |name| total.estimate(name).map(|it| it.mean);
    let (recall, wrong) = (Figures::RECALL, Figures::WRONG);
    let missed = [
        limits::least("--min-recall", args.min_recall, recall, share(recall)),
        limits::most("--max-wrong", args.max_wrong, wrong, share(wrong)),
    ];
    limits::status(&missed.into_iter().flatten().collect::<Vec<_>>())
}

/// The assistant to ask, and the questions to ask it.
fn load(args: &EvalArgs) -> anyhow::Result<(Assistant, Vec<Question>)> {
    let file = args.file.as_ref().or(args.questions.as_ref());
    if let (Some(corpus), Some(file)) = (&args.corpus, file) {
        let assistant = Assistant::new(
            read_corpus(corpus)?,
            Profile::default(),
            &matching::Settings::default(),
            Safety::builtin(),
        );
        let mut labelled = questions::read_json(file)?;
        let ids = labelled.iter_mut().flat_map(|it| &mut it.expect);
        ids.for_each(|id| *id = clean_id(id));
        questions::check_ids(assistant.knowledge(), &labelled, file)?;
        return Ok((assistant, labelled));
    }
    let today = Some(args.calendar.day());
    let (content, labelled) =
        questions::labelled(&args.folder.dir, file.map(PathBuf::as_path), today)?;
    let labelled = labelled.with_context(|| {
        let tests = args.folder.dir.join(TESTS_FILE);
        format!(
            "there are no questions in {}: write some, or name another file",
            tests.display()
        )
    })?;
    Ok((content.assistant(), labelled))
}

fn read_corpus(path: &Path) -> anyhow::Result<KnowledgeBase> {
    #[derive(Deserialize)]
    struct Row {
        id: String,
        question: String,
        #[serde(default)]
        variants: Vec<String>,
        #[serde(default)]
        answer: String,
    }
    let mut entries = Vec::new();
    for row in json_lines::<Row>(path)? {
        let id = clean_id(&row.id);
        let id =
            EntryId::new(&id).with_context(|| format!("{}: `{id}` is no id", path.display()))?;
        let answer = Document::text(&row.answer);
        entries.push(Entry::loose(id, row.question, row.variants, answer));
    }
    Ok(KnowledgeBase::from_entries(entries))
}

/// Ids of foreign sets hold signs that ours must not.
fn clean_id(id: &str) -> String {
    id.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect()
}

#[derive(Serialize)]
struct Report<'a> {
    kind: &'a str,
    questions: usize,
    in_scope: usize,
    figures: Vec<Figure>,
    confused: Vec<Confused>,
}

#[derive(Serialize)]
struct Confused {
    expected: String,
    found: String,
    questions: usize,
}

#[derive(Serialize)]
struct Figure {
    name: &'static str,
    n: usize,
    share: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl<'a> Report<'a> {
    fn new(kind: &'a str, results: &[&eval::Result<'_>]) -> Self {
        let figures = eval::figures(results);
        let confused = eval::confusions(results).into_iter().map(|it| Confused {
            expected: it.expected.to_string(),
            found: it.found.to_string(),
            questions: it.n,
        });
        let number = |value: f64| (value * 1e4).round() / 1e4;
        let figure = |it: &Share| Figure {
            name: it.name,
            n: it.n,
            share: it.estimate.map(|it| number(it.mean)),
            low: it.estimate.map(|it| number(it.interval.0)),
            high: it.estimate.map(|it| number(it.interval.1)),
        };
        Self {
            kind,
            questions: figures.n_questions,
            in_scope: figures.n_in_scope,
            figures: figures.shares.iter().map(figure).collect(),
            confused: confused.collect(),
        }
    }
}

fn print_figures(figures: &Figures, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{} questions, {} of them in scope\n",
        figures.n_questions, figures.n_in_scope
    )?;
    writeln!(
        out,
        "{:<40} {:>7}   {:^15} {:>6}",
        "", "share", "95 % interval", "of"
    )?;
    for share in &figures.shares {
        let Some(Estimate { mean, interval }) = share.estimate else {
            continue;
        };
        let (low, high) = interval;
        writeln!(
            out,
            "{:<40} {:>6.1}%   {:>5.1} to {:>5.1}  {:>6}",
            share.name,
            100.0 * mean,
            100.0 * low,
            100.0 * high,
            share.n
        )?;
    }
    Ok(())
}

/// The main figures of each kind in percent, each with its 95 % interval.
fn print_kinds(results: &[eval::Result<'_>], out: &mut dyn Write) -> std::io::Result<()> {
    const COLUMNS: [(&str, &str); 6] = [
        (Figures::RECALL, "recall@1"),
        ("right at once", "right at once"),
        ("answered", "answered"),
        ("clarified", "clarified"),
        ("abstained", "abstained"),
        (Figures::WRONG, "wrong"),
    ];
    write!(out, "\n{:<14} {:>4}", "kind", "n")?;
    for (_, title) in COLUMNS {
        write!(out, " {title:>15}")?;
    }
    writeln!(out)?;
    for (kind, of_kind) in eval::by_kind(results) {
        let figures = eval::figures(&of_kind);
        write!(out, "{kind:<14} {:>4}", of_kind.len())?;
        for (name, _) in COLUMNS {
            let cell = figures.estimate(name).map_or("-".to_owned(), |it| {
                let (low, high) = it.interval;
                let interval = format!("({:.0}-{:.0})", 100.0 * low, 100.0 * high);
                format!("{:.0} {interval:>8}", 100.0 * it.mean)
            });
            write!(out, " {cell:>15}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn print_confusions(confusions: &[Confusion], out: &mut dyn Write) -> std::io::Result<()> {
    if confusions.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nmost confused, expected > found first")?;
    for Confusion { expected, found, n } in confusions.iter().take(10) {
        writeln!(out, "{n:>4}  {expected} > {found}")?;
    }
    Ok(())
}

/// Wrong answers first, the most confident on top, then silence where there was an answer.
fn print_worst(
    assistant: &Assistant,
    results: &[eval::Result<'_>],
    most: usize,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let badness = |it: &eval::Result<'_>| match it.outcome {
        Outcome::Wrong => 2,
        Outcome::AskedWrong | Outcome::Abstained if !it.question.expect.is_empty() => 1,
        _ => 0,
    };
    let score = |it: &eval::Result<'_>| {
        it.judgement
            .ranking
            .candidates
            .first()
            .map_or(0.0, |it| it.score)
    };
    let mut worst: Vec<_> = results.iter().filter(|it| badness(it) > 0).collect();
    worst.sort_by(|a, b| {
        badness(b)
            .cmp(&badness(a))
            .then(score(b).total_cmp(&score(a)))
    });
    for result in worst.into_iter().take(most) {
        let expected = if result.question.expect.is_empty() {
            "no answer".to_owned()
        } else {
            let place = match result.rank {
                Some(rank) => format!("place {}", rank + 1),
                None => "not found".to_owned(),
            };
            format!("{} ({place})", result.question.expect.join(" or "))
        };
        writeln!(out, "\n“{}”\nexpected: {expected}", result.question.ask)?;
        let explanation = explain(assistant, &result.question.ask, &result.judgement);
        for line in explanation.lines().take(4) {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}
