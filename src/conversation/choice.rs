//! Typed answers to numbered choices: "2", "the second one", "none".

use crate::text;

/// Which of the offered choices a message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// Counted from zero.
    Nth(usize),
    /// Only where one was offered.
    Yes,
    NoneOfThese,
}

/// Reads a short message as a choice; anything with other words in it is a question.
pub(super) fn choice(message: &str) -> Option<Choice> {
    let normalised = text::normalise(message);
    let mut words: Vec<&str> = text::words(&normalised)
        .filter(|word| !FILLERS.contains(word))
        .collect();
    if matches!(words.as_slice(), ["no" | "nope" | "nah"]) {
        return Some(Choice::NoneOfThese);
    }
    if let ["yes" | "yeah" | "yep" | "yup"] = words.as_slice() {
        return Some(Choice::Yes);
    }
    if let ["none" | "neither" | "nothing", rest @ ..] = words.as_slice()
        && rest
            .iter()
            .all(|word| ["these", "those", "them", "above"].contains(word))
    {
        return Some(Choice::NoneOfThese);
    }
    // "yes, the second one"
    if let ["yes" | "yeah", _, ..] = words.as_slice() {
        words.remove(0);
    }
    words.retain(|word| !["number", "option"].contains(word));
    // "no. 2", but "no one" names nobody.
    if let ["no" | "nr", number] = words.as_slice()
        && number.parse::<usize>().is_ok()
    {
        words.remove(0);
    }
    // "the second one"
    if words.len() > 1 && words.last() == Some(&"one") {
        words.pop();
    }
    let [word] = words.as_slice() else {
        return None;
    };
    let nth = match word.parse::<usize>() {
        Ok(number) => number.checked_sub(1)?,
        Err(_) => NUMBERS.iter().position(|names| names.contains(word))?,
    };
    Some(Choice::Nth(nth))
}

/// Whether a message is a number that a choice could have, and nothing else. Who types "112" or "£20" means another number.
pub(super) fn is_number(message: &str) -> bool {
    let may_stand = |it: char| it.is_ascii_alphanumeric() || " .#)".contains(it);
    let is_small = matches!(choice(message), Some(Choice::Nth(nth)) if nth < 99);
    is_small && text::normalise(message.trim()).chars().all(may_stand)
}

const FILLERS: [&str; 7] = ["the", "of", "a", "please", "i", "mean", "meant"];

const NUMBERS: [[&str; 3]; 9] = [
    ["first", "1st", "one"],
    ["second", "2nd", "two"],
    ["third", "3rd", "three"],
    ["fourth", "4th", "four"],
    ["fifth", "5th", "five"],
    ["sixth", "6th", "six"],
    ["seventh", "7th", "seven"],
    ["eighth", "8th", "eight"],
    ["ninth", "9th", "nine"],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Option<Choice>) {
        assert_eq!(choice(message), expected, "{message}");
    }

    #[test]
    fn numbers_in_figures_and_words() {
        for message in [
            "2",
            " 2. ",
            "#2",
            "second",
            "The second one",
            "option 2",
            "no. 2",
            "two",
            "2nd please",
            "yes, 2",
            "２",
        ] {
            check(message, Some(Choice::Nth(1)));
        }
        check("10", Some(Choice::Nth(9)));
        check("one", Some(Choice::Nth(0)));
    }

    #[test]
    fn small_numbers_alone_are_numbers() {
        for (message, expected) in [
            ("9.", true),
            ("#9", true),
            ("option 9", true),
            ("£20", false),
            ("50%", false),
            ("7", true),
            (" 12 ", true),
            ("２", true),
            ("112", false),
            ("-1", false),
            ("two", true),
        ] {
            assert_eq!(is_number(message), expected, "{message}");
        }
    }

    #[test]
    fn none_of_them() {
        for message in [
            "none",
            "None of these",
            "neither",
            "none of them",
            "none of the above",
            "No.",
            "nope",
        ] {
            check(message, Some(Choice::NoneOfThese));
        }
    }

    #[test]
    fn questions_are_no_choices() {
        for message in [
            "",
            "0",
            "is one enough",
            "2 sessions",
            "none of my friends know",
            "second thoughts",
            "no one",
        ] {
            check(message, None);
        }
    }
}
