//! `askwell check`: everything that is wrong with a content folder, in one run.

mod fix;
mod format;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Status, today};
use crate::content::{Content, Loaded};
use crate::day::Day;
use crate::knowledge::{Code, Colours, Severity, counted};
use crate::lint::{self, Rules, Run};

/// Find every mistake in the content before people do
///
/// Reads all files of the folder and shows each problem with file, line and column, the
/// line itself, and what to do. Errors keep the content from being used; warnings don't.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(
    after_help = "Exit status: 0 nothing found, or only warnings; 1 errors found; 2 wrong usage.\n\n\
    Example:\n  askwell check faq\n  askwell check --deny warnings\n  askwell check --engine --notes\n  \
    askwell check --explain confused"
)]
pub(super) struct CheckArgs {
    /// Content folder: TOML files with articles and questions
    #[arg(value_name = "DIR", default_value = "faq")]
    dir: PathBuf,
    /// The same, as the other commands have it
    #[arg(long, value_name = "DIR", hide = true, conflicts_with = "dir")]
    faq: Option<PathBuf>,
    /// Also exit with 1 when there are warnings, as for a test run
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// How to print the findings
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Say what a code means, or list all codes
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "")]
    explain: Option<String>,
    /// Mend what can be mended without harm, then check again
    #[arg(long)]
    fix: bool,
    /// Also ask the engine: entries that it confuses or never reaches
    #[arg(long)]
    engine: bool,
    /// Also show notes on style: long sentences, jargon, words that may hurt
    #[arg(long)]
    notes: bool,
    /// Also open every page that answers link to
    #[cfg(feature = "workshop")]
    #[arg(long)]
    links: bool,
    /// The day to judge dates by [default: today]
    #[arg(long, value_name = "DAY")]
    today: Option<Day>,
}

impl CheckArgs {
    fn folder(&self) -> &Path {
        self.faq.as_ref().unwrap_or(&self.dir)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    #[default]
    Human,
    Json,
    /// For code scanners
    Sarif,
    /// For the log of GitHub Actions, which shows them in the pull request
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

/// Writes the findings in colour; `out` takes the colours out where they don't belong.
pub(super) fn run(args: &CheckArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    if let Some(code) = &args.explain {
        return explain(code, out);
    }
    let rules = rules(args);
    let mut loaded = checked(args, &rules);
    if args.fix {
        let n_fixed = fix::apply(&loaded.report)?;
        writeln!(
            anstream::stderr(),
            "Mended {}.",
            counted(n_fixed, "finding", "findings")
        )?;
        if n_fixed > 0 {
            loaded = checked(args, &rules);
        }
    }
    let report = &loaded.report;
    let denied = args.deny.is_some() && report.n_warnings() > 0;
    let status = if report.n_errors() > 0 || denied {
        Status::Failure
    } else {
        Status::Fine
    };
    match args.format {
        Format::Human => {}
        Format::Json => return format::json(report, out).map(|()| status),
        Format::Sarif => return format::sarif(report, out).map(|()| status),
        Format::Github => return format::github(report, out).map(|()| status),
    }
    if report.problems().is_empty() {
        let (dir, extent) = (args.folder().display(), extent(&loaded));
        writeln!(out, "{dir}: {extent}, no problems")?;
    } else {
        write!(out, "{}", report.draw(Colours::On))?;
    }
    Ok(status)
}

/// The rules that were asked for.
fn rules(args: &CheckArgs) -> Rules {
    let run = |asked: bool| if asked { Run::Yes } else { Run::No };
    #[cfg(feature = "workshop")]
    let links = run(args.links);
    #[cfg(not(feature = "workshop"))]
    let links = Run::No;
    Rules {
        today: args.today.unwrap_or_else(today),
        engine: run(args.engine),
        notes: run(args.notes),
        links,
    }
}

fn checked(args: &CheckArgs, rules: &Rules) -> Loaded {
    let mut loaded = Content::load_with_questions(args.folder(), None);
    lint::run(&mut loaded, rules);
    if !args.notes {
        loaded.report.retain(|it| it.severity != Severity::Note);
    }
    loaded
}

/// One code, or all.
fn explain(name: &str, out: &mut dyn Write) -> anyhow::Result<Status> {
    if name.is_empty() {
        for code in Code::ALL {
            writeln!(out, "{:<20} {}", code.name(), code.explanation())?;
        }
        return Ok(Status::Fine);
    }
    let Some(code) = Code::of(name) else {
        anyhow::bail!("no finding has the code `{name}`; `askwell check --explain` lists all");
    };
    writeln!(out, "{}: {}", code.name(), code.explanation())?;
    Ok(Status::Fine)
}

/// `14 entries in 1 article`, or in files where there is no article.
fn extent(loaded: &Loaded) -> String {
    let parts = match loaded.n_articles {
        0 => counted(loaded.n_files, "file", "files"),
        n_articles => counted(n_articles, "article", "articles"),
    };
    format!(
        "{} in {parts}",
        counted(loaded.n_entries, "entry", "entries")
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Checks a folder with these files, without colours and without the folder's name.
    fn check(files: &[(&str, &str)], deny: Option<Deny>) -> (Status, String) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let args = CheckArgs {
            dir: dir.path().join("."),
            faq: None,
            deny,
            format: Format::Human,
            explain: None,
            fix: false,
            engine: false,
            notes: false,
            #[cfg(feature = "workshop")]
            links: false,
            today: Some("2026-11-23".parse().unwrap()),
        };
        let mut out = anstream::StripStream::new(Vec::new());
        let status = run(&args, &mut out).unwrap();
        let text = String::from_utf8(out.into_inner()).unwrap();
        (
            status,
            text.replace(&args.folder().display().to_string(), "faq"),
        )
    }

    const FINE: &str = "[[faq]]\nid = \"a\"\nquestion = \"A?\"\nanswer = \"A.\"\nvariants = [\"a b\", \"c d\", \"e f\", \"g h\"]\n";
    const WARNS: &str = "[[faq]]\nid = \"b\"\nquestion = \"B?\"\nanswer = \"B.\"\n";
    const FAILS: &str = "[[faq]]\nid = \"c\"\nquestion = \"C?\"\n";

    #[test]
    fn one_line_says_that_all_is_well() {
        assert_eq!(
            check(&[("a.toml", FINE)], None),
            (Status::Fine, "faq: 1 entry in 1 file, no problems\n".into())
        );
    }

    #[test]
    fn warnings_fail_only_where_they_are_denied() {
        assert_eq!(check(&[("b.toml", WARNS)], None).0, Status::Fine);
        assert_eq!(
            check(&[("b.toml", WARNS)], Some(Deny::Warnings)).0,
            Status::Failure
        );
        assert_eq!(
            check(&[("a.toml", FINE)], Some(Deny::Warnings)).0,
            Status::Fine
        );
    }

    #[test]
    fn errors_fail_and_are_counted() {
        let (status, text) = check(
            &[("a.toml", FINE), ("b.toml", WARNS), ("c.toml", FAILS)],
            None,
        );
        assert_eq!(status, Status::Failure);
        assert_eq!(text.lines().last(), Some("1 error, 2 warnings in 2 files"));
    }
}
