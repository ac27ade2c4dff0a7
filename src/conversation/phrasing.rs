//! Puts a judgement in words: entries, choices, or one of the fixed texts.

use super::compose::Composer;
use super::press::Press;
use super::{
    Assistant, Exchange, Judgement, Outcome, Place, Reply, SmallTalk, Thread, Verdict, Way, choice,
    feeling, replies,
};
use crate::knowledge::Entry;
use crate::markup::Document;
use crate::matching::{Decision, Ranking};
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
        let support = needs_support(judgement, place, thread);
        match &judgement.verdict {
            Verdict::Matched(Decision::Answer { entry, others }) => {
                let is_read = self.has_just_read(*entry, judgement, thread);
                if is_read && self.tells_of_sorrow(text) {
                    return self.refuse(text, judgement, place, thread);
                }
                let entry = &self.knowledge.entries()[*entry];
                if is_read {
                    let told = &self.wording().told;
                    return Exchange {
                        reply: self.told(told, entry, others, support, thread),
                        outcome: Outcome::Clarified,
                    };
                }
                let notes = self.notes(judgement.way, support, place);
                Exchange {
                    reply: self.entry(entry, others, &notes, thread),
                    outcome: Outcome::Answered(vec![entry.id.clone()]),
                }
            }
            Verdict::Several(entries) => {
                let entries: Vec<&Entry> = entries
                    .iter()
                    .map(|&it| &self.knowledge.entries()[it])
                    .collect();
                let notes = self.notes(judgement.way, support, place);
                Exchange {
                    reply: self.entries(&entries, &notes, thread),
                    outcome: Outcome::Answered(entries.iter().map(|it| it.id.clone()).collect()),
                }
            }
            Verdict::Matched(Decision::Clarify(_) | Decision::Abstain)
                if choice::is_number(text) =>
            {
                self.not_offered(place, thread)
            }
            Verdict::Matched(Decision::Clarify(choices)) => {
                self.ask_back(text, choices, judgement, place, thread)
            }
            Verdict::Matched(Decision::Abstain) => self.refuse(text, judgement, place, thread),
            Verdict::SmallTalk(kind) => {
                let mut reply = self.answer_small_talk(*kind, place, thread);
                // Who wants a person may not be able to wait for one.
                let wants_person = *kind == SmallTalk::Contact && place == Place::Private;
                if support || wants_person {
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

    /// What stands under an answer beside its link.
    fn notes(&self, way: Way, support: bool, place: Place) -> Document {
        if way != Way::InPart {
            return self.support_if(support);
        }
        let mut notes = self.worded(&self.wording().in_part);
        if place == Place::Private {
            let contact = self.profile.contact.clone().unwrap_or_default();
            notes.blocks.extend(contact.blocks);
            notes.blocks.extend(self.support_line().blocks);
        }
        notes
    }

    /// Whether a message goes on from the answer right before it and comes to the same entry again.
    fn has_just_read(&self, entry: usize, judgement: &Judgement, thread: &Thread) -> bool {
        let id = &self.knowledge.entries()[entry].id;
        let is_shown = thread.ends_with_answer() && thread.shown.as_ref() == Some(id);
        is_shown && judgement.way == Way::AfterLast
    }

    /// Which of some entries is meant.
    fn ask_back(
        &self,
        text: &str,
        choices: &[usize],
        judgement: &Judgement,
        place: Place,
        thread: &mut Thread,
    ) -> Exchange {
        let support = needs_support(judgement, place, thread);
        let is_sad = self.tells_of_sorrow(text);
        let is_read = |it: usize| self.has_just_read(it, judgement, thread);
        if let [first, others @ ..] = choices
            && is_read(*first)
            && !is_sad
        {
            let entry = &self.knowledge.entries()[*first];
            return Exchange {
                reply: self.told(&self.wording().told, entry, others, support, thread),
                outcome: Outcome::Clarified,
            };
        }
        let choices = choices.iter().filter(|it| !is_read(**it));
        let choices = choices.map(|&it| &self.knowledge.entries()[it]);
        let mut options: Vec<_> = choices.map(replies::option).collect();
        if options.is_empty() {
            return self.refuse(text, judgement, place, thread);
        }
        let wording = self.wording();
        let words = if is_sad || judgement.way == Way::ByParts {
            &wording.clarify_long
        } else {
            &wording.clarify
        };
        let mut composer = Composer::new(self.worded(words));
        options.push((wording.none_of_these.clone(), Press::NoneOfThese));
        composer.options(options);
        if support {
            composer.append(&self.support_line());
        }
        Exchange {
            reply: Reply::Message(composer.finish(thread)),
            outcome: Outcome::Clarified,
        }
    }

    /// Nothing fits, or nothing that the person has not just read.
    fn refuse(
        &self,
        text: &str,
        judgement: &Judgement,
        place: Place,
        thread: &mut Thread,
    ) -> Exchange {
        let wording = self.wording();
        let words = if self.cannot_read(text, &judgement.ranking) {
            &wording.abstain_unread
        } else if judgement.way == Way::ByParts {
            &wording.abstain_long
        } else if self.tells_of_sorrow(text) {
            &wording.abstain_feeling
        } else {
            &wording.abstain
        };
        Exchange {
            reply: self.no_answer(words, place, thread),
            outcome: Outcome::Abstained,
        }
    }

    /// To a number that names none of the choices; these can still be chosen.
    fn not_offered(&self, place: Place, thread: &mut Thread) -> Exchange {
        let reply = if place == Place::Group {
            self.no_answer("", place, thread)
        } else {
            let mut body = self.worded(&self.wording().no_such_choice);
            body.blocks.extend(self.support_line().blocks);
            replies::in_passing(body, thread)
        };
        Exchange {
            reply,
            outcome: Outcome::Abstained,
        }
    }

    fn answer_small_talk(&self, kind: SmallTalk, place: Place, thread: &mut Thread) -> Reply {
        let wording = self.wording();
        let in_passing =
            |words: &str, thread: &mut Thread| replies::in_passing(self.worded(words), thread);
        match kind {
            SmallTalk::Contact | SmallTalk::Help | SmallTalk::Topics if place == Place::Group => {
                self.plain(&wording.group_private, thread)
            }
            SmallTalk::Contact => self.obey("contact", "", place, thread).reply,
            SmallTalk::Help => self.obey("help", "", place, thread).reply,
            // Who was in danger a moment ago is not shown a list.
            SmallTalk::Topics if thread.alarmed => in_passing(&wording.go_on, thread),
            SmallTalk::Topics => self.obey("topics", "", place, thread).reply,
            SmallTalk::Complaint => self.no_answer(&wording.not_it, place, thread),
            SmallTalk::More => {
                let shown = thread
                    .shown
                    .as_ref()
                    .and_then(|id| self.knowledge.get(id.as_str()));
                match shown {
                    Some(entry) => self.told(&wording.more, entry, &[], false, thread),
                    None => self.no_answer(&wording.abstain, place, thread),
                }
            }
            SmallTalk::Aside => {
                let is_asked = thread.options.contains(&Press::NoneOfThese);
                let words = if is_asked {
                    &wording.which
                } else {
                    &wording.go_on
                };
                in_passing(words, thread)
            }
            SmallTalk::Greeting => in_passing(&wording.greeting, thread),
            SmallTalk::Thanks => in_passing(&wording.thanks, thread),
            SmallTalk::Acknowledgement => in_passing(&wording.acknowledged, thread),
            SmallTalk::Goodbye => in_passing(&wording.goodbye, thread),
            SmallTalk::AboutTheBot => in_passing(&wording.about, thread),
        }
    }

    /// Whether a message is in another language than all content. English full of slips is not: a third of its words are near
    /// to words of the content.
    fn cannot_read(&self, text: &str, ranking: &Ranking) -> bool {
        let n_words = text::words(&text::normalise(text)).count();
        self.is_english() && 3 * ranking.n_terms <= n_words && text::is_hardly_english(text)
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

/// Whether a support line goes under whatever is said.
fn needs_support(judgement: &Judgement, place: Place, thread: &Thread) -> bool {
    (judgement.grey || thread.alarmed) && place == Place::Private
}
