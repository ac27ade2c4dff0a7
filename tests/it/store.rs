//! What a store promises, on SQLite always and on PostgreSQL where there is one.

use std::collections::HashSet;
use std::time::Duration;

use askwell::config::{self, Storage};
use askwell::store::{Claim, Owed, Settled, Store, Tally};
use tempfile::TempDir;

use crate::support::postgres::database;

const BOT: i64 = 123_456_789;
const LEASE: Duration = Duration::from_mins(1);

/// Runs each story on both databases.
macro_rules! stories {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(&super::Place::Folder(folder)).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                if let Some(url) = super::database().await {
                    super::$name(&super::Place::Database(url)).await;
                }
            })*
        }
    };
}

stories! {
    what_is_settled_is_known_after_a_restart
    an_update_is_one_attempts_to_answer
    a_lease_that_ends_frees_the_update
    a_claim_of_a_clock_that_was_ahead_is_free
    what_is_given_back_is_free_at_once
    owed_replies_are_known_until_they_are_settled
    what_is_settled_is_not_owed_whatever_came_first
    a_chat_that_is_forgotten_leaves_nothing_behind
    outcomes_are_counted_by_day_and_entry
    old_updates_are_forgotten
    bots_do_not_see_each_other
    one_process_has_the_right_to_poll
    a_backup_restores_everything
    a_check_leaves_nothing_behind
}

enum Place {
    Folder(TempDir),
    Database(String),
}

impl Place {
    async fn open(&self) -> Store {
        self.open_for(BOT).await
    }

    async fn open_for(&self, bot: i64) -> Store {
        let storage = match self {
            Self::Folder(folder) => Storage::Folder(folder.path().to_owned()),
            Self::Database(url) => Storage::Postgres(config::DatabaseUrl::new(url).unwrap()),
        };
        Store::open(&storage, bot).await.unwrap()
    }
}

fn settled(updates: &[i64]) -> Vec<Settled> {
    let updates = updates.iter();
    updates
        .map(|&update| Settled {
            update,
            tally: None,
        })
        .collect()
}

fn owed(update: i64) -> Owed {
    Owed {
        update,
        chat: -100_123,
        topic: Some(7),
        message: None,
    }
}

fn answered(update: i64, entry: &str) -> Settled {
    let tally = Tally {
        kind: "answered",
        entry: entry.to_owned(),
    };
    Settled {
        update,
        tally: Some(tally),
    }
}

async fn what_is_settled_is_known_after_a_restart(place: &Place) {
    let store = place.open().await;
    store.settle(&settled(&[5, 6, i64::MAX])).await.unwrap();
    store.settle(&settled(&[6])).await.unwrap();
    drop(store);
    let store = place.open().await;
    let known = store.settled(&[4, 5, 6, 7, i64::MAX]).await.unwrap();
    assert_eq!(known, HashSet::from([5, 6, i64::MAX]));
    assert!(store.settled(&[]).await.unwrap().is_empty());
}

async fn an_update_is_one_attempts_to_answer(place: &Place) {
    let (first, second) = (place.open().await, place.open().await);
    assert_eq!(first.claim(5, 1, LEASE).await.unwrap(), Claim::Ours);
    assert_eq!(second.claim(5, 2, LEASE).await.unwrap(), Claim::Taken);
    // Nor twice by one process, which got it twice.
    assert_eq!(first.claim(5, 1, LEASE).await.unwrap(), Claim::Taken);
    assert_eq!(second.claim(6, 2, LEASE).await.unwrap(), Claim::Ours);
    first.settle(&settled(&[5])).await.unwrap();
    assert_eq!(second.claim(5, 2, LEASE).await.unwrap(), Claim::Settled);
    assert!(first.settled(&[6]).await.unwrap().is_empty());
}

async fn a_lease_that_ends_frees_the_update(place: &Place) {
    let store = place.open().await;
    assert_eq!(
        store.claim(5, 1, Duration::ZERO).await.unwrap(),
        Claim::Ours
    );
    assert_eq!(store.claim(5, 2, LEASE).await.unwrap(), Claim::Ours);
    // The first one's renewal comes too late and changes nothing.
    store.renew(&[5], 1, Duration::ZERO).await.unwrap();
    assert_eq!(store.claim(5, 3, LEASE).await.unwrap(), Claim::Taken);
}

async fn a_claim_of_a_clock_that_was_ahead_is_free(place: &Place) {
    let store = place.open().await;
    store.claim(5, 1, LEASE * 2).await.unwrap();
    assert_eq!(store.claim(5, 2, LEASE).await.unwrap(), Claim::Ours);
    assert_eq!(store.claim(5, 3, LEASE).await.unwrap(), Claim::Taken);
}

async fn what_is_given_back_is_free_at_once(place: &Place) {
    let store = place.open().await;
    store.claim(5, 1, LEASE).await.unwrap();
    store.claim(6, 1, LEASE).await.unwrap();
    store.renew(&[5], 1, Duration::ZERO).await.unwrap();
    assert_eq!(store.claim(5, 2, LEASE).await.unwrap(), Claim::Ours);
    assert_eq!(store.claim(6, 2, LEASE).await.unwrap(), Claim::Taken);
}

async fn owed_replies_are_known_until_they_are_settled(place: &Place) {
    let store = place.open().await;
    store.owe(&[owed(6), owed(5)]).await.unwrap();
    store.owe(&[owed(6)]).await.unwrap();
    let store = place.open().await;
    assert_eq!(store.owed().await.unwrap(), [owed(5), owed(6)]);
    store.settle(&settled(&[5])).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), [owed(6)]);
}

async fn what_is_settled_is_not_owed_whatever_came_first(place: &Place) {
    let store = place.open().await;
    store.settle(&settled(&[5])).await.unwrap();
    store.owe(&[owed(5), owed(6)]).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), [owed(6)]);
    // Nor when the mark is forgotten.
    store.prune(Duration::ZERO).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), [owed(6)]);
}

async fn a_chat_that_is_forgotten_leaves_nothing_behind(place: &Place) {
    let store = place.open().await;
    let other = Owed { chat: 5, ..owed(7) };
    store.owe(&[owed(6), other, owed(8)]).await.unwrap();
    let ours = store.owed_to(-100_123).await.unwrap();
    assert_eq!(ours, [owed(6), owed(8)]);
    store.forget(-100_123).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), [other]);
    assert_eq!(store.owed_to(-100_123).await.unwrap(), []);
}

async fn outcomes_are_counted_by_day_and_entry(place: &Place) {
    let store = place.open().await;
    let batch = [
        answered(1, "blame"),
        answered(2, "online"),
        answered(3, "blame"),
    ];
    store.settle(&batch).await.unwrap();
    store.settle(&[answered(4, "blame")]).await.unwrap();
    let counts = store.counts().await.unwrap();
    assert!(
        counts
            .iter()
            .all(|count| count.day.len() == 10 && count.kind == "answered")
    );
    let by_entry = |entry| -> i64 {
        let of_entry = counts.iter().filter(|count| count.entry == entry);
        of_entry.map(|count| count.n).sum()
    };
    assert_eq!((by_entry("blame"), by_entry("online")), (3, 1));
}

async fn old_updates_are_forgotten(place: &Place) {
    let store = place.open().await;
    store.settle(&settled(&[5])).await.unwrap();
    store.claim(6, 1, LEASE).await.unwrap();
    store.prune(askwell::store::KEPT).await.unwrap();
    assert_eq!(store.settled(&[5]).await.unwrap().len(), 1);
    store.prune(Duration::ZERO).await.unwrap();
    assert!(store.settled(&[5]).await.unwrap().is_empty());
    assert_eq!(
        store.claim(6, 2, LEASE).await.unwrap(),
        Claim::Taken,
        "still in hand"
    );
}

async fn bots_do_not_see_each_other(place: &Place) {
    let (one, other) = (place.open().await, place.open_for(987).await);
    one.settle(&[answered(5, "blame")]).await.unwrap();
    one.owe(&[owed(6)]).await.unwrap();
    assert!(other.settled(&[5]).await.unwrap().is_empty());
    assert!(other.owed().await.unwrap().is_empty());
    assert!(other.counts().await.unwrap().is_empty());
    assert_eq!(other.claim(5, 1, LEASE).await.unwrap(), Claim::Ours);
    assert!(one.lead().await.unwrap().is_some());
}

async fn one_process_has_the_right_to_poll(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    let mut lead = one.lead().await.unwrap().expect("nobody else has it");
    assert!(other.lead().await.unwrap().is_none());
    assert!(lead.holds().await);
    let of_another_bot = place.open_for(987).await.lead().await.unwrap();
    assert!(of_another_bot.is_some());
    drop(lead);
    // The server sees the end of a connection a moment later.
    let taken_over = async {
        loop {
            if let Some(lead) = other.lead().await.unwrap() {
                return lead;
            }
            tokio::task::yield_now().await;
        }
    };
    let mut lead = crate::support::within("the right to poll", taken_over).await;
    assert!(lead.holds().await);
}

async fn a_backup_restores_everything(place: &Place) {
    let store = place.open().await;
    store
        .settle(&[answered(5, "blame"), answered(6, "blame")])
        .await
        .unwrap();
    store.owe(&[owed(7)]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    store.back_up(&file).await.unwrap();
    assert!(
        store.back_up(&file).await.is_err(),
        "nothing is overwritten"
    );

    let elsewhere = tempfile::tempdir().unwrap();
    let restored = Place::Folder(elsewhere).open().await;
    for _ in 0..2 {
        restored.restore(&file).await.unwrap();
        assert_eq!(restored.settled(&[5, 6, 7]).await.unwrap().len(), 2);
        assert_eq!(restored.owed().await.unwrap(), [owed(7)]);
        assert_eq!(
            restored.counts().await.unwrap(),
            store.counts().await.unwrap()
        );
    }
    // And back into the same kind of database; what was answered since is not owed again.
    store.settle(&settled(&[7])).await.unwrap();
    store.restore(&file).await.unwrap();
    assert!(store.owed().await.unwrap().is_empty());
    assert_eq!(
        store.counts().await.unwrap(),
        restored.counts().await.unwrap()
    );
}

async fn a_check_leaves_nothing_behind(place: &Place) {
    let store = place.open().await;
    store.check().await.unwrap();
    store.check().await.unwrap();
    assert!(store.counts().await.unwrap().is_empty());
}
