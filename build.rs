//! Compiles the built-in rules of the crisis screen, so that a start need not do it.

#![expect(
    dead_code,
    unreachable_pub,
    reason = "of the screen, only what compiles rules is used here"
)]

#[path = "src/safety"]
mod safety {
    mod automaton;
    mod expressions;
    mod idioms;
    mod kinds;
    mod lexicon;
    mod load;
    mod normalise;
    mod odds;
    mod phrases;
    mod rule_file;
    mod rules;
    mod runs;
    mod score;
    mod spelling;

    /// The built-in rules as bytes, or what is wrong with them.
    pub(super) fn compiled() -> Result<Vec<u8>, String> {
        let rules = load::load(&[]).map_err(|problems| {
            let words = problems.iter().map(|it| format!("\n{it}"));
            words.collect::<String>()
        })?;
        postcard::to_allocvec(&rules).map_err(|error| error.to_string())
    }
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/safety");
    println!("cargo::rerun-if-changed=faq/safety");
    let bytes = safety::compiled().unwrap_or_else(|problems| panic!("faq/safety: {problems}"));
    let folder = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(format!("{folder}/screen.bin"), bytes).expect("OUT_DIR can be written");
}
