//! One [`Incoming`] in, one [`Exchange`] out: screens, asks the matcher, picks the wording.
//! Knows nothing of Telegram or the terminal.
//!
//! ```text
//! Incoming > mod        commands, presses, choices; texts pass the crisis screen
//!          > judge      what a text is: a question (`several`, `story`, `context`) or small talk (`complaint`)
//!          > phrasing   which reply that gets; `feeling` tells sorrow
//!          > replies    replies put together from entries and `wording`, the fixed words
//!          > compose    text, numbers and buttons
//! ```

mod choice;
mod commands;
mod complaint;
mod compose;
mod context;
mod explain;
mod feeling;
mod judge;
mod phrasing;
mod press;
mod privacy;
mod replies;
mod several;
mod small_talk;
mod story;
mod topics;
mod wording;

use std::fmt;
use std::time::Duration;

use self::choice::Choice;
use self::compose::Composer;
use self::judge::Shown;
use self::press::Press;
use crate::knowledge::{Entry, EntryId, KnowledgeBase};
use crate::markup::Document;
use crate::matching::{self, Matcher, Ranking};
use crate::safety::{Alarm, Categories, CrisisTexts, Query, Safety, Screen, Screened};

pub use commands::Command;
pub use explain::{Account, explain};
pub use judge::{Judgement, Verdict, Way};
pub use press::turns_page;
pub use privacy::{Copies, Forgotten, Keeping, Quiet, Stored, StoredIn, Wish};
pub use small_talk::SmallTalk;
pub use wording::Wording;

/// Everything needed to answer, built once from checked content and never changed: a
/// reload makes a new one.
pub struct Assistant {
    knowledge: KnowledgeBase,
    matcher: Matcher,
    safety: Safety,
    profile: Profile,
    keeping: Keeping,
}

/// What `bot.toml` says of the bot itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// How the bot calls itself.
    pub name: String,
    /// How to reach a person, for `/contact` and under "no answer".
    pub contact: Option<Document>,
    /// The practice's own policy, for `/privacy`.
    pub privacy_url: Option<String>,
    /// Up to three entries offered as example questions by `/start`.
    pub examples: Vec<EntryId>,
    pub wording: Wording,
}

/// One thing a person did. Its text is personal, so `Debug` does not print it.
#[derive(Clone, Copy)]
pub enum Incoming<'a> {
    /// A message, a caption or an edited message.
    Text(&'a str),
    /// `/name text`; the name without slash or mention, as typed.
    Command { name: &'a str, text: &'a str },
    /// A pressed button, with the data that [`Action::Press`] carried.
    Press(&'a str),
    /// A message without words.
    Unreadable(Unreadable),
    /// A message whose words are lost.
    Missed,
}

/// Kinds of message that hold no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    Photo,
    Voice,
    Video,
    Sticker,
    Location,
    Poll,
    Contact,
    File,
    Other,
}

/// Where a message was written; a group never sees a crisis text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Private,
    Group,
}

/// What one chat (in a forum, one topic) remembers between messages: what the numbers of the
/// last reply mean and what it was about. Lives in memory only.
#[derive(Default)]
pub struct Thread {
    options: Vec<Press>,
    /// The entry that was shown last, until [`Thread::forget_context`].
    shown: Option<EntryId>,
    /// The number of the message that got it, while the reply is there to be read.
    shown_to: Option<u64>,
    /// Messages so far.
    n_messages: u64,
    /// How the last text was decided, for `/why`, until [`Thread::forget_context`].
    account: Option<Account>,
    /// The message that got the last crisis text, until the person says that something else
    /// was meant or writes again.
    set_aside: Option<String>,
    /// A message got the crisis text: what follows it carries the support line, until [`Thread::forget_context`].
    alarmed: bool,
}

/// A reply and what it was, in memory only.
#[derive(Debug)]
pub struct Exchange {
    pub reply: Reply,
    pub outcome: Outcome,
}

/// What came of one message; ids, no words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Urgent,
    /// These entries were shown, because they were asked for in words; for most messages one.
    Answered(Vec<EntryId>),
    Clarified,
    Abstained,
    /// This entry was shown, because it was chosen.
    Opened(EntryId),
    SmallTalk(SmallTalk),
    /// Something is to be done beside the reply.
    Wish(Wish),
    /// Commands, topics, messages without words.
    Other,
}

/// What goes back to the person.
#[derive(Clone, PartialEq)]
pub enum Reply {
    Message(Message),
    /// A crisis text: sent verbatim as plain text, without link preview.
    Urgent {
        text: String,
        buttons: Vec<Vec<Button>>,
    },
}

/// An ordinary reply. Its plain text is at most [`MAX_CHARS`] long.
#[derive(Clone, PartialEq)]
pub struct Message {
    pub body: Document,
    /// Rows of buttons.
    pub buttons: Vec<Vec<Button>>,
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub action: Action,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Opens a web page.
    Open(String),
    /// Comes back as [`Incoming::Press`]; 1 to 64 bytes.
    Press(String),
}

/// Telegram's limit for one message, counted after the markup is parsed, in UTF-16 units to be safe.
pub const MAX_CHARS: usize = 4096;

impl Thread {
    /// After so long a silence a message no longer leans on the answer before it.
    pub const CONTEXT_LASTS: Duration = Duration::from_mins(10);

    /// Forgets what the last answer was about and how it came, and that there was danger. To be called after [`Thread::CONTEXT_LASTS`]: the core
    /// has no clock.
    pub fn forget_context(&mut self) {
        self.shown = None;
        self.account = None;
        self.alarmed = false;
    }

    /// No reply may point to the last answer: it is replaced, or deleted soon.
    pub fn withdraw_answer(&mut self) {
        self.shown_to = None;
    }

    /// The message at hand gets this entry, or is told that it stands in the reply before.
    fn show(&mut self, entry: &Entry) {
        self.shown = Some(entry.id.clone());
        self.shown_to = Some(self.n_messages);
    }

    /// Whether the message before the one at hand got an answer that can still be read.
    fn ends_with_answer(&self) -> bool {
        self.shown_to.is_some_and(|it| it + 1 == self.n_messages)
    }

    /// How the last text was decided.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The entry that the last answer was about, while that counts.
    #[must_use]
    pub fn shown(&self) -> Option<&EntryId> {
        self.shown.as_ref()
    }
}

impl Assistant {
    #[must_use]
    pub fn new(
        knowledge: KnowledgeBase,
        profile: Profile,
        matching: &matching::Settings,
        safety: Safety,
    ) -> Self {
        Self {
            matcher: Matcher::new(&knowledge, matching),
            knowledge,
            safety,
            profile,
            keeping: Keeping::default(),
        }
    }

    /// Says what the program keeps of people, for `/privacy`.
    #[must_use]
    pub fn with_keeping(self, keeping: Keeping) -> Self {
        Self { keeping, ..self }
    }

    /// From now on asks a sentence encoder too, where words and table alone are unsure. The second tier
    /// must be of the same knowledge base.
    #[must_use]
    pub fn with_second_tier(self, second_tier: matching::SecondTier) -> Self {
        Self {
            matcher: self.matcher.with_second_tier(second_tier),
            ..self
        }
    }

    /// The same that asks the encoder with a best score below this one, 0 to 1.
    #[must_use]
    pub fn with_encoder_threshold(self, threshold: f32) -> Self {
        Self {
            matcher: self.matcher.with_encoder_threshold(threshold),
            ..self
        }
    }

    /// Answers one message or press. Never panics, whatever the text.
    #[must_use]
    pub fn answer(&self, incoming: Incoming<'_>, place: Place, thread: &mut Thread) -> Exchange {
        thread.n_messages += 1;
        let mut exchange = self.exchange(incoming, place, thread);
        if thread.alarmed && place == Place::Private {
            exchange.reply = self.with_support_line(exchange.reply);
        }
        exchange
    }

    fn exchange(&self, incoming: Incoming<'_>, place: Place, thread: &mut Thread) -> Exchange {
        match incoming {
            Incoming::Text(text) => self.text(text, place, thread),
            Incoming::Command { name, text } => self.command(name, text, place, thread),
            Incoming::Press(data) => self.press(Press::parse(data), place, thread),
            Incoming::Unreadable(kind) => self.unreadable(kind, thread),
            Incoming::Missed => self.missed(place, thread),
        }
    }

    /// Whether the crisis screen asks for the crisis text, so that the message may not wait.
    #[must_use]
    pub fn is_urgent(&self, incoming: Incoming<'_>) -> bool {
        let urgent = |text: &str| matches!(self.safety.screen.check(text), Screened::Urgent(_));
        match incoming {
            Incoming::Text(text) => urgent(text),
            Incoming::Command { name, text } => {
                Command::parse(name) == Some(Command::Urgent) || urgent(&whole(name, text))
            }
            Incoming::Press(_) | Incoming::Unreadable(_) | Incoming::Missed => false,
        }
    }

    #[must_use]
    pub fn knowledge(&self) -> &KnowledgeBase {
        &self.knowledge
    }

    /// What every message passes first.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        &self.safety.screen
    }

    /// What a person in danger is sent.
    #[must_use]
    pub fn crisis_texts(&self) -> &CrisisTexts {
        &self.safety.texts
    }

    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    #[must_use]
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    fn text(&self, text: &str, place: Place, thread: &mut Thread) -> Exchange {
        let (query, grey) = match self.safety.screen.check(text) {
            Screened::Urgent(alarm) => return self.urgent(&alarm, text, place, thread),
            Screened::Grey(query) => (query, true),
            Screened::Clear(query) => (query, false),
        };
        match chosen(query, &thread.options) {
            Some(Press::NoneOfThese) if !thread.options.contains(&Press::NoneOfThese) => {
                let reply = self.no_answer(&self.wording().nothing_chosen, place, thread);
                return Exchange {
                    reply,
                    outcome: Outcome::Abstained,
                };
            }
            Some(press) => return self.press(Some(press), place, thread),
            None => {}
        }
        if text.trim().is_empty() {
            return self.unreadable(Unreadable::Other, thread);
        }
        let shown = thread.shown.as_ref();
        let shown = shown.and_then(|id| self.knowledge.index_of(id.as_str()));
        let is_last = thread.ends_with_answer();
        let shown = shown.map(|entry| Shown { entry, is_last });
        let judgement = self.judge_query(query, grey, shown);
        thread.account = Some(Account::new(self, &judgement));
        self.put_in_words(text, &judgement, place, thread)
    }

    /// The crisis text, alone and first; in a group only a hint at the private chat, the same
    /// as for any question that a group gets no answer to.
    fn urgent(&self, alarm: &Alarm<'_>, text: &str, place: Place, thread: &mut Thread) -> Exchange {
        let judgement = Judgement {
            verdict: Verdict::Urgent,
            ranking: Ranking::default(),
            grey: false,
            way: Way::Alone,
        };
        thread.account = Some(Account::new(self, &judgement));
        let mut buttons = Vec::new();
        if place == Place::Private {
            thread.alarmed = true;
            thread.options = vec![Press::MeantElse];
            thread.set_aside = Some(text.to_owned());
            buttons.push(vec![Button {
                label: self.wording().meant_else.clone(),
                action: Action::Press(Press::MeantElse.data()),
            }]);
        }
        self.crisis_text(alarm.categories(), buttons, place, thread)
    }

    /// The operator's text for these categories, or the general one for none.
    fn crisis_text(
        &self,
        categories: Categories,
        buttons: Vec<Vec<Button>>,
        place: Place,
        thread: &mut Thread,
    ) -> Exchange {
        let reply = match place {
            Place::Group => self.plain(&self.wording().group_private, thread),
            Place::Private => Reply::Urgent {
                text: self.safety.texts.text(categories).to_owned(),
                buttons,
            },
        };
        Exchange {
            reply,
            outcome: Outcome::Urgent,
        }
    }

    fn command(&self, name: &str, text: &str, place: Place, thread: &mut Thread) -> Exchange {
        // The words behind a command are screened like any others, and so is a
        // sentence that happens to begin with a slash.
        let whole = whole(name, text);
        match self.safety.screen.check(&whole) {
            Screened::Urgent(alarm) => self.urgent(&alarm, &whole, place, thread),
            Screened::Grey(_) if place == Place::Private => {
                let exchange = self.obey(name, text.trim(), place, thread);
                Exchange {
                    reply: self.with_support_line(exchange.reply),
                    ..exchange
                }
            }
            Screened::Grey(_) | Screened::Clear(_) => self.obey(name, text.trim(), place, thread),
        }
    }

    fn obey(&self, name: &str, text: &str, place: Place, thread: &mut Thread) -> Exchange {
        let wording = self.wording();
        let reply = match Command::parse(name) {
            Some(command) if command.is_personal() && place == Place::Group => {
                self.plain(&wording.private_only, thread)
            }
            Some(Command::Start) if !text.is_empty() => return self.open(text, thread),
            Some(Command::Start) => self.start(thread),
            Some(Command::Help) => {
                let mut composer = Composer::new(self.worded(&wording.help));
                composer.append(&self.worded(&wording.limits));
                composer.append(&self.support_line());
                Reply::Message(composer.finish(thread))
            }
            Some(Command::Topics) => self.topics(0, &wording.topics, thread),
            Some(Command::Contact) => {
                let contact = self.profile.contact.clone();
                let body = contact.unwrap_or_else(|| self.worded(&wording.contact_missing));
                Reply::Message(Composer::new(body).finish(thread))
            }
            Some(Command::Urgent) => {
                thread.options.clear();
                thread.set_aside = None;
                return self.crisis_text(Categories::default(), Vec::new(), place, thread);
            }
            Some(Command::Privacy) => self.privacy(thread),
            Some(Command::MyData) => {
                return self.wished(Wish::MyData, &wording.mydata_terminal, thread);
            }
            Some(Command::Forget) => {
                *thread = Thread::default();
                return self.wished(Wish::Forget, &wording.forget_terminal, thread);
            }
            Some(Command::Quiet) => return self.quiet(text, thread),
            Some(Command::Why) => self.why(thread),
            None => self.plain(&wording.unknown_command, thread),
        };
        Exchange {
            reply,
            outcome: Outcome::Other,
        }
    }

    fn press(&self, press: Option<Press>, place: Place, thread: &mut Thread) -> Exchange {
        let reply = match press {
            Some(Press::Entry(id)) => return self.open(&id, thread),
            Some(Press::NoneOfThese) => {
                let reply = self.no_answer(&self.wording().none_chosen, place, thread);
                return Exchange {
                    reply,
                    outcome: Outcome::Abstained,
                };
            }
            Some(Press::MeantElse) => return self.meant_else(place, thread),
            Some(Press::AllTopics) => self.topics(0, &self.wording().topics, thread),
            Some(Press::Topics { page }) => self.topics(page, &self.wording().topics, thread),
            Some(Press::Group { key, page }) => self.group(key, page, thread),
            None => self.topics(0, &self.wording().gone, thread),
        };
        Exchange {
            reply,
            outcome: Outcome::Other,
        }
    }

    /// The person says that the message behind the last crisis text was a question.
    fn meant_else(&self, place: Place, thread: &mut Thread) -> Exchange {
        let Some(text) = thread.set_aside.take() else {
            return Exchange {
                reply: self.plain(&self.wording().ask_again, thread),
                outcome: Outcome::Other,
            };
        };
        let judgement = self.match_query(self.safety.screen.check(&text).into_query(), true, None);
        thread.account = Some(Account::new(self, &judgement));
        let mut exchange = self.put_in_words(&text, &judgement, place, thread);
        if let Reply::Message(message) = &mut exchange.reply {
            let sorry = self.worded(&self.wording().mistaken);
            let length = sorry.len_utf16() + compose::PARAGRAPH_BREAK + message.body.len_utf16();
            if length <= MAX_CHARS {
                message.body.blocks.splice(..0, sorry.blocks);
            }
        }
        exchange
    }

    fn open(&self, id: &str, thread: &mut Thread) -> Exchange {
        match self.knowledge.get(id) {
            Some(entry) => Exchange {
                reply: self.entry(entry, &[], &self.support_if(thread.alarmed), thread),
                outcome: Outcome::Opened(entry.id.clone()),
            },
            None => Exchange {
                reply: self.topics(0, &self.wording().gone, thread),
                outcome: Outcome::Other,
            },
        }
    }

    fn wording(&self) -> &Wording {
        &self.profile.wording
    }
}

/// A command as the screen reads it.
fn whole(name: &str, text: &str) -> String {
    format!("{name} {text}")
}

/// What a typed answer to a list of choices presses: one that was offered, or none of them.
fn chosen(query: Query<'_>, options: &[Press]) -> Option<Press> {
    match choice::choice(query.text())? {
        Choice::Nth(nth) => options.get(nth).cloned(),
        Choice::Yes => match options {
            [only, Press::NoneOfThese] => Some(only.clone()),
            _ => None,
        },
        Choice::NoneOfThese => Some(Press::NoneOfThese),
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "Askwell".to_owned(),
            contact: None,
            privacy_url: None,
            examples: Vec::new(),
            wording: Wording::default(),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message(_) => "Message",
            Self::Urgent { .. } => "Urgent",
        })
    }
}

#[cfg(test)]
mod tests;
