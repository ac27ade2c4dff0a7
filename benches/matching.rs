//! What a question costs by the size of the content: `cargo bench`.
//!
//! First divan's figures, then a table with the spread over questions, index build and memory.
//! `ASKWELL_BENCH_ENTRIES=10,1000000` chooses other sizes; `--features bench-peers` adds tantivy on the
//! same content and questions.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use askwell::content::Content as Folder;
use askwell::conversation::{Assistant, Profile};
use askwell::matching::Settings;
use askwell::safety::Safety;
use divan::{Bencher, black_box};
use mimalloc::MiMalloc;
use nix::time::{ClockId, clock_gettime};

use content::Content;

mod content;
#[cfg(feature = "bench-peers")]
mod peer;

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const N_QUESTIONS: usize = 2_000;

fn main() {
    divan::main();
    // With a filter or `--test` only what was asked for.
    if std::env::args()
        .skip(1)
        .all(|it| it == "--bench" || it == "table")
    {
        print_table();
    }
}

/// The numbers of entries to measure at.
fn sizes() -> Vec<usize> {
    let chosen = std::env::var("ASKWELL_BENCH_ENTRIES");
    let chosen = chosen.as_deref().unwrap_or("10,1000,10000,100000");
    chosen
        .split(',')
        .map(|it| it.trim().parse().expect("numbers of entries, with commas"))
        .collect()
}

/// One size of content, indexed by everybody who takes part.
struct Case {
    content: Content,
    assistant: Assistant,
    build: Cost,
    #[cfg(feature = "bench-peers")]
    peer: peer::Peer,
}

/// What indexing took.
struct Cost {
    wall: Duration,
    cpu: Duration,
    bytes: usize,
}

static CASES: LazyLock<BTreeMap<usize, Case>> = LazyLock::new(|| {
    // Compiled once in a process, so not a part of any index.
    drop(Safety::builtin());
    sizes().into_iter().map(|n| (n, Case::new(n))).collect()
});

impl Case {
    fn new(n_entries: usize) -> Self {
        let content = Content::new(n_entries, N_QUESTIONS);
        let knowledge = content.knowledge();
        let (wall, cpu, memory) = (Instant::now(), cpu_time(), memory());
        let assistant = Assistant::new(
            knowledge,
            Profile::default(),
            &Settings::default(),
            Safety::builtin(),
        );
        let build = Cost {
            wall: wall.elapsed(),
            cpu: cpu_time().saturating_sub(cpu),
            bytes: self::memory().saturating_sub(memory),
        };
        Self {
            #[cfg(feature = "bench-peers")]
            peer: peer::Peer::new(&content),
            content,
            assistant,
            build,
        }
    }
}

/// The whole path of a question but for the wording of the reply: screen, match, decide.
#[divan::bench(args = sizes())]
fn ask(bencher: Bencher<'_, '_>, n_entries: usize) {
    let case = &CASES[&n_entries];
    let at = Cell::new(0);
    let next = || &case.content.questions[at.replace((at.get() + 1) % N_QUESTIONS)];
    bencher
        .with_inputs(next)
        .bench_local_values(|question| case.assistant.judge(question));
}

#[cfg(feature = "bench-peers")]
#[divan::bench(args = sizes())]
fn tantivy(bencher: Bencher<'_, '_>, n_entries: usize) {
    let case = &CASES[&n_entries];
    let at = Cell::new(0);
    let next = || &case.content.questions[at.replace((at.get() + 1) % N_QUESTIONS)];
    bencher
        .with_inputs(next)
        .bench_local_values(|question| case.peer.search(question));
}

/// From the text of a content folder to the first answer; the crisis rules are compiled before.
#[divan::bench(args = [10, 10_000], sample_count = 10, sample_size = 1)]
fn load(bencher: Bencher<'_, '_>, n_entries: usize) {
    drop(Safety::builtin());
    let content = Content::new(n_entries, 1);
    let toml = content.toml();
    bencher
        .with_inputs(|| toml.clone())
        .bench_local_values(|toml| {
            let folder = Folder::parse(vec![("faq/all.toml".into(), toml)])
                .content
                .expect("made-up content is fine");
            let assistant = Assistant::new(
                folder.knowledge,
                folder.profile,
                &folder.matching,
                folder.safety,
            );
            assistant.judge(&content.questions[0])
        });
}

#[expect(clippy::print_stdout, reason = "the table is the result of the bench")]
fn print_table() {
    println!("\nmicroseconds a question, one thread");
    println!(
        "{:>9} {:>8} {:>8} {:>8} {:>8}  {:>9} {:>8} {:>9}  {:>8} {:>8}",
        "entries", "mean", "p50", "p99", "p99/p50", "build ms", "CPU ms", "KB", "tantivy", "times"
    );
    for (n_entries, case) in CASES.iter() {
        let ours = Spread::of(&case.content.questions, |question| {
            black_box(case.assistant.judge(question));
        });
        #[cfg(feature = "bench-peers")]
        let theirs = Spread::of(&case.content.questions, |question| {
            black_box(case.peer.search(question));
        });
        #[cfg(feature = "bench-peers")]
        let theirs = format!("{:>8.1} {:>8.1}", theirs.mean, theirs.mean / ours.mean);
        #[cfg(not(feature = "bench-peers"))]
        let theirs = format!("{:>8} {:>8}", "-", "-");
        println!(
            "{n_entries:>9} {:>8.1} {:>8.1} {:>8.1} {:>8.1}  {:>9.1} {:>8.1} {:>9}  {theirs}",
            ours.mean,
            ours.p50,
            ours.p99,
            ours.p99 / ours.p50,
            case.build.wall.as_secs_f64() * 1e3,
            case.build.cpu.as_secs_f64() * 1e3,
            case.build.bytes / 1024,
        );
    }
}

/// Microseconds a question.
struct Spread {
    mean: f64,
    p50: f64,
    p99: f64,
}

impl Spread {
    /// Each question's best of several rounds: what is left is the question's own cost, not the machine's noise.
    fn of(questions: &[String], mut ask: impl FnMut(&str)) -> Self {
        const ROUNDS: usize = 5;
        let mut best = vec![f64::INFINITY; questions.len()];
        for _ in 0..ROUNDS {
            for (best, question) in best.iter_mut().zip(questions) {
                let start = Instant::now();
                ask(question);
                *best = best.min(start.elapsed().as_secs_f64() * 1e6);
            }
        }
        best.sort_unstable_by(f64::total_cmp);
        Self {
            mean: best.iter().sum::<f64>() / best.len() as f64,
            p50: best[best.len() / 2],
            p99: best[best.len() * 99 / 100],
        }
    }
}

fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)
        .map(Duration::from)
        .unwrap_or_default()
}

/// Bytes of memory in use; 0 where the system does not say.
fn memory() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages
        .split(' ')
        .nth(1)
        .and_then(|it| it.parse::<usize>().ok())
        .unwrap_or_default()
        * 4096
}
