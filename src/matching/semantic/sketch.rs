//! Signs of vectors, one bit a number: a look at thirty-two bytes tells nearly which rows of 256 are near.
//!
//! Source: Charikar, "Similarity Estimation Techniques from Rounding Algorithms" (2002), with the axes themselves in
//! the place of random directions.

#![expect(
    clippy::inline_always,
    reason = "see `widest`: iterators are not always inlined"
)]

use std::ops::Range;

use super::vector::{DIM, Row};
use crate::simd::{Kernel, widest};

const WORDS: usize = DIM / 64;

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

    /// The places of the `n` nearest sketches in some ranges, and of those that are as near as the last of them; in
    /// order. All of them where there are fewer.
    pub(super) fn nearest(self, all: &[Self], ranges: &[Range<usize>], n: usize) -> Vec<usize> {
        let mut distances = vec![0; ranges.iter().map(Range::len).sum()];
        let mut rest = distances.as_mut_slice();
        let mut histogram = [0; DIM + 1];
        for range in ranges {
            let (found, after) = rest.split_at_mut(range.len());
            widest(Distances {
                from: self,
                to: &all[range.clone()],
                found,
            });
            for &distance in &*found {
                histogram[usize::from(distance)] += 1;
            }
            rest = after;
        }
        let mut n_nearer = 0;
        let last = histogram.iter().position(|n_here| {
            n_nearer += n_here;
            n <= n_nearer
        });
        let last = last.unwrap_or(DIM);
        let mut places = Vec::with_capacity(n_nearer);
        let mut rest = distances.as_slice();
        for range in ranges {
            let (here, after) = rest.split_at(range.len());
            for (place, &distance) in range.clone().zip(here) {
                if usize::from(distance) <= last {
                    places.push(place);
                }
            }
            rest = after;
        }
        places
    }
}

/// The sign bits of eight bytes, the first one lowest.
fn signs(eight: u64) -> u64 {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    /// Multiplied with it, the lowest bits of the bytes come to stand beside each other in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    ((eight >> 7) & LOWEST).wrapping_mul(GATHER) >> 56
}

/// In how many numbers the signs differ.
struct Distances<'a> {
    from: Sketch,
    to: &'a [Sketch],
    /// A distance for each of them.
    found: &'a mut [u16],
}

impl Kernel for Distances<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (n, sketch) in self.to.iter().enumerate() {
            let mut distance = 0;
            for word in 0..WORDS {
                distance += (sketch.0[word] ^ self.from.0[word]).count_ones();
            }
            self.found[n] = distance as u16;
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
    fn the_nearest_differ_in_the_fewest_signs() {
        let row = |n_negative: usize| -> Row {
            std::array::from_fn(|at| if at < n_negative { -5 } else { 5 })
        };
        let all: Vec<Sketch> = [9, 0, 200, 3, 70, 2, 9]
            .map(|it| Sketch::new(&row(it)))
            .to_vec();
        let nearest = |n| Sketch::new(&row(1)).nearest(&all, &[5..7, 0..5], n);
        assert_eq!(nearest(2), [5, 1]);
        assert_eq!(nearest(4), [5, 6, 0, 1, 3]);
        assert_eq!(nearest(40).len(), all.len());
    }
}
