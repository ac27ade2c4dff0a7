//! Ids of all files of a folder: each stands for one entry, and every reference names one.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::ops::Range;

use super::EntryKind;
use super::article::{ArticleFile, Draft};
use super::code::Code;
use super::findings::{Findings, Text};
use super::hints::similar;
use super::problem::{Place, Problem};

/// Whether every file of the folder could be read, so that a reference to nothing is
/// really one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllRead {
    Yes,
    No,
}

/// A draft by its file and its place in it.
pub(super) type At = (usize, usize);

/// All ids of a content folder.
pub(crate) struct Ids<'i> {
    first: HashMap<String, At>,
    all_read: AllRead,
    /// Texts that are not TOML throughout.
    broken: Vec<&'i str>,
}

impl Ids<'_> {
    pub(super) fn get(&self, id: &str) -> Option<At> {
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
pub(super) fn check_ids<'i>(files: &mut [ArticleFile<'i>], all_read: AllRead) -> Ids<'i> {
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

pub(super) fn push_all(files: &mut [ArticleFile<'_>], problems: Vec<(usize, Problem)>) {
    for (file, problem) in problems {
        files[file].findings.push(problem);
    }
}

pub(super) fn check_references(files: &mut [ArticleFile<'_>], ids: &Ids<'_>) {
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
            for (nth, related) in draft.related.iter().enumerate() {
                if draft.related[..nth]
                    .iter()
                    .any(|it| it.value == related.value)
                {
                    report(twice_offered(&file.findings, related));
                    continue;
                }
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

/// An id that stands in its list already.
pub(crate) fn twice_offered(findings: &Findings<'_>, id: &Text<'_>) -> Problem {
    Problem::warning(
        Code::TwiceOffered,
        findings.place(&id.mark),
        "this entry is offered already",
    )
    .label("for the second time")
    .fix(without_item(findings.text, &id.span), "")
    .help("people would get the same button twice; take it out")
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
