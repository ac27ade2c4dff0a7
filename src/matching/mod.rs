//! `Query` to `Ranking` to `Decision`; built once from a `KnowledgeBase`.

/// The matching part of `bot.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Lowest score that is answered, 0 to 1.
    pub threshold: f32,
    /// Candidates closer than this to the best count as tied, 0 to 1.
    pub margin: f32,
    /// Groups of words or short phrases that mean the same here.
    pub synonyms: Vec<Vec<String>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { threshold: 0.5, margin: 0.1, synonyms: Vec::new() }
    }
}
