//! Writes down what is settled, many updates in one commit, and keeps what a database that is
//! away could not take.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::{Settled, Store};
use crate::error::with_causes;

/// Between tries while the database is away.
const PAUSE: Duration = Duration::from_millis(250);
/// So many updates go into one commit.
const MAX_BATCH: usize = 1000;
/// How often old updates are forgotten.
const PRUNE_EVERY: Duration = Duration::from_hours(1);
/// How often an idle store is looked at, so that the next question does not find it away.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// A line to the task that writes; the task ends with the last of them. Ids wait in memory while the database is away: 100 bytes each.
#[derive(Clone)]
pub struct Ledger {
    entries: mpsc::UnboundedSender<Entry>,
    works: watch::Receiver<bool>,
}

struct Entry {
    /// None to hear only that all before it is written.
    settled: Option<Settled>,
    written: oneshot::Sender<()>,
}

impl Ledger {
    /// Starts the task.
    #[must_use]
    pub fn start(store: Store) -> Self {
        let (entries, received) = mpsc::unbounded_channel();
        let (state, works) = watch::channel(true);
        tokio::spawn(write(store, received, state));
        Self { entries, works }
    }

    /// Notes an update as settled, soon. The receiver hears when it is safe; it can be dropped.
    #[expect(clippy::must_use_candidate, reason = "most callers need not wait")]
    pub fn settle(&self, settled: Settled) -> oneshot::Receiver<()> {
        self.send(Some(settled))
    }

    /// Waits until all that was noted so far is written.
    pub async fn flush(&self) {
        // The task ends only after us.
        let _ = self.send(None).await;
    }

    fn send(&self, settled: Option<Settled>) -> oneshot::Receiver<()> {
        let (written, heard) = oneshot::channel();
        let _ = self.entries.send(Entry { settled, written });
        heard
    }

    /// Whether the last look at the database found it at work; tells of changes.
    #[must_use]
    pub fn works(&self) -> watch::Receiver<bool> {
        self.works.clone()
    }
}

async fn write(
    store: Store,
    mut received: mpsc::UnboundedReceiver<Entry>,
    state: watch::Sender<bool>,
) {
    let mut batch = Vec::new();
    let mut pruned = None::<Instant>;
    loop {
        if pruned.is_none_or(|at| at.elapsed() >= PRUNE_EVERY) {
            pruned = Some(Instant::now());
            if let Err(error) = store.prune(super::KEPT).await {
                tracing::debug!(error = with_causes(&error), "old updates not pruned");
            }
        }
        let arrived = tokio::time::timeout(CHECK_EVERY, received.recv_many(&mut batch, MAX_BATCH));
        match arrived.await {
            Err(_) => {
                let checked = store.check().await;
                note(&state, checked.as_ref().err(), 0);
                continue;
            }
            Ok(0) => return,
            Ok(_) => {}
        }
        let (settled, waiting): (Vec<_>, Vec<_>) = batch
            .drain(..)
            .map(|Entry { settled, written }| (settled, written))
            .unzip();
        let settled: Vec<Settled> = settled.into_iter().flatten().collect();
        if !settled.is_empty() {
            while let Err(error) = store.settle(&settled).await {
                note(&state, Some(&error), settled.len() + received.len());
                tokio::time::sleep(PAUSE).await;
            }
            note(&state, None, 0);
            tracing::debug!(n = settled.len(), "settled");
        }
        for written in waiting {
            let _ = written.send(());
        }
    }
}

/// Logs when the database goes away and when it is back.
fn note(state: &watch::Sender<bool>, error: Option<&super::StoreError>, n_waiting: usize) {
    let changed = state
        .send_if_modified(|works| std::mem::replace(works, error.is_none()) != error.is_none());
    match error {
        Some(error) if changed => tracing::error!(
            error = with_causes(error),
            n_waiting,
            "the store is away; replies go on, and what is answered is noted when it is back"
        ),
        None if changed => tracing::info!("the store is back"),
        _ => {}
    }
}
