//! The figures of `/metrics`, in the names and units that Prometheus asks for.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::live::Reloads;

type Counters = Family<[(&'static str, String); 1], Counter>;

/// From a millisecond, the best case, to the minute of a long wait for Telegram.
const SECONDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
];

/// Counts what happens. Every label is one of our own words or a code.
pub struct Metrics {
    registry: Registry,
    updates: Counters,
    decisions: Counters,
    failures: Counters,
    given_up: Counter,
    seconds: Histogram,
    in_hand: Gauge,
    owed: Gauge,
    content_version: Gauge,
    reloads: Gauge,
    failed_reloads: Gauge,
    store_works: Gauge,
}

impl Metrics {
    /// An update came: `message`, `edited_message`, `callback_query`, `silent` or `strange`.
    pub fn update(&self, kind: &str) {
        count(&self.updates, "kind", kind);
    }

    /// A reply was decided: the kinds of [`crate::store::Tally`] but `urgent`, which is told as `other`.
    pub fn decision(&self, decision: &str) {
        count(&self.decisions, "decision", decision);
    }

    /// A call failed: a code such as `500`, or a word such as `unknown`.
    pub fn failure(&self, code: &str) {
        count(&self.failures, "code", code);
    }

    /// A reply will not arrive.
    pub fn given_up(&self) {
        self.given_up.inc();
    }

    /// An update was done, so long after it came.
    pub fn done(&self, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
    }

    /// So many updates are in hand, and so many of them only we have.
    pub fn in_hand(&self, in_hand: usize, owed: usize) {
        self.in_hand.set(i64::try_from(in_hand).unwrap_or(i64::MAX));
        self.owed.set(i64::try_from(owed).unwrap_or(i64::MAX));
    }

    pub(super) fn text(&self, reloads: Reloads, store_works: bool) -> String {
        self.content_version.set(reloads.version().cast_signed());
        self.reloads.set(reloads.done.cast_signed());
        self.failed_reloads.set(reloads.failed.cast_signed());
        self.store_works.set(i64::from(store_works));
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut it = Self {
            registry: Registry::with_prefix("askwell"),
            updates: Counters::default(),
            decisions: Counters::default(),
            failures: Counters::default(),
            given_up: Counter::default(),
            seconds: Histogram::new(SECONDS),
            in_hand: Gauge::default(),
            owed: Gauge::default(),
            content_version: Gauge::default(),
            reloads: Gauge::default(),
            failed_reloads: Gauge::default(),
            store_works: Gauge::default(),
        };
        let registry = &mut it.registry;
        registry.register("updates", "Updates that came, by kind", it.updates.clone());
        registry.register(
            "replies",
            "Replies by decision; those of the crisis screen are among the other ones",
            it.decisions.clone(),
        );
        registry.register(
            "send_failures",
            "Calls to Telegram that failed, by code",
            it.failures.clone(),
        );
        registry.register(
            "replies_given_up",
            "Replies that will not arrive",
            it.given_up.clone(),
        );
        registry.register(
            "answer_seconds",
            "From taking an update to the end of its reply",
            it.seconds.clone(),
        );
        registry.register("in_hand", "Updates in hand", it.in_hand.clone());
        registry.register(
            "owed",
            "Updates in hand that Telegram does not keep any more",
            it.owed.clone(),
        );
        registry.register(
            "content_version",
            "Counts up from 1 with each reload",
            it.content_version.clone(),
        );
        registry.register(
            "content_reloads_done",
            "Reloads since the start",
            it.reloads.clone(),
        );
        registry.register(
            "content_reloads_failed",
            "Reloads that found errors, since the start",
            it.failed_reloads.clone(),
        );
        registry.register(
            "store_works",
            "1 while the store can be used",
            it.store_works.clone(),
        );
        it
    }
}

fn count(counters: &Counters, label: &'static str, value: &str) {
    counters.get_or_create(&[(label, value.to_owned())]).inc();
}
