//! Whether the pages behind the links can be reached, and have the passages they open.

use std::collections::BTreeMap;

use url::Url;

use super::Texts;
use crate::import::{self, fetch};
use crate::knowledge::{Code, EntryKind, Marks, Problem, is_placeholder};

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
        let Some(url) = entry
            .url
            .as_ref()
            .and_then(|it| Url::parse(it).ok())
            .filter(|it| !is_placeholder(it))
        else {
            continue;
        };
        let mut address = url.clone();
        address.set_fragment(None);
        let page = pages
            .entry(address.to_string())
            .or_insert_with(|| match fetch(&address) {
                Ok(text) => Page::Reached(import::anchors(&text)),
                Err(why) => Page::Gone(why),
            });
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
summary = "What it costs."

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
            "/fees" => Ok(page.to_owned()),
            _ => Err(format!("{address} answers with 404")),
        });
        let words: Vec<String> = problems
            .iter()
            .map(|it| format!("{} ({})", it.message, it.label))
            .collect();
        assert_eq!(words, expected);
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
