//! The inbox by webhook: Telegram calls us, and we say "done" only when it is.
//!
//! Several replicas can stand behind a balancer: each update is claimed in the store by one
//! attempt, with a lease that ends when its process does. Telegram sends the next message of a
//! chat only after the last one was done, so the order in a chat stays, whoever answers.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use teloxide::payloads::{DeleteWebhook, GetWebhookInfo, SetWebhook};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use url::Url;

use super::api::{Api, Failure};
use super::dispatch::{Dispatcher, Done};
use super::event::Event;
use super::incoming::{self, Identity};
use super::retry::Tries;
use super::shutdown::Shutdown;
use super::update::UpdateId;
use super::{KINDS, RunError, STOP_WITHIN};
use crate::config::Token;
use crate::health::{Health, Role};
use crate::store::{Claim, Ledger, Store};

/// Deliveries that Telegram may have under way at once, its most. A chat has one.
const MAX_CONNECTIONS: u8 = 100;
/// An update of full length is far below this.
const MAX_BODY_BYTES: usize = 1 << 20;
/// How long the body of a delivery may take.
const READ_WITHIN: Duration = Duration::from_secs(5);
/// How long a claim outlives the process that made it: until then a killed replica's
/// updates wait.
const LEASE: Duration = Duration::from_secs(5);
const RENEW_EVERY: Duration = Duration::from_millis(1500);
/// How long a delivery may wait for the store. Telegram tries again.
const CLAIM_WITHIN: Duration = Duration::from_secs(2);
/// How long "done" waits for the mark in the store. Past it the lost mark could cost a
/// repeated reply; "not done" would cost one for certain.
const MARK_WITHIN: Duration = Duration::from_secs(1);
/// Telegram carries a secret in this header.
const SECRET: &str = "x-telegram-bot-api-secret-token";

/// Where Telegram delivers, and where we listen; a proxy with a certificate is in between.
#[derive(Debug, Clone)]
pub struct Hook {
    pub url: Url,
    pub listen: SocketAddr,
}

/// What Telegram says of its side.
#[derive(Debug, Clone, Deserialize)]
pub struct Info {
    /// Empty where no webhook is set.
    pub url: String,
    pub pending_update_count: u64,
    pub last_error_message: Option<String>,
}

/// What the door and the work behind it share.
pub(super) struct Inbox {
    pub(super) me: Identity,
    pub(super) health: Arc<Health>,
    pub(super) store: Store,
    pub(super) ledger: Ledger,
    pub(super) token_refused: Arc<Notify>,
}

/// What each delivery needs.
struct Door {
    secret: String,
    me: Identity,
    health: Arc<Health>,
    store: Store,
    /// A number for this process; claims carry it.
    holder: i64,
    desk: mpsc::Sender<Arrived>,
}

/// An update that is ours to answer.
struct Arrived {
    id: UpdateId,
    event: Event,
    done: oneshot::Sender<()>,
}

/// Takes deliveries until asked to stop; then finishes what is in hand.
///
/// # Errors
/// When the address cannot be listened on, or Telegram refuses the token.
pub(super) async fn serve(
    hook: &Hook,
    token: &Token,
    inbox: Inbox,
    dispatcher: Dispatcher,
    mut shutdown: Shutdown,
) -> Result<(), RunError> {
    let listener = listen(hook.listen).await?;
    let (desk, arrivals) = mpsc::channel(usize::from(MAX_CONNECTIONS));
    let holder = fastrand::i64(1..);
    let door = Arc::new(Door {
        secret: secret(token),
        me: inbox.me.clone(),
        health: Arc::clone(&inbox.health),
        store: inbox.store.clone(),
        holder,
        desk,
    });
    let router = Router::new()
        // The path is what it is, also with a `:` or `*` that once had a meaning to axum.
        .without_v07_checks()
        .route(hook.url.path(), post(deliver))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(door);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        axum::serve(listener, router)
            .with_graceful_shutdown(stopped)
            .await
    });
    inbox.health.role(Role::Webhook);
    let mut work = Work {
        inbox,
        holder,
        dispatcher,
        in_hand: HashMap::new(),
    };
    let ended = work.take_all(arrivals, &mut shutdown).await;
    work.inbox.health.stopping();
    let _ = stop.send(());
    work.finish(server, shutdown).await;
    ended
}

async fn listen(address: SocketAddr) -> Result<TcpListener, RunError> {
    let failed = |source| RunError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "waiting for Telegram's calls");
    }
    Ok(listener)
}

/// One delivery. 2xx means that its update needs nothing more; anything else, that Telegram
/// shall deliver it again.
async fn deliver(State(door): State<Arc<Door>>, request: Request) -> Response {
    let given = request.headers().get(SECRET);
    let given = given.map_or(&b""[..], |it| it.as_bytes());
    // Before the body is read, which a stranger may make long or slow.
    if !bool::from(given.ct_eq(door.secret.as_bytes())) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body = match timeout(READ_WITHIN, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => body,
        Ok(Err(rejection)) => return rejection.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let update: Option<&RawValue> = serde_json::from_slice(&body).ok();
    let Some((update, id)) = update.and_then(|update| Some((update, incoming::id(update)?))) else {
        tracing::error!("a delivery that is no update");
        return StatusCode::BAD_REQUEST.into_response();
    };
    let reading = incoming::read(update, &door.me);
    let Some(event) = reading.into_event(id, &door.health.metrics) else {
        return StatusCode::OK.into_response();
    };
    let claim = door.store.claim(id.into(), door.holder, LEASE);
    match timeout(CLAIM_WITHIN, claim).await {
        Ok(Ok(Claim::Ours)) => {}
        Ok(Ok(Claim::Settled)) => return StatusCode::OK.into_response(),
        // Another attempt has it; if that one fails, this comes again.
        Ok(Ok(Claim::Taken)) => return not_now(),
        Ok(Err(error)) => {
            tracing::warn!(update = id.0, %error, "the store is away; Telegram keeps the update");
            return not_now();
        }
        Err(_) => {
            tracing::warn!(
                update = id.0,
                "the store is slow; Telegram keeps the update"
            );
            return not_now();
        }
    }
    let (done, heard) = oneshot::channel();
    let arrived = Arrived { id, event, done };
    if door.desk.send(arrived).await.is_err() {
        let _ = door
            .store
            .renew(&[id.into()], door.holder, Duration::ZERO)
            .await;
        return not_now();
    }
    // Telegram may hang up before that; the work goes on, and the next delivery hears of it.
    match heard.await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(_) => not_now(),
    }
}

fn not_now() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response()
}

/// What is in hand, and who waits for it.
struct Work {
    inbox: Inbox,
    holder: i64,
    dispatcher: Dispatcher,
    in_hand: HashMap<UpdateId, oneshot::Sender<()>>,
}

impl Work {
    /// Works until asked to stop.
    async fn take_all(
        &mut self,
        mut arrivals: mpsc::Receiver<Arrived>,
        shutdown: &mut Shutdown,
    ) -> Result<(), RunError> {
        let mut renew_at = Instant::now() + RENEW_EVERY;
        loop {
            self.inbox.health.beat();
            self.inbox.health.metrics.in_hand(self.in_hand.len(), 0);
            tokio::select! {
                biased;
                () = shutdown.requested() => return Ok(()),
                () = self.inbox.token_refused.notified() => {
                    return Err(RunError::Token { code: 401 });
                }
                done = self.dispatcher.next_done() => self.settle(done),
                Some(Arrived { id, event, done }) = arrivals.recv() => {
                    self.in_hand.insert(id, done);
                    self.dispatcher.take(id, event);
                }
                () = sleep_until(renew_at) => {
                    renew_at = Instant::now() + RENEW_EVERY;
                    self.renew();
                }
            }
        }
    }

    /// Keeps the claims of what is in hand.
    fn renew(&self) {
        if self.in_hand.is_empty() {
            return;
        }
        let ids = self.ids();
        let (store, holder) = (self.inbox.store.clone(), self.holder);
        tokio::spawn(async move {
            if let Err(error) = store.renew(&ids, holder, LEASE).await {
                tracing::debug!(%error, "claims not renewed");
            }
        });
    }

    fn ids(&self) -> Vec<i64> {
        self.in_hand.keys().map(|id| i64::from(*id)).collect()
    }

    fn settle(&mut self, Done { update, noted }: Done) {
        if let Some(done) = self.in_hand.remove(&update) {
            tokio::spawn(async move {
                let _ = timeout(MARK_WITHIN, noted).await;
                let _ = done.send(());
            });
        }
    }

    /// Waits for what is in hand and gives the rest back, to the other replicas.
    async fn finish(mut self, server: JoinHandle<std::io::Result<()>>, mut shutdown: Shutdown) {
        let deadline = Instant::now() + STOP_WITHIN;
        let last_words = deadline - Duration::from_secs(2);
        let in_hand = self.in_hand.len();
        tracing::info!(in_hand, "stopping; finishing what is in hand");
        while !self.dispatcher.is_idle() {
            tokio::select! {
                biased;
                () = shutdown.insisted() => {
                    tracing::warn!(in_hand = self.in_hand.len(), "stopping at once; Telegram keeps the rest");
                    return;
                }
                done = self.dispatcher.next_done() => self.settle(done),
                () = sleep_until(last_words) => break,
            }
        }
        let rest = self.ids();
        let Self {
            inbox,
            holder,
            dispatcher,
            in_hand,
        } = self;
        // Nothing more may be sent once others may claim it.
        drop(dispatcher);
        drop(in_hand);
        let end = async {
            if !rest.is_empty() {
                let n = rest.len();
                tracing::warn!(n, "not finished in time; Telegram delivers them again");
                let _ = inbox.store.renew(&rest, holder, Duration::ZERO).await;
            }
            let _ = tokio::join!(inbox.ledger.flush(), server);
        };
        if timeout_at(deadline, end).await.is_ok() {
            tracing::info!("stopped");
        } else {
            tracing::warn!("stopped, but what was answered last may come again");
        }
    }
}

/// What Telegram has to show us with each delivery: derived from the token, so that replicas
/// agree without being told, and telling nothing about it.
fn secret(token: &Token) -> String {
    let digest = Sha256::new()
        .chain_update(b"askwell webhook ")
        .chain_update(token.reveal())
        .finalize();
    format!("{digest:x}")
}

/// Tells Telegram where to deliver. The same again changes nothing, so every replica may.
pub(super) async fn set(api: &Api, token: &Token, url: &Url) -> Result<(), Failure> {
    let mut call = SetWebhook::new(url.clone());
    call.secret_token = Some(secret(token));
    call.max_connections = Some(MAX_CONNECTIONS);
    call.allowed_updates = Some(KINDS.to_vec());
    let mut tries = Tries::default();
    loop {
        let failure = match api.call::<_, IgnoredAny>(&call).await {
            Ok(_) => return Ok(()),
            // Nobody is owed anything here, so whoever started this should hear of it at once.
            Err(failure @ Failure::Barred { .. }) => return Err(failure),
            Err(failure) => failure,
        };
        let Some(pause) = tries.after(&failure) else {
            return Err(failure);
        };
        tracing::warn!(%failure, "webhook not set; trying again");
        sleep(pause).await;
    }
}

/// Ends the deliveries; what waits stays with Telegram.
pub(super) async fn delete(api: &Api) -> Result<(), Failure> {
    api.call::<_, IgnoredAny>(&DeleteWebhook::new())
        .await
        .map(|_| ())
}

pub(super) async fn info(api: &Api) -> Result<Info, Failure> {
    api.call(&GetWebhookInfo::new()).await
}
