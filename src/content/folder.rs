//! The files of a content folder: which ones are read, and what keeps one from being read.

use std::ffi::OsStr;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use rustc_hash::FxHasher;

use super::{
    BOT_FILE, Calibration, Content, Loaded, SAFETY_DIR, TESTS_FILE, bot_file, safety_files,
};
use crate::conversation::Profile;
use crate::knowledge::{self, AllRead, Code, Place, Problem, Report, Severity, Source, questions};
use crate::matching;
use crate::safety::Safety;

/// The files of a content folder on their way to be parsed.
#[derive(Default)]
pub(super) struct Folder {
    sources: Vec<Source>,
    /// Numbers of the sources that hold content, in order.
    readable: Vec<usize>,
    problems: Vec<Problem>,
}

impl Folder {
    pub(super) fn read_all(dir: &Path) -> Self {
        let mut folder = Self::default();
        match toml_files(dir) {
            Ok(paths) => paths.into_iter().for_each(|path| folder.read_file(path)),
            Err(error) => {
                let (message, help) = folder_problem(&error);
                folder.unreadable(dir.to_owned(), &message, help);
                return folder;
            }
        }
        folder.read_safety(dir.join(SAFETY_DIR));
        folder
    }

    /// The folder is optional: without it the built-in rules and a neutral text hold. One that is
    /// there must be read, or people in danger would get other numbers than those that were signed.
    fn read_safety(&mut self, dir: PathBuf) {
        match toml_files(&dir) {
            Ok(paths) => paths.into_iter().for_each(|path| self.read_file(path)),
            Err(_) if !is_there(&dir) => {}
            Err(error) => {
                let (message, help) = safety_folder_problem(&error);
                self.unreadable(dir, &message, help);
            }
        }
    }

    /// Reads what is found in the folder: of a pipe nobody knows whether it ever ends.
    pub(super) fn read_file(&mut self, path: PathBuf) {
        let is_odd = |it: fs::Metadata| !it.is_file() && !it.is_dir();
        if fs::metadata(&path).is_ok_and(is_odd) {
            let help = "nothing in it can be answered; take it away, or give it a name that does not end in .toml";
            return self.unreadable(
                path,
                "this is a pipe or a device, and a file is needed",
                help,
            );
        }
        self.read(path);
    }

    pub(super) fn read(&mut self, path: PathBuf) {
        match fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => self.add(path, text),
            Ok(Err(error)) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let file = self.sources.len();
                let place = Place {
                    file,
                    span: Some(at..at + char::REPLACEMENT_CHARACTER.len_utf8()),
                };
                let problem = Problem::error(Code::NotUtf8, place, "this file is not stored as UTF-8")
                    .label("this letter cannot be read")
                    .help("people would see broken letters; open the file in its editor and save it with the encoding UTF-8");
                self.sources.push(Source { path, text });
                self.problems.push(problem);
            }
            Err(error) => {
                let (message, help) = file_problem(&error);
                self.unreadable(path, &message, help);
            }
        }
    }

    fn unreadable(&mut self, path: PathBuf, message: &str, help: &str) {
        let place = Place {
            file: self.sources.len(),
            span: None,
        };
        self.sources.push(Source {
            path,
            text: String::new(),
        });
        self.problems
            .push(Problem::error(Code::Unreadable, place, message).help(help));
    }

    pub(super) fn add(&mut self, path: PathBuf, mut text: String) {
        // Some editors begin a UTF-8 file with a byte order mark.
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        self.readable.push(self.sources.len());
        self.sources.push(Source { path, text });
    }

    /// `tests` is the file with labelled questions, if it is wanted and there.
    pub(super) fn parse(mut self, dir: &Path, tests: Option<&Path>) -> Loaded {
        let sources = &self.sources;
        let is_bot = |file: &usize| sources[*file].path.file_name() == Some(OsStr::new(BOT_FILE));
        let text = |file: usize| (file, sources[file].text.as_str());
        let safety_dir = dir.join(SAFETY_DIR);
        let (safety, content): (Vec<usize>, Vec<usize>) = (self.readable.iter().copied())
            .partition(|file| sources[*file].path.parent() == Some(&safety_dir));
        let is_tests = |file: &usize| Some(sources[*file].path.as_path()) == tests;
        let (tests, content): (Vec<usize>, Vec<usize>) = content.into_iter().partition(is_tests);
        let (bot, articles): (Vec<usize>, Vec<usize>) = content.into_iter().partition(is_bot);
        let safety = safety_files::read(&safety, sources).unwrap_or_else(|found| {
            self.problems.extend(found);
            Safety::builtin()
        });
        let all_read = if self.problems.is_empty() {
            AllRead::Yes
        } else {
            AllRead::No
        };

        let mut parsed = knowledge::parse(articles.iter().copied().map(text), all_read);
        self.problems.append(&mut parsed.problems);
        let mut profile = Profile::default();
        let mut settings = matching::Settings::default();
        let mut calibration = Calibration::default();
        if let Some((file, text)) = bot.first().copied().map(text) {
            let found;
            (profile, (settings, calibration), found) = bot_file::read(file, text, &parsed);
            self.problems.extend(found);
        }
        let mut labelled = Vec::new();
        if let Some((file, text)) = tests.first().copied().map(text) {
            let found;
            (labelled, found) = questions::parse(file, text, &parsed.ids);
            self.problems.extend(found);
        }
        let (knowledge, marks) = (parsed.knowledge, parsed.marks);
        let is_sound = self
            .problems
            .iter()
            .all(|it| it.severity != Severity::Error);
        if knowledge.entries().is_empty() && is_sound {
            let place = Place {
                file: self.sources.len(),
                span: None,
            };
            let what = if articles.is_empty() {
                "article"
            } else {
                "entry"
            };
            let message = format!("there is no {what} in this folder");
            let problem = Problem::error(Code::NoContent, place, message).help(
                "the bot would have no answer to anything; put a file such as opening-hours.toml in it, with a [[faq]] that has an id, a question and an answer",
            );
            self.sources.push(Source {
                path: dir.to_owned(),
                text: String::new(),
            });
            self.problems.push(problem);
        }
        let (n_entries, n_articles) = (knowledge.entries().len(), knowledge.articles().len());
        let report = Report::new(self.sources, self.problems);
        let content = (report.n_errors() == 0).then_some(Content {
            knowledge,
            profile,
            matching: settings,
            calibration,
            safety,
        });
        Loaded {
            content,
            report,
            marks,
            questions: labelled,
            n_entries,
            n_articles,
            n_files: articles.len(),
        }
    }
}

/// A number that changes with the files of a content folder: with their names, sizes and times of
/// writing, behind links too.
pub(super) fn stamp(dir: &Path) -> u64 {
    let mut hasher = FxHasher::default();
    for dir in [dir, &dir.join(SAFETY_DIR)] {
        let paths = toml_files(dir).map_err(|it| it.kind());
        paths.hash(&mut hasher);
        for path in paths.iter().flatten() {
            let state = fs::metadata(path).and_then(|it| Ok((it.len(), it.modified()?)));
            state.map_err(|it| it.kind()).hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// Whether a file of this name is read: it ends in `.toml` and is not hidden. `tests.toml` is one too, for the
/// commands that ask its questions.
pub(crate) fn is_content_file(path: &Path) -> bool {
    let ends = |it: &OsStr| it.eq_ignore_ascii_case("toml");
    let is_hidden = |it: &OsStr| it.as_encoded_bytes().starts_with(b".");
    path.extension().is_some_and(ends) && !path.file_name().is_some_and(is_hidden)
}

/// Content files of a folder, sorted by name.
fn toml_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if is_content_file(&path) && path.file_name() != Some(OsStr::new(TESTS_FILE)) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// What is wrong with a content folder as a whole, and what to do.
fn folder_problem(error: &io::Error) -> (String, &'static str) {
    match error.kind() {
        io::ErrorKind::NotFound => (
            "there is no such folder".to_owned(),
            "give the folder that holds your article files, or go to the folder above it",
        ),
        io::ErrorKind::NotADirectory => (
            "this is a file, and a folder is needed".to_owned(),
            "give the folder that the file stands in",
        ),
        io::ErrorKind::PermissionDenied => (
            "this folder may not be read".to_owned(),
            "let the user who runs askwell open the folder",
        ),
        _ => (
            format!("this folder cannot be read: {error}"),
            "try again, or copy the folder to another disk",
        ),
    }
}

/// The same for the folder of the crisis screen, which may be missing but not gone.
fn safety_folder_problem(error: &io::Error) -> (String, &'static str) {
    let (message, _) = folder_problem(error);
    match error.kind() {
        io::ErrorKind::NotFound => (
            "this folder points to one that is gone".to_owned(),
            "your helplines and crisis rules stand in it; put the folder back, or take this link away to use what is built in",
        ),
        io::ErrorKind::NotADirectory => (
            message,
            "your helplines and crisis rules belong in a folder of this name; rename the file, and put the folder back",
        ),
        io::ErrorKind::PermissionDenied => (
            message,
            "your helplines and crisis rules stand in it; let the user who runs askwell open the folder",
        ),
        _ => (
            message,
            "your helplines and crisis rules stand in it; try again, or copy the folder to another disk",
        ),
    }
}

/// Whether there is anything of this name, be it a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    !fs::symlink_metadata(path).is_err_and(|it| it.kind() == io::ErrorKind::NotFound)
}

/// What is wrong with one file, and what to do.
fn file_problem(error: &io::Error) -> (String, &'static str) {
    match error.kind() {
        io::ErrorKind::NotFound => (
            "this file points to one that is gone".to_owned(),
            "nothing in it can be answered; put the file back, or take this one away",
        ),
        io::ErrorKind::IsADirectory => (
            "this is a folder, and its name is that of a file".to_owned(),
            "no file in it is read; give the folder a name that does not end in .toml",
        ),
        io::ErrorKind::PermissionDenied => (
            "this file may not be read".to_owned(),
            "nothing in it can be answered; let the user who runs askwell read the file",
        ),
        _ => (
            format!("this file cannot be read: {error}"),
            "nothing in it can be answered; try again, or copy the file to another disk",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::testing::lines;

    const FAQ: &str = "[[faq]]\nid = 'hours'\nquestion = 'When are you open?'\nanswer = 'From nine.'\nvariants = ['opening hours']\n";

    /// Loads a folder with these files and compares all problems.
    #[track_caller]
    fn check_folder(files: &[(&str, &[u8])], expected: &[&str]) {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        let lines = lines(&Content::load(dir.path()).report);
        let lines = lines
            .replace(&format!("{}/", dir.path().display()), "")
            .replace(&dir.path().display().to_string(), "faq");
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected, "\n{lines}");
    }

    #[test]
    fn a_rule_file_that_was_emptied_is_no_rule_file() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), FAQ).unwrap();
        fs::create_dir(dir.path().join("safety")).unwrap();
        fs::write(dir.path().join("safety/spelling.toml"), "# nothing\n").unwrap();
        let loaded = Content::load(dir.path());
        assert!(loaded.content.is_none());
        let report = loaded.report.to_string();
        assert!(
            report.contains("spelling.toml") && report.contains("the file is empty"),
            "{report}"
        );
    }

    #[test]
    fn a_slip_in_a_rule_is_shown_at_its_line() {
        let rule = "[[rule]]\nid = 'own'\ncategory = 'suicide'\nlevel = 'urgent'\nphrases = \"\"\"\nlose <hop>\n\"\"\"\n";
        for (text, expected) in [
            (rule, "own.toml:6:1"),
            ("level = 1\n[[rule]", "own.toml:2:"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("a.toml"), FAQ).unwrap();
            fs::create_dir(dir.path().join("safety")).unwrap();
            fs::write(dir.path().join("safety/own.toml"), text).unwrap();
            let report = Content::load(dir.path()).report;
            assert_eq!(report.n_errors(), 1, "{report}");
            assert!(report.to_string().contains(expected), "{report}");
        }
    }

    #[test]
    fn only_content_files_are_read() {
        let broken: &[u8] = b"not TOML";
        check_folder(
            &[
                (
                    "b.toml",
                    FAQ.replace("hours", "b").replace("When", "b").as_bytes(),
                ),
                ("A.TOML", FAQ.as_bytes()),
                (".hidden.toml", broken),
                (".#b.toml", broken),
                ("b.toml~", broken),
                ("b.toml.swp", broken),
                ("#b.toml#", broken),
                ("tests.toml", broken),
                ("README.md", broken),
            ],
            &[],
        );
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        check_folder(
            &[],
            &["error faq:1:1 there is no article in this folder ()"],
        );
        check_folder(
            &[("bot.toml", b"")],
            &["error faq:1:1 there is no article in this folder ()"],
        );
        check_folder(
            &[("a.toml", b"# later\n"), ("bot.toml", b"")],
            &[
                "warning a.toml:1:1 this file holds no entries ()",
                "error faq:1:1 there is no entry in this folder ()",
            ],
        );
        check_folder(
            &[("a.toml", b"[[faq]]\nid = 'caf\xe9'\n"), ("b.toml", "\u{feff}[[faq]]\nid = 'b'\nquestion = 'B?'\nanswer = 'B.'\nvariants = ['b c']\nrelated = ['a']".as_bytes())],
            &["error a.toml:2:10 this file is not stored as UTF-8 (this letter cannot be read)"],
        );
        let missing = Content::load(Path::new("/nowhere/faq")).report;
        assert_eq!(
            lines(&missing),
            "error /nowhere/faq:1:1 there is no such folder ()\n"
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(
            lines(&Content::load(file.path()).report)
                .contains("this is a file, and a folder is needed")
        );
    }

    #[test]
    fn a_day_without_quotation_marks_says_how_to_write_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), FAQ).unwrap();
        fs::create_dir(dir.path().join("safety")).unwrap();
        let shipped = include_str!("../../faq/safety/helplines.toml");
        let (before, rest) = shipped.split_once("\nverified_on = ").unwrap();
        let (_, after) = rest.split_once('\n').unwrap();
        let signed = format!("{before}\nverified_on = 2026-11-29\n{after}");
        fs::write(dir.path().join("safety/helplines.toml"), signed).unwrap();
        let report = Content::load(dir.path()).report;
        let text = report.to_string();
        assert!(
            lines(&report).contains("`verified_on` has to stand in quotation marks"),
            "{text}"
        );
        assert!(
            text.contains("write verified_on = \"2026-11-29\""),
            "{text}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_a_problem_and_not_waited_for() {
        for name in ["x.toml", "tests.toml", "safety/x.toml"] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("a.toml"), FAQ).unwrap();
            fs::create_dir(dir.path().join("safety")).unwrap();
            let made = std::process::Command::new("mkfifo")
                .arg(dir.path().join(name))
                .status();
            assert!(made.unwrap().success());
            let report = Content::load_with_questions(dir.path(), None).report;
            assert!(
                lines(&report).contains(&format!("{name}:1:1 this is a pipe or a device")),
                "{report}"
            );
        }
    }

    #[test]
    fn a_folder_with_the_name_of_a_file_is_a_problem() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), FAQ).unwrap();
        fs::create_dir_all(dir.path().join("safety/helplines.toml")).unwrap();
        let report = Content::load(dir.path()).report;
        assert!(
            lines(&report).contains("helplines.toml:1:1 this is a folder, and its name is"),
            "{report}"
        );
    }

    /// What is wrong with the `safety` folder that `make` puts in place.
    #[cfg(unix)]
    #[track_caller]
    fn check_safety(make: impl Fn(&Path) -> io::Result<()>, expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.toml"), FAQ).unwrap();
        make(&dir.path().join("safety")).unwrap();
        let loaded = Content::load(dir.path());
        let found = lines(&loaded.report).replace(&format!("{}/", dir.path().display()), "");
        assert_eq!(found, expected);
        assert_eq!(loaded.content.is_some(), expected.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn only_a_safety_folder_that_is_not_there_may_be_missing() {
        use std::os::unix::fs::symlink;

        check_safety(|_| Ok(()), "");
        check_safety(|safety| fs::create_dir(safety), "");
        check_safety(
            |safety| fs::write(safety, "mine"),
            "error safety:1:1 this is a file, and a folder is needed ()\n",
        );
        check_safety(
            |safety| symlink("gone", safety),
            "error safety:1:1 this folder points to one that is gone ()\n",
        );
        check_safety(
            |safety| {
                fs::create_dir(safety)?;
                symlink("gone", safety.join("helplines.toml"))
            },
            "error safety/helplines.toml:1:1 this file points to one that is gone ()\n",
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_may_not_be_opened_is_a_problem() {
        for problem in [folder_problem, safety_folder_problem] {
            let (message, help) = problem(&io::ErrorKind::PermissionDenied.into());
            assert_eq!(message, "this folder may not be read");
            assert!(help.contains("the user who runs askwell"), "{help}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.txt"), FAQ).unwrap();
        std::os::unix::fs::symlink(dir.path().join("a.txt"), dir.path().join("a.toml")).unwrap();
        assert!(Content::load(dir.path()).content.is_some());
        std::os::unix::fs::symlink(dir.path().join("gone"), dir.path().join("b.toml")).unwrap();
        let report = Content::load(dir.path()).report;
        assert!(
            lines(&report).contains("b.toml:1:1 this file points to one that is gone"),
            "{report}"
        );
    }
}
