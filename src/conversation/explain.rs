//! How a decision came about: in full for `ask --explain` and `eval`, in plain words for `/why`.

use std::fmt::Write;
use std::ops::Range;

use super::{Assistant, Judgement, SmallTalk, Verdict, Way};
use crate::knowledge::{EntryId, KnowledgeBase};
use crate::matching::{Decision, Matcher, Ranking, Repair, Signals, encoder_range};
use crate::safety::{SCORE, Screen};

/// Says what was decided, by which rule, and what each signal gave. Holds words of the person,
/// so it is shown to nobody but the one who asked.
#[must_use]
pub fn explain(assistant: &Assistant, text: &str, judgement: &Judgement) -> String {
    let mut account = Account::new(assistant, judgement).detailed(assistant.knowledge());
    account.push_str(&of_the_screen(assistant.screen(), text));
    account
}

/// A line for each rule of the crisis screen that the text meets.
fn of_the_screen(screen: &Screen, text: &str) -> String {
    let findings = screen.explain(text);
    let lines = findings.iter().map(|it| {
        let (category, level) = (it.category.name(), it.level.name());
        if it.rule == SCORE {
            let (probability, words) = screen.account(text);
            let words: Vec<String> = words.iter().map(|it| format!("“{it}”")).collect();
            let rests_on = if words.is_empty() {
                String::new()
            } else {
                format!(", resting most on {}", words.join(", "))
            };
            format!(
                "screen: {level}, {category}: learned, probability {probability:.2}{rests_on}\n"
            )
        } else {
            let softened = it
                .softened
                .map_or(String::new(), |by| format!(", {}", by.name()));
            let (rule, file, line) = (&it.rule, &it.file, it.line);
            format!("screen: {level}, {category}{softened}: rule `{rule}`, {file} line {line}\n")
        }
    });
    lines.collect()
}

/// The question about anything else that is nearer to a text than any wording of its best entry.
fn elsewhere(matcher: &Matcher, ranking: &Ranking) -> Option<(String, f32)> {
    ranking.candidates.first()?;
    let question = matcher.elsewhere(ranking.elsewhere)?;
    let is_nearer = ranking.is_nearer_elsewhere();
    is_nearer.then(|| (question.to_owned(), ranking.background))
}

/// What was decided about one text and why, without the text. Of the person's words it holds only those
/// that were read as others.
#[derive(Debug, Clone)]
pub struct Account {
    rule: Rule,
    grey: bool,
    repairs: Vec<Repair>,
    n_unknown: usize,
    /// The entry that has the text word for word.
    verbatim: Option<EntryId>,
    /// A question about anything else and its nearness, where it is nearer to the text than any wording of the best entry.
    elsewhere: Option<(String, f32)>,
    /// Where there is an encoder, and the message was one question.
    encoder: Option<EncoderUse>,
    /// Best first.
    candidates: Vec<(EntryId, f32, Signals)>,
    /// How much each signal counts.
    weights: Signals,
    threshold: f32,
    clarify_threshold: f32,
    margin: f32,
    /// The probability that anything answers.
    in_scope: f32,
}

/// Whether the encoder was asked, and why.
#[derive(Debug, Clone)]
struct EncoderUse {
    /// The score by words and table alone.
    first_tier: f32,
    /// The scores at which it is asked.
    range: Range<f32>,
    asked: bool,
}

/// The rule that decided.
#[derive(Debug, Clone, Copy)]
enum Rule {
    Urgent,
    SmallTalk(SmallTalk),
    SeveralAnswers(usize),
    ClearAnswer,
    /// Of several questions one has an answer, and another is surely about something else.
    AnswerInPart,
    /// Something may well answer, but it is too unsure what.
    Unsure,
    /// Sure enough, but two entries are too close to each other.
    Tied,
    /// The message leans on the last answer, so what comes near may not be meant.
    LeansOnLast,
    NothingNear,
    /// A long message, parts of which come near to some entries.
    UnsureParts,
    /// A long message, no part of which does.
    NoPartNear,
}

impl Account {
    pub(super) fn new(assistant: &Assistant, judgement: &Judgement) -> Self {
        let settings = assistant.matcher().settings();
        let ranking = &judgement.ranking;
        let best = ranking.candidates.first().map_or(0.0, |it| it.score);
        let rule = match &judgement.verdict {
            Verdict::Urgent => Rule::Urgent,
            Verdict::SmallTalk(kind) => Rule::SmallTalk(*kind),
            Verdict::Several(entries) => Rule::SeveralAnswers(entries.len()),
            Verdict::Matched(Decision::Answer { .. }) if judgement.way == Way::InPart => {
                Rule::AnswerInPart
            }
            Verdict::Matched(Decision::Answer { .. }) => Rule::ClearAnswer,
            Verdict::Matched(Decision::Clarify(_)) if judgement.way == Way::ByParts => {
                Rule::UnsureParts
            }
            Verdict::Matched(Decision::Abstain) if judgement.way == Way::ByParts => {
                Rule::NoPartNear
            }
            Verdict::Matched(Decision::Clarify(_)) if best < settings.threshold => Rule::Unsure,
            Verdict::Matched(Decision::Clarify(_)) if is_tied(ranking, assistant.matcher()) => {
                Rule::Tied
            }
            Verdict::Matched(Decision::Clarify(_)) => Rule::LeansOnLast,
            Verdict::Matched(Decision::Abstain) => Rule::NothingNear,
        };
        // Of several questions each was ranked by itself, and what is kept of that are the answers.
        let is_one = !matches!(rule, Rule::SeveralAnswers(_) | Rule::AnswerInPart);
        let has_encoder = is_one && assistant.matcher().has_second_tier();
        let entries = assistant.knowledge().entries();
        let candidates = ranking.candidates.iter();
        Self {
            rule,
            grey: judgement.grey,
            repairs: ranking.repairs.clone(),
            n_unknown: ranking.n_unknown,
            verbatim: ranking.verbatim.map(|it| entries[it].id.clone()),
            elsewhere: elsewhere(assistant.matcher(), ranking),
            encoder: has_encoder.then(|| EncoderUse {
                first_tier: ranking.first_tier,
                range: encoder_range(settings.encoder_threshold),
                asked: ranking.encoder_asked,
            }),
            candidates: candidates
                .map(|it| (entries[it.entry].id.clone(), it.score, it.signals))
                .collect(),
            weights: *assistant.matcher().weights(),
            threshold: settings.threshold,
            clarify_threshold: settings.clarify_threshold,
            margin: settings.margin,
            in_scope: ranking.in_scope,
        }
    }

    /// For whoever looks after the content: the rule with its numbers, what was read as what, and every
    /// candidate with the part of each signal, in log odds. `knowledge` gives the titles.
    #[must_use]
    pub fn detailed(&self, knowledge: &KnowledgeBase) -> String {
        let mut text = self.rule_in_numbers();
        if self.grey {
            text.push_str("\ngrey: a support line goes with the reply");
        }
        // Writing to a string does not fail.
        for Repair { typed, read_as } in &self.repairs {
            let _ = write!(text, "\nread “{typed}” as “{read_as}”");
        }
        match self.n_unknown {
            0 => {}
            1 => text.push_str("\n1 word is in no entry"),
            n => {
                let _ = write!(text, "\n{n} words are in no entry");
            }
        }
        if let Some(id) = &self.verbatim {
            let _ = write!(text, "\nword for word a wording of {id}, which comes first");
        }
        if let Some((question, nearness)) = &self.elsewhere {
            let _ = write!(
                text,
                "\nnearer to “{question}” ({nearness:.2}), which is out of scope, than to any wording of the best entry"
            );
        }
        if let Some(it) = &self.encoder {
            let (score, from, to) = (it.first_tier, it.range.start, it.range.end);
            let (place, not) = if it.asked {
                (format!("between {from:.2} and {to:.2}"), "")
            } else if score < from {
                (format!("below {from:.2}"), "not ")
            } else {
                (format!("{to:.2} or more"), "not ")
            };
            let _ = write!(
                text,
                "\nwords and table alone gave {score:.2}, {place}, so the encoder was {not}asked"
            );
        }
        for (place, (id, score, signals)) in (1..).zip(&self.candidates) {
            let title = knowledge.get(id.as_str()).map_or("", |it| &it.title);
            let parts: Vec<(&str, f32)> = signals.parts(&self.weights).collect();
            let sum: f32 = parts.iter().map(|it| it.1).sum();
            let parts: Vec<String> = parts
                .iter()
                .map(|(name, part)| format!("{name} {part:.2}"))
                .collect();
            let parts = parts.join(" + ");
            let _ = write!(
                text,
                "\n{place}. {score:.2}  {id}  {title}  ({parts} = {sum:.2})"
            );
        }
        text.push('\n');
        text
    }

    fn rule_in_numbers(&self) -> String {
        let best = self.candidates.first().map_or(0.0, |it| it.1);
        let (threshold, ask, margin) = (self.threshold, self.clarify_threshold, self.margin);
        let any = self.in_scope;
        match self.rule {
            Rule::Urgent => {
                "urgent: the crisis screen found a sign of danger; nothing is matched".to_owned()
            }
            Rule::SmallTalk(kind) => format!("abstain: small talk ({kind:?})"),
            Rule::SeveralAnswers(n) => format!(
                "answer: {n} questions in one message, each with an answer that reaches the threshold {threshold:.2}"
            ),
            Rule::AnswerInPart => format!(
                "answer: of several questions in one message one has an answer that reaches the threshold {threshold:.2}, and the others are about something else"
            ),
            Rule::ClearAnswer => format!(
                "answer: the best score {best:.2}, the probability that it is right, reaches the threshold {threshold:.2}, and no rival is within the margin {margin:.2}"
            ),
            Rule::Unsure => format!(
                "clarify: the best score {best:.2}, the probability that it is right, is below the threshold {threshold:.2}, but the probability that anything here answers, {any:.2}, reaches {ask:.2}, from where the bot asks"
            ),
            Rule::Tied => format!(
                "clarify: the best score {best:.2}, the probability that it is right, reaches the threshold {threshold:.2}, but a rival is within the margin {margin:.2}"
            ),
            Rule::LeansOnLast => "clarify: the message leans on the last answer, so that what comes near is not sure to be meant".to_owned(),
            Rule::UnsureParts => "clarify: a long message; what is asked back is what its parts come near to, the numbers below are those of the whole".to_owned(),
            Rule::NoPartNear => "abstain: a long message, and neither the question in it nor, without one, a part of it is near enough to an entry; the numbers below are those of the whole".to_owned(),
            Rule::NothingNear if self.candidates.is_empty() => {
                "abstain: no entry has a word or a meaning in common with the message".to_owned()
            }
            Rule::NothingNear => format!(
                "abstain: the probability that anything here answers, {any:.2}, is below {ask:.2}, from where the bot would ask"
            ),
        }
    }

    /// For the person who wrote the text: a few plain sentences.
    #[must_use]
    pub fn plain(&self, knowledge: &KnowledgeBase) -> String {
        let mut found = self.candidates.iter().filter_map(|(id, score, _)| {
            Some((knowledge.get(id.as_str())?.title.as_str(), percent(*score)))
        });
        let (first, second) = (found.next(), found.next());
        let (answer_from, ask_from) = (percent(self.threshold), percent(self.clarify_threshold));
        let mut sentences = Vec::new();
        for Repair { typed, read_as } in &self.repairs {
            sentences.push(format!("I read “{typed}” as “{read_as}”."));
        }
        sentences.push(match (self.rule, first) {
            (Rule::Urgent, _) => {
                return "Something in your message may be about danger to life. Then I show the helplines and look for nothing else.".to_owned();
            }
            (Rule::SmallTalk(SmallTalk::Complaint), _) => {
                return "I took your message for words about my last reply, so I looked for no answer."
                    .to_owned();
            }
            (Rule::SmallTalk(SmallTalk::More), _) => {
                return "You asked on without a word about what, so I looked for no answer.".to_owned();
            }
            (Rule::SmallTalk(_), _) => {
                return "I took your message for small talk, so I looked for no answer.".to_owned();
            }
            (Rule::SeveralAnswers(_), _) => {
                "I saw several questions in your message and answered each by itself.".to_owned()
            }
            (Rule::AnswerInPart, _) => {
                "I saw several questions in your message and answered the one that our texts answer.".to_owned()
            }
            (Rule::ClearAnswer, Some((title, sure))) => format!(
                "I was {sure} % sure that “{title}” answers you. From {answer_from} % on, I answer at once."
            ),
            (Rule::Unsure, Some((title, sure))) => format!(
                "The nearest I found was “{title}”, and I was only {sure} % sure of it. I answer from {answer_from} % on, and below that I ask what you mean."
            ),
            (Rule::Tied, Some((title, _))) => {
                format!("“{title}” fits, but another passage fits nearly as well, so I asked which you mean.")
            }
            (Rule::LeansOnLast, Some((title, _))) => {
                format!("Your message goes on from my last answer, and “{title}” may be what you mean, so I asked.")
            }
            (Rule::UnsureParts, _) => "Your message is long, so I looked for a question in it. I was not sure which of our texts answers it, so I asked.".to_owned(),
            (Rule::NoPartNear, _) => "Your message is long, so I looked for a question in it, and found none that our texts answer.".to_owned(),
            (Rule::NothingNear, Some((title, _))) => format!(
                "The nearest I found was “{title}”, but I was only {} % sure that any of our texts answers you. Below {ask_from} % I say that I have no answer.",
                percent(self.in_scope)
            ),
            (_, None) => "I found nothing that comes near to your message.".to_owned(),
        });
        if let (Rule::ClearAnswer | Rule::Tied, Some((title, sure))) = (self.rule, second) {
            sentences.push(format!("The next best was “{title}”, with {sure} %."));
        }
        match self.n_unknown {
            0 => {}
            1 => sentences.push("One of your words is in none of our texts.".to_owned()),
            n => sentences.push(format!("{n} of your words are in none of our texts.")),
        }
        sentences.join(" ")
    }
}

/// Nothing is certain, so never 0 or 100.
fn percent(probability: f32) -> f32 {
    (100.0 * probability).round().clamp(1.0, 99.0)
}

fn is_tied(ranking: &Ranking, matcher: &Matcher) -> bool {
    let Some((best, rivals)) = ranking.candidates.split_first() else {
        return false;
    };
    let mut rivals = rivals
        .iter()
        .filter(|it| !matcher.are_twins(it.entry, best.entry));
    rivals.any(|it| best.score - it.score < matcher.settings().margin)
}
