//! How often each entry has each term, before anything is weighed.

use super::fit::Sample;
use super::reading::{Kind, Reading};
use super::terms::{Dictionary, Term};
use crate::knowledge::Entry;

/// The terms of all entries.
#[derive(Default)]
pub(super) struct Counts {
    /// Term and count, entry after entry, each entry's in the order of the terms.
    all: Vec<(Term, f32)>,
    /// Where the counts of each entry end; they begin where those of the entry before end.
    ends: Vec<usize>,
    lengths: Vec<f32>,
    mean_length: f32,
    n_questions: usize,
    kept: Vec<(Sample, Vec<Term>)>,
}

/// A word of question or variants counts this often.
const QUESTION_REPEATS: f32 = 2.0;

impl Counts {
    /// Counts all entries; their terms get their numbers in `dictionary`. The terms of the samples, which are in the
    /// order of the content, are kept.
    pub(super) fn new(
        entries: &[Entry],
        reading: &Reading,
        dictionary: &mut Dictionary,
        samples: &[Sample],
    ) -> Self {
        let mut this = Self::default();
        let mut indexer = dictionary.indexer(reading.words());
        let mut samples = samples.iter().peekable();
        let (mut terms, mut answer) = (Vec::new(), Vec::new());
        for (entry, it) in entries.iter().enumerate() {
            let first = this.all.len();
            this.lengths.push(0.0);
            answer.clear();
            let mut text = 0;
            for (kind, words) in reading.texts(entry) {
                match kind {
                    Kind::Question => {
                        indexer.terms(words, &it.language, &mut terms);
                        this.add(&terms, QUESTION_REPEATS);
                        if let Some(sample) = samples.next_if_eq(&&Sample { entry, text }) {
                            this.kept.push((*sample, terms.clone()));
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
            indexer.terms(&answer, &it.language, &mut terms);
            this.add(&terms, 1.0);
            this.n_questions += text;
            merge(&mut this.all, first);
            this.ends.push(this.all.len());
        }
        let sum: f32 = this.lengths.iter().sum();
        this.mean_length = (sum / entries.len().max(1) as f32).max(1.0);
        this
    }

    /// Adds a text to the last entry.
    fn add(&mut self, terms: &[Term], repeats: f32) {
        if let Some(length) = self.lengths.last_mut() {
            *length += repeats * terms.len() as f32;
        }
        self.all.extend(terms.iter().map(|&term| (term, repeats)));
    }

    pub(super) fn n_entries(&self) -> usize {
        self.ends.len()
    }

    /// Questions and variants of all entries.
    pub(super) fn n_questions(&self) -> usize {
        self.n_questions
    }

    /// In how many entries each term is.
    pub(super) fn frequencies(&self, n_terms: usize) -> Vec<u32> {
        let mut frequencies = vec![0_u32; n_terms];
        for (term, _) in &self.all {
            frequencies[*term as usize] += 1;
        }
        frequencies
    }

    /// The terms of an entry in order, with how often it has them.
    pub(super) fn of(&self, entry: usize) -> &[(Term, f32)] {
        let from = entry.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[from..self.ends[entry]]
    }

    /// How long an entry is beside the mean.
    pub(super) fn relative_length(&self, entry: usize) -> f32 {
        self.lengths[entry] / self.mean_length
    }

    /// The samples with their terms.
    pub(super) fn kept(&self) -> &[(Sample, Vec<Term>)] {
        &self.kept
    }

    /// How long an entry would be without one of its questions.
    pub(super) fn relative_length_without(&self, entry: usize, question: &[Term]) -> f32 {
        (self.lengths[entry] - QUESTION_REPEATS * question.len() as f32) / self.mean_length
    }

    /// How often an entry would have a term without one of its questions.
    pub(super) fn without(&self, entry: usize, question: &[Term], term: Term) -> f32 {
        let all = self.of(entry);
        let found = all.binary_search_by_key(&term, |it| it.0);
        let n_there = question.iter().filter(|it| **it == term).count() as f32;
        (found.map_or(0.0, |at| all[at].1) - QUESTION_REPEATS * n_there).max(0.0)
    }
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
