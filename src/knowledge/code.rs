//! The names of findings: stable, so that `allow`, scripts and search can rely on them.

/// Makes the codes of a table: variant, name, explanation.
macro_rules! codes {
    ($($variant:ident $name:literal $explanation:literal)*) => {
        /// What kind of finding a [`Problem`](super::Problem) is. Names are never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`; [`Code::explanation`] says more.")] $variant,)*
        }

        impl Code {
            /// Every code, by subject.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As it is written in `allow` and in reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it means for people who ask, and what to do.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => $explanation,)*
                }
            }
        }
    };
}

codes! {
    // The folder and its files.
    Unreadable "unreadable" "A file or folder cannot be read, so nothing in it can be answered. Let the user who runs askwell read it, or put it back."
    NotUtf8 "not-utf8" "The file is stored in another encoding, and people would see broken letters. Open it in the editor it came from and save it as UTF-8."
    Syntax "syntax" "The file is not TOML at this place, so what stands there cannot be read. The finding names the slip; most often it is a quotation mark or a bracket."
    NoContent "no-content" "The folder holds no article and no question, so the bot would have no answer to anything. `askwell init` makes a first file."
    EmptyFile "empty-file" "The file holds no entries. Write an [article] or a [[faq]] in it, or take it away."
    Safety "safety" "A file of the crisis screen cannot be used, so a message about danger to life might not be noticed. Mend it, or take it away to use the built-in one."
    Helpline "helpline" "A number or text that people in danger get is missing, is a placeholder or cannot be right. Look the number up with its owner, and write it in."
    NotVerified "not-verified" "The helplines have to be dialled or looked up by a person before the bot goes live, and again every 180 days. Then sign: `verified_on` and `verified_by`. Until then `askwell run` does not start."
    // Keys and values.
    UnknownKey "unknown-key" "The key has no meaning here, so what stands behind it is never shown or used. Most often it is misspelt or stands under the wrong heading."
    MissingKey "missing-key" "Something that a person gets to see, or that links need, is not there. Add the key that the finding names."
    WrongKind "wrong-kind" "The value is of another kind than the key takes, such as a text where a list is needed. The finding shows how to write it."
    Empty "empty" "There are no words here, so people would get an empty message or button. Write some, or take the line out."
    TooLong "too-long" "The text does not fit where Telegram shows it, so it would be cut or refused. Shorten it, or divide it into two entries."
    UnknownPlaceholder "unknown-placeholder" "People would see the braces: this placeholder stands for nothing in this text. The finding lists the ones that do."
    TooManyExamples "too-many-examples" "/start offers up to three examples, so that people still see where to type. Keep the three best."
    SmallGroup "small-group" "A group of synonyms lists words that mean the same, so a single word does nothing. Add another, or take the group out."
    UnknownLanguage "unknown-language" "Questions are matched by their word stems, and those of this language are not known. Give one of the codes that the finding lists."
    // Ids and references.
    BadId "bad-id" "An id has to fit a Telegram link and a button: 1 to 64 of the letters A-Z and a-z, digits, - and _."
    DuplicateId "duplicate-id" "Two entries have the same id, so links and buttons could open either. Rename the newer one; the older may be in use."
    UnknownId "unknown-id" "No entry has this id, so a button or link would lead nowhere. The finding names the id that was most likely meant."
    NotASection "not-a-section" "The link under an answer opens a passage, and this id belongs to another kind of entry. Give the id of a [[section]], or take the line out."
    TwiceOffered "twice-offered" "A list names the same entry twice, so people get two buttons that do the same. Take the second out; `--fix` does."
    OwnId "own-id" "The entry offers itself as the next question, so people would get the same answer again. Take it out; `--fix` does."
    LooseSection "loose-section" "A [[section]] is a passage of a page, and the file has no [article] that says which. Begin the file with one."
    // Wordings.
    NoVariants "no-variants" "Only the entry's own words lead to it, and people rarely ask in just these. Write 8 to 15 variants, as people really type."
    FewVariants "few-variants" "The entry has fewer than four variants, so many ways of asking miss it. Write at least four as people would type them, better 8 to 15."
    SharedWording "shared-wording" "Two entries share a wording, so whoever asks it gets a choice of both instead of one answer. Keep it where it fits best."
    TwiceWritten "twice-written" "An entry has the same wording twice. The second does nothing; `--fix` takes it out."
    OutOfScope "out-of-scope" "The list `out_of_scope` in bot.toml holds a question that an entry has among its wordings. The entry still answers just that question, and what is near to it less readily. Take it out of one of the two."
    LongTitle "long-title" "People see only the beginning of a long title on buttons. Say it in one short line, and put the rest into the answer."
    OddThresholds "odd-thresholds" "The thresholds get in each other's way: with `threshold` at 1 hardly anything is answered at once, and with `clarify_threshold` above it what is sure enough for an answer gets none. Run `askwell calibrate`, or choose a lower one."
    StaleThresholds "stale-thresholds" "The content has changed since `askwell calibrate` set the thresholds, so the bot may be too sure or too shy. Run it again."
    // Answers and links.
    NotShown "not-shown" "A chat cannot show this, and people read it as plain words. Use bold, italic, lists and links."
    BadLink "bad-link" "People press this address and nothing opens. Copy it from the browser, beginning with https://."
    PlaceholderAddress "placeholder-address" "The address is one of those reserved for examples, so people reach nothing. Put in your own before the bot goes live."
    AnswersDiffer "answers-differ" "Two answers say nearly the same with different details. If one was changed and the other forgotten, people get an old fee or time, depending on how they ask. Make them agree, or let one entry answer both questions."
    // Time.
    ReviewPassed "review-passed" "Nobody has looked at this page for more than a year, and the bot serves it with confidence. Read it again, then set `reviewed` to today."
    NoReview "no-review" "Nothing says when somebody last read this page. Read it, then add `reviewed` with today's date; people see it under the answer."
    Expired "expired" "`valid_until` has passed, so the bot no longer answers with the entry, and people who ask find nothing, or the nearest other entry. Bring it up to date, or take it out."
    NotYetValid "not-yet-valid" "`valid_from` has not come yet, so the bot does not answer with the entry before that day. Nothing is to be done, if the day is right."
    WrongOrder "wrong-order" "`valid_until` stands before `valid_from`, so the entry would never be valid. One of the two dates is a slip."
    // What the engine makes of it (`--engine`).
    Confused "confused" "With this wording left out, the bot gives another entry's answer to it, with confidence. People who ask in similar words get the wrong answer. Add variants like it to the right entry, or make the two entries one."
    Unreachable "unreachable" "Not even its own title or variants lead to this entry: others are nearer. Nobody will see it. Give it words of its own, or join it with the entry that answers in its place."
    TakenAsCrisis "taken-as-crisis" "The crisis screen catches this wording, so whoever asks it gets the helplines and never this answer. That may be right; then take the wording out, since it can never match."
    // Pages (`--links`).
    PageGone "page-gone" "The page behind the link cannot be reached, so people who want to read on find nothing. Mend the address or the page."
    AnchorGone "anchor-gone" "The page has no such anchor or heading any more, so the link opens its top instead of the passage. The finding names the nearest heading."
    // Plain speech (`--notes`).
    LongSentence "long-sentence" "A sentence of more than 30 words is hard to read on a phone, and harder in distress. Make two of it."
    Jargon "jargon" "People outside the field may not know this word. Say it in everyday words, or explain it in the same sentence."
    Blaming "blaming" "These words can sound like blame or a diagnosis to somebody who is struggling. Describe what happens instead of what somebody is or should have done."
    LateAnswer "late-answer" "The question can be answered with yes or no, and the first sentences do not. People read two lines; begin with the answer."
    // `allow` itself.
    UnknownCode "unknown-code" "No finding has this code, so the line allows nothing. `askwell check --explain` lists all codes."
    NoReason "no-reason" "An `allow` without a reason leaves the next person guessing. Write it behind the code: \"confused: they differ by price only\"."
    UnusedAllow "unused-allow" "What this line allows does not happen any more. Take it out, so that it hides nothing later."
}

impl Code {
    /// The code with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_can_be_typed() {
        let names: HashSet<&str> = Code::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(
                code.name()
                    .bytes()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
            );
            assert_eq!(Code::of(code.name()), Some(*code));
            assert!(code.explanation().ends_with('.'), "{}", code.name());
        }
    }
}
