//! The content that answers now: loaded once, swapped whole when a file under `faq/` is
//! saved or SIGHUP arrives. A broken save changes nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use arc_swap::ArcSwap;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use signal_hook::consts::SIGHUP;
use signal_hook::iterator::{Handle, Signals};

use crate::content::{Content, HELPLINES_PATH};
use crate::conversation::{Assistant, Keeping};
use crate::safety::{CrisisTexts, Day, TextsProblem};

/// The assistant over the newest content that loaded without an error.
pub struct Live {
    dir: PathBuf,
    keeping: Keeping,
    audience: Audience,
    assistant: ArcSwap<Assistant>,
    reloaded: AtomicU64,
    failed: AtomicU64,
}

/// Who is answered from the content.
#[derive(Debug, Clone, Copy)]
pub enum Audience {
    /// The people who write it: crisis texts need not be verified.
    Editors,
    /// Anyone, so the crisis texts have to be verified (SAFETY.md R17); says what day it is.
    Public(fn() -> Day),
}

/// How often the content was loaded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reloads {
    pub done: u64,
    /// Found errors and changed nothing.
    pub failed: u64,
}

/// Keeps a [`Live`] up to date until it is dropped.
pub struct Watch {
    _files: RecommendedWatcher,
    hangup: Handle,
}

/// How long a burst of writes must be over before a reload: long enough for an editor's
/// write-and-rename, short enough that a save is live within a second.
const QUIET: Duration = Duration::from_millis(150);

impl Live {
    /// Loads a content folder for the people who write it, in a program that keeps this of people.
    ///
    /// # Errors
    /// Every problem found, drawn with file and line, when any of them is an error.
    pub fn open(dir: &Path, keeping: Keeping) -> anyhow::Result<Arc<Self>> {
        Self::open_for(dir, keeping, Audience::Editors)
    }

    /// Loads a content folder.
    ///
    /// # Errors
    /// As [`Live::open`]; for the public also when the crisis texts are not verified.
    pub fn open_for(dir: &Path, keeping: Keeping, audience: Audience) -> anyhow::Result<Arc<Self>> {
        let assistant = load(dir, keeping, audience)?;
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            keeping,
            audience,
            assistant: ArcSwap::from_pointee(assistant),
            reloaded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }))
    }

    /// The assistant as of now; one message should be answered by one of them.
    #[must_use]
    pub fn assistant(&self) -> Arc<Assistant> {
        self.assistant.load_full()
    }

    /// How often the content was loaded again since the start.
    #[must_use]
    pub fn reloads(&self) -> Reloads {
        Reloads {
            done: self.reloaded.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    /// Loads the folder again. When it holds errors they are logged, and the old content stays.
    pub fn reload(&self) {
        match load(&self.dir, self.keeping, self.audience) {
            Ok(assistant) => {
                let entries = assistant.knowledge().entries().len();
                self.assistant.store(Arc::new(assistant));
                self.reloaded.fetch_add(1, Ordering::Relaxed);
                tracing::info!(entries, "content reloaded");
            }
            Err(report) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    "the content was not reloaded, the old one keeps answering\n{report}"
                );
            }
        }
    }

    /// Starts to watch the folder, and SIGHUP.
    ///
    /// # Errors
    /// When the system gives no watch, for example because its limit is reached.
    pub fn watch(self: &Arc<Self>) -> anyhow::Result<Watch> {
        let (sender, changes) = mpsc::channel();
        let mut files = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // A lost event may have been a change. Nobody listens any more when the watch ends.
            if event.map_or(true, |event| is_change(&event)) {
                let _ = sender.send(());
            }
        })
        .context("cannot watch files")?;
        files
            .watch(&self.dir, RecursiveMode::Recursive)
            .with_context(|| format!("cannot watch {}", self.dir.display()))?;
        let live = Arc::clone(self);
        thread::spawn(move || {
            while changes.recv().is_ok() {
                while changes.recv_timeout(QUIET).is_ok() {}
                live.reload();
            }
        });

        let live = Arc::clone(self);
        let mut hangups = Signals::new([SIGHUP]).context("cannot listen for SIGHUP")?;
        let hangup = hangups.handle();
        thread::spawn(move || hangups.forever().for_each(|_| live.reload()));
        Ok(Watch {
            _files: files,
            hangup,
        })
    }
}

impl Reloads {
    /// The number of the content that answers, from 1.
    #[must_use]
    pub fn version(self) -> u64 {
        self.done + 1
    }
}

/// Whether an event may change the content. Reading is none, or each reload would cause the next.
fn is_change(event: &Event) -> bool {
    let content = |path: &PathBuf| path.extension().is_none_or(|it| it == "toml");
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(content)
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.hangup.close();
    }
}

fn load(dir: &Path, keeping: Keeping, audience: Audience) -> anyhow::Result<Assistant> {
    let loaded = Content::load(dir);
    let Some(content) = loaded.content else {
        bail!("{}", loaded.report);
    };
    if let Audience::Public(today) = audience {
        verified(&content.safety.texts, dir, today())?;
    }
    Ok(content.assistant().with_keeping(keeping))
}

/// Lets crisis texts pass that a person has verified, and warns when that was long ago.
///
/// # Errors
/// What is left to do, with the file, each key and the cure.
pub fn verified(texts: &CrisisTexts, dir: &Path, today: Day) -> anyhow::Result<()> {
    let file = dir.join(HELPLINES_PATH);
    if !file.exists() {
        bail!(
            "{} is missing; the bot answers people in danger from it. Get one with `askwell init NEW-FOLDER --country CODE` \
             and move its folder `safety` into {}, then verify its numbers and sign in it",
            file.display(),
            dir.display()
        );
    }
    let (fatal, stale): (Vec<_>, Vec<_>) = texts
        .problems(today)
        .into_iter()
        .partition(TextsProblem::is_fatal);
    for problem in stale {
        tracing::warn!(file = %file.display(), "{problem}");
    }
    if fatal.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = fatal.iter().map(|it| format!("\n  {it}")).collect();
    bail!(
        "{} is not ready for people in danger{}",
        file.display(),
        lines.concat()
    )
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, ModifyKind};

    use super::*;

    #[track_caller]
    fn check(kind: EventKind, path: &str, expected: bool) {
        let event = Event::new(kind).add_path(path.into());
        assert_eq!(is_change(&event), expected, "{event:?}");
    }

    #[test]
    fn reading_is_no_change() {
        check(EventKind::Access(AccessKind::Any), "faq/bot.toml", false);
        check(EventKind::Access(AccessKind::Any), "faq", false);
    }

    #[test]
    fn a_save_is_one_and_an_editors_own_file_is_not() {
        check(EventKind::Modify(ModifyKind::Any), "faq/bot.toml", true);
        check(EventKind::Create(CreateKind::Folder), "faq/safety", true);
        check(
            EventKind::Modify(ModifyKind::Any),
            "faq/.bot.toml.swp",
            false,
        );
    }
}
