//! One [`Incoming`] in, one [`Exchange`] out: screens, asks the matcher, picks the wording.
//! Knows nothing of Telegram or the terminal.

mod choice;
mod compose;
mod explain;
mod press;
mod small_talk;
mod topics;
mod wording;

use std::fmt;

use self::choice::Choice;
use self::compose::Composer;
use self::press::Press;
use crate::knowledge::{Entry, EntryId, EntryKind, KnowledgeBase};
use crate::markup::{Block, Document, Inline, filled};
use crate::matching::{self, Decision, Matcher, Ranking};
use crate::safety::{Alarm, Categories, Query, Safety, Screened};

pub use explain::explain;
pub use small_talk::SmallTalk;
pub use wording::Wording;

/// Everything needed to answer, built once from checked content and never changed: a
/// reload makes a new one.
pub struct Assistant {
    knowledge: KnowledgeBase,
    matcher: Matcher,
    safety: Safety,
    profile: Profile,
}

/// What `bot.toml` says of the bot itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// How the bot calls itself.
    pub name: String,
    /// How to reach a person, for `/contact` and under "no answer".
    pub contact: Option<Document>,
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
/// last reply mean. Lives in memory only.
#[derive(Default)]
pub struct Thread {
    options: Vec<Press>,
    /// The message that got the last crisis text, until the person says that something else
    /// was meant or writes again.
    set_aside: Option<String>,
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
    /// This entry was shown, because it was asked for in words.
    Answered(EntryId),
    Clarified,
    Abstained,
    /// This entry was shown, because it was chosen.
    Opened(EntryId),
    SmallTalk(SmallTalk),
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

/// The judgement of one text, before any wording: what `ask` and `eval` report and what
/// [`Assistant::answer`] puts into words.
pub struct Judgement {
    pub verdict: Verdict,
    /// The best entries, whatever the verdict.
    pub ranking: Ranking,
    /// The screen asks for a support line under the reply.
    pub grey: bool,
}

/// One of the four decisions; small talk abstains with a kind line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Urgent,
    SmallTalk(SmallTalk),
    Matched(Decision),
}

/// Telegram's limit for one message, counted after the markup is parsed, in UTF-16 units
/// to be safe.
pub const MAX_CHARS: usize = 4096;

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
        }
    }

    /// Decides about one text. Text beyond [`MAX_CHARS`] characters is screened but not matched.
    #[must_use]
    pub fn judge(&self, text: &str) -> Judgement {
        match self.safety.screen.check(text) {
            // Ranked for `ask --explain`, not to be answered.
            Screened::Urgent(alarm) => Judgement {
                verdict: Verdict::Urgent,
                ..self.match_query(alarm.into_query(), false)
            },
            Screened::Grey(query) => self.judge_query(query, true),
            Screened::Clear(query) => self.judge_query(query, false),
        }
    }

    /// [`Assistant::judge`] with a longer ranking, for measuring.
    #[must_use]
    pub fn judge_deeply(&self, text: &str, limit: usize) -> Judgement {
        let judgement = self.judge(text);
        let query = self.safety.screen.check(text).into_query();
        Judgement {
            ranking: self
                .matcher
                .rank_deeply(query.first_chars(MAX_CHARS), limit),
            ..judgement
        }
    }

    /// Answers one message or press. Never panics, whatever the text.
    #[must_use]
    pub fn answer(&self, incoming: Incoming<'_>, place: Place, thread: &mut Thread) -> Exchange {
        match incoming {
            Incoming::Text(text) => self.text(text, place, thread),
            Incoming::Command { name, text } => self.command(name, text, place, thread),
            Incoming::Press(data) => self.press(Press::parse(data), place, thread),
            Incoming::Unreadable(kind) => self.unreadable(kind, thread),
            Incoming::Missed => self.missed(place, thread),
        }
    }

    #[must_use]
    pub fn knowledge(&self) -> &KnowledgeBase {
        &self.knowledge
    }

    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    #[must_use]
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    fn judge_query(&self, query: Query<'_>, grey: bool) -> Judgement {
        let judgement = self.match_query(query, grey);
        match small_talk::small_talk(query.text()) {
            Some(kind) => Judgement {
                verdict: Verdict::SmallTalk(kind),
                ..judgement
            },
            None => judgement,
        }
    }

    fn match_query(&self, query: Query<'_>, grey: bool) -> Judgement {
        let ranking = self.matcher.rank(query.first_chars(MAX_CHARS));
        Judgement {
            verdict: Verdict::Matched(self.matcher.decide(&ranking)),
            ranking,
            grey,
        }
    }

    fn text(&self, text: &str, place: Place, thread: &mut Thread) -> Exchange {
        let (query, grey) = match self.safety.screen.check(text) {
            Screened::Urgent(alarm) => return self.urgent(&alarm, text, place, thread),
            Screened::Grey(query) => (query, true),
            Screened::Clear(query) => (query, false),
        };
        if let Some(press) = chosen(query, &thread.options) {
            return self.press(Some(press), place, thread);
        }
        if text.trim().is_empty() {
            return self.unreadable(Unreadable::Other, thread);
        }
        self.put_in_words(&self.judge_query(query, grey), place, thread)
    }

    fn put_in_words(&self, judgement: &Judgement, place: Place, thread: &mut Thread) -> Exchange {
        let support = judgement.grey && place == Place::Private;
        match &judgement.verdict {
            Verdict::Matched(Decision::Answer { entry, others }) => {
                let entry = &self.knowledge.entries()[*entry];
                let reply = self.entry(entry, others, support, thread);
                Exchange {
                    reply,
                    outcome: Outcome::Answered(entry.id.clone()),
                }
            }
            Verdict::Matched(Decision::Clarify(choices)) => {
                let mut composer = Composer::new(self.worded(&self.wording().clarify));
                let mut options: Vec<_> = choices
                    .iter()
                    .map(|&it| self.option(&self.knowledge.entries()[it]))
                    .collect();
                options.push((self.wording().none_of_these.clone(), Press::NoneOfThese));
                composer.options(options);
                if support {
                    composer.append(&self.support_line());
                }
                Exchange {
                    reply: Reply::Message(composer.finish(thread)),
                    outcome: Outcome::Clarified,
                }
            }
            Verdict::Matched(Decision::Abstain) => {
                let reply = self.no_answer(&self.wording().abstain, place, thread);
                Exchange {
                    reply,
                    outcome: Outcome::Abstained,
                }
            }
            Verdict::SmallTalk(kind) => {
                let words = match kind {
                    SmallTalk::Greeting => &self.wording().greeting,
                    SmallTalk::Thanks => &self.wording().thanks,
                    SmallTalk::Acknowledgement => &self.wording().acknowledged,
                    SmallTalk::Goodbye => &self.wording().goodbye,
                    SmallTalk::AboutTheBot => &self.wording().about,
                };
                Exchange {
                    reply: self.plain(words, thread),
                    outcome: Outcome::SmallTalk(*kind),
                }
            }
            // `text` hands urgent messages to `urgent`, which knows their categories.
            Verdict::Urgent => Exchange {
                reply: self.no_answer(&self.wording().abstain, place, thread),
                outcome: Outcome::Urgent,
            },
        }
    }

    /// The crisis text, alone and first; in a group only a hint at the private chat, the same
    /// as for any question that a group gets no answer to.
    fn urgent(&self, alarm: &Alarm<'_>, text: &str, place: Place, thread: &mut Thread) -> Exchange {
        let reply = match place {
            Place::Group => self.plain(&self.wording().group_private, thread),
            Place::Private => {
                thread.options = vec![Press::MeantElse];
                thread.set_aside = Some(text.to_owned());
                let action = Action::Press(Press::MeantElse.data());
                let buttons = vec![vec![Button {
                    label: self.wording().meant_else.clone(),
                    action,
                }]];
                Reply::Urgent {
                    text: self.safety.texts.text(alarm.categories()).to_owned(),
                    buttons,
                }
            }
        };
        Exchange {
            reply,
            outcome: Outcome::Urgent,
        }
    }

    fn command(&self, name: &str, text: &str, place: Place, thread: &mut Thread) -> Exchange {
        // The words behind a command are screened like any others (SAFETY R1), and so is a
        // sentence that happens to begin with a slash.
        let whole = format!("{name} {text}");
        if let Screened::Urgent(alarm) = self.safety.screen.check(&whole) {
            return self.urgent(&alarm, &whole, place, thread);
        }
        let text = text.trim();
        let reply = match name.to_ascii_lowercase().as_str() {
            "start" if !text.is_empty() => return self.open(text, thread),
            "start" => self.start(thread),
            "help" => {
                let mut composer = Composer::new(self.worded(&self.wording().help));
                composer.append(&self.worded(&self.wording().limits));
                composer.append(&self.support_line());
                Reply::Message(composer.finish(thread))
            }
            "topics" => self.topics(0, &self.wording().topics, thread),
            "contact" => {
                let contact = self.profile.contact.clone();
                let body = contact.unwrap_or_else(|| self.worded(&self.wording().contact_missing));
                Reply::Message(Composer::new(body).finish(thread))
            }
            "urgent" => {
                thread.options.clear();
                let text = self.safety.texts.text(Categories::default()).to_owned();
                return match place {
                    Place::Private => Exchange {
                        reply: Reply::Urgent {
                            text,
                            buttons: Vec::new(),
                        },
                        outcome: Outcome::Urgent,
                    },
                    Place::Group => Exchange {
                        reply: self.plain(&self.wording().group_private, thread),
                        outcome: Outcome::Urgent,
                    },
                };
            }
            _ => self.plain(&self.wording().unknown_command, thread),
        };
        Exchange {
            reply,
            outcome: Outcome::Other,
        }
    }

    /// Nobody can tell what it said, so the support line stands under it.
    fn missed(&self, place: Place, thread: &mut Thread) -> Exchange {
        let mut composer = Composer::new(self.worded(&self.wording().missed));
        if place == Place::Private {
            composer.append(&self.support_line());
        }
        Exchange {
            reply: Reply::Message(composer.finish(thread)),
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
        let judgement = self.match_query(self.safety.screen.check(&text).into_query(), true);
        self.put_in_words(&judgement, place, thread)
    }

    fn open(&self, id: &str, thread: &mut Thread) -> Exchange {
        match self.knowledge.get(id) {
            Some(entry) => Exchange {
                reply: self.entry(entry, &[], false, thread),
                outcome: Outcome::Opened(entry.id.clone()),
            },
            None => Exchange {
                reply: self.topics(0, &self.wording().gone, thread),
                outcome: Outcome::Other,
            },
        }
    }

    /// An entry with its link, its source and what could be asked next.
    fn entry(&self, entry: &Entry, others: &[usize], support: bool, thread: &mut Thread) -> Reply {
        let wording = self.wording();
        let article = entry.article.map(|it| &self.knowledge.articles()[it]);
        let title = match entry.kind {
            EntryKind::Related => entry.title.as_str(),
            _ => article.map_or(entry.title.as_str(), |it| it.title.as_str()),
        };
        let mut tail = Composer::default();
        if let Some(url) = &entry.url {
            let label = filled(
                &wording.read_more,
                &[("name", &self.profile.name), ("title", title)],
            );
            tail.push(Block::Paragraph(vec![Inline::Link {
                url: url.clone(),
                label: vec![Inline::Text(label.clone())],
            }]));
            tail.link(&label, url);
        }
        if let Some(article) = article.filter(|_| entry.kind != EntryKind::Related) {
            let (source, date) = match &article.reviewed {
                Some(date) => (&wording.source, date.as_str()),
                None => (&wording.source_undated, ""),
            };
            let mut source = self.worded(source);
            source.fill(&[("title", &article.title), ("date", date)]);
            tail.append(&source);
        }
        if support {
            tail.append(&self.support_line());
        }
        if !others.is_empty() {
            tail.append(&self.worded(&wording.runner_up));
            tail.options(
                others
                    .iter()
                    .map(|&it| self.option(&self.knowledge.entries()[it]))
                    .collect(),
            );
        }
        let related: Vec<_> = entry
            .related
            .iter()
            .filter_map(|id| self.knowledge.get(id.as_str()))
            .filter(|it| {
                !others
                    .iter()
                    .any(|&other| self.knowledge.entries()[other].id == it.id)
            })
            .take(3)
            .map(|it| self.option(it))
            .collect();
        if !related.is_empty() {
            tail.append(&self.worded(&wording.related));
            tail.options(related);
        }
        let title = Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(entry.title.clone())])]);
        let mut head = Document {
            blocks: vec![title],
        };
        head.blocks.extend_from_slice(&entry.answer.blocks);
        Reply::Message(tail.finish_after(head, &self.worded(&wording.shortened), thread))
    }

    fn start(&self, thread: &mut Thread) -> Reply {
        let wording = self.wording();
        let mut composer = Composer::new(self.worded(&wording.start));
        composer.append(&self.worded(&wording.limits));
        composer.append(&self.support_line());
        let examples = self.examples();
        if !examples.is_empty() {
            composer.append(&self.worded(&wording.examples));
            composer.options(examples.into_iter().map(|it| self.option(it)).collect());
        }
        Reply::Message(composer.finish(thread))
    }

    /// The chosen examples, else the first questions of the content.
    fn examples(&self) -> Vec<&Entry> {
        let chosen: Vec<_> = self
            .profile
            .examples
            .iter()
            .filter_map(|id| self.knowledge.get(id.as_str()))
            .collect();
        if !chosen.is_empty() {
            return chosen;
        }
        let faq = self
            .knowledge
            .entries()
            .iter()
            .filter(|it| it.kind == EntryKind::Faq);
        faq.chain(
            self.knowledge
                .entries()
                .iter()
                .filter(|it| it.kind != EntryKind::Faq),
        )
        .take(3)
        .collect()
    }

    fn no_answer(&self, first: &str, place: Place, thread: &mut Thread) -> Reply {
        if place == Place::Group {
            return self.plain(&self.wording().group_private, thread);
        }
        let wording = self.wording();
        let mut composer = Composer::new(self.worded(first));
        match &self.profile.contact {
            Some(contact) => {
                composer.append(&self.worded(&wording.abstain_next));
                composer.append(contact);
            }
            None => composer.append(&self.worded(&wording.abstain_without_contact)),
        }
        composer.append(&self.support_line());
        composer.options(vec![(
            wording.topics_label.clone(),
            Press::Topics { page: 0 },
        )]);
        Reply::Message(composer.finish(thread))
    }

    fn unreadable(&self, kind: Unreadable, thread: &mut Thread) -> Exchange {
        let wording = self.wording();
        let words = match kind {
            Unreadable::Photo => &wording.photo,
            Unreadable::Voice => &wording.voice,
            Unreadable::Video => &wording.video,
            Unreadable::Sticker => &wording.sticker,
            Unreadable::Location => &wording.location,
            Unreadable::Poll => &wording.poll,
            Unreadable::Contact => &wording.shared_contact,
            Unreadable::File => &wording.file,
            Unreadable::Other => &wording.no_words,
        };
        let mut composer = Composer::new(self.worded(words));
        composer.append(&self.support_line());
        Exchange {
            reply: Reply::Message(composer.finish(thread)),
            outcome: Outcome::Other,
        }
    }

    fn plain(&self, words: &str, thread: &mut Thread) -> Reply {
        Reply::Message(Composer::new(self.worded(words)).finish(thread))
    }

    /// How an entry stands among choices.
    #[expect(
        clippy::unused_self,
        reason = "reads as a part of the assistant's vocabulary"
    )]
    fn option(&self, entry: &Entry) -> (String, Press) {
        (
            entry.title.clone(),
            Press::Entry(entry.id.as_str().to_owned()),
        )
    }

    fn support_line(&self) -> Document {
        Document::text(self.safety.texts.support_line())
    }

    /// Fixed words as a document, with the bot's name in place.
    fn worded(&self, words: &str) -> Document {
        let mut document = Document::parse(words).0;
        document.fill(&[("name", &self.profile.name)]);
        document
    }

    fn wording(&self) -> &Wording {
        &self.profile.wording
    }
}

/// The choice that a typed answer names, if it names one that was offered.
fn chosen(query: Query<'_>, options: &[Press]) -> Option<Press> {
    match choice::choice(query.text())? {
        Choice::Nth(nth) => options.get(nth).cloned(),
        Choice::NoneOfThese => options
            .iter()
            .find(|it| **it == Press::NoneOfThese)
            .cloned(),
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "Askwell".to_owned(),
            contact: None,
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
