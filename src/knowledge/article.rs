//! One content file to drafts of its entries: everything that can be checked without
//! knowing the other files.

use std::borrow::Cow;
use std::ops::Range;

use crate::markup::Document;

use super::code::Code;
use super::fields::{Fields, Table};
use super::findings::{Findings, Text};
use super::hints::similar;
use super::ids::without_item;
use super::markdown::{self, MAX_ANSWER};
use super::problem::{Place, Problem};
use super::{EntryId, EntryKind, link};

/// Languages that the analyzer can stem, as BCP 47 primary tags.
pub const LANGUAGES: &[&str] = &[
    "ar", "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ro", "ru", "sv",
    "ta", "tr",
];

/// A file as it was read.
pub(super) struct ArticleFile<'i> {
    pub(super) findings: Findings<'i>,
    pub(super) article: Option<ArticleDraft>,
    /// In the order of the file.
    pub(super) drafts: Vec<Draft<'i>>,
    pub(super) language: Cow<'static, str>,
}

/// What the `[article]` table says beyond its entry.
pub(super) struct ArticleDraft {
    pub(super) url: Option<String>,
    pub(super) reviewed: Option<String>,
}

/// An entry whose references are not followed yet. A text that is missing has been
/// reported, so the draft will never become an entry.
pub(super) struct Draft<'i> {
    pub(super) kind: EntryKind,
    pub(super) header: Range<usize>,
    pub(super) id: Option<Text<'i>>,
    pub(super) title: Option<Text<'i>>,
    pub(super) variants: Vec<Text<'i>>,
    pub(super) answer: Document,
    pub(super) url: Option<String>,
    pub(super) anchor: Option<String>,
    pub(super) section: Option<Text<'i>>,
    pub(super) related: Vec<Text<'i>>,
    pub(super) allow: Vec<Text<'i>>,
    pub(super) valid: (Option<String>, Option<String>),
}

pub(super) fn read(file: usize, text: &str) -> ArticleFile<'_> {
    let (mut findings, mut fields) = Findings::read(file, text);
    let findings_mut = &mut findings;
    let mut article = None;
    let mut language = Cow::Borrowed("en");
    let mut drafts = Vec::new();
    fields.skip("import");
    if let Some(mut table) = fields.table("article", Table::Article, findings_mut) {
        let mut draft = Draft::read(EntryKind::Article, &mut table, findings_mut);
        if let Some(text) = table.optional("language", findings_mut) {
            language = checked_language(&text, findings_mut).unwrap_or(language);
        }
        let reviewed = table.date("reviewed", findings_mut);
        article = Some(ArticleDraft {
            url: draft.url.clone(),
            reviewed,
        });
        draft.header = table.header.clone();
        table.finish(findings_mut);
        drafts.push(draft);
    }
    for (key, table, kind) in [
        ("section", Table::Section, EntryKind::Section),
        ("faq", Table::Faq, EntryKind::Faq),
        ("related", Table::Related, EntryKind::Related),
    ] {
        for mut table in fields.tables(key, table, findings_mut) {
            drafts.push(Draft::read(kind, &mut table, findings_mut));
            table.finish(findings_mut);
        }
    }
    fields.finish_with(findings_mut, |key| {
        ENTRY_KEYS
            .contains(&key)
            .then(|| "belongs under a heading such as [[faq]]".to_owned())
    });
    drafts.sort_by_key(|draft| draft.header.start);
    check_file(&drafts, findings_mut);
    ArticleFile {
        findings,
        article,
        drafts,
        language,
    }
}

/// Keys that only mean something in an entry.
const ENTRY_KEYS: &[&str] = &[
    "id", "title", "heading", "question", "answer", "summary", "url", "anchor", "variants",
];

impl<'i> Draft<'i> {
    fn read(kind: EntryKind, table: &mut Fields<'i>, findings: &mut Findings<'i>) -> Self {
        let (title, answer) = match kind {
            EntryKind::Faq => ("question", "answer"),
            EntryKind::Section => ("heading", "answer"),
            EntryKind::Article | EntryKind::Related => ("title", "summary"),
        };
        let mut draft = Self {
            kind,
            header: table.header.clone(),
            id: table.required("id", findings),
            title: table.required(title, findings),
            variants: Vec::new(),
            answer: table
                .required(answer, findings)
                .map(|text| markdown::parse(&text, MAX_ANSWER, findings))
                .unwrap_or_default(),
            url: None,
            anchor: None,
            section: None,
            related: Vec::new(),
            allow: table.list("allow", findings).unwrap_or_default(),
            valid: (
                table.date("valid_from", findings),
                table.date("valid_until", findings),
            ),
        };
        match kind {
            EntryKind::Article | EntryKind::Related => {
                draft.url = table
                    .required("url", findings)
                    .and_then(|text| link::checked(&text, findings));
            }
            EntryKind::Section => {
                draft.anchor = table
                    .optional("anchor", findings)
                    .map(|text| text.value.trim().to_owned());
            }
            EntryKind::Faq => {
                draft.section = table.optional("section", findings);
                draft.related = table.list("related", findings).unwrap_or_default();
            }
        }
        if let Some(title) = &draft.title {
            check_title(title, findings);
        }
        if let Some(id) = &draft.id {
            check_id(id, findings);
        }
        let n_problems = findings.problems.len();
        draft.variants = table.list("variants", findings).unwrap_or_default();
        table.skip("imported");
        check_repeats(&draft.variants, findings);
        // Faulty variants are a problem already, and so is a part that can't be read.
        if draft.variants.is_empty() && n_problems == findings.problems.len() && !table.is_broken()
        {
            let problem = Problem::warning(Code::NoVariants, findings.place(&draft.mark()), "this entry has no `variants`")
                .label("only its own words lead here")
                .help("people rarely ask in just these words; add a few ways they would put it: variants = [\"…\", \"…\"]");
            findings.push(problem);
        }
        draft
    }

    /// What to mark when the entry as a whole is meant.
    pub(super) fn mark(&self) -> Range<usize> {
        self.id
            .as_ref()
            .map_or_else(|| self.header.clone(), |id| id.mark.clone())
    }
}

/// The same wording twice in one entry.
fn check_repeats(variants: &[Text<'_>], findings: &mut Findings<'_>) {
    let lines: Vec<Cow<'_, str>> = variants.iter().map(Text::one_line).collect();
    for (index, variant) in variants.iter().enumerate() {
        let Some(first) = lines[..index].iter().position(|it| *it == lines[index]) else {
            continue;
        };
        let first = &variants[first];
        let problem = Problem::warning(
            Code::TwiceWritten,
            findings.place(&variant.mark),
            "this wording stands here twice",
        )
        .label("the second")
        .help("it does nothing, and one of the two is forgotten at the next edit; take it out")
        .other(findings.place(&first.mark), "the first")
        .fix(without_item(findings.text, &variant.span), "");
        findings.push(problem);
    }
}

fn check_file(drafts: &[Draft<'_>], findings: &mut Findings<'_>) {
    findings.report_placeholders();
    if !findings.is_sound() {
        return;
    }
    let has_article = drafts.iter().any(|draft| draft.kind == EntryKind::Article);
    if let Some(section) = drafts.iter().find(|draft| draft.kind == EntryKind::Section)
        && !has_article
    {
        let problem = Problem::error(Code::LooseSection, findings.place(&section.header), "there is a [[section]] but no [article]")
            .label("a section of which article?")
            .help("the link under an answer opens the article at this section, so begin the file with an [article] that has an id, a title, a url and a summary");
        findings.push(problem);
    }
    if drafts.is_empty() && findings.problems.is_empty() {
        let problem = Problem::warning(Code::EmptyFile, Place { file: findings.file, span: None }, "this file holds no entries")
            .help("it adds nothing to what the bot knows; write an [article] or a [[faq]] in it, or take it away");
        findings.push(problem);
    }
}

/// Longest title, heading or question, in UTF-16 units. It stands above its answer and on
/// buttons, which show about 60 characters.
const MAX_TITLE: usize = 256;

fn check_title(title: &Text<'_>, findings: &mut Findings<'_>) {
    let units = title.value.trim().encode_utf16().count();
    if units > MAX_TITLE {
        let problem = Problem::warning(Code::LongTitle, findings.place(&title.mark), "this is long for a title")
            .label(format!("{units} characters"))
            .help("people see only its beginning on buttons; say it in one short line, and put the rest into the answer");
        findings.push(problem);
    }
}

fn check_id(id: &Text<'_>, findings: &mut Findings<'_>) {
    if EntryId::new(&id.value).is_some() {
        return;
    }
    let label = if id.value.len() > EntryId::MAX_LEN {
        format!(
            "{} characters, and {} fit",
            id.value.chars().count(),
            EntryId::MAX_LEN
        )
    } else {
        let odd = id.value.chars().find(|char| !EntryId::allows(*char));
        match odd {
            Some(' ') => "has a space in it".to_owned(),
            Some(odd) => format!("has {odd:?} in it"),
            None => "does not fit".to_owned(),
        }
    };
    let problem = Problem::error(
        Code::BadId,
        findings.place(&id.mark),
        "this id does not fit into a Telegram link",
    )
    .label(label)
    .help("an id has 1 to 64 of the letters A-Z and a-z, digits, - and _, such as faq-blame");
    findings.push(problem);
}

/// The primary tag, in lower case.
fn checked_language(text: &Text<'_>, findings: &mut Findings<'_>) -> Option<Cow<'static, str>> {
    let tag = text.value.trim().to_ascii_lowercase();
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    // Bokmål and Nynorsk share the Norwegian stemmer.
    let primary = if matches!(primary, "nb" | "nn") {
        "no"
    } else {
        primary
    };
    if let Some(known) = LANGUAGES.iter().find(|known| **known == primary) {
        return Some(Cow::Borrowed(known));
    }
    let names = [
        ("english", "en"),
        ("german", "de"),
        ("deutsch", "de"),
        ("french", "fr"),
        ("spanish", "es"),
        ("dutch", "nl"),
    ];
    let meant = names
        .iter()
        .find(|(name, _)| *name == tag)
        .map(|(_, code)| *code)
        .or_else(|| similar(primary, LANGUAGES.iter().copied()));
    let problem = Problem::error(
        Code::UnknownLanguage,
        findings.place(&text.mark),
        "this language is not supported",
    )
    .label(match meant {
        Some(meant) if names.iter().any(|(name, _)| *name == tag) => {
            format!("did you mean `{meant}`?")
        }
        _ => "not a known language code".to_owned(),
    })
    .help(format!(
        "questions are matched by their word stems, which are known for {}",
        LANGUAGES.join(", ")
    ));
    let problem = match meant.filter(|_| names.iter().any(|(name, _)| *name == tag)) {
        Some(meant) => problem.fix(text.span.clone(), format!("\"{meant}\"")),
        None => problem,
    };
    findings.push(problem);
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, read};

    #[track_caller]
    fn check_faq(lines: &str, expected: &[&str]) {
        check(&[&format!("[[faq]]\n{lines}")], expected);
    }

    #[test]
    fn what_a_person_gets_to_see_is_there() {
        check_faq(
            "variants = ['x']",
            &[
                "error a.toml:1:1 this [[faq]] has no `id` (`id` is missing here)",
                "error a.toml:1:1 this [[faq]] has no `question` (`question` is missing here)",
                "error a.toml:1:1 this [[faq]] has no `answer` (`answer` is missing here)",
            ],
        );
        check_faq(
            "id = 'a'\nquestion = ' '\nanswer = \"\"\"\n\"\"\"\nvariants = ['x', '']",
            &[
                "error a.toml:3:12 `question` is empty (no words here)",
                "error a.toml:4:1 `answer` is empty (no words here)",
                "error a.toml:6:18 `variants` has an empty item (no words here)",
            ],
        );
    }

    #[test]
    fn every_table_names_what_it_needs() {
        check(
            &[
                "[article]\nvariants = ['a']\n[[section]]\nvariants = ['b']\n[[related]]\nvariants = ['c']",
            ],
            &[
                "error a.toml:1:1 this [article] has no `id` (`id` is missing here)",
                "error a.toml:1:1 this [article] has no `title` (`title` is missing here)",
                "error a.toml:1:1 this [article] has no `summary` (`summary` is missing here)",
                "error a.toml:1:1 this [article] has no `url` (`url` is missing here)",
                "error a.toml:3:1 this [[section]] has no `id` (`id` is missing here)",
                "error a.toml:3:1 this [[section]] has no `heading` (`heading` is missing here)",
                "error a.toml:3:1 this [[section]] has no `answer` (`answer` is missing here)",
                "error a.toml:5:1 this [[related]] has no `id` (`id` is missing here)",
                "error a.toml:5:1 this [[related]] has no `title` (`title` is missing here)",
                "error a.toml:5:1 this [[related]] has no `summary` (`summary` is missing here)",
                "error a.toml:5:1 this [[related]] has no `url` (`url` is missing here)",
            ],
        );
    }

    #[test]
    fn an_id_that_fits_no_link_is_an_error() {
        for (id, label) in [
            ("a b", "has a space in it"),
            ("ä", "has 'ä' in it"),
            (" a", "has a space in it"),
            (&"x".repeat(65), "65 characters, and 64 fit"),
        ] {
            check_faq(
                &format!("id = '{id}'\nquestion = 'Q?'\nanswer = 'A.'\nvariants = ['x']"),
                &[&format!(
                    "error a.toml:2:6 this id does not fit into a Telegram link ({label})"
                )],
            );
        }
    }

    #[test]
    fn a_long_title_is_a_warning() {
        let question = "x".repeat(257);
        check_faq(
            &format!("id = 'a'\nquestion = '{question}'\nanswer = 'A.'\nvariants = ['x']"),
            &["warning a.toml:3:12 this is long for a title (257 characters)"],
        );
    }

    #[test]
    fn an_entry_without_variants_is_a_warning() {
        let warning =
            "warning a.toml:2:6 this entry has no `variants` (only its own words lead here)";
        check_faq("id = 'a'\nquestion = 'Q?'\nanswer = 'A.'", &[warning]);
        check_faq(
            "id = 'a'\nquestion = 'Q?'\nanswer = 'A.'\nvariants = []",
            &[warning],
        );
    }

    const ARTICLE: &str = "[article]\nid = 'a'\ntitle = 'A'\nurl = 'https://a.org'\nsummary = 'S.'\nvariants = ['x']\n";

    #[test]
    fn an_article_has_a_known_language_and_a_day() {
        for (line, expected) in [
            ("language = 'en-GB'", None),
            ("language = 'nb'", None),
            (
                "language = 'german'",
                Some("this language is not supported (did you mean `de`?)"),
            ),
            (
                "language = 'xx'",
                Some("this language is not supported (not a known language code)"),
            ),
            ("reviewed = 2026-11-23", None),
            (
                "reviewed = '2026-11-23'",
                Some("`reviewed` has to be a day (this is a text)"),
            ),
            (
                "reviewed = 2026-11-23T10:00:00",
                Some("`reviewed` has to be a day (this is a date or time)"),
            ),
        ] {
            let expected: Vec<String> = expected
                .map(|it| format!("error a.toml:7:{} {it}", line.find('=').unwrap() + 3))
                .into_iter()
                .collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            check(&[&format!("{ARTICLE}{line}")], &expected);
        }
    }

    #[test]
    fn an_address_can_be_opened() {
        for (url, label) in [
            ("a.org", "https:// is missing at the beginning"),
            ("https://", "not a complete address"),
            ("ftp://a.org", "not a web address (http or https)"),
            ("https://a.org/a b", "there is a space in it"),
            ("https:/a.org", "two slashes are missing after https:"),
        ] {
            check(
                &[&ARTICLE.replace("https://a.org", url)],
                &[&format!(
                    "error a.toml:4:7 this is not a web address that can be opened ({label})"
                )],
            );
        }
        let content = read(&[&ARTICLE.replace("https://a.org", " https://bücher.de/a|b ")])
            .content
            .unwrap();
        assert_eq!(
            content.knowledge.articles()[0].url,
            "https://xn--bcher-kva.de/a|b"
        );
    }

    #[test]
    fn placeholders_are_one_warning_a_file() {
        let text = ARTICLE
            .replace("a.org", "example.org/a")
            .replace("S.", "See [us](https://practice.example).");
        check(
            &[
                &text,
                &text
                    .replace("'a'", "'b'")
                    .replace("'A'", "'B'")
                    .replace("['x']", "['y']"),
            ],
            &[
                "warning a.toml:4:7 2 addresses in this file are only a placeholder (the first of them)",
                "warning b.toml:4:7 2 addresses in this file are only a placeholder (the first of them)",
            ],
        );
    }

    #[test]
    fn a_key_above_all_headings_belongs_below_one() {
        check(
            &["id = 'a'\n[[faq]]\nid = 'a'\nquestion = 'Q?'\nanswer = 'A.'\nvariants = ['x']"],
            &[
                "error a.toml:1:1 `id` has no meaning in an article file (belongs under a heading such as [[faq]])",
            ],
        );
    }

    #[test]
    fn a_section_has_an_article() {
        check(
            &["[[section]]\nid = 's'\nheading = 'H'\nanswer = 'A.'\nvariants = ['x']"],
            &[
                "error a.toml:1:1 there is a [[section]] but no [article] (a section of which article?)",
            ],
        );
    }

    #[test]
    fn an_empty_file_is_a_warning() {
        for text in ["", "\n", "# later\n", "\u{feff}"] {
            check(
                &[
                    text,
                    "[[faq]]\nid = 'b'\nquestion = 'B?'\nanswer = 'B.'\nvariants = ['x']\n",
                ],
                &["warning a.toml:1:1 this file holds no entries ()"],
            );
        }
    }
}
