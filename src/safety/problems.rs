//! What can be wrong with the crisis texts, in words for the operator.

use crate::day::Day;

/// How long a verification holds.
pub(super) const MOST_DAYS: i64 = 180;

/// Telegram's limit for one message, in UTF-16 units to be safe.
pub(super) const MOST_CHARS: usize = 4096;

/// Why the file could not become texts.
#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    /// Not TOML, or a key the schema doesn't know; `source` shows line and column.
    #[error("{file} is not a valid file of crisis texts")]
    Parse {
        file: String,
        source: Box<toml::de::Error>,
    },
    #[error("{file}: `country` is {country:?}, but no [[entry]] has that code; known are {known}")]
    UnknownCountry {
        file: String,
        country: String,
        known: String,
    },
}

/// What is wrong with texts that parsed. Shown to the operator; names no person's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextsProblem {
    #[error(
        "no country is chosen, so the texts name no number; set `country` to one of the entries, or add your own"
    )]
    NoCountry,
    #[error("{country}: `{key}` is missing; fill it in")]
    Missing { country: String, key: &'static str },
    #[error("{country}: `{key}` still holds the placeholder {value:?}; write the real one")]
    Placeholder {
        country: String,
        key: &'static str,
        value: String,
    },
    #[error(
        "{country}: the text `{text}` does not name {number}; a person in danger would not see it"
    )]
    NumberNotInText {
        country: String,
        text: &'static str,
        number: String,
    },
    #[error("{country}: the text `{text}` has {chars} characters; a message holds {MOST_CHARS}")]
    TooLong {
        country: String,
        text: &'static str,
        chars: usize,
    },
    #[error(
        "{country}: nobody has verified the helplines; dial or look up each number, then set `verified_on` to that day, as \"2026-11-23\", and `verified_by` to your name"
    )]
    NotVerified { country: String },
    #[error("{country}: `verified_on` is {value:?}; write a day as \"2026-11-23\"")]
    BadDay { country: String, value: String },
    #[error("{country}: `verified_on` is {day}, which is still to come")]
    InFuture { country: String, day: Day },
    #[error(
        "{country}: the helplines were verified {days} days ago, and {MOST_DAYS} is the most; dial or look up each number again, then set `verified_on`"
    )]
    Stale { country: String, days: i64 },
}

impl TextsProblem {
    /// Whether `run` must not start; else it is a warning.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Self::Stale { .. })
    }

    /// Whether what stands in the file is wrong, so that `check` refuses it; else it only has
    /// to be confirmed by a person.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        !matches!(
            self,
            Self::NoCountry | Self::NotVerified { .. } | Self::Stale { .. }
        )
    }

    /// The key of the file that has to change.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::NoCountry => "country",
            Self::Missing { key, .. } | Self::Placeholder { key, .. } => key,
            Self::NumberNotInText { text, .. } | Self::TooLong { text, .. } => text,
            Self::NotVerified { .. }
            | Self::BadDay { .. }
            | Self::InFuture { .. }
            | Self::Stale { .. } => "verified_on",
        }
    }
}
