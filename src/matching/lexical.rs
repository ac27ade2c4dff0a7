//! BM25 over an entry's fields: question and variants count twice, the answer once.
//!
//! Beside the words with a topic, stop words and pairs of neighbours count, less than these: "can I" and "should I"
//! are other questions. Of large content only the words with a topic are indexed.
//!
//! A second weighting without the answer, and the best of the texts taken one by one, were tried
//! and dropped: beside the semantic signals they add nothing measurable.

use rustc_hash::FxHashMap as HashMap;

use super::held_out::Sample;
use super::postings::{LEVELS, Posting, Postings, level, level_in};
use super::reading::{Kind, Reading};
use super::terms::{AnalysedQuery, Dictionary, Term, TermKind};
use super::topk::{List, Sums, Walk};
use crate::knowledge::Entry;

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
    sums: Sums,
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
pub(super) struct HeldOut {
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
/// A word of question or variants counts this often.
const QUESTION_REPEATS: f32 = 2.0;

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
    /// Indexes all entries; their terms get their numbers in `dictionary`. Of the samples, which are in the order of the
    /// content, it also tells what each entry would get without it.
    pub(super) fn new(
        entries: &[Entry],
        reading: &Reading,
        dictionary: &mut Dictionary,
        samples: &[Sample],
    ) -> (Self, Vec<HeldOut>) {
        let mut counts: Vec<(Term, f32)> = Vec::new();
        let mut ends = Vec::with_capacity(entries.len());
        let mut lengths: Vec<f32> = Vec::with_capacity(entries.len());
        let mut indexer = dictionary.indexer(reading.words());
        let mut terms = Vec::new();
        let mut answer = Vec::new();
        let mut samples = samples.iter().peekable();
        let mut sampled: Vec<(Sample, Vec<Term>)> = Vec::new();
        let mut n_questions = 0;
        for (number, entry) in entries.iter().enumerate() {
            let first = counts.len();
            let mut length = 0.0;
            let mut add = |words: &[_], repeats: f32| {
                terms.clear();
                indexer.terms(words, &entry.language, &mut terms);
                indexer.pairs(&mut terms);
                length += repeats * terms.len() as f32;
                counts.extend(terms.iter().map(|&term| (term, repeats)));
                terms.clone()
            };
            answer.clear();
            let mut text = 0;
            for (kind, words) in reading.texts(number) {
                match kind {
                    Kind::Question => {
                        let terms = add(words, QUESTION_REPEATS);
                        let here = Sample {
                            entry: number,
                            text,
                        };
                        if samples.next_if_eq(&&here).is_some() {
                            sampled.push((here, terms));
                        }
                        text += 1;
                    }
                    Kind::Sentence => answer.extend_from_slice(words),
                    Kind::Answer => {
                        answer.clear();
                        answer.extend_from_slice(words);
                    }
                }
            }
            add(&answer, 1.0);
            n_questions += text;
            lengths.push(length);
            merge(&mut counts, first);
            ends.push(counts.len());
        }

        let n = entries.len();
        let mean_length = (lengths.iter().sum::<f32>() / n.max(1) as f32).max(1.0);
        let kinds = dictionary.kinds();
        let mut frequencies = vec![0_u32; kinds.len()];
        for (term, _) in &counts {
            frequencies[*term as usize] += 1;
        }
        let stop = STOP * n_questions as f32 / (n_questions as f32 + STOP_TEXTS);
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
        let unit = USUAL_SUM * (idf(n.min(1), n) / USUAL_IDF).sqrt();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let of_entries: Vec<&[(Term, f32)]> = starts
            .zip(&ends)
            .map(|(from, &to)| &counts[from..to])
            .collect();

        let held_out = sampled.into_iter().map(|(sample, terms)| {
            let own = of_entries[sample.entry];
            let length = lengths[sample.entry] - QUESTION_REPEATS * terms.len() as f32;
            let mut distinct = terms.clone();
            distinct.sort_unstable();
            distinct.dedup();
            let parts = distinct.iter().map(|&term| {
                let found = own.binary_search_by_key(&term, |it| it.0);
                let n_here = terms.iter().filter(|it| **it == term).count() as f32;
                let count = found.map_or(0.0, |at| own[at].1) - QUESTION_REPEATS * n_here;
                weights[term as usize].ceiling * saturate(count.max(0.0), length / mean_length)
            });
            let lexical = parts.sum::<f32>() / unit;
            let of_kind = |kind| {
                let terms = distinct.iter().copied();
                terms
                    .filter(|it| kinds[*it as usize] == kind)
                    .collect::<Vec<_>>()
            };
            let query = AnalysedQuery {
                terms: of_kind(TermKind::Topic),
                stops: of_kind(TermKind::Stop),
                pairs: of_kind(TermKind::Pair),
                ..AnalysedQuery::default()
            };
            HeldOut {
                sample,
                query,
                lexical,
            }
        });
        let held_out = held_out.collect();

        let shares = |entry: usize| {
            let relative_length = lengths[entry] / mean_length;
            let counts = of_entries[entry].iter();
            counts.map(move |&(term, count)| (term, saturate(count, relative_length)))
        };
        let is_stop = |term: Term| kinds[term as usize] == TermKind::Stop;
        let mut stops = Stops::new(kinds, n);
        for entry in 0..n {
            for (term, share) in shares(entry).filter(|it| is_stop(it.0)) {
                stops.set(entry, term, level(share));
            }
        }
        let postings = (0..n).flat_map(|entry| {
            let shares = shares(entry).filter(|it| !is_stop(it.0));
            shares.map(move |(term, share)| (term, Posting::new(entry, share)))
        });
        for (frequency, kind) in frequencies.iter_mut().zip(kinds) {
            if *kind == TermKind::Stop {
                *frequency = 0;
            }
        }
        let postings = Postings::new(
            &frequencies,
            postings.inspect(|(term, posting)| {
                let highest = &mut weights[*term as usize].highest;
                *highest = highest.max(posting.level());
            }),
        );
        let index = Self {
            postings,
            weights,
            stops,
            unit,
            unknown: idf(0, n) * (K1 + 1.0),
            n_entries: n,
            sums: Sums::default(),
        };
        (index, held_out)
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
        Walk::new(&self.sums, self.n_entries, self.lists(query).collect())
    }

    /// What the query's stop words give one entry.
    pub(super) fn stops(&self, query: &AnalysedQuery, entry: usize) -> f32 {
        let parts = query.stops.iter().map(|&term| {
            f32::from(self.stops.get(entry, term)) * self.weights[term as usize].ceiling / LEVELS
        });
        parts.sum()
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

    fn get(&self, entry: usize, term: Term) -> u8 {
        let column = self.columns.get(&term);
        column.map_or(0, |column| self.levels[entry * self.columns.len() + column])
    }
}

/// BM25's share of the most that a term can give: 0 for none, towards 1 for many, less in long texts.
fn saturate(count: f32, relative_length: f32) -> f32 {
    count / (count + K1 * (1.0 - B + B * relative_length))
}

/// Joins the counts from `first` on that have the same term.
fn merge(counts: &mut Vec<(Term, f32)>, first: usize) {
    counts[first..].sort_unstable_by_key(|(term, _)| *term);
    let mut last = first;
    for at in first + 1..counts.len() {
        if counts[at].0 == counts[last].0 {
            counts[last].1 += counts[at].1;
        } else {
            last += 1;
            counts[last] = counts[at];
        }
    }
    counts.truncate((last + 1).min(counts.len()));
}
