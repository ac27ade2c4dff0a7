//! One process polls at a time, since a second poller ends the first one's polls. The others
//! stand by and take over when its right to poll ends, within about a second.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::store::Store;

/// Between looks at the right, one's own or another's.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether this process may poll, from now until the receiver is dropped.
pub(super) fn seek(store: Store) -> watch::Receiver<bool> {
    let (state, ours) = watch::channel(false);
    tokio::spawn(async move {
        let mut stands_by = false;
        while !state.is_closed() {
            match store.lead().await {
                Ok(Some(mut lead)) => {
                    stands_by = false;
                    state.send_replace(true);
                    while !state.is_closed() && lead.holds().await {
                        sleep(PAUSE).await;
                    }
                    if state.send_replace(false) && !state.is_closed() {
                        tracing::error!("the right to poll is lost with the store; waiting for it");
                    }
                }
                Ok(None) => {
                    if !std::mem::replace(&mut stands_by, true) {
                        tracing::info!("another process polls; standing by to take over");
                    }
                }
                Err(error) => tracing::debug!(%error, "cannot ask for the right to poll"),
            }
            sleep(PAUSE).await;
        }
    });
    ours
}
