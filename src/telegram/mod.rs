//! The bot in Telegram, by long polling or by webhook.
//!
//! # What is promised
//! Telegram is the inbox: it keeps an update for a day, until it is confirmed. An update is
//! confirmed only when its reply was accepted, when Telegram refused it for good, or when it
//! wants no reply. A refusal that is about the bot, such as of its token, is no such verdict. So a question survives a crash, a kill, a restart and an outage of
//! Telegram, of the network or of the store, and its words are never written to disk. What is
//! answered is noted in the store by its id, so that an update which comes again after a
//! restart, or to another replica, is not answered again.
//!
//! - Chats are answered side by side, each in order. A chat that floods or that has to wait
//!   delays only itself. A crisis text waits for nothing that runs in its chat.
//! - Nothing is sent faster than Telegram allows, and its `retry_after` is kept, by the chat
//!   concerned alone. A crisis text goes ahead of the queue for the limit of all chats.
//! - Several processes can poll on one store: one does, the others take over within seconds.
//!   Several replicas can be called by webhook: each update is claimed by one of them.
//! - SIGTERM and SIGINT finish what is in hand, within ten seconds; a second one stops at
//!   once. No stop deletes a webhook.
//! - While the store is away, the log and `/readyz` say so. By polling on SQLite, answers go
//!   on. Where processes share PostgreSQL, new updates wait at Telegram until it is back.
//!
//! # What is impossible
//! - **Exactly once.** Sending has no key by which Telegram could know a repeat, and a bot
//!   cannot look up what it sent. When the connection is lost after the request was written,
//!   the choice is between a copy and a loss. We choose the copy, at most six in all, and a
//!   repeated reply quotes its question, so that it is seen to be one. The same holds for a
//!   kill in the milliseconds between Telegram's acceptance and our note of it.
//! - **More than 20 in hand of one chat.** The rest of a flood is passed over, after one plea
//!   to write one message at a time. What is about danger is answered nevertheless.
//! - **Seeing more than 100.** Telegram shows a poller only its first 100 unconfirmed updates,
//!   and confirms them in order. When these are of chats that flood or must wait, waiting for
//!   them would hold up everyone. So they are confirmed early, after the store has noted for
//!   each where its reply is owed: chat, topic and message, no words. If we end in that state,
//!   the next process finds the note, quotes the message and asks for it to be sent again. So
//!   each still gets a reply, but not an answer. A webhook has no such window. For the same
//!   reason a crisis text behind more than 100 others is seen only when they are answered.
//! - **More than a day.** What was not fetched for 24 hours is gone, as Telegram decides.
//! - **Order between messages and presses.** Telegram's own webhooks deliver them in queues
//!   of their own.
//!
//! # The parts
//! ```text
//! poll, webhook    the two inboxes: what is in hand, and when it is confirmed
//!  lead, window      who may poll; which of Telegram's queue was seen
//!  shutdown          the wish to stop
//!  incoming        raw update > event, or a reason for silence
//!   update, event     the shape at Telegram, and what it is to us
//!  dispatch        events > tasks, a chat at a time
//!   answer           event > reply, by the Assistant
//!    memory            what a chat remembers
//!    wishes            what people ask for themselves; removal and file serve it
//!    outgoing          reply > Telegram's form, and what to do when it is refused
//!     budget             when a message may go out
//!     retry              how calls are repeated; uploads repeat themselves, in file
//!      api                 one call, and what is certain about its failure
//! profile          commands and descriptions, once at the start
//! ```
//! Of teloxide we use the requests and ids. Its polling confirms updates before they are
//! handled, its webhook answers 200 before they are, its client sleeps ten seconds on each
//! 5xx, its throttle looks at its queue every 250 ms, and its `Message` loses texts with
//! entities that it does not know.
//!
//! # Proof
//! `tests/it/faults` asks thousands of questions while calls, deliveries, processes and
//! databases fail; its module text says how to run it in full. `benches/load.rs` compares
//! throughput and CPU with a bare teloxide bot.

mod answer;
mod api;
mod budget;
mod dispatch;
mod event;
mod file;
#[cfg(test)]
mod hostile;
mod incoming;
mod lead;
mod memory;
mod outgoing;
mod poll;
mod profile;
mod removal;
mod retry;
mod shutdown;
mod update;
mod webhook;
mod window;
mod wishes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use teloxide::payloads::GetMe;
use teloxide::types::{AllowedUpdate, UserId};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use url::Url;

use self::answer::Desk;
use self::api::{Api, Failure};
use self::budget::Budget;
use self::dispatch::Dispatcher;
use self::incoming::Identity;
use self::outgoing::Post;
use self::removal::Removals;
use self::retry::Tries;
use self::shutdown::Shutdown;
use self::wishes::QuietChats;
use crate::config::{Storage, Telegram, Token};
use crate::error::with_causes;
use crate::health::{self, Health};
use crate::live::Live;
use crate::pseudonym::Key;
use crate::store::{Ledger, Store, StoreError};

pub use webhook::{Hook, Info};

/// What we ask to be sent; kept by Telegram, and sent with each poll, since a first one may fail.
const KINDS: [AllowedUpdate; 3] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::CallbackQuery,
];
/// All that a stop may take.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// Between tries to open the store.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// How the bot is to run.
#[derive(Debug)]
pub struct Settings {
    pub access: Telegram,
    pub storage: Storage,
    /// Telegram calls us there; none to ask for updates ourselves.
    pub hook: Option<Hook>,
    /// Where the health pages are; none for no such pages.
    pub health: Option<Pages>,
    /// Most messages a second to all chats together; 0 for no limits at all.
    pub sends_per_second: u32,
}

/// Where to show `/healthz`, `/readyz` and `/metrics`.
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    pub address: SocketAddr,
    /// Without them the bot should not start.
    pub required: bool,
}

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
    #[error("Telegram does not do it: {0}")]
    Refused(String),
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
    #[error("cannot listen for SIGINT and SIGTERM")]
    Signals(#[source] std::io::Error),
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("cannot use the store")]
    Store(#[from] StoreError),
}

/// Runs the bot until SIGINT or SIGTERM. Needs tokio's runtime.
///
/// # Errors
/// When Telegram refuses the token, an address cannot be listened on, or the store or the signals cannot be
/// opened. Everything that may pass is waited for.
pub async fn run(settings: Settings, live: Arc<Live>, key: Key) -> Result<(), RunError> {
    quiet_panics();
    let mut shutdown = Shutdown::on_signals().map_err(RunError::Signals)?;
    let health = Health::new(Arc::clone(&live));
    show_health(settings.health, &health).await?;
    let api = client(&settings.access)?;
    let (store, me) = tokio::select! {
        () = shutdown.requested() => return Ok(()),
        opened = async { tokio::join!(open_store(&settings), introduce(&api)) } => (opened.0?, opened.1?),
    };
    health.telegram(true);
    let ledger = Ledger::start(store.clone());
    follow(&ledger, &health);
    tracing::info!(bot = me.id.0, "Telegram knows this bot; answering");
    let token_refused = Arc::new(Notify::new());
    let post = Post {
        api,
        budget: Budget::new(settings.sends_per_second, store.clone(), key.clone()),
        health: Arc::clone(&health),
        token_refused: Arc::clone(&token_refused),
    };
    let desk = Arc::new(Desk {
        post,
        live,
        ledger: ledger.clone(),
        store: store.clone(),
        key,
        quiet: QuietChats::default(),
        removals: Removals::default(),
    });
    let removing = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.removals.work(&desk.post.api).await }
    });
    // Beside the polling, since nobody should wait for it.
    let publishing = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { profile::publish(&desk.post.api, desk.live.assistant().profile()).await }
    });
    health::notify_ready(&health);
    let dispatcher = Dispatcher::new(Arc::clone(&desk));
    let result = match &settings.hook {
        None => {
            let inbox = poll::Inbox {
                api: &desk.post.api,
                me: &me,
                health: &health,
                store,
                ledger,
                token_refused,
            };
            poll::poll(inbox, dispatcher, shutdown).await
        }
        Some(hook) => {
            let inbox = webhook::Inbox {
                me,
                health: Arc::clone(&health),
                store,
                ledger,
                token_refused,
            };
            let token = &settings.access.token;
            let set = tokio::select! {
                () = shutdown.requested() => None,
                set = set_webhook(&desk, token, hook, &health) => Some(set),
            };
            match set {
                Some(Ok(())) => webhook::serve(hook, token, inbox, dispatcher, shutdown).await,
                Some(Err(error)) => Err(error),
                None => Ok(()),
            }
        }
    };
    health::notify_stopping();
    publishing.abort();
    removing.abort();
    let removed = desk.removals.finish(&desk.post.api);
    if tokio::time::timeout(REMOVE_WITHIN, removed).await.is_err() {
        tracing::warn!("some messages of quiet chats were not deleted in time and stay");
    }
    result
}

/// Opens the store, and waits for a database that is not there yet.
async fn open_store(settings: &Settings) -> Result<Store, StoreError> {
    loop {
        match Store::open(&settings.storage, settings.access.token.bot()).await {
            Ok(store) => return Ok(store),
            Err(error) if error.may_pass() => {
                tracing::warn!(
                    error = with_causes(&error),
                    "cannot open the store; trying again"
                );
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(STORE_PAUSE).await;
    }
}

/// Sets the webhook. Deliveries before we listen are only repeated.
async fn set_webhook(
    desk: &Desk,
    token: &Token,
    hook: &Hook,
    health: &Health,
) -> Result<(), RunError> {
    webhook::set(&desk.post.api, token, &hook.url)
        .await
        .map_err(|failure| RunError::Refused(failure.to_string()))?;
    health.telegram(true);
    tracing::info!(url = %hook.url, "webhook set");
    Ok(())
}

/// Sets the webhook of a bot.
///
/// # Errors
/// When Telegram refuses it or cannot be reached.
pub async fn set_webhook_to(access: &Telegram, url: &Url) -> Result<(), RunError> {
    let set = webhook::set(&client(access)?, &access.token, url).await;
    set.map_err(|failure| RunError::Refused(failure.to_string()))
}

/// Deletes the webhook of a bot; what waits stays with Telegram.
///
/// # Errors
/// When Telegram refuses it or cannot be reached.
pub async fn delete_webhook(access: &Telegram) -> Result<(), RunError> {
    let deleted = webhook::delete(&client(access)?).await;
    deleted.map_err(|failure| RunError::Refused(failure.to_string()))
}

/// What Telegram says of the webhook.
///
/// # Errors
/// When Telegram refuses or cannot be reached.
pub async fn webhook_info(access: &Telegram) -> Result<Info, RunError> {
    let info = webhook::info(&client(access)?).await;
    info.map_err(|failure| RunError::Refused(failure.to_string()))
}

fn client(access: &Telegram) -> Result<Api, RunError> {
    Api::new(access).map_err(|error| RunError::Client(error.without_url()))
}

/// Starts the health pages. The usual place may be taken, by another bot on this machine.
async fn show_health(pages: Option<Pages>, health: &Arc<Health>) -> Result<(), RunError> {
    let Some(Pages { address, required }) = pages else {
        return Ok(());
    };
    match TcpListener::bind(address).await {
        Ok(listener) => {
            if let Ok(address) = listener.local_addr() {
                tracing::info!(%address, "health pages");
            }
            tokio::spawn(health::serve(listener, Arc::clone(health)));
            Ok(())
        }
        Err(source) if required => Err(RunError::Listen { address, source }),
        Err(error) => {
            tracing::warn!(%address, %error, "no health pages; --health names another address");
            Ok(())
        }
    }
}

/// Has the health pages say how the store is.
fn follow(ledger: &Ledger, health: &Arc<Health>) {
    let mut works = ledger.works();
    let health = Arc::clone(health);
    tokio::spawn(async move {
        loop {
            health.store(*works.borrow_and_update());
            if works.changed().await.is_err() {
                return;
            }
        }
    });
}

/// What `getMe` says of a bot.
#[derive(Debug, Clone, Deserialize)]
pub struct Me {
    #[serde(default)]
    pub username: String,
    #[serde(default)]
    pub can_join_groups: bool,
    /// Privacy mode is off.
    #[serde(default)]
    pub can_read_all_group_messages: bool,
}

/// Asks Telegram once who a bot is.
///
/// # Errors
/// When Telegram refuses the token or cannot be reached.
pub async fn who(access: &Telegram) -> Result<Me, RunError> {
    let answer = client(access)?.call(&GetMe::new()).await;
    answer.map_err(|failure| match failure {
        Failure::Barred {
            code: code @ (401 | 404),
            ..
        } => RunError::Token { code },
        failure => RunError::Refused(failure.to_string()),
    })
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
            Err(Failure::Barred {
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

/// Reads an update as the bot does, and says which id is to be confirmed, whatever else it
/// holds; none for what has no id. For the fuzzer.
#[doc(hidden)]
#[must_use]
pub fn read_update(json: &str) -> Option<i32> {
    let me = Identity {
        id: UserId(7),
        username: "askwell_bot".to_owned(),
    };
    let raw = RawValue::from_string(json.to_owned()).ok()?;
    let id = incoming::id(&raw);
    drop(incoming::read(&raw, &me));
    id.map(|id| id.0)
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
