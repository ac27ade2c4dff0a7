//! Black-box stories: the compiled binary and nothing else.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod ask;
mod chat;
mod check;
mod diff;
#[cfg(feature = "workshop")]
mod export;
#[cfg(feature = "workshop")]
mod import;
mod init;
mod manual;
#[cfg(feature = "encoder")]
mod model;
mod operations;
mod store;
mod support;
mod telegram;
