//! What is kept of people, and what they can do about it.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{OPEN, PARKING, small};
use crate::support::bot::{Bot, Faq};
use crate::support::bot_api::{BotApi, Fault, TOKEN};

const CRISIS: &str = "i want to kill myself";

#[tokio::test]
async fn privacy_says_what_is_kept_and_links_the_policy() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let settings = "privacy_url = \"https://practice.uk/privacy\"";
    std::fs::write(faq.path().join("bot.toml"), settings).unwrap();
    let _bot = Bot::start(&api, faq.path()).await;
    api.person(1).says("/privacy");
    let reply = api.reply(1).await;
    for words in [
        "24 hours of silence",
        "for 48 hours; how often",
        "not end-to-end encrypted",
        "/mydata",
        "/forget",
        "/quiet",
    ] {
        assert!(reply.text.contains(words), "{words}: {}", reply.text);
    }
    let policy = reply.button("Our privacy policy").url.as_deref();
    assert_eq!(policy, Some("https://practice.uk/privacy"));
}

#[tokio::test]
async fn forget_deletes_both_sides_and_the_context() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    let asked = ann.says("how do i renew my card");
    let offer = api.reply(1).await;
    let wish = ann.says("/forget");
    let done = api.reply(1).await;
    assert!(done.text.contains(": 3."), "{}", done.text);
    for words in ["48 hours", "restart", "groups"] {
        assert!(done.text.contains(words), "{words}: {}", done.text);
    }
    let mut deleted: Vec<(i64, i64)> = vec![(1, asked.message), (1, offer.id), (1, wish.message)];
    deleted.sort_unstable();
    assert_eq!(api.state().deleted, deleted);
    // The number means nothing any more.
    ann.says("1");
    assert!(!api.reply(1).await.text.contains("desk"));
}

#[tokio::test]
async fn forget_says_what_it_cannot_reach() {
    let (api, faq, mut bot) = small().await;
    let ann = api.person(1);
    let asked = ann.says("when is the library open");
    api.reply(1).await;
    let parking = ann.says("where can i park my car");
    api.reply(1).await;
    api.state().undeletable.insert(asked.message);
    ann.says("/delete");
    let done = api.reply(1).await;
    assert!(done.text.contains(": 4."), "{}", done.text);
    assert!(
        done.text.contains("did not let me delete all"),
        "{}",
        done.text
    );
    let deleted = api.state().deleted.clone();
    assert!(deleted.contains(&(1, parking.message)), "{deleted:?}");
    assert!(!deleted.contains(&(1, asked.message)), "{deleted:?}");

    // After a restart the old messages are out of reach, and nothing else is tried.
    bot.terminated().await;
    let _bot = Bot::start(&api, faq.path()).await;
    ann.says("/forget");
    let done = api.reply(1).await;
    assert!(done.text.contains(": 1."), "{}", done.text);
}

#[tokio::test]
async fn my_data_is_a_file() {
    let (api, _faq, bot) = small().await;
    let ann = api.person(1);
    let asked = ann.says("when is the library open");
    let answer = api.reply(1).await;
    api.fail(
        "sendDocument",
        Some(1),
        [Fault::Code(500), Fault::ResetBefore],
    );
    let wish = ann.says("/mydata");
    let file = api.reply(1).await;
    assert!(file.text.contains("stored nothing"), "{}", file.text);
    let data: Value = serde_json::from_str(file.params["document"].as_str().unwrap()).unwrap();
    assert_eq!(data["on_disk"], json!({"replies_that_i_owe": []}));
    assert_eq!(data["in_memory"]["shown_last"], json!(["opening-hours"]));
    let messages = json!([asked.message, answer.id, wish.message]);
    assert_eq!(data["in_memory"]["numbers_of_messages"], messages);
    // The code is the one that the log has, and the number of the chat is not there.
    bot.logs(data["code_in_the_log"].as_str().unwrap()).await;
}

#[tokio::test]
async fn quiet_is_silent_until_it_is_off() {
    let (api, _faq, _bot) = small().await;
    let ann = api.person(1);
    let silent = |params: &Value| params["disable_notification"] == true;
    ann.says("/quiet");
    let noted = api.reply(1).await;
    assert!(
        silent(&noted.params) && noted.text.contains("restart"),
        "{noted:?}"
    );
    ann.says("when is the library open");
    assert!(silent(&api.reply(1).await.params));
    ann.says(CRISIS);
    assert!(silent(&api.reply(1).await.params));
    ann.says("/mydata");
    api.reply(1).await;
    assert!(silent(&api.calls("sendDocument")[0].params));
    // Only this chat is quiet.
    api.person(2).says("when is the library open");
    assert!(!silent(&api.reply(2).await.params));
    ann.says("/quiet off");
    assert!(!silent(&api.reply(1).await.params));
    ann.says("/quiet please");
    assert!(api.reply(1).await.text.contains("/quiet 10"));
}

#[tokio::test]
async fn what_quiet_would_delete_later_goes_at_a_stop() {
    let (api, _faq, mut bot) = small().await;
    let ann = api.person(1);
    let wish = ann.says("/quiet 10");
    let noted = api.reply(1).await;
    assert!(noted.text.contains("10 minutes"), "{}", noted.text);
    let asked = ann.says("when is the library open");
    let answer = api.reply(1).await;
    api.confirmed(&[wish.update, asked.update]).await;
    assert!(api.state().deleted.is_empty());
    assert!(bot.terminated().await.success());
    for message in [wish.message, noted.id, asked.message, answer.id] {
        api.deleted(1, message).await;
    }
}

#[tokio::test]
async fn a_group_is_told_to_ask_in_private() {
    let (api, _faq, _bot) = small().await;
    let group = api.group(-100_500);
    for command in ["/privacy", "/forget", "/mydata", "/quiet 10"] {
        group.says(command);
        let reply = api.reply(-100_500).await;
        assert!(reply.text.contains("private chat"), "{command}: {reply:?}");
        assert_eq!(reply.params.get("disable_notification"), None);
    }
    assert!(api.state().deleted.is_empty());
    assert!(api.calls("sendDocument").is_empty());
}

#[tokio::test]
async fn danger_behind_these_commands_is_heard() {
    let (api, _faq, _bot) = small().await;
    for command in ["/privacy", "/forget", "/mydata", "/quiet"] {
        api.person(1).says(&format!("{command} {CRISIS}"));
        let reply = api.reply(1).await;
        assert_eq!(reply.params.get("parse_mode"), None, "{reply:?}");
        reply.button("I meant something else");
    }
    assert!(api.state().deleted.is_empty());
}

#[tokio::test]
async fn the_key_is_made_once_and_apart_from_the_data() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let bot = Bot::start(&api, faq.path()).await;
    let key = bot.home().join(".local/state/askwell/key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let home = tempfile::tempdir().unwrap();
    let inside = home.path().join("data/key");
    let variables = [
        ("TELOXIDE_TOKEN", TOKEN),
        ("ASKWELL_DATA", home.path().join("data").to_str().unwrap()),
        ("ASKWELL_KEY_FILE", inside.to_str().unwrap()),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, it)| (*name, &**it)).collect();
    let mut bot = Bot::launch(&api, faq.path(), &variables);
    assert_eq!(bot.ended().await.code(), Some(1));
    bot.logs("let ASKWELL_KEY_FILE name a place apart").await;
    assert!(!inside.exists());

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let variables = [
        ("TELOXIDE_TOKEN", TOKEN),
        ("ASKWELL_KEY_FILE", key.to_str().unwrap()),
    ];
    let mut bot = Bot::launch(&api, faq.path(), &variables);
    assert_eq!(bot.ended().await.code(), Some(1));
    bot.logs("chmod 600").await;
}

#[tokio::test]
async fn the_log_names_no_chat_and_never_says_who_is_in_danger() {
    let (api, _faq, mut bot) = small().await;
    let chat = 7_007_007_007;
    let ann = api.person(chat);
    api.fail("sendMessage", Some(chat), [Fault::Code(500)]);
    ann.says("where can i park my car");
    assert!(api.reply(chat).await.text.contains(PARKING));
    api.fail("sendMessage", Some(chat), [Fault::Code(500)]);
    ann.says(CRISIS);
    api.reply(chat).await;
    ann.says("when is the library open");
    assert!(api.reply(chat).await.text.contains(OPEN));
    bot.terminated().await;
    let log = bot.log();
    assert!(!log.contains("7007007007"), "{log}");
    assert!(!log.to_lowercase().contains("urgent"), "{log}");
    let retried: Vec<&str> = log
        .lines()
        .filter(|it| it.contains("trying again"))
        .collect();
    assert_eq!(retried.len(), 2, "{log}");
    assert!(
        retried[0].contains("chat=") && !retried[1].contains("chat="),
        "{retried:?}"
    );
}
