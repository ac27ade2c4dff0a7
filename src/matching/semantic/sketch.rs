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
        Self::of_signs(|at| row[at] < 0)
    }

    /// From whether each number is below zero.
    pub(super) fn of_signs(is_negative: impl Fn(usize) -> bool) -> Self {
        let mut words = [0; WORDS];
        for at in 0..DIM {
            words[at / 64] |= u64::from(is_negative(at)) << (at % 64);
        }
        Self(words)
    }

    /// The places of the `n` nearest sketches in some ranges, and of those that are as near as the last of them; in
    /// order. All of them where there are fewer.
    pub(super) fn nearest(self, all: &[Self], ranges: Vec<Range<usize>>, n: usize) -> Vec<usize> {
        let mut distances = Vec::with_capacity(ranges.iter().map(Range::len).sum());
        let mut histogram = [0; DIM + 1];
        for range in ranges.iter().cloned() {
            widest(Distances {
                from: self,
                to: &all[range],
                found: &mut distances,
                histogram: &mut histogram,
            });
        }
        let mut n_nearer = 0;
        let last = histogram.iter().position(|n_here| {
            n_nearer += n_here;
            n <= n_nearer
        });
        let last = last.unwrap_or(DIM);
        let places = ranges.into_iter().flatten().zip(distances);
        let near = places.filter(|it| usize::from(it.1) <= last);
        near.map(|it| it.0).collect()
    }
}

/// In how many numbers the signs differ.
struct Distances<'a> {
    from: Sketch,
    to: &'a [Sketch],
    /// A distance for each of them is added.
    found: &'a mut Vec<u16>,
    /// How many sketches are at each distance.
    histogram: &'a mut [usize; DIM + 1],
}

impl Kernel for Distances<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for sketch in self.to {
            let mut distance = 0;
            for word in 0..WORDS {
                distance += (sketch.0[word] ^ self.from.0[word]).count_ones();
            }
            self.found.push(distance as u16);
            self.histogram[distance as usize] += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_differ_in_the_fewest_signs() {
        let row = |n_negative: usize| -> Row {
            std::array::from_fn(|at| if at < n_negative { -5 } else { 5 })
        };
        let all: Vec<Sketch> = [9, 0, 200, 3, 70, 2, 9]
            .map(|it| Sketch::new(&row(it)))
            .to_vec();
        let nearest = |n| Sketch::new(&row(1)).nearest(&all, vec![5..7, 0..5], n);
        assert_eq!(nearest(2), [5, 1]);
        assert_eq!(nearest(4), [5, 6, 0, 1, 3]);
        assert_eq!(nearest(40).len(), all.len());
    }
}
