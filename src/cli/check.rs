//! `askwell check`: everything that is wrong with a content folder, in one run.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Status;
use crate::advice::{advise, confusions};
use crate::content::{Content, Loaded};
use crate::eval::Confusion;
use crate::knowledge::{Colours, counted};

/// Find every mistake in the content before people do
///
/// Reads all files of the folder and shows each problem with file, line and column, the
/// line itself, and what to do. Errors keep the content from being used; warnings don't.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing found, or only warnings; 1 errors found; 2 wrong usage.\n\n\
    Example:\n  askwell check faq\n  askwell check --deny warnings"
)]
pub(super) struct CheckArgs {
    /// Content folder: TOML files with articles and questions
    #[arg(value_name = "DIR", default_value = "faq")]
    dir: PathBuf,
    /// Also exit with 1 when there are warnings, as for a test run
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

/// Writes the findings in colour; `out` takes the colours out where they don't belong.
pub(super) fn run(args: &CheckArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let mut loaded = Content::load_with_questions(&args.dir, None);
    advise(&mut loaded);
    let report = &loaded.report;
    if report.problems().is_empty() {
        let (dir, extent) = (args.dir.display(), extent(&loaded));
        writeln!(out, "{dir}: {extent}, no problems")?;
    } else {
        write!(out, "{}", report.draw(Colours::On))?;
    }
    let denied = args.deny.is_some() && report.n_warnings() > 0;
    let status = if report.n_errors() > 0 || denied {
        Status::Failure
    } else {
        Status::Fine
    };
    print_confusions(&confusions(loaded), out)?;
    Ok(status)
}

/// Which entries would gain most by variants that tell them apart.
fn print_confusions(confusions: &[Confusion], out: &mut dyn Write) -> std::io::Result<()> {
    // A single variant that goes astray is no pattern.
    let often: Vec<_> = confusions.iter().filter(|it| it.n > 2).take(5).collect();
    if often.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nnote: easily confused. Left out in turn, variants of the first would lead to the second:"
    )?;
    for Confusion { expected, found, n } in often {
        writeln!(out, "  {n:>3}  {expected} > {found}")?;
    }
    Ok(())
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
            deny,
        };
        let mut out = anstream::StripStream::new(Vec::new());
        let status = run(&args, &mut out).unwrap();
        let text = String::from_utf8(out.into_inner()).unwrap();
        (status, text.replace(&args.dir.display().to_string(), "faq"))
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
