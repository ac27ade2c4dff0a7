//! One event to its reply: what was asked goes to the [`Assistant`](crate::conversation::Assistant),
//! what it says goes out.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use teloxide::types::{ChatId, MessageId, ThreadId};
use tokio::time::Instant;

use super::event::{Content, Event, Kind, Press};
use super::memory::Memory;
use super::outgoing::{Address, Delivery, Post, Quote};
use super::removal::Removals;
use super::update::UpdateId;
use super::wishes::{Granted, QuietChats};
use super::{file, outgoing};
use crate::conversation::{Exchange, Incoming, Outcome, Place, Quiet, Reply, Thread, turns_page};
use crate::live::Live;
use crate::pseudonym::Key;
use crate::store::{Ledger, Store, Tally};

/// Everything an answer needs that all chats share.
pub(super) struct Desk {
    pub(super) post: Post,
    /// Where each answered update is noted, at once: a kill before that costs a second copy.
    pub(super) ledger: Ledger,
    pub(super) live: Arc<Live>,
    pub(super) store: Store,
    pub(super) key: Key,
    pub(super) quiet: QuietChats,
    pub(super) removals: Removals,
}

/// How an event comes to the desk.
pub(super) struct Ticket {
    pub(super) update: UpdateId,
    pub(super) event: Event,
    /// When it came in.
    pub(super) taken: Instant,
    /// The same chat has more in hand, so replies must show what they belong to.
    pub(super) crowded: bool,
    /// Set while Telegram itself makes the chat wait.
    pub(super) held: Arc<AtomicBool>,
}

/// Where an event came from and its reply goes.
#[derive(Clone, Copy)]
struct Scene<'a> {
    place: Place,
    topic: Option<ThreadId>,
    address: Address,
    held: &'a AtomicBool,
}

impl Desk {
    /// Answers one event. When this returns, the reply was accepted or is given up for good.
    /// None for what wanted no reply of its own.
    pub(super) async fn answer(&self, ticket: Ticket, memory: &Memory) -> Option<Tally> {
        if memory.is_cut_off(ticket.taken) && !self.is_urgent(&ticket.event) {
            tracing::debug!(
                update = ticket.update.0,
                "no reply, the chat is unreachable"
            );
            return None;
        }
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
            ..
        } = ticket;
        let quote = if crowded || place == Place::Group {
            Quote::Always
        } else {
            Quote::WhenRepeated
        };
        let scene = Scene {
            place,
            topic,
            address: Address {
                chat,
                topic,
                question: None,
                quote,
                silent: false,
                code: Some(self.key.of_chat(chat.0)),
            },
            held: &held,
        };
        let (outcome, delivery) = match kind {
            Kind::Message {
                id,
                content,
                edited,
                album,
            } => {
                if memory.is_rest_of_album(album.as_deref(), &content) {
                    return None;
                }
                self.message(id, &content, edited, scene, memory).await
            }
            Kind::Press(press) => {
                if memory.is_repeated(&press.query) {
                    outgoing::acknowledge(&self.post, press.query);
                    return None;
                }
                self.press(press, scene, memory).await
            }
            Kind::TooMany(message) => {
                let reply = self.live.assistant().one_at_a_time(place);
                let outcome = Outcome::Other;
                self.quoting(message, Exchange { reply, outcome }, scene, memory)
                    .await
            }
            Kind::Missed(message) => {
                let exchange = self.ask(Incoming::Missed, place, topic, memory);
                self.quoting(message, exchange, scene, memory).await
            }
            Kind::Homeless(query) => {
                outgoing::acknowledge(&self.post, query);
                return None;
            }
        };
        memory.reached(delivery != Delivery::Unreachable);
        // Neither the chat nor what came of it: together they would say who is in danger.
        tracing::debug!(update = update.0, ?delivery, "answered");
        let tally = Tally::of(&outcome);
        // Danger is counted by the day alone. Here it passes for a command: a kind of its own, or a
        // reply missing beside its update, would tell the moment.
        let shown = match &outcome {
            Outcome::Urgent => Tally::of(&Outcome::Other),
            _ => tally.clone(),
        };
        self.post.health.metrics.decision(shown.kind);
        Some(tally)
    }

    async fn message(
        &self,
        id: MessageId,
        content: &Content,
        edited: bool,
        mut scene: Scene<'_>,
        memory: &Memory,
    ) -> (Outcome, Delivery) {
        let Scene { place, topic, .. } = scene;
        if place == Place::Private {
            memory.remember_said(id);
        }
        if edited || self.removes_answers(scene.address.chat) {
            memory.in_thread(topic, Thread::withdraw_answer);
        }
        let Exchange { reply, outcome } = self.ask(content.incoming(), place, topic, memory);
        let granted = match &outcome {
            Outcome::Wish(wish) => self.grant(*wish, scene.address.chat, memory).await,
            _ => Granted::Reply(reply),
        };
        scene.address.question = Some(id);
        let quiet = self.quieten(&mut scene.address);
        let Scene { address, held, .. } = scene;
        let earlier = if edited { memory.reply_to(id) } else { None };
        // A crisis text stays, whatever its message is edited to.
        let may_change = matches!(granted, Granted::Reply(Reply::Message(_)));
        let delivery = match (granted, earlier) {
            (Granted::File(file), _) => file::send(&self.post, &file, address, held).await,
            // An edit makes no sound, and a crisis text has to be noticed.
            (Granted::Reply(reply @ Reply::Message(_)), Some(earlier)) => {
                outgoing::edit(&self.post, &reply, earlier, address, held).await
            }
            (Granted::Reply(reply), _) => self.send(&reply, address, held).await,
        };
        if let Delivery::Sent(reply) = delivery
            && may_change
        {
            memory.remember_reply(id, reply);
        }
        self.after(delivery, Some(id), quiet, scene, memory);
        (outcome, delivery)
    }

    async fn press(
        &self,
        press: Press,
        mut scene: Scene<'_>,
        memory: &Memory,
    ) -> (Outcome, Delivery) {
        let incoming = Incoming::Press(&press.data);
        let Exchange { reply, outcome } = self.ask(incoming, scene.place, scene.topic, memory);
        let quiet = self.quieten(&mut scene.address);
        let Scene { address, held, .. } = scene;
        outgoing::acknowledge(&self.post, press.query);
        let delivery = match press.on {
            Some(page) if turns_page(&press.data) => {
                outgoing::edit(&self.post, &reply, page, address, held).await
            }
            question => {
                let address = Address {
                    question,
                    ..address
                };
                self.send(&reply, address, held).await
            }
        };
        self.after(delivery, None, quiet, scene, memory);
        (outcome, delivery)
    }

    /// Sends a reply that always shows its question.
    async fn quoting(
        &self,
        question: Option<MessageId>,
        Exchange { reply, outcome }: Exchange,
        mut scene: Scene<'_>,
        memory: &Memory,
    ) -> (Outcome, Delivery) {
        scene.address.question = question;
        scene.address.quote = Quote::Always;
        let quiet = self.quieten(&mut scene.address);
        let delivery = self.send(&reply, scene.address, scene.held).await;
        self.after(delivery, question, quiet, scene, memory);
        (outcome, delivery)
    }

    /// Whether the event gets the crisis text.
    pub(super) fn is_urgent(&self, event: &Event) -> bool {
        let Kind::Message { content, .. } = &event.kind else {
            return false;
        };
        self.live.assistant().is_urgent(content.incoming())
    }

    async fn send(&self, reply: &Reply, address: Address, held: &AtomicBool) -> Delivery {
        let code = match reply {
            // Not even a hash of who is in danger.
            Reply::Urgent { .. } => None,
            Reply::Message(_) => address.code,
        };
        outgoing::send(&self.post, reply, Address { code, ..address }, held).await
    }

    /// Whether both sides of the chat are deleted after a while.
    fn removes_answers(&self, chat: ChatId) -> bool {
        matches!(
            self.quiet_of(chat),
            Quiet::On {
                remove_after: Some(_)
            }
        )
    }

    fn quiet_of(&self, chat: ChatId) -> Quiet {
        self.quiet.of(self.key.of_chat(chat.0))
    }

    /// Looks up whether the chat is quiet.
    fn quieten(&self, address: &mut Address) -> Quiet {
        let quiet = self.quiet_of(address.chat);
        address.silent = quiet != Quiet::Off;
        quiet
    }

    /// Notes what was said in a private chat, and plans its end if the person asked for it.
    fn after(
        &self,
        delivery: Delivery,
        question: Option<MessageId>,
        quiet: Quiet,
        scene: Scene<'_>,
        memory: &Memory,
    ) {
        let reply = match delivery {
            Delivery::Sent(reply) if scene.place == Place::Private => Some(reply),
            _ => None,
        };
        if let Some(reply) = reply {
            memory.remember_said(reply);
        }
        if let Quiet::On {
            remove_after: Some(after),
        } = quiet
        {
            let both = question.into_iter().chain(reply);
            self.removals.later(scene.address.chat, both, after);
        }
    }

    fn ask(
        &self,
        incoming: Incoming<'_>,
        place: Place,
        topic: Option<ThreadId>,
        memory: &Memory,
    ) -> Exchange {
        let assistant = self.live.assistant();
        memory.in_thread(topic, |thread| assistant.answer(incoming, place, thread))
    }
}
