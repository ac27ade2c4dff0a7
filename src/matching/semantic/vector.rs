//! Arithmetic on vectors, with the widest instructions that the processor at hand has.

#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "see `widest`: iterators are not always inlined"
)]

use super::sketch::Sketch;
use crate::simd::{Kernel, widest};

/// Numbers in a vector.
pub const DIM: usize = 256;

/// A vector of length 1 as bytes, see [`quantize`].
pub(super) type Row = [i8; DIM];

/// What a dot product of two [`quantize`]d vectors is multiplied with to be a cosine.
pub(super) const UNIT: f32 = 1.0 / (SCALE * SCALE);

/// The byte for 1.0, were there one: 127 stands for 0.5 and more. Numbers of a unit vector of this many dimensions lie
/// near 0.06, so bytes up to 1.0 would waste a bit. Larger ones are cut: 6 of 100 long posts have one above 0.5, and
/// recall stays the same within 0.2.
const SCALE: f32 = 254.0;

/// Running sums of a reduction: a single one can't be vectorised, since float addition must keep its order.
const LANES: usize = 16;

/// Cosine of two vectors of length 1, -1 to 1; 0 where one of them is all zeros.
#[must_use]
pub fn cosine(one: &[f32; DIM], other: &[f32; DIM]) -> f32 {
    dot(one, other).clamp(-1.0, 1.0)
}

/// Brings a vector to length 1; all zeros stay so.
#[inline(always)]
pub(super) fn normalize(vector: &mut [f32; DIM]) {
    let length = dot(vector, vector).sqrt();
    if length > 1e-12 {
        for number in vector {
            *number /= length;
        }
    }
}

/// The mean of some vectors; of none all zeros.
pub(super) fn mean(vectors: &[[f32; DIM]]) -> [f32; DIM] {
    let mut mean = [0.0; DIM];
    for vector in vectors {
        for (sum, number) in mean.iter_mut().zip(vector) {
            *sum += number / vectors.len() as f32;
        }
    }
    mean
}

/// A sum of rows.
#[derive(Clone)]
pub(super) struct Sum([i32; DIM]);

impl Sum {
    pub(super) const ZERO: Self = Self([0; DIM]);

    pub(super) fn add(&mut self, row: &Row) {
        for (sum, &number) in self.0.iter_mut().zip(row) {
            *sum += i32::from(number);
        }
    }

    /// The mean of the rows, at length 1; `None` where the sum is all zeros.
    pub(super) fn mean(&self) -> Option<Row> {
        let mut mean = self.0.map(|it| it as f32);
        normalize(&mut mean);
        self.0.iter().any(|it| *it != 0).then(|| quantize(&mean))
    }
}

/// The vector less the centre, at length 1; all zeros stay so.
pub(super) fn without(vector: &[f32; DIM], centre: &[f32; DIM]) -> [f32; DIM] {
    if vector.iter().all(|it| it.abs() < f32::EPSILON) {
        return *vector;
    }
    widest(Without { vector, centre })
}

struct Without<'a> {
    vector: &'a [f32; DIM],
    centre: &'a [f32; DIM],
}

impl Kernel for Without<'_> {
    type Output = [f32; DIM];

    #[inline(always)]
    fn call(self) -> [f32; DIM] {
        let mut rest = *self.vector;
        for at in 0..DIM {
            rest[at] -= self.centre[at];
        }
        normalize(&mut rest);
        rest
    }
}

/// A vector of length 1 as bytes: rounded steps of 1/254, half away from zero, cut at 0.5.
#[must_use]
pub(super) fn quantize(vector: &[f32; DIM]) -> Row {
    widest(Quantize(vector))
}

struct Quantize<'a>(&'a [f32; DIM]);

impl Kernel for Quantize<'_> {
    type Output = Row;

    #[inline(always)]
    fn call(self) -> Row {
        // The number below a half: what is added to it and cut off is rounded, as `f32::round` does it where there is
        // no instruction for that.
        const HALF: f32 = 0.5 - f32::EPSILON / 4.0;
        let mut row = [0; DIM];
        for at in 0..DIM {
            let number = (self.0[at] * SCALE).clamp(-127.0, 127.0);
            row[at] = (number + HALF.copysign(number)) as i32 as i8;
        }
        row
    }
}

/// A row to be compared with many others.
pub(super) struct WideRow {
    wide: [i16; DIM],
    /// Its signs, to be compared with those of rows.
    pub(super) sketch: Sketch,
}

impl WideRow {
    pub(super) fn new(row: &Row) -> Self {
        let mut wide = [0; DIM];
        for (wide, &number) in wide.iter_mut().zip(row) {
            *wide = i16::from(number);
        }
        let sketch = Sketch::new(row);
        Self { wide, sketch }
    }

    /// Dot products with rows, into `out`, which is emptied first.
    pub(super) fn scan(&self, rows: &[Row], out: &mut Vec<i32>) {
        out.clear();
        out.resize(rows.len(), 0);
        let query = self;
        widest(Scan { query, rows, out });
    }

    /// Dot products with the rows at some places, in the order of the places.
    pub(super) fn scan_at(&self, rows: &[Row], places: &[usize]) -> Vec<i32> {
        let mut out = vec![0; places.len()];
        widest(ScanAt {
            query: self,
            rows,
            places,
            out: &mut out,
        });
        out
    }

    /// The cosine with one row.
    pub(super) fn cosine(&self, row: &Row) -> f32 {
        let mut product = [0];
        let (rows, out) = (std::slice::from_ref(row), &mut product);
        let query = self;
        widest(Scan { query, rows, out });
        product[0] as f32 * UNIT
    }
}

struct Scan<'a> {
    query: &'a WideRow,
    rows: &'a [Row],
    out: &'a mut [i32],
}

impl Kernel for Scan<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (n, row) in self.rows.iter().enumerate() {
            self.out[n] = product(self.query, row);
        }
    }
}

/// One call for all places: so the memory of the next row is on its way while one is multiplied.
struct ScanAt<'a> {
    query: &'a WideRow,
    rows: &'a [Row],
    places: &'a [usize],
    out: &'a mut [i32],
}

impl Kernel for ScanAt<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (n, &place) in self.places.iter().enumerate() {
            self.out[n] = product(self.query, &self.rows[place]);
        }
    }
}

#[inline(always)]
fn product(query: &WideRow, row: &Row) -> i32 {
    let mut sum = 0;
    for at in 0..DIM {
        sum += i32::from(i16::from(row[at])) * i32::from(query.wide[at]);
    }
    sum
}

#[inline(always)]
fn dot(one: &[f32; DIM], other: &[f32; DIM]) -> f32 {
    let mut sums = [0.0; LANES];
    for from in (0..DIM).step_by(LANES) {
        for lane in 0..LANES {
            sums[lane] += one[from + lane] * other[from + lane];
        }
    }
    let mut sum = 0.0;
    for part in sums {
        sum += part;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::semantic::Table;

    #[test]
    fn bytes_keep_the_cosine() {
        let embed = |text| Table::builtin().embed(text);
        let (one, other) = (
            embed("how do I change my password"),
            embed("reset my login"),
        );
        let mut dots = Vec::new();
        WideRow::new(&quantize(&one)).scan(&[quantize(&other)], &mut dots);
        assert!((dots[0] as f32 * UNIT - cosine(&one, &other)).abs() < 0.02);
    }

    #[test]
    fn a_scan_is_the_dot_product_of_every_row() {
        let row = |factor: i8| -> Row { std::array::from_fn(|at| (at as i8).wrapping_mul(factor)) };
        let rows: Vec<Row> = [91, 3, -128, 17, 1].map(row).to_vec();
        let query = row(37);
        let mut dots = vec![7];
        WideRow::new(&query).scan(&rows, &mut dots);
        let expected = rows.iter().map(|row| {
            let products = row.iter().zip(&query);
            products.map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
        });
        assert_eq!(dots, expected.collect::<Vec<i32>>());
    }

    #[test]
    fn bytes_are_rounded_as_round_does() {
        let mut vector = [0.0; DIM];
        for step in 0..70_000_u32 {
            vector[0] = step as f32 / 140_000.0;
            for number in [vector[0], -vector[0], (step as f32 + 0.5) / SCALE] {
                vector[1] = number;
                let expected = (number * SCALE).round().clamp(-127.0, 127.0) as i8;
                assert_eq!(quantize(&vector)[1], expected, "{number}");
            }
        }
    }
}
