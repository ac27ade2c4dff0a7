//! Made-up content of any size, and questions about it; the same every time.
//!
//! Words follow Zipf's law over the general word list. Entries belong to topics with words of
//! their own, about as many topics as the root of the number of entries, so that near entries
//! exist. A question takes most of the words of one text, and one in six has a typing error.

use askwell::knowledge::{Entry, EntryId, KnowledgeBase};
use askwell::markup::Document;
use fastrand::Rng;

static WORD_LIST: &str = include_str!("../../src/text/words.txt");

const FILLERS: [&str; 40] = [
    "the", "to", "and", "a", "of", "in", "is", "it", "you", "that", "for", "on", "with", "we",
    "are", "can", "do", "how", "what", "i", "my", "if", "not", "be", "or", "when", "your", "have",
    "this", "will", "at", "there", "who", "from", "should", "our", "as", "by", "an", "would",
];

/// Other wordings of an entry's question.
const N_VARIANTS: usize = 3;
const N_SENTENCES: usize = 3;
/// Words that a topic uses more than others do.
const TOPIC_WORDS: usize = 25;

/// Entries, and questions that one of them is about.
pub(crate) struct Content {
    pub(crate) entries: Vec<Text>,
    pub(crate) questions: Vec<String>,
}

/// The words of one entry.
pub(crate) struct Text {
    pub(crate) title: String,
    pub(crate) variants: Vec<String>,
    pub(crate) answer: String,
}

impl Content {
    pub(crate) fn new(n_entries: usize, n_questions: usize) -> Self {
        let mut writer = Writer::new(n_entries);
        let entries: Vec<Text> = (0..n_entries).map(|_| writer.entry()).collect();
        let questions = (0..n_questions).map(|_| {
            let entry = &entries[writer.rng.usize(..n_entries)];
            let texts: Vec<&String> = std::iter::once(&entry.title)
                .chain(&entry.variants)
                .collect();
            let text = texts[writer.rng.usize(..texts.len())];
            writer.question(text)
        });
        Self {
            questions: questions.collect(),
            entries,
        }
    }

    pub(crate) fn knowledge(&self) -> KnowledgeBase {
        let entries = self.entries.iter().enumerate().map(|(number, text)| {
            let id = EntryId::new(&format!("e{number}")).expect("a letter and digits");
            let answer = Document::text(text.answer.as_str());
            Entry::loose(id, text.title.clone(), text.variants.clone(), answer)
        });
        KnowledgeBase::from_entries(entries.collect())
    }

    /// The same as a file of the content folder.
    pub(crate) fn toml(&self) -> String {
        let faq = |(number, text): (usize, &Text)| {
            format!(
                "[[faq]]\nid = \"e{number}\"\nquestion = {:?}\nvariants = {:?}\nanswer = {:?}\n\n",
                text.title, text.variants, text.answer
            )
        };
        self.entries.iter().enumerate().map(faq).collect()
    }
}

struct Writer {
    rng: Rng,
    words: Vec<&'static str>,
    topics: Vec<Vec<&'static str>>,
}

impl Writer {
    fn new(n_entries: usize) -> Self {
        let mut rng = Rng::with_seed(7);
        let mut words: Vec<&str> = WORD_LIST.lines().collect();
        rng.shuffle(&mut words);
        let n_topics = 3 + n_entries.isqrt();
        let mut topic = || {
            let words = (0..TOPIC_WORDS).map(|_| words[rng.usize(200..words.len())]);
            words.collect()
        };
        let topics = (0..n_topics).map(|_| topic()).collect();
        Self { rng, words, topics }
    }

    fn entry(&mut self) -> Text {
        let topic = self.rng.usize(..self.topics.len());
        let title = self.sentence(topic, 6..13, &[]);
        let subject: Vec<String> = title.split(' ').map(str::to_owned).collect();
        let subject: Vec<&str> = subject
            .iter()
            .map(String::as_str)
            .filter(|it| !FILLERS.contains(it))
            .collect();
        let variants = (0..N_VARIANTS)
            .map(|_| self.sentence(topic, 6..14, &subject) + "?")
            .collect();
        let answer: Vec<String> = (0..N_SENTENCES)
            .map(|_| self.sentence(topic, 8..18, &subject) + ".")
            .collect();
        Text {
            title: title + "?",
            variants,
            answer: answer.join(" "),
        }
    }

    /// Half of the words are fillers; of the others some are `known` ones and some the topic's.
    fn sentence(&mut self, topic: usize, length: std::ops::Range<usize>, known: &[&str]) -> String {
        let mut words = Vec::new();
        for _ in 0..self.rng.usize(length) {
            words.push(match self.rng.u8(..8) {
                0..4 => FILLERS[zipf(&mut self.rng, FILLERS.len())],
                4 if !known.is_empty() => known[self.rng.usize(..known.len())],
                4 | 5 => self.topics[topic][zipf(&mut self.rng, TOPIC_WORDS)],
                _ => self.words[zipf(&mut self.rng, self.words.len())],
            });
        }
        words.join(" ")
    }

    fn question(&mut self, text: &str) -> String {
        let mut words: Vec<String> = (text.trim_end_matches('?').split(' '))
            .filter(|_| self.rng.u8(..10) < 8)
            .map(str::to_owned)
            .collect();
        words.push(self.words[zipf(&mut self.rng, self.words.len())].to_owned());
        if self.rng.u8(..6) == 0 {
            let at = self.rng.usize(..words.len());
            let letters = words[at].len();
            if letters > 4 && words[at].is_ascii() {
                words[at].remove(self.rng.usize(1..letters));
            }
        }
        words.join(" ")
    }
}

/// A number below `n`, the first ones most often: the share of `k` falls as `1 / k`.
#[expect(clippy::cast_sign_loss, reason = "a rank is at least 1")]
fn zipf(rng: &mut Rng, n: usize) -> usize {
    let rank = (n as f64 + 1.0).powf(rng.f64());
    (rank as usize - 1).min(n - 1)
}
