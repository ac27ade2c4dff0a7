//! `askwell check` as an editor of the content uses it.

use std::fmt::Write as _;
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

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join("faq").join(name)).unwrap()
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
    outcome.has(0, "warning[few-variants]: this entry has only 3 variants");
    outcome.has(0, "1 warning in 1 file");
}

#[test]
fn thresholds_that_no_longer_fit_are_noticed() {
    let practice = Practice::new(&[("visiting.toml", FINE)]);
    let calibrate = |args: &[&str]| askwell("calibrate", practice.dir.path(), args);
    // Three entries are too few to be sure, which is no matter here.
    calibrate(&[]).has(1, "Written into faq/bot.toml.");
    practice.check(&[]).has(0, "no problems");
    practice.save(
        "visiting.toml",
        &FINE.replace("From nine to five.", "From ten to six."),
    );
    let outcome = practice.check(&[]);
    outcome.has(
        0,
        "warning[stale-thresholds]: the thresholds were fitted on other content",
    );
    outcome.has(0, "run `askwell calibrate`");
    calibrate(&[]).has(1, "Written into");
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
    for args in [&["--deny", "everything"][..], &["--mend"], &["faq", "more"]] {
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
fn the_content_that_comes_along_only_needs_real_addresses_and_a_signature() {
    let outcome = check(
        Path::new(env!("CARGO_MANIFEST_DIR")),
        &["faq", "--today", "2026-11-24"],
    );
    assert_eq!(outcome.status, Some(0), "{}", outcome.out);
    let problems = || {
        outcome
            .out
            .lines()
            .filter(|line| line.starts_with("error") || line.starts_with("warning"))
    };
    assert!(
        problems().all(|line| line.contains("placeholder") || line.contains("[not-verified]")),
        "{}",
        outcome.out
    );
}

const PRICES: &str = r#"
[article]
id = "fees"
title = "What it costs"
url = "practice.uk/fees"
summary = "All prices of the practice hold from January until the end of the year."
variants = ["fees", "fees", "price list"]
reviewed = 2025-01-31
language = "english"

[[faq]]
id = "single"
question = "What does a single session cost?"
answer = "A session takes fifty minutes and costs 80 pounds, payable by card on the day itself."
variants = ["price of one session", "cost for me alone"] # keep
related = ["single", "couple"]

[[faq]]
id = "couple"
question = "What does a session for two cost?"
answer = "A session takes fifty minutes and costs 110 pounds, payable by card on the day itself."
variants = ["price for couples", "cost for both of us"]
"#;

#[test]
fn what_can_be_mended_is_and_every_other_byte_stays() {
    let practice = Practice::new(&[("prices.toml", PRICES)]);
    practice.check(&[]).has(1, "error[bad-link]");
    let outcome = practice.check(&["--fix", "--today", "2025-02-01"]);
    assert_eq!(outcome.err, "Mended 4 findings.\n", "{}", outcome.out);
    assert_eq!(outcome.status, Some(0));
    let mended = PRICES
        .replace("\"practice.uk/fees\"", "\"https://practice.uk/fees\"")
        .replace("\"fees\", \"fees\"", "\"fees\"")
        .replace("\"english\"", "\"en\"")
        .replace("[\"single\", \"couple\"]", "[\"couple\"]");
    assert_eq!(practice.read("prices.toml"), mended);
    assert_eq!(practice.check(&["--fix"]).err, "Mended 0 findings.\n");
    assert_eq!(practice.read("prices.toml"), mended);
}

#[test]
fn answers_that_nearly_agree_are_shown_with_what_differs() {
    let practice = Practice::new(&[("prices.toml", PRICES)]);
    practice.check(&["--fix"]);
    let outcome = practice.check(&["--today", "2025-02-01"]);
    outcome.has(0, "warning[answers-differ]");
    outcome.has(0, "only here: 110");
    outcome.has(0, "only here: 80");
}

#[test]
fn what_is_allowed_is_quiet_and_what_is_allowed_for_nothing_is_not() {
    let allowed = PRICES
        .replace(
            "id = \"couple\"",
            "id = \"couple\"\nallow = [\"answers-differ: two people, two prices\"]",
        )
        .replace("\"price list\"]", "\"price list\", \"tariffs\", \"rates\"]")
        .replace("alone\"]", "alone\", \"fee for one\", \"one person\"]")
        .replace(
            "both of us\"]",
            "both of us\", \"fee for two\", \"two people\"]",
        );
    let practice = Practice::new(&[("prices.toml", &allowed)]);
    practice.check(&["--fix"]);
    practice
        .check(&["--today", "2025-02-01"])
        .has(0, "3 entries in 1 article, no problems");
    let allowed = allowed.replace("\"english\"", "\"en\"");
    let unused = allowed.replace(
        "payable by card on the day itself.\"\nvariants = [\"price for",
        "in cash.\"\nvariants = [\"price for",
    );
    practice.save(
        "prices.toml",
        &unused.replace("practice.uk", "https://practice.uk"),
    );
    practice
        .check(&["--today", "2025-02-01"])
        .has(0, "`answers-differ` does not happen here");
    let odd = allowed
        .replace("answers-differ: two people, two prices", "answers-differ")
        .replace(
            "\"answers-differ\"",
            "\"answers-differ\", \"answer-differs: x\", \"taken-as-crisis: y\"",
        );
    practice.save(
        "prices.toml",
        &odd.replace("\"practice.uk", "\"https://practice.uk"),
    );
    let outcome = practice.check(&["--today", "2025-02-01"]);
    outcome.has(1, "no finding has the code `answer-differs`");
    outcome.has(1, "this says what is allowed, but not why");
    // The engine was not asked, so nobody knows what it would say.
    assert!(
        !outcome.out.contains("`taken-as-crisis` does not happen"),
        "{}",
        outcome.out
    );
    practice
        .check(&["--today", "2025-02-01", "--engine"])
        .has(1, "`taken-as-crisis` does not happen here");
}

#[test]
fn dates_that_passed_are_told_by_the_day_that_is_given() {
    let dated = PRICES.replace(
        "id = \"couple\"",
        "id = \"couple\"\nvalid_from = 2025-03-01\nvalid_until = 2025-12-31",
    );
    let practice = Practice::new(&[("prices.toml", &dated)]);
    practice.check(&["--fix"]);
    practice
        .check(&["--today", "2025-02-01", "--notes"])
        .has(0, "note[not-yet-valid]");
    let between = practice.check(&["--today", "2025-12-31"]);
    assert!(
        !between.out.contains("valid]") && !between.out.contains("expired"),
        "{}",
        between.out
    );
    practice
        .check(&["--today", "2026-01-01"])
        .has(0, "this entry was valid until 2025-12-31");
    practice
        .check(&["--today", "2026-02-01"])
        .has(0, "nobody has read this page since 2025-01-31");
    let mended = practice.read("prices.toml");
    practice.save("prices.toml", &mended.replace("2025-12-31", "2025-01-01"));
    practice
        .check(&[])
        .has(0, "this entry ends before it begins");
    assert_eq!(practice.check(&["--today", "yesterday"]).status, Some(2));
}

#[test]
fn content_that_is_over_is_an_error() {
    let text = FINE.replace(
        "summary = \"All about a visit.\"",
        "summary = \"All about a visit.\"\nvalid_until = 2026-11-01",
    );
    let practice = Practice::new(&[("visiting.toml", &text)]);
    practice.check(&["--today", "2026-11-01"]).has(0, "");
    practice
        .check(&["--today", "2026-11-02"])
        .has(1, "error[no-content]: no entry is valid any more");
    let with_one = text.replace(
        "section = \"hours\"",
        "section = \"hours\"\nvalid_until = 2026-12-01",
    );
    practice.save("visiting.toml", &with_one);
    practice.check(&["--today", "2026-11-02"]).has(0, "expired");
}

#[test]
fn an_entry_is_offered_once() {
    let text = FINE.replace(
        "section = \"hours\"",
        "section = \"hours\"\nrelated = [\"hours\", \"visiting\", \"hours\"]",
    );
    let practice = Practice::new(&[
        ("visiting.toml", &text),
        ("bot.toml", "examples = [\"hours\", \"hours\"]\n"),
    ]);
    let outcome = practice.check(&[]);
    outcome.has(0, "warning[twice-offered]: this entry is offered already");
    outcome.has(0, "2 warnings in 2 files");
    practice.check(&["--fix"]).has(0, "no problems");
    assert_eq!(practice.read("bot.toml"), "examples = [\"hours\"]\n");
    assert!(
        practice
            .read("visiting.toml")
            .contains("related = [\"hours\", \"visiting\"]")
    );
}

#[test]
fn the_engine_names_who_takes_a_question_and_who_is_never_found() {
    let thief = "[[faq]]\nid = \"parking\"\nquestion = \"Where can I park my car at the practice?\"\nanswer = \"Behind.\"\nvariants = [\"parking for my car\", \"car park\", \"place for the car\"]\n\n\
        [[faq]]\nid = \"bus\"\nquestion = \"Which bus stops here?\"\nanswer = \"Line 4.\"\nvariants = [\"bus stop\", \"can I park my car at the practice\"]\n\n\
        [[faq]]\nid = \"help\"\nquestion = \"Help at night?\"\nanswer = \"No.\"\nvariants = [\"I want to kill myself\", \"at night\"]\n";
    let practice = Practice::new(&[("ways.toml", thief)]);
    let quiet = practice.check(&[]);
    assert!(!quiet.out.contains("confused"), "{}", quiet.out);
    let outcome = practice.check(&["--engine"]);
    outcome.has(
        0,
        "warning[confused]: without this wording, `parking` answers its question",
    );
    outcome.has(0, "warning[taken-as-crisis]");
    assert!(outcome.out.contains("answers instead"), "{}", outcome.out);
}

#[test]
fn an_entry_that_others_cover_is_unreachable() {
    let mut text = String::new();
    for id in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        let _ = write!(
            text,
            "[[faq]]\nid = \"{id}\"\nquestion = \"What does a session cost?\"\nanswer = \"It is {id}.\"\nvariants = [\"price of a session\"]\n"
        );
    }
    Practice::new(&[("a.toml", &text)])
        .check(&["--engine"])
        .has(0, "warning[unreachable]");
}

#[test]
fn notes_on_style_come_when_they_are_asked_for() {
    let text = FINE.replace("answer = \"From", "answer = \"In order to facilitate this you should have asked, and the many rooms that we have on the two floors of the old mill beside the river stay open for everybody who comes from far away, from");
    let practice = Practice::new(&[("visiting.toml", &text)]);
    practice.check(&[]).has(0, "no problems");
    let outcome = practice.check(&["--notes"]);
    for code in ["long-sentence", "jargon", "blaming", "no-review"] {
        assert!(
            outcome.out.contains(&format!("note[{code}]")),
            "{code}: {}",
            outcome.out
        );
    }
    practice
        .check(&["--notes", "--deny", "warnings"])
        .has(0, "notes in 1 file");
}

#[test]
fn every_code_is_explained() {
    let practice = Practice::new(&[]);
    practice
        .check(&["--explain", "confused"])
        .has(0, "confused: With this wording left out");
    practice.check(&["--explain"]).has(0, "unused-allow");
    let outcome = practice.check(&["--explain", "confusd"]);
    assert_eq!(outcome.status, Some(1));
    assert!(
        outcome.err.contains("no finding has the code `confusd`"),
        "{}",
        outcome.err
    );
}

#[test]
fn programs_get_the_findings_in_their_own_forms() {
    let practice = Practice::new(&[(
        "visiting.toml",
        "[[faq]]\nid = \"a, b\"\nquestion = \"A?\"\nanswer = \"A.\"\nvariants = [\"x\"]\n",
    )]);
    let parse = |format: &str| -> serde_json::Value {
        let outcome = practice.check(&["--format", format]);
        assert_eq!(outcome.status, Some(1));
        serde_json::from_str(&outcome.out).unwrap()
    };
    let finding = &parse("json")[0];
    assert_eq!(
        (&finding["code"], &finding["severity"]),
        (&"bad-id".into(), &"error".into())
    );
    assert_eq!(
        finding["place"],
        serde_json::json!({ "file": "faq/visiting.toml", "line": 2, "column": 6 })
    );
    let sarif = parse("sarif");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(
        (&sarif["version"], &result["ruleId"], &result["level"]),
        (&"2.1.0".into(), &"bad-id".into(), &"error".into())
    );
    assert_eq!(
        result["locations"][0]["physicalLocation"]["region"],
        serde_json::json!({ "startLine": 2, "startColumn": 6 })
    );
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    assert!(rules.iter().any(|it| it["id"] == "bad-id"));
    practice.check(&["--format", "github"]).has(1, "::error file=faq/visiting.toml,line=2,col=6,title=bad-id::this id does not fit into a Telegram link (has ',' in it): an id has");
    practice.save("visiting.toml", FINE);
    assert_eq!(practice.check(&["--format", "json"]).out, "[]\n");
    assert_eq!(practice.check(&["--format", "github"]).out, "");
}
