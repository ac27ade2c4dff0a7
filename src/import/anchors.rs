//! What links into a page can point at: its anchors and headings.

use std::collections::HashSet;

use dom_query::Document as Html;

use super::{one_line, same_words};

/// The anchors and headings of a page.
#[derive(Debug)]
pub struct Anchors {
    ids: HashSet<String>,
    headings: Vec<String>,
    /// All words of the page, as [`same_words`] compares them.
    text: String,
}

/// Reads the anchors of a page.
#[must_use]
pub fn anchors(text: &str) -> Anchors {
    if super::page::is_deep_text(text) {
        return Anchors {
            ids: HashSet::new(),
            headings: Vec::new(),
            text: same_words(text),
        };
    }
    let html = Html::from(text);
    let ids = html.select("[id], a[name]");
    let ids = ids
        .nodes()
        .iter()
        .flat_map(|it| [it.attr("id"), it.attr("name")])
        .flatten()
        .map(|it| it.to_string())
        .collect();
    let headings = html.select("h1, h2, h3, h4, h5, h6, summary, dt");
    let headings = headings
        .nodes()
        .iter()
        .map(|it| one_line(&it.text()))
        .filter(|it| !it.is_empty())
        .collect();
    let body = html.body().unwrap_or_else(|| html.root());
    Anchors {
        ids,
        headings,
        text: same_words(&body.text()),
    }
}

impl Anchors {
    /// Whether the page has this anchor; `fragment` may be percent-encoded.
    #[must_use]
    pub fn has_id(&self, fragment: &str) -> bool {
        let pair = format!("a={}", fragment.replace('+', "%2B"));
        let decoded = url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned());
        self.ids.contains(fragment) || decoded.is_some_and(|it| self.ids.contains(&it))
    }

    /// Whether the words stand on the page somewhere, as a browser looks for them.
    #[must_use]
    pub fn has_text(&self, words: &str) -> bool {
        self.text.contains(&same_words(words))
    }

    /// The heading most like these words, if any is.
    #[must_use]
    pub fn nearest(&self, words: &str) -> Option<&str> {
        let words = same_words(words);
        let likeness =
            |heading: &str| strsim::normalized_damerau_levenshtein(&words, &same_words(heading));
        let best = self
            .headings
            .iter()
            .map(|it| (likeness(it), it))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        best.filter(|(likeness, _)| *likeness > 0.4)
            .map(|(_, it)| it.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_searched_for_what_links_point_at() {
        let page = anchors(
            "<h1>Fees</h1><h2 id='kurz zeit'>Short sessions</h2><p>Only <a name=old>online</a>.</p>",
        );
        assert!(page.has_id("kurz%20zeit") && page.has_id("old") && !page.has_id("new"));
        assert!(page.has_text("short  Sessions") && !page.has_text("long sessions"));
        assert_eq!(page.nearest("Shorter sessions"), Some("Short sessions"));
        assert_eq!(page.nearest("How to complain"), None);
    }
}
