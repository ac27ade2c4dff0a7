//! A [`Reply`] on its way to Telegram: its form, and what to do when Telegram does not take it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use teloxide::payloads::{AnswerCallbackQuery, EditMessageText, SendMessage};
use teloxide::types::{
    CallbackQueryId, ChatId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions,
    MessageId, ParseMode, ReplyMarkup, ReplyParameters, ThreadId,
};
use tokio::sync::Notify;
use tracing::field::DisplayValue;
use url::Url;

use super::api::{Api, Failure};
use super::budget::{Budget, Urgency};
use super::retry;
use crate::conversation::{Action, Button, Reply};
use crate::health::Health;
use crate::pseudonym::Pseudonym;

/// Telegram's limit for the data of a button.
const MAX_DATA_BYTES: usize = 64;
/// Telegram names no limit; longer ones are unreadable on any screen.
const MAX_LABEL_CHARS: usize = 128;

/// What every reply goes out through.
pub(super) struct Post {
    pub(super) api: Api,
    pub(super) budget: Budget,
    pub(super) health: Arc<Health>,
    /// Told when Telegram refuses the token in the middle of the work.
    pub(super) token_refused: Arc<Notify>,
}

/// Where a reply goes.
#[derive(Clone, Copy)]
pub(super) struct Address {
    pub(super) chat: ChatId,
    pub(super) topic: Option<ThreadId>,
    /// The message that is replied to.
    pub(super) question: Option<MessageId>,
    pub(super) quote: Quote,
    /// Without a sound.
    pub(super) silent: bool,
    /// What the log calls the chat; none where not even that may be written.
    pub(super) code: Option<Pseudonym>,
}

/// When a reply shows which message it belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    Always,
    /// A second copy of the same reply is then seen to be one.
    WhenRepeated,
}

/// How a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// Telegram has it, as this message.
    Sent(MessageId),
    /// Telegram has it, but its answer could not be read.
    Accepted,
    /// Telegram will not take it, or its fate stayed unknown too often; logged.
    GivenUp,
    /// Telegram takes nothing for this chat; logged.
    Unreachable,
}

/// The text and keyboard of a reply.
struct Form {
    text: String,
    parse_mode: Option<ParseMode>,
    keyboard: Option<InlineKeyboardMarkup>,
    /// The same without markup, for when Telegram does not take the markup.
    plain: Option<String>,
}

/// Sends a reply as a new message. `held` is true while Telegram itself makes us wait.
pub(super) async fn send(
    post: &Post,
    reply: &Reply,
    address: Address,
    held: &AtomicBool,
) -> Delivery {
    let Form {
        text,
        parse_mode,
        keyboard,
        mut plain,
    } = Form::of(reply);
    let mut call = SendMessage::new(address.chat, text);
    call.parse_mode = parse_mode;
    call.message_thread_id = address.topic;
    call.disable_notification = address.silent.then_some(true);
    call.link_preview_options = Some(no_preview());
    call.reply_markup = keyboard.map(ReplyMarkup::InlineKeyboard);
    let mut question = address
        .question
        .map(|id| ReplyParameters::new(id).allow_sending_without_reply());
    if address.quote == Quote::Always {
        call.reply_parameters.clone_from(&question);
    }
    post.budget.turn(address.chat, urgency(reply), held).await;
    loop {
        #[derive(Deserialize)]
        struct Sent {
            message_id: i32,
        }
        let sent = retry::call(&post.api, &mut call, |call, failure, pause| {
            call.reply_parameters.clone_from(&question);
            note(post, address, "sendMessage", failure, pause, held);
        });
        let failure = match sent.await {
            Ok(Sent { message_id }) => return Delivery::Sent(MessageId(message_id)),
            Err(failure) => failure,
        };
        match &failure {
            Failure::Unreadable => return Delivery::Accepted,
            // Ids of messages and topics belong to the old group.
            Failure::Moved { to } if call.chat_id != (*to).into() => {
                call.chat_id = (*to).into();
                call.message_thread_id = None;
                call.reply_parameters = None;
                question = None;
            }
            Failure::Refused {
                code: 400,
                description,
            } if lighten(&mut call, &mut plain, &mut question, description) => {
                tracing::warn!(chat = shown(address), %description, "a part is refused; sending without it");
            }
            // Words of Telegram's that we do not know, and a person in danger.
            Failure::Refused { code: 400, .. }
                if urgency(reply) == Urgency::Urgent
                    && !is_about_chat(&failure)
                    && strip(&mut call, &mut question) =>
            {
                tracing::error!(chat = shown(address), %failure, "refused; sending nothing but the text");
            }
            _ => return give_up(post, address, "sendMessage", &failure),
        }
    }
}

/// Takes out of a message the part that Telegram refuses; false when none is meant, or when it is
/// out already.
fn lighten(
    call: &mut SendMessage,
    plain: &mut Option<String>,
    question: &mut Option<ReplyParameters>,
    description: &str,
) -> bool {
    if is_about_markup(description)
        && let Some(plain) = plain.take()
    {
        call.parse_mode = None;
        call.text = plain;
        return true;
    }
    if is_about_question(description) && question.take().is_some() {
        call.reply_parameters = None;
        return true;
    }
    is_about_topic(description) && call.message_thread_id.take().is_some()
        || is_about_keyboard(description) && call.reply_markup.take().is_some()
}

/// Leaves of a message only its text; false when that was all of it.
fn strip(call: &mut SendMessage, question: &mut Option<ReplyParameters>) -> bool {
    *question = None;
    [
        call.message_thread_id.take().is_some(),
        call.reply_parameters.take().is_some(),
        call.reply_markup.take().is_some(),
        call.link_preview_options.take().is_some(),
    ]
    .contains(&true)
}

/// Puts a reply in the place of an earlier message; sends it anew when that one is gone.
pub(super) async fn edit(
    post: &Post,
    reply: &Reply,
    earlier: MessageId,
    address: Address,
    held: &AtomicBool,
) -> Delivery {
    let Form {
        text,
        parse_mode,
        keyboard,
        mut plain,
    } = Form::of(reply);
    let mut call = EditMessageText::new(address.chat, earlier, text);
    call.parse_mode = parse_mode;
    call.link_preview_options = Some(no_preview());
    call.reply_markup = keyboard;
    post.budget.turn(address.chat, urgency(reply), held).await;
    loop {
        let edited = retry::call::<_, IgnoredAny>(&post.api, &mut call, |_, failure, pause| {
            note(post, address, "editMessageText", failure, pause, held);
        });
        match edited.await {
            Ok(_) | Err(Failure::Unreadable) => return Delivery::Sent(earlier),
            Err(Failure::Refused { description, .. })
                if description.contains("message is not modified") =>
            {
                return Delivery::Sent(earlier);
            }
            Err(Failure::Refused {
                code: 400,
                description,
            }) if is_about_markup(&description) && plain.is_some() => {
                tracing::error!(chat = shown(address), %description, "markup refused; sending plain text");
                call.parse_mode = None;
                call.text = plain.take().unwrap_or_default();
            }
            // The earlier message is gone or too old.
            Err(Failure::Refused { code: 400, .. } | Failure::Moved { .. }) => {
                return send(post, reply, address, held).await;
            }
            Err(failure) => {
                return give_up(post, address, "editMessageText", &failure);
            }
        }
    }
}

/// Stops the waiting sign on a pressed button, beside all else and with one try: nothing depends
/// on it, so nothing may wait for it.
pub(super) fn acknowledge(post: &Post, query: CallbackQueryId) {
    let api = post.api.clone();
    tokio::spawn(async move {
        let call = AnswerCallbackQuery::new(query);
        if let Err(failure) = api.call::<_, IgnoredAny>(&call).await {
            tracing::debug!(%failure, "press not acknowledged");
        }
    });
}

pub(super) fn note(
    post: &Post,
    address: Address,
    call: &str,
    failure: &Failure,
    pause: Duration,
    held: &AtomicBool,
) {
    post.health.metrics.failure(&failure.label());
    if matches!(failure, Failure::Barred { code: 401, .. }) {
        post.token_refused.notify_one();
    }
    held.store(
        matches!(failure, Failure::NotDone { wait: Some(_), .. }),
        Ordering::Relaxed,
    );
    tracing::warn!(chat = shown(address), call, %failure, pause_ms = pause.as_millis(), "trying again");
}

pub(super) fn give_up(post: &Post, address: Address, call: &str, failure: &Failure) -> Delivery {
    post.health.metrics.failure(&failure.label());
    post.health.metrics.given_up();
    if is_about_chat(failure) {
        // The person has blocked the bot, or it was put out of the group: nothing is wrong here.
        tracing::info!(chat = shown(address), call, %failure, "reply not wanted");
        Delivery::Unreachable
    } else {
        tracing::error!(chat = shown(address), call, %failure, "reply given up");
        Delivery::GivenUp
    }
}

/// What the log may say of the chat: see [`Address::code`].
fn shown(address: Address) -> Option<DisplayValue<Pseudonym>> {
    address.code.map(tracing::field::display)
}

fn urgency(reply: &Reply) -> Urgency {
    match reply {
        Reply::Urgent { .. } => Urgency::Urgent,
        Reply::Message(_) => Urgency::Ordinary,
    }
}

/// Whether the next message to this chat would be refused, too.
fn is_about_chat(failure: &Failure) -> bool {
    match failure {
        Failure::Refused { code: 403, .. } => true,
        Failure::Refused {
            code: 400,
            description,
        } => [
            "chat not found",
            "rights to send",
            "CHAT_WRITE_FORBIDDEN",
            "PEER_ID_INVALID",
            "group is deactivated",
        ]
        .iter()
        .any(|words| description.contains(words)),
        _ => false,
    }
}

/// Telegram's words for markup it cannot read.
fn is_about_markup(description: &str) -> bool {
    description.contains("can't parse entities")
}

/// Telegram's words, old and new, for a question that is gone.
fn is_about_question(description: &str) -> bool {
    description.contains("replied not found") || description.contains("reply message not found")
}

/// Telegram's words for a topic that was deleted or closed.
pub(super) fn is_about_topic(description: &str) -> bool {
    description.contains("message thread not found") || description.contains("TOPIC_")
}

/// Telegram's words for buttons it does not take, such as `BUTTON_DATA_INVALID`.
fn is_about_keyboard(description: &str) -> bool {
    ["BUTTON_", "keyboard", "reply markup", "REPLY_MARKUP"]
        .iter()
        .any(|words| description.contains(words))
}

/// A preview would push the answer off the screen for a page the person has not asked for,
/// and have Telegram fetch it.
fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

impl Form {
    fn of(reply: &Reply) -> Self {
        match reply {
            Reply::Message(message) => Self {
                text: message.body.telegram_html(),
                parse_mode: Some(ParseMode::Html),
                keyboard: keyboard(&message.buttons),
                plain: Some(message.body.plain()),
            },
            // Verbatim: nothing may stand between a crisis text and the person.
            Reply::Urgent { text, buttons } => Self {
                text: text.clone(),
                parse_mode: None,
                keyboard: keyboard(buttons),
                plain: None,
            },
        }
    }
}

/// None for no buttons. A button that Telegram would refuse is left out, since it would take
/// the whole reply with it.
fn keyboard(rows: &[Vec<Button>]) -> Option<InlineKeyboardMarkup> {
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().filter_map(button).collect::<Vec<_>>())
        .filter(|row| !row.is_empty())
        .collect();
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows))
}

fn button(button: &Button) -> Option<InlineKeyboardButton> {
    let label = label(&button.label);
    let made = match &button.action {
        _ if label.is_empty() => None,
        Action::Open(url) => Url::parse(url)
            .ok()
            .map(|url| InlineKeyboardButton::url(label, url)),
        Action::Press(data) => (1..=MAX_DATA_BYTES)
            .contains(&data.len())
            .then(|| InlineKeyboardButton::callback(label, data.clone())),
    };
    if made.is_none() {
        tracing::error!("a button that Telegram would refuse is left out");
    }
    made
}

/// One line of at most [`MAX_LABEL_CHARS`] characters.
fn label(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_LABEL_CHARS) {
        None => line,
        Some(_) => line
            .chars()
            .take(MAX_LABEL_CHARS - 1)
            .chain(['…'])
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The JSON of a keyboard with this one button; empty when it was left out.
    fn json(label: &str, action: Action) -> String {
        let row = vec![Button {
            label: label.to_owned(),
            action,
        }];
        keyboard(&[row])
            .map(|keyboard| serde_json::to_string(&keyboard).unwrap())
            .unwrap_or_default()
    }

    #[test]
    fn buttons_take_telegrams_form() {
        assert_eq!(
            json(
                "Read\nmore",
                Action::Open("https://example.org/a#:~:text=b".to_owned())
            ),
            r#"{"inline_keyboard":[[{"text":"Read more","url":"https://example.org/a#:~:text=b"}]]}"#
        );
        assert_eq!(
            json("Yes", Action::Press("faq-blame".to_owned())),
            r#"{"inline_keyboard":[[{"text":"Yes","callback_data":"faq-blame"}]]}"#
        );
    }

    #[test]
    fn a_button_that_would_be_refused_does_not_take_the_reply_with_it() {
        assert_eq!(json("Yes", Action::Press("x".repeat(65))), "");
        assert_eq!(json("Yes", Action::Press(String::new())), "");
        assert_eq!(json("Yes", Action::Open("not an address".to_owned())), "");
        assert_eq!(json(" ", Action::Press("x".to_owned())), "");
    }

    #[test]
    fn long_labels_are_cut() {
        assert_eq!(label(&"é".repeat(128)).chars().count(), 128);
        assert_eq!(label(&"é".repeat(129)).chars().count(), 128);
        assert!(label(&"é".repeat(129)).ends_with("é…"));
    }
}
