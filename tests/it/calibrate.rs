//! `askwell calibrate` as somebody uses it who looks after the content.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A copy of the content that comes along.
struct Practice {
    dir: TempDir,
}

impl Practice {
    fn new() -> Self {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("faq");
        let practice = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(practice.file("")).unwrap();
        for name in ["bot.toml", "couples-therapy-one-partner.toml", "tests.toml"] {
            fs::copy(shipped.join(name), practice.file(name)).unwrap();
        }
        practice
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join("faq").join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// Standard output and exit status.
    fn askwell(&self, args: &[&str]) -> (String, Option<i32>) {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        (
            String::from_utf8(output.stdout).unwrap(),
            output.status.code(),
        )
    }
}

/// The value of a key of `bot.toml`.
fn value(text: &str, key: &str) -> f64 {
    let start = format!("{key} = ");
    let line = text.lines().find_map(|it| it.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no {key} in {text}"))
        .parse()
        .unwrap()
}

#[test]
fn it_writes_thresholds_and_leaves_all_else() {
    let practice = Practice::new();
    let before = practice.read("bot.toml");
    let (out, status) = practice.askwell(&["calibrate"]);
    assert_eq!(status, Some(0), "{out}");
    assert!(out.contains("Tried with 320 labelled questions"), "{out}");
    let after = practice.read("bot.toml");
    let is_ours = |line: &&str| {
        let line = line.trim_start_matches("# ");
        [
            "threshold = ",
            "clarify_threshold = ",
            "margin = ",
            "calibrated_on = ",
        ]
        .iter()
        .any(|it| line.starts_with(it))
    };
    let rest = |text: &str| {
        text.split_inclusive('\n')
            .filter(|it| !is_ours(it))
            .collect::<String>()
    };
    assert_eq!(rest(&after), rest(&before));
    assert!(value(&after, "clarify_threshold") < value(&after, "threshold"));

    let (again, _) = practice.askwell(&["calibrate", "--content", "faq"]);
    assert_eq!(practice.read("bot.toml"), after, "{again}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let practice = Practice::new();
    let before = practice.read("bot.toml");
    let (out, status) = practice.askwell(&["calibrate", "--dry-run"]);
    assert_eq!((practice.read("bot.toml"), status), (before, Some(0)));
    assert!(out.contains("get a wrong answer"), "{out}");
    assert!(
        out.ends_with("Nothing was written, because of --dry-run.\n"),
        "{out}"
    );
}

#[test]
fn a_smaller_budget_makes_the_bot_more_careful() {
    let practice = Practice::new();
    let mut thresholds = Vec::new();
    for budget in ["8", "2", "0.5"] {
        fs::write(
            practice.file("bot.toml"),
            format!("[matching]\nwrong_answer_budget_percent = {budget}\n"),
        )
        .unwrap();
        practice.askwell(&["calibrate"]);
        thresholds.push(value(&practice.read("bot.toml"), "threshold"));
    }
    assert!(
        thresholds.is_sorted() && thresholds[0] < thresholds[2],
        "{thresholds:?}"
    );
}

#[test]
fn without_questions_the_content_itself_is_enough() {
    let practice = Practice::new();
    fs::remove_file(practice.file("tests.toml")).unwrap();
    fs::remove_file(practice.file("bot.toml")).unwrap();
    let (out, status) = practice.askwell(&["calibrate"]);
    assert_eq!(status, Some(0), "{out}");
    assert!(
        out.contains("variants of the content, each while the content was without it"),
        "{out}"
    );
    let bot = practice.read("bot.toml");
    assert!(bot.starts_with("[matching]\nthreshold = "), "{bot}");
}

/// The promise of the budget, on questions that the thresholds were not fitted on.
#[test]
fn unseen_questions_are_seldom_answered_wrongly() {
    let fresh = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fresh_questions.jsonl");
    let fresh = fresh.to_str().unwrap();
    for (fitted_on, asked) in [("faq/tests.toml", fresh), (fresh, "faq/tests.toml")] {
        let practice = Practice::new();
        practice.askwell(&["calibrate", fitted_on]);
        let (out, status) =
            practice.askwell(&["eval", asked, "--max-wrong", "0.02", "--worst", "0"]);
        assert_eq!(status, Some(0), "fitted on {fitted_on}\n{out}");
    }
}

/// What `askwell init` leaves is too little to learn from.
#[test]
fn a_new_folder_is_not_made_less_careful() {
    let desk = tempfile::tempdir().unwrap();
    let askwell = |args: &[&str]| {
        Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
            .args(args)
            .current_dir(desk.path())
            .env_clear()
            .output()
            .unwrap()
    };
    assert!(askwell(&["init", "--name", "Mill"]).status.success());
    for args in [&["calibrate"][..], &["calibrate", "--from-content"]] {
        let output = askwell(args);
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{out}");
        assert!(out.contains("the strictest thresholds"), "{out}");
        let bot = fs::read_to_string(desk.path().join("faq/bot.toml")).unwrap();
        assert!(value(&bot, "threshold") >= 0.9, "{out}");
        assert!(value(&bot, "clarify_threshold") >= 0.45, "{out}");
    }
}

#[test]
fn without_anything_to_try_nothing_is_written() {
    let desk = tempfile::tempdir().unwrap();
    let faq = "[[faq]]\nid = 'hours'\nquestion = 'When are you open?'\nanswer = 'From nine.'\n";
    fs::create_dir(desk.path().join("faq")).unwrap();
    fs::write(desk.path().join("faq/a.toml"), faq).unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
        .arg("calibrate")
        .current_dir(desk.path())
        .env_clear()
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("nothing to calibrate on"), "{error}");
    assert!(!desk.path().join("faq/bot.toml").exists());
}
