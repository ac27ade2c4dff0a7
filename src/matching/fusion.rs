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

/// The joined opinion on one entry: the higher, the better; 0 for an entry that shares nothing
/// with the query. Distances are log odds.
///
/// Weights fitted by `models/fit.py` on the questions of our domain and the dev half of CLINC150.
pub(super) fn fuse(signals: Signals) -> f32 {
    7.9 * signals.questions + 9.28 * signals.whole
}

/// The probability, 0 to 1, that the best candidate answers the query: a logistic regression
/// on its fused value, its lead, its share of the soft-max over all candidates and the number
/// of words that the content knows. Without a candidate it is 0.
///
/// Fitted with the weights above; each word more up to six is more to go by.
pub(super) fn confidence(fused: &[f32], n_terms: usize) -> f32 {
    let Some(&best) = fused.first() else {
        return 0.0;
    };
    let second = fused.get(1).copied().unwrap_or(0.0);
    let mass = 1.0 / fused.iter().map(|it| (it - best).exp()).sum::<f32>();
    let words = n_terms.min(6) as f32;
    logistic(0.098 * best + 0.381 * (best - second) + 1.395 * mass + 0.513 * words - 3.69)
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_lead_is_surer_than_a_tie() {
        assert!(confidence(&[9.0, 4.0], 4) > confidence(&[9.0, 9.0], 4));
        assert!(confidence(&[9.0, 4.0], 4) > confidence(&[9.0, 4.0], 1));
    }

    #[test]
    fn it_stays_a_probability() {
        assert!(confidence(&[], 0).abs() < f32::EPSILON);
        for best in [0.1, 5.0, 17.18] {
            assert!((0.0..=1.0).contains(&confidence(&[best], 40)));
        }
    }
}
