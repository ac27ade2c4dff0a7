//! What a person reads for each verdict: entries, choices, or one of the fixed texts.

use super::compose::Composer;
use super::press::Press;
use super::{
    Assistant, Exchange, Judgement, Outcome, Place, Reply, SmallTalk, Thread, Verdict, Way, choice,
    feeling, replies,
};
use crate::knowledge::Entry;
use crate::matching::Decision;
use crate::safety::Categories;
use crate::text;

impl Assistant {
    pub(super) fn put_in_words(
        &self,
        text: &str,
        judgement: &Judgement,
        place: Place,
        thread: &mut Thread,
    ) -> Exchange {
        let support = (judgement.grey || thread.alarmed) && place == Place::Private;
        match &judgement.verdict {
            Verdict::Matched(Decision::Answer { entry, others }) => {
                let is_told = self.has_just_read(*entry, judgement, thread);
                let entry = &self.knowledge.entries()[*entry];
                let reply = if is_told {
                    self.told(entry, others, support, thread)
                } else {
                    self.entry(entry, others, support, thread)
                };
                Exchange {
                    reply,
                    outcome: Outcome::Answered(vec![entry.id.clone()]),
                }
            }
            Verdict::Several(entries) => {
                let entries: Vec<&Entry> = entries
                    .iter()
                    .map(|&it| &self.knowledge.entries()[it])
                    .collect();
                Exchange {
                    reply: self.entries(&entries, support, thread),
                    outcome: Outcome::Answered(entries.iter().map(|it| it.id.clone()).collect()),
                }
            }
            Verdict::Matched(Decision::Clarify(choices)) => Exchange {
                reply: self.ask_back(text, choices, judgement, support, thread),
                outcome: Outcome::Clarified,
            },
            Verdict::Matched(Decision::Abstain) => Exchange {
                reply: self.refuse(text, judgement, place, thread),
                outcome: Outcome::Abstained,
            },
            Verdict::SmallTalk(kind) => {
                let mut reply = self.small_talk(*kind, place, thread);
                if support {
                    reply = self.with_support_line(reply);
                }
                Exchange {
                    reply,
                    outcome: Outcome::SmallTalk(*kind),
                }
            }
            // `text` hands urgent messages to `urgent`, which knows their categories.
            Verdict::Urgent => self.crisis_text(Categories::default(), Vec::new(), place, thread),
        }
    }

    /// Whether a message goes on from the answer right before it and comes to the same entry again.
    fn has_just_read(&self, entry: usize, judgement: &Judgement, thread: &Thread) -> bool {
        let id = &self.knowledge.entries()[entry].id;
        let is_last = thread.is_shown_last && thread.shown.as_ref() == Some(id);
        is_last && judgement.way == Way::AfterLast
    }

    /// Which of some entries is meant.
    fn ask_back(
        &self,
        text: &str,
        choices: &[usize],
        judgement: &Judgement,
        support: bool,
        thread: &mut Thread,
    ) -> Reply {
        let is_read = |it: &&usize| self.has_just_read(**it, judgement, thread);
        if let Some(&read) = choices.iter().find(is_read) {
            let others: Vec<usize> = choices.iter().copied().filter(|it| *it != read).collect();
            return self.told(&self.knowledge.entries()[read], &others, support, thread);
        }
        let wording = self.wording();
        let is_told = judgement.way == Way::ByParts || self.tells_of_sorrow(text);
        let words = if is_told {
            &wording.clarify_long
        } else {
            &wording.clarify
        };
        let mut composer = Composer::new(self.worded(words));
        let choices = choices.iter().map(|&it| &self.knowledge.entries()[it]);
        let mut options: Vec<_> = choices.map(replies::option).collect();
        options.push((wording.none_of_these.clone(), Press::NoneOfThese));
        composer.options(options);
        if support {
            composer.append(&self.support_line());
        }
        Reply::Message(composer.finish(thread))
    }

    /// Nothing fits.
    fn refuse(
        &self,
        text: &str,
        judgement: &Judgement,
        place: Place,
        thread: &mut Thread,
    ) -> Reply {
        let wording = self.wording();
        if place == Place::Private && choice::is_number(text) {
            // What was offered before can still be chosen.
            let options = std::mem::take(&mut thread.options);
            let reply = self.unread(&wording.no_such_choice, place, thread);
            thread.options = options;
            return reply;
        }
        let words = if judgement.way == Way::ByParts {
            &wording.abstain_long
        } else if self.is_english() && text::is_hardly_english(text) {
            &wording.abstain_unread
        } else if self.tells_of_sorrow(text) {
            &wording.abstain_feeling
        } else {
            &wording.abstain
        };
        self.no_answer(words, place, thread)
    }

    fn small_talk(&self, kind: SmallTalk, place: Place, thread: &mut Thread) -> Reply {
        let wording = self.wording();
        match kind {
            SmallTalk::Contact | SmallTalk::Help | SmallTalk::Topics if place == Place::Group => {
                self.plain(&wording.group_private, thread)
            }
            SmallTalk::Contact => self.obey("contact", "", place, thread).reply,
            SmallTalk::Help => self.obey("help", "", place, thread).reply,
            SmallTalk::Topics => self.obey("topics", "", place, thread).reply,
            SmallTalk::Greeting => self.plain(&wording.greeting, thread),
            SmallTalk::Thanks => self.plain(&wording.thanks, thread),
            SmallTalk::Acknowledgement => self.plain(&wording.acknowledged, thread),
            SmallTalk::Goodbye => self.plain(&wording.goodbye, thread),
            SmallTalk::AboutTheBot => self.plain(&wording.about, thread),
            SmallTalk::Complaint => self.no_answer(&wording.not_it, place, thread),
        }
    }

    fn tells_of_sorrow(&self, text: &str) -> bool {
        self.is_english() && feeling::tells_of_sorrow(text)
    }

    /// Whether all content is English.
    fn is_english(&self) -> bool {
        let mut entries = self.knowledge.entries().iter();
        entries.all(|it| it.language.starts_with("en"))
    }
}
