//! The crisis screen: what a message costs, what a hostile one costs, and what a start costs.
//! `cargo bench --bench safety`; goals are 20 us, 1 ms and 3 ms.

use askwell::safety::{Screen, Screened};
use divan::{Bencher, black_box};
use mimalloc::MiMalloc;

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    divan::main();
}

const MESSAGES: [&str; 4] = [
    "How much does a session cost and do you offer evening appointments?",
    "We argue about money every weekend and he won't talk to me for days.",
    "I am scared that he is done with us and I can't tell anyone what I said to him.",
    "i dont want to live anymore and my husband hits me",
];

#[divan::bench(args = MESSAGES)]
fn message(bencher: Bencher<'_, '_>, text: &str) {
    let screen = Screen::builtin();
    bencher.bench_local(|| matches!(screen.check(black_box(text)), Screened::Urgent(_)));
}

/// What is repeated up to 4,096 characters, Telegram's limit for a message.
const HOSTILE: [&str; 16] = [
    "k i l l m y s e l f ",
    "i want ",
    "he hits me ",
    "i did not kill myself. ",
    "i do not want to kill myself years ago ",
    "a",
    "iwanttokillmyself",
    "suicxde thraetened kiling ",
    "k*** s****** ",
    "k1ll 5u1c1d3 $$$ ",
    "(((([",
    "k\u{336}i\u{336}l\u{336}l\u{336} ",
    "\u{fdfa}",
    "🔪😂",
    "自殺したい",
    "abcdefg bcdefgh cdefghi defghij efghijk fghijkl ",
];

#[divan::bench(args = HOSTILE)]
fn hostile(bencher: Bencher<'_, '_>, unit: &str) {
    let screen = Screen::builtin();
    let text: String = unit.chars().cycle().take(4096).collect();
    bencher.bench_local(|| matches!(screen.check(black_box(&text)), Screened::Urgent(_)));
}

/// As a start does, from the bytes in the binary.
#[divan::bench]
fn load_shipped() -> Screen {
    Screen::load_builtin()
}

/// As a start does where the operator has rules of their own.
#[divan::bench]
fn load_with_a_file() -> bool {
    let file =
        "[[rule]]\nid = \"ours\"\ncategory = \"child\"\nlevel = \"grey\"\nphrases = \"gato bitz\"";
    Screen::with_rules(&[("ours.toml", black_box(file))]).is_ok()
}
