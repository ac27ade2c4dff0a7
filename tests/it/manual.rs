//! What an operator looks up: schema, settings, completions, manual.

use std::path::Path;
use std::process::{Command, Output};

fn askwell(args: &[&str], variables: &[(&str, &str)]) -> Output {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[track_caller]
fn text(args: &[&str]) -> String {
    let output = askwell(args, &[]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_file_has_a_schema() {
    for (args, part) in [
        (&["schema"][..], "\"heading\""),
        (&["schema", "bot"], "\"clarify_threshold\""),
        (&["schema", "tests"], "\"expect\""),
    ] {
        let schema: serde_json::Value = serde_json::from_str(&text(args)).unwrap();
        assert!(schema.to_string().contains(part), "{schema}");
    }
}

#[test]
fn settings_are_shown_with_their_source_and_without_secrets() {
    let output = askwell(
        &["config", "show"],
        &[
            ("TELOXIDE_TOKEN", "123456:AAF7g0gYncWnm5"),
            ("ASKWELL_LOG", "warn"),
        ],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |name: &str| {
        text.lines()
            .find(|it| it.split(' ').next() == Some(name))
            .unwrap_or_else(|| panic!("{name}: {text}"))
    };
    assert!(!text.contains("AAF7g0gYncWnm5"));
    assert!(
        line("TELOXIDE_TOKEN").contains("***") && line("TELOXIDE_TOKEN").ends_with("environment")
    );
    assert!(line("ASKWELL_LOG").contains("warn"));
    assert!(line("privacy_url").contains("https://"));
    assert!(line("TELOXIDE_API_URL").ends_with("default"));
    assert!(line("name").contains("Askwell") && line("name").contains("faq/bot.toml:"));
    assert!(
        line("matching.synonyms").contains("groups")
            && line("matching.synonyms").contains("faq/bot.toml:")
    );
    assert!(line("matching.threshold").ends_with("default"));
    assert!(
        line("wording.abstain").contains("I have no answer to that.")
            && line("wording.abstain").ends_with("default")
    );
}

#[cfg(feature = "workshop")]
#[test]
fn shells_and_manual_know_every_command() {
    let help = text(&["--help"]);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter_map(|it| it.strip_prefix("  ")?.split(' ').next())
        .filter(|it| !it.is_empty() && *it != "help")
        .collect();
    assert!(commands.len() > 10, "{help}");
    let script = text(&["completions", "bash"]);
    let dir = tempfile::tempdir().unwrap();
    text(&["man", "--out", dir.path().to_str().unwrap()]);
    for command in commands {
        assert!(script.contains(&format!("askwell,{command})")), "{command}");
        assert!(
            dir.path().join(format!("askwell-{command}.1")).exists(),
            "{command}"
        );
    }
    assert!(text(&["man"]).contains(".TH askwell 1"));
}

#[cfg(feature = "workshop")]
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    use std::process::Stdio;
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
        .args(["completions", "zsh"])
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Before the script is made.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.as_str()), (Some(0), ""));
}
