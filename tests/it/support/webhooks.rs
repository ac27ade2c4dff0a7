//! Telegram's side of webhooks, with a balancer in between: one delivery at a time for each
//! chat and for each person's presses, repeated until it gets a 2xx.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;

use super::bot_api::{BotApi, Shared};

/// Delivers to replicas in turn until it is dropped.
pub(crate) struct Deliveries {
    shared: Arc<State>,
    task: JoinHandle<()>,
}

/// What goes wrong with one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Fine,
    /// It reaches nobody.
    NotDelivered,
    /// It is handled, and its answer is lost.
    AckLost,
    /// Two replicas get it at once, and the first one's answer counts.
    Twice,
}

struct State {
    client: reqwest::Client,
    replicas: Mutex<Vec<String>>,
    next: std::sync::atomic::AtomicUsize,
    faults: Mutex<VecDeque<Fault>>,
}

impl Deliveries {
    /// Begins to deliver to these addresses.
    pub(crate) fn start(api: &BotApi, replicas: Vec<String>) -> Self {
        let shared = Arc::new(State {
            client: reqwest::Client::new(),
            replicas: Mutex::new(replicas),
            next: 0.into(),
            faults: Mutex::default(),
        });
        let task = tokio::spawn(deliver_all(Arc::clone(&api.shared), Arc::clone(&shared)));
        Self { shared, task }
    }

    /// From now on these are behind the balancer.
    pub(crate) fn replicas(&self, replicas: Vec<String>) {
        *self.shared.replicas.lock().unwrap() = replicas;
    }

    /// The next deliveries go wrong like this, one after the other.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().unwrap().extend(faults);
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn deliver_all(api: Arc<Shared>, state: Arc<State>) {
    let mut changes = api.changes.subscribe();
    let busy: Arc<Mutex<HashSet<String>>> = Arc::default();
    let tries: Arc<Mutex<HashMap<i64, u32>>> = Arc::default();
    loop {
        changes.mark_unchanged();
        let (due, secret) = {
            let inner = api.lock();
            let mut busy = busy.lock().unwrap();
            let due: Vec<(i64, String, Value)> = inner
                .waiting()
                .map(|(id, update)| (id, queue_of(update), update))
                .filter(|(_, queue, _)| busy.insert(queue.clone()))
                .map(|(id, queue, update)| (id, queue, update.clone()))
                .collect();
            let hook = inner.hook.clone();
            let secret = hook.and_then(|hook| Some(hook["secret_token"].as_str()?.to_owned()));
            (due, secret.unwrap_or_default())
        };
        for (id, queue, update) in due {
            let (api, state, secret) = (Arc::clone(&api), Arc::clone(&state), secret.clone());
            let (busy, tries) = (Arc::clone(&busy), Arc::clone(&tries));
            tokio::spawn(async move {
                if state.deliver(&update, &secret).await {
                    api.lock().confirm(id);
                } else {
                    let n = {
                        let mut tries = tries.lock().unwrap();
                        let n = tries.entry(id).or_default();
                        *n += 1;
                        *n
                    };
                    tokio::time::sleep(pause(n)).await;
                }
                busy.lock().unwrap().remove(&queue);
                api.changed();
            });
        }
        changes.changed().await.unwrap();
    }
}

/// At once, then after 2, 4, 8 and more seconds.
fn pause(failed: u32) -> Duration {
    match failed {
        1 => Duration::ZERO,
        n => Duration::from_secs(1 << (n - 1).min(6)),
    }
}

/// Messages have a queue for each chat, presses for each person.
fn queue_of(update: &Value) -> String {
    if let Some(query) = update.get("callback_query") {
        return format!("person {}", query["from"]["id"]);
    }
    let message = update
        .get("message")
        .or_else(|| update.get("edited_message"));
    let chat = message.map_or(&Value::Null, |message| &message["chat"]["id"]);
    format!("chat {chat}")
}

impl State {
    /// Whether the delivery got a 2xx that Telegram has seen.
    async fn deliver(&self, update: &Value, secret: &str) -> bool {
        let fault = self
            .faults
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Fault::Fine);
        match fault {
            Fault::NotDelivered => false,
            Fault::Fine => self.post(update, secret).await,
            Fault::AckLost => {
                self.post(update, secret).await;
                false
            }
            Fault::Twice => {
                let (first, _) = tokio::join!(self.post(update, secret), self.post(update, secret));
                first
            }
        }
    }

    /// To the next replica that can be reached.
    async fn post(&self, update: &Value, secret: &str) -> bool {
        let replicas = self.replicas.lock().unwrap().clone();
        let turn = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for n in 0..replicas.len() {
            let sent = self
                .client
                .post(&replicas[(turn + n) % replicas.len()])
                .header("X-Telegram-Bot-Api-Secret-Token", secret)
                .json(update)
                .send()
                .await;
            match sent {
                Ok(response) => return response.status().is_success(),
                Err(error) if error.is_connect() => {}
                Err(_) => return false,
            }
        }
        false
    }
}
