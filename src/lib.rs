//! Askwell answers people's questions from an operator's own FAQ and articles.
//!
//! # The way of one message
//! ```text
//! Telegram update (message, edit, caption, command, button press, voice or picture)
//!  1 telegram::incoming    update > Event
//!  2 Assistant::answer     screen > analyse > score > fuse > decide > word   [pure, no await]
//!  3 telegram::outgoing    Reply > text and keyboard, one call to Telegram
//!  4 Ledger::settle         the update's id is noted: only now may Telegram forget it
//! ```
//! `ask`, `chat`, `eval` and the bot all make step 2 by the same call, so what is
//! measured is what is shipped.
//!
//! # Which way dependencies point
//! ```text
//! main > cli > telegram > health > live > content > conversation > matching > safety > text
//!                       > store ------------------> conversation            > knowledge > markup
//!            > calibrate, eval > conversation
//!                    > encoder > conversation
//!            > lint, import, export > content
//! ```
//! Beside the arrows: `live` adds the encoder to its matcher, `lint` follows links with `import`, and
//! `import` reads tables as `export` writes them. `config`, `day`, `error`, `fnv`, `pseudonym` and `simd` lean on nobody.
//! Otherwise arrows only point right. Absences that code can't show: only `telegram` names a
//! teloxide type, only `store` an sqlx type and only `encoder` an rten type; only `config`
//! reads the environment; only `import` and `check --links` read pages of others; nothing
//! outside `safety` can make a `Query`, so no path reaches the matcher unscreened; everything right of
//! `live` but the store and the encoder is synchronous, reads no clock and keeps no global state.

pub mod calibrate;
pub mod cli;
pub mod config;
pub mod content;
pub mod conversation;
pub mod day;
#[cfg(feature = "encoder")]
pub mod encoder;
#[cfg(feature = "sqlite")]
mod error;
pub mod eval;
#[cfg(feature = "workshop")]
pub mod export;
mod fnv;
#[cfg(feature = "telegram")]
pub mod health;
#[cfg(feature = "workshop")]
pub mod import;
pub mod knowledge;
pub mod lint;
pub mod live;
pub mod markup;
pub mod matching;
#[cfg(feature = "telegram")]
pub mod pseudonym;
pub mod safety;
mod simd;
#[cfg(feature = "sqlite")]
pub mod store;
#[cfg(feature = "telegram")]
pub mod telegram;
pub mod text;
