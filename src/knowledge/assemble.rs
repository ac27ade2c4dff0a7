//! Drafts of all files to one [`KnowledgeBase`].

use std::collections::HashMap;
use std::ops::Range;

use super::article::{self, ArticleFile, Draft};
use super::findings::{Findings, Text};
use super::ids::{AllRead, At, Ids, check_ids, check_references};
use super::problem::{Place, Problem};
use super::wordings::check_wordings;
use super::{Article, Entry, EntryId, EntryKind, KnowledgeBase, link};

/// What came of reading content files.
pub(crate) struct Parsed<'i> {
    /// Fit to be used if none of the problems is an error.
    pub(crate) knowledge: KnowledgeBase,
    pub(crate) problems: Vec<Problem>,
    pub(crate) ids: Ids<'i>,
    /// Of each entry of the knowledge base, in its order.
    pub(crate) marks: Vec<Marks>,
}

/// Where the parts of an entry stand, and what only a check wants to know of it.
#[derive(Debug)]
pub(crate) struct Marks {
    pub(crate) id: Place,
    pub(crate) title: Place,
    pub(crate) variants: Vec<Place>,
    /// From the heading of the entry to the next one.
    pub(crate) extent: Range<usize>,
    /// The items of `allow`.
    pub(crate) allow: Vec<(Place, String)>,
    /// `valid_from` and `valid_until`, as `2026-11-23`.
    pub(crate) valid: (Option<String>, Option<String>),
}

impl Marks {
    /// `end` is where the next entry begins; none for the last of the file.
    fn of(
        findings: &Findings<'_>,
        draft: &Draft<'_>,
        title: &Text<'_>,
        end: Option<usize>,
    ) -> Self {
        let place = |text: &Text<'_>| findings.place(&text.mark);
        let allow = draft
            .allow
            .iter()
            .map(|it| (place(it), it.one_line().into_owned()));
        Self {
            id: findings.place(&draft.mark()),
            title: place(title),
            variants: draft.variants.iter().map(place).collect(),
            extent: draft.header.start..end.unwrap_or(findings.text.len()),
            allow: allow.collect(),
            valid: draft.valid.clone(),
        }
    }
}

/// Reads content files, given with their numbers in the report. All problems of all files
/// are found in one go.
pub(crate) fn parse<'i>(
    files: impl Iterator<Item = (usize, &'i str)>,
    all_read: AllRead,
) -> Parsed<'i> {
    let mut files: Vec<ArticleFile<'i>> = files
        .map(|(file, text)| article::read(file, text))
        .collect();
    let ids = check_ids(&mut files, all_read);
    check_references(&mut files, &ids);
    check_wordings(&mut files);
    let problems = files
        .iter_mut()
        .flat_map(|file| std::mem::take(&mut file.findings.problems))
        .collect();
    let (knowledge, marks) = assemble(files, &ids);
    Parsed {
        knowledge,
        problems,
        ids,
        marks,
    }
}

fn assemble(files: Vec<ArticleFile<'_>>, ids: &Ids<'_>) -> (KnowledgeBase, Vec<Marks>) {
    let sections: HashMap<At, String> = files
        .iter()
        .enumerate()
        .flat_map(|(file_index, file)| {
            let page = file
                .article
                .as_ref()
                .and_then(|article| article.url.as_deref());
            file.drafts
                .iter()
                .enumerate()
                .filter_map(move |(index, draft)| {
                    Some(((file_index, index), passage(draft, page?)?))
                })
        })
        .collect();
    let mut knowledge = KnowledgeBase::default();
    let mut marks = Vec::new();
    for (file_index, file) in files.into_iter().enumerate() {
        let page = file
            .article
            .as_ref()
            .and_then(|article| article.url.clone());
        let article = page.as_ref().map(|_| knowledge.articles.len());
        let ends: Vec<usize> = file
            .drafts
            .iter()
            .skip(1)
            .map(|it| it.header.start)
            .collect();
        for (index, draft) in file.drafts.into_iter().enumerate() {
            let (Some(id), Some(title)) = (
                draft.id.as_ref().and_then(|id| EntryId::new(&id.value)),
                &draft.title,
            ) else {
                continue;
            };
            let end = ends.get(index).copied();
            marks.push(Marks::of(&file.findings, &draft, title, end));
            let title = title.one_line().into_owned();
            if let (EntryKind::Article, Some(article), Some(url)) =
                (draft.kind, &file.article, &page)
            {
                let (id, title, url, reviewed) = (
                    id.clone(),
                    title.clone(),
                    url.clone(),
                    article.reviewed.clone(),
                );
                knowledge.articles.push(Article {
                    id,
                    title,
                    url,
                    reviewed,
                });
            }
            let section = draft.section.as_ref();
            let url = match draft.kind {
                EntryKind::Related => draft.url,
                EntryKind::Article | EntryKind::Section => {
                    sections.get(&(file_index, index)).cloned()
                }
                EntryKind::Faq => match section.and_then(|section| ids.get(&section.value)) {
                    Some(at) => sections.get(&at).cloned(),
                    None => page.clone(),
                },
            };
            let own_id = id.clone();
            let related = draft
                .related
                .iter()
                .filter_map(|text| EntryId::new(&text.value))
                .filter(|it| *it != own_id);
            let variants = draft.variants.iter().map(|it| it.one_line().into_owned());
            knowledge.by_id.insert(id.clone(), knowledge.entries.len());
            knowledge.entries.push(Entry {
                id,
                kind: draft.kind,
                title,
                variants: variants.collect(),
                answer: draft.answer,
                article,
                url,
                section: section.and_then(|section| EntryId::new(&section.value)),
                related: related.collect(),
                language: file.language.clone().into_owned(),
            });
        }
    }
    (knowledge, marks)
}

/// The address of a section or article.
fn passage(draft: &Draft<'_>, page: &str) -> Option<String> {
    match draft.kind {
        EntryKind::Article => Some(page.to_owned()),
        EntryKind::Section => Some(link::passage(
            page,
            draft.anchor.as_deref(),
            &draft.title.as_ref()?.one_line(),
        )),
        EntryKind::Faq | EntryKind::Related => None,
    }
}

impl EntryKind {
    /// The heading that begins such an entry in a file.
    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Faq => "[[faq]]",
            Self::Section => "[[section]]",
            Self::Article => "[article]",
            Self::Related => "[[related]]",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, read};
    use super::*;

    const ARTICLE: &str = r#"
        [article]
        id = "one"
        title = "One  and\ttwo"
        url = "https://a.org/one"
        summary = "*All* of it."
        language = "de-AT"
        reviewed = 2026-11-23
        variants = ["the whole"]
        [[faq]]
        id = "faq"
        question = "What first?"
        answer = "This."
        section = "first"
        related = ["second", "other"]
        variants = ["where to begin"]
        [[section]]
        id = "first"
        heading = "First - and foremost"
        answer = "First."
        variants = ["beginning"]
        [[section]]
        id = "second"
        heading = "Second"
        anchor = "two"
        answer = "Second."
        variants = ["after that"]
        [[related]]
        id = "other"
        title = "Other"
        url = "https://a.org/other"
        summary = "Another."
        variants = ["something else"]
        [[faq]]
        id = "whole"
        question = "Whole?"
        answer = "Yes."
        variants = ["complete"]
    "#;

    const LOOSE: &str = r#"
        [[faq]]
        id = "loose"
        question = "Loose?"
        answer = "Yes."
        section = "second"
        variants = ["free"]
    "#;

    #[test]
    fn entries_keep_the_order_of_the_files_and_their_links_open_the_passage() {
        let content = read(&[ARTICLE, LOOSE]).content.unwrap();
        let entries: Vec<String> = content
            .knowledge
            .entries()
            .iter()
            .map(|it| {
                format!(
                    "{:?} {:?} {:?} {} {}",
                    it.id,
                    it.kind,
                    it.article,
                    it.language,
                    it.url.as_deref().unwrap()
                )
            })
            .collect();
        assert_eq!(
            entries,
            [
                "one Article Some(0) de https://a.org/one",
                "faq Faq Some(0) de https://a.org/one#:~:text=First%20%2D%20and%20foremost",
                "first Section Some(0) de https://a.org/one#:~:text=First%20%2D%20and%20foremost",
                "second Section Some(0) de https://a.org/one#two",
                "other Related Some(0) de https://a.org/other",
                "whole Faq Some(0) de https://a.org/one",
                "loose Faq None en https://a.org/one#two",
            ]
        );
        let one = content.knowledge.get("one").unwrap();
        assert_eq!(
            (one.title.as_str(), one.answer.telegram_html()),
            ("One and two", "<i>All</i> of it.".to_owned())
        );
        assert_eq!(one.variants, ["the whole"]);
        let faq = content.knowledge.get("faq").unwrap();
        assert_eq!(faq.section, EntryId::new("first"));
        assert_eq!(
            faq.related,
            [
                EntryId::new("second").unwrap(),
                EntryId::new("other").unwrap()
            ]
        );
        let article = &content.knowledge.articles()[0];
        assert_eq!(
            (article.title.as_str(), article.reviewed.as_deref()),
            ("One and two", Some("2026-11-23"))
        );
    }

    #[test]
    fn a_loose_question_has_no_page() {
        let content = read(&[&LOOSE.replace("section", "# section")])
            .content
            .unwrap();
        assert_eq!(content.knowledge.get("loose").unwrap().url, None);
    }

    fn faq(id: &str, question: &str, more: &str) -> String {
        format!("[[faq]]\nid = \"{id}\"\nquestion = \"{question}\"\nanswer = \"Yes.\"\n{more}\n")
    }

    #[test]
    fn an_id_stands_for_one_entry_in_all_files() {
        let a = faq("x", "A?", "variants = ['a1']");
        let b = faq("x", "B?", "variants = ['b1']");
        check(
            &[&a, &b],
            &["error b.toml:2:6 two entries have the id `x` (a second time here)"],
        );
        let report = read(&[&a, &b]).report;
        assert_eq!(report.problems()[0].others[0].0.file, 0);
    }

    #[test]
    fn a_reference_names_an_entry() {
        let a = faq(
            "faq-blame",
            "A?",
            "variants = ['a1']\nsection = 'frist'\nrelated = ['faq-blam', 'nowhere', 'faq-blame']",
        );
        check(
            &[&a, &ARTICLE.replace("[[faq]]", "# other\n[[faq]]")],
            &[
                "error a.toml:6:11 no section has this id (did you mean `first`?)",
                "error a.toml:7:12 no entry has this id (did you mean `faq-blame`?)",
                "error a.toml:7:24 no entry has this id (names nothing)",
                "warning a.toml:7:35 this entry offers itself as the next question (its own id)",
            ],
        );
        let b = faq("b", "B?", "variants = ['b1']\nsection = 'c'")
            + &faq("c", "C?", "variants = ['c1']");
        check(
            &[&b],
            &["error a.toml:6:11 `c` is not a section (this is a [[faq]])"],
        );
    }

    #[test]
    fn a_reference_into_a_broken_part_waits() {
        let a = faq("a", "A?", "variants = ['a1']\nrelated = ['b']");
        let b = faq("b", "B?", "variants = ['b1']").replace("id = \"b\"", "id = \"b");
        check(
            &[&a, &b],
            &[
                "error b.toml:2:6 the closing quotation mark is missing (this text does not end on its line)",
            ],
        );
    }

    #[test]
    fn a_wording_belongs_to_one_entry() {
        let a = faq(
            "a",
            "Is it my fault?",
            "variants = ['One-to-one', 'is it MY fault']",
        );
        let b = faq(
            "b",
            "one  to one!",
            "variants = [\"isn't it\", 'Ça va', '?!']",
        );
        let c = faq("c", "Isn’t it?", "variants = ['C\u{327}a va']");
        check(
            &[&a, &b, &c],
            &[
                "warning b.toml:3:12 two entries share this wording (also here)",
                "warning c.toml:3:12 two entries share this wording (also here)",
                "warning c.toml:5:13 two entries share this wording (also here)",
            ],
        );
    }
}
