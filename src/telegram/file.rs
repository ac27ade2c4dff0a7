//! A small file on its way to a person. A form, where all other calls are JSON.

use std::sync::atomic::AtomicBool;

use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use teloxide::types::MessageId;

use super::api::Failure;
use super::budget::Urgency;
use super::outgoing::{Address, Delivery, Post, give_up, is_about_topic, note};
use super::retry::Tries;

const METHOD: &str = "sendDocument";

/// A text file. It is about one person, so it has no `Debug`.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) content: String,
    /// At most 1,024 characters.
    pub(super) caption: String,
}

/// Sends a file as a new message.
pub(super) async fn send(
    post: &Post,
    file: &File,
    mut address: Address,
    held: &AtomicBool,
) -> Delivery {
    #[derive(Deserialize)]
    struct Sent {
        message_id: i32,
    }
    post.budget
        .turn(address.chat, Urgency::Ordinary, held)
        .await;
    let mut tries = Tries::default();
    loop {
        let failure = match post.api.upload(METHOD, form(file, address)).await {
            Ok(Sent { message_id }) => return Delivery::Sent(MessageId(message_id)),
            Err(Failure::Unreadable) => return Delivery::Accepted,
            Err(Failure::Refused { description, .. })
                if is_about_topic(&description) && address.topic.take().is_some() =>
            {
                continue;
            }
            Err(failure) => failure,
        };
        let Some(pause) = tries.after(&failure) else {
            return give_up(post, address, METHOD, &failure);
        };
        note(post, address, METHOD, &failure, pause, held);
        tokio::time::sleep(pause).await;
    }
}

fn form(file: &File, address: Address) -> Form {
    let document = Part::text(file.content.clone()).file_name(file.name);
    let mut form = Form::new()
        .text("chat_id", address.chat.0.to_string())
        .text("caption", file.caption.clone())
        .part("document", document);
    if let Some(topic) = address.topic {
        form = form.text("message_thread_id", topic.0.0.to_string());
    }
    if address.silent {
        form = form.text("disable_notification", "true");
    }
    form
}
