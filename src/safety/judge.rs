//! The grammar over the hits: is the phrase denied, past and closed, told as a story, and whom
//! does it speak of.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use super::kinds::{Category, Level};
use super::lexicon::{Reading, Token};
use super::network::Network;
use super::normalise::{Break, chunks};
use super::odds::Odds;
use super::rules::{Compiled, Roles, Rule, Softener};
use super::score::{Feature, each_word_feature};

/// How far before a phrase a "not" still denies it, in words.
const NOT_REACH: usize = 4;

/// After so many softened hits of one rule it counts as it stands: the message goes on and on
/// about it, and judging every hit would cost too much.
const MOST_HITS: u8 = 8;

/// The name of what is learned, where findings name their rule.
pub const SCORE: &str = "score";

/// A word is telling where the log odds of danger are lower by so much without it.
const TELLING: f32 = 0.3;
const MOST_TELLING: usize = 3;

/// Words of a long message that are tried.
const MOST_EXPLAINED: usize = 60;

/// One rule that a message meets. Holds no words of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: String,
    /// Where the phrase stands that was met: file and line.
    pub file: String,
    pub line: usize,
    pub category: Category,
    pub level: Level,
    /// What lowered the level, if anything did.
    pub softened: Option<Softener>,
}

/// All findings of a text, in the order of the rule files; hints are left out.
pub(super) fn judge(rules: &Compiled, text: &str) -> Vec<Finding> {
    let chunks = chunks(text);
    let reading = rules.lexicon.read(&chunks);
    let met = meet(rules, &reading);
    let fired = |rule: &usize| met[*rule].is_some_and(|it| it.softened.0.is_none());
    let together = rules
        .together
        .iter()
        .filter(|it| it.all.iter().all(|any_of| any_of.iter().any(fired)));
    let together = together.map(|it| Finding {
        rule: it.id.clone(),
        file: it.file.clone(),
        line: it.line,
        category: it.category,
        level: it.level,
        softened: None,
    });
    let single = rules.rules.iter().zip(&met).filter_map(|(rule, met)| {
        let met = met.as_ref().filter(|it| it.level > Level::Hint)?;
        Some(Finding {
            rule: rule.id.clone(),
            file: rule.file.clone(),
            line: met.line,
            category: met.category,
            level: met.level,
            softened: met.softened.0,
        })
    });
    let mut findings: Vec<Finding> = single.chain(together).collect();
    let worst = findings.iter().map(|it| it.level).max();
    if worst < Some(Level::Urgent) {
        let odds = odds(rules, &reading, &met, text);
        // Where the grammar softened a phrase, it knows much that what is learned doesn't.
        let softened = findings.iter().any(|it| it.softened.is_some());
        if let Some(level) = odds
            .level(softened, worst.is_some(), reading.tokens.len())
            .filter(|it| worst < Some(*it))
        {
            findings.push(Finding {
                rule: SCORE.to_owned(),
                file: "faq/safety/score.tsv".to_owned(),
                line: 1,
                category: odds.category(),
                level,
                softened: None,
            });
        }
    }
    findings
}

/// What the words and the network make of a message.
fn odds(rules: &Compiled, reading: &Reading<'_>, met: &[Option<Met>], text: &str) -> Odds {
    let mut features = Vec::with_capacity(4 * reading.tokens.len());
    each_feature(rules, reading, met, |it| {
        features.extend(rules.score.row(&it));
    });
    let words = rules.score.weigh(features);
    words.with_network(|| Network::builtin().read(text))
}

/// The probability of danger as far as it is learned, and the words that it rests on, the most telling first: those
/// without which it is much lower. Reads the text once for each of its words.
pub(super) fn account(rules: &Compiled, text: &str) -> (f32, Vec<String>) {
    let odds_of = |text: &str| {
        let chunks = chunks(text);
        let reading = rules.lexicon.read(&chunks);
        odds(rules, &reading, &meet(rules, &reading), text)
    };
    let words: Vec<&str> = text.split_whitespace().take(MOST_EXPLAINED).collect();
    let all = odds_of(&words.join(" ")).of_any();
    let mut telling: Vec<(f32, &str)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let rest = [&words[..at], &words[at + 1..]].concat().join(" ");
        let lost = all - odds_of(&rest).of_any();
        if TELLING <= lost {
            telling.push((lost, word));
        }
    }
    telling.sort_by(|a, b| b.0.total_cmp(&a.0));
    telling.truncate(MOST_TELLING);
    (
        odds_of(text).probability(),
        telling.into_iter().map(|it| it.1.to_owned()).collect(),
    )
}

/// The features of a text, for the tool that trains the weights.
pub(super) fn features(rules: &Compiled, text: &str) -> Vec<String> {
    let chunks = chunks(text);
    let reading = rules.lexicon.read(&chunks);
    let mut out = Vec::new();
    each_feature(rules, &reading, &meet(rules, &reading), |it| {
        out.push(it.name());
    });
    out
}

/// How each rule came out; none where the message does not meet it.
fn meet(rules: &Compiled, reading: &Reading<'_>) -> Vec<Option<Met>> {
    let message = Message::new(rules, reading);
    let mut met: Vec<Option<Met>> = vec![None; rules.rules.len()];
    let mut hits = vec![0_u8; rules.rules.len()];
    rules.automaton.run(reading, |found| {
        let rule = rules.automaton.rule(found.pattern);
        if hits[rule] == MOST_HITS {
            return;
        }
        hits[rule] += 1;
        let line = rules.automaton.line(found.pattern);
        let whole = &rules.rules[rule];
        let this =
            if hits[rule] == MOST_HITS || whole.unless.is_empty() && whole.level == Level::Hint {
                Met {
                    level: whole.level,
                    softened: Reverse(None),
                    category: whole.category,
                    line,
                }
            } else {
                message.judge(whole, line, &rules.automaton.locate(reading, &found))
            };
        met[rule] = met[rule].max(Some(this));
        if this.level == whole.level && this.softened.0.is_none() {
            // It can't get graver, save for whom it is about.
            hits[rule] = hits[rule].max(MOST_HITS - 2);
        }
    });
    met
}

/// Calls `on_feature` for each feature of a message: its words and what they stand beside, and
/// the rules that it meets, save for those that are urgent anyway.
fn each_feature(
    rules: &Compiled,
    reading: &Reading<'_>,
    met: &[Option<Met>],
    mut on_feature: impl FnMut(Feature<'_>),
) {
    each_word_feature(reading, &rules.classes, &mut on_feature);
    for (rule, met) in rules.rules.iter().zip(met) {
        let Some(met) = met.filter(|it| it.level < Level::Urgent) else {
            continue;
        };
        let mark = met.softened.0.map_or("", Softener::mark);
        on_feature(Feature::of_rule(&rule.id, mark));
    }
}

/// How one rule came out; the graver is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Met {
    level: Level,
    softened: Reverse<Option<Softener>>,
    category: Category,
    line: usize,
}

/// The tokens of a message with what the grammar knows of each.
struct Message<'a> {
    tokens: &'a [Token],
    roles: Vec<Roles>,
    sentences: Vec<Sentence>,
    /// For each token, the sentence it stands in.
    sentence_of: Vec<usize>,
    /// For each token, whom the sentence named last, up to here.
    person: Vec<Roles>,
    /// Something says that it goes on: "again", "he is back".
    has_thread: bool,
}

/// What all words of a sentence bring together.
#[derive(Clone, Copy, Default)]
struct Sentence {
    roles: Roles,
}

impl<'a> Message<'a> {
    fn new(rules: &Compiled, reading: &'a Reading<'_>) -> Self {
        let tokens = reading.tokens.as_slice();
        let mut by_token: Vec<Roles> = tokens
            .iter()
            .map(|it| rules.roles[it.word as usize])
            .collect();
        for it in &reading.expressions {
            let role = rules.roles[it.word as usize];
            if role.has(Roles::PAST) {
                // "As a teenager" tells when, not who.
                by_token[it.start..=it.end]
                    .iter_mut()
                    .for_each(|it| *it = it.without(Roles::ME | Roles::OTHER));
            }
            by_token[it.end] = by_token[it.end] | role;
        }
        let mut sentences: Vec<Sentence> = Vec::new();
        let (mut sentence_of, mut person) = (Vec::new(), Vec::new());
        let mut last = Roles::default();
        for (token, role) in tokens.iter().zip(&by_token) {
            if token.before == Break::Stop || sentences.is_empty() {
                sentences.push(Sentence::default());
                last = Roles::default();
            }
            if role.has(Roles::ME | Roles::OTHER) {
                last = *role;
            }
            if let Some(sentence) = sentences.last_mut() {
                sentence.roles = sentence.roles | *role;
            }
            sentence_of.push(sentences.len() - 1);
            person.push(last);
        }
        let has_thread = sentences.iter().any(|it| it.roles.has(Roles::THREAD));
        Self {
            tokens,
            roles: by_token,
            sentences,
            sentence_of,
            person,
            has_thread,
        }
    }

    fn judge(&self, rule: &Rule, line: usize, places: &[RangeInclusive<usize>]) -> Met {
        let (first, last) = (*places[0].start(), *places[places.len() - 1].end());
        let category = match rule.category {
            Category::Suicide | Category::SelfHarm if self.person[last].has(Roles::OTHER) => {
                Category::ThirdPerson
            }
            category => category,
        };
        let softened = rule.unless.iter().copied().find(|it| match it {
            Softener::Negated => self.is_negated(places),
            Softener::Past => self.is_past(first, last),
            Softener::Story => self.sentence(first).has(Roles::STORY),
        });
        let level = if softened.is_some() {
            rule.level.min(Level::Grey)
        } else {
            rule.level
        };
        Met {
            level,
            category,
            softened: Reverse(softened),
            line,
        }
    }

    /// Whether an odd number of "not" reach the phrase. Its own words don't count ("don't
    /// want to live"), and a comma, a "but" or a "know" ends the reach of one.
    fn is_negated(&self, places: &[RangeInclusive<usize>]) -> bool {
        let (first, last) = (*places[0].start(), *places[places.len() - 1].end());
        let mut n_negators = 0;
        let mut blocked = false;
        let mut since_phrase = 0;
        for at in (0..last).rev() {
            let edge = self.tokens[at + 1].before;
            if edge == Break::Stop || (at < first && since_phrase == NOT_REACH) {
                break;
            }
            blocked |= edge == Break::Comma;
            since_phrase += 1;
            if places.iter().any(|it| it.contains(&at)) {
                (blocked, since_phrase) = (false, 0);
                continue;
            }
            blocked |= since_phrase > NOT_REACH || self.roles[at].has(Roles::JOIN);
            // "No I want to die": an answer, not a denial.
            let answers = self.roles[at + 1].has(Roles::ME | Roles::OTHER);
            if self.roles[at].has(Roles::NOT) && !blocked && !answers {
                n_negators += 1;
            }
        }
        n_negators % 2 == 1
    }

    /// Whether the sentence, or the next where it goes on telling, puts the phrase into a
    /// closed past, and nothing in the message says that it continues.
    fn is_past(&self, first: usize, last: usize) -> bool {
        let near = || self.roles[first.saturating_sub(2)..=last].iter();
        let sentence = self.sentence(first);
        if self.has_thread
            || sentence.has(Roles::NOW)
            || near().any(|it| it.has(Roles::PRESENT_VERB))
        {
            return false;
        }
        // "I tried to once. It was twenty years ago."
        let next = self
            .sentences
            .get(self.sentence_of[last] + 1)
            .map_or(Roles::default(), |it| it.roles);
        sentence.has(Roles::PAST)
            || (near().any(|it| it.has(Roles::PAST_VERB))
                && next.has(Roles::PAST)
                && !next.has(Roles::NOW))
    }

    /// What the words of the sentence around a token bring.
    fn sentence(&self, at: usize) -> Roles {
        self.sentences[self.sentence_of[at]].roles
    }
}
