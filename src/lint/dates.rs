//! Dates that have passed, have not come, or are missing.

use super::Texts;
use crate::content::{Validity, validities};
use crate::day::Day;
use crate::knowledge::{Code, EntryKind, Place, Problem};

/// How long a review holds, in days.
const REVIEW_HOLDS: i64 = 365;

pub(super) fn check(texts: &Texts<'_>, today: Day) -> Vec<Problem> {
    let mut problems: Vec<Problem> = all_over(texts, today).into_iter().collect();
    for (entry, marks) in texts.entries() {
        let place = || marks.id.clone();
        let Validity { from, until } = Validity::of(marks, None);
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            let problem = Problem::warning(
                Code::WrongOrder,
                place(),
                "this entry ends before it begins",
            )
            .label(format!("from {from}, until {until}"))
            .help("one of the two dates is a slip; as it stands, nobody ever gets this answer");
            problems.push(problem);
        } else if let Some(until) = until.filter(|it| *it < today) {
            let problem = Problem::warning(
                Code::Expired,
                place(),
                format!("this entry was valid until {until}"),
            )
            .label("no longer answered")
            .help("people who ask this find nothing, or the nearest other entry; bring it up to date, or take it out");
            problems.push(problem);
        } else if let Some(from) = from.filter(|it| today < *it) {
            let problem = Problem::note(
                Code::NotYetValid,
                place(),
                format!("this entry is valid from {from}"),
            )
            .label("not answered before")
            .help("nothing is to be done, if that is the right day");
            problems.push(problem);
        }
        if entry.kind != EntryKind::Article {
            continue;
        }
        let article = entry
            .article
            .and_then(|at| texts.content.knowledge.articles().get(at));
        let Some(reviewed) = article.and_then(|it| it.reviewed.as_ref()?.parse::<Day>().ok())
        else {
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

/// An error if the last day of every entry has passed.
fn all_over(texts: &Texts<'_>, today: Day) -> Option<Problem> {
    let marks = &texts.loaded.marks;
    let validities = validities(texts.content.knowledge.entries(), marks);
    if !validities.iter().all(|it| it.is_over(today)) {
        return None;
    }
    let place = Place {
        file: marks.first()?.id.file,
        span: None,
    };
    let problem = Problem::error(Code::NoContent, place, "no entry is valid any more").help(
        "the bot has no answer to anything; bring entries up to date, or take their `valid_until` out",
    );
    Some(problem)
}
