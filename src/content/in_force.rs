//! What holds on a day: `valid_from` and `valid_until` keep an entry out of every answer,
//! button and list before and after.

use super::Loaded;
use crate::day::Day;
use crate::knowledge::{Entry, EntryKind, KnowledgeBase, Marks};

impl Loaded {
    /// Whether an entry begins or ends to hold with a day.
    pub(crate) fn has_dates(&self) -> bool {
        self.marks.iter().any(|it| it.valid != (None, None))
    }

    /// The content without the entries that do not hold on this day, and without what
    /// leads to them. The dates of an `[article]` hold for all of its file, but an entry
    /// may have its own.
    #[must_use]
    pub fn on(mut self, today: Day) -> Self {
        let Some(content) = &mut self.content else {
            return self;
        };
        let validities = validities(content.knowledge.entries(), &self.marks);
        let holds: Vec<bool> = validities.iter().map(|it| it.holds(today)).collect();
        if holds.iter().all(|it| *it) {
            return self;
        }
        content.knowledge = KnowledgeBase::keeping(&content.knowledge, &holds);
        let known = &content.knowledge;
        content
            .profile
            .examples
            .retain(|id| known.get(id.as_str()).is_some());
        let mut held = holds.iter();
        self.marks.retain(|_| held.next() == Some(&true));
        self.n_entries = content.knowledge.entries().len();
        self
    }
}

/// When each of the entries holds, by its own dates or those of its page.
pub(crate) fn validities(entries: &[Entry], marks: &[Marks]) -> Vec<Validity> {
    let of_article = |at: usize| {
        let pages = entries.iter().zip(marks);
        let mut pages = pages.filter(|(it, _)| it.kind == EntryKind::Article);
        pages
            .find(|(it, _)| it.article == Some(at))
            .map(|(_, marks)| marks)
    };
    let entries = entries.iter().zip(marks);
    entries
        .map(|(entry, marks)| Validity::of(marks, entry.article.and_then(of_article)))
        .collect()
}

/// First and last day of an entry.
pub(crate) struct Validity {
    pub(crate) from: Option<Day>,
    pub(crate) until: Option<Day>,
}

impl Validity {
    /// By the dates of the entry, and where it has none by those of its page.
    pub(crate) fn of(marks: &Marks, page: Option<&Marks>) -> Self {
        let day = |text: &Option<String>| text.as_ref().and_then(|it| it.parse().ok());
        let own = |marks: &Marks| (day(&marks.valid.0), day(&marks.valid.1));
        let (from, until) = own(marks);
        let (page_from, page_until) = page.map(own).unwrap_or_default();
        Self {
            from: from.or(page_from),
            until: until.or(page_until),
        }
    }

    fn holds(&self, today: Day) -> bool {
        self.from.is_none_or(|from| from <= today) && !self.is_over(today)
    }

    pub(crate) fn is_over(&self, today: Day) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

#[cfg(test)]
mod tests {
    use crate::content::Content;
    use crate::knowledge::EntryId;

    const FILE: &str = "[article]\nid = 'page'\ntitle = 'Opening hours'\nurl = 'https://mill.uk/hours'\nsummary = 'From nine.'\n\
        [[section]]\nid = 'easter'\nheading = 'At Easter'\nanswer = 'Closed.'\nvalid_from = 2026-04-01\nvalid_until = 2026-04-06\n\
        [[faq]]\nid = 'ask'\nquestion = 'Is it quiet?'\nanswer = 'Yes.'\nsection = 'easter'\nrelated = ['easter', 'page']\n";

    /// The ids that are known on a day, with the examples behind a bar.
    #[track_caller]
    fn check(file: &str, today: &str, expected: &str) {
        let files = [
            ("faq/a.toml", file),
            ("faq/bot.toml", "examples = ['easter']"),
        ];
        let files = files.map(|(path, text)| (path.into(), text.to_owned()));
        let loaded = Content::parse(files.to_vec()).on(today.parse().unwrap());
        let content = loaded.content.unwrap();
        let entries = content.knowledge.entries();
        let ids: Vec<&str> = entries.iter().map(|it| it.id.as_str()).collect();
        let examples: Vec<&str> = content
            .profile
            .examples
            .iter()
            .map(EntryId::as_str)
            .collect();
        assert_eq!(
            format!("{} | {}", ids.join(" "), examples.join(" ")),
            expected,
            "{today}"
        );
        assert_eq!(
            (loaded.marks.len(), loaded.n_entries),
            (ids.len(), ids.len())
        );
        for entry in entries {
            let names = entry.related.iter().chain(&entry.section);
            assert!(
                names
                    .into_iter()
                    .all(|id| content.knowledge.get(id.as_str()).is_some())
            );
        }
    }

    #[test]
    fn an_entry_is_known_from_its_first_day_to_its_last() {
        for (today, expected) in [
            ("2026-03-31", "page ask | "),
            ("2026-04-01", "page easter ask | easter"),
            ("2026-04-06", "page easter ask | easter"),
            ("2026-04-07", "page ask | "),
        ] {
            check(FILE, today, expected);
        }
    }

    #[test]
    fn the_dates_of_a_page_hold_for_its_entries_unless_they_have_their_own() {
        let file = FILE.replace("'From nine.'\n", "'From nine.'\nvalid_until = 2026-04-02\n");
        check(&file, "2026-04-02", "page easter ask | easter");
        check(&file, "2026-04-03", "easter | easter");
        check(&file, "2026-04-07", " | ");
    }
}
