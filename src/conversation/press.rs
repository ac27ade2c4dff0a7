//! What a pressed button asks for, and its form in the 64 bytes that Telegram allows.
//!
//! An entry's id stands for itself. All else starts with `:`, which no id holds. Nothing
//! is stored, so a button works after a restart.

use crate::fnv;
use crate::knowledge::EntryId;

/// The wish behind a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Press {
    /// Show this entry.
    Entry(String),
    /// None of the choices fits.
    NoneOfThese,
    /// Under a crisis text: treat the message as a question after all.
    MeantElse,
    /// The list of groups, below what stands there.
    AllTopics,
    /// A page of the list of groups, counted from zero.
    Topics { page: usize },
    /// A page of one group of entries, counted from zero.
    Group { key: u32, page: usize },
}

impl Press {
    pub(super) fn parse(data: &str) -> Option<Self> {
        let Some(wish) = data.strip_prefix(':') else {
            return (!data.is_empty()).then(|| Self::Entry(data.to_owned()));
        };
        match wish.split('/').collect::<Vec<_>>().as_slice() {
            ["none"] => Some(Self::NoneOfThese),
            ["else"] => Some(Self::MeantElse),
            ["topics"] => Some(Self::AllTopics),
            ["topics", page] => Some(Self::Topics {
                page: page.parse().ok()?,
            }),
            ["in", key, page] => Some(Self::Group {
                key: u32::from_str_radix(key, 16).ok()?,
                page: page.parse().ok()?,
            }),
            _ => None,
        }
    }

    /// 1 to 64 bytes.
    pub(super) fn data(&self) -> String {
        match self {
            Self::Entry(id) => id.clone(),
            Self::NoneOfThese => ":none".to_owned(),
            Self::MeantElse => ":else".to_owned(),
            Self::AllTopics => ":topics".to_owned(),
            Self::Topics { page } => format!(":topics/{page}"),
            Self::Group { key, page } => format!(":in/{key:x}/{page}"),
        }
    }
}

/// Whether a press leafs through the topics: then the page changes in place instead of filling the chat with pages.
#[must_use]
pub fn turns_page(data: &str) -> bool {
    matches!(
        Press::parse(data),
        Some(Press::Topics { .. } | Press::Group { .. })
    )
}

/// A short stand-in for the id of a group, since a whole id would leave no room for the page:
/// its hash. Two groups that share one would show the first; nobody is misled.
pub(super) fn group_key(id: Option<&EntryId>) -> u32 {
    id.map_or("", EntryId::as_str)
        .bytes()
        .fold(fnv::EMPTY_32, fnv::and_32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_press_survives_the_round_trip_within_64_bytes() {
        let wishes = [
            Press::Entry("a".repeat(64)),
            Press::NoneOfThese,
            Press::MeantElse,
            Press::AllTopics,
            Press::Topics { page: 123_456 },
            Press::Group {
                key: u32::MAX,
                page: 123_456,
            },
        ];
        for wish in wishes {
            let data = wish.data();
            assert!((1..=64).contains(&data.len()), "{data}");
            assert_eq!(Press::parse(&data), Some(wish));
        }
    }

    #[test]
    fn foreign_data_is_no_press() {
        for data in ["", ":", ":in/zz/1", ":in/1", ":in/1/-1", ":unknown"] {
            assert_eq!(Press::parse(data), None, "{data}");
        }
    }
}
