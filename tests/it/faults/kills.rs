//! Processes that end, and databases that go away, in the middle of the work.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::{Farm, Load, Mode, QUIET, is_full};
use crate::support::bot::Bot;
use crate::support::bot_api::{Fault, TOKEN};

/// Questions at 100 a second for some lives of 3 seconds; the short form has shorter lives.
fn lives() -> (Load, usize, Duration) {
    if is_full() {
        let load = Load {
            n: 2000,
            per_second: 100,
            chats: 2000,
        };
        (load, 6, Duration::from_secs(3))
    } else {
        let load = Load {
            n: 300,
            per_second: 100,
            chats: 300,
        };
        (load, 2, Duration::from_millis(700))
    }
}

/// Replies that are out and not yet marked when a kill comes: a matter of milliseconds. A busy
/// machine may take longer, but not longer than the work itself.
fn doubled_a_kill() -> usize {
    if is_full() { 2 } else { 20 }
}

/// Ends the bot so often, this way, while questions come, with 200 ms of work for each.
async fn ends(signal: Signal, name: &str) -> (super::Figures, usize) {
    let mut farm = Farm::start(Mode::Polling, &[]).await.unwrap();
    let work = Fault::Slow(Duration::from_millis(200));
    farm.api.storm(100, Some("sendMessage"), work);
    let (load, n_lives, life) = lives();
    let Farm { api, faq, bots, .. } = &mut farm;
    let asking = super::ask(api, load);
    let ending = async {
        for _ in 0..n_lives {
            tokio::time::sleep(life).await;
            let bot = &mut bots[0];
            bot.signal(signal);
            bot.ended().await;
            let n_before = api.state().sent.len();
            let restart = Instant::now();
            *bot = Bot::launch(api, faq.path(), &[("TELOXIDE_TOKEN", TOKEN), QUIET]);
            let answered = api.wait("an answer after the restart", |inner| {
                // Or the load was over before, on a slow machine.
                let n = inner.sent.len();
                (n > n_before || n >= load.n).then(Instant::now)
            });
            let first = answered.await - restart;
            if is_full() {
                // 200 ms of it are the work itself.
                assert!(
                    first <= Duration::from_secs(1),
                    "first answer after {first:?}"
                );
            }
        }
    };
    let (asked, ()) = tokio::join!(asking, ending);
    let figures = farm.figures(&asked).await;
    figures.show(&format!("{name}, {n_lives} times"));
    (figures, n_lives)
}

#[tokio::test]
async fn kills_lose_nothing() {
    let (figures, n_kills) = ends(Signal::SIGKILL, "SIGKILL").await;
    assert_eq!(figures.lost, 0, "{figures:?}");
    assert!(figures.doubled <= n_kills * doubled_a_kill(), "{figures:?}");
}

#[tokio::test]
async fn stops_lose_and_double_nothing() {
    let (figures, _) = ends(Signal::SIGTERM, "SIGTERM").await;
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
}

#[tokio::test]
async fn killed_replicas_lose_nothing() {
    let Some(mut farm) = Farm::start(Mode::Replicas, &[]).await else {
        return;
    };
    let work = Fault::Slow(Duration::from_millis(200));
    farm.api.storm(100, Some("sendMessage"), work);
    let (load, _, life) = lives();
    let Farm {
        api,
        bots,
        deliveries,
        ..
    } = &mut farm;
    let ending = async {
        // All but the last, one after the other.
        for _ in 0..2 {
            tokio::time::sleep(life).await;
            bots.remove(0).killed().await;
            let rest = bots.iter().map(Bot::hook).collect();
            deliveries.as_ref().unwrap().replicas(rest);
        }
    };
    let (asked, ()) = tokio::join!(super::ask(api, load), ending);
    let figures = farm.figures(&asked).await;
    figures.show("two of three replicas killed");
    assert_eq!(figures.lost, 0, "{figures:?}");
    assert!(figures.doubled <= 2 * doubled_a_kill(), "{figures:?}");
}
