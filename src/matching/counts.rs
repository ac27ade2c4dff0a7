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
        let mut tally = Tally::default();
        for (entry, it) in entries.iter().enumerate() {
            answer.clear();
            let mut text = 0;
            for (kind, words) in reading.texts(entry) {
                match kind {
                    Kind::Question => {
                        indexer.terms(words, &it.language, &mut terms);
                        tally.add(&terms, QUESTION_REPEATS);
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
            tally.add(&terms, 1.0);
            this.n_questions += text;
            this.lengths.push(tally.length);
            tally.hand_over(&mut this.all);
            this.ends.push(this.all.len());
        }
        let sum: f32 = this.lengths.iter().sum();
        this.mean_length = (sum / entries.len().max(1) as f32).max(1.0);
        this
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

/// The counts of the entry at hand.
#[derive(Default)]
struct Tally {
    length: f32,
    /// Its terms in the order in which they come first.
    terms: Vec<Term>,
    /// By term; 0 for those that it lacks.
    counts: Vec<f32>,
}

impl Tally {
    fn add(&mut self, text: &[Term], repeats: f32) {
        self.length += repeats * text.len() as f32;
        for &term in text {
            let place = term as usize;
            if self.counts.len() <= place {
                self.counts.resize(place + 1, 0.0);
            }
            if self.counts[place] <= 0.0 {
                self.terms.push(term);
            }
            self.counts[place] += repeats;
        }
    }

    /// Appends the counts in the order of the terms, and begins with the next entry.
    fn hand_over(&mut self, all: &mut Vec<(Term, f32)>) {
        self.length = 0.0;
        self.terms.sort_unstable();
        for term in self.terms.drain(..) {
            all.push((term, std::mem::take(&mut self.counts[term as usize])));
        }
    }
}
