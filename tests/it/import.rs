//! `askwell import`: pages, tables and other tools' exports become content.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

const SHAPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/import");

/// An empty folder in which commands run.
struct Desk {
    dir: tempfile::TempDir,
}

struct Outcome {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Desk {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Outcome {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
            .args(args)
            .current_dir(&self.dir)
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

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn save(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

impl Outcome {
    #[track_caller]
    fn has(&self, status: i32, part: &str) -> &Self {
        assert_eq!(self.status, Some(status), "{}{}", self.out, self.err);
        assert!(
            self.out.contains(part) || self.err.contains(part),
            "no {part:?} in:\n{}{}",
            self.out,
            self.err
        );
        self
    }
}

fn shape(name: &str) -> String {
    Path::new(SHAPES).join(name).display().to_string()
}

#[derive(Deserialize)]
struct Expected {
    page: Vec<Shape>,
}

#[derive(Deserialize)]
struct Shape {
    file: String,
    found: Vec<String>,
    /// How their answers begin.
    #[serde(default)]
    answers: Vec<String>,
    explained: Vec<String>,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    section: Vec<Entry>,
    #[serde(default)]
    faq: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "heading", alias = "question")]
    title: String,
    answer: String,
}

#[test]
#[expect(clippy::print_stderr, reason = "hits and misses, for `--nocapture`")]
fn every_page_shape_gives_its_questions_or_says_why_not() {
    let expected: Expected =
        toml::from_str(&fs::read_to_string(shape("expected.toml")).unwrap()).unwrap();
    let files = fs::read_dir(SHAPES).unwrap().count() - 1;
    assert_eq!(
        files,
        expected.page.len(),
        "each file in tests/data/import has its line in expected.toml"
    );
    let desk = Desk::new();
    let mut table = String::new();
    let mut misses = 0;
    let (mut n_found, mut n_explained) = (0, 0);
    for shape_of in &expected.page {
        let outcome = desk.run(&["import", &shape(&shape_of.file), "--out", "-"]);
        let written: Written = toml::from_str(&outcome.out).unwrap_or(Written {
            section: Vec::new(),
            faq: Vec::new(),
        });
        let entries: Vec<&Entry> = written.section.iter().chain(&written.faq).collect();
        assert!(entries.iter().all(|it| !it.answer.trim().is_empty()));
        let report: Vec<&str> = outcome.err.split("Left out:").collect();
        let listed: Vec<&str> = report[0]
            .lines()
            .filter_map(|it| Some(it.strip_prefix("  ")?.rsplit_once("  [")?.0))
            .collect();
        let found = shape_of
            .found
            .iter()
            .enumerate()
            .filter(|(at, title)| {
                let answer = shape_of.answers.get(*at).map_or("", String::as_str);
                let is_it = |entry: &Entry| {
                    entry.title == **title && entry.answer.trim().starts_with(answer)
                };
                entries.iter().any(|entry| is_it(entry))
            })
            .count();
        let explained = shape_of
            .explained
            .iter()
            .filter(|it| report.get(1).is_some_and(|left| left.contains(it.as_str())))
            .count();
        let extra = entries.len().saturating_sub(found);
        let in_order = listed == shape_of.found;
        let miss = shape_of.found.len() - found + shape_of.explained.len() - explained
            + extra
            + usize::from(!in_order);
        misses += miss;
        n_found += found;
        n_explained += explained;
        writeln!(
            table,
            "{:<28} found {found} of {}, explained {explained} of {}, unexpected {extra}{}{}",
            shape_of.file,
            shape_of.found.len(),
            shape_of.explained.len(),
            if in_order { "" } else { ", other order" },
            if miss > 0 {
                format!("\n{}", outcome.err)
            } else {
                String::new()
            }
        )
        .unwrap();
    }
    eprintln!(
        "{table}{files} shapes: {n_found} questions and sections found, {n_explained} absences explained, {misses} missed"
    );
    assert_eq!(misses, 0);
}

#[test]
fn what_is_written_passes_the_check() {
    for name in [
        "squarespace-accordion.html",
        "wordpress-yoast.html",
        "zendesk.html",
        "rtl-arabic.html",
        "broken.html",
        "rasa",
        "qna-maker.tsv",
        "headings.md",
    ] {
        let desk = Desk::new();
        desk.run(&["import", &shape(name)]).has(0, "Wrote faq/");
        let check = desk.run(&["check"]);
        assert_eq!(check.status, Some(0), "{name}: {}", check.out);
    }
}

const PAGE: &str = "<html lang='en'><head><title>Visiting</title><link rel='canonical' href='https://mill.uk/visit'></head><body><main><h1>Visiting</h1>\
    <p>How to find us.</p><h2 id='bus'>By bus</h2><p>Take line 4.</p><h2>By car</h2><p>Park behind the mill.</p><h2>On foot</h2><p>Follow the river.</p></main></body></html>";

/// Imports `visit.html`, lets the operator edit the file, and imports a changed page.
#[track_caller]
fn again(
    edits: &[(&str, &str)],
    changes: &[(&str, &str)],
    args: &[&str],
) -> (Desk, Outcome, String) {
    let desk = Desk::new();
    desk.save("visit.html", PAGE);
    desk.run(&["import", "visit.html"]).has(0, "4 new.");
    let mut file = desk.read("faq/visiting.toml");
    for (old, new) in edits {
        assert!(file.contains(old), "{file}");
        file = file.replace(old, new);
    }
    desk.save("faq/visiting.toml", &file);
    let page = changes
        .iter()
        .fold(PAGE.to_owned(), |page, (old, new)| page.replace(old, new));
    desk.save("visit.html", &page);
    let outcome = desk.run(&[&["import", "visit.html"], args].concat());
    (desk, outcome, file)
}

#[test]
fn a_second_import_of_the_same_page_changes_no_byte() {
    let (desk, outcome, before) = again(
        &[("variants = []", "variants = [\"an own one\"] # mine")],
        &[],
        &[],
    );
    outcome.has(0, "4 as before.");
    assert_eq!(desk.read("faq/visiting.toml"), before);
}

#[test]
fn what_only_the_page_changed_is_taken_over_and_nothing_else_is_touched() {
    let (desk, outcome, before) = again(
        &[(
            "[[section]]\nid = \"by-car\"",
            "# About cars\n[[section]]\nid   = 'by-car'",
        )],
        &[("line 4", "line 5")],
        &[],
    );
    outcome.has(0, "1 changed there and taken over, 3 as before.");
    let after = desk.read("faq/visiting.toml");
    let differing: Vec<(&str, &str)> = before
        .lines()
        .zip(after.lines())
        .filter(|(a, b)| a != b)
        .collect();
    assert_eq!(differing.len(), 2, "{differing:?}");
    assert_eq!(differing[0], ("Take line 4.", "Take line 5."));
    assert!(differing[1].1.starts_with("imported = "), "{differing:?}");
}

#[test]
fn what_only_the_operator_changed_is_kept() {
    let (desk, outcome, before) = again(
        &[
            ("Take line 4.", "Take **line 4** from the station."),
            ("By bus", "Coming by bus"),
        ],
        &[],
        &[],
    );
    outcome.has(0, "1 changed by you and kept, 3 as before.");
    assert_eq!(desk.read("faq/visiting.toml"), before);
}

#[test]
fn a_new_title_from_one_side_and_a_new_answer_from_the_other_go_together() {
    let (desk, outcome, _) = again(
        &[("\"By bus\"", "\"Coming by bus\"")],
        &[("line 4", "line 5")],
        &[],
    );
    outcome.has(0, "1 changed there and taken over");
    let after = desk.read("faq/visiting.toml");
    assert!(
        after.contains("\"Coming by bus\"") && after.contains("Take line 5."),
        "{after}"
    );
}

#[test]
fn a_conflict_is_shown_until_somebody_settles_it() {
    let edits = [("Take line 4.", "Take line 4 or 7.")];
    let changes = [("line 4", "line 5")];
    let (desk, outcome, before) = again(&edits, &changes, &[]);
    outcome.has(1, "there: Take line 5.\n  yours: Take line 4 or 7.");
    assert_eq!(desk.read("faq/visiting.toml"), before);
    desk.run(&["import", "visit.html"])
        .has(1, "1 changed on both sides");
    desk.run(&["import", "visit.html", "--conflicts", "mine"])
        .has(0, "1 changed by you and kept");
    desk.run(&["import", "visit.html"])
        .has(0, "1 changed by you and kept");
    assert!(desk.read("faq/visiting.toml").contains("Take line 4 or 7."));

    let (desk, outcome, _) = again(&edits, &changes, &["--conflicts", "source"]);
    outcome.has(0, "1 changed there and taken over");
    assert!(desk.read("faq/visiting.toml").contains("Take line 5."));
}

const TABLE: &str = "id,kind,question,answer,variants,url,anchor,section,related\n\
    mill,article,The mill,Here.,,https://mill.uk/,,,\n\
    bus,section,Bus?,Line 4.,by bus,,bus,,\n\
    car,section,Car?,Park.,,,car,,\n\
    dogs,faq,Dogs?,Yes.,pets | hounds,,,bus,car\n\
    shop,related,Shop,Books.,,https://mill.uk/shop,,,\n";

/// Imports [`TABLE`], lets the operator edit the file, and imports the changed table.
#[track_caller]
fn table_again(edits: &[(&str, &str)], changes: &[(&str, &str)]) -> (Desk, Outcome) {
    let desk = Desk::new();
    desk.save("a.csv", TABLE);
    desk.run(&["import", "a.csv"]).has(0, "5 new.");
    let replaced = |text: String, (old, new): &(&str, &str)| {
        assert!(text.contains(old), "no {old:?} in {text}");
        text.replace(old, new)
    };
    let file = edits.iter().fold(desk.read("faq/the-mill.toml"), replaced);
    desk.save("faq/the-mill.toml", &file);
    desk.save("a.csv", &changes.iter().fold(TABLE.to_owned(), replaced));
    let outcome = desk.run(&["import", "a.csv"]);
    (desk, outcome)
}

#[test]
fn what_the_source_says_beside_title_and_answer_comes_in_too() {
    let (desk, outcome) = table_again(
        &[
            ("  \"hounds\",\n", "  \"my dog\", # ours\n"),
            ("anchor = \"car\"", "anchor = \"parking\""),
        ],
        &[
            ("https://mill.uk/,,", "https://mill.uk/home,,"),
            ("by bus,,bus,", "by bus | coach,,stop,"),
            (
                "pets | hounds,,,bus,car",
                "pets | hounds | puppies,,,car,bus shop",
            ),
            ("https://mill.uk/shop", "https://mill.uk/books"),
        ],
    );
    outcome.has(
        0,
        "4 changed there and taken over, 1 changed by you and kept.",
    );
    let file = desk.read("faq/the-mill.toml");
    for part in [
        "url = \"https://mill.uk/home\"",
        "anchor = \"stop\"\nvariants = [\n  \"by bus\",\n  \"coach\",\n]",
        "anchor = \"parking\"",
        "section = \"car\"\nrelated = [\"bus\", \"shop\"]\n",
        "variants = [\n  \"pets\",\n  \"my dog\",\n  \"puppies\", # ours\n]",
        "url = \"https://mill.uk/books\"",
    ] {
        assert!(file.contains(part), "no {part} in {file}");
    }
    assert_eq!(desk.run(&["check"]).status, Some(0));
    desk.run(&["import", "a.csv"])
        .has(0, "1 changed by you and kept, 4 as before.");
    assert_eq!(desk.read("faq/the-mill.toml"), file);
}

#[test]
fn what_the_source_takes_out_of_an_entry_goes_and_what_is_yours_stays() {
    let (desk, outcome) = table_again(
        &[
            ("  \"hounds\",\n", "  \"hounds\",\n  \"my dog\",\n"),
            ("anchor = \"bus\"", "anchor = \"bus\" # on the page"),
        ],
        &[
            ("by bus,,bus,", ",,,"),
            ("pets | hounds,,,bus,car", "pets,,,,"),
        ],
    );
    outcome.has(0, "2 changed there and taken over, 3 as before.");
    let file = desk.read("faq/the-mill.toml");
    assert!(
        file.contains("answer = \"\"\"\nLine 4.\n\"\"\"\nvariants = []\nimported")
            && file.contains(
                "Yes.\n\"\"\"\nrelated = []\nvariants = [\n  \"pets\",\n  \"my dog\",\n]"
            ),
        "{file}"
    );
    assert_eq!(desk.run(&["check"]).status, Some(0));
}

#[test]
fn an_anchor_that_both_sides_changed_is_a_conflict() {
    let edits = [("anchor = \"car\"", "anchor = \"parking\"")];
    let (desk, outcome) = table_again(&edits, &[("Park.,,,car,", "Park.,,,cars,")]);
    outcome.has(1, "there: anchor cars\n  yours: anchor parking");
    desk.run(&["import", "a.csv", "--conflicts", "source"])
        .has(0, "1 changed there and taken over");
    assert!(desk.read("faq/the-mill.toml").contains("anchor = \"cars\""));

    // A key that the operator took out is put back on a line of its own.
    let (desk, outcome) = table_again(
        &[("anchor = \"car\"\n", ""), ("variants = []\n", "")],
        &[("Park.,,,car,", "Park.,by car,,car,")],
    );
    outcome.has(0, "1 changed there and taken over, 4 as before.");
    assert!(
        desk.read("faq/the-mill.toml")
            .contains("Park.\n\"\"\"\nvariants = [\n  \"by car\",\n]\nimported")
    );
}

#[test]
fn an_address_that_is_given_later_brings_the_page() {
    let desk = Desk::new();
    let page = "# The mill\n\nIt turns.\n\n## Bus\n\nLine 4.\n";
    desk.save("mill.md", page);
    desk.run(&["import", "mill.md"])
        .has(0, "give it with --url")
        .has(0, "Wrote faq/mill.toml");
    let before = desk.read("faq/mill.toml");
    desk.save("mill.md", &format!("{page}\n## Car\n\nPark.\n"));
    let with_url = ["import", "mill.md", "--url", "https://mill.uk/"];
    desk.run(&with_url).has(0, "2 new, 1 as before.");
    let after = desk.read("faq/mill.toml");
    let at = |part: &str| {
        after
            .find(part)
            .unwrap_or_else(|| panic!("no {part} in {after}"))
    };
    assert!(at("\n\n[article]\nid = \"the-mill\"\n") < at("[[faq]]\nid = \"bus\""));
    assert!(at("[[faq]]\nid = \"bus\"") < at("[[section]]\nid = \"car\""));
    let entry = &before[before.find("[[faq]]").unwrap()..];
    assert!(after.contains(entry), "{after}");
    assert_eq!(desk.run(&["check"]).status, Some(0));
    desk.run(&with_url).has(0, "3 as before.");
    assert_eq!(desk.read("faq/mill.toml"), after);

    // Without it the page stays, and what is taken out stays out.
    desk.run(&["import", "mill.md"]).has(0, "2 as before.");
    assert_eq!(desk.read("faq/mill.toml"), after);
    let start = after.find("[article]").unwrap();
    desk.save("faq/mill.toml", &format!("{}{entry}", &after[..start]));
    desk.run(&with_url)
        .has(0, "“The mill” stays out")
        .has(0, "“Car” stays out");
    desk.save("mill.md", &format!("{page}\n## Boat\n\nRow.\n"));
    desk.run(&with_url).has(0, "1 new");
    assert!(
        desk.read("faq/mill.toml")
            .contains("[[faq]]\nid = \"boat\"")
    );
    assert_eq!(desk.run(&["check"]).status, Some(0));
}

#[test]
fn new_and_renamed_and_lost_parts_of_a_page_are_told_apart() {
    let changes = [
        ("On foot", "Walking here"),
        ("<h2>By car</h2><p>Park behind the mill.</p>", ""),
        ("</main>", "<h2>By boat</h2><p>At the quay.</p></main>"),
    ];
    let (desk, outcome, _) = again(&[], &changes, &[]);
    outcome.has(
        0,
        "1 new, 1 changed there and taken over, 2 as before, 1 no longer there.",
    );
    outcome.has(0, "`by-car` is no longer there");
    let after = desk.read("faq/visiting.toml");
    assert!(
        after.contains("id = \"on-foot\"\nheading = \"Walking here\"")
            && after.contains("id = \"by-boat\""),
        "{after}"
    );
    desk.run(&["import", "visit.html"])
        .has(0, "4 as before, 1 no longer there.");
}

#[test]
fn of_headings_that_repeat_each_keeps_its_own_entry() {
    let desk = Desk::new();
    let page = "## More\n\nFirst.\n\n## More\n\nSecond.\n\n## Cars\n\nPark here.\n";
    desk.save("a.md", page);
    desk.run(&["import", "a.md"]).has(0, "3 new.");
    let before = desk.read("faq/a.toml");
    let without = page.replace("## More\n\nFirst.\n\n", "");
    desk.save("a.md", &without);
    desk.run(&["import", "a.md"])
        .has(0, "2 as before, 1 no longer there.")
        .has(0, "`more` is no longer there");
    let texts = |file: &str| -> Vec<String> {
        let entries = file.lines().skip_while(|it| *it != "[[faq]]");
        let texts = entries.filter(|it| !it.starts_with("imported"));
        texts.map(str::to_owned).collect()
    };
    assert_eq!(texts(&desk.read("faq/a.toml")), texts(&before));

    // From then on, too.
    desk.save("a.md", &without.replace("Second", "The second"));
    desk.run(&["import", "a.md"]).has(
        0,
        "1 changed there and taken over, 1 as before, 1 no longer",
    );
    let after = desk.read("faq/a.toml");
    assert_eq!(
        texts(&after),
        texts(&before.replace("Second", "The second"))
    );
    desk.save("a.md", &format!("{page}\n## More\n\nThird.\n"));
    desk.run(&["import", "a.md"])
        .has(0, "2 new, 2 as before, 1 no longer");
    assert!(desk.read("faq/a.toml").contains("Third."));
}

#[test]
fn what_the_operator_took_out_stays_out() {
    let desk = Desk::new();
    desk.save("visit.html", PAGE);
    desk.run(&["import", "visit.html"]);
    let file = desk.read("faq/visiting.toml");
    let start = file.find("[[section]]\nid = \"by-car\"").unwrap();
    let end = file.find("[[section]]\nid = \"on-foot\"").unwrap();
    desk.save(
        "faq/visiting.toml",
        &format!("{}{}", &file[..start], &file[end..]),
    );
    desk.run(&["import", "visit.html"])
        .has(0, "“By car” stays out");
    assert!(!desk.read("faq/visiting.toml").contains("By car"));
}

#[test]
fn a_file_of_your_own_is_never_overwritten() {
    let desk = Desk::new();
    desk.save("visit.html", PAGE);
    desk.save(
        "own.toml",
        "[[faq]]\nid = \"a\"\nquestion = \"A?\"\nanswer = \"A.\"\n",
    );
    let before = desk.read("own.toml");
    desk.run(&["import", "visit.html", "--out", "own.toml"])
        .has(1, "was not written by `askwell import`");
    assert_eq!(desk.read("own.toml"), before);
}

#[test]
fn two_pages_of_one_title_are_two_files() {
    let desk = Desk::new();
    desk.save("visit.html", PAGE);
    desk.save(
        "summer.html",
        &PAGE
            .replace("/visit'", "/summer'")
            .replace("Take line 4.", "Take the boat."),
    );
    desk.run(&["import", "visit.html"]).has(0, "4 new.");
    let before = desk.read("faq/visiting.toml");
    desk.run(&["import", "summer.html"])
        .has(0, "faq/visiting.toml holds what came from visit.html")
        .has(0, "4 new.")
        .has(0, "Wrote faq/visiting-2.toml");
    assert_eq!(desk.read("faq/visiting.toml"), before);
    assert!(desk.read("faq/visiting-2.toml").contains("Take the boat."));
    desk.run(&["import", "summer.html"])
        .has(0, "4 as before.")
        .has(0, "Wrote faq/visiting-2.toml");
    desk.run(&["import", "summer.html", "--out", "faq/visiting.toml"])
        .has(1, "holds what came from visit.html; choose another file")
        .has(1, "write `source = \"summer.html\"` there");
    assert_eq!(desk.read("faq/visiting.toml"), before);
    assert_eq!(desk.run(&["check"]).status, Some(0));
}

#[test]
fn no_page_is_written_to_a_file_of_the_bot_itself() {
    let desk = Desk::new();
    for (title, file) in [
        ("Bot", "faq/bot-page.toml"),
        ("Tests", "faq/tests-page.toml"),
    ] {
        desk.save("visit.html", &PAGE.replace("Visiting", title));
        desk.run(&["import", "visit.html"])
            .has(0, &format!("Wrote {file}"));
        fs::remove_file(desk.path(file)).unwrap();
    }
    desk.run(&["import", "visit.html", "--out", "faq/bot.toml"])
        .has(1, "choose another file with --out");
    assert!(!desk.path("faq/bot.toml").exists());
}

#[test]
fn ids_of_other_files_are_not_taken_again() {
    let desk = Desk::new();
    desk.save("visit.html", PAGE);
    fs::create_dir(desk.path("faq")).unwrap();
    desk.save(
        "faq/own.toml",
        "[[faq]]\nid = \"by-car\"\nquestion = \"A car?\"\nanswer = \"A.\"\n",
    );
    desk.run(&["import", "visit.html"]);
    assert!(desk.read("faq/visiting.toml").contains("id = \"by-car-2\""));
    desk.run(&["check"]).has(0, "5 warnings in 2 files");
}

#[test]
fn references_follow_their_entries_to_other_ids() {
    let desk = Desk::new();
    let faq = "[[faq]]\nid = \"hours\"\nquestion = \"Hours?\"\nanswer = \"Nine.\"\n";
    fs::create_dir(desk.path("faq")).unwrap();
    desk.save("faq/own.toml", faq);
    let table = "id,kind,question,answer,url,section,related\n\
        mill,article,The mill,Here.,https://mill.uk/,,\n\
        hours,section,When?,At ten.,,,\n\
        dogs,faq,Dogs?,Yes.,,hours,hours mill gone dogs\n\
        cats,faq,Cats?,No.,,dogs,dogs\n";
    desk.save("a.csv", table);
    desk.run(&["import", "a.csv"])
        .has(0, "line 4: related “gone” of “Dogs?”: no entry has this id")
        .has(
            0,
            "line 5: section “dogs” of “Cats?”: no section of this file",
        );
    let file = desk.read("faq/the-mill.toml");
    assert!(
        file.contains("section = \"hours-2\"\nrelated = [\"hours-2\", \"mill\"]")
            && file.contains("related = [\"dogs\"]"),
        "{file}"
    );
    assert_eq!(desk.run(&["check"]).status, Some(0));

    // What comes in later points to what is there already.
    desk.save(
        "a.csv",
        &format!("{table}birds,faq,Birds?,Some.,,hours,hours dogs\n"),
    );
    desk.run(&["import", "a.csv"]).has(0, "1 new, 4 as before.");
    let file = desk.read("faq/the-mill.toml");
    assert!(
        file.contains("section = \"hours-2\"\nrelated = [\"hours-2\", \"dogs\"]"),
        "{file}"
    );
    assert_eq!(desk.run(&["check"]).status, Some(0));
}

#[test]
fn a_dry_run_shows_the_file_and_writes_none() {
    let desk = Desk::new();
    desk.save("visit.html", PAGE);
    desk.run(&["import", "visit.html", "--dry-run"])
        .has(0, "id = \"by-bus\"");
    assert!(!desk.path("faq").exists());
}

#[test]
fn what_is_too_large_is_refused_also_where_it_has_no_size() {
    let desk = Desk::new();
    desk.save("long.html", &"<p>".repeat(2_000_000));
    let refused = "larger than 5 MB; is it the right file?";
    desk.run(&["import", "long.html"]).has(1, refused);
    #[cfg(unix)]
    desk.run(&["import", "/dev/zero"]).has(1, refused);
}

#[test]
fn columns_are_found_by_their_headers_or_by_map() {
    let desk = Desk::new();
    desk.save("a.csv", "Thema,Wortlaut\nOffen?,Ab neun.\n");
    desk.run(&["import", "a.csv"])
        .has(1, "no column is called question")
        .has(1, "its columns are “Thema”, “Wortlaut”")
        .has(1, "--map question=Thema");
    desk.run(&["import", "a.csv", "--map", "question=Themen"])
        .has(1, "a.csv has no column of that name");
    desk.run(&["import", "a.csv", "--map", "thing=Thema"])
        .has(1, "`thing` is no part of an entry");
    desk.run(&["import", "a.csv", "--map", "question"])
        .has(2, "question=Frage");
    desk.run(&[
        "import",
        "a.csv",
        "--map",
        "question=Thema",
        "--map",
        "answer=Wortlaut",
    ])
    .has(0, "Offen?  [line 2]");
    desk.run(&["check"]).has(0, "1 file");
}

#[test]
fn slips_in_a_table_are_named_with_their_line() {
    let desk = Desk::new();
    desk.save("open.csv", "question,answer\nA?,\"B.\nC?,D.\n");
    desk.run(&["import", "open.csv"])
        .has(1, "open.csv: line 2: a quotation mark begins a cell");
    desk.save(
        "twice.csv",
        "Question|Answer|answer\r\n\"A\r\nb?\"|C.|D.\r\nE?|F.\r\nE?|F.\r\n",
    );
    desk.run(&["import", "twice.csv", "--dry-run"])
        .has(0, "A b?  [line 2]\n  E?  [line 4]")
        .has(0, "column 3, “answer”: an earlier column has the same name")
        .has(
            0,
            "line 5: “E?”: the same question and answer stand there twice",
        );
    desk.save("head.csv", "question,answer\n");
    desk.run(&["import", "head.csv"])
        .has(1, "there is no row below its headers");
}

#[test]
fn what_cannot_be_read_is_said_with_its_place_and_cure() {
    let desk = Desk::new();
    desk.run(&["import", "nothing.html"]).has(
        1,
        "cannot read nothing.html; give a file, or an address with https://",
    );
    desk.save("nlu.yml", "nlu:\n- intent: [a\n");
    desk.run(&["import", "nlu.yml"])
        .has(1, "nlu.yml: line 3: this is not YAML");
    desk.save("empty.html", "<html></html>");
    desk.run(&["import", "empty.html"])
        .has(1, "Nothing was found");
    desk.save("deep.html", &"<div>".repeat(20_000));
    desk.run(&["import", "deep.html"])
        .has(1, "more than 500 deep");
}

#[test]
fn the_address_of_a_page_is_one_that_people_can_open() {
    let desk = Desk::new();
    desk.save("visit.md", "# Visiting\n\n## By bus\n\nTake line 4.\n");
    for address in [
        "ftp://mill.uk/visit",
        "mailto:desk@mill.uk",
        "mill.uk/visit",
    ] {
        desk.run(&["import", "visit.md", "--url", address])
            .has(2, "beginning with https://");
    }
    assert!(!desk.path("faq").exists());
    desk.run(&["import", "visit.md", "--url", "https://mill.uk/visit"])
        .has(0, "2 new.");
}

#[test]
fn a_slip_in_a_folder_is_named_with_its_file_and_line() {
    let desk = Desk::new();
    fs::create_dir(desk.path("rasa")).unwrap();
    desk.save("rasa/a.yml", "nlu: []\n\n");
    desk.save("rasa/c.yml", "nlu:\n- intent: \"b\"\n");
    for (file, text, line) in [
        ("b.yml", "nlu:\n- intent: \"a\n", 2),
        ("b.yml", "nlu:\n- intent: a\n- {\n", 4),
        ("a.yml", "a: b: c\n", 1),
    ] {
        desk.save("rasa/b.yml", "nlu: []\n");
        desk.save(&format!("rasa/{file}"), text);
        desk.run(&["import", "rasa"])
            .has(1, &format!("rasa/{file}: line {line}: this is not YAML"));
    }
}

#[cfg(unix)]
#[test]
fn links_to_folders_are_not_followed() {
    use std::os::unix::fs::symlink;
    let desk = Desk::new();
    fs::create_dir_all(desk.path("rasa/data")).unwrap();
    desk.save(
        "nlu.yml",
        "nlu:\n- intent: open\n  examples: |\n    - open?\n",
    );
    symlink(desk.path("nlu.yml"), desk.path("rasa/data/nlu.yml")).unwrap();
    desk.save(
        "rasa/domain.yml",
        "responses:\n  utter_open:\n  - text: At nine.\n",
    );
    for name in ["one", "two"] {
        symlink(desk.path("rasa"), desk.path("rasa/data").join(name)).unwrap();
    }
    desk.run(&["import", "rasa", "--dry-run"])
        .has(0, "found 1 entry\n  open?  [domain.yml, line 2]");
}

/// Answers each path with a whole HTTP response, on this machine.
fn serve(answers: &'static [(&str, &str)]) -> String {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            // The rest of the request has to be read, or the answer is lost.
            let _ = lines.find(|line| line.as_ref().is_ok_and(String::is_empty));
            let path = first.split(' ').nth(1).unwrap();
            let answer = answers.iter().find(|(known, _)| *known == path).map_or(
                "HTTP/1.1 404 Gone\r\ncontent-length: 0\r\n\r\n",
                |(_, it)| it,
            );
            let _ = stream.write_all(answer.replace("HOST", &address.to_string()).as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn a_page_is_read_from_the_web_but_not_from_a_private_network() {
    let site = serve(&[
        (
            "/faq",
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<title>Hi</title><h1>Hi</h1><p>Hello.</p><h2>Where?</h2><p>See <a href='/map'>here</a>.</p>",
        ),
        (
            "/old",
            "HTTP/1.1 301 Moved\r\nlocation: /faq\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
        (
            "/loop",
            "HTTP/1.1 302 Found\r\nlocation: /loop\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
        (
            "/file",
            "HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
        (
            "/questions",
            "HTTP/1.1 200 OK\r\ncontent-type: application/ld+json\r\nconnection: close\r\n\r\n[{\"@type\": \"Question\", \"name\": \"When?\", \"acceptedAnswer\": {\"text\": \"At nine.\"}}]",
        ),
        (
            "/pdf",
            "HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\nconnection: close\r\n\r\n%PDF",
        ),
    ]);
    let desk = Desk::new();
    let get = |path: &str| desk.run(&["import", &format!("{site}{path}"), "--allow-private"]);
    desk.run(&["import", &format!("{site}/faq")])
        .has(1, "an address of a private network")
        .has(1, "--allow-private");
    desk.run(&["import", &site.replace("127.0.0.1", "localhost")])
        .has(1, "an address of a private network");
    desk.run(&["import", &site.replace("127.0.0.1", "[::ffff:127.0.0.1]")])
        .has(1, "an address of a private network");
    desk.run(&["import", "ftp://mill.uk/faq"])
        .has(1, "only http:// and https:// are read");
    get("/old").has(0, "Where?");
    let file = desk.read("faq/hi.toml");
    assert!(
        file.contains(&format!("url = \"{site}/faq\""))
            && file.contains(&format!("[here]({site}/map)")),
        "{file}"
    );
    get("/questions").has(0, "When?  [JSON-LD]");
    get("/loop").has(1, "from address to address without an end");
    get("/file").has(1, "only http:// and https:// are read");
    get("/pdf").has(1, "is application/pdf, and only text can be imported");
    get("/none").has(1, "answers with 404 Not Found");
}
