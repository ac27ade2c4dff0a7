//! Errors in one line.

use std::error::Error;

/// An error with what caused it, as anyhow's `{:#}` writes it.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
