//! One [`Incoming`] in, one [`Exchange`] out. Knows nothing of Telegram or the terminal.

mod wording;

pub use wording::Wording;

use crate::knowledge::EntryId;
use crate::markup::Document;

/// What `bot.toml` says of the bot itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// How the bot calls itself; `Askwell` when not set.
    pub name: String,
    /// How to reach a person, for `/contact` and under "no answer".
    pub contact: Option<Document>,
    /// Up to three entries offered as example questions by `/start`.
    pub examples: Vec<EntryId>,
    pub wording: Wording,
}

/// One thing a person did. Its text is personal, so `Debug` does not print it.
#[derive(Clone, Copy)]
pub enum Incoming<'a> {
    /// A message, a caption or an edited message.
    Text(&'a str),
    /// `/name text`; the name without slash or mention, as typed.
    Command { name: &'a str, text: &'a str },
    /// A pressed button, with the data that [`Action::Press`] carried.
    Press(&'a str),
    /// A message without words.
    Unreadable(Unreadable),
}

/// Kinds of message that hold no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    Photo,
    Voice,
    Video,
    Sticker,
    Location,
    Poll,
    Contact,
    File,
    Other,
}

/// Where a message was written; a group never sees a crisis text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Private,
    Group,
}

/// What goes back to the person.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Message(Message),
    /// A crisis text: sent verbatim as plain text, without link preview.
    Urgent { text: String, buttons: Vec<Vec<Button>> },
}

/// An ordinary reply. Its plain text is at most [`MAX_CHARS`] long.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub body: Document,
    /// Rows of buttons.
    pub buttons: Vec<Vec<Button>>,
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub action: Action,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Opens a web page.
    Open(String),
    /// Comes back as [`Incoming::Press`]; 1 to 64 bytes.
    Press(String),
}

/// Telegram's limit for one message, counted after the markup is parsed, in UTF-16 units
/// to be safe.
pub const MAX_CHARS: usize = 4096;
