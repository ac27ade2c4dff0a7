//! The small Markdown of answers: paragraphs, bold, italic, lists and links. One tree,
//! from which Telegram's HTML, terminal text and plain text are rendered.

/// A parsed answer, or a whole reply put together from parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    pub blocks: Vec<Block>,
}

/// One block of a [`Document`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Paragraph(Vec<Inline>),
    /// `first` is the number of the first item, or none for bullets.
    List { first: Option<u64>, items: Vec<Vec<Block>> },
}

/// A run of text inside a [`Block`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Bold(Vec<Inline>),
    Italic(Vec<Inline>),
    Link { url: String, label: Vec<Inline> },
    /// A line break inside a paragraph.
    Break,
}
