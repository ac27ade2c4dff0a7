//! The store goes away for a while: the disk is full, or the database cannot be reached.

use std::process::Command;
use std::time::Duration;

use sqlx::Connection;

use super::{Farm, Load, Mode, is_full};
use crate::support::bot::Bot;
use crate::support::postgres::{self, Proxy};

/// Sets how long a file of the bot may be: 1 is a full disk.
fn limit_files(bot: &Bot, bytes: &str) {
    let set = Command::new("prlimit")
        .args(["--pid", &bot.id().to_string(), &format!("--fsize={bytes}:")])
        .status();
    assert!(set.unwrap().success());
}

/// Waits until the bot says it is ready, or not.
async fn ready(bot: &Bot, wanted: bool) {
    let becomes = async {
        loop {
            let (status, lines) = bot.page("/readyz").await;
            if (status == 200) == wanted {
                assert!(
                    lines.contains(if wanted { "store: ok" } else { "store: away" }),
                    "{lines}"
                );
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    crate::support::within(format!("readiness {wanted}"), becomes).await;
}

/// Few enough for any machine.
const FEW: Load = Load {
    n: 100,
    per_second: 100,
    chats: 100,
};

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let farm = Farm::start(Mode::Polling, &[]).await.unwrap();
    let bot = &farm.bots[0];
    farm.api.person(1_000_000).says("when is the library open");
    farm.api.reply(1_000_000).await;
    limit_files(bot, "1");
    let figures = farm.ask(FEW).await;
    bot.logs("the store is away").await;
    // What there is of its files may be written again, so it can come back by itself.
    limit_files(bot, "unlimited");
    bot.logs("the store is back").await;
    ready(bot, true).await;
    figures.show("disk full");
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_shown_and_loses_nothing() {
    let farm = Farm::start(Mode::Polling, &[]).await.unwrap();
    let bot = &farm.bots[0];
    let file = farm.api.data.path().join("askwell.db");
    let url = format!("sqlite://{}", file.display());
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE")
        .execute(&mut other)
        .await
        .unwrap();
    let figures = farm.ask(FEW).await;
    bot.logs("the store is away").await;
    ready(bot, false).await;
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    bot.logs("the store is back").await;
    ready(bot, true).await;
    figures.show("file locked");
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
}

/// The database is gone while questions come.
async fn gone(mode: Mode) {
    let Some(url) = postgres::database().await else {
        return;
    };
    let proxy = Proxy::start(&url).await;
    let farm = Farm::start_on(mode, &proxy.url).await;
    let (n, away) = if is_full() { (1000, 5) } else { (200, 2) };
    let load = Load {
        n,
        per_second: 100,
        chats: n,
    };
    let outage = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        proxy.cut();
        ready(&farm.bots[0], false).await;
        tokio::time::sleep(Duration::from_secs(away)).await;
        proxy.mend();
    };
    let (asked, ()) = tokio::join!(super::ask(&farm.api, load), outage);
    let figures = farm.figures(&asked).await;
    ready(&farm.bots[0], true).await;
    figures.show(&format!("{mode:?}, database gone for {away} s"));
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
}

#[tokio::test]
async fn a_database_that_is_gone_loses_nothing_by_polling() {
    gone(Mode::Polling).await;
}

#[tokio::test]
async fn a_database_that_is_gone_loses_nothing_with_replicas() {
    gone(Mode::Replicas).await;
}
