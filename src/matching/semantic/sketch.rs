//! Signs of vectors, one bit a number: a look at thirty-two bytes tells nearly which rows of 256 are near.
//!
//! Source: Charikar, "Similarity Estimation Techniques from Rounding Algorithms" (2002), with the axes themselves in
//! the place of random directions.

#![expect(
    clippy::inline_always,
    reason = "see `widest`: iterators are not always inlined"
)]

use std::f32::consts::PI;

use super::vector::{DIM, Row};
use crate::simd::{Kernel, widest};

const WORDS: usize = DIM / 64;

/// The angle by which two vectors are apart for each sign in which they differ.
const STEP: f32 = PI / DIM as f32;

/// The signs of a vector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch([u64; WORDS]);

impl Sketch {
    pub(super) fn new(row: &Row) -> Self {
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(row.as_chunks::<64>().0) {
            for (at, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
                let eight = u64::from_le_bytes(eight.map(i8::cast_unsigned));
                *word |= signs(eight) << (8 * at);
            }
        }
        Self(words)
    }

    /// Adds the cosine with each of these vectors to `out`, as far as signs tell it: as the angle is to half a turn, so are
    /// those that differ to all of them.
    pub(super) fn cosines(self, all: &[Self], out: &mut Vec<f32>) {
        let already = out.len();
        out.resize(already + all.len(), 0.0);
        widest(Cosines {
            from: self,
            to: all,
            found: &mut out[already..],
        });
    }
}

/// The sign bits of eight bytes, the first one lowest.
fn signs(eight: u64) -> u64 {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    /// Multiplied with it, the lowest bits of the bytes come to stand beside each other in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    ((eight >> 7) & LOWEST).wrapping_mul(GATHER) >> 56
}

struct Cosines<'a> {
    from: Sketch,
    to: &'a [Sketch],
    /// A cosine for each of them.
    found: &'a mut [f32],
}

impl Kernel for Cosines<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (n, sketch) in self.to.iter().enumerate() {
            let mut distance = 0;
            for word in 0..WORDS {
                distance += (sketch.0[word] ^ self.from.0[word]).count_ones();
            }
            // The sine of what is left to a right angle, by the beginning of its series.
            let angle = (DIM as f32 / 2.0 - distance as f32) * STEP;
            let square = angle * angle;
            self.found[n] = angle * (1.0 - square * (1.0 / 6.0 - square / 120.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_has_a_bit_for_each_number_below_zero() {
        let row: Row = std::array::from_fn(|at| (at * at * 31 + at) as i8);
        let sketch = Sketch::new(&row);
        for (at, number) in row.iter().enumerate() {
            assert_eq!(sketch.0[at / 64] >> (at % 64) & 1 == 1, *number < 0, "{at}");
        }
    }

    #[test]
    fn signs_tell_the_cosine_nearly() {
        let row = |n_negative: usize| -> Row {
            std::array::from_fn(|at| if at < n_negative { -5 } else { 5 })
        };
        let all: Vec<Sketch> = [0, 64, 128, 256].map(|it| Sketch::new(&row(it))).to_vec();
        let mut cosines = vec![7.0];
        all[0].cosines(&all, &mut cosines);
        for (cosine, expected) in cosines.iter().zip([7.0, 1.0, 0.707, 0.0, -1.0]) {
            assert!((cosine - expected).abs() < 0.01, "{cosines:?}");
        }
    }
}
