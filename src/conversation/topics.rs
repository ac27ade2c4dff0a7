//! `/topics`: the content as groups of entries, an article each, turned page by page.

use super::compose::Composer;
use super::press::{Press, group_key};
use super::{Assistant, Reply, Thread};
use crate::knowledge::{Entry, EntryId};
use crate::markup::{Block, Inline};

/// Choices a page; more would fill a phone's screen.
const PAGE: usize = 8;

impl Assistant {
    /// The list of groups, or the only group at once.
    pub(super) fn topics(&self, heading: &str, thread: &mut Thread) -> Reply {
        let groups = self.groups();
        if let [only] = groups.as_slice() {
            return self.page(*only, 0, heading, thread);
        }
        let options = groups.iter().map(|&group| {
            (
                self.group_title(group),
                Press::Group {
                    key: self.key(group),
                    page: 0,
                },
            )
        });
        let mut composer = Composer::new(self.worded(heading));
        composer.options(options.collect());
        Reply::Message(composer.finish(thread))
    }

    /// One page of a group; the groups again when it is gone.
    pub(super) fn group(&self, key: u32, page: usize, thread: &mut Thread) -> Reply {
        match self
            .groups()
            .into_iter()
            .find(|&group| self.key(group) == key)
        {
            Some(group) => self.page(group, page, &self.wording().topics, thread),
            None => self.topics(&self.wording().gone, thread),
        }
    }

    fn page(&self, group: Option<usize>, page: usize, heading: &str, thread: &mut Thread) -> Reply {
        let entries: Vec<&Entry> = self
            .knowledge
            .entries()
            .iter()
            .filter(|it| it.article == group)
            .collect();
        let last = entries.len().saturating_sub(1) / PAGE;
        let page = page.min(last);
        let mut composer = Composer::new(self.worded(heading));
        composer.push(Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(
            self.group_title(group),
        )])]));
        let mut options: Vec<_> = entries
            .iter()
            .skip(page * PAGE)
            .take(PAGE)
            .map(|it| self.option(it))
            .collect();
        let key = self.key(group);
        if page < last {
            options.push((
                self.wording().next_page.clone(),
                Press::Group {
                    key,
                    page: page + 1,
                },
            ));
        }
        if 0 < page {
            options.push((
                self.wording().previous_page.clone(),
                Press::Group {
                    key,
                    page: page - 1,
                },
            ));
        } else if 1 < self.groups().len() {
            options.push((self.wording().previous_page.clone(), Press::Topics));
        }
        composer.options(options);
        Reply::Message(composer.finish(thread))
    }

    /// Every article, and `None` for the entries without one, where there are any.
    fn groups(&self) -> Vec<Option<usize>> {
        let loose = self
            .knowledge
            .entries()
            .iter()
            .any(|it| it.article.is_none());
        (0..self.knowledge.articles().len())
            .map(Some)
            .chain(loose.then_some(None))
            .collect()
    }

    fn group_title(&self, group: Option<usize>) -> String {
        group.map_or_else(
            || self.wording().loose_topics.clone(),
            |it| self.knowledge.articles()[it].title.clone(),
        )
    }

    fn key(&self, group: Option<usize>) -> u32 {
        let id: Option<&EntryId> = group.map(|it| &self.knowledge.articles()[it].id);
        group_key(id)
    }
}
