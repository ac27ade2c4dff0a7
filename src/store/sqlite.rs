//! The store as one file of SQLite, which is built in.
//!
//! The write-ahead log is not flushed at each commit: a killed process loses nothing, and a
//! power cut at most the last marks, which costs a repeated reply and never a lost one.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::migrate::Steps;
use super::{Claim, Count, CountRow, Dump, Owed, OwedRow, StoreError, Tally, count, owed};

const STEPS: Steps = Steps(&[(
    "updates",
    include_str!("migrations/sqlite/0001_updates.sql"),
)]);

/// The name of the store in the data folder.
pub(super) const FILE: &str = "askwell.db";

/// How long to wait for another process's write.
const BUSY: Duration = Duration::from_secs(3);

/// An update can be answered while its note is being written. Such a note says nothing, and
/// goes before the mark that tells so.
const SETTLED_BEFORE_OWED: &str = "DELETE FROM owed WHERE EXISTS \
    (SELECT 1 FROM updates WHERE updates.bot = owed.bot AND updates.id = owed.id AND settled_at IS NOT NULL)";

/// One message to the thread of the connection instead of one a statement: that thread's waking
/// costs more than what it does. `$1` is the bot, `$2` the updates, `$3` rows of kind, entry, count.
const SETTLE: &str = "\
    BEGIN IMMEDIATE; \
    INSERT INTO updates (bot, id, settled_at) \
    SELECT $1, value, unixepoch() FROM json_each($2) WHERE true \
    ON CONFLICT (bot, id) DO UPDATE SET settled_at = excluded.settled_at, holder = NULL; \
    DELETE FROM owed WHERE bot = $1 AND id IN (SELECT value FROM json_each($2)); \
    INSERT INTO tallies (bot, day, kind, entry, n) \
    SELECT $1, date(), value->>0, value->>1, value->>2 FROM json_each($3) WHERE true \
    ON CONFLICT (bot, day, kind, entry) DO UPDATE SET n = n + excluded.n; \
    COMMIT";

/// Unix time in milliseconds.
const NOW_MS: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

#[derive(Clone)]
pub(super) struct Sqlite {
    pool: SqlitePool,
    folder: PathBuf,
}

/// How a database keeps its journal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Journal {
    /// Beside the file: readers and a writer do not wait for each other.
    WriteAhead,
    /// None once it is closed: the file can be copied.
    Single,
}

impl Sqlite {
    pub(super) async fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        Self::open_file(&folder.join(FILE), Journal::WriteAhead).await
    }

    async fn open_file(file: &Path, journal: Journal) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .busy_timeout(BUSY)
            .journal_mode(match journal {
                Journal::WriteAhead => SqliteJournalMode::Wal,
                Journal::Single => SqliteJournalMode::Delete,
            })
            .synchronous(SqliteSynchronous::Normal)
            // Where a chat's number was, zeros are.
            .pragma("secure_delete", "ON");
        // One connection: SQLite has one writer anyway, and what we read is small.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(BUSY)
            .connect_with(options)
            .await?;
        let migrator = Migrator::new(STEPS).await.map_err(StoreError::Migrate)?;
        migrator.run(&pool).await.map_err(StoreError::Migrate)?;
        let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(Self { pool, folder })
    }

    /// Writes everything into a new file.
    pub(super) async fn write_backup(file: &Path, dump: &Dump) -> Result<(), StoreError> {
        let backup = Self::open_file(file, Journal::Single).await?;
        let written = backup.load(dump).await;
        backup.pool.close().await;
        written
    }

    /// What a backup holds. The file is only read, so that a wrong name costs nothing.
    pub(super) async fn read_backup(file: &Path) -> Result<Dump, StoreError> {
        File::open(file).map_err(|source| StoreError::Unreadable {
            path: file.to_owned(),
            source,
        })?;
        let no_backup = |source| StoreError::NoBackup {
            path: file.to_owned(),
            source,
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY)
            .connect_with(options)
            .await
            .map_err(|error| no_backup(Some(error)))?;
        let backup = Self {
            pool,
            folder: PathBuf::new(),
        };
        let dump = match backup.has_our_tables().await {
            Ok(true) => backup.dump().await,
            Ok(false) => Err(no_backup(None)),
            Err(error) => Err(no_backup(Some(error))),
        };
        backup.pool.close().await;
        dump
    }

    /// Whether all steps that made the tables are ours. An empty file and a foreign one have none.
    async fn has_our_tables(&self) -> Result<bool, sqlx::Error> {
        let steps: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success")
                .fetch_all(&self.pool)
                .await?;
        let ours = Migrator::new(STEPS).await?;
        let is_ours = |(version, checksum): &(i64, Vec<u8>)| {
            ours.iter()
                .any(|it| it.version == *version && it.checksum[..] == checksum[..])
        };
        Ok(!steps.is_empty() && steps.iter().all(is_ours))
    }

    pub(super) async fn settled(
        &self,
        bot: i64,
        updates: &[i64],
    ) -> Result<HashSet<i64>, StoreError> {
        let known: Vec<(i64,)> = sqlx::query_as(
            "SELECT id FROM updates WHERE bot = $1 AND settled_at IS NOT NULL \
             AND id IN (SELECT value FROM json_each($2))",
        )
        .bind(bot)
        .bind(json(updates))
        .fetch_all(&self.pool)
        .await?;
        Ok(known.into_iter().map(|(id,)| id).collect())
    }

    pub(super) async fn settle(
        &self,
        bot: i64,
        updates: &[i64],
        tallies: &BTreeMap<&Tally, i64>,
    ) -> Result<(), StoreError> {
        let tallies: Vec<_> = tallies
            .iter()
            .map(|(tally, n)| (tally.kind, &tally.entry, n))
            .collect();
        let tallies = serde_json::to_string(&tallies).unwrap_or_default();
        let mut connection = self.pool.acquire().await?;
        let settled = sqlx::query(SETTLE)
            .bind(bot)
            .bind(json(updates))
            .bind(tallies)
            .execute(&mut *connection)
            .await;
        if settled.is_err() {
            // Fails when it did not come as far as BEGIN, or when SQLite has done so by itself.
            let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
        }
        settled?;
        Ok(())
    }

    pub(super) async fn claim(
        &self,
        bot: i64,
        update: i64,
        holder: i64,
        lease_ms: i64,
    ) -> Result<Claim, StoreError> {
        // Held for longer than a lease from now: the clock was ahead, and nobody may renew it.
        let claim = format!(
            "INSERT INTO updates (bot, id, holder, held_until) VALUES ($1, $2, $3, {NOW_MS} + $4) \
             ON CONFLICT (bot, id) DO UPDATE \
             SET holder = excluded.holder, held_until = excluded.held_until \
             WHERE updates.settled_at IS NULL AND \
             (updates.held_until <= {NOW_MS} OR updates.held_until > {NOW_MS} + $4) RETURNING id"
        );
        let ours: Option<(i64,)> = sqlx::query_as(&claim)
            .bind(bot)
            .bind(update)
            .bind(holder)
            .bind(lease_ms)
            .fetch_optional(&self.pool)
            .await?;
        if ours.is_some() {
            return Ok(Claim::Ours);
        }
        let settled = self.settled(bot, &[update]).await?;
        Ok(if settled.is_empty() {
            Claim::Taken
        } else {
            Claim::Settled
        })
    }

    pub(super) async fn renew(
        &self,
        bot: i64,
        updates: &[i64],
        holder: i64,
        lease_ms: i64,
    ) -> Result<(), StoreError> {
        let renew = format!(
            "UPDATE updates SET held_until = {NOW_MS} + $4 WHERE bot = $1 AND holder = $2 \
             AND settled_at IS NULL AND id IN (SELECT value FROM json_each($3))"
        );
        sqlx::query(&renew)
            .bind(bot)
            .bind(holder)
            .bind(json(updates))
            .bind(lease_ms)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(super) async fn owe(&self, bot: i64, owed: &[Owed]) -> Result<(), StoreError> {
        let mut work = self.pool.begin().await?;
        for it in owed {
            sqlx::query(
                "INSERT INTO owed (bot, id, chat, topic, message) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (bot, id) DO NOTHING",
            )
            .bind(bot)
            .bind(it.update)
            .bind(it.chat)
            .bind(it.topic)
            .bind(it.message)
            .execute(&mut *work)
            .await?;
        }
        work.commit().await?;
        Ok(())
    }

    pub(super) async fn owed(&self, bot: i64) -> Result<Vec<Owed>, StoreError> {
        let rows: Vec<OwedRow> = sqlx::query_as(
            "SELECT bot, id, chat, topic, message FROM owed WHERE bot = $1 AND NOT EXISTS \
             (SELECT 1 FROM updates WHERE updates.bot = owed.bot AND updates.id = owed.id \
             AND settled_at IS NOT NULL) ORDER BY id",
        )
        .bind(bot)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(owed).collect())
    }

    pub(super) async fn forget(&self, bot: i64, chat: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM owed WHERE bot = $1 AND chat = $2")
            .bind(bot)
            .bind(chat)
            .execute(&self.pool)
            .await?;
        self.empty_journal().await
    }

    /// What was deleted is in the journal still, until that is written back.
    async fn empty_journal(&self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(super) async fn counts(&self, bot: i64) -> Result<Vec<Count>, StoreError> {
        let rows: Vec<CountRow> = sqlx::query_as(
            "SELECT bot, day, kind, entry, n FROM tallies WHERE bot = $1 ORDER BY day, kind, entry",
        )
        .bind(bot)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(count).collect())
    }

    pub(super) async fn prune(&self, kept_secs: i64) -> Result<(), StoreError> {
        sqlx::query(SETTLED_BEFORE_OWED).execute(&self.pool).await?;
        sqlx::query(
            "DELETE FROM updates WHERE settled_at <= unixepoch() - $1 \
             OR (settled_at IS NULL AND held_until / 1000 <= unixepoch() - $1)",
        )
        .bind(kept_secs)
        .execute(&self.pool)
        .await?;
        self.empty_journal().await
    }

    pub(super) async fn check(&self) -> Result<(), StoreError> {
        // A page of its own, since a small row may find room in one that is there.
        sqlx::query("CREATE TABLE IF NOT EXISTS room (filler BLOB)")
            .execute(&self.pool)
            .await?;
        let mut work = self.pool.begin().await?;
        sqlx::query("INSERT INTO room VALUES (zeroblob(8192))")
            .execute(&mut *work)
            .await?;
        sqlx::query("DELETE FROM room").execute(&mut *work).await?;
        work.commit().await?;
        Ok(())
    }

    /// The lock file of a bot, locked; none while another process has it.
    pub(super) fn lead(&self, bot: i64) -> Result<Option<File>, StoreError> {
        let path = self.folder.join(format!("{bot}.lock"));
        let failed = |source| StoreError::Folder {
            path: path.clone(),
            source,
        };
        let file = File::create(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    pub(super) async fn dump(&self) -> Result<Dump, StoreError> {
        let settled = sqlx::query_as(
            "SELECT bot, id, settled_at FROM updates WHERE settled_at IS NOT NULL ORDER BY bot, id",
        )
        .fetch_all(&self.pool)
        .await?;
        let owed: Vec<OwedRow> =
            sqlx::query_as("SELECT bot, id, chat, topic, message FROM owed ORDER BY bot, id")
                .fetch_all(&self.pool)
                .await?;
        let counts: Vec<CountRow> = sqlx::query_as(
            "SELECT bot, day, kind, entry, n FROM tallies ORDER BY bot, day, kind, entry",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(Dump::of(settled, owed, counts))
    }

    pub(super) async fn load(&self, dump: &Dump) -> Result<(), StoreError> {
        let mut work = self.pool.begin().await?;
        for (bot, id, at) in &dump.settled {
            sqlx::query(
                "INSERT INTO updates (bot, id, settled_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (bot, id) DO UPDATE SET settled_at = excluded.settled_at",
            )
            .bind(bot)
            .bind(id)
            .bind(at)
            .execute(&mut *work)
            .await?;
        }
        for (bot, it) in &dump.owed {
            sqlx::query(
                "INSERT INTO owed (bot, id, chat, topic, message) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (bot, id) DO NOTHING",
            )
            .bind(bot)
            .bind(it.update)
            .bind(it.chat)
            .bind(it.topic)
            .bind(it.message)
            .execute(&mut *work)
            .await?;
        }
        for (bot, it) in &dump.counts {
            sqlx::query(
                "INSERT INTO tallies (bot, day, kind, entry, n) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (bot, day, kind, entry) DO UPDATE SET n = excluded.n",
            )
            .bind(bot)
            .bind(&it.day)
            .bind(&it.kind)
            .bind(&it.entry)
            .bind(it.n)
            .execute(&mut *work)
            .await?;
        }
        work.commit().await?;
        Ok(())
    }
}

/// A list of ids as JSON: SQLite has no arrays.
fn json(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    format!("[{}]", ids.join(","))
}
