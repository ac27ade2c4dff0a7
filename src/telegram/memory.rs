//! What one chat remembers.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use teloxide::types::{CallbackQueryId, MessageId, ThreadId};
use tokio::time::Instant;

use super::event::Content;
use crate::conversation::Thread;
use crate::knowledge::EntryId;

/// So many questions of a chat can still be edited with their replies, and so many presses
/// are known again.
const MAX_REMEMBERED: usize = 32;
/// So many messages of a private chat can be deleted by `/forget`.
const MAX_SAID: usize = 200;
/// Telegram lets a bot delete messages that are younger.
const DELETABLE: Duration = Duration::from_hours(48);
/// So many topics of a forum are remembered.
const MAX_TOPICS: usize = 64;

/// In memory only. Ids, and what its threads hold.
#[derive(Default)]
pub(super) struct Memory {
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
    pub(super) unreachable: Option<Instant>,
}

/// A thread, and when it was last written in.
struct Topic {
    thread: Thread,
    used: Instant,
}

impl Memory {
    /// See [`Thread::forget_context`]. In a forum one topic can be silent for long while others are not.
    pub(super) fn forget_old_contexts(&mut self) {
        let threads = self.threads.values_mut();
        let old = threads.filter(|it| it.used.elapsed() > Thread::CONTEXT_LASTS);
        old.for_each(|it| it.thread.forget_context());
    }

    /// Whether what came then waits for a reply that Telegram would refuse. What comes later shows
    /// that the chat is open again.
    pub(super) fn is_cut_off(&self, taken: Instant) -> bool {
        self.unreachable.is_some_and(|since| taken < since)
    }

    /// The thread of a topic that is written in now.
    pub(super) fn thread(&mut self, topic: Option<ThreadId>) -> &mut Thread {
        if self.threads.len() >= MAX_TOPICS && !self.threads.contains_key(&topic) {
            self.threads.clear();
        }
        let now = Instant::now();
        let topic = self.threads.entry(topic).or_insert_with(|| Topic {
            thread: Thread::default(),
            used: now,
        });
        topic.used = now;
        &mut topic.thread
    }

    pub(super) fn reply_to(&self, question: MessageId) -> Option<MessageId> {
        self.replies
            .iter()
            .find(|(asked, _)| *asked == question)
            .map(|(_, reply)| *reply)
    }

    pub(super) fn remember_reply(&mut self, question: MessageId, reply: MessageId) {
        self.replies.retain(|(asked, _)| *asked != question);
        push(&mut self.replies, (question, reply));
    }

    pub(super) fn remember_said(&mut self, message: MessageId) {
        if self.said.iter().any(|(said, _)| *said == message) {
            return;
        }
        if self.said.len() >= MAX_SAID {
            self.said.pop_front();
        }
        self.said.push_back((message, Instant::now()));
    }

    /// The messages that may still be deleted.
    pub(super) fn messages(&self) -> Vec<MessageId> {
        let young = |(_, at): &&(MessageId, Instant)| at.elapsed() < DELETABLE;
        let messages = self.said.iter().filter(young);
        messages.map(|(message, _)| *message).collect()
    }

    /// The entries that the last answers were about.
    pub(super) fn shown(&self) -> Vec<&str> {
        let shown = self.threads.values().filter_map(|it| it.thread.shown());
        shown.map(EntryId::as_str).collect()
    }

    /// Forgets the whole chat, and says which messages of it may still be deleted.
    pub(super) fn forget(&mut self) -> Vec<MessageId> {
        let messages = self.messages();
        // A press that Telegram repeats is no second wish.
        let presses = std::mem::take(&mut self.presses);
        *self = Self {
            presses,
            ..Self::default()
        };
        messages
    }

    pub(super) fn is_repeated(&mut self, query: &CallbackQueryId) -> bool {
        let known = self.presses.contains(query);
        if !known {
            push(&mut self.presses, query.clone());
        }
        known
    }

    /// An album comes as one message a picture, and the caption on one of them, mostly the first.
    pub(super) fn is_rest_of_album(&mut self, album: Option<String>, content: &Content) -> bool {
        if album.is_none() {
            return false;
        }
        let known = self.album == album;
        self.album = album;
        known && matches!(content, Content::Unreadable(_))
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() >= MAX_REMEMBERED {
        queue.pop_front();
    }
    queue.push_back(item);
}
