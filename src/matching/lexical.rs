//! BM25 over an entry's fields: question and variants count twice, the answer once.
//!
//! Beside the words with a topic, stop words and pairs of neighbours count, less than these: "can I" and "should I"
//! are other questions. Of large content only the words with a topic are indexed.
//!
//! A second weighting without the answer, and the best of the texts taken one by one, were tried
//! and dropped: beside the semantic signals they add nothing measurable.

use rustc_hash::FxHashMap as HashMap;

use super::counts::Counts;
use super::fit::Sample;
use super::postings::{LEVELS, Posting, Postings, level, level_in};
use super::terms::{AnalysedQuery, Term, TermKind};
use super::topk::{List, Rooms, Walk};

/// The postings of all entries.
pub(super) struct Index {
    postings: Postings,
    weights: Vec<Weight>,
    stops: Stops,
    /// What a sum is divided by to be the signal.
    unit: f32,
    /// The most that a term gives that nobody has: it counts as the rarest.
    unknown: f32,
    n_entries: usize,
    rooms: Rooms,
}

/// How much a term counts.
#[derive(Clone, Copy)]
struct Weight {
    /// The most that it could give.
    ceiling: f32,
    /// The highest level among its postings.
    highest: f32,
}

/// The levels of stop words, for every entry: nearly each has most of them, and they are only asked for the few
/// entries that are looked at closely.
#[derive(Default)]
struct Stops {
    columns: HashMap<Term, usize>,
    /// A row an entry, 0 where it lacks the word.
    levels: Vec<u8>,
}

/// A sample as the index saw it.
pub(super) struct LeftOut {
    pub(super) sample: Sample,
    /// Its terms, each once.
    pub(super) query: AnalysedQuery,
    /// The signal that its own entry would have without it.
    pub(super) lexical: f32,
}

/// How fast repeated words stop counting; BM25's usual value.
const K1: f32 = 1.2;
/// How much longer entries are marked down; BM25's usual value.
const B: f32 = 0.75;

/// What a pair of neighbours counts beside a word with a topic. From 0.3 to 0.5 recall is the same within half a point.
const PAIR: f32 = 0.35;

/// The same for a stop word in content of very many texts. From 0.5 to 0.8 recall is the same within half a point.
const STOP: f32 = 0.7;

/// In content of so many questions and variants a stop word counts half of [`STOP`]: how often a common word stands in
/// an entry says little before there are many wordings of it.
const STOP_TEXTS: f32 = 100.0;

/// A sum of so much is a signal of about 1 in content of a hundred entries.
const USUAL_SUM: f32 = 10.0;

/// The idf for which [`USUAL_SUM`] is meant: in larger content rare words are rarer and all sums higher.
const USUAL_IDF: f32 = 4.0;

/// Weight of a term that occurs in `df` of `n` entries: the rarer, the heavier.
///
/// Natural logarithm, always above zero, also for a term in every entry. Source: Robertson
/// and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009); the `1 +`
/// is Lucene's, it keeps common terms positive.
///
/// ```
/// use askwell::matching::idf;
/// assert!(idf(1, 40) > idf(20, 40));
/// assert!(idf(40, 40) > 0.0);
/// ```
#[must_use]
pub fn idf(df: usize, n: usize) -> f32 {
    debug_assert!(df <= n, "{df} of {n}");
    (1.0 + (n as f32 - df as f32 + 0.5) / (df as f32 + 0.5)).ln()
}

impl Index {
    /// `kinds` are those of the terms, by their numbers.
    pub(super) fn new(counts: &Counts, kinds: &[TermKind]) -> Self {
        let n = counts.n_entries();
        let mut frequencies = counts.frequencies(kinds.len());
        let n_questions = counts.n_questions() as f32;
        let stop = STOP * n_questions / (n_questions + STOP_TEXTS);
        let weight = |(&df, kind): (&u32, &TermKind)| {
            let share = match kind {
                TermKind::Topic => 1.0,
                TermKind::Stop => stop,
                TermKind::Pair => PAIR,
            };
            Weight {
                ceiling: share * idf(df as usize, n) * (K1 + 1.0),
                highest: 0.0,
            }
        };
        let mut weights: Vec<Weight> = frequencies.iter().zip(kinds).map(weight).collect();
        let shares = |entry: usize| {
            let length = counts.relative_length(entry);
            let counts = counts.of(entry).iter();
            counts.map(move |&(term, count)| (term, saturate(count, length)))
        };
        let is_stop = |term: Term| kinds[term as usize] == TermKind::Stop;
        let mut stops = Stops::new(kinds, n);
        for entry in 0..n {
            for (term, share) in shares(entry).filter(|it| is_stop(it.0)) {
                stops.set(entry, term, level(share));
            }
        }
        for (frequency, kind) in frequencies.iter_mut().zip(kinds) {
            if *kind == TermKind::Stop {
                *frequency = 0;
            }
        }
        let postings = (0..n).flat_map(|entry| {
            let shares = shares(entry).filter(|it| !is_stop(it.0));
            shares.map(move |(term, share)| (term, Posting::new(entry, share)))
        });
        let postings = Postings::new(
            &frequencies,
            postings.inspect(|(term, posting)| {
                let highest = &mut weights[*term as usize].highest;
                *highest = highest.max(posting.level());
            }),
        );
        Self {
            postings,
            weights,
            stops,
            unit: USUAL_SUM * (idf(n.min(1), n) / USUAL_IDF).sqrt(),
            unknown: idf(0, n) * (K1 + 1.0),
            n_entries: n,
            rooms: Rooms::default(),
        }
    }

    /// Of each wording that `counts` kept, the signal that its own entry would have without it.
    pub(super) fn left_out(&self, counts: &Counts, kinds: &[TermKind]) -> Vec<LeftOut> {
        let left_out = counts.kept().iter().map(|(sample, terms)| {
            let length = counts.relative_length_without(sample.entry, terms);
            let mut distinct = terms.clone();
            distinct.sort_unstable();
            distinct.dedup();
            let parts = distinct.iter().map(|&term| {
                let count = counts.without(sample.entry, terms, term);
                self.weights[term as usize].ceiling * saturate(count, length)
            });
            let lexical = parts.sum::<f32>() / self.unit;
            let of_kind = |kind| {
                let terms = distinct.iter().copied();
                let terms = terms.filter(|it| kinds[*it as usize] == kind);
                terms.collect::<Vec<_>>()
            };
            let query = AnalysedQuery {
                terms: of_kind(TermKind::Topic),
                stops: of_kind(TermKind::Stop),
                pairs: of_kind(TermKind::Pair),
                ..AnalysedQuery::default()
            };
            LeftOut {
                sample: *sample,
                query,
                lexical,
            }
        });
        left_out.collect()
    }

    /// What a sum is divided by to be the signal.
    pub(super) fn unit(&self) -> f32 {
        self.unit
    }

    /// The signal of an entry that had all of the query's words with a topic, also those that none has, as often as
    /// one likes. Above zero.
    pub(super) fn ceiling(&self, query: &AnalysedQuery) -> f32 {
        let known = query.terms.iter();
        let known = known.map(|it| self.weights[*it as usize].ceiling);
        let ceiling = known.sum::<f32>() + self.unknown * query.n_unknown as f32;
        ceiling.max(self.unknown.min(1.0)) / self.unit
    }

    /// The most that a word adds to the signal.
    pub(super) fn rare_word(&self) -> f32 {
        self.unknown / self.unit
    }

    /// The sum of the query's weights in each entry, without its stop words.
    pub(super) fn sums(&self, query: &AnalysedQuery) -> Vec<f32> {
        let mut sums = vec![0.0; self.n_entries];
        for list in self.lists(query) {
            for posting in list.postings {
                sums[posting.entry()] += posting.level() * list.step;
            }
        }
        sums
    }

    /// The same for the best entries only.
    pub(super) fn walk<'i>(&'i self, query: &'i AnalysedQuery) -> Walk<'i> {
        Walk::new(&self.rooms, self.n_entries, self.lists(query).collect())
    }

    /// The query's stop words: of each the column and what a level is worth.
    pub(super) fn stops(&self, query: &AnalysedQuery) -> Vec<(usize, f32)> {
        let stops = query.stops.iter().filter_map(|term| {
            let column = *self.stops.columns.get(term)?;
            Some((column, self.weights[*term as usize].ceiling / LEVELS))
        });
        stops.collect()
    }

    /// What [`Index::stops`] give one entry.
    pub(super) fn stop_sum(&self, stops: &[(usize, f32)], entry: usize) -> f32 {
        let levels = self.stops.row(entry);
        let parts = stops.iter();
        parts
            .map(|&(column, step)| f32::from(levels[column]) * step)
            .sum()
    }

    /// Whether an entry holds any of the query's words with a topic.
    pub(super) fn shares_topic(&self, query: &AnalysedQuery, entry: usize) -> bool {
        let mut terms = query.terms.iter();
        terms.any(|&term| level_in(self.postings.of(term), entry) > 0.0)
    }

    fn lists<'i>(&'i self, query: &'i AnalysedQuery) -> impl Iterator<Item = List<'i>> {
        query.terms.iter().chain(&query.pairs).map(|&term| {
            let weight = self.weights[term as usize];
            let step = weight.ceiling / LEVELS;
            List {
                postings: self.postings.of(term),
                step,
                most: weight.highest * step,
            }
        })
    }
}

impl Stops {
    fn new(kinds: &[TermKind], n_entries: usize) -> Self {
        let terms = (0..).zip(kinds).filter(|it| *it.1 == TermKind::Stop);
        let columns: HashMap<Term, usize> = terms.map(|it| it.0).zip(0..).collect();
        let levels = vec![0; columns.len() * n_entries];
        Self { columns, levels }
    }

    fn set(&mut self, entry: usize, term: Term, level: u8) {
        if let Some(column) = self.columns.get(&term) {
            self.levels[entry * self.columns.len() + column] = level;
        }
    }

    fn row(&self, entry: usize) -> &[u8] {
        let n = self.columns.len();
        &self.levels[entry * n..(entry + 1) * n]
    }
}

/// BM25's share of the most that a term can give: 0 for none, towards 1 for many, less in long texts.
fn saturate(count: f32, relative_length: f32) -> f32 {
    count / (count + K1 * (1.0 - B + B * relative_length))
}
