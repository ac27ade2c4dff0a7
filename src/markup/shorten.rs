//! Cutting a [`Document`] to a length, where a reader would expect it.

use unicode_segmentation::UnicodeSegmentation;

use super::render::{opens_from_label, shown};
use super::{Block, Document, Inline};

/// Stands where a sentence was cut.
const ELLIPSIS: char = '…';

impl Document {
    /// Cuts to at most `max_utf16` units as [`Document::len_utf16`] counts, and says
    /// whether anything was cut.
    ///
    /// The cut falls between paragraphs or list items. Only where that would leave less
    /// than half of the room used, it falls inside a paragraph: after a sentence, else
    /// after a word, and never inside a character.
    ///
    /// ```
    /// use askwell::markup::Document;
    /// let (mut answer, _) = Document::parse("It can help.\n\nIt takes time.");
    /// assert!(answer.shorten(20));
    /// assert_eq!(answer.plain(), "It can help.");
    /// ```
    pub fn shorten(&mut self, max_utf16: usize) -> bool {
        if self.len_utf16() <= max_utf16 {
            return false;
        }
        let original = shown(&self.blocks);
        shorten_blocks(&mut self.blocks, max_utf16);
        // A first item inside several lists has no paragraph of its own to cut.
        if self.is_empty() || self.len_utf16() > max_utf16 {
            *self = Self::text(cut(original.trim(), max_utf16));
        }
        true
    }
}

/// Units that stand between two blocks.
const GAP: usize = 2;

fn shorten_blocks(blocks: &mut Vec<Block>, max: usize) {
    let mut used = 0;
    for index in 0..blocks.len() {
        let gap = if index > 0 { GAP } else { 0 };
        let units = units(&blocks[index..=index]);
        if used + gap + units <= max {
            used += gap + units;
            continue;
        }
        let room = max.saturating_sub(used + gap);
        let cut = blocks
            .drain(index..)
            .next()
            .and_then(|block| shorten_block(block, room, used < max / 2));
        blocks.extend(cut);
        return;
    }
}

/// As much of a block as fits, or none. `split` allows to cut inside a paragraph.
fn shorten_block(block: Block, room: usize, split: bool) -> Option<Block> {
    match block {
        Block::Paragraph(inlines) => split.then(|| shorten_paragraph(inlines, room)).flatten(),
        Block::List { first, mut items } => {
            let fitting = (1..=items.len()).take_while(|n| {
                let part = Block::List {
                    first,
                    items: items[..*n].to_vec(),
                };
                units(&[part]) <= room
            });
            let n_items = fitting.last().unwrap_or(0);
            if n_items > 0 {
                items.truncate(n_items);
                return Some(Block::List { first, items });
            }
            let Some(Block::Paragraph(inlines)) = items.into_iter().next()?.into_iter().next()
            else {
                return None;
            };
            let marker = units(&[Block::List {
                first,
                items: vec![Vec::new()],
            }]);
            let paragraph = shorten_block(
                Block::Paragraph(inlines),
                room.saturating_sub(marker),
                split,
            )?;
            Some(Block::List {
                first,
                items: vec![vec![paragraph]],
            })
        }
    }
}

fn shorten_paragraph(inlines: Vec<Inline>, room: usize) -> Option<Block> {
    let text = shown(&[Block::Paragraph(inlines.clone())]);
    let end = cut_at(&text, room);
    let kept = &text[..end.bytes];
    if kept.is_empty() {
        return None;
    }
    let mut left = kept.len();
    let mut inlines = take(inlines, &mut left);
    if end.ellipsis {
        inlines.push(Inline::Text(ELLIPSIS.to_string()));
    }
    Some(Block::Paragraph(inlines))
}

/// The inlines that show the first `left` bytes.
fn take(inlines: Vec<Inline>, left: &mut usize) -> Vec<Inline> {
    let mut out = Vec::new();
    for inline in inlines {
        if *left == 0 {
            break;
        }
        match inline {
            Inline::Text(mut text) => {
                text.truncate(text.len().min(*left));
                *left -= text.len();
                out.push(Inline::Text(text));
            }
            Inline::Break => {
                *left -= 1;
                out.push(Inline::Break);
            }
            Inline::Bold(inner) => out.push(Inline::Bold(take(inner, left))),
            Inline::Italic(inner) => out.push(Inline::Italic(take(inner, left))),
            Inline::Link { url, label } if opens_from_label(&url) => {
                out.push(Inline::Link {
                    url,
                    label: take(label, left),
                });
            }
            // Half an address reaches nobody.
            link @ Inline::Link { .. } => {
                let bytes = shown(&[Block::Paragraph(vec![link.clone()])]).len();
                if bytes > *left {
                    *left = 0;
                    if let Some(Inline::Text(before)) = out.last_mut() {
                        before.truncate(before.trim_end().len());
                    }
                    break;
                }
                *left -= bytes;
                out.push(link);
            }
        }
    }
    out
}

/// Where a text is cut.
struct Cut {
    bytes: usize,
    ellipsis: bool,
}

/// `text`, at most `max` UTF-16 units long.
fn cut(text: &str, max: usize) -> String {
    let end = cut_at(text, max);
    let mut out = text[..end.bytes].to_owned();
    if end.ellipsis {
        out.push(ELLIPSIS);
    }
    out
}

fn cut_at(text: &str, max: usize) -> Cut {
    let sentence = last_fitting(text.split_sentence_bound_indices(), max);
    if sentence.units * 2 >= max && sentence.bytes > 0 {
        return Cut {
            bytes: sentence.bytes,
            ellipsis: false,
        };
    }
    // One unit is for the ellipsis.
    let max = max.saturating_sub(ELLIPSIS.len_utf16());
    let mut end = last_fitting(text.split_word_bound_indices(), max);
    if end.bytes == 0 {
        end = last_fitting(text.grapheme_indices(true), max);
    }
    Cut {
        bytes: end.bytes,
        ellipsis: end.bytes > 0,
    }
}

/// The end of the last piece that fits, without white space before it.
struct Fitting {
    bytes: usize,
    units: usize,
}

fn last_fitting<'a>(pieces: impl Iterator<Item = (usize, &'a str)>, max: usize) -> Fitting {
    let mut fitting = Fitting { bytes: 0, units: 0 };
    let mut units = 0;
    for (start, piece) in pieces {
        let trimmed = piece.trim_end();
        let len: usize = trimmed.chars().map(char::len_utf16).sum();
        if units + len > max {
            break;
        }
        if !trimmed.is_empty() {
            fitting = Fitting {
                bytes: start + trimmed.len(),
                units: units + len,
            };
        }
        units += piece.chars().map(char::len_utf16).sum::<usize>();
    }
    fitting
}

fn units(blocks: &[Block]) -> usize {
    shown(blocks).encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(markdown: &str, max: usize, expected: &str) {
        let mut document = Document::parse(markdown).0;
        document.shorten(max);
        assert_eq!(document.telegram_html(), expected);
        assert!(
            document.len_utf16() <= max,
            "{} > {max}",
            document.len_utf16()
        );
    }

    #[test]
    fn what_fits_is_left_alone() {
        check("One.\n\nTwo.", 10, "One.\n\nTwo.");
        check("One.\n\nTwo.", 9, "One.");
        assert!(!Document::default().shorten(0));
    }

    #[test]
    fn a_list_is_cut_between_items() {
        check(
            "You can:\n\n- read\n- write\n- rest",
            24,
            "You can:\n\n• read\n• write",
        );
        check("You can:\n\n- read\n- write\n- rest", 11, "You can:");
        check("7. one\n8. two", 6, "7. one");
    }

    #[test]
    fn a_giant_paragraph_is_cut_at_a_sentence_or_a_word() {
        check("It can help. It takes time, often.", 24, "It can help.");
        check(
            "It can **help you a lot** in time.",
            20,
            "It can <b>help you a</b>…",
        );
        check(
            "Yes.\n\nIt can help. It takes time.",
            22,
            "Yes.\n\nIt can help.",
        );
        check("- It can help. It takes time.\n- x", 20, "• It can help.");
        check("abcdefghij", 5, "abcd…");
        check("abcdefghij", 0, "");
    }

    #[test]
    fn characters_stay_whole() {
        check("👩‍👩‍👧👩‍👩‍👧", 12, "👩‍👩‍👧…");
        check("👍🏽👍🏽", 4, "");
        check("a**\u{301}b**cdefg", 4, "a<b>\u{301}b</b>…");
    }

    #[test]
    fn half_an_address_is_left_out() {
        check("Write to [us](mailto:us@example.org) now", 14, "Write to…");
        check(
            "Go [to our site](https://a.org) now",
            11,
            "Go <a href=\"https://a.org\">to our</a>…",
        );
        check("- - - one two three", 6, "• • •…");
    }

    proptest! {
        #[test]
        fn the_limit_holds_for_any_text(text in super::super::tests::markdown(), max in 0_usize..200) {
            let mut document = Document::parse(&text).0;
            let before = document.clone();
            let cut = document.shorten(max);
            prop_assert!(document.len_utf16() <= max);
            prop_assert_eq!(cut, document != before);
        }

        #[test]
        fn a_paragraph_keeps_a_beginning(text in "\\PC{1,80}", max in 1_usize..60) {
            let mut document = Document::text(text.clone());
            document.shorten(max);
            let shown = document.plain();
            prop_assert!(text.trim_start().starts_with(shown.trim_end_matches(ELLIPSIS).trim_start()), "{:?} {:?}", text, shown);
        }
    }
}
