//! Questions in running text: bold lines, `Q:` and `A:`, lines that take turns.

use super::blocks::tidy;
use super::{is_question, marks, one_line};
use crate::markup::{Block, Document, Inline};

/// Takes questions out of running text: a bold line with a question mark, `Q:` and `A:`,
/// plain lines where question and answer take turns, or a list of questions. What is left
/// comes first.
pub(super) fn split_questions(blocks: Vec<Block>) -> (Vec<Block>, Vec<(String, Vec<Block>)>) {
    let lines_take_turns = takes_turns(&blocks);
    split(blocks, lines_take_turns)
}

/// Plain text with an empty line around each line that asks something or begins an answer,
/// so that it is a paragraph of its own.
pub(super) fn with_questions_apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        let stands_apart = is_question(line) || marks::question(line).1;
        if stands_apart {
            out.push('\n');
        }
        out.push_str(line);
        out.push_str(if stands_apart { "\n\n" } else { "\n" });
    }
    out
}

fn split(blocks: Vec<Block>, lines_take_turns: bool) -> (Vec<Block>, Vec<(String, Vec<Block>)>) {
    let mut rest = Vec::new();
    let mut questions: Vec<(String, Vec<Block>)> = Vec::new();
    let mut is_marked = false;
    for mut block in blocks {
        let opened = match &block {
            Block::Paragraph(inlines) => opens(inlines, lines_take_turns),
            Block::List { items, .. } => {
                if let Some(found) = listed(items) {
                    questions.extend(found);
                    continue;
                }
                None
            }
        };
        if let Some(opened) = opened {
            is_marked = opened.is_marked;
            questions.push((opened.title, opened.answer.into_iter().collect()));
        } else if let Some((_, answer)) = questions.last_mut() {
            if is_marked {
                marks::answer(&mut block);
            }
            answer.push(block);
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

/// The questions of a list in which every item is a question with its answer.
fn listed(items: &[Vec<Block>]) -> Option<Vec<(String, Vec<Block>)>> {
    items
        .iter()
        .map(|item| match split(item.clone(), true) {
            (rest, mut questions) if rest.is_empty() && questions.len() == 1 => questions.pop(),
            _ => None,
        })
        .collect()
}

/// A question that a paragraph is or begins with.
struct Opened {
    title: String,
    /// Whether it was marked by `Q:` or the like.
    is_marked: bool,
    /// The rest of the paragraph.
    answer: Option<Block>,
}

impl Opened {
    fn new(line: &str, answer: Option<Vec<Inline>>) -> Self {
        let (title, is_marked) = marks::question(line);
        let mut answer = answer.map(Block::Paragraph);
        if let Some(block) = answer.as_mut().filter(|_| is_marked) {
            marks::answer(block);
        }
        Self {
            title,
            is_marked,
            answer,
        }
    }
}

fn opens(inlines: &[Inline], lines_take_turns: bool) -> Option<Opened> {
    let words = |inlines: &[Inline]| {
        one_line(
            &Document {
                blocks: vec![Block::Paragraph(inlines.to_vec())],
            }
            .plain(),
        )
    };
    if let [Inline::Bold(inner), after @ ..] = inlines
        && is_question(&words(inner))
        && !matches!(after, [Inline::Break, ..])
        && !after.is_empty()
    {
        // Bold question and answer in one line.
        let after = tidy(after.to_vec());
        return (!after.is_empty()).then(|| Opened::new(&words(inner), Some(after)));
    }
    let at = inlines
        .iter()
        .position(|it| *it == Inline::Break)
        .unwrap_or(inlines.len());
    let (first, rest) = inlines.split_at(at);
    let line = words(first);
    let bold = !first.is_empty() && first.iter().all(|it| matches!(it, Inline::Bold(_)));
    let takes_turn = lines_take_turns && inlines.len() == at;
    let is_marked = marks::question(&line).1;
    let answer = (rest.len() > 1).then(|| rest[1..].to_vec());
    (is_question(&line) && (bold || takes_turn) || is_marked).then(|| Opened::new(&line, answer))
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
