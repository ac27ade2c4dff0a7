//! The bot called by Telegram, alone and as three replicas.

use assert_cmd::Command;
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{OPEN, PARKING};
use crate::support::bot::{Bot, Faq, HOOK};
use crate::support::bot_api::{self, BotApi, TOKEN};
use crate::support::postgres;
use crate::support::webhooks::{Deliveries, Fault};
use crate::support::within;

/// A server, and a bot alone that it calls.
async fn one() -> (BotApi, Faq, Bot, Deliveries) {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let bot = Bot::replica(&api, faq.path(), &[]).await;
    let deliveries = Deliveries::start(&api, vec![bot.hook()]);
    (api, faq, bot, deliveries)
}

#[tokio::test]
async fn a_question_is_answered_and_only_then_done() {
    let (api, _faq, _bot, _deliveries) = one().await;
    let gate = api.hold("sendMessage", 1);
    let slow = api.person(1).says("when is the library open");
    let fast = api.person(2).says("where can i park my car");
    assert!(api.reply(2).await.text.contains(PARKING));
    api.confirmed(&[fast.update]).await;
    assert_eq!(api.queued(), [slow.update]);
    gate.add_permits(1);
    assert!(api.reply(1).await.text.contains(OPEN));
    api.confirmed(&[slow.update]).await;
    assert!(api.calls("getUpdates").is_empty());
}

#[tokio::test]
async fn every_fault_of_a_delivery_costs_nothing() {
    let (api, _faq, _bot, deliveries) = one().await;
    deliveries.fail([
        Fault::NotDelivered,
        Fault::AckLost,
        Fault::Twice,
        Fault::AckLost,
        Fault::NotDelivered,
        Fault::Twice,
    ]);
    let asked: Vec<i64> = (1..=8)
        .map(|chat| api.person(chat).says("when is the library open").update)
        .collect();
    api.confirmed(&asked).await;
    for chat in 1..=8 {
        assert_eq!(api.sent(chat).len(), 1, "chat {chat}");
    }
}

#[tokio::test]
async fn a_token_that_was_taken_back_ends_the_bot_and_loses_nothing() {
    let (api, _faq, mut bot, _deliveries) = one().await;
    api.fail("sendMessage", None, [401; 100].map(bot_api::Fault::Code));
    let asked = api.person(1).says("when is the library open");
    assert_eq!(bot.ended().await.code(), Some(1));
    assert_eq!(api.queued(), [asked.update]);
}

#[tokio::test]
async fn a_body_that_does_not_come_holds_nothing() {
    let (api, _faq, bot, _deliveries) = one().await;
    let secret = api.state().hook.clone().unwrap()["secret_token"].clone();
    // Who does not know the secret is not even listened to.
    assert!(half_delivered(&bot, "guess").await.contains(" 401 "));
    let told = half_delivered(&bot, secret.as_str().unwrap()).await;
    assert!(told.contains(" 408 "), "{told}");
}

/// Begins a delivery, never ends it, and says what came back.
async fn half_delivered(bot: &Bot, secret: &str) -> String {
    let address = bot.address("waiting for Telegram's calls");
    let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /hook HTTP/1.1\r\nhost: bot.example\r\nx-telegram-bot-api-secret-token: {secret}\r\n\
         content-length: 100\r\n\r\n{{"
    );
    line.write_all(head.as_bytes()).await.unwrap();
    let mut told = vec![0; 64];
    let n = within("an answer", line.read(&mut told)).await.unwrap();
    String::from_utf8_lossy(&told[..n]).into_owned()
}

#[tokio::test]
async fn sigterm_is_heard_while_the_webhook_cannot_be_set() {
    let (api, faq) = (BotApi::start().await, Faq::small());
    api.storm(100, Some("setWebhook"), bot_api::Fault::Code(500));
    let args = ["--webhook", HOOK, "--listen", "127.0.0.1:0"];
    let mut bot = Bot::launch_with(&api, faq.path(), &args, &[("TELOXIDE_TOKEN", TOKEN)]);
    bot.logs("webhook not set; trying again").await;
    assert!(bot.terminated().await.success());
}

#[tokio::test]
async fn a_path_is_taken_as_it_is() {
    for path in [":hook", "*hook"] {
        let (api, faq) = (BotApi::start().await, Faq::small());
        let url = format!("https://bot.example/{path}");
        let args = ["--webhook", &url, "--listen", "127.0.0.1:0"];
        let bot = Bot::launch_with(&api, faq.path(), &args, &[("TELOXIDE_TOKEN", TOKEN)]);
        bot.logs("waiting for Telegram's calls").await;
        let call = |path: &str| reqwest::Client::new().post(bot.hook().replace("hook", path));
        assert_eq!(call(path).send().await.unwrap().status(), 401);
        assert_eq!(call(":other").send().await.unwrap().status(), 404);
    }
}

#[tokio::test]
async fn an_update_that_nobody_understands_is_done_and_named_in_the_log() {
    let (api, _faq, bot, _deliveries) = one().await;
    let strange = api.push(json!({"telepathy": {"from": {"id": 1}, "thought": "canary"}}));
    api.confirmed(&[strange]).await;
    bot.logs("telepathy").await;
    assert!(!bot.log().contains("canary"), "{}", bot.log());
}

#[tokio::test]
async fn a_call_without_the_secret_is_refused() {
    let (api, _faq, bot, _deliveries) = one().await;
    api.person(1);
    let message = json!({"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "when is the library open"});
    let update = json!({"update_id": 7, "message": message});
    // A connection each, since the server closes some.
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    for secret in ["", "guess"] {
        let call = client
            .post(bot.hook())
            .header("X-Telegram-Bot-Api-Secret-Token", secret)
            .json(&update);
        assert_eq!(call.send().await.unwrap().status(), 401);
    }
    assert!(api.calls("sendMessage").is_empty());
    let secret = api.state().hook.clone().unwrap()["secret_token"].clone();
    let secret = secret.as_str().unwrap();
    assert!(!secret.contains(TOKEN.split_once(':').unwrap().1));
    let call = |body: Vec<u8>| {
        client
            .post(bot.hook())
            .header("X-Telegram-Bot-Api-Secret-Token", secret)
            .body(body)
    };
    assert_eq!(
        call(b"nonsense".to_vec()).send().await.unwrap().status(),
        400
    );
    let too_long = call(vec![b' '; 2 << 20]).send().await;
    // The connection may be closed before all of it was written.
    assert!(too_long.map_or(true, |response| response.status() == 413));
    assert!(
        call(update.to_string().into())
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    api.reply(1).await;
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_hand_and_keeps_the_webhook() {
    let (api, _faq, mut bot, _deliveries) = one().await;
    let gate = api.hold("sendMessage", 1);
    let slow = api.person(1).says("when is the library open");
    api.wait("the send", |inner| {
        let mut calls = inner.calls.iter();
        calls.any(|call| call.method == "sendMessage").then_some(())
    })
    .await;
    bot.signal(Signal::SIGTERM);
    bot.logs("stopping").await;
    gate.add_permits(1);
    assert!(bot.ended().await.success());
    api.confirmed(&[slow.update]).await;
    assert_eq!(api.sent(1).len(), 1);
    assert!(api.calls("deleteWebhook").is_empty());
}

#[tokio::test]
async fn the_webhook_is_set_shown_and_deleted_by_command() {
    let api = BotApi::start().await;
    let url = api.url.clone();
    let said = |args: &'static [&str]| {
        let url = url.clone();
        async move {
            let run = move || {
                let output = Command::new(assert_cmd::cargo::cargo_bin!("askwell"))
                    .arg("webhook")
                    .args(args)
                    .env_clear()
                    .env("TELOXIDE_API_URL", url)
                    .env("TELOXIDE_TOKEN", TOKEN)
                    .output()
                    .unwrap();
                assert!(output.status.success(), "{output:?}");
                String::from_utf8(output.stdout).unwrap()
            };
            tokio::task::spawn_blocking(run).await.unwrap()
        }
    };
    assert!(said(&["info"]).await.contains("No webhook is set."));
    assert!(said(&["set", HOOK]).await.contains(HOOK));
    assert_eq!(
        api.state().hook.clone().unwrap()["allowed_updates"],
        json!(["message", "edited_message", "callback_query"])
    );
    assert!(said(&["info"]).await.contains(HOOK));
    said(&["delete"]).await;
    assert!(api.state().hook.is_none());
}

/// Three replicas on one database; none where there is no PostgreSQL.
async fn three(api: &BotApi, faq: &Faq) -> Option<(Vec<Bot>, Deliveries)> {
    let url = postgres::database().await?;
    let variables = [("ASKWELL_DATABASE_URL", url.as_str())];
    let mut bots = Vec::new();
    for _ in 0..3 {
        bots.push(Bot::replica(api, faq.path(), &variables).await);
    }
    let hooks = bots.iter().map(Bot::hook).collect();
    Some((bots, Deliveries::start(api, hooks)))
}

#[tokio::test]
async fn three_replicas_answer_each_update_once_and_in_order() {
    let (api, faq) = (BotApi::start().await, Faq::small());
    let Some((_bots, deliveries)) = three(&api, &faq).await else {
        return;
    };
    deliveries.fail((0..90).map(|n| match n % 6 {
        0 => Fault::Twice,
        1 => Fault::AckLost,
        _ => Fault::Fine,
    }));
    let mut asked = Vec::new();
    for turn in 0..10 {
        for chat in 1..=6 {
            let text = if turn % 2 == 0 {
                "when is the library open"
            } else {
                "where can i park my car"
            };
            asked.push(api.person(chat).says(text).update);
        }
    }
    api.confirmed(&asked).await;
    for chat in 1..=6 {
        let sent = api.sent(chat);
        assert_eq!(sent.len(), 10, "chat {chat}");
        for (turn, reply) in sent.iter().enumerate() {
            let expected = if turn % 2 == 0 { OPEN } else { PARKING };
            assert!(reply.text.contains(expected), "chat {chat}, turn {turn}");
        }
    }
}

#[tokio::test]
async fn a_killed_replicas_updates_go_to_another() {
    let (api, faq) = (BotApi::start().await, Faq::small());
    let Some((mut bots, deliveries)) = three(&api, &faq).await else {
        return;
    };
    deliveries.replicas(vec![bots[0].hook()]);
    let gate = api.hold("sendMessage", 1);
    let asked = api.person(1).says("when is the library open");
    api.wait("the send", |inner| {
        let mut calls = inner.calls.iter();
        calls.any(|call| call.method == "sendMessage").then_some(())
    })
    .await;
    deliveries.replicas(vec![bots[1].hook(), bots[2].hook()]);
    bots[0].killed().await;
    gate.add_permits(10);
    assert!(api.reply(1).await.text.contains(OPEN));
    api.confirmed(&[asked.update]).await;
    assert_eq!(api.sent(1).len(), 1);
}
