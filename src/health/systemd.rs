//! Tells systemd how the bot is (`Type=notify`, `WatchdogSec=`). Elsewhere it does nothing.

use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;

use super::Health;

/// Says that the bot is up, and from now on that it is alive, while it is.
pub fn ready(health: &Arc<Health>) {
    notify(&[NotifyState::Ready]);
    let mut micros = 0;
    if !sd_notify::watchdog_enabled(false, &mut micros) {
        return;
    }
    let health = Arc::clone(health);
    tokio::spawn(async move {
        loop {
            if health.is_alive() {
                notify(&[NotifyState::Watchdog]);
            }
            tokio::time::sleep(Duration::from_micros(micros / 2)).await;
        }
    });
}

/// Says that the bot is about to end.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

fn notify(state: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::warn!(%error, "systemd could not be told");
    }
}
