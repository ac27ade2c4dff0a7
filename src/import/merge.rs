//! What was found, joined with the file of an earlier import. Three sides decide: what the
//! source said then (kept as a fingerprint in `imported`), what it says now, and what the
//! file says now. Only the texts that change are touched; every other byte of the file stays.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::existing::{Entry, Existing};
use super::pair::pairs;
use super::references::References;
use super::write::{self, fingerprint, slug, unique};
use super::{Found, Item, LeftOut, Page};
use crate::knowledge::EntryKind;
use crate::markup::Document;

/// The file as it should be, and what happened to each entry.
#[derive(Debug)]
pub struct Merged {
    pub text: String,
    pub changes: Vec<Change>,
    /// Parts of entries that could not come in.
    pub left_out: Vec<LeftOut>,
}

/// What happened to one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub id: String,
    pub title: String,
    pub kind: ChangeKind,
}

impl Change {
    fn added(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            kind: ChangeKind::Added,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    /// Neither side changed it.
    Same,
    /// The source changed it, and the file had it as it was.
    Updated,
    /// The file changed it, and the source did not.
    Yours,
    /// Both changed it, to different words.
    Conflict {
        source: String,
        yours: String,
    },
    /// The source has it no longer; it stays in the file.
    Gone,
    /// It was taken out of the file, and stays out.
    TakenOut,
}

/// What to do where both sides changed a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Conflicts {
    /// Keep the words of the file and report the conflict.
    #[default]
    Report,
    /// Keep the words of the file, and do not report it again.
    Mine,
    /// Take the words of the source.
    Source,
}

/// Why a file cannot take an import.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error(
        "is not TOML, so what stands in it could not be kept; run `askwell check`, mend it and import again"
    )]
    Broken(#[source] Box<toml::de::Error>),
    #[error(
        "was not written by `askwell import`, so nobody can say which words in it are yours; choose another file with --out"
    )]
    Foreign,
}

/// A file for what was found. `taken` are the ids of all other files of the folder.
#[must_use]
pub(crate) fn create(found: &Found, source: &str, mut taken: HashSet<String>) -> Merged {
    let named = named(found);
    let mut references = References::new(taken.clone());
    let mut changes = Vec::new();
    let mut tables = Vec::new();
    let page = found.page.as_ref().map(|it| (page_key(it), it));
    if let Some((key, page)) = &page {
        let id = unique(key, &mut taken);
        tables.push(write::page(page, &id));
        references.add(key, &page.title, &id, EntryKind::Article);
        changes.push(Change::added(&id, &page.title));
    }
    let ids: Vec<String> = named
        .iter()
        .map(|(from, _)| unique(from, &mut taken))
        .collect();
    for ((from, item), id) in named.iter().zip(&ids) {
        references.add(from, &item.title, id, item.kind);
        changes.push(Change::added(id, &item.title));
    }
    let mut left_out = Vec::new();
    for ((from, item), id) in named.iter().zip(&ids) {
        let item = references.follow(item, id, &mut left_out);
        tables.push(write::entry(&item, id, from));
    }
    let seen: Vec<&str> = named.iter().map(|(from, _)| from.as_str()).collect();
    let text = format!(
        "# Imported by `askwell import`. Edit as you like: a second import keeps your changes. The\n\
         # lines `imported` and the table [import] tell it which words are yours; leave them.\n\
         # Add `variants` to each entry, the ways people really ask.\n\n\
         [import]\nsource = {}\nseen = {}\n\n{}",
        write::string(source),
        list(&seen),
        tables.join("\n")
    );
    Merged {
        text,
        changes,
        left_out,
    }
}

/// The file `old` with what the source says now.
///
/// # Errors
/// When `old` is not TOML or does not come from an import.
pub(crate) fn update(
    old: &str,
    found: &Found,
    mut taken: HashSet<String>,
    conflicts: Conflicts,
) -> Result<Merged, MergeError> {
    let file = Existing::read(old)?;
    let mut merge = Merge {
        conflicts,
        edits: Vec::new(),
        changes: Vec::new(),
        left_out: Vec::new(),
    };
    if let (Some(page), Some(entry)) = (&found.page, file.page()) {
        merge.entry(entry, "page", &page.title, &page.summary);
    }
    taken.extend(file.foreign_ids.iter().cloned());
    let others = taken.clone();
    taken.extend(file.entries.iter().map(|it| it.id.clone()));
    let named = named(found);
    let pairs = pairs(&named, &file);
    let fates: Vec<Fate<'_>> = named
        .iter()
        .zip(&pairs)
        .map(|((from, _), pair)| match pair {
            Some(at) => Fate::Known(&file.entries[*at]),
            None if file.is_taken_out(from) => Fate::TakenOut,
            None => Fate::Added(unique(from, &mut taken)),
        })
        .collect();
    let page = found.page.as_ref().map(|it| (page_key(it), it));
    let mut references = References::new(others);
    if let (Some((key, page)), Some(entry)) = (&page, file.page()) {
        references.add(key, &page.title, &entry.id, EntryKind::Article);
    }
    for ((from, item), fate) in named.iter().zip(&fates) {
        match fate {
            Fate::Known(entry) => references.add(from, &item.title, &entry.id, entry.kind),
            Fate::Added(id) => references.add(from, &item.title, id, item.kind),
            Fate::TakenOut => {}
        }
    }
    for entry in &file.entries {
        references.add(&entry.from, &entry.title.value, &entry.id, entry.kind);
    }
    let mut added = Vec::new();
    let mut tables = String::new();
    for ((from, item), fate) in named.iter().zip(&fates) {
        match fate {
            Fate::Known(entry) => merge.entry(entry, from, &item.title, &item.answer),
            Fate::Added(id) => {
                let item = references.follow(item, id, &mut merge.left_out);
                tables.push('\n');
                tables.push_str(&write::entry(&item, id, from));
                merge.changes.push(Change::added(id, &item.title));
                added.push(from.as_str());
            }
            Fate::TakenOut => merge.changes.push(Change {
                id: from.clone(),
                title: item.title.clone(),
                kind: ChangeKind::TakenOut,
            }),
        }
    }
    let keys: HashSet<&str> = named.iter().map(|(from, _)| from.as_str()).collect();
    let paired: HashSet<usize> = pairs.iter().flatten().copied().collect();
    for (at, entry) in file.entries.iter().enumerate() {
        if entry.from != "page" && !paired.contains(&at) {
            merge.gone(entry, &keys);
        }
    }
    let seen = seen(&file, &named, &pairs, &added);
    if seen != file.seen {
        let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
        merge.edits.push((file.seen_span.clone(), list(&seen)));
    }
    if !added.is_empty() {
        let before = if old.ends_with('\n') { "" } else { "\n" };
        merge
            .edits
            .push((old.len()..old.len(), format!("{before}{tables}")));
    }
    Ok(Merged {
        text: edited(old, merge.edits),
        changes: merge.changes,
        left_out: merge.left_out,
    })
}

/// The names of all items that ever came in, by which those that were taken out are known.
fn seen<'s>(
    file: &'s Existing,
    named: &'s [(String, &Item)],
    pairs: &[Option<usize>],
    added: &[&'s str],
) -> Vec<String> {
    let renamed: HashMap<&str, &str> = named
        .iter()
        .zip(pairs)
        .filter_map(|((from, _), pair)| Some((file.entries[(*pair)?].from.as_str(), from.as_str())))
        .collect();
    let known = file.seen.iter().map(String::as_str);
    let known = known.map(|it| renamed.get(it).copied().unwrap_or(it));
    let mut seen: Vec<String> = Vec::new();
    let mut have = HashSet::new();
    for name in known.chain(added.iter().copied()) {
        if have.insert(name) {
            seen.push(name.to_owned());
        }
    }
    seen
}

/// The source that a file was imported from, if it was.
#[must_use]
pub fn source_of(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).ok()?;
    Some(table.get("import")?.get("source")?.as_str()?.to_owned())
}

/// A text with some parts replaced. Everything outside of them stays byte for byte.
#[must_use]
pub fn edited(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(span, _)| span.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in edits {
        out.push_str(&text[at..span.start]);
        out.push_str(&new);
        at = span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Each item with the name it goes by in `imported`.
fn named(found: &Found) -> Vec<(String, &Item)> {
    let mut taken = HashSet::from(["page".to_owned()]);
    let name = |item: &Item| item.id.clone().unwrap_or_else(|| slug(&item.title));
    found
        .items
        .iter()
        .map(|item| (unique(&name(item), &mut taken), item))
        .collect()
}

fn page_key(page: &Page) -> String {
    page.id.clone().unwrap_or_else(|| slug(&page.title))
}

fn list(texts: &[&str]) -> String {
    let lines: Vec<String> = texts
        .iter()
        .map(|it| format!("  {},\n", write::string(it)))
        .collect();
    if lines.is_empty() {
        "[]".to_owned()
    } else {
        format!("[\n{}]", lines.concat())
    }
}

/// What becomes of an item of the source.
enum Fate<'f> {
    Known(&'f Entry),
    /// With its id.
    Added(String),
    TakenOut,
}

struct Merge {
    conflicts: Conflicts,
    edits: Vec<(Range<usize>, String)>,
    changes: Vec<Change>,
    left_out: Vec<LeftOut>,
}

/// What becomes of one text.
#[derive(PartialEq)]
enum Side {
    Same,
    Source,
    Yours,
    Conflict,
}

impl Merge {
    fn entry(&mut self, entry: &Entry, from: &str, title: &str, answer: &Document) {
        let yours = Document::parse(&entry.answer.value).0;
        let (theirs, mine) = (answer.markdown(), yours.markdown());
        let of_title = side(
            &entry.base_title,
            &fingerprint(title.trim()),
            &fingerprint(entry.title.value.trim()),
        );
        let of_answer = side(
            &entry.base_answer,
            &fingerprint(&theirs),
            &fingerprint(&mine),
        );
        let takes = |side: &Side| {
            *side == Side::Source || *side == Side::Conflict && self.conflicts == Conflicts::Source
        };
        let (take_title, take_answer) = (takes(&of_title), takes(&of_answer));
        let open = |side: &Side| *side == Side::Conflict && self.conflicts == Conflicts::Report;
        let (open_title, open_answer) = (open(&of_title), open(&of_answer));
        if take_title {
            self.edits
                .push((entry.title.span.clone(), write::string(title)));
        }
        if take_answer {
            self.edits
                .push((entry.answer.span.clone(), write::text(answer)));
        }
        // An open conflict keeps its old mark, so that the next import shows it again.
        let base_title = if open_title {
            entry.base_title.clone()
        } else {
            fingerprint(title.trim())
        };
        let base_answer = if open_answer {
            entry.base_answer.clone()
        } else {
            fingerprint(&theirs)
        };
        if (from, &base_title, &base_answer)
            != (entry.from.as_str(), &entry.base_title, &entry.base_answer)
        {
            let mark = write::marks(from, &base_title, &base_answer);
            self.edits.push((entry.imported.clone(), mark));
        }
        let kind = if open_title {
            ChangeKind::Conflict {
                source: title.to_owned(),
                yours: entry.title.value.clone(),
            }
        } else if open_answer {
            ChangeKind::Conflict {
                source: theirs,
                yours: mine,
            }
        } else if take_title || take_answer {
            ChangeKind::Updated
        } else if of_title == Side::Same && of_answer == Side::Same {
            ChangeKind::Same
        } else {
            ChangeKind::Yours
        };
        self.changes.push(Change {
            id: entry.id.clone(),
            title: entry.title.value.clone(),
            kind,
        });
    }
}

impl Merge {
    /// Where another item goes by its name now, the entry gives that name up.
    fn gone(&mut self, entry: &Entry, keys: &HashSet<&str>) {
        if keys.contains(entry.from.as_str()) {
            let mark = write::marks(
                &format!("{} (gone)", entry.from),
                &entry.base_title,
                &entry.base_answer,
            );
            self.edits.push((entry.imported.clone(), mark));
        }
        self.changes.push(Change {
            id: entry.id.clone(),
            title: entry.title.value.clone(),
            kind: ChangeKind::Gone,
        });
    }
}

fn side(base: &str, theirs: &str, mine: &str) -> Side {
    match (theirs == base, mine == base) {
        _ if theirs == mine => Side::Same,
        (true, _) => Side::Yours,
        (_, true) => Side::Source,
        _ => Side::Conflict,
    }
}
