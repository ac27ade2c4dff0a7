//! Black-box stories: the compiled binary and nothing else.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod ask;
mod chat;
mod check;
mod faults;
mod hostile;
mod operations;
mod store;
mod support;
mod telegram;
