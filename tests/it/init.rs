//! From nothing to a first right answer: init, check, ask, eval, and a first edit.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs a command and gives its exit status and what it printed.
fn askwell(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[track_caller]
fn fine(dir: &Path, args: &[&str]) -> String {
    let (status, text) = askwell(dir, args);
    assert_eq!(status, Some(0), "{args:?}: {text}");
    text
}

#[test]
fn a_newcomer_gets_from_nothing_to_a_right_answer() {
    let desk = tempfile::tempdir().unwrap();
    let dir = desk.path();
    let flags = [
        "--name",
        "Mill Practice",
        "--site",
        "https://mill.uk",
        "--country",
        "GB",
        "--contact",
        "desk@mill.uk",
    ];
    let out = fine(dir, &[&["init"][..], &flags].concat());
    assert!(out.contains("askwell check faq"), "{out}");
    // What is left is for a person to do.
    let checked = fine(dir, &["check"]);
    assert!(checked.contains("warning[not-verified]"), "{checked}");
    assert!(checked.ends_with("1 warning in 1 file\n"), "{checked}");
    let answer = fine(dir, &["ask", "could I please have an appointment"]);
    assert!(
        answer.starts_with("How do I book a first session?") && answer.contains("desk@mill.uk"),
        "{answer}"
    );
    assert!(
        fine(dir, &["ask", "--json", "what is your phone number"])
            .contains("\"decision\":\"answer\",\"answers\":[{\"id\":\"contact\"")
    );
    assert!(
        fine(dir, &["eval", "--min-recall", "1", "--max-wrong", "0"])
            .contains("4 questions, 3 of them in scope")
    );

    // The first edit: an entry that waits in the file as a comment.
    let path = dir.join("faq/first-questions.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, fees) = text.split_once("# [[faq]]\n# id = \"fees\"").unwrap();
    let (fees, after) = fees.split_once("\n\n").unwrap();
    let fees = fees
        .replace("\n# ", "\n")
        .replace("**...**", "**80 pounds**");
    fs::write(
        &path,
        format!("{before}[[faq]]\nid = \"fees\"{fees}\n\n{after}"),
    )
    .unwrap();
    assert!(fine(dir, &["check"]).ends_with("1 warning in 1 file\n"));
    assert!(fine(dir, &["ask", "how much do you charge for it"]).contains("80 pounds"));
}

#[test]
fn nothing_is_overwritten() {
    let desk = tempfile::tempdir().unwrap();
    fs::create_dir(desk.path().join("faq")).unwrap();
    fs::write(desk.path().join("faq/own.toml"), "# mine").unwrap();
    let (status, text) = askwell(desk.path(), &["init", "--name", "Mill"]);
    assert_eq!(status, Some(1));
    assert!(text.contains("faq holds content already"), "{text}");
    // Helplines that somebody signed, before there is anything else.
    let signed = desk.path().join("signed/safety/helplines.toml");
    fs::create_dir_all(signed.parent().unwrap()).unwrap();
    fs::write(&signed, "# signed").unwrap();
    let (status, text) = askwell(desk.path(), &["init", "signed", "--name", "Mill"]);
    assert_eq!(status, Some(1));
    assert!(
        text.contains("signed/safety/helplines.toml is there already"),
        "{text}"
    );
    assert_eq!(fs::read_to_string(&signed).unwrap(), "# signed");
    assert!(!desk.path().join("signed/bot.toml").exists());
    fine(desk.path(), &["init", "other", "--name", "Mill"]);
    for folder in [vec!["other"], vec!["--faq", "other"]] {
        let checked = fine(desk.path(), &[vec!["check"], folder].concat());
        assert!(checked.contains("only a placeholder"));
    }
}

#[test]
fn what_ends_halfway_leaves_nothing_behind() {
    let desk = tempfile::tempdir().unwrap();
    fs::create_dir(desk.path().join("faq")).unwrap();
    fs::write(desk.path().join("faq/safety"), "a file").unwrap();
    let (status, text) = askwell(desk.path(), &["init", "--name", "Mill"]);
    assert_eq!(status, Some(1));
    assert!(text.contains("faq/safety"), "{text}");
    assert_eq!(fs::read_dir(desk.path().join("faq")).unwrap().count(), 1);
    // Nor a folder of its own.
    let (status, _) = askwell(desk.path(), &["init", "faq/safety/x", "--name", "Mill"]);
    assert_eq!(status, Some(1));
    fine(desk.path(), &["init", "a/b/faq", "--name", "Mill"]);
    fine(desk.path(), &["check", "a/b/faq"]);
}

#[test]
fn without_a_terminal_the_flags_must_say_it() {
    let desk = tempfile::tempdir().unwrap();
    for (args, part) in [
        (&["init"][..], "give at least --name"),
        (
            &["init", "--name", "M", "--site", "nowhere"],
            "nowhere is no web address",
        ),
        (
            &["init", "--name", "M", "--country", "XX"],
            "no crisis text for XX",
        ),
    ] {
        let (status, text) = askwell(desk.path(), args);
        assert_eq!(status, Some(1));
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(fs::read_dir(desk.path()).unwrap().count(), 0);
}

#[test]
fn the_example_in_the_guide_is_content_without_a_problem() {
    let desk = tempfile::tempdir().unwrap();
    let guide = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/faq/README.md")).unwrap();
    let example = guide
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    fs::create_dir(desk.path().join("faq")).unwrap();
    fs::write(desk.path().join("faq/cancelling.toml"), example).unwrap();
    fs::write(desk.path().join("faq/README.md"), &guide).unwrap();
    let out = fine(desk.path(), &["check", "--engine", "--notes"]);
    assert_eq!(out, "faq: 1 entry in 1 file, no problems\n");
    assert!(
        fine(desk.path(), &["ask", "do I pay if I miss my session"]).contains("two days before")
    );
}
