//! Joins the signals of one entry into one score and keeps the parts.

/// Each scorer's opinion of one entry, 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signals {
    /// BM25 over question and variants, as a share of the most the query's words could give.
    pub questions: f32,
    /// The same over question, variants and answer.
    pub whole: f32,
}

impl Signals {
    /// Every signal with its name, in the order of the documentation.
    #[must_use]
    pub fn named(&self) -> [(&'static str, f32); 2] {
        [("questions", self.questions), ("whole", self.whole)]
    }
}

/// The joined opinion on one entry; only its order and its distances mean something.
pub(super) fn fuse(signals: &Signals) -> f32 {
    3.48 * signals.questions + 5.24 * signals.whole
}

/// The probability, 0 to 1, that the best candidate answers the query: a logistic regression
/// on the fused values of the two best.
pub(super) fn confidence(best: f32, second: f32) -> f32 {
    logistic(0.9 * best + 0.6 * (best - second) - 2.2)
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
