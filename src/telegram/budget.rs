//! How fast messages may go out, so that Telegram has no reason to refuse them.
//!
//! Each limit is one moment: when the next message would be due if they went out evenly. A
//! message takes the next place and sleeps until then, so nothing has to look at a queue
//! again and again, and what need not wait does not. With PostgreSQL the moments are in the
//! store, and replicas share them.
//!
//! The rule is the "generic cell rate algorithm" (ITU-T I.371, virtual scheduling).

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use teloxide::types::ChatId;
use tokio::time::{Instant, sleep};

use crate::pseudonym::Key;
use crate::store::Store;

/// One message an interval, and so many at once after a silence.
#[derive(Debug, Clone, Copy)]
struct Rate {
    interval: Duration,
    burst: u32,
}

/// Telegram's FAQ asks for one message a second in a chat and lets short bursts pass.
const CHAT: Rate = Rate {
    interval: Duration::from_secs(1),
    burst: 5,
};
/// Telegram's FAQ: 20 a minute in a group. At most 17 and a burst of 3 fall into any minute.
const GROUP: Rate = Rate {
    interval: Duration::from_millis(60_000 / 17),
    burst: 3,
};
/// Messages to all chats that may go out together.
const BURST: u32 = 3;
/// So many chats are known before those that are free again are forgotten.
const MAX_CHATS: usize = 1024;
/// All chats together, in the place of a chat's id.
const ALL: i64 = 0;

/// Whether a message goes ahead of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    Ordinary,
    /// A crisis text does not queue behind the other chats' answers.
    Urgent,
}

pub(super) struct Budget {
    /// None when the limits are off.
    overall: Option<Rate>,
    store: Store,
    key: Key,
    /// When the next message of a chat is due.
    due: Mutex<HashMap<i64, Instant>>,
}

impl Budget {
    /// So many messages a second in all; 0 for no limits at all.
    pub(super) fn new(per_second: u32, store: Store, key: Key) -> Self {
        // Evenly spaced plus a burst, no second holds more than what was asked for.
        let evenly = per_second.saturating_sub(BURST - 1).max(1);
        let overall = Rate {
            interval: Duration::from_secs(1) / evenly,
            burst: BURST,
        };
        Self {
            overall: (per_second > 0).then_some(overall),
            store,
            key,
            due: Mutex::default(),
        }
    }

    /// Waits until a message may go to this chat. `held` is true while the chat's own limit
    /// makes it wait.
    pub(super) async fn turn(&self, chat: ChatId, urgency: Urgency, held: &AtomicBool) {
        let Some(overall) = self.overall else { return };
        let rate = if chat.0 < 0 { GROUP } else { CHAT };
        let wait = self.reserve(chat.0, rate).await;
        if !wait.is_zero() {
            held.store(true, Ordering::Relaxed);
            sleep(wait).await;
            held.store(false, Ordering::Relaxed);
        }
        let wait = self.reserve(ALL, overall).await;
        if urgency == Urgency::Ordinary {
            sleep(wait).await;
        }
    }

    /// Takes the next place and says how far off it is.
    async fn reserve(&self, chat: i64, rate: Rate) -> Duration {
        if self.store.is_shared() {
            // A database of several processes is to hold no chat's number where a hash will do.
            let place = if chat == ALL {
                ALL
            } else {
                self.key.of_chat(chat).into()
            };
            match self.store.reserve(place, rate.interval, rate.burst).await {
                Ok(Some(wait)) => return wait,
                Ok(None) => {}
                // On our own until the store is back.
                Err(error) => tracing::debug!(%error, "the shared budget is away"),
            }
        }
        let now = Instant::now();
        let mut due = self
            .due
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if due.len() >= MAX_CHATS {
            due.retain(|_, due| *due > now);
        }
        let (next, wait) = rate.take(due.get(&chat).copied(), now);
        due.insert(chat, next);
        wait
    }
}

impl Rate {
    /// The next message's moment, and how long this one has to wait.
    fn take(self, due: Option<Instant>, now: Instant) -> (Instant, Duration) {
        let next = due.map_or(now, |due| due.max(now)) + self.interval;
        let wait = next.saturating_duration_since(now + self.interval * self.burst);
        (next, wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offers a message every `every_ms` and compares the waits, in milliseconds.
    #[track_caller]
    fn check(rate: Rate, every_ms: u64, expected: &[u64]) {
        let begin = Instant::now();
        let mut due = None;
        let waits: Vec<u64> = (0..expected.len() as u64)
            .map(|n| {
                let now = begin + Duration::from_millis(every_ms * n);
                let (next, wait) = rate.take(due, now);
                due = Some(next);
                wait.as_millis() as u64
            })
            .collect();
        assert_eq!(waits, expected);
    }

    #[test]
    fn a_burst_passes_and_then_it_is_one_an_interval() {
        check(CHAT, 0, &[0, 0, 0, 0, 0, 1000, 2000]);
    }

    #[test]
    fn what_comes_slowly_never_waits() {
        check(CHAT, 1000, &[0; 20]);
    }

    #[test]
    fn a_group_gets_twenty_in_any_minute() {
        let begin = Instant::now();
        let mut due = None;
        let sent: Vec<Duration> = (0..100)
            .map(|_| {
                let (next, wait) = GROUP.take(due, begin);
                due = Some(next);
                wait
            })
            .collect();
        let minute = Duration::from_mins(1);
        for from in &sent {
            let within = sent
                .iter()
                .filter(|at| (*from..*from + minute).contains(at));
            assert!(within.count() <= 20);
        }
    }
}
