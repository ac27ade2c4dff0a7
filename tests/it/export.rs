//! `askwell export`: the content as a page, structured data, Markdown, a table and links.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `askwell export` on the content that comes along.
fn export(args: &[&str]) -> Output {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
        .arg("export")
        .args(args)
        .current_dir(dir)
        .env_clear()
        .output()
        .unwrap()
}

fn text(args: &[&str]) -> String {
    let output = export(args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_page_has_an_anchor_for_each_entry_and_no_variants() {
    let page = text(&["html"]);
    assert!(
        page.contains("<section id=\"faq-blame\" data-askwell=\"faq\" lang=\"en\""),
        "{page}"
    );
    assert!(
        page.contains(
            "<a href=\"#faq-blame\">Will the therapist take sides or blame my partner?</a>"
        )
    );
    assert!(page.contains("Read the full article: "));
    assert!(!page.contains("my bf thinks therapy is bs"));
}

#[test]
fn structured_data_is_a_faq_page_of_questions() {
    let data: serde_json::Value = serde_json::from_str(&text(&["json-ld"])).unwrap();
    assert_eq!(
        (&data["@context"], &data["@type"]),
        (&"https://schema.org".into(), &"FAQPage".into())
    );
    let question = data["mainEntity"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["identifier"] == "faq-blame")
        .unwrap();
    assert_eq!(question["@type"], "Question");
    assert!(
        question["acceptedAnswer"]["text"]
            .as_str()
            .unwrap()
            .starts_with("<p>No, an ethical therapist")
    );
}

#[test]
fn one_article_can_be_exported_by_itself() {
    assert!(
        text(&["markdown", "--article", "couples-therapy-one-partner"])
            .starts_with("# Can Couples Therapy Help")
    );
    let output = export(&["markdown", "--article", "couples"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("the articles are couples-therapy-one-partner")
    );
}

#[test]
fn the_table_holds_the_variants_too() {
    assert!(text(&["csv"]).contains("my bf thinks therapy is bs"));
}

#[test]
fn links_come_with_their_codes() {
    let dir = tempfile::tempdir().unwrap();
    let out = text(&[
        "links",
        "--bot",
        "@mill_bot",
        "--out",
        dir.path().to_str().unwrap(),
    ]);
    assert!(
        out.contains("https://t.me/mill_bot?start=faq-blame\tWill the therapist"),
        "{out}"
    );
    let n_links = out.lines().count();
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 2 * n_links);
    assert_eq!(
        &std::fs::read(dir.path().join("faq-blame.png")).unwrap()[1..4],
        b"PNG"
    );
    assert_eq!(export(&["links"]).status.code(), Some(2));
    assert_eq!(export(&["links", "--bot", "no"]).status.code(), Some(2));
}
