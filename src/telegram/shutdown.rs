//! The wish to stop, as both inboxes see it.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How often the process was asked to stop.
#[derive(Clone)]
pub(super) struct Shutdown(watch::Receiver<u32>);

impl Shutdown {
    /// Counts SIGINT and SIGTERM from now on. Fails when the system refuses the handlers.
    pub(super) fn on_signals() -> io::Result<Self> {
        let (count, counted) = watch::channel(0);
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                count.send_modify(|count| *count += 1);
            }
        });
        Ok(Self(counted))
    }

    /// Waits for the first signal: finish what is in hand.
    pub(super) async fn requested(&mut self) {
        self.reached(1).await;
    }

    /// Waits for the second signal: stop at once.
    pub(super) async fn insisted(&mut self) {
        self.reached(2).await;
    }

    async fn reached(&mut self, times: u32) {
        if self.0.wait_for(|count| *count >= times).await.is_err() {
            // Nobody is left to ask.
            std::future::pending::<()>().await;
        }
    }
}
