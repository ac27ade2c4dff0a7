//! What a message is and which entries answer it, before any wording.

use super::{Assistant, SmallTalk, context, feeling, several, small_talk};
use crate::matching::{Candidate, Decision, MAX_CHOICES, Matcher, Ranking};
use crate::safety::{Query, Screened};

/// Characters of a message that are matched. Telegram sends no more; a terminal may.
const MATCHED_CHARS: usize = 4096;

/// The most questions of one message that are answered.
const MAX_QUESTIONS: usize = 3;

/// So many questions of one message are looked at; who writes more tells a story, and each costs a look at all content.
const MAX_TRIED: usize = 12;

/// Of these so many may ask the encoder, which takes milliseconds while all chats wait.
const MAX_ENCODED: usize = 4;

/// The judgement of one text, before any wording: what `ask` and `eval` report and what
/// [`Assistant::answer`] puts into words.
pub struct Judgement {
    pub verdict: Verdict,
    /// The best entries, for small talk and an abstention too. In a conversation none for an alarm,
    /// which is answered before anything is ranked; [`Assistant::judge`] ranks it, for measuring.
    pub ranking: Ranking,
    /// The screen asks for a support line under the reply.
    pub grey: bool,
    pub way: Way,
}

/// What the last answer was.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) entry: usize,
    /// Nothing was said since.
    pub(super) is_last: bool,
}

/// How a message was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By itself, or each of its questions.
    Alone,
    /// By those of its questions that have an answer; another is about something that nothing here answers.
    InPart,
    /// It leans on the last answer, which was counted in where the message has no answer of its own.
    AfterLast,
    /// No part of a long message has a sure answer, nor has the whole, and what they come near to was weighed
    /// together: the ranking, which is of the whole, does not tell the decision.
    ByParts,
}

/// One of the four decisions; small talk abstains with a kind line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Urgent,
    SmallTalk(SmallTalk),
    Matched(Decision),
    /// The message holds several questions, and these two or three entries answer them in order.
    Several(Vec<usize>),
}

impl Assistant {
    /// Decides about one text. Text beyond 4,096 characters is screened but not matched.
    #[must_use]
    pub fn judge(&self, text: &str) -> Judgement {
        match self.safety.screen.check(text) {
            // Ranked for `ask --explain`, not to be answered.
            Screened::Urgent(alarm) => Judgement {
                verdict: Verdict::Urgent,
                ..self.match_query(alarm.into_query(), false, None)
            },
            Screened::Grey(query) => self.judge_query(query, true, None),
            Screened::Clear(query) => self.judge_query(query, false, None),
        }
    }

    /// A ranking of up to `limit` candidates with the encoder always asked, for measuring. A message of
    /// several questions is ranked as one.
    #[must_use]
    pub fn ranked_deeply(&self, text: &str, limit: usize) -> Ranking {
        let query = self.safety.screen.check(text).into_query();
        self.matcher
            .rank_deeply(query.first_chars(MATCHED_CHARS), limit)
    }

    /// What another matcher makes of a text, for measuring.
    #[must_use]
    pub fn ranked_by(&self, matcher: &Matcher, text: &str) -> Ranking {
        let query = self.safety.screen.check(text).into_query();
        matcher.rank(query.first_chars(MATCHED_CHARS))
    }

    pub(super) fn judge_query(
        &self,
        query: Query<'_>,
        grey: bool,
        shown: Option<Shown>,
    ) -> Judgement {
        let judgement = self.match_query(query, grey, shown);
        let is_answered = matches!(judgement.verdict, Verdict::Matched(Decision::Answer { .. }));
        let counts = |it: &SmallTalk| match it {
            // An entry about the phone number knows more than the contact text, and one about the menu more than the topics.
            SmallTalk::Contact | SmallTalk::Topics => !is_answered,
            SmallTalk::More => shown.is_some_and(|it| it.is_last),
            _ => true,
        };
        match small_talk::small_talk(query.text()).filter(counts) {
            Some(kind) => Judgement {
                verdict: Verdict::SmallTalk(kind),
                ..judgement
            },
            None => judgement,
        }
    }

    pub(super) fn match_query(
        &self,
        query: Query<'_>,
        grey: bool,
        shown: Option<Shown>,
    ) -> Judgement {
        let query = query.first_chars(MATCHED_CHARS);
        if let Some(judgement) = self.match_several(query, grey) {
            return judgement;
        }
        if let Some(judgement) = self.match_story(query, grey) {
            return judgement;
        }
        let ranking = self.matcher.rank(query);
        let decision = self.matcher.decide(&ranking);
        let (ranking, decision, way) = match shown {
            Some(shown) if context::leans_on_the_last(query.text(), &ranking) => {
                let (ranking, decision) = self.match_after(query, shown.entry, ranking, decision);
                (ranking, decision, Way::AfterLast)
            }
            _ => (ranking, decision, Way::Alone),
        };
        Judgement {
            verdict: Verdict::Matched(decision),
            ranking,
            grey,
            way,
        }
    }

    /// What becomes of a message that leans on the entry shown before it, when that is counted in. What answers it by
    /// itself still does, unless the two disagree: then the person is asked.
    fn match_after(
        &self,
        query: Query<'_>,
        shown: usize,
        ranking: Ranking,
        decision: Decision,
    ) -> (Ranking, Decision) {
        let after = self.matcher.rank_after(query, shown);
        let best = after.candidates.first().map(|it| it.entry);
        let Decision::Answer { entry: alone, .. } = decision else {
            return if best == Some(shown) && !self.matcher.may_speak_of(query, shown) {
                self.match_beyond(query, shown)
            } else {
                let then = self.matcher.decide(&after);
                (after, then)
            };
        };
        let best = best.unwrap_or(alone);
        if best == alone || self.matcher.are_twins(best, alone) {
            (ranking, decision)
        } else {
            (after, Decision::Clarify(vec![best, alone]))
        }
    }

    /// Who has just read an entry and asks of what it does not name need not read it again. Something else may be meant,
    /// but is at most asked for.
    fn match_beyond(&self, query: Query<'_>, shown: usize) -> (Ranking, Decision) {
        let beyond = self.matcher.rank_beyond(query, shown);
        let decision = match self.matcher.decide(&beyond) {
            Decision::Answer { entry, mut others } => {
                others.insert(0, entry);
                others.truncate(MAX_CHOICES);
                Decision::Clarify(others)
            }
            other => other,
        };
        (beyond, decision)
    }

    /// A message of which at least two questions have an answer of their own, or one and the others are surely about something
    /// else. The ranking names these answers first.
    fn match_several(&self, query: Query<'_>, grey: bool) -> Option<Judgement> {
        let questions = several::questions(query);
        if questions.len() < 2 {
            return None;
        }
        let is_story = query.text().split_whitespace().count() > MAX_WORDS_IN_PART;
        let mut answers: Vec<Candidate> = Vec::new();
        let (mut is_one_unsure, mut is_one_elsewhere) = (false, false);
        for (nth, question) in questions.into_iter().take(MAX_TRIED).enumerate() {
            if answers.len() == MAX_QUESTIONS {
                break;
            }
            let ranking = if nth < MAX_ENCODED {
                self.matcher.rank(question)
            } else {
                self.matcher.rank_quickly(question)
            };
            match self.matcher.decide(&ranking) {
                Decision::Answer { entry, .. } => {
                    let is_same = |it: &Candidate| {
                        it.entry == entry || self.matcher.are_twins(it.entry, entry)
                    };
                    if !answers.iter().any(is_same) {
                        answers.extend(ranking.candidates.into_iter().next());
                    }
                }
                Decision::Abstain if says_nothing(question, &ranking) => {}
                Decision::Abstain
                    if ELSEWHERE < ranking.background && ranking.is_nearer_elsewhere() =>
                {
                    is_one_elsewhere = true;
                }
                Decision::Abstain | Decision::Clarify(_) => is_one_unsure = true,
            }
        }
        let entries: Vec<usize> = answers.iter().map(|it| it.entry).collect();
        let (verdict, way) = match entries.as_slice() {
            &[entry] if is_one_elsewhere && !is_one_unsure && !is_story => {
                let others = Vec::new();
                (
                    Verdict::Matched(Decision::Answer { entry, others }),
                    Way::InPart,
                )
            }
            [] | [_] => return None,
            _ if is_one_elsewhere => (Verdict::Several(entries.clone()), Way::InPart),
            _ => (Verdict::Several(entries.clone()), Way::Alone),
        };
        let mut ranking = self.matcher.rank(query);
        ranking.candidates.retain(|it| !entries.contains(&it.entry));
        answers.append(&mut ranking.candidates);
        Some(Judgement {
            verdict,
            ranking: Ranking {
                candidates: answers,
                ..ranking
            },
            grey,
            way,
        })
    }
}

/// Longer messages tell a story, of which a question about anything else may be a part: it is not answered by another question.
const MAX_WORDS_IN_PART: usize = 24;

/// Whether a question is only a manner of speaking, so that nobody waits for an answer: "how are you", "what do I do".
fn says_nothing(question: Query<'_>, ranking: &Ranking) -> bool {
    let n_topics = ranking.n_terms + ranking.n_unknown;
    n_topics == 0
        || ranking.n_unknown == 0 && n_topics == 1
        || small_talk::small_talk(question.text()).is_some()
        || feeling::tells_of_sorrow(question.text())
}

/// How near a question has to be to one about anything else to be surely that, cosine.
const ELSEWHERE: f32 = 0.55;
