//! The replies that are put together from entries and the fixed wording.

use super::compose::{Composer, PARAGRAPH_BREAK};
use super::press::Press;
use super::{Assistant, Exchange, MAX_CHARS, Message, Outcome, Place, Reply, Thread, Unreadable};
use crate::knowledge::{Entry, EntryKind};
use crate::markup::{Block, Document, Inline, filled};

/// Questions that are offered after an entry.
const MOST_NEXT: usize = 3;

impl Assistant {
    /// What to say to a chat that writes faster than it can be answered.
    #[must_use]
    pub fn one_at_a_time(&self, place: Place) -> Reply {
        let words = &self.wording().one_at_a_time;
        self.unread(words, place, &mut Thread::default())
    }

    /// Several entries one after the other, each with its link, and where they come from.
    pub(super) fn entries(
        &self,
        entries: &[&Entry],
        notes: &Document,
        thread: &mut Thread,
    ) -> Reply {
        let shortened = self.worded(&self.wording().shortened);
        let mut composer = Composer::default();
        let mut articles = Vec::new();
        for entry in entries {
            let mut head = headed(entry);
            if head.shorten(MAX_CHARS / (entries.len() + 1)) {
                head.extend(shortened.clone());
            }
            composer.append(&head);
            if let Some((label, url)) = self.link(entry) {
                composer.link(&label, &entry.title, url);
            }
            if let Some(article) = source_of(entry)
                && !articles.contains(&article)
            {
                articles.push(article);
            }
        }
        for article in articles {
            composer.append(&self.source(article));
        }
        composer.append(notes);
        let reply = composer.finish(thread);
        if let Some(last) = entries.last() {
            thread.show(last);
        }
        Reply::Message(reply)
    }

    /// The words and the address of the link to the entry's passage.
    fn link<'e>(&self, entry: &'e Entry) -> Option<(String, &'e str)> {
        let title = match source_of(entry) {
            Some(article) => &self.knowledge.articles()[article].title,
            None => &entry.title,
        };
        let values = [("name", self.profile.name.as_str()), ("title", title)];
        let label = filled(&self.wording().read_more, &values);
        Some((label, entry.url.as_deref()?))
    }

    /// Which article an answer comes from, and when that was last reviewed.
    fn source(&self, article: usize) -> Document {
        let article = &self.knowledge.articles()[article];
        let (source, date) = match &article.reviewed {
            Some(date) => (&self.wording().source, date.as_str()),
            None => (&self.wording().source_undated, ""),
        };
        let mut source = self.worded(source);
        source.fill(&[("title", &article.title), ("date", date)]);
        source
    }

    /// An entry with its link, its source, notes and what could be asked next.
    pub(super) fn entry(
        &self,
        entry: &Entry,
        others: &[usize],
        notes: &Document,
        thread: &mut Thread,
    ) -> Reply {
        let wording = self.wording();
        let mut tail = Composer::default();
        if let Some((label, url)) = self.link(entry) {
            tail.link(&label, &label, url);
        }
        if let Some(article) = source_of(entry) {
            tail.append(&self.source(article));
        }
        tail.append(notes);
        let others: Vec<&Entry> = others
            .iter()
            .map(|&it| &self.knowledge.entries()[it])
            .collect();
        let next = self.next_after(entry).into_iter();
        let next = next.filter(|it| others.iter().all(|other| other.id != it.id));
        let next: Vec<_> = next.take(MOST_NEXT).map(option).collect();
        if !others.is_empty() {
            tail.append(&self.worded(&wording.runner_up));
            tail.options(others.into_iter().map(option).collect());
        }
        if !next.is_empty() {
            tail.append(&self.worded(&wording.related));
            tail.options(next);
        }
        let reply = tail.finish_after(headed(entry), &self.worded(&wording.shortened), thread);
        thread.show(entry);
        Reply::Message(reply)
    }

    /// Fixed words and where else to look, in the place of an entry that the person has read.
    pub(super) fn told(
        &self,
        words: &str,
        entry: &Entry,
        others: &[usize],
        support: bool,
        thread: &mut Thread,
    ) -> Reply {
        let mut composer = Composer::new(self.worded(words));
        if let Some((label, url)) = self.link(entry) {
            composer.link(&label, &label, url);
        }
        if support {
            composer.append(&self.support_line());
        }
        let wording = self.wording();
        let (heading, entries) = if others.is_empty() {
            (&wording.related, self.next_after(entry))
        } else {
            let others = others.iter().map(|&it| &self.knowledge.entries()[it]);
            (&wording.runner_up, others.collect())
        };
        let mut options: Vec<_> = entries.into_iter().take(MOST_NEXT).map(option).collect();
        if options.is_empty() {
            options.push((wording.topics_label.clone(), Press::AllTopics));
        } else {
            composer.append(&self.worded(heading));
        }
        if !others.is_empty() {
            options.push((wording.none_of_these.clone(), Press::NoneOfThese));
        }
        composer.options(options);
        let reply = composer.finish(thread);
        thread.show(entry);
        Reply::Message(reply)
    }

    /// What an entry offers as next questions; a passage that names none leads on to those that follow it in its article, and
    /// the last to the first.
    fn next_after(&self, entry: &Entry) -> Vec<&Entry> {
        /// Next passages of an article.
        const N_PASSAGES: usize = 2;
        if !entry.related.is_empty()
            || !matches!(entry.kind, EntryKind::Section | EntryKind::Article)
        {
            let related = entry.related.iter();
            let related = related.filter_map(|id| self.knowledge.get(id.as_str()));
            return related.collect();
        }
        let passages = self.knowledge.entries().iter();
        let passages: Vec<&Entry> = passages
            .filter(|it| it.kind == EntryKind::Section && it.article == entry.article)
            .collect();
        let at = passages.iter().position(|it| it.id == entry.id);
        let (before, after) = passages.split_at(at.map_or(0, |at| at + 1));
        let others = after.iter().chain(before);
        let others = others.copied().filter(|it| it.id != entry.id);
        others.take(N_PASSAGES).collect()
    }

    pub(super) fn start(&self, thread: &mut Thread) -> Reply {
        let wording = self.wording();
        let mut composer = Composer::new(self.worded(&wording.start));
        composer.append(&self.worded(&wording.limits));
        composer.append(&self.support_line());
        let examples = self.examples();
        if !examples.is_empty() {
            composer.append(&self.worded(&wording.examples));
            composer.options(examples.into_iter().map(option).collect());
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

    pub(super) fn no_answer(&self, first: &str, place: Place, thread: &mut Thread) -> Reply {
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
        composer.options(vec![(wording.topics_label.clone(), Press::AllTopics)]);
        Reply::Message(composer.finish(thread))
    }

    /// How the last reply came about.
    pub(super) fn why(&self, thread: &mut Thread) -> Reply {
        let words = match &thread.account {
            Some(account) => account.plain(&self.knowledge),
            None => "Ask me something, and then I can say how I came to my answer.".to_owned(),
        };
        let mut body = Document::text(&words);
        body.shorten(MAX_CHARS);
        in_passing(body, thread)
    }

    /// The words of a message are lost.
    pub(super) fn missed(&self, place: Place, thread: &mut Thread) -> Exchange {
        Exchange {
            reply: self.unread(&self.wording().missed, place, thread),
            outcome: Outcome::Other,
        }
    }

    /// Fixed words for what nobody reads. It may have said anything, so the support line stands under them.
    fn unread(&self, words: &str, place: Place, thread: &mut Thread) -> Reply {
        let mut composer = Composer::new(self.worded(words));
        if place == Place::Private {
            composer.append(&self.support_line());
        }
        Reply::Message(composer.finish(thread))
    }

    pub(super) fn unreadable(&self, kind: Unreadable, thread: &mut Thread) -> Exchange {
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

    pub(super) fn plain(&self, words: &str, thread: &mut Thread) -> Reply {
        Reply::Message(Composer::new(self.worded(words)).finish(thread))
    }

    /// A reply with the support line under it, for a message that may be about danger.
    pub(super) fn with_support_line(&self, reply: Reply) -> Reply {
        let Reply::Message(mut message) = reply else {
            return reply;
        };
        let support = self.support_line().blocks;
        let blocks = &message.body.blocks;
        if !support.iter().all(|it| blocks.contains(it)) {
            let room = MAX_CHARS.saturating_sub(self.support_line().len_utf16() + PARAGRAPH_BREAK);
            message.body.shorten(room);
            message.body.blocks.extend(support);
        }
        Reply::Message(message)
    }

    /// The support line where it is wanted, else nothing.
    pub(super) fn support_if(&self, wanted: bool) -> Document {
        if wanted {
            self.support_line()
        } else {
            Document::default()
        }
    }

    pub(super) fn support_line(&self) -> Document {
        Document::text(self.safety.texts.support_line())
    }

    /// Fixed words as a document, with the bot's name in place.
    pub(super) fn worded(&self, words: &str) -> Document {
        let mut document = Document::parse(words).0;
        document.fill(&[("name", &self.profile.name)]);
        document
    }
}

/// A reply after which the choices that were offered before can still be chosen.
pub(super) fn in_passing(body: Document, thread: &mut Thread) -> Reply {
    thread.set_aside = None;
    let buttons = Vec::new();
    Reply::Message(Message { body, buttons })
}

/// The article that an entry's words come from: a related page has words of its own.
fn source_of(entry: &Entry) -> Option<usize> {
    entry.article.filter(|_| entry.kind != EntryKind::Related)
}

/// The answer under its question.
fn headed(entry: &Entry) -> Document {
    let title = Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(entry.title.clone())])]);
    let mut head = Document {
        blocks: vec![title],
    };
    head.blocks.extend_from_slice(&entry.answer.blocks);
    head
}

/// How an entry stands among choices.
pub(super) fn option(entry: &Entry) -> (String, Press) {
    (
        entry.title.clone(),
        Press::Entry(entry.id.as_str().to_owned()),
    )
}
