//! What must outlive a restart: which updates are answered, which replies are owed, and
//! counts. Ids and numbers, never a person's words or name.
//!
//! SQLite in a file by default, PostgreSQL where several processes share the work. One set
//! of methods and one set of tests for both; `sqlite` and `postgres` hold the SQL.

mod ledger;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Storage;
use crate::conversation::Outcome;

pub use ledger::Ledger;

/// How long an answered update is known. Telegram delivers one again for up to 24 hours.
pub const KEPT: Duration = Duration::from_hours(48);

/// The store of one bot. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    bot: i64,
    database: Database,
}

#[derive(Clone)]
enum Database {
    Sqlite(sqlite::Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

/// An update that needs no more work, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub update: i64,
    /// None for what wanted no reply.
    pub tally: Option<Tally>,
}

/// Something that is counted per day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// A word of ours, such as `answered`.
    pub kind: &'static str,
    /// The id of the entry concerned; empty for none.
    pub entry: String,
}

/// How often something happened on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// In UTC, as `2026-01-31`.
    pub day: String,
    pub kind: String,
    pub entry: String,
    pub n: i64,
}

/// A reply that is owed for an update which Telegram does not keep any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    pub update: i64,
    pub chat: i64,
    /// The forum topic.
    pub topic: Option<i64>,
    /// The message that waits for a reply.
    pub message: Option<i64>,
}

/// Whether an update is this process's to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is, until the lease ends.
    Ours,
    /// It is answered.
    Settled,
    /// Another attempt has it in hand.
    Taken,
}

/// Everything a store holds, for moving it elsewhere.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// Bot, update, unix time in seconds.
    pub settled: Vec<(i64, i64, i64)>,
    /// Bot and what is owed.
    pub owed: Vec<(i64, Owed)>,
    /// Bot and count.
    pub counts: Vec<(i64, Count)>,
}

/// The right to poll, held by one process at a time until it is dropped.
pub struct Lead(Hold);

enum Hold {
    /// A lock of the file system; it ends with the process.
    File { _lock: std::fs::File },
    #[cfg(feature = "postgres")]
    Session(Box<postgres::Session>),
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot use the data folder {path}; ASKWELL_DATA can name another one")]
    Folder { path: PathBuf, source: io::Error },
    #[error("the database cannot be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// It may be back later.
    #[error("the database does not do its work")]
    Away(#[from] sqlx::Error),
    #[error("the database does not answer in time")]
    Slow,
    #[error("there is no store at {0}; let ASKWELL_DATA name the folder that the bot runs with")]
    NoStore(PathBuf),
    #[error("{0} is there already; a backup does not overwrite anything, so give a new name")]
    Exists(PathBuf),
    #[error("cannot write the backup {path}; see that its folder is there and has room")]
    Backup {
        path: PathBuf,
        source: Box<StoreError>,
    },
    #[error("cannot read the backup {path}; give a file that `askwell backup` has written")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "{path} is no backup that this askwell can read; give a file that `askwell backup` has written"
    )]
    NoBackup {
        path: PathBuf,
        source: Option<sqlx::Error>,
    },
    #[error("this askwell was built without PostgreSQL")]
    NoPostgres,
}

impl StoreError {
    /// Whether the same may work later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Away(_) | Self::Slow => true,
            Self::Migrate(error) => matches!(error, sqlx::migrate::MigrateError::Execute(_)),
            Self::Backup { source, .. } => source.may_pass(),
            Self::Folder { .. }
            | Self::NoStore(_)
            | Self::Exists(_)
            | Self::Unreadable { .. }
            | Self::NoBackup { .. }
            | Self::NoPostgres => false,
        }
    }
}

/// Calls the same method of whichever database is behind.
macro_rules! database {
    ($store:ident, $it:ident => $call:expr) => {
        match &$store.database {
            Database::Sqlite($it) => $call.await,
            #[cfg(feature = "postgres")]
            Database::Postgres($it) => $call.await,
        }
    };
}

impl Store {
    /// Opens the store of a bot and brings its tables up to date.
    ///
    /// # Errors
    /// When the folder or the database cannot be used now.
    pub async fn open(storage: &Storage, bot: i64) -> Result<Self, StoreError> {
        let database = match storage {
            Storage::Folder(folder) => Database::Sqlite(sqlite::Sqlite::open(folder).await?),
            #[cfg(feature = "postgres")]
            Storage::Postgres(url) => {
                Database::Postgres(postgres::Postgres::open(url.reveal()).await?)
            }
            #[cfg(not(feature = "postgres"))]
            Storage::Postgres(_) => return Err(StoreError::NoPostgres),
        };
        Ok(Self { bot, database })
    }

    /// The same for a store that somebody has used: where there is none, none is made.
    ///
    /// # Errors
    /// When there is none in the folder, or the folder or the database cannot be used now.
    pub async fn open_existing(storage: &Storage, bot: i64) -> Result<Self, StoreError> {
        if let Storage::Folder(folder) = storage {
            let file = folder.join(sqlite::FILE);
            if !file.exists() {
                return Err(StoreError::NoStore(file));
            }
        }
        Self::open(storage, bot).await
    }

    /// Which of these updates are answered.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn settled(&self, updates: &[i64]) -> Result<HashSet<i64>, StoreError> {
        database!(self, it => it.settled(self.bot, updates))
    }

    /// Notes updates as answered and counts what came of them, all or nothing. Nothing is
    /// owed or held for them any more. Noting one twice does no harm.
    ///
    /// # Errors
    /// When the database is away or its disk is full.
    pub async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let updates: Vec<i64> = settled.iter().map(|it| it.update).collect();
        let mut tallies = BTreeMap::new();
        for tally in settled.iter().filter_map(|it| it.tally.as_ref()) {
            *tallies.entry(tally).or_insert(0_i64) += 1;
        }
        database!(self, it => it.settle(self.bot, &updates, &tallies))
    }

    /// Asks for an update. It is ours until `lease` is over, unless it is renewed.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn claim(
        &self,
        update: i64,
        holder: i64,
        lease: Duration,
    ) -> Result<Claim, StoreError> {
        database!(self, it => it.claim(self.bot, update, holder, millis(lease)))
    }

    /// Keeps updates for a further `lease` from now; zero gives them back.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn renew(
        &self,
        updates: &[i64],
        holder: i64,
        lease: Duration,
    ) -> Result<(), StoreError> {
        database!(self, it => it.renew(self.bot, updates, holder, millis(lease)))
    }

    /// Notes that replies are owed, so that Telegram may forget their updates.
    ///
    /// # Errors
    /// When the database is away or its disk is full; then Telegram must keep them.
    pub async fn owe(&self, owed: &[Owed]) -> Result<(), StoreError> {
        database!(self, it => it.owe(self.bot, owed))
    }

    /// The replies that are owed, oldest update first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn owed(&self) -> Result<Vec<Owed>, StoreError> {
        database!(self, it => it.owed(self.bot))
    }

    /// The replies that are owed to one chat.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn owed_to(&self, chat: i64) -> Result<Vec<Owed>, StoreError> {
        let mut owed = self.owed().await?;
        owed.retain(|it| it.chat == chat);
        Ok(owed)
    }

    /// Deletes all that has to do with one chat.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget(&self, chat: i64) -> Result<(), StoreError> {
        database!(self, it => it.forget(self.bot, chat))
    }

    /// What was counted so far, by day.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn counts(&self) -> Result<Vec<Count>, StoreError> {
        database!(self, it => it.counts(self.bot))
    }

    /// Forgets updates that were answered or given up longer than `kept` ago.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn prune(&self, kept: Duration) -> Result<(), StoreError> {
        database!(self, it => it.prune(kept.as_secs().cast_signed()))
    }

    /// Writes a little and takes it back, so that a full disk shows.
    ///
    /// # Errors
    /// When the database is away or its disk is full.
    pub async fn check(&self) -> Result<(), StoreError> {
        let check = async { database!(self, it => it.check()) };
        match tokio::time::timeout(Duration::from_secs(3), check).await {
            Ok(checked) => checked,
            Err(_) => Err(StoreError::Slow),
        }
    }

    /// Asks for the right to poll; none while another process has it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn lead(&self) -> Result<Option<Lead>, StoreError> {
        let hold = match &self.database {
            Database::Sqlite(it) => it.lead(self.bot)?.map(|lock| Hold::File { _lock: lock }),
            #[cfg(feature = "postgres")]
            Database::Postgres(it) => it
                .lead(self.bot)
                .await?
                .map(|session| Hold::Session(Box::new(session))),
        };
        Ok(hold.map(Lead))
    }

    /// Takes a place in the budget that all processes share and says how long to wait for it;
    /// none where there is nothing to share. `chat` is 0 for the budget of all chats together.
    /// One message an `interval`, and `burst` at once after a silence.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn reserve(
        &self,
        chat: i64,
        interval: Duration,
        burst: u32,
    ) -> Result<Option<Duration>, StoreError> {
        match &self.database {
            Database::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            Database::Postgres(it) => it
                .reserve(self.bot, chat, millis(interval), i64::from(burst))
                .await
                .map(Some),
        }
    }

    /// Whether several processes can share this store's work.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        !matches!(self.database, Database::Sqlite(_))
    }

    /// Writes everything into a new SQLite file.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or the database is away.
    pub async fn back_up(&self, file: &Path) -> Result<(), StoreError> {
        if std::fs::symlink_metadata(file).is_ok() {
            return Err(StoreError::Exists(file.to_owned()));
        }
        let dump = database!(self, it => it.dump())?;
        let written = sqlite::Sqlite::write_backup(file, &dump).await;
        written.map_err(|source| {
            // Half a backup is worse than none.
            let _ = std::fs::remove_file(file);
            StoreError::Backup {
                path: file.to_owned(),
                source: Box::new(source),
            }
        })
    }

    /// Adds what a backup holds to this store. Counts of the same day are replaced.
    ///
    /// # Errors
    /// When the file is no backup, or the database is away.
    pub async fn restore(&self, file: &Path) -> Result<(), StoreError> {
        let dump = sqlite::Sqlite::read_backup(file).await?;
        database!(self, it => it.load(&dump))
    }
}

impl Lead {
    /// Whether the right is still ours. It ends when the connection to the database does.
    pub async fn holds(&mut self) -> bool {
        match &mut self.0 {
            Hold::File { .. } => true,
            #[cfg(feature = "postgres")]
            Hold::Session(session) => session.holds().await,
        }
    }
}

impl Tally {
    /// Of an outcome: `urgent`, `answered`, `clarified`, `abstained`, `opened`, `small_talk` or
    /// `other`. One message is one count: of several answers in it the first names the entry.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let (kind, entry) = match outcome {
            Outcome::Urgent => ("urgent", None),
            Outcome::Answered(entries) => ("answered", entries.first()),
            Outcome::Clarified => ("clarified", None),
            Outcome::Abstained => ("abstained", None),
            Outcome::Opened(entry) => ("opened", Some(entry)),
            Outcome::SmallTalk(_) => ("small_talk", None),
            Outcome::Wish(_) | Outcome::Other => ("other", None),
        };
        Self {
            kind,
            entry: entry.map_or_else(String::new, ToString::to_string),
        }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Bot, update, chat, topic, message.
type OwedRow = (i64, i64, i64, Option<i64>, Option<i64>);
/// Bot, day, kind, entry, how often.
type CountRow = (i64, String, String, String, i64);

/// The same without the bot.
fn owed((_, update, chat, topic, message): OwedRow) -> Owed {
    Owed {
        update,
        chat,
        topic,
        message,
    }
}

/// The same without the bot.
fn count((_, day, kind, entry, n): CountRow) -> Count {
    Count {
        day,
        kind,
        entry,
        n,
    }
}

impl Dump {
    fn of(
        settled: Vec<(i64, i64, i64)>,
        owed_rows: Vec<OwedRow>,
        count_rows: Vec<CountRow>,
    ) -> Self {
        Self {
            settled,
            owed: owed_rows
                .into_iter()
                .map(|row| (row.0, owed(row)))
                .collect(),
            counts: count_rows
                .into_iter()
                .map(|row| (row.0, count(row)))
                .collect(),
        }
    }
}
