//! Long messages: a story with a question in it, or none. What a story tells is near to everything, so it is cut into
//! parts, and the parts are matched by themselves.

use std::ops::Range;

use super::{Assistant, Judgement, Verdict, several};
use crate::matching::{Decision, MAX_CHOICES, Ranking};
use crate::safety::Query;

/// From so many words on a message is a story. Shorter ones are matched better as a whole.
const LONG: usize = 50;

/// A sentence of more words is cut into windows, each half in the next: who tells a story often ends no sentence.
const LONGEST_SENTENCE: usize = 20;
const WINDOW: usize = 14;

/// Without a question mark the question may be where a message begins or ends, in about so many words.
const EDGE: usize = 22;

/// So many parts are looked at, half of them from the beginning and half from the end.
const MAX_PARTS: usize = 48;

/// From this score on a part of a story without a question mark may stand for all of it.
const TELLING: f32 = 0.8;

impl Assistant {
    /// What becomes of a message that tells a story; none for any other. The question in it decides. Where nothing is
    /// marked as one, the message as a whole does, but only where a part of it says the same.
    pub(super) fn match_story(&self, query: Query<'_>, grey: bool) -> Option<Judgement> {
        let parts = parts(query);
        let quick: Vec<Matched> = parts
            .iter()
            .map(|it| self.matched(self.matcher.rank_quickly(it.query)))
            .collect();
        let best = surest(&quick, |_| true)?;
        let whole = self.matched(self.matcher.rank(query));
        let answered = whole.answer();
        let is_backed = answered.is_some() && quick.iter().any(|it| it.answer() == answered);
        // "You know?" asks nothing.
        let asks = |it: usize| parts[it].asks && quick[it].has_topic();
        let (matched, by_parts) = match surest(&quick, asks) {
            Some(asked) => self.match_asked(&parts[asked], whole, is_backed),
            None if is_backed => (whole, false),
            None => self.match_told(&quick[best], whole),
        };
        Some(Judgement {
            verdict: Verdict::Matched(matched.decision),
            ranking: matched.ranking,
            grey,
            by_parts,
        })
    }

    /// A story with a question, and whether more than one ranking decided.
    fn match_asked(&self, asked: &Part<'_>, whole: Matched, is_backed: bool) -> (Matched, bool) {
        let alone = self.matched(self.matcher.rank(asked.query));
        if alone.answer().is_some() {
            return (alone, false);
        }
        if is_backed {
            return (whole, false);
        }
        let in_context = asked.with_before.iter();
        let in_context = in_context.map(|it| self.matched(self.matcher.rank_quickly(*it)));
        let in_context = in_context.max_by(|a, b| a.score().total_cmp(&b.score()));
        let decision = match &alone.decision {
            Decision::Clarify(choices) => {
                let is_sure = |it: &Matched| it.answer().is_some_and(|it| choices.contains(&it));
                if is_sure(&whole) {
                    return (whole, false);
                }
                if let Some(it) = in_context.filter(is_sure) {
                    return (it, false);
                }
                Decision::Clarify(self.joined(choices, &whole.choices()))
            }
            _ => match in_context {
                Some(it) if it.decision != Decision::Abstain => {
                    Decision::Clarify(self.joined(&it.choices(), &whole.choices()))
                }
                _ => Decision::Abstain,
            },
        };
        (Matched { decision, ..whole }, true)
    }

    /// A story without a question.
    fn match_told(&self, best: &Matched, whole: Matched) -> (Matched, bool) {
        let decision = match best.first().filter(|_| TELLING <= best.score()) {
            Some(first) => Decision::Clarify(self.joined(&[first], &whole.choices())),
            None => Decision::Abstain,
        };
        (Matched { decision, ..whole }, true)
    }

    fn matched(&self, ranking: Ranking) -> Matched {
        Matched {
            decision: self.matcher.decide(&ranking),
            ranking,
        }
    }

    /// Entries to choose from: the best of both lists first, and none that stands for one that is there.
    fn joined(&self, these: &[usize], others: &[usize]) -> Vec<usize> {
        let mut choices: Vec<usize> = Vec::new();
        let rounds = (0..MAX_CHOICES).flat_map(|at| [these.get(at), others.get(at)]);
        for &entry in rounds.flatten() {
            let is_there = |it: &usize| *it == entry || self.matcher.are_twins(*it, entry);
            if choices.len() < MAX_CHOICES && !choices.iter().any(is_there) {
                choices.push(entry);
            }
        }
        choices
    }
}

/// What the matcher makes of a text.
struct Matched {
    ranking: Ranking,
    decision: Decision,
}

impl Matched {
    /// The best score, 0 to 1; 0 where nothing is near.
    fn score(&self) -> f32 {
        let best = self.ranking.candidates.first();
        best.filter(|_| self.decision != Decision::Abstain)
            .map_or(0.0, |it| it.score)
    }

    /// Whether the text says more than words like "what" and "you".
    fn has_topic(&self) -> bool {
        self.ranking.n_terms + self.ranking.n_unknown > 0
    }

    /// The best entry.
    fn first(&self) -> Option<usize> {
        self.ranking.candidates.first().map(|it| it.entry)
    }

    /// The entry that answers.
    fn answer(&self) -> Option<usize> {
        match self.decision {
            Decision::Answer { entry, .. } => Some(entry),
            _ => None,
        }
    }

    /// The entries that are shown or offered.
    fn choices(&self) -> Vec<usize> {
        match &self.decision {
            Decision::Answer { entry, others } => [&[*entry], others.as_slice()].concat(),
            Decision::Clarify(choices) => choices.clone(),
            Decision::Abstain => Vec::new(),
        }
    }
}

/// The place of the part with the best score, of those that may be it; the last of several.
fn surest(parts: &[Matched], may_be: impl Fn(usize) -> bool) -> Option<usize> {
    let score = |it: &usize| parts[*it].score();
    let places = (0..parts.len()).filter(|it| may_be(*it));
    places.max_by(|a, b| score(a).total_cmp(&score(b)))
}

/// One part of a story.
struct Part<'a> {
    query: Query<'a>,
    /// Ends with a question mark.
    asks: bool,
    /// With the sentence before it, and with the two before it: they tell what a question is about.
    with_before: Vec<Query<'a>>,
}

/// The parts of a message, none where it is no story.
fn parts(query: Query<'_>) -> Vec<Part<'_>> {
    let text = query.text();
    if text.split_whitespace().nth(LONG - 1).is_none() {
        return Vec::new();
    }
    let is_blank = |it: &Range<usize>| text[it.clone()].trim().is_empty();
    let sentences: Vec<_> = several::sentences(text)
        .filter(|it| !is_blank(it))
        .collect();
    let mut parts = Vec::new();
    for (at, sentence) in sentences.iter().enumerate() {
        let asks = text[sentence.clone()].trim_end().ends_with('?');
        let before = |n: usize| Some(sentences.get(at.checked_sub(n)?)?.start);
        let windows = windows(&text[sentence.clone()]);
        let last = windows.len() - 1;
        for (nth, window) in windows.into_iter().enumerate() {
            let asks = asks && nth == last;
            let starts = [1, 2].into_iter().filter_map(before).filter(|_| asks);
            parts.push(Part {
                query: query.part(window.start + sentence.start..window.end + sentence.start),
                asks,
                with_before: starts.map(|it| query.part(it..sentence.end)).collect(),
            });
        }
    }
    if !parts.iter().any(|it| it.asks) {
        parts.extend(edges(query));
    }
    if MAX_PARTS < parts.len() {
        parts.drain(MAX_PARTS / 2..parts.len() - MAX_PARTS / 2);
    }
    parts
}

/// The beginning and the end of a message.
fn edges(query: Query<'_>) -> impl Iterator<Item = Part<'_>> {
    let text = query.text();
    let starts = word_starts(text);
    let (head, tail) = (starts[EDGE], starts[starts.len() - EDGE]);
    [0..head, tail..text.len()]
        .into_iter()
        .map(move |range| Part {
            query: query.part(range),
            asks: false,
            with_before: Vec::new(),
        })
}

/// A sentence, or where it is long its windows.
fn windows(sentence: &str) -> Vec<Range<usize>> {
    let starts = word_starts(sentence);
    if starts.len() <= LONGEST_SENTENCE {
        return std::iter::once(0..sentence.len()).collect();
    }
    let n_windows = (starts.len() - WINDOW).div_ceil(WINDOW / 2) + 1;
    let window = |nth: usize| {
        let first = nth * WINDOW / 2;
        let end = starts.get(first + WINDOW).copied();
        starts[first]..end.unwrap_or(sentence.len())
    };
    (0..n_windows).map(window).collect()
}

/// Where the words of a text begin.
fn word_starts(text: &str) -> Vec<usize> {
    let words = text.split_whitespace();
    words
        .map(|it| it.as_ptr() as usize - text.as_ptr() as usize)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::Screen;

    /// The parts of a text, `?` behind those that ask, `+` and what stands before them.
    fn drawn(text: &str) -> Vec<String> {
        let screen = Screen::builtin();
        let query = screen.check(text).into_query();
        let draw = |part: &Part<'_>| {
            let mark = if part.asks { " (asks)" } else { "" };
            let before = part
                .with_before
                .iter()
                .map(|it| format!(" + {}", it.text().trim()));
            format!(
                "{}{mark}{}",
                part.query.text().trim(),
                before.collect::<String>()
            )
        };
        parts(query).iter().map(draw).collect()
    }

    const TALE: &str = "we met in May. he sings. I do not. we have a dog. it barks. my mum lives near. she cooks well. he works \
        late and I work early. we both like the sea and the hills. last week it rained. the sun came out on Sunday. my coat is red. the car is old. the roof leaks. ";

    #[test]
    fn a_short_message_has_no_parts() {
        assert!(drawn("will my partner be blamed? I am not sure.").is_empty());
        assert!(drawn("").is_empty());
    }

    #[test]
    fn a_question_is_a_part_and_has_what_stands_before_it() {
        let parts = drawn(&format!("{TALE}can we talk on a screen?"));
        assert_eq!(parts[0], "we met in May.");
        assert_eq!(
            parts.last().unwrap(),
            "can we talk on a screen? (asks) + the roof leaks. can we talk on a screen? + the car is old. the roof leaks. can we talk on a screen?"
        );
    }

    #[test]
    fn without_a_question_mark_the_edges_are_parts() {
        let parts = drawn(TALE);
        let [.., head, tail] = parts.as_slice() else {
            panic!("{parts:?}");
        };
        assert!(
            head.starts_with("we met in May.") && head.ends_with("cooks well."),
            "{head}"
        );
        assert!(tail.ends_with("the roof leaks."), "{tail}");
    }

    #[test]
    fn what_never_stops_is_cut_into_windows() {
        let words: Vec<String> = (0..60).map(|it| format!("w{it}")).collect();
        let parts = drawn(&words.join(" "));
        assert_eq!(parts[0], words[..14].join(" "));
        assert_eq!(parts[1], words[7..21].join(" "));
        assert_eq!(parts[parts.len() - 3], words[49..].join(" "));
    }

    #[test]
    fn a_very_long_message_is_looked_at_from_both_ends() {
        let parts = drawn(&"one two three? ".repeat(300));
        assert_eq!(parts.len(), MAX_PARTS);
    }
}
