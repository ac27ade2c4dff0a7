//! A readable account of a judgement, for `ask --explain` and `/why`.

use std::fmt::Write;

use super::{Assistant, Judgement, Verdict};
use crate::matching::Decision;

/// Says what was decided, by which rule, and what each signal gave. Holds words of the person,
/// so it is shown to nobody but the one who asked.
#[must_use]
pub fn explain(assistant: &Assistant, judgement: &Judgement) -> String {
    let settings = assistant.matcher().settings();
    let ranking = &judgement.ranking;
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments<'_>| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{words}");
    };
    let best = ranking.candidates.first().map_or(0.0, |it| it.score);
    let (threshold, ask, margin) = (
        settings.threshold,
        settings.clarify_threshold,
        settings.margin,
    );
    match &judgement.verdict {
        Verdict::Urgent => line(format_args!(
            "urgent: the crisis screen found a sign of danger; nothing is matched"
        )),
        Verdict::SmallTalk(kind) => line(format_args!("abstain: small talk ({kind:?})")),
        Verdict::Several(entries) => line(format_args!(
            "answer: {} questions in one message, each with an answer that reaches the threshold {threshold:.2}",
            entries.len()
        )),
        Verdict::Matched(Decision::Answer { .. }) => {
            line(format_args!(
                "answer: the best score {best:.2} reaches the threshold {threshold:.2} and no rival is within the margin {margin:.2}"
            ));
        }
        Verdict::Matched(Decision::Clarify(_)) if best < threshold => {
            line(format_args!(
                "clarify: the best score {best:.2} is below the threshold {threshold:.2} but reaches {ask:.2}, from where the bot asks"
            ));
        }
        Verdict::Matched(Decision::Clarify(_)) => {
            line(format_args!(
                "clarify: the best score {best:.2} reaches the threshold {threshold:.2}, but a rival is within the margin {margin:.2}"
            ));
        }
        Verdict::Matched(Decision::Abstain) => {
            line(format_args!(
                "abstain: the best score {best:.2} is below {ask:.2}, from where the bot would ask"
            ));
        }
    }
    if judgement.grey {
        line(format_args!("grey: a support line goes with the reply"));
    }
    for repair in &ranking.repairs {
        line(format_args!(
            "read “{}” as “{}”",
            repair.typed, repair.read_as
        ));
    }
    match ranking.n_unknown {
        0 => {}
        1 => line(format_args!("1 word is in no entry")),
        n => line(format_args!("{n} words are in no entry")),
    }
    if let Some(score) = ranking.unsure {
        line(format_args!(
            "words and table alone give {score:.2}, below {:.2}, so the encoder was asked",
            settings.encoder_threshold
        ));
    }
    for (place, candidate) in (1..).zip(&ranking.candidates) {
        let entry = &assistant.knowledge().entries()[candidate.entry];
        let encoder = candidate.signals.encoder.map(|it| it.named());
        let parts: Vec<String> = candidate
            .signals
            .named()
            .iter()
            .chain(encoder.iter().flatten())
            .map(|(name, value)| format!("{name} {value:.2}"))
            .collect();
        line(format_args!(
            "{place}. {:.2}  {}  {}  ({})",
            candidate.score,
            entry.id,
            entry.title,
            parts.join(", ")
        ));
    }
    text
}
