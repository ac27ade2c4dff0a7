//! Any message gets a reply that fits, whatever came before it, and danger is never answered
//! from the FAQ.
#![no_main]

use std::sync::LazyLock;

use askwell::content::Content;
use askwell::conversation::{Assistant, Incoming, MAX_CHARS, Place, Reply, Thread};
use askwell::matching;
use askwell::safety::Safety;
use libfuzzer_sys::fuzz_target;

const FAQ: &str = include_str!("../../faq/couples-therapy-one-partner.toml");

static ASSISTANT: LazyLock<Assistant> = LazyLock::new(|| {
    let loaded = Content::parse(vec![("faq/a.toml".into(), FAQ.to_owned())]);
    let content = loaded.content.expect("the shipped content has no errors");
    Assistant::new(
        content.knowledge,
        content.profile,
        &matching::Settings::default(),
        Safety::builtin(),
    )
});

fuzz_target!(|steps: Vec<(u8, &str)>| {
    let mut thread = Thread::default();
    for (kind, text) in steps {
        let incoming = match kind % 4 {
            0 => Incoming::Text(text),
            1 => Incoming::Command { name: text, text },
            2 => Incoming::Command { name: "start", text },
            _ => Incoming::Press(text),
        };
        let urgent = ASSISTANT.is_urgent(incoming);
        match ASSISTANT.answer(incoming, Place::Private, &mut thread).reply {
            Reply::Message(message) => {
                assert!(!urgent);
                assert!(message.body.len_utf16() <= MAX_CHARS);
            }
            Reply::Urgent { text, .. } => assert!(text.encode_utf16().count() <= MAX_CHARS),
        }
    }
});
