//! What stands before a question or an answer to say that it is one: `Q:`, `A2.`,
//! `Frage:`, and the number of a question in a list, `3)`.

use super::blocks::tidy;
use super::is_question;
use crate::markup::{Block, Inline};

const QUESTION: &[&str] = &[
    "question",
    "frage",
    "pregunta",
    "pergunta",
    "domanda",
    "vraag",
    "pytanie",
    "вопрос",
    "السؤال",
    "سؤال",
    "שאלה",
    "質問",
    "问题",
    "q",
    "ｑ",
    "f",
    "p",
    "d",
    "в",
    "س",
    "ש",
    "問",
    "问",
];

const ANSWER: &[&str] = &[
    "answer",
    "antwort",
    "respuesta",
    "resposta",
    "réponse",
    "reponse",
    "risposta",
    "antwoord",
    "odpowiedź",
    "ответ",
    "الجواب",
    "جواب",
    "תשובה",
    "回答",
    "a",
    "ａ",
    "r",
    "о",
    "ج",
    "ת",
    "答",
];

/// A question without its mark or number, and whether it had a mark. The number goes only
/// from what ends with a question mark, since a heading may need it.
pub(super) fn question(line: &str) -> (String, bool) {
    let marked = without(line, QUESTION).filter(|(word, rest)| {
        // `Q` and whole words mark anything; a letter such as `P.` may begin a name.
        !rest.is_empty()
            && (word.chars().count() > 1 || matches!(*word, "q" | "ｑ") || is_question(rest))
    });
    let words = marked.map_or(line, |(_, rest)| rest);
    let numbered = is_question(words).then(|| without_number(words)).flatten();
    (
        numbered.unwrap_or(words).trim().to_owned(),
        marked.is_some(),
    )
}

/// Takes the mark from the beginning of an answer whose question had one.
pub(super) fn answer(block: &mut Block) {
    let Block::Paragraph(inlines) = block else {
        return;
    };
    let first = match inlines.first_mut() {
        Some(Inline::Bold(inner) | Inline::Italic(inner)) => inner.first_mut(),
        other => other,
    };
    let Some(Inline::Text(text)) = first else {
        return;
    };
    let Some((_, rest)) = without(text, ANSWER) else {
        return;
    };
    *text = rest.to_owned();
    let is_empty = |it: &Inline| match it {
        Inline::Text(text) => text.is_empty(),
        Inline::Bold(inner) | Inline::Italic(inner) => {
            matches!(&inner[..], [Inline::Text(text)] if text.is_empty())
        }
        _ => false,
    };
    inlines.retain(|it| !is_empty(it));
    *inlines = tidy(std::mem::take(inlines));
}

/// The mark that a text begins with, one of some words, and what stands behind it.
fn without<'t>(text: &'t str, words: &[&'static str]) -> Option<(&'static str, &'t str)> {
    let text = text.trim_start();
    words.iter().find_map(|word| {
        let end = text.char_indices().nth(word.chars().count()).map(|it| it.0);
        let (mark, rest) = text.split_at(end?);
        if mark.to_lowercase() != *word {
            return None;
        }
        let rest = rest
            .trim_start()
            .trim_start_matches(|c: char| c.is_numeric())
            .trim_start();
        let sign = rest.chars().next()?;
        let behind = &rest[sign.len_utf8()..];
        let is_sign = match sign {
            ':' | ')' | '：' | '．' | '、' | '）' => true,
            '.' | '-' | '–' => behind.is_empty() || behind.starts_with(char::is_whitespace),
            _ => false,
        };
        is_sign.then(|| (*word, behind.trim_start()))
    })
}

/// What stands behind `12.` or `3)`.
fn without_number(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text[n_digits..].strip_prefix(['.', ')'])?;
    ((1..=3).contains(&n_digits) && rest.starts_with(char::is_whitespace)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_numbers_of_questions_are_taken_off() {
        for (line, words, marked) in [
            ("Q: Is it warm?", "Is it warm?", true),
            ("Q1. Is it warm?", "Is it warm?", true),
            ("Question 2 - Is it warm?", "Is it warm?", true),
            ("Frage: Was kostet es?", "Was kostet es?", true),
            ("Q: The fee", "The fee", true),
            ("س: أين العيادة؟", "أين العيادة؟", true),
            ("Ｑ２．ありますか？", "ありますか？", true),
            ("12. Is it warm?", "Is it warm?", false),
            ("3) Is it warm?", "Is it warm?", false),
            ("1. Arriving", "1. Arriving", false),
            ("P. Smith's room", "P. Smith's room", false),
            ("Questions we hear?", "Questions we hear?", false),
            ("24.5 degrees?", "24.5 degrees?", false),
            ("Q", "Q", false),
            ("", "", false),
        ] {
            assert_eq!(question(line), (words.to_owned(), marked), "{line}");
        }
    }
}
