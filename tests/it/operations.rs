//! What those who run the bot see of it: health pages, logs, doctor, backup.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use assert_cmd::Command;
use rustc_hash::FxHashMap;

use crate::support::bot::{Bot, Faq};
use crate::support::bot_api::{BotApi, TOKEN};

#[tokio::test]
async fn the_health_pages_say_how_the_bot_is() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let mut bot = Bot::start(&api, faq.path()).await;
    assert_eq!(bot.page("/healthz").await.0, 200);
    let (status, ready) = bot.page("/readyz").await;
    assert_eq!(status, 200, "{ready}");
    for line in ["store: ok", "telegram: ok", "role: polling", "stopping: no"] {
        assert!(ready.contains(line), "{ready}");
    }
    let gate = api.hold("sendMessage", 1);
    api.person(1).says("when is the library open");
    api.wait("the send", |inner| {
        let mut calls = inner.calls.iter();
        calls.any(|call| call.method == "sendMessage").then_some(())
    })
    .await;
    bot.signal(nix::sys::signal::Signal::SIGTERM);
    bot.logs("stopping").await;
    let (status, ready) = bot.page("/readyz").await;
    assert_eq!(status, 503, "{ready}");
    assert!(ready.contains("stopping: yes"), "{ready}");
    gate.add_permits(1);
    bot.ended().await;
}

#[tokio::test]
async fn metrics_count_without_ids_or_words() {
    use crate::support::bot_api::Fault;
    let api = BotApi::start().await;
    let faq = Faq::small();
    let bot = Bot::start(&api, faq.path()).await;
    api.fail("sendMessage", None, [Fault::Code(502)]);
    let person = api.person(987_654_321);
    person.says("when is the library open");
    api.reply(person.id).await;
    let last = person.says("I want to kill myself");
    api.reply(person.id).await;
    api.confirmed(&[last.update]).await;
    let (_, text) = bot.page("/metrics").await;
    let figures: FxHashMap<&str, f64> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, figure)| (name, figure.parse().unwrap()))
        .collect();
    for (name, figure) in [
        ("askwell_updates_total{kind=\"message\"}", 2.0),
        ("askwell_replies_total{decision=\"answered\"}", 1.0),
        // The crisis text: a reply fewer than updates would show its moment as well.
        ("askwell_replies_total{decision=\"other\"}", 1.0),
        ("askwell_send_failures_total{code=\"502\"}", 1.0),
        ("askwell_answer_seconds_count", 2.0),
        ("askwell_content_version", 1.0),
        ("askwell_store_works", 1.0),
    ] {
        assert_eq!(figures.get(name), Some(&figure), "{name} in\n{text}");
    }
    // Who asks for the figures twice must not see when somebody was in danger.
    for word in [
        "987654321",
        "library",
        "ann_the_asker",
        "opening-hours",
        "decision=\"urgent\"",
    ] {
        assert!(!text.contains(word), "{word} in\n{text}");
    }
}

#[tokio::test]
async fn log_lines_can_be_json() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let variables = [("TELOXIDE_TOKEN", TOKEN), ("ASKWELL_LOG_FORMAT", "json")];
    let mut bot = Bot::launch(&api, faq.path(), &variables);
    api.polled().await;
    bot.terminated().await;
    let log = bot.log();
    assert!(log.contains("health pages"), "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["fields"]["message"].is_string(), "{line}");
    }
}

#[tokio::test]
async fn a_log_level_that_is_none_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (filter, part) in [
        ("warning", "`warning`, which is no level"),
        ("askwell=loud", "cannot read ASKWELL_LOG"),
    ] {
        let variables = [("ASKWELL_LOG", filter)];
        let (status, words) = said("", folder.path(), &["schema"], &variables).await;
        assert_eq!(status, 1, "{words}");
        assert!(words.contains(part), "{words}");
    }
}

/// What a command says, and its exit status.
async fn said(
    api_url: &str,
    data: &Path,
    args: &[&str],
    variables: &[(&str, &str)],
) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("askwell"));
    command
        .args(args)
        .env_clear()
        .env("TELOXIDE_API_URL", api_url)
        .env("ASKWELL_DATA", data)
        .envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let words = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(words).unwrap(),
    )
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_with_a_healthy_bot() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let args = ["doctor", "--faq", faq.path().to_str().unwrap()];
    let (status, report) = said(
        &api.url,
        api.data.path(),
        &args,
        &[
            ("TELOXIDE_TOKEN", TOKEN),
            ("ASKWELL_KEY_FILE", "/nowhere/key"),
        ],
    )
    .await;
    assert_eq!(status, 0, "{report}");
    assert!(
        report.contains("note key: none yet; the first start makes"),
        "{report}"
    );
    for part in [
        "encoder: none is installed",
        "content: 4 entries",
        "crisis texts: those of Canada are verified",
        "store: SQLite",
        "token: it is @",
        "network",
        "groups: privacy mode is on",
        "webhook: none",
    ] {
        assert!(report.contains(&format!("ok   {part}")), "{report}");
    }
}

#[tokio::test]
async fn the_doctor_names_a_cure_for_each_fault() {
    let api = BotApi::start().await;
    api.refuse_token();
    let faq = Faq::with("[[faq]]\nid = 'x'\n");
    let args = ["doctor", "--faq", faq.path().to_str().unwrap()];
    let key = faq.path().with_extension("key");
    std::fs::write(&key, [7; 32]).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let variables = [
        ("TELOXIDE_TOKEN", TOKEN),
        (
            "ASKWELL_DATABASE_URL",
            "postgres://ann:canary@127.0.0.1:1/none",
        ),
        ("ASKWELL_KEY_FILE", key.to_str().unwrap()),
        ("ASKWELL_SENDS_PER_SECOND", "abc"),
    ];
    let (status, report) = said(&api.url, api.data.path(), &args, &variables).await;
    std::fs::remove_file(&key).unwrap();
    assert_eq!(status, 1);
    for part in [
        "content: ",
        "store: PostgreSQL",
        "key: others can read",
        "send limit: ASKWELL_SENDS_PER_SECOND is not a number",
        "token: Telegram refuses",
    ] {
        assert!(report.contains(&format!("BAD  {part}")), "{report}");
    }
    assert!(!report.contains("canary"), "{report}");
    let (status, report) = said(
        "http://127.0.0.1:1",
        api.data.path(),
        &args,
        &variables[..1],
    )
    .await;
    assert_eq!(status, 1);
    assert!(report.contains("BAD  network: "), "{report}");
}

#[tokio::test]
async fn a_restored_store_knows_what_was_answered() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let mut bot = Bot::start(&api, faq.path()).await;
    let gate = api.hold("sendMessage", 1);
    let slow = api.person(1).says("when is the library open");
    api.person(2).says("where can i park my car");
    api.reply(2).await;
    bot.logs("settled").await;

    // Beside the running bot.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    let file = file.to_str().unwrap();
    let (status, words) = said(&api.url, api.data.path(), &["backup", file], &[]).await;
    assert_eq!(status, 0, "{words}");
    bot.killed().await;

    let elsewhere = tempfile::tempdir().unwrap();
    let (status, words) = said(&api.url, elsewhere.path(), &["restore", file], &[]).await;
    assert_eq!(status, 0, "{words}");
    gate.add_permits(10);
    let variables = [
        ("TELOXIDE_TOKEN", TOKEN),
        ("ASKWELL_DATA", elsewhere.path().to_str().unwrap()),
    ];
    let _bot = Bot::launch(&api, faq.path(), &variables);
    api.reply(1).await;
    api.confirmed(&[slow.update]).await;
    assert_eq!(api.sent(2).len(), 1);
}

#[tokio::test]
async fn what_is_no_backup_is_refused_and_left_as_it_is() {
    use sqlx::{Connection, SqliteConnection};
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("empty.db"), "").unwrap();
    std::fs::write(
        path("text.db"),
        "a letter to somebody, and long enough for it",
    )
    .unwrap();
    let url = format!("sqlite://{}?mode=rwc", path("foreign.db").display());
    let mut foreign = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("CREATE TABLE updates (bot INTEGER, id INTEGER, settled_at INTEGER)")
        .execute(&mut foreign)
        .await
        .unwrap();
    foreign.close().await.unwrap();
    for name in ["empty.db", "text.db", "foreign.db"] {
        let before = std::fs::read(path(name)).unwrap();
        let file = path(name);
        let args = ["restore", file.to_str().unwrap()];
        let (status, words) = said("", &path("data"), &args, &[]).await;
        assert_eq!(status, 1, "{words}");
        assert!(
            words.contains(&format!("{name} is no backup")) && words.contains("`askwell backup`"),
            "{words}"
        );
        assert_eq!(std::fs::read(path(name)).unwrap(), before, "{name}");
    }
    let gone = path("gone.db");
    let args = ["restore", gone.to_str().unwrap()];
    let (status, words) = said("", &path("data"), &args, &[]).await;
    assert_eq!(status, 1, "{words}");
    assert!(words.contains("cannot read the backup") && words.contains("gone.db"));
}

#[tokio::test]
async fn a_backup_is_of_a_store_that_is_there_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (file, lost) = (path("backup.db"), path("no/backup.db"));
    let args = ["backup", file.to_str().unwrap()];
    let (status, words) = said("", &path("mistyped"), &args, &[]).await;
    assert_eq!(status, 1, "{words}");
    assert!(
        words.contains("there is no store at") && words.contains("ASKWELL_DATA"),
        "{words}"
    );
    assert!(!file.exists() && !path("mistyped").exists());

    std::fs::create_dir(path("data")).unwrap();
    std::fs::write(path("data/askwell.db"), "").unwrap();
    let args = ["backup", lost.to_str().unwrap()];
    let (status, words) = said("", &path("data"), &args, &[]).await;
    assert_eq!(status, 1, "{words}");
    assert!(words.contains("cannot write the backup") && words.contains("no/backup.db"));

    std::fs::create_dir(path("broken")).unwrap();
    std::fs::write(
        path("broken/askwell.db"),
        "no database, and long enough to tell",
    )
    .unwrap();
    let args = ["backup", file.to_str().unwrap()];
    let (status, words) = said("", &path("broken"), &args, &[]).await;
    assert_eq!(status, 1, "{words}");
    assert!(words.contains("cannot use the store in"), "{words}");
}

#[tokio::test]
async fn nothing_on_disk_holds_a_persons_words_or_name() {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let mut bot = Bot::start(&api, faq.path()).await;
    let asked = api.person(1).says("canaryword when is the library open");
    api.reply(1).await;
    api.confirmed(&[asked.update]).await;
    bot.terminated().await;
    let mut n_bytes = 0;
    for file in std::fs::read_dir(api.data.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        n_bytes += bytes.len();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for word in ["canary", "ann", "library"] {
            assert!(!text.contains(word), "`{word}` on disk");
        }
    }
    assert!(n_bytes > 4096, "the store is there");
}
