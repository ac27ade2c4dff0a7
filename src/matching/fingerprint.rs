//! A short name for everything that scores depend on, and the stamp that thresholds keep of it.

use std::fmt;

use super::Settings;
use crate::fnv;
use crate::knowledge::KnowledgeBase;

/// What thresholds were fitted on, as it stands in `bot.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// [`fingerprint`] of the content.
    pub content: String,
    /// How many questions or wordings were tried.
    pub n_questions: usize,
}

/// Sixteen hexadecimal digits that change when scores may: with the questions, variants, answers
/// and passages of the content, the synonyms, the questions out of scope, and the version of the program.
/// Thresholds don't count, nor do links, dates and wording.
#[must_use]
pub fn fingerprint(knowledge: &KnowledgeBase, settings: &Settings) -> String {
    let mut hash = Hash(fnv::EMPTY_64);
    hash.text(env!("CARGO_PKG_VERSION"));
    for entry in knowledge.entries() {
        hash.text(entry.id.as_str());
        hash.text(&entry.title);
        for variant in &entry.variants {
            hash.text(variant);
        }
        hash.text(&entry.answer.plain());
        hash.text(entry.section.as_ref().map_or("", |it| it.as_str()));
        hash.text(&entry.language);
        hash.gap();
    }
    for group in &settings.synonyms {
        for word in group {
            hash.text(word);
        }
        hash.gap();
    }
    for question in &settings.out_of_scope {
        hash.text(question);
    }
    format!("{:016x}", hash.0)
}

impl Stamp {
    /// Reads what [`Stamp`] prints.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (content, questions) = text.strip_prefix("content ")?.split_once(", ")?;
        Some(Self {
            content: content.to_owned(),
            n_questions: questions.strip_suffix(" questions")?.parse().ok()?,
        })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "content {}, {} questions",
            self.content, self.n_questions
        )
    }
}

/// The hash of a list of texts.
struct Hash(u64);

impl Hash {
    fn text(&mut self, text: &str) {
        for byte in text.bytes() {
            self.byte(byte);
        }
        self.gap();
    }

    /// A byte that UTF-8 never holds.
    fn gap(&mut self) {
        self.byte(0xff);
    }

    fn byte(&mut self, byte: u8) {
        self.0 = fnv::and_64(self.0, byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_it_is_written() {
        let stamp = Stamp {
            content: "abc".into(),
            n_questions: 12,
        };
        assert_eq!(Stamp::parse(&stamp.to_string()), Some(stamp));
        assert_eq!(Stamp::parse("content abc, many questions"), None);
    }
}
