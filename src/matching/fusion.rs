//! Joins the signals of one entry into one score and keeps the parts.

use super::second_tier::EncoderSignals;
use super::semantic::Nearness;

/// Each scorer's opinion of one entry. `models/README.md` tells what was tried beside them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signals {
    /// BM25 over question, variants and answer, 0 to about 3; the more words fit and the rarer they are, the more.
    pub lexical: f32,
    /// How near the query is to question and variants, soft maximum of cosines, up to about 1.2.
    pub similar: f32,
    /// How near its nearest sentence is to the nearest of them, cosine, -1 to 1.
    pub sentence: f32,
    /// How near it is to the nearest sentence of the answer, cosine, -1 to 1.
    pub answer: f32,
    /// How near it is to the mean of question and variants, cosine, -1 to 1.
    pub topic: f32,
    /// What the sentence encoder says, where it was asked.
    pub encoder: Option<EncoderSignals>,
}

impl Signals {
    pub(super) fn new(lexical: f32, nearness: Nearness, topic: f32) -> Self {
        Self {
            lexical,
            similar: nearness.similar,
            sentence: nearness.sentence,
            answer: nearness.answer,
            topic,
            encoder: None,
        }
    }

    /// Every signal with its name, in the order of the documentation.
    #[must_use]
    pub fn named(&self) -> [(&'static str, f32); 5] {
        [
            ("lexical", self.lexical),
            ("similar", self.similar),
            ("sentence", self.sentence),
            ("answer", self.answer),
            ("topic", self.topic),
        ]
    }

    /// What each signal adds to the joined opinion, in log odds, with its name. `weights` are those of the content
    /// without the encoder.
    pub fn parts(&self, weights: &Self) -> impl Iterator<Item = (&'static str, f32)> {
        let weights = match self.encoder {
            None => *weights,
            Some(_) => weights.beside_encoder(),
        };
        let own = self.named().into_iter().zip(weights.named());
        let encoder = self.encoder.map(|it| it.named());
        let encoder_weights = weights.encoder.unwrap_or_default().named();
        let encoder = encoder.into_iter().flatten().zip(encoder_weights);
        own.chain(encoder)
            .map(|((name, value), (_, weight))| (name, value * weight))
    }

    /// As weights: those of the same content where the encoder was asked. What the content changed stays changed by
    /// the same factor.
    #[must_use]
    pub fn beside_encoder(&self) -> Self {
        let (own, all) = (self.weighed(), WEIGHTS.weighed());
        let beside = WEIGHTS_WITH_ENCODER.weighed();
        WEIGHTS_WITH_ENCODER.with_weights(std::array::from_fn(|at| beside[at] * own[at] / all[at]))
    }

    /// The numbers that have a weight in the first tier.
    pub(super) fn weighed(&self) -> [f64; N_WEIGHTS] {
        self.named().map(|(_, it)| f64::from(it))
    }

    /// The same with other numbers, in the order of [`Signals::named`].
    pub(super) fn with_weights(self, weights: [f64; N_WEIGHTS]) -> Self {
        let [lexical, similar, sentence, answer, topic] = weights.map(|it| it as f32);
        Self {
            lexical,
            similar,
            sentence,
            answer,
            topic,
            ..self
        }
    }
}

/// How many signals there are without the encoder's.
pub(super) const N_WEIGHTS: usize = 5;

/// Fitted by `models/fit.py` on the questions of our domain and the dev halves of BANKING77, CLINC150
/// and counsel-chat, each counting alike. [`super::fit`] fits them to the content at hand.
pub(super) const WEIGHTS: Signals = Signals {
    lexical: 2.63,
    similar: 1.11,
    sentence: 3.95,
    answer: 3.61,
    topic: 5.57,
    encoder: None,
};

/// The same where the encoder was asked: `models/fit.py --encoder` on the same sets, every question
/// asked.
const WEIGHTS_WITH_ENCODER: Signals = Signals {
    lexical: 2.34,
    similar: 0.0,
    sentence: 2.63,
    answer: 2.15,
    topic: 1.15,
    encoder: Some(EncoderSignals {
        similar: 3.92,
        answer: 3.74,
        topic: 4.7,
    }),
};

/// The joined opinion on one entry: the higher, the better. Distances are log odds.
pub(super) fn fuse(signals: Signals, weights: &Signals) -> f32 {
    let Some(encoder) = signals.encoder else {
        return first_tier(signals, weights);
    };
    let weights = weights.beside_encoder();
    let beside = weights.encoder.unwrap_or_default();
    first_tier(signals, &weights)
        + beside.similar * encoder.similar
        + beside.answer * encoder.answer
        + beside.topic * encoder.topic
}

/// Written out: [`Signals::parts`] take six times as long.
fn first_tier(signals: Signals, weights: &Signals) -> f32 {
    weights.lexical * signals.lexical
        + weights.similar * signals.similar
        + weights.sentence * signals.sentence
        + weights.answer * signals.answer
        + weights.topic * signals.topic
}

/// What [`fuse`] will roughly give, from the signals that are known of every entry.
pub(super) fn fuse_coarse(lexical: f32, topic: f32, weights: &Signals) -> f32 {
    weights.lexical * lexical + semantic(weights) * topic
}

/// The topic stands in for the other cosines, with which it rises and falls.
fn semantic(weights: &Signals) -> f32 {
    weights.similar + weights.sentence + weights.answer + weights.topic
}

/// The topic with which an entry comes to this coarse opinion.
pub(super) fn least_topic(coarse: f32, lexical: f32, weights: &Signals) -> f32 {
    (coarse - weights.lexical * lexical) / semantic(weights)
}

/// What an entry gains by its nearness, 0 to 1, to the entry that was shown before. With half of
/// it, "how long does that take" gets no answer after any; with more, the words count too little.
pub(super) fn context(kinship: f32) -> f32 {
    5.2 * kinship
}

/// What an entry gains of which the query is a wording: who typed it wants that entry, however near another one is.
pub(super) const VERBATIM: f32 = 6.0;

/// What its nearness gains in the odds that anything answers the message. With twice of it questions about something else
/// are answered after an answer.
const CONTEXT_SCOPE: f32 = 1.5;

/// As many words as a message's context is worth for [`Confidence`].
pub(super) const CONTEXT_WORDS: usize = 2;

/// What speaks for and against the best candidate.
#[derive(Clone, Copy, Default)]
pub(super) struct Evidence<'a> {
    /// Its fused value.
    pub(super) best: f32,
    /// Those of the other candidates, best first, without those that stand for the same passage.
    pub(super) rivals: &'a [f32],
    pub(super) signals: Signals,
    /// How near the query is to questions about anything else, cosine, -1 to 1.
    pub(super) background: f32,
    /// The same by the encoder, where it was asked.
    pub(super) encoder_background: f32,
    /// The most that the query's words could give the lexical signal.
    pub(super) ceiling: f32,
    /// The same of the words that a context is worth; 0 without one.
    pub(super) context: f32,
    /// How near the best candidate is to that context, 0 to 1.
    pub(super) kinship: f32,
    /// Words with a topic that the content knows.
    pub(super) n_terms: usize,
    /// Whether the query is a wording of the best candidate.
    pub(super) is_verbatim: bool,
}

/// How sure the matcher is, in two probabilities, 0 to 1; together they are that of the best candidate to be right.
///
/// Two logistic regressions, fitted with the weights above by `models/fit.py`. One alone, on all of this together, tells
/// less of either: what is near to three entries is in scope, and the first of them is still a guess.
pub(super) struct Confidence {
    /// That anything of the content answers the query.
    pub(super) in_scope: f32,
    /// That, if anything does, the best candidate does.
    pub(super) is_first: f32,
}

impl Confidence {
    pub(super) fn of(evidence: &Evidence<'_>) -> Self {
        Self {
            // What an entry has word for word is in scope, whatever else it is near to.
            in_scope: if evidence.is_verbatim {
                1.0
            } else {
                in_scope(evidence)
            },
            is_first: is_first(evidence),
        }
    }
}

/// That the content answers the query at all: how near the best candidate is by itself and compared with questions about
/// anything else, and how much of the query's words it has.
fn in_scope(evidence: &Evidence<'_>) -> f32 {
    let Evidence {
        signals,
        background,
        ..
    } = evidence;
    // A context counts as words that the entry has, as far as the entry is near it.
    let lexical = signals.lexical + evidence.context * evidence.kinship;
    // Pairs of words can lift it above what the words alone give.
    let coverage = (lexical / (evidence.ceiling + evidence.context)).min(1.0);
    // From the sixth on, more words are no more to go by.
    let words = evidence.n_terms.min(6) as f32;
    let known = [
        lexical,
        signals.similar,
        signals.sentence,
        *background,
        signals.answer,
        signals.topic,
        coverage,
        words,
    ];
    let context = CONTEXT_SCOPE * evidence.kinship;
    match signals.encoder {
        None => logistic(weigh(&IN_SCOPE, &known) + context),
        Some(encoder) => {
            let told = [
                encoder.similar,
                evidence.encoder_background,
                encoder.answer,
                encoder.topic,
            ];
            let known = [known.as_slice(), &told].concat();
            logistic(weigh(&IN_SCOPE_WITH_ENCODER, &known) + context)
        }
    }
}

/// That the best candidate is the right one of them: its lead over the best rival, and its share of the soft-max over
/// itself and the rivals.
fn is_first(evidence: &Evidence<'_>) -> f32 {
    let Evidence { best, rivals, .. } = evidence;
    // In content of a few entries the lead over the others can be huge and says no more.
    let lead = (best - rivals.first().copied().unwrap_or(0.0)).min(6.0);
    let mass = 1.0 / (1.0 + rivals.iter().map(|it| (it - best).exp()).sum::<f32>());
    let weights = match evidence.signals.encoder {
        None => &FIRST,
        Some(_) => &FIRST_WITH_ENCODER,
    };
    logistic(weigh(weights, &[lead, mass]))
}

/// `weights` hold a constant beside one for each value.
fn weigh(weights: &[f32], values: &[f32]) -> f32 {
    let constant = weights.last().copied().unwrap_or_default();
    let parts = weights.iter().zip(values).map(|(weight, it)| weight * it);
    parts.sum::<f32>() + constant
}

/// In the order of [`in_scope`], the constant last.
const IN_SCOPE: [f32; 9] = [
    1.267, -0.381, 3.803, -8.406, 2.47, 4.054, 2.845, 0.358, -2.302,
];

/// The same with the encoder's part before the constant; fitted on questions to which words and table alone
/// give from 0.02 to 0.9.
const IN_SCOPE_WITH_ENCODER: [f32; 13] = [
    1.076, -1.881, 3.154, -4.528, 2.357, -0.915, 2.998, 0.311, 4.345, -9.655, 0.288, 5.663, -1.342,
];

/// In the order of [`is_first`], the constant last.
const FIRST: [f32; 3] = [0.568, 2.575, -1.693];

/// The same where the encoder was asked.
const FIRST_WITH_ENCODER: [f32; 3] = [0.188, 3.776, -1.751];

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::Settings;

    const NEAR: Signals = Signals {
        lexical: 1.0,
        similar: 0.8,
        sentence: 0.8,
        answer: 0.5,
        topic: 0.6,
        encoder: None,
    };

    fn confidence(evidence: &Evidence<'_>) -> f32 {
        let Confidence { in_scope, is_first } = Confidence::of(evidence);
        in_scope * is_first
    }

    fn evidence(best: f32, rivals: &[f32], n_terms: usize) -> Evidence<'_> {
        Evidence {
            best,
            rivals,
            signals: NEAR,
            background: 0.2,
            encoder_background: 0.0,
            ceiling: 1.0,
            context: 0.0,
            kinship: 0.0,
            n_terms,
            is_verbatim: false,
        }
    }

    #[test]
    fn a_clear_lead_is_surer_than_a_tie() {
        let clear = confidence(&evidence(9.0, &[4.0], 4));
        assert!(clear > confidence(&evidence(9.0, &[9.0], 4)));
        assert!(clear > confidence(&evidence(9.0, &[4.0], 1)));
    }

    #[test]
    fn what_is_nearer_to_anything_else_is_less_sure() {
        let near = confidence(&evidence(9.0, &[4.0], 4));
        let far = Evidence {
            background: 0.9,
            ..evidence(9.0, &[4.0], 4)
        };
        assert!(near > confidence(&far));
    }

    #[test]
    fn a_wording_of_the_entry_is_in_scope_whatever_it_is_near_to() {
        let wording = Evidence {
            background: 1.0,
            is_verbatim: true,
            ..evidence(9.0, &[3.0], 1)
        };
        assert!(confidence(&wording) > Settings::default().threshold);
    }

    #[test]
    fn the_best_that_can_be_is_answered_in_either_tier() {
        let encoder = EncoderSignals {
            similar: 0.9,
            answer: 0.8,
            topic: 0.9,
        };
        for encoder in [None, Some(encoder)] {
            let perfect = Evidence {
                signals: Signals { encoder, ..NEAR },
                ..evidence(20.0, &[2.0], 6)
            };
            assert!(confidence(&perfect) > Settings::default().threshold);
        }
    }

    #[test]
    fn it_stays_a_probability() {
        for best in [-9.0, 0.1, 5.0, 30.0] {
            assert!((0.0..=1.0).contains(&confidence(&evidence(best, &[], 40))));
            assert!((0.0..=1.0).contains(&confidence(&evidence(best, &[best], 0))));
        }
    }

    #[test]
    fn the_parts_make_up_the_whole() {
        let encoder = EncoderSignals {
            similar: 0.5,
            answer: 0.25,
            topic: -0.5,
        };
        let uneven = Signals {
            lexical: 5.0,
            topic: 0.5,
            ..WEIGHTS
        };
        for encoder in [None, Some(encoder)] {
            let signals = Signals { encoder, ..NEAR };
            let parts: f32 = signals.parts(&uneven).map(|it| it.1).sum();
            assert!((parts - fuse(signals, &uneven)).abs() < 1e-5);
        }
    }

    #[test]
    fn every_signal_counts_for_an_entry() {
        let zero = fuse(Signals::default(), &WEIGHTS);
        assert!(zero.abs() < f32::EPSILON && fuse(NEAR, &WEIGHTS) > zero);
    }
}
