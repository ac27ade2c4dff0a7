//! The crisis screen: every message passes it first; the only maker of a [`Query`].

use std::fmt;

/// Text that the crisis screen has cleared. Only [`Screen::check`] makes one, so code
/// that takes a `Query` cannot be reached by a message nobody screened.
#[derive(Clone, Copy)]
pub struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// The person's words.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} bytes)", self.0.len())
    }
}
