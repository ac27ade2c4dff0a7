//! Similarity by meaning: a vector for each text of an entry, and how near a query's are.
//!
//! A coarse look at one vector an entry finds the candidates; only theirs are looked at text by
//! text. Vectors are centred: what all entries have in common tells none of them apart.

mod clusters;
mod sketch;
mod table;
mod texts;
mod vector;

pub use table::Table;
pub use vector::{DIM, cosine};

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use clusters::Clusters;
use sketch::Sketch;
use texts::Texts;
use vector::{Row, Sum, UNIT, WideRow, mean, normalize, quantize, without};

use super::parallel::in_shares;
use super::reading::Reading;
use super::topk::{self, keep_best};
use crate::text;
use crate::text::pieces::{PieceId, Pieces};

/// The vectors of all entries.
pub(super) struct Index {
    /// How much each piece of the table counts, by its number.
    weights: Vec<f32>,
    /// The mean of all entries' vectors.
    centre: [f32; DIM],
    topics: Topics,
    texts: Texts,
    background: Background,
    /// For each entry the rows of its texts, once somebody has looked.
    looked_at: Vec<OnceLock<Box<[Row]>>>,
    /// How many rows these are.
    n_kept: AtomicUsize,
}

/// One row an entry: the mean of its questions.
struct Topics {
    rows: Vec<Row>,
    /// One a row.
    sketches: Vec<Sketch>,
    /// For larger content.
    order: Option<Order>,
}

/// The order of the rows of larger content: those of a cluster stand together.
struct Order {
    clusters: Clusters,
    /// The place of each entry's row.
    places: Vec<u32>,
}

/// One row for each line of [`BACKGROUND`] that the content does not answer itself, and for each question that its operator
/// says it does not answer.
#[derive(Default)]
struct Background {
    questions: Vec<String>,
    /// One a question.
    rows: Vec<Row>,
}

/// A query's vectors.
pub(super) struct Embedded {
    whole: WideRow,
    /// Of a message with several sentences each one's own; else empty.
    sentences: Vec<WideRow>,
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

/// The nearest question about anything else.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Elsewhere {
    /// For [`Index::elsewhere`].
    pub(super) place: usize,
    /// Cosine, -1 to 1.
    pub(super) nearness: f32,
}

/// Questions about anything else.
const BACKGROUND: &str = include_str!("background.txt");

/// A question about anything else that is so near to a wording of the content, cosine, is not about anything else here:
/// practices answer what their fees are. From 0.5 to 0.7 no set of `models/README.md` changes by more than 0.3.
const ANSWERED: f32 = 0.6;
/// The same with a single entry, which is as a rule about what any bot is asked.
const ANSWERED_BY_ONE: f32 = 0.45;
/// The entries with the nearest topics that are looked at for this.
pub(super) const ASKED_OF: usize = 4;

/// How much a piece that is in every text of the content loses: there it weighs a quarter. With 1 and with
/// 10 recall on the sets of `models/README.md` is the same within half a point.
const COMMONNESS: f32 = 3.0;
/// Temperature of the soft maximum. Twice and half of it change nothing measurable.
const TEMPERATURE: f32 = 0.1;
/// When so many rows of texts are kept, sixty-four megabytes, those of other entries are pooled anew at each look: what many
/// ask is among the first that are looked at.
const MAX_KEPT: usize = 1 << 18;
/// With so many entries beside one the centre is taken off whole.
const FULLY_CENTRED: usize = 8;
/// Entries that the centre is taken from, at equal distances. It is a mean, so more would hardly move it.
const CENTRE_SAMPLE: usize = 4_096;
/// Of the rows in the nearest clusters about so many times those that are wanted are compared in full, those with the nearest
/// sketches. With twice as many none of 2,000 questions to 10,000 made-up entries found another first entry.
const COMPARED: usize = 2;
/// Signs tell a cosine that is rarely more than so much too low.
const DOUBT: f32 = 0.2;
/// Sentences of a query that are looked at one by one, half of its beginning and half of its end: people who write more
/// than that tell a story, and ask before or after it.
const MAX_SENTENCES: usize = 8;

impl Index {
    /// Topics of more entries than `exhaustive` are put into clusters.
    pub(super) fn new(reading: &Reading, exhaustive: usize, out_of_scope: &[String]) -> Self {
        let texts = Texts::new(reading);
        let n = texts.n_entries();
        let mut index = Self {
            weights: weights(&texts),
            centre: [0.0; DIM],
            topics: Topics {
                rows: Vec::new(),
                sketches: Vec::new(),
                order: None,
            },
            texts,
            background: Background::default(),
            looked_at: Vec::new(),
            n_kept: AtomicUsize::new(0),
        };
        let sample: Vec<usize> = (0..n).step_by(n.div_ceil(CENTRE_SAMPLE).max(1)).collect();
        let means = in_shares(sample.len(), |share| {
            let means = sample[share].iter().map(|&entry| {
                let vectors: Vec<_> = index
                    .texts
                    .questions(entry)
                    .map(|it| index.pool(it))
                    .collect();
                mean(&vectors)
            });
            means.collect::<Vec<_>>()
        });
        index.centre = mean(&means.concat()).map(|it| it * centred(n));
        let topics = in_shares(n, |share| {
            share.map(|entry| index.topic_of(entry)).collect::<Vec<_>>()
        });
        index.topics = Topics::new(topics.concat(), exhaustive);
        index.looked_at.resize_with(n, OnceLock::new);
        let row = |question: &str| {
            let normalised = text::normalise(question);
            quantize(&index.vector(&pieces(text::words(&normalised))))
        };
        let built_in = background_questions()
            .map(|it| (it.to_owned(), row(it)))
            .filter(|it| !index.answers(&it.1));
        let own = out_of_scope.iter().map(|it| (it.clone(), row(it)));
        let background = Background::new(built_in.chain(own));
        index.background = background;
        index
    }

    fn pool(&self, ids: &[PieceId]) -> [f32; DIM] {
        Table::builtin().pool(ids, |id| self.weights[usize::from(id)])
    }

    /// The centred vector of a text.
    fn vector(&self, ids: &[PieceId]) -> [f32; DIM] {
        without(&self.pool(ids), &self.centre)
    }

    fn topic_of(&self, entry: usize) -> Row {
        let vectors: Vec<_> = self
            .texts
            .questions(entry)
            .map(|it| self.vector(it))
            .collect();
        let mut topic = mean(&vectors);
        normalize(&mut topic);
        quantize(&topic)
    }

    /// Whether a question that many bots are asked is one that this content answers.
    fn answers(&self, question: &Row) -> bool {
        let query = Embedded {
            whole: WideRow::new(question),
            sentences: Vec::new(),
        };
        let near = if self.topics.order.is_none() {
            topk::highest(&self.topics(&query), ASKED_OF)
        } else {
            let nearest = self.nearest(&query, ASKED_OF, f32::NEG_INFINITY);
            nearest.into_iter().map(|it| it.0).collect()
        };
        let (least, mut dots) = (answered(self.texts.n_entries()), Vec::new());
        near.into_iter()
            .any(|entry| least <= self.nearness(&query, entry, &mut dots).sentence)
    }

    /// The rows of an entry's texts, its question and variants first.
    fn rows(&self, entry: usize) -> Cow<'_, [Row]> {
        let kept = &self.looked_at[entry];
        if let Some(rows) = kept.get() {
            return Cow::Borrowed(rows);
        }
        let texts = self.texts.of(entry);
        let rows: Vec<Row> = texts.map(|it| quantize(&self.vector(it))).collect();
        if MAX_KEPT < self.n_kept.fetch_add(rows.len(), Ordering::Relaxed) {
            return Cow::Owned(rows);
        }
        Cow::Borrowed(kept.get_or_init(|| rows.into()))
    }

    /// The vectors of a query, given by the pieces of its sentences; `None` where it has none.
    pub(super) fn embed(&self, sentences: &[Vec<PieceId>]) -> Option<Embedded> {
        let parts = sentences.iter().filter(|it| !it.is_empty());
        let mut parts: Vec<&[PieceId]> = parts.map(Vec::as_slice).collect();
        if parts.is_empty() {
            return None;
        }
        let row = |ids: &[PieceId]| WideRow::new(&quantize(&self.vector(ids)));
        let whole = row(&parts.concat());
        if MAX_SENTENCES < parts.len() {
            parts.drain(MAX_SENTENCES / 2..parts.len() - MAX_SENTENCES / 2);
        }
        Some(Embedded {
            whole,
            sentences: match parts.len() {
                1 => Vec::new(),
                _ => parts.into_iter().map(row).collect(),
            },
        })
    }

    /// The cosine of the query and each entry's topic, in the order of the entries. Not for content with clusters.
    pub(super) fn topics(&self, query: &Embedded) -> Vec<f32> {
        debug_assert!(self.topics.order.is_none(), "rows are in another order");
        let mut dots = Vec::new();
        query.whole.scan(&self.topics.rows, &mut dots);
        dots.iter().map(|&dot| dot as f32 * UNIT).collect()
    }

    /// The same, but only as near as the signs of the vectors tell: a tenth off, or more.
    pub(super) fn rough_topics(&self, query: &Embedded) -> Vec<f32> {
        debug_assert!(self.topics.order.is_none(), "rows are in another order");
        let mut cosines = Vec::new();
        query
            .whole
            .sketch
            .cosines(&self.topics.sketches, &mut cosines);
        cosines
    }

    /// The cosine of the query and each of these entries' topics.
    pub(super) fn topics_of(&self, query: &Embedded, entries: &[usize]) -> Vec<f32> {
        let dots = match &self.topics.order {
            Some(order) => {
                let places = entries.iter().map(|&it| order.places[it] as usize);
                let places: Vec<usize> = places.collect();
                query.whole.scan_at(&self.topics.rows, &places)
            }
            None => query.whole.scan_at(&self.topics.rows, entries),
        };
        dots.iter().map(|&dot| dot as f32 * UNIT).collect()
    }

    /// The `k` entries with the nearest topics among those of the nearest clusters, and their cosines, with most that are
    /// less near than `least` left out; now and then a less near one in the place of one of the last. For content with clusters.
    pub(super) fn nearest(&self, query: &Embedded, k: usize, least: f32) -> Vec<(usize, f32)> {
        let Some(order) = &self.topics.order else {
            return Vec::new();
        };
        let clusters = order.clusters.probe(&query.whole);
        let mut rough = Vec::new();
        for cluster in &clusters {
            let sketches = &self.topics.sketches[cluster.clone()];
            query.whole.sketch.cosines(sketches, &mut rough);
        }
        let near = topk::about_highest(&rough, least - DOUBT, COMPARED * k);
        let places = places_in(&clusters, near);
        let members = order.clusters.members();
        let dots = query.whole.scan_at(&self.topics.rows, &places);
        let near = places.iter().zip(dots);
        let mut nearest = near
            .map(|(&place, dot)| (members[place] as usize, dot as f32 * UNIT))
            .collect();
        keep_best(&mut nearest, k);
        nearest
    }

    /// The question about anything else that is nearest to the query. All are compared in full: to find the nearest by signs
    /// and sort them out takes as long.
    pub(super) fn background(&self, query: &Embedded) -> Elsewhere {
        let mut dots = Vec::new();
        query.whole.scan(&self.background.rows, &mut dots);
        let nearest = dots.into_iter().enumerate().max_by_key(|it| it.1);
        nearest.map_or_else(Elsewhere::default, |(place, dot)| Elsewhere {
            place,
            nearness: dot as f32 * UNIT,
        })
    }

    /// A question about anything else.
    pub(super) fn elsewhere(&self, place: usize) -> Option<&str> {
        let question = self.background.questions.get(place);
        question.map(String::as_str)
    }

    /// The cosine of two entries' topics.
    pub(super) fn kinship(&self, one: usize, other: usize) -> f32 {
        WideRow::new(self.topics.row(one)).cosine(self.topics.row(other))
    }

    /// The finer look at one entry. `dots` is only room to work in, the same for all entries.
    pub(super) fn nearness(&self, query: &Embedded, entry: usize, dots: &mut Vec<i32>) -> Nearness {
        query.nearness(&self.rows(entry), self.texts.n_questions(entry), dots)
    }

    /// One of an entry's questions as a query, how near the entry would be to it without it, and its topic.
    pub(super) fn without_question(&self, entry: usize, text: usize) -> (Embedded, Nearness, f32) {
        let mut left = self.rows(entry).into_owned();
        let n_questions = self.texts.n_questions(entry) - 1;
        let embedded = Embedded {
            whole: WideRow::new(&left.remove(text)),
            sentences: Vec::new(),
        };
        let nearness = embedded.nearness(&left, n_questions, &mut Vec::new());
        let mut questions = Sum::ZERO;
        left[..n_questions].iter().for_each(|it| questions.add(it));
        let topic = questions.mean();
        let topic = topic.map_or(0.0, |it| embedded.whole.cosine(&it));
        (embedded, nearness, topic)
    }
}

impl Embedded {
    fn nearness(&self, rows: &[Row], n_questions: usize, dots: &mut Vec<i32>) -> Nearness {
        let (mut sentence, mut answer) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for row in &self.sentences {
            row.scan(rows, dots);
            let (questions, answers) = dots.split_at(n_questions);
            sentence = sentence.max(highest(questions));
            answer = answer.max(highest(answers));
        }
        self.whole.scan(rows, dots);
        let (questions, answers) = dots.split_at(n_questions);
        Nearness {
            similar: soft_maximum(questions.iter().map(|&dot| dot as f32 * UNIT)),
            sentence: if self.sentences.is_empty() {
                highest(questions)
            } else {
                sentence
            },
            answer: answer.max(highest(answers)),
        }
    }
}

impl Background {
    fn new(questions: impl Iterator<Item = (String, Row)>) -> Self {
        let (questions, rows) = questions.unzip();
        Self { questions, rows }
    }
}

impl Topics {
    fn new(rows: Vec<Row>, exhaustive: usize) -> Self {
        let sketches = |rows: &[Row]| rows.iter().map(Sketch::new).collect();
        if rows.len() <= exhaustive {
            return Self {
                sketches: sketches(&rows),
                rows,
                order: None,
            };
        }
        let clusters = Clusters::new(&rows);
        let mut places = vec![0; rows.len()];
        for (place, &entry) in (0..).zip(clusters.members()) {
            places[entry as usize] = place;
        }
        let members = clusters.members().iter();
        let rows: Vec<Row> = members.map(|&it| rows[it as usize]).collect();
        Self {
            sketches: sketches(&rows),
            rows,
            order: Some(Order { clusters, places }),
        }
    }

    fn row(&self, entry: usize) -> &Row {
        match &self.order {
            Some(order) => &self.rows[order.places[entry] as usize],
            None => &self.rows[entry],
        }
    }
}

/// Questions about anything else.
pub(super) fn background_questions() -> impl Iterator<Item = &'static str> {
    BACKGROUND.lines().filter(|it| !it.starts_with('#'))
}

/// The sentences of a text, without those that hold no letter or digit.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    // In bytes, which are looked at quicker than letters.
    text.as_bytes()
        .split_inclusive(|it| matches!(it, b'.' | b'?' | b'!' | b'\n'))
        .map(|it| str::from_utf8(it).expect("a text was cut behind ASCII"))
        .map(str::trim)
        .filter(|it| it.contains(char::is_alphanumeric))
}

/// The pieces of a text's words, of which contractions are spelled out, so that "dont" is "do not".
pub(super) fn pieces<'a>(words: impl Iterator<Item = &'a str>) -> Vec<PieceId> {
    let mut ids = Vec::with_capacity(2 * words.size_hint().0);
    for word in words {
        Pieces::builtin().tokenize(word, &mut ids);
    }
    ids
}

/// The weight of each piece, from the share of the questions and variants that hold it.
fn weights(texts: &Texts) -> Vec<f32> {
    let mut n_texts = 0;
    // Of each piece how many texts hold it, and the number of the last one.
    let mut holding = vec![(0_u32, 0_u32); Pieces::builtin().len()];
    for ids in (0..texts.n_entries()).flat_map(|it| texts.questions(it)) {
        n_texts += 1;
        for &id in ids {
            let (n, last) = &mut holding[usize::from(id)];
            *n += u32::from(*last != n_texts);
            *last = n_texts;
        }
    }
    let weight = |(n, _)| 1.0 / (1.0 + COMMONNESS * n as f32 / n_texts.max(1) as f32);
    holding.into_iter().map(weight).collect()
}

/// How much of the centre is taken off in content of so many entries: what one entry has it does not have in common with
/// others.
pub(super) fn centred(n_entries: usize) -> f32 {
    let others = n_entries.saturating_sub(1).min(FULLY_CENTRED);
    others as f32 / FULLY_CENTRED as f32
}

/// How near a question about anything else has to be to a wording of so many entries to be about the content.
pub(super) fn answered(n_entries: usize) -> f32 {
    ANSWERED_BY_ONE + (ANSWERED - ANSWERED_BY_ONE) * centred(n_entries)
}

/// Where those at some positions, in order, of the ranges one after the other stand by themselves.
fn places_in(ranges: &[Range<usize>], positions: Vec<usize>) -> Vec<usize> {
    let mut ranges = ranges.iter();
    // What is in the ranges before the one at hand, which comes first of none.
    let (mut before, mut range) = (0, 0..0);
    let place = |at: usize| {
        while before + range.len() <= at {
            before += range.len();
            range = ranges.next().cloned().expect("a position in a range");
        }
        range.start + at - before
    };
    positions.into_iter().map(place).collect()
}

fn highest(dots: &[i32]) -> f32 {
    dots.iter().max().map_or(0.0, |&dot| dot as f32 * UNIT)
}

/// The soft maximum of some cosines, at most a little above the highest: several near ones count more than one. 0 for
/// none.
pub(super) fn soft_maximum(cosines: impl Iterator<Item = f32> + Clone) -> f32 {
    let highest = cosines.clone().fold(f32::NEG_INFINITY, f32::max);
    let sum = cosines.map(|it| ((it - highest) / TEMPERATURE).exp());
    match sum.sum::<f32>() {
        sum if sum > 0.0 => highest + TEMPERATURE * sum.ln(),
        _ => 0.0,
    }
}
