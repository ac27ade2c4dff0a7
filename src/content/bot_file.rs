//! `bot.toml`: the bot's name, its fixed texts, and how it matches.

use std::collections::HashMap;

use super::Calibration;
use crate::conversation::{Profile, Wording};
use crate::knowledge::fields::{Fields, Table};
use crate::knowledge::findings::{Findings, Text};
use crate::knowledge::hints::{listed, similar};
use crate::knowledge::{
    Code, EntryId, Ids, Parsed, Place, Problem, counted, folded, link, markdown, twice_offered,
};
use crate::markup::filled;
use crate::matching;

/// Longest text of `[wording]` and longest contact, in UTF-16 units: `/start` and "no
/// answer" put three or four of them into one message of 4,096.
const MAX_WORDING: usize = 1_000;

/// Most example questions that `/start` offers.
const MAX_EXAMPLES: usize = 3;

/// Reads `bot.toml`, which speaks of the entries that were `parsed`; what is wrong keeps its default.
pub(super) fn read(
    file: usize,
    text: &str,
    parsed: &Parsed<'_>,
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
        profile.name = name.one_line().into_owned();
    }
    let contact = fields.optional("contact", findings_mut);
    profile.contact = contact.map(|text| markdown::parse(&text, MAX_WORDING, findings_mut));
    let privacy_url = fields.optional("privacy_url", findings_mut);
    profile.privacy_url = privacy_url.and_then(|text| link::checked(&text, findings_mut));
    let examples = fields.list("examples", findings_mut).unwrap_or_default();
    profile.examples = read_examples(&examples, &parsed.ids, findings_mut);
    if let Some(table) = fields.table("wording", Table::Wording, findings_mut) {
        profile.wording = read_wording(table, &profile.name, findings_mut);
    }
    let settings = fields
        .table("matching", Table::Matching, findings_mut)
        .map(|table| read_matching(table, parsed, findings_mut))
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
    for (nth, text) in texts.iter().enumerate() {
        let is_twice = texts[..nth].iter().any(|it| it.value == text.value);
        if is_twice && ids.may_hold(&text.value) {
            findings.push(twice_offered(findings, text));
        }
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
    parsed: &Parsed<'_>,
    findings: &mut Findings<'i>,
) -> (matching::Settings, Calibration) {
    let mut calibration = Calibration::default();
    if let Some(percent) = table.percent("wrong_answer_budget_percent", findings) {
        calibration.wrong_answer_budget_percent = percent;
    }
    if let Some(text) = table.optional("calibrated_on", findings) {
        calibration.stamp = matching::Stamp::parse(&text.value);
        calibration.stamp_place = Some(findings.place(&text.mark));
        if calibration.stamp.is_none() {
            let problem = Problem::error(Code::WrongKind, findings.place(&text.mark), "this is not what `askwell calibrate` writes")
                .label("cannot be read")
                .help("it tells whether the thresholds still fit the content; take the line out, and run `askwell calibrate`");
            findings.push(problem);
        }
    }
    let mut settings = matching::Settings::default();
    let places = ["threshold", "clarify_threshold"].map(|it| table.place(it, findings));
    if let Some(threshold) = table.share("threshold", findings) {
        settings.threshold = threshold;
    }
    if let Some(clarify_threshold) = table.share("clarify_threshold", findings) {
        settings.clarify_threshold = clarify_threshold;
    }
    check_thresholds(&settings, places, findings);
    if let Some(margin) = table.share("margin", findings) {
        settings.margin = margin;
    }
    if let Some(encoder_threshold) = table.share("encoder_threshold", findings) {
        settings.encoder_threshold = encoder_threshold;
    }
    for (span, words) in table.groups("synonyms", findings) {
        if words.len() < 2 {
            let problem = Problem::error(Code::SmallGroup, findings.place(&span), "this group has fewer than two words")
                .label(format!("{} here", counted(words.len(), "word", "words")))
                .help("a group lists words that mean the same, so alone a word does nothing; add another, or take the group out");
            findings.push(problem);
            continue;
        }
        settings.synonyms.push(lines(&words));
    }
    let out_of_scope = table.list("out_of_scope", findings).unwrap_or_default();
    check_out_of_scope(&out_of_scope, parsed, findings);
    settings.out_of_scope = lines(&out_of_scope);
    table.finish_with(findings, above_tables);
    (settings, calibration)
}

fn lines(texts: &[Text<'_>]) -> Vec<String> {
    let lines = texts.iter().map(|it| it.one_line().into_owned());
    lines.collect()
}

/// Warns of thresholds that leave no room for an answer.
fn check_thresholds(
    settings: &matching::Settings,
    [threshold, clarify_threshold]: [Option<Place>; 2],
    findings: &mut Findings<'_>,
) {
    let mut warn = |place: Option<Place>, message: &str, label: String, help: &str| {
        if let Some(place) = place {
            let problem = Problem::warning(Code::OddThresholds, place, message);
            findings.push(problem.label(label).help(help));
        }
    };
    let (answers, asks) = (settings.threshold, settings.clarify_threshold);
    if answers < asks {
        warn(
            clarify_threshold.or(threshold.clone()),
            "`clarify_threshold` is above `threshold`",
            format!("{asks} is above {answers}"),
            "what is sure enough for an answer would get none; make it the lower one, or run `askwell calibrate`",
        );
    }
    if answers >= 1.0 {
        warn(
            threshold,
            "hardly anything is as sure as this",
            "never below 1".to_owned(),
            "the bot would ask back nearly always; run `askwell calibrate`, or choose 0.99 at most",
        );
    }
}

/// Warns of a question that an entry has word for word, and of one without words.
fn check_out_of_scope(questions: &[Text<'_>], parsed: &Parsed<'_>, findings: &mut Findings<'_>) {
    let mut listed: HashMap<String, &Text<'_>> = HashMap::new();
    for question in questions {
        let words = folded(&question.value);
        if words.is_empty() {
            let place = findings.place(&question.mark);
            let problem = Problem::warning(Code::Empty, place, "this question has no words")
                .label("only signs here")
                .help("no message can be near to it; take it out, or write what people ask");
            findings.push(problem);
        } else {
            listed.insert(words, question);
        }
    }
    if listed.is_empty() {
        return;
    }
    for (entry, marks) in parsed.knowledge.entries().iter().zip(&parsed.marks) {
        let places = std::iter::once(&marks.title).chain(&marks.variants);
        let wordings = std::iter::once(&entry.title).chain(&entry.variants);
        for (wording, place) in wordings.zip(places) {
            let Some(question) = listed.remove(&folded(wording)) else {
                continue;
            };
            let problem = Problem::warning(
                Code::OutOfScope,
                findings.place(&question.mark),
                "this question is listed as out of scope, and an entry answers it",
            )
            .label("out of scope here")
            .help("what is near to it is answered less readily; take it out of `out_of_scope`, or out of the entry")
            .other(place.clone(), "a wording here");
            findings.push(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::content::{Content, Loaded};
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
             [matching]\nthreshold = 0.25\nmargin = 0\nsynonyms = [['a', 'b  c']]\nout_of_scope = ['Any  fees?']\n",
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
        assert_eq!(settings.out_of_scope, ["Any fees?"]);
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
                "1:30 this entry is offered already (for the second time)",
                "1:39 there are more than three examples (the fourth)",
                "1:39 this entry is offered already (for the second time)",
                "3:13 `threshold` has to be a number from 0 to 1 (outside that range)",
                "4:10 `margin` has to be a number from 0 to 1 (this is a text)",
                "5:13 this group has fewer than two words (1 word here)",
                "5:20 `synonyms` has to be a list of groups (this is a text)",
                "5:25 this group has fewer than two words (1 word here)",
                "5:31 each item of `synonyms` has to be a text (this is a number)",
            ],
        );
    }

    #[test]
    fn thresholds_leave_room_for_an_answer() {
        check(
            "[matching]\nthreshold = 0.6\nclarify_threshold = 0.7",
            &["3:21 `clarify_threshold` is above `threshold` (0.7 is above 0.6)"],
        );
        check(
            "[matching]\nthreshold = 0.2",
            &["2:13 `clarify_threshold` is above `threshold` (0.45 is above 0.2)"],
        );
        check(
            "[matching]\nthreshold = 1\nclarify_threshold = 1.0",
            &["2:13 hardly anything is as sure as this (never below 1)"],
        );
        check(
            "[matching]\nthreshold = 0.99\nclarify_threshold = 0.99",
            &[],
        );
    }

    #[test]
    fn a_question_out_of_scope_is_no_wording_and_has_words() {
        check(
            "[matching]\nout_of_scope = ['Fees?', 'Opening  HOURS?', '?!', 'fees', 3]",
            &[
                "2:26 this question is listed as out of scope, and an entry answers it (out of scope here)",
                "2:45 this question has no words (only signs here)",
                "2:59 each item of `out_of_scope` has to be a text (this is a number)",
            ],
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
}
