//! How much the bot can take, beside a bare teloxide echo bot on the same lean server.
//!
//! `cargo bench --bench load` prints answers a second and CPU time an answer for a burst and
//! for 100 a second. Store on, send limits off, one process each, two rounds.

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path as FilePath, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::any;
use serde_json::{Value, json};
use teloxide::prelude::*;
use tokio::sync::Notify;

const TOKEN: &str = "123456789:AAF7g0gYncWnm5-IyfZlpPRq_RRv6kNAGlao";
/// The bots are started anew for each figure, so nothing is cached from the last.
const BURST: usize = 4000;
const STREAM: usize = 1000;
const STREAM_PER_SECOND: u32 = 100;
const ROUNDS: usize = 2;
/// How Linux counts a process's time; `getconf CLK_TCK` says so on every common machine.
const TICKS_PER_SECOND: f64 = 100.0;

#[tokio::main]
async fn main() {
    if std::env::args().any(|arg| arg == "echo") {
        return echo().await;
    }
    let mut out = std::io::stdout();
    for round in 1..=ROUNDS {
        for bot in [Contender::Echo, Contender::Askwell] {
            let burst = measure(bot, BURST, None).await;
            let stream = measure(bot, STREAM, Some(STREAM_PER_SECOND)).await;
            writeln!(
                out,
                "round {round}, {}: burst {:.0} answers/s, {:.0} us CPU an answer; at {STREAM_PER_SECOND}/s {:.0} us; {} MiB",
                bot.name(),
                burst.per_second,
                burst.cpu_us,
                stream.cpu_us,
                burst.mib.max(stream.mib),
            )
            .expect("standard output takes a line");
        }
    }
}

/// The plainest bot that teloxide can make.
async fn echo() {
    let bot = Bot::from_env();
    let handler = Update::filter_message().endpoint(|bot: Bot, message: Message| async move {
        bot.send_message(message.chat.id, message.text().unwrap_or("nothing"))
            .await
            .map(|_| ())
    });
    Dispatcher::builder(bot, handler).build().dispatch().await;
}

#[derive(Clone, Copy)]
enum Contender {
    Echo,
    Askwell,
}

struct Figures {
    per_second: f64,
    cpu_us: f64,
    mib: u64,
}

#[derive(Default)]
struct Server {
    queue: Mutex<VecDeque<(i64, Value)>>,
    sent: Mutex<usize>,
    changed: Notify,
    done: Notify,
}

async fn measure(bot: Contender, n: usize, per_second: Option<u32>) -> Figures {
    let server = Arc::new(Server::default());
    let router = Router::new()
        .route("/{bot}/{method}", any(endpoint))
        .with_state(Arc::clone(&server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let home = tempfile::tempdir().expect("a folder");
    let mut child = bot.start(&url, home.path());
    // Until it polls; its start is not what is measured.
    server.push(0, 1);
    while tokio::time::timeout(Duration::from_secs(1), server.wait_for(1))
        .await
        .is_err()
    {
        let ended = child.try_wait().expect("its state can be asked");
        assert!(ended.is_none(), "{} did not start", bot.name());
    }
    let (begin, cpu) = (Instant::now(), cpu_secs(&child));
    match per_second {
        None => server.push(1, n),
        Some(per_second) => {
            let mut clock = tokio::time::interval(Duration::from_secs(1) / per_second);
            for id in 1..=n {
                clock.tick().await;
                server.push(id, 1);
            }
        }
    }
    server.wait_for(n + 1).await;
    let figures = Figures {
        per_second: n as f64 / begin.elapsed().as_secs_f64(),
        cpu_us: (cpu_secs(&child) - cpu) * 1e6 / n as f64,
        mib: peak_mib(&child),
    };
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    serving.abort();
    figures
}

impl Contender {
    fn name(self) -> &'static str {
        match self {
            Self::Echo => "teloxide echo",
            Self::Askwell => "askwell",
        }
    }

    fn start(self, url: &str, home: &FilePath) -> Child {
        let mut command = match self {
            Self::Echo => {
                let mut echo = Command::new(std::env::current_exe().expect("we run"));
                echo.arg("echo");
                echo
            }
            Self::Askwell => {
                let mut askwell = Command::new(env!("CARGO_BIN_EXE_askwell"));
                askwell.args(["run", "--health", "off", "--faq"]);
                askwell.arg(signed_content(home));
                askwell.env("ASKWELL_KEY_FILE", home.join("key"));
                askwell
            }
        };
        command
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", url)
            .env("ASKWELL_DATA", home.join("data"))
            .env("ASKWELL_SENDS_PER_SECOND", "0")
            .env("ASKWELL_LOG", "warn")
            .stdin(Stdio::null())
            .spawn()
            .expect("it starts")
    }
}

/// The shipped content, its helplines signed as a practice would: else the bot does not start.
fn signed_content(home: &FilePath) -> PathBuf {
    let shipped = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("faq");
    let content = home.join("faq");
    std::fs::create_dir_all(content.join("safety")).expect("a folder");
    for file in ["bot.toml", "couples-therapy-one-partner.toml"] {
        std::fs::copy(shipped.join(file), content.join(file)).expect("it is there");
    }
    let helplines = std::fs::read_to_string(shipped.join("safety/helplines.toml"));
    let today = "verified_on = \"2026-11-23\"";
    let signed = helplines
        .expect("it is there")
        .replace("verified_on = \"\"", today)
        .replace("verified_by = \"\"", "verified_by = \"A. Clinician\"");
    std::fs::write(content.join("safety/helplines.toml"), signed).expect("it can be written");
    content
}

impl Server {
    fn push(&self, first: usize, n: usize) {
        let mut queue = self.queue.lock().expect("nobody panics with it");
        for id in (1000..).skip(first).take(n) {
            let person = json!({"id": id, "is_bot": false, "first_name": "Ann"});
            let chat = json!({"id": id, "type": "private", "first_name": "Ann"});
            let message = json!({
                "message_id": 1, "date": 1_700_000_000, "chat": chat, "from": person,
                "text": "is online couples therapy effective",
            });
            queue.push_back((id, json!({"update_id": id, "message": message})));
        }
        drop(queue);
        self.changed.notify_waiters();
    }

    async fn wait_for(&self, n: usize) {
        loop {
            let done = self.done.notified();
            if *self.sent.lock().expect("nobody panics with it") >= n {
                return;
            }
            done.await;
        }
    }

    async fn updates(&self, params: &Value) -> Value {
        let deadline = tokio::time::Instant::now()
            + Duration::from_secs(params["timeout"].as_u64().unwrap_or(0));
        loop {
            let changed = self.changed.notified();
            {
                let mut queue = self.queue.lock().expect("nobody panics with it");
                let offset = params["offset"].as_i64().unwrap_or(0);
                while queue.front().is_some_and(|(id, _)| *id < offset) {
                    queue.pop_front();
                }
                if !queue.is_empty() {
                    return queue.iter().take(100).map(|(_, it)| it.clone()).collect();
                }
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return json!([]);
            }
        }
    }
}

async fn endpoint(
    State(server): State<Arc<Server>>,
    Path((_, method)): Path<(String, String)>,
    body: Bytes,
) -> String {
    let params: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result = match method.to_ascii_lowercase().as_str() {
        "getupdates" => server.updates(&params).await,
        "sendmessage" => {
            *server.sent.lock().expect("nobody panics with it") += 1;
            server.done.notify_one();
            let chat = json!({"id": params["chat_id"], "type": "private", "first_name": "Ann"});
            json!({"message_id": 2, "date": 1_700_000_000, "chat": chat, "text": "x"})
        }
        "getme" => json!({
            "id": 123_456_789, "is_bot": true, "first_name": "Bot", "username": "load_bot",
            "can_join_groups": true, "can_read_all_group_messages": false,
            "supports_inline_queries": false, "can_connect_to_business": false, "has_main_web_app": false,
        }),
        "getmycommands" => json!([]),
        "getmydescription" => json!({"description": ""}),
        "getmyshortdescription" => json!({"short_description": ""}),
        _ => json!(true),
    };
    json!({"ok": true, "result": result}).to_string()
}

fn cpu_secs(child: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("it runs");
    let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    ticks / TICKS_PER_SECOND
}

fn peak_mib(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
