//! The second tier: how near entries are by a sentence encoder, which is asked only when words and
//! table are unsure.

use std::borrow::Cow;
use std::sync::Arc;

use super::Settings;
use super::semantic::{ASKED_OF, answered, background_questions, centred, soft_maximum};
use super::topk::highest;
use crate::knowledge::{Entry, KnowledgeBase};

/// Turns a text into a vector whose cosine with another's says how alike in meaning the texts are.
pub trait SentenceEncoder: Send + Sync {
    /// A vector of length 1; every text's is equally long. May take milliseconds.
    fn encode(&self, text: &str) -> Vec<f32>;
}

/// An encoder with the vectors of all entries.
pub struct SecondTier {
    encoder: Arc<dyn SentenceEncoder>,
    /// The mean of all entries' topics, which is taken off every vector: what all entries have in
    /// common tells none of them apart.
    centre: Vec<f32>,
    /// A row for each text, in the order of [`SecondTier::texts`].
    rows: Vec<Vec<f32>>,
    /// Each entry's mean of question and variants, at length 1.
    topics: Vec<Vec<f32>>,
    /// Rows of entry `e` are `starts[e]..starts[e + 1]`, the last of them the answer's. What follows
    /// the last entry are the questions about anything else that the content does not answer, and those that its operator
    /// says it does not answer.
    starts: Vec<usize>,
}

/// How near the texts of one entry are to a query by the encoder.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EncoderSignals {
    /// Soft maximum of the cosines with question and variants, -1 to about 1.2.
    pub similar: f32,
    /// Cosine with the answer, as far as the encoder reads, -1 to 1.
    pub answer: f32,
    /// Cosine with the mean of question and variants, -1 to 1.
    pub topic: f32,
}

/// Words that are read of a longer query, from each end: about 35 pieces in all, 6 ms.
const READ_AT_EACH_END: usize = 14;

impl SecondTier {
    /// The texts of which it needs the vectors.
    #[must_use]
    pub fn texts(knowledge: &KnowledgeBase, settings: &Settings) -> Vec<String> {
        let entries = knowledge.entries().iter().flat_map(texts);
        let background = background_questions().map(str::to_owned);
        let own = settings.out_of_scope.iter().cloned();
        entries.chain(background).chain(own).collect()
    }

    /// Joins an encoder with its vectors of [`SecondTier::texts`], in that order.
    ///
    /// # Panics
    /// When there are fewer vectors than texts.
    #[must_use]
    pub fn new(
        knowledge: &KnowledgeBase,
        encoder: Arc<dyn SentenceEncoder>,
        rows: &[Vec<f32>],
    ) -> Self {
        let mut starts = vec![0];
        for entry in knowledge.entries() {
            starts.push(starts[starts.len() - 1] + texts(entry).count());
        }
        let topics = |rows: &[Vec<f32>]| -> Vec<Vec<f32>> {
            let ranges = starts.windows(2).map(|it| it[0]..it[1] - 1);
            ranges.map(|it| mean(&rows[it])).collect()
        };
        let share = centred(knowledge.entries().len());
        let centre: Vec<f32> = mean(&topics(rows)).iter().map(|it| it * share).collect();
        let mut rows: Vec<_> = rows.iter().map(|it| without(it, &centre)).collect();
        let background = rows.split_off(starts[starts.len() - 1]);
        let topics: Vec<_> = topics(&rows).iter().map(|it| unit(it)).collect();
        // As `semantic` has it: only the entries with the nearest topics are looked at text by text.
        let least = answered(knowledge.entries().len());
        let answers = |question: &[f32]| {
            let nearness: Vec<f32> = topics.iter().map(|it| cosine(it, question)).collect();
            let near = highest(&nearness, ASKED_OF).into_iter();
            let mut texts = near.flat_map(|it| &rows[starts[it]..starts[it + 1] - 1]);
            texts.any(|row| least <= cosine(row, question))
        };
        let n_built_in = background_questions().count();
        let background = background.into_iter().enumerate();
        let kept = background.filter(|(at, it)| n_built_in <= *at || !answers(it));
        let kept: Vec<_> = kept.map(|it| it.1).collect();
        rows.extend(kept);
        Self {
            encoder,
            centre,
            rows,
            topics,
            starts,
        }
    }

    /// The vector of a query, of a long one's beginning and end.
    pub(super) fn encode(&self, query: &str) -> Vec<f32> {
        without(&self.encoder.encode(&shortened(query)), &self.centre)
    }

    /// The cosine of the query and the nearest question about anything else, -1 to 1.
    pub(super) fn background(&self, query: &[f32]) -> f32 {
        let start = self.starts.last().copied().unwrap_or_default();
        let cosines = self.rows[start..].iter().map(|row| cosine(query, row));
        cosines.fold(-1.0, f32::max)
    }

    /// What the encoder says of one entry.
    pub(super) fn signals(&self, query: &[f32], entry: usize) -> EncoderSignals {
        let rows = &self.rows[self.starts[entry]..self.starts[entry + 1]];
        let cosines: Vec<f32> = rows.iter().map(|row| cosine(query, row)).collect();
        let Some((answer, questions)) = cosines.split_last() else {
            return EncoderSignals::default();
        };
        EncoderSignals {
            similar: soft_maximum(questions.iter().copied()),
            answer: *answer,
            topic: cosine(query, &self.topics[entry]),
        }
    }
}

impl EncoderSignals {
    /// Every signal with its name, in the order of the documentation.
    #[must_use]
    pub fn named(&self) -> [(&'static str, f32); 3] {
        [
            ("encoder similar", self.similar),
            ("encoder answer", self.answer),
            ("encoder topic", self.topic),
        ]
    }
}

fn texts(entry: &Entry) -> impl Iterator<Item = String> {
    let questions = std::iter::once(&entry.title).chain(&entry.variants);
    let answer = std::iter::once_with(|| entry.answer.plain());
    questions.cloned().chain(answer)
}

/// The first and last words of a text: people begin with their matter, and end with their question.
fn shortened(text: &str) -> Cow<'_, str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() <= 2 * READ_AT_EACH_END {
        return Cow::Borrowed(text);
    }
    let (first, rest) = words.split_at(READ_AT_EACH_END);
    let last = &rest[rest.len() - READ_AT_EACH_END..];
    Cow::Owned([first, last].concat().join(" "))
}

/// Empty for no rows.
fn mean(rows: &[Vec<f32>]) -> Vec<f32> {
    let mut mean = vec![0.0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        let parts = mean.iter_mut().zip(row);
        parts.for_each(|(mean, it)| *mean += it / rows.len() as f32);
    }
    mean
}

/// The vector less the centre, at length 1.
fn without(vector: &[f32], centre: &[f32]) -> Vec<f32> {
    let rest: Vec<f32> = vector.iter().zip(centre).map(|(a, b)| a - b).collect();
    unit(&rest)
}

/// Brought to length 1; all zeros stay so.
fn unit(vector: &[f32]) -> Vec<f32> {
    let length = cosine(vector, vector).sqrt().max(f32::MIN_POSITIVE);
    vector.iter().map(|it| it / length).collect()
}

/// The cosine, of vectors of length 1.
fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::EntryId;
    use crate::markup::Document;
    use crate::matching::{Matcher, Ranking, Settings};
    use crate::safety::Safety;

    /// Knows that "cash" is about money and all else is about something of its own length.
    struct Toy;

    impl SentenceEncoder for Toy {
        fn encode(&self, text: &str) -> Vec<f32> {
            let is_money = ["cash", "fees"].iter().any(|it| text.contains(it));
            let mut vector = vec![0.0; 4];
            vector[if is_money { 0 } else { 1 + text.len() % 3 }] = 1.0;
            vector
        }
    }

    fn knowledge() -> KnowledgeBase {
        let entry = |id: &str, question: &str| {
            let id = EntryId::new(id).unwrap();
            let answer = Document::text("See our page.");
            Entry::loose(id, question.to_owned(), Vec::new(), answer)
        };
        KnowledgeBase::from_entries(vec![
            entry("hours", "When are you open?"),
            entry("fees", "What are your fees?"),
            entry("place", "Where is your practice?"),
        ])
    }

    fn rank(question: &str, encoder_threshold: f32) -> Ranking {
        rank_with(
            question,
            &Settings {
                encoder_threshold,
                ..Settings::default()
            },
        )
    }

    fn rank_with(question: &str, settings: &Settings) -> Ranking {
        let knowledge = knowledge();
        let texts = SecondTier::texts(&knowledge, settings);
        let rows: Vec<_> = texts.iter().map(|it| Toy.encode(it)).collect();
        let matcher = Matcher::new(&knowledge, settings).with_second_tier(SecondTier::new(
            &knowledge,
            Arc::new(Toy),
            &rows,
        ));
        let safety = Safety::builtin();
        let query = safety.screen.check(question).into_query();
        matcher.rank(query)
    }

    #[test]
    fn the_encoder_finds_what_words_do_not() {
        let ranking = rank("how much cash shall I bring", 0.6);
        assert_eq!(ranking.candidates[0].entry, 1);
        assert!(ranking.encoder_asked && ranking.first_tier < 0.6);
    }

    #[test]
    fn it_is_asked_only_below_the_threshold() {
        let ranking = rank("when are you open", 0.0);
        assert_eq!(
            (ranking.candidates[0].entry, ranking.encoder_asked),
            (0, false)
        );
        assert!(
            ranking
                .candidates
                .iter()
                .all(|it| it.signals.encoder.is_none())
        );
        let ranking = rank("when are you open", 1.0);
        assert!(ranking.encoder_asked && ranking.candidates[0].signals.encoder.is_some());
    }

    #[test]
    fn it_is_not_asked_where_nothing_is_near() {
        let ranking = rank("who won the football cup last night", 1.0);
        assert!(!ranking.encoder_asked);
        assert!(ranking.candidates.iter().all(|it| it.score < 0.02));
    }

    #[test]
    fn what_is_near_to_a_question_out_of_scope_is_near_to_the_background() {
        let with = |out_of_scope: &[&str]| {
            let settings = Settings {
                encoder_threshold: 1.0,
                out_of_scope: out_of_scope.iter().map(|it| (*it).to_owned()).collect(),
                ..Settings::default()
            };
            rank_with("what are your fees in cash", &settings).encoder_background
        };
        // The built-in questions about money are left out, since the content answers them; the operator's stay.
        assert!(with(&["do you take cash"]) > with(&["who are you"]));
    }

    #[test]
    fn every_score_stays_a_probability() {
        for question in [
            "how much cash",
            "fees",
            "xyzzy",
            "when and where and what fees?",
        ] {
            let ranking = rank(question, 1.0);
            assert!(
                ranking
                    .candidates
                    .iter()
                    .all(|it| (0.0..=1.0).contains(&it.score))
            );
        }
    }
}
