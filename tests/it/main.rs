//! Black-box stories: the compiled binary and nothing else.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod ask;
mod calibrate;
mod chat;
mod check;
mod diff;
mod eval;
#[cfg(feature = "workshop")]
mod export;
mod faults;
mod hostile;
#[cfg(feature = "workshop")]
mod import;
mod init;
mod manual;
mod minimal_pairs;
#[cfg(feature = "encoder")]
mod model;
mod operations;
mod safety;
mod store;
mod support;
mod telegram;
