//! `askwell check` as an editor of the content uses it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

const FINE: &str = r#"
[article]
id = "visiting"
title = "Visiting us"
url = "https://practice.uk/visiting"
summary = "All about a visit."
variants = ["how does a visit go", "what happens when I come by", "tell me about visits", "first visit"]

[[section]]
id = "hours"
heading = "Opening hours"
answer = "From nine to five."
variants = ["when are you open", "what time do you close", "are you there on mondays", "until when is somebody there"]

[[faq]]
id = "faq-parking"
question = "Where can I park?"
answer = "Behind the *house*."
section = "hours"
variants = ["is there a car park", "place for my car", "parking spots nearby", "can I leave the car at yours"]
"#;

/// A folder with `faq/` in it.
struct Practice {
    dir: TempDir,
}

impl Practice {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("faq")).unwrap();
        let practice = Self { dir };
        for (name, text) in files {
            practice.save(name, text);
        }
        practice
    }

    fn save(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join("faq").join(name), text).unwrap();
    }

    /// Runs `askwell check` beside `faq/`.
    fn check(&self, args: &[&str]) -> Outcome {
        check(self.dir.path(), args)
    }
}

struct Outcome {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Outcome {
    #[track_caller]
    fn has(&self, status: i32, part: &str) {
        assert_eq!(self.status, Some(status), "{}{}", self.out, self.err);
        assert!(self.out.contains(part), "no {part:?} in:\n{}", self.out);
    }
}

fn check(dir: &Path, args: &[&str]) -> Outcome {
    askwell("check", dir, args)
}

fn askwell(subcommand: &str, dir: &Path, args: &[&str]) -> Outcome {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("askwell"));
    let output = command
        .arg(subcommand)
        .args(args)
        .current_dir(dir)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome {
        status: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

#[test]
fn sound_content_is_one_line() {
    let practice = Practice::new(&[("visiting.toml", FINE)]);
    let outcome = practice.check(&[]);
    assert_eq!(outcome.out, "faq: 3 entries in 1 article, no problems\n");
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""));
    practice
        .check(&["faq", "--deny", "warnings"])
        .has(0, "no problems");
}

#[test]
fn every_problem_of_every_file_comes_in_one_run() {
    let practice = Practice::new(&[
        ("visiting.toml", FINE),
        (
            "costs.toml",
            r#"[[faq]]
id = "faq-parking"
question = "What does parking cost?"
answr = "Nothing."

[[faq]]
id = "what it costs"
question = "What does a session cost?"
answer = ""
section = "huors"
related = ["faq-parkng"]
variants = ["Where can I PARK"]

[[faq]]
id = "faq-cash
question = "Cash?"
answer = "Yes, see [our page](https://example.com/cash)."
variants = ["do you take cash"]
"#,
        ),
        (
            "team.toml",
            r#"[article]
id = "team"
title = "Our team"
url = "practice.uk/team"
summary = """
# Who we are

A small team.
"""
language = "english"
"#,
        ),
        (
            "bot.toml",
            "name = \"Anna\"\nexamples = [\"faq-cash\", \"faq-prices\"]\n\n[wording]\ngreeting = \"I am {nmae}.\"\n",
        ),
    ]);
    let outcome = practice.check(&["faq"]);
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(1), ""));
    insta::assert_snapshot!(outcome.out);
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let practice = Practice::new(&[("visiting.toml", &FINE.replace("practice.uk", "example.org"))]);
    practice.check(&[]).has(0, "1 warning in 1 file");
    practice
        .check(&["--deny", "warnings"])
        .has(1, "1 warning in 1 file");
}

#[test]
fn an_entry_with_few_variants_is_noticed() {
    let practice = Practice::new(&[("visiting.toml", &FINE.replace(r#", "first visit""#, ""))]);
    let outcome = practice.check(&[]);
    outcome.has(0, "warning: this entry has only 3 variants");
    outcome.has(0, "1 warning in 1 file");
}

#[test]
fn thresholds_that_no_longer_fit_are_noticed() {
    let practice = Practice::new(&[("visiting.toml", FINE)]);
    let calibrate = |args: &[&str]| askwell("calibrate", practice.dir.path(), args);
    calibrate(&[]).has(0, "Written into faq/bot.toml.");
    practice.check(&[]).has(0, "no problems");
    practice.save(
        "visiting.toml",
        &FINE.replace("From nine to five.", "From ten to six."),
    );
    let outcome = practice.check(&[]);
    outcome.has(0, "warning: the thresholds were fitted on other content");
    outcome.has(0, "run `askwell calibrate`");
    calibrate(&[]).has(0, "Written into");
    practice.check(&[]).has(0, "no problems");
    practice.save(
        "visiting.toml",
        &FINE
            .replace("practice.uk", "practice.org")
            .replace("nine to five", "ten to six"),
    );
    practice.check(&[]).has(0, "no problems");
    practice.save("bot.toml", "[matching]\ncalibrated_on = \"yesterday\"\n");
    practice
        .check(&[])
        .has(1, "this is not what `askwell calibrate` writes");
}

#[test]
fn entries_that_take_each_others_variants_are_noted() {
    let twins = r#"
[[faq]]
id = "kids"
question = "Is counselling right for my child?"
answer = "Often."
variants = ["my son is sad", "my daughter cannot sleep at night", "my child will not go to school", "help for my child"]

[[faq]]
id = "teens"
question = "Is counselling right for my teenager?"
answer = "Often."
variants = ["my daughter is sad", "my son cannot sleep at night", "my son will not go to school", "help for my teenager"]
"#;
    let outcome = Practice::new(&[("twins.toml", twins)]).check(&[]);
    outcome.has(0, "note: easily confused.");
    outcome.has(0, "teens > kids\n");
}

#[test]
fn a_mended_file_passes() {
    let practice = Practice::new(&[(
        "visiting.toml",
        &FINE.replace("answer = \"From", "answer = From"),
    )]);
    practice.check(&[]).has(1, "1 error in 1 file");
    practice.save("visiting.toml", FINE);
    practice.check(&[]).has(0, "no problems");
}

#[test]
fn questions_alone_are_content_too() {
    let faq = "[[faq]]\nid = \"a\"\nquestion = \"A?\"\nvariants = [\"an a\", \"some a\", \"which a\", \"that a\"]\nanswer = \"A.\"\n";
    Practice::new(&[("a.toml", faq)])
        .check(&[])
        .has(0, "faq: 1 entry in 1 file, no problems");
}

#[test]
fn a_folder_that_is_not_there_is_said_so() {
    let practice = Practice::new(&[]);
    practice.check(&["other"]).has(1, "there is no such folder");
    practice
        .check(&[])
        .has(1, "there is no article in this folder");
}

#[test]
fn wrong_usage_is_told_apart_from_findings() {
    let practice = Practice::new(&[("visiting.toml", FINE)]);
    for args in [&["--deny", "everything"][..], &["--fix"], &["faq", "more"]] {
        let outcome = practice.check(args);
        assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""));
        assert!(outcome.err.contains("--help"), "{}", outcome.err);
    }
    practice
        .check(&["--help"])
        .has(0, "Example:\n  askwell check faq");
}

#[test]
fn a_pipe_gets_no_colours() {
    let outcome = Practice::new(&[("a.toml", "[[faq]]")]).check(&[]);
    assert!(!outcome.out.contains('\x1b'), "{}", outcome.out);
}

#[test]
fn a_thousand_entries_are_no_trouble() {
    let faq = |n: usize| {
        let variants: Vec<String> = (0..10)
            .map(|it| format!("\"wording {it} of question number {n}\""))
            .collect();
        format!(
            "[[faq]]\nid = \"faq-{n}\"\nquestion = \"What about {n}?\"\nanswer = \"\"\"\nIt **depends**, as so often.\n\n- on this\n- on that\n\"\"\"\nvariants = [{}]\n",
            variants.join(", ")
        )
    };
    let text: String = (0..1_000).map(faq).collect();
    let practice = Practice::new(&[("all.toml", &text)]);
    practice
        .check(&[])
        .has(0, "faq: 1000 entries in 1 file, no problems");
}

#[test]
fn the_content_that_comes_along_only_needs_real_addresses() {
    let outcome = check(Path::new(env!("CARGO_MANIFEST_DIR")), &["faq"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.out);
    let problems = || {
        outcome
            .out
            .lines()
            .filter(|line| line.starts_with("error") || line.starts_with("warning"))
    };
    assert!(
        problems().all(|line| line.contains("placeholder")),
        "{}",
        outcome.out
    );
}
