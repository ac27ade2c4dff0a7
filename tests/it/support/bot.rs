//! The compiled bot as a process, with a clean environment.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::bot_api::{BotApi, TOKEN};
use super::within;

/// The address that Telegram is told.
pub(crate) const HOOK: &str = "https://bot.example/hook";

/// A running `askwell run`; killed when dropped.
pub(crate) struct Bot {
    child: Child,
    log: Arc<Mutex<String>>,
    lines: watch::Receiver<usize>,
    home: TempDir,
}

impl Bot {
    /// Starts the bot on a content folder and waits until it polls.
    pub(crate) async fn start(api: &BotApi, faq: &Path) -> Self {
        let n_polls = api.calls("getUpdates").len();
        let bot = Self::launch(api, faq, &[("TELOXIDE_TOKEN", TOKEN)]);
        api.wait("the bot to poll", |inner| {
            (inner
                .calls
                .iter()
                .filter(|call| call.method == "getUpdates")
                .count()
                > n_polls)
                .then_some(())
        })
        .await;
        bot
    }

    /// Starts the bot with these variables and the address of the server.
    pub(crate) fn launch(api: &BotApi, faq: &Path, variables: &[(&str, &str)]) -> Self {
        Self::launch_with(api, faq, &[], variables)
    }

    /// Starts a replica that is called by webhook, and waits until it can be.
    pub(crate) async fn replica(api: &BotApi, faq: &Path, variables: &[(&str, &str)]) -> Self {
        let args = ["--webhook", HOOK, "--listen", "127.0.0.1:0"];
        let variables: Vec<_> = [("TELOXIDE_TOKEN", TOKEN)]
            .iter()
            .chain(variables)
            .copied()
            .collect();
        let bot = Self::launch_with(api, faq, &args, &variables);
        bot.logs("waiting for Telegram's calls").await;
        bot
    }

    /// The same with more arguments.
    pub(crate) fn launch_with(
        api: &BotApi,
        faq: &Path,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        // Where a test forbids long files, a write shall fail and not end the bot.
        let mut child = Command::new("/bin/sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(assert_cmd::cargo::cargo_bin!("askwell"))
            .args(["run", "--health", "127.0.0.1:0"])
            .args(args)
            .arg("--faq")
            .arg(faq)
            .env_clear()
            .env("HOME", home.path())
            .env("ASKWELL_DATA", api.data.path())
            // Stories that are not about limits should not wait for them.
            .env("ASKWELL_SENDS_PER_SECOND", "0")
            .env("TELOXIDE_API_URL", &api.url)
            .env(
                "ASKWELL_LOG",
                "debug,hyper_util=info,reqwest=info,sqlx=info",
            )
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (count, lines) = watch::channel(0);
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let written = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                let mut log = written.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
                count.send_modify(|count| *count += 1);
            }
        });
        Self {
            child,
            log,
            lines,
            home,
        }
    }

    /// Where the bot keeps its key and its data.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Everything on standard error so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The address that the log names in a line with these words.
    pub(crate) fn address(&self, words: &str) -> String {
        let log = self.log();
        let line = log.lines().find(|line| line.contains(words)).unwrap();
        let (_, address) = line.split_once("address=").unwrap();
        address.split_whitespace().next().unwrap().to_owned()
    }

    /// What a health page says, with its status.
    pub(crate) async fn page(&self, path: &str) -> (u16, String) {
        self.logs("health pages").await;
        let url = format!("http://{}{path}", self.address("health pages"));
        let response = reqwest::get(url).await.unwrap();
        let status = response.status().as_u16();
        (status, response.text().await.unwrap())
    }

    /// Where it listens for Telegram's calls.
    pub(crate) fn hook(&self) -> String {
        format!(
            "http://{}/hook",
            self.address("waiting for Telegram's calls")
        )
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("the bot still runs")
    }

    /// Waits for a word in the log.
    #[track_caller]
    pub(crate) fn logs(&self, words: &str) -> impl Future<Output = ()> + use<> {
        let mut lines = self.lines.clone();
        let log = Arc::clone(&self.log);
        let wanted = words.to_owned();
        within(format!("`{words}` in the log"), async move {
            while !log.lock().unwrap().contains(&wanted) {
                let ended = lines.changed().await.is_err();
                assert!(
                    !ended,
                    "the log ended without `{wanted}`:\n{}",
                    log.lock().unwrap()
                );
            }
        })
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().expect("the bot still runs")).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let status = within("the bot to end", self.child.wait()).await.unwrap();
        // Its last lines may still be on their way.
        let mut lines = self.lines.clone();
        within("the log to end", async move {
            while lines.changed().await.is_ok() {}
        })
        .await;
        status
    }

    pub(crate) async fn terminated(&mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        self.ended().await
    }

    pub(crate) async fn killed(&mut self) {
        self.signal(Signal::SIGKILL);
        self.ended().await;
    }
}

/// A content folder of the test's own.
pub(crate) struct Faq {
    dir: TempDir,
}

impl Faq {
    /// A few entries far apart from each other, and two that are hard to tell apart.
    pub(crate) fn small() -> Self {
        Self::with(SMALL)
    }

    pub(crate) fn with(toml: &str) -> Self {
        let faq = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        faq.write(toml);
        faq.write_helplines(&signed_helplines());
        faq
    }

    /// The content that the repository ships, signed as a practice would.
    pub(crate) fn shipped() -> Self {
        let faq = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("faq");
        for file in std::fs::read_dir(shipped).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), faq.path().join(file.file_name())).unwrap();
            }
        }
        faq.write_helplines(&signed_helplines());
        faq
    }

    /// Saves the crisis texts.
    pub(crate) fn write_helplines(&self, toml: &str) {
        let folder = self.dir.path().join("safety");
        std::fs::create_dir_all(&folder).unwrap();
        let draft = folder.join("helplines.toml.tmp");
        std::fs::write(&draft, toml).unwrap();
        std::fs::rename(draft, folder.join("helplines.toml")).unwrap();
    }

    /// Saves as careful editors do: a temporary file, renamed.
    pub(crate) fn write(&self, toml: &str) {
        let draft = self.dir.path().join("questions.toml.tmp");
        std::fs::write(&draft, toml).unwrap();
        std::fs::rename(draft, self.dir.path().join("questions.toml")).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// The shipped crisis texts, which nobody has verified.
pub(crate) const HELPLINES: &str = include_str!("../../../faq/safety/helplines.toml");

/// The same, as if all numbers had been dialled today.
pub(crate) fn signed_helplines() -> String {
    verified(HELPLINES, 0)
}

/// Crisis texts that were verified so many days ago.
pub(crate) fn verified(helplines: &str, days_ago: i64) -> String {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let today = i64::try_from(now / 86_400).unwrap();
    let day = askwell::day::Day::from_number(today - days_ago).unwrap();
    helplines
        .replace("verified_on = \"\"", &format!("verified_on = \"{day}\""))
        .replace("verified_by = \"\"", "verified_by = \"A. Clinician\"")
}

pub(crate) const SMALL: &str = r#"
[[faq]]
id = "opening-hours"
question = "When is the library open?"
variants = ["opening hours", "what time do you close"]
answer = "We are open from **nine to five**."

[[faq]]
id = "parking"
question = "Where can I park my car?"
variants = ["is there a parking lot", "parking space"]
answer = "Behind the house, < 50 m & free."

[[faq]]
id = "card-red"
question = "How do I renew my red card?"
variants = ["renewing a red card", "my red card has run out"]
answer = "Red cards are renewed at the desk."

[[faq]]
id = "card-blue"
question = "How do I renew my blue card?"
variants = ["renewing a blue card", "my blue card has run out"]
answer = "Blue cards renew themselves."
"#;
