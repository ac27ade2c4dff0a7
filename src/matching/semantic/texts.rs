//! The pieces of every text, two bytes each; vectors are pooled from them when somebody looks.

use crate::matching::reading::{Kind, Reading};
use crate::text::pieces::{PieceId, Pieces};

/// The texts of all entries: questions and variants, then the sentences of the answer.
pub(super) struct Texts {
    pieces: Vec<PieceId>,
    /// Where the pieces of each text end; they begin where those of the text before end.
    ends: Vec<u32>,
    entries: Vec<Place>,
}

/// Where the texts of an entry stand.
#[derive(Clone, Copy)]
struct Place {
    first: u32,
    n_questions: u16,
    n_sentences: u16,
}

impl Texts {
    pub(super) fn new(reading: &Reading) -> Self {
        let mut pieces_of_words = Vec::new();
        let mut ends_of_words = vec![0];
        for word in reading.words() {
            Pieces::builtin().tokenize(word, &mut pieces_of_words);
            ends_of_words.push(pieces_of_words.len());
        }
        let mut texts = Self {
            pieces: Vec::new(),
            ends: Vec::new(),
            entries: Vec::with_capacity(reading.n_entries()),
        };
        for entry in 0..reading.n_entries() {
            let mut place = Place {
                first: texts.ends.len() as u32,
                n_questions: 0,
                n_sentences: 0,
            };
            for (kind, words) in reading.texts(entry) {
                let n = match kind {
                    Kind::Question => &mut place.n_questions,
                    Kind::Sentence => &mut place.n_sentences,
                    Kind::Answer => continue,
                };
                // What comes after the 65,535th sentence is found by its words alone.
                let Some(more) = n.checked_add(1) else {
                    continue;
                };
                *n = more;
                for &word in words {
                    let word = word as usize;
                    texts.pieces.extend_from_slice(
                        &pieces_of_words[ends_of_words[word]..ends_of_words[word + 1]],
                    );
                }
                texts.ends.push(texts.pieces.len() as u32);
            }
            texts.entries.push(place);
        }
        texts.pieces.shrink_to_fit();
        texts.ends.shrink_to_fit();
        texts
    }

    pub(super) fn n_entries(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn n_questions(&self, entry: usize) -> usize {
        usize::from(self.entries[entry].n_questions)
    }

    /// The pieces of the question and of each variant.
    pub(super) fn questions(&self, entry: usize) -> impl Iterator<Item = &[PieceId]> {
        self.of(entry).take(self.n_questions(entry))
    }

    /// The same, then those of the answer's sentences.
    pub(super) fn of(&self, entry: usize) -> impl Iterator<Item = &[PieceId]> {
        let Place {
            first,
            n_questions,
            n_sentences,
        } = self.entries[entry];
        let first = first as usize;
        (first..first + usize::from(n_questions) + usize::from(n_sentences)).map(|at| {
            let from = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.pieces[from as usize..self.ends[at] as usize]
        })
    }
}
