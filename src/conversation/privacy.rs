//! What is kept of people, in words, and what they can ask for: `/privacy`, `/mydata`,
//! `/forget` and `/quiet`. The words come from the settings that are in force, so they
//! cannot say anything else. Who runs the conversation carries the wishes out.

use std::time::Duration;

use super::compose::Composer;
use super::{Assistant, Exchange, Outcome, Reply, Thread};
use crate::markup::{Document, filled};

/// What the running program keeps of people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keeping {
    /// A terminal: everything is in memory until the program ends.
    #[default]
    Terminal,
    Telegram {
        /// A chat that was silent for so long is no longer in memory.
        remembered: Duration,
        /// None when nothing outlives the program.
        stored: Option<Stored>,
        copies: Copies,
    },
}

/// How many processes answer the same people, each with a memory of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copies {
    One,
    Several,
}

/// What outlives the program: numbers of updates, counts, and where owed replies go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub place: StoredIn,
    /// How long the number of an answered update is kept.
    pub updates: Duration,
}

/// Where the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredIn {
    /// A file on the bot's own disk.
    File,
    /// A database, which may be on another machine.
    Database,
}

/// Something that a person asks for and the assistant alone cannot do. The reply that comes
/// with it is right where there is nothing to do, as in a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Everything of the person is to be deleted.
    Forget,
    /// Everything that is kept of the person is to be sent as a file.
    MyData,
    Quiet(Quiet),
}

/// How a chat on a shared phone is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    Off,
    /// Without a sound; and question and answer are deleted after a time, if asked.
    On {
        /// 1 to 1,440 minutes.
        remove_after: Option<Duration>,
    },
}

/// What came of [`Wish::Forget`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Messages of both sides that are deleted.
    pub n_messages: usize,
    /// Whether Telegram let the bot delete all that it knew of.
    pub complete: bool,
    /// Whether the store could be reached.
    pub stored: bool,
    /// The chat stays as it is: sound that comes back unasked could harm its owner.
    pub quiet: Quiet,
}

/// Longest time after which `/quiet` deletes, in minutes: a day, well within the 48 hours in
/// which Telegram lets a bot delete.
const MAX_QUIET_MINS: u64 = 1440;

impl Quiet {
    /// Reads what stands after `/quiet`; none when it is not clear.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "" | "on" => return Some(Self::On { remove_after: None }),
            "off" | "stop" | "end" => return Some(Self::Off),
            _ => {}
        }
        let digits = text.find(|it: char| !it.is_ascii_digit());
        let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
        let minutes = ["", "m", "min", "mins", "minute", "minutes"].contains(&unit.trim());
        let number = number.parse().ok().filter(|_| minutes)?;
        (1..=MAX_QUIET_MINS).contains(&number).then(|| Self::On {
            remove_after: Some(Duration::from_mins(number)),
        })
    }
}

impl Assistant {
    /// `text` is what stands behind `/quiet`.
    pub(super) fn quiet(&self, text: &str, thread: &mut Thread) -> Exchange {
        match Quiet::parse(text) {
            Some(quiet) => self.wished(Wish::Quiet(quiet), &self.wording().quiet_terminal, thread),
            None => Exchange {
                reply: self.plain(&self.wording().quiet_how, thread),
                outcome: Outcome::Other,
            },
        }
    }

    /// A wish for Telegram to fulfil, with what is said of it in a terminal.
    pub(super) fn wished(&self, wish: Wish, words: &str, thread: &mut Thread) -> Exchange {
        Exchange {
            reply: self.plain(words, thread),
            outcome: Outcome::Wish(wish),
        }
    }

    /// What is kept, for how long, where, and who can read it.
    pub(super) fn privacy(&self, thread: &mut Thread) -> Reply {
        let wording = self.wording();
        let mut composer = Composer::new(self.worded(&wording.privacy));
        match self.keeping {
            Keeping::Terminal => composer.append(&self.worded(&wording.privacy_terminal)),
            Keeping::Telegram {
                remembered,
                stored,
                copies,
            } => {
                composer.append(&self.timed(&wording.privacy_memory, remembered));
                if copies == Copies::Several {
                    composer.append(&self.worded(&wording.privacy_copies));
                }
                match stored {
                    None => composer.append(&self.worded(&wording.privacy_nothing_stored)),
                    Some(Stored { place, updates }) => {
                        let words = match place {
                            StoredIn::File => &wording.privacy_file,
                            StoredIn::Database => &wording.privacy_database,
                        };
                        composer.append(&self.timed(words, updates));
                    }
                }
                composer.append(&self.worded(&wording.privacy_log));
                composer.append(&self.worded(&wording.privacy_readers));
            }
        }
        composer.append(&self.worded(&wording.privacy_wishes));
        if let Some(url) = &self.profile.privacy_url {
            composer.link(&wording.privacy_policy, &wording.privacy_policy, url);
        }
        composer.append(&self.support_line());
        Reply::Message(composer.finish(thread))
    }

    /// What to say when a person is forgotten, and what was out of reach.
    #[must_use]
    pub fn forgotten(&self, done: Forgotten) -> Reply {
        let wording = self.wording();
        let first = if done.stored {
            &wording.forget
        } else {
            &wording.forget_later
        };
        let mut composer = Composer::new(self.worded(first));
        if done.n_messages > 0 {
            let mut messages = self.worded(&wording.forget_messages);
            messages.fill(&[("count", &done.n_messages.to_string())]);
            composer.append(&messages);
        }
        if !done.complete {
            composer.append(&self.worded(&wording.forget_incomplete));
        }
        if done.quiet != Quiet::Off {
            composer.append(&self.worded(&wording.forget_quiet));
        }
        composer.append(&self.worded(&wording.forget_limits));
        if self.has_copies() {
            composer.append(&self.worded(&wording.forget_copies));
        }
        composer.append(&self.support_line());
        Reply::Message(composer.finish(&mut Thread::default()))
    }

    /// The words above the file of [`Wish::MyData`], without markup.
    #[must_use]
    pub fn my_data(&self, stored: bool) -> String {
        let wording = self.wording();
        let words = if stored {
            &wording.mydata
        } else {
            &wording.mydata_nothing
        };
        self.worded(words).plain()
    }

    /// Whether a chat may be answered by another process next time, which knows no wishes.
    #[must_use]
    pub fn has_copies(&self) -> bool {
        matches!(
            self.keeping,
            Keeping::Telegram {
                copies: Copies::Several,
                ..
            }
        )
    }

    /// What to say when a chat is quiet from now on, or no longer.
    #[must_use]
    pub fn quieted(&self, quiet: Quiet) -> Reply {
        let wording = self.wording();
        let Quiet::On { remove_after } = quiet else {
            return self.alone(&wording.quiet_off);
        };
        let mut composer = Composer::new(self.worded(&wording.quiet));
        if let Some(after) = remove_after {
            let mut removes = self.worded(&wording.quiet_removes);
            removes.fill(&[("minutes", &(after.as_secs() / 60).to_string())]);
            composer.append(&removes);
        }
        composer.append(&self.worded(&wording.quiet_limits));
        composer.append(&self.support_line());
        Reply::Message(composer.finish(&mut Thread::default()))
    }

    /// What to say when `/quiet` cannot be noted.
    #[must_use]
    pub fn quiet_impossible(&self) -> Reply {
        self.alone(&self.wording().quiet_impossible)
    }

    /// A reply that leaves the numbers of the last one in force.
    fn alone(&self, words: &str) -> Reply {
        self.with_support_line(self.plain(words, &mut Thread::default()))
    }

    /// Fixed words with `{hours}` in place, rounded up.
    fn timed(&self, words: &str, time: Duration) -> Document {
        let hours = time.as_secs().div_ceil(3600).to_string();
        self.worded(&filled(words, &[("hours", &hours)]))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::{LazyLock, Mutex, PoisonError};

    use proptest::prelude::*;

    use super::*;
    use crate::content::Content;
    use crate::conversation::{Action, Incoming, MAX_CHARS, Place};

    const FAQ: &str = "[[faq]]\nid = 'hours'\nquestion = 'When?'\nanswer = 'From nine.'";
    const POLICY: &str = "https://practice.uk/privacy";

    fn bot() -> String {
        format!("privacy_url = '{POLICY}'")
    }

    /// The text of `/privacy`, and the address of its button.
    fn privacy(keeping: Keeping, policy: bool) -> (String, Option<String>) {
        static ASSISTANT: LazyLock<Mutex<Assistant>> = LazyLock::new(|| {
            let files = [("faq/a.toml", FAQ.to_owned()), ("faq/bot.toml", bot())];
            let files = files.map(|(path, text)| (PathBuf::from(path), text));
            let content = Content::parse(files.to_vec()).content.unwrap();
            let (profile, matching) = (content.profile, &content.matching);
            assert_eq!(profile.privacy_url.as_deref(), Some(POLICY));
            Mutex::new(Assistant::new(
                content.knowledge,
                profile,
                matching,
                content.safety,
            ))
        });
        let mut assistant = ASSISTANT.lock().unwrap_or_else(PoisonError::into_inner);
        assistant.keeping = keeping;
        assistant.profile.privacy_url = policy.then(|| POLICY.to_owned());
        let command = Incoming::Command {
            name: "privacy",
            text: "",
        };
        let exchange = assistant.answer(command, Place::Private, &mut Thread::default());
        let Reply::Message(message) = exchange.reply else {
            panic!("an urgent text");
        };
        let button = message.buttons.into_iter().flatten().next();
        let address = button.map(|it| match it.action {
            Action::Open(url) | Action::Press(url) => url,
        });
        (message.body.plain(), address)
    }

    fn keeping() -> impl Strategy<Value = Keeping> {
        let hours = || (1..200_u64).prop_map(Duration::from_hours);
        let place = prop_oneof![Just(StoredIn::File), Just(StoredIn::Database)];
        let stored = (place, hours()).prop_map(|(place, updates)| Stored { place, updates });
        let copies = prop_oneof![Just(Copies::One), Just(Copies::Several)];
        let telegram =
            (hours(), prop::option::of(stored), copies).prop_map(|(remembered, stored, copies)| {
                Keeping::Telegram {
                    remembered,
                    stored,
                    copies,
                }
            });
        prop_oneof![1 => Just(Keeping::Terminal), 9 => telegram]
    }

    proptest! {
        #[test]
        fn the_text_changes_with_the_settings_and_only_with_them(
            one in (keeping(), any::<bool>()),
            other in (keeping(), any::<bool>()),
        ) {
            let (first, second) = (privacy(one.0, one.1), privacy(other.0, other.1));
            prop_assert_eq!(one == other, first == second);
            prop_assert_eq!(&first, &privacy(one.0, one.1));
        }

        #[test]
        fn the_text_says_what_is_set(keeping in keeping(), policy in any::<bool>()) {
            let (text, address) = privacy(keeping, policy);
            prop_assert!(text.encode_utf16().count() <= MAX_CHARS);
            prop_assert_eq!(address.as_deref(), policy.then_some(POLICY));
            prop_assert!(!text.contains('{'), "{}", text);
            let Keeping::Telegram { remembered, stored, .. } = keeping else {
                prop_assert!(text.contains("terminal") && !text.contains("On disk"), "{}", text);
                return Ok(());
            };
            prop_assert!(text.contains("not end-to-end encrypted"), "{}", text);
            let hours = format!("{} hours of silence", remembered.as_secs() / 3600);
            prop_assert!(text.contains(&hours), "{}", text);
            let said = match stored {
                None => "On disk: nothing".to_owned(),
                Some(it) => format!("for {} hours; how often", it.updates.as_secs() / 3600),
            };
            prop_assert!(text.contains(&said), "{}", text);
            let database = matches!(stored, Some(it) if it.place == StoredIn::Database);
            prop_assert_eq!(text.contains("database"), database);
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Option<Quiet>) {
        assert_eq!(Quiet::parse(text), expected, "{text}");
    }

    #[test]
    fn quiet_takes_minutes_or_a_word() {
        let on = |mins| {
            Some(Quiet::On {
                remove_after: Some(Duration::from_mins(mins)),
            })
        };
        check("", Some(Quiet::On { remove_after: None }));
        check(" On ", Some(Quiet::On { remove_after: None }));
        check("off", Some(Quiet::Off));
        check("10", on(10));
        check("10 min", on(10));
        check("1440 minutes", on(1440));
        for unclear in [
            "0",
            "1441",
            "-5",
            "10 hours",
            "soon",
            "99999999999999999999",
            "1 0",
            "٣",
        ] {
            check(unclear, None);
        }
    }
}
