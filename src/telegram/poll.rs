//! The inbox: asks Telegram for updates and passes the offset over those that are answered.
//!
//! Telegram returns again what is not confirmed, lowest first and 100 at most. So while
//! something is in hand, each poll brings known updates, and the loop neither handles them
//! again nor asks without need.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use teloxide::payloads::GetUpdates;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::api::{Api, Failure};
use super::dispatch::Dispatcher;
use super::event::Event;
use super::incoming::{self, Identity};
use super::retry::Tries;
use super::shutdown::Shutdown;
use super::update::UpdateId;
use super::window::{LIMIT, Window};
use super::{KINDS, RunError, STOP_WITHIN, lead};
use crate::health::{Health, Role};
use crate::store::{Ledger, Owed, Store, StoreError};

/// Telegram waits no longer than this, whatever is asked.
const LONG_POLL_SECS: u32 = 50;
/// How soon to look for new updates while some are in hand. Doubles up to [`MAX_PAUSE`] while
/// there are none: a reply held up for a minute should not cost thousands of polls.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const MAX_PAUSE: Duration = Duration::from_millis(250);
/// An empty answer that came later than this was waited for by Telegram.
const WAITED: Duration = Duration::from_secs(1);
/// While another process polls, or a webhook is set.
const CONFLICT_PAUSE: Duration = Duration::from_secs(5);
/// While the store is away and has to be asked.
const STORE_PAUSE: Duration = Duration::from_millis(250);
/// What of a stop's time the last poll needs.
const LAST_POLL_WITHIN: Duration = Duration::from_secs(2);

type Answer = Result<Vec<Box<RawValue>>, Failure>;

/// What polling needs beside the desk.
pub(super) struct Inbox<'a> {
    pub(super) api: &'a Api,
    pub(super) me: &'a Identity,
    pub(super) health: &'a Health,
    pub(super) store: Store,
    pub(super) ledger: Ledger,
    pub(super) token_refused: Arc<Notify>,
}

/// A poll on its way.
struct Asking<'a> {
    offset: Option<i32>,
    limit: u8,
    since: Instant,
    answer: Pin<Box<dyn Future<Output = Answer> + Send + 'a>>,
}

/// When to poll again.
struct Pace {
    not_before: Instant,
    pause: Duration,
    /// How many updates to ask for: fewer after an answer that was too long to be read.
    limit: u8,
    /// The last poll failed.
    failing: Option<Tries>,
    n_failed: u32,
    /// Something was answered since the last poll.
    progress: bool,
}

/// What is in hand, and what an earlier process may have left.
struct Work<'a> {
    inbox: Inbox<'a>,
    window: Window,
    dispatcher: Dispatcher,
    legacy: Legacy,
}

/// What an earlier process did, as far as it still matters.
enum Legacy {
    /// The store was not asked yet.
    Unread,
    /// Telegram's queue may still hold what is answered already; and these replies are owed,
    /// unless Telegram delivers their questions once more.
    Read { owed: Vec<Owed> },
    /// All of the queue was seen: whatever comes now is new.
    Past,
}

/// Polls until asked to stop; then finishes what is in hand.
///
/// # Errors
/// When Telegram refuses the token.
pub(super) async fn poll(
    inbox: Inbox<'_>,
    dispatcher: Dispatcher,
    mut shutdown: Shutdown,
) -> Result<(), RunError> {
    let (api, health) = (inbox.api, inbox.health);
    let token_refused = Arc::clone(&inbox.token_refused);
    let mut leads = lead::seek(inbox.store.clone());
    let mut leading = false;
    let mut work = Work {
        inbox,
        window: Window::default(),
        dispatcher,
        legacy: Legacy::Unread,
    };
    let mut pace = Pace::new();
    let mut asking: Option<Asking<'_>> = None;
    health.role(Role::StandingBy);
    loop {
        health.beat();
        let (in_hand, carried) = work.window.n_in_hand();
        health.metrics.in_hand(in_hand, carried);
        if leading && asking.is_none() && pace.is_due(&work.window) {
            match work.read_legacy().await {
                Ok(()) => {
                    pace.progress = false;
                    let (offset, patience_secs) = (work.window.offset(), work.patience_secs());
                    asking = Some(ask(api, offset, pace.limit, patience_secs));
                }
                Err(error) => pace.after_store_failure(&error),
            }
        }
        tokio::select! {
            biased;
            () = shutdown.requested() => break,
            done = work.dispatcher.next_done() => {
                work.window.settle(done.update);
                pace.progress = true;
            }
            Ok(()) = leads.changed() => {
                leading = *leads.borrow_and_update();
                if leading {
                    work.legacy = Legacy::Unread;
                    health.role(Role::Polling);
                } else {
                    asking = None;
                    health.role(Role::StandingBy);
                }
            }
            answer = answered(&mut asking) => {
                let Some(Asking { offset, limit, since, .. }) = asking.take() else { continue };
                match answer {
                    Ok(updates) => {
                        health.telegram(true);
                        work.window.passed(offset);
                        match work.take(&updates, limit).await {
                            Ok(n_new) => pace.after_answer(n_new, since.elapsed(), &work.window),
                            Err(error) => pace.after_store_failure(&error),
                        }
                    }
                    // The token was taken back. A 404 is no such news once getMe has worked.
                    Err(Failure::Barred { code: code @ 401, .. }) => return Err(RunError::Token { code }),
                    Err(failure) => {
                        health.telegram(false);
                        pace.after_failure(&failure);
                    }
                }
            }
            // By a send: a poll on its way would hear of it only at its end.
            () = token_refused.notified() => return Err(RunError::Token { code: 401 }),
            () = sleep_until(pace.not_before), if asking.is_none() && leading => {}
        }
    }
    drop(asking);
    health.stopping();
    work.finish(shutdown).await;
    Ok(())
}

fn ask(api: &Api, offset: Option<i32>, limit: u8, patience_secs: u32) -> Asking<'_> {
    let request = get_updates(offset, limit, patience_secs);
    Asking {
        offset,
        limit,
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

impl Work<'_> {
    /// Asks the store once what an earlier process owes.
    async fn read_legacy(&mut self) -> Result<(), StoreError> {
        if matches!(self.legacy, Legacy::Unread) {
            let mut owed = self.inbox.store.owed().await?;
            // Those we have in hand ourselves are nobody's legacy.
            owed.retain(|owed| !id_of(owed).is_some_and(|id| self.window.knows(id)));
            self.legacy = Legacy::Read { owed };
        }
        Ok(())
    }

    /// How long Telegram shall wait when it has nothing new. Not at all while replies may be
    /// owed to people whose questions an earlier process had: they go out after the first answer.
    fn patience_secs(&self) -> u32 {
        match self.legacy {
            Legacy::Past => LONG_POLL_SECS,
            Legacy::Unread | Legacy::Read { .. } => 0,
        }
    }

    /// Takes the unknown ones of these updates in hand and says how many there were; of `limit`
    /// that were asked for. When the store has to be asked and is away, none are taken: Telegram
    /// will send them again.
    async fn take(&mut self, updates: &[Box<RawValue>], limit: u8) -> Result<usize, StoreError> {
        let unknown: Vec<(UpdateId, &RawValue)> = updates
            .iter()
            .filter_map(|update| {
                let id = incoming::id(update);
                if id.is_none() {
                    tracing::error!("an update without an id; it cannot be confirmed");
                }
                Some((id?, &**update))
            })
            .filter(|(id, _)| !self.window.knows(*id))
            .collect();
        let answered = match &mut self.legacy {
            Legacy::Past => HashSet::new(),
            Legacy::Unread => return Ok(0),
            Legacy::Read { owed } => {
                let ids: Vec<i64> = unknown.iter().map(|(id, _)| (*id).into()).collect();
                owed.retain(|owed| !ids.contains(&owed.update));
                self.inbox.store.settled(&ids).await?
            }
        };
        for (id, update) in &unknown {
            // It came twice in one answer.
            if self.window.knows(*id) {
                continue;
            }
            if answered.contains(&i64::from(*id)) {
                tracing::debug!(update = id.0, "answered by an earlier process");
                self.window.skip(*id);
            } else {
                self.take_one(*id, update);
            }
        }
        if updates.len() < usize::from(limit)
            && let Legacy::Read { owed } = std::mem::replace(&mut self.legacy, Legacy::Past)
        {
            self.take_owed(&owed);
        }
        if unknown.is_empty() && self.window.room() == 0 {
            self.carry().await;
        }
        Ok(unknown.len())
    }

    fn take_one(&mut self, id: UpdateId, update: &RawValue) {
        let reading = incoming::read(update, self.inbox.me);
        match reading.into_event(id, &self.inbox.health.metrics) {
            Some(event) => {
                self.window.take(id, event.owed(id));
                self.dispatcher.take(id, event);
            }
            None => self.window.skip(id),
        }
    }

    /// Replies that an earlier process owed when it ended: it had let Telegram forget the
    /// questions, so all we can do is ask for them again.
    fn take_owed(&mut self, owed: &[Owed]) {
        for owed in owed {
            let Some(id) = id_of(owed) else { continue };
            tracing::warn!(
                update = id.0,
                "the words of this update are lost; asking the person to send it again"
            );
            self.window.take_owed(id);
            self.dispatcher.take(id, Event::missed(owed));
        }
    }

    /// Makes room in a window that chats fill which delay only themselves: they flood, or
    /// Telegram makes them wait. Waiting for them would hold up everyone. What they are owed
    /// is written down first; while it can't be, the window stays as it is.
    async fn carry(&mut self) {
        let slow = self.window.slow(|chat| self.dispatcher.is_slow(chat));
        if slow.is_empty() {
            return;
        }
        match self.inbox.store.owe(&slow).await {
            Ok(()) => {
                self.window.carry(&slow);
                let (_, n) = self.window.n_in_hand();
                tracing::info!(n, "slow chats fill the window; going on beside them");
            }
            Err(error) => {
                tracing::warn!(%error, "slow chats fill the window, and the store is away; all wait");
            }
        }
    }

    /// Waits for what is in hand, then confirms what is answered and nothing else.
    async fn finish(mut self, mut shutdown: Shutdown) {
        let deadline = Instant::now() + STOP_WITHIN;
        let last_poll = deadline - LAST_POLL_WITHIN;
        let (in_hand, carried) = self.window.n_in_hand();
        tracing::info!(in_hand, carried, "stopping; finishing what is in hand");
        while !self.dispatcher.is_idle() {
            tokio::select! {
                biased;
                () = shutdown.insisted() => {
                    let (in_hand, _) = self.window.n_in_hand();
                    tracing::warn!(in_hand, "stopping at once; Telegram keeps the rest");
                    return;
                }
                done = self.dispatcher.next_done() => self.window.settle(done.update),
                () = sleep_until(last_poll) => break,
            }
        }
        let Self {
            inbox,
            window,
            dispatcher,
            ..
        } = self;
        // Nothing more may be sent once the offset is computed.
        drop(dispatcher);
        let (in_hand, carried) = window.n_in_hand();
        if in_hand > 0 {
            tracing::warn!(
                in_hand,
                "not finished in time; Telegram keeps them for the next start"
            );
        }
        if carried > 0 {
            tracing::warn!(
                carried,
                "not finished in time; the next start asks for these again"
            );
        }
        let confirm = async {
            if window.has_unpassed() {
                confirm(inbox.api, window.offset()).await;
            }
        };
        let all = async { tokio::join!(confirm, inbox.ledger.flush()) };
        if timeout_at(deadline, all).await.is_ok() {
            tracing::info!("stopped");
        } else {
            tracing::warn!("stopped, but what was answered last may come again");
        }
    }
}

/// Tells Telegram to forget what is below the offset.
async fn confirm(api: &Api, offset: Option<i32>) {
    let request = get_updates(offset, 1, 0);
    let mut tries = Tries::default();
    while let Err(failure) = api.call::<_, Vec<Box<RawValue>>>(&request).await {
        tokio::time::sleep(tries.after_harmless(&failure)).await;
    }
}

fn id_of(owed: &Owed) -> Option<UpdateId> {
    i32::try_from(owed.update).ok().map(UpdateId)
}

impl Pace {
    fn new() -> Self {
        Self {
            not_before: Instant::now(),
            pause: FIRST_PAUSE,
            limit: LIMIT as u8,
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
            && (window.n_in_hand().0 == 0 || window.room() >= LIMIT / 2)
    }

    fn after_answer(&mut self, n_new: usize, took: Duration, window: &Window) {
        if self.failing.take().is_some() {
            tracing::info!(n_failed = self.n_failed, "Telegram can be reached again");
            self.n_failed = 0;
        }
        self.limit = self.limit.saturating_mul(2).min(LIMIT as u8);
        let wait = if n_new > 0 {
            self.pause = FIRST_PAUSE;
            if window.n_in_hand().0 == 0 {
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
            Failure::Barred {
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
                // The same would come again, for ever.
                if *failure == Failure::Unreadable {
                    self.limit = (self.limit / 2).max(1);
                }
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

    /// Nothing was taken, so the same comes again.
    fn after_store_failure(&mut self, error: &StoreError) {
        tracing::warn!(%error, "no updates are taken while the store cannot say what is answered");
        self.not_before = Instant::now() + STORE_PAUSE;
    }
}
