//! Drafts of all files to one [`KnowledgeBase`]: ids that meet, references to follow, and
//! wordings that two entries share.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::article::{self, ArticleFile, Draft};
use super::code::Code;
use super::fields::{Findings, Text, similar};
use super::problem::{Place, Problem};
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
        let allow = draft.allow.iter().map(|it| (place(it), it.one_line()));
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

/// Whether every file of the folder could be read, so that a reference to nothing is
/// really one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllRead {
    Yes,
    No,
}

/// A draft by its file and its place in it.
type At = (usize, usize);

/// All ids of a content folder.
pub(crate) struct Ids<'i> {
    first: HashMap<String, At>,
    all_read: AllRead,
    /// Texts that are not TOML throughout.
    broken: Vec<&'i str>,
}

impl Ids<'_> {
    fn get(&self, id: &str) -> Option<At> {
        self.first.get(id).copied()
    }

    /// Whether an entry has this id, or might have it in a file, or a part of one, that
    /// could not be read. Then the reference is checked once that is mended.
    pub(crate) fn may_hold(&self, id: &str) -> bool {
        self.first.contains_key(id) || self.may_hide(id)
    }

    fn may_hide(&self, id: &str) -> bool {
        let mut lines = self.broken.iter().flat_map(|text| text.lines());
        self.all_read == AllRead::No
            || lines.any(|line| line.trim_start().starts_with("id") && line.contains(id))
    }

    /// Every id, in no order.
    #[cfg(feature = "workshop")]
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.first.keys().map(String::as_str)
    }

    /// The id that was most likely meant.
    pub(crate) fn similar(&self, id: &str) -> Option<&str> {
        similar(id, self.first.keys().map(String::as_str))
    }
}

fn place(files: &[ArticleFile<'_>], at: At) -> Place {
    let file = &files[at.0];
    file.findings.place(&file.drafts[at.1].mark())
}

/// Where each id stands first. Ids that come again are reported.
fn check_ids<'i>(files: &mut [ArticleFile<'i>], all_read: AllRead) -> Ids<'i> {
    let mut ids: HashMap<String, At> =
        HashMap::with_capacity(files.iter().map(|it| it.drafts.len()).sum());
    let mut problems = Vec::new();
    for (file_index, file) in files.iter().enumerate() {
        for (index, draft) in file.drafts.iter().enumerate() {
            let Some(id) = &draft.id else { continue };
            match ids.entry(id.value.clone().into_owned()) {
                Slot::Vacant(slot) => {
                    slot.insert((file_index, index));
                }
                Slot::Occupied(first) => {
                    let problem = Problem::error(Code::DuplicateId, place(files, (file_index, index)), format!("two entries have the id `{}`", id.value))
                        .label("a second time here")
                        .help("links and buttons find an entry by its id, so each needs its own; rename the newer one, because the older may be in use")
                        .other(place(files, *first.get()), "first here");
                    problems.push((file_index, problem));
                }
            }
        }
    }
    push_all(files, problems);
    let broken = files
        .iter()
        .filter(|it| !it.findings.is_sound())
        .map(|it| it.findings.text);
    Ids {
        first: ids,
        all_read,
        broken: broken.collect(),
    }
}

fn push_all(files: &mut [ArticleFile<'_>], problems: Vec<(usize, Problem)>) {
    for (file, problem) in problems {
        files[file].findings.push(problem);
    }
}

fn check_references(files: &mut [ArticleFile<'_>], ids: &Ids<'_>) {
    let mut problems = Vec::new();
    for (file_index, file) in files.iter().enumerate() {
        for (index, draft) in file.drafts.iter().enumerate() {
            let mut report = |problem| problems.push((file_index, problem));
            if let Some(section) = &draft.section {
                match ids.get(&section.value).map(|at| &files[at.0].drafts[at.1]) {
                    None if ids.may_hide(&section.value) => {}
                    None => {
                        let sections = files.iter().flat_map(|it| &it.drafts).filter(|it| opens_a_passage(it));
                        let problem = nothing_named(file, section, "no section has this id", sections).help(
                            "the link under the answer opens this section; give the id of a [[section]], or take the line out to link to the whole article",
                        );
                        report(problem);
                    }
                    Some(target) if opens_a_passage(target) => {}
                    Some(target) => report(
                        Problem::error(Code::NotASection, file.findings.place(&section.mark), format!("`{}` is not a section", section.value))
                            .label(format!("this is a {}", target.kind.table()))
                            .help("the link under the answer opens a passage; give the id of a [[section]], or take the line out to link to the whole article"),
                    ),
                }
            }
            for related in &draft.related {
                match ids.get(&related.value) {
                    Some(at) if at == (file_index, index) => report(
                        Problem::warning(Code::OwnId, file.findings.place(&related.mark), "this entry offers itself as the next question")
                            .label("its own id")
                            .fix(without_item(file.findings.text, &related.span), "")
                            .help("people would get the same answer again; take it out or name another entry"),
                    ),
                    Some(_) => {}
                    None if ids.may_hide(&related.value) => {}
                    None => {
                        let entries = files.iter().flat_map(|it| &it.drafts);
                        let problem = nothing_named(file, related, "no entry has this id", entries).help(
                            "it is offered as the next question under the answer; give the id of an entry, or take it out",
                        );
                        report(problem);
                    }
                }
            }
        }
    }
    push_all(files, problems);
}

/// An item of a list with the comma and the white space that go with it.
pub(super) fn without_item(text: &str, item: &Range<usize>) -> Range<usize> {
    let after = &text[item.end..];
    let comma = after.trim_start();
    if let Some(rest) = comma.strip_prefix(',') {
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        return item.start..text.len() - rest.len() + blank;
    }
    let before = text[..item.start].trim_end();
    let start = before.strip_suffix(',').map_or(item.start, str::len);
    start..item.end
}

fn opens_a_passage(draft: &Draft<'_>) -> bool {
    matches!(draft.kind, EntryKind::Section | EntryKind::Article)
}

fn nothing_named<'d>(
    file: &ArticleFile<'_>,
    name: &Text<'_>,
    message: &str,
    candidates: impl Iterator<Item = &'d Draft<'d>>,
) -> Problem {
    let ids = candidates
        .filter_map(|draft| draft.id.as_ref())
        .map(|id| &*id.value);
    let label = match similar(&name.value, ids) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "names nothing".to_owned(),
    };
    Problem::error(Code::UnknownId, file.findings.place(&name.mark), message).label(label)
}

/// Warns of a question or variant that two entries share: nobody could say which is meant.
fn check_wordings(files: &mut [ArticleFile<'_>]) {
    let mut wordings: Vec<(u64, At, &Text<'_>)> = Vec::new();
    for (file_index, file) in files.iter().enumerate() {
        for (index, draft) in file.drafts.iter().enumerate() {
            let texts = draft.title.iter().chain(&draft.variants);
            wordings.extend(texts.map(|text| (hash(&text.value), (file_index, index), text)));
        }
    }
    // A stable sort: what is alike comes together, the first in the content first.
    wordings.sort_by_key(|(hash, ..)| *hash);
    let mut problems = Vec::new();
    for alike in wordings
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|it| it.len() > 1)
    {
        let (_, first_at, first) = alike[0];
        let words = folded(&first.value);
        for (_, at, text) in &alike[1..] {
            if *at == first_at || words.is_empty() || folded(&text.value) != words {
                continue;
            }
            let place = files[at.0].findings.place(&text.mark);
            let problem = Problem::warning(Code::SharedWording, place, "two entries share this wording")
                .label("also here")
                .help("whoever asks this gets a choice of both instead of one answer; keep it where it fits best")
                .other(files[first_at.0].findings.place(&first.mark), "first here");
            problems.push((at.0, problem));
        }
    }
    drop(wordings);
    push_all(files, problems);
}

/// Hands on words only: case, accents' encoding, punctuation and the amount of white
/// space don't make a different question.
fn fold(text: &str, mut each: impl FnMut(char)) {
    let mut any = false;
    let mut gap = false;
    let mut next = |char: char, is_word: bool| {
        if is_word {
            if std::mem::take(&mut gap) && any {
                each(' ');
            }
            any = true;
            each(char);
        } else if !matches!(char, '\'' | '’') {
            gap = true;
        }
    };
    // Nearly all text is ASCII, and a large knowledge base spends its loading time here.
    if text.is_ascii() {
        for byte in text.bytes() {
            next(
                char::from(byte.to_ascii_lowercase()),
                byte.is_ascii_alphanumeric(),
            );
        }
    } else {
        for char in text.nfkc().flat_map(char::to_lowercase) {
            next(char, char.is_alphanumeric());
        }
    }
}

pub(super) fn folded(text: &str) -> String {
    let mut out = String::new();
    fold(text, |char| out.push(char));
    out
}

/// FNV-1a over the folded text; equal hashes are compared in full.
fn hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    fold(text, |char| {
        hash = (hash ^ u64::from(char)).wrapping_mul(0x0000_0100_0000_01b3);
    });
    hash
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
            let title = title.one_line();
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
            knowledge.by_id.insert(id.clone(), knowledge.entries.len());
            knowledge.entries.push(Entry {
                id,
                kind: draft.kind,
                title,
                variants: draft.variants.iter().map(Text::one_line).collect(),
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
    fn table(self) -> &'static str {
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
