//! What a person in danger is sent: texts per country and category, as the operator wrote them.
//!
//! Data is `helplines.toml`. Nothing here reads a clock: who asks for problems says what day it is.

use serde::Deserialize;

use super::problems::TextsError;
pub use super::problems::TextsProblem;
use super::problems::{MOST_CHARS, MOST_DAYS};
use super::{Categories, Category};
use crate::day::Day;

/// The shipped texts: drafts that no person of the practice has verified yet.
const BUILTIN: &str = include_str!("../../faq/safety/helplines.toml");

/// The crisis texts of the chosen country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrisisTexts {
    entry: Entry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    country: String,
    #[serde(rename = "entry")]
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    name: String,
    #[serde(default)]
    verified_on: String,
    #[serde(default)]
    verified_by: String,
    #[serde(default)]
    emergency: String,
    #[serde(default)]
    crisis_call: String,
    #[serde(default)]
    crisis_text: String,
    support_line: String,
    /// The fallback for every category that has no text of its own.
    text: String,
    suicide: Option<String>,
    self_harm: Option<String>,
    violence: Option<String>,
    child: Option<String>,
    third_person: Option<String>,
}

impl CrisisTexts {
    /// The shipped texts for Canada, unverified.
    #[must_use]
    pub fn builtin() -> Self {
        Self::parse("faq/safety/helplines.toml", BUILTIN)
            .expect("the shipped texts are checked by a test")
    }

    /// The shipped text that names no country.
    #[must_use]
    pub fn neutral() -> Self {
        Self::builtin_for("").expect("the shipped texts are checked by a test")
    }

    /// The shipped texts for a country code, such as "GB"; "" is the neutral one.
    #[must_use]
    pub fn builtin_for(code: &str) -> Option<Self> {
        let file: File = toml::from_str(BUILTIN).expect("the shipped texts are checked by a test");
        file.entries
            .into_iter()
            .find(|it| it.code == code)
            .map(|entry| Self { entry })
    }

    /// Reads the texts of the country that the file chooses.
    ///
    /// # Errors
    /// When the text is not valid, or chooses a country it doesn't hold.
    pub fn parse(file: &str, text: &str) -> Result<Self, TextsError> {
        let parsed: File = toml::from_str(text).map_err(|source| TextsError::Parse {
            file: file.to_owned(),
            source: Box::new(source),
        })?;
        let known = parsed
            .entries
            .iter()
            .map(|it| format!("{:?}", it.code))
            .collect::<Vec<_>>()
            .join(", ");
        let entry = parsed
            .entries
            .into_iter()
            .find(|it| it.code == parsed.country);
        let entry = entry.ok_or_else(|| TextsError::UnknownCountry {
            file: file.to_owned(),
            country: parsed.country,
            known,
        })?;
        Ok(Self { entry })
    }

    /// The text to send, verbatim and as plain text. Where several categories hold, a child comes
    /// before violence, and violence before the rest: those two versions name the crisis line too.
    #[must_use]
    pub fn text(&self, categories: Categories) -> &str {
        const ORDER: [Category; 5] = [
            Category::Child,
            Category::Violence,
            Category::ThirdPerson,
            Category::SelfHarm,
            Category::Suicide,
        ];
        let first = ORDER.into_iter().find(|it| categories.contains(*it));
        first
            .and_then(|it| self.own_text(it))
            .unwrap_or(&self.entry.text)
            .trim()
    }

    /// One line for grey messages, `/start`, `/help` and every "no match".
    #[must_use]
    pub fn support_line(&self) -> &str {
        self.entry.support_line.trim()
    }

    /// The code of the chosen entry, such as "GB"; "" where no country is chosen.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.entry.code
    }

    /// The country's name, as the file has it.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.entry.name
    }

    /// Everything that stands between these texts and a launch, given the day.
    #[must_use]
    pub fn problems(&self, today: Day) -> Vec<TextsProblem> {
        if self.entry.code.is_empty() {
            return vec![TextsProblem::NoCountry];
        }
        let mut problems = Vec::new();
        let country = || self.entry.name.clone();
        let keys = [
            ("emergency", &self.entry.emergency),
            ("crisis_call", &self.entry.crisis_call),
            ("support_line", &self.entry.support_line),
            ("text", &self.entry.text),
        ];
        for (key, value) in keys {
            if value.trim().is_empty() {
                problems.push(TextsProblem::Missing {
                    country: country(),
                    key,
                });
            }
        }
        let numbers = [
            ("emergency", &self.entry.emergency),
            ("crisis_call", &self.entry.crisis_call),
            ("crisis_text", &self.entry.crisis_text),
            ("verified_by", &self.entry.verified_by),
        ];
        for (key, value) in numbers {
            if is_placeholder(value)
                || (key != "verified_by" && !value.is_empty() && !value.contains(char::is_numeric))
            {
                problems.push(TextsProblem::Placeholder {
                    country: country(),
                    key,
                    value: value.clone(),
                });
            }
        }
        for (name, text) in self.texts() {
            if is_placeholder(text) {
                problems.push(TextsProblem::Placeholder {
                    country: country(),
                    key: name,
                    value: "...".to_owned(),
                });
            }
            let chars = text.encode_utf16().count();
            if chars > MOST_CHARS {
                problems.push(TextsProblem::TooLong {
                    country: country(),
                    text: name,
                    chars,
                });
            }
            for number in [&self.entry.emergency, &self.entry.crisis_call] {
                if !number.is_empty() && !text.contains(number.as_str()) {
                    problems.push(TextsProblem::NumberNotInText {
                        country: country(),
                        text: name,
                        number: number.clone(),
                    });
                }
            }
        }
        problems.extend(self.verification(today));
        problems
    }

    fn verification(&self, today: Day) -> Option<TextsProblem> {
        let country = self.entry.name.clone();
        let (on, by) = (self.entry.verified_on.trim(), self.entry.verified_by.trim());
        if on.is_empty() || by.is_empty() {
            return Some(TextsProblem::NotVerified { country });
        }
        let Ok(day) = on.parse::<Day>() else {
            return Some(TextsProblem::BadDay {
                country,
                value: on.to_owned(),
            });
        };
        match today.number() - day.number() {
            ..0 => Some(TextsProblem::InFuture { country, day }),
            days if days > MOST_DAYS => Some(TextsProblem::Stale { country, days }),
            _ => None,
        }
    }

    fn own_text(&self, category: Category) -> Option<&String> {
        match category {
            Category::Suicide => self.entry.suicide.as_ref(),
            Category::SelfHarm => self.entry.self_harm.as_ref(),
            Category::Violence => self.entry.violence.as_ref(),
            Category::Child => self.entry.child.as_ref(),
            Category::ThirdPerson => self.entry.third_person.as_ref(),
        }
    }

    /// Name and text of all that there are.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let own = Category::ALL
            .into_iter()
            .filter_map(|it| Some((it.name(), self.own_text(it)?)));
        [("text", &self.entry.text)].into_iter().chain(own)
    }
}

/// Whether a value is what people leave in when they mean to come back.
fn is_placeholder(value: &str) -> bool {
    let value = value.to_lowercase();
    [
        "todo",
        "fixme",
        "xxx",
        "tbd",
        "your number",
        "number here",
        "555-",
        "placeholder",
        "lorem",
        "<",
        "[",
        "???",
    ]
    .iter()
    .any(|it| value.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-11-23";

    /// Problems of the shipped texts for Canada, with lines of the file replaced.
    #[track_caller]
    fn check(replace: &[(&str, &str)], expected: &[&str]) {
        let mut text = BUILTIN.to_owned();
        for (old, new) in replace {
            assert!(text.contains(old), "{old}");
            text = text.replacen(old, new, 1);
        }
        let texts = CrisisTexts::parse("helplines.toml", &text).unwrap();
        let problems: Vec<String> = texts
            .problems(TODAY.parse().unwrap())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, part) in problems.iter().zip(expected) {
            assert!(problem.contains(part), "{problem:?} lacks {part:?}");
        }
    }

    const BY: (&str, &str) = ("verified_by = \"\"", "verified_by = \"A. Clinician\"");

    #[test]
    fn shipped_texts_only_lack_a_person_who_verified_them() {
        for code in ["CA", "US", "GB", "IE", "AU"] {
            let texts = CrisisTexts::builtin_for(code).unwrap();
            let problems = texts.problems(TODAY.parse().unwrap());
            assert!(
                matches!(problems[..], [TextsProblem::NotVerified { .. }]),
                "{code}: {problems:?}"
            );
        }
    }

    #[test]
    fn verification_is_recent_and_by_someone() {
        check(
            &[BY, ("verified_on = \"\"", "verified_on = \"2026-11-01\"")],
            &[],
        );
        check(
            &[BY, ("verified_on = \"\"", "verified_on = \"2026-05-27\"")],
            &[],
        );
        check(
            &[BY, ("verified_on = \"\"", "verified_on = \"2026-05-26\"")],
            &["181 days ago"],
        );
        check(
            &[BY, ("verified_on = \"\"", "verified_on = \"2027-01-01\"")],
            &["still to come"],
        );
        check(
            &[BY, ("verified_on = \"\"", "verified_on = \"soon\"")],
            &["write a day"],
        );
        check(&[BY], &["nobody has verified"]);
    }

    #[test]
    fn missing_and_placeholder_numbers_are_named() {
        check(
            &[("emergency = \"911\"", "emergency = \"\"")],
            &["`emergency` is missing", "nobody"],
        );
        check(
            &[("crisis_text = \"988\"", "crisis_text = \"TODO\"")],
            &["placeholder \"TODO\"", "nobody"],
        );
        let other = ("crisis_call = \"988\"", "crisis_call = \"0800 1\"");
        check(
            &[other],
            &[
                "`text` does not name",
                "`violence` does not name",
                "`child` does not name",
                "nobody",
            ],
        );
        check(&[("country = \"CA\"", "country = \"\"")], &["no country"]);
    }

    #[test]
    fn an_unknown_country_names_the_known_ones() {
        let error = CrisisTexts::parse(
            "f.toml",
            &BUILTIN.replace("country = \"CA\"", "country = \"XX\""),
        )
        .unwrap_err();
        assert!(error.to_string().contains("\"GB\""), "{error}");
    }

    #[test]
    fn the_gravest_category_picks_the_text() {
        let texts = CrisisTexts::builtin();
        let text = |categories: &[Category]| texts.text(categories.iter().copied().collect());
        assert!(text(&[Category::Violence, Category::Suicide]).contains("delete this chat"));
        assert!(text(&[Category::Violence, Category::Child]).contains("not your fault"));
        assert_eq!(text(&[Category::Suicide]), text(&[]));
    }

    #[test]
    fn help_comes_first_and_nothing_is_promised() {
        for code in ["CA", "US", "GB", "IE", "AU"] {
            let texts = CrisisTexts::builtin_for(code).unwrap();
            for (name, text) in texts.texts() {
                let parts = [
                    texts.entry.emergency.as_str(),
                    &texts.entry.crisis_call,
                    "I am an automatic FAQ",
                    "findahelpline.com",
                ];
                let places = parts.map(|it| text.find(it).expect(it));
                assert!(places.is_sorted(), "{code} {name}: {places:?}");
                for word in [
                    "session",
                    "book",
                    "confidential",
                    "secret",
                    "we will",
                    "get over",
                    "!",
                    "?",
                ] {
                    assert!(!text.to_lowercase().contains(word), "{code} {name}: {word}");
                }
            }
        }
    }

    #[test]
    fn every_text_is_short_and_says_that_nobody_reads() {
        for code in ["CA", "US", "GB", "IE", "AU", ""] {
            let texts = CrisisTexts::builtin_for(code).unwrap();
            for (name, text) in texts.texts() {
                let n_words = text.split_whitespace().count();
                assert!(
                    (60..=130).contains(&n_words),
                    "{code} {name}: {n_words} words"
                );
                assert!(text.contains("No one reads this chat"), "{code} {name}");
                assert!(text.contains("findahelpline.com"), "{code} {name}");
                let longest = text
                    .split(['.', '\n'])
                    .map(|it| it.split_whitespace().count())
                    .max()
                    .unwrap();
                assert!(
                    longest <= 18,
                    "{code} {name}: a sentence of {longest} words"
                );
            }
            assert!(!texts.support_line().contains('\n'));
        }
    }
}
