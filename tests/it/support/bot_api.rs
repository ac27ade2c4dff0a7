//! A Bot API server on loopback that keeps Telegram's rules: an update is returned until an
//! offset above it is asked, a second poller ends the first, texts and buttons have limits.
//! It records every call, breaks some as told, and panics at the end if one was wrong.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

use super::schema::Schema;
use super::within;
use super::{form, html};

pub(crate) const TOKEN: &str = "123456789:AAF7g0gYncWnm5-IyfZlpPRq_RRv6kNAGlao";
pub(crate) const BOT_ID: i64 = 123_456_789;
pub(crate) const BOT_NAME: &str = "askwell_test_bot";

/// One server with one bot.
pub(crate) struct BotApi {
    pub(crate) url: String,
    /// What the bot keeps, over its restarts.
    pub(crate) data: tempfile::TempDir,
    pub(super) shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

pub(super) struct Shared {
    state: Mutex<Inner>,
    /// Counts changes, for whoever waits for one.
    pub(super) changes: watch::Sender<u64>,
    schema: Option<Schema>,
}

#[derive(Default)]
pub(crate) struct Inner {
    queue: BTreeMap<i64, Value>,
    next_update: i64,
    next_message: i64,
    /// Raised by each getUpdates; the one that finds another number ends with 409.
    poller: u64,
    pub(crate) confirmed: Vec<i64>,
    pub(crate) calls: Vec<Call>,
    /// Accepted messages and edits, in order.
    pub(crate) sent: Vec<Sent>,
    messages: HashMap<(i64, i64), Value>,
    chats: HashMap<i64, Value>,
    blocked: HashSet<i64>,
    moved: HashMap<i64, i64>,
    queries: HashSet<String>,
    presses: Vec<Value>,
    pub(crate) profile: BTreeMap<String, Value>,
    faults: Vec<(Target, VecDeque<Fault>)>,
    violations: Vec<String>,
    read: HashMap<i64, usize>,
    refuse_token: bool,
    /// Chat and message, in order.
    pub(crate) deleted: Vec<(i64, i64)>,
    /// Messages that are too old to be deleted.
    pub(crate) undeletable: HashSet<i64>,
    storm: Option<Storm>,
    limits: Option<Limits>,
    /// What setWebhook was last told.
    pub(crate) hook: Option<Value>,
}

/// One call as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) params: Value,
    pub(crate) at: Instant,
}

/// A message or edit that was accepted.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: i64,
    pub(crate) chat: i64,
    pub(crate) edited: bool,
    /// As people see it.
    pub(crate) text: String,
    pub(crate) rows: Vec<Vec<Button>>,
    pub(crate) topic: Option<i64>,
    pub(crate) replies_to: Option<i64>,
    pub(crate) params: Value,
    pub(crate) at: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) label: String,
    pub(crate) url: Option<String>,
    pub(crate) data: Option<String>,
}

/// Which calls a fault is for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    method: &'static str,
    chat: Option<i64>,
}

/// What goes wrong with one call.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Nothing; takes the place of one call.
    Fine,
    /// An error with this code, as Telegram words it.
    Code(u16),
    /// 400 with these words.
    Refused(&'static str),
    /// A proxy's page.
    Page(u16),
    /// 429 with this `retry_after` in seconds.
    TooMany(u64),
    /// The connection is closed before the call is carried out.
    ResetBefore,
    /// The same after it was carried out.
    ResetAfter,
    /// Carried out, but the answer is 500.
    CodeAfter(u16),
    /// Carried out; each update comes twice.
    Doubled,
    /// Carried out; the answer is half of its JSON.
    Truncated,
    /// Carried out; the connection breaks in the middle of the answer.
    Cut,
    /// Waits for a permit before it is carried out.
    Wait(Arc<Semaphore>),
    /// Is carried out so much later.
    Slow(Duration),
    /// Is never answered.
    Hang,
}

/// A share of all calls that goes wrong, drawn from a fixed seed.
struct Storm {
    /// For each of the faults.
    percent: usize,
    method: Option<&'static str>,
    faults: Vec<Fault>,
    rng: fastrand::Rng,
}

impl BotApi {
    pub(crate) async fn start() -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(Inner {
                next_update: 1000,
                next_message: 100,
                ..Inner::default()
            }),
            changes: watch::channel(0).0,
            schema: Schema::load(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = serve(listener, &shared);
        Self {
            url,
            data: tempfile::tempdir().unwrap(),
            shared,
            server,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, Inner> {
        self.shared.lock()
    }

    /// Changes something and wakes whoever waits.
    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let it = change(&mut self.state());
        self.shared.changed();
        it
    }

    /// Waits until the server's record holds something.
    #[track_caller]
    pub(crate) fn wait<T>(
        &self,
        what: impl Into<String>,
        look: impl Fn(&mut Inner) -> Option<T>,
    ) -> impl Future<Output = T> {
        let mut changes = self.shared.changes.subscribe();
        within(what, async move {
            loop {
                changes.mark_unchanged();
                if let Some(it) = look(&mut self.state()) {
                    return it;
                }
                changes.changed().await.unwrap();
            }
        })
    }

    /// The next message or edit in a chat that no call of this returned yet.
    #[track_caller]
    pub(crate) fn reply(&self, chat: i64) -> impl Future<Output = Sent> {
        self.wait(format!("a reply in chat {chat}"), move |inner| {
            let n_read = inner.read.entry(chat).or_default();
            let sent = inner
                .sent
                .iter()
                .filter(|sent| sent.chat == chat)
                .nth(*n_read)?;
            *n_read += 1;
            Some(sent.clone())
        })
    }

    /// Waits until the bot has confirmed these updates, so has nothing left to say to them.
    #[track_caller]
    pub(crate) fn confirmed(&self, updates: &[i64]) -> impl Future<Output = ()> {
        let updates = updates.to_vec();
        self.wait("updates to be confirmed", move |inner| {
            updates
                .iter()
                .all(|id| inner.confirmed.contains(id))
                .then_some(())
        })
    }

    /// Waits until the bot waits for updates.
    #[track_caller]
    pub(crate) fn polled(&self) -> impl Future<Output = ()> {
        self.wait("the first poll", |inner| {
            inner
                .calls
                .iter()
                .any(|call| call.method == "getUpdates")
                .then_some(())
        })
    }

    /// The next calls of a method, or of a method in one chat, go wrong like this, one after
    /// the other.
    pub(crate) fn fail(
        &self,
        method: &'static str,
        chat: Option<i64>,
        faults: impl IntoIterator<Item = Fault>,
    ) {
        self.state()
            .faults
            .push((Target { method, chat }, faults.into_iter().collect()));
    }

    /// Holds the calls in a chat until permits are added.
    pub(crate) fn hold(&self, method: &'static str, chat: i64) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        self.fail(
            method,
            Some(chat),
            (0..1000).map(|_| Fault::Wait(Arc::clone(&gate))),
        );
        gate
    }

    /// From now on so many of 100 calls go wrong; of one method or of all.
    pub(crate) fn storm(&self, percent: usize, method: Option<&'static str>, fault: Fault) {
        self.storms(percent, method, vec![fault]);
    }

    /// The same for each of these faults.
    pub(crate) fn storms(&self, percent: usize, method: Option<&'static str>, faults: Vec<Fault>) {
        self.state().storm = Some(Storm {
            percent,
            method,
            faults,
            rng: fastrand::Rng::with_seed(7),
        });
    }

    pub(crate) fn calm(&self) {
        self.state().storm = None;
    }

    /// From now on Telegram's limits hold.
    pub(crate) fn limit(&self) {
        self.state().limits = Some(Limits::default());
    }

    /// Closes the port, and what is open on it.
    pub(crate) async fn close(&mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
        self.storm(100, None, Fault::ResetBefore);
        // Ends the polls that wait.
        self.change(|inner| inner.poller += 1);
    }

    /// Opens it again.
    pub(crate) async fn open(&mut self) {
        self.calm();
        let address = self.url.strip_prefix("http://").unwrap();
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        self.server = serve(listener, &self.shared);
    }

    pub(crate) fn refuse_token(&self) {
        self.state().refuse_token = true;
    }

    pub(crate) fn block(&self, chat: i64) {
        self.state().blocked.insert(chat);
    }

    /// The group gets another id.
    pub(crate) fn move_group(&self, from: i64, to: i64) {
        self.change(|inner| {
            let mut chat = inner.chats[&from].clone();
            chat["id"] = json!(to);
            chat["type"] = json!("supergroup");
            inner.chats.insert(to, chat);
            inner.moved.insert(from, to);
        });
    }

    /// Puts an update in the queue, as it is but for the id.
    pub(crate) fn push(&self, mut update: Value) -> i64 {
        self.change(|inner| {
            let id = inner.next_update;
            inner.next_update += 1;
            update["update_id"] = json!(id);
            inner.queue.insert(id, update);
            id
        })
    }

    /// Waits until this message of a chat is deleted.
    #[track_caller]
    pub(crate) fn deleted(&self, chat: i64, message: i64) -> impl Future<Output = ()> {
        self.wait("a message to be deleted", move |inner| {
            inner.deleted.contains(&(chat, message)).then_some(())
        })
    }

    pub(crate) fn person(&self, id: i64) -> Chat<'_> {
        self.chat(
            json!({"id": id, "type": "private", "first_name": "Ann"}),
            id,
        )
    }

    pub(crate) fn group(&self, id: i64) -> Chat<'_> {
        self.chat(
            json!({"id": id, "type": "supergroup", "title": "Group", "is_forum": true}),
            4711,
        )
    }

    fn chat(&self, chat: Value, from: i64) -> Chat<'_> {
        let id = chat["id"].as_i64().unwrap();
        self.state().chats.insert(id, chat.clone());
        Chat {
            api: self,
            id,
            whole: chat,
            from,
        }
    }

    /// Sends the last press again under a new update id, as happens when an app lost the answer.
    pub(crate) fn repeat_press(&self) -> i64 {
        let press = self
            .state()
            .presses
            .last()
            .cloned()
            .expect("something was pressed");
        self.push(press)
    }

    pub(crate) fn sent(&self, chat: i64) -> Vec<Sent> {
        self.state()
            .sent
            .iter()
            .filter(|sent| sent.chat == chat)
            .cloned()
            .collect()
    }

    pub(crate) fn calls(&self, method: &str) -> Vec<Call> {
        self.state()
            .calls
            .iter()
            .filter(|call| call.method == method)
            .cloned()
            .collect()
    }

    /// What Telegram still keeps.
    pub(crate) fn queued(&self) -> Vec<i64> {
        self.state().queue.keys().copied().collect()
    }
}

impl Drop for BotApi {
    fn drop(&mut self) {
        self.server.abort();
        let violations = std::mem::take(&mut self.state().violations);
        let fine = violations.is_empty() || std::thread::panicking();
        assert!(
            fine,
            "calls that Telegram would not take:
{}",
            violations.join(
                "
"
            )
        );
    }
}

/// A chat that a person writes in.
pub(crate) struct Chat<'a> {
    api: &'a BotApi,
    pub(crate) id: i64,
    whole: Value,
    from: i64,
}

/// A message that a person wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) update: i64,
    pub(crate) message: i64,
}

impl Chat<'_> {
    pub(crate) fn says(&self, text: &str) -> Asked {
        self.sends(json!({"text": text}))
    }

    /// A message with these fields.
    #[expect(clippy::needless_pass_by_value, reason = "a literal at each call")]
    pub(crate) fn sends(&self, fields: Value) -> Asked {
        let message = self.api.change(|inner| {
            inner.next_message += 1;
            inner.next_message
        });
        Asked {
            update: self.update("message", message, &fields),
            message,
        }
    }

    pub(crate) fn edits(&self, asked: Asked, text: &str) -> Asked {
        let update = self.update(
            "edited_message",
            asked.message,
            &json!({"text": text, "edit_date": 1_700_000_100}),
        );
        Asked { update, ..asked }
    }

    /// Presses the button whose label holds this.
    #[track_caller]
    pub(crate) fn presses(&self, on: &Sent, label: &str) -> i64 {
        let data = on.button(label).data.as_deref();
        self.presses_data(
            on,
            data.expect("a button that opens a page brings no update"),
        )
    }

    pub(crate) fn presses_data(&self, on: &Sent, data: &str) -> i64 {
        let query = self.api.change(|inner| {
            let query = format!("query-{}", inner.next_update);
            inner.queries.insert(query.clone());
            query
        });
        let message = self.api.state().messages[&(self.id, on.id)].clone();
        let press = json!({"callback_query": {
            "id": query, "from": self.person(), "chat_instance": "1", "data": data, "message": message,
        }});
        self.api.state().presses.push(press.clone());
        self.api.push(press)
    }

    fn person(&self) -> Value {
        json!({"id": self.from, "is_bot": false, "first_name": "Ann", "username": "ann_the_asker"})
    }

    fn update(&self, kind: &str, message: i64, fields: &Value) -> i64 {
        let mut whole = json!({"message_id": message, "date": 1_700_000_000, "chat": self.whole, "from": self.person()});
        whole
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        self.api
            .state()
            .messages
            .insert((self.id, message), whole.clone());
        self.api.push(json!({kind: whole}))
    }
}

impl Sent {
    pub(crate) fn labels(&self) -> Vec<&str> {
        self.rows
            .iter()
            .flatten()
            .map(|button| button.label.as_str())
            .collect()
    }

    #[track_caller]
    pub(crate) fn button(&self, label: &str) -> &Button {
        let found = self
            .rows
            .iter()
            .flatten()
            .find(|button| button.label.contains(label));
        found.unwrap_or_else(|| panic!("no button `{label}` in {:?}", self.rows))
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

/// Telegram's error.
struct Refusal {
    code: u16,
    description: String,
    parameters: Value,
}

/// What Telegram's FAQ says, strictly: 30 messages in any second, 20 in any minute of a group,
/// and in a private chat one a second after a burst of 5.
#[derive(Default)]
struct Limits {
    all: VecDeque<Instant>,
    chats: HashMap<i64, VecDeque<Instant>>,
    /// Until when a chat was told to wait.
    told: HashMap<i64, Instant>,
    n_refused: usize,
    /// Sends before the time that was told.
    n_impatient: usize,
}

impl Limits {
    /// The seconds to wait, if this message is one too many.
    fn over(&mut self, chat: i64) -> Option<u64> {
        let now = Instant::now();
        if self.told.get(&chat).is_some_and(|until| now < *until) {
            self.n_impatient += 1;
        }
        let (of_chat, per) = if chat < 0 { (20, 60) } else { (6, 5) };
        let sent = self.chats.entry(chat).or_default();
        let chat_full = full(sent, now, of_chat, Duration::from_secs(per));
        let all_full = full(&mut self.all, now, 30, Duration::from_secs(1));
        if chat_full || all_full {
            let wait = if chat_full { 3 } else { 1 };
            self.told.insert(chat, now + Duration::from_secs(wait));
            self.n_refused += 1;
            return Some(wait);
        }
        sent.push_back(now);
        self.all.push_back(now);
        None
    }
}

/// Whether so many were sent within this time.
fn full(sent: &mut VecDeque<Instant>, now: Instant, most: usize, per: Duration) -> bool {
    while sent.front().is_some_and(|at| now - *at >= per) {
        sent.pop_front();
    }
    sent.len() >= most
}

type Outcome = Result<Value, Refusal>;

fn too_many(secs: u64) -> Refusal {
    Refusal {
        code: 429,
        description: format!("Too Many Requests: retry after {secs}"),
        parameters: json!({"retry_after": secs}),
    }
}

fn refuse(code: u16, description: impl Into<String>) -> Outcome {
    Err(Refusal {
        code,
        description: description.into(),
        parameters: Value::Null,
    })
}

fn serve(listener: tokio::net::TcpListener, shared: &Arc<Shared>) -> tokio::task::JoinHandle<()> {
    let router = Router::new()
        .fallback(axum::routing::any(|| async { not_found() }))
        .route("/{bot}/{method}", axum::routing::any(endpoint))
        .with_state(Arc::clone(shared));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
}

async fn endpoint(
    State(shared): State<Arc<Shared>>,
    Path((bot, method)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Infallible> {
    if bot != format!("bot{TOKEN}") || shared.lock().refuse_token {
        return Ok(answer(&refuse(401, "Unauthorized")));
    }
    let params = if body.is_empty() {
        json!({})
    } else if let Some(form) = form::read(&body) {
        form
    } else {
        serde_json::from_slice(&body).unwrap_or(Value::Null)
    };
    let fault = {
        let mut inner = shared.lock();
        if let Some(schema) = &shared.schema {
            inner.violations.extend(schema.problems(&method, &params));
        }
        inner.calls.push(Call {
            method: method.clone(),
            params: params.clone(),
            at: Instant::now(),
        });
        inner.next_fault(&method, params["chat_id"].as_i64())
    };
    shared.changed();
    match &fault {
        Fault::Code(code) => return Ok(answer(&refuse(*code, "made to fail"))),
        Fault::Refused(description) => return Ok(answer(&refuse(400, *description))),
        Fault::Page(code) => {
            return Ok((status(*code), "<html><h1>Something else</h1></html>").into_response());
        }
        Fault::TooMany(secs) => {
            return Ok(answer(&Err(too_many(*secs))));
        }
        Fault::ResetBefore => reset(),
        Fault::Wait(gate) => gate.acquire().await.unwrap().forget(),
        Fault::Slow(time) => tokio::time::sleep(*time).await,
        Fault::Hang => std::future::pending().await,
        _ => {}
    }
    let outcome = if method == "getUpdates" {
        get_updates(&shared, &params).await
    } else {
        shared.lock().carry_out(&method, &params)
    };
    shared.changed();
    let response = answer(&outcome);
    match fault {
        Fault::ResetAfter => reset(),
        Fault::CodeAfter(code) => Ok(answer(&refuse(code, "made to fail after the fact"))),
        Fault::Doubled => {
            let updates = outcome.ok().and_then(|it| it.as_array().cloned());
            let doubled = updates
                .into_iter()
                .flatten()
                .flat_map(|it| [it.clone(), it]);
            Ok(answer(&Ok(doubled.collect())))
        }
        Fault::Truncated => {
            let whole = text_of(&outcome);
            Ok(whole[..whole.len() / 2].to_owned().into_response())
        }
        Fault::Cut => {
            let whole = text_of(&outcome);
            let begin = Bytes::from(whole[..whole.len() / 2].to_owned());
            let body = stream::iter([Ok(begin)]).chain(stream::once(async {
                // The half is only written out while the rest is waited for.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(io::Error::other("cut"))
            }));
            Ok(Body::from_stream(body).into_response())
        }
        _ => Ok(response),
    }
}

/// Ends the connection's task, and so the connection, without a word.
fn reset() -> ! {
    std::panic::resume_unwind(Box::new("the connection is closed on purpose"))
}

fn not_found() -> Response {
    answer(&refuse(404, "Not Found"))
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

fn text_of(outcome: &Outcome) -> String {
    match outcome {
        Ok(result) => json!({"ok": true, "result": result}).to_string(),
        Err(Refusal { code, description, parameters: Value::Null }) => {
            json!({"ok": false, "error_code": code, "description": description}).to_string()
        }
        Err(Refusal { code, description, parameters }) => {
            json!({"ok": false, "error_code": code, "description": description, "parameters": parameters}).to_string()
        }
    }
}

fn answer(outcome: &Outcome) -> Response {
    let code = outcome.as_ref().err().map_or(200, |refusal| refusal.code);
    (
        status(code),
        [("content-type", "application/json")],
        text_of(outcome),
    )
        .into_response()
}

async fn get_updates(shared: &Shared, params: &Value) -> Outcome {
    let mut changes = shared.changes.subscribe();
    let me = {
        let mut inner = shared.lock();
        inner.poller += 1;
        // Asking for an offset confirms everything below it.
        if let Some(offset) = params["offset"].as_i64() {
            // The real server takes no offset far above its newest id: it begins anew.
            let offset = if offset > inner.next_update + 10 {
                0
            } else {
                offset
            };
            let kept = inner.queue.split_off(&offset);
            let confirmed = std::mem::replace(&mut inner.queue, kept);
            inner.confirmed.extend(confirmed.into_keys());
        }
        inner.poller
    };
    shared.changed();
    let limit = params["limit"].as_u64().unwrap_or(100).clamp(1, 100) as usize;
    let until = tokio::time::Instant::now()
        + Duration::from_secs(params["timeout"].as_u64().unwrap_or(0).min(50));
    loop {
        {
            changes.mark_unchanged();
            let inner = shared.lock();
            if inner.hook.is_some() {
                return refuse(
                    409,
                    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
                );
            }
            if inner.poller != me {
                return refuse(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                );
            }
            let updates: Vec<Value> = inner.queue.values().take(limit).cloned().collect();
            if !updates.is_empty() || tokio::time::Instant::now() >= until {
                return Ok(json!(updates));
            }
        }
        let _ = tokio::time::timeout_at(until, changes.changed()).await;
    }
}

impl Inner {
    /// How often the limits were met, and how often a wait was not kept.
    pub(crate) fn refused(&self) -> (usize, usize) {
        let limits = self.limits.as_ref();
        limits.map_or((0, 0), |it| (it.n_refused, it.n_impatient))
    }

    pub(crate) fn n_queued(&self) -> usize {
        self.queue.len()
    }

    /// The updates that wait, in order.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (i64, &Value)> {
        self.queue.iter().map(|(id, update)| (*id, update))
    }

    /// Takes an update out of the queue for good.
    pub(super) fn confirm(&mut self, id: i64) {
        if self.queue.remove(&id).is_some() {
            self.confirmed.push(id);
        }
    }

    pub(crate) fn unblock(&mut self, chat: i64) {
        self.blocked.remove(&chat);
    }

    pub(crate) fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Ids go on from here, as after a week without updates.
    pub(crate) fn restart_ids(&mut self, from: i64) {
        assert!(self.queue.is_empty());
        self.next_update = from;
    }

    fn next_fault(&mut self, method: &str, chat: Option<i64>) -> Fault {
        let fits = |target: &Target| {
            target.method == method && (target.chat.is_none() || target.chat == chat)
        };
        let planned = self
            .faults
            .iter_mut()
            .find(|(target, faults)| fits(target) && !faults.is_empty());
        if let Some(fault) = planned.and_then(|(_, faults)| faults.pop_front()) {
            return fault;
        }
        let Some(storm) = &mut self.storm else {
            return Fault::Fine;
        };
        if storm.method.is_some_and(|it| it != method) {
            return Fault::Fine;
        }
        let drawn = storm.rng.usize(0..100) / storm.percent;
        storm.faults.get(drawn).cloned().unwrap_or(Fault::Fine)
    }

    fn carry_out(&mut self, method: &str, params: &Value) -> Outcome {
        match method {
            "getMe" => Ok(json!({
                "id": BOT_ID, "is_bot": true, "first_name": "Askwell", "username": BOT_NAME,
                "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
                "has_main_web_app": false,
            })),
            "sendMessage" => self.send(params),
            "editMessageText" => self.edit(params),
            "answerCallbackQuery" => {
                if self
                    .queries
                    .contains(params["callback_query_id"].as_str().unwrap_or_default())
                {
                    Ok(json!(true))
                } else {
                    refuse(
                        400,
                        "Bad Request: query is too old and response timeout expired or query ID is invalid",
                    )
                }
            }
            "deleteMessages" => self.delete(params),
            "sendDocument" => self.send_document(params),
            "setWebhook" => {
                self.hook = Some(params.clone());
                Ok(json!(true))
            }
            "deleteWebhook" => {
                self.hook = None;
                Ok(json!(true))
            }
            "getWebhookInfo" => Ok(json!({
                "url": self.hook.as_ref().map_or("", |hook| hook["url"].as_str().unwrap()),
                "has_custom_certificate": false,
                "pending_update_count": self.queue.len(),
            })),
            "setMyCommands" => self.set_commands(params),
            "getMyCommands" => Ok(self.profile.get("commands").cloned().unwrap_or(json!([]))),
            "setMyDescription" => self.set_text("description", params, 512),
            "setMyShortDescription" => self.set_text("short_description", params, 120),
            "getMyDescription" => Ok(json!({"description": self.text("description")})),
            "getMyShortDescription" => {
                Ok(json!({"short_description": self.text("short_description")}))
            }
            _ => {
                self.violations
                    .push(format!("{method}: the bot has no business with it"));
                refuse(404, "Not Found")
            }
        }
    }

    fn text(&self, key: &str) -> Value {
        self.profile.get(key).cloned().unwrap_or(json!(""))
    }

    fn set_text(&mut self, key: &str, params: &Value, max: usize) -> Outcome {
        let text = params[key].as_str().unwrap_or_default().trim();
        if text.chars().count() > max {
            return refuse(400, format!("Bad Request: {key} is too long"));
        }
        self.profile.insert(key.to_owned(), json!(text));
        Ok(json!(true))
    }

    fn set_commands(&mut self, params: &Value) -> Outcome {
        let none = Vec::new();
        for command in params["commands"].as_array().unwrap_or(&none) {
            let name = command["command"].as_str().unwrap_or_default();
            let about = command["description"].as_str().unwrap_or_default();
            let plain = name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            if !plain
                || !(1..=32).contains(&name.len())
                || !(1..=256).contains(&about.chars().count())
            {
                self.violations.push(format!(
                    "setMyCommands: /{name} is no command with a description"
                ));
                return refuse(400, "Bad Request: BOT_COMMAND_INVALID");
            }
        }
        self.profile
            .insert("commands".to_owned(), params["commands"].clone());
        Ok(json!(true))
    }

    fn send(&mut self, params: &Value) -> Outcome {
        let chat = params["chat_id"].as_i64().unwrap_or_default();
        self.check_chat(chat)?;
        if let Some(wait) = self.limits.as_mut().and_then(|limits| limits.over(chat)) {
            return Err(too_many(wait));
        }
        let replies_to = params["reply_parameters"]["message_id"].as_i64();
        if let Some(question) = replies_to {
            let known = self.messages.contains_key(&(chat, question));
            if !known && params["reply_parameters"]["allow_sending_without_reply"] != true {
                return refuse(400, "Bad Request: message to be replied not found");
            }
        }
        self.next_message += 1;
        self.accept(params, chat, self.next_message, false)
    }

    fn edit(&mut self, params: &Value) -> Outcome {
        let chat = params["chat_id"].as_i64().unwrap_or_default();
        self.check_chat(chat)?;
        let id = params["message_id"].as_i64().unwrap_or_default();
        let Some(old) = self
            .messages
            .get(&(chat, id))
            .filter(|message| message["from"]["id"] == BOT_ID)
        else {
            return refuse(400, "Bad Request: message to edit not found");
        };
        if old["source"] == params["text"] && old.get("reply_markup") == params.get("reply_markup")
        {
            return refuse(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are \
                exactly the same as a current content and reply markup of the message",
            );
        }
        self.accept(params, chat, id, true)
    }

    /// Messages that are not there are passed over; one that is too old spoils it all.
    fn delete(&mut self, params: &Value) -> Outcome {
        let chat = params["chat_id"].as_i64().unwrap_or_default();
        self.check_chat(chat)?;
        let none = Vec::new();
        let ids = params["message_ids"].as_array().unwrap_or(&none);
        if !(1..=100).contains(&ids.len()) {
            self.violations
                .push(format!("{} messages to delete", ids.len()));
        }
        let ids: Vec<i64> = ids.iter().filter_map(Value::as_i64).collect();
        if ids.iter().any(|id| self.undeletable.contains(id)) {
            return refuse(400, "Bad Request: message can't be deleted for everyone");
        }
        for id in ids {
            if self.messages.remove(&(chat, id)).is_some() {
                self.deleted.push((chat, id));
            }
        }
        Ok(json!(true))
    }

    fn send_document(&mut self, params: &Value) -> Outcome {
        let chat = params["chat_id"].as_i64().unwrap_or_default();
        self.check_chat(chat)?;
        self.next_message += 1;
        let caption = params["caption"].as_str().unwrap_or_default();
        if caption.chars().count() > 1024 {
            self.violations
                .push("a caption beyond 1024 characters".to_owned());
        }
        self.accept(
            &json!({"text": caption, "document": params["document"]}),
            chat,
            self.next_message,
            false,
        )
    }

    fn check_chat(&self, chat: i64) -> Result<(), Refusal> {
        if let Some(to) = self.moved.get(&chat) {
            let description =
                "Bad Request: group chat was upgraded to a supergroup chat".to_owned();
            return Err(Refusal {
                code: 400,
                description,
                parameters: json!({"migrate_to_chat_id": to}),
            });
        }
        if self.blocked.contains(&chat) {
            return refuse(403, "Forbidden: bot was blocked by the user").map(drop);
        }
        if !self.chats.contains_key(&chat) {
            return refuse(400, "Bad Request: chat not found").map(drop);
        }
        Ok(())
    }

    fn accept(&mut self, params: &Value, chat: i64, id: i64, edited: bool) -> Outcome {
        let source = params["text"].as_str().unwrap_or_default();
        let text = match params["parse_mode"].as_str() {
            None => source.to_owned(),
            Some("HTML") => match html::plain(source) {
                Ok(text) => text,
                Err(complaint) => {
                    self.violations.push(format!("{complaint}: {source}"));
                    return refuse(400, complaint);
                }
            },
            Some(_) => return refuse(400, "Bad Request: unsupported parse_mode"),
        };
        let text = text.trim().to_owned();
        if text.is_empty() {
            self.violations.push("an empty message".to_owned());
            return refuse(400, "Bad Request: message text is empty");
        }
        if text.encode_utf16().count() > 4096 {
            self.violations
                .push("a message beyond 4096 characters".to_owned());
            return refuse(400, "Bad Request: message is too long");
        }
        let rows = match rows(&params["reply_markup"]["inline_keyboard"]) {
            Ok(rows) => rows,
            Err(complaint) => {
                self.violations.push(complaint.clone());
                return refuse(400, complaint);
            }
        };
        let topic = params["message_thread_id"].as_i64();
        let mut message = json!({
            "message_id": id, "date": 1_700_000_000, "chat": self.chats[&chat], "text": text,
            "from": {"id": BOT_ID, "is_bot": true, "first_name": "Askwell", "username": BOT_NAME},
        });
        if let Some(topic) = topic {
            message["message_thread_id"] = json!(topic);
            message["is_topic_message"] = json!(true);
        }
        if let Some(markup) = params.get("reply_markup") {
            message["reply_markup"] = markup.clone();
        }
        let mut kept = message.clone();
        kept["source"] = json!(source);
        self.messages.insert((chat, id), kept);
        let replies_to = params["reply_parameters"]["message_id"].as_i64();
        self.sent.push(Sent {
            id,
            chat,
            edited,
            text,
            rows,
            topic,
            replies_to,
            params: params.clone(),
            at: Instant::now(),
        });
        Ok(message)
    }
}

fn rows(keyboard: &Value) -> Result<Vec<Vec<Button>>, String> {
    let none = Vec::new();
    let rows = keyboard.as_array().unwrap_or(&none).iter();
    rows.map(|row| row.as_array().unwrap_or(&none).iter().map(button).collect())
        .collect()
}

fn button(button: &Value) -> Result<Button, String> {
    let text = |key: &str| button[key].as_str().map(str::to_owned);
    let (label, url, data) = (
        text("text").unwrap_or_default(),
        text("url"),
        text("callback_data"),
    );
    if label.trim().is_empty() {
        return Err(
            "Bad Request: can't parse inline keyboard button: Text must be non-empty".to_owned(),
        );
    }
    if url.is_some() == data.is_some() {
        return Err("Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard".to_owned());
    }
    if data
        .as_ref()
        .is_some_and(|data| !(1..=64).contains(&data.len()))
    {
        return Err("Bad Request: BUTTON_DATA_INVALID".to_owned());
    }
    if url.as_ref().is_some_and(|url| {
        !["http://", "https://", "tg://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
    }) {
        return Err("Bad Request: BUTTON_URL_INVALID".to_owned());
    }
    Ok(Button { label, url, data })
}
