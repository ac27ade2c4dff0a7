//! The crisis screen: every message passes it first; the only maker of a [`Query`].
//!
//! ```text
//! text > normalise   signs, case, spaced and stretched letters        > chunks
//!      > lexicon     spelling, slang, fixed expressions, idioms       > tokens
//!      > automaton   all phrases of all rules in one pass             > hits
//!      > judge       negation, time, story, who it is about           > findings
//!      > score       learned weights of words, where no rule is urgent
//!      > network     reads the words in their order, where those are not sure that all is well
//! ```
//! What counts as a crisis is data, in `faq/safety/`; nothing here knows a word of English.
//! The texts a person gets are in `helplines`.

mod automaton;
mod expressions;
mod helplines;
mod idioms;
mod judge;
mod kinds;
mod lexicon;
mod load;
mod network;
mod normalise;
mod odds;
mod phrases;
mod problems;
mod rule_file;
mod rules;
mod runs;
mod score;
mod spelling;

use std::fmt;
use std::sync::{Arc, LazyLock};

pub use helplines::{CrisisTexts, TextsProblem};
pub use judge::{Finding, SCORE};
pub use kinds::{Categories, Category, Level};
pub use rule_file::RuleError;
pub use rules::Softener;

/// Text that has passed the crisis screen. Only [`Screen::check`] makes one, so code that takes a `Query` cannot be
/// reached by a message nobody screened.
#[derive(Clone, Copy)]
pub struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// The person's words.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.0
    }

    /// The beginning of it, at most `n` characters.
    #[must_use]
    pub fn first_chars(self, n: usize) -> Self {
        let end = self.0.char_indices().nth(n).map(|(end, _)| end);
        Self(end.map_or(self.0, |end| &self.0[..end]))
    }

    /// A part of it, by bytes: what is screened as a whole is screened in parts.
    ///
    /// # Panics
    /// When the range ends outside the text or inside a character.
    #[must_use]
    pub fn part(self, range: std::ops::Range<usize>) -> Self {
        Self(&self.0[range])
    }
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} bytes)", self.0.len())
    }
}

/// The screen with the texts that answer what it finds.
#[derive(Debug)]
pub struct Safety {
    pub screen: Screen,
    pub texts: CrisisTexts,
}

impl Safety {
    /// The built-in rules, and the text that names no country.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            screen: Screen::builtin(),
            texts: CrisisTexts::neutral(),
        }
    }
}

impl Default for Safety {
    fn default() -> Self {
        Self::builtin()
    }
}

/// The compiled rules. Made once; shared freely between threads.
#[derive(Clone)]
pub struct Screen {
    rules: Arc<rules::Compiled>,
}

impl Screen {
    /// The built-in English rules alone.
    #[must_use]
    pub fn builtin() -> Self {
        static BUILTIN: LazyLock<Screen> = LazyLock::new(Screen::load_builtin);
        BUILTIN.clone()
    }

    /// The same, loaded anew; for the bench.
    #[doc(hidden)]
    #[must_use]
    pub fn load_builtin() -> Self {
        // Compiled by `build.rs`, since that takes longer than all else of a start.
        let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/screen.bin"));
        let rules = postcard::from_bytes(bytes).expect("`build.rs` wrote what is read here");
        Self {
            rules: Arc::new(rules),
        }
    }

    /// The built-in rules and the operator's own: pairs of file name and TOML text. A file with
    /// the name of a built-in one takes its place.
    ///
    /// A list of words under a name that exists already adds to it, so a file can bring
    /// local slang or another language without repeating ours.
    ///
    /// # Errors
    /// Every problem found, each with file, line and what to do; never only the first.
    pub fn with_rules(texts: &[(&str, &str)]) -> Result<Self, Vec<RuleError>> {
        // A folder made from ours holds our files too.
        let own = |it: &(&str, &str)| !load::is_builtin(it);
        if !texts.iter().any(own) {
            return Ok(Self::builtin());
        }
        Ok(Self {
            rules: Arc::new(load::load(texts)?),
        })
    }

    /// Sorts one message, before flood control, commands or matching see it.
    ///
    /// Total and deterministic; time is linear in the length of `text`.
    #[must_use]
    pub fn check<'a>(&self, text: &'a str) -> Screened<'a> {
        let findings = self.explain(text);
        let query = Query(text);
        let urgent = findings.iter().filter(|it| it.level == Level::Urgent);
        let categories: Categories = urgent.clone().map(|it| it.category).collect();
        if !categories.is_empty() {
            let rules = urgent.map(|it| it.rule.clone()).collect();
            Screened::Urgent(Alarm {
                query,
                categories,
                rules,
            })
        } else if findings.is_empty() {
            Screened::Clear(query)
        } else {
            Screened::Grey(query)
        }
    }

    /// Which rules a text meets, what softened them, and the words they stand on are kept out.
    #[must_use]
    pub fn explain(&self, text: &str) -> Vec<Finding> {
        judge::judge(&self.rules, text)
    }

    /// The probability of danger as far as it is learned, 0 to 1, and the words that it rests on, the most telling first.
    /// For whoever looks after the content: many times the work of [`Screen::check`].
    #[must_use]
    pub fn account(&self, text: &str) -> (f32, Vec<String>) {
        judge::account(&self.rules, text)
    }

    /// The features that the learned score reads in a text; for the tool that trains it.
    #[doc(hidden)]
    #[must_use]
    pub fn features(&self, text: &str) -> Vec<String> {
        judge::features(&self.rules, text)
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Screen({} rules)", self.rules.rules.len())
    }
}

/// What [`Screen::check`] makes of a message.
#[derive(Debug)]
pub enum Screened<'a> {
    /// Only the crisis text may answer it.
    Urgent(Alarm<'a>),
    /// The FAQ may answer, with one support line.
    Grey(Query<'a>),
    Clear(Query<'a>),
}

impl<'a> Screened<'a> {
    /// The message as a question whatever was found: see [`Alarm::into_query`].
    #[must_use]
    pub fn into_query(self) -> Query<'a> {
        match self {
            Self::Urgent(alarm) => alarm.into_query(),
            Self::Grey(query) | Self::Clear(query) => query,
        }
    }
}

/// A message that gets the crisis text. Holds the words, so that the person can ask for the
/// FAQ answer afterwards, but never shows them.
pub struct Alarm<'a> {
    query: Query<'a>,
    categories: Categories,
    rules: Vec<String>,
}

impl<'a> Alarm<'a> {
    /// Never empty.
    #[must_use]
    pub fn categories(&self) -> Categories {
        self.categories
    }

    /// Ids of the rules that fired, in the order of the rule files.
    #[must_use]
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// The message as a question after all: for the button "I meant something else",
    /// after the crisis text was sent and at the person's own wish, and to measure the matcher.
    #[must_use]
    pub fn into_query(self) -> Query<'a> {
        self.query
    }
}

impl fmt::Debug for Alarm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("categories", &self.categories)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static SCREEN: LazyLock<Screen> = LazyLock::new(Screen::builtin);

    /// Compares what the screen makes of a text: `clear`, `grey`, or the categories.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = match SCREEN.check(text) {
            Screened::Clear(_) => "clear".to_owned(),
            Screened::Grey(_) => "grey".to_owned(),
            Screened::Urgent(alarm) => alarm
                .categories()
                .iter()
                .map(Category::name)
                .collect::<Vec<_>>()
                .join(" "),
        };
        assert_eq!(found, expected, "{text}: {:?}", SCREEN.explain(text));
    }

    #[test]
    fn a_question_is_clear() {
        check("How much is a session?", "clear");
        check("we fight about money every week", "clear");
        check("I am leaving him for good", "clear");
        check("is this the end for us", "clear");
        check("is he only coming to shut me up", "clear");
        check("we are killing ourselves with work", "clear");
        check("i want to make sure she never feels alone again", "clear");
        check("", "clear");
    }

    #[test]
    fn a_way_of_speaking_hides_no_wish() {
        for text in [
            "i keep thinking about killing myself over work",
            "i feel like killing myself over the mortgage",
            "i am going to end up killing myself working here",
        ] {
            check(text, "suicide");
        }
    }

    #[test]
    fn the_end_of_a_sentence_tells_a_wish_from_a_complaint() {
        check("I can't go on. I'm so tired", "suicide");
        check("not sure i can go on", "suicide");
        check("i can't carry on anymore", "suicide");
        check("I can't go on holiday with his family again", "grey");
        check("we can't go on like this with the chores", "clear");
        check("she says she can't go on", "third_person");
    }

    #[test]
    fn each_category_is_told_apart() {
        check("i want to die", "suicide");
        check("i cut my arms again", "self_harm");
        check("my husband strangled me", "violence");
        check("he shut me in the cellar again", "violence");
        check("if i can't have him nobody else can", "violence");
        check("i'll make sure she never dates anyone else", "violence");
        check("my wife beats our toddler", "child");
        check("my friend took an overdose", "third_person");
    }

    #[test]
    fn a_crisis_half_hidden_in_a_question_is_found() {
        check(
            "What do you charge? I won't be alive to pay anyway.",
            "suicide",
        );
        check(
            "is the office wheelchair accessible, he broke my leg when he beat me",
            "violence",
        );
    }

    #[test]
    fn spelling_does_not_hide_it() {
        for text in [
            "I WANT TO K1LL MYSELF",
            "i want to k i l l  m y s e l f",
            "i want to k\u{200b}ill my\u{ad}self",
            "i wanna kil mysefl",
            "i want to sleep for ever",
            "kms tonight",
            "i want to k*ll myself",
            "iwanttokillmyself",
            "i want to kiiiiill myself",
            "ｉ ｗａｎｔ ｔｏ ｄｉｅ",
            "i want to un-alive myself",
        ] {
            check(text, "suicide");
        }
    }

    #[test]
    fn a_denial_is_grey_and_a_negated_wish_is_not_a_denial() {
        check("I am not suicidal", "grey");
        check("he has never hit me", "grey");
        check("I don't want to live", "suicide");
        check("not that I told anyone, but I want to die", "suicide");
        check("no I want to die", "suicide");
    }

    #[test]
    fn a_closed_past_is_grey_until_it_returns() {
        check("I was suicidal as a teenager, years ago", "grey");
        check(
            "I was suicidal as a teenager and the thoughts are back again",
            "suicide",
        );
        check("my ex used to hit me years ago", "grey");
        check(
            "my ex used to hit me years ago, he got out of prison and is looking for me",
            "violence",
        );
    }

    #[test]
    fn an_idiom_cancels_its_own_words_only() {
        check("his jokes are to die for", "clear");
        check(
            "this job is killing me and I want to kill myself",
            "suicide",
        );
        check("she hit the roof, then she hit me", "violence");
    }

    #[test]
    fn what_another_person_wants_is_about_them() {
        check("my son wants to die", "third_person");
        check("my husband does not know that I want to die", "suicide");
    }

    #[test]
    fn several_categories_hold_at_once() {
        check("my husband hits me and I want to die", "suicide violence");
    }

    #[test]
    fn an_alarm_becomes_a_question_at_the_persons_wish() {
        let Screened::Urgent(alarm) = SCREEN.check("i want to die") else {
            panic!("urgent")
        };
        assert!(!format!("{alarm:?}").contains("want to die"));
        assert_eq!(alarm.into_query().text(), "i want to die");
    }

    #[test]
    fn debug_shows_no_words() {
        assert_eq!(
            format!("{:?}", SCREEN.check("hello there")),
            "Clear(Query(11 bytes))"
        );
    }

    #[test]
    fn an_operators_file_adds_words_idioms_and_rules() {
        let file = r#"
            [words]
            partner = "gatobitz"
            [idioms]
            ours = "want to die of bliss"
            [[rule]]
            id = "german"
            category = "suicide"
            level = "urgent"
            phrases = "ich will .. sterben"
        "#;
        let screen = Screen::with_rules(&[("ours.toml", file)]).unwrap();
        let urgent = |text| matches!(screen.check(text), Screened::Urgent(_));
        assert!(urgent("my gatobitz hits me"));
        assert!(urgent("ich will heute sterben"));
        assert!(!urgent("i want to die of bliss"));
    }

    /// Loads a faulty file and compares the whole message of each problem.
    #[track_caller]
    fn refused(file: &str, expected: &[&str]) {
        let errors = Screen::with_rules(&[("ours.toml", file)])
            .err()
            .unwrap_or_default();
        assert_eq!(
            errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
            expected
        );
    }

    /// A rule whose phrases begin on line 6.
    fn rule(id: &str, phrases: &str) -> String {
        format!(
            "[[rule]]\nid = \"{id}\"\ncategory = \"child\"\nlevel = \"grey\"\nphrases = '''\n{phrases}\n'''"
        )
    }

    #[test]
    fn the_rules_in_the_binary_are_those_of_the_files() {
        let loaded = load::load(&[]).unwrap();
        let bytes = postcard::to_allocvec(&*SCREEN.rules).unwrap();
        assert_eq!(bytes.len(), postcard::to_allocvec(&loaded).unwrap().len());
        let compiled = Screen {
            rules: Arc::new(loaded),
        };
        for text in [
            "killmyself",
            "he said he will kill me",
            "tired of his band",
            "how much is it",
        ] {
            assert_eq!(SCREEN.explain(text), compiled.explain(text));
            assert_eq!(SCREEN.features(text), compiled.features(text));
        }
    }

    #[test]
    fn mistakes_come_back_with_file_line_and_cure() {
        refused("[words]\nx = 1", &["ours.toml is not a valid rule file"]);
        refused(
            "[words]\nx = \"<y>\"",
            &["ours.toml:2: there is no list <y>; add it under [words] or correct the name"],
        );
        refused(
            "[words]\nx = \"<y>\"\ny = \"<x>\"",
            &["ours.toml:3: the list <x> contains itself; take one of the references out"],
        );
        refused(
            &rule("x", "fine\n.. oops"),
            &["ours.toml:7: `.. oops` begins or ends with dots; dots stand between two words"],
        );
        refused(
            &rule("hits-me", "x y"),
            &["ours.toml:2: the id `hits-me` is used twice; give one of the two another"],
        );
        refused(
            &rule("x", "a the"),
            &["ours.toml:6: `a the` has only words that are dropped; see `fillers`"],
        );
    }

    proptest! {
        #[test]
        fn any_text_is_judged_the_same_twice(text in "\\PC{0,300}") {
            prop_assert_eq!(SCREEN.explain(&text), SCREEN.explain(&text));
        }

        #[test]
        fn hostile_words_do_not_panic(
            words in prop::collection::vec("(kill|die|my|self|i|not|[.]|,|[*]|!|k1ll|\u{200b}|h|\u{fdfa}|🔪| ){1,4}", 0..60),
        ) {
            let _ = SCREEN.check(&words.concat());
            let _ = SCREEN.check(&words.join(" "));
        }

        #[test]
        fn a_crisis_stays_one_beside_any_other_sentence(before in "[a-z ]{0,80}", after in "\\PC{0,80}") {
            let text = format!("{before}.\nI want to kill myself.\n{after}");
            prop_assert!(matches!(SCREEN.check(&text), Screened::Urgent(_)), "{}", text);
        }
    }
}
