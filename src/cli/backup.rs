//! `askwell backup` and `askwell restore`: the store as one file, to and from either database.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Status;
use crate::config;
use crate::store::{Store, StoreError};

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
    with_store(async |store| store.back_up(&args.file).await)?;
    writeln!(out, "Written to {}.", args.file.display())?;
    Ok(Status::Fine)
}

pub(super) fn restore(args: &RestoreArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    with_store(async |store| store.restore(&args.file).await)?;
    writeln!(out, "Restored from {}.", args.file.display())?;
    Ok(Status::Fine)
}

fn with_store(work: impl AsyncFnOnce(Store) -> Result<(), StoreError>) -> anyhow::Result<()> {
    let storage = config::storage()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // A backup holds every bot's part, so it does not matter whose store this is.
    runtime.block_on(async { work(Store::open(&storage, 0).await?).await })?;
    Ok(())
}
