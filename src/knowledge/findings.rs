//! The problems of one file while it is read, and texts with their places in it.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::DeTable;

use super::code::Code;
use super::fields::{Fields, Table};
use super::problem::{Place, Problem, counted};
use super::syntax;

/// The problems of one file while it is read.
pub(crate) struct Findings<'i> {
    pub(crate) file: usize,
    pub(crate) text: &'i str,
    pub(crate) problems: Vec<Problem>,
    /// Where the file is not TOML. What is found on these lines follows from that.
    broken: Vec<usize>,
    /// Places of addresses that stand in for real ones.
    pub(crate) placeholders: Vec<Range<usize>>,
}

/// A text with its place.
#[derive(Debug, Clone)]
pub(crate) struct Text<'i> {
    pub(crate) value: Cow<'i, str>,
    /// Of the value with its quotation marks.
    pub(crate) span: Range<usize>,
    /// What to mark: the value, or its key where the value has several lines.
    pub(crate) mark: Range<usize>,
}

impl Text<'_> {
    /// The words on one line, without white space around them.
    pub(crate) fn one_line(&self) -> Cow<'_, str> {
        let trimmed = self.value.trim();
        let is_odd =
            |it: u8, next: u8| ((it, next) == (b' ', b' ')) | matches!(it, b'\n' | b'\r' | b'\t');
        let bytes = trimmed.as_bytes();
        let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
        // Without a way out halfway many bytes are compared at a time.
        if pairs.fold(false, |any, (&it, &next)| any | is_odd(it, next)) {
            Cow::Owned(trimmed.split_whitespace().collect::<Vec<_>>().join(" "))
        } else {
            Cow::Borrowed(trimmed)
        }
    }
}

impl<'i> Findings<'i> {
    /// Reads a file as TOML, as far as it is.
    pub(crate) fn read(file: usize, text: &'i str) -> (Self, Fields<'i>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let problems = syntax::problems(file, text, &errors);
        // Both where the parser noticed it and where it began.
        let noticed = errors.iter().filter_map(toml::de::Error::span);
        let begun = problems
            .iter()
            .filter_map(|problem| problem.place.span.clone());
        let broken = noticed.chain(begun).map(|span| span.start).collect();
        let findings = Self {
            file,
            text,
            problems,
            broken,
            placeholders: Vec::new(),
        };
        let fields = Fields::new(Table::File, table.into_inner(), 0..0, &findings);
        (findings, fields)
    }

    /// Whether the file is TOML throughout.
    pub(crate) fn is_sound(&self) -> bool {
        self.broken.is_empty()
    }

    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        Place {
            file: self.file,
            span: Some(span.clone()),
        }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        let follows = problem
            .place
            .span
            .as_ref()
            .is_some_and(|span| self.is_broken(&self.whole_lines(span)));
        if !follows {
            self.problems.push(problem);
        }
    }

    /// One warning for all addresses of the file that are not real yet.
    pub(crate) fn report_placeholders(&mut self) {
        let Some(first) = self.placeholders.iter().min_by_key(|it| it.start) else {
            return;
        };
        let n = self.placeholders.len();
        let verb = if n == 1 { "is" } else { "are" };
        let problem = Problem::warning(Code::PlaceholderAddress,
            self.place(first),
            format!("{} in this file {verb} only a placeholder", counted(n, "address", "addresses")),
        )
        .label(if n == 1 { "not a real page" } else { "the first of them" })
        .help("people who press it reach nothing; put in the address of your own page before the bot goes live");
        self.push(problem);
    }

    pub(super) fn is_broken(&self, span: &Range<usize>) -> bool {
        self.broken
            .iter()
            .any(|at| (span.start..=span.end).contains(at))
    }

    pub(super) fn whole_lines(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[span.end..]
            .find('\n')
            .map_or(self.text.len(), |at| span.end + at);
        start..end
    }

    /// A table from its heading to the next one.
    pub(super) fn extent(&self, header: &Range<usize>) -> Range<usize> {
        let end = self.text[header.end..]
            .find("\n[")
            .map_or(self.text.len(), |at| header.end + at);
        header.start..end
    }

    pub(super) fn mark(&self, key: &Range<usize>, value: &Range<usize>) -> Range<usize> {
        if self.text[value.clone()].contains('\n') {
            key.clone()
        } else {
            value.clone()
        }
    }
}
