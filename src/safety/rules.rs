//! Rules as the judge uses them; [`super::load`] makes them from the rule files.

use std::ops::BitOr;

use rustc_hash::FxHashMap as HashMap;
use serde::{Deserialize, Serialize};

use super::automaton::Automaton;
use super::kinds::{Category, Level};
use super::lexicon::{Lexicon, WordId, Words};
use super::score::Score;

/// Everything compiled: what [`super::judge`] works with.
#[derive(Deserialize, Serialize)]
pub(super) struct Compiled {
    pub(super) lexicon: Lexicon,
    pub(super) automaton: Automaton,
    pub(super) score: Score,
    pub(super) rules: Vec<Rule>,
    pub(super) together: Vec<Together>,
    pub(super) roles: Vec<Roles>,
    pub(super) classes: Classes,
}

/// What kind of word each is: the smallest list that holds it.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Classes {
    /// As "<partner>"; the first is empty, for words that no list holds.
    pub(super) names: Vec<String>,
    /// By word: an index into `names`.
    pub(super) of_word: Vec<u16>,
}

impl Classes {
    /// From the words of each list; of two lists that hold a word, the smaller names it.
    pub(super) fn new(lists: &HashMap<String, Vec<WordId>>, words: &Words) -> Self {
        // Two lists gather all kinds of words.
        let telling = |name: &str| !matches!(name, "story" | "joiner");
        let mut by_size: Vec<(usize, &String)> = lists
            .iter()
            .map(|(name, it)| (it.len(), name))
            .filter(|it| telling(it.1))
            .collect();
        by_size.sort_unstable();
        let mut classes = Self {
            names: vec![String::new()],
            of_word: vec![0; words.ids.len() + 1],
        };
        for (number, (_, name)) in (1..).zip(by_size) {
            classes.names.push(format!("<{name}>"));
            for word in &lists[name] {
                let class = &mut classes.of_word[*word as usize];
                if *class == 0 {
                    *class = number;
                }
            }
        }
        classes
    }

    /// The class of a word; empty for none.
    pub(super) fn of(&self, word: WordId) -> &str {
        &self.names[usize::from(self.of_word[word as usize])]
    }
}

/// One rule, without its phrases.
#[derive(Deserialize, Serialize)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) category: Category,
    pub(super) level: Level,
    pub(super) unless: Vec<Softener>,
}

/// A claim that follows when several rules fired in one message.
#[derive(Deserialize, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Softener {
    /// "He never hit me."
    Negated,
    /// Over and closed: "years ago", and nothing says it goes on.
    Past,
    /// Film, news, work, policy.
    Story,
}

impl Softener {
    /// The name in rule files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Negated => "negated",
            Self::Past => "past",
            Self::Story => "story",
        }
    }

    /// How a feature of the learned score names it.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Negated => "-not",
            Self::Past => "-past",
            Self::Story => "-story",
        }
    }
}

/// What a word does in the grammar, from the lists of `grammar.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
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
