//! Nothing goes wrong, and what that costs.

use std::time::Duration;

use super::{Farm, Load, Mode, is_full};
use crate::support::bot_api::Fault;

async fn steady(mode: Mode) {
    let Some(farm) = Farm::start(mode, &[]).await else {
        return;
    };
    let n = if is_full() { 2000 } else { 150 };
    let load = Load {
        n,
        per_second: 100,
        chats: n,
    };
    let figures = farm.ask(load).await;
    let mib = farm.peak_mib();
    figures.show(&format!("{mode:?}, no faults, 100/s, {mib} MiB"));
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
    if is_full() {
        assert!(mib <= 64, "{mib} MiB");
        assert!(figures.p50 <= Duration::from_millis(5), "{figures:?}");
        assert!(figures.p99 <= Duration::from_millis(30), "{figures:?}");
    }
}

#[tokio::test]
async fn a_steady_stream_by_polling() {
    steady(Mode::Polling).await;
}

#[tokio::test]
async fn a_steady_stream_to_replicas() {
    steady(Mode::Replicas).await;
}

/// An hour at 20 a second with 1 % of every fault: `ASKWELL_TEST_SOAK_SECS=3600`. Without the
/// variable it lasts a few seconds.
#[tokio::test]
async fn a_long_time_takes_no_more_memory() {
    let secs = std::env::var("ASKWELL_TEST_SOAK_SECS");
    let secs: usize = secs.map_or(3, |secs| secs.parse().unwrap());
    let farm = Farm::start(Mode::Polling, &[]).await.unwrap();
    farm.api.storms(
        1,
        None,
        vec![
            Fault::Code(500),
            Fault::Page(502),
            Fault::Page(200),
            Fault::TooMany(1),
            Fault::Slow(Duration::from_millis(500)),
            Fault::ResetBefore,
            Fault::ResetAfter,
            Fault::CodeAfter(500),
            Fault::Truncated,
            Fault::Cut,
        ],
    );
    let load = |secs| Load {
        n: secs * 20,
        per_second: 20,
        chats: 20 * secs,
    };
    // The first third fills caches and pools.
    let first = super::ask(&farm.api, load(secs / 3)).await;
    farm.finished().await;
    let mib_before = farm.peak_mib();
    farm.api.state().sent.clear();
    let figures = farm.ask(load(secs - secs / 3)).await;
    let mib = farm.peak_mib();
    figures.show(&format!("soak of {secs} s, {mib_before} to {mib} MiB"));
    assert!(!first.is_empty());
    assert_eq!(figures.lost, 0, "{figures:?}");
    assert!(mib <= mib_before + 8, "{mib_before} to {mib} MiB");
}
