//! `askwell ask` and `askwell` alone, as a person at a shell sees them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

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
        // No encoder that happens to be installed.
        .env("ASKWELL_DATA", env!("CARGO_TARGET_TMPDIR"))
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
fn explain_names_the_rule_of_the_crisis_screen() {
    let (out, ..) = ask(&["--explain", "he strangled me last night"], &faq(), "");
    assert!(
        out.contains("screen: urgent, violence: rule `") && out.contains("violence.toml line "),
        "{out}"
    );
    let learned = [
        "i have been giving my things away this week",
        "i keep walking to the bridge at night and looking down, one day i might not come home",
    ];
    for text in learned {
        let (out, ..) = ask(&["--explain", text], &faq(), "");
        assert!(
            out.contains("screen: urgent, suicide: learned, probability ")
                && out.contains("resting most on “"),
            "{out}"
        );
    }
}

#[test]
fn explain_names_signals_and_thresholds() {
    let (out, ..) = ask(&["--explain", "will my parnter be blamed"], &faq(), "");
    for words in [
        "threshold",
        "read “parnter” as “partner”",
        "lexical 0.",
        "topic 0.",
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

#[test]
fn a_row_holds_these_keys_in_this_order_and_nothing_else() {
    for question in [
        "will my partner be blamed",
        "he wont come",
        "qwrtz plmk vbnm",
        "i want to kill myself",
        "she said \"no\" 🙂",
    ] {
        let (out, err, _) = ask(&["--json", question], &faq(), "");
        let row: Value = serde_json::from_str(&out).unwrap();
        let answers: Vec<String> = row["answers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                format!(
                    r#"{{"id":{},"kind":{},"title":{},"score":{},"url":{}}}"#,
                    it["id"], it["kind"], it["title"], it["score"], it["url"]
                )
            })
            .collect();
        let expected = format!(
            "{{\"question\":{},\"decision\":{},\"answers\":[{}]}}\n",
            Value::from(question),
            row["decision"],
            answers.join(",")
        );
        assert_eq!((out, err.as_str()), (expected, ""));
    }
}

#[test]
fn the_account_of_a_row_stands_beside_it_on_standard_error() {
    let question = "will my partner be blamed";
    let (plain, ..) = ask(&["--json", question], &faq(), "");
    let (out, err, _) = ask(&["--json", "--explain", question], &faq(), "");
    assert_eq!(out, plain);
    assert!(err.contains("threshold"), "{err}");
}

#[test]
fn the_crisis_text_names_no_entry() {
    let (out, ..) = ask(&["i want to kill myself"], &faq(), "");
    for words in ["Read the full article", "example.org", "You could ask next"] {
        assert!(!out.contains(words), "{out}");
    }
    let (out, ..) = ask(&[], &faq(), "i want to kill myself\n");
    assert_eq!(out, "urgent\n");
}

#[test]
fn wrong_usage_exits_with_2_and_prints_no_result() {
    for arguments in [
        &["ask", "--jsno", "x"][..],
        &["ask", "--faq"],
        &["answer"],
        &["chat", "more"],
    ] {
        let output = askwell(arguments).write_stdin("").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_comes_with_an_example() {
    for command in ["run", "chat", "ask", "check", "eval"] {
        let output = askwell(&[command, "--help"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}");
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Example"), "{help}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_a_failure() {
    let dir = folder(&[]);
    for missing in [dir.path().join("nowhere"), dir.path().to_owned()] {
        let (out, err, status) = ask(&["--json", "hello"], &missing, "");
        assert_eq!((out.as_str(), status), ("", Some(1)));
        assert!(!err.is_empty());
    }
}

#[test]
fn every_problem_of_broken_content_is_told_before_anything_is_answered() {
    let dir = folder(&[
        (
            "a.toml",
            "[[faq]]\nid = \"a\"\nquestion = \"A?\"\nanswer = \n",
        ),
        (
            "b.toml",
            "[[faq]]\nid = \"b c\"\nquestion = \"B?\"\nanswer = \"B.\"\n",
        ),
    ]);
    let (out, err, status) = ask(&["--json"], dir.path(), "a\nb\n");
    assert_eq!((out.as_str(), status), ("", Some(1)));
    assert!(err.contains("a.toml:4:"), "{err}");
    assert!(err.contains("b.toml:2:"), "{err}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
        .args(["ask", "--json", "--faq"])
        .arg(faq())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    // It may be gone after the first line.
    let _ = input.write_all("will my partner be blamed\n".repeat(50).as_bytes());
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn no_color_wins_over_everything() {
    let escapes = |variables: &[(&str, &str)]| {
        let output = askwell(&["ask", "--explain", "--faq"])
            .arg(faq())
            .arg("will my partner be blamed")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\x1b')
    };
    assert!(!escapes(&[]));
    assert!(escapes(&[("CLICOLOR_FORCE", "1")]));
    assert!(!escapes(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn a_last_line_without_an_end_is_a_question_too() {
    let (out, ..) = ask(&[], &faq(), "hello\r\nwill my partner be blamed");
    assert_eq!(out, "abstain\nanswer\tfaq-blame\n");
}

/// The recorded quality: a change that loses some of it has to say why.
#[test]
fn the_answers_stay_as_good_as_they_were() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, recall, wrong) in [
        ("faq/tests.toml", "0.92", "0.01"),
        ("tests/data/fresh_questions.jsonl", "0.92", "0.01"),
        ("tests/data/fourth_questions.jsonl", "0.85", "0.015"),
        ("tests/data/sixth_questions.jsonl", "0.86", "0.025"),
        // Of the engine nothing but the thresholds was fitted to these two, and nothing to the last two.
        ("tests/data/seventh_questions.jsonl", "0.87", "0.015"),
        ("tests/data/eighth_questions.jsonl", "0.88", "0.025"),
        ("tests/data/ninth_questions.jsonl", "0.95", "0.025"),
        ("tests/data/tenth_questions.jsonl", "0.9", "0.02"),
        // Stories of 40 to 180 words with a question in them, or none.
        ("tests/data/long_questions.jsonl", "0.69", "0.045"),
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
        .arg(root.join(file))
        .output()
        .unwrap();
        assert!(
            output.status.success(),
            "{file}: {}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[test]
fn an_entry_is_answered_on_its_days_only() {
    let faq = folder(&[(
        "a.toml",
        "[[faq]]\nid = 'easter'\nquestion = 'Are you open at Easter?'\nanswer = 'No.'\n\
         valid_from = 2027-03-26\nvalid_until = 2027-03-29\n\
         [[faq]]\nid = 'parking'\nquestion = 'Where can I leave my car?'\nanswer = 'In the yard.'\nrelated = ['easter']\n\
         [[faq]]\nid = 'towels'\nquestion = 'Do you lend towels?'\nanswer = 'Yes.'\n",
    )]);
    for (today, easter) in [
        ("2027-03-25", "abstain"),
        ("2027-03-26", "answer\teaster"),
        ("2027-03-29", "answer\teaster"),
        ("2027-03-30", "abstain"),
    ] {
        let questions = "are you open at easter\nwhere can I leave my car\n";
        let (out, ..) = ask(&["--today", today], faq.path(), questions);
        assert_eq!(out, format!("{easter}\nanswer\tparking\n"), "{today}");
        let (out, ..) = ask(
            &["--today", today, "where can I leave my car"],
            faq.path(),
            "",
        );
        let is_offered = out.contains("Are you open at Easter?");
        assert_eq!(is_offered, easter.contains("easter"), "{today}: {out}");
    }
    let (_, error, status) = ask(&["--today", "26.3.2027", "x"], faq.path(), "");
    assert_eq!(status, Some(2));
    assert!(error.contains("not a day as \"2026-11-23\""), "{error}");
}
