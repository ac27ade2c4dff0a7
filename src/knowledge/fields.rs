//! Taking a TOML table apart, key by key: what is missing, misspelt, empty or of the
//! wrong kind becomes a [`Problem`] at its place instead of ending the reading.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::code::Code;
use super::findings::{Findings, Text};
use super::hints::{kind, listed, meant, purpose};
use super::problem::{Place, Problem};

/// The tables of the content format, as their writers call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    File,
    Article,
    Section,
    Faq,
    Related,
    Bot,
    Wording,
    Matching,
    Tests,
    Question,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::File => "an article file",
            Self::Article => "[article]",
            Self::Section => "[[section]]",
            Self::Faq => "[[faq]]",
            Self::Related => "[[related]]",
            Self::Bot => "bot.toml",
            Self::Wording => "[wording]",
            Self::Matching => "[matching]",
            Self::Tests => "tests.toml",
            Self::Question => "[[question]]",
        }
    }
}

/// One table, from which known keys are taken one by one.
pub(crate) struct Fields<'i> {
    table: Table,
    /// The heading, such as `[[faq]]`.
    pub(crate) header: Range<usize>,
    is_broken: bool,
    left: Vec<Field<'i>>,
    known: Vec<&'static str>,
    missing: Vec<&'static str>,
}

/// So many keys that they are listed only where nothing better can be said.
const MANY_KEYS: usize = 15;

struct Field<'i> {
    key: Cow<'i, str>,
    key_span: Range<usize>,
    value: Spanned<DeValue<'i>>,
}

impl<'i> Fields<'i> {
    pub(super) fn new(
        table: Table,
        entries: DeTable<'i>,
        header: Range<usize>,
        findings: &Findings<'i>,
    ) -> Self {
        let left = entries
            .into_iter()
            .map(|(key, value)| Field {
                key_span: key.span(),
                key: key.into_inner(),
                value,
            })
            .collect();
        let is_broken = !findings.is_sound()
            && (table == Table::File || findings.is_broken(&findings.extent(&header)));
        Self {
            table,
            header,
            is_broken,
            left,
            known: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Says which kind of file it is, if not an article.
    pub(crate) fn of(mut self, table: Table) -> Self {
        self.table = table;
        self
    }

    /// Whether the file is not TOML somewhere in this table, so that keys may seem to be
    /// missing.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn take(&mut self, key: &'static str) -> Option<Field<'i>> {
        self.known.push(key);
        let index = self.left.iter().position(|field| field.key == key)?;
        Some(self.left.swap_remove(index))
    }

    /// Where a key stands that is not taken yet.
    pub(crate) fn place(&self, key: &str, findings: &Findings<'i>) -> Option<Place> {
        let field = self.left.iter().find(|field| field.key == key)?;
        let mark = findings.mark(&field.key_span, &field.value.span());
        Some(findings.place(&mark))
    }

    /// Passes over a key that other commands keep there for themselves. It is not offered
    /// where somebody misspells a key.
    pub(crate) fn skip(&mut self, key: &str) {
        self.left.retain(|field| field.key != key);
    }

    /// The text of a key that must be there.
    pub(crate) fn required(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'i>,
    ) -> Option<Text<'i>> {
        if let Some(field) = self.take(key) {
            text(field, self.table, findings)
        } else {
            self.missing.push(key);
            None
        }
    }

    /// Notes that a key is missing that must be there.
    pub(crate) fn miss(&mut self, key: &'static str) {
        self.missing.push(key);
    }

    /// The text of a key that may be there.
    pub(crate) fn optional(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'i>,
    ) -> Option<Text<'i>> {
        text(self.take(key)?, self.table, findings)
    }

    /// The texts of a list, without those that are wrong; none if the key is not there.
    pub(crate) fn list(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'i>,
    ) -> Option<Vec<Text<'i>>> {
        let field = self.take(key)?;
        let span = field.value.span();
        match field.value.into_inner() {
            DeValue::Array(values) => Some(
                values
                    .into_iter()
                    .filter_map(|value| item(key, value, findings))
                    .collect(),
            ),
            other => {
                let problem = Problem::error(
                    Code::WrongKind,
                    findings.place(&findings.mark(&field.key_span, &span)),
                    format!("`{key}` has to be a list"),
                )
                .label(format!("this is {}", kind(&other)))
                .help(format!(
                    "put it in square brackets, with commas between: {key} = [\"one\", \"two\"]"
                ));
                findings.push(problem);
                Some(Vec::new())
            }
        }
    }

    /// Lists inside a list, such as `synonyms`, each with its place.
    pub(crate) fn groups(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'i>,
    ) -> Vec<(Range<usize>, Vec<Text<'i>>)> {
        let Some(field) = self.take(key) else {
            return Vec::new();
        };
        let span = field.value.span();
        let mut groups = Vec::new();
        let mut wrong = |span: Range<usize>, value: &DeValue<'i>| {
            let problem = Problem::error(Code::WrongKind, findings.place(&span), format!("`{key}` has to be a list of groups"))
                .label(format!("this is {}", kind(value)))
                .help(format!(
                    "each group stands in its own square brackets: {key} = [[\"one\", \"another\"], [\"two\", \"second\"]]"
                ));
            findings.push(problem);
        };
        match field.value.into_inner() {
            DeValue::Array(values) => {
                for value in values {
                    let span = value.span();
                    match value.into_inner() {
                        DeValue::Array(words) => groups.push((span, words)),
                        other => wrong(span, &other),
                    }
                }
            }
            other => wrong(span, &other),
        }
        groups
            .into_iter()
            .map(|(span, words)| {
                let words = words
                    .into_iter()
                    .filter_map(|value| item(key, value, findings));
                let words = words.collect();
                (span, words)
            })
            .collect()
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&mut self, key: &'static str, findings: &mut Findings<'i>) -> Option<f32> {
        self.number(key, 1.0, findings)
    }

    /// A number from 0 to 100.
    pub(crate) fn percent(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'i>,
    ) -> Option<f32> {
        self.number(key, 100.0, findings)
    }

    fn number(&mut self, key: &'static str, most: f32, findings: &mut Findings<'i>) -> Option<f32> {
        let field = self.take(key)?;
        let span = field.value.span();
        let number = match field.value.get_ref() {
            DeValue::Float(float) => float.as_str().replace('_', "").parse::<f32>().ok(),
            DeValue::Integer(integer) => integer.as_str().replace('_', "").parse::<f32>().ok(),
            _ => None,
        };
        if let Some(number) = number.filter(|number| (0.0..=most).contains(number)) {
            return Some(number);
        }
        let mark = findings.mark(&field.key_span, &span);
        let problem = Problem::error(
            Code::WrongKind,
            findings.place(&mark),
            format!("`{key}` has to be a number from 0 to {most}"),
        )
        .label(if number.is_some() {
            "outside that range".to_owned()
        } else {
            format!("this is {}", kind(field.value.get_ref()))
        })
        .help(format!("for example: {key} = {}", most / 2.0));
        findings.push(problem);
        None
    }

    /// A day, as `2026-11-23`.
    pub(crate) fn date(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'i>,
    ) -> Option<String> {
        let field = self.take(key)?;
        let span = field.value.span();
        if let DeValue::Datetime(datetime) = field.value.get_ref()
            && let (Some(date), None) = (datetime.date, datetime.time)
        {
            return Some(date.to_string());
        }
        let mark = findings.mark(&field.key_span, &span);
        let problem = Problem::error(
            Code::WrongKind,
            findings.place(&mark),
            format!("`{key}` has to be a day"),
        )
        .label(format!("this is {}", kind(field.value.get_ref())))
        .help(format!(
            "write year, month and day without quotation marks or time: {key} = 2026-11-23"
        ));
        findings.push(problem);
        None
    }

    /// The tables of a `[[key]]`.
    pub(crate) fn tables(
        &mut self,
        key: &'static str,
        table: Table,
        findings: &mut Findings<'i>,
    ) -> Vec<Fields<'i>> {
        let Some(field) = self.take(key) else {
            return Vec::new();
        };
        let mark = findings.mark(&field.key_span, &field.value.span());
        match field.value.into_inner() {
            DeValue::Array(values) => {
                let mut tables = Vec::with_capacity(values.len());
                for value in values {
                    let span = value.span();
                    match value.into_inner() {
                        DeValue::Table(entries) => {
                            tables.push(Fields::new(table, entries, span, findings));
                        }
                        other => {
                            findings.push(wrong_brackets(
                                findings.place(&span),
                                key,
                                table,
                                &other,
                            ));
                        }
                    }
                }
                tables
            }
            other => {
                findings.push(wrong_brackets(findings.place(&mark), key, table, &other));
                Vec::new()
            }
        }
    }

    /// The one table of a `[key]`.
    pub(crate) fn table(
        &mut self,
        key: &'static str,
        table: Table,
        findings: &mut Findings<'i>,
    ) -> Option<Fields<'i>> {
        let field = self.take(key)?;
        let span = field.value.span();
        match field.value.into_inner() {
            DeValue::Table(entries) => Some(Fields::new(table, entries, span, findings)),
            other => {
                let mark = findings.mark(&field.key_span, &span);
                findings.push(wrong_brackets(findings.place(&mark), key, table, &other));
                None
            }
        }
    }

    /// Reports keys that must be there and aren't, and keys that nobody took.
    pub(crate) fn finish(self, findings: &mut Findings<'i>) {
        self.finish_with(findings, |_| None);
    }

    /// The same; `hint` may know where a key belongs that has no meaning here.
    pub(crate) fn finish_with(
        self,
        findings: &mut Findings<'i>,
        hint: impl Fn(&str) -> Option<String>,
    ) {
        let mut missing = self.missing;
        for field in &self.left {
            let meant = meant(&field.key, &self.known);
            if let Some(meant) = meant {
                // One slip, one problem: the misspelt key is the missing one.
                missing.retain(|key| *key != meant);
            }
            if self.is_broken && matches!(self.table, Table::File | Table::Tests) {
                continue;
            }
            let name = self.table.name();
            let message = format!("`{}` has no meaning in {name}", field.key);
            let label = hint(&field.key).or_else(|| Some(format!("did you mean `{}`?", meant?)));
            let mut help = "what stands here would never be shown or used".to_owned();
            if label.is_none() || self.known.len() < MANY_KEYS {
                help = format!("{help}; {name} can hold {}", listed(&self.known));
            }
            let problem =
                Problem::error(Code::UnknownKey, findings.place(&field.key_span), message)
                    .label(label.unwrap_or_else(|| "not a known key".to_owned()))
                    .help(help);
            findings.push(problem);
        }
        if self.is_broken {
            return;
        }
        for key in missing {
            let problem = Problem::error(
                Code::MissingKey,
                findings.place(&self.header),
                format!(
                    "{} has no `{key}`",
                    match self.table {
                        Table::Article => "this [article]",
                        Table::Section => "this [[section]]",
                        Table::Faq => "this [[faq]]",
                        Table::Related => "this [[related]]",
                        Table::Question => "this [[question]]",
                        other => other.name(),
                    }
                ),
            )
            .label(format!("`{key}` is missing here"))
            .help(purpose(key));
            findings.push(problem);
        }
    }
}

/// The text of a key.
fn text<'i>(field: Field<'i>, table: Table, findings: &mut Findings<'i>) -> Option<Text<'i>> {
    let mark = findings.mark(&field.key_span, &field.value.span());
    let key = field.key;
    words(field.value, mark.clone())
        .map_err(|wrong| {
            let problem = match wrong {
                Wrong::Empty => Problem::error(
                    Code::Empty,
                    findings.place(&mark),
                    format!("`{key}` is empty"),
                )
                .label("no words here")
                .help(purpose(&key)),
                Wrong::Kind(kind) => Problem::error(
                    Code::WrongKind,
                    findings.place(&mark),
                    format!("`{key}` has to be a text"),
                )
                .label(format!("this is {kind}"))
                .help(format!(
                    "in {} `{key}` is one text in straight double quotation marks",
                    table.name()
                )),
            };
            findings.push(problem);
        })
        .ok()
}

/// One text of a list.
fn item<'i>(
    key: &str,
    value: Spanned<DeValue<'i>>,
    findings: &mut Findings<'i>,
) -> Option<Text<'i>> {
    let mark = value.span();
    words(value, mark.clone())
        .map_err(|wrong| {
            let problem = match wrong {
                Wrong::Empty => Problem::error(
                    Code::Empty,
                    findings.place(&mark),
                    format!("`{key}` has an empty item"),
                )
                .label("no words here")
                .help(
                    "it does nothing; take it out, or write something between the quotation marks",
                ),
                Wrong::Kind(kind) => Problem::error(
                    Code::WrongKind,
                    findings.place(&mark),
                    format!("each item of `{key}` has to be a text"),
                )
                .label(format!("this is {kind}"))
                .help("put each in straight double quotation marks, with a comma after it"),
            };
            findings.push(problem);
        })
        .ok()
}

enum Wrong {
    Empty,
    Kind(&'static str),
}

fn words(value: Spanned<DeValue<'_>>, mark: Range<usize>) -> Result<Text<'_>, Wrong> {
    let span = value.span();
    match value.into_inner() {
        DeValue::String(value) if value.trim().is_empty() => Err(Wrong::Empty),
        DeValue::String(value) => Ok(Text { value, span, mark }),
        other => Err(Wrong::Kind(kind(&other))),
    }
}

fn wrong_brackets(place: Place, key: &str, table: Table, value: &DeValue<'_>) -> Problem {
    let name = table.name();
    let help = match table {
        Table::Section | Table::Faq | Table::Related | Table::Question => {
            format!("there can be several, so each begins with a line of its own in double brackets: {name}")
        }
        Table::Article => "a file holds one article; write [article] once, in single brackets, and put a second article in a file of its own".to_owned(),
        _ => format!("write {name} once, on a line of its own, in single brackets"),
    };
    Problem::error(
        Code::WrongKind,
        place,
        format!("`{key}` has to be written as {name}"),
    )
    .label(format!("this is {}", kind(value)))
    .help(help)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    const FAQ: &str = "[[faq]]\nid = 'a'\nquestion = 'Q?'\nanswer = 'A.'\nvariants = ['x']\n";

    #[test]
    fn an_unknown_key_says_what_was_meant() {
        for (line, label) in [
            ("vraiants = ['y']", "did you mean `variants`?"),
            ("Section = 'y'", "did you mean `section`?"),
            ("tags = ['y']", "not a known key"),
            ("text = 'y'", "did you mean `answer`?"),
            ("url = 'https://a.org'", "not a known key"),
        ] {
            let key = line.split(' ').next().unwrap();
            check(
                &[&format!("{FAQ}{line}")],
                &[&format!(
                    "error a.toml:6:1 `{key}` has no meaning in [[faq]] ({label})"
                )],
            );
        }
        check(
            &[&format!("{FAQ}[[fqa]]\nid = 'y'")],
            &["error a.toml:6:3 `fqa` has no meaning in an article file (did you mean `faq`?)"],
        );
    }

    #[test]
    fn a_misspelt_key_is_not_missing_too() {
        check(
            &[&FAQ.replace("answer", "anwser")],
            &["error a.toml:4:1 `anwser` has no meaning in [[faq]] (did you mean `answer`?)"],
        );
        check(
            &[&FAQ.replace("question", "title")],
            &["error a.toml:3:1 `title` has no meaning in [[faq]] (did you mean `question`?)"],
        );
    }

    #[test]
    fn a_value_of_another_kind_says_which_is_wanted() {
        for (from, to, expected) in [
            (
                "'A.'",
                "3",
                "4:10 `answer` has to be a text (this is a number)",
            ),
            (
                "'A.'",
                "true",
                "4:10 `answer` has to be a text (this is a yes or no (`true`, `false`))",
            ),
            (
                "'Q?'",
                "['Q?']",
                "3:12 `question` has to be a text (this is a list)",
            ),
            (
                "['x']",
                "'x'",
                "5:12 `variants` has to be a list (this is a text)",
            ),
            (
                "['x']",
                "['x', 2026-11-23]",
                "5:18 each item of `variants` has to be a text (this is a date or time)",
            ),
        ] {
            check(
                &[&FAQ.replace(from, to)],
                &[&format!("error a.toml:{expected}")],
            );
        }
    }

    #[test]
    fn brackets_say_what_kind_of_table_it_is() {
        check(
            &[&FAQ.replace("[[faq]]", "[faq]")],
            &[
                "error a.toml:1:1 `faq` has to be written as [[faq]] (this is a table with keys of its own)",
            ],
        );
        check(
            &[&format!("{FAQ}[[article]]\nid = 'y'")],
            &["error a.toml:6:1 `article` has to be written as [article] (this is a list)"],
        );
        check(
            &["faq = 'x'"],
            &["error a.toml:1:7 `faq` has to be written as [[faq]] (this is a text)"],
        );
    }
}
