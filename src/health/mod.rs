//! How the bot is, for those who run it: alive, ready, and figures. Holds no ids and no words.

mod metrics;
mod server;
mod systemd;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::live::Live;

pub use metrics::Metrics;
pub use server::serve;
pub use systemd::{ready as notify_ready, stopping as notify_stopping};

/// A loop that has shown no life for so long hangs: a poll ends after 70 seconds at the latest.
const HANGS_AFTER: Duration = Duration::from_mins(3);

/// The state that the parts of the bot report to, and that `/readyz` shows.
pub struct Health {
    pub metrics: Metrics,
    live: Arc<Live>,
    store: AtomicBool,
    telegram: AtomicBool,
    stopping: AtomicBool,
    role: Mutex<Role>,
    started: Instant,
    /// Seconds from `started` to the last sign of life.
    beat: AtomicU64,
}

/// What this process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Starting,
    Polling,
    /// Another process polls; this one takes over when it ends.
    StandingBy,
    Webhook,
}

impl Health {
    #[must_use]
    pub fn new(live: Arc<Live>) -> Arc<Self> {
        Arc::new(Self {
            metrics: Metrics::default(),
            live,
            store: AtomicBool::new(false),
            telegram: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            role: Mutex::new(Role::Starting),
            started: Instant::now(),
            beat: AtomicU64::new(0),
        })
    }

    /// The store works, or not.
    pub fn store(&self, works: bool) {
        self.store.store(works, Ordering::Relaxed);
    }

    /// Telegram can be reached and lets us in, or not.
    pub fn telegram(&self, reached: bool) {
        self.telegram.store(reached, Ordering::Relaxed);
    }

    pub fn role(&self, role: Role) {
        *self.lock_role() = role;
    }

    /// From now on nothing new is taken.
    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// A sign of life of the loop that does the work.
    pub fn beat(&self) {
        self.beat
            .store(self.started.elapsed().as_secs(), Ordering::Relaxed);
    }

    /// Whether the loop that does the work has shown life lately.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let beat = Duration::from_secs(self.beat.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(beat) < HANGS_AFTER
    }

    /// Whether questions are answered now, and a line about each part.
    #[must_use]
    pub fn readiness(&self) -> (bool, String) {
        let set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let (store, telegram, stopping) =
            (set(&self.store), set(&self.telegram), set(&self.stopping));
        let role = *self.lock_role();
        let word = |fine, yes: &'static str, no: &'static str| if fine { yes } else { no };
        let mut lines = String::new();
        // Writing to a text does not fail.
        let _ = writeln!(lines, "store: {}", word(store, "ok", "away"));
        let _ = writeln!(lines, "telegram: {}", word(telegram, "ok", "away"));
        let _ = writeln!(lines, "role: {}", role.name());
        let _ = writeln!(lines, "stopping: {}", word(stopping, "yes", "no"));
        let _ = writeln!(lines, "content version: {}", self.live.reloads().version());
        let ready = store && telegram && !stopping && role != Role::Starting;
        (ready, lines)
    }

    /// The metrics in Prometheus' text form.
    #[must_use]
    pub fn exposition(&self) -> String {
        self.metrics
            .text(self.live.reloads(), self.store.load(Ordering::Relaxed))
    }

    fn lock_role(&self) -> std::sync::MutexGuard<'_, Role> {
        self.role
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Polling => "polling",
            Self::StandingBy => "standing by",
            Self::Webhook => "webhook",
        }
    }
}
