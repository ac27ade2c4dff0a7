//! The fault matrix: many questions while things go wrong, by polling and by webhook.
//!
//! `cargo test` asks few questions and judges what must hold on any machine: nothing lost,
//! nothing doubled without need, the order in a chat kept. With `ASKWELL_TEST_FULL=1` it asks
//! 2,000, judges the times as well, and writes a line of figures for each fault; for that,
//! build with `--release` and run with `--test-threads=1`.

mod away;
mod kills;
mod limits;
mod steady;
mod storms;

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::support::bot::{Bot, Faq};
use crate::support::bot_api::{BotApi, TOKEN};
use crate::support::postgres;
use crate::support::webhooks::Deliveries;

const QUIET: (&str, &str) = ("ASKWELL_LOG", "info");

/// A server, and one process that polls or three replicas that are called.
struct Farm {
    api: BotApi,
    faq: Faq,
    bots: Vec<Bot>,
    deliveries: Option<Deliveries>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Polling,
    Replicas,
}

/// Questions at an even pace, to one chat after the other.
#[derive(Clone, Copy)]
struct Load {
    n: usize,
    per_second: u32,
    chats: usize,
}

/// What became of a load.
#[derive(Debug)]
struct Figures {
    lost: usize,
    doubled: usize,
    /// Most copies of one reply.
    copies: usize,
    inversions: usize,
    p50: Duration,
    p99: Duration,
    max: Duration,
}

fn is_full() -> bool {
    std::env::var_os("ASKWELL_TEST_FULL").is_some()
}

/// The load of the matrix: 2,000 at 200 a second, each in a chat of its own.
fn matrix() -> Load {
    if is_full() {
        Load {
            n: 2000,
            per_second: 200,
            chats: 2000,
        }
    } else {
        Load {
            n: 150,
            per_second: 150,
            chats: 150,
        }
    }
}

impl Farm {
    /// None where replicas are wanted and there is no PostgreSQL.
    async fn start(mode: Mode, variables: &[(&str, &str)]) -> Option<Self> {
        let api = BotApi::start().await;
        let faq = Faq::small();
        let mut all = vec![("TELOXIDE_TOKEN", TOKEN), QUIET];
        all.extend(variables);
        if mode == Mode::Replicas {
            let url = postgres::database().await?;
            all.push(("ASKWELL_DATABASE_URL", &url));
            return Some(Self::launch(mode, api, faq, &all).await);
        }
        Some(Self::launch(mode, api, faq, &all).await)
    }

    /// The same on this database.
    async fn start_on(mode: Mode, url: &str) -> Self {
        let (api, faq) = (BotApi::start().await, Faq::small());
        let all = [
            ("TELOXIDE_TOKEN", TOKEN),
            QUIET,
            ("ASKWELL_DATABASE_URL", url),
        ];
        Self::launch(mode, api, faq, &all).await
    }

    async fn launch(mode: Mode, api: BotApi, faq: Faq, variables: &[(&str, &str)]) -> Self {
        let mut bots = Vec::new();
        let mut deliveries = None;
        match mode {
            Mode::Polling => {
                bots.push(Bot::launch(&api, faq.path(), variables));
                api.polled().await;
            }
            Mode::Replicas => {
                for _ in 0..3 {
                    bots.push(Bot::replica(&api, faq.path(), variables).await);
                }
                let hooks = bots.iter().map(Bot::hook).collect();
                deliveries = Some(Deliveries::start(&api, hooks));
            }
        }
        Self {
            api,
            faq,
            bots,
            deliveries,
        }
    }

    /// Asks, waits until nothing is left, and counts.
    async fn ask(&self, load: Load) -> Figures {
        let asked = ask(&self.api, load).await;
        self.figures(&asked).await
    }

    /// Waits until nothing is left, and counts. What a slow chat is owed may be left when
    /// Telegram keeps nothing more.
    async fn figures(&self, asked: &[Question]) -> Figures {
        self.finished().await;
        let begin = Instant::now();
        loop {
            let figures = judge(&self.api, asked);
            if figures.lost == 0 || begin.elapsed() > Duration::from_secs(30) {
                return figures;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until Telegram keeps nothing more.
    async fn finished(&self) {
        let patience = Duration::from_secs(if is_full() { 300 } else { 60 });
        let mut last = (usize::MAX, Instant::now());
        loop {
            let n = self.api.state().n_queued();
            if n == 0 {
                return;
            }
            if n != last.0 {
                last = (n, Instant::now());
            }
            assert!(last.1.elapsed() < patience, "{n} updates are left");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The most memory that a bot has used, in MiB.
    fn peak_mib(&self) -> u64 {
        let peak = |bot: &Bot| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", bot.id())).unwrap();
            let line = status.lines().find(|it| it.starts_with("VmHWM:")).unwrap();
            let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
            kib / 1024
        };
        self.bots.iter().map(peak).max().unwrap()
    }
}

/// A question and when it was asked.
struct Question {
    chat: i64,
    at: Instant,
    opening: bool,
}

async fn ask(api: &BotApi, load: Load) -> Vec<Question> {
    let mut clock = interval(Duration::from_secs(1) / load.per_second);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asked = Vec::with_capacity(load.n);
    for n in 0..load.n {
        clock.tick().await;
        let chat = i64::try_from(n % load.chats).unwrap() + 1;
        let opening = (n / load.chats).is_multiple_of(2);
        let text = if opening {
            "when is the library open"
        } else {
            "where can i park my car"
        };
        let at = Instant::now();
        api.person(chat).says(text);
        asked.push(Question { chat, at, opening });
    }
    asked
}

fn judge(api: &BotApi, asked: &[Question]) -> Figures {
    let mut replies: HashMap<i64, Vec<(Option<i64>, bool, Instant)>> = HashMap::new();
    for sent in api.state().sent.iter().filter(|sent| !sent.edited) {
        let opening = sent.text.contains("nine to five");
        let of_chat = replies.entry(sent.chat).or_default();
        of_chat.push((sent.replies_to, opening, sent.at));
    }
    let mut questions: HashMap<i64, Vec<&Question>> = HashMap::new();
    for question in asked {
        questions.entry(question.chat).or_default().push(question);
    }
    let mut figures = Figures {
        lost: 0,
        doubled: 0,
        copies: 0,
        inversions: 0,
        p50: Duration::ZERO,
        p99: Duration::ZERO,
        max: Duration::ZERO,
    };
    let mut times = Vec::with_capacity(asked.len());
    for (chat, questions) in &questions {
        let mut replies = replies.remove(chat).unwrap_or_default();
        let n = replies.len();
        // A copy follows its original, and both say the same; neighbours are asked differently.
        let n_runs = if questions.len() == 1 {
            n.min(1)
        } else {
            replies.dedup_by_key(|(_, opening, _)| *opening);
            replies.len()
        };
        figures.lost += questions.len().saturating_sub(n_runs);
        figures.doubled += n.saturating_sub(questions.len());
        figures.copies = figures.copies.max(1 + n.saturating_sub(questions.len()));
        for (question, (_, opening, at)) in questions.iter().zip(&replies) {
            figures.inversions += usize::from(question.opening != *opening);
            times.push(at.saturating_duration_since(question.at));
        }
    }
    times.sort_unstable();
    let at = |percent| {
        let last = times.len().saturating_sub(1);
        times.get(last * percent / 100).copied().unwrap_or_default()
    };
    (figures.p50, figures.p99, figures.max) = (at(50), at(99), at(100));
    figures
}

impl Figures {
    /// Writes a line, past the test runner, when the figures are what was asked for.
    fn show(&self, what: &str) {
        if is_full() {
            let line = format!("{what}: {self:?}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
    }
}
