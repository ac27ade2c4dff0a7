//! Long messages: a story with a question in it, or none. What a story tells is near to everything, so it is cut into
//! parts, and the parts are matched by themselves.

use std::ops::Range;

use super::{Assistant, Judgement, Verdict, Way, several};
use crate::matching::{Decision, MAX_CHOICES, Ranking};
use crate::safety::Query;

/// From so many words on a message is a story. Shorter ones are matched better as a whole.
const STORY_WORDS: usize = 50;

/// A sentence of more words is cut into windows of so many, each half in the next: who tells a story often ends no sentence.
const SENTENCE_WORDS: usize = 20;
const WINDOW_WORDS: usize = 14;

/// Without a question mark the question may be where a message begins or ends, in about so many words.
const EDGE_WORDS: usize = 22;

/// So many parts are looked at; where there are more, those in the middle that ask nothing are left out first.
const MAX_PARTS: usize = 48;

/// From this score on, 0 to 1, a part of a story without a question mark may stand for all of it.
const SURE: f32 = 0.8;

impl Assistant {
    /// What becomes of a message that tells a story; none for any other. A question in it that has an answer decides.
    /// Else the message as a whole does, but only where a part of it gives the same answer; else the person is asked, or
    /// told that nothing was found.
    pub(super) fn match_story(&self, query: Query<'_>, grey: bool) -> Option<Judgement> {
        let parts = parts(query);
        let quick: Vec<Matched> = parts
            .iter()
            .map(|it| self.matched(self.matcher.rank_quickly(it.query)))
            .collect();
        let best = surest(&quick, |_| true)?;
        let whole = self.matched(self.matcher.rank(query));
        let is_backed = whole.answer().is_some_and(|answer| {
            let is_same = |it: usize| it == answer || self.matcher.are_twins(it, answer);
            quick.iter().any(|it| it.answer().is_some_and(is_same))
        });
        // "You know?" asks nothing.
        let asks = |it: usize| parts[it].asks && quick[it].has_topic();
        let matched = match surest(&quick, asks) {
            Some(asked) => self.match_asked(&parts[asked], whole, is_backed),
            None if is_backed => whole,
            None => self.match_told(&quick[best], whole),
        };
        Some(Judgement {
            way: match matched.answer() {
                Some(_) => Way::Alone,
                None => Way::ByParts,
            },
            verdict: Verdict::Matched(matched.decision),
            ranking: matched.ranking,
            grey,
        })
    }

    /// A story with a question.
    fn match_asked(&self, asked: &Part<'_>, whole: Matched, is_backed: bool) -> Matched {
        let alone = self.matched(self.matcher.rank(asked.query));
        if alone.answer().is_some() {
            return alone;
        }
        if is_backed {
            return whole;
        }
        let in_context = asked.with_before.iter();
        let in_context = in_context.map(|it| self.matched(self.matcher.rank_quickly(*it)));
        let in_context = in_context.max_by(|a, b| a.score().total_cmp(&b.score()));
        let decision = match &alone.decision {
            Decision::Clarify(choices) => {
                let is_sure = |it: &Matched| it.answer().is_some_and(|it| choices.contains(&it));
                if is_sure(&whole) {
                    return whole;
                }
                if let Some(it) = in_context.filter(is_sure) {
                    return it;
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
        Matched { decision, ..whole }
    }

    /// A story without a question.
    fn match_told(&self, best: &Matched, whole: Matched) -> Matched {
        let decision = match best.first().filter(|_| SURE <= best.score()) {
            Some(first) => Decision::Clarify(self.joined(&[first], &whole.choices())),
            None => Decision::Abstain,
        };
        Matched { decision, ..whole }
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
    /// It is a question, or a sentence that ends in one.
    asks: bool,
    /// With the sentence before it, and with the two before it: they tell what a question is about.
    with_before: Vec<Query<'a>>,
}

/// The parts of a message, none where it is no story.
fn parts(query: Query<'_>) -> Vec<Part<'_>> {
    let text = query.text();
    if text.split_whitespace().nth(STORY_WORDS - 1).is_none() {
        return Vec::new();
    }
    let has_words = |it: &Range<usize>| text[it.clone()].contains(char::is_alphanumeric);
    let sentences: Vec<_> = several::sentences(text).filter(has_words).collect();
    let mut parts = Vec::new();
    for (at, sentence) in sentences.iter().enumerate() {
        let asks = several::asks(&text[sentence.clone()]);
        let before = |n: usize| Some(sentences.get(at.checked_sub(n)?)?.start);
        let windows = windows(&text[sentence.clone()]);
        let is_long = windows.len() > 1;
        for window in windows {
            parts.push(Part {
                query: query.part(window.start + sentence.start..window.end + sentence.start),
                asks: asks && !is_long,
                with_before: Vec::new(),
            });
        }
        if asks && is_long {
            parts.push(Part {
                query: query.part(sentence.clone()),
                asks,
                with_before: Vec::new(),
            });
        }
        if let Some(question) = parts.last_mut().filter(|it| it.asks) {
            let starts = [1, 2].into_iter().filter_map(before);
            question.with_before = starts.map(|it| query.part(it..sentence.end)).collect();
        }
    }
    if !parts.iter().any(|it| it.asks) {
        parts.extend(edges(query));
    }
    leave_out(&mut parts);
    parts
}

/// Keeps [`MAX_PARTS`].
fn leave_out(parts: &mut Vec<Part<'_>>) {
    let middle = parts.len() / 2;
    let n_too_many = parts.len().saturating_sub(MAX_PARTS);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&it| (parts[it].asks, it.abs_diff(middle)));
    let mut stays = vec![true; parts.len()];
    for &it in &order[..n_too_many] {
        stays[it] = false;
    }
    let mut stays = stays.into_iter();
    parts.retain(|_| stays.next() == Some(true));
}

/// The beginning and the end of a message.
fn edges(query: Query<'_>) -> impl Iterator<Item = Part<'_>> {
    let text = query.text();
    let starts = word_starts(text);
    let (head, tail) = (starts[EDGE_WORDS], starts[starts.len() - EDGE_WORDS]);
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
    if starts.len() <= SENTENCE_WORDS {
        return std::iter::once(0..sentence.len()).collect();
    }
    let n_windows = (starts.len() - WINDOW_WORDS).div_ceil(WINDOW_WORDS / 2) + 1;
    let window = |nth: usize| {
        let first = nth * WINDOW_WORDS / 2;
        let end = starts.get(first + WINDOW_WORDS).copied();
        starts[first]..end.unwrap_or(sentence.len())
    };
    (0..n_windows).map(window).collect()
}

/// Where the words of a text begin.
fn word_starts(text: &str) -> Vec<usize> {
    let words = text.split_whitespace();
    words.map(|it| several::start_of(it, text)).collect()
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
    fn a_long_question_is_looked_at_whole_and_in_windows() {
        let question = "will he or she who listens to us take sides or blame my man for it all when we get there after the rain?";
        let parts = drawn(&format!("{question} {TALE}"));
        assert!(question.starts_with(&parts[0]), "{}", parts[0]);
        assert!(parts.contains(&format!("{question} (asks)")), "{parts:?}");
    }

    #[test]
    fn signs_in_a_row_end_one_sentence() {
        let parts = drawn(
            &TALE
                .replace(". ", "... ")
                .replace("he sings...", "he sings?!"),
        );
        assert_eq!(parts[1], "he sings?! (asks) + we met in May... he sings?!");
        assert!(parts.iter().all(|it| it.contains(char::is_alphanumeric)));
    }

    #[test]
    fn of_a_very_long_message_the_questions_are_kept_and_both_ends() {
        let tale = "we met in May. ".repeat(100);
        let parts = drawn(&format!("he sings. {tale} do you bake? {tale} she cooks."));
        assert_eq!(parts.len(), MAX_PARTS);
        assert_eq!(
            (parts[0].as_str(), parts[MAX_PARTS - 1].as_str()),
            ("he sings.", "she cooks.")
        );
        assert!(parts.iter().any(|it| it.starts_with("do you bake? (asks)")));
        assert_eq!(drawn(&"one two three? ".repeat(300)).len(), MAX_PARTS);
    }
}
