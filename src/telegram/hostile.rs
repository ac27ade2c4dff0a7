//! Laws for updates of any shape: none makes the bot panic, and each that has an id can be
//! confirmed, so that it does not come again for ever.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::read_update;

/// Any JSON, with what an update has where it does not belong.
fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "private",
            "supergroup",
            "mention",
            "/start",
            "@askwell_bot"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            fields(inner).prop_map(Value::Object),
        ]
    })
}

/// An object with names of the Bot API and any others.
fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "message",
            "edited_message",
            "callback_query",
            "chat",
            "from",
            "id",
            "type",
            "text",
            "caption",
            "entities",
            "offset",
            "length",
            "user",
            "photo",
            "message_id",
            "data",
            "reply_to_message",
            "media_group_id",
            "message_thread_id",
            "is_topic_message",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec((name, value), 0..8).prop_map(|fields| fields.into_iter().collect())
}

/// An update that Telegram could send.
fn sound() -> Value {
    json!({
        "message_id": 10, "date": 1, "chat": {"id": 5, "type": "supergroup", "title": "T"},
        "from": {"id": 9, "is_bot": false, "first_name": "Ann"}, "is_topic_message": true,
        "message_thread_id": 3, "media_group_id": "a", "caption_entities": [],
        "reply_to_message": {"message_id": 3, "from": {"id": 7, "is_bot": true}},
        "text": "@askwell_bot will it work", "photo": [{}], "caption": "c",
        "entities": [{"type": "mention", "offset": 0, "length": 12, "user": {"id": 7}}],
    })
}

proptest! {
    #[test]
    fn any_object_with_an_id_can_be_confirmed(mut update in fields(value()), id in any::<i32>()) {
        update.insert("update_id".to_owned(), id.into());
        prop_assert_eq!(read_update(&Value::Object(update).to_string()), Some(id));
    }

    #[test]
    fn a_sound_update_with_one_strange_field_can_be_confirmed(
        which in any::<prop::sample::Index>(),
        strange in value(),
        kind in prop::sample::select(vec!["message", "edited_message"]),
        inside in any::<bool>(),
    ) {
        let mut message = sound();
        let names: Vec<String> = message.as_object().unwrap().keys().cloned().collect();
        let name = which.get(&names);
        if inside && message[name].is_object() {
            message[name]["id"] = strange;
        } else if inside && message[name][0].is_object() {
            message[name][0]["offset"] = strange.clone();
            message[name][0]["length"] = strange;
        } else {
            message[name] = strange;
        }
        let update = json!({"update_id": 1, kind: message});
        prop_assert_eq!(read_update(&update.to_string()), Some(1));
    }

    #[test]
    fn what_is_no_update_is_none(text in any::<String>()) {
        let numbered = serde_json::from_str::<Value>(&text).is_ok_and(|it| it.get("update_id").is_some());
        prop_assert!(numbered || read_update(&text).is_none());
    }
}

#[test]
fn depth_and_length_do_not_matter() {
    for strange in ["[".repeat(50_000) + &"]".repeat(50_000), "9".repeat(50_000)] {
        let update = format!("{{\"message\":{{\"text\":\"a\",\"x\":{strange}}},\"update_id\":1}}");
        assert_eq!(read_update(&update), Some(1));
        let update = format!("{{\"update_id\":1,\"future\":{strange}}}");
        assert_eq!(read_update(&update), Some(1));
    }
    assert_eq!(
        read_update(r#"{"update_id":1,"message":{"text":"\ud800"}}"#),
        Some(1)
    );
}
