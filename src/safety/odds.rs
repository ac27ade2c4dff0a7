//! What the learned parts of the screen say of a message, and from where on it counts.

use super::kinds::{Category, Level};

/// From here on a message is urgent. Higher misses more, lower alarms more: models/README.md has how it does on sets
/// that it was not trained on, by threshold.
const URGENT: f32 = 0.28;

/// The same where the grammar has softened a phrase of it: denied, past or told.
const URGENT_SOFTENED: f32 = 0.7;

/// From here on a message is grey: a support line goes with the answer, at one ordinary question in ten.
const GREY: f32 = 0.07;

/// "Goodbye" alone weighs as much as in a farewell, so a word or two that no rule knows are harmless.
const FEWEST_WORDS: usize = 3;

/// How much the network's opinion counts beside that of the single words. Alone it finds a little more but alarms at
/// more ordinary questions.
const SHARE_OF_NETWORK: f32 = 0.6;

/// Below this the words alone are sure that all is well, and the network is not asked. One in a hundred messages
/// of danger is below, three in four of the others.
const CLEARLY_HARMLESS: f32 = 0.008;

/// Logarithm of the odds of each category against "no danger", in the order of [`Category::ALL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Odds(pub(super) [f32; 5]);

impl Odds {
    /// Probability of any danger, 0 to 1, as far as the training data goes.
    pub(super) fn probability(self) -> f32 {
        let odds = self.sum();
        if odds.is_finite() {
            odds / (1.0 + odds)
        } else {
            1.0
        }
    }

    /// The likeliest kind.
    pub(super) fn category(self) -> Category {
        let best = (0..5).max_by(|a, b| self.0[*a].total_cmp(&self.0[*b]));
        Category::ALL[best.unwrap_or(0)]
    }

    /// Logarithm of the odds of any danger.
    pub(super) fn of_any(self) -> f32 {
        self.sum().ln()
    }

    /// The odds of all kinds together.
    fn sum(self) -> f32 {
        self.0.iter().map(|it| it.exp()).sum()
    }

    /// Each kind less likely by so much, in log odds.
    pub(super) fn lowered(self, by: f32) -> Self {
        Self(self.0.map(|it| it - by))
    }

    /// The words' odds with those of the network, where it is worth asking.
    pub(super) fn with_network(self, network: impl FnOnce() -> Option<Self>) -> Self {
        if self.probability() < CLEARLY_HARMLESS {
            return self;
        }
        network().map_or(self, |it| {
            Self(std::array::from_fn(|at| {
                SHARE_OF_NETWORK * it.0[at] + (1.0 - SHARE_OF_NETWORK) * self.0[at]
            }))
        })
    }

    /// How urgent that is, if it is at all, in a message of so many words; `softened` and `met` tell whether the grammar
    /// softened a rule and whether any was met.
    pub(super) fn level(self, softened: bool, met: bool, n_words: usize) -> Option<Level> {
        let urgent = if softened { URGENT_SOFTENED } else { URGENT };
        let probability = self.probability();
        if urgent <= probability && (met || FEWEST_WORDS <= n_words) {
            Some(Level::Urgent)
        } else {
            (GREY <= probability).then_some(Level::Grey)
        }
    }
}
