//! Work on a list in shares, one a thread.

use std::num::NonZero;
use std::ops::Range;
use std::thread;

/// Fewer items than this a thread are done sooner than the thread is started.
const LEAST_SHARE: usize = 256;

/// Calls `work` on consecutive shares of `0..n_items`, each on a thread of its own, and gives the results in order.
///
/// How many shares there are depends on the machine: what is made of the results must not.
pub(super) fn in_shares<R: Send>(
    n_items: usize,
    work: impl Fn(Range<usize>) -> R + Sync,
) -> Vec<R> {
    let n_threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = n_items.div_ceil(n_threads).max(LEAST_SHARE);
    if n_items <= share {
        return vec![work(0..n_items)];
    }
    let work = &work;
    thread::scope(|scope| {
        let shares = (0..n_items).step_by(share);
        let threads: Vec<_> = shares
            .map(|from| scope.spawn(move || work(from..n_items.min(from + share))))
            .collect();
        let results = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        results
            .map(|it| it.expect("a share panics only where the whole would"))
            .collect()
    })
}
