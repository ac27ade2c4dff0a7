//! Fits the fusion weights to the content at hand: wordings of the content itself, each taken out of its entry, are the
//! questions, and the weights are moved to where these find their entries best.
//!
//! Only a little: they are drawn to the weights that do well on all content that we know. In content with many wordings
//! an entry the words tell more, in others the topic does. Measured in `models/README.md`.

use super::fusion::{N_WEIGHTS, Signals};

/// One wording: the entry, and which of its question and variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) entry: usize,
    pub(super) text: usize,
}

/// A wording's signals for its own entry, as if that entry lacked it, and for the nearest others.
pub(super) struct Contest {
    pub(super) own: Signals,
    pub(super) others: Vec<Signals>,
}

/// Rivals of a contest. With all of them no set of `models/README.md` changes by more than 0.3.
pub(super) const N_OTHERS: usize = 15;

/// Wordings that are tried. With half of them recall on 150 entries is one point lower.
const MOST: usize = 256;

/// Fewer wordings say too little.
const FEWEST: usize = 50;

/// An entry with fewer wordings says little without one of them.
const FEWEST_OF_ENTRY: usize = 4;

/// How far a weight may move: to a half or to twice what it was, whatever odd content says.
const MOST_CHANGE: f64 = 2.0;

/// How strongly the weights are drawn back, in contests: the more contests, the less. Half and twice of it change recall by
/// less than 0.3 in the mean.
const DRAW: f64 = 0.5;

const N_STEPS: usize = 12;

/// Wordings at equal distances over all entries that have enough of them; none where they are too few to go by.
pub(super) fn choose(n_questions: impl Iterator<Item = usize>) -> Vec<Sample> {
    let all: Vec<Sample> = n_questions
        .enumerate()
        .filter(|(_, n)| *n >= FEWEST_OF_ENTRY)
        .flat_map(|(entry, n)| (0..n).map(move |text| Sample { entry, text }))
        .collect();
    if all.len() < FEWEST {
        return Vec::new();
    }
    let n = all.len().min(MOST);
    (0..n).map(|at| all[at * all.len() / n]).collect()
}

/// The weights under which the contests' own entries are likeliest, drawn to `start` and at most [`MOST_CHANGE`] away.
///
/// Newton's method on the mean of the negative log likelihood, a softmax over own entry and others, plus the squared
/// distance from `start`; it is convex, so there is one minimum.
pub(super) fn fit(contests: &[Contest], start: Signals) -> Signals {
    let origin = start.weighed();
    let draw = DRAW / contests.len().max(1) as f64;
    let rows: Vec<Vec<[f64; N_WEIGHTS]>> = contests.iter().map(Contest::differences).collect();
    let mut weights = origin;
    let mut lowest = f64::INFINITY;
    let mut step = [0.0; N_WEIGHTS];
    for _ in 0..N_STEPS {
        let slope = Slope::at(&weights, &rows, &origin, draw);
        if (slope.loss - lowest).abs() < 1e-6 {
            break;
        }
        if slope.loss > lowest {
            // Too far: half the way back.
            for (weight, step) in weights.iter_mut().zip(&mut step) {
                *step /= 2.0;
                *weight -= *step;
            }
            continue;
        }
        lowest = slope.loss;
        let next = slope.least(&weights, &origin);
        for at in 0..N_WEIGHTS {
            step[at] = next[at] - weights[at];
        }
        weights = next;
    }
    // Hundredths: what the last bits of a logarithm are on other machines must not matter.
    start.with_weights(weights.map(|it| (it * 100.0).round() / 100.0))
}

impl Contest {
    /// The signals of each of the others less those of the own entry.
    fn differences(&self) -> Vec<[f64; N_WEIGHTS]> {
        let own = self.own.weighed();
        let others = self.others.iter().map(Signals::weighed);
        others
            .map(|it| std::array::from_fn(|at| it[at] - own[at]))
            .collect()
    }
}

/// Value, first and second derivatives of what is minimised.
struct Slope {
    loss: f64,
    first: [f64; N_WEIGHTS],
    second: [[f64; N_WEIGHTS]; N_WEIGHTS],
}

impl Slope {
    fn at(
        weights: &[f64; N_WEIGHTS],
        contests: &[Vec<[f64; N_WEIGHTS]>],
        origin: &[f64; N_WEIGHTS],
        draw: f64,
    ) -> Self {
        let mut slope = Self {
            loss: 0.0,
            first: [0.0; N_WEIGHTS],
            second: [[0.0; N_WEIGHTS]; N_WEIGHTS],
        };
        let part = 1.0 / contests.len().max(1) as f64;
        for others in contests {
            // The own entry stands at zero, since all are taken less it.
            let odds = others.iter().map(|it| dot(weights, it).min(300.0).exp());
            let odds: Vec<f64> = odds.collect();
            let sum = 1.0 + odds.iter().sum::<f64>();
            slope.loss += part * sum.ln();
            let mut mean = [0.0; N_WEIGHTS];
            for (odds, signals) in odds.iter().zip(others) {
                let share = odds / sum;
                for a in 0..N_WEIGHTS {
                    mean[a] += share * signals[a];
                    for b in 0..=a {
                        slope.second[a][b] += part * share * signals[a] * signals[b];
                    }
                }
            }
            for a in 0..N_WEIGHTS {
                slope.first[a] += part * mean[a];
                for b in 0..=a {
                    slope.second[a][b] -= part * mean[a] * mean[b];
                }
            }
        }
        for a in 0..N_WEIGHTS {
            let off = weights[a] - origin[a];
            slope.loss += draw * off * off;
            slope.first[a] += 2.0 * draw * off;
            slope.second[a][a] += 2.0 * draw;
            for b in 0..a {
                slope.second[b][a] = slope.second[a][b];
            }
        }
        slope
    }

    /// Where the parabola that touches here is lowest within bounds: one weight after the other, some rounds.
    fn least(&self, weights: &[f64; N_WEIGHTS], origin: &[f64; N_WEIGHTS]) -> [f64; N_WEIGHTS] {
        const N_ROUNDS: usize = 100;
        let mut next = *weights;
        for _ in 0..N_ROUNDS {
            for a in 0..N_WEIGHTS {
                let moved: [f64; N_WEIGHTS] = std::array::from_fn(|at| next[at] - weights[at]);
                let slope = self.first[a] + dot(&self.second[a], &moved);
                next[a] = (next[a] - slope / self.second[a][a])
                    .clamp(origin[a] / MOST_CHANGE, origin[a] * MOST_CHANGE);
            }
        }
        next
    }
}

fn dot(one: &[f64; N_WEIGHTS], other: &[f64; N_WEIGHTS]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(lexical: f32, topic: f32) -> Signals {
        Signals {
            lexical,
            topic,
            ..Signals::default()
        }
    }

    #[test]
    fn samples_are_spread_over_entries_with_other_wordings() {
        assert_eq!(choose([9, 9, 9].into_iter()), []);
        let all = choose([1, 40, 1, 20].into_iter());
        assert_eq!(all.len(), 60);
        assert!(all.iter().all(|it| it.entry == 1 || it.entry == 3));
        let some = choose(std::iter::repeat_n(10, 1_000));
        assert_eq!(some.len(), MOST);
        assert!(some.windows(2).all(|it| it[0].entry < it[1].entry));
    }

    #[test]
    fn a_signal_that_tells_right_from_wrong_gains_and_one_that_misleads_loses() {
        let contests: Vec<Contest> = (0..200)
            .map(|_| Contest {
                own: signals(0.5, 0.5),
                others: vec![signals(0.2, 0.8), signals(0.1, 0.6)],
            })
            .collect();
        let fitted = fit(&contests, signals(4.0, 4.0));
        assert!(fitted.lexical > 5.0, "{fitted:?}");
        assert!(fitted.topic < 3.0, "{fitted:?}");
    }

    #[test]
    fn without_a_lesson_the_weights_stay() {
        let contests = [Contest {
            own: signals(0.5, 0.5),
            others: vec![signals(0.5, 0.5)],
        }];
        let start = signals(4.0, 3.0);
        assert_eq!(fit(&contests, start), start);
        assert_eq!(fit(&[], start), start);
    }

    #[test]
    fn the_minimum_is_where_no_step_helps() {
        let mut seed = 1_u32;
        let mut dice = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 16_777_216.0
        };
        let contests: Vec<Contest> = (0..60)
            .map(|_| Contest {
                own: signals(dice() + 0.2, dice() + 0.1),
                others: (0..5).map(|_| signals(dice(), dice())).collect(),
            })
            .collect();
        let fitted = fit(&contests, signals(2.0, 2.0));
        let rows: Vec<_> = contests.iter().map(Contest::differences).collect();
        let loss = |it: Signals| {
            let origin = signals(2.0, 2.0).weighed();
            Slope::at(&it.weighed(), &rows, &origin, DRAW / 60.0).loss
        };
        for (lexical, topic) in [(0.1, 0.0), (-0.1, 0.0), (0.0, 0.1), (0.0, -0.1)] {
            let beside = signals(fitted.lexical + lexical, fitted.topic + topic);
            assert!(loss(fitted) < loss(beside), "{fitted:?} {beside:?}");
        }
    }
}
