//! Words cut into pieces that a vocabulary of thirty thousand knows, so that no English word is unknown.
//!
//! What stands in the table of vectors and in the crisis screen's network is numbered by these pieces. The vocabulary is
//! read in place from the bytes in the binary; `models/README.md` has their format.

use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::fnv;

/// Bytes before the buckets: the magic word and four `u32`.
const HEADER: usize = 24;

/// Letters from which on a word is not looked up; BERT's limit, it bounds the work on pasted rubbish.
const LONGEST_WORD: usize = 100;

const MAGIC: &[u8; 8] = b"ASKWPCS1";

static BUILTIN: LazyLock<Pieces> = LazyLock::new(|| {
    Pieces::parse(include_bytes!("../../models/pieces.bin"))
        .expect("a test parses the committed vocabulary")
});

/// Number of a piece.
pub(crate) type PieceId = u16;

/// A vocabulary of word pieces, borrowed from the bytes it came in.
pub(crate) struct Pieces {
    /// First piece of each bucket, and one past the last bucket.
    starts: &'static [[u8; 2]],
    /// First letter of each bucket in `text`, likewise.
    offsets: &'static [[u8; 4]],
    /// Bytes of each piece; the top bit marks pieces that continue a word.
    lengths: &'static [u8],
    text: &'static [u8],
    longest: usize,
    marks: Marks,
}

/// Whether any piece may have a hash: one bit for each [`Marks::BITS`] highest bits of a hash. Most beginnings of a word are
/// no piece, and to be told so here takes a tenth of a look into its bucket.
struct Marks(Box<[u64]>);

impl Marks {
    /// 32 KB, one bit in ten set.
    const BITS: u32 = 18;

    fn new(hashes: impl Iterator<Item = u32>) -> Self {
        let mut marks = vec![0; (1 << Self::BITS) / 64];
        for hash in hashes {
            let (word, bit) = Self::place(hash);
            marks[word] |= bit;
        }
        Self(marks.into())
    }

    fn may_have(&self, hash: u32) -> bool {
        let (word, bit) = Self::place(hash);
        self.0[word] & bit != 0
    }

    fn place(hash: u32) -> (usize, u64) {
        let at = hash >> (32 - Self::BITS);
        (at as usize / 64, 1 << (at % 64))
    }
}

impl Pieces {
    /// The vocabulary that is embedded in the program; the first call reads all of it, a fraction of a millisecond.
    pub(crate) fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads the format of `models/README.md` in place; `None` where the bytes are damaged or of another version.
    fn parse(bytes: &'static [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER)?;
        let (magic, header) = header.split_first_chunk::<8>()?;
        let mut fields = header.as_chunks::<4>().0.iter();
        let mut field = || Some(u32::from_le_bytes(*fields.next()?) as usize);
        let (n_pieces, n_buckets, n_text, longest) = (field()?, field()?, field()?, field()?);
        if magic != MAGIC
            || n_pieces > usize::from(PieceId::MAX)
            || !n_buckets.is_power_of_two()
            || longest > 0x7F
        {
            return None;
        }
        let (starts, rest) = rest.split_at_checked(2 * (n_buckets + 1))?;
        let (offsets, rest) = rest.split_at_checked(4 * (n_buckets + 1))?;
        let (lengths, text) = rest.split_at_checked(n_pieces)?;
        let mut rest = text;
        let mut hash = |length: &u8| {
            let (piece, behind) = rest.split_at_checked(usize::from(length & 0x7F))?;
            rest = behind;
            let seed = Inside::of(*length).seed();
            Some(
                piece
                    .iter()
                    .fold(seed, |hash, byte| fnv::and_32(hash, *byte)),
            )
        };
        let hashes: Option<Vec<u32>> = lengths.iter().map(&mut hash).collect();
        let marks = Marks::new(hashes?.into_iter());
        (text.len() == n_text).then_some(Self {
            starts: starts.as_chunks::<2>().0,
            offsets: offsets.as_chunks::<4>().0,
            lengths,
            text,
            longest,
            marks,
        })
    }

    /// Number of pieces.
    pub(crate) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Appends the ids of the text's pieces to `ids`; words with letters outside the vocabulary are skipped.
    ///
    /// The pieces are BERT's (uncased): lower case, accents stripped, split at space and signs, then the longest piece
    /// that fits, again and again. Unlike there, emoji and other symbols are split off as well, and unknown words leave
    /// nothing behind.
    pub(crate) fn tokenize(&self, text: &str, ids: &mut Vec<PieceId>) {
        if text.is_ascii() {
            for part in text.split_ascii_whitespace() {
                self.tokenize_part(part.as_bytes(), ids);
            }
            return;
        }
        let mut word = Word::default();
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
        self.end(&mut word, ids);
    }

    /// A part of an ASCII text without space.
    fn tokenize_part(&self, part: &[u8], ids: &mut Vec<PieceId>) {
        // Most are words that can be read where they stand.
        let is_plain = |it: &u8| it.is_ascii_lowercase() || it.is_ascii_digit();
        if part.len() <= LONGEST_WORD && part.iter().all(is_plain) {
            self.cut(part, ids);
            return;
        }
        let mut word = Word::default();
        for &byte in part {
            self.push_ascii(byte, &mut word, ids);
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
        if !word.is_too_long() {
            self.cut(word.letters(), ids);
        }
        word.clear();
    }

    /// Cuts a word into pieces.
    fn cut(&self, letters: &[u8], ids: &mut Vec<PieceId>) {
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
    }

    /// The longest piece that begins the letters, and its length in bytes.
    fn longest_piece(&self, letters: &[u8], inside: Inside) -> Option<(PieceId, usize)> {
        let mut hashes = [0; 128];
        let length = letters.len().min(self.longest);
        // The hashes of all beginnings cost one pass.
        let mut hash = inside.seed();
        for (slot, &byte) in hashes.iter_mut().zip(&letters[..length]) {
            hash = fnv::and_32(hash, byte);
            *slot = hash;
        }
        (1..=length)
            .rev()
            .filter(|end| self.marks.may_have(hashes[end - 1]))
            .find_map(|end| Some((self.find(hashes[end - 1], &letters[..end], inside)?, end)))
    }

    fn find(&self, hash: u32, letters: &[u8], inside: Inside) -> Option<PieceId> {
        let bucket = (hash ^ (hash >> 15)) as usize & (self.starts.len() - 2);
        let first = usize::from(u16::from_le_bytes(self.starts[bucket]));
        let last = usize::from(u16::from_le_bytes(self.starts[bucket + 1]));
        let lengths = self.lengths.get(first..last)?;
        let wanted = letters.len() | usize::from(inside.mark());
        // Mostly nothing here is so long, and then the text need not be looked at.
        let mut same = (0..).zip(lengths).filter(|it| usize::from(*it.1) == wanted);
        let found = same.find(|&(at, _)| {
            let before = lengths[..at].iter().map(|it| usize::from(it & 0x7F));
            let start = u32::from_le_bytes(self.offsets[bucket]) as usize + before.sum::<usize>();
            self.text.get(start..start + letters.len()) == Some(letters)
        });
        found.map(|(at, _)| (first + at) as PieceId)
    }
}

/// Whether a piece begins a word or goes on inside one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// It begins a word.
    No,
    /// It continues a word; BERT writes `##` before it.
    Yes,
}

impl Inside {
    /// Of a piece, by its entry in `lengths`.
    fn of(length: u8) -> Self {
        match length & Self::Yes.mark() {
            0 => Self::No,
            _ => Self::Yes,
        }
    }

    fn seed(self) -> u32 {
        match self {
            Self::No => fnv::EMPTY_32,
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

    /// Cuts a text and compares the pieces, written as BERT writes them.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let all = Pieces::builtin();
        let mut ids = Vec::new();
        all.tokenize(text, &mut ids);
        let pieces: Vec<_> = ids.iter().map(|&id| spelling(all, id)).collect();
        assert_eq!(pieces.join(" "), expected);
    }

    fn piece(all: &Pieces, letters: &str, inside: Inside) -> Option<PieceId> {
        let (piece, length) = all.longest_piece(letters.as_bytes(), inside)?;
        (length == letters.len()).then_some(piece)
    }

    fn spelling(all: &Pieces, id: PieceId) -> String {
        let before: usize = all.lengths[..usize::from(id)]
            .iter()
            .map(|it| usize::from(it & 0x7F))
            .sum();
        let length = all.lengths[usize::from(id)];
        let letters = str::from_utf8(&all.text[before..][..usize::from(length & 0x7F)]).unwrap();
        format!("{}{letters}", if length & 0x80 == 0 { "" } else { "##" })
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
        let all = Pieces::builtin();
        for id in 0..all.len() as PieceId {
            let spelling = spelling(all, id);
            let (letters, inside) = match spelling.strip_prefix("##") {
                Some(letters) if all.lengths[usize::from(id)] & 0x80 != 0 => (letters, Inside::Yes),
                _ => (spelling.as_str(), Inside::No),
            };
            assert_eq!(piece(all, letters, inside), Some(id), "{spelling}");
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let whole: &'static [u8] = include_bytes!("../../models/pieces.bin");
        assert!(Pieces::parse(whole).is_some());
        for length in [0, 20, HEADER, whole.len() / 2, whole.len() - 1] {
            assert!(Pieces::parse(&whole[..length]).is_none(), "{length}");
        }
        for at in [0, 8, 12, 16, 20] {
            let mut other = whole.to_vec();
            other[at] ^= 0xFF;
            assert!(Pieces::parse(other.leak()).is_none(), "{at}");
        }
    }
}
