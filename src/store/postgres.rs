//! The store in a database that several processes share: PostgreSQL, or what speaks its
//! protocol. Keeps to SQL that distributed engines run as well; only the right to poll needs
//! PostgreSQL's own advisory locks.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::migrate::Steps;
use super::{Claim, Count, CountRow, Dump, Owed, OwedRow, StoreError, Tally, count, owed};

const STEPS: Steps = Steps(&[
    (
        "updates",
        include_str!("migrations/postgres/0001_updates.sql"),
    ),
    ("sends", include_str!("migrations/postgres/0002_sends.sql")),
]);

/// Enough for a replica: a claim takes about a millisecond.
const CONNECTIONS: u32 = 8;
/// After this a database counts as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// An update can be answered while its note is being written. Such a note says nothing, and
/// goes before the mark that tells so.
const SETTLED_BEFORE_OWED: &str = "DELETE FROM owed WHERE EXISTS \
    (SELECT 1 FROM updates WHERE updates.bot = owed.bot AND updates.id = owed.id AND settled_at IS NOT NULL)";

/// Unix time in milliseconds, of now and not of when the transaction began.
const NOW_MS: &str = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
const NOW_SECS: &str = "CAST(extract(epoch FROM now()) AS BIGINT)";

#[derive(Clone)]
pub(super) struct Postgres {
    pool: PgPool,
}

/// The connection that holds an advisory lock.
pub(super) struct Session(PoolConnection<sqlx::Postgres>);

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // A crash of the server may take the last marks with it: a repeated reply,
                    // never a lost one. An engine that does not know the setting goes on.
                    let _ = sqlx::query("SET synchronous_commit = off")
                        .execute(connection)
                        .await;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        let migrator = Migrator::new(STEPS).await.map_err(StoreError::Migrate)?;
        migrator.run(&pool).await.map_err(StoreError::Migrate)?;
        Ok(Self { pool })
    }

    pub(super) async fn settled(
        &self,
        bot: i64,
        updates: &[i64],
    ) -> Result<HashSet<i64>, StoreError> {
        let known: Vec<(i64,)> = sqlx::query_as(
            "SELECT id FROM updates WHERE bot = $1 AND settled_at IS NOT NULL AND id = ANY($2)",
        )
        .bind(bot)
        .bind(updates)
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
        let mut work = self.pool.begin().await?;
        let settle = format!(
            "INSERT INTO updates (bot, id, settled_at) SELECT $1, id, {NOW_SECS} \
             FROM unnest($2::bigint[]) AS given(id) ORDER BY id \
             ON CONFLICT (bot, id) DO UPDATE SET settled_at = excluded.settled_at, holder = NULL"
        );
        // Once each, since one statement cannot write a row twice.
        let ids: Vec<i64> = updates
            .iter()
            .copied()
            .collect::<HashSet<_>>()
            .into_iter()
            .collect();
        sqlx::query(&settle)
            .bind(bot)
            .bind(&ids)
            .execute(&mut *work)
            .await?;
        sqlx::query("DELETE FROM owed WHERE bot = $1 AND id = ANY($2)")
            .bind(bot)
            .bind(&ids)
            .execute(&mut *work)
            .await?;
        // In the same order in every process (they are sorted), so that no two wait for each other.
        for (tally, n) in tallies {
            sqlx::query(
                "INSERT INTO tallies (bot, day, kind, entry, n) \
                 VALUES ($1, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD'), $2, $3, $4) \
                 ON CONFLICT (bot, day, kind, entry) DO UPDATE SET n = tallies.n + excluded.n",
            )
            .bind(bot)
            .bind(tally.kind)
            .bind(&tally.entry)
            .bind(n)
            .execute(&mut *work)
            .await?;
        }
        work.commit().await?;
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
            "UPDATE updates SET held_until = {NOW_MS} + $4 \
             WHERE bot = $1 AND holder = $2 AND settled_at IS NULL AND id = ANY($3)"
        );
        sqlx::query(&renew)
            .bind(bot)
            .bind(holder)
            .bind(updates)
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
        let updates = format!(
            "DELETE FROM updates WHERE settled_at <= {NOW_SECS} - $1 \
             OR (settled_at IS NULL AND held_until / 1000 <= {NOW_SECS} - $1)"
        );
        sqlx::query(&updates)
            .bind(kept_secs)
            .execute(&self.pool)
            .await?;
        let sends = format!("DELETE FROM sends WHERE next_at <= {NOW_MS} - 60000");
        sqlx::query(&sends).execute(&self.pool).await?;
        Ok(())
    }

    pub(super) async fn check(&self) -> Result<(), StoreError> {
        let mut work = self.pool.begin().await?;
        sqlx::query("INSERT INTO sends (bot, chat, next_at) VALUES (0, 0, 0) ON CONFLICT (bot, chat) DO UPDATE SET next_at = 0")
            .execute(&mut *work)
            .await?;
        work.commit().await?;
        Ok(())
    }

    pub(super) async fn lead(&self, bot: i64) -> Result<Option<Session>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let (ours,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_lock($1)")
            .bind(bot)
            .fetch_one(&mut *connection)
            .await?;
        Ok(ours.then_some(Session(connection)))
    }

    pub(super) async fn reserve(
        &self,
        bot: i64,
        chat: i64,
        interval_ms: i64,
        burst: i64,
    ) -> Result<Duration, StoreError> {
        let reserve = format!(
            "INSERT INTO sends (bot, chat, next_at) VALUES ($1, $2, {NOW_MS} + $3) \
             ON CONFLICT (bot, chat) DO UPDATE \
             SET next_at = GREATEST(sends.next_at, {NOW_MS}) + $3 \
             RETURNING next_at - $3 * $4 - {NOW_MS}"
        );
        let (wait,): (i64,) = sqlx::query_as(&reserve)
            .bind(bot)
            .bind(chat)
            .bind(interval_ms)
            .bind(burst)
            .fetch_one(&self.pool)
            .await?;
        Ok(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
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

impl Session {
    pub(super) async fn holds(&mut self) -> bool {
        let alive = sqlx::query("SELECT 1").execute(&mut *self.0);
        matches!(tokio::time::timeout(PATIENCE, alive).await, Ok(Ok(_)))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Back in the pool, the connection would keep the lock.
        self.0.close_on_drop();
    }
}
