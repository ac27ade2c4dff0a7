//! The bot in Telegram, by long polling.
//!
//! # What is promised
//! Telegram is the inbox: it keeps an update for a day, until it is confirmed. An update is
//! confirmed only when its reply was accepted, when Telegram refused it for good, or when it
//! wants no reply. So a question survives a crash, a kill, a restart and an outage of either
//! side, and its words are never written to disk. Chats are answered side by side, each in
//! order, and a chat that floods or that Telegram makes wait delays only itself. SIGTERM and
//! SIGINT finish what is in hand, within ten seconds; a second one stops at once.
//!
//! # What is impossible
//! - **Exactly once.** Sending has no key by which Telegram could know a repeat, and a bot
//!   cannot look up what it sent. When the connection is lost after the request was written,
//!   the choice is between a copy and a loss. We choose the copy, at most six in all, and a
//!   repeated reply quotes its question, so that it is seen to be one. The same holds for a
//!   kill between Telegram's acceptance of a reply and the confirmation of its update.
//! - **More than 20 in hand of one chat.** The rest of a flood is passed over, after one plea
//!   to write one message at a time. What is about danger is answered nevertheless.
//! - **More than 100 in hand.** Telegram shows no more than its first 100 unconfirmed
//!   updates. When these are of chats that flood or must wait, theirs are confirmed early and
//!   kept in memory, so that the others go on; a kill in that state loses them.
//! - **More than a day.** What was not fetched for 24 hours is gone, as Telegram decides.
//!
//! # The parts
//! ```text
//! poll      the loop and the window of unconfirmed updates
//!  incoming   raw update > event, or a reason for silence
//!  dispatch   events > tasks, a chat at a time
//!   answer      event > reply, by the Assistant; what a chat remembers
//!    wishes       what people ask for themselves; removal and file serve it
//!    outgoing     reply > Telegram's form, and what to do when it is refused
//!     retry         the one place where calls are repeated
//!      api            one call, and what is certain about its failure
//! ```
//! Of teloxide we use the requests and ids. Its polling confirms updates before they are
//! handled, its client sleeps ten seconds on each 5xx, and its `Message` loses texts with
//! entities that it does not know.

mod answer;
mod api;
mod dispatch;
mod file;
mod incoming;
mod outgoing;
mod poll;
mod profile;
mod removal;
mod retry;
mod shutdown;
mod wishes;

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use teloxide::payloads::GetMe;
use teloxide::types::UserId;

use self::answer::Desk;
use self::api::{Api, Failure};
use self::dispatch::Dispatcher;
use self::incoming::Identity;
use self::removal::Removals;
use self::retry::Tries;
use self::shutdown::Shutdown;
use self::wishes::QuietChats;
use crate::live::Live;
use crate::pseudonym::Key;

pub use crate::config::Telegram as Settings;

/// A chat that was silent for so long is forgotten.
pub const REMEMBERED: Duration = Duration::from_hours(24);
/// What a stop may take beyond the answers, to delete what quiet chats wanted gone.
const REMOVE_WITHIN: Duration = Duration::from_secs(2);

/// Why the bot cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(
        "Telegram refuses the bot token (code {code}); copy it again from @BotFather (/mybots, then API Token), \
         and see that TELOXIDE_API_URL is the address of a Bot API server if it is set"
    )]
    Token { code: u16 },
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
    #[error("cannot listen for SIGINT and SIGTERM")]
    Signals(#[source] std::io::Error),
}

/// Runs the bot until SIGINT or SIGTERM. Needs tokio's runtime.
///
/// # Errors
/// When Telegram refuses the token. Everything that may pass is waited for.
pub async fn run(settings: Settings, live: Arc<Live>, key: Key) -> Result<(), RunError> {
    quiet_panics();
    let mut shutdown = Shutdown::on_signals().map_err(RunError::Signals)?;
    let api = Api::new(&settings).map_err(|error| RunError::Client(error.without_url()))?;
    let me = tokio::select! {
        () = shutdown.requested() => return Ok(()),
        me = introduce(&api) => me?,
    };
    tracing::info!(bot = me.id.0, "Telegram knows this bot; answering");
    let desk = Arc::new(Desk {
        api,
        live,
        key,
        quiet: QuietChats::default(),
        removals: Removals::default(),
    });
    let removing = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.removals.work(&desk.api).await }
    });
    // Beside the polling, since nobody should wait for it.
    let publishing = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { profile::publish(&desk.api, desk.live.assistant().profile()).await }
    });
    let result = poll::poll(&desk.api, &me, Dispatcher::new(Arc::clone(&desk)), shutdown).await;
    publishing.abort();
    removing.abort();
    let removed = desk.removals.finish(&desk.api);
    if tokio::time::timeout(REMOVE_WITHIN, removed).await.is_err() {
        tracing::warn!("some messages of quiet chats were not deleted in time and stay");
    }
    result
}

/// Asks Telegram who we are, until it can be reached.
async fn introduce(api: &Api) -> Result<Identity, RunError> {
    #[derive(Deserialize)]
    struct Me {
        id: UserId,
        #[serde(default)]
        username: String,
    }
    let mut tries = Tries::default();
    loop {
        let failure = match api.call(&GetMe::new()).await {
            Ok(Me { id, username }) => return Ok(Identity { id, username }),
            Err(Failure::Refused {
                code: code @ (401 | 404),
                ..
            }) => return Err(RunError::Token { code }),
            Err(failure) => failure,
        };
        let pause = tries.after_harmless(&failure);
        tracing::warn!(%failure, pause_ms = pause.as_millis(), "cannot reach Telegram; trying again");
        tokio::time::sleep(pause).await;
    }
}

/// A panic's own message may quote what it stumbled over, and that may be a person's words:
/// only the place is logged.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
