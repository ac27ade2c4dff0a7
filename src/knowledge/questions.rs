//! `tests.toml`: questions with the entries that answer them, for `eval` and `calibrate`.

use std::collections::HashMap;

use super::code::Code;
use super::fields::{Fields, Table};
use super::findings::Findings;
use super::ids::Ids;
use super::problem::Problem;
use super::wordings::folded;

/// A question with the entries that answer it.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub ask: String,
    /// Empty for a question that must not be answered.
    pub expect: Vec<String>,
    /// A label to group results by.
    pub kind: Option<String>,
}

/// Reads a file of `[[question]]` tables, given with its number in the report.
pub(crate) fn parse(file: usize, text: &str, ids: &Ids<'_>) -> (Vec<Question>, Vec<Problem>) {
    let (mut findings, fields) = Findings::read(file, text);
    let mut fields = fields.of(Table::Tests);
    let mut tables = fields.tables("question", Table::Question, &mut findings);
    fields.finish_with(&mut findings, |key| {
        ["ask", "expect", "kind"]
            .contains(&key)
            .then(|| "belongs under a heading [[question]]".to_owned())
    });
    tables.sort_by_key(|table| table.header.start);
    let mut first = HashMap::new();
    let mut questions = Vec::with_capacity(tables.len());
    for mut table in tables {
        let ask = table.required("ask", &mut findings);
        let expect = read_expect(&mut table, ids, &mut findings);
        let kind = table.optional("kind", &mut findings);
        table.finish(&mut findings);
        let Some(ask) = ask else { continue };
        if let Some(earlier) = first.insert(folded(&ask.value), ask.mark.clone())
            && !folded(&ask.value).is_empty()
        {
            let problem = Problem::warning(
                Code::TwiceWritten,
                findings.place(&ask.mark),
                "this question is asked twice",
            )
            .label("a second time here")
            .help("it would count twice in the figures; keep one of them, with all ids that are right")
            .other(findings.place(&earlier), "first here");
            findings.push(problem);
        }
        questions.push(Question {
            ask: ask.value.trim().to_owned(),
            expect,
            kind: kind.map(|it| it.one_line().into_owned()),
        });
    }
    if questions.is_empty() && findings.problems.is_empty() {
        let problem = Problem::warning(Code::EmptyFile, findings.place(&(0..0)), "this file holds no questions")
            .help("there is nothing to measure; write [[question]] tables in it with `ask` and `expect`, or take the file away");
        findings.push(problem);
    }
    (questions, findings.problems)
}

fn read_expect<'i>(
    table: &mut Fields<'i>,
    ids: &Ids<'_>,
    findings: &mut Findings<'i>,
) -> Vec<String> {
    let Some(expect) = table.list("expect", findings) else {
        table.miss("expect");
        return Vec::new();
    };
    for id in expect.iter().filter(|id| !ids.may_hold(&id.value)) {
        let label = match ids.similar(&id.value) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "names nothing".to_owned(),
        };
        let problem = Problem::error(Code::UnknownId, findings.place(&id.mark), "no entry has this id")
            .label(label)
            .help("the question would count as a mistake for ever; give the id of an entry that answers it, or [] if none does");
        findings.push(problem);
    }
    expect.into_iter().map(|id| id.value.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::lines;
    use super::*;
    use crate::content::{Content, Loaded};

    fn read(tests: &str) -> Loaded {
        let faq = "[[faq]]\nid = 'hours'\nquestion = 'When are you open?'\nanswer = 'From nine.'\nvariants = ['opening hours']\n";
        Content::parse(vec![
            ("faq/a.toml".into(), faq.into()),
            ("faq/tests.toml".into(), tests.into()),
        ])
    }

    #[track_caller]
    fn check(tests: &str, expected: &[&str]) {
        let lines = lines(&read(tests).report);
        let found: Vec<&str> = lines
            .lines()
            .map(|line| line.split_once("tests.toml:").map_or(line, |it| it.1))
            .collect();
        assert_eq!(found, expected, "\n{lines}");
    }

    #[test]
    fn questions_come_in_the_order_of_the_file() {
        let loaded = read(
            "[[question]]\nask = ' Open? '\nexpect = ['hours']\n\n[[question]]\nask = 'Fees?'\nexpect = []\nkind = 'practice'\n",
        );
        assert_eq!(loaded.report.summary(), "no problems", "{}", loaded.report);
        let questions = loaded.questions;
        assert_eq!(
            questions[0],
            Question {
                ask: "Open?".into(),
                expect: vec!["hours".into()],
                kind: None
            }
        );
        assert_eq!(questions[1].expect, Vec::<String>::new());
        assert_eq!(questions[1].kind.as_deref(), Some("practice"));
    }

    #[test]
    fn slips_are_shown_with_what_was_meant() {
        check(
            "[[question]]\nask = 'Open?'\nexpect = ['huors', 'park']\n",
            &[
                "3:11 no entry has this id (did you mean `hours`?)",
                "3:20 no entry has this id (names nothing)",
            ],
        );
        check(
            "[[question]]\nask = 'Open?'\n\n[[question]]\nexpct = []\nask = ''",
            &[
                "1:1 this [[question]] has no `expect` (`expect` is missing here)",
                "5:1 `expct` has no meaning in [[question]] (did you mean `expect`?)",
                "6:7 `ask` is empty (no words here)",
            ],
        );
        check(
            "ask = 'Open?'\n",
            &["1:1 `ask` has no meaning in tests.toml (belongs under a heading [[question]])"],
        );
    }

    #[test]
    fn a_question_that_is_asked_twice_is_noticed() {
        check(
            "[[question]]\nask = 'Open?'\nexpect = []\n[[question]]\nask = 'open'\nexpect = []\n[[question]]\nask = '?'\nexpect = []\n[[question]]\nask = '...'\nexpect = []\n",
            &["5:7 this question is asked twice (a second time here)"],
        );
    }

    #[test]
    fn a_file_without_questions_is_noticed() {
        check("# later", &["1:1 this file holds no questions ()"]);
    }
}
