//! `askwell export`: the content as a page, structured data, Markdown, a table or links.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::save::{Over, save};
use super::{Folder, Status, today};
use crate::content::Content;
use crate::export::{self, BotName, Format, Selection};
use crate::knowledge::{Colours, counted};

/// Publish the content: a web page, structured data, Markdown, a table, deep links
///
/// What `askwell import` reads of an export is the same entries.
#[derive(Debug, Args)]
#[command(
    after_help = "Variants are only in the table, since they are not for the public.\n\n\
    Examples:\n  askwell export html --out faq.html\n  askwell export csv --out faq.csv\n  \
    askwell export links --bot mill_practice_bot --out codes"
)]
pub(super) struct ExportArgs {
    /// The form
    #[arg(value_enum)]
    format: Format,
    /// File to write; for links a folder, which gets a PNG and an SVG for each [default: standard output]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    folder: Folder,
    /// Only this article and its entries
    #[arg(long, value_name = "ID")]
    article: Option<String>,
    /// The bot's name in Telegram, for links
    #[arg(long, value_name = "NAME", required_if_eq("format", "links"))]
    bot: Option<BotName>,
}

pub(super) fn run(args: &ExportArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let loaded = Content::load(&args.folder.dir);
    let n_all = loaded.n_entries;
    let loaded = loaded.on(today());
    if loaded.n_entries < n_all {
        let n = counted(n_all - loaded.n_entries, "entry does", "entries do");
        writeln!(
            anstream::stderr(),
            "{n} not hold today and stayed out: see valid_from and valid_until"
        )?;
    }
    let Some(content) = &loaded.content else {
        write!(out, "{}", loaded.report.draw(Colours::On))?;
        return Ok(Status::Failure);
    };
    let Some(selection) = Selection::new(content, args.article.as_deref()) else {
        let ids: Vec<&str> = content
            .knowledge
            .articles()
            .iter()
            .map(|it| it.id.as_str())
            .collect();
        bail!(
            "there is no article `{}`; the articles are {}",
            args.article.as_deref().unwrap_or_default(),
            ids.join(", ")
        );
    };
    if let (Format::Links, Some(bot)) = (args.format, &args.bot) {
        return write_links(selection, bot, args.out.as_deref(), out);
    }
    let text = export::text(selection, args.format);
    match &args.out {
        Some(path) => {
            save(path, text, Over::Anything)?;
            writeln!(out, "Wrote {}.", path.display())?;
        }
        None => write!(out, "{text}")?,
    }
    Ok(Status::Fine)
}

fn write_links(
    selection: Selection<'_>,
    bot: &BotName,
    dir: Option<&Path>,
    out: &mut dyn Write,
) -> anyhow::Result<Status> {
    let links = export::links(selection, bot);
    if let Some(dir) = dir {
        fs::create_dir_all(dir)
            .with_context(|| format!("cannot make the folder {}", dir.display()))?;
    }
    for link in &links {
        writeln!(out, "{}\t{}", link.url, link.title)?;
        if let Some(dir) = dir {
            for (ending, bytes) in [("svg", link.svg().into_bytes()), ("png", link.png())] {
                let path = dir.join(format!("{}.{ending}", link.id));
                save(&path, bytes, Over::Anything)?;
            }
        }
    }
    if let Some(dir) = dir {
        writeln!(
            anstream::stderr(),
            "Wrote {} into {}.",
            counted(links.len(), "code", "codes"),
            dir.display()
        )?;
    }
    Ok(Status::Fine)
}
