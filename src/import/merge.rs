//! What was found, joined with the file of an earlier import. Three sides decide: what the
//! source said then (kept as a fingerprint in `imported`), what it says now, and what the
//! file says now. Only the texts that change are touched; every other byte of the file stays.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::existing::{Entry, Existing, Written};
use super::pair::pairs;
use super::parts::{self, Part, Shape};
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
    let seen = page.iter().map(|_| "page");
    let seen: Vec<&str> = seen
        .chain(named.iter().map(|(from, _)| from.as_str()))
        .collect();
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
    let mut found = found.clone();
    let brings_page = found.page.is_some() && file.lacks_page();
    if !(file.has_article || brings_page) {
        found.loosen();
    }
    let named = named(&found);
    let pairs = pairs(&named, &file);
    taken.extend(file.foreign_ids.iter().cloned());
    let others = taken.clone();
    taken.extend(file.entries.iter().map(|it| it.id.clone()));
    let page = found.page.as_ref().map(|it| (page_key(it), it));
    let page = page.as_ref().map(|(key, page)| {
        let fate = match file.page() {
            Some(entry) => Fate::Known(entry),
            None if file.lacks_page() => Fate::Added(unique(key, &mut taken)),
            None => Fate::TakenOut,
        };
        (key.as_str(), *page, fate)
    });
    let fates = named
        .iter()
        .zip(&pairs)
        .map(|((from, _), pair)| match pair {
            Some(at) => Fate::Known(&file.entries[*at]),
            None if file.is_taken_out(from) => Fate::TakenOut,
            None => Fate::Added(unique(from, &mut taken)),
        });
    let fates: Vec<Fate<'_>> = fates.collect();

    let mut references = References::new(others);
    if let Some((key, page, fate)) = &page {
        fate.name(&mut references, key, &page.title, EntryKind::Article);
    }
    for ((from, item), fate) in named.iter().zip(&fates) {
        fate.name(&mut references, from, &item.title, item.kind);
    }
    for entry in &file.entries {
        references.add(&entry.from, &entry.title.value, &entry.id, entry.kind);
    }

    let mut merge = Merge {
        conflicts,
        file: &file,
        references,
        edits: Vec::new(),
        changes: Vec::new(),
        left_out: Vec::new(),
        tables: String::new(),
    };
    if let Some((_, page, fate)) = &page {
        merge.page(page, fate);
    }
    for ((from, item), fate) in named.iter().zip(&fates) {
        merge.item(from, item, fate);
    }
    merge.gone(&named, &pairs);
    let brought = page.iter().filter(|it| !matches!(it.2, Fate::TakenOut));
    let brought = brought.map(|_| "page");
    let added = named.iter().zip(&fates);
    let added = added.filter(|(_, fate)| matches!(fate, Fate::Added(_)));
    let brought = brought.chain(added.map(|((from, _), _)| from.as_str()));
    merge.see(&seen(&file, &named, &pairs, brought));
    Ok(merge.finish(old))
}

/// The names of all items that ever came in, by which those that were taken out are known.
fn seen<'s>(
    file: &'s Existing,
    named: &'s [(String, &Item)],
    pairs: &[Option<usize>],
    brought: impl Iterator<Item = &'s str>,
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
    for name in known.chain(brought) {
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

impl Fate<'_> {
    /// Lets references find it under its name and its title.
    fn name<'s>(
        &self,
        references: &mut References<'s>,
        name: &'s str,
        title: &'s str,
        kind: EntryKind,
    ) {
        match self {
            Self::Known(entry) => references.add(name, title, &entry.id, entry.kind),
            Self::Added(id) => references.add(name, title, id, kind),
            Self::TakenOut => {}
        }
    }
}

/// The changes to a file on their way.
struct Merge<'f> {
    conflicts: Conflicts,
    file: &'f Existing,
    references: References<'f>,
    edits: Vec<(Range<usize>, String)>,
    changes: Vec<Change>,
    left_out: Vec<LeftOut>,
    /// New entries.
    tables: String,
}

/// An entry as the source has it now.
struct Theirs<'s> {
    from: &'s str,
    title: &'s str,
    answer: &'s Document,
    parts: Vec<Part>,
}

impl<'s> Theirs<'s> {
    fn page(page: &'s Page) -> Self {
        Self {
            from: "page",
            title: &page.title,
            answer: &page.summary,
            parts: parts::of_page(page),
        }
    }

    /// `kind` is that of the entry in the file.
    fn item(from: &'s str, item: &'s Item, kind: EntryKind) -> Self {
        Self {
            from,
            title: &item.title,
            answer: &item.answer,
            parts: parts::of_item(item, kind),
        }
    }
}

/// What becomes of one text.
#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Same,
    /// The source's words are taken.
    Source,
    /// The words of the file stay.
    Yours,
    /// They stay too, and the conflict with them.
    Open,
}

impl Merge<'_> {
    fn page(&mut self, page: &Page, fate: &Fate<'_>) {
        match fate {
            Fate::Known(entry) => self.entry(entry, &Theirs::page(page)),
            Fate::Added(id) => {
                let at = self.file.below_import;
                let table = format!("\n{}", write::page(page, id));
                self.edits.push((at..at, table));
                self.changes.push(Change::added(id, &page.title));
            }
            // An article of the operator's own has its place.
            Fate::TakenOut if self.file.has_article => {}
            Fate::TakenOut => self.taken_out("page", &page.title),
        }
    }

    fn item(&mut self, from: &str, item: &Item, fate: &Fate<'_>) {
        match fate {
            Fate::Known(entry) => {
                let item = self.references.follow(item, &entry.id, &mut self.left_out);
                self.entry(entry, &Theirs::item(from, &item, entry.kind));
            }
            Fate::Added(id) => {
                let item = self.references.follow(item, id, &mut self.left_out);
                self.tables.push('\n');
                self.tables.push_str(&write::entry(&item, id, from));
                self.changes.push(Change::added(id, &item.title));
            }
            Fate::TakenOut => self.taken_out(from, &item.title),
        }
    }

    fn taken_out(&mut self, from: &str, title: &str) {
        self.changes.push(Change {
            id: from.to_owned(),
            title: title.to_owned(),
            kind: ChangeKind::TakenOut,
        });
    }

    /// Entries that no item has any longer. Where another item goes by the name of one now,
    /// that gives it up.
    fn gone(&mut self, named: &[(String, &Item)], pairs: &[Option<usize>]) {
        let keys: HashSet<&str> = named.iter().map(|(from, _)| from.as_str()).collect();
        let paired: HashSet<usize> = pairs.iter().flatten().copied().collect();
        for (at, entry) in self.file.entries.iter().enumerate() {
            if entry.from == "page" || paired.contains(&at) {
                continue;
            }
            if keys.contains(entry.from.as_str()) {
                let from = format!("{} (gone)", entry.from);
                let mark = write::marks(&from, &entry.base_title, &entry.base_answer, &entry.base);
                self.edits.push((entry.imported.clone(), mark));
            }
            self.changes.push(Change {
                id: entry.id.clone(),
                title: entry.title.value.clone(),
                kind: ChangeKind::Gone,
            });
        }
    }

    fn see(&mut self, seen: &[String]) {
        if seen != self.file.seen {
            let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
            self.edits.push((self.file.seen_span.clone(), list(&seen)));
        }
    }

    fn finish(mut self, old: &str) -> Merged {
        if !self.tables.is_empty() {
            self.edits.push((old.len()..old.len(), self.tables));
        }
        // What comes at the end of a file needs a line of its own.
        if !old.ends_with('\n') {
            let mut edits = self.edits.iter_mut();
            if let Some((_, text)) = edits.find(|(span, _)| span.start == old.len()) {
                text.insert(0, '\n');
            }
        }
        Merged {
            text: edited(old, self.edits),
            changes: self.changes,
            left_out: self.left_out,
        }
    }

    fn entry(&mut self, entry: &Entry, theirs: &Theirs<'_>) {
        let mut texts = vec![self.title(entry, theirs), self.answer(entry, theirs)];
        // An open conflict keeps its old mark, so that the next import shows it again.
        let base_title = match texts[0].verdict {
            Verdict::Open => entry.base_title.clone(),
            _ => fingerprint(theirs.title.trim()),
        };
        let base_answer = match texts[1].verdict {
            Verdict::Open => entry.base_answer.clone(),
            _ => fingerprint(&texts[1].source),
        };
        let mut base = entry.base.clone();
        for part in &theirs.parts {
            let Some(text) = self.part(entry, part) else {
                continue;
            };
            if text.verdict != Verdict::Open {
                base.insert(part.key, part.mark());
            }
            texts.push(text);
        }
        base.retain(|_, mark| !mark.is_empty());
        if (theirs.from, &base_title, &base_answer, &base)
            != (
                entry.from.as_str(),
                &entry.base_title,
                &entry.base_answer,
                &entry.base,
            )
        {
            let mark = write::marks(theirs.from, &base_title, &base_answer, &base);
            self.edits.push((entry.imported.clone(), mark));
        }
        self.changes.push(Change {
            id: entry.id.clone(),
            title: entry.title.value.clone(),
            kind: change(texts),
        });
    }

    fn title(&mut self, entry: &Entry, theirs: &Theirs<'_>) -> Judged {
        let verdict = self.verdict(
            &entry.base_title,
            &fingerprint(theirs.title.trim()),
            &fingerprint(entry.title.value.trim()),
        );
        if verdict == Verdict::Source {
            let title = write::string(theirs.title);
            self.edits.push((entry.title.span.clone(), title));
        }
        Judged {
            verdict,
            source: theirs.title.to_owned(),
            yours: entry.title.value.clone(),
        }
    }

    fn answer(&mut self, entry: &Entry, theirs: &Theirs<'_>) -> Judged {
        let yours = Document::parse(&entry.answer.value).0.markdown();
        let source = theirs.answer.markdown();
        let verdict = self.verdict(
            &entry.base_answer,
            &fingerprint(&source),
            &fingerprint(&yours),
        );
        if verdict == Verdict::Source {
            let answer = write::text(theirs.answer);
            self.edits.push((entry.answer.span.clone(), answer));
        }
        Judged {
            verdict,
            source,
            yours,
        }
    }

    /// None where the file has the key in a form that cannot be read or changed.
    fn part(&mut self, entry: &Entry, part: &Part) -> Option<Judged> {
        let written = entry.parts.get(part.key);
        let mine: Vec<String> = match written {
            Some(written) => written.as_ref()?.texts.iter(),
            None => [].iter(),
        }
        .map(|it| it.value.clone())
        .collect();
        let mine = part.with(mine);
        let base = entry.base.get(part.key).map_or("", String::as_str);
        let (verdict, new) = match part.shape {
            Shape::Text => (self.verdict(base, &part.mark(), &mine.mark()), part.clone()),
            Shape::List => {
                let new = part.with(part.joined(base, &mine.texts));
                let is_same = new == mine;
                (
                    if is_same {
                        Verdict::Same
                    } else {
                        Verdict::Source
                    },
                    new,
                )
            }
        };
        if verdict == Verdict::Source {
            self.edits
                .push(edit(&new, written.and_then(Option::as_ref), entry.spot)?);
        }
        let words = |part: &Part| format!("{} {}", part.key, part.texts.join(", "));
        Some(Judged {
            verdict,
            source: words(part),
            yours: words(&mine),
        })
    }

    fn verdict(&self, base: &str, theirs: &str, mine: &str) -> Verdict {
        match (theirs == base, mine == base) {
            _ if theirs == mine => Verdict::Same,
            (true, _) => Verdict::Yours,
            (_, true) => Verdict::Source,
            _ => match self.conflicts {
                Conflicts::Report => Verdict::Open,
                Conflicts::Mine => Verdict::Yours,
                Conflicts::Source => Verdict::Source,
            },
        }
    }
}

/// A text of an entry with both of its wordings.
struct Judged {
    verdict: Verdict,
    source: String,
    yours: String,
}

/// What happened to an entry, by what became of its texts.
fn change(texts: Vec<Judged>) -> ChangeKind {
    let has = |verdict| texts.iter().any(|it| it.verdict == verdict);
    let (is_updated, is_yours) = (has(Verdict::Source), has(Verdict::Yours));
    match texts.into_iter().find(|it| it.verdict == Verdict::Open) {
        Some(Judged { source, yours, .. }) => ChangeKind::Conflict { source, yours },
        None if is_updated => ChangeKind::Updated,
        None if is_yours => ChangeKind::Yours,
        None => ChangeKind::Same,
    }
}

/// The change to a file that gives a key its new texts; `spot` is where a further key can
/// stand. None where the form of the file has no place for it.
fn edit(
    new: &Part,
    written: Option<&Written>,
    spot: Option<usize>,
) -> Option<(Range<usize>, String)> {
    let Some(written) = written else {
        let line = format!("{} = {}\n", new.key, write::value(new));
        return spot.map(|at| (at..at, line));
    };
    if new.shape == Shape::Text && new.texts.is_empty() {
        return written.lines.clone().map(|it| (it, String::new()));
    }
    // What is only longer keeps its form, and the comments in it.
    let n_before = written.texts.len();
    let is_longer = new.texts.len() > n_before
        && new
            .texts
            .iter()
            .zip(&written.texts)
            .all(|(a, b)| *a == b.value);
    match written.texts.last() {
        Some(last) if new.shape == Shape::List && is_longer => {
            let between = if written.is_on_one_line {
                ", "
            } else {
                ",\n  "
            };
            let more = new.texts[n_before..].iter();
            let more: Vec<String> = more
                .map(|it| format!("{between}{}", write::string(it)))
                .collect();
            Some((last.span.end..last.span.end, more.concat()))
        }
        _ => Some((written.span.clone(), write::value(new))),
    }
}
