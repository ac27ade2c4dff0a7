//! In groups the bot speaks only when it is spoken to.

use serde_json::{Value, json};

use super::{OPEN, small};
use crate::support::bot_api::{BOT_ID, BOT_NAME};

/// A text that begins with a mention of the bot.
fn mention(text: &str) -> Value {
    let mention = format!("@{BOT_NAME}");
    let entity = json!({"type": "mention", "offset": 0, "length": mention.len()});
    json!({"text": format!("{mention} {text}"), "entities": [entity]})
}

#[tokio::test]
async fn a_group_hears_nothing_until_it_mentions_the_bot() {
    let (api, _faq, _bot) = small().await;
    let group = api.group(-100_500);
    let chatter = group.says("when is the library open");
    let sticker = group.sends(json!({"sticker": {"file_id": "x"}}));
    let others = group.says("/weather");
    api.confirmed(&[chatter.update, sticker.update, others.update])
        .await;
    assert!(api.sent(-100_500).is_empty());

    let asked = group.sends(mention("when is the library open"));
    let reply = api.reply(-100_500).await;
    assert!(reply.text.contains(OPEN), "{reply:?}");
    assert_eq!(reply.replies_to, Some(asked.message));
    assert_eq!(reply.topic, None);
}

#[tokio::test]
async fn a_forum_is_answered_inside_the_topic() {
    let (api, _faq, _bot) = small().await;
    let group = api.group(-100_500);
    let mut fields = mention("when is the library open");
    fields["message_thread_id"] = json!(44);
    fields["is_topic_message"] = json!(true);
    group.sends(fields);
    let reply = api.reply(-100_500).await;
    assert_eq!(reply.topic, Some(44));
    assert!(reply.text.contains(OPEN), "{reply:?}");

    // A press in the topic is answered there, too.
    group.presses_data(&reply, "parking");
    assert_eq!(api.reply(-100_500).await.topic, Some(44));
}

#[tokio::test]
async fn a_reply_to_the_bot_and_its_own_command_are_for_the_bot() {
    let (api, _faq, _bot) = small().await;
    let group = api.group(-100_500);
    let from = json!({"id": BOT_ID, "is_bot": true, "first_name": "Askwell"});
    let replied = json!({"message_id": 7, "date": 1, "chat": {"id": -100_500, "type": "supergroup"}, "from": from});
    group.sends(json!({"text": "when is the library open", "reply_to_message": replied}));
    assert!(api.reply(-100_500).await.text.contains(OPEN));
    group.says(&format!("/help@{BOT_NAME}"));
    api.reply(-100_500).await;
    let other = group.says("/help@some_other_bot");
    api.confirmed(&[other.update]).await;
    assert_eq!(api.sent(-100_500).len(), 2);
}

#[tokio::test]
async fn a_group_that_became_a_supergroup_is_answered_there() {
    let (api, _faq, _bot) = small().await;
    let group = api.group(-500);
    api.move_group(-500, -100_600);
    let asked = group.sends(mention("when is the library open"));
    let reply = api.reply(-100_600).await;
    assert!(reply.text.contains(OPEN), "{reply:?}");
    api.confirmed(&[asked.update]).await;
    assert_eq!(api.calls("sendMessage").len(), 2);
}
