//! `askwell eval` as somebody uses it who looks after the content.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

const VISITING: &str = r#"
[[faq]]
id = "hours"
question = "When are you open?"
answer = "From nine to five."
variants = ["opening hours", "what time do you close", "are you open on saturdays", "until when can I come by"]

[[faq]]
id = "parking"
question = "Where can I park?"
answer = "Behind the house."
variants = ["is there a car park", "place for my car", "parking spots nearby", "where do I leave the car"]
"#;

const TESTS: &str = r#"
[[question]]
ask = "when do you open"
expect = ["hours"]
kind = "plain"

[[question]]
ask = "can I park my car somewhere"
expect = ["parking"]
kind = "plain"

[[question]]
ask = "do you sell submarines"
expect = []
kind = "noise"
"#;

/// A folder with `faq/` in it.
fn practice(tests: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("faq")).unwrap();
    fs::write(dir.path().join("faq/visiting.toml"), VISITING).unwrap();
    fs::write(dir.path().join("faq/tests.toml"), tests).unwrap();
    dir
}

/// Standard output, standard error and exit status.
fn askwell(args: &[&str], dir: &Path) -> (String, String, Option<i32>) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

#[test]
fn without_arguments_it_asks_the_questions_of_the_folder() {
    let (out, err, status) = askwell(&["eval"], practice(TESTS).path());
    assert_eq!((err.as_str(), status), ("", Some(0)));
    assert!(out.starts_with("3 questions, 2 of them in scope"), "{out}");
    assert!(out.contains("\nplain "), "{out}");
    assert!(!out.contains('\x1b'), "{out}");
}

#[test]
fn a_misspelt_id_is_shown_in_its_line_with_what_was_meant() {
    let dir = practice(&TESTS.replace("\"parking\"", "\"parkin\""));
    for command in ["eval", "check"] {
        let (out, err, status) = askwell(&[command], dir.path());
        assert_eq!(status, Some(1));
        let text = out + &err;
        assert!(text.contains("tests.toml:9:11"), "{text}");
        assert!(text.contains("did you mean `parking`?"), "{text}");
    }
}

#[test]
fn questions_may_stand_elsewhere_as_tables_or_as_lines() {
    let dir = practice("");
    fs::write(dir.path().join("mine.toml"), TESTS).unwrap();
    fs::write(
        dir.path().join("mine.jsonl"),
        "{\"q\": \"when do you open\", \"expect\": [\"hours\"]}\n\n{\"q\": \"hm\"}\n",
    )
    .unwrap();
    let (out, ..) = askwell(&["eval", "mine.toml"], dir.path());
    assert!(out.starts_with("3 questions"), "{out}");
    let (out, ..) = askwell(&["eval", "mine.jsonl"], dir.path());
    assert!(out.starts_with("2 questions"), "{out}");
    let (_, err, status) = askwell(&["eval"], dir.path());
    assert_eq!(status, Some(1));
    assert!(
        err.contains("there are no questions in faq/tests.toml"),
        "{err}"
    );
}

#[test]
fn what_does_not_hold_on_the_day_is_neither_asked_nor_found() {
    let tests = format!("{TESTS}\n[[question]]\nask = 'open at easter'\nexpect = ['easter']\n");
    let dir = practice(&tests);
    let easter = "[[faq]]\nid = 'easter'\nquestion = 'Are you open at Easter?'\nanswer = 'No.'\nvalid_until = 2027-03-29\n";
    fs::write(dir.path().join("faq/easter.toml"), easter).unwrap();
    for (today, n_questions) in [("2027-03-29", "4 questions"), ("2027-03-30", "3 questions")] {
        let (out, err, status) = askwell(&["eval", "--today", today], dir.path());
        assert_eq!(status, Some(0), "{err}");
        assert!(out.starts_with(n_questions), "{today}: {out}");
        assert_eq!(
            err.contains("1 question left out"),
            n_questions == "3 questions"
        );
    }
}

#[test]
fn entries_that_are_confused_are_named() {
    let dir = practice(&TESTS.replace("[\"parking\"]", "[\"hours\"]"));
    let (out, ..) = askwell(&["eval"], dir.path());
    let pairs = "most confused, expected > found first\n   1  hours > parking\n";
    assert!(out.contains(pairs), "{out}");
    assert!(out.contains("expected: hours (place 2)"), "{out}");
    let (out, ..) = askwell(&["eval", "--json"], dir.path());
    let reports: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reports[0]["kind"], "all");
    assert_eq!(reports[0]["confused"][0]["found"], "parking");
    assert_eq!(reports[0]["figures"][2]["name"], "MRR@10");
}

#[test]
fn limits_set_the_exit_status() {
    let dir = practice(&TESTS.replace("[\"parking\"]", "[\"hours\"]"));
    let status = |args: &[&str]| askwell(args, dir.path()).2;
    assert_eq!(status(&["eval", "--min-recall", "0.5"]), Some(0));
    assert_eq!(status(&["eval", "--min-recall", "0.6"]), Some(1));
    assert_eq!(status(&["eval", "--max-wrong", "0.5"]), Some(0));
    assert_eq!(status(&["eval", "--max-wrong", "0.1"]), Some(1));
    for no_share in [
        "--max-wrong=50",
        "--min-recall=2",
        "--max-wrong=-1",
        "--min-recall=nan",
    ] {
        assert_eq!(status(&["eval", no_share]), Some(2), "{no_share}");
    }
}

#[test]
fn a_limit_that_nothing_was_measured_for_is_missed() {
    let dir = practice("[[question]]\nask = \"do you sell submarines\"\nexpect = []\n");
    let crisis_free = "{\"q\": \"when do you open\"}\n";
    fs::write(dir.path().join("ordinary.jsonl"), crisis_free).unwrap();
    for (args, named) in [
        (
            &["eval", "--min-recall", "0"][..],
            "--min-recall is missed by recall@1",
        ),
        (
            &["eval", "--safety", "ordinary.jsonl", "--min-recall", "1"],
            "--min-recall is missed by recall",
        ),
        (
            &[
                "eval",
                "--safety",
                "ordinary.jsonl",
                "--min-category-recall",
                "0",
            ],
            "--min-category-recall is missed by recall",
        ),
    ] {
        let (_, err, status) = askwell(args, dir.path());
        assert_eq!(status, Some(1), "{args:?}");
        assert!(err.contains(named), "{err}");
        assert!(err.contains("nothing to measure"), "{err}");
    }
}

#[test]
fn what_the_safety_figures_do_not_know_is_refused() {
    let dir = practice(TESTS);
    for option in [&["--max-wrong", "0"][..], &["--without-encoder"]] {
        let args = [&["eval", "--safety", "any.jsonl"], option].concat();
        let (_, err, status) = askwell(&args, dir.path());
        assert_eq!(status, Some(2), "{err}");
        assert!(err.contains(option[0]), "{err}");
    }
}
