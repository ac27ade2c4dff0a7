//! The entries with the highest sum of weights, without walking the postings of every term.
//!
//! `MaxScore`, term at a time: terms are taken rarest first, and as soon as all that are left could not lift an entry
//! without the others among the best, they only add to entries found already. The longest lists, those of common words,
//! are mostly not walked at all. Source: Turtle and Flood, "Query Evaluation: Strategies and Optimizations" (1995).

use std::sync::{Mutex, PoisonError};

use super::postings::{Posting, level_in};

/// The postings of one term of a query.
#[derive(Clone, Copy)]
pub(super) struct List<'i> {
    pub(super) postings: &'i [Posting],
    /// What a level is worth.
    pub(super) step: f32,
    /// The most that the term gives an entry.
    pub(super) most: f32,
}

/// Room for walks, kept from query to query: to make new room costs more than to walk.
#[derive(Default)]
pub(super) struct Rooms(Mutex<Vec<Room>>);

/// Before and after a walk all sums are zero and no entry is touched.
#[derive(Default)]
struct Room {
    /// What the walked lists give each entry.
    sums: Vec<f32>,
    /// The entries with a sum above zero.
    touched: Vec<u32>,
}

/// A query's way through its lists.
pub(super) struct Walk<'i> {
    kept: &'i Rooms,
    room: Room,
    /// Rarest first.
    lists: Vec<List<'i>>,
    n_walked: usize,
}

/// Among the first so many entries found, those with the rarest words, the floor is looked for. More find a hardly
/// higher one and take longer than the postings that it saves.
const N_FIRST: usize = 1024;

/// Parts that the sums are counted in to find the floor.
const N_STEPS: usize = 128;

/// How many postings are walked, unless there are too few entries after: a query of common words alone says little by
/// its words, and what its entries are about decides.
const MAX_POSTINGS: usize = 1 << 17;

/// How many entries have the sum made up from the lists that are not walked. With three times as many none of 2,000
/// questions to 10,000 made-up entries found another first entry.
const MAX_LOOKED_UP: usize = 160;

impl<'i> Walk<'i> {
    pub(super) fn new(kept: &'i Rooms, n_entries: usize, mut lists: Vec<List<'i>>) -> Self {
        lists.sort_by_key(|it| it.postings.len());
        let mut free = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Room {
            sums: vec![0.0; n_entries],
            touched: Vec::new(),
        };
        let room = free.pop().unwrap_or_else(new);
        Self {
            kept,
            room,
            lists,
            n_walked: 0,
        }
    }

    /// The `k` best entries with their sums, in no order; fewer where fewer have a term. The right ones as long as no
    /// more than [`MAX_POSTINGS`] have to be walked and no more than [`MAX_LOOKED_UP`] could still be among them.
    pub(super) fn top(&mut self, k: usize) -> Vec<(usize, f32)> {
        let mut n_postings = 0;
        while self.n_walked < self.lists.len() {
            let list = self.lists[self.n_walked];
            n_postings += list.postings.len();
            // A short list is walked faster than the floor is found that might spare it.
            let is_worth_a_look = self.room.touched.len().min(N_FIRST) < list.postings.len();
            if k <= self.room.touched.len()
                && is_worth_a_look
                && (MAX_POSTINGS < n_postings || self.most_left() < self.floor(k, N_FIRST))
            {
                break;
            }
            for posting in list.postings {
                let sum = &mut self.room.sums[posting.entry()];
                if *sum == 0.0 {
                    self.room.touched.push(posting.entry() as u32);
                }
                *sum += posting.level() * list.step;
            }
            self.n_walked += 1;
        }
        let least = self.floor(k, usize::MAX) - self.most_left();
        let touched = self.room.touched.iter();
        let sums = touched.map(|&it| (it as usize, self.room.sums[it as usize]));
        let mut best: Vec<(usize, f32)> = sums.filter(|it| it.1 >= least).collect();
        if self.n_walked < self.lists.len() {
            keep_best(&mut best, k.max(MAX_LOOKED_UP));
            for (entry, sum) in &mut best {
                *sum = self.sum(*entry);
            }
        }
        keep_best(&mut best, k);
        best
    }

    /// The whole sum of one entry.
    pub(super) fn sum(&self, entry: usize) -> f32 {
        let left = self.lists[self.n_walked..].iter();
        left.fold(self.room.sums[entry], |sum, list| {
            sum + level_in(list.postings, entry) * list.step
        })
    }

    /// The most that the lists give together that are not walked.
    fn most_left(&self) -> f32 {
        self.lists[self.n_walked..].iter().map(|it| it.most).sum()
    }

    /// At least `k` entries have this sum or more already, by the first `n_first` of them; 0 where there are fewer than
    /// `k`. Close below the `k`th highest sum, which would take longer to find.
    fn floor(&self, k: usize, n_first: usize) -> f32 {
        let first = &self.room.touched[..self.room.touched.len().min(n_first.max(k))];
        if first.len() < k {
            return 0.0;
        }
        floor(first.iter().map(|&it| self.room.sums[it as usize]), k)
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        let Room { sums, touched } = &mut self.room;
        for entry in touched.drain(..) {
            sums[entry as usize] = 0.0;
        }
        let mut free = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(std::mem::take(&mut self.room));
    }
}

/// The places of the `k` highest numbers, in no order; of equal ones those that come first.
pub(super) fn highest(numbers: &[f32], k: usize) -> Vec<usize> {
    if numbers.len() <= k {
        return (0..numbers.len()).collect();
    }
    // What is below the `k`th of those before is passed over, many at a time; now and then the rest is cut to `k`.
    let mut best: Vec<(usize, f32)> = Vec::with_capacity(2 * k + BLOCK);
    let mut floor = f32::NEG_INFINITY;
    for (block, first) in numbers.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
        let mut is_any = false;
        for number in block {
            is_any |= *number > floor;
        }
        if !is_any {
            continue;
        }
        let places = (first..).zip(block.iter().copied());
        best.extend(places.filter(|it| it.1 > floor));
        if best.len() > 2 * k {
            keep_best(&mut best, k);
            floor = best.iter().map(|it| it.1).fold(f32::INFINITY, f32::min);
        }
    }
    keep_best(&mut best, k);
    best.into_iter().map(|(at, _)| at).collect()
}

/// Numbers that are compared at once.
const BLOCK: usize = 16;

/// The places of the numbers that are at most `reach` below the highest, but the `least` highest in any case and no more
/// than about the `most` highest; in no order.
pub(super) fn near_the_highest(
    numbers: &[f32],
    reach: f32,
    least: usize,
    most: usize,
) -> Vec<usize> {
    let mut highest_of = [f32::NEG_INFINITY; BLOCK];
    let (blocks, rest) = numbers.as_chunks::<BLOCK>();
    for block in blocks {
        for (highest, &number) in highest_of.iter_mut().zip(block) {
            *highest = if number > *highest { number } else { *highest };
        }
    }
    let floor = highest_of
        .iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |a, &b| a.max(b))
        - reach;
    let near = about_highest(numbers, floor, most);
    if near.len() < least {
        return highest(numbers, least);
    }
    near
}

/// The places of the numbers that are `least` or more; where they are more than `k`, of about the `k` highest.
pub(super) fn about_highest(numbers: &[f32], least: f32, k: usize) -> Vec<usize> {
    /// A part of the numbers tells well enough where to cut.
    const SAMPLE: usize = 4;
    let n_above = numbers.iter().filter(|it| least <= **it).count();
    let least = if k < n_above {
        let sample = numbers.iter().step_by(SAMPLE).copied();
        least.max(floor(sample, k.div_ceil(SAMPLE)))
    } else {
        least
    };
    let mut above = Vec::with_capacity(2 * k);
    for (block, first) in numbers.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
        let mut is_any = false;
        for &number in block {
            is_any |= least <= number;
        }
        if is_any {
            let places = (first..).zip(block);
            above.extend(places.filter(|it| least <= *it.1).map(|it| it.0));
        }
    }
    above
}

/// Keeps the `k` highest, of equal ones those that come first in the content.
pub(super) fn keep_best(scored: &mut Vec<(usize, f32)>, k: usize) {
    if 2 * k < scored.len() {
        let floor = floor(scored.iter().map(|it| it.1), k);
        scored.retain(|it| floor <= it.1);
    }
    if k < scored.len() {
        scored.select_nth_unstable_by(k, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored.truncate(k);
    }
}

/// Close below the `k`th highest of some numbers, found by counting them in equal steps: the exact one would take longer
/// to find.
#[expect(clippy::cast_sign_loss, reason = "steps are counted from the lowest")]
fn floor(numbers: impl Iterator<Item = f32> + Clone, k: usize) -> f32 {
    let (mut lowest, mut highest) = (f32::INFINITY, f32::NEG_INFINITY);
    for number in numbers.clone() {
        lowest = if number < lowest { number } else { lowest };
        highest = if number > highest { number } else { highest };
    }
    let step = (highest - lowest) / (N_STEPS - 1) as f32;
    let per_unit = 1.0 / step;
    let mut histogram = [0; N_STEPS];
    for number in numbers {
        // The last step is for the highest itself.
        histogram[(((number - lowest) * per_unit) as u8 as usize).min(N_STEPS - 1)] += 1;
    }
    let mut n_above = 0;
    let at = (0..N_STEPS).rev().find(|&at| {
        n_above += histogram[at];
        k <= n_above
    });
    // A little less, for what is lost in rounding.
    at.map_or(lowest, |at| lowest + (at as f32 - 0.01) * step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Compares the best `k` of a walk with those of adding everything up.
    fn check(lists: &[Vec<(usize, f32)>], k: usize) -> Result<(), TestCaseError> {
        const N: usize = 60;
        let postings: Vec<Vec<Posting>> = (lists.iter())
            .map(|list| {
                list.iter()
                    .map(|&(entry, share)| Posting::new(entry, share))
                    .collect()
            })
            .collect();
        // Whole steps keep the sums exact in whatever order they are added up.
        let lists: Vec<List> = (postings.iter().zip(1_u8..))
            .map(|(postings, at)| List {
                postings,
                step: f32::from(at),
                most: f32::from(at) * postings.iter().map(|it| it.level()).fold(0.0, f32::max),
            })
            .collect();
        let mut expected: Vec<(usize, f32)> = (0..N)
            .map(|entry| {
                let parts = lists
                    .iter()
                    .map(|it| level_in(it.postings, entry) * it.step);
                (entry, parts.sum())
            })
            .filter(|it| it.1 > 0.0)
            .collect();
        keep_best(&mut expected, k);
        let kept = Rooms::default();
        for _ in 0..2 {
            let mut walk = Walk::new(&kept, N, lists.clone());
            let mut best = walk.top(k);
            let by_sum = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1);
            best.sort_by(by_sum);
            expected.sort_by(by_sum);
            let sums = |best: &[(usize, f32)]| best.iter().map(|it| it.1).collect::<Vec<f32>>();
            prop_assert_eq!(sums(&best), sums(&expected));
            for (entry, sum) in best {
                prop_assert!((walk.sum(entry) - sum).abs() < f32::EPSILON);
            }
        }
        Ok(())
    }

    #[test]
    fn of_many_about_so_many_are_kept() {
        let numbers: Vec<f32> = (0..4_000_u16).map(|it| f32::from(it * 7 % 4_001)).collect();
        let found = about_highest(&numbers, 500.0, 100);
        assert!((100..=140).contains(&found.len()), "{}", found.len());
        let lowest = found
            .iter()
            .map(|it| numbers[*it])
            .fold(f32::INFINITY, f32::min);
        assert_eq!(
            numbers.iter().filter(|it| lowest <= **it).count(),
            found.len()
        );
    }

    proptest! {
        #[test]
        fn the_highest_are_those_of_sorting(
            numbers in prop::collection::vec((0..50_u8).prop_map(f32::from), 0..400),
            k in 1..40_usize,
        ) {
            let mut expected: Vec<usize> = (0..numbers.len()).collect();
            expected.sort_by(|a, b| numbers[*b].total_cmp(&numbers[*a]));
            expected.truncate(k);
            expected.sort_unstable();
            let mut found = highest(&numbers, k);
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn what_is_near_the_highest_is_all_there_and_not_many_more(
            numbers in prop::collection::vec((0..50_u8).prop_map(f32::from), 1..400),
            reach in 0..50_u8,
            least in 1..20_usize,
        ) {
            const MOST: usize = 64;
            let found = near_the_highest(&numbers, f32::from(reach), least, MOST);
            let highest = numbers.iter().copied().fold(0.0, f32::max);
            let near = |at: &usize| highest - f32::from(reach) <= numbers[*at];
            let n_near = (0..numbers.len()).filter(near).count();
            prop_assert!(least.min(numbers.len()) <= found.len());
            if n_near < least {
                let is_among = |at: usize| found.contains(&at);
                prop_assert!((0..numbers.len()).filter(near).all(is_among));
            } else if n_near <= MOST {
                prop_assert_eq!(found, (0..numbers.len()).filter(near).collect::<Vec<_>>());
            } else {
                prop_assert!(found.iter().all(near));
            }
        }

        #[test]
        fn the_best_are_those_of_adding_everything_up(
            lists in prop::collection::vec(
                prop::collection::btree_map(0..60_usize, 0.01..1.0_f32, 0..50),
                0..6,
            ),
            k in 1..20_usize,
        ) {
            let lists: Vec<Vec<(usize, f32)>> =
                lists.into_iter().map(|it| it.into_iter().collect()).collect();
            check(&lists, k)?;
        }
    }
}
