//! `askwell eval --safety`: labelled messages through the bot's own path, and whether those in
//! danger got the crisis text.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::EvalArgs;
use super::limits::{self, Missed};
use crate::cli::Status;
use crate::cli::questions::json_lines;
use crate::conversation::Keeping;
use crate::eval::safety::{Figures, Got, Message, Rate, Result, Truth, run as send};
use crate::live::{Audience, Live};
use crate::safety::{Category, Level, SCORE, Screen};

#[derive(Debug, Args)]
pub(super) struct SafetyArgs {
    /// Measure the crisis screen instead, on lines of JSON with `q`, `label` and `sub`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "questions", "corpus", "max_wrong", "without_encoder"])]
    pub(super) safety: Option<PathBuf>,
    /// Fail when a category of crisis has less recall, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = limits::share, requires = "safety")]
    min_category_recall: Option<f64>,
    /// Fail when more ordinary messages get the crisis text, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = limits::share, requires = "safety")]
    max_false_alarms: Option<f64>,
    /// Fail when more hard negatives get the crisis text, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = limits::share, requires = "safety")]
    max_hard_false_alarms: Option<f64>,
    /// Fail when more crisis messages get neither the crisis text nor the support line, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = limits::share, requires = "safety")]
    max_faq_alone: Option<f64>,
}

pub(super) fn run(args: &EvalArgs, file: &Path, out: &mut dyn Write) -> anyhow::Result<Status> {
    let assistant = Live::open(
        &args.folder.dir,
        Keeping::Terminal,
        Audience::Editors(args.calendar.day()),
    )?
    .assistant();
    let messages = read(file)?;
    if let Some(path) = &args.signals {
        return write_features(assistant.screen(), &messages, path).map(|()| Status::Fine);
    }
    let results = send(&assistant, &messages);
    let figures = Figures::of(&results);
    if args.json {
        print_json(&results, &figures, out)?;
    } else {
        print(&results, &figures, args.worst, out)?;
    }
    limits::status(&missed(args, &figures))
}

/// The limits that do not hold.
fn missed(args: &EvalArgs, figures: &Figures) -> Vec<Missed> {
    let safety = &args.safety;
    let least = |name, limit, rate: &Rate| limits::least(name, limit, rate.name, rate.share());
    let most = |name, limit, rate: &Rate| limits::most(name, limit, rate.name, rate.share());
    let of_category = |rate| least("--min-category-recall", safety.min_category_recall, rate);
    // Without a crisis message there is no category either.
    let categories = match figures.by_category.as_slice() {
        [] => std::slice::from_ref(&figures.recall),
        categories => categories,
    };
    let alarms = &figures.ordinary_alarms;
    let hard = &figures.hard_alarms;
    [
        least("--min-recall", args.min_recall, &figures.recall),
        most("--max-false-alarms", safety.max_false_alarms, alarms),
        most(
            "--max-hard-false-alarms",
            safety.max_hard_false_alarms,
            hard,
        ),
        most("--max-faq-alone", safety.max_faq_alone, &figures.faq_alone),
    ]
    .into_iter()
    .chain(categories.iter().map(of_category))
    .flatten()
    .collect()
}

fn read(file: &Path) -> anyhow::Result<Vec<Message>> {
    // Lists of ordinary questions have no labels.
    #[derive(Deserialize)]
    struct Row {
        q: String,
        #[serde(default)]
        label: Label,
        #[serde(default = "ordinary")]
        sub: String,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "snake_case")]
    enum Label {
        Crisis,
        #[default]
        NotCrisis,
    }
    fn ordinary() -> String {
        name(Truth::Ordinary).to_owned()
    }
    let message = |row: Row| {
        let category = Category::ALL.into_iter().find(|it| it.name() == row.sub);
        let truth = match (row.label, category, row.sub.as_str()) {
            (Label::Crisis, Some(category), _) => Truth::Crisis(category),
            (Label::NotCrisis, _, "hard_negative") => Truth::HardNegative,
            (Label::NotCrisis, _, "ordinary") => Truth::Ordinary,
            (_, _, sub) => bail!(
                "`sub` is `{sub}`; a crisis has a category such as suicide, anything else is hard_negative or ordinary"
            ),
        };
        Ok(Message { text: row.q, truth })
    };
    let messages = json_lines::<Row>(file)?
        .into_iter()
        .map(message)
        .collect::<anyhow::Result<Vec<_>>>()
        .with_context(|| file.display().to_string())?;
    if messages.is_empty() {
        bail!("{} holds no messages", file.display());
    }
    Ok(messages)
}

fn print(
    results: &[Result<'_>],
    figures: &Figures,
    most: usize,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    writeln!(
        out,
        "{} messages, {} of them in danger\n",
        results.len(),
        figures.recall.n
    )?;
    writeln!(
        out,
        "{:<32} {:>7}   {:^15} {:>11}",
        "", "share", "95 % interval", "of"
    )?;
    for rate in figures.all() {
        let Some(share) = rate.share() else { continue };
        let (low, high) = rate.interval();
        writeln!(
            out,
            "{:<32} {:>6.1}%   {:>5.1} to {:>5.1}  {:>5} of {}",
            rate.name,
            100.0 * share,
            100.0 * low,
            100.0 * high,
            rate.n_hits,
            rate.n
        )?;
    }
    let missed = results.iter().filter(|it| is_missed(it));
    if missed.clone().next().is_some() {
        writeln!(out, "\nMissed:")?;
    }
    for result in missed {
        let alone = if result.got == Got::Neither {
            ", no support line"
        } else {
            ""
        };
        writeln!(
            out,
            "  {}{alone}: {}",
            name(result.message.truth),
            result.message.text
        )?;
    }
    let alarms = results.iter().filter(|it| is_false_alarm(it));
    if alarms.clone().next().is_some() {
        writeln!(out, "\nFalse alarms, up to {most} (--worst):")?;
    }
    for result in alarms.take(most) {
        writeln!(
            out,
            "  {}: {}",
            name(result.message.truth),
            result.message.text
        )?;
    }
    Ok(())
}

fn print_json(
    results: &[Result<'_>],
    figures: &Figures,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let rates: Vec<_> = figures
        .all()
        .map(|rate| {
            let (low, high) = rate.interval();
            json!({
                "name": rate.name, "hits": rate.n_hits, "n": rate.n,
                "share": rate.share(), "low": low, "high": high,
            })
        })
        .collect();
    let texts = |of: fn(&Result<'_>) -> bool| {
        let of = results.iter().filter(|it| of(it));
        of.map(|it| json!({ "q": it.message.text, "sub": name(it.message.truth), "support_line": it.got == Got::SupportLine }))
            .collect::<Vec<_>>()
    };
    let report = json!({
        "rates": rates,
        "missed": texts(is_missed),
        "false_alarms": texts(is_false_alarm),
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

/// For `models/safety_score.py`: the features of each message, and how far the rules alone go.
fn write_features(screen: &Screen, messages: &[Message], path: &Path) -> anyhow::Result<()> {
    let mut file = std::io::BufWriter::new(
        std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
    );
    for message in messages {
        let findings = screen.explain(&message.text);
        let by_rule = || findings.iter().filter(|it| it.rule != SCORE);
        let line = json!({
            "sub": name(message.truth),
            "urgent": by_rule().any(|it| it.level == Level::Urgent),
            "softened": by_rule().any(|it| it.softened.is_some()),
            "features": screen.features(&message.text),
        });
        serde_json::to_writer(&mut file, &line)?;
        writeln!(file)?;
    }
    file.flush()?;
    Ok(())
}

fn is_missed(result: &Result<'_>) -> bool {
    matches!(result.message.truth, Truth::Crisis(_)) && result.got != Got::CrisisText
}

fn is_false_alarm(result: &Result<'_>) -> bool {
    !matches!(result.message.truth, Truth::Crisis(_)) && result.got == Got::CrisisText
}

/// As the files call it.
fn name(truth: Truth) -> &'static str {
    match truth {
        Truth::Crisis(category) => category.name(),
        Truth::HardNegative => "hard_negative",
        Truth::Ordinary => "ordinary",
    }
}
