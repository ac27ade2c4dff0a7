//! `askwell chat` over a pipe: the conversation as text.

use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;

/// What the chat prints for some lines, without the first greeting.
fn chat(lines: &[&str]) -> String {
    let faq = Path::new(env!("CARGO_MANIFEST_DIR")).join("faq");
    let output = cargo_bin_cmd!("askwell")
        .args(["chat", "--faq"])
        .arg(faq)
        // No encoder that happens to be installed.
        .env("ASKWELL_DATA", env!("CARGO_TARGET_TMPDIR"))
        .write_stdin(lines.join("\n") + "\n")
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_begins_with_what_it_is_and_three_examples() {
    insta::assert_snapshot!(chat(&["/quit"]));
}

#[test]
fn a_typed_number_is_a_pressed_button() {
    let chosen = chat(&["/start", "2"]);
    assert!(chosen.contains("No, an ethical therapist"), "{chosen}");
    let named = chat(&["/start", "the second one"]);
    assert_eq!(named, chosen);
}

#[test]
fn a_doubtful_question_is_asked_back_and_can_be_declined() {
    let asked = chat(&["he wont come", "none"]);
    assert!(
        asked.contains("Did you mean:") && asked.contains("4. None of these"),
        "{asked}"
    );
    assert!(asked.contains("Then I have no answer to that."), "{asked}");
}

#[test]
fn topics_hold_every_entry_on_pages() {
    let topics = chat(&["/topics", "9", "1"]);
    assert!(
        topics.contains("9. More") && topics.contains("7. Back"),
        "{topics}"
    );
}

#[test]
fn why_explains_the_last_answer() {
    assert!(chat(&["/why"]).contains("Ask something first."));
    let why = chat(&["will my parnter be blamed", "/why"]);
    assert!(why.contains("answer: the best score"), "{why}");
    assert!(why.contains("read “parnter” as “partner”"), "{why}");
    assert!(why.contains("(lexical "), "{why}");
}

#[test]
fn why_knows_what_a_follow_up_leaned_on() {
    let scores = |lines: &[&str]| -> Vec<String> {
        let said = chat(lines);
        let scored = said.lines().filter(|it| it.contains(" + topic "));
        scored.map(str::to_owned).collect()
    };
    let alone = scores(&["how long does that take", "/why"]);
    let after = scores(&[
        "will my partner be blamed",
        "how long does that take",
        "/why",
    ]);
    assert!(!alone.is_empty());
    assert_ne!(alone, after);
}

#[test]
fn danger_comes_first_and_the_question_after_it_at_the_persons_wish() {
    let said = chat(&["i want to die, does online therapy work", "1"]);
    let (crisis, after) = said.split_once("I meant something else").unwrap();
    assert!(crisis.contains("988"), "{crisis}");
    assert!(
        after.contains("online") || after.contains("Online"),
        "{after}"
    );
    assert!(chat(&["/urgent"]).contains("988"));
}

#[test]
fn nothing_typed_breaks_it() {
    let long = "why ".repeat(3_000);
    let said = chat(&[
        "",
        "   ",
        "/",
        "/nonsense",
        "🙃",
        &long,
        "99",
        "/start no-such-id",
        "/start faq-blame",
    ]);
    assert!(said.contains("I do not know that command."), "{said}");
    assert!(said.contains("That entry is no longer here."), "{said}");
    assert!(
        said.ends_with("First\n\n") || said.contains("No, an ethical therapist"),
        "{said}"
    );
}

/// The text behind a number, as the last reply lists it.
fn listed(said: &str, number: usize) -> String {
    let start = format!("{number}. ");
    said.lines()
        .rev()
        .find_map(|line| line.strip_prefix(&start))
        .unwrap_or_else(|| panic!("no {start} in {said}"))
        .to_owned()
}

#[test]
fn a_number_opens_that_choice_of_a_doubtful_question() {
    let asked = chat(&["he wont come"]);
    for (number, words) in [(1, "1"), (1, "the first"), (2, "2"), (2, "second")] {
        let opened = chat(&["he wont come", words]);
        let opened = opened.strip_prefix(&asked).unwrap();
        let title = listed(&asked, number);
        assert_eq!(opened.trim_start().lines().next(), Some(title.as_str()));
        assert!(opened.contains("Read the full article"), "{opened}");
    }
}

#[test]
fn nothing_is_said_after_quit_and_an_end_of_input_is_quit() {
    assert_eq!(chat(&["/quit", "will my partner be blamed"]), chat(&[]));
    assert_eq!(chat(&["/topics", "/exit", "/topics"]), chat(&["/topics"]));
}

#[test]
fn letters_that_steer_a_terminal_are_not_passed_on() {
    let said = chat(&["\x1b[2J\x1b]0;mine\x07", "prtner\x1b[31m", "/why"]);
    assert!(!said.contains('\x1b') && !said.contains('\x07'), "{said:?}");
}

#[test]
fn emoji_empty_lines_and_very_long_ones_get_a_reply() {
    let emoji = "🏳️‍🌈".repeat(2_500);
    let word = "x".repeat(10_000);
    for text in ["🙃", "👩‍👩‍👧", emoji.as_str(), &word] {
        let said = chat(&["", text, "\t", "/why"]);
        assert!(said.contains("I have no answer to that."), "{said}");
        assert!(said.contains("abstain"), "{said}");
    }
}

/// As a terminal in another encoding sends it.
#[test]
fn a_byte_that_is_no_letter_does_not_end_the_chat() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    let faq = Path::new(env!("CARGO_MANIFEST_DIR")).join("faq");
    let askwell = assert_cmd::cargo::cargo_bin!("askwell");
    let chat = format!("{} chat --faq {}", askwell.display(), faq.display());
    // It makes a terminal of its input.
    let mut terminal = Command::new("script")
        .args(["-qec", &chat, "/dev/null"])
        .env("ASKWELL_DATA", env!("CARGO_TARGET_TMPDIR"))
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = terminal.stdin.take().unwrap();
    let mut screen = terminal.stdout.take().unwrap();
    keys.write_all(b"\xff\n").unwrap();
    let (mut shown, mut part) = (Vec::new(), [0; 1024]);
    let has = |shown: &[u8], words: &str| String::from_utf8_lossy(shown).contains(words);
    while !has(&shown, "please type it again") {
        let n = screen.read(&mut part).unwrap();
        assert!(n > 0, "it ended: {}", String::from_utf8_lossy(&shown));
        shown.extend(&part[..n]);
    }
    // By itself: what is typed ahead of a line is lost.
    keys.write_all(b"/quit\n").unwrap();
    screen.read_to_end(&mut shown).unwrap();
    assert!(terminal.wait().unwrap().success());
}
