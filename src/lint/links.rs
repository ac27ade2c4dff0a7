//! Whether the pages behind the links can be reached, and have the passages they open.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::Texts;
use crate::import::{self, fetch};
use crate::knowledge::{Code, EntryKind, Marks, Problem, is_placeholder};
use crate::markup::{Block, Inline};

/// What became of a page.
enum Page {
    Reached(import::Anchors),
    Gone(String),
}

pub(super) fn check(texts: &Texts<'_>) -> Vec<Problem> {
    check_with(texts, |address| {
        let fetched = fetch::fetch(address, &fetch::Limits::default());
        fetched.map(|it| it.text).map_err(|error| error.to_string())
    })
}

fn check_with(texts: &Texts<'_>, fetch: impl Fn(&Url) -> Result<String, String>) -> Vec<Problem> {
    let mut pages: BTreeMap<String, Page> = BTreeMap::new();
    let mut problems = Vec::new();
    for (entry, marks) in texts.entries() {
        let links = links(&entry.answer.blocks);
        for address in links.iter().filter_map(|it| page_of(it)) {
            let page = pages
                .entry(address.to_string())
                .or_insert_with(|| read(&address, &fetch));
            if let Page::Gone(why) = page {
                problems.push(gone(texts, marks, &address, why));
            }
        }
        let Some(url) = entry.url.as_ref().and_then(|it| Url::parse(it).ok()) else {
            continue;
        };
        let Some(address) = page_of(url.as_str()) else {
            continue;
        };
        let page = pages
            .entry(address.to_string())
            .or_insert_with(|| read(&address, &fetch));
        match (page, entry.kind) {
            // Each page is named once, where its address stands.
            (Page::Gone(why), EntryKind::Article | EntryKind::Related) => {
                problems.push(gone(texts, marks, &address, why));
            }
            (Page::Reached(anchors), EntryKind::Section) => {
                let fragment = url.fragment().unwrap_or_default();
                let problem = if fragment.contains(":~:text=") {
                    (!anchors.has_text(&entry.title))
                        .then(|| format!("the page has no heading “{}”", entry.title))
                } else {
                    (!anchors.has_id(fragment))
                        .then(|| format!("the page has no anchor `{fragment}`"))
                };
                if let Some(message) = problem {
                    problems.push(
                        Problem::warning(Code::AnchorGone, marks.title.clone(), message)
                            .label(anchors.nearest(&entry.title).map_or_else(|| "no heading is like it".to_owned(), |it| format!("the nearest is “{it}”")))
                            .help("the link under the answer opens the top of the page instead of the passage; take over the heading or the anchor of the page"),
                    );
                }
            }
            _ => {}
        }
    }
    problems
}

fn read(address: &Url, fetch: impl Fn(&Url) -> Result<String, String>) -> Page {
    match fetch(address) {
        Ok(text) => Page::Reached(import::anchors(&text)),
        Err(why) => Page::Gone(why),
    }
}

/// The page that an address opens, if it is one of the web and no placeholder.
fn page_of(address: &str) -> Option<Url> {
    let mut url = Url::parse(address).ok()?;
    url.set_fragment(None);
    (matches!(url.scheme(), "http" | "https") && !is_placeholder(&url)).then_some(url)
}

/// The addresses in an answer, each once.
fn links(blocks: &[Block]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => links_in(inlines, &mut found),
            Block::List { items, .. } => items.iter().for_each(|it| found.extend(links(it))),
        }
    }
    found
}

fn links_in(inlines: &[Inline], found: &mut BTreeSet<String>) {
    for inline in inlines {
        match inline {
            Inline::Link { url, .. } => {
                found.insert(url.clone());
            }
            Inline::Bold(inner) | Inline::Italic(inner) => links_in(inner, found),
            Inline::Text(_) | Inline::Break => {}
        }
    }
}

fn gone(texts: &Texts<'_>, marks: &Marks, address: &Url, why: &str) -> Problem {
    Problem::warning(
        Code::PageGone,
        texts.place_of(marks, address.as_str()),
        "this page cannot be reached",
    )
    .label(why)
    .help("people who want to read on find nothing; mend the address or the page")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;

    const FILE: &str = r#"
[article]
id = "fees"
title = "Fees"
url = "https://mill.uk/fees"
summary = "What it costs: **[see](https://mill.uk/list#a)**, [mail](mailto:a@mill.uk)."

[[section]]
id = "online"
heading = "Shorter sessions online"
answer = "Less."

[[section]]
id = "couples"
heading = "Couples"
anchor = "two"
answer = "More."

[[related]]
id = "gone"
title = "Gone"
url = "https://mill.uk/gone"
summary = "Old."

[[related]]
id = "later"
title = "Later"
url = "https://example.org/later"
summary = "Not there yet."
"#;

    #[track_caller]
    fn check(page: &str, expected: &[&str]) {
        let loaded = Content::parse(vec![("faq/a.toml".into(), FILE.to_owned())]);
        let texts = Texts {
            loaded: &loaded,
            content: loaded.content.as_ref().unwrap(),
        };
        let problems = check_with(&texts, |address| match address.path() {
            "/fees" | "/list" => Ok(page.to_owned()),
            _ => Err(format!("{address} answers with 404")),
        });
        let words: Vec<String> = problems
            .iter()
            .map(|it| format!("{} ({})", it.message, it.label))
            .collect();
        assert_eq!(words, expected);
    }

    #[test]
    fn links_inside_answers_are_opened_too() {
        let answer = "\"\"\"\n- a\n- [old](https://mill.uk/old)\n\"\"\"";
        let text = FILE.replace("\"More.\"", answer);
        let loaded = Content::parse(vec![("faq/a.toml".into(), text)]);
        let texts = Texts {
            loaded: &loaded,
            content: loaded.content.as_ref().unwrap(),
        };
        let problems = check_with(&texts, |address| match address.path() {
            "/old" => Err("it is gone".to_owned()),
            _ => Ok("<h2 id='two'>Shorter sessions online</h2>".to_owned()),
        });
        let [problem] = &problems[..] else {
            panic!("{problems:?}");
        };
        let span = problem.place.span.clone().unwrap();
        let source = &loaded.report.sources()[problem.place.file].text;
        assert_eq!(&source[span], "https://mill.uk/old");
    }

    const GONE: &str = "this page cannot be reached (https://mill.uk/gone answers with 404)";

    #[test]
    fn pages_and_passages_that_are_gone_are_named_with_the_nearest_heading() {
        check(
            "<h1>Fees</h1><h2>Shorter sessions online</h2><h2 id='two'>Couples</h2>",
            &[GONE],
        );
        check(
            "<h1>Fees</h1><h2>Short sessions online</h2><h2>Families</h2>",
            &[
                "the page has no heading “Shorter sessions online” (the nearest is “Short sessions online”)",
                "the page has no anchor `two` (no heading is like it)",
                GONE,
            ],
        );
    }
}
