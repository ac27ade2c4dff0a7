//! Postings: for each term the entries that hold it and how much it counts there, four bytes each.

/// Entry and level of a term in it: 24 and 8 bits.
#[derive(Clone, Copy)]
pub(super) struct Posting(u32);

/// The most entries that a posting can name; a million need a gigabyte of other things.
const MAX_ENTRIES: usize = 1 << 24;

/// Steps between 0 and the most that BM25 gives a term in an entry. 255 change no score by more than 0.4 %; Lucene
/// keeps lengths as coarsely.
pub(super) const LEVELS: f32 = 255.0;

impl Posting {
    /// `share` is the part, above 0 to 1, of the most that the term can give.
    pub(super) fn new(entry: usize, share: f32) -> Self {
        assert!(entry < MAX_ENTRIES, "more entries than can be indexed");
        Self((entry as u32) << 8 | u32::from(level(share)))
    }

    pub(super) fn entry(self) -> usize {
        (self.0 >> 8) as usize
    }

    /// 1 to [`LEVELS`].
    pub(super) fn level(self) -> f32 {
        f32::from(self.0 as u8)
    }
}

/// A share, above 0 to 1, in steps. The lowest stays above zero: a term that an entry holds counts.
#[expect(clippy::cast_sign_loss, reason = "the level lies between 1 and LEVELS")]
pub(super) fn level(share: f32) -> u8 {
    (share * LEVELS).round().clamp(1.0, LEVELS) as u8
}

/// The postings of all terms, those of a term in the order of their entries.
pub(super) struct Postings {
    /// Postings of term `t` are `all[starts[t]..starts[t + 1]]`.
    starts: Vec<u32>,
    all: Vec<Posting>,
}

impl Postings {
    /// From each term's document frequency and each entry's postings, entry after entry.
    pub(super) fn new(frequencies: &[u32], postings: impl Iterator<Item = (u32, Posting)>) -> Self {
        let mut starts = Vec::with_capacity(frequencies.len() + 1);
        let mut end = 0;
        starts.push(0);
        for n in frequencies {
            end += n;
            starts.push(end);
        }
        let mut next = starts.clone();
        let mut all = vec![Posting(0); end as usize];
        for (term, posting) in postings {
            let place = &mut next[term as usize];
            all[*place as usize] = posting;
            *place += 1;
        }
        Self { starts, all }
    }

    pub(super) fn of(&self, term: u32) -> &[Posting] {
        let [start, end] = [self.starts[term as usize], self.starts[term as usize + 1]];
        &self.all[start as usize..end as usize]
    }
}

/// The level of the posting of this entry, or 0. `postings` are one term's.
pub(super) fn level_in(postings: &[Posting], entry: usize) -> f32 {
    match postings.binary_search_by_key(&entry, |it| it.entry()) {
        Ok(at) => postings[at].level(),
        Err(_) => 0.0,
    }
}
