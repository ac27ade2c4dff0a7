//! The content that answers now: loaded once, swapped whole when a file under `faq/` is
//! saved or SIGHUP arrives. A broken save changes nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{DebounceEventResult, Debouncer, new_debouncer};
use signal_hook::consts::SIGHUP;
use signal_hook::iterator::{Handle, Signals};

use crate::content::Content;
use crate::conversation::Assistant;

/// The assistant over the newest content that loaded without an error.
pub struct Live {
    dir: PathBuf,
    assistant: ArcSwap<Assistant>,
}

/// Keeps a [`Live`] up to date until it is dropped.
pub struct Watch {
    _files: Debouncer<RecommendedWatcher>,
    hangup: Handle,
}

/// How long a burst of writes must be over before a reload: long enough for an editor's
/// write-and-rename, short enough that a save is live within a second.
const QUIET: Duration = Duration::from_millis(150);

impl Live {
    /// Loads a content folder.
    ///
    /// # Errors
    /// Every problem found, drawn with file and line, when any of them is an error.
    pub fn open(dir: &Path) -> anyhow::Result<Arc<Self>> {
        let assistant = load(dir)?;
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            assistant: ArcSwap::from_pointee(assistant),
        }))
    }

    /// The assistant as of now; one message should be answered by one of them.
    #[must_use]
    pub fn assistant(&self) -> Arc<Assistant> {
        self.assistant.load_full()
    }

    /// Loads the folder again. When it holds errors they are logged, and the old content stays.
    pub fn reload(&self) {
        match load(&self.dir) {
            Ok(assistant) => {
                tracing::info!(
                    entries = assistant.knowledge().entries().len(),
                    "content reloaded"
                );
                self.assistant.store(Arc::new(assistant));
            }
            Err(report) => tracing::error!(
                "the content was not reloaded, the old one keeps answering\n{report}"
            ),
        }
    }

    /// Starts to watch the folder, and SIGHUP.
    ///
    /// # Errors
    /// When the system gives no watch, for example because its limit is reached.
    pub fn watch(self: &Arc<Self>) -> anyhow::Result<Watch> {
        let live = Arc::clone(self);
        let mut files = new_debouncer(QUIET, move |events: DebounceEventResult| {
            let content =
                |path: &Path| path.extension().is_some_and(|it| it == "toml") || path.is_dir();
            if events.map_or(true, |events| {
                events.iter().any(|event| content(&event.path))
            }) {
                live.reload();
            }
        })
        .context("cannot watch files")?;
        files
            .watcher()
            .watch(&self.dir, RecursiveMode::Recursive)
            .with_context(|| format!("cannot watch {}", self.dir.display()))?;

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

impl Drop for Watch {
    fn drop(&mut self) {
        self.hangup.close();
    }
}

fn load(dir: &Path) -> anyhow::Result<Assistant> {
    let loaded = Content::load(dir);
    match loaded.content {
        Some(content) => Ok(Assistant::new(
            content.knowledge,
            content.profile,
            &content.matching,
            content.safety,
        )),
        None => Err(anyhow::anyhow!("{}", loaded.report)),
    }
}
