//! Static embeddings: the built-in table of word pieces, the tokenizer that cuts text into them, pooling and cosine.
//!
//! A text's vector is the weighted mean of its pieces' vectors. The table was trained so that these means copy the
//! similarities of a sentence encoder (`models/README.md`); it is read in place from the bytes in the binary. What the
//! vectors are compared with, and how much a similarity counts, is up to the matcher.

use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::vector::{DIM, normalize};
use crate::matching::simd::{Kernel, widest};

/// Bytes of a row: two bits a number.
const ROW: usize = DIM / 4;

/// Bytes before the rows: the magic word and five `u32`.
const HEADER: usize = 28;

/// The numbers of a vector by their place in their byte: in this order they are unpacked many at a time.
type Planes = [[f32; ROW]; 4];

/// Letters from which on a word is not looked up; BERT's limit, it bounds the work on pasted rubbish.
const LONGEST_WORD: usize = 100;

const MAGIC: &[u8; 8] = b"ASKWTAB2";

static BUILTIN: LazyLock<Table> = LazyLock::new(|| {
    Table::parse(include_bytes!("../../../models/table.bin"))
        .expect("a test parses the committed table")
});

/// Number of a piece's row in its table.
pub(super) type PieceId = u16;

/// Why bytes are not a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableError {
    /// The first bytes are not those of this format's version.
    Magic,
    /// Another number of dimensions or an impossible header.
    Shape,
    /// The bytes end early, go on too long or point outside themselves.
    Length,
}

impl std::fmt::Display for TableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Magic => "not a table of this version",
            Self::Shape => "table of another shape",
            Self::Length => "table cut short or damaged",
        })
    }
}

impl std::error::Error for TableError {}

/// A vocabulary of word pieces and a vector for each, borrowed from the bytes they came in.
#[derive(Debug)]
pub struct Table {
    rows: &'static [[u8; ROW]],
    /// Step between a row's levels, the upper half of an `f32`.
    steps: &'static [[u8; 2]],
    /// First row of each bucket, and one past the last bucket.
    starts: &'static [[u8; 2]],
    /// First letter of each bucket in `text`, likewise.
    offsets: &'static [[u8; 4]],
    /// Bytes of each piece; the top bit marks pieces that continue a word.
    lengths: &'static [u8],
    text: &'static [u8],
    longest: usize,
}

impl Table {
    /// The table that is embedded in the program; the first call parses its header, about a microsecond.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads the format of `models/README.md` in place; nothing is copied.
    ///
    /// # Errors
    /// When the bytes are of another version or dimension, or their lengths do not add up.
    pub fn parse(bytes: &'static [u8]) -> Result<Self, TableError> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(TableError::Length)?;
        if magic != MAGIC {
            return Err(TableError::Magic);
        }
        let (header, rest) = rest
            .split_at_checked(HEADER - 8)
            .ok_or(TableError::Length)?;
        let mut fields = header
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&it| u32::from_le_bytes(it) as usize);
        let mut field = || fields.next().unwrap_or_default();
        let (dim, n_pieces, n_buckets, n_text, longest) =
            (field(), field(), field(), field(), field());
        if dim != DIM
            || n_pieces > usize::from(PieceId::MAX)
            || !n_buckets.is_power_of_two()
            || longest > 0x7F
        {
            return Err(TableError::Shape);
        }
        let (rows, rest) = take::<ROW>(rest, n_pieces)?;
        let (steps, rest) = take::<2>(rest, n_pieces)?;
        let (starts, rest) = take::<2>(rest, n_buckets + 1)?;
        let (offsets, rest) = take::<4>(rest, n_buckets + 1)?;
        let (lengths, text) = rest.split_at_checked(n_pieces).ok_or(TableError::Length)?;
        if text.len() != n_text {
            return Err(TableError::Length);
        }
        Ok(Self {
            rows,
            steps,
            starts,
            offsets,
            lengths,
            text,
            longest,
        })
    }

    /// Number of pieces.
    #[must_use]
    pub fn n_pieces(&self) -> usize {
        self.rows.len()
    }

    /// Appends the ids of the text's pieces to `ids`; words with letters outside the vocabulary are skipped.
    ///
    /// The pieces are BERT's (uncased): lower case, accents stripped, split at space and signs, then the longest piece
    /// that fits, again and again. Unlike there, emoji and other symbols are split off as well, and unknown words leave
    /// nothing behind.
    pub(super) fn tokenize(&self, text: &str, ids: &mut Vec<PieceId>) {
        let mut word = Word::default();
        if text.is_ascii() {
            for byte in text.bytes() {
                self.push_ascii(byte, &mut word, ids);
            }
        } else {
            for letter in text
                .chars()
                .filter(|&it| !is_invisible(it))
                .flat_map(char::to_lowercase)
                .nfd()
            {
                if letter.is_ascii() {
                    self.push_ascii(letter as u8, &mut word, ids);
                } else if letter.is_whitespace() {
                    self.end(&mut word, ids);
                } else if is_word_letter(letter) {
                    word.push(letter);
                } else if !is_combining_mark(letter) {
                    self.end(&mut word, ids);
                    word.push(letter);
                    self.end(&mut word, ids);
                }
            }
        }
        self.end(&mut word, ids);
    }

    fn push_ascii(&self, byte: u8, word: &mut Word, ids: &mut Vec<PieceId>) {
        if byte.is_ascii_alphanumeric() {
            word.push_byte(byte.to_ascii_lowercase());
        } else if byte.is_ascii_punctuation() {
            self.end(word, ids);
            word.push_byte(byte);
            self.end(word, ids);
        } else if byte.is_ascii_whitespace() || byte == 0x0B {
            self.end(word, ids);
        }
        // What remains are control characters: BERT removes them and joins what is around.
    }

    /// Cuts the collected word into pieces and forgets it.
    fn end(&self, word: &mut Word, ids: &mut Vec<PieceId>) {
        let letters = word.letters();
        let already = ids.len();
        let mut rest = letters;
        while !rest.is_empty() {
            let inside = if rest.len() == letters.len() {
                Inside::No
            } else {
                Inside::Yes
            };
            let Some((id, length)) = self.longest_piece(rest, inside) else {
                ids.truncate(already);
                break;
            };
            ids.push(id);
            rest = &rest[length..];
        }
        if word.is_too_long() {
            ids.truncate(already);
        }
        word.clear();
    }

    /// The longest piece that begins the letters, and its length in bytes.
    fn longest_piece(&self, letters: &[u8], inside: Inside) -> Option<(PieceId, usize)> {
        let mut hashes = [0; 128];
        let length = letters.len().min(self.longest);
        let mut hash = inside.seed();
        for (slot, &byte) in hashes.iter_mut().zip(&letters[..length]) {
            hash = extend(hash, byte);
            *slot = hash;
        }
        (1..=length)
            .rev()
            .find_map(|end| Some((self.find(hashes[end - 1], &letters[..end], inside)?, end)))
    }

    fn find(&self, hash: u32, letters: &[u8], inside: Inside) -> Option<PieceId> {
        let bucket = (hash ^ (hash >> 15)) as usize & (self.starts.len() - 2);
        let first = usize::from(u16::from_le_bytes(self.starts[bucket]));
        let last = usize::from(u16::from_le_bytes(self.starts[bucket + 1]));
        let mut offset = u32::from_le_bytes(self.offsets[bucket]) as usize;
        let wanted = letters.len() | usize::from(inside.mark());
        for (id, &length) in self.lengths.get(first..last)?.iter().enumerate() {
            let next = offset + usize::from(length & 0x7F);
            if usize::from(length) == wanted && self.text.get(offset..next)? == letters {
                return Some((first + id) as PieceId);
            }
            offset = next;
        }
        None
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

    /// Plain mean of a text's pieces at length 1: `Table::tokenize` and [`Table::pool`] for a single text.
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
        self.tokenize(text, &mut ids);
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

/// Whether a piece begins a word or goes on inside one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// It begins a word.
    No,
    /// It continues a word; BERT writes `##` before it.
    Yes,
}

impl Inside {
    fn seed(self) -> u32 {
        match self {
            Self::No => 0x811C_9DC5,
            Self::Yes => 0x9747_B28C,
        }
    }

    fn mark(self) -> u8 {
        match self {
            Self::No => 0,
            Self::Yes => 0x80,
        }
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

fn take<const N: usize>(
    bytes: &'static [u8],
    n: usize,
) -> Result<(&'static [[u8; N]], &'static [u8]), TableError> {
    let length = n.checked_mul(N).ok_or(TableError::Length)?;
    let (part, rest) = bytes.split_at_checked(length).ok_or(TableError::Length)?;
    Ok((part.as_chunks::<N>().0, rest))
}

/// FNV-1a, so that the hashes of all beginnings of a word cost one pass.
fn extend(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

/// Zero-width marks that keyboards and copied text leave inside words.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// Letters and digits, but not ideographs and kana, which are words of their own.
fn is_word_letter(letter: char) -> bool {
    letter.is_alphanumeric() && letter < '\u{2E80}' && !is_combining_mark(letter)
}

/// The word being collected, on the stack.
struct Word {
    bytes: [u8; 2 * LONGEST_WORD],
    length: usize,
    n_letters: usize,
}

impl Default for Word {
    fn default() -> Self {
        Self {
            bytes: [0; 2 * LONGEST_WORD],
            length: 0,
            n_letters: 0,
        }
    }
}

impl Word {
    fn push_byte(&mut self, byte: u8) {
        self.n_letters += 1;
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }

    fn push(&mut self, letter: char) {
        self.n_letters += 1;
        let mut buffer = [0; 4];
        for &byte in letter.encode_utf8(&mut buffer).as_bytes() {
            if let Some(slot) = self.bytes.get_mut(self.length) {
                *slot = byte;
                self.length += 1;
            }
        }
    }

    fn letters(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn is_too_long(&self) -> bool {
        self.n_letters > LONGEST_WORD
    }

    fn clear(&mut self) {
        self.length = 0;
        self.n_letters = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::semantic::vector::cosine;

    /// Cuts a text and compares the pieces, written as BERT writes them.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let table = Table::builtin();
        let mut ids = Vec::new();
        table.tokenize(text, &mut ids);
        let pieces: Vec<_> = ids.iter().map(|&id| spelling(table, id)).collect();
        assert_eq!(pieces.join(" "), expected);
    }

    fn piece(table: &Table, letters: &str, inside: Inside) -> Option<PieceId> {
        let hash = letters.bytes().fold(inside.seed(), extend);
        table.find(hash, letters.as_bytes(), inside)
    }

    fn spelling(table: &Table, id: PieceId) -> String {
        let before: usize = table.lengths[..usize::from(id)]
            .iter()
            .map(|it| usize::from(it & 0x7F))
            .sum();
        let length = table.lengths[usize::from(id)];
        let letters = str::from_utf8(&table.text[before..][..usize::from(length & 0x7F)]).unwrap();
        format!("{}{letters}", if length & 0x80 == 0 { "" } else { "##" })
    }

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
    fn words_are_lowered_stripped_of_accents_and_cut_at_signs() {
        check(
            "Hello, World! It's fine...",
            "hello , world ! it ' s fine . . .",
        );
        check("Naïve CAFÉ, Ångström", "naive cafe , ang ##strom");
        check("e-mail me@foo.com", "e - mail me @ foo . com");
        check("İstanbul", "istanbul");
    }

    #[test]
    fn an_unknown_word_is_cut_into_its_longest_known_pieces() {
        check("unaffable snowboarding", "una ##ffa ##ble snow ##boarding");
        check("qzx", "q ##z ##x");
    }

    #[test]
    fn emoji_and_invisible_marks_do_not_hide_a_word() {
        check("great\u{1F600}smile", "great smile");
        check("so\u{AD}ft a\u{200B}b", "soft ab");
        check("20\u{20AC} or \u{A3}5", "20 \u{20AC} or \u{A3} 5");
    }

    #[test]
    fn words_of_other_scripts_and_endless_words_leave_nothing_behind() {
        check("ok \u{65E5}\u{672C} \u{43F}\u{440}\u{438} ok", "ok ok");
        check(&format!("a {} b", "x".repeat(101)), "a b");
        check(&format!("a {} b", "\u{E9}".repeat(5000)), "a b");
    }

    #[test]
    fn every_piece_is_found_by_its_spelling() {
        let table = Table::builtin();
        for id in 0..table.n_pieces() as PieceId {
            let spelling = spelling(table, id);
            let (letters, inside) = match spelling.strip_prefix("##") {
                Some(letters) if table.lengths[usize::from(id)] & 0x80 != 0 => {
                    (letters, Inside::Yes)
                }
                _ => (spelling.as_str(), Inside::No),
            };
            assert_eq!(piece(table, letters, inside), Some(id), "{spelling}");
        }
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
        let ids = [piece(table, "hello", Inside::No).unwrap()];
        assert!(is_zero(table.pool(&ids, |_| 0.0)));
        assert_eq!(cosine(&hello, &[0.0; DIM]).to_bits(), 0.0f32.to_bits());
        assert!((cosine(&hello, &hello) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_weight_moves_the_mean_towards_its_piece() {
        let table = Table::builtin();
        let mut ids = Vec::new();
        table.tokenize("husband money", &mut ids);
        let money = table.embed("money");
        let heavy = table.pool(&ids, |id| if id == ids[1] { 5.0 } else { 1.0 });
        assert!(cosine(&heavy, &money) > cosine(&table.embed("husband money"), &money));
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let whole: &'static [u8] = include_bytes!("../../../models/table.bin");
        assert_eq!(Table::parse(b"").unwrap_err(), TableError::Length);
        assert_eq!(
            Table::parse(b"ASKWTAB1 and more").unwrap_err(),
            TableError::Magic
        );
        assert_eq!(Table::parse(&whole[..20]).unwrap_err(), TableError::Length);
        assert_eq!(
            Table::parse(&whole[..whole.len() - 1]).unwrap_err(),
            TableError::Length
        );
        let mut other = whole[..HEADER].to_vec();
        other[8] = 64;
        assert_eq!(Table::parse(other.leak()).unwrap_err(), TableError::Shape);
    }
}
