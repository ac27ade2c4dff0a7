//! `Query` to `Ranking` to `Decision`; built once from a `KnowledgeBase`.
//!
//! Pure and deterministic: the same query on the same content gives the same ranking.

mod counts;
mod decision;
mod fingerprint;
mod fit;
mod fusion;
mod fuzzy;
mod lexical;
mod parallel;
mod postings;
mod reading;
mod second_tier;
pub mod semantic;
mod shortlist;
mod synonyms;
mod terms;
mod thirds;
mod topk;
mod verbatim;

use std::ops::Range;

use crate::knowledge::{Entry, KnowledgeBase};
use crate::safety::Query;

use counts::Counts;
pub use decision::{Decision, MAX_CHOICES, decide};
pub use fingerprint::{Stamp, fingerprint};
use fit::{Contest, N_OTHERS, Sample};
pub use fusion::Signals;
use fusion::{Confidence, Evidence};
use lexical::LeftOut;
pub use lexical::idf;
pub use second_tier::{EncoderSignals, SecondTier, SentenceEncoder};
pub use terms::Repair;
use verbatim::Verbatim;

/// The matching part of `bot.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Lowest score that is answered, 0 to 1.
    pub threshold: f32,
    /// Lowest probability that anything answers with which the bot asks, 0 to 1; below it, it abstains.
    pub clarify_threshold: f32,
    /// Candidates closer than this to the best count as tied, 0 to 1.
    pub margin: f32,
    /// With a best score below it the sentence encoder is asked, where one is installed and anything is near at all; 0 to 1.
    /// See [`encoder_range`].
    pub encoder_threshold: f32,
    /// Groups of words or short phrases that mean the same here.
    pub synonyms: Vec<Vec<String>>,
    /// Questions that people ask here and no entry answers: what is near to one of them is less likely in scope.
    pub out_of_scope: Vec<String>,
}

/// The indexes over one knowledge base and the order of the steps.
pub struct Matcher {
    settings: Settings,
    dictionary: terms::Dictionary,
    lexical: lexical::Index,
    semantic: semantic::Index,
    verbatim: Verbatim,
    /// How much each signal counts, for this content.
    weights: Signals,
    second_tier: Option<SecondTier>,
    n_entries: usize,
    /// With more entries than this, not every one is looked at.
    exhaustive: usize,
    /// For each entry the place of the passage it stands for, if that is an entry too.
    sections: Vec<Option<usize>>,
}

/// What the matcher thinks of one query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// Best first, at most [`MAX_CANDIDATES`].
    pub candidates: Vec<Candidate>,
    /// The probability that anything in the content answers, 0 to 1.
    pub in_scope: f32,
    /// Words that were read as others.
    pub repairs: Vec<Repair>,
    /// How many different words with a topic some entry knows.
    pub n_terms: usize,
    /// How many no entry knows.
    pub n_unknown: usize,
    /// The entry that has it word for word as its question or a variant.
    pub verbatim: Option<usize>,
    /// The most that its words could give the lexical signal.
    pub ceiling: f32,
    /// How near the query is to questions about anything else, cosine, -1 to 1.
    pub background: f32,
    /// Which of them is the nearest, for [`Matcher::elsewhere`].
    pub elsewhere: usize,
    /// [`Ranking::background`] by the encoder, where it was asked.
    pub encoder_background: f32,
    /// The best score by words and table alone, 0 to 1.
    pub first_tier: f32,
    /// Whether the encoder had its say too.
    pub encoder_asked: bool,
}

impl Ranking {
    /// Whether the query is nearer to a question about anything else than to any wording of the best entry.
    #[must_use]
    pub fn is_nearer_elsewhere(&self) -> bool {
        let best = self.candidates.first();
        best.is_none_or(|it| it.signals.sentence < self.background)
    }
}

/// One entry with its score and the parts of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Place in [`KnowledgeBase::entries`].
    pub entry: usize,
    /// 0 to 1; for the best candidate the probability that it is right.
    pub score: f32,
    pub signals: Signals,
}

/// With a best score below it, words and table are sure that nothing answers. One in eight of our questions is there
/// (`models/README.md`, the first eight sets), and of these 320 a single one has an answer.
const HOPELESS: f32 = 0.02;

/// Texts that have nothing to do with each other are up to this near; without a common word, what is
/// no nearer is no candidate.
const UNRELATED: f32 = 0.3;

/// The entry that a query leans on.
#[derive(Clone, Copy)]
struct Context {
    shown: usize,
    /// Whether it may be found again.
    again: bool,
}

/// An entry on its way to the ranking.
struct Found {
    entry: usize,
    signals: Signals,
    /// Its nearness to the entry that was shown before, 0 to 1.
    kinship: f32,
    /// Whether the query is one of its wordings.
    is_verbatim: bool,
}

/// Up to so many entries every one is looked at for every query. Beyond, only those with the best words and with the
/// nearest topics are; how often that misses the best one is measured on 1,500 entries only (1 in 100).
const EXHAUSTIVE: usize = 4_000;

/// Up to so many entries stop words and pairs of words are indexed, and the weights are fitted to the content. More
/// would take memory and time at load, and have many words to go by.
const FINE: usize = 4_000;

/// How long a ranking gets.
pub const MAX_CANDIDATES: usize = 10;

impl Default for Settings {
    fn default() -> Self {
        Self {
            threshold: 0.9,
            clarify_threshold: 0.45,
            margin: 0.05,
            encoder_threshold: 0.65,
            synonyms: Vec::new(),
            out_of_scope: Vec::new(),
        }
    }
}

impl Matcher {
    #[must_use]
    pub fn new(knowledge: &KnowledgeBase, settings: &Settings) -> Self {
        Self::with_exhaustive(knowledge, settings, EXHAUSTIVE)
    }

    /// Steps that build on each other: the texts are cut into words once (`reading`); the words become terms with counts,
    /// for which the dictionary learns them (`counts`); the index of words also says what the chosen wordings would be
    /// worth if they were missing (`left_out`). When all words are known, the dictionary makes its speller (`finish`).
    /// With the fixed weights the matcher asks itself these wordings (`contest`), and the weights are fitted to what comes.
    fn with_exhaustive(knowledge: &KnowledgeBase, settings: &Settings, exhaustive: usize) -> Self {
        let entries = knowledge.entries();
        let is_fine = entries.len() <= FINE;
        let mut dictionary = terms::Dictionary::new(&settings.synonyms, is_fine);
        let reading = reading::Reading::new(entries);
        let samples = if is_fine {
            fit::choose(entries.iter().map(|it| 1 + it.variants.len()))
        } else {
            Vec::new()
        };
        let counts = Counts::new(entries, &reading, &mut dictionary, &samples);
        let lexical = lexical::Index::new(&counts, dictionary.kinds());
        let left_out = lexical.left_out(&counts, dictionary.kinds());
        dictionary.finish();
        let section = |entry: &Entry| {
            entry
                .section
                .as_ref()
                .and_then(|id| knowledge.index_of(id.as_str()))
        };
        let mut matcher = Self {
            settings: settings.clone(),
            dictionary,
            lexical,
            semantic: semantic::Index::new(&reading, exhaustive, &settings.out_of_scope),
            verbatim: Verbatim::new(&reading),
            weights: fusion::WEIGHTS,
            second_tier: None,
            n_entries: entries.len(),
            exhaustive,
            sections: entries.iter().map(section).collect(),
        };
        let contests: Vec<Contest> = left_out.iter().map(|it| matcher.contest(it)).collect();
        matcher.weights = fit::fit(&contests, fusion::WEIGHTS);
        matcher
    }

    /// What one wording of the content would find if its entry lacked it.
    fn contest(&self, left_out: &LeftOut) -> Contest {
        let Sample { entry, text } = left_out.sample;
        let (embedded, nearness, topic) = self.semantic.without_question(entry, text);
        let own = Signals::new(left_out.lexical, nearness, topic);
        let promising = self
            .look(&left_out.query, Some(&embedded))
            .best(N_OTHERS + 1, N_OTHERS + 1);
        let others = promising
            .iter()
            .filter(|it| it.entry != entry && !self.are_twins(it.entry, entry));
        let mut dots = Vec::new();
        let others = others.map(|it| {
            let nearness = self.semantic.nearness(&embedded, it.entry, &mut dots);
            Signals::new(it.lexical, nearness, it.topic)
        });
        let others = others.collect();
        Contest { own, others }
    }

    /// How much each signal counts, for this content.
    #[must_use]
    pub fn weights(&self) -> &Signals {
        &self.weights
    }

    /// From now on asks the encoder whenever its own best score is within [`encoder_range`]. The
    /// second tier must be of the same knowledge base.
    #[must_use]
    pub fn with_second_tier(self, second_tier: SecondTier) -> Self {
        Self {
            second_tier: Some(second_tier),
            ..self
        }
    }

    /// The same that asks the encoder with a best score below this one, 0 to 1.
    #[must_use]
    pub fn with_encoder_threshold(mut self, threshold: f32) -> Self {
        self.settings.encoder_threshold = threshold;
        self
    }

    /// Whether there is an encoder to ask.
    #[must_use]
    pub fn has_second_tier(&self) -> bool {
        self.second_tier.is_some()
    }

    /// The best entries, at most [`MAX_CANDIDATES`]. A query to which nothing is near gives an
    /// empty ranking.
    #[must_use]
    pub fn rank(&self, query: Query<'_>) -> Ranking {
        self.search(
            query,
            None,
            MAX_CANDIDATES,
            encoder_range(self.settings.encoder_threshold),
        )
    }

    /// The same by words and table alone: the encoder isn't asked.
    #[must_use]
    pub fn rank_quickly(&self, query: Query<'_>) -> Ranking {
        self.search(query, None, MAX_CANDIDATES, 0.0..0.0)
    }

    /// The same with a longer list and the encoder always asked, for measuring.
    #[must_use]
    pub fn rank_deeply(&self, query: Query<'_>, limit: usize) -> Ranking {
        self.search(query, None, limit, f32::NEG_INFINITY..f32::INFINITY)
    }

    /// The best entries for a query that leans on an entry shown before it: what is near that entry
    /// is nearer than its words say.
    #[must_use]
    pub fn rank_after(&self, query: Query<'_>, shown: usize) -> Ranking {
        let context = Context { shown, again: true };
        self.search(
            query,
            Some(context),
            MAX_CANDIDATES,
            encoder_range(self.settings.encoder_threshold),
        )
    }

    /// The same without that entry itself, and without the encoder.
    #[must_use]
    pub fn rank_beyond(&self, query: Query<'_>, shown: usize) -> Ranking {
        let again = false;
        self.search(
            query,
            Some(Context { shown, again }),
            MAX_CANDIDATES,
            0.0..0.0,
        )
    }

    /// Whether an entry holds any of the query's words with a topic, or the query has none.
    #[must_use]
    pub fn may_speak_of(&self, query: Query<'_>, entry: usize) -> bool {
        let analysed = self.dictionary.analyse(query.text());
        let says_nothing = analysed.terms.is_empty() && analysed.n_unknown == 0;
        says_nothing || self.lexical.shares_topic(&analysed, entry)
    }

    fn search(
        &self,
        query: Query<'_>,
        context: Option<Context>,
        limit: usize,
        unsure: Range<f32>,
    ) -> Ranking {
        let analysed = self.dictionary.analyse(query.text());
        let embedded = self.semantic.embed(&analysed.sentences);
        if analysed.terms.is_empty() && embedded.is_none() {
            return Ranking::default();
        }
        let mut promising = self.look(&analysed, embedded.as_ref()).shortlist(limit);
        if let Some(context) = context.filter(|it| !it.again) {
            promising.retain(|it| it.entry != context.shown);
        }
        let shown = context.map(|it| it.shown);
        let verbatim = self.verbatim.entry(analysed.wording);
        let mut dots = Vec::new();
        let mut found: Vec<Found> = promising
            .into_iter()
            .map(|it| {
                let nearness = embedded
                    .as_ref()
                    .map(|embedded| self.semantic.nearness(embedded, it.entry, &mut dots));
                let nearness = nearness.unwrap_or_default();
                let signals = Signals::new(it.lexical, nearness, it.topic);
                let kinship = shown.map_or(0.0, |shown| self.semantic.kinship(shown, it.entry));
                Found {
                    entry: it.entry,
                    signals,
                    kinship: kinship.max(0.0),
                    is_verbatim: verbatim == Some(it.entry),
                }
            })
            .collect();
        let n_context = shown.map_or(0, |_| fusion::CONTEXT_WORDS);
        let elsewhere = embedded.as_ref().map(|it| self.semantic.background(it));
        let elsewhere = elsewhere.unwrap_or_default();
        let mut evidence = Evidence {
            background: elsewhere.nearness,
            ceiling: self.lexical.ceiling(&analysed),
            context: n_context as f32 * self.lexical.rare_word(),
            n_terms: analysed.terms.len() + n_context,
            ..Evidence::default()
        };
        let (mut candidates, mut in_scope) = self.order(&found, limit, evidence);
        let first_tier = candidates.first().map_or(0.0, |it| it.score);
        let asked = self.second_tier.as_ref();
        let asked = asked.filter(|_| unsure.contains(&first_tier));
        if let Some(second_tier) = asked {
            let vector = second_tier.encode(query.text());
            evidence.encoder_background = second_tier.background(&vector);
            for it in &mut found {
                it.signals.encoder = Some(second_tier.signals(&vector, it.entry));
            }
            (candidates, in_scope) = self.order(&found, limit, evidence);
        }
        // A context makes any word mean something.
        let is_near = |it: &Candidate| {
            shown.is_some()
                || self.lexical.shares_topic(&analysed, it.entry)
                || !is_unrelated(it.signals)
        };
        if !candidates.first().is_some_and(is_near) {
            candidates.clear();
        }
        Ranking {
            candidates,
            in_scope,
            repairs: analysed.repairs,
            n_terms: analysed.terms.len(),
            n_unknown: analysed.n_unknown,
            verbatim,
            ceiling: evidence.ceiling,
            background: evidence.background,
            elsewhere: elsewhere.place,
            encoder_background: evidence.encoder_background,
            first_tier,
            encoder_asked: asked.is_some(),
        }
    }

    /// The best entries with their probabilities, and the probability that any entry answers; `known` is what tells of the
    /// query before any candidate is.
    fn order(&self, found: &[Found], limit: usize, known: Evidence<'_>) -> (Vec<Candidate>, f32) {
        let mut fused: Vec<(f32, &Found)> = found.iter().map(|it| (self.fuse(it), it)).collect();
        // Equal scores keep the order of the content, so that equal input gives an equal ranking.
        let better = |a: &(f32, &Found), b: &(f32, &Found)| {
            b.0.total_cmp(&a.0).then(a.1.entry.cmp(&b.1.entry))
        };
        if fused.len() > limit {
            fused.select_nth_unstable_by(limit, better);
            fused.truncate(limit);
        }
        fused.sort_unstable_by(better);
        let Some(&(best, best_found)) = fused.first() else {
            return (Vec::new(), 0.0);
        };
        let rivals: Vec<f32> = fused[1..]
            .iter()
            .take(MAX_CANDIDATES - 1)
            .filter(|it| !self.are_twins(best_found.entry, it.1.entry))
            .map(|it| it.0)
            .collect();
        let confidence = Confidence::of(&Evidence {
            best,
            rivals: &rivals,
            signals: best_found.signals,
            kinship: best_found.kinship,
            is_verbatim: best_found.is_verbatim,
            ..known
        });
        let candidates = fused.into_iter().map(|(fused, it)| Candidate {
            entry: it.entry,
            score: confidence.in_scope * confidence.is_first * (fused - best).exp(),
            signals: it.signals,
        });
        (candidates.collect(), confidence.in_scope)
    }

    fn fuse(&self, found: &Found) -> f32 {
        let verbatim = if found.is_verbatim {
            fusion::VERBATIM
        } else {
            0.0
        };
        fusion::fuse(found.signals, &self.weights) + fusion::context(found.kinship) + verbatim
    }

    /// Whether to answer, to ask or to say that there is no answer.
    #[must_use]
    pub fn decide(&self, ranking: &Ranking) -> Decision {
        decide(ranking, &self.settings, |a, b| self.are_twins(a, b))
    }

    /// A question about anything else: of the built-in ones, or of `out_of_scope`.
    #[must_use]
    pub fn elsewhere(&self, place: usize) -> Option<&str> {
        self.semantic.elsewhere(place)
    }

    /// Whether one entry stands for the passage that the other is.
    #[must_use]
    pub fn are_twins(&self, a: usize, b: usize) -> bool {
        self.sections[a] == Some(b) || self.sections[b] == Some(a)
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// The best scores by words and table with which the encoder is asked, by the settings' `encoder_threshold`.
#[must_use]
pub fn encoder_range(encoder_threshold: f32) -> Range<f32> {
    HOPELESS..encoder_threshold
}

fn is_unrelated(signals: Signals) -> bool {
    let encoded = signals.encoder.map_or(0.0, |it| it.similar);
    signals.sentence < UNRELATED && encoded < UNRELATED
}

#[cfg(test)]
mod tests;
