//! The general word list: English words that spelling repair must leave alone.

/// One word a line, sorted: the words of four or more letters of SCOWL 2020.12.07, sizes
/// up to 60, American and British (see LICENSE-SCOWL in this folder).
const WORDS: &str = include_str!("words.txt");

/// Where the lines begin that are `aa` or later, `ab` or later and so on, and the end.
static STARTS: [u32; 26 * 26 + 1] = {
    let mut starts = [WORDS.len() as u32; 26 * 26 + 1];
    let mut pair = 0;
    while pair < 26 * 26 {
        starts[pair] = first_from([b'a' + (pair / 26) as u8, b'a' + (pair % 26) as u8]);
        pair += 1;
    }
    starts
};

/// Where the first line begins whose letters are these or later.
const fn first_from(letters: [u8; 2]) -> u32 {
    let bytes = WORDS.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low.midpoint(high);
        let mut start = middle;
        while start > 0 && bytes[start - 1] != b'\n' {
            start -= 1;
        }
        let is_before = bytes[start] < letters[0]
            || bytes[start] == letters[0] && bytes[start + 1] < letters[1];
        if is_before {
            low = middle;
            while low < bytes.len() && bytes[low] != b'\n' {
                low += 1;
            }
            low += 1;
        } else {
            high = start;
        }
    }
    low as u32
}

/// Whether a normalised word of four or more letters is ordinary English.
///
/// Searches the part of the embedded text that has its first two letters by halves: no memory, no set-up.
///
/// ```
/// assert!(askwell::text::is_common_word("partner"));
/// assert!(!askwell::text::is_common_word("parnter"));
/// ```
#[must_use]
pub fn is_common_word(word: &str) -> bool {
    let bytes = WORDS.as_bytes();
    let &[first, second, ..] = word.as_bytes() else {
        return false;
    };
    if !first.is_ascii_lowercase() || !second.is_ascii_lowercase() {
        return false;
    }
    let pair = usize::from(first - b'a') * 26 + usize::from(second - b'a');
    let [mut low, mut high] = [STARTS[pair], STARTS[pair + 1]].map(|it| it as usize);
    while low < high {
        let middle = low.midpoint(high);
        let start = bytes[..middle]
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |at| at + 1);
        let end = middle
            + bytes[middle..]
                .iter()
                .position(|&b| b == b'\n')
                .unwrap_or(0);
        match bytes[start..end].cmp(word.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// The regular forms of an English word that are ordinary English too: plural, past and `-ing`.
///
/// ```
/// assert_eq!(askwell::text::common_forms("blame"), ["blames", "blamed", "blaming"]);
/// ```
#[must_use]
pub fn common_forms(word: &str) -> Vec<String> {
    let bare = word.strip_suffix('e').unwrap_or(word);
    [("s", word), ("ed", bare), ("ing", bare)]
        .into_iter()
        .map(|(ending, stem)| format!("{stem}{ending}"))
        .filter(|form| is_common_word(form))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_list_is_found() {
        assert!(WORDS.lines().all(is_common_word));
    }

    #[test]
    fn words_around_the_ends_and_between_are_not() {
        for word in ["", "aaa", "zzzzzz", "therapyy", "\u{1f600}"] {
            assert!(!is_common_word(word), "{word}");
        }
    }
}
