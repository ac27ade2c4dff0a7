//! What must hold for content of any size.

use super::*;
use crate::knowledge::EntryId;
use crate::markup::Document;
use crate::safety::Screen;

const N_ENTRIES: usize = 1_500;
const N_QUESTIONS: usize = 200;

/// A row of numbers that looks random and is the same every time; Marsaglia's xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    /// Words of a topic with some of all others between.
    fn words(&mut self, topic: usize, n: usize) -> String {
        let all: Vec<&str> = include_str!("../text/words.txt")
            .lines()
            .step_by(25)
            .collect();
        let word = |dice: &mut Self| match dice.below(3) {
            0 => all[dice.below(all.len())],
            _ => all[(topic * 53 + dice.below(20)) % all.len()],
        };
        (0..n).map(|_| word(self)).collect::<Vec<_>>().join(" ")
    }
}

fn knowledge(n_entries: usize) -> KnowledgeBase {
    let mut dice = Dice(7);
    let entry = |number: usize| {
        let topic = dice.below(40);
        let id = EntryId::new(&format!("e{number}")).unwrap();
        let (title, variant) = (dice.words(topic, 6), dice.words(topic, 5));
        let answer = Document::text(dice.words(topic, 8));
        Entry::loose(id, title, vec![variant], answer)
    };
    KnowledgeBase::from_entries((0..n_entries).map(entry).collect())
}

/// Most of the words of one entry's question, and another one.
fn question(knowledge: &KnowledgeBase, dice: &mut Dice) -> String {
    let entry = &knowledge.entries()[dice.below(knowledge.entries().len())];
    let topic = dice.below(40);
    let mut words: Vec<&str> = entry.title.split(' ').collect();
    words.swap_remove(dice.below(words.len()));
    words.swap_remove(dice.below(words.len()));
    format!("{} {}?", words.join(" "), dice.words(topic, 1))
}

#[test]
fn what_is_passed_over_is_seldom_the_best() {
    let knowledge = knowledge(N_ENTRIES);
    let settings = Settings::default();
    let whole = Matcher::with_exhaustive(&knowledge, &settings, usize::MAX);
    let pruned = Matcher::with_exhaustive(&knowledge, &settings, 0);
    let screen = Screen::builtin();
    let mut dice = Dice(11);
    let mut n_same = 0;
    for _ in 0..N_QUESTIONS {
        let question = question(&knowledge, &mut dice);
        let best = |matcher: &Matcher| {
            let ranking = matcher.rank(screen.check(&question).into_query());
            ranking.candidates.first().map(|it| it.entry)
        };
        n_same += usize::from(best(&whole) == best(&pruned));
    }
    assert!(
        n_same * 100 >= N_QUESTIONS * 99,
        "{n_same} of {N_QUESTIONS}"
    );
}

#[test]
fn a_question_gets_the_same_ranking_from_every_index_and_at_every_time() {
    let knowledge = knowledge(600);
    let one = Matcher::with_exhaustive(&knowledge, &Settings::default(), 0);
    let other = Matcher::with_exhaustive(&knowledge, &Settings::default(), 0);
    let screen = Screen::builtin();
    let mut dice = Dice(13);
    for _ in 0..20 {
        let question = question(&knowledge, &mut dice);
        let rank = |matcher: &Matcher| matcher.rank(screen.check(&question).into_query());
        let first = rank(&one);
        assert!(!first.candidates.is_empty());
        assert_eq!(first, rank(&one));
        assert_eq!(first, rank(&other));
    }
}

#[test]
fn an_empty_content_has_no_answer() {
    let matcher = Matcher::with_exhaustive(&knowledge(0), &Settings::default(), 0);
    let screen = Screen::builtin();
    let ranking = matcher.rank(screen.check("is there anything?").into_query());
    assert_eq!(ranking.candidates, []);
}

/// The ranking of a question by two small entries, where these questions are out of scope.
fn rank(question: &str, out_of_scope: &[&str]) -> (Ranking, Option<String>) {
    let owned = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
    let entry = |id: &str, title: &str, variants: &[&str], answer: &str| {
        let id = EntryId::new(id).unwrap();
        Entry::loose(
            id,
            title.to_owned(),
            owned(variants),
            Document::text(answer),
        )
    };
    let knowledge = KnowledgeBase::from_entries(vec![
        entry(
            "parking",
            "Where can I park my car?",
            &["parking spots nearby", "is there a place for my car"],
            "Behind the house.",
        ),
        entry(
            "hours",
            "When are you open?",
            &["opening hours", "until when is somebody there"],
            "From nine to five.",
        ),
        entry(
            "children",
            "Do you work with children?",
            &["is my son too young", "help for my daughter"],
            "From the age of twelve.",
        ),
    ]);
    let settings = Settings {
        out_of_scope: owned(out_of_scope),
        ..Settings::default()
    };
    let matcher = Matcher::new(&knowledge, &settings);
    let screen = Screen::builtin();
    let ranking = matcher.rank(screen.check(question).into_query());
    let elsewhere = matcher.elsewhere(ranking.elsewhere).map(str::to_owned);
    (ranking, elsewhere)
}

#[test]
fn what_is_near_to_a_question_out_of_scope_scores_less() {
    let question = "where can somebody repair my car";
    let (before, _) = rank(question, &[]);
    let (after, elsewhere) = rank(question, &["Who repairs cars?", "Do you sell shoes?"]);
    assert_eq!(elsewhere.as_deref(), Some("Who repairs cars?"));
    assert!(before.background < after.background);
    assert!(after.candidates[0].score < 0.5 * before.candidates[0].score);
}

#[test]
fn a_wording_is_answered_whatever_is_out_of_scope() {
    for question in ["parking spots nearby", "Where can I park my car?"] {
        let (ranking, _) = rank(
            question,
            &["Are there parking spots?", "where can I park a car"],
        );
        assert!(
            ranking.candidates[0].score > Settings::default().threshold,
            "{question}"
        );
    }
}

#[test]
fn questions_out_of_scope_change_the_fingerprint() {
    let with = |out_of_scope: &[&str]| {
        let settings = Settings {
            out_of_scope: out_of_scope.iter().map(|it| (*it).to_owned()).collect(),
            ..Settings::default()
        };
        fingerprint(&KnowledgeBase::default(), &settings)
    };
    assert_ne!(with(&[]), with(&["a"]));
    assert_ne!(with(&["a"]), with(&["b"]));
}
