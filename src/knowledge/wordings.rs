//! Wordings that two entries share.

use std::hash::Hasher;

use rustc_hash::FxHasher;
use unicode_normalization::UnicodeNormalization;

use super::article::ArticleFile;
use super::code::Code;
use super::findings::Text;
use super::ids::{At, push_all};
use super::problem::Problem;

/// Warns of a question or variant that two entries share: nobody could say which is meant.
pub(super) fn check_wordings(files: &mut [ArticleFile<'_>]) {
    let mut wordings: Vec<(u64, At, &Text<'_>)> = Vec::new();
    for (file_index, file) in files.iter().enumerate() {
        for (index, draft) in file.drafts.iter().enumerate() {
            let texts = draft.title.iter().chain(&draft.variants);
            wordings.extend(texts.map(|text| (hash(&text.value), (file_index, index), text)));
        }
    }
    // A stable sort: what is alike comes together, the first in the content first.
    wordings.sort_by_key(|(hash, ..)| *hash);
    let mut problems = Vec::new();
    for alike in wordings
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|it| it.len() > 1)
    {
        let (_, first_at, first) = alike[0];
        let words = folded(&first.value);
        for (_, at, text) in &alike[1..] {
            if *at == first_at || words.is_empty() || folded(&text.value) != words {
                continue;
            }
            let place = files[at.0].findings.place(&text.mark);
            let problem = Problem::warning(Code::SharedWording, place, "two entries share this wording")
                .label("also here")
                .help("whoever asks this gets a choice of both instead of one answer; keep it where it fits best")
                .other(files[first_at.0].findings.place(&first.mark), "first here");
            problems.push((at.0, problem));
        }
    }
    drop(wordings);
    push_all(files, problems);
}

/// Hands on words only: case, accents' encoding, punctuation and the amount of white
/// space don't make a different question.
fn fold(text: &str, mut each: impl FnMut(char)) {
    let mut any = false;
    let mut gap = false;
    let mut next = |char: char, is_word: bool| {
        if is_word {
            if std::mem::take(&mut gap) && any {
                each(' ');
            }
            any = true;
            each(char);
        } else if !matches!(char, '\'' | '’') {
            gap = true;
        }
    };
    // Nearly all text is ASCII, and a large knowledge base spends its loading time here.
    if text.is_ascii() {
        for byte in text.bytes() {
            next(
                char::from(byte.to_ascii_lowercase()),
                byte.is_ascii_alphanumeric(),
            );
        }
    } else {
        for char in text.nfkc().flat_map(char::to_lowercase) {
            next(char, char.is_alphanumeric());
        }
    }
}

/// The words of a text, one blank between them; empty where there are none.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::new();
    fold(text, |char| out.push(char));
    out
}

/// A hash of the folded text; equal hashes are compared in full.
fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    fold(text, |char| hasher.write_u32(u32::from(char)));
    hasher.finish()
}
