//! The crisis screen: every message passes it first; the only maker of a [`Query`].
//!
//! ```text
//! text > normalise   signs, case, spaced and stretched letters        > chunks
//!      > lexicon     spelling, slang, fixed expressions, idioms       > tokens
//!      > automaton   all phrases of all rules in one pass             > hits
//!      > judge       negation, time, story, who it is about           > Screened
//! ```
//! What counts as a crisis is data, in `faq/safety/`; nothing here knows a word of English.
//! The texts a person gets are in [`replies`].

mod automaton;
mod judge;
mod lexicon;
mod load;
mod normalise;
mod phrases;
pub mod replies;
mod score;

use std::fmt;
use std::sync::{Arc, LazyLock};

pub use judge::Finding;
pub use load::{RuleError, Softener};
pub use replies::CrisisTexts;

/// Text that the crisis screen has cleared. Only [`Screen::check`] makes one, so code
/// that takes a `Query` cannot be reached by a message nobody screened.
#[derive(Clone, Copy)]
pub struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// The person's words.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.0
    }

    /// The beginning of it, at most `n` characters.
    #[must_use]
    pub fn first_chars(self, n: usize) -> Self {
        Self(
            self.0
                .char_indices()
                .nth(n)
                .map_or(self.0, |(end, _)| &self.0[..end]),
        )
    }
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} bytes)", self.0.len())
    }
}

/// The screen with the texts that answer what it finds.
#[derive(Debug)]
pub struct Safety {
    pub screen: Screen,
    pub texts: CrisisTexts,
}

impl Safety {
    /// The built-in rules, and the text that names no country.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            screen: Screen::builtin(),
            texts: CrisisTexts::neutral(),
        }
    }
}

impl Default for Safety {
    fn default() -> Self {
        Self::builtin()
    }
}

/// The compiled rules. Made once; shared freely between threads.
#[derive(Clone)]
pub struct Screen {
    rules: Arc<load::Rules>,
}

impl Screen {
    /// The built-in English rules alone.
    #[must_use]
    pub fn builtin() -> Self {
        // Compiling takes longer than reading all else; it is done once in a process.
        static BUILTIN: LazyLock<Screen> = LazyLock::new(|| Screen {
            rules: Arc::new(load::load(&[]).expect("the built-in rules are checked by a test")),
        });
        BUILTIN.clone()
    }

    /// The built-in rules and the operator's own: pairs of file name and TOML text. A file with
    /// the name of a built-in one takes its place.
    ///
    /// A list of words under a name that exists already adds to it, so a file can bring
    /// local slang or another language without repeating ours.
    ///
    /// # Errors
    /// Every problem found, each with file, line and what to do; never only the first.
    pub fn with_rules(texts: &[(&str, &str)]) -> Result<Self, Vec<RuleError>> {
        // A folder made from ours holds our files too.
        let own: Vec<_> = texts
            .iter()
            .copied()
            .filter(|it| !load::is_builtin(it))
            .collect();
        if own.is_empty() {
            return Ok(Self::builtin());
        }
        Ok(Self {
            rules: Arc::new(load::load(&own)?),
        })
    }

    /// Sorts one message, before flood control, commands or matching see it.
    ///
    /// Total and deterministic; time is linear in the length of `text`.
    #[must_use]
    pub fn check<'a>(&self, text: &'a str) -> Screened<'a> {
        let findings = self.explain(text);
        let query = Query(text);
        let urgent = findings.iter().filter(|it| it.level == Level::Urgent);
        let categories: Categories = urgent.clone().map(|it| it.category).collect();
        if !categories.is_empty() {
            let rules = urgent.map(|it| it.rule.clone()).collect();
            Screened::Urgent(Alarm {
                query,
                categories,
                rules,
            })
        } else if findings.is_empty() {
            Screened::Clear(query)
        } else {
            Screened::Grey(query)
        }
    }

    /// Which rules a text meets, what softened them, and the words they stand on are kept out.
    #[must_use]
    pub fn explain(&self, text: &str) -> Vec<Finding> {
        judge::judge(&self.rules, text)
    }

    /// The features that the learned score reads in a text; for the tool that trains it.
    #[doc(hidden)]
    #[must_use]
    pub fn features(&self, text: &str) -> Vec<String> {
        judge::features(&self.rules, text)
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Screen({} rules)", self.rules.rules.len())
    }
}

/// What [`Screen::check`] makes of a message.
#[derive(Debug)]
pub enum Screened<'a> {
    /// Only the crisis text may answer it.
    Urgent(Alarm<'a>),
    /// The FAQ may answer, with one support line (SAFETY.md R10).
    Grey(Query<'a>),
    Clear(Query<'a>),
}

impl<'a> Screened<'a> {
    /// The message as a question whatever was found: see [`Alarm::into_query`].
    #[must_use]
    pub fn into_query(self) -> Query<'a> {
        match self {
            Self::Urgent(alarm) => alarm.into_query(),
            Self::Grey(query) | Self::Clear(query) => query,
        }
    }
}

/// A message that gets the crisis text. Holds the words, so that the person can ask for the
/// FAQ answer afterwards, but never shows them.
pub struct Alarm<'a> {
    query: Query<'a>,
    categories: Categories,
    rules: Vec<String>,
}

impl<'a> Alarm<'a> {
    /// Never empty.
    #[must_use]
    pub fn categories(&self) -> Categories {
        self.categories
    }

    /// Ids of the rules that fired, in the order of the rule files.
    #[must_use]
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// The message as a question after all: only for the button "I meant something else",
    /// after the crisis text was sent and at the person's own wish.
    #[must_use]
    pub fn into_query(self) -> Query<'a> {
        self.query
    }
}

impl fmt::Debug for Alarm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("categories", &self.categories)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// What kind of danger a message speaks of; the labelling rules are in SAFETY.md section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
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

/// How much a rule claims. Ordered: the later, the graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Says nothing alone; counts where a `[[together]]` names it.
    Hint,
    Grey,
    Urgent,
}
