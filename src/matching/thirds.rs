//! Long words by their thirds: of the words within two edits of a typed one nearly all share a third with it, letter by
//! letter, so only those that do are compared.
//!
//! Two edits leave one of three parts whole. Source: Li, Deng, Wang and Feng, "Pass-Join: A Partition-based Method for
//! Similarity Joins" (2011). A swap of neighbours across a border hurts two parts, so such a swap together with another
//! edit in the third part is not found.

use std::ops::Range;

use crate::fnv;

/// Places of words by length, third and the letters in it, hashed. A bucket may hold others too.
#[derive(Default)]
pub(super) struct Thirds {
    /// Members of bucket `b` are `members[starts[b]..starts[b + 1]]`.
    starts: Vec<u32>,
    members: Vec<u32>,
}

/// Edits that leave a third whole.
const MOST_EDITS: usize = 2;

impl Thirds {
    /// `words` with the places that are to be found.
    pub(super) fn new(words: &[(u32, &str)]) -> Self {
        let n_buckets = words.len().next_power_of_two();
        let mut starts = vec![0; n_buckets + 1];
        let each = |on_third: &mut dyn FnMut(usize, u32)| {
            for &(place, word) in words {
                for (third, range) in thirds(word.len()).into_iter().enumerate() {
                    let key = hash(word.len(), third, &word.as_bytes()[range]);
                    on_third(key as usize & (n_buckets - 1), place);
                }
            }
        };
        each(&mut |bucket, _| starts[bucket + 1] += 1);
        for bucket in 0..n_buckets {
            starts[bucket + 1] += starts[bucket];
        }
        let mut next = starts.clone();
        let mut members = vec![0; starts[n_buckets] as usize];
        each(&mut |bucket, place| {
            members[next[bucket] as usize] = place;
            next[bucket] += 1;
        });
        Self { starts, members }
    }

    /// The places of the words that share a third with `typed` and are of nearly its length; sorted, each once.
    pub(super) fn similar(&self, typed: &str) -> Vec<u32> {
        let mut places = Vec::new();
        if self.starts.is_empty() {
            return places;
        }
        let n = typed.len();
        for length in n.saturating_sub(MOST_EDITS)..=n + MOST_EDITS {
            for (third, range) in thirds(length).into_iter().enumerate() {
                // Letters put in or left out before the third move it; those after it make up for the rest.
                for moved in 0..=n {
                    let before = moved.abs_diff(range.start);
                    let after = (n + range.start).abs_diff(length + moved);
                    let end = moved + range.len();
                    if before + after <= MOST_EDITS && end <= n && (third > 0 || moved == 0) {
                        let key = hash(length, third, &typed.as_bytes()[moved..end]);
                        let bucket = key as usize & (self.starts.len() - 2);
                        let [from, to] = [self.starts[bucket], self.starts[bucket + 1]];
                        places.extend_from_slice(&self.members[from as usize..to as usize]);
                    }
                }
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// Where the thirds of a word of so many bytes stand.
fn thirds(length: usize) -> [Range<usize>; 3] {
    let first = length / 3;
    let second = first + (length - first) / 2;
    [0..first, first..second, second..length]
}

/// A hash, its low bits mixed with the high ones.
fn hash(length: usize, third: usize, letters: &[u8]) -> u32 {
    let head = [length as u8, third as u8];
    let bytes = head.iter().chain(letters);
    let hash = bytes.fold(fnv::EMPTY_32, |hash, &byte| fnv::and_32(hash, byte));
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn two_letters_put_in_left_out_or_changed_are_survived(
            word in "[a-d]{6,14}",
            edits in prop::collection::vec((0..14_usize, 0..3_u8, prop::char::range('a', 'd')), 0..=2),
        ) {
            let mut typed: Vec<char> = word.chars().collect();
            for (at, kind, letter) in edits {
                let at = at % typed.len();
                match kind {
                    0 => typed[at] = letter,
                    1 => typed.insert(at, letter),
                    _ => drop(typed.remove(at)),
                }
            }
            let typed: String = typed.into_iter().collect();
            let words = [(3, "unrelated"), (7, word.as_str())];
            prop_assert!(Thirds::new(&words).similar(&typed).contains(&7));
        }
    }

    #[test]
    fn nothing_is_near_where_there_is_nothing() {
        assert!(Thirds::default().similar("therapist").is_empty());
        assert!(Thirds::new(&[]).similar("therapist").is_empty());
    }
}
