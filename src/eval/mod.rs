//! Labelled questions through the same [`Assistant`] as the bot: how often the right entry is
//! first, and how often the bot answers, asks, stays silent or is wrong.

pub mod safety;

use std::collections::BTreeMap;

use crate::conversation::{Assistant, Judgement, Verdict};
use crate::knowledge::{EntryId, Question};
use crate::matching::Decision;

/// One question and what came of it.
pub struct Result<'q> {
    pub question: &'q Question,
    pub judgement: Judgement,
    /// Ids of the candidates, best first.
    pub ranked: Vec<EntryId>,
    /// Place of the best ranked of the expected entries, from 0; none if the ranking has none of them.
    pub rank: Option<usize>,
    pub outcome: Outcome,
}

/// What the person would have seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// An expected entry.
    Right,
    /// Another entry, or any at all for a question that must not be answered.
    Wrong,
    /// Choices, one of them expected.
    AskedRight,
    /// Choices, none of them expected.
    AskedWrong,
    Abstained,
    /// The crisis text.
    Urgent,
}

impl Outcome {
    /// What a verdict comes to, where these entries are right.
    pub(crate) fn of(verdict: &Verdict, is_right: impl Fn(usize) -> bool) -> Self {
        let any = |entries: &[usize]| entries.iter().any(|&it| is_right(it));
        match verdict {
            Verdict::Urgent => Self::Urgent,
            Verdict::SmallTalk(_) | Verdict::Matched(Decision::Abstain) => Self::Abstained,
            Verdict::Matched(Decision::Answer { entry, .. }) if is_right(*entry) => Self::Right,
            Verdict::Several(entries) if any(entries) => Self::Right,
            Verdict::Matched(Decision::Answer { .. }) | Verdict::Several(_) => Self::Wrong,
            Verdict::Matched(Decision::Clarify(choices)) if any(choices) => Self::AskedRight,
            Verdict::Matched(Decision::Clarify(_)) => Self::AskedWrong,
        }
    }
}

/// An entry that was found where another was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    pub expected: EntryId,
    pub found: EntryId,
    /// In how many questions.
    pub n: usize,
}

impl Confusion {
    /// Counts pairs of expected and found entries, the most frequent first.
    pub(crate) fn count<'a>(pairs: impl Iterator<Item = (&'a EntryId, &'a EntryId)>) -> Vec<Self> {
        let mut counts: BTreeMap<(&EntryId, &EntryId), usize> = BTreeMap::new();
        for pair in pairs {
            *counts.entry(pair).or_default() += 1;
        }
        let mut confusions: Vec<Self> = counts
            .into_iter()
            .map(|((expected, found), n)| Self {
                expected: expected.clone(),
                found: found.clone(),
                n,
            })
            .collect();
        confusions.sort_by_key(|it| std::cmp::Reverse(it.n));
        confusions
    }
}

/// Which entries stand first where others are expected, the most frequent pairs first. Of several that
/// are expected, the best placed counts.
#[must_use]
pub fn confusions(results: &[&Result<'_>]) -> Vec<Confusion> {
    Confusion::count(results.iter().filter_map(|result| {
        let found = result.ranked.first()?;
        let expected = result.ranked.get(result.rank.filter(|rank| *rank > 0)?)?;
        Some((expected, found))
    }))
}

/// Figures over a set of results, each 0 to 1 with its 95 % interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub n_questions: usize,
    pub n_in_scope: usize,
    pub shares: Vec<Share>,
}

impl Figures {
    pub const RECALL: &str = "recall@1";
    pub const WRONG: &str = "wrong answers";

    /// The estimate of this name; none when nothing was measured for it.
    #[must_use]
    pub fn estimate(&self, name: &str) -> Option<Estimate> {
        self.shares.iter().find(|it| it.name == name)?.estimate
    }
}

/// A figure over some of the questions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    pub name: &'static str,
    pub n: usize,
    /// None when `n` is zero.
    pub estimate: Option<Estimate>,
}

/// A mean, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    /// 2.5th and 97.5th percentile of the bootstrap.
    pub interval: (f64, f64),
}

/// Asks every question.
pub fn run<'q>(
    assistant: &Assistant,
    questions: &'q [Question],
    mut progress: impl FnMut(),
) -> Vec<Result<'q>> {
    questions
        .iter()
        .map(|question| {
            progress();
            ask(assistant, question)
        })
        .collect()
}

/// The figures of some results.
#[must_use]
pub fn figures(results: &[&Result<'_>]) -> Figures {
    let in_scope = |it: &&&Result<'_>| !it.question.expect.is_empty();
    let out_of_scope = |it: &&&Result<'_>| it.question.expect.is_empty();
    let share = |name, value: fn(&Result<'_>) -> f64, of: &dyn Fn(&&&Result<'_>) -> bool| {
        let values: Vec<f64> = results
            .iter()
            .filter(|it| of(it))
            .map(|it| value(it))
            .collect();
        let estimate = || Estimate {
            mean: values.iter().sum::<f64>() / values.len() as f64,
            interval: bootstrap(&values.iter().map(|it| (*it, 1.0)).collect::<Vec<_>>()),
        };
        Share {
            name,
            n: values.len(),
            estimate: (!values.is_empty()).then(estimate),
        }
    };
    let all = |_: &&&Result<'_>| true;
    let is_there = results.iter().any(|it| asked_encoder(it));
    let with_encoder = |_: &&&Result<'_>| is_there;
    Figures {
        n_questions: results.len(),
        n_in_scope: results.iter().filter(in_scope).count(),
        shares: vec![
            share(Figures::RECALL, |it| hit(it, 1), &in_scope),
            share("recall@3", |it| hit(it, 3), &in_scope),
            share(
                "MRR@10",
                |it| {
                    it.rank
                        .filter(|&rank| rank < 10)
                        .map_or(0.0, |rank| 1.0 / (rank + 1) as f64)
                },
                &in_scope,
            ),
            share(
                "right at once",
                |it| one(it.outcome == Outcome::Right),
                &in_scope,
            ),
            share(
                "right at once or among the choices",
                |it| one(matches!(it.outcome, Outcome::Right | Outcome::AskedRight)),
                &in_scope,
            ),
            share(
                "needlessly abstained",
                |it| one(it.outcome == Outcome::Abstained),
                &in_scope,
            ),
            share(
                "out of scope, answered",
                |it| one(it.outcome == Outcome::Wrong),
                &out_of_scope,
            ),
            share(
                "out of scope, abstained",
                |it| one(it.outcome == Outcome::Abstained),
                &out_of_scope,
            ),
            share(
                "answered",
                |it| one(matches!(it.outcome, Outcome::Right | Outcome::Wrong)),
                &all,
            ),
            share(
                "clarified",
                |it| {
                    one(matches!(
                        it.outcome,
                        Outcome::AskedRight | Outcome::AskedWrong
                    ))
                },
                &all,
            ),
            share(
                "abstained",
                |it| one(it.outcome == Outcome::Abstained),
                &all,
            ),
            share("urgent", |it| one(it.outcome == Outcome::Urgent), &all),
            share(Figures::WRONG, |it| one(it.outcome == Outcome::Wrong), &all),
            share("handled right", |it| one(handled_right(it)), &all),
            share("encoder asked", |it| one(asked_encoder(it)), &with_encoder),
        ],
    }
}

/// The results by the kind of their question, in alphabetical order.
#[must_use]
pub fn by_kind<'r, 'q>(results: &'r [Result<'q>]) -> BTreeMap<&'q str, Vec<&'r Result<'q>>> {
    let mut kinds: BTreeMap<&str, Vec<&Result<'_>>> = BTreeMap::new();
    for result in results {
        kinds
            .entry(result.question.kind.as_deref().unwrap_or("-"))
            .or_default()
            .push(result);
    }
    kinds
}

fn ask<'q>(assistant: &Assistant, question: &'q Question) -> Result<'q> {
    let judgement = assistant.judge(&question.ask);
    let id = |entry: usize| &assistant.knowledge().entries()[entry].id;
    let expected = |entry: usize| question.expect.iter().any(|it| it == id(entry).as_str());
    let outcome = Outcome::of(&judgement.verdict, expected);
    let candidates = &judgement.ranking.candidates;
    Result {
        rank: candidates.iter().position(|it| expected(it.entry)),
        ranked: candidates.iter().map(|it| id(it.entry).clone()).collect(),
        question,
        judgement,
        outcome,
    }
}

fn hit(result: &Result<'_>, within: usize) -> f64 {
    one(result.rank.is_some_and(|rank| rank < within))
}

fn asked_encoder(result: &Result<'_>) -> bool {
    result.judgement.ranking.encoder_asked
}

/// The right entry first and shown, or nothing shown where nothing fits.
fn handled_right(result: &Result<'_>) -> bool {
    if result.question.expect.is_empty() {
        return result.outcome != Outcome::Wrong && result.outcome != Outcome::AskedWrong;
    }
    result.rank == Some(0) && matches!(result.outcome, Outcome::Right | Outcome::AskedRight)
}

fn one(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// 95 % percentile interval of the mean of values with their weights: 1,000 resamples, always with the
/// same seed, so that equal results print equal intervals. Source: Efron, "Bootstrap methods" (1979).
pub(crate) fn bootstrap(values: &[(f64, f64)]) -> (f64, f64) {
    const RESAMPLES: usize = 1000;
    if values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let mut random = SplitMix(0x5eed);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn = (0..values.len()).map(|_| values[random.below(values.len())]);
            let (sum, weight) = drawn.fold((0.0, 0.0), |(sum, total), (value, weight)| {
                (sum + value * weight, total + weight)
            });
            sum / weight
        })
        .collect();
    means.sort_unstable_by(f64::total_cmp);
    (means[RESAMPLES / 40], means[RESAMPLES - 1 - RESAMPLES / 40])
}

/// Score interval of a share that was seen in `n` messages, `z` standard deviations to either side; it
/// holds for few messages and for shares near 0 and 1 too. With less than one message everything is possible.
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
pub(crate) fn wilson(share: f64, n: f64, z: f64) -> (f64, f64) {
    if n < 1.0 {
        return (0.0, 1.0);
    }
    let centre = share + z * z / (2.0 * n);
    let spread = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    ((centre - spread) / scale, (centre + spread) / scale)
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}
