//! Postings and BM25 over an entry's fields: question and variants count twice, the answer once.
//!
//! A second weighting without the answer, and the best of the texts taken one by one, were tried
//! and dropped: beside the semantic signals they add nothing measurable.

use super::terms::{Dictionary, Term};
use crate::knowledge::Entry;

/// The postings of all entries.
pub(super) struct Index {
    /// Postings of term `t` are `postings[starts[t]..starts[t + 1]]`.
    starts: Vec<u32>,
    postings: Vec<Posting>,
    /// The most that each term can give.
    ceilings: Vec<f32>,
    /// The same for a term that nobody has: it counts as the rarest.
    unknown: f32,
}

struct Posting {
    entry: u32,
    weight: f32,
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
    pub(super) fn new(entries: &[Entry], dictionary: &mut Dictionary) -> Self {
        let mut counts: Vec<(Term, u32, f32)> = Vec::new();
        let mut lengths: Vec<f32> = Vec::with_capacity(entries.len());
        for (number, entry) in (0..).zip(entries) {
            let first = counts.len();
            let mut length = 0.0;
            let mut add = |text: &str, repeats: f32| {
                for term in dictionary.index(text, &entry.language) {
                    length += repeats;
                    counts.push((term, number, repeats));
                }
            };
            add(&entry.title, QUESTION_REPEATS);
            entry
                .variants
                .iter()
                .for_each(|variant| add(variant, QUESTION_REPEATS));
            add(&entry.answer.plain(), 1.0);
            lengths.push(length);
            merge(&mut counts, first);
        }
        counts.sort_unstable_by_key(|(term, entry, _)| (*term, *entry));

        let n = entries.len();
        let mean_length = (lengths.iter().sum::<f32>() / n.max(1) as f32).max(1.0);
        let mut index = Self {
            starts: vec![0],
            postings: Vec::with_capacity(counts.len()),
            ceilings: Vec::with_capacity(dictionary.n_terms()),
            unknown: idf(0, n) * (K1 + 1.0),
        };
        for of_term in counts.chunk_by(|a, b| a.0 == b.0) {
            let idf = idf(of_term.len(), n);
            index.ceilings.push(idf * (K1 + 1.0));
            index
                .postings
                .extend(of_term.iter().map(|&(_, entry, count)| Posting {
                    entry,
                    weight: idf * saturate(count, lengths[entry as usize] / mean_length),
                }));
            index.starts.push(index.postings.len() as u32);
        }
        index
    }

    /// The signal of each entry; all zero for a query without words of the content. `n_unknown`
    /// words match nothing but count as hoped for.
    ///
    /// The weights of the query's terms are added up and divided by the root of [`USUAL_CEILING`]
    /// times what the query could give at most. Divided by the ceiling itself, a long post would
    /// weigh nothing beside its cosines; not divided, it would drown them.
    pub(super) fn score(&self, terms: &[Term], n_unknown: usize, n_entries: usize) -> Vec<f32> {
        let mut scores = vec![0.0; n_entries];
        let mut ceiling = self.unknown * n_unknown as f32;
        for &term in terms {
            let term = term as usize;
            ceiling += self.ceilings[term];
            let [start, end] = [self.starts[term], self.starts[term + 1]];
            for posting in &self.postings[start as usize..end as usize] {
                scores[posting.entry as usize] += posting.weight;
            }
        }
        let unit = (USUAL_CEILING * ceiling.max(LEAST_CEILING)).sqrt();
        for score in &mut scores {
            *score /= unit;
        }
        scores
    }
}

/// BM25's share of a term's weight: 0 for none, towards `K1 + 1` for many, less in long texts.
fn saturate(count: f32, relative_length: f32) -> f32 {
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * relative_length))
}

/// Joins the counts from `first` on that have the same term.
fn merge(counts: &mut Vec<(Term, u32, f32)>, first: usize) {
    counts[first..].sort_unstable_by_key(|(term, ..)| *term);
    let mut last = first;
    for at in first + 1..counts.len() {
        if counts[at].0 == counts[last].0 {
            counts[last].2 += counts[at].2;
        } else {
            last += 1;
            counts[last] = counts[at];
        }
    }
    counts.truncate((last + 1).min(counts.len()));
}
