//! Five of a hundred calls, or of a hundred deliveries, go wrong in one way.

use std::time::{Duration, Instant};

use super::{Farm, Figures, Load, Mode, is_full, matrix};
use crate::support::bot_api::Fault;
use crate::support::webhooks;

/// What cannot be avoided where an accepted reply looks refused: the five of a hundred, and
/// some of their repeats.
const DOUBLED_OF_2000: usize = 130;

/// Asks under a storm and judges what holds whatever the fault.
async fn storm(mode: Mode, name: &str, fault: Fault, p99: Duration) -> Option<Figures> {
    let farm = Farm::start(mode, &[]).await?;
    farm.api.storm(5, None, fault);
    let figures = farm.ask(matrix()).await;
    figures.show(&format!("{mode:?}, {name}"));
    assert_eq!(figures.lost, 0, "{figures:?}");
    assert!(figures.copies <= 6, "{figures:?}");
    if is_full() {
        assert!(figures.p99 <= p99, "{figures:?}");
    }
    Some(figures)
}

/// A story for each fault and mode.
macro_rules! storms {
    ($($name:ident: $fault:expr, $p99_ms:expr, $doubled:expr;)*) => {
        mod polling {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Mode::Polling).await;
            })*
        }
        mod replicas {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Mode::Replicas).await;
            })*
        }
        $(async fn $name(mode: Mode) {
            let p99 = Duration::from_millis($p99_ms);
            let Some(figures) = storm(mode, stringify!($name), $fault, p99).await else { return };
            let most = if $doubled { doubled_at_most() } else { 0 };
            assert!(figures.doubled <= most, "{figures:?}");
        })*
    };
}

storms! {
    an_internal_error: Fault::Code(500), 1500, false;
    a_bad_gateway: Fault::Page(502), 1500, false;
    a_login_page: Fault::Page(200), 1500, false;
    too_many_requests: Fault::TooMany(1), 3000, false;
    slow: Fault::Slow(Duration::from_millis(500)), 1500, false;
    a_reset_before: Fault::ResetBefore, 1500, false;
    a_reset_after: Fault::ResetAfter, 1500, true;
    an_internal_error_after: Fault::CodeAfter(500), 1500, true;
    truncated: Fault::Truncated, 1500, false;
    cut: Fault::Cut, 1500, false;
}

fn doubled_at_most() -> usize {
    // Of few questions the share varies more.
    DOUBLED_OF_2000 * matrix().n / 2000 + if is_full() { 0 } else { 15 }
}

/// A call that hangs is given up after 20 seconds, so only few are made.
#[tokio::test]
async fn a_hanging_call_is_made_again() {
    let farm = Farm::start(Mode::Polling, &[]).await.unwrap();
    farm.api.fail("sendMessage", None, [Fault::Hang]);
    let load = Load { n: 40, ..matrix() };
    let figures = farm.ask(load).await;
    figures.show("Polling, hang");
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
}

async fn a_closed_port(mode: Mode) {
    let Some(mut farm) = Farm::start(mode, &[]).await else {
        return;
    };
    let load = matrix();
    let half = Load {
        n: load.n / 2,
        ..load
    };
    let first = farm.ask(half).await;
    assert_eq!((first.lost, first.doubled), (0, 0), "{first:?}");
    assert_eq!(farm.api.state().sent.len(), half.n);
    // The same chats are asked the same once more.
    farm.api.state().sent.clear();
    let begin = Instant::now();
    farm.api.close().await;
    // Asked while nobody can be reached; deliveries go on, answers cannot.
    let asked = super::ask(&farm.api, half).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    farm.api.open().await;
    let outage = begin.elapsed();
    let second = farm.figures(&asked).await;
    second.show(&format!("{mode:?}, closed port for {outage:.1?}"));
    assert_eq!((second.lost, second.doubled), (0, 0), "{second:?}");
    if is_full() {
        assert!(second.p99 <= outage + Duration::from_secs(1), "{second:?}");
    }
}

#[tokio::test]
async fn a_closed_port_by_polling() {
    a_closed_port(Mode::Polling).await;
}

#[tokio::test]
async fn a_closed_port_with_replicas() {
    a_closed_port(Mode::Replicas).await;
}

/// Deliveries that go wrong, to three replicas.
async fn deliveries(fault: webhooks::Fault) {
    let Some(farm) = Farm::start(Mode::Replicas, &[]).await else {
        return;
    };
    let load = matrix();
    let mut rng = fastrand::Rng::with_seed(7);
    let faults = (0..2 * load.n).map(|_| {
        if rng.u8(0..100) < 5 {
            fault
        } else {
            webhooks::Fault::Fine
        }
    });
    if let Some(deliveries) = &farm.deliveries {
        deliveries.fail(faults);
    }
    let figures = farm.ask(load).await;
    figures.show(&format!("Replicas, {fault:?}"));
    assert_eq!((figures.lost, figures.doubled), (0, 0), "{figures:?}");
}

#[tokio::test]
async fn a_delivery_that_reaches_nobody() {
    deliveries(webhooks::Fault::NotDelivered).await;
}

#[tokio::test]
async fn an_acknowledgement_that_is_lost() {
    deliveries(webhooks::Fault::AckLost).await;
}

#[tokio::test]
async fn a_delivery_to_two_replicas_at_once() {
    deliveries(webhooks::Fault::Twice).await;
}

/// Several questions a chat, so that an order can be kept or not.
async fn order(mode: Mode) {
    let Some(farm) = Farm::start(mode, &[]).await else {
        return;
    };
    farm.api.storm(5, None, Fault::Code(500));
    let load = matrix();
    let figures = farm
        .ask(Load {
            chats: load.n / 10,
            ..load
        })
        .await;
    figures.show(&format!("{mode:?}, order"));
    assert_eq!(
        (figures.lost, figures.doubled, figures.inversions),
        (0, 0, 0),
        "{figures:?}"
    );
}

#[tokio::test]
async fn the_order_in_a_chat_is_kept_by_polling() {
    order(Mode::Polling).await;
}

#[tokio::test]
async fn the_order_in_a_chat_is_kept_by_replicas() {
    order(Mode::Replicas).await;
}
