//! Laws that hold for whatever people send and whatever stands in the content.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use askwell::content::Content;
use askwell::conversation::{Assistant, Incoming, MAX_CHARS, Place, Reply, Thread};
use askwell::knowledge::Severity;
use askwell::matching;
use askwell::safety::Safety;
use proptest::prelude::*;

use crate::support::bot::SMALL;
use crate::support::html;

static ASSISTANT: LazyLock<Assistant> = LazyLock::new(|| {
    let files = vec![("faq/a.toml".into(), SMALL.to_owned())];
    let content = Content::parse(files).content.unwrap();
    let settings = matching::Settings::default();
    Assistant::new(
        content.knowledge,
        content.profile,
        &settings,
        Safety::builtin(),
    )
});

static SAFETY: LazyLock<Safety> = LazyLock::new(Safety::builtin);

/// Words that mean something somewhere in the program, among any others.
fn message() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "card",
        "opne",
        "parking",
        "<b>",
        "&amp;",
        "</a>",
        "2",
        "none",
        "kill myself",
        "i feel hopeless",
        "hi",
        "**",
        "[x](y)",
        "{name}",
        "/quiet",
        "\u{202e}",
        "\u{0}",
        "\u{feff}",
        "e\u{301}\u{301}",
        "\n\n- ",
    ]);
    let word = prop_oneof![known.prop_map(str::to_owned), any::<String>()];
    prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

/// Pieces of content files, sound and broken.
fn file() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "[[faq]]\n",
        "id = 'a'\n",
        "question = 'Q?'\n",
        "answer = 'A'\n",
        "answer = '''\n[x](y\n'''\n",
        "variants = ['x'\n",
        "[article]\n",
        "[[rule]]\n",
        "category = 'suicide'\n",
        "phrases = ['.. x']\n",
        "country = 'ZZ'\n",
        "verified_on = 'soon'\n",
        "emergency = ''\n",
        "[wording]\nstart = '{x}'\n",
        "privacy_url = 'here'\n",
        "name = \"\\u{0}\"\n",
        "= 1\n",
        "\"\"\"",
        "[",
        "\u{feff}",
        "# é\n",
        "threshold = nan\n",
    ]);
    let piece = prop_oneof![5 => piece.prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    // Each case builds a crisis screen or asks a dozen questions; the fuzzer goes deeper.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_reply_is_html_that_telegram_takes(messages in prop::collection::vec(message(), 1..4), group in any::<bool>()) {
        let place = if group { Place::Group } else { Place::Private };
        let mut thread = Thread::default();
        for text in &messages {
            for incoming in [Incoming::Text(text), Incoming::Command { name: "quiet", text }, Incoming::Press(text)] {
                let urgent = ASSISTANT.is_urgent(incoming);
                let exchange = ASSISTANT.answer(incoming, place, &mut thread);
                let shown = match exchange.reply {
                    Reply::Message(message) => {
                        prop_assert!(!urgent || group);
                        html::plain(&message.body.telegram_html()).map_err(TestCaseError::fail)?
                    }
                    Reply::Urgent { text, .. } => {
                        prop_assert!(!group);
                        text
                    }
                };
                prop_assert!(!shown.trim().is_empty());
                prop_assert!(shown.encode_utf16().count() <= MAX_CHARS);
            }
        }
    }

    #[test]
    fn every_error_says_in_which_file_and_line(files in [file(), file(), file(), file()]) {
        let paths = ["faq/a.toml", "faq/bot.toml", "faq/safety/ours.toml", "faq/safety/helplines.toml"];
        let files: Vec<(PathBuf, String)> = paths.iter().map(PathBuf::from).zip(files).collect();
        let loaded = Content::parse(files);
        let report = loaded.report.to_string();
        for problem in loaded.report.problems() {
            let source = &loaded.report.sources()[problem.place.file];
            match &problem.place.span {
                Some(span) => prop_assert!(source.text.get(span.clone()).is_some()),
                None if problem.severity == Severity::Error && paths.iter().any(|it| source.path.ends_with(it)) => {
                    let numbered = problem.message.contains("line ") || problem.message.contains(".toml:");
                    prop_assert!(numbered, "{}", report);
                }
                None => {}
            }
            prop_assert!(report.contains(&*source.path.to_string_lossy()), "{}", report);
        }
        prop_assert_eq!(loaded.content.is_none(), loaded.report.n_errors() > 0);
    }

    /// Every public type that can hold a person's words, by the way a message goes.
    #[test]
    fn debug_output_holds_no_words(before in message(), after in message()) {
        let text = format!("{before} zqcanary {after}");
        let mut thread = Thread::default();
        let screened = SAFETY.screen.check(&text);
        let judgement = ASSISTANT.judge(&text);
        let mut printed = format!("{screened:?} {:?} {:?} {:?}", SAFETY.screen.explain(&text), judgement.verdict, judgement.ranking);
        write!(printed, "{:?}", screened.into_query()).unwrap();
        for incoming in [Incoming::Text(&text), Incoming::Command { name: "zqcanary", text: &text }, Incoming::Press(&text)] {
            let exchange = ASSISTANT.answer(incoming, Place::Private, &mut thread);
            let (reply, outcome) = (&exchange.reply, &exchange.outcome);
            write!(printed, "{exchange:?} {reply:?} {outcome:?}").unwrap();
        }
        prop_assert!(!printed.contains("zqcanary"), "{}", printed);
    }
}
