//! What was found, joined with the file of an earlier import. Three sides decide: what the
//! source said then (kept as a fingerprint in `imported`), what it says now, and what the
//! file says now. Only the texts that change are touched; every other byte of the file stays.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::existing::{Entry, Existing};
use super::pair::pairs;
use super::write::{self, fingerprint, slug, unique};
use super::{Found, Item, Page};
use crate::markup::Document;

/// The file as it should be, and what happened to each entry.
#[derive(Debug)]
pub struct Merged {
    pub text: String,
    pub changes: Vec<Change>,
}

/// What happened to one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub id: String,
    pub title: String,
    pub kind: ChangeKind,
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
    let mut changes = Vec::new();
    let mut tables = Vec::new();
    if let Some(page) = &found.page {
        let id = unique(&page_key(page), &mut taken);
        tables.push(write::page(page, &id));
        changes.push(Change {
            id,
            title: page.title.clone(),
            kind: ChangeKind::Added,
        });
    }
    let ids: Vec<String> = named
        .iter()
        .map(|(from, _)| unique(from, &mut taken))
        .collect();
    for ((from, item), id) in named.iter().zip(&ids) {
        tables.push(write::entry(&linked(item, &named, &ids), id, from));
        changes.push(Change {
            id: id.clone(),
            title: item.title.clone(),
            kind: ChangeKind::Added,
        });
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
    Merged { text, changes }
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
    };
    if let (Some(page), Some(entry)) = (
        &found.page,
        file.entries.iter().find(|it| it.from == "page"),
    ) {
        merge.entry(entry, "page", &page.title, &page.summary);
    }
    taken.extend(file.entries.iter().map(|it| it.id.clone()));
    taken.extend(file.foreign_ids.iter().cloned());
    let named = named(found);
    let pairs = pairs(&named, &file);
    let mut added = Vec::new();
    for ((from, item), pair) in named.iter().zip(&pairs) {
        if let Some(at) = pair {
            merge.entry(&file.entries[*at], from, &item.title, &item.answer);
        } else if file.is_taken_out(from) {
            merge.changes.push(Change {
                id: from.clone(),
                title: item.title.clone(),
                kind: ChangeKind::TakenOut,
            });
        } else {
            added.push((from.clone(), *item));
        }
    }
    let keys: HashSet<&str> = named.iter().map(|(from, _)| from.as_str()).collect();
    let paired: HashSet<usize> = pairs.iter().flatten().copied().collect();
    for (at, entry) in file.entries.iter().enumerate() {
        if entry.from != "page" && !paired.contains(&at) {
            merge.gone(entry, &keys);
        }
    }
    let ids: Vec<String> = added
        .iter()
        .map(|(from, _)| unique(from, &mut taken))
        .collect();
    let mut tables = String::new();
    for ((from, item), id) in added.iter().zip(&ids) {
        tables.push('\n');
        tables.push_str(&write::entry(&linked(item, &added, &ids), id, from));
        merge.changes.push(Change {
            id: id.clone(),
            title: item.title.clone(),
            kind: ChangeKind::Added,
        });
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
    })
}

/// The names of all items that ever came in, by which those that were taken out are known.
fn seen(
    file: &Existing,
    named: &[(String, &Item)],
    pairs: &[Option<usize>],
    added: &[(String, &Item)],
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
    for name in known.chain(added.iter().map(|(from, _)| from.as_str())) {
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

/// The item with next questions named by their ids, where the source names them by title.
fn linked(item: &Item, named: &[(String, &Item)], ids: &[String]) -> Item {
    let mut item = item.clone();
    let by_title: HashMap<&str, &String> = named
        .iter()
        .map(|(_, it)| it.title.as_str())
        .zip(ids)
        .collect();
    for related in &mut item.related {
        if let Some(id) = by_title.get(related.as_str()) {
            (*id).clone_into(related);
        }
    }
    item.related
        .retain(|it| crate::knowledge::EntryId::new(it).is_some());
    item
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

struct Merge {
    conflicts: Conflicts,
    edits: Vec<(Range<usize>, String)>,
    changes: Vec<Change>,
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
