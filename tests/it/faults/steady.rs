//! Nothing goes wrong, and what that costs.

use std::time::Duration;

use super::{Farm, Load, Mode, is_full};

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
