//! Which entry has a message, word for word, as its question or as a variant.

use std::hash::{BuildHasher, Hasher};

use rustc_hash::{FxBuildHasher, FxHashMap as HashMap, FxHasher};

use super::reading::{Kind, Reading};

/// The entry of each wording; none for a wording of two entries.
pub(super) struct Verbatim(HashMap<Wording, Option<u32>>);

/// The words of a text in order, as a hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Wording(u64);

impl Wording {
    pub(super) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        Self::of_hashes(words.map(hash))
    }

    fn of_hashes(words: impl Iterator<Item = u64>) -> Self {
        let mut hasher = FxHasher::default();
        words.for_each(|it| hasher.write_u64(it));
        Self(hasher.finish())
    }
}

impl Verbatim {
    pub(super) fn new(reading: &Reading) -> Self {
        let hashes: Vec<u64> = reading.words().iter().map(|it| hash(it)).collect();
        let mut entries: HashMap<Wording, Option<u32>> = HashMap::default();
        for entry in 0..reading.n_entries() {
            let texts = reading.texts(entry);
            let questions =
                texts.filter(|(kind, words)| *kind == Kind::Question && !words.is_empty());
            for (_, words) in questions {
                let words = words.iter().map(|&it| hashes[it as usize]);
                let place = entries.entry(Wording::of_hashes(words));
                let place = place.or_insert(Some(entry as u32));
                if *place != Some(entry as u32) {
                    *place = None;
                }
            }
        }
        Self(entries)
    }

    pub(super) fn entry(&self, wording: Wording) -> Option<usize> {
        self.0
            .get(&wording)
            .copied()
            .flatten()
            .map(|it| it as usize)
    }
}

fn hash(word: &str) -> u64 {
    FxBuildHasher.hash_one(word)
}
