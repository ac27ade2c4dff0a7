//! A content folder, read whole: the knowledge base and the settings of `bot.toml`, or
//! every problem that was found.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::calibrate::Stamp;
use crate::conversation::{Assistant, Profile, Wording};
use crate::knowledge::fields::{Fields, Findings, Table, Text, listed, similar};
use crate::knowledge::{
    self, AllRead, Code, EntryId, Ids, KnowledgeBase, Marks, Place, Problem, Question, Report,
    Source, counted, link, markdown, questions,
};
use crate::markup::filled;
use crate::matching;
use crate::safety::{CrisisTexts, Safety, Screen};

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
    pub stamp: Option<Stamp>,
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

/// Longest text of `[wording]` and longest contact, in UTF-16 units: `/start` and "no
/// answer" put three or four of them into one message of 4,096.
const MAX_WORDING: usize = 1_000;

/// Most example questions that `/start` offers.
const MAX_EXAMPLES: usize = 3;

impl Content {
    /// Reads a folder. Never fails: what keeps it from being used is in the report.
    ///
    /// Looked at are the files named `*.toml` right in the folder, sorted by name; hidden
    /// ones and `tests.toml` are left out.
    #[must_use]
    pub fn load(dir: &Path) -> Loaded {
        Folder::read_all(dir).parse(dir, None)
    }

    /// The same with labelled questions, from `tests.toml` in the folder or from another file.
    /// An error in them keeps the content from being used too; a bot that runs doesn't read them.
    #[must_use]
    pub fn load_with_questions(dir: &Path, file: Option<&Path>) -> Loaded {
        let mut folder = Folder::read_all(dir);
        let in_folder = dir.join(TESTS_FILE);
        let path = file.unwrap_or(&in_folder);
        if file.is_some() || path.exists() {
            folder.read(path.to_owned());
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

/// The files of a content folder on their way to be parsed.
#[derive(Default)]
struct Folder {
    sources: Vec<Source>,
    /// Numbers of the sources that hold content, in order.
    readable: Vec<usize>,
    problems: Vec<Problem>,
}

impl Folder {
    fn read_all(dir: &Path) -> Self {
        let mut folder = Self::default();
        match toml_files(dir) {
            Ok(paths) => paths.into_iter().for_each(|path| folder.read(path)),
            Err(error) => {
                let (message, help) = folder_problem(&error);
                folder.unreadable(dir.to_owned(), &message, help);
            }
        }
        // Optional: without it the built-in rules and a neutral text hold.
        for path in toml_files(&dir.join(SAFETY_DIR)).unwrap_or_default() {
            folder.read(path);
        }
        folder
    }

    fn read(&mut self, path: PathBuf) {
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

    fn add(&mut self, path: PathBuf, mut text: String) {
        // Some editors begin a UTF-8 file with a byte order mark.
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        self.readable.push(self.sources.len());
        self.sources.push(Source { path, text });
    }

    /// `tests` is the file with labelled questions, if it is wanted and there.
    fn parse(mut self, dir: &Path, tests: Option<&Path>) -> Loaded {
        let sources = &self.sources;
        let is_bot = |file: &usize| sources[*file].path.file_name() == Some(OsStr::new(BOT_FILE));
        let text = |file: usize| (file, sources[file].text.as_str());
        let safety_dir = dir.join(SAFETY_DIR);
        let (safety, content): (Vec<usize>, Vec<usize>) = (self.readable.iter().copied())
            .partition(|file| sources[*file].path.parent() == Some(&safety_dir));
        let is_tests = |file: &usize| Some(sources[*file].path.as_path()) == tests;
        let (tests, content): (Vec<usize>, Vec<usize>) = content.into_iter().partition(is_tests);
        let (bot, articles): (Vec<usize>, Vec<usize>) = content.into_iter().partition(is_bot);
        let safety = read_safety(&safety, sources).unwrap_or_else(|found| {
            self.problems.extend(found);
            Safety::builtin()
        });
        let all_read = if self.problems.is_empty() {
            AllRead::Yes
        } else {
            AllRead::No
        };

        let parsed = knowledge::parse(articles.iter().copied().map(text), all_read);
        let (knowledge, marks) = (parsed.knowledge, parsed.marks);
        self.problems.extend(parsed.problems);
        let mut profile = Profile::default();
        let mut settings = matching::Settings::default();
        let mut calibration = Calibration::default();
        if let Some((file, text)) = bot.first().copied().map(text) {
            let found;
            (profile, (settings, calibration), found) = read_bot(file, text, &parsed.ids);
            self.problems.extend(found);
        }
        let mut labelled = Vec::new();
        if let Some((file, text)) = tests.first().copied().map(text) {
            let found;
            (labelled, found) = questions::parse(file, text, &parsed.ids);
            self.problems.extend(found);
        }
        if articles.is_empty() && self.problems.is_empty() {
            let place = Place {
                file: self.sources.len(),
                span: None,
            };
            let problem = Problem::error(Code::NoContent, place, "there is no article in this folder").help(
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

/// The crisis screen with the operator's own rules and texts.
fn read_safety(files: &[usize], sources: &[Source]) -> Result<Safety, Vec<Problem>> {
    let is_texts = |file: &&usize| sources[**file].path.ends_with(HELPLINES_FILE);
    let problem = |file: usize, message: String| {
        let place = Place { file, span: None };
        Problem::error(Code::Safety, place, message).help(
            "a message about danger to life might not be noticed; mend it, or take the file away to use the built-in one",
        )
    };
    let path = |file: usize| sources[file].path.to_string_lossy();
    let mut problems = Vec::new();

    let mut texts = CrisisTexts::neutral();
    if let Some(&file) = files.iter().find(is_texts) {
        match CrisisTexts::parse(&path(file), &sources[file].text) {
            Ok(parsed) => texts = parsed,
            Err(error) => problems.push(problem(file, chain(&error))),
        }
    }
    let rules: Vec<usize> = files.iter().filter(|it| !is_texts(it)).copied().collect();
    let named: Vec<(String, &str)> = rules
        .iter()
        .map(|&file| (path(file).into_owned(), sources[file].text.as_str()))
        .collect();
    let borrowed: Vec<(&str, &str)> = named
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    match Screen::with_rules(&borrowed) {
        Ok(screen) if problems.is_empty() => return Ok(Safety { screen, texts }),
        Ok(_) => {}
        Err(errors) => problems.extend(errors.iter().map(|error| {
            let message = chain(error);
            let of_error = |&&file: &&usize| message.contains(&*path(file));
            problem(
                rules.iter().find(of_error).copied().unwrap_or_default(),
                message.clone(),
            )
        })),
    }
    Err(problems)
}

/// An error with its causes, on one line each.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}\n{}", error.to_string().trim_end());
        cause = error.source();
    }
    words
}

/// Content files of a folder, sorted by name.
fn toml_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(name) = path.file_name().map(OsStr::to_string_lossy) else {
            continue;
        };
        let is_toml = path
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("toml"));
        if is_toml && !name.starts_with('.') && name != TESTS_FILE && !path.is_dir() {
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

/// The same for one file.
fn file_problem(error: &io::Error) -> (String, &'static str) {
    match error.kind() {
        io::ErrorKind::NotFound => (
            "this file points to one that is gone".to_owned(),
            "nothing in it can be answered; put the file back, or take this one away",
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

/// Reads `bot.toml`; what is wrong keeps its default.
fn read_bot(
    file: usize,
    text: &str,
    ids: &Ids<'_>,
) -> (Profile, (matching::Settings, Calibration), Vec<Problem>) {
    let (mut findings, fields) = Findings::read(file, text);
    let findings_mut = &mut findings;
    let mut fields = fields.of(Table::Bot);
    let mut profile = Profile::default();
    if let Some(name) = fields.optional("name", findings_mut) {
        check_length(
            &name,
            &name.one_line(),
            MAX_NAME,
            "Telegram cuts a longer name off",
            findings_mut,
        );
        profile.name = name.one_line();
    }
    let contact = fields.optional("contact", findings_mut);
    profile.contact = contact.map(|text| markdown::parse(&text, MAX_WORDING, findings_mut));
    let privacy_url = fields.optional("privacy_url", findings_mut);
    profile.privacy_url = privacy_url.and_then(|text| link::checked(&text, findings_mut));
    let examples = fields.list("examples", findings_mut).unwrap_or_default();
    profile.examples = read_examples(&examples, ids, findings_mut);
    if let Some(table) = fields.table("wording", Table::Wording, findings_mut) {
        profile.wording = read_wording(table, &profile.name, findings_mut);
    }
    let settings = fields
        .table("matching", Table::Matching, findings_mut)
        .map(|table| read_matching(table, findings_mut))
        .unwrap_or_default();
    fields.finish_with(findings_mut, |key| {
        Wording::KEYS
            .contains(&key)
            .then(|| "belongs under [wording]".to_owned())
    });
    findings.report_placeholders();
    (profile, settings, findings.problems)
}

fn read_examples<'i>(
    texts: &[Text<'i>],
    ids: &Ids<'_>,
    findings: &mut Findings<'i>,
) -> Vec<EntryId> {
    if let Some(fourth) = texts.get(MAX_EXAMPLES) {
        let problem = Problem::error(Code::TooManyExamples, findings.place(&fourth.mark), "there are more than three examples")
            .label("the fourth")
            .help("/start offers up to three, so that people still see where to type; keep the three best");
        findings.push(problem);
    }
    for text in texts.iter().filter(|text| !ids.may_hold(&text.value)) {
        let label = match ids.similar(&text.value) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "names nothing".to_owned(),
        };
        let problem = Problem::error(
            Code::UnknownId,
            findings.place(&text.mark),
            "no entry has this id",
        )
        .label(label)
        .help("/start offers it as an example question; give the id of a [[faq]]");
        findings.push(problem);
    }
    texts
        .iter()
        .filter_map(|text| EntryId::new(&text.value))
        .collect()
}

/// Telegram's limits: for a bot's name, see setMyName.
const MAX_NAME: usize = 64;

/// What Telegram or a phone's screen allows for a key of `[wording]`, in UTF-16 units.
fn limit(key: &str) -> Option<(usize, &'static str)> {
    match key {
        "description" => Some((
            512,
            "Telegram shows it before somebody presses Start, and takes no more",
        )),
        "short_description" => Some((
            120,
            "Telegram shows it on the bot's page, and takes no more",
        )),
        _ if key.starts_with("command_") => Some((
            256,
            "it stands in the menu of commands, and Telegram takes no more",
        )),
        "read_more" | "none_of_these" | "meant_else" | "topics_label" | "next_page"
        | "previous_page" | "privacy_policy" => {
            Some((64, "it stands on a button, and a phone shows no more"))
        }
        _ => None,
    }
}

/// The placeholders of a key, as `conversation::wording` documents them.
fn placeholders(key: &str) -> &'static [&'static str] {
    match key {
        "read_more" | "source_undated" => &["name", "title"],
        "source" => &["name", "title", "date"],
        "privacy_memory" | "privacy_file" | "privacy_database" => &["name", "hours"],
        "forget_messages" => &["name", "count"],
        "quiet_removes" => &["name", "minutes"],
        _ => &["name"],
    }
}

fn read_wording<'i>(mut table: Fields<'i>, name: &str, findings: &mut Findings<'i>) -> Wording {
    let mut wording = Wording::default();
    for key in Wording::KEYS {
        let Some(text) = table.optional(key, findings) else {
            continue;
        };
        check_placeholders(&text, placeholders(key), findings);
        if let Some((max, reason)) = limit(key) {
            check_length(
                &text,
                &filled(text.value.trim(), &[("name", name)]),
                max,
                reason,
                findings,
            );
        } else {
            markdown::parse(&text, MAX_WORDING, findings);
        }
        if let Some(slot) = wording.text_mut(key) {
            text.value.trim().clone_into(slot);
        }
    }
    table.finish_with(findings, above_tables);
    wording
}

/// A top key of `bot.toml` that slid under a heading.
fn above_tables(key: &str) -> Option<String> {
    ["name", "contact", "privacy_url", "examples"]
        .contains(&key)
        .then(|| "belongs above the first [heading] of the file".to_owned())
}

fn check_length(
    text: &Text<'_>,
    shown: &str,
    max: usize,
    reason: &str,
    findings: &mut Findings<'_>,
) {
    let units = shown.encode_utf16().count();
    if units > max {
        let problem = Problem::error(
            Code::TooLong,
            findings.place(&text.mark),
            "this text is too long for its place",
        )
        .label(format!("{units} characters, and {max} fit"))
        .help(format!("{reason}; shorten it"));
        findings.push(problem);
    }
}

fn check_placeholders(text: &Text<'_>, allowed: &[&str], findings: &mut Findings<'_>) {
    for (at, _) in text.value.match_indices('{') {
        let after = &text.value[at + 1..];
        let Some(word) = after.find('}').map(|end| &after[..end]) else {
            continue;
        };
        let is_word = !word.is_empty()
            && word
                .chars()
                .all(|char| char.is_alphanumeric() || matches!(char, '_' | ' '));
        if !is_word || allowed.contains(&word) {
            continue;
        }
        let label = match similar(word.trim(), allowed.iter().copied()) {
            Some(meant) => format!("did you mean `{{{meant}}}`?"),
            None => "not known here".to_owned(),
        };
        let mark = markdown::place_in_source(text, &(at..at + word.len() + 2), findings.text);
        let mark = mark.unwrap_or_else(|| text.mark.clone());
        let braced: Vec<String> = allowed.iter().map(|word| format!("{{{word}}}")).collect();
        let braced: Vec<&str> = braced.iter().map(String::as_str).collect();
        let problem = Problem::error(
            Code::UnknownPlaceholder,
            findings.place(&mark),
            "this placeholder has no meaning here",
        )
        .label(label)
        .help(format!(
            "people would read the braces themselves; this text can hold {}",
            listed(&braced)
        ));
        findings.push(problem);
    }
}

fn read_matching<'i>(
    mut table: Fields<'i>,
    findings: &mut Findings<'i>,
) -> (matching::Settings, Calibration) {
    let mut calibration = Calibration::default();
    if let Some(percent) = table.percent("wrong_answer_budget_percent", findings) {
        calibration.wrong_answer_budget_percent = percent;
    }
    if let Some(text) = table.optional("calibrated_on", findings) {
        calibration.stamp = Stamp::parse(&text.value);
        calibration.stamp_place = Some(findings.place(&text.mark));
        if calibration.stamp.is_none() {
            let problem = Problem::error(Code::WrongKind, findings.place(&text.mark), "this is not what `askwell calibrate` writes")
                .label("cannot be read")
                .help("it tells whether the thresholds still fit the content; take the line out, and run `askwell calibrate`");
            findings.push(problem);
        }
    }
    let mut settings = matching::Settings::default();
    if let Some(threshold) = table.share("threshold", findings) {
        settings.threshold = threshold;
    }
    if let Some(clarify_threshold) = table.share("clarify_threshold", findings) {
        settings.clarify_threshold = clarify_threshold;
    }
    if let Some(margin) = table.share("margin", findings) {
        settings.margin = margin;
    }
    for (span, words) in table.groups("synonyms", findings) {
        if words.len() < 2 {
            let problem = Problem::error(Code::SmallGroup, findings.place(&span), "this group has fewer than two words")
                .label(format!("{} here", counted(words.len(), "word", "words")))
                .help("a group lists words that mean the same, so alone a word does nothing; add another, or take the group out");
            findings.push(problem);
            continue;
        }
        settings
            .synonyms
            .push(words.iter().map(Text::one_line).collect());
    }
    table.finish_with(findings, above_tables);
    (settings, calibration)
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
    use std::fmt::Write as _;

    use super::*;
    use crate::knowledge::testing::lines;

    const FAQ: &str = "[[faq]]\nid = 'hours'\nquestion = 'When are you open?'\nanswer = 'From nine.'\nvariants = ['opening hours']\n";

    fn with_bot(bot: &str) -> Loaded {
        Content::parse(vec![
            ("faq/bot.toml".into(), bot.into()),
            ("faq/a.toml".into(), FAQ.into()),
        ])
    }

    /// Compares all problems of a `bot.toml` beside one sound article.
    #[track_caller]
    fn check(bot: &str, expected: &[&str]) {
        let lines = lines(&with_bot(bot).report);
        let found: Vec<&str> = lines
            .lines()
            .map(|line| line.split_once("bot.toml:").map_or(line, |it| it.1))
            .collect();
        assert_eq!(found, expected, "\n{lines}");
    }

    #[test]
    fn without_settings_there_are_defaults() {
        for loaded in [
            with_bot(""),
            Content::parse(vec![("faq/a.toml".into(), FAQ.into())]),
        ] {
            assert_eq!(
                (loaded.n_entries, loaded.n_articles, loaded.n_files),
                (1, 0, 1)
            );
            let content = loaded.content.unwrap();
            assert_eq!(
                content.profile,
                Profile {
                    name: "Askwell".into(),
                    ..Profile::default()
                }
            );
            assert_eq!(content.matching, matching::Settings::default());
        }
    }

    #[test]
    fn settings_replace_defaults() {
        let content = with_bot(
            "name = ' Anna  Bot '\ncontact = '**Call** us'\nexamples = ['hours']\n\
             [wording]\ngreeting = ' Hi, {name}. '\nsource = '{title}, {date}'\n\
             [matching]\nthreshold = 0.25\nmargin = 0\nsynonyms = [['a', 'b  c']]\n",
        )
        .content
        .unwrap();
        assert_eq!(content.profile.name, "Anna Bot");
        assert_eq!(
            content.profile.contact.unwrap().telegram_html(),
            "<b>Call</b> us"
        );
        assert_eq!(content.profile.examples, [EntryId::new("hours").unwrap()]);
        assert_eq!(content.profile.wording.greeting, "Hi, {name}.");
        assert_eq!(content.profile.wording.source, "{title}, {date}");
        assert_eq!(content.profile.wording.thanks, Wording::default().thanks);
        let settings = content.matching;
        assert_eq!(
            (settings.threshold.to_string(), settings.margin.to_string()),
            ("0.25".into(), "0".into())
        );
        assert_eq!(settings.synonyms, [["a", "b c"]]);
    }

    #[test]
    fn a_key_in_the_wrong_place_says_where_it_belongs() {
        check(
            "greting = 'x'",
            &["1:1 `greting` has no meaning in bot.toml (not a known key)"],
        );
        check(
            "greeting = 'x'",
            &["1:1 `greeting` has no meaning in bot.toml (belongs under [wording])"],
        );
        check(
            "[wording]\ngreting = 'x'\ncontact = 'x'",
            &[
                "2:1 `greting` has no meaning in [wording] (did you mean `greeting`?)",
                "3:1 `contact` has no meaning in [wording] (belongs above the first [heading] of the file)",
            ],
        );
        check(
            "[matching]\ntreshold = 1",
            &["2:1 `treshold` has no meaning in [matching] (did you mean `threshold`?)"],
        );
    }

    #[test]
    fn a_placeholder_stands_for_something() {
        check(
            "[wording]\nstart = 'I am {nmae} {title} {} {a, b} {'\nsource = '{title} {date} {name}'\nread_more = '{titel}'",
            &[
                "2:15 this placeholder has no meaning here (did you mean `{name}`?)",
                "2:22 this placeholder has no meaning here (not known here)",
                "4:14 this placeholder has no meaning here (did you mean `{title}`?)",
            ],
        );
    }

    #[test]
    fn texts_fit_their_place() {
        let text = |n| "x".repeat(n);
        for (bot, expected) in [
            (
                format!("name = '{}'", text(65)),
                Some("1:8 this text is too long for its place (65 characters, and 64 fit)"),
            ),
            (
                format!("contact = '{}'", text(1_001)),
                Some(
                    "1:11 this text is too long for one message (1,001 characters, and 1,000 fit)",
                ),
            ),
            (format!("[wording]\ndescription = '{}'", text(512)), None),
            (
                format!("[wording]\ndescription = '{}'", text(513)),
                Some("2:15 this text is too long for its place (513 characters, and 512 fit)"),
            ),
            (
                format!("[wording]\nshort_description = '{}'", text(121)),
                Some("2:21 this text is too long for its place (121 characters, and 120 fit)"),
            ),
            (
                format!(
                    "name = '{}'\n[wording]\nshort_description = '{}{{name}}'",
                    text(64),
                    text(60)
                ),
                Some("3:21 this text is too long for its place (124 characters, and 120 fit)"),
            ),
        ] {
            check(&bot, expected.as_slice());
        }
    }

    #[test]
    fn numbers_and_groups_have_their_form() {
        check(
            "examples = ['hour', 'hours', 'hours', 'hours']\n[matching]\nthreshold = 1.5\nmargin = 'x'\nsynonyms = [['a'], 'b', ['c', 3]]",
            &[
                "1:13 no entry has this id (did you mean `hours`?)",
                "1:39 there are more than three examples (the fourth)",
                "3:13 `threshold` has to be a number from 0 to 1 (outside that range)",
                "4:10 `margin` has to be a number from 0 to 1 (this is a text)",
                "5:13 this group has fewer than two words (1 word here)",
                "5:20 `synonyms` has to be a list of groups (this is a text)",
                "5:25 this group has fewer than two words (1 word here)",
                "5:31 each item of `synonyms` has to be a text (this is a number)",
            ],
        );
    }

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

    #[test]
    fn every_default_text_passes_its_own_check() {
        let mut wording = Wording::default();
        let mut bot = "[wording]\n".to_owned();
        for key in Wording::KEYS {
            let text = wording.text_mut(key).unwrap();
            writeln!(bot, "{key} = {}", toml::Value::from(text.as_str())).unwrap();
        }
        let loaded = with_bot(&bot);
        assert_eq!(loaded.report.summary(), "no problems", "{}", loaded.report);
        assert_eq!(loaded.content.unwrap().profile.wording, Wording::default());
    }

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
