//! Which entry of the file is which item of the source.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::Item;
use super::existing::Existing;
use super::write::fingerprint;

/// Of each item, the place of its entry in the file. An entry is the same by its answer
/// first: of headings that repeat, the second gets the name of the first when that is gone.
pub(super) fn pairs(items: &[(String, &Item)], file: &Existing) -> Vec<Option<usize>> {
    let keys: HashSet<&str> = items.iter().map(|(key, _)| key.as_str()).collect();
    let answers: Vec<String> = items
        .iter()
        .map(|(_, it)| fingerprint(&it.answer.markdown()))
        .collect();
    let titles: Vec<String> = items
        .iter()
        .map(|(_, it)| fingerprint(it.title.trim()))
        .collect();
    let key = |item: usize| items[item].0.as_str();
    let answer = |item: usize| answers[item].as_str();
    let entry = |at: usize| &file.entries[at];
    let mut pairs = Pairs {
        entry_of: vec![None; items.len()],
        is_free: file.entries.iter().map(|it| it.from != "page").collect(),
    };
    pairs.join(
        |item| (key(item), answer(item)),
        |at| Some((entry(at).from.as_str(), entry(at).base_answer.as_str())),
    );
    pairs.join(
        |item| (titles[item].as_str(), answer(item)),
        |at| {
            Some((
                entry(at).base_title.as_str(),
                entry(at).base_answer.as_str(),
            ))
        },
    );
    pairs.join(key, |at| Some(entry(at).from.as_str()));
    // With a new heading an entry is still known by its answer.
    pairs.join(answer, |at| {
        let is_lost = !keys.contains(entry(at).from.as_str());
        is_lost.then(|| entry(at).base_answer.as_str())
    });
    pairs.entry_of
}

struct Pairs {
    entry_of: Vec<Option<usize>>,
    /// Of each entry, whether no item has it yet.
    is_free: Vec<bool>,
}

impl Pairs {
    /// Pairs what is left over on both sides and has the same mark; of several, the first.
    fn join<M: Eq + Hash>(
        &mut self,
        of_item: impl Fn(usize) -> M,
        of_entry: impl Fn(usize) -> Option<M>,
    ) {
        let mut free = HashMap::new();
        for at in (0..self.is_free.len()).filter(|at| self.is_free[*at]) {
            if let Some(mark) = of_entry(at) {
                free.entry(mark).or_insert(at);
            }
        }
        for (item, slot) in self.entry_of.iter_mut().enumerate() {
            if slot.is_none()
                && let Some(at) = free.remove(&of_item(item))
            {
                *slot = Some(at);
                self.is_free[at] = false;
            }
        }
    }
}
