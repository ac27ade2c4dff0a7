//! Start, content that changes, and what the log may say.

use nix::sys::signal::Signal;
use serde_json::json;

use super::{OPEN, PARKING, small};
use crate::support::bot::{Bot, Faq, SMALL};
use crate::support::bot_api::{BotApi, Fault, TOKEN};

#[tokio::test]
async fn a_refused_token_ends_the_bot_with_a_cure() {
    let api = BotApi::start().await;
    api.refuse_token();
    let faq = Faq::small();
    let mut bot = Bot::launch(&api, faq.path(), &[("TELOXIDE_TOKEN", TOKEN)]);
    assert_eq!(bot.ended().await.code(), Some(1));
    assert!(bot.log().contains("@BotFather"), "{}", bot.log());
    assert_secret(&bot);
}

#[tokio::test]
async fn a_malformed_token_ends_the_bot_before_any_call() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let mut bot = Bot::launch(&api, faq.path(), &[("TELOXIDE_TOKEN", "canary token")]);
    assert_eq!(bot.ended().await.code(), Some(1));
    assert!(bot.log().contains("TELOXIDE_TOKEN"), "{}", bot.log());
    assert!(!bot.log().contains("canary"), "{}", bot.log());
    assert!(api.state().calls.is_empty());
}

#[tokio::test]
async fn the_token_can_come_from_a_file() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let secrets = tempfile::tempdir().unwrap();
    let file = secrets.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let _bot = Bot::launch(
        &api,
        faq.path(),
        &[("TELOXIDE_TOKEN_FILE", file.to_str().unwrap())],
    );
    api.polled().await;
}

#[tokio::test]
async fn a_start_without_network_waits_for_it() {
    let api = BotApi::start().await;
    api.fail(
        "getMe",
        None,
        [
            Fault::Code(500),
            Fault::ResetBefore,
            Fault::Page(502),
            Fault::TooMany(1),
        ],
    );
    let faq = Faq::small();
    let bot = Bot::start(&api, faq.path()).await;
    assert!(bot.log().contains("cannot reach Telegram"), "{}", bot.log());
    assert_secret(&bot);
}

#[tokio::test]
async fn commands_and_descriptions_are_set_once() {
    let (api, faq, mut bot) = small().await;
    api.wait("both descriptions and the commands", |inner| {
        (inner.profile.len() == 3).then_some(())
    })
    .await;
    let commands = api.state().profile["commands"].clone();
    let names: Vec<_> = commands
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["command"])
        .collect();
    assert_eq!(names[0], "start");
    assert!(names.contains(&&serde_json::json!("urgent")), "{names:?}");
    bot.terminated().await;
    let _bot = Bot::start(&api, faq.path()).await;
    api.wait("the second look", |inner| {
        (inner
            .calls
            .iter()
            .filter(|call| call.method == "getMyShortDescription")
            .count()
            == 2)
            .then_some(())
    })
    .await;
    for method in ["setMyCommands", "setMyDescription", "setMyShortDescription"] {
        assert_eq!(api.calls(method).len(), 1, "{method}");
    }
}

#[tokio::test]
async fn a_second_poller_is_named_in_the_log() {
    let (api, faq, first) = small().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let variables = [
        ("TELOXIDE_TOKEN", TOKEN),
        ("ASKWELL_DATA", elsewhere.path().to_str().unwrap()),
    ];
    let second = Bot::launch(&api, faq.path(), &variables);
    tokio::select! {
        () = first.logs("stop one of the two") => {}
        () = second.logs("stop one of the two") => {}
    }
}

#[tokio::test]
async fn every_poll_says_what_it_wants() {
    let (api, _faq, _bot) = small().await;
    let asked = api.person(1).says("when is the library open");
    api.confirmed(&[asked.update]).await;
    for call in api.calls("getUpdates") {
        assert_eq!(
            call.params["allowed_updates"],
            json!(["message", "edited_message", "callback_query"])
        );
    }
}

#[tokio::test]
async fn a_save_is_live_and_a_broken_one_changes_nothing() {
    let (api, faq, bot) = small().await;
    let ann = api.person(1);
    ann.says("when is the library open");
    assert!(api.reply(1).await.text.contains(OPEN));

    faq.write(&SMALL.replace("nine to five", "ten to six"));
    bot.logs("content reloaded").await;
    ann.says("when is the library open");
    assert!(api.reply(1).await.text.contains("ten to six"));

    faq.write(&SMALL.replace("answer = \"We are", "anwser = \"We are"));
    bot.logs("was not reloaded").await;
    bot.logs("anwser").await;
    ann.says("where can i park my car");
    assert!(api.reply(1).await.text.contains(PARKING));
    ann.says("when is the library open");
    assert!(api.reply(1).await.text.contains("ten to six"));
}

#[tokio::test]
async fn no_log_line_holds_a_persons_words_or_the_token() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    // Whatever an operator asks for, and whatever the libraries say then.
    let variables = [("TELOXIDE_TOKEN", TOKEN), ("ASKWELL_LOG", "trace")];
    let mut bot = Bot::launch(&api, faq.path(), &variables);
    let ann = api.person(1);
    api.fail(
        "sendMessage",
        None,
        [Fault::Code(500), Fault::ResetBefore, Fault::Page(502)],
    );
    api.fail("getUpdates", None, [Fault::ResetBefore, Fault::Truncated]);
    let asked = ann.says("canaryword when is the library open");
    api.reply(1).await;
    ann.edits(asked, "canaryword where can i park my car");
    api.reply(1).await;
    ann.sends(json!({"photo": [{}], "caption": "canaryword"}));
    api.reply(1).await;
    let last = ann.says("/start canaryword");
    api.confirmed(&[last.update]).await;
    let status = bot.terminated().await;
    assert!(status.success());
    let log = bot.log().to_lowercase();
    for word in ["canary", "ann_the_asker", "library"] {
        assert!(!log.contains(word), "`{word}` in the log:\n{log}");
    }
    assert_secret(&bot);
}

#[tokio::test]
async fn an_idle_bot_stops_at_once() {
    let (_api, _faq, mut bot) = small().await;
    bot.signal(Signal::SIGINT);
    assert!(bot.ended().await.success());
}

#[track_caller]
fn assert_secret(bot: &Bot) {
    let secret = TOKEN.split_once(':').unwrap().1;
    assert!(!bot.log().contains(secret), "{}", bot.log());
}
