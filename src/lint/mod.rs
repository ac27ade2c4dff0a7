//! What a check finds beyond what keeps content from being used: entries that the engine
//! confuses, answers that disagree, dates that passed, words that are hard to read.

mod advice;
mod allow;
mod answers;
mod dates;
mod engine;
mod helplines;
#[cfg(feature = "workshop")]
mod links;
mod speech;

use crate::content::Loaded;
use crate::day::Day;
use crate::knowledge::{Code, Entry, Marks, Place};

/// Which rules to run.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// To judge dates by.
    pub today: Day,
    pub engine: Run,
    pub notes: Run,
    pub links: Run,
}

/// Whether a group of rules runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    Yes,
    No,
}

/// Adds what the rules find to the report, then takes out what entries allow. Content with
/// errors is left as it is: first it has to be readable.
pub fn run(loaded: &mut Loaded, rules: &Rules) {
    let mut problems = Vec::new();
    if let Some(content) = &loaded.content {
        let texts = Texts { loaded, content };
        problems.extend(advice::check(&texts));
        problems.extend(answers::differing(&texts));
        problems.extend(dates::check(&texts, rules.today));
        problems.extend(helplines::check(&texts, rules.today));
        if rules.engine == Run::Yes {
            problems.extend(engine::check(&texts));
        }
        if rules.notes == Run::Yes {
            problems.extend(speech::check(&texts));
        }
        #[cfg(feature = "workshop")]
        if rules.links == Run::Yes {
            problems.extend(links::check(&texts));
        }
    }
    loaded.report.extend(problems);
    let is_readable = loaded.content.is_some();
    let ran = |code: Code| match code {
        // Nobody knows what the rules would say of content that cannot be read.
        _ if !is_readable => false,
        Code::Confused | Code::Unreachable | Code::TakenAsCrisis => rules.engine == Run::Yes,
        Code::PageGone | Code::AnchorGone => rules.links == Run::Yes,
        Code::LongSentence | Code::Jargon | Code::Blaming | Code::LateAnswer | Code::NoReview => {
            rules.notes == Run::Yes
        }
        _ => true,
    };
    allow::apply(loaded, ran);
}

/// Sound content with its places.
struct Texts<'a> {
    loaded: &'a Loaded,
    content: &'a crate::content::Content,
}

impl<'a> Texts<'a> {
    fn entries(&self) -> impl Iterator<Item = (&'a Entry, &'a Marks)> + use<'a> {
        self.content
            .knowledge
            .entries()
            .iter()
            .zip(&self.loaded.marks)
    }

    fn marks(&self, entry: usize) -> &'a Marks {
        &self.loaded.marks[entry]
    }

    /// Where some words of an entry stand, or the entry itself if the file has them otherwise.
    fn place_of(&self, marks: &Marks, words: &str) -> Place {
        let source = &self.loaded.report.sources()[marks.id.file].text;
        let found = source[marks.extent.clone()].find(words);
        found.map_or_else(
            || marks.id.clone(),
            |at| {
                let start = marks.extent.start + at;
                Place {
                    file: marks.id.file,
                    span: Some(start..start + words.len()),
                }
            },
        )
    }
}
