//! What wants a reply: a message or a press, with where it came from.

use teloxide::types::{CallbackQueryId, ChatId, MessageId, ThreadId};

use super::update::UpdateId;
use crate::conversation::{Command, Incoming, Place, Unreadable};
use crate::store::Owed;

/// Something that wants a reply. Holds a person's words, so it has no `Debug`.
pub(super) struct Event {
    pub(super) chat: ChatId,
    /// The forum topic, if the chat has topics.
    pub(super) topic: Option<ThreadId>,
    pub(super) place: Place,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Message {
        id: MessageId,
        content: Content,
        edited: bool,
        album: Option<String>,
    },
    Press(Press),
    /// A press outside any chat: only the query itself can be answered.
    Homeless(CallbackQueryId),
    /// In place of a message, and a sign for others: the chat writes too fast.
    TooMany(Option<MessageId>),
    /// A message of which only the place is known any more.
    Missed(Option<MessageId>),
}

pub(super) enum Content {
    Text(String),
    Command { name: String, text: String },
    Unreadable(Unreadable),
}

/// A pressed button.
pub(super) struct Press {
    pub(super) query: CallbackQueryId,
    /// Empty for a game, which this bot has none of.
    pub(super) data: String,
    /// The message that the button is on; none when the bot cannot reach it any more.
    pub(super) on: Option<MessageId>,
}

impl Event {
    /// What has to be kept of it, so that its chat hears of it even if we end now.
    pub(super) fn owed(&self, update: UpdateId) -> Owed {
        let message = match &self.kind {
            Kind::Message { id, .. } => Some(*id),
            Kind::Press(press) => press.on,
            Kind::Homeless(_) => None,
            Kind::TooMany(message) | Kind::Missed(message) => *message,
        };
        Owed {
            update: update.into(),
            chat: self.chat.0,
            topic: self.topic.map(|topic| i64::from(topic.0.0)),
            message: message.map(|message| i64::from(message.0)),
        }
    }

    /// The other way round: a reply is owed, and the words are lost.
    pub(super) fn missed(owed: &Owed) -> Self {
        let message = |id: i64| MessageId(i32::try_from(id).unwrap_or_default());
        let chat = ChatId(owed.chat);
        Self {
            chat,
            topic: owed.topic.map(|topic| ThreadId(message(topic))),
            place: if chat.0 > 0 {
                Place::Private
            } else {
                Place::Group
            },
            kind: Kind::Missed(owed.message.map(message)),
        }
    }

    /// Whether its words are lost. Nobody can tell what they were, so it is never passed over.
    pub(super) fn is_missed(&self) -> bool {
        matches!(self.kind, Kind::Missed(_))
    }

    /// Whether it asks that all be forgotten: nobody should have to wonder whether that was heard.
    pub(super) fn wants_forgetting(&self) -> bool {
        let Kind::Message {
            content: Content::Command { name, .. },
            ..
        } = &self.kind
        else {
            return false;
        };
        Command::parse(name) == Some(Command::Forget)
    }

    /// The press behind it, whose button shows a waiting sign.
    pub(super) fn query(&self) -> Option<&CallbackQueryId> {
        match &self.kind {
            Kind::Press(press) => Some(&press.query),
            Kind::Homeless(query) => Some(query),
            Kind::Message { .. } | Kind::TooMany(_) | Kind::Missed(_) => None,
        }
    }

    /// The same event, answered only with the plea to write one message at a time.
    pub(super) fn too_many(self) -> Self {
        let message = match self.kind {
            Kind::Message { id, .. } => Some(id),
            Kind::TooMany(message) | Kind::Missed(message) => message,
            Kind::Press(_) | Kind::Homeless(_) => None,
        };
        let kind = Kind::TooMany(message);
        Self { kind, ..self }
    }
}

impl Content {
    /// The same for the conversation.
    pub(super) fn incoming(&self) -> Incoming<'_> {
        match self {
            Self::Text(text) => Incoming::Text(text),
            Self::Command { name, text } => Incoming::Command { name, text },
            Self::Unreadable(kind) => Incoming::Unreadable(*kind),
        }
    }
}
