//! `Query` to `Ranking` to `Decision`; built once from a `KnowledgeBase`.
//!
//! Pure and deterministic: the same query on the same content gives the same ranking.

mod decision;
mod fusion;
mod fuzzy;
mod lexical;
pub mod semantic;
mod terms;

use crate::knowledge::{Entry, KnowledgeBase};
use crate::safety::Query;

pub use decision::{Decision, MAX_CHOICES, decide};
use fusion::Evidence;
pub use fusion::Signals;
pub use lexical::idf;
pub use terms::Repair;

/// The matching part of `bot.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Lowest score that is answered, 0 to 1.
    pub threshold: f32,
    /// Lowest score that is offered as a choice, 0 to 1; below it the bot abstains.
    pub clarify_threshold: f32,
    /// Candidates closer than this to the best count as tied, 0 to 1.
    pub margin: f32,
    /// Groups of words or short phrases that mean the same here.
    pub synonyms: Vec<Vec<String>>,
}

/// The indexes over one knowledge base and the order of the steps.
pub struct Matcher {
    settings: Settings,
    dictionary: terms::Dictionary,
    lexical: lexical::Index,
    semantic: semantic::Index,
    n_entries: usize,
    /// For each entry the place of the passage it stands for, if that is an entry too.
    sections: Vec<Option<usize>>,
}

/// What the matcher thinks of one query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// Best first, at most [`MAX_CANDIDATES`].
    pub candidates: Vec<Candidate>,
    /// Words that were read as others.
    pub repairs: Vec<Repair>,
    /// How many different words with a topic some entry knows.
    pub n_terms: usize,
    /// How many no entry knows.
    pub n_unknown: usize,
    /// How near the query is to questions about anything else, cosine, -1 to 1.
    pub background: f32,
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

/// Texts that have nothing to do with each other are up to this near; without a common word, what is
/// no nearer is no candidate.
const UNRELATED: f32 = 0.3;

/// How many entries get the finer look.
const MAX_PROMISING: usize = 64;

/// How long a ranking gets.
pub const MAX_CANDIDATES: usize = 10;

impl Default for Settings {
    fn default() -> Self {
        Self {
            threshold: 0.75,
            clarify_threshold: 0.2,
            margin: 0.05,
            synonyms: Vec::new(),
        }
    }
}

impl Matcher {
    #[must_use]
    pub fn new(knowledge: &KnowledgeBase, settings: &Settings) -> Self {
        let mut dictionary = terms::Dictionary::new(&settings.synonyms);
        let lexical = lexical::Index::new(knowledge.entries(), &mut dictionary);
        dictionary.finish();
        let section = |entry: &Entry| {
            entry
                .section
                .as_ref()
                .and_then(|id| knowledge.index_of(id.as_str()))
        };
        Self {
            settings: settings.clone(),
            dictionary,
            lexical,
            semantic: semantic::Index::new(knowledge.entries()),
            n_entries: knowledge.entries().len(),
            sections: knowledge.entries().iter().map(section).collect(),
        }
    }

    /// The best entries, at most [`MAX_CANDIDATES`]. A query to which nothing is near gives an
    /// empty ranking.
    #[must_use]
    pub fn rank(&self, query: Query<'_>) -> Ranking {
        self.search(query, None, MAX_CANDIDATES)
    }

    /// The same with a longer list, for measuring.
    #[must_use]
    pub fn rank_deeply(&self, query: Query<'_>, limit: usize) -> Ranking {
        self.search(query, None, limit)
    }

    /// The best entries for a query that leans on an entry shown before it: what is near that entry
    /// is nearer than its words say.
    #[must_use]
    pub fn rank_after(&self, query: Query<'_>, shown: usize) -> Ranking {
        self.search(query, Some(shown), MAX_CANDIDATES)
    }

    fn search(&self, query: Query<'_>, shown: Option<usize>, limit: usize) -> Ranking {
        let analysed = self.dictionary.analyse(query.text());
        let embedded = self.semantic.embed(&analysed.sentences);
        if analysed.terms.is_empty() && embedded.is_none() {
            return Ranking::default();
        }
        let lexical = self
            .lexical
            .score(&analysed.terms, analysed.n_unknown, self.n_entries);
        let mut topics = vec![0.0; self.n_entries];
        if let Some(embedded) = &embedded {
            self.semantic.topics(embedded, &mut topics);
        }
        let coarse = |entry: &usize| fusion::fuse_coarse(lexical[*entry], topics[*entry]);
        let mut promising: Vec<usize> = (0..self.n_entries).collect();
        let n_promising = limit.max(MAX_PROMISING);
        if promising.len() > n_promising {
            promising.select_nth_unstable_by(n_promising, |a, b| {
                coarse(b).total_cmp(&coarse(a)).then(a.cmp(b))
            });
            promising.truncate(n_promising);
        }
        let mut fused: Vec<(f32, usize, Signals)> = promising
            .into_iter()
            .map(|entry| {
                let nearness = embedded
                    .as_ref()
                    .map(|it| self.semantic.nearness(it, entry));
                let nearness = nearness.unwrap_or_default();
                let signals = Signals {
                    lexical: lexical[entry],
                    similar: nearness.similar,
                    sentence: nearness.sentence,
                    answer: nearness.answer,
                    topic: topics[entry],
                };
                let context = shown.map_or(0.0, |shown| self.semantic.kinship(shown, entry));
                (
                    fusion::fuse(signals) + fusion::context(context),
                    entry,
                    signals,
                )
            })
            .collect();
        // Equal scores keep the order of the content, so that equal input gives an equal ranking.
        let better = |a: &(f32, usize, Signals), b: &(f32, usize, Signals)| {
            b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
        };
        if fused.len() > limit {
            fused.select_nth_unstable_by(limit, better);
            fused.truncate(limit);
        }
        fused.sort_unstable_by(better);
        let Some(&(best, best_entry, signals)) = fused.first() else {
            return Ranking::default();
        };
        if shown.is_none() && signals.lexical <= 0.0 && signals.sentence < UNRELATED {
            return Ranking::default();
        }
        let rivals: Vec<f32> = fused[1..]
            .iter()
            .take(MAX_CANDIDATES - 1)
            .filter(|it| !self.are_twins(best_entry, it.1))
            .map(|it| it.0)
            .collect();
        let n_context = shown.map_or(0, |_| fusion::CONTEXT_WORDS);
        let background = embedded.as_ref().map(|it| self.semantic.background(it));
        let confidence = fusion::confidence(&Evidence {
            best,
            rivals: &rivals,
            signals,
            background: background.unwrap_or_default(),
            n_terms: analysed.terms.len() + n_context,
            n_unknown: analysed.n_unknown,
        });
        let candidates = fused
            .into_iter()
            .map(|(fused, entry, signals)| Candidate {
                entry,
                score: confidence * (fused - best).exp(),
                signals,
            })
            .collect();
        Ranking {
            candidates,
            repairs: analysed.repairs,
            n_terms: analysed.terms.len(),
            n_unknown: analysed.n_unknown,
            background: background.unwrap_or_default(),
        }
    }

    /// Whether to answer, to ask or to say that there is no answer.
    #[must_use]
    pub fn decide(&self, ranking: &Ranking) -> Decision {
        decide(&ranking.candidates, &self.settings, |a, b| {
            self.are_twins(a, b)
        })
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
