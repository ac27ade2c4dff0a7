//! A content folder, read whole: the knowledge base and the settings of `bot.toml`, or
//! every problem that was found.

mod bot_file;
mod folder;
mod in_force;
mod safety_files;

use std::path::{Path, PathBuf};

use self::folder::Folder;
pub(crate) use self::folder::is_content_file;
pub(crate) use self::in_force::{Validity, validities};
use crate::conversation::{Assistant, Profile};
use crate::knowledge::{KnowledgeBase, Marks, Place, Question, Report};
use crate::matching;
use crate::safety::Safety;

/// Everything one content folder says, checked.
#[derive(Debug, Default)]
pub struct Content {
    pub knowledge: KnowledgeBase,
    pub profile: Profile,
    pub matching: matching::Settings,
    pub calibration: Calibration,
    pub safety: Safety,
}

/// What `bot.toml` says of how its thresholds are chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Wrong answers that the operator accepts in 100 messages.
    pub wrong_answer_budget_percent: f32,
    /// What the thresholds were fitted on; none if nobody fitted them.
    pub stamp: Option<matching::Stamp>,
    /// Where the stamp stands.
    pub stamp_place: Option<Place>,
}

/// What came of reading a content folder.
#[derive(Debug)]
pub struct Loaded {
    /// None when the report has an error.
    pub content: Option<Content>,
    pub report: Report,
    /// Of each entry, where its parts stand, in the order of the knowledge base.
    pub(crate) marks: Vec<Marks>,
    /// The labelled questions of `tests.toml`, if that was read.
    pub questions: Vec<Question>,
    /// Entries that were read, also when there is an error elsewhere.
    pub n_entries: usize,
    pub n_articles: usize,
    /// Files with entries, so without `bot.toml`.
    pub n_files: usize,
}

/// The name of the file with the bot's own settings.
pub const BOT_FILE: &str = "bot.toml";

/// Labelled questions for `eval` and `calibrate`, which stand beside the content they are about.
pub const TESTS_FILE: &str = "tests.toml";

/// The folder with the rules and texts of the crisis screen.
const SAFETY_DIR: &str = "safety";

/// The crisis texts; every other file in that folder holds rules.
const HELPLINES_FILE: &str = "helplines.toml";

/// The same from the content folder.
pub(crate) const HELPLINES_PATH: &str = "safety/helplines.toml";

impl Content {
    /// Reads a folder. Never fails: what keeps it from being used is in the report.
    ///
    /// Looked at are the files named `*.toml` right in the folder, sorted by name; hidden
    /// ones and `tests.toml` are left out.
    #[must_use]
    pub fn load(dir: &Path) -> Loaded {
        Folder::read_all(dir).parse(dir, None)
    }

    /// A number that is another one once a file that [`Content::load`] reads was saved, added or
    /// taken away.
    #[must_use]
    pub fn stamp(dir: &Path) -> u64 {
        folder::stamp(dir)
    }

    /// [`Content::load`] with labelled questions, from `tests.toml` in the folder or from another file.
    /// An error in them keeps the content from being used too; a bot that runs doesn't read them.
    #[must_use]
    pub fn load_with_questions(dir: &Path, file: Option<&Path>) -> Loaded {
        let mut folder = Folder::read_all(dir);
        let in_folder = dir.join(TESTS_FILE);
        let path = file.unwrap_or(&in_folder);
        if file.is_some() {
            // May be a pipe, as the shell's <(...) makes one.
            folder.read(path.to_owned());
        } else if path.exists() {
            folder.read_file(path.to_owned());
        }
        folder.parse(dir, Some(path))
    }

    /// The same as [`Content::load_with_questions`] from texts in memory, each with its path.
    ///
    /// ```
    /// use askwell::content::Content;
    /// let faq = "[[faq]]\nid = \"hours\"\nquestion = \"When are you open?\"\nanswer = \"From nine.\"";
    /// let loaded = Content::parse(vec![("faq/hours.toml".into(), faq.to_owned())]);
    /// assert_eq!(loaded.content.unwrap().knowledge.get("hours").unwrap().answer.plain(), "From nine.");
    /// ```
    #[must_use]
    pub fn parse(mut files: Vec<(PathBuf, String)>) -> Loaded {
        files.sort();
        let dir = files
            .first()
            .and_then(|(path, _)| path.parent())
            .unwrap_or(Path::new("."))
            .to_owned();
        Self::parse_folder(&dir, files)
    }

    /// The same for a folder that is given, as when no file stands right in it.
    #[must_use]
    pub fn parse_folder(dir: &Path, files: Vec<(PathBuf, String)>) -> Loaded {
        let mut folder = Folder::default();
        for (path, text) in files {
            folder.add(path, text);
        }
        folder.parse(dir, Some(&dir.join(TESTS_FILE)))
    }

    /// The assistant over this content.
    #[must_use]
    pub fn assistant(self) -> Assistant {
        Assistant::new(self.knowledge, self.profile, &self.matching, self.safety)
    }
}

#[cfg(feature = "workshop")]
impl Content {
    /// The ids of all entries of some files, as far as they can be read.
    pub(crate) fn ids(files: &[(PathBuf, String)]) -> std::collections::HashSet<String> {
        use crate::knowledge::{self, AllRead};
        let texts = files
            .iter()
            .enumerate()
            .map(|(file, (_, text))| (file, text.as_str()));
        knowledge::parse(texts, AllRead::No)
            .ids
            .all()
            .map(str::to_owned)
            .collect()
    }
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            wrong_answer_budget_percent: 2.0,
            stamp: None,
            stamp_place: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAQ: &str = "[[faq]]\nid = 'hours'\nquestion = 'When are you open?'\nanswer = 'From nine.'\nvariants = ['opening hours']\n";

    #[test]
    fn a_drawn_report_shows_each_place_and_what_to_do() {
        let a = format!(
            "{FAQ}\n[[faq]]\nid = \"hours\"\nquestion = \"Ope  ning, HOURS!\"\nanswr = \"\"\"\nFrom\nnine.\n\"\"\"\nvariants = [\"opening hours?\"]\n"
        );
        let report = Content::parse(vec![
            ("faq/a.toml".into(), a),
            (
                "faq/bot.toml".into(),
                "[wording]\nthanks = \"<b>Du</b> \u{1f600} ä {nam}\"".into(),
            ),
        ])
        .report;
        insta::assert_snapshot!(report);
    }
}
