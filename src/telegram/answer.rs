//! One event to its reply: what was asked goes to the [`Assistant`](crate::conversation::Assistant),
//! what it says goes out. Holds what one chat remembers.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use teloxide::types::{CallbackQueryId, MessageId, ThreadId};

use super::incoming::{Content, Event, Kind, UpdateId};
use super::outgoing::{self, Address, Delivery, Post, Quote};
use crate::conversation::{Exchange, Incoming, Place, Reply, Thread};
use crate::live::Live;
use crate::store::Tally;

/// So many questions of a chat can still be edited with their replies, and so many presses
/// are known again.
const REMEMBERED: usize = 32;
/// So many topics of a forum are remembered.
const MAX_TOPICS: usize = 64;

/// Everything an answer needs that all chats share.
pub(super) struct Desk {
    pub(super) post: Post,
    pub(super) live: Arc<Live>,
}

/// What one chat remembers, in memory only. Ids, and what its threads hold.
#[derive(Default)]
pub(super) struct Memory {
    threads: HashMap<Option<ThreadId>, Thread>,
    /// A question and its reply.
    replies: VecDeque<(MessageId, MessageId)>,
    /// Presses that were answered: Telegram repeats one under a new update id when the app
    /// did not see the end of it.
    presses: VecDeque<CallbackQueryId>,
    /// The album that was answered last; its other pictures get no reply of their own.
    album: Option<String>,
}

/// How an event comes to the desk.
pub(super) struct Ticket {
    pub(super) update: UpdateId,
    pub(super) event: Event,
    /// The same chat has more in hand, so replies must show what they belong to.
    pub(super) crowded: bool,
    /// Set while Telegram itself makes the chat wait.
    pub(super) held: Arc<AtomicBool>,
}

impl Desk {
    /// Answers one event. When this returns, the reply was accepted or is given up for good.
    /// None for what wanted no reply of its own.
    pub(super) async fn answer(&self, ticket: Ticket, memory: &mut Memory) -> Option<Tally> {
        let Ticket {
            update,
            event:
                Event {
                    chat,
                    topic,
                    place,
                    kind,
                },
            crowded,
            held,
        } = ticket;
        let quote = if crowded || place == Place::Group {
            Quote::Always
        } else {
            Quote::WhenRepeated
        };
        let address = |question| Address {
            chat,
            topic,
            question,
            quote,
        };
        let (outcome, delivery) = match kind {
            Kind::Message {
                id,
                content,
                edited,
                album,
            } => {
                if memory.is_rest_of_album(album, &content) {
                    return None;
                }
                let Exchange { reply, outcome } =
                    self.ask(content.incoming(), place, topic, memory);
                let earlier = if edited { memory.reply_to(id) } else { None };
                let delivery = match earlier {
                    // An edit makes no sound, and a crisis text has to be noticed.
                    Some(earlier) if !matches!(reply, Reply::Urgent { .. }) => {
                        outgoing::edit(&self.post, &reply, earlier, address(Some(id)), &held).await
                    }
                    _ => outgoing::send(&self.post, &reply, address(Some(id)), &held).await,
                };
                if let Delivery::Sent(reply) = delivery {
                    memory.remember_reply(id, reply);
                }
                (outcome, delivery)
            }
            Kind::Press(press) => {
                if memory.is_repeated(&press.query) {
                    outgoing::acknowledge(&self.post, press.query, chat, &held).await;
                    return None;
                }
                let Exchange { reply, outcome } =
                    self.ask(Incoming::Press(&press.data), place, topic, memory);
                let reply = async {
                    match press.on {
                        Some(page) if turns_page(&press.data) => {
                            outgoing::edit(&self.post, &reply, page, address(None), &held).await
                        }
                        on => outgoing::send(&self.post, &reply, address(on), &held).await,
                    }
                };
                let acknowledged = outgoing::acknowledge(&self.post, press.query, chat, &held);
                let (delivery, ()) = tokio::join!(reply, acknowledged);
                (outcome, delivery)
            }
            Kind::Missed(message) => {
                let Exchange { reply, outcome } = self.ask(Incoming::Missed, place, topic, memory);
                let address = Address {
                    quote: Quote::Always,
                    ..address(message)
                };
                let delivery = outgoing::send(&self.post, &reply, address, &held).await;
                (outcome, delivery)
            }
            Kind::Homeless(query) => {
                outgoing::acknowledge(&self.post, query, chat, &held).await;
                return None;
            }
        };
        tracing::debug!(
            update = update.0,
            chat = chat.0,
            ?outcome,
            ?delivery,
            "answered"
        );
        let tally = Tally::of(&outcome);
        self.post.health.metrics.decision(tally.kind);
        Some(tally)
    }

    /// May take milliseconds where an encoder is asked, so other chats go on in another thread.
    fn ask(
        &self,
        incoming: Incoming<'_>,
        place: Place,
        topic: Option<ThreadId>,
        memory: &mut Memory,
    ) -> Exchange {
        let assistant = self.live.assistant();
        let thread = memory.thread(topic);
        tokio::task::block_in_place(|| assistant.answer(incoming, place, thread))
    }
}

/// Whether a press leafs through the topics: then the page changes in place instead of
/// filling the chat with pages.
fn turns_page(data: &str) -> bool {
    data.starts_with(":topics/") || data.starts_with(":in/")
}

impl Memory {
    /// See [`Thread::forget_context`].
    pub(super) fn forget_context(&mut self) {
        self.threads.values_mut().for_each(Thread::forget_context);
    }

    fn thread(&mut self, topic: Option<ThreadId>) -> &mut Thread {
        if self.threads.len() >= MAX_TOPICS && !self.threads.contains_key(&topic) {
            self.threads.clear();
        }
        self.threads.entry(topic).or_default()
    }

    fn reply_to(&self, question: MessageId) -> Option<MessageId> {
        self.replies
            .iter()
            .find(|(asked, _)| *asked == question)
            .map(|(_, reply)| *reply)
    }

    fn remember_reply(&mut self, question: MessageId, reply: MessageId) {
        self.replies.retain(|(asked, _)| *asked != question);
        push(&mut self.replies, (question, reply));
    }

    fn is_repeated(&mut self, query: &CallbackQueryId) -> bool {
        let known = self.presses.contains(query);
        if !known {
            push(&mut self.presses, query.clone());
        }
        known
    }

    /// An album comes as one message a picture, and the caption on one of them, mostly the first.
    fn is_rest_of_album(&mut self, album: Option<String>, content: &Content) -> bool {
        if album.is_none() {
            return false;
        }
        let known = self.album == album;
        self.album = album;
        known && matches!(content, Content::Unreadable(_))
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() >= REMEMBERED {
        queue.pop_front();
    }
    queue.push_back(item);
}
