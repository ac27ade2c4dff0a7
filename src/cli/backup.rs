//! `askwell backup` and `askwell restore`: the store as one file, to and from either database.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::{Status, runtime};
use crate::config::{self, Storage};
use crate::store::Store;

/// Write what the bot keeps into a new file
#[derive(Debug, Args)]
#[command(
    after_help = "The bot can go on running. The file holds ids and counts, and is the same for SQLite and PostgreSQL.\n\n\
    Example:\n  askwell backup askwell-backup.db"
)]
pub(super) struct BackupArgs {
    file: PathBuf,
}

/// Add what a backup holds to what the bot keeps
#[derive(Debug, Args)]
#[command(
    after_help = "To move from SQLite to PostgreSQL: back up, set ASKWELL_DATABASE_URL, restore.\n\n\
    Example:\n  askwell restore askwell-backup.db"
)]
pub(super) struct RestoreArgs {
    file: PathBuf,
}

pub(super) fn back_up(args: &BackupArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    wait_for(async {
        let storage = config::storage()?;
        let store = Store::open_existing(&storage, ANY_BOT).await;
        let store = store.with_context(|| at(&storage))?;
        Ok(store.back_up(&args.file).await?)
    })?;
    writeln!(out, "Written to {}.", args.file.display())?;
    Ok(Status::Fine)
}

pub(super) fn restore(args: &RestoreArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let storage = config::storage()?;
    wait_for(async {
        let store = Store::open(&storage, ANY_BOT).await;
        let store = store.with_context(|| at(&storage))?;
        Ok(store.restore(&args.file).await?)
    })?;
    writeln!(
        out,
        "Restored from {} into the store in {}.",
        args.file.display(),
        place(&storage)
    )?;
    Ok(Status::Fine)
}

/// A backup holds every bot's part, so it does not matter whose store this is.
const ANY_BOT: i64 = 0;

/// Which store cannot be used, and who knows more.
fn at(storage: &Storage) -> String {
    let place = place(storage);
    format!("cannot use the store in {place}; `askwell doctor` looks at it")
}

fn place(storage: &Storage) -> String {
    match storage {
        Storage::Folder(folder) => folder.display().to_string(),
        Storage::Postgres(_) => "PostgreSQL".to_owned(),
    }
}

fn wait_for(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    runtime()?.block_on(work)
}
