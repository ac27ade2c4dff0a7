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
PAIRS_HERE
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
