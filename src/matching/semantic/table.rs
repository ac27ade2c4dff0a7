//! Static embeddings: the built-in table of vectors of word pieces, and pooling.
//!
//! A text's vector is the weighted mean of its pieces' vectors. The table was trained so that these means copy the
//! similarities of a sentence encoder (`models/README.md`); it is read in place from the bytes in the binary. What the
//! vectors are compared with, and how much a similarity counts, is up to the matcher.

use std::sync::LazyLock;

use super::vector::{DIM, normalize};
use crate::simd::{Kernel, widest};
use crate::text::pieces::{PieceId, Pieces};

/// Bytes of a row: two bits a number.
const ROW: usize = DIM / 4;

/// The numbers of a vector by their place in their byte: in this order they are unpacked many at a time.
type Planes = [[f32; ROW]; 4];

const MAGIC: &[u8; 8] = b"ASKWTAB3";

static BUILTIN: LazyLock<Table> = LazyLock::new(|| {
    Table::parse(include_bytes!("../../../models/table.bin"))
        .expect("a test parses the committed table")
});

/// A vector for each piece, borrowed from the bytes they came in.
#[derive(Debug)]
pub struct Table {
    rows: &'static [[u8; ROW]],
    /// Step between a row's levels, the upper half of an `f32`.
    steps: &'static [[u8; 2]],
}

impl Table {
    /// The table that is embedded in the program.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads the format of `models/README.md` in place; `None` where the bytes are damaged, of another version or not a
    /// row for each piece.
    fn parse(bytes: &'static [u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (dim, rest) = rest.split_first_chunk::<4>()?;
        let (n_pieces, rest) = rest.split_first_chunk::<4>()?;
        let n_pieces = u32::from_le_bytes(*n_pieces) as usize;
        if magic != MAGIC
            || u32::from_le_bytes(*dim) as usize != DIM
            || n_pieces != Pieces::builtin().len()
        {
            return None;
        }
        let (rows, steps) = rest.split_at_checked(n_pieces * ROW)?;
        (steps.len() == 2 * n_pieces).then_some(Self {
            rows: rows.as_chunks::<ROW>().0,
            steps: steps.as_chunks::<2>().0,
        })
    }

    /// Adds `weight` times a piece's vector to `sums`. An id of another table may panic.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `widest`")]
    fn add(&self, id: PieceId, weight: f32, sums: &mut Planes) {
        let id = usize::from(id);
        let step = weight * f32::from_bits(u32::from(u16::from_le_bytes(self.steps[id])) << 16);
        let row = &self.rows[id];
        for (place, sums) in sums.iter_mut().enumerate() {
            for at in 0..ROW {
                let level = i32::from((row[at] >> (2 * place)) & 3);
                sums[at] += (level as f32 - 1.5) * step;
            }
        }
    }

    /// A piece's own vector, not normalised: its length tells how much the piece counts in a mean.
    #[must_use]
    pub fn row(&self, id: PieceId) -> [f32; DIM] {
        let mut row = [[0.0; ROW]; 4];
        self.add(id, 1.0, &mut row);
        in_order(&row)
    }

    /// The weighted mean of the pieces' vectors, brought to length 1; all zeros for no pieces or no weight.
    ///
    /// `weight` gives a piece's weight, at least 0, for example one that falls with how common the piece is in the
    /// content; `|_| 1.0` is the plain mean.
    #[must_use]
    pub fn pool(&self, ids: &[PieceId], weight: impl Fn(PieceId) -> f32) -> [f32; DIM] {
        widest(Pool {
            table: self,
            ids,
            weight,
        })
    }

    /// Plain mean of a text's pieces at length 1: [`Table::pool`] for a single text.
    ///
    /// ```
    /// use askwell::matching::semantic::{Table, cosine};
    /// let embed = |text| Table::builtin().embed(text);
    /// let near = cosine(&embed("how do I pay?"), &embed("payment methods"));
    /// let far = cosine(&embed("how do I pay?"), &embed("is it raining?"));
    /// assert!(near > far);
    /// ```
    #[must_use]
    pub fn embed(&self, text: &str) -> [f32; DIM] {
        let mut ids = Vec::new();
        Pieces::builtin().tokenize(text, &mut ids);
        self.pool(&ids, |_| 1.0)
    }
}

struct Pool<'a, W> {
    table: &'a Table,
    ids: &'a [PieceId],
    weight: W,
}

impl<W: Fn(PieceId) -> f32> Kernel for Pool<'_, W> {
    type Output = [f32; DIM];

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `widest`")]
    fn call(self) -> [f32; DIM] {
        let mut sums = [[0.0; ROW]; 4];
        for &id in self.ids {
            self.table.add(id, (self.weight)(id), &mut sums);
        }
        let mut sum = in_order(&sums);
        normalize(&mut sum);
        sum
    }
}

/// The first number of each byte, lowest bits first, then the second and so on, as they stand in the vector.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `widest`")]
fn in_order(planes: &Planes) -> [f32; DIM] {
    let mut vector = [0.0; DIM];
    for at in 0..ROW {
        for place in 0..4 {
            vector[4 * at + place] = planes[place][at];
        }
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::semantic::vector::cosine;

    /// Compares a text's vector with the Python reference: its first numbers and a checksum over all.
    #[track_caller]
    fn check_vector(text: &str, first: [f32; 4], checksum: f32) {
        let vector = Table::builtin().embed(text);
        for (number, expected) in vector.iter().zip(first) {
            assert!((number - expected).abs() < 1e-5, "{:?}", &vector[..4]);
        }
        let sum: f32 = vector
            .iter()
            .zip(1u8..=255)
            .map(|(number, place)| number * f32::from(place) / 255.0)
            .sum();
        assert!((sum - checksum).abs() < 1e-4, "{sum}");
    }

    #[test]
    fn vectors_are_those_of_the_reference() {
        check_vector(
            "hello",
            [-0.120_096, -0.040_032, 0.120_096, -0.120_096],
            0.7061,
        );
        check_vector(
            "How do I reset my password?",
            [-0.190_150, 0.034_521, 0.184_959, -0.180_028],
            -0.1380,
        );
        check_vector(
            "My husband never listens, and I resent him for it.",
            [-0.099_204, 0.269_258, -0.098_301, -0.077_292],
            0.4902,
        );
        check_vector(
            "Café Ångström, 20€!",
            [-0.199_325, -0.095_635, 0.099_956, -0.062_152],
            -0.2212,
        );
    }

    #[test]
    fn nothing_has_the_zero_vector_and_no_cosine() {
        let table = Table::builtin();
        let is_zero = |vector: [f32; DIM]| vector.iter().all(|it| it.to_bits() == 0);
        assert!(is_zero(table.embed("")));
        assert!(is_zero(table.embed("\u{1F600}")));
        let hello = table.embed("hello");
        let mut ids = Vec::new();
        Pieces::builtin().tokenize("hello", &mut ids);
        assert!(is_zero(table.pool(&ids, |_| 0.0)));
        assert_eq!(cosine(&hello, &[0.0; DIM]).to_bits(), 0.0f32.to_bits());
        assert!((cosine(&hello, &hello) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_weight_moves_the_mean_towards_its_piece() {
        let table = Table::builtin();
        let mut ids = Vec::new();
        Pieces::builtin().tokenize("husband money", &mut ids);
        let money = table.embed("money");
        let heavy = table.pool(&ids, |id| if id == ids[1] { 5.0 } else { 1.0 });
        assert!(cosine(&heavy, &money) > cosine(&table.embed("husband money"), &money));
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let whole: &'static [u8] = include_bytes!("../../../models/table.bin");
        assert!(Table::parse(whole).is_some());
        for length in [0, 7, 15, whole.len() - 1] {
            assert!(Table::parse(&whole[..length]).is_none(), "{length}");
        }
        for at in [0, 8, 12] {
            let mut other = whole.to_vec();
            other[at] ^= 0xFF;
            assert!(Table::parse(other.leak()).is_none(), "{at}");
        }
    }
}
