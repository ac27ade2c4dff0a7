//! BM25 over an entry's fields: question and variants count twice, the answer once.
//!
//! A second weighting without the answer, and the best of the texts taken one by one, were tried
//! and dropped: beside the semantic signals they add nothing measurable.

use super::postings::{LEVELS, Posting, Postings};
use super::reading::{Kind, Reading};
use super::terms::{Dictionary, Term};
use super::topk::{List, Sums, Walk};
use crate::knowledge::Entry;

/// The postings of all entries.
pub(super) struct Index {
    postings: Postings,
    weights: Vec<Weight>,
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

/// How fast repeated words stop counting; BM25's usual value.
const K1: f32 = 1.2;
/// How much longer entries are marked down; BM25's usual value.
const B: f32 = 0.75;
/// A word of question or variants counts this often.
const QUESTION_REPEATS: f32 = 2.0;

/// What a short question could give; with it the signal is 1 where every word fits.
const USUAL_CEILING: f32 = 10.0;
/// Common words alone are no full match.
const LEAST_CEILING: f32 = 5.0;

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
    /// Indexes all entries; their terms get their numbers in `dictionary`.
    pub(super) fn new(entries: &[Entry], reading: &Reading, dictionary: &mut Dictionary) -> Self {
        let mut counts: Vec<(Term, f32)> = Vec::new();
        let mut ends = Vec::with_capacity(entries.len());
        let mut lengths: Vec<f32> = Vec::with_capacity(entries.len());
        let mut indexer = dictionary.indexer(reading.words());
        let mut terms = Vec::new();
        let mut answer = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            let first = counts.len();
            let mut length = 0.0;
            let mut add = |words: &[_], repeats: f32| {
                terms.clear();
                indexer.terms(words, &entry.language, &mut terms);
                length += repeats * terms.len() as f32;
                counts.extend(terms.iter().map(|&term| (term, repeats)));
            };
            answer.clear();
            for (kind, words) in reading.texts(number) {
                match kind {
                    Kind::Question => add(words, QUESTION_REPEATS),
                    Kind::Sentence => answer.extend_from_slice(words),
                    Kind::Answer => {
                        answer.clear();
                        answer.extend_from_slice(words);
                    }
                }
            }
            add(&answer, 1.0);
            lengths.push(length);
            merge(&mut counts, first);
            ends.push(counts.len());
        }

        let n = entries.len();
        let mean_length = (lengths.iter().sum::<f32>() / n.max(1) as f32).max(1.0);
        let mut frequencies = vec![0_u32; dictionary.n_terms()];
        for (term, _) in &counts {
            frequencies[*term as usize] += 1;
        }
        let weight = |&df: &u32| Weight {
            ceiling: idf(df as usize, n) * (K1 + 1.0),
            highest: 0.0,
        };
        let mut weights: Vec<Weight> = frequencies.iter().map(weight).collect();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let of_entries = starts.zip(&ends).map(|(from, &to)| &counts[from..to]);
        let postings = of_entries.enumerate().flat_map(|(entry, counts)| {
            let relative_length = lengths[entry] / mean_length;
            counts.iter().map(move |&(term, count)| {
                (term, Posting::new(entry, saturate(count, relative_length)))
            })
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
            unknown: idf(0, n) * (K1 + 1.0),
            n_entries: n,
            sums: Sums::default(),
        }
    }

    /// What the sum of a query's weights is divided by: the root of [`USUAL_CEILING`] times what the
    /// query could give at most. Divided by the ceiling itself, a long post would weigh nothing
    /// beside its cosines; not divided, it would drown them. `n_unknown` words match nothing but
    /// count as hoped for.
    pub(super) fn unit(&self, terms: &[Term], n_unknown: usize) -> f32 {
        let known = terms.iter().map(|it| self.weights[*it as usize].ceiling);
        let ceiling = known.fold(self.unknown * n_unknown as f32, |sum, it| sum + it);
        (USUAL_CEILING * ceiling.max(LEAST_CEILING)).sqrt()
    }

    /// The sum of the query's weights in each entry; all zero for a query without words of the content.
    pub(super) fn sums(&self, terms: &[Term]) -> Vec<f32> {
        let mut sums = vec![0.0; self.n_entries];
        for list in self.lists(terms) {
            for posting in list.postings {
                sums[posting.entry()] += posting.level() * list.step;
            }
        }
        sums
    }

    /// The same for the best entries only.
    pub(super) fn walk(&self, terms: &[Term]) -> Walk<'_> {
        Walk::new(&self.sums, self.n_entries, self.lists(terms).collect())
    }

    fn lists(&self, terms: &[Term]) -> impl Iterator<Item = List<'_>> {
        terms.iter().map(|&term| {
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
