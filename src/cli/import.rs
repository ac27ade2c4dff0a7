//! `askwell import`: a page, a table or the export of another tool as a content file.

use std::collections::HashSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use url::Url;

use super::save::{Over, save};
use super::{Folder, Status};
use crate::content::{BOT_FILE, Content, TESTS_FILE, is_content_file};
use crate::import::fetch::{self, Limits, PrivateAddresses};
use crate::import::merge::{self, ChangeKind, Conflicts, Merged};
use crate::import::{self, Format, Found, LeftOut, Options};
use crate::knowledge::counted;

/// Make a content file of a web page, a Markdown file, a table or another tool's export
///
/// Shows what it found and what it left out, and why. A second import of the same source
/// brings what is new there and keeps what you changed.
#[derive(Debug, Args)]
#[command(
    after_help = "Sources: a web page or HTML file; Markdown; CSV or TSV with headers; the TSV of QnA Maker and \
    Azure question answering; the YAML of Rasa, a file or the project's folder; the CSV of Dialogflow.\n\n\
    Exit status: 1 when nothing was found, or when a text was changed both there and here.\n\n\
    Examples:\n  askwell import https://example.org/faq --dry-run\n  \
    askwell import questions.csv --map question=Frage --map answer=Antwort --out faq/questions.toml"
)]
pub(super) struct ImportArgs {
    /// Address or file
    source: String,
    /// File to write, or - for standard output [default: a name made of the title, in the content folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    folder: Folder,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// What the source is [default: by its name and beginning]
    #[arg(long, value_enum, value_name = "FORMAT")]
    from: Option<Format>,
    /// The address of the page, for a file that does not say it
    #[arg(long, value_name = "URL", value_parser = web_address)]
    url: Option<Url>,
    /// Which column of a table holds what: question, answer, variants or id
    #[arg(long, value_name = "OURS=THEIRS", value_parser = column)]
    map: Vec<(String, String)>,
    /// Also take what stands outside the article of a page
    #[arg(long)]
    whole_page: bool,
    /// What to do where both the source and you changed a text
    #[arg(long, value_enum, value_name = "WHOSE", default_value_t)]
    conflicts: Conflicts,
    /// Also read addresses of this computer and of private networks
    #[arg(long)]
    allow_private: bool,
}

fn column(text: &str) -> Result<(String, String), String> {
    let (ours, theirs) = text
        .split_once('=')
        .ok_or("write it as question=Frage: our name, then the header of your table")?;
    Ok((ours.trim().to_owned(), theirs.trim().to_owned()))
}

/// An address that stands behind the answers, so one that people can open.
fn web_address(text: &str) -> Result<Url, &'static str> {
    Url::parse(text)
        .ok()
        .filter(|it| matches!(it.scheme(), "http" | "https"))
        .ok_or("it stands behind the answers for people to open, so copy it from the browser, beginning with https://")
}

pub(super) fn run(args: &ImportArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let mut options = Options {
        format: args.from,
        url: args.url.clone(),
        columns: args.map.clone(),
        whole_page: args.whole_page,
    };
    let (name, text) = source(args, &mut options)?;
    let found = import::read(&name, &text, &options)?;
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    let mut talk: Box<dyn Write> = if to_stdout {
        Box::new(anstream::stderr())
    } else {
        Box::new(&mut *out)
    };
    print_found(&found, &name, &mut talk)?;
    if found.items.is_empty() && found.page.is_none() {
        writeln!(
            talk,
            "\nNothing was found to answer with, so nothing was written."
        )?;
        return Ok(Status::Failure);
    }
    if to_stdout {
        let merged = merge::create(&found, &name, HashSet::new());
        print_left_out(&merged.left_out, &mut talk)?;
        drop(talk);
        write!(out, "{}", merged.text)?;
        return Ok(Status::Fine);
    }
    let path = target(args, &found, &name, &mut talk)?;
    let before = fs::read(&path).ok();
    let merged = merged(args, &found, &name, &path)?;
    print_left_out(&merged.left_out, &mut talk)?;
    print_changes(&merged, &mut talk)?;
    let conflicts = merged
        .changes
        .iter()
        .any(|it| matches!(it.kind, ChangeKind::Conflict { .. }));
    let status = if conflicts {
        Status::Failure
    } else {
        Status::Fine
    };
    if args.dry_run {
        writeln!(
            talk,
            "\n{} was not written (--dry-run); it would be:\n\n{}",
            path.display(),
            merged.text
        )?;
        return Ok(status);
    }
    if let Some(dir) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::create_dir_all(dir)
            .with_context(|| format!("cannot make the folder {}", dir.display()))?;
    }
    save(&path, &merged.text, Over::Only(before.as_deref()))?;
    writeln!(
        talk,
        "\nWrote {}. Next: read it, add variants, then run `askwell check`.",
        path.display()
    )?;
    Ok(status)
}

/// The source's name as it is kept, and its text.
fn source(args: &ImportArgs, options: &mut Options) -> anyhow::Result<(String, String)> {
    if args.source.contains("://") {
        let url = Url::parse(&args.source).with_context(|| {
            format!(
                "{} is no web address; copy it from the browser",
                args.source
            )
        })?;
        let private_addresses = if args.allow_private {
            PrivateAddresses::Allowed
        } else {
            PrivateAddresses::Refused
        };
        let fetched = fetch::fetch(
            &url,
            &Limits {
                private_addresses,
                ..Limits::default()
            },
        )?;
        options.url.get_or_insert(fetched.url);
        return Ok((args.source.clone(), fetched.text));
    }
    let path = Path::new(&args.source);
    if path.is_dir() {
        options.format.get_or_insert(Format::Rasa);
        return Ok((args.source.clone(), yaml_files(path)?));
    }
    let most = Limits::default().size;
    let mut bytes = Vec::new();
    // A pipe or a device doesn't say how much will come.
    let read = fs::File::open(path)
        .and_then(|it| it.take(most as u64 + 1).read_to_end(&mut bytes))
        .with_context(|| {
            format!(
                "cannot read {}; give a file, or an address with https://",
                path.display()
            )
        })?;
    if read > most {
        bail!(
            "{} is larger than {} MB; is it the right file?",
            path.display(),
            most / 1_000_000
        );
    }
    if let Some(kind) = fetch::not_text(&bytes) {
        bail!(
            "{} is {kind}, and only text can be imported; save it as HTML, Markdown or CSV in the program it comes from",
            path.display()
        );
    }
    Ok((args.source.clone(), fetch::decode(&bytes, None)))
}

/// All YAML files of a folder and the folders in it, as documents of one text. Links to
/// folders are not followed: they may lead in a circle, or out of the project.
fn yaml_files(root: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut folders = vec![root.to_owned()];
    while let Some(dir) = folders.pop() {
        let entries =
            fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let is_yaml = path
                .extension()
                .is_some_and(|it| it == "yml" || it == "yaml");
            if path.is_dir() {
                if !path.is_symlink() {
                    folders.push(path);
                }
            } else if is_yaml && path.is_file() {
                let bytes =
                    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                let name = path.strip_prefix(root).unwrap_or(&path);
                text.push_str(&import::file_mark(&name.display().to_string()));
                text.push_str(&fetch::decode(&bytes, None));
                if !text.ends_with('\n') {
                    text.push('\n');
                }
            }
        }
    }
    if text.is_empty() {
        bail!(
            "{} holds no YAML file, and a folder is read as a project of Rasa; for anything else give the file itself",
            root.display()
        );
    }
    Ok(text)
}

/// The file to write: the one given, the one that this source was imported to before, or a
/// new one named after the page.
fn target(
    args: &ImportArgs,
    found: &Found,
    name: &str,
    out: &mut dyn Write,
) -> anyhow::Result<PathBuf> {
    if let Some(path) = &args.out {
        refuse_reserved(path)?;
        refuse_other_source(path, name)?;
        return Ok(path.clone());
    }
    let dir = &args.folder.dir;
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|it| Some(it.ok()?.path()))
        .collect();
    paths.sort();
    let is_ours =
        |path: &PathBuf| is_content_file(path) && source_of(path).as_deref() == Some(name);
    if let Some(path) = paths.into_iter().find(is_ours) {
        return Ok(path);
    }
    let stem = Path::new(name.trim_end_matches('/'))
        .file_stem()
        .map(|it| it.to_string_lossy().into_owned());
    let title = found
        .page
        .as_ref()
        .map(|it| it.title.clone())
        .or(stem)
        .unwrap_or_default();
    free_path(dir, &import::file_name(&title), out)
}

/// The file of this name, or with a number behind it where another source's file has the name.
fn free_path(dir: &Path, stem: &str, out: &mut dyn Write) -> anyhow::Result<PathBuf> {
    let mut path = dir.join(format!("{stem}.toml"));
    let mut number = 1;
    if is_reserved(&path) {
        return free_path(dir, &format!("{stem}-page"), out);
    }
    while let Some(other) = source_of(&path) {
        writeln!(
            out,
            "\n{} holds what came from {other}; if that is the same source in another place, write its new place into `source` there, and import again.",
            path.display()
        )?;
        number += 1;
        path = dir.join(format!("{stem}-{number}.toml"));
    }
    Ok(path)
}

/// Whether the bot reads a file of this name, but not for its entries.
fn is_reserved(path: &Path) -> bool {
    let name = path.file_name().and_then(|it| it.to_str());
    name.is_some_and(|name| {
        [BOT_FILE, TESTS_FILE]
            .iter()
            .any(|it| it.eq_ignore_ascii_case(name))
    })
}

fn refuse_reserved(path: &Path) -> anyhow::Result<()> {
    if is_reserved(path) {
        bail!(
            "{} is a name for the bot's own settings or test questions, so entries in it would not be read; choose another file with --out",
            path.display()
        );
    }
    Ok(())
}

/// What came from elsewhere is no earlier state of this source, so nothing in it can be kept.
fn refuse_other_source(path: &Path, name: &str) -> anyhow::Result<()> {
    match source_of(path) {
        Some(other) if other != name => bail!(
            "{} holds what came from {other}; choose another file with --out, or, if that is the same source in another place, write `source = {}` there",
            path.display(),
            toml::Value::from(name)
        ),
        _ => Ok(()),
    }
}

/// The source that a file was imported from, if it was.
fn source_of(path: &Path) -> Option<String> {
    merge::source_of(&fs::read_to_string(path).ok()?)
}

fn merged(args: &ImportArgs, found: &Found, name: &str, path: &Path) -> anyhow::Result<Merged> {
    let dir = path
        .parent()
        .filter(|it| !it.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if path.is_dir() {
        bail!(
            "{} is a folder; name the file in it to write, such as {}",
            path.display(),
            path.join("page.toml").display()
        );
    }
    let taken = ids_beside(dir, path);
    match fs::read_to_string(path) {
        Ok(old) => merge::update(&old, found, taken, args.conflicts)
            .with_context(|| path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(merge::create(found, name, taken))
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Ids of the other files of the folder.
fn ids_beside(dir: &Path, path: &Path) -> HashSet<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
    {
        let other = entry.path();
        if other != path
            && is_content_file(&other)
            && let Ok(text) = fs::read_to_string(&other)
        {
            files.push((other, text));
        }
    }
    Content::ids(&files)
}

fn print_found(found: &Found, name: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let page = if found.page.is_some() {
        "1 article and "
    } else {
        ""
    };
    writeln!(
        out,
        "{name}: found {page}{}",
        counted(found.items.len(), "entry", "entries")
    )?;
    if let Some(page) = &found.page {
        writeln!(out, "  {} ({})", page.title, page.url)?;
    }
    for item in &found.items {
        writeln!(out, "  {}  [{}]", item.title, item.place)?;
    }
    print_left_out(&found.left_out, out)
}

fn print_left_out(left_out: &[LeftOut], out: &mut dyn Write) -> std::io::Result<()> {
    if !left_out.is_empty() {
        writeln!(out, "\nLeft out:")?;
    }
    for it in left_out {
        writeln!(out, "  {}: {}: {}", it.place, it.what, it.why)?;
    }
    Ok(())
}

fn print_changes(merged: &Merged, out: &mut dyn Write) -> std::io::Result<()> {
    let n = |wanted: fn(&ChangeKind) -> bool| {
        merged.changes.iter().filter(|it| wanted(&it.kind)).count()
    };
    let counts = [
        (n(|it| *it == ChangeKind::Added), "new"),
        (
            n(|it| *it == ChangeKind::Updated),
            "changed there and taken over",
        ),
        (n(|it| *it == ChangeKind::Yours), "changed by you and kept"),
        (n(|it| *it == ChangeKind::Same), "as before"),
        (
            n(|it| matches!(it, ChangeKind::Conflict { .. })),
            "changed on both sides",
        ),
        (
            n(|it| *it == ChangeKind::TakenOut),
            "taken out by you before",
        ),
        (n(|it| *it == ChangeKind::Gone), "no longer there"),
    ];
    let words: Vec<String> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}"))
        .collect();
    writeln!(out, "\n{}.", words.join(", "))?;
    for change in &merged.changes {
        match &change.kind {
            ChangeKind::Conflict { source, yours } => {
                writeln!(
                    out,
                    "\n`{}` was changed there and by you; yours stays. To settle it: --conflicts mine, or --conflicts source.",
                    change.id
                )?;
                writeln!(
                    out,
                    "  there: {}\n  yours: {}",
                    one_line(source),
                    one_line(yours)
                )?;
            }
            ChangeKind::Gone => writeln!(
                out,
                "  `{}` is no longer there; it stays in your file until you take it out",
                change.id
            )?,
            ChangeKind::TakenOut => writeln!(
                out,
                "  “{}” stays out, as you took it out; to have it back, take `{}` from `seen` in the file",
                change.title, change.id
            )?,
            _ => {}
        }
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
