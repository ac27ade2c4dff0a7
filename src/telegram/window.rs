//! The part of Telegram's queue that was seen and is not confirmed yet. Knows updates by
//! their ids and never by "greater than the last": ids may start anew.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use teloxide::types::ChatId;
use tokio::time::Instant;

use super::update::UpdateId;
use crate::store::Owed;

/// Telegram's limit for one answer, and so for what can be in hand unconfirmed.
pub(super) const LIMIT: usize = 100;
/// So many updates that Telegram was told to forget are known again if it sends one all the same.
const MAX_PASSED: usize = 1000;
/// And so long, as Telegram keeps an update: ids that start anew do so after a week.
const PASSED_FOR: Duration = Duration::from_hours(24);
/// So many updates of chats that delay only themselves may be carried. Past it, everyone waits.
const MAX_CARRIED: usize = 1000;

#[derive(Default)]
pub(super) struct Window {
    seen: BTreeMap<UpdateId, Fate>,
    /// One past the last confirmed update.
    next: Option<i32>,
    n_in_hand: usize,
    /// In hand, but the offset may pass them: see [`Window::carry`].
    carried: HashSet<UpdateId>,
    /// The last that Telegram was told to forget, with the time.
    passed: VecDeque<(UpdateId, Instant)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// With what has to be kept if the offset shall pass it.
    InHand(Owed),
    Carried,
    Settled,
}

impl Window {
    pub(super) fn knows(&self, id: UpdateId) -> bool {
        let again = |(passed, at): &(UpdateId, Instant)| *passed == id && at.elapsed() < PASSED_FOR;
        self.seen.contains_key(&id) || self.carried.contains(&id) || self.passed.iter().any(again)
    }

    pub(super) fn take(&mut self, id: UpdateId, owed: Owed) {
        self.seen.insert(id, Fate::InHand(owed));
        self.n_in_hand += 1;
    }

    /// Takes in hand what Telegram does not keep any more.
    pub(super) fn take_owed(&mut self, id: UpdateId) {
        self.carried.insert(id);
    }

    pub(super) fn skip(&mut self, id: UpdateId) {
        self.seen.insert(id, Fate::Settled);
    }

    /// The update is answered. One that was carried may be passed already.
    pub(super) fn settle(&mut self, id: UpdateId) {
        self.carried.remove(&id);
        if let Some(fate) = self.seen.get_mut(&id)
            && let Fate::InHand(_) = std::mem::replace(fate, Fate::Settled)
        {
            self.n_in_hand -= 1;
        }
    }

    /// What to ask for: everything below is confirmed by asking. The lowest id in hand, or one
    /// past the highest that was seen.
    pub(super) fn offset(&self) -> Option<i32> {
        let lowest = self
            .seen
            .iter()
            .find(|(_, fate)| matches!(fate, Fate::InHand(_)))
            .map(|(id, _)| id.0);
        lowest
            .or_else(|| {
                self.seen
                    .last_key_value()
                    .map(|(id, _)| id.0.saturating_add(1))
            })
            .or(self.next)
    }

    /// Telegram has answered a poll with this offset, so it will not send what is below again.
    pub(super) fn passed(&mut self, offset: Option<i32>) {
        if let Some(offset) = offset {
            let passed = self.seen.extract_if(..UpdateId(offset), |_, fate| {
                !matches!(fate, Fate::InHand(_))
            });
            self.passed
                .extend(passed.map(|(id, _)| (id, Instant::now())));
            let n_old = self.passed.len().saturating_sub(MAX_PASSED);
            self.passed.drain(..n_old);
            self.next = Some(offset);
        }
    }

    /// How many updates beside those that are known can come with the next answer.
    pub(super) fn room(&self) -> usize {
        let known = self
            .offset()
            .map_or(0, |offset| self.seen.range(UpdateId(offset)..).count());
        LIMIT.saturating_sub(known)
    }

    /// What blocks the window and is of chats that delay only themselves: the lowest in hand,
    /// up to the first of another chat.
    pub(super) fn slow(&self, is_slow: impl Fn(ChatId) -> bool) -> Vec<Owed> {
        let in_hand = self.seen.values().filter_map(|fate| match fate {
            Fate::InHand(owed) => Some(*owed),
            Fate::Carried | Fate::Settled => None,
        });
        in_hand
            .take_while(|owed| is_slow(ChatId(owed.chat)))
            .take(MAX_CARRIED.saturating_sub(self.carried.len()))
            .collect()
    }

    /// Lets the offset pass these: the store knows that a reply is owed for each.
    pub(super) fn carry(&mut self, owed: &[Owed]) {
        let slow: HashSet<i64> = owed.iter().map(|owed| owed.update).collect();
        for (id, fate) in &mut self.seen {
            if matches!(fate, Fate::InHand(_)) && slow.contains(&i64::from(*id)) {
                *fate = Fate::Carried;
                self.n_in_hand -= 1;
                self.carried.insert(*id);
            }
        }
    }

    /// What Telegram keeps, and what only we have.
    pub(super) fn n_in_hand(&self) -> (usize, usize) {
        (self.n_in_hand, self.carried.len())
    }

    /// Whether Telegram has to be told of anything.
    pub(super) fn has_unpassed(&self) -> bool {
        self.offset() != self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: i64 = 1;
    const FLOOD: i64 = 2;

    fn owed(update: i32, chat: i64) -> Owed {
        Owed {
            update: update.into(),
            chat,
            topic: None,
            message: None,
        }
    }

    fn window(ids: impl IntoIterator<Item = i32>) -> Window {
        let mut window = Window::default();
        for id in ids {
            window.take(UpdateId(id), owed(id, CHAT));
        }
        window
    }

    /// Carries what is of the flooding chat, as the loop does.
    fn carry(window: &mut Window) {
        let slow = window.slow(|chat| chat == ChatId(FLOOD));
        window.carry(&slow);
    }

    #[test]
    fn nothing_is_confirmed_before_the_first_answer() {
        assert_eq!(Window::default().offset(), None);
        assert_eq!(window([5, 6]).offset(), Some(5));
    }

    #[test]
    fn the_lowest_in_hand_holds_the_offset() {
        let mut window = window([5, 6, 7]);
        window.settle(UpdateId(6));
        assert_eq!(window.offset(), Some(5));
        assert!(
            window.knows(UpdateId(6)),
            "it comes again and must be known"
        );
        window.settle(UpdateId(5));
        assert_eq!(window.offset(), Some(7));
        window.settle(UpdateId(7));
        assert_eq!(window.offset(), Some(8));
        assert_eq!(window.n_in_hand(), (0, 0));
    }

    #[test]
    fn what_telegram_confirmed_is_forgotten_and_the_offset_stays() {
        let mut window = window([5, 6]);
        window.settle(UpdateId(5));
        window.settle(UpdateId(6));
        assert!(window.has_unpassed());
        window.passed(Some(7));
        assert!(window.seen.is_empty());
        assert!(
            window.knows(UpdateId(6)),
            "Telegram should not send it again, and if it does, nothing happens"
        );
        window.passed[1].1 = Instant::now().checked_sub(PASSED_FOR).unwrap();
        assert!(!window.knows(UpdateId(6)), "ids start anew");
        assert_eq!(window.offset(), Some(7));
        assert!(!window.has_unpassed());
    }

    #[test]
    fn ids_may_start_anew_below() {
        let mut window = window([900]);
        window.settle(UpdateId(900));
        window.passed(Some(901));
        assert!(!window.knows(UpdateId(12)));
        window.take(UpdateId(12), owed(12, CHAT));
        assert_eq!(window.offset(), Some(12));
        window.settle(UpdateId(12));
        assert_eq!(window.offset(), Some(13));
    }

    #[test]
    fn a_full_window_has_no_room_until_its_lowest_is_answered() {
        let mut window = window(1..=100);
        assert_eq!(window.room(), 0);
        for id in 2..=100 {
            window.settle(UpdateId(id));
        }
        assert_eq!(window.room(), 0);
        window.settle(UpdateId(1));
        assert_eq!(window.room(), 100);
    }

    #[test]
    fn a_slow_chat_is_passed_when_it_fills_the_window() {
        let mut window = Window::default();
        for id in 1..=100 {
            let chat = if id == 50 { CHAT } else { FLOOD };
            window.take(UpdateId(id), owed(id, chat));
        }
        carry(&mut window);
        assert_eq!(window.offset(), Some(50), "the other chat is not passed");
        window.settle(UpdateId(50));
        carry(&mut window);
        assert_eq!(window.offset(), Some(101));
        assert_eq!(window.n_in_hand(), (0, 99));
        window.settle(UpdateId(1));
        window.passed(Some(101));
        assert!(window.seen.is_empty());
        assert!(window.knows(UpdateId(2)), "it is still in hand");
        window.settle(UpdateId(2));
        assert_eq!(window.n_in_hand(), (0, 97));
    }

    #[test]
    fn no_more_is_carried_than_can_be_kept() {
        let mut window = Window::default();
        for id in 1..=1200 {
            window.take(UpdateId(id), owed(id, FLOOD));
        }
        carry(&mut window);
        carry(&mut window);
        assert_eq!(window.n_in_hand(), (200, 1000));
        assert_eq!(window.offset(), Some(1001));
    }
}
