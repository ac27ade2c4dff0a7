//! The shortlist: the entries that get a finer look, by the signals that are cheap, words and topic.
//!
//! ```text
//! entries     words                       topic
//! up to 256   sums of all                 cosines of all                               best_of_all
//! up to 4,000 sums of all                 signs of all, cosines of those that are near best_of_all
//! more        the best, by a pruned walk  cosines of the nearest clusters              best_found
//! ```

use super::semantic::Embedded;
use super::terms::AnalysedQuery;
use super::topk::{highest, near_the_highest};
use super::{Matcher, fusion};

/// An entry by the signals that are known before the finer look.
pub(super) struct Promising {
    pub(super) entry: usize,
    pub(super) lexical: f32,
    pub(super) topic: f32,
    coarse: f32,
}

/// At least so many entries are promising. The best one is among so many for 998 of 1,000 questions, and long posts are
/// the others.
const N_PROMISING: usize = 32;

/// What is so much behind the best before the finer look is not the best after it: of 7,000 questions to public and made-up
/// content not one that is 5 behind. It hardly is a plausible second either.
const REACH: f32 = 6.0;

/// With more entries than this, only those with the best words and signs of the topic are compared by topic.
const LARGE: usize = 256;

/// How many of these there are for each promising one, at most.
const ROUGH: usize = 5;

/// Signs mistake the topic by a tenth of a cosine or two.
const ROUGH_REACH: f32 = REACH + 3.5;

impl Matcher {
    pub(super) fn look<'a>(
        &'a self,
        query: &'a AnalysedQuery,
        embedded: Option<&'a Embedded>,
    ) -> Look<'a> {
        Look {
            matcher: self,
            query,
            embedded,
            stops: self.lexical.stops(query),
        }
    }
}

/// A query on its way to its shortlist.
pub(super) struct Look<'a> {
    matcher: &'a Matcher,
    query: &'a AnalysedQuery,
    embedded: Option<&'a Embedded>,
    /// Of each of its stop words the column and what a level is worth.
    stops: Vec<(usize, f32)>,
}

impl Look<'_> {
    /// The entries that could be the best, or near it: at least `n`, the best by the signals that are cheap.
    pub(super) fn shortlist(&self, n: usize) -> Vec<Promising> {
        let mut promising = self.best(n, n.max(N_PROMISING));
        if n < promising.len() {
            promising.sort_unstable_by(Promising::better);
            let floor = promising[0].coarse - REACH;
            let n_near = promising.partition_point(|it| floor <= it.coarse);
            promising.truncate(n.max(n_near));
        }
        promising
    }

    /// The `n` best entries by these signals, in no order; those that are far behind may be missing as long as there are
    /// `least`.
    pub(super) fn best(&self, least: usize, n: usize) -> Vec<Promising> {
        if self.matcher.n_entries <= self.matcher.exhaustive {
            self.best_of_all(least, n)
        } else {
            self.best_found(n)
        }
    }

    /// Every entry is looked at.
    fn best_of_all(&self, least: usize, n: usize) -> Vec<Promising> {
        let Matcher {
            lexical, semantic, ..
        } = self.matcher;
        let sums = lexical.sums(self.query);
        let entries: Vec<usize> = match self.embedded {
            Some(embedded) if least < n && LARGE < sums.len() => {
                let topics = semantic.rough_topics(embedded);
                let coarse = sums
                    .iter()
                    .zip(topics)
                    .map(|(sum, it)| self.coarse(*sum, it));
                let coarse: Vec<f32> = coarse.collect();
                near_the_highest(&coarse, ROUGH_REACH, least, ROUGH * n)
            }
            _ => (0..sums.len()).collect(),
        };
        let topics = self.topics(&entries);
        let coarse = entries.iter().zip(&topics);
        let coarse: Vec<f32> = coarse
            .map(|(&entry, topic)| self.coarse(sums[entry], *topic))
            .collect();
        let best = highest(&coarse, n).into_iter();
        best.map(|at| self.promising(entries[at], sums[entries[at]], topics[at]))
            .collect()
    }

    /// Only the entries with the best words and those with the nearest topics are looked at.
    fn best_found(&self, n: usize) -> Vec<Promising> {
        let Matcher {
            lexical, semantic, ..
        } = self.matcher;
        let mut walk = lexical.walk(self.query);
        let mut by_words = walk.top(n);
        by_words.sort_unstable_by_key(|it| it.0);
        let entries: Vec<usize> = by_words.iter().map(|it| it.0).collect();
        let topics = self.topics(&entries);
        let found = by_words.iter().zip(topics);
        let mut best: Vec<Promising> = found
            .map(|(&(entry, sum), topic)| self.promising(entry, sum, topic))
            .collect();
        if let Some(embedded) = self.embedded {
            // Others have fewer of the words, so the topic has to make up for it.
            let highest = best.iter().map(|it| it.coarse).fold(0.0, f32::max);
            let sums = by_words.iter().map(|it| it.1);
            let sum = if by_words.len() < n {
                0.0
            } else {
                sums.fold(f32::INFINITY, f32::min)
            };
            let lexical = sum / self.matcher.lexical.unit();
            let least = fusion::least_topic(highest - REACH, lexical, &self.matcher.weights);
            let by_topic = semantic.nearest(embedded, n, least).into_iter();
            let is_new =
                |it: &(usize, f32)| by_words.binary_search_by_key(&it.0, |it| it.0).is_err();
            best.extend(
                by_topic
                    .filter(is_new)
                    .map(|(entry, topic)| self.promising(entry, walk.sum(entry), topic)),
            );
        }
        if n < best.len() {
            best.select_nth_unstable_by(n, Promising::better);
            best.truncate(n);
        }
        best
    }

    fn promising(&self, entry: usize, sum: f32, topic: f32) -> Promising {
        let lexical = &self.matcher.lexical;
        let sum = sum + lexical.stop_sum(&self.stops, entry);
        Promising {
            entry,
            lexical: sum / lexical.unit(),
            topic,
            coarse: self.coarse(sum, topic),
        }
    }

    /// The cosine of the query and each of these entries' topics; 0 for a query without a vector.
    fn topics(&self, entries: &[usize]) -> Vec<f32> {
        match self.embedded {
            Some(embedded) => self.matcher.semantic.topics_of(embedded, entries),
            None => vec![0.0; entries.len()],
        }
    }

    /// What is known of an entry before the finer look, joined.
    fn coarse(&self, sum: f32, topic: f32) -> f32 {
        let lexical = sum / self.matcher.lexical.unit();
        fusion::fuse_coarse(lexical, topic, &self.matcher.weights)
    }
}

impl Promising {
    fn better(a: &Self, b: &Self) -> std::cmp::Ordering {
        b.coarse.total_cmp(&a.coarse).then(a.entry.cmp(&b.entry))
    }
}
