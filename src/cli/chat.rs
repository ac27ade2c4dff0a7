//! `askwell chat`: the same conversation in the terminal, with numbers for buttons.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor};

use super::{Calendar, Folder, Status};
use crate::conversation::{Action, Button, Incoming, Keeping, Place, Reply, Thread};
use crate::live::{Audience, Live};
use crate::markup::Style;

/// Talk to the bot in this terminal
#[derive(Debug, Args)]
#[command(
    after_help = "Type a question, or the number of a choice. /why explains the last answer, /quit ends.\n\
    What you type is kept nowhere.\n\nExample:\n  askwell chat --faq faq"
)]
pub(super) struct ChatArgs {
    #[command(flatten)]
    pub(super) folder: Folder,
    #[command(flatten)]
    pub(super) calendar: Calendar,
}

pub(super) fn run(args: &ChatArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let live = Live::open(
        &args.folder.dir,
        Keeping::Terminal,
        Audience::Editors(args.calendar.day()),
    )?;
    // The chat is a place to try out an edit, but it works without.
    let _watch = live
        .watch()
        .map_err(|error| tracing::warn!("edits are not seen until the next start: {error:#}"));
    let mut session = Session {
        live: &live,
        thread: Thread::default(),
        heard: Instant::now(),
    };
    session.say(
        Incoming::Command {
            name: "start",
            text: "",
        },
        out,
    )?;
    let mut lines = Lines::new()?;
    while let Some(line) = lines.next(out)? {
        match line.trim() {
            "/quit" | "/exit" => break,
            "/why" => session.why(out)?,
            "" => {}
            text => session.hear(text, out)?,
        }
    }
    Ok(Status::Fine)
}

/// Prints a reply as terminal text.
pub(super) fn show(reply: &Reply, out: &mut dyn Write) -> io::Result<()> {
    match reply {
        Reply::Message(message) => writeln!(out, "{}", message.body.terminal(Style::Ansi)),
        Reply::Urgent { text, buttons } => {
            writeln!(out, "{}", text.trim_end())?;
            for (number, Button { label, action }) in (1..).zip(buttons.iter().flatten()) {
                match action {
                    Action::Press(_) => writeln!(out, "\n{number}. {label}")?,
                    Action::Open(url) => writeln!(out, "\n{label}: {url}")?,
                }
            }
            Ok(())
        }
    }
}

struct Session<'a> {
    live: &'a Live,
    thread: Thread,
    heard: Instant,
}

impl Session<'_> {
    fn hear(&mut self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        if self.heard.elapsed() > Thread::CONTEXT_LASTS {
            self.thread.forget_context();
        }
        self.heard = Instant::now();
        if let Some(command) = text.strip_prefix('/') {
            let (name, text) = command
                .split_once(char::is_whitespace)
                .unwrap_or((command, ""));
            return self.say(Incoming::Command { name, text }, out);
        }
        self.say(Incoming::Text(text), out)
    }

    fn say(&mut self, incoming: Incoming<'_>, out: &mut dyn Write) -> io::Result<()> {
        let exchange = self
            .live
            .assistant()
            .answer(incoming, Place::Private, &mut self.thread);
        writeln!(out)?;
        show(&exchange.reply, out)?;
        writeln!(out)
    }

    fn why(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(account) = self.thread.account() else {
            return writeln!(out, "\nAsk something first.\n");
        };
        let assistant = self.live.assistant();
        writeln!(out, "\n{}", account.detailed(assistant.knowledge()))
    }
}

/// Lines from a terminal with editing and history, or from a pipe.
enum Lines {
    Terminal(Box<Editor<(), MemHistory>>),
    Pipe(io::StdinLock<'static>),
}

impl Lines {
    fn new() -> anyhow::Result<Self> {
        if !io::stdin().is_terminal() {
            return Ok(Self::Pipe(io::stdin().lock()));
        }
        let config = Config::builder().auto_add_history(true).build();
        let history = MemHistory::with_config(&config);
        let editor =
            Editor::with_history(config, history).context("cannot read from this terminal")?;
        Ok(Self::Terminal(Box::new(editor)))
    }

    fn next(&mut self, out: &mut dyn Write) -> anyhow::Result<Option<String>> {
        out.flush()?;
        match self {
            Self::Terminal(editor) => loop {
                match editor.readline("you> ") {
                    Ok(line) => return Ok(Some(line)),
                    Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(None),
                    Err(error) if is_garbled(&error) => writeln!(
                        anstream::stderr(),
                        "That was no letter that can be read; please type it again."
                    )?,
                    Err(error) => return Err(error).context("cannot read from this terminal"),
                }
            },
            Self::Pipe(input) => {
                let mut line = Vec::new();
                let read = input
                    .read_until(b'\n', &mut line)
                    .context("cannot read standard input")?;
                Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
            }
        }
    }
}

/// Whether a key sent what is no UTF-8, as a terminal in another encoding does.
fn is_garbled(error: &ReadlineError) -> bool {
    matches!(error, ReadlineError::Io(it) if it.kind() == io::ErrorKind::InvalidData)
}
