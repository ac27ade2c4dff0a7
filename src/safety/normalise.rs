//! Text to chunks: one folding of signs and letters, no knowledge of words.
//!
//! Compatibility forms, accents, case, look-alike letters and invisible marks are folded; what
//! a chunk *means* (typos, digits for letters, slang) is left to [`super::lexicon`].

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Pictures of a text that are read as words; more say nothing new, and each costs as much as a
/// word in a single character.
const MOST_PICTURES: u32 = 200;

/// What stands between a chunk and the one before it. Ordered: the later, the stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    None,
    /// Comma, bracket, dash, "..": ends the reach of a "not", but not a phrase.
    Comma,
    /// End of a sentence or line: no phrase reaches across.
    Stop,
}

/// A run of letters, digits and the signs people use for letters; lower case.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Chunk {
    pub(super) text: String,
    pub(super) before: Break,
    /// Made of letters typed apart ("k i l l"), so words may have run together.
    pub(super) joined: bool,
}

/// Splits `text` into chunks. Never fails; empty text gives none.
pub(super) fn chunks(text: &str) -> Vec<Chunk> {
    let mut out = Splitter::default();
    if text.is_ascii() {
        let text = text.to_ascii_lowercase().replace('`', "'");
        let mut rest = text.as_str();
        // Word for word and sign for sign; letters are not looked at one by one.
        while !rest.is_empty() {
            let end = rest.bytes().position(|it| !IN_WORD[usize::from(it)]);
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            out.word.push_str(word);
            let mut signs = after.chars();
            if let Some(sign) = signs.next() {
                out.push(sign);
            }
            rest = signs.as_str();
        }
        out.finish();
        return join_letters(out.chunks);
    }
    // Two ligatures stand for whole sentences, and would make a text eighteen times as long.
    let text = text.chars().map(|c| {
        if matches!(c, '\u{fdfa}' | '\u{fdfb}') {
            ' '
        } else {
            c
        }
    });
    for c in text
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_invisible(*c))
    {
        out.push(look_alike(c));
    }
    out.finish();
    join_letters(out.chunks)
}

/// What of ASCII may stand in a word.
const IN_WORD: [bool; 128] = {
    let mut all = [false; 128];
    let mut byte = 0;
    while byte < 128 {
        let letter = byte as u8 as char;
        all[byte] = letter.is_ascii_alphanumeric() || is_letter_sign(letter) || letter == '\'';
        byte += 1;
    }
    all
};

/// Signs that stand for letters inside a word; see `lexicon::unleet` for which.
pub(super) const fn is_letter_sign(c: char) -> bool {
    matches!(c, '@' | '$' | '!' | '|' | '+' | '*')
}

#[derive(Default)]
struct Splitter {
    chunks: Vec<Spaced>,
    word: String,
    before: Option<Break>,
    separators: u32,
    dots: u32,
    pictures: u32,
}

/// A chunk, and how many characters lie between it and the one before.
struct Spaced {
    chunk: Chunk,
    separators: u32,
    dotted: bool,
}

impl Splitter {
    fn push(&mut self, c: char) {
        if c.is_alphanumeric() || is_letter_sign(c) || c == '\'' {
            self.word.push(c);
            return;
        }
        self.end_word();
        self.separators += 1;
        self.dots = if c == '.' || c == '…' {
            self.dots + 1 + u32::from(c == '…')
        } else {
            self.dots
        };
        let this = match c {
            '.' if self.dots > 1 => {
                // "i tried.. again" trails off; it doesn't end a thought.
                self.before = Some(Break::Comma);
                return;
            }
            '.' | '?' | '!' | ';' | '\n' | '\r' | '\u{2029}' | '。' => Break::Stop,
            c if c.is_whitespace() => Break::None,
            '-' | '_' | '#' | '"' | '/' | '\\' | '&' => Break::None,
            // Pictures: kept, the word list knows some of them.
            c if c > '\u{2190}' && self.pictures < MOST_PICTURES => {
                self.pictures += 1;
                self.word.push(c);
                self.end_word();
                return;
            }
            _ => Break::Comma,
        };
        self.before = self.before.max(Some(this));
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let is_bare = self.word.bytes().all(|it| it.is_ascii_alphanumeric());
        if is_bare {
            let word = std::mem::take(&mut self.word);
            self.push_chunk(word);
            return;
        }
        // "wow!!", "*hits*", "'quoted'": signs at the edge are punctuation, save for "$uicide".
        let end = self
            .word
            .trim_end_matches(|c| is_letter_sign(c) || c == '\'')
            .len();
        let body = self.word[..end].trim_start_matches(['!', '|', '+', '*', '\'']);
        let is_called = self.word[end..].contains('!');
        if !body.is_empty() {
            let body = body.to_owned();
            self.push_chunk(body);
        }
        if is_called {
            self.before = Some(Break::Stop);
        }
        self.word.clear();
    }

    fn push_chunk(&mut self, text: String) {
        let chunk = Chunk {
            text,
            before: self.before.take().unwrap_or(Break::None),
            joined: false,
        };
        self.chunks.push(Spaced {
            chunk,
            separators: std::mem::take(&mut self.separators),
            dotted: std::mem::take(&mut self.dots) > 0,
        });
    }

    fn finish(&mut self) {
        self.end_word();
    }
}

/// Joins letters typed apart: "k i l l", "k.i.l.l", "d.v."; a wider gap ends a word.
fn join_letters(spaced: Vec<Spaced>) -> Vec<Chunk> {
    let mut out: Vec<Chunk> = Vec::with_capacity(spaced.len());
    let mut rest = spaced.into_iter().peekable();
    while let Some(first) = rest.next() {
        if !is_single(&first.chunk) {
            out.push(first.chunk);
            continue;
        }
        let mut run = vec![first];
        while let Some(next) = rest.next_if(|it| is_single(&it.chunk)) {
            run.push(next);
        }
        let dotted = run.get(1).is_some_and(|it| it.dotted && it.separators == 1);
        if run.len() < 3 && !dotted {
            out.extend(run.into_iter().map(|it| it.chunk));
            continue;
        }
        let narrow = run
            .iter()
            .skip(1)
            .map(|it| it.separators)
            .min()
            .unwrap_or(1);
        for (i, letter) in run.into_iter().enumerate() {
            match out.last_mut() {
                Some(word) if i > 0 && letter.separators <= narrow => {
                    word.text.push_str(&letter.chunk.text);
                }
                _ => out.push(Chunk {
                    joined: true,
                    ..letter.chunk
                }),
            }
        }
        // The last dot of "d.v." ends no sentence.
        if let Some(next) = rest.peek_mut().filter(|it| it.dotted && dotted) {
            next.chunk.before = Break::None;
        }
    }
    out
}

fn is_single(chunk: &Chunk) -> bool {
    let mut letters = chunk.text.chars();
    letters
        .next()
        .is_some_and(|c| c.is_alphanumeric() || is_letter_sign(c))
        && letters.next().is_none()
}

/// Marks that show nothing but break a word apart for a program.
fn is_invisible(c: char) -> bool {
    is_combining_mark(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Letters of other alphabets that are drawn like Latin ones, and the many apostrophes.
fn look_alike(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'ь' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' | 'є' => 'e',
        'һ' => 'h',
        'і' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'о' | 'ο' | 'ø' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'х' | 'χ' => 'x',
        'у' => 'y',
        '\u{2018}'..='\u{201b}' | '`' | '´' | 'ʼ' | '′' => '\'',
        '¡' => '!',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the chunks of a text, written as words with `,` and `.` for breaks.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let words = chunks(text).into_iter().map(|it| match it.before {
            Break::None => it.text,
            Break::Comma => format!(", {}", it.text),
            Break::Stop => format!(". {}", it.text),
        });
        assert_eq!(words.collect::<Vec<_>>().join(" "), expected, "{text}");
    }

    #[test]
    fn breaks_are_kept() {
        check("Well, no. Yes!! ok", "well , no . yes . ok");
        check("i tried.. again", "i tried , again");
        check("one\ntwo", "one . two");
    }

    #[test]
    fn letters_typed_apart_are_joined() {
        check("k i l l", "kill");
        check("k.i.l.l", "kill");
        check("h i  t h e r e", "hi there");
        check("D.V. victim", "dv victim");
        check("plan a or b", "plan a or b");
    }

    #[test]
    fn signs_inside_a_word_stay() {
        check("a su!c*de n0te!", "a su!c*de n0te");
        check("*waves* 'hi'", "waves hi");
    }

    #[test]
    fn invisible_marks_and_look_alikes_are_folded() {
        check("he\u{200b}llo", "hello");
        check("ＨＥＬＬＯ", "hello");
        check("hеllо", "hello");
        check("h̷e̷l̷l̷o̷", "hello");
        check("don’t", "don't");
    }
}
