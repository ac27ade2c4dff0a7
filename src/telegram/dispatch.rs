//! Who is answered when: chats side by side, each chat in order. An event waits only for
//! events of its own chat.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use teloxide::types::ChatId;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::answer::{Desk, Memory, Ticket};
use super::incoming::{Event, UpdateId};
use crate::conversation::Thread;
use crate::store::{Settled, Tally};

/// A chat with more than this in hand is flooding.
const FAIR_SHARE: usize = 20;
/// So many chats are remembered; past it, those that were silent the longest are forgotten.
/// At about 2 KB a chat this stays below 10 MB.
const MAX_CHATS: usize = 4096;
/// A chat silent for so long is forgotten.
const MAX_SILENCE: Duration = Duration::from_hours(24);

pub(super) struct Dispatcher {
    desk: Arc<Desk>,
    chats: HashMap<ChatId, Chat>,
    running: JoinSet<(Memory, Noted)>,
    /// Which update a task answers; a task that panicked can't say so itself.
    tasks: HashMap<Id, Task>,
    swept: Instant,
}

/// An update that is done.
pub(super) struct Done {
    pub(super) update: UpdateId,
    /// Hears when the store knows of it.
    pub(super) noted: Noted,
}

type Noted = oneshot::Receiver<()>;

struct Task {
    update: UpdateId,
    chat: ChatId,
    taken: Instant,
}

struct Chat {
    /// The chat's memory is with the running task and comes back with it.
    memory: Memory,
    waiting: VecDeque<(UpdateId, Event, Instant)>,
    running: bool,
    held: Arc<AtomicBool>,
    last_used: Instant,
}

impl Dispatcher {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self {
            desk,
            chats: HashMap::new(),
            running: JoinSet::new(),
            tasks: HashMap::new(),
            swept: Instant::now(),
        }
    }

    /// Takes an event in hand.
    pub(super) fn take(&mut self, update: UpdateId, event: Event) {
        self.forget_silent();
        let id = event.chat;
        let chat = self.chats.entry(id).or_insert_with(Chat::new);
        chat.waiting.push_back((update, event, Instant::now()));
        if !chat.running {
            self.start_next(id);
        }
    }

    /// Waits until an update is answered, however that ended. Never returns while nothing is
    /// in hand. Dropping the future loses nothing.
    pub(super) async fn next_done(&mut self) -> Done {
        let Some(joined) = self.running.join_next_with_id().await else {
            return std::future::pending().await;
        };
        let task = joined
            .as_ref()
            .map_or_else(JoinError::id, |(task, _)| *task);
        let Task {
            update,
            chat: id,
            taken,
        } = self
            .tasks
            .remove(&task)
            .expect("each task is noted when it is spawned");
        let chat = self
            .chats
            .get_mut(&id)
            .expect("a chat with a running task is not forgotten");
        chat.running = false;
        chat.held.store(false, Ordering::Relaxed);
        chat.last_used = Instant::now();
        let noted = match joined {
            Ok((_, (memory, noted))) => {
                chat.memory = memory;
                noted
            }
            // Settled all the same: an update that makes us panic would do so for ever.
            Err(error) => {
                tracing::error!(update = update.0, chat = id.0, %error, "a bug: no reply, the update is set aside");
                self.desk.ledger.settle(settled(update, None))
            }
        };
        self.desk.post.health.metrics.done(taken.elapsed());
        self.start_next(id);
        Done { update, noted }
    }

    /// Whether anything waits or runs.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether a chat delays only itself: it floods, or Telegram makes it wait.
    pub(super) fn is_slow(&self, chat: ChatId) -> bool {
        self.chats.get(&chat).is_some_and(|chat| {
            chat.waiting.len() + 1 > FAIR_SHARE || chat.held.load(Ordering::Relaxed)
        })
    }

    fn start_next(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get_mut(&id) else {
            return;
        };
        let Some((update, event, taken)) = chat.waiting.pop_front() else {
            return;
        };
        chat.running = true;
        let crowded = !chat.waiting.is_empty();
        let ticket = Ticket {
            update,
            event,
            crowded,
            held: Arc::clone(&chat.held),
        };
        let mut memory = std::mem::take(&mut chat.memory);
        if chat.last_used.elapsed() > Thread::CONTEXT_LASTS {
            memory.forget_context();
        }
        let desk = Arc::clone(&self.desk);
        let task = self.running.spawn(async move {
            let tally = desk.answer(ticket, &mut memory).await;
            let noted = desk.ledger.settle(settled(update, tally));
            (memory, noted)
        });
        let task_of = Task {
            update,
            chat: id,
            taken,
        };
        self.tasks.insert(task.id(), task_of);
    }

    /// Forgets chats that were silent for a day, and the most silent half when there are too many.
    fn forget_silent(&mut self) {
        let now = Instant::now();
        let full = self.chats.len() >= MAX_CHATS;
        if !full && now - self.swept < MAX_SILENCE / 24 {
            return;
        }
        self.swept = now;
        let mut times: Vec<Instant> = self.chats.values().map(|chat| chat.last_used).collect();
        times.sort_unstable();
        let middle = times.get(times.len() / 2).copied().filter(|_| full);
        self.chats.retain(|_, chat| {
            let silent = now - chat.last_used >= MAX_SILENCE
                || middle.is_some_and(|middle| chat.last_used <= middle);
            chat.running || !silent
        });
    }
}

fn settled(update: UpdateId, tally: Option<Tally>) -> Settled {
    let update = update.into();
    Settled { update, tally }
}

impl Chat {
    fn new() -> Self {
        Self {
            memory: Memory::default(),
            waiting: VecDeque::new(),
            running: false,
            held: Arc::default(),
            last_used: Instant::now(),
        }
    }
}
