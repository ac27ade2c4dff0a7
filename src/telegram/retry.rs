//! How a call is made again. The HTTP client does not repeat requests and nothing above this does, since two layers of
//! retries multiply the copies. What is no plain call goes by these pauses itself: the upload in `file` for a day like
//! [`call`], and the loops that wait for Telegram at the start, at a poll and at the stop for as long as they run.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use teloxide::requests::Payload;
use tokio::time::{Instant, sleep};

use super::api::{Api, Failure};

/// How often a call whose fate is unknown is made in all. Each further one risks a copy, each
/// one less a lost answer: at 5 % of lost connections, 3 would lose 1 of 8,000 and 6 lose 1
/// of 64 million.
const MAX_UNKNOWN: u32 = 6;
/// Telegram forgets an update after a day, so no reply is owed for longer.
const MAX_AGE: Duration = Duration::from_hours(24);
/// First pause; it doubles from here.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause of the first tries, so that the end of a short outage is seen within half a second
/// and what has piled up is sent within a second.
const SHORT_PAUSE: Duration = Duration::from_millis(500);
/// So many tries pause no longer than [`SHORT_PAUSE`]; together they take about 8 seconds.
const SHORT_TRIES: u32 = 22;
/// Longest pause of all.
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// Longest wait for a call that only asks, whatever Telegram wishes: too soon costs no more than a
/// further refusal, and the process has to show a sign of life.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The tries of one call so far.
#[derive(Debug)]
pub(super) struct Tries {
    begun: Instant,
    failed: u32,
    unknown: u32,
}

impl Default for Tries {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            failed: 0,
            unknown: 0,
        }
    }
}

impl Tries {
    /// How long to wait before the next try; none when there should be no next one, or it would come
    /// later than a day after the first.
    pub(super) fn after(&mut self, failure: &Failure) -> Option<Duration> {
        let pause = match failure {
            Failure::NotDone { .. } | Failure::Barred { .. } => self.after_refusal(failure),
            Failure::Unknown { .. } => {
                self.unknown += 1;
                if self.unknown >= MAX_UNKNOWN {
                    return None;
                }
                jitter(unknown_pause(self.unknown))
            }
            Failure::Unreadable | Failure::Moved { .. } | Failure::Refused { .. } => return None,
        };
        (self.begun.elapsed().saturating_add(pause) < MAX_AGE).then_some(pause)
    }

    /// The same for a call that only asks, and so can be made again whatever became of it.
    pub(super) fn after_harmless(&mut self, failure: &Failure) -> Duration {
        self.after_refusal(failure).min(LONGEST_WAIT)
    }

    fn after_refusal(&mut self, failure: &Failure) -> Duration {
        let pause = pause(self.failed);
        self.failed = self.failed.saturating_add(1);
        match failure {
            // Never before Telegram's own time, and not all in the same moment after it.
            Failure::NotDone {
                wait: Some(wait), ..
            } => wait.saturating_add(jitter(FIRST_PAUSE)),
            _ => jitter(pause),
        }
    }
}

/// Makes a call until its fate is certain; every other failure comes back as it is. `failed`
/// is told of each failure that another try follows, after that pause, and may change the
/// call for it.
pub(super) async fn call<P, R>(
    api: &Api,
    payload: &mut P,
    mut failed: impl FnMut(&mut P, &Failure, Duration),
) -> Result<R, Failure>
where
    P: Payload + Serialize,
    R: DeserializeOwned,
{
    let mut tries = Tries::default();
    loop {
        let failure = match api.call(payload).await {
            Ok(result) => return Ok(result),
            Err(failure) => failure,
        };
        let Some(pause) = tries.after(&failure) else {
            return Err(failure);
        };
        failed(payload, &failure, pause);
        sleep(pause).await;
    }
}

/// Pause after this many tries of unknown fate, without jitter: there are only six, so they are spread
/// over twelve seconds and outlast a short outage that looks like lost connections.
fn unknown_pause(unknown: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(3_u32.saturating_pow(unknown.saturating_sub(1)))
}

/// Pause before the try after this many failed ones, without jitter.
fn pause(failed: u32) -> Duration {
    if failed < SHORT_TRIES {
        return FIRST_PAUSE.saturating_mul(1 << failed).min(SHORT_PAUSE);
    }
    SHORT_PAUSE
        .saturating_mul(2_u32.saturating_pow(failed - SHORT_TRIES + 1))
        .min(LONG_PAUSE)
}

/// Between half of the pause and all of it, so that replies that failed together are not
/// tried together again.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_done(wait: Option<Duration>) -> Failure {
        Failure::NotDone {
            why: String::new(),
            wait,
            code: None,
        }
    }

    #[test]
    fn pauses_grow_from_a_tenth_of_a_second_to_half_a_minute() {
        let pauses: Vec<u128> = (0..29).map(|failed| pause(failed).as_millis()).collect();
        assert_eq!(pauses[..5], [100, 200, 400, 500, 500]);
        assert_eq!(
            pauses[21..],
            [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
        );
        assert_eq!(pause(u32::MAX), LONG_PAUSE);
        let unknown: Vec<u128> = (1..6).map(|n| unknown_pause(n).as_millis()).collect();
        assert_eq!(unknown, [100, 300, 900, 2700, 8100]);
    }

    #[test]
    fn an_unknown_fate_is_risked_six_times() {
        let mut tries = Tries::default();
        let lost = Failure::Unknown { why: String::new() };
        let repeats = std::iter::from_fn(|| tries.after(&lost)).count();
        assert_eq!(repeats + 1, 6);
    }

    #[test]
    fn what_was_not_done_is_tried_for_a_day() {
        let mut tries = Tries::default();
        assert!((0..1000).all(|_| tries.after(&not_done(None)).is_some()));
        tries.begun = Instant::now().checked_sub(MAX_AGE).unwrap();
        assert_eq!(tries.after(&not_done(None)), None);
    }

    #[test]
    fn no_try_is_planned_for_later_than_a_day() {
        let after = |wait| Tries::default().after(&not_done(Some(wait)));
        assert!(after(MAX_AGE / 2).is_some());
        assert_eq!(after(MAX_AGE), None);
        assert_eq!(after(Duration::MAX), None);
    }

    #[test]
    fn a_call_that_only_asks_waits_a_minute_at_most() {
        let after = |wait| Tries::default().after_harmless(&not_done(Some(wait)));
        assert_eq!(after(Duration::MAX), LONGEST_WAIT);
        assert!(after(Duration::from_secs(7)) < Duration::from_secs(8));
    }

    #[test]
    fn telegrams_own_time_is_kept() {
        let wait = Duration::from_secs(7);
        assert!(Tries::default().after(&not_done(Some(wait))) >= Some(wait));
    }

    #[test]
    fn certain_failures_end_it() {
        let refused = Failure::Refused {
            code: 400,
            description: String::new(),
        };
        for failure in [
            Failure::Unreadable,
            refused,
            Failure::Moved {
                to: teloxide::types::ChatId(1),
            },
        ] {
            assert_eq!(Tries::default().after(&failure), None);
        }
    }
}
