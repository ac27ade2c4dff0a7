//! The Bot API's shapes, as far as this bot reads them.
//!
//! Types of our own: teloxide's `Message` makes an empty message out of a text that holds one entity it does not know
//! (Bot API 10's `date_time`), and the person would get no answer. Names are not even read.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use teloxide::types::{CallbackQueryId, ChatId, ThreadId, UserId};

/// The id of an update. Rises, but may start anew anywhere after a week without updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub(super) struct UpdateId(pub(super) i32);

/// The id alone: read first, for an update that cannot be read must still be confirmed.
#[derive(Deserialize)]
pub(super) struct Numbered {
    pub(super) update_id: UpdateId,
}

#[derive(Deserialize)]
pub(super) struct Update {
    pub(super) message: Option<Message>,
    pub(super) edited_message: Option<Message>,
    pub(super) callback_query: Option<CallbackQuery>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are the Bot API's")]
pub(super) struct Message {
    pub(super) message_id: i32,
    pub(super) message_thread_id: Option<ThreadId>,
    #[serde(default)]
    pub(super) is_topic_message: bool,
    pub(super) from: Option<User>,
    pub(super) sender_chat: Option<IgnoredAny>,
    #[serde(default)]
    pub(super) is_automatic_forward: bool,
    pub(super) chat: Chat,
    pub(super) reply_to_message: Option<RepliedTo>,
    pub(super) media_group_id: Option<String>,
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) entities: Vec<Entity>,
    pub(super) caption: Option<String>,
    #[serde(default)]
    pub(super) caption_entities: Vec<Entity>,
    // What a message can hold besides or instead of a text.
    pub(super) photo: Option<IgnoredAny>,
    pub(super) live_photo: Option<IgnoredAny>,
    pub(super) voice: Option<IgnoredAny>,
    pub(super) video: Option<IgnoredAny>,
    pub(super) video_note: Option<IgnoredAny>,
    pub(super) sticker: Option<IgnoredAny>,
    pub(super) animation: Option<IgnoredAny>,
    pub(super) location: Option<IgnoredAny>,
    pub(super) venue: Option<IgnoredAny>,
    pub(super) poll: Option<IgnoredAny>,
    pub(super) contact: Option<IgnoredAny>,
    pub(super) document: Option<IgnoredAny>,
    pub(super) audio: Option<IgnoredAny>,
    pub(super) checklist: Option<IgnoredAny>,
    pub(super) dice: Option<IgnoredAny>,
    pub(super) game: Option<IgnoredAny>,
    pub(super) paid_media: Option<IgnoredAny>,
    pub(super) rich_message: Option<IgnoredAny>,
    pub(super) story: Option<IgnoredAny>,
}

/// The little of an update that a reply needs, for when some other field has an odd form.
#[derive(Deserialize)]
pub(super) struct BareUpdate {
    pub(super) message: Option<BareMessage>,
    pub(super) edited_message: Option<BareMessage>,
}

#[derive(Deserialize)]
pub(super) struct BareMessage {
    message_id: i32,
    chat: BareChat,
    text: Option<String>,
    caption: Option<String>,
}

#[derive(Deserialize)]
struct BareChat {
    id: ChatId,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: UserId,
    #[serde(default)]
    pub(super) is_bot: bool,
}

#[derive(Deserialize)]
pub(super) struct Chat {
    pub(super) id: ChatId,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Deserialize)]
pub(super) struct RepliedTo {
    pub(super) message_id: i32,
    pub(super) from: Option<User>,
}

/// A marked part of a text, in UTF-16 units.
#[derive(Deserialize)]
pub(super) struct Entity {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) offset: usize,
    pub(super) length: usize,
    pub(super) user: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct CallbackQuery {
    pub(super) id: CallbackQueryId,
    pub(super) from: User,
    pub(super) message: Option<PressedOn>,
    #[serde(default)]
    pub(super) data: String,
}

#[derive(Deserialize)]
pub(super) struct PressedOn {
    pub(super) message_id: i32,
    pub(super) message_thread_id: Option<ThreadId>,
    #[serde(default)]
    pub(super) is_topic_message: bool,
    /// Zero when the message is out of the bot's reach.
    #[serde(default)]
    pub(super) date: i64,
    pub(super) chat: Chat,
}

impl BareMessage {
    /// The message with nothing but its words; none where it has none that can be read. Whatever
    /// kind of chat it said, the sign of the id tells people from groups.
    pub(super) fn in_full(self) -> Option<Message> {
        let text = self.text.or(self.caption)?;
        let chat = json!({"id": self.chat.id, "type": ""});
        let message = json!({"message_id": self.message_id, "chat": chat, "text": text});
        serde_json::from_value(message).ok()
    }
}

impl From<UpdateId> for i64 {
    fn from(update: UpdateId) -> Self {
        update.0.into()
    }
}
