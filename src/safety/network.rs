//! A small network that reads a message's words in their order: what the learned weights of single words cannot tell,
//! "I could have killed him for that cake" from "I could kill him".
//!
//! Word pieces as vectors, three convolutions (each piece with its neighbours, then ever wider), the strongest and the
//! mean of each channel, and weights per category. It is a pupil of a sentence encoder that was trained on the labelled
//! messages; `models/README.md` has how, the format of its file and the figures. Source of the form: Kim, "Convolutional
//! Neural Networks for Sentence Classification" (2014); Yu and Koltun, "Multi-Scale Context Aggregation by Dilated
//! Convolutions" (2016).

#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "see `widest`: iterators are not always inlined"
)]

use std::borrow::Cow;
use std::sync::LazyLock;

use super::odds::Odds;
use crate::simd::{Simd, WithSimd, widest};
use crate::text::pieces::{PieceId, Pieces};

/// Numbers a piece has, in its vector and after each convolution.
const CHANNELS: usize = 64;

/// Convolutions; the `n`th looks `2^n` pieces to both sides.
const LAYERS: usize = 3;

/// Pieces that a convolution puts together.
const TAPS: usize = 3;

/// Categories of danger.
const CLASSES: usize = 5;

/// Pieces that are judged together. It was trained on messages of up to this length; of longer ones each part is judged
/// and the gravest counts.
const WINDOW: usize = 64;

/// About a sentence or two. In a longer message each such part is judged by itself too: what is harmless around it must not
/// outweigh it.
const SENTENCE: usize = 24;

/// So much less counts what is found in such a part, in log odds: it lacks the words around it. At 2 as much more is found in
/// long messages as at 3, but twice as many harmless ones alarm; models/README.md has figures.
const DOUBT_OF_SENTENCE: f32 = 3.0;

/// Pieces that are read of a long message: so many of its beginning and as many of its end.
const MOST_PIECES: usize = 192;

const MAGIC: &[u8; 8] = b"ASKWNET1";

static BUILTIN: LazyLock<Network> = LazyLock::new(|| {
    Network::parse(include_bytes!("../../models/network.bin"))
        .expect("a test parses the committed network")
});

type Row = [f32; CHANNELS];

/// The network's weights.
pub(super) struct Network {
    /// One row a piece, signed bytes in steps of `step`.
    vectors: &'static [[u8; CHANNELS]],
    step: f32,
    layers: Vec<Layer>,
    head: Vec<Class>,
}

struct Layer {
    /// For each of [`PRODUCTS`] what each number adds to each channel: for the first tap, for half of the sum of the taps, for that with the middle
    /// one taken off instead, and for the last tap. See [`Convolve`].
    weights: Vec<[Row; CHANNELS]>,
    bias: Row,
}

/// What a category makes of the channels.
struct Class {
    strongest: Row,
    mean: Row,
    bias: f32,
}

impl Network {
    /// The network that is embedded in the program.
    pub(super) fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads the format of `models/README.md`; `None` where the bytes are damaged or of another shape.
    fn parse(bytes: &'static [u8]) -> Option<Self> {
        let n_pieces = Pieces::builtin().len();
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (header, rest) = rest.split_at_checked(16)?;
        let header = header.as_chunks::<4>().0.iter();
        let shape = [CHANNELS, LAYERS, CLASSES, n_pieces];
        if magic != MAGIC || !header.map(|it| u32::from_le_bytes(*it) as usize).eq(shape) {
            return None;
        }
        let (vectors, rest) = rest.split_at_checked(n_pieces * CHANNELS)?;
        let mut numbers = Numbers(rest);
        let step = numbers.one()?;
        let mut layers = Vec::with_capacity(LAYERS);
        for _ in 0..LAYERS {
            let rows: Option<Vec<Row>> = (0..TAPS * CHANNELS).map(|_| numbers.row()).collect();
            let rows = rows?;
            let (taps, _) = rows.as_chunks::<CHANNELS>();
            layers.push(Layer {
                weights: combined(taps.first_chunk()?),
                bias: numbers.row()?,
            });
        }
        let mut head = Vec::with_capacity(CLASSES);
        for _ in 0..CLASSES {
            head.push(Class {
                strongest: numbers.row()?,
                mean: numbers.row()?,
                bias: numbers.one()?,
            });
        }
        numbers.0.is_empty().then_some(Self {
            vectors: vectors.as_chunks::<CHANNELS>().0,
            step,
            layers,
            head,
        })
    }

    /// How likely each kind of danger is; `None` for a text without any known piece. Time is linear in the length of
    /// `text`, and bounded.
    pub(super) fn read(&self, text: &str) -> Option<Odds> {
        let mut pieces = Vec::new();
        let straight = if text.is_ascii() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(text.replace('\u{2019}', "'"))
        };
        Pieces::builtin().tokenize(&straight, &mut pieces);
        if 2 * MOST_PIECES < pieces.len() {
            pieces.drain(MOST_PIECES..pieces.len() - MOST_PIECES);
        }
        let mut rows = vec![[0.0; CHANNELS]; pieces.len() + 2 * EDGE];
        for (row, piece) in rows[EDGE..].iter_mut().zip(&pieces) {
            *row = self.vector(*piece);
        }
        let mut next = rows.clone();
        let mut room = Room::default();
        for (n, layer) in self.layers.iter().enumerate() {
            widest(Convolve {
                layer,
                reach: 1 << n,
                rows: &rows,
                next: &mut next,
                room: &mut room,
            });
            std::mem::swap(&mut rows, &mut next);
        }
        let rows = &rows[EDGE..EDGE + pieces.len()];
        let whole = windows(rows, WINDOW).map(|it| self.judge(it));
        if rows.len() <= SENTENCE {
            return whole.last();
        }
        let sentences = windows(rows, SENTENCE).map(|it| self.judge(it).lowered(DOUBT_OF_SENTENCE));
        let odds = whole.chain(sentences);
        odds.max_by(|a, b| a.probability().total_cmp(&b.probability()))
    }

    fn vector(&self, piece: PieceId) -> Row {
        self.vectors[usize::from(piece)].map(|it| f32::from(it.cast_signed()) * self.step)
    }

    fn judge(&self, rows: &[Row]) -> Odds {
        let mut strongest = [f32::NEG_INFINITY; CHANNELS];
        let mut mean = [0.0; CHANNELS];
        for row in rows {
            for at in 0..CHANNELS {
                strongest[at] = strongest[at].max(row[at]);
                mean[at] += row[at] / rows.len() as f32;
            }
        }
        Odds(std::array::from_fn(|class| {
            let class = &self.head[class];
            class.bias + dot(&class.strongest, &strongest) + dot(&class.mean, &mean)
        }))
    }
}

/// Numbers of the file one after the other.
struct Numbers(&'static [u8]);

impl Numbers {
    fn one(&mut self) -> Option<f32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(f32::from_le_bytes(*number))
    }

    fn row(&mut self) -> Option<Row> {
        let mut row = [0.0; CHANNELS];
        for number in &mut row {
            *number = self.one()?;
        }
        Some(row)
    }
}

/// Parts of so many rows, each half in the next; all together where there are fewer.
fn windows(rows: &[Row], length: usize) -> impl Iterator<Item = &[Row]> {
    let starts = (0..rows.len()).step_by(length / 2);
    let parts = starts.map(move |start| &rows[start..rows.len().min(start + length)]);
    // The last half of a part is the first of the next, so what is left of the text alone is in one already.
    parts.filter(move |it| it.len() > length / 2 || it.len() == rows.len())
}

fn dot(one: &Row, other: &Row) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The weights of three taps as those of [`PRODUCTS`].
fn combined([first, middle, last]: &[[Row; CHANNELS]; TAPS]) -> Vec<[Row; CHANNELS]> {
    let half = |sign: f32| -> [Row; CHANNELS] {
        std::array::from_fn(|at| {
            std::array::from_fn(|channel| {
                (first[at][channel] + sign * middle[at][channel] + last[at][channel]) / 2.0
            })
        })
    };
    vec![*first, half(1.0), half(-1.0), *last]
}

/// One convolution; what it finds is added to what was there.
///
/// Two places that are `reach` apart have two of their three pieces in common, so four products do for both in the place
/// of six. Source: Winograd, "Arithmetic Complexity of Computations" (1980), as in Lavin and Gray, "Fast Algorithms for
/// Convolutional Neural Networks" (2016), F(2, 3).
struct Convolve<'a> {
    layer: &'a Layer,
    /// How far the outer taps are from the middle one, in pieces.
    reach: usize,
    /// The pieces between [`EDGE`] empty rows at both ends.
    rows: &'a [Row],
    /// Likewise.
    next: &'a mut [Row],
    room: &'a mut Room,
}

/// Room to work in, the same for all layers.
struct Room {
    factors: Rows,
    products: Rows,
}

impl Default for Room {
    fn default() -> Self {
        let empty = [[[0.0; CHANNELS]; BLOCK]; PRODUCTS];
        Self {
            factors: empty,
            products: empty,
        }
    }
}

/// Products for two places.
const PRODUCTS: usize = 4;

/// Pairs of places that are worked on together: each weight that is loaded serves all of them. A multiple of every reach, so
/// that a block is so many places and the next ones.
const BLOCK: usize = 1 << (LAYERS - 1);

/// Vectors of channels that are summed together: with four pairs two, with two pairs four, so that eight sums stay in
/// registers.
const TILE: usize = 2;

/// Empty rows at each end: the widest reach, and a block that may hang over.
const EDGE: usize = (1 << (LAYERS - 1)) + 2 * BLOCK;

/// A row for each product and pair.
type Rows = [[Row; BLOCK]; PRODUCTS];

impl WithSimd for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let end = self.rows.len() - EDGE;
        for start in (EDGE..end).step_by(2 * BLOCK) {
            self.factors(simd, start);
            if self.first(start, BLOCK / 2) < end {
                self.multiply::<S, BLOCK, TILE>(simd);
            } else {
                // What the other half of the pairs would be hangs over the end.
                self.multiply::<S, { BLOCK / 2 }, { TILE * 2 }>(simd);
            }
            self.sum(simd, start);
        }
        // What hangs over the end is to stay empty.
        self.next[end..end + 2 * BLOCK].fill([0.0; CHANNELS]);
    }
}

impl Convolve<'_> {
    /// The first place of a pair; the second is `reach` further.
    #[inline(always)]
    fn first(&self, start: usize, pair: usize) -> usize {
        start + pair / self.reach * 2 * self.reach + pair % self.reach
    }

    /// What the weights are multiplied with.
    #[inline(always)]
    fn factors<S: Simd>(&mut self, simd: S, start: usize) {
        for pair in 0..BLOCK {
            let before = self.first(start, pair) - self.reach;
            let (one, _) = S::as_simd_f32s(&self.rows[before]);
            let (two, _) = S::as_simd_f32s(&self.rows[before + self.reach]);
            let (three, _) = S::as_simd_f32s(&self.rows[before + 2 * self.reach]);
            let (four, _) = S::as_simd_f32s(&self.rows[before + 3 * self.reach]);
            for at in 0..one.len() {
                let found = [
                    simd.sub_f32s(one[at], three[at]),
                    simd.add_f32s(two[at], three[at]),
                    simd.sub_f32s(three[at], two[at]),
                    simd.sub_f32s(two[at], four[at]),
                ];
                for (rows, found) in self.room.factors.iter_mut().zip(found) {
                    S::as_mut_simd_f32s(&mut rows[pair]).0[at] = found;
                }
            }
        }
    }

    #[inline(always)]
    fn multiply<S: Simd, const PAIRS: usize, const TILE: usize>(&mut self, simd: S) {
        let Room { factors, products } = &mut *self.room;
        for ((weights, rows), products) in self.layer.weights.iter().zip(&*factors).zip(products) {
            for tile in (0..CHANNELS / S::F32_LANES).step_by(TILE) {
                let mut sums = [[simd.splat_f32s(0.0); TILE]; PAIRS];
                for (at, weights) in weights.iter().enumerate() {
                    let (weights, _) = S::as_simd_f32s(weights);
                    let weights = &weights[tile..tile + TILE];
                    for (sums, row) in sums.iter_mut().zip(rows) {
                        let number = simd.splat_f32s(row[at]);
                        // Always fused, also where that is slow: the sums are to be the same on every machine.
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum = simd.mul_add_f32s(number, *weight, *sum);
                        }
                    }
                }
                for (product, sums) in products.iter_mut().zip(sums) {
                    S::as_mut_simd_f32s(product).0[tile..tile + TILE].copy_from_slice(&sums);
                }
            }
        }
    }

    #[inline(always)]
    fn sum<S: Simd>(&mut self, simd: S, start: usize) {
        let products = &self.room.products;
        let (bias, _) = S::as_simd_f32s(&self.layer.bias);
        for pair in 0..BLOCK {
            let first = self.first(start, pair);
            let (one, _) = S::as_simd_f32s(&products[0][pair]);
            let (two, _) = S::as_simd_f32s(&products[1][pair]);
            let (three, _) = S::as_simd_f32s(&products[2][pair]);
            let (four, _) = S::as_simd_f32s(&products[3][pair]);
            for (at, bias) in bias.iter().enumerate() {
                let both = simd.add_f32s(*bias, two[at]);
                let found = [
                    simd.add_f32s(simd.add_f32s(both, three[at]), one[at]),
                    simd.sub_f32s(simd.sub_f32s(both, three[at]), four[at]),
                ];
                for (n, found) in found.into_iter().enumerate() {
                    let place = first + n * self.reach;
                    let found = simd.max_f32s(found, simd.splat_f32s(0.0));
                    let (before, _) = S::as_simd_f32s(&self.rows[place]);
                    let (next, _) = S::as_mut_simd_f32s(&mut self.next[place]);
                    next[at] = simd.add_f32s(before[at], found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    const GOLDEN: &str = include_str!("../../tests/data/network_golden.jsonl");

    #[derive(Deserialize)]
    struct Golden {
        q: String,
        odds: [f32; CLASSES],
    }

    fn probability(text: &str) -> f32 {
        Network::builtin().read(text).unwrap().probability()
    }

    #[test]
    fn it_says_what_the_reference_says() {
        for line in GOLDEN.lines() {
            let golden: Golden = serde_json::from_str(line).unwrap();
            let odds = Network::builtin().read(&golden.q).unwrap();
            for (it, expected) in odds.0.iter().zip(golden.odds) {
                assert!((it - expected).abs() < 2e-3, "{}: {:?}", golden.q, odds.0);
            }
        }
    }

    #[test]
    fn what_has_no_piece_has_no_odds() {
        for text in ["", " ", "\u{200b}", "\u{1F600}", "\u{43F}\u{440}\u{438}"] {
            assert_eq!(Network::builtin().read(text), None, "{text}");
        }
    }

    #[test]
    fn a_curly_apostrophe_is_a_straight_one() {
        let (curly, straight) = ("I can\u{2019}t go on", "I can't go on");
        assert_eq!(
            Network::builtin().read(curly),
            Network::builtin().read(straight)
        );
    }

    #[test]
    fn danger_is_found_at_the_end_of_a_long_text() {
        let danger = "i have the pills here and i want to die tonight. ";
        let harmless = "we painted the kitchen and argued about the colour of the door. ";
        assert!(probability(danger) > 0.5);
        for n in [2, 4, 20, 60] {
            let rest = harmless.repeat(n);
            assert!(probability(&rest) < 0.3, "{n}");
            assert!(probability(&format!("{rest}{danger}")) > 0.5, "{n}");
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let whole: &'static [u8] = include_bytes!("../../models/network.bin");
        assert!(Network::parse(whole).is_some());
        for length in [0, 12, 24, 30, whole.len() - 1] {
            assert!(Network::parse(&whole[..length]).is_none(), "{length}");
        }
        for at in [0, 8, 12, 16, 20] {
            let mut other = whole.to_vec();
            other[at] ^= 0xFF;
            assert!(Network::parse(other.leak()).is_none(), "{at}");
        }
    }
}
