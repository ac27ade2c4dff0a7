//! Rules as the judge uses them; [`super::load`] makes them from the rule files.

use std::ops::BitOr;

use serde::Deserialize;

use super::automaton::Automaton;
use super::lexicon::Lexicon;
use super::score::Score;
use super::{Category, Level};

/// Everything compiled: what [`super::judge`] works with.
pub(super) struct Compiled {
    pub(super) lexicon: Lexicon,
    pub(super) automaton: Automaton,
    pub(super) score: Score,
    pub(super) rules: Vec<Rule>,
    pub(super) together: Vec<Together>,
    pub(super) roles: Vec<Roles>,
}

/// One rule, without its phrases.
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) category: Category,
    pub(super) level: Level,
    pub(super) unless: Vec<Softener>,
}

/// A claim that follows when several rules fired in one message.
pub(super) struct Together {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) category: Category,
    pub(super) level: Level,
    /// One of each group must have fired; indexes of rules.
    pub(super) all: Vec<Vec<usize>>,
}

/// What takes the urgency out of a phrase; the message stays grey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Softener {
    /// "He never hit me."
    Negated,
    /// Over and closed: "years ago", and nothing says it goes on.
    Past,
    /// Film, news, work, policy.
    Story,
}

/// What a word does in the grammar, from the lists of `grammar.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Roles(u16);

impl Roles {
    pub(super) const NOT: Self = Self(1);
    pub(super) const JOIN: Self = Self(2);
    pub(super) const PAST: Self = Self(4);
    pub(super) const NOW: Self = Self(8);
    pub(super) const THREAD: Self = Self(16);
    pub(super) const STORY: Self = Self(32);
    pub(super) const ME: Self = Self(64);
    pub(super) const OTHER: Self = Self(128);
    pub(super) const PRESENT_VERB: Self = Self(256);
    pub(super) const PAST_VERB: Self = Self(512);

    pub(super) const LISTS: [(&str, Self); 10] = [
        ("not", Self::NOT),
        ("joiner", Self::JOIN),
        ("past", Self::PAST),
        ("now", Self::NOW),
        ("thread", Self::THREAD),
        ("story", Self::STORY),
        ("me", Self::ME),
        ("other", Self::OTHER),
        ("present_verb", Self::PRESENT_VERB),
        ("past_verb", Self::PAST_VERB),
    ];

    pub(super) fn has(self, role: Self) -> bool {
        self.0 & role.0 != 0
    }

    pub(super) fn without(self, role: Self) -> Self {
        Self(self.0 & !role.0)
    }
}

impl BitOr for Roles {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
