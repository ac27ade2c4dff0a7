//! The harness: a Bot API server on loopback, the compiled bot as a process, and content.

pub(crate) mod bot;
pub(crate) mod bot_api;
mod form;
pub(crate) mod html;
pub(crate) mod postgres;
pub(crate) mod schema;
pub(crate) mod webhooks;

use std::future::Future;
use std::time::Duration;

/// Long enough for the slowest machine; nothing waits for it unless it is broken.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Waits for something that has to come, or panics and says what did not.
#[track_caller]
pub(crate) fn within<T>(
    what: impl Into<String>,
    wanted: impl Future<Output = T>,
) -> impl Future<Output = T> {
    let what = what.into();
    let caller = std::panic::Location::caller();
    async move {
        let timely = tokio::time::timeout(DEADLINE, wanted).await;
        timely.unwrap_or_else(|_| panic!("{caller}: waited in vain for {what}"))
    }
}
