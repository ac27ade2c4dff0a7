//! Questions to calibrate on: labelled ones, or the content's own wordings, each left out in turn.

use std::ops::Range;

use crate::conversation::{Assistant, Verdict, Way};
use crate::eval::Outcome;
use crate::knowledge::{Entry, KnowledgeBase, Question};
use crate::matching::{self, Matcher, Ranking, decide};

/// A question and what the matcher said, enough to decide about it again under other thresholds.
#[derive(Debug, Clone)]
pub struct Trial {
    pub ask: String,
    pub ranking: Ranking,
    /// Entries that answer it, its own first; none if it must not be answered.
    pub right: Vec<usize>,
    /// How much it counts among all, above 0; a labelled question has 1.
    pub weight: f64,
    /// Candidates that stand for the same passage.
    twins: Vec<(usize, usize)>,
    /// What becomes of it where no single ranking decides: a crisis, small talk, several
    /// questions or the parts of a story.
    fixed: Option<Outcome>,
}

/// What people send to any practice and no article answers.
const OFF_TOPIC: &str = include_str!("off_topic.txt");

/// How many of all messages have no answer in the content, where nobody has counted: a fifth and a
/// third in the two sets of questions that come along.
const OFF_TOPIC_SHARE: f64 = 0.25;

/// The most wordings that are tried; more make the figures hardly surer and the wait longer.
const MAX_LEFT_OUT: usize = 3_000;

/// Labelled questions, each counting alike.
#[must_use]
pub fn from_questions(assistant: &Assistant, questions: &[Question]) -> Vec<Trial> {
    let knowledge = assistant.knowledge();
    let trials = questions.iter().map(|question| {
        let ids = question.expect.iter();
        let right = ids.filter_map(|id| knowledge.index_of(id)).collect();
        judged(assistant, &question.ask, right)
    });
    trials.collect()
}

/// Every wording of the content, asked while the content is without it, and the built-in list of
/// questions that it has no answer to. Where the content has more than 3,000 wordings, some of
/// each entry are taken, evenly over its list.
///
/// To be quick, one wording of every entry is left out at a time, so each entry is matched by
/// all but one of its own wordings and so are its rivals.
#[must_use]
pub fn from_content(assistant: &Assistant, mut progress: impl FnMut()) -> Vec<Trial> {
    let mut trials = Vec::new();
    let entries = assistant.knowledge().entries();
    for (round, step) in rounds(entries) {
        let without = assistant.knowledge().without_variants(round);
        let matcher = Matcher::new(&without, assistant.matcher().settings());
        for (index, entry) in entries.iter().enumerate().step_by(step) {
            let Some(variant) = entry.variants.get(round) else {
                continue;
            };
            let twins = (0..entries.len()).filter(|&it| assistant.matcher().are_twins(it, index));
            let right = std::iter::once(index).chain(twins).collect();
            let mut trial = judged(assistant, variant, right);
            let ranking = assistant.ranked_by(&matcher, variant);
            trial.take(&matcher, ranking);
            trials.push(trial);
            progress();
        }
    }
    let n_left_out = trials.len();
    trials.extend(off_topic().map(|line| judged(assistant, line, Vec::new())));
    let weight = OFF_TOPIC_SHARE / (1.0 - OFF_TOPIC_SHARE) * n_left_out as f64;
    let n_off_topic = trials.len() - n_left_out;
    for trial in &mut trials[n_left_out..] {
        trial.weight = weight / n_off_topic as f64;
    }
    trials
}

/// How many wordings [`from_content`] tries.
#[must_use]
pub fn n_left_out(knowledge: &KnowledgeBase) -> usize {
    let entries = knowledge.entries();
    let of_round = |(round, step)| {
        let entries = entries.iter().step_by(step);
        entries.filter(|it| round < it.variants.len()).count()
    };
    rounds(entries).map(of_round).sum()
}

/// Which variant of the entries is left out, and of every how many entries it is asked.
fn rounds(entries: &[Entry]) -> impl Iterator<Item = (usize, usize)> {
    let most = entries
        .iter()
        .map(|it| it.variants.len())
        .max()
        .unwrap_or(0);
    let n_rounds = (MAX_LEFT_OUT / entries.len().max(1)).clamp(1, most.max(1));
    let step = entries.len().div_ceil(MAX_LEFT_OUT).max(1);
    (0..n_rounds.min(most)).map(move |it| (it * most / n_rounds, step))
}

fn off_topic() -> impl Iterator<Item = &'static str> {
    OFF_TOPIC
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn judged(assistant: &Assistant, ask: &str, right: Vec<usize>) -> Trial {
    let judgement = assistant.judge(ask);
    let verdict = &judgement.verdict;
    let depends = matches!(verdict, Verdict::Matched(_)) && judgement.way == Way::Alone;
    let fixed = (!depends).then(|| Outcome::of(verdict, |it| right.contains(&it)));
    let mut trial = Trial {
        ask: ask.to_owned(),
        ranking: Ranking::default(),
        right,
        weight: 1.0,
        twins: Vec::new(),
        fixed,
    };
    trial.take(assistant.matcher(), judgement.ranking);
    trial
}

impl Trial {
    fn take(&mut self, matcher: &Matcher, ranking: Ranking) {
        let entries = || ranking.candidates.iter().map(|it| it.entry);
        let pairs = entries().flat_map(|a| entries().map(move |b| (a, b)));
        self.twins = pairs.filter(|&(a, b)| matcher.are_twins(a, b)).collect();
        self.ranking = ranking;
    }

    /// Whether something in the content answers it.
    #[must_use]
    pub fn in_scope(&self) -> bool {
        !self.right.is_empty()
    }

    /// Whether it comes to the matcher, and the best score by words and table is one of these.
    pub(super) fn is_within(&self, scores: &Range<f32>) -> bool {
        self.fixed.is_none() && scores.contains(&self.ranking.first_tier)
    }

    /// What the person would see under these thresholds.
    #[must_use]
    pub fn outcome(&self, settings: &matching::Settings) -> Outcome {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let are_twins = |a, b| self.twins.contains(&(a, b));
        let decision = decide(&self.ranking, settings, are_twins);
        Outcome::of(&Verdict::Matched(decision), |it| self.right.contains(&it))
    }
}
