use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::import;
use crate::markup::Document;

/// A title as people write them, with the signs that some format reads as markup.
fn title() -> impl Strategy<Value = String> {
    "[A-Za-zäöß?!.,'\"*_=+@#<>&{}|\\[\\]()0-9-]{1,8}( [A-Za-zäöß?!.,'\"*_#<>&{}|\\[\\]()0-9;:`~+=/\\\\$-]{1,8}){0,4}"
        .prop_filter("a title has letters", |it| it.chars().any(char::is_alphanumeric))
}

/// An answer as Markdown: paragraphs, lists, bold, italic, links.
fn answer() -> impl Strategy<Value = String> {
    let words = "[A-Za-zäß]{1,8}( [A-Za-z0-9&<>#|.-]{1,6}){0,4}";
    let inline = prop_oneof![
        4 => words.prop_map(|it| it.clone()),
        1 => words.prop_map(|it| format!("a **{}** b", it.replace(['<', '>', '#', '|', '&', '.', '-'], "x"))),
        1 => words.prop_map(|it| format!("a *{}* b", it.replace(['<', '>', '#', '|', '&', '.', '-'], "x"))),
        1 => Just("see [the page](https://a.org/b?c=1&d=2) for it".to_owned()),
        1 => Just("one\\\ntwo".to_owned()),
        1 => Just("[a (b)](https://a.org/x_(y)), [mail](mailto:desk@a.org) & [tel](tel:+441234)".to_owned()),
        1 => Just("🙂 שלום عربي 日本語 e\u{301} – “q” 50 % \\\\ \\* ~ ^ $".to_owned()),
        1 => Just("=1+1".to_owned()),
        1 => Just("'=1".to_owned()),
    ];
    let block = prop_oneof![
        3 => inline.clone(),
        1 => prop::collection::vec(inline.clone(), 1..4).prop_map(|it| it.iter().map(|it| format!("- {}", it.replace("\\\n", " "))).collect::<Vec<_>>().join("\n")),
        1 => inline.clone().prop_map(|it| format!("- a\n  - {}\n  - c\n- d", it.replace("\\\n", " "))),
        1 => prop::collection::vec(inline, 1..4).prop_map(|it| it.iter().map(|it| format!("1. {}", it.replace("\\\n", " "))).collect::<Vec<_>>().join("\n")),
    ];
    prop::collection::vec(block, 1..4).prop_map(|it| it.join("\n\n"))
}

/// What has to come back.
#[derive(Debug, PartialEq)]
struct Row {
    kind: EntryKind,
    id: String,
    title: String,
    answer: Document,
    variants: Vec<String>,
}

fn rows(content: &Content) -> Vec<Row> {
    let entries = content.knowledge.entries().iter();
    let row = |it: &Entry| Row {
        kind: it.kind,
        id: it.id.to_string(),
        title: it.title.clone(),
        answer: it.answer.clone(),
        variants: it.variants.clone(),
    };
    entries.map(row).collect()
}

fn load(text: &str) -> Content {
    let loaded = Content::parse(vec![("faq/a.toml".into(), text.to_owned())]);
    assert_eq!(loaded.report.n_errors(), 0, "{}\n{text}", loaded.report);
    loaded.content.unwrap()
}

/// Exports, imports, writes and loads again.
fn there_and_back(content: &Content, format: Format, name: &str) -> Content {
    let text = text(Selection::new(content, None).unwrap(), format);
    let found = import::read(name, &text, &import::Options::default()).unwrap();
    load(&import::merge::create(&found, name, std::collections::HashSet::new()).text)
}

/// A content file.
fn content() -> impl Strategy<Value = String> {
    let entries = prop::collection::vec(
        (title(), answer(), prop::collection::vec(title(), 0..3)),
        1..4,
    );
    (title(), answer(), entries, any::<bool>()).prop_map(|(page, summary, entries, has_page)| {
        let mut out = String::new();
        let text = |answer: &str| crate::import::toml_text(&Document::parse(answer).0);
        let string = crate::import::toml_string;
        if has_page {
            let _ = write!(
                out,
                "[article]\nid = \"page\"\ntitle = {}\nvariants = [\"the whole\"]\nurl = \"https://a.org/b\"\nsummary = {}\n",
                string(&page),
                text(&summary)
            );
        }
        for (index, (title, answer, variants)) in entries.iter().enumerate() {
            let (table, key) = if has_page && index % 2 == 0 {
                ("section", "heading")
            } else {
                ("faq", "question")
            };
            let variants: Vec<String> = variants.iter().map(|it| string(it)).collect();
            let _ = write!(
                out,
                "[[{table}]]\nid = \"e-{index}\"\n{key} = {}\nanswer = {}\nvariants = [{}]\n",
                string(title),
                text(answer),
                variants.join(", ")
            );
            if table == "section" && index == 0 {
                out += "anchor = \"first step\"\n";
            }
        }
        out
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_that_comes_back_gives_the_same_entries(file in content()) {
        let content = load(&file);
        let again = there_and_back(&content, Format::Csv, "a.csv");
        prop_assert_eq!(rows(&again), rows(&content));
        let urls = |it: &Content| it.knowledge.entries().iter().map(|it| it.url.clone()).collect::<Vec<_>>();
        prop_assert_eq!(urls(&again), urls(&content));
    }

    #[test]
    fn a_page_or_document_that_comes_back_gives_the_same_entries_without_variants(file in content()) {
        let content = load(&file);
        let mut expected = rows(&content);
        for it in &mut expected {
            it.variants.clear();
        }
        prop_assert_eq!(&rows(&there_and_back(&content, Format::Html, "a.html")), &expected);
        prop_assert_eq!(&rows(&there_and_back(&content, Format::Markdown, "a.md")), &expected);
    }

    #[test]
    fn structured_data_that_comes_back_gives_the_same_questions(file in content()) {
        let content = load(&file);
        let mut expected = rows(&content);
        expected.retain(|it| it.kind != EntryKind::Article);
        for it in &mut expected {
            it.variants.clear();
            it.kind = EntryKind::Faq;
        }
        let text = text(Selection::new(&content, None).unwrap(), Format::JsonLd);
        let found = import::read("a.json", &text, &import::Options::default()).unwrap();
        let again = load(&import::merge::create(&found, "a.html", std::collections::HashSet::new()).text);
        prop_assert_eq!(rows(&again), expected);
    }
}

#[test]
fn what_comes_back_of_two_articles_is_sound() {
    let section = |id: &str| {
        format!(
            "[[section]]\nid = \"{id}-s\"\nheading = \"{id} S\"\nanchor = \"{id}\"\nanswer = \"S.\"\n"
        )
    };
    let article = |id: &str| {
        format!(
            "[article]\nid = \"{id}\"\ntitle = \"{id} A\"\nurl = \"https://a.org/{id}\"\nsummary = \"A.\"\nvariants = [\"all of {id}\"]\n\
             [[faq]]\nid = \"{id}-f\"\nquestion = \"{id}?\"\nanswer = \"F.\"\nsection = \"{id}-s\"\nrelated = [\"one-s\", \"two\"]\n"
        )
    };
    let loaded = Content::parse(vec![
        ("faq/one.toml".into(), section("one") + &article("one")),
        ("faq/two.toml".into(), article("two") + &section("two")),
    ]);
    let content = loaded.content.unwrap();
    for (format, name) in [
        (Format::Csv, "a.csv"),
        (Format::Html, "a.html"),
        (Format::Markdown, "a.md"),
    ] {
        let again = there_and_back(&content, format, name);
        let get = |id: &str| again.knowledge.get(id).unwrap();
        assert_eq!(get("one-s").kind, EntryKind::Section, "{name}");
        assert_eq!(get("one-s").url.as_deref(), Some("https://a.org/one#one"));
        assert_eq!(get("one-f").section, get("one-s").id.clone().into());
        assert_eq!(
            (get("two-f").section.as_ref(), get("two-f").related.len()),
            (None, 2)
        );
        if name == "a.csv" {
            assert_eq!(get("one").variants, ["all of one"]);
            assert_eq!(get("two").variants, ["all of two"]);
        }
    }
}

#[test]
fn no_cell_of_a_table_is_a_formula() {
    let content = load(
        "[[faq]]\nid = \"a\"\nquestion = \"=A1?\"\nanswer = \"\"\"\n- @x\n- y\n\"\"\"\nvariants = [\"+1\", \"'=2\"]\n",
    );
    let table = text(Selection::new(&content, None).unwrap(), Format::Csv);
    assert!(
        table.contains(",'=A1?,\"'- @x\n- y\",\"'+1\n'=2\n\","),
        "{table}"
    );
    let again = there_and_back(&content, Format::Csv, "a.csv");
    assert_eq!(rows(&again), rows(&content));
}

#[test]
fn a_name_of_a_bot_is_what_telegram_allows() {
    for good in ["mill_bot", "@mill_bot", "https://t.me/mill_bot"] {
        assert_eq!(good.parse::<BotName>().unwrap().to_string(), "mill_bot");
    }
    for bad in ["", "bot", "mill-bot", "a b c d e", &"x".repeat(33)] {
        assert!(bad.parse::<BotName>().is_err(), "{bad}");
    }
}

#[test]
fn a_code_has_its_white_border_and_its_corner() {
    let content = load("[[faq]]\nid = \"a\"\nquestion = \"A?\"\nanswer = \"A.\"\n");
    let link = &links(
        Selection::new(&content, None).unwrap(),
        &"mill_bot".parse().unwrap(),
    )[0];
    assert_eq!(link.url, "https://t.me/mill_bot?start=a");
    let mut reader = png::Decoder::new(std::io::Cursor::new(link.png()))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let at = |x: usize, y: usize| pixels[y * info.width as usize + x];
    // Four white dots of eight pixels, then the dark edge of the finder pattern.
    assert_eq!(
        (at(31, 40), at(32, 40), at(40, 31), at(40, 32)),
        (255, 0, 255, 0)
    );
    assert!(link.svg().starts_with("<?xml") && link.svg().contains("<svg"));
}
