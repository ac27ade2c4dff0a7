//! `askwell ask`: one question from the command line, or one a line from standard input.

use std::io::{self, BufRead, Write};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::chat::show;
use super::{Calendar, Folder, Status};
use crate::conversation::{
    Assistant, Incoming, Judgement, Keeping, Place, Thread, Verdict, explain,
};
use crate::knowledge::EntryKind;
use crate::live::{Audience, Live};
use crate::matching::Decision;

/// Answer one question, or one a line from standard input
#[derive(Args)]
#[command(after_help = "Examples:\n  askwell ask will my partner be blamed\n  \
    askwell ask --explain \"does it work online\"\n  askwell ask --json < questions.txt")]
pub(super) struct AskArgs {
    /// The question; without it, one question a line is read from standard input
    question: Vec<String>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    calendar: Calendar,
    /// Print one line of JSON a question
    #[arg(long)]
    json: bool,
    /// Say how the decision came about
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(args: &AskArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let live = Live::open(
        &args.folder.dir,
        Keeping::Terminal,
        Audience::Editors(args.calendar.day()),
    )?;
    let assistant = live.assistant();
    if !args.question.is_empty() {
        answer(&assistant, &args.question.join(" "), args, Shape::Full, out)?;
        return Ok(Status::Fine);
    }
    let mut input = io::stdin().lock();
    let mut bytes = Vec::new();
    while input
        .read_until(b'\n', &mut bytes)
        .context("cannot read standard input")?
        > 0
    {
        let question = String::from_utf8_lossy(&bytes);
        answer(
            &assistant,
            question.trim_end_matches(['\n', '\r']),
            args,
            Shape::Line,
            out,
        )?;
        out.flush()?;
        bytes.clear();
    }
    Ok(Status::Fine)
}

/// How much of an answer is printed without `--json`.
#[derive(Clone, Copy)]
enum Shape {
    /// The whole reply, as the chat shows it.
    Full,
    /// Decision, score and entries on one line.
    Line,
}

fn answer(
    assistant: &Assistant,
    question: &str,
    args: &AskArgs,
    shape: Shape,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let judgement = assistant.judge(question);
    if args.json {
        let row = Row::new(assistant, question, &judgement);
        writeln!(out, "{}", serde_json::to_string(&row)?)?;
    } else {
        match shape {
            Shape::Full => {
                let exchange = assistant.answer(
                    Incoming::Text(question),
                    Place::Private,
                    &mut Thread::default(),
                );
                show(&exchange.reply, out)?;
            }
            Shape::Line => writeln!(out, "{}", line(assistant, &judgement))?,
        }
    }
    if args.explain {
        let explanation = explain(assistant, question, &judgement);
        // The JSON form is a contract, so the account must not stand among its lines.
        if args.json {
            write!(anstream::stderr(), "{explanation}")?;
        } else {
            write!(out, "\n{explanation}")?;
        }
    }
    Ok(())
}

fn line(assistant: &Assistant, judgement: &Judgement) -> String {
    let shown: Vec<usize> = match &judgement.verdict {
        Verdict::Matched(Decision::Answer { entry, .. }) => vec![*entry],
        Verdict::Matched(Decision::Clarify(choices)) => choices.clone(),
        Verdict::Several(entries) => entries.clone(),
        _ => Vec::new(),
    };
    let ids: Vec<&str> = shown
        .iter()
        .map(|&it| assistant.knowledge().entries()[it].id.as_str())
        .collect();
    format!("{}\t{}", decision(&judgement.verdict), ids.join(" "))
        .trim_end()
        .to_owned()
}

/// One line of `--json`: a contract, whose keys and their order stay.
#[derive(Serialize)]
struct Row<'a> {
    question: &'a str,
    decision: &'static str,
    answers: Vec<Answer<'a>>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    kind: &'static str,
    title: &'a str,
    score: f64,
    /// Empty where the entry belongs to no page.
    url: &'a str,
}

/// The most candidates a row holds.
const MAX_ANSWERS: usize = 5;

impl<'a> Row<'a> {
    fn new(assistant: &'a Assistant, question: &'a str, judgement: &Judgement) -> Self {
        let answers = judgement
            .ranking
            .candidates
            .iter()
            .take(MAX_ANSWERS)
            .map(|candidate| {
                let entry = &assistant.knowledge().entries()[candidate.entry];
                Answer {
                    id: entry.id.as_str(),
                    kind: match entry.kind {
                        EntryKind::Faq => "faq",
                        EntryKind::Section => "section",
                        EntryKind::Article => "article",
                        EntryKind::Related => "related",
                    },
                    title: &entry.title,
                    score: (f64::from(candidate.score) * 1e4).round() / 1e4,
                    url: entry.url.as_deref().unwrap_or_default(),
                }
            });
        Self {
            question,
            decision: decision(&judgement.verdict),
            answers: answers.collect(),
        }
    }
}

fn decision(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Urgent => "urgent",
        Verdict::Matched(Decision::Answer { .. }) | Verdict::Several(_) => "answer",
        Verdict::Matched(Decision::Clarify(_)) => "clarify",
        Verdict::Matched(Decision::Abstain) | Verdict::SmallTalk(_) => "abstain",
    }
}
