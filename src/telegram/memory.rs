//! What one chat remembers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use teloxide::types::{CallbackQueryId, MessageId, ThreadId};
use tokio::time::Instant;

use super::event::Content;
use crate::conversation::Thread;

/// So many questions of a chat can still be edited with their replies, and so many presses
/// are known again.
const MAX_REMEMBERED: usize = 32;
/// So many messages of a private chat can be deleted by `/forget`.
const MAX_SAID: usize = 200;
/// Telegram lets a bot delete messages that are younger.
const DELETABLE: Duration = Duration::from_hours(48);
/// So many topics of a forum are remembered.
const MAX_TOPICS: usize = 64;

/// In memory only. Shared by all tasks of a chat, since what is about danger is answered beside
/// what runs; locked for each look and never while Telegram is waited for.
#[derive(Default)]
pub(super) struct Memory(Mutex<Notes>);

/// Ids, and what the chat's threads hold.
#[derive(Default)]
struct Notes {
    threads: HashMap<Option<ThreadId>, Topic>,
    /// A question and its reply.
    replies: VecDeque<(MessageId, MessageId)>,
    /// Presses that were answered: Telegram repeats one under a new update id when the app
    /// did not see the end of it.
    presses: VecDeque<CallbackQueryId>,
    /// The album that was answered last; its other pictures get no reply of their own.
    album: Option<String>,
    /// Messages of a private chat, of both sides, with the time they came or went: what
    /// `/forget` can delete.
    said: VecDeque<(MessageId, Instant)>,
    /// When Telegram last said that it takes nothing for this chat.
    unreachable: Option<Instant>,
}

/// A thread, and when it was last written in.
struct Topic {
    thread: Thread,
    used: Instant,
}

impl Memory {
    /// See [`Thread::forget_context`]. In a forum one topic can be silent for long while others are not.
    pub(super) fn forget_old_contexts(&self) {
        let mut notes = self.notes();
        let threads = notes.threads.values_mut();
        let old = threads.filter(|it| it.used.elapsed() > Thread::CONTEXT_LASTS);
        old.for_each(|it| it.thread.forget_context());
    }

    /// Whether what came then waits for a reply that Telegram would refuse. What comes later shows
    /// that the chat is open again.
    pub(super) fn is_cut_off(&self, taken: Instant) -> bool {
        self.notes().unreachable.is_some_and(|since| taken < since)
    }

    /// Notes whether Telegram takes anything for this chat just now.
    pub(super) fn reached(&self, reached: bool) {
        self.notes().unreachable = (!reached).then(Instant::now);
    }

    /// Does something with the thread of a topic that is written in now.
    pub(super) fn in_thread<T>(
        &self,
        topic: Option<ThreadId>,
        act: impl FnOnce(&mut Thread) -> T,
    ) -> T {
        let threads = &mut self.notes().threads;
        if threads.len() >= MAX_TOPICS && !threads.contains_key(&topic) {
            threads.clear();
        }
        let now = Instant::now();
        let topic = threads.entry(topic).or_insert_with(|| Topic {
            thread: Thread::default(),
            used: now,
        });
        topic.used = now;
        act(&mut topic.thread)
    }

    pub(super) fn reply_to(&self, question: MessageId) -> Option<MessageId> {
        let notes = self.notes();
        let mut replies = notes.replies.iter();
        let reply = replies.find(|(asked, _)| *asked == question);
        reply.map(|(_, reply)| *reply)
    }

    pub(super) fn remember_reply(&self, question: MessageId, reply: MessageId) {
        let mut notes = self.notes();
        notes.replies.retain(|(asked, _)| *asked != question);
        push(&mut notes.replies, (question, reply));
    }

    pub(super) fn remember_said(&self, message: MessageId) {
        let said = &mut self.notes().said;
        if said.iter().any(|(said, _)| *said == message) {
            return;
        }
        if said.len() >= MAX_SAID {
            said.pop_front();
        }
        said.push_back((message, Instant::now()));
    }

    /// The messages that may still be deleted.
    pub(super) fn messages(&self) -> Vec<MessageId> {
        self.notes().messages()
    }

    /// The entries that the last answers were about.
    pub(super) fn shown(&self) -> Vec<String> {
        let notes = self.notes();
        let shown = notes.threads.values().filter_map(|it| it.thread.shown());
        shown.map(|id| id.as_str().to_owned()).collect()
    }

    /// Forgets the whole chat, and says which messages of it may still be deleted.
    pub(super) fn forget(&self) -> Vec<MessageId> {
        let mut notes = self.notes();
        let messages = notes.messages();
        // A press that Telegram repeats is no second wish.
        let presses = std::mem::take(&mut notes.presses);
        *notes = Notes {
            presses,
            ..Notes::default()
        };
        messages
    }

    pub(super) fn is_repeated(&self, query: &CallbackQueryId) -> bool {
        let presses = &mut self.notes().presses;
        let known = presses.contains(query);
        if !known {
            push(presses, query.clone());
        }
        known
    }

    /// An album comes as one message a picture, and the caption on one of them, mostly the first.
    pub(super) fn is_rest_of_album(&self, album: Option<&str>, content: &Content) -> bool {
        if album.is_none() {
            return false;
        }
        let before = std::mem::replace(&mut self.notes().album, album.map(str::to_owned));
        before.as_deref() == album && matches!(content, Content::Unreadable(_))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    fn messages(&self) -> Vec<MessageId> {
        let young = |(_, at): &&(MessageId, Instant)| at.elapsed() < DELETABLE;
        let messages = self.said.iter().filter(young);
        messages.map(|(message, _)| *message).collect()
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() >= MAX_REMEMBERED {
        queue.pop_front();
    }
    queue.push_back(item);
}
