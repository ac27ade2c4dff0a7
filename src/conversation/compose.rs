//! Puts replies together: text first, then numbered choices, each of them a button too.

use super::press::Press;
use super::{Action, Button, MAX_CHARS, Message, Thread};
use crate::markup::{Block, Document, Inline};

/// A reply in the making.
#[derive(Default)]
pub(super) struct Composer {
    body: Document,
    buttons: Vec<Vec<Button>>,
    options: Vec<Press>,
}

/// Longer labels are cut by Telegram's apps anyway; the whole text stands in the list above.
const MAX_LABEL_CHARS: usize = 60;
/// UTF-16 units between two blocks.
pub(super) const PARAGRAPH_BREAK: usize = 2;

impl Composer {
    pub(super) fn new(body: Document) -> Self {
        Self {
            body,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, block: Block) {
        self.body.blocks.push(block);
    }

    pub(super) fn append(&mut self, document: &Document) {
        self.body.blocks.extend_from_slice(&document.blocks);
    }

    /// A paragraph that opens a page, and a button for the same on a row of its own.
    pub(super) fn link(&mut self, words: &str, button: &str, url: &str) {
        self.push(Block::Paragraph(vec![Inline::Link {
            url: url.to_owned(),
            label: vec![Inline::Text(words.to_owned())],
        }]));
        self.buttons.push(vec![Button {
            label: button.to_owned(),
            action: Action::Open(url.to_owned()),
        }]);
    }

    /// Numbered choices; numbers go on where an earlier list of the same reply ended.
    pub(super) fn options(&mut self, options: Vec<(String, Press)>) {
        if options.is_empty() {
            return;
        }
        let first = self.options.len() + 1;
        let items = options
            .iter()
            .map(|(label, _)| vec![Block::Paragraph(vec![Inline::Text(label.clone())])])
            .collect();
        self.push(Block::List {
            first: Some(first as u64),
            items,
        });
        for (number, (label, press)) in (first..).zip(options) {
            let label = cut_label(&format!("{number}. {label}"));
            self.buttons.push(vec![Button {
                label,
                action: Action::Press(press.data()),
            }]);
            self.options.push(press);
        }
    }

    /// Puts an answer before all the rest and ends the reply. An answer that would make it too
    /// long is cut at a paragraph and followed by `notice`; the link behind it always stays.
    pub(super) fn finish_after(
        mut self,
        mut answer: Document,
        notice: &Document,
        thread: &mut Thread,
    ) -> Message {
        let room = MAX_CHARS.saturating_sub(self.body.len_utf16() + PARAGRAPH_BREAK);
        if room < answer.len_utf16() {
            answer.shorten(room.saturating_sub(notice.len_utf16() + PARAGRAPH_BREAK));
            answer.blocks.extend_from_slice(&notice.blocks);
        }
        answer.blocks.append(&mut self.body.blocks);
        self.body = answer;
        self.finish(thread)
    }

    /// Ends the reply; from now on the thread's numbers mean its choices.
    pub(super) fn finish(mut self, thread: &mut Thread) -> Message {
        self.body.shorten(MAX_CHARS);
        thread.options = self.options;
        thread.set_aside = None;
        Message {
            body: self.body,
            buttons: self.buttons,
        }
    }
}

/// Cuts a long label at a word.
fn cut_label(label: &str) -> String {
    let Some((end, _)) = label.char_indices().nth(MAX_LABEL_CHARS) else {
        return label.to_owned();
    };
    let cut = label[..end].rfind(' ').unwrap_or(end);
    format!("{}…", label[..cut].trim_end_matches([',', '.', ':', ' ']))
}
