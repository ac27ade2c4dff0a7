//! `askwell calibrate`: thresholds that fit the content, written into `bot.toml`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::questions::labelled;
use super::save::{Over, save};
use super::{Folder, Status, progress};
use crate::calibrate::{self, Expected, Fate, Goal, Trial};
use crate::content::{BOT_FILE, Content, TESTS_FILE};
use crate::live;
use crate::matching;

/// Set the thresholds so that wrong answers stay rare
///
/// Tries the labelled questions of tests.toml or of a file. Without any it tries the content's own
/// variants, each left out in turn, and a built-in list of messages that no article answers.
/// Chooses thresholds that keep wrong answers within `wrong_answer_budget_percent` of bot.toml, with
/// a reserve, and answers as much as possible; writes them into bot.toml. With a sentence encoder
/// installed, labelled questions also tell below which score it is asked: for half of them at most.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 1 when no thresholds keep to the budget with its reserve; the strictest are written then.\n\
    Also 1, and nothing is written, when there is no question to try.\n\n\
    Examples:\n  askwell calibrate --dry-run\n  askwell calibrate questions.toml\n  askwell calibrate --from-content"
)]
pub(super) struct CalibrateArgs {
    /// Labelled questions [default: tests.toml in the content folder, else the content's own variants]
    questions: Option<PathBuf>,
    #[command(flatten)]
    folder: Folder,
    /// Use the content's own variants even where there are labelled questions
    #[arg(long, conflicts_with = "questions")]
    from_content: bool,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &CalibrateArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let path = args.folder.dir.join(BOT_FILE);
    let text = read(&path)?;
    let (content, questions) = labelled(&args.folder.dir, args.questions.as_deref(), None)?;
    let before = content.matching.clone();
    let goal = Goal::percent(content.calibration.wrong_answer_budget_percent);
    let fingerprint = matching::fingerprint(&content.knowledge, &before);
    // Messages with several questions are decided by thresholds too: by the standard ones, so that
    // a second run chooses the same.
    let standard = matching::Settings {
        synonyms: before.synonyms.clone(),
        out_of_scope: before.out_of_scope.clone(),
        ..matching::Settings::default()
    };
    let assistant = Content {
        matching: standard,
        ..content
    }
    .assistant();
    let questions = questions.filter(|_| !args.from_content);
    let is_labelled = questions.is_some();
    let mut encoder = false;
    let mut chosen = before.clone();
    let trials = if let Some(questions) = questions {
        let trials = calibrate::from_questions(&assistant, &questions);
        let threshold = calibrate::encoder_threshold(&trials);
        let assistant = live::second_tier()(assistant.with_encoder_threshold(threshold));
        encoder = assistant.matcher().has_second_tier();
        if encoder {
            chosen.encoder_threshold = threshold;
            calibrate::from_questions(&assistant, &questions)
        } else {
            trials
        }
    } else {
        let bar = progress(calibrate::n_left_out(assistant.knowledge()));
        let trials = calibrate::from_content(&assistant, || bar.inc(1));
        bar.finish_and_clear();
        trials
    };
    if !trials.iter().any(Trial::in_scope) {
        bail!(
            "there is nothing to calibrate on, so nothing was written; add variants to the entries, or questions \
             with an answer to {TESTS_FILE}"
        );
    }
    let after = calibrate::choose(&trials, &chosen, goal);
    print_trials(&trials, is_labelled, out)?;
    print_expected(&trials, &before, &after, out)?;
    let is_kept = print_budget(&trials, &after, goal, out)?;

    let stamp = matching::Stamp {
        content: fingerprint,
        n_questions: trials.len(),
    };
    let fitted = |settings: &matching::Settings| {
        let all = calibrate::thresholds(settings).into_iter();
        all.filter(|it| encoder || it.0 != calibrate::ENCODER_THRESHOLD)
            .collect::<Vec<_>>()
    };
    let (before, after) = (fitted(&before), fitted(&after));
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        writeln!(out, "{name:<18} {before:.2} > {after:.2}")?;
    }
    if args.dry_run {
        writeln!(out, "Nothing was written, because of --dry-run.")?;
    } else {
        write(&path, text.as_deref(), &after, &stamp)?;
        writeln!(out, "Written into {}.", path.display())?;
    }
    Ok(if is_kept {
        Status::Fine
    } else {
        Status::Failure
    })
}

fn print_trials(trials: &[Trial], is_labelled: bool, out: &mut dyn Write) -> io::Result<()> {
    let n_in_scope = trials.iter().filter(|it| it.in_scope()).count();
    let n_off_topic = trials.len() - n_in_scope;
    if is_labelled {
        return writeln!(
            out,
            "Tried with {} labelled questions; {n_off_topic} of them have no answer in the content.",
            trials.len(),
        );
    }
    let weight = |it: &Trial| if it.in_scope() { 0.0 } else { it.weight };
    let off_topic: f64 = trials.iter().map(weight).sum();
    let all: f64 = trials.iter().map(|it| it.weight).sum();
    writeln!(
        out,
        "Tried with {n_in_scope} variants of the content, each while the content was without it, and\n\
        {n_off_topic} messages that no article answers, counted as {:.0} in 100. Real questions with their\n\
        answers, written down in {TESTS_FILE}, would allow more.",
        100.0 * off_topic / all,
    )
}

fn print_expected(
    trials: &[Trial],
    before: &matching::Settings,
    after: &matching::Settings,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "\n{:<52} {:>15} {:>17}",
        "Of 100 such messages", "until now", "from now on"
    )?;
    let cell = |it: &Expected| {
        let (low, high) = it.interval;
        let interval = format!("({:.0} to {:.0})", 100.0 * low, 100.0 * high);
        format!("{:>4.1} {interval:>12}", 100.0 * it.share)
    };
    let both = calibrate::expected(trials, before)
        .into_iter()
        .zip(calibrate::expected(trials, after));
    for (before, after) in both {
        if after.fate == Fate::Urgent && after.share == 0.0 {
            continue;
        }
        writeln!(
            out,
            "{:<50} {}  {}",
            after.fate.words(),
            cell(&before),
            cell(&after)
        )?;
    }
    writeln!(
        out,
        "In brackets: the range that other messages like these would fall in, 19 times of 20.\n"
    )
}

/// Says how many wrong answers to be ready for; gives whether they keep to the budget.
fn print_budget(
    trials: &[Trial],
    after: &matching::Settings,
    goal: Goal,
    out: &mut dyn Write,
) -> io::Result<bool> {
    let budget = 100.0 * goal.wrong;
    let expected = calibrate::expected(trials, after);
    let wrong = expected.iter().find(|it| it.fate == Fate::Wrong);
    let wrong = wrong.map_or(0.0, |it| it.share);
    let reserve = calibrate::wrong_with_reserve(trials, after);
    writeln!(
        out,
        "Your budget is {budget} wrong answers in 100 messages. Expect {:.1}; with a reserve, because\n\
        people will ask what nobody has tried here, {:.1}.",
        100.0 * wrong,
        100.0 * reserve,
    )?;
    if wrong > goal.wrong {
        writeln!(
            out,
            "No threshold keeps to that; these are the strictest. See `askwell eval` for what is answered\n\
            wrongly, or raise `wrong_answer_budget_percent` in {BOT_FILE}."
        )?;
    } else if reserve > goal.wrong {
        writeln!(
            out,
            "That is more than the budget: there are too few questions to be sure of it, so these are\n\
            the strictest thresholds. Label more."
        )?;
    }
    writeln!(out)?;
    Ok(reserve <= goal.wrong)
}

/// The text of a file, if there is one.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    // What is no file or no text has its place in the report on the content.
    if !path.is_file() {
        return Ok(None);
    }
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
        read => read
            .map(Some)
            .with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Puts the thresholds into the file if it still holds the text from before they were chosen.
fn write(
    path: &Path,
    before: Option<&str>,
    thresholds: &[(&'static str, f32)],
    stamp: &matching::Stamp,
) -> anyhow::Result<()> {
    let text = calibrate::with_thresholds(before.unwrap_or_default(), thresholds, stamp)
        .with_context(|| format!("cannot change {}", path.display()))?;
    save(path, text, Over::Only(before.map(str::as_bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_while_thresholds_were_chosen_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(BOT_FILE);
        let stamp = matching::Stamp {
            content: "abc".into(),
            n_questions: 12,
        };
        let write = |before| write(&path, before, &[("margin", 0.1)], &stamp);
        assert!(read(&path).unwrap().is_none());
        write(None).unwrap();
        let text = read(&path).unwrap();
        assert!(write(None).is_err() && write(Some("name = 'old'")).is_err());
        assert_eq!(read(&path).unwrap(), text);
        write(text.as_deref()).unwrap();
    }
}
