//! What people ask for themselves: `/forget`, `/mydata` and `/quiet`. All of it in memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use teloxide::types::ChatId;

use super::answer::Desk;
use super::file::File;
use super::memory::Memory;
use super::removal;
use crate::conversation::{Forgotten, Quiet, Reply, Wish};
use crate::pseudonym::Pseudonym;
use crate::store::Owed;

/// So many chats can be quiet: about 4 MB.
const MAX_QUIET: usize = 65_536;

/// Which chats are answered without a sound. Apart from what a chat remembers, which is
/// forgotten after a day: a phone that begins to ring again then could harm its owner.
#[derive(Default)]
pub(super) struct QuietChats(Mutex<HashMap<Pseudonym, Quiet>>);

/// What a wish came to.
pub(super) enum Granted {
    Reply(Reply),
    File(File),
}

impl QuietChats {
    pub(super) fn of(&self, chat: Pseudonym) -> Quiet {
        self.chats().get(&chat).copied().unwrap_or(Quiet::Off)
    }

    /// False when there is no room for another chat.
    fn set(&self, chat: Pseudonym, quiet: Quiet) -> bool {
        let mut chats = self.chats();
        if quiet == Quiet::Off {
            chats.remove(&chat);
            return true;
        }
        let room = chats.len() < MAX_QUIET || chats.contains_key(&chat);
        if room {
            chats.insert(chat, quiet);
        }
        room
    }

    fn chats(&self) -> MutexGuard<'_, HashMap<Pseudonym, Quiet>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// Does what a person asked for in a private chat.
    pub(super) async fn grant(&self, wish: Wish, chat: ChatId, memory: &Memory) -> Granted {
        let assistant = self.live.assistant();
        let code = self.key.of_chat(chat.0);
        match wish {
            Wish::Forget => {
                let messages = memory.forget();
                let n_known = messages.len();
                let n_messages = removal::delete(&self.post.api, chat, messages).await;
                let stored = self.store.forget(chat.0).await;
                if let Err(error) = &stored {
                    tracing::warn!(%error, "a person's wish to be forgotten did not reach the store");
                }
                Granted::Reply(assistant.forgotten(Forgotten {
                    n_messages,
                    complete: n_messages == n_known,
                    stored: stored.is_ok(),
                    quiet: self.quiet.of(code),
                }))
            }
            Wish::MyData => {
                let owed = self.store.owed_to(chat.0).await;
                let stored = owed.as_ref().is_ok_and(|owed| !owed.is_empty());
                let on_disk = match owed {
                    Ok(owed) => owed.iter().map(row).collect(),
                    Err(_) => json!("cannot be read just now; please ask again"),
                };
                let messages: Vec<i32> = memory.messages().iter().map(|it| it.0).collect();
                let mut content = json!({
                    "chat": chat.0,
                    "code_in_the_log": code.to_string(),
                    "on_disk": {"replies_that_i_owe": on_disk},
                    "in_memory": {
                        "numbers_of_messages": messages,
                        "shown_last": memory.shown(),
                        "quiet": describe(self.quiet.of(code)),
                    },
                });
                if self.store.is_shared() {
                    content["on_disk"]["last_sending"] =
                        json!("one time of day, under the code, for about an hour");
                }
                Granted::File(File {
                    name: "mydata.json",
                    content: format!("{content:#}"),
                    caption: assistant.my_data(stored || self.store.is_shared()),
                })
            }
            Wish::Quiet(quiet) => {
                let noted = !assistant.has_copies() && self.quiet.set(code, quiet);
                Granted::Reply(if noted {
                    assistant.quieted(quiet)
                } else {
                    assistant.quiet_impossible()
                })
            }
        }
    }
}

/// What the store has of an owed reply, without the chat.
fn row(owed: &Owed) -> Value {
    json!({"update": owed.update, "topic": owed.topic, "message": owed.message})
}

fn describe(quiet: Quiet) -> String {
    match quiet {
        Quiet::Off => "off".to_owned(),
        Quiet::On { remove_after: None } => "on".to_owned(),
        Quiet::On {
            remove_after: Some(after),
        } => format!("on, deleting after {} minutes", after.as_secs() / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_takes_no_new_quiet_chat_and_keeps_the_old() {
        let home = tempfile::tempdir().unwrap();
        let key = crate::pseudonym::Key::open(&home.path().join("key"), &[]).unwrap();
        let on = Quiet::On { remove_after: None };
        let chats = QuietChats::default();
        assert!(
            (0..)
                .take(MAX_QUIET)
                .all(|chat| chats.set(key.of_chat(chat), on))
        );
        assert!(!chats.set(key.of_chat(-1), on));
        assert_eq!(chats.of(key.of_chat(-1)), Quiet::Off);
        assert!(chats.set(key.of_chat(1), Quiet::Off));
        assert!(chats.set(key.of_chat(-1), on));
        assert_eq!(chats.of(key.of_chat(2)), on);
    }
}
