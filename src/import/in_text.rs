//! Questions in running text: bold lines, `Q:` and `A:`, lines that take turns.

use super::blocks::tidy;
use super::{is_question, one_line};
use crate::markup::{Block, Document, Inline};

/// Takes questions out of running text: a bold line with a question mark, `Q:` and `A:`,
/// or plain lines where question and answer take turns. What is left comes first.
pub(super) fn split_questions(blocks: Vec<Block>) -> (Vec<Block>, Vec<(String, Vec<Block>)>) {
    let lines_take_turns = takes_turns(&blocks);
    let mut rest = Vec::new();
    let mut questions: Vec<(String, Vec<Block>)> = Vec::new();
    for block in blocks {
        let opened = match &block {
            Block::Paragraph(inlines) => opens(inlines, lines_take_turns),
            Block::List { .. } => None,
        };
        if let Some((title, answer)) = opened {
            questions.push((title, answer.into_iter().collect()));
        } else if let Some((_, answer)) = questions.last_mut() {
            answer.push(without_mark(block));
        } else {
            rest.push(block);
        }
    }
    // A question that nothing follows is part of the text.
    let (full, empty): (Vec<_>, Vec<_>) = questions
        .into_iter()
        .partition(|(_, answer)| !answer.is_empty());
    rest.extend(
        empty
            .into_iter()
            .map(|(title, _)| Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(title)])])),
    );
    (rest, full)
}

/// The question that a paragraph is or begins with, and the rest of the paragraph.
fn opens(inlines: &[Inline], lines_take_turns: bool) -> Option<(String, Option<Block>)> {
    let words = |inlines: &[Inline]| {
        one_line(
            &Document {
                blocks: vec![Block::Paragraph(inlines.to_vec())],
            }
            .plain(),
        )
    };
    let at = inlines
        .iter()
        .position(|it| *it == Inline::Break)
        .unwrap_or(inlines.len());
    let (first, rest) = inlines.split_at(at);
    let line = words(first);
    let rest = (rest.len() > 1).then(|| without_mark(Block::Paragraph(rest[1..].to_vec())));
    if let [Inline::Bold(inner), after @ ..] = inlines
        && is_question(&words(inner))
        && !matches!(after, [Inline::Break, ..])
        && !after.is_empty()
    {
        // Bold question and answer in one line.
        let after = tidy(after.to_vec());
        return (!after.is_empty())
            .then(|| (question_words(&words(inner)), Some(Block::Paragraph(after))));
    }
    let bold = !first.is_empty() && first.iter().all(|it| matches!(it, Inline::Bold(_)));
    let marked = ["Q:", "Q.", "Q -", "Question:", "Frage:"]
        .iter()
        .any(|it| line.starts_with(it));
    let takes_turn = lines_take_turns && inlines.len() == at;
    (is_question(&line) && (bold || takes_turn) || marked && line.len() > 4)
        .then(|| (question_words(&line), rest))
}

fn question_words(line: &str) -> String {
    let mut line = line;
    for mark in ["Q:", "Q.", "Q -", "Question:", "Frage:"] {
        line = line.strip_prefix(mark).unwrap_or(line);
    }
    line.trim().to_owned()
}

/// Takes the `A:` from the beginning of an answer.
fn without_mark(mut block: Block) -> Block {
    if let Block::Paragraph(inlines) = &mut block {
        let first = match inlines.first_mut() {
            Some(Inline::Bold(inner)) => inner.first_mut(),
            other => other,
        };
        if let Some(Inline::Text(text)) = first {
            for mark in ["A:", "A.", "Answer:", "Antwort:"] {
                if let Some(rest) = text.strip_prefix(mark) {
                    *text = rest.trim_start().to_owned();
                    break;
                }
            }
        }
        *inlines = tidy(std::mem::take(inlines).into_iter().filter(|it| !matches!(it, Inline::Bold(inner) if inner.iter().all(|it| matches!(it, Inline::Text(text) if text.is_empty())))).collect());
    }
    block
}

/// Whether plain short questions and their answers take turns from the first line on.
fn takes_turns(blocks: &[Block]) -> bool {
    let is_asked: Vec<bool> = blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(_) => {
                let words = Document {
                    blocks: vec![block.clone()],
                }
                .plain();
                is_question(&words) && words.chars().count() <= 150
            }
            Block::List { .. } => false,
        })
        .collect();
    let n_asked = is_asked.iter().filter(|it| **it).count();
    n_asked >= 2
        && is_asked[0]
        && is_asked.windows(2).all(|pair| !(pair[0] && pair[1]))
        && is_asked.last() == Some(&false)
}
