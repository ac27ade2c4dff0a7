//! Rows in clusters of near ones, so that a query is compared with those of the nearest clusters only.
//!
//! An inverted file: spherical k-means on a sample, about as many clusters as the root of the number of rows. Source:
//! Sivic and Zisserman, "Video Google" (2003); Jegou, Douze and Schmid, "Product Quantization" (2011), without the codes.

use std::ops::Range;

use super::vector::{Row, Sum, WideRow};
use crate::matching::parallel::in_shares;

/// The clusters of some rows. Rows of a cluster are to stand together, in the order of `members`.
pub(super) struct Clusters {
    centres: Vec<Row>,
    /// Members of cluster `c` are `members[starts[c]..starts[c + 1]]`.
    starts: Vec<u32>,
    members: Vec<u32>,
}

/// Rows of the sample for each cluster. Twice as many find no better ones.
const SAMPLE: usize = 24;
const N_ROUNDS: usize = 4;

/// How many clusters a query is compared with. A test holds it to 99 of 100 nearest rows found among 1,500; with more
/// rows it is not measured yet.
const N_PROBES: usize = 12;

impl Clusters {
    pub(super) fn new(rows: &[Row]) -> Self {
        let n_clusters = rows.len().isqrt().max(1);
        let stride = (rows.len() / (n_clusters * SAMPLE)).max(1);
        let sample: Vec<Row> = rows.iter().step_by(stride).copied().collect();
        let stride = sample.len() / n_clusters;
        let mut centres: Vec<Row> = sample
            .iter()
            .step_by(stride)
            .take(n_clusters)
            .copied()
            .collect();
        for _ in 0..N_ROUNDS {
            let nearest = assign(&sample, &centres);
            centres = means(&sample, &nearest, centres);
        }
        let nearest = assign(rows, &centres);
        let mut starts = vec![0; n_clusters + 1];
        for &cluster in &nearest {
            starts[cluster as usize + 1] += 1;
        }
        for cluster in 0..n_clusters {
            starts[cluster + 1] += starts[cluster];
        }
        let mut members: Vec<u32> = (0..rows.len() as u32).collect();
        members.sort_by_key(|&it| nearest[it as usize]);
        Self {
            centres,
            starts,
            members,
        }
    }

    /// The number of each row before it was put in its place.
    pub(super) fn members(&self) -> &[u32] {
        &self.members
    }

    /// The places of the rows in the clusters nearest to a query.
    pub(super) fn probe(&self, query: &WideRow) -> Vec<Range<usize>> {
        let mut dots = Vec::new();
        query.scan(&self.centres, &mut dots);
        let mut nearest: Vec<usize> = (0..dots.len()).collect();
        if N_PROBES < nearest.len() {
            nearest.select_nth_unstable_by_key(N_PROBES, |&it| (std::cmp::Reverse(dots[it]), it));
            nearest.truncate(N_PROBES);
        }
        let place = |it: usize| self.starts[it] as usize..self.starts[it + 1] as usize;
        nearest.into_iter().map(place).collect()
    }
}

/// The nearest centre of each row.
fn assign(rows: &[Row], centres: &[Row]) -> Vec<u32> {
    let shares = in_shares(rows.len(), |share| {
        let mut dots = Vec::new();
        let nearest = rows[share].iter().map(|row| {
            WideRow::new(row).scan(centres, &mut dots);
            let best = dots
                .iter()
                .zip(0_u32..)
                .max_by_key(|(dot, at)| (**dot, std::cmp::Reverse(*at)));
            best.map_or(0, |(_, at)| at)
        });
        nearest.collect::<Vec<u32>>()
    });
    shares.concat()
}

/// The mean of the rows of each cluster; an empty cluster keeps its centre.
fn means(rows: &[Row], nearest: &[u32], mut centres: Vec<Row>) -> Vec<Row> {
    let mut sums = vec![Sum::ZERO; centres.len()];
    for (row, &cluster) in rows.iter().zip(nearest) {
        sums[cluster as usize].add(row);
    }
    for (centre, sum) in centres.iter_mut().zip(sums) {
        if let Some(mean) = sum.mean() {
            *centre = mean;
        }
    }
    centres
}
