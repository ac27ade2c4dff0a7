//! Telegram's limits, and chats that take more than their share.

use std::time::Duration;

use super::{Farm, Load, Mode, is_full, judge};

const LIMITS_ON: (&str, &str) = ("ASKWELL_SENDS_PER_SECOND", "30");

fn load(per_second: u32) -> Load {
    let n = if is_full() { 1000 } else { 60 };
    Load {
        n,
        per_second,
        chats: n,
    }
}

async fn within_the_limits(mode: Mode) {
    let Some(farm) = Farm::start(mode, &[LIMITS_ON]).await else {
        return;
    };
    farm.api.limit();
    let load = load(25);
    let figures = farm.ask(load).await;
    let (n_refused, n_impatient) = farm.api.state().refused();
    figures.show(&format!(
        "{mode:?}, limits on, 25/s: {n_refused} refused, {n_impatient} impatient"
    ));
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
    assert_eq!(n_impatient, 0);
    if is_full() {
        assert!(n_refused * 100 <= load.n, "{n_refused} refused");
    }
}

#[tokio::test]
async fn the_limits_are_kept_by_polling() {
    within_the_limits(Mode::Polling).await;
}

#[tokio::test]
async fn the_limits_are_kept_by_replicas_together() {
    within_the_limits(Mode::Replicas).await;
}

#[tokio::test]
async fn limits_that_are_not_met_cost_no_time() {
    let mut p50 = Vec::new();
    for limit in ["0", "30"] {
        let farm = Farm::start(Mode::Polling, &[("ASKWELL_SENDS_PER_SECOND", limit)])
            .await
            .unwrap();
        let figures = farm.ask(load(20)).await;
        figures.show(&format!("limit {limit}, 20/s"));
        assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
        p50.push(figures.p50);
    }
    if is_full() {
        assert!(p50[1] <= p50[0] + Duration::from_millis(10), "{p50:?}");
    }
}

/// More is asked at once than may be answered: it takes a while, and next to nothing is refused.
#[tokio::test]
async fn a_rush_is_spread_out() {
    let farm = Farm::start(Mode::Polling, &[LIMITS_ON]).await.unwrap();
    farm.api.limit();
    let load = Load {
        n: 150,
        per_second: 1000,
        chats: 150,
    };
    let figures = farm.ask(load).await;
    figures.show("limits on, 150 at once");
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
    let (n_refused, n_impatient) = farm.api.state().refused();
    assert_eq!(n_impatient, 0);
    // On a busy machine messages bunch up on their way to the server.
    if is_full() {
        assert!(n_refused * 50 <= load.n, "{n_refused} refused");
    }
}

#[tokio::test]
async fn a_crisis_text_goes_ahead_of_a_rush() {
    let farm = Farm::start(Mode::Polling, &[LIMITS_ON]).await.unwrap();
    for chat in 1..=80 {
        farm.api.person(chat).says("when is the library open");
    }
    farm.api.person(99).says("I want to kill myself");
    farm.api.reply(99).await;
    let n_before = {
        let state = farm.api.state();
        state.sent.iter().take_while(|sent| sent.chat != 99).count()
    };
    assert!(n_before < 60, "{n_before} went before it");
    farm.finished().await;
}

/// One chat floods with 200 questions while others ask at their pace. With the limits on it
/// fills Telegram's whole window for minutes.
async fn flood(variables: &[(&str, &str)], name: &str) {
    let farm = Farm::start(Mode::Polling, variables).await.unwrap();
    for _ in 0..200 {
        farm.api.person(7_000_000).says("when is the library open");
    }
    let asked = super::ask(&farm.api, load(20)).await;
    farm.api
        .wait("the others' answers", |inner| {
            let others = inner.sent.iter().filter(|sent| sent.chat != 7_000_000);
            (others.count() >= asked.len()).then_some(())
        })
        .await;
    let figures = judge(&farm.api, &asked);
    figures.show(name);
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
    if is_full() {
        assert!(figures.p99 <= Duration::from_secs(1), "{figures:?}");
    }
}

#[tokio::test]
async fn a_flood_delays_nobody_else() {
    flood(&[], "flood of 200, limits off").await;
}

#[tokio::test]
async fn a_flood_at_the_limit_delays_nobody_else() {
    flood(&[LIMITS_ON], "flood of 200, limits on").await;
}
