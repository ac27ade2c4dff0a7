//! What a rule is about and how much it claims.

use serde::{Deserialize, Serialize};

/// What kind of danger a message speaks of; the labelling rules are in SAFETY.md section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Suicide,
    SelfHarm,
    Violence,
    Child,
    ThirdPerson,
}

impl Category {
    pub const ALL: [Self; 5] = [
        Self::Suicide,
        Self::SelfHarm,
        Self::Violence,
        Self::Child,
        Self::ThirdPerson,
    ];

    /// The name in rule files and test sets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Suicide => "suicide",
            Self::SelfHarm => "self_harm",
            Self::Violence => "violence",
            Self::Child => "child",
            Self::ThirdPerson => "third_person",
        }
    }
}

/// How much a rule claims. Ordered: the later, the graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Says nothing alone; counts where a `[[together]]` names it.
    Hint,
    Grey,
    Urgent,
}
