//! The inbox: asks Telegram for updates and passes the offset over those that are answered.
//!
//! Telegram returns again what is not confirmed, lowest first and 100 at most. So while
//! something is in hand, each poll brings known updates, and the loop neither handles them
//! again nor asks without need.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde_json::value::RawValue;
use teloxide::payloads::GetUpdates;
use teloxide::types::{AllowedUpdate, ChatId};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::RunError;
use super::api::{Api, Failure};
use super::dispatch::Dispatcher;
use super::incoming::{self, Identity, Reading, UpdateId};
use super::retry::Tries;
use super::shutdown::Shutdown;

/// Telegram waits no longer than this, whatever is asked.
const LONG_POLL_SECS: u32 = 50;
/// Telegram's limit for one answer, and so for what can be in hand unconfirmed.
const LIMIT: usize = 100;
/// What we ask to be sent; kept by Telegram, and sent with each poll, since a first one may fail.
const KINDS: [AllowedUpdate; 3] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::CallbackQuery,
];
/// How soon to look for new updates while some are in hand. Doubles up to [`MAX_PAUSE`] while
/// there are none: a reply held up for a minute should not cost thousands of polls.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const MAX_PAUSE: Duration = Duration::from_millis(250);
/// An empty answer that came later than this was waited for by Telegram.
const WAITED: Duration = Duration::from_secs(1);
/// While another process polls, or a webhook is set.
const CONFLICT_PAUSE: Duration = Duration::from_secs(5);
/// So many updates of chats that delay only themselves may be kept in memory alone.
const MAX_CARRIED: usize = 1000;
/// All that a stop may take, and what of it the last poll needs.
const STOP_WITHIN: Duration = Duration::from_secs(10);
const LAST_POLL_WITHIN: Duration = Duration::from_secs(2);

type Answer = Result<Vec<Box<RawValue>>, Failure>;

/// A poll on its way.
struct Asking<'a> {
    offset: Option<i32>,
    since: Instant,
    answer: Pin<Box<dyn Future<Output = Answer> + Send + 'a>>,
}

/// When to poll again.
struct Pace {
    not_before: Instant,
    pause: Duration,
    /// The last poll failed.
    failing: Option<Tries>,
    n_failed: u32,
    /// Something was answered since the last poll.
    progress: bool,
}

/// Polls until asked to stop; then finishes what is in hand.
///
/// # Errors
/// When Telegram refuses the token.
pub(super) async fn poll(
    api: &Api,
    me: &Identity,
    mut dispatcher: Dispatcher,
    mut shutdown: Shutdown,
) -> Result<(), RunError> {
    let mut window = Window::default();
    let mut pace = Pace::new();
    let mut asking: Option<Asking<'_>> = None;
    loop {
        if asking.is_none() && pace.is_due(&window) {
            pace.progress = false;
            asking = Some(ask(api, window.offset()));
        }
        tokio::select! {
            biased;
            () = shutdown.requested() => break,
            update = dispatcher.next_done() => {
                window.settle(update);
                pace.progress = true;
            }
            answer = answered(&mut asking) => {
                let Some(Asking { offset, since, .. }) = asking.take() else { continue };
                match answer {
                    Ok(updates) => {
                        window.passed(offset);
                        let n_new = take(&updates, &mut window, &mut dispatcher, me);
                        if n_new == 0 && window.room() == 0 {
                            window.carry(|chat| dispatcher.is_slow(chat));
                        }
                        pace.after_answer(n_new, since.elapsed(), &window);
                    }
                    // The token was taken back. A 404 is no such news once getMe has worked.
                    Err(Failure::Refused { code: code @ 401, .. }) => return Err(RunError::Token { code }),
                    Err(failure) => pace.after_failure(&failure),
                }
            }
            () = sleep_until(pace.not_before), if asking.is_none() => {}
        }
    }
    drop(asking);
    finish(api, window, dispatcher, shutdown).await;
    Ok(())
}

fn ask(api: &Api, offset: Option<i32>) -> Asking<'_> {
    let request = get_updates(offset, LIMIT as u8, LONG_POLL_SECS);
    Asking {
        offset,
        since: Instant::now(),
        answer: Box::pin(async move { api.call(&request).await }),
    }
}

fn get_updates(offset: Option<i32>, limit: u8, timeout_secs: u32) -> GetUpdates {
    let mut request = GetUpdates::new();
    request.offset = offset;
    request.limit = Some(limit);
    request.timeout = Some(timeout_secs);
    request.allowed_updates = Some(KINDS.to_vec());
    request
}

async fn answered(asking: &mut Option<Asking<'_>>) -> Answer {
    match asking {
        Some(asking) => asking.answer.as_mut().await,
        None => std::future::pending().await,
    }
}

/// Takes the unknown ones of these updates in hand and says how many there were.
fn take(
    updates: &[Box<RawValue>],
    window: &mut Window,
    dispatcher: &mut Dispatcher,
    me: &Identity,
) -> usize {
    let mut n_new = 0;
    for update in updates {
        let Some(id) = incoming::id(update) else {
            tracing::error!("an update without an id; it cannot be confirmed");
            continue;
        };
        if window.knows(id) {
            continue;
        }
        n_new += 1;
        match incoming::read(update, me) {
            Reading::Event(event) => {
                window.take(id, event.chat);
                dispatcher.take(id, event);
            }
            Reading::Silent(why) => {
                tracing::debug!(update = id.0, why, "no reply");
                window.skip(id);
            }
            Reading::Strange(kinds) => {
                tracing::warn!(
                    update = id.0,
                    kinds = kinds.join(" "),
                    "update not understood and skipped"
                );
                window.skip(id);
            }
        }
    }
    n_new
}

/// Waits for what is in hand, then confirms what is answered and nothing else.
async fn finish(api: &Api, mut window: Window, mut dispatcher: Dispatcher, mut shutdown: Shutdown) {
    let deadline = Instant::now() + STOP_WITHIN;
    let last_poll = deadline - LAST_POLL_WITHIN;
    tracing::info!(
        in_hand = window.n_in_hand(),
        "stopping; finishing what is in hand"
    );
    while !dispatcher.is_idle() {
        tokio::select! {
            biased;
            () = shutdown.insisted() => {
                tracing::warn!(in_hand = window.n_in_hand(), "stopping at once; Telegram keeps the rest");
                return;
            }
            update = dispatcher.next_done() => window.settle(update),
            () = sleep_until(last_poll) => break,
        }
    }
    // Nothing more may be sent once the offset is computed.
    drop(dispatcher);
    if window.n_in_hand() > 0 {
        tracing::warn!(
            in_hand = window.n_in_hand(),
            "not finished in time; Telegram keeps them for the next start"
        );
    }
    if window.n_carried > 0 {
        tracing::error!(
            n = window.n_carried,
            "updates of slow chats were kept in memory alone and are lost"
        );
    }
    if !window.has_unpassed() {
        return;
    }
    let request = get_updates(window.offset(), 1, 0);
    let confirm = async {
        let mut tries = Tries::default();
        while let Err(failure) = api.call::<_, Vec<Box<RawValue>>>(&request).await {
            tokio::time::sleep(tries.after_harmless(&failure)).await;
        }
    };
    if timeout_at(deadline, confirm).await.is_ok() {
        tracing::info!("stopped");
    } else {
        tracing::warn!("stopped, but what was answered last may come again");
    }
}

impl Pace {
    fn new() -> Self {
        Self {
            not_before: Instant::now(),
            pause: FIRST_PAUSE,
            failing: None,
            n_failed: 0,
            progress: false,
        }
    }

    fn is_due(&self, window: &Window) -> bool {
        if Instant::now() >= self.not_before {
            return true;
        }
        // Early only if the answer can bring a good part of new ones; else a burst would be
        // sent over again for every reply.
        self.failing.is_none()
            && self.progress
            && (window.n_in_hand() == 0 || window.room() >= LIMIT / 2)
    }

    fn after_answer(&mut self, n_new: usize, took: Duration, window: &Window) {
        if self.failing.take().is_some() {
            tracing::info!(n_failed = self.n_failed, "Telegram can be reached again");
            self.n_failed = 0;
        }
        let wait = if n_new > 0 {
            self.pause = FIRST_PAUSE;
            if window.n_in_hand() == 0 {
                Duration::ZERO
            } else {
                self.pause
            }
        } else if took >= WAITED {
            Duration::ZERO
        } else {
            let pause = self.pause;
            self.pause = (pause * 2).min(MAX_PAUSE);
            pause
        };
        self.not_before = Instant::now() + wait;
    }

    fn after_failure(&mut self, failure: &Failure) {
        let pause = match failure {
            Failure::Refused {
                code: 409,
                description,
            } => {
                let cure = if description.contains("webhook") {
                    "a webhook is set for this bot, and Telegram allows no polling beside it; delete the webhook"
                } else {
                    "another process polls with this token; stop one of the two"
                };
                tracing::error!(cure, "no updates");
                self.failing.get_or_insert_default();
                CONFLICT_PAUSE
            }
            failure => {
                self.n_failed += 1;
                let pause = self.failing.get_or_insert_default().after_harmless(failure);
                // An outage would fill the log otherwise.
                if self.n_failed.is_power_of_two() {
                    tracing::warn!(%failure, n_failed = self.n_failed, pause_ms = pause.as_millis(), "no updates; trying again");
                }
                pause
            }
        };
        self.not_before = Instant::now() + pause;
    }
}

/// The part of Telegram's queue that was seen and is not confirmed yet. Knows updates by
/// their ids and never by "greater than the last": ids may start anew.
#[derive(Default)]
struct Window {
    seen: BTreeMap<UpdateId, Fate>,
    /// One past the last confirmed update.
    next: Option<i32>,
    n_in_hand: usize,
    n_carried: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    InHand(ChatId),
    /// In hand, but the offset may pass it: see [`Window::carry`].
    Carried,
    Settled,
}

impl Window {
    fn knows(&self, id: UpdateId) -> bool {
        self.seen.contains_key(&id)
    }

    fn take(&mut self, id: UpdateId, chat: ChatId) {
        self.seen.insert(id, Fate::InHand(chat));
        self.n_in_hand += 1;
    }

    fn skip(&mut self, id: UpdateId) {
        self.seen.insert(id, Fate::Settled);
    }

    /// The update is answered. One that was carried may be passed already.
    fn settle(&mut self, id: UpdateId) {
        match self.seen.insert(id, Fate::Settled) {
            Some(Fate::InHand(_)) => self.n_in_hand -= 1,
            Some(Fate::Carried) => self.n_carried -= 1,
            Some(Fate::Settled) => {}
            None => {
                self.seen.remove(&id);
                self.n_carried = self.n_carried.saturating_sub(1);
            }
        }
    }

    /// What to ask for: everything below is confirmed by asking. The lowest id in hand, or one
    /// past the highest that was seen.
    fn offset(&self) -> Option<i32> {
        let lowest = self
            .seen
            .iter()
            .find(|(_, fate)| matches!(fate, Fate::InHand(_)))
            .map(|(id, _)| id.0);
        lowest
            .or_else(|| {
                self.seen
                    .last_key_value()
                    .map(|(id, _)| id.0.saturating_add(1))
            })
            .or(self.next)
    }

    /// Telegram has answered a poll with this offset, so it will not send what is below again.
    fn passed(&mut self, offset: Option<i32>) {
        if let Some(offset) = offset {
            self.seen
                .retain(|id, fate| id.0 >= offset || matches!(fate, Fate::InHand(_)));
            self.next = Some(offset);
        }
    }

    /// How many updates beside those that are known can come with the next answer.
    fn room(&self) -> usize {
        let known = self
            .offset()
            .map_or(0, |offset| self.seen.range(UpdateId(offset)..).count());
        LIMIT.saturating_sub(known)
    }

    /// Lets the offset pass what blocks a full window, if it is of chats that delay only
    /// themselves. Such an update is in memory alone from then on, and a kill would lose it;
    /// waiting for it would hold up every other chat.
    fn carry(&mut self, is_slow: impl Fn(ChatId) -> bool) {
        let n_before = self.n_carried;
        for fate in self.seen.values_mut() {
            match *fate {
                Fate::InHand(chat) if self.n_carried < MAX_CARRIED && is_slow(chat) => {
                    *fate = Fate::Carried;
                    self.n_in_hand -= 1;
                    self.n_carried += 1;
                }
                Fate::InHand(_) => break,
                Fate::Carried | Fate::Settled => {}
            }
        }
        if self.n_carried > n_before {
            tracing::warn!(
                n = self.n_carried,
                "slow chats fill the window; their updates are kept in memory alone"
            );
        }
    }

    fn n_in_hand(&self) -> usize {
        self.n_in_hand
    }

    /// Whether Telegram has to be told of anything.
    fn has_unpassed(&self) -> bool {
        self.offset() != self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: ChatId = ChatId(1);
    const FLOOD: ChatId = ChatId(2);

    fn window(ids: impl IntoIterator<Item = i32>) -> Window {
        let mut window = Window::default();
        for id in ids {
            window.take(UpdateId(id), CHAT);
        }
        window
    }

    #[test]
    fn nothing_is_confirmed_before_the_first_answer() {
        assert_eq!(Window::default().offset(), None);
        assert_eq!(window([5, 6]).offset(), Some(5));
    }

    #[test]
    fn the_lowest_in_hand_holds_the_offset() {
        let mut window = window([5, 6, 7]);
        window.settle(UpdateId(6));
        assert_eq!(window.offset(), Some(5));
        assert!(
            window.knows(UpdateId(6)),
            "it comes again and must be known"
        );
        window.settle(UpdateId(5));
        assert_eq!(window.offset(), Some(7));
        window.settle(UpdateId(7));
        assert_eq!(window.offset(), Some(8));
        assert_eq!(window.n_in_hand(), 0);
    }

    #[test]
    fn what_telegram_confirmed_is_forgotten_and_the_offset_stays() {
        let mut window = window([5, 6]);
        window.settle(UpdateId(5));
        window.settle(UpdateId(6));
        assert!(window.has_unpassed());
        window.passed(Some(7));
        assert!(window.seen.is_empty());
        assert_eq!(window.offset(), Some(7));
        assert!(!window.has_unpassed());
    }

    #[test]
    fn ids_may_start_anew_below() {
        let mut window = window([900]);
        window.settle(UpdateId(900));
        window.passed(Some(901));
        assert!(!window.knows(UpdateId(12)));
        window.take(UpdateId(12), CHAT);
        assert_eq!(window.offset(), Some(12));
        window.settle(UpdateId(12));
        assert_eq!(window.offset(), Some(13));
    }

    #[test]
    fn a_full_window_has_no_room_until_its_lowest_is_answered() {
        let mut window = window(1..=100);
        assert_eq!(window.room(), 0);
        for id in 2..=100 {
            window.settle(UpdateId(id));
        }
        assert_eq!(window.room(), 0);
        window.settle(UpdateId(1));
        assert_eq!(window.room(), 100);
    }

    #[test]
    fn a_slow_chat_is_passed_when_it_fills_the_window() {
        let mut window = Window::default();
        for id in 1..=100 {
            window.take(UpdateId(id), if id == 50 { CHAT } else { FLOOD });
        }
        window.carry(|chat| chat == FLOOD);
        assert_eq!(window.offset(), Some(50), "the other chat is not passed");
        window.settle(UpdateId(50));
        window.carry(|chat| chat == FLOOD);
        assert_eq!(window.offset(), Some(101));
        assert_eq!((window.n_in_hand, window.n_carried), (0, 99));
        window.settle(UpdateId(1));
        window.passed(Some(101));
        assert!(window.seen.is_empty());
        window.settle(UpdateId(2));
        assert!(window.seen.is_empty());
        assert_eq!(window.n_carried, 97);
    }
}
