//! `askwell diff`: what an edit of the content changes for people.

use std::fs;
use std::path::Path;
use std::process::Command;

const OLD: &str = r#"[[faq]]
id = "fees"
question = "What does a session cost?"
answer = "80 pounds."
variants = ["price of a session", "how much do you charge"]

[[faq]]
id = "hours"
question = "When are you open?"
answer = "From nine."
variants = ["opening hours", "are you open on saturday"]
"#;

const TESTS: &str = r#"[[question]]
ask = "what is the price of one session"
expect = ["fees"]

[[question]]
ask = "opening hours please"
expect = ["hours"]

[[question]]
ask = "where can I leave my bicycle"
expect = ["parking"]

[[question]]
ask = "are you open on saturday | sunday"
expect = ["hours"]
"#;

fn run(dir: &Path, program: &str, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(program)
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
    )
}

fn diff(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    run(
        dir,
        assert_cmd::cargo::cargo_bin!("askwell").to_str().unwrap(),
        &[&["diff"], args].concat(),
    )
}

/// A folder `old` and a folder `new`, where an entry is gone and another is there.
fn two_states() -> tempfile::TempDir {
    let desk = tempfile::tempdir().unwrap();
    let new = OLD
        .replace("id = \"hours\"", "id = \"parking\"")
        .replace("When are you open?", "Where can I leave my bicycle?")
        .replace("opening hours", "bicycle stand")
        .replace("are you open on saturday", "park a car");
    for (name, text) in [("old", OLD), ("new", &new)] {
        fs::create_dir(desk.path().join(name)).unwrap();
        fs::write(desk.path().join(name).join("faq.toml"), text).unwrap();
        fs::write(desk.path().join(name).join("tests.toml"), TESTS).unwrap();
    }
    desk
}

#[test]
fn only_questions_with_another_outcome_are_shown() {
    let desk = two_states();
    let (status, text) = diff(desk.path(), &["old", "new"]);
    assert_eq!(status, Some(1));
    assert!(text.contains("gained   “where can I leave my bicycle”\n         before: no answer\n         now:    parking\n"), "{text}");
    assert!(text.contains("lost     “opening hours please”\n         before: hours\n         now:    no answer (not expected)\n"), "{text}");
    assert!(!text.contains("price of one session"), "{text}");
    assert!(
        text.ends_with("3 of 4 questions with another outcome: 1 gained, 2 lost\n"),
        "{text}"
    );
}

#[test]
fn the_same_content_changes_nothing() {
    let desk = two_states();
    assert_eq!(
        diff(desk.path(), &["new", "new"]),
        (Some(0), "4 questions: no outcome changes\n".into())
    );
}

#[test]
fn a_pull_request_gets_a_table() {
    let desk = two_states();
    let (_, text) = diff(desk.path(), &["old", "new", "--format", "markdown"]);
    assert!(text.starts_with("**3 of 4 questions with another outcome: 1 gained, 2 lost**\n\n| change | question | before | now |\n|---|---|---|---|\n"), "{text}");
    assert!(
        text.contains(
            "| lost | are you open on saturday \\| sunday | hours | no answer (not expected) |\n"
        ),
        "{text}"
    );
}

#[test]
fn an_entry_that_takes_the_question_of_another_is_a_swap() {
    let desk = two_states();
    fs::write(
        desk.path().join("new/faq.toml"),
        OLD.replace("\"hours\"", "\"times\""),
    )
    .unwrap();
    let (status, text) = diff(desk.path(), &["old", "new"]);
    assert_eq!(status, Some(1));
    assert!(text.contains("swapped  “opening hours please”\n         before: hours\n         now:    times (not expected)\n"), "{text}");
}

#[test]
fn git_revisions_are_content_too() {
    let desk = two_states();
    let git = |args: &[&str]| {
        let identity = [
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b.c",
            "-c",
            "init.defaultBranch=main",
        ];
        let (status, text) = run(desk.path(), "git", &[&identity, args].concat());
        assert_eq!(status, Some(0), "{text}");
    };
    git(&["init", "-q"]);
    fs::rename(desk.path().join("old"), desk.path().join("faq")).unwrap();
    git(&["add", "faq"]);
    git(&["commit", "-qm", "old"]);
    fs::copy(
        desk.path().join("new/faq.toml"),
        desk.path().join("faq/faq.toml"),
    )
    .unwrap();
    git(&["commit", "-qam", "new"]);
    let expected = "3 of 4 questions with another outcome: 1 gained, 2 lost\n";
    for args in [["HEAD~1", "HEAD"], ["HEAD~1", "faq"]] {
        let (status, text) = diff(desk.path(), &args);
        assert_eq!(status, Some(1));
        assert!(text.ends_with(expected), "{text}");
    }
    let (status, text) = diff(desk.path(), &["nowhere", "HEAD"]);
    assert_eq!(status, Some(1));
    assert!(
        text.contains("nowhere is neither a folder nor a git revision that holds faq/"),
        "{text}"
    );
}

#[test]
fn without_questions_there_is_nothing_to_compare() {
    let desk = two_states();
    for name in ["old", "new"] {
        fs::remove_file(desk.path().join(name).join("tests.toml")).unwrap();
    }
    let (status, text) = diff(desk.path(), &["old", "new"]);
    assert_eq!(status, Some(1));
    assert!(text.contains("give some with --questions FILE"), "{text}");
    fs::write(
        desk.path().join("own.jsonl"),
        "{\"q\": \"opening hours please\", \"expect\": [\"hours\"]}\n",
    )
    .unwrap();
    assert!(
        diff(desk.path(), &["old", "new", "--questions", "own.jsonl"])
            .1
            .contains("1 lost")
    );
    fs::write(desk.path().join("new/faq.toml"), "[[faq]]\nid = \"a\"\n").unwrap();
    let (status, text) = diff(desk.path(), &["old", "new", "--questions", "own.jsonl"]);
    assert_eq!(status, Some(1));
    assert!(
        text.contains("new cannot be asked, since it holds errors")
            && text.contains("new/faq.toml:1:1"),
        "{text}"
    );
}
