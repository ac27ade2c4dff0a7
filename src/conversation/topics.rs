//! `/topics`: the content as groups of entries, an article each, turned page by page.

use super::compose::Composer;
use super::press::{Press, group_key};
use super::replies::option;
use super::{Assistant, Reply, Thread};
use crate::knowledge::{Entry, EntryId};
use crate::markup::{Block, Inline};

/// Choices a page; more would fill a phone's screen.
const PAGE: usize = 8;

impl Assistant {
    /// A page of the list of groups, or the only group at once.
    pub(super) fn topics(&self, page: usize, heading: &str, thread: &mut Thread) -> Reply {
        let groups = self.groups();
        if let [only] = groups.as_slice() {
            return self.page(*only, page, heading, thread);
        }
        let group = |&group: &Option<usize>| {
            let key = self.key(group);
            (self.group_title(group), Press::Group { key, page: 0 })
        };
        let mut composer = Composer::new(self.worded(heading));
        composer.options(self.turning(&groups, page, group, |page| Press::Topics { page }));
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
            None => self.topics(0, &self.wording().gone, thread),
        }
    }

    fn page(&self, group: Option<usize>, page: usize, heading: &str, thread: &mut Thread) -> Reply {
        let entries: Vec<&Entry> = self
            .knowledge
            .entries()
            .iter()
            .filter(|it| it.article == group)
            .collect();
        let mut composer = Composer::new(self.worded(heading));
        composer.push(Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(
            self.group_title(group),
        )])]));
        let key = self.key(group);
        let turn = |page| Press::Group { key, page };
        let mut options = self.turning(&entries, page, |it| option(it), turn);
        if page == 0 && 1 < self.groups().len() {
            let topics = Press::Topics { page: 0 };
            options.push((self.wording().previous_page.clone(), topics));
        }
        composer.options(options);
        Reply::Message(composer.finish(thread))
    }

    /// One page of a list as options, with those that turn the page.
    fn turning<T>(
        &self,
        list: &[T],
        page: usize,
        option: impl Fn(&T) -> (String, Press),
        turn: impl Fn(usize) -> Press,
    ) -> Vec<(String, Press)> {
        let end = list.len().saturating_sub(1) / PAGE;
        let page = page.min(end);
        let mut options: Vec<_> = list
            .iter()
            .skip(page * PAGE)
            .take(PAGE)
            .map(option)
            .collect();
        if page < end {
            options.push((self.wording().next_page.clone(), turn(page + 1)));
        }
        if 0 < page {
            options.push((self.wording().previous_page.clone(), turn(page - 1)));
        }
        options
    }

    /// Every article, and `None` for the entries without one, where there are any.
    fn groups(&self) -> Vec<Option<usize>> {
        let all = (0..self.knowledge.articles().len()).map(Some);
        let holds_any = |group: &Option<usize>| {
            self.knowledge
                .entries()
                .iter()
                .any(|it| it.article == *group)
        };
        all.chain([None]).filter(holds_any).collect()
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
