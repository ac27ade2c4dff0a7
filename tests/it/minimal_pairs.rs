//! Questions that differ in one word or two: opposites, and entries that stand near each other.
//!
//! What stands here is what the bot does today. A vector that is a mean of words and an index of words
//! both pass over "not", so opposites mostly get the same reply. Where that is wrong, the row says so;
//! whoever mends it changes the row.

use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

enum Today {
    /// The entry answers both, because it says yes and no.
    Fine,
    /// What is wrong with it.
    Wrong(&'static str),
}
use Today::{Fine, Wrong};

/// Two questions, each with the best entry, and with a star where it is answered at once.
const PAIRS: &[(&str, &str, &str, &str, Today)] = &[
    (
        "is online OK",
        "faq-online",
        "is online not OK",
        "faq-online",
        Fine,
    ),
    (
        "does online therapy work",
        "faq-online*",
        "does online therapy not work",
        "faq-online*",
        Fine,
    ),
    (
        "will the therapist take my side",
        "faq-blame*",
        "will the therapist not take my side",
        "faq-blame*",
        Fine,
    ),
    (
        "will you blame my partner",
        "faq-blame*",
        "will my partner blame you",
        "faq-blame*",
        Wrong("nobody asked whether the therapist gets blamed"),
    ),
    (
        "I want therapy",
        "can-and-cannot-do",
        "I don't want therapy",
        "can-and-cannot-do",
        Wrong("who doesn't want therapy should read of the reluctant partner, or get no answer"),
    ),
    (
        "I want to come but my husband doesn't",
        "couples-therapy-one-partner",
        "my husband wants to come but I don't",
        "couples-therapy-one-partner",
        Wrong("the second is the reluctant one, and nothing here is for them"),
    ),
    (
        "we want to get close again",
        "related-reconnect*",
        "we don't want to get close again",
        "related-reconnect*",
        Wrong("who doesn't want to come closer is told how to, with confidence"),
    ),
    (
        "she is ready for therapy",
        "why-one-partner-first*",
        "she is not ready for therapy",
        "why-one-partner-first*",
        Wrong("a partner who is ready is answered as one who is not"),
    ),
    (
        "can therapy make him come",
        "can-and-cannot-do*",
        "can therapy not make him come",
        "can-and-cannot-do*",
        Fine,
    ),
    (
        "can one person's change help the relationship",
        "one-persons-growth",
        "can one person's change hurt the relationship",
        "one-persons-growth*",
        Fine,
    ),
    (
        "my partner refuses",
        "couples-therapy-one-partner",
        "my partner agreed",
        "related-reconnect",
        Wrong("nothing here is for a partner who agreed"),
    ),
    (
        "I am always angry",
        "what-it-looks-like",
        "my partner is always angry",
        "what-it-looks-like",
        Fine,
    ),
    (
        "why does he want therapy first",
        "why-one-partner-first*",
        "why does he never want therapy",
        "why-one-partner-first",
        Fine,
    ),
    (
        "what does a session alone look like",
        "what-it-looks-like*",
        "what does a session together look like",
        "what-it-looks-like",
        Wrong("the second is not about one partner at all"),
    ),
    (
        "do we both have to come",
        "faq-one-partner",
        "can I come alone",
        "faq-one-partner*",
        Fine,
    ),
    (
        "how does therapy help with anxiety",
        "related-anxiety*",
        "how does therapy help with depression",
        "related-depression*",
        Fine,
    ),
    (
        "is it worth it if he never joins",
        "worth-it-if-never-joins*",
        "is it worth it if he joins later",
        "worth-it-if-never-joins*",
        Fine,
    ),
];

#[test]
fn pairs_get_what_they_got() {
    let questions: Vec<&str> = PAIRS.iter().flat_map(|it| [it.0, it.2]).collect();
    let output = cargo_bin_cmd!("askwell")
        .args(["ask", "--json", "--faq"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("faq"))
        .write_stdin(questions.join("\n") + "\n")
        .output()
        .unwrap();
    let rows: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), questions.len());
    let best = |row: &Value| {
        let star = if row["decision"] == "answer" { "*" } else { "" };
        let id = row["answers"][0]["id"].as_str().unwrap_or("none");
        format!("{id}{star}")
    };
    let mut changed = Vec::new();
    for (pair, rows) in PAIRS.iter().zip(rows.chunks(2)) {
        for (ask, expected, row) in [(pair.0, pair.1, &rows[0]), (pair.2, pair.3, &rows[1])] {
            let found = best(row);
            if found != expected {
                let today = match pair.4 {
                    Fine => "was right",
                    Wrong(why) => why,
                };
                changed.push(format!("{ask}: {found}, not {expected} ({today})"));
            }
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}
