//! Whole conversations full of words that must not stay anywhere: afterwards every byte that
//! the bot wrote is searched for them.

use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::bot::{Bot, Faq};
use crate::support::bot_api::{BOT_ID, BOT_NAME, BotApi, Fault, TOKEN};

/// In every word that a person could have written or be called. Not in any word of ours.
const CANARY: &str = "zqcanary";
/// The number of the private chat, which is the person's own.
const ANN: i64 = 70_070_070_070;
const GROUP: i64 = -100_600_600_600;

/// Everything that Telegram tells about a person.
fn person() -> Value {
    json!({
        "id": ANN, "is_bot": false, "language_code": "zqcanary-lang", "first_name": "Zqcanary First",
        "last_name": "Zqcanary Last", "username": "zqcanary_name",
    })
}

/// Every kind of message with words in every place, each followed by the rest of a life: an
/// edit, failures, presses, danger, commands.
async fn converse(api: &BotApi) {
    let ann = api.person(ANN);
    let says = |fields: Value| {
        let mut whole = json!({"from": person(), "author_signature": "zqcanary signature"});
        whole["chat"] = json!({
            "id": ANN, "type": "private", "first_name": "Zqcanary First", "username": "zqcanary_name",
        });
        whole
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        ann.sends(whole)
    };
    let file =
        |name: &str| json!({"file_id": "zqcanary-id", "file_unique_id": "x", "file_name": name});
    let forwarded =
        json!({"type": "hidden_user", "sender_user_name": "Zqcanary Sender", "date": 1});
    let quoted = json!({"message_id": 3, "from": person(), "text": "zqcanary quoted"});
    let messages = [
        json!({"text": "zqcanary when is the library open"}),
        json!({"text": "zqcanary i want to kill myself"}),
        json!({"text": "zqcanary i feel hopeless about the library"}),
        json!({"text": "/start zqcanary"}),
        json!({"text": "/zqcanary zqcanary"}),
        json!({"text": "/quiet zqcanary"}),
        json!({"text": "how do i renew my card zqcanary", "forward_origin": forwarded, "reply_to_message": quoted}),
        json!({"photo": [file("a")], "caption": "zqcanary where can i park my car"}),
        json!({"document": file("zqcanary.pdf"), "caption": "zqcanary i want to die"}),
        json!({"document": file("zqcanary.pdf")}),
        json!({"voice": {"file_id": "zqcanary", "duration": 1}}),
        json!({"sticker": {"file_id": "zqcanary", "set_name": "zqcanary", "emoji": "x"}}),
        json!({"contact": {"phone_number": "+1zqcanary", "first_name": "Zqcanary"}}),
        json!({"venue": {"title": "zqcanary", "address": "zqcanary"}, "location": {"latitude": 1, "longitude": 2}}),
        json!({"poll": {"id": "1", "question": "zqcanary", "options": []}}),
        json!({"dice": {"emoji": "zqcanary", "value": 1}}),
        // Not what the Bot API promises.
        json!({"text": ["zqcanary"]}),
        json!({"text": "zqcanary", "entities": [{"type": "zqcanary", "offset": 4_000_000_000_u64, "length": -1}]}),
    ];
    let mut updates = Vec::new();
    let mut asked = None;
    for (turn, message) in messages.into_iter().enumerate() {
        if turn % 3 == 0 {
            api.fail("sendMessage", None, [Fault::Code(500), Fault::ResetAfter]);
        }
        let sent = says(message);
        updates.push(sent.update);
        asked = asked.or(Some(sent));
    }
    updates.push(
        ann.edits(asked.unwrap(), "zqcanary where can i park my car")
            .update,
    );
    api.confirmed(&updates).await;

    let offer = api.reply(ANN).await;
    updates = vec![
        ann.presses_data(&offer, "zqcanary"),
        ann.presses_data(&offer, "opening-hours"),
        says(json!({"text": "/mydata zqcanary"})).update,
        says(json!({"text": "/forget zqcanary"})).update,
        api.push(json!({"kind_of_tomorrow": {"zqcanary": "zqcanary"}})),
        api.push(json!({"inline_query": {"id": "1", "from": person(), "query": "zqcanary", "offset": ""}})),
    ];
    let group = api.group(GROUP);
    let mention = json!({"type": "mention", "offset": 0, "length": BOT_NAME.len() + 1});
    let bot = json!({"id": BOT_ID, "is_bot": true, "first_name": "Askwell"});
    for fields in [
        json!({"text": format!("@{BOT_NAME} zqcanary when is the library open"), "entities": [mention]}),
        json!({"text": format!("@{BOT_NAME} zqcanary i want to die"), "entities": [mention]}),
        json!({"text": "zqcanary among us"}),
        json!({"new_chat_title": "zqcanary title"}),
        json!({"text": "zqcanary", "reply_to_message": {"message_id": 3, "from": bot, "text": "zqcanary"}}),
    ] {
        let mut whole = json!({"from": person()});
        whole["chat"] = json!({"id": GROUP, "type": "supergroup", "title": "Zqcanary Group", "username": "zqcanary_group"});
        whole
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        updates.push(group.sends(whole).update);
    }
    api.confirmed(&updates).await;
}

#[tokio::test]
async fn no_byte_of_what_the_bot_writes_is_a_persons() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let temporary = tempfile::tempdir().unwrap();
    let variables = [
        ("TELOXIDE_TOKEN", TOKEN),
        // Whatever an operator asks for, and whatever the libraries say then.
        ("ASKWELL_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("TMPDIR", temporary.path().to_str().unwrap()),
    ];
    let mut bot = Bot::launch(&api, faq.path(), &variables);
    api.polled().await;
    converse(&api).await;
    bot.signal(Signal::SIGHUP);
    bot.logs("content reloaded").await;
    let (_, figures) = bot.page("/metrics").await;
    for word in [CANARY, &ANN.to_string(), "urgent"] {
        assert_absent(word, "the figures", figures.as_bytes());
    }
    // In the middle of an answer, with more waiting.
    let gate = api.hold("sendMessage", ANN);
    let ann = api.person(ANN);
    for _ in 0..30 {
        ann.says("zqcanary i want to kill myself");
        ann.says("zqcanary when is the library open");
    }
    api.wait("an answer on its way", |inner| {
        let last = inner
            .calls
            .iter()
            .rfind(|call| call.method == "sendMessage");
        (last?.params["chat_id"] == ANN).then_some(())
    })
    .await;
    bot.killed().await;
    drop(gate);

    let log = bot.log();
    let secret = TOKEN.split_once(':').unwrap().1;
    let (ann, group) = (ANN.to_string(), GROUP.to_string());
    let secrets = [
        CANARY,
        secret,
        &ann,
        group.trim_start_matches('-'),
        "urgent",
    ];
    assert!(
        log.contains("answered") && log.contains("trying again"),
        "{log}"
    );
    for word in secrets {
        assert_absent(word, "the log", log.as_bytes());
    }
    let folders = [bot.home(), api.data.path(), temporary.path(), faq.path()];
    let written = folders.map(files).concat();
    assert!(
        written.iter().any(|path| path.ends_with("askwell/key")),
        "{written:?}"
    );
    for path in written {
        let bytes = std::fs::read(&path).unwrap();
        for word in [CANARY, secret] {
            assert_absent(word, &path.display().to_string(), &bytes);
            assert_absent(word, "a file name", path.to_string_lossy().as_bytes());
        }
    }
}

#[test]
fn the_terminal_keeps_nothing_either() {
    let faq = Faq::small();
    let home = tempfile::tempdir().unwrap();
    let questions = "zqcanary when is the library open\nzqcanary i want to die\n/start zqcanary\n/zqcanary\n/forget\n1\n";
    for command in ["ask", "chat", "check"] {
        let mut askwell = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("askwell"));
        askwell
            .arg(command)
            .env_clear()
            .env("HOME", home.path())
            .env("TMPDIR", home.path())
            .env("ASKWELL_LOG", "trace")
            .current_dir(home.path());
        match command {
            "check" => askwell.arg(faq.path()),
            _ => askwell.arg("--faq").arg(faq.path()),
        };
        let output = askwell.write_stdin(questions).output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        assert_absent(CANARY, command, &output.stderr);
        assert_eq!(files(home.path()), Vec::<PathBuf>::new(), "{command}");
    }
    for path in files(faq.path()) {
        assert_absent(CANARY, "the content", &std::fs::read(path).unwrap());
    }
}

#[track_caller]
fn assert_absent(word: &str, place: &str, bytes: &[u8]) {
    let lower = bytes.to_ascii_lowercase();
    let needle = word.to_ascii_lowercase();
    let found = lower
        .windows(needle.len())
        .position(|it| it == needle.as_bytes());
    if let Some(at) = found {
        let around = &bytes[at.saturating_sub(200)..(at + 100).min(bytes.len())];
        panic!("`{word}` in {place}: {}", String::from_utf8_lossy(around));
    }
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
