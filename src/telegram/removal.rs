//! Deletes messages of private chats: at once for `/forget`, after a time for `/quiet`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::IgnoredAny;
use teloxide::payloads::DeleteMessages;
use teloxide::types::{ChatId, MessageId};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::api::{Api, Failure};
use super::retry;

/// Telegram's limit for one call.
const MAX_BATCH: usize = 100;
/// So many messages wait to be deleted; past it, a new one goes at once.
const MAX_PLANNED: usize = 100_000;

/// Messages that are to be deleted later. In memory only.
#[derive(Default)]
pub(super) struct Removals {
    planned: Mutex<BTreeMap<(Instant, ChatId), Vec<MessageId>>>,
    added: Notify,
}

impl Removals {
    /// Plans to delete messages.
    pub(super) fn later(
        &self,
        chat: ChatId,
        messages: impl IntoIterator<Item = MessageId>,
        after: Duration,
    ) {
        let mut planned = self.planned();
        let full = planned.values().map(Vec::len).sum::<usize>() >= MAX_PLANNED;
        let after = if full { Duration::ZERO } else { after };
        let due = planned.entry((Instant::now() + after, chat)).or_default();
        due.extend(messages);
        drop(planned);
        self.added.notify_one();
    }

    /// Deletes what is due, for ever. Side by side, since one chat's deletion may be tried again for
    /// hours.
    pub(super) async fn work(&self, api: &Api) {
        let mut deleting = JoinSet::new();
        loop {
            while deleting.try_join_next().is_some() {}
            let next = self.planned().keys().next().copied();
            let Some((due, chat)) = next else {
                self.added.notified().await;
                continue;
            };
            if due > Instant::now() {
                tokio::select! {
                    () = sleep_until(due) => {}
                    () = self.added.notified() => {}
                }
                continue;
            }
            let messages = self.planned().remove(&(due, chat)).unwrap_or_default();
            let api = api.clone();
            deleting.spawn(async move { delete(&api, chat, messages).await });
        }
    }

    /// Deletes now what was to be deleted later: better too early than never.
    pub(super) async fn finish(&self, api: &Api) {
        let planned = std::mem::take(&mut *self.planned());
        let mut chats: BTreeMap<ChatId, Vec<MessageId>> = BTreeMap::new();
        for ((_, chat), messages) in planned {
            chats.entry(chat).or_default().extend(messages);
        }
        for (chat, messages) in chats {
            delete(api, chat, messages).await;
        }
    }

    fn planned(&self) -> MutexGuard<'_, BTreeMap<(Instant, ChatId), Vec<MessageId>>> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Deletes messages and says how many are gone. Those that are gone already count, since
/// Telegram passes over them without a word.
pub(super) async fn delete(api: &Api, chat: ChatId, mut messages: Vec<MessageId>) -> usize {
    messages.sort_unstable_by_key(|id| id.0);
    messages.dedup();
    let mut batches: Vec<&[MessageId]> = messages.chunks(MAX_BATCH).collect();
    let mut n_deleted = 0;
    while let Some(batch) = batches.pop() {
        let mut call = DeleteMessages::new(chat, batch.to_vec());
        let deleted = retry::call::<_, IgnoredAny>(api, &mut call, |_, failure, pause| {
            tracing::debug!(%failure, pause_ms = pause.as_millis(), "deleteMessages; trying again");
        });
        match deleted.await {
            Ok(_) | Err(Failure::Unreadable) => n_deleted += batch.len(),
            // One that is too old has the whole batch refused: look for it.
            Err(Failure::Refused { code: 400, .. }) if batch.len() > 1 => {
                let (older, newer) = batch.split_at(batch.len() / 2);
                batches.extend([older, newer]);
            }
            Err(failure) => tracing::debug!(%failure, "messages not deleted"),
        }
    }
    n_deleted
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    use super::*;
    use crate::config;

    /// A server that takes every call and never answers those of chat 9, and what was to be deleted, in the order in which it was told.
    async fn server() -> (Api, mpsc::UnboundedReceiver<(Instant, String)>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (told, calls) = mpsc::unbounded_channel();
        let answer = move |body: String| async move {
            let hangs = body.contains("\"chat_id\":9,");
            told.send((Instant::now(), body)).unwrap();
            if hangs {
                std::future::pending::<()>().await;
            }
            r#"{"ok":true,"result":true}"#
        };
        let server = Router::new().fallback(answer);
        tokio::spawn(async { axum::serve(listener, server).await.unwrap() });
        let settings = config::telegram_from(|name| match name {
            config::TOKEN => Some("1:secret".into()),
            config::API_URL => Some(url.clone().into()),
            _ => None,
        });
        (Api::new(&settings.unwrap().unwrap()).unwrap(), calls)
    }

    #[tokio::test]
    async fn a_deletion_that_hangs_holds_up_no_other_chat() {
        let (api, mut calls) = server().await;
        let removals = Removals::default();
        removals.later(ChatId(9), [MessageId(90)], Duration::ZERO);
        removals.later(ChatId(2), [MessageId(20)], Duration::from_millis(1));
        let both = async {
            let mut told = [calls.recv().await.unwrap().1, calls.recv().await.unwrap().1];
            told.sort();
            told
        };
        let told = tokio::select! {
            told = both => told,
            () = removals.work(&api) => unreachable!("it works for ever"),
        };
        assert!(told[0].contains("[20]") && told[1].contains("[90]"));
    }

    #[tokio::test]
    async fn what_is_due_goes_in_its_time_and_the_rest_at_a_stop() {
        let (api, mut calls) = server().await;
        let removals = Removals::default();
        let start = Instant::now();
        let (soon, later) = (Duration::from_millis(20), Duration::from_millis(60));
        let hour = Duration::from_hours(1);
        removals.later(ChatId(3), [MessageId(30)], hour);
        removals.later(ChatId(2), [MessageId(20), MessageId(21)], later);
        removals.later(ChatId(1), [MessageId(10)], soon);
        for (chat, messages, after) in [("1", "[10]", soon), ("2", "[20,21]", later)] {
            let (when, body) = tokio::select! {
                call = calls.recv() => call.unwrap(),
                () = removals.work(&api) => unreachable!("it works for ever"),
            };
            let expected = format!(r#"{{"chat_id":{chat},"message_ids":{messages}}}"#);
            assert_eq!(body, expected);
            assert!(when >= start + after, "{body} too early");
        }
        removals.finish(&api).await;
        let (when, body) = calls.recv().await.unwrap();
        assert_eq!(body, r#"{"chat_id":3,"message_ids":[30]}"#);
        assert!(when < start + hour);
    }
}
