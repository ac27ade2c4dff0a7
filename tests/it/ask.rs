//! `askwell ask` and `askwell` alone, as a person at a shell sees them.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

/// The content that comes along.
fn faq() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("faq")
}

fn askwell(arguments: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("askwell");
    command
        .args(arguments)
        .env_remove("TELOXIDE_TOKEN")
        .env_remove("TELOXIDE_TOKEN_FILE");
    command
}

fn ask(arguments: &[&str], faq: &Path, input: &str) -> (String, String, Option<i32>) {
    let output = askwell(&["ask", "--faq"])
        .arg(faq)
        .args(arguments)
        .write_stdin(input)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

fn json(question: &str) -> Value {
    let (out, _, status) = ask(&["--json", question], &faq(), "");
    assert_eq!(status, Some(0));
    serde_json::from_str(&out).unwrap()
}

/// Compares decision and best entry of a question to the shipped content.
#[track_caller]
fn check(question: &str, decision: &str, best: Option<&str>) {
    let row = json(question);
    assert_eq!(row["decision"], decision, "{row}");
    if let Some(best) = best {
        assert_eq!(row["answers"][0]["id"], best, "{row}");
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn a_question_gets_its_answer_with_the_link() {
    let (out, _, status) = ask(&["will", "my", "partner", "be", "blamed"], &faq(), "");
    assert_eq!(status, Some(0));
    assert!(
        out.starts_with("Will the therapist take sides or blame my partner?\n"),
        "{out}"
    );
    assert!(
        out.contains("Read the full article: Can Couples Therapy Help"),
        "{out}"
    );
    assert!(out.contains("#:~:text=What%20Couples%20Therapy"), "{out}");
}

#[test]
fn typos_and_other_words_find_it_too() {
    check("will my partner be blamed", "answer", Some("faq-blame"));
    check("will my parnter be balmed", "answer", Some("faq-blame"));
    check("WILL MY HUSBAND BE BLAMED???", "answer", Some("faq-blame"));
}

#[test]
fn nonsense_and_small_talk_get_no_answer() {
    for question in [
        "qwrtz plmk vbnm",
        "hello",
        "thank you",
        "🦆🦆🦆",
        "what are your fees",
    ] {
        check(question, "abstain", None);
    }
}

#[test]
fn danger_gets_the_crisis_text_alone() {
    check("i want to kill myself", "urgent", None);
    let (out, ..) = ask(
        &["i want to kill myself, will my partner be blamed"],
        &faq(),
        "",
    );
    assert!(
        out.starts_with("If you or someone else is in danger now, call:\n911"),
        "{out}"
    );
    assert!(!out.contains("therapist"), "{out}");
}

#[test]
fn the_json_form_is_a_contract() {
    let (out, ..) = ask(&["--json", "does it work online"], &faq(), "");
    assert_eq!(out.lines().count(), 1);
    let begin = "{\"question\":\"does it work online\",\"decision\":\"";
    assert!(out.starts_with(begin), "{out}");
    let row: Value = serde_json::from_str(&out).unwrap();
    let answers = row["answers"].as_array().unwrap();
    assert!((1..=5).contains(&answers.len()));
    for answer in answers {
        let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 5, "{answer}");
        for key in ["id", "kind", "title", "url"] {
            assert!(answer[key].is_string(), "{answer}");
        }
        assert!((0.0..=1.0).contains(&answer["score"].as_f64().unwrap()));
    }
    let place = |key| out.find(key).unwrap();
    assert!(place("\"id\"") < place("\"kind\"") && place("\"title\"") < place("\"score\""));
    assert!(place("\"score\"") < place("\"url\""));
}

#[test]
fn standard_input_gives_one_line_a_question_and_the_same_decisions() {
    let questions = [
        "will my partner be blamed",
        "",
        "does it work online",
        "qwrtz plmk",
    ];
    let (out, ..) = ask(&["--json"], &faq(), &(questions.join("\n") + "\n"));
    let rows: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), questions.len());
    for (row, question) in rows.iter().zip(questions) {
        assert_eq!(row["question"], question);
        if !question.is_empty() {
            assert_eq!(*row, json(question));
        }
    }
    let (out, ..) = ask(&[], &faq(), "will my partner be blamed\nhello\n");
    assert_eq!(out, "answer\tfaq-blame\nabstain\n");
}

#[test]
fn questions_alone_are_content() {
    let dir = folder(&[(
        "hours.toml",
        "[[faq]]\nid = \"hours\"\nquestion = \"When are you open?\"\nvariants = [\"opening hours\"]\nanswer = \"From **nine**.\"\n",
    )]);
    let (out, ..) = ask(&["--json", "when do you open"], dir.path(), "");
    let row: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(row["answers"][0]["id"], "hours", "{row}");
}

#[test]
fn broken_content_is_refused_with_file_and_line() {
    let dir = folder(&[(
        "hours.toml",
        "[[faq]]\nid = \"hours\"\nqestion = \"Open?\"\nanswer = \"Yes.\"\n",
    )]);
    let (out, err, status) = ask(&["open"], dir.path(), "");
    assert_eq!((out.as_str(), status), ("", Some(1)));
    assert!(
        err.contains("hours.toml:3:1") && err.contains("did you mean"),
        "{err}"
    );
}

#[test]
fn explain_names_signals_and_thresholds() {
    let (out, ..) = ask(&["--explain", "will my parnter be blamed"], &faq(), "");
    for words in [
        "threshold",
        "read “parnter” as “partner”",
        "questions 0.",
        "whole 0.",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
}

#[test]
fn without_token_and_terminal_it_says_why_and_exits_with_2() {
    let output = askwell(&[]).write_stdin("").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("TELOXIDE_TOKEN")
    );
    assert_eq!(
        askwell(&["ask", "--nonsense"])
            .output()
            .unwrap()
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn hostile_lines_are_only_text() {
    let long = "a".repeat(10_000);
    let words = "partner ".repeat(2_000);
    for text in [
        long.as_str(),
        &words,
        "\u{202e}\u{0}\u{feff}",
        "((((((((((",
        "İİİ ẞ",
    ] {
        let (out, _, status) = ask(&["--json"], &faq(), &format!("{text}\n"));
        assert_eq!((out.lines().count(), status), (1, Some(0)));
    }
    let output = askwell(&["ask", "--json", "--faq"])
        .arg(faq())
        .write_stdin(&b"\xff\xfe\n"[..])
        .output()
        .unwrap();
    assert!(output.status.success());
}

/// The recorded quality: a change that loses some of it has to say why.
#[test]
fn the_answers_stay_as_good_as_they_were() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for (file, recall, wrong) in [
        ("questions.jsonl", "0.72", "0.045"),
        ("fresh_questions.jsonl", "0.76", "0.055"),
    ] {
        let output = askwell(&[
            "eval",
            "--min-recall",
            recall,
            "--max-wrong",
            wrong,
            "--faq",
        ])
        .arg(faq())
        .arg(data.join(file))
        .output()
        .unwrap();
        assert!(
            output.status.success(),
            "{file}: {}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}
