//! Similarity by meaning: a vector for each text of an entry, and how near a query's are.
//!
//! A coarse look at one vector an entry finds the candidates; only theirs are looked at text by
//! text. Vectors are centred: what all entries have in common tells none of them apart.

mod table;

pub use table::{DIM, Table, TableError, cosine};

use table::{PieceId, UNIT, quantize, scan};

use crate::knowledge::Entry;
use crate::text;

/// The vectors of all entries.
pub(super) struct Index {
    /// How much each piece of the table counts, by its number.
    weights: Vec<f32>,
    /// The mean of all entries' vectors.
    centre: [f32; DIM],
    /// One row an entry: the mean of its questions.
    topics: Vec<i8>,
    questions: Rows,
    answers: Rows,
    /// One row a line of [`BACKGROUND`].
    background: Vec<i8>,
}

/// A query's vectors.
pub(super) struct Embedded {
    whole: Row,
    /// Of a message with several sentences each one's own; else empty.
    sentences: Vec<Row>,
}

/// How near the texts of one entry are to a query. Cosines, -1 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Nearness {
    /// The soft maximum over question and variants: several near ones count more than one.
    pub(super) similar: f32,
    /// The nearest of question and variants to the nearest of the query's sentences.
    pub(super) sentence: f32,
    /// The nearest sentence of the answer.
    pub(super) answer: f32,
}

type Row = [i8; DIM];

/// Questions about anything else.
const BACKGROUND: &str = include_str!("background.txt");

/// Some rows for each entry.
struct Rows {
    numbers: Vec<i8>,
    /// Rows of entry `e` are `starts[e]..starts[e + 1]`.
    starts: Vec<u32>,
}

/// How much a piece that is in every text of the content loses: there it weighs a quarter. With 1 and with
/// 10 recall on the sets of `models/README.md` is the same within half a point.
const COMMONNESS: f32 = 3.0;
/// Temperature of the soft maximum. Twice and half of it change nothing measurable.
const TEMPERATURE: f32 = 0.1;
/// Sentences of a query that are looked at one by one; people who write more than that tell a story.
const MAX_SENTENCES: usize = 8;

impl Index {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let questions: Vec<Vec<Vec<PieceId>>> = entries
            .iter()
            .map(|entry| {
                let texts = std::iter::once(&entry.title).chain(&entry.variants);
                texts.map(|it| pieces(&text::normalise(it))).collect()
            })
            .collect();
        let weights = weights(questions.iter().flatten());
        let embed = |ids: &Vec<PieceId>| Table::builtin().pool(ids, |id| weights[usize::from(id)]);
        let vectors: Vec<Vec<[f32; DIM]>> = questions
            .iter()
            .map(|texts| texts.iter().map(embed).collect())
            .collect();
        let centre = mean(&vectors.iter().map(|it| mean(it)).collect::<Vec<_>>());
        let questions = Rows::new(vectors.iter().map(|texts| {
            let centred = texts.iter().map(|it| quantize(&without(it, &centre)));
            centred.collect()
        }));
        let topics = vectors
            .iter()
            .flat_map(|texts| {
                let centred: Vec<_> = texts.iter().map(|it| without(it, &centre)).collect();
                quantize(&without(&mean(&centred), &[0.0; DIM]))
            })
            .collect();
        let answers = Rows::new(entries.iter().map(|entry| {
            let answer = text::normalise(&entry.answer.plain());
            let sentences = sentences(&answer).map(|it| embed(&pieces(it)));
            sentences
                .map(|it| quantize(&without(&it, &centre)))
                .collect()
        }));
        let background = BACKGROUND.lines().filter(|it| !it.starts_with('#'));
        let background = background
            .map(|it| embed(&pieces(it)))
            .flat_map(|it| quantize(&without(&it, &centre)))
            .collect();
        Self {
            weights,
            centre,
            topics,
            questions,
            answers,
            background,
        }
    }

    /// The vectors of a query, given by its normalised sentences; `None` where the table knows no
    /// piece of it.
    pub(super) fn embed(&self, sentences: &[String]) -> Option<Embedded> {
        let mut parts: Vec<_> = sentences.iter().map(|it| pieces(it)).collect();
        parts.retain(|it| !it.is_empty());
        parts.truncate(MAX_SENTENCES);
        if parts.is_empty() {
            return None;
        }
        let row = |ids: &[PieceId]| {
            let vector = Table::builtin().pool(ids, |id| self.weights[usize::from(id)]);
            quantize(&without(&vector, &self.centre))
        };
        Some(Embedded {
            whole: row(&parts.concat()),
            sentences: match parts.len() {
                1 => Vec::new(),
                _ => parts.iter().map(|it| row(it)).collect(),
            },
        })
    }

    /// The cosine of the query and each entry's topic, in the order of the entries, into `topics`.
    pub(super) fn topics(&self, query: &Embedded, topics: &mut Vec<f32>) {
        let mut dots = Vec::new();
        scan(&query.whole, &self.topics, &mut dots);
        topics.clear();
        topics.extend(dots.iter().map(|&dot| dot as f32 * UNIT));
    }

    /// The cosine of the query and the nearest question about anything else.
    pub(super) fn background(&self, query: &Embedded) -> f32 {
        let mut dots = Vec::new();
        scan(&query.whole, &self.background, &mut dots);
        highest(&dots)
    }

    /// The cosine of two entries' topics.
    pub(super) fn kinship(&self, one: usize, other: usize) -> f32 {
        let row = |entry: usize| &self.topics.as_chunks::<DIM>().0[entry];
        let mut dots = Vec::new();
        scan(row(one), row(other), &mut dots);
        highest(&dots)
    }

    /// The finer look at one entry.
    pub(super) fn nearness(&self, query: &Embedded, entry: usize) -> Nearness {
        let questions = self.questions.of(entry);
        let answers = self.answers.of(entry);
        let mut dots = Vec::new();
        let mut nearest = |row: &Row, rows: &[i8]| {
            scan(row, rows, &mut dots);
            highest(&dots)
        };
        let mut answer = nearest(&query.whole, answers);
        let mut sentence = f32::NEG_INFINITY;
        for row in &query.sentences {
            sentence = sentence.max(nearest(row, questions));
            answer = answer.max(nearest(row, answers));
        }
        scan(&query.whole, questions, &mut dots);
        Nearness {
            similar: soft_maximum(&dots),
            sentence: if query.sentences.is_empty() {
                highest(&dots)
            } else {
                sentence
            },
            answer,
        }
    }
}

impl Rows {
    fn new(entries: impl Iterator<Item = Vec<Row>>) -> Self {
        let mut rows = Self {
            numbers: Vec::new(),
            starts: vec![0],
        };
        for entry in entries {
            rows.numbers.extend(entry.as_flattened());
            rows.starts.push((rows.numbers.len() / DIM) as u32);
        }
        rows
    }

    fn of(&self, entry: usize) -> &[i8] {
        let [start, end] = [self.starts[entry], self.starts[entry + 1]];
        &self.numbers[start as usize * DIM..end as usize * DIM]
    }
}

/// The sentences of a text, without those that hold no letter or digit.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '?', '!', '\n'])
        .map(str::trim)
        .filter(|it| it.contains(char::is_alphanumeric))
}

/// The pieces of a normalised text; contractions are spelled out first, so that "dont" is "do not".
fn pieces(normalised: &str) -> Vec<PieceId> {
    let mut ids = Vec::new();
    for word in text::words(normalised) {
        Table::builtin().tokenize(word, &mut ids);
    }
    ids
}

/// The weight of each piece, from the share of the texts that hold it.
fn weights<'t>(texts: impl Iterator<Item = &'t Vec<PieceId>>) -> Vec<f32> {
    let mut n_texts = 0;
    let mut holding = vec![0_u32; Table::builtin().n_pieces()];
    for ids in texts {
        n_texts += 1;
        for (at, &id) in ids.iter().enumerate() {
            if !ids[..at].contains(&id) {
                holding[usize::from(id)] += 1;
            }
        }
    }
    let weight = |n| 1.0 / (1.0 + COMMONNESS * n as f32 / n_texts.max(1) as f32);
    holding.into_iter().map(weight).collect()
}

fn mean(vectors: &[[f32; DIM]]) -> [f32; DIM] {
    let mut mean = [0.0; DIM];
    for vector in vectors {
        for (sum, number) in mean.iter_mut().zip(vector) {
            *sum += number / vectors.len() as f32;
        }
    }
    mean
}

/// The vector less the centre, at length 1; all zeros stay so.
fn without(vector: &[f32; DIM], centre: &[f32; DIM]) -> [f32; DIM] {
    if vector.iter().all(|it| it.abs() < f32::EPSILON) {
        return *vector;
    }
    let mut rest = std::array::from_fn(|at| vector[at] - centre[at]);
    table::normalize(&mut rest);
    rest
}

fn highest(dots: &[i32]) -> f32 {
    dots.iter().max().map_or(0.0, |&dot| dot as f32 * UNIT)
}

fn soft_maximum(dots: &[i32]) -> f32 {
    let highest = highest(dots);
    let sum = dots
        .iter()
        .map(|&dot| ((dot as f32 * UNIT - highest) / TEMPERATURE).exp());
    match sum.sum::<f32>() {
        sum if sum > 0.0 => highest + TEMPERATURE * sum.ln(),
        _ => 0.0,
    }
}
