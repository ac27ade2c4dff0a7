//! An update as Telegram sends it, turned into an [`Event`] or set aside with a reason.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use teloxide::types::{ChatId, MessageId, UserId};

use super::event::{Content, Event, Kind, Press};
use super::update::{BareUpdate, CallbackQuery, Chat, Entity, Message, Numbered, Update, UpdateId};
use crate::conversation::{self, Place, Unreadable};
use crate::health::Metrics;

/// What the bot is called, as `getMe` says it.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) id: UserId,
    /// Without `@`.
    pub(super) username: String,
}

/// What became of reading one update.
pub(super) enum Reading {
    Event(Event),
    /// Nobody waits for an answer to this.
    Silent(&'static str),
    /// Not understood: an unknown kind, or a known one with fields of another form. Names of
    /// the kinds, never contents.
    Strange(Vec<String>),
}

impl Reading {
    /// The event, if somebody waits for an answer. Counts what the update was, and logs why there
    /// is nothing to answer.
    pub(super) fn into_event(self, id: UpdateId, metrics: &Metrics) -> Option<Event> {
        metrics.update(self.name());
        match self {
            Self::Event(event) => Some(event),
            Self::Silent(why) => {
                tracing::debug!(update = id.0, why, "no reply");
                None
            }
            Self::Strange(kinds) => {
                let kinds = kinds.join(" ");
                tracing::warn!(update = id.0, kinds, "update not understood and skipped");
                None
            }
        }
    }

    /// A word for counting.
    fn name(&self) -> &'static str {
        match self {
            Self::Event(event) => match event.kind {
                Kind::Message { edited: false, .. } | Kind::Missed(_) | Kind::TooMany(_) => {
                    "message"
                }
                Kind::Message { edited: true, .. } => "edited_message",
                Kind::Press(_) | Kind::Homeless(_) => "callback_query",
            },
            Self::Silent(_) => "silent",
            Self::Strange(_) => "strange",
        }
    }
}

/// The id of a raw update.
pub(super) fn id(update: &RawValue) -> Option<UpdateId> {
    serde_json::from_str::<Numbered>(update.get())
        .ok()
        .map(|numbered| numbered.update_id)
}

/// Reads a raw update.
pub(super) fn read(update: &RawValue, me: &Identity) -> Reading {
    let Ok(Update {
        message,
        edited_message,
        callback_query,
    }) = serde_json::from_str(update.get())
    else {
        return read_words(update, me);
    };
    match (message, edited_message, callback_query) {
        (Some(message), _, _) => from_message(message, false, me),
        (_, Some(message), _) => from_message(message, true, me),
        (_, _, Some(query)) => from_press(query),
        _ => Reading::Strange(kinds(update)),
    }
}

/// Reads only the words of an update that cannot be read in full: one odd field must not silence
/// a person.
fn read_words(update: &RawValue, me: &Identity) -> Reading {
    let bare = serde_json::from_str(update.get()).ok();
    let message = bare.and_then(|bare| match bare {
        BareUpdate {
            message: Some(message),
            ..
        } => Some((message.in_full()?, false)),
        BareUpdate { edited_message, .. } => Some((edited_message?.in_full()?, true)),
    });
    let Some((message, edited)) = message else {
        return Reading::Strange(kinds(update));
    };
    let kinds = kinds(update).join(" ");
    tracing::warn!(kinds, "update understood in part; only its words are read");
    from_message(message, edited, me)
}

/// The names of an update's fields but its id. They are words of the Bot API, so a name that
/// does not look like one is not repeated.
fn kinds(update: &RawValue) -> Vec<String> {
    let Ok(fields) = serde_json::from_str::<serde_json::Map<_, _>>(update.get()) else {
        return Vec::new();
    };
    let plain = |name: &String| {
        name.len() <= 40
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    fields
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name != "update_id")
        .filter(plain)
        .collect()
}

fn from_message(message: Message, edited: bool, me: &Identity) -> Reading {
    let Some(place) = place(&message.chat) else {
        return Reading::Silent("not a private chat or group");
    };
    if message.is_automatic_forward {
        return Reading::Silent("a channel's post in its discussion group");
    }
    // An anonymous administrator writes through a bot of Telegram's, on behalf of the group.
    if message.from.as_ref().is_some_and(|from| from.is_bot) && message.sender_chat.is_none() {
        return Reading::Silent("from a bot");
    }
    let to_bot = place == Place::Private || replies_to(&message, me);
    let topic = message
        .message_thread_id
        .filter(|_| message.is_topic_message);
    let unreadable = message.unreadable();
    let (text, entities) = match (message.text, message.caption) {
        (Some(text), _) => (text, message.entities),
        (None, Some(caption)) => (caption, message.caption_entities),
        (None, None) => {
            let Some(kind) = unreadable else {
                return Reading::Silent("a service message");
            };
            // A location that moves is a stream of edits, and a group's pictures are not for us.
            if edited || place == Place::Group {
                return Reading::Silent("without words");
            }
            let content = Content::Unreadable(kind);
            let kind = Kind::Message {
                id: MessageId(message.message_id),
                content,
                edited,
                album: message.media_group_id,
            };
            return Reading::Event(Event {
                chat: message.chat.id,
                topic,
                place,
                kind,
            });
        }
    };
    let (text, mentioned) = cut_mentions(text, &entities, me);
    let content = match command(&text) {
        Some(command) if place == Place::Private || command.is_for(me, to_bot || mentioned) => {
            Content::Command {
                name: command.name.to_owned(),
                text: command.text.to_owned(),
            }
        }
        Some(_) => return Reading::Silent("a command for another bot"),
        None if to_bot || mentioned => Content::Text(text),
        None => return Reading::Silent("not addressed to the bot"),
    };
    let kind = Kind::Message {
        id: MessageId(message.message_id),
        content,
        edited,
        album: message.media_group_id,
    };
    Reading::Event(Event {
        chat: message.chat.id,
        topic,
        place,
        kind,
    })
}

fn from_press(query: CallbackQuery) -> Reading {
    let chat = query
        .message
        .as_ref()
        .and_then(|message| Some((message, place(&message.chat)?)));
    // Without a message it was sent through inline mode, which this bot does not do.
    let Some((message, place)) = chat else {
        let chat = ChatId::from(query.from.id);
        return Reading::Event(Event {
            chat,
            topic: None,
            place: Place::Private,
            kind: Kind::Homeless(query.id),
        });
    };
    let topic = message
        .message_thread_id
        .filter(|_| message.is_topic_message);
    let on = (message.date != 0).then_some(MessageId(message.message_id));
    let kind = Kind::Press(Press {
        query: query.id,
        data: query.data,
        on,
    });
    Reading::Event(Event {
        chat: message.chat.id,
        topic,
        place,
        kind,
    })
}

fn place(chat: &Chat) -> Option<Place> {
    match chat.kind.as_str() {
        "private" => Some(Place::Private),
        "group" | "supergroup" => Some(Place::Group),
        "channel" => None,
        // Of a kind that is new, or that could not be read. teloxide's `is_user` panics at odd ids.
        _ if chat.id.0 > 0 => Some(Place::Private),
        _ => None,
    }
}

/// Whether a message answers one of the bot's. In a forum every message "replies" to the one
/// that opened its topic, which the bot may have done.
fn replies_to(message: &Message, me: &Identity) -> bool {
    message.reply_to_message.as_ref().is_some_and(|replied| {
        let opens_topic = message.is_topic_message
            && message
                .message_thread_id
                .is_some_and(|topic| topic.0.0 == replied.message_id);
        !opens_topic && replied.from.as_ref().is_some_and(|from| from.id == me.id)
    })
}

impl Message {
    /// The kind of a message without words; none for a service message.
    fn unreadable(&self) -> Option<Unreadable> {
        let any = |fields: &[&Option<IgnoredAny>]| fields.iter().any(|field| field.is_some());
        // Before the others: Telegram repeats an animation as a document, a venue as a location.
        if any(&[&self.sticker, &self.animation]) {
            Some(Unreadable::Sticker)
        } else if any(&[&self.venue, &self.location]) {
            Some(Unreadable::Location)
        } else if any(&[&self.photo, &self.live_photo]) {
            Some(Unreadable::Photo)
        } else if any(&[&self.voice]) {
            Some(Unreadable::Voice)
        } else if any(&[&self.video, &self.video_note]) {
            Some(Unreadable::Video)
        } else if any(&[&self.poll]) {
            Some(Unreadable::Poll)
        } else if any(&[&self.contact]) {
            Some(Unreadable::Contact)
        } else if any(&[&self.document, &self.audio]) {
            Some(Unreadable::File)
        } else if any(&[
            &self.checklist,
            &self.dice,
            &self.game,
            &self.paid_media,
            &self.rich_message,
            &self.story,
        ]) {
            Some(Unreadable::Other)
        } else {
            None
        }
    }
}

/// A text that begins with a command.
struct Command<'a> {
    name: &'a str,
    /// The bot it names, without `@`.
    bot: Option<&'a str>,
    text: &'a str,
}

impl Command<'_> {
    /// In a group: named for this bot, or one of the commands in its menu.
    fn is_for(&self, me: &Identity, addressed: bool) -> bool {
        match self.bot {
            Some(bot) => bot.eq_ignore_ascii_case(&me.username),
            None => {
                addressed
                    || conversation::Command::menu()
                        .any(|it| it.name().eq_ignore_ascii_case(self.name))
            }
        }
    }
}

/// Reads `/name@bot text`. Telegram's entities are not asked: they call the same things commands.
fn command(text: &str) -> Option<Command<'_>> {
    let rest = text.trim_start().strip_prefix('/')?;
    let (head, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (name, bot) = match head.split_once('@') {
        Some((name, bot)) => (name, Some(bot)),
        None => (head, None),
    };
    let word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    (name.len() <= 32 && word(name) && bot.is_none_or(word)).then_some(Command {
        name,
        bot,
        text: text.trim(),
    })
}

/// Cuts what mentions the bot out of a text; true if there was any.
fn cut_mentions(text: String, entities: &[Entity], me: &Identity) -> (String, bool) {
    let units: Vec<u16> = if entities.is_empty() {
        return (text, false);
    } else {
        text.encode_utf16().collect()
    };
    let mut mentions: Vec<_> = entities
        .iter()
        .filter_map(|entity| {
            let range = entity.offset..entity.offset.checked_add(entity.length)?;
            let marked = units.get(range.clone())?;
            let names = match entity.kind.as_str() {
                "mention" => String::from_utf16_lossy(marked)
                    .strip_prefix('@')
                    .is_some_and(|name| name.eq_ignore_ascii_case(&me.username)),
                "text_mention" => entity.user.as_ref().is_some_and(|user| user.id == me.id),
                _ => false,
            };
            names.then_some(range)
        })
        .collect();
    if mentions.is_empty() {
        return (text, false);
    }
    mentions.sort_by_key(|range| range.start);
    let mut kept = Vec::with_capacity(units.len());
    let mut from = 0;
    for range in mentions {
        kept.extend_from_slice(units.get(from..range.start).unwrap_or_default());
        from = from.max(range.end);
    }
    kept.extend_from_slice(&units[from..]);
    (String::from_utf16_lossy(&kept).trim().to_owned(), true)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read_json(update: &Value) -> Reading {
        let me = Identity {
            id: UserId(7),
            username: "Askwell_bot".to_owned(),
        };
        let raw = RawValue::from_string(update.to_string()).unwrap();
        assert_eq!(id(&raw), Some(UpdateId(1)));
        read(&raw, &me)
    }

    /// Reads an update with this message and compares the outcome, written as words.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a literal at each call")]
    fn check(chat: &str, message: Value, expected: &str) {
        let mut full = json!({
            "message_id": 10, "date": 1, "chat": {"id": 5, "type": chat},
            "from": {"id": 9, "is_bot": false, "first_name": "Ann"},
        });
        full.as_object_mut()
            .unwrap()
            .extend(message.as_object().unwrap().clone());
        assert_eq!(
            describe(read_json(&json!({"update_id": 1, "message": full}))),
            expected
        );
    }

    fn describe(reading: Reading) -> String {
        match reading {
            Reading::Event(event) => {
                let topic = event
                    .topic
                    .map(|topic| format!(" in topic {topic}"))
                    .unwrap_or_default();
                let what = match event.kind {
                    Kind::Message {
                        content: Content::Text(text),
                        ..
                    } => format!("text <{text}>"),
                    Kind::Message {
                        content: Content::Command { name, text },
                        ..
                    } => format!("command {name} <{text}>"),
                    Kind::Message {
                        content: Content::Unreadable(kind),
                        ..
                    } => format!("{kind:?}"),
                    Kind::Press(press) => {
                        format!("press {} on {:?}", press.data, press.on.map(|id| id.0))
                    }
                    Kind::Missed(_) => unreachable!("only the loop makes one"),
                    Kind::Homeless(_) => "homeless".to_owned(),
                    Kind::TooMany(_) => "too many".to_owned(),
                };
                what + &topic
            }
            Reading::Silent(why) => why.to_owned(),
            Reading::Strange(kinds) => format!("strange {}", kinds.join(" ")),
        }
    }

    #[test]
    fn a_private_text_is_for_the_bot() {
        check(
            "private",
            json!({"text": "will it work"}),
            "text <will it work>",
        );
    }

    #[test]
    fn an_entity_from_the_future_does_not_hide_the_text() {
        let entity = json!({"type": "hologram", "offset": 0, "length": 4, "shape": {"sides": 5}});
        check(
            "private",
            json!({"text": "will it work", "entities": [entity]}),
            "text <will it work>",
        );
    }

    #[test]
    fn a_caption_is_the_question() {
        check(
            "private",
            json!({"photo": [], "caption": "what is this"}),
            "text <what is this>",
        );
    }

    #[test]
    fn a_message_without_words_keeps_its_kind() {
        check("private", json!({"photo": [{}]}), "Photo");
        check(
            "private",
            json!({"animation": {}, "document": {}}),
            "Sticker",
        );
        check("private", json!({"venue": {}, "location": {}}), "Location");
        check("private", json!({"rich_message": {}}), "Other");
        check(
            "private",
            json!({"new_chat_title": "x"}),
            "a service message",
        );
        check("supergroup", json!({"photo": [{}]}), "without words");
    }

    #[test]
    fn a_command_is_read_with_its_text() {
        check(
            "private",
            json!({"text": "/start faq-blame"}),
            "command start <faq-blame>",
        );
        check("private", json!({"text": "/help"}), "command help <>");
        check(
            "private",
            json!({"text": "/usr/bin or not"}),
            "text </usr/bin or not>",
        );
        check("private", json!({"text": "/ or not"}), "text </ or not>");
    }

    #[test]
    fn a_group_is_answered_only_when_it_asks_the_bot() {
        check(
            "supergroup",
            json!({"text": "will it work"}),
            "not addressed to the bot",
        );
        check(
            "supergroup",
            json!({"text": "/help@askwell_bot"}),
            "command help <>",
        );
        check("supergroup", json!({"text": "/help"}), "command help <>");
        check(
            "supergroup",
            json!({"text": "/help@other_bot"}),
            "a command for another bot",
        );
        check(
            "supergroup",
            json!({"text": "/weather"}),
            "a command for another bot",
        );
        let reply = json!({"message_id": 3, "from": {"id": 7, "is_bot": true}});
        check(
            "group",
            json!({"text": "why", "reply_to_message": reply}),
            "text <why>",
        );
        let reply = json!({"message_id": 3, "from": {"id": 8, "is_bot": false}});
        check(
            "group",
            json!({"text": "why", "reply_to_message": reply}),
            "not addressed to the bot",
        );
    }

    #[test]
    fn the_mention_is_cut_out_by_utf16_units() {
        let mention = json!({"type": "mention", "offset": 3, "length": 12});
        check(
            "group",
            json!({"text": "😀 @askwell_bot will it work", "entities": [mention]}),
            "text <😀  will it work>",
        );
        let mention = json!({"type": "text_mention", "offset": 0, "length": 3, "user": {"id": 7, "is_bot": true}});
        check(
            "group",
            json!({"text": "Bot why", "entities": [mention]}),
            "text <why>",
        );
        let mention = json!({"type": "mention", "offset": 0, "length": 10});
        check(
            "group",
            json!({"text": "@other_bot why", "entities": [mention]}),
            "not addressed to the bot",
        );
        let beyond = json!({"type": "mention", "offset": 3, "length": 4_000_000_000_u64});
        check(
            "group",
            json!({"text": "why", "entities": [beyond]}),
            "not addressed to the bot",
        );
    }

    #[test]
    fn a_topic_is_answered_in_the_topic() {
        let mention = json!({"type": "mention", "offset": 0, "length": 12});
        let opened = json!({"message_id": 44, "from": {"id": 7, "is_bot": true}});
        let topic = json!({"message_thread_id": 44, "is_topic_message": true, "reply_to_message": opened, "text": "hello"});
        check("supergroup", topic.clone(), "not addressed to the bot");
        let mut mentioned = topic;
        mentioned["text"] = json!("@askwell_bot why");
        mentioned["entities"] = json!([mention]);
        check("supergroup", mentioned, "text <why> in topic 44");
        // Outside forums the same field names a thread of replies, which takes no messages.
        check(
            "supergroup",
            json!({"message_thread_id": 44, "text": "/help"}),
            "command help <>",
        );
    }

    #[test]
    fn bots_and_channels_get_no_answer() {
        check(
            "private",
            json!({"text": "hi", "from": {"id": 3, "is_bot": true}}),
            "from a bot",
        );
        check(
            "channel",
            json!({"text": "hi"}),
            "not a private chat or group",
        );
        check(
            "supergroup",
            json!({"text": "/help", "is_automatic_forward": true}),
            "a channel's post in its discussion group",
        );
        let anonymous = json!({"text": "/help", "from": {"id": 1_087_968_824, "is_bot": true}, "sender_chat": {"id": 5}});
        check("supergroup", anonymous, "command help <>");
    }

    #[test]
    fn presses_come_from_messages_old_ones_and_none() {
        let press = |message: Value| json!({"update_id": 1, "callback_query": {"id": "q", "from": {"id": 9}, "data": "faq-blame", "message": message}});
        let chat = json!({"id": 5, "type": "private"});
        let recent = press(json!({"message_id": 3, "date": 99, "chat": chat}));
        assert_eq!(describe(read_json(&recent)), "press faq-blame on Some(3)");
        let old = press(json!({"message_id": 3, "date": 0, "chat": chat}));
        assert_eq!(describe(read_json(&old)), "press faq-blame on None");
        assert_eq!(describe(read_json(&press(Value::Null))), "homeless");
    }

    #[test]
    fn one_odd_field_silences_nobody() {
        for odd in [
            json!({"entities": null}),
            json!({"entities": [{"type": "bold"}]}),
            json!({"entities": [{"type": "bold", "offset": -1, "length": 3}]}),
            json!({"reply_to_message": {}}),
            json!({"media_group_id": 5}),
            json!({"message_thread_id": 1_u64 << 33}),
            json!({"is_topic_message": null}),
            json!({"is_automatic_forward": null}),
            json!({"from": {"is_bot": false}}),
            json!({"chat": {"id": 5}}),
            json!({"chat": {"id": 5, "type": "hologram"}}),
        ] {
            let mut message = json!({"text": "will it work"});
            message
                .as_object_mut()
                .unwrap()
                .extend(odd.as_object().unwrap().clone());
            check("private", message, "text <will it work>");
        }
        let captioned = json!({"photo": [{}], "caption": "why", "caption_entities": null});
        check("private", captioned, "text <why>");
        // In a channel or group nobody asked us.
        let channel = json!({"text": "hi", "entities": null, "chat": {"id": -5}});
        check("private", channel, "not a private chat or group");
    }

    #[test]
    fn updates_from_the_future_are_named_and_nothing_more() {
        let future = json!({"update_id": 1, "thought": {"text": "secret"}, "Secret words": 1});
        assert_eq!(describe(read_json(&future)), "strange thought");
        let odd = json!({"update_id": 1, "message": {"text": ["secret"]}});
        assert_eq!(describe(read_json(&odd)), "strange message");
    }
}
