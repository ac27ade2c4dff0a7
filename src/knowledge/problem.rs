//! What is wrong with a content folder, and where: [`Problem`] is one finding, [`Report`]
//! all of them, ready to be drawn.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::code::Code;

/// A file of the content folder as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As the person who runs a check would write it, so with the folder.
    pub path: PathBuf,
    pub text: String,
}

/// Whether a [`Problem`] keeps the content from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
    /// A matter of style, shown when it is asked for.
    Note,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Index into [`Report::sources`].
    pub file: usize,
    /// Bytes of the text; none for the file as a whole.
    pub span: Option<Range<usize>>,
}

/// One finding, in words for the people who write the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: Code,
    pub severity: Severity,
    pub place: Place,
    /// What is wrong, one line.
    pub message: String,
    /// A few words at the marker.
    pub label: String,
    /// Why it matters and how to mend it.
    pub help: String,
    /// Further places that belong to it, each with a few words.
    pub others: Vec<(Place, String)>,
    /// A change that mends it and can do no harm: bytes of the file, and what to put there.
    pub fix: Option<(Range<usize>, String)>,
}

impl Problem {
    pub(crate) fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, place, message.into())
    }

    pub(crate) fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, place, message.into())
    }

    pub(crate) fn note(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, place, message.into())
    }

    fn new(code: Code, severity: Severity, place: Place, message: String) -> Self {
        Self {
            code,
            severity,
            place,
            message,
            label: String::new(),
            help: String::new(),
            others: Vec::new(),
            fix: None,
        }
    }

    pub(crate) fn fix(mut self, span: Range<usize>, new: impl Into<String>) -> Self {
        self.fix = Some((span, new.into()));
        self
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(crate) fn other(mut self, place: Place, label: impl Into<String>) -> Self {
        self.others.push((place, label.into()));
        self
    }
}

/// Everything that was found in one content folder.
#[derive(Debug, Clone, Default)]
pub struct Report {
    sources: Vec<Source>,
    problems: Vec<Problem>,
}

/// Whether a drawn [`Report`] carries ANSI escape codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    On,
    Off,
}

impl Report {
    /// Path and text of each file that was read.
    pub(crate) fn into_files(self) -> Vec<(PathBuf, String)> {
        let sources = self.sources.into_iter();
        sources.map(|it| (it.path, it.text)).collect()
    }

    /// Joins problems with the files they point into; sorts them by file and place.
    pub(crate) fn new(sources: Vec<Source>, problems: Vec<Problem>) -> Self {
        let mut report = Self { sources, problems };
        report.sort();
        report
    }

    /// Adds what was found later.
    pub(crate) fn extend(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
        self.sort();
    }

    /// Keeps only the problems for which `keep` holds.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Problem) -> bool) {
        self.problems.retain(keep);
    }

    fn sort(&mut self) {
        self.problems.sort_by_key(|it| {
            (
                it.place.file,
                it.place.span.as_ref().map_or(0, |span| span.start),
                it.severity,
            )
        });
    }

    /// Line and column of a place, from 1; the column counts characters.
    #[must_use]
    pub fn position(&self, place: &Place) -> (usize, usize) {
        let Some(span) = &place.span else {
            return (1, 1);
        };
        let before = &self.sources[place.file].text[..span.start];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[start..].chars().count() + 1,
        )
    }

    /// All problems, sorted by file and place.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The files that [`Place::file`] counts.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    #[must_use]
    pub fn n_errors(&self) -> usize {
        self.count(Severity::Error)
    }

    #[must_use]
    pub fn n_warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    #[must_use]
    pub fn n_notes(&self) -> usize {
        self.count(Severity::Note)
    }

    fn count(&self, severity: Severity) -> usize {
        self.problems
            .iter()
            .filter(|it| it.severity == severity)
            .count()
    }

    /// `2 errors, 1 warning in 3 files`; the files are those that have any.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut files: Vec<usize> = self.problems.iter().map(|it| it.place.file).collect();
        files.dedup();
        let (errors, warnings) = (self.n_errors(), self.n_warnings());
        let mut counts = Vec::new();
        if errors > 0 {
            counts.push(counted(errors, "error", "errors"));
        }
        if warnings > 0 {
            counts.push(counted(warnings, "warning", "warnings"));
        }
        if self.n_notes() > 0 {
            counts.push(counted(self.n_notes(), "note", "notes"));
        }
        if counts.is_empty() {
            return "no problems".to_owned();
        }
        format!(
            "{} in {}",
            counts.join(", "),
            counted(files.len(), "file", "files")
        )
    }

    /// Each problem with file, line, column, the line itself and what to do; the counts
    /// come last. Ends with a line end.
    #[must_use]
    pub fn draw(&self, colours: Colours) -> String {
        let renderer = match colours {
            Colours::On => Renderer::styled(),
            Colours::Off => Renderer::plain(),
        };
        let lines: Vec<Vec<usize>> = self
            .sources
            .iter()
            .map(|source| line_starts(&source.text))
            .collect();
        let mut out = String::new();
        for problem in &self.problems {
            out.push_str(&renderer.render(&[self.group(problem, &lines)]));
            out.push_str("\n\n");
        }
        out.push_str(&self.summary());
        out.push('\n');
        out
    }

    fn group<'a>(&'a self, problem: &'a Problem, lines: &[Vec<usize>]) -> Group<'a> {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut group = level
            .primary_title(problem.message.as_str())
            .id(problem.code.name())
            .element(self.element(
                &problem.place,
                &problem.label,
                AnnotationKind::Primary,
                lines,
            ));
        for (place, label) in &problem.others {
            group = group.element(self.element(place, label, AnnotationKind::Context, lines));
        }
        if !problem.help.is_empty() {
            group = group.element(Level::HELP.message(problem.help.as_str()));
        }
        group
    }

    /// The first line of a place, marked.
    fn element<'a>(
        &'a self,
        place: &Place,
        label: &'a str,
        kind: AnnotationKind,
        lines: &[Vec<usize>],
    ) -> Element<'a> {
        let source = &self.sources[place.file];
        let path = source.path.to_string_lossy();
        let Some(span) = &place.span else {
            return Origin::path(path).into();
        };
        let starts = &lines[place.file];
        let line = starts.partition_point(|start| *start <= span.start) - 1;
        let start = starts[line];
        let end = starts
            .get(line + 1)
            .map_or(source.text.len(), |next| next - 1);
        let text = source.text[start..end].trim_end_matches('\r');
        let marked = (span.start - start).min(text.len())..(span.end - start).min(text.len());
        let annotation = kind
            .span(marked)
            .label((!label.is_empty()).then_some(label));
        Snippet::source(text)
            .line_start(line + 1)
            .path(path)
            .annotation(annotation)
            .into()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.draw(Colours::Off))
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let after = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| *byte == b'\n')
        .map(|(at, _)| at + 1);
    std::iter::once(0).chain(after).collect()
}

/// `1 file`, `2 files`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(severities: &[(Severity, usize)]) -> Report {
        let source = |path: &str| Source {
            path: path.into(),
            text: "one\r\ntwo ä three\nfour".to_owned(),
        };
        let problems = severities
            .iter()
            .map(|(severity, file)| {
                let place = Place {
                    file: *file,
                    span: Some(9..11),
                };
                Problem::new(Code::Empty, *severity, place, "what".to_owned())
                    .label("here")
                    .help("do")
            })
            .collect();
        Report::new(vec![source("a.toml"), source("b.toml")], problems)
    }

    #[test]
    fn the_last_line_counts() {
        use Severity::{Error, Warning};
        for (severities, expected) in [
            (&[][..], "no problems"),
            (&[(Error, 0)], "1 error in 1 file"),
            (&[(Error, 0), (Error, 1), (Error, 0)], "3 errors in 2 files"),
            (
                &[(Warning, 1), (Error, 1), (Warning, 1)],
                "1 error, 2 warnings in 1 file",
            ),
        ] {
            let report = report(severities);
            assert_eq!(report.summary(), expected);
            assert!(report.to_string().ends_with(&format!("{expected}\n")));
        }
    }

    #[test]
    fn the_line_is_shown_with_its_marker() {
        insta::assert_snapshot!(report(&[(Severity::Error, 0)]), @r"
        error[empty]: what
         --> a.toml:2:5
          |
        2 | two ä three
          |     ^ here
          |
          = help: do

        1 error in 1 file
        ");
    }

    #[test]
    fn colours_are_only_there_when_asked_for() {
        let report = report(&[(Severity::Error, 0)]);
        assert!(report.draw(Colours::On).contains("\x1b["));
        assert!(!report.draw(Colours::Off).contains('\x1b'));
    }

    #[test]
    fn problems_are_sorted_by_file_and_place() {
        let files: Vec<usize> = report(&[(Severity::Warning, 1), (Severity::Error, 0)])
            .problems()
            .iter()
            .map(|it| it.place.file)
            .collect();
        assert_eq!(files, [0, 1]);
    }
}
