//! What a written word may stand for: signs for letters, stretched letters, near misses.

use serde::{Deserialize, Serialize};

use super::normalise::is_letter_sign;

/// The word with signs and digits read as letters, and with stretched letters shortened.
pub(super) fn plain_forms(word: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let hidden = word
        .chars()
        .any(|c| c.is_ascii_digit() || is_letter_sign(c));
    if hidden && word.chars().any(char::is_alphabetic) {
        forms.extend([unleet(word, 'i'), unleet(word, 'l')]);
    } else if !hidden {
        forms.push(word.to_owned());
    }
    let stretched = |it: &String| {
        it.as_bytes()
            .windows(3)
            .any(|w| w[0] == w[1] && w[1] == w[2])
    };
    if forms.iter().any(stretched) {
        let short: Vec<String> = forms
            .iter()
            .flat_map(|it| [shorten(it, 2), shorten(it, 1)])
            .collect();
        forms = [short, forms].concat();
    }
    forms.dedup();
    forms
}

/// Digits and signs as the letters they are drawn for; `one` is what 1, ! and | stand for.
fn unleet(word: &str, one: char) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        c => c,
    };
    word.chars().map(letter).collect()
}

/// Runs of three and more equal letters, cut to `keep`.
fn shorten(word: &str, keep: usize) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut out = String::with_capacity(word.len());
    for run in letters.chunk_by(|a, b| a == b) {
        let n = if run.len() >= 3 { keep } else { run.len() };
        out.extend(run.iter().take(n));
    }
    out
}

/// Whether nothing in a word hides a letter and none is stretched, so that it is its own plain form.
pub(super) fn is_plain(word: &str) -> bool {
    let letters = word.as_bytes();
    letters.iter().all(u8::is_ascii_alphabetic)
        && !letters.windows(3).any(|w| w[0] == w[1] && w[1] == w[2])
}

/// A sequence of letters as one number, so that none need be copied to be looked up. Two that share one are as good as
/// never met; where a word must not be taken for another, what is found is compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub(super) struct Spelling(u64);

impl Spelling {
    /// Odd, with bits all over.
    const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

    /// `BASE` times this is 1, as there is for every odd number. By Newton's method: each step doubles the bits that are right.
    const INVERSE: u64 = {
        let mut inverse = Self::BASE;
        let mut n_right = 3;
        while n_right < 64 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(Self::BASE.wrapping_mul(inverse)));
            n_right *= 2;
        }
        inverse
    };

    pub(super) fn of(letters: &str) -> Self {
        Self(0).then(letters)
    }

    /// These letters and others after them.
    pub(super) fn then(self, letters: &str) -> Self {
        letters.chars().fold(self, Self::then_one)
    }

    pub(super) fn then_one(self, letter: char) -> Self {
        let number = u64::from(u32::from(letter));
        Self(self.0.wrapping_mul(Self::BASE).wrapping_add(number))
    }
}

/// Letters as a number that can be joined to others without being read again.
#[derive(Clone, Copy)]
pub(super) struct Spelled {
    spelling: Spelling,
    /// How much more letters before it count: a power of the base for each letter.
    shift: u64,
}

impl Spelled {
    pub(super) const EMPTY: Self = Self {
        spelling: Spelling(0),
        shift: 1,
    };

    pub(super) fn of(letters: &str) -> Self {
        letters.chars().fold(Self::EMPTY, Self::then_one)
    }

    pub(super) fn then_one(self, letter: char) -> Self {
        Self {
            spelling: self.spelling.then_one(letter),
            shift: self.shift.wrapping_mul(Spelling::BASE),
        }
    }

    pub(super) fn spelling(self) -> Spelling {
        self.spelling
    }

    /// These letters, and others after a sign.
    pub(super) fn join(self, sign: char, after: Self) -> Spelling {
        let before = self.spelling.then_one(sign).0;
        Spelling(
            before
                .wrapping_mul(after.shift)
                .wrapping_add(after.spelling.0),
        )
    }
}

/// The word with each of its letters left out in turn.
pub(super) fn one_letter_out(word: &str) -> impl Iterator<Item = Spelling> {
    // With one letter less each letter before it counts one power less; the letters after it stay as they are.
    let mut before = Spelling(0);
    let Spelled { spelling, shift } = Spelled::of(word);
    let mut shift = shift;
    word.chars().map(move |letter| {
        shift = shift.wrapping_mul(Spelling::INVERSE);
        let with = before.then_one(letter);
        let after = spelling.0.wrapping_sub(with.0.wrapping_mul(shift));
        let out = before.0.wrapping_mul(shift).wrapping_add(after);
        before = with;
        Spelling(out)
    })
}

/// Edits between two words, a swap of neighbours counted as one (optimal string alignment).
/// Quadratic, so only for words that an index already calls near.
pub(super) fn edits(a: &[char], b: &[char]) -> usize {
    let mut rows: [Vec<usize>; 3] = [
        vec![0; b.len() + 1],
        (0..=b.len()).collect(),
        vec![0; b.len() + 1],
    ];
    for i in 1..=a.len() {
        rows[2][0] = i;
        for j in 1..=b.len() {
            let change = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = least;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_left_out_is_spelled_as_the_rest() {
        let found: Vec<u64> = one_letter_out("k\u{ef}ll").map(|it| it.0).collect();
        let expected = ["\u{ef}ll", "kll", "k\u{ef}l", "k\u{ef}l"].map(|it| Spelling::of(it).0);
        assert_eq!(found, expected);
        assert!(Spelling::of("sui").then("cide") == Spelling::of("suicide"));
        let joined = Spelled::of("sui").join('-', Spelled::of("cide"));
        assert!(joined == Spelling::of("sui-cide"));
    }

    #[test]
    fn edits_count_a_swap_as_one() {
        let edits = |a: &str, b: &str| {
            super::edits(
                &a.chars().collect::<Vec<_>>(),
                &b.chars().collect::<Vec<_>>(),
            )
        };
        assert_eq!(edits("kill", "klil"), 1);
        assert_eq!(edits("kill", "kil"), 1);
        assert_eq!(edits("suicide", "suicdel"), 2);
    }
}
