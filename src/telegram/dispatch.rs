//! Who is answered when: chats side by side, each chat in order. An event waits only for
//! events of its own chat. One about danger does not even wait for these: it is answered beside
//! what runs, and no flood keeps it out.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use teloxide::types::ChatId;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::REMEMBERED;
use super::answer::{Desk, Ticket};
use super::event::Event;
use super::memory::Memory;
use super::outgoing;
use super::update::UpdateId;
use crate::store::{Settled, Tally};

/// A chat with more than this in hand is flooding: what comes then gets no answer of its own.
const FAIR_SHARE: usize = 20;
/// So many events about danger are answered at once in one chat, beside what runs. More would have
/// Telegram refuse all of them; fewer could leave one behind another that hangs.
const MAX_BESIDE: usize = 3;
/// So many chats are remembered; past it, those that were silent the longest are forgotten.
/// At about 2 KB a chat this stays below 10 MB.
const MAX_CHATS: usize = 4096;
/// How often those that were silent for long are looked for.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

pub(super) struct Dispatcher {
    desk: Arc<Desk>,
    chats: HashMap<ChatId, Chat>,
    running: JoinSet<Noted>,
    /// Which update a task answers; a task that panicked can't say so itself.
    tasks: HashMap<Id, Task>,
    swept: Instant,
    /// Updates of floods, done without a reply.
    passed_over: VecDeque<Done>,
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
    lane: Lane,
    taken: Instant,
    /// Telegram itself makes it wait.
    held: Arc<AtomicBool>,
}

/// How a task stands to the others of its chat.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    InOrder,
    /// About danger, while something else runs.
    Beside,
}

struct Waiting {
    update: UpdateId,
    event: Event,
    since: Instant,
}

struct Chat {
    memory: Arc<Memory>,
    waiting: VecDeque<Waiting>,
    /// About danger, while [`MAX_BESIDE`] others are being answered.
    urgent: VecDeque<Waiting>,
    /// It was told to write one message at a time, and has not been silent since.
    told: bool,
    /// The task that is in order runs.
    running: bool,
    n_beside: usize,
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
            passed_over: VecDeque::new(),
        }
    }

    /// Takes an event in hand. Of a flood, the first [`FAIR_SHARE`] are answered, one gets the
    /// plea for patience, and the rest is passed over.
    pub(super) fn take(&mut self, update: UpdateId, event: Event) {
        self.forget_silent();
        let id = event.chat;
        let chat = self.chats.entry(id).or_insert_with(Chat::new);
        let waiting = |event| Waiting {
            update,
            event,
            since: Instant::now(),
        };
        // Beside and not only ahead: what runs may hang, or be tried again for hours.
        if chat.running && self.desk.is_urgent(&event) {
            chat.urgent.push_back(waiting(event));
            self.start_beside(id);
        } else if chat.has_room_for(&event) {
            chat.waiting.push_back(waiting(event));
        } else if chat.told {
            acknowledge(&self.desk, &event);
            let noted = self.desk.ledger.settle(settled(update, None));
            self.passed_over.push_back(Done { update, noted });
        } else {
            chat.told = true;
            acknowledge(&self.desk, &event);
            chat.waiting.push_back(waiting(event.too_many()));
        }
        self.start_next(id);
    }

    /// Waits until an update is answered, however that ended. Never returns while nothing is
    /// in hand. Dropping the future loses nothing.
    pub(super) async fn next_done(&mut self) -> Done {
        if let Some(done) = self.passed_over.pop_front() {
            return done;
        }
        let joined = loop {
            if let Some(joined) = self.running.join_next_with_id().await {
                break joined;
            }
            // Who is silent has to be forgotten, also while everybody is.
            sleep_until(self.swept + SWEEP_EVERY).await;
            self.forget_silent();
        };
        let task = joined
            .as_ref()
            .map_or_else(JoinError::id, |(task, _)| *task);
        let task = self
            .tasks
            .remove(&task)
            .expect("each task is noted when it is spawned");
        let update = task.update;
        let noted = match joined {
            Ok((_, noted)) => noted,
            // Settled all the same: an update that makes us panic would do so for ever.
            Err(error) => {
                tracing::error!(update = update.0, %error, "a bug: no reply, the update is set aside");
                self.desk.ledger.settle(settled(update, None))
            }
        };
        self.desk.post.health.metrics.done(task.taken.elapsed());
        self.go_on(&task);
        Done { update, noted }
    }

    /// Starts what can be once this task has ended.
    fn go_on(&mut self, ended: &Task) {
        let chat = self
            .chats
            .get_mut(&ended.chat)
            .expect("a chat with a running task is not forgotten");
        chat.last_used = Instant::now();
        match ended.lane {
            Lane::InOrder => chat.running = false,
            Lane::Beside => chat.n_beside -= 1,
        }
        self.start_beside(ended.chat);
        self.start_next(ended.chat);
    }

    /// Whether anything waits or runs.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty() && self.passed_over.is_empty()
    }

    /// Whether a chat delays only itself: it floods, or Telegram makes it wait.
    pub(super) fn is_slow(&self, chat: ChatId) -> bool {
        let flood = |chat: &Chat| chat.waiting.len() + 1 > FAIR_SHARE;
        let held = |task: &Task| task.chat == chat && task.held.load(Ordering::Relaxed);
        self.chats.get(&chat).is_some_and(flood) || self.tasks.values().any(held)
    }

    fn start_next(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get_mut(&id).filter(|chat| !chat.running) else {
            return;
        };
        let Some(next) = chat.waiting.pop_front() else {
            chat.told = false;
            return;
        };
        chat.running = true;
        self.start(id, next, Lane::InOrder);
    }

    fn start_beside(&mut self, id: ChatId) {
        let Some(chat) = self.chats.get_mut(&id) else {
            return;
        };
        if chat.n_beside < MAX_BESIDE
            && let Some(next) = chat.urgent.pop_front()
        {
            chat.n_beside += 1;
            self.start(id, next, Lane::Beside);
        }
    }

    fn start(&mut self, id: ChatId, next: Waiting, lane: Lane) {
        let chat = self.chats.entry(id).or_insert_with(Chat::new);
        let Waiting {
            update,
            event,
            since: taken,
        } = next;
        let held = Arc::default();
        let ticket = Ticket {
            update,
            event,
            taken,
            crowded: lane == Lane::Beside || chat.n_beside > 0 || !chat.waiting.is_empty(),
            held: Arc::clone(&held),
        };
        chat.memory.forget_old_contexts();
        let (desk, memory) = (Arc::clone(&self.desk), Arc::clone(&chat.memory));
        #[expect(
            clippy::async_yields_async,
            reason = "whoever hears of the answer need not wait for the store"
        )]
        let task = self.running.spawn(async move {
            let tally = desk.answer(ticket, &memory).await;
            desk.ledger.settle(settled(update, tally))
        });
        let noted = Task {
            update,
            chat: id,
            lane,
            taken,
            held,
        };
        self.tasks.insert(task.id(), noted);
    }

    /// Forgets chats that were silent for a day, and the most silent half when there are too many.
    fn forget_silent(&mut self) {
        let now = Instant::now();
        let full = self.chats.len() >= MAX_CHATS;
        if !full && now - self.swept < SWEEP_EVERY {
            return;
        }
        self.swept = now;
        let mut times: Vec<Instant> = self.chats.values().map(|chat| chat.last_used).collect();
        times.sort_unstable();
        let middle = times.get(times.len() / 2).copied().filter(|_| full);
        self.chats.retain(|_, chat| {
            let silent = now - chat.last_used >= REMEMBERED
                || middle.is_some_and(|middle| chat.last_used <= middle);
            chat.running || chat.n_beside > 0 || !silent
        });
    }
}

/// Of a press that gets no answer, the button at least need not seem to work.
fn acknowledge(desk: &Desk, event: &Event) {
    if let Some(query) = event.query() {
        outgoing::acknowledge(&desk.post, query.clone());
    }
}

fn settled(update: UpdateId, tally: Option<Tally>) -> Settled {
    let update = update.into();
    Settled { update, tally }
}

impl Chat {
    fn new() -> Self {
        Self {
            memory: Arc::default(),
            waiting: VecDeque::new(),
            urgent: VecDeque::new(),
            told: false,
            running: false,
            n_beside: 0,
            last_used: Instant::now(),
        }
    }

    /// Whether an event may wait its turn. Of a flood of wishes to be forgotten one waits, which
    /// forgets what the others would.
    fn has_room_for(&self, event: &Event) -> bool {
        let mut waiting = self.waiting.iter();
        self.waiting.len() < FAIR_SHARE
            || event.is_missed()
            || event.wants_forgetting() && !waiting.any(|it| it.event.wants_forgetting())
    }
}
