//! A short name for everything that scores depend on.

use super::Settings;
use crate::knowledge::KnowledgeBase;

/// Sixteen hexadecimal digits that change when scores may: with the questions, variants, answers
/// and passages of the content, the synonyms, and the version of the program. Thresholds don't count,
/// nor do links, dates and wording.
#[must_use]
pub fn fingerprint(knowledge: &KnowledgeBase, settings: &Settings) -> String {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
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
    format!("{:016x}", hash.0)
}

/// FNV-1a: quick, and the same on every machine and in every version. Nobody gains by a collision.
struct Fnv(u64);

impl Fnv {
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
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
}
