//! Dates that have passed, have not come, or are missing.

use super::Texts;
use crate::knowledge::{Code, EntryKind, Problem};
use crate::safety::Day;

/// How long a review holds, in days.
const REVIEW_HOLDS: i64 = 365;

pub(super) fn check(texts: &Texts<'_>, today: Day) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (entry, marks) in texts.entries() {
        let place = || marks.id.clone();
        let day = |text: &Option<String>| text.as_ref().and_then(|it| it.parse::<Day>().ok());
        let (from, until) = (day(&marks.valid.0), day(&marks.valid.1));
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            let problem = Problem::warning(
                Code::WrongOrder,
                place(),
                "this entry ends before it begins",
            )
            .label(format!("from {from}, until {until}"))
            .help(
                "one of the two dates is a slip; people get an answer that nobody meant for today",
            );
            problems.push(problem);
        } else if let Some(until) = until.filter(|it| *it < today) {
            let problem = Problem::warning(
                Code::Expired,
                place(),
                format!("this entry was valid until {until}"),
            )
            .label("still answered")
            .help("people get what no longer holds; bring it up to date, or take it out");
            problems.push(problem);
        } else if let Some(from) = from.filter(|it| today < *it) {
            let problem = Problem::warning(
                Code::NotYetValid,
                place(),
                format!("this entry is valid from {from}"),
            )
            .label("already answered")
            .help("people get what does not hold yet; put it in when the day comes");
            problems.push(problem);
        }
        if entry.kind != EntryKind::Article {
            continue;
        }
        let article = entry
            .article
            .and_then(|at| texts.content.knowledge.articles().get(at));
        let Some(reviewed) = article.and_then(|it| day(&it.reviewed)) else {
            let problem = Problem::note(
                Code::NoReview,
                place(),
                "nothing says when somebody last read this page",
            )
            .help(format!(
                "people see the date under the answer; read the page, then add reviewed = {today}"
            ));
            problems.push(problem);
            continue;
        };
        let age = today.number() - reviewed.number();
        if age > REVIEW_HOLDS {
            let problem = Problem::warning(
                Code::ReviewPassed,
                place(),
                format!("nobody has read this page since {reviewed}"),
            )
            .label(format!("{age} days"))
            .help(format!(
                "it is answered with confidence all the same; read it, then set reviewed = {today}"
            ));
            problems.push(problem);
        }
    }
    problems
}
