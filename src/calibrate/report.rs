//! What people may expect under some thresholds, in shares of all messages.

use super::Trial;
use crate::eval::{Outcome, bootstrap};
use crate::matching::Settings;

/// What can become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Answered,
    Chosen,
    NothingFits,
    RightlyNone,
    NeedlesslyNone,
    Wrong,
    Urgent,
}

/// How many messages share a fate, 0 to 1, with the 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    pub fate: Fate,
    pub share: f64,
    pub interval: (f64, f64),
}

impl Fate {
    pub const ALL: [Self; 7] = [
        Self::Answered,
        Self::Chosen,
        Self::NothingFits,
        Self::RightlyNone,
        Self::NeedlesslyNone,
        Self::Wrong,
        Self::Urgent,
    ];

    /// In words for whoever looks after the content.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Answered => "get the right answer at once",
            Self::Chosen => "get a choice that holds the right answer",
            Self::NothingFits => "get a choice in which nothing fits",
            Self::RightlyNone => "hear that there is no answer, rightly",
            Self::NeedlesslyNone => "hear that there is no answer, though there is one",
            Self::Wrong => "get a wrong answer",
            Self::Urgent => "get the crisis text",
        }
    }

    fn of(trial: &Trial, settings: &Settings) -> Self {
        match trial.outcome(settings) {
            Outcome::Right => Self::Answered,
            Outcome::AskedRight => Self::Chosen,
            Outcome::AskedWrong => Self::NothingFits,
            Outcome::Abstained if trial.in_scope() => Self::NeedlesslyNone,
            Outcome::Abstained => Self::RightlyNone,
            Outcome::Wrong => Self::Wrong,
            Outcome::Urgent => Self::Urgent,
        }
    }
}

/// Every fate with its share, in the order of [`Fate::ALL`]. Without trials no share is a number.
#[must_use]
pub fn expected(trials: &[Trial], settings: &Settings) -> [Expected; 7] {
    let fates: Vec<Fate> = trials.iter().map(|it| Fate::of(it, settings)).collect();
    Fate::ALL.map(|fate| {
        let values: Vec<(f64, f64)> = fates
            .iter()
            .zip(trials)
            .map(|(it, trial)| (f64::from(u8::from(*it == fate)), trial.weight))
            .collect();
        let total: f64 = values.iter().map(|it| it.1).sum();
        Expected {
            fate,
            share: values.iter().map(|it| it.0 * it.1).sum::<f64>() / total,
            interval: bootstrap(&values),
        }
    })
}
