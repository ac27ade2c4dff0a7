//! What a rule is about and how much it claims.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of danger a message speaks of. What is past and closed, an idiom, a denial or a story is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// A wish, a thought, a plan, a goodbye or an act, said or hinted.
    Suicide,
    /// Hurting oneself, now or lately, or the urge to.
    SelfHarm,
    /// Threat, assault, stalking, being locked in, fear for one's life; also by the writer.
    Violence,
    /// A child that is hurt, used, threatened or left alone, or a parent afraid to do it.
    Child,
    /// Somebody else in danger now.
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

impl Level {
    /// The name in rule files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Grey => "grey",
            Self::Urgent => "urgent",
        }
    }
}

/// A set of [`Category`].
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Categories(u8);

impl Categories {
    #[must_use]
    pub fn contains(self, category: Category) -> bool {
        self.0 & (1 << category as u8) != 0
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`Category::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::ALL
            .into_iter()
            .filter(move |it| self.contains(*it))
    }
}

impl FromIterator<Category> for Categories {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        Self(
            categories
                .into_iter()
                .fold(0, |set, it| set | 1 << it as u8),
        )
    }
}

impl fmt::Debug for Categories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
