//! BERT's tokenizer (uncased): from text to the numbers of word pieces.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap as HashMap;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::EncoderError;

/// A vocabulary and the rules of cutting.
pub(super) struct WordPieces {
    ids: HashMap<Box<str>, i32>,
    /// Bytes of the longest piece.
    longest: usize,
    unknown: i32,
    start: i32,
    end: i32,
}

/// BERT's limit: a longer word is one unknown piece.
const LONGEST_WORD: usize = 100;

/// The mark of a piece that goes on inside a word.
const INSIDE: &str = "##";

impl WordPieces {
    /// Reads `vocab.txt`: one piece a line, whose number is that of the line from zero.
    ///
    /// # Errors
    /// When one of BERT's own marks is missing, so that it must be another tokenizer's.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, EncoderError> {
        let mut ids = HashMap::default();
        for (id, piece) in (0..).zip(text.lines()) {
            ids.insert(Box::from(piece), id);
        }
        let mark = |name: &'static str| {
            let missing = || EncoderError::Vocabulary {
                path: PathBuf::from(path),
                missing: name,
            };
            ids.get(name).copied().ok_or_else(missing)
        };
        Ok(Self {
            unknown: mark("[UNK]")?,
            start: mark("[CLS]")?,
            end: mark("[SEP]")?,
            longest: ids.keys().map(|it| it.len()).max().unwrap_or(0),
            ids,
        })
    }

    /// The highest number of a piece.
    pub(super) fn last(&self) -> i32 {
        self.ids.values().copied().max().unwrap_or(0)
    }

    /// The pieces of a text between the marks of start and end, at most `most` in all, which is at least 2.
    pub(super) fn cut(&self, text: &str, most: usize) -> Vec<i32> {
        let mut pieces = vec![self.start];
        let mut word = String::new();
        let letters = text.chars().filter(|&it| !is_invisible(it));
        for letter in letters.flat_map(char::to_lowercase).nfd() {
            if pieces.len() >= most {
                break;
            }
            if letter.is_whitespace() {
                self.end_word(&mut word, &mut pieces);
            } else if is_sign(letter) || is_ideograph(letter) {
                self.end_word(&mut word, &mut pieces);
                word.push(letter);
                self.end_word(&mut word, &mut pieces);
            } else if !is_combining_mark(letter) {
                word.push(letter);
            }
        }
        self.end_word(&mut word, &mut pieces);
        pieces.truncate(most - 1);
        pieces.push(self.end);
        pieces
    }

    /// The longest piece that fits, again and again; a word with a rest that is no piece is unknown.
    fn end_word(&self, word: &mut String, pieces: &mut Vec<i32>) {
        let already = pieces.len();
        let mut rest = word.as_str();
        if rest.chars().count() > LONGEST_WORD {
            pieces.push(self.unknown);
            rest = "";
        }
        let mut piece = String::new();
        while !rest.is_empty() {
            let mark = if rest.len() == word.len() { "" } else { INSIDE };
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let ends: Vec<usize> = ends.take_while(|&it| it <= self.longest).collect();
            let found = ends.into_iter().rev().find_map(|end| {
                piece.clear();
                piece.push_str(mark);
                piece.push_str(&rest[..end]);
                Some((*self.ids.get(piece.as_str())?, end))
            });
            if let Some((id, end)) = found {
                pieces.push(id);
                rest = &rest[end..];
            } else {
                pieces.truncate(already);
                pieces.push(self.unknown);
                rest = "";
            }
        }
        word.clear();
    }
}

/// Control and format characters, which BERT removes; tab and line ends count as space.
fn is_invisible(letter: char) -> bool {
    let is_space = matches!(letter, '\t' | '\n' | '\r');
    (letter.is_control() && !is_space)
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fffd}' | '\u{e000}'..='\u{f8ff}')
}

/// Punctuation, which stands alone: all of ASCII's, and of Unicode's category P what European and
/// East Asian keyboards type. Symbols outside ASCII stay in the word, as in BERT.
fn is_sign(letter: char) -> bool {
    letter.is_ascii_punctuation()
        || matches!(letter, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{2043}'
            | '\u{2045}'..='\u{2051}' | '\u{2053}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}'
            | '\u{3014}'..='\u{301f}' | '\u{ff01}'..='\u{ff03}' | '\u{ff05}'..='\u{ff0a}' | '\u{ff0c}'..='\u{ff0f}'
            | '\u{ff1a}' | '\u{ff1b}' | '\u{ff1f}' | '\u{ff20}')
}

/// The blocks that BERT cuts letter by letter.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{2a6df}' | '\u{2a700}'..='\u{2ceaf}' | '\u{2f800}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    fn pieces() -> &'static WordPieces {
        static PIECES: LazyLock<WordPieces> = LazyLock::new(|| {
            WordPieces::parse(super::super::VOCABULARY, Path::new("vocab.txt")).unwrap()
        });
        &PIECES
    }

    /// Compares the pieces of a text, joined by blanks, without the marks around them.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let names: Vec<&str> = super::super::VOCABULARY.lines().collect();
        let cut = pieces().cut(text, 64);
        let inner = &cut[1..cut.len() - 1];
        let found: Vec<&str> = inner
            .iter()
            .map(|&it| names[usize::try_from(it).unwrap()])
            .collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn words_are_cut_as_bert_cuts_them() {
        check("Counsellors", "counsel ##lor ##s");
        check("don't blame me!", "don ' t blame me !");
        check("Café", "cafe");
        check("it’s", "it ’ s");
        check("wifi\u{200b}router", "wi ##fi ##rou ##ter");
    }

    #[test]
    fn what_has_no_piece_is_unknown() {
        check("help 🫠 me", "help [UNK] me");
        check(&"a".repeat(101), "[UNK]");
        check("", "");
    }

    #[test]
    fn a_long_text_is_cut_short_and_still_ends() {
        let cut = pieces().cut(&"blame ".repeat(100), 10);
        assert_eq!(cut.len(), 10);
        assert_eq!((cut[0], cut[9]), (101, 102));
    }

    #[test]
    fn another_vocabulary_is_told_apart() {
        let error = WordPieces::parse("<s>\n</s>\nthe", Path::new("vocab.txt"));
        let error = error.err().unwrap().to_string();
        assert!(error.contains("[UNK]"), "{error}");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_the_limit_holds(text in any::<String>(), most in 2_usize..40) {
            prop_assert!((2..=most).contains(&pieces().cut(&text, most).len()));
        }
    }
}
