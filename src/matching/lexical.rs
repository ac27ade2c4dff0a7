//! Postings and BM25 over an entry's fields.
//!
//! Two weightings share one walk: `questions` takes question and variants as one text;
//! `whole` counts these twice and the answer once.

use super::terms::{Dictionary, Term};
use crate::knowledge::Entry;

/// The postings of all entries.
pub(super) struct Index {
    /// Postings of term `t` are `postings[starts[t]..starts[t + 1]]`.
    starts: Vec<u32>,
    postings: Vec<Posting>,
    /// Highest weight a term can give, per weighting; a term nobody has counts as the rarest.
    unknown: Weights,
    ceilings: Vec<Weights>,
}

/// The score of one entry under both weightings, each 0 to 1: the share of what the query's
/// words could give at most.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Weights {
    pub(super) questions: f32,
    pub(super) whole: f32,
}

struct Posting {
    entry: u32,
    weights: Weights,
}

/// How fast repeated words stop counting; BM25's usual value.
const K1: f32 = 1.2;
/// How much longer entries are marked down; BM25's usual value.
const B: f32 = 0.75;
/// In the `whole` weighting a word of the question counts this often.
const QUESTION_REPEATS: f32 = 2.0;

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
        let mut counts: Vec<(Term, u32, [f32; 2])> = Vec::new();
        let mut lengths = Vec::with_capacity(entries.len());
        for (number, entry) in (0..).zip(entries) {
            let first = counts.len();
            let mut length = [0.0; 2];
            let mut add = |text: &str, field: usize| {
                for term in dictionary.index(text, &entry.language) {
                    length[field] += 1.0;
                    let mut count = [0.0; 2];
                    count[field] = 1.0;
                    counts.push((term, number, count));
                }
            };
            add(&entry.title, 0);
            entry.variants.iter().for_each(|variant| add(variant, 0));
            add(&entry.answer.plain(), 1);
            lengths.push(length);
            merge(&mut counts, first);
        }
        counts.sort_unstable_by_key(|(term, entry, _)| (*term, *entry));

        let n = entries.len();
        let mean = |length: fn(&[f32; 2]) -> f32| {
            (lengths.iter().map(length).sum::<f32>() / n.max(1) as f32).max(1.0)
        };
        let questions_length = |length: &[f32; 2]| length[0];
        let whole_length = |length: &[f32; 2]| length[0] * QUESTION_REPEATS + length[1];
        let (questions_mean, whole_mean) = (mean(questions_length), mean(whole_length));

        let mut index = Self {
            starts: vec![0],
            postings: Vec::with_capacity(counts.len()),
            unknown: Weights {
                questions: idf(0, n) * (K1 + 1.0),
                whole: idf(0, n) * (K1 + 1.0),
            },
            ceilings: Vec::with_capacity(dictionary.n_terms()),
        };
        for of_term in counts.chunk_by(|a, b| a.0 == b.0) {
            let in_questions = of_term.iter().filter(|(.., count)| count[0] > 0.0).count();
            let (questions_idf, whole_idf) = (idf(in_questions, n), idf(of_term.len(), n));
            index.ceilings.push(Weights {
                questions: questions_idf * (K1 + 1.0),
                whole: whole_idf * (K1 + 1.0),
            });
            for (_, entry, count) in of_term {
                let length = &lengths[*entry as usize];
                let weights = Weights {
                    questions: questions_idf
                        * saturate(count[0], questions_length(length) / questions_mean),
                    whole: whole_idf
                        * saturate(
                            count[0] * QUESTION_REPEATS + count[1],
                            whole_length(length) / whole_mean,
                        ),
                };
                index.postings.push(Posting {
                    entry: *entry,
                    weights,
                });
            }
            index.starts.push(index.postings.len() as u32);
        }
        index
    }

    /// Adds up the weights of the query's terms per entry; `n_unknown` words match nothing but
    /// count in the whole. Gives one value an entry, all zero for a query without words.
    pub(super) fn score(&self, terms: &[Term], n_unknown: usize, n_entries: usize) -> Vec<Weights> {
        let mut scores = vec![Weights::default(); n_entries];
        let mut ceiling = Weights {
            questions: self.unknown.questions * n_unknown as f32,
            whole: self.unknown.whole * n_unknown as f32,
        };
        for &term in terms {
            let term = term as usize;
            ceiling.questions += self.ceilings[term].questions;
            ceiling.whole += self.ceilings[term].whole;
            for posting in
                &self.postings[self.starts[term] as usize..self.starts[term + 1] as usize]
            {
                let score = &mut scores[posting.entry as usize];
                score.questions += posting.weights.questions;
                score.whole += posting.weights.whole;
            }
        }
        for score in &mut scores {
            score.questions /= ceiling.questions.max(f32::MIN_POSITIVE);
            score.whole /= ceiling.whole.max(f32::MIN_POSITIVE);
        }
        scores
    }
}

/// BM25's share of a term's weight: 0 for none, towards `K1 + 1` for many, less in long texts.
fn saturate(count: f32, relative_length: f32) -> f32 {
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * relative_length))
}

/// Joins the counts from `first` on that have the same term.
fn merge(counts: &mut Vec<(Term, u32, [f32; 2])>, first: usize) {
    counts[first..].sort_unstable_by_key(|(term, ..)| *term);
    let mut last = first;
    for at in first..counts.len() {
        if at == first {
            continue;
        }
        if counts[at].0 == counts[last].0 {
            let [questions, answer] = counts[at].2;
            counts[last].2[0] += questions;
            counts[last].2[1] += answer;
        } else {
            last += 1;
            counts[last] = counts[at];
        }
    }
    counts.truncate((last + 1).min(counts.len()));
}
