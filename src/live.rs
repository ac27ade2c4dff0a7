//! The content that answers now: loaded once, swapped whole when a file under `faq/` is
//! saved or SIGHUP arrives. A broken save changes nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use arc_swap::ArcSwap;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use signal_hook::consts::SIGHUP;
use signal_hook::iterator::{Handle, Signals};

use crate::content::{Content, HELPLINES_PATH, is_content_file};
use crate::conversation::{Assistant, Keeping};
use crate::day::Day;
use crate::safety::{CrisisTexts, TextsProblem};

/// The assistant over the newest content that loaded without an error.
pub struct Live {
    dir: PathBuf,
    keeping: Keeping,
    audience: Audience,
    assistant: ArcSwap<Assistant>,
    /// The files that it was loaded from, where entries in them begin or end with a day; else empty.
    dated: Mutex<Files>,
    /// The day that the content was last loaded for, as [`Day::number`].
    day: AtomicI64,
    /// The files that it was last loaded from, as [`Content::stamp`].
    stamp: AtomicU64,
    reloaded: AtomicU64,
    failed: AtomicU64,
    second_tier: AddSecondTier,
}

/// Who is answered from the content.
#[derive(Debug, Clone, Copy)]
pub enum Audience {
    /// The people who write it, as of this day: crisis texts need not be verified.
    Editors(Day),
    /// Anyone, so the crisis texts have to be verified; says what day it is.
    Public(fn() -> Day),
}

impl Audience {
    fn today(self) -> Day {
        match self {
            Self::Editors(today) => today,
            Self::Public(today) => today(),
        }
    }
}

/// How often the content was loaded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reloads {
    pub done: u64,
    /// Found errors and changed nothing.
    pub failed: u64,
}

/// Path and text of each.
type Files = Vec<(PathBuf, String)>;

/// Gives an assistant the installed encoder; changes nothing where none is installed.
pub type AddSecondTier = Box<dyn Fn(Assistant) -> Assistant + Send + Sync>;

/// Keeps a [`Live`] up to date until it is dropped.
pub struct Watch {
    _files: Arc<Mutex<RecommendedWatcher>>,
    hangup: Handle,
}

/// How long a burst of writes must be over before a reload: long enough for an editor's
/// write-and-rename, short enough that a save is live within a second.
const QUIET: Duration = Duration::from_millis(150);

/// How long a burst may last: a file that is written all the time must not keep a save from being live.
const BURST: Duration = Duration::from_millis(600);

/// How often a quiet bot looks for what no event tells of: a new day, a save in a network folder
/// or behind a link.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Live {
    /// Loads a content folder, in a program that keeps this of people; and the sentence encoder if one
    /// is installed.
    ///
    /// # Errors
    /// Every problem found, drawn with file and line, when any of them is an error; for the
    /// public also when the crisis texts are not verified.
    pub fn open(dir: &Path, keeping: Keeping, audience: Audience) -> anyhow::Result<Arc<Self>> {
        let day = AtomicI64::new(audience.today().number());
        let stamp = AtomicU64::new(Content::stamp(dir));
        let (assistant, dated) = load(dir, keeping, audience)?;
        let second_tier = second_tier();
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            keeping,
            audience,
            assistant: ArcSwap::from_pointee(second_tier(assistant)),
            dated: Mutex::new(dated),
            day,
            stamp,
            reloaded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            second_tier,
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
        let today = self.audience.today();
        let is_new_day = self.day.swap(today.number(), Ordering::Relaxed) != today.number();
        // Before the files are read: what is saved meanwhile makes another stamp.
        self.stamp
            .store(Content::stamp(&self.dir), Ordering::Relaxed);
        match load(&self.dir, self.keeping, self.audience) {
            Ok((assistant, dated)) => {
                let assistant = (self.second_tier)(assistant);
                *self.dated.lock().unwrap_or_else(PoisonError::into_inner) = dated;
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
                if is_new_day {
                    self.turn_day(today);
                }
            }
        }
    }

    /// Takes out of the old content what does not hold on this day, and puts in what does by now.
    fn turn_day(&self, today: Day) {
        let files = self
            .dated
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if files.is_empty() {
            return;
        }
        let loaded = Content::parse_folder(&self.dir, files).on(today);
        if let Some(content) = loaded.content {
            let assistant = content.assistant().with_keeping(self.keeping);
            self.assistant
                .store(Arc::new((self.second_tier)(assistant)));
        }
    }

    /// Whether the folder should be loaded again, though no event told so: its files are others, or
    /// entries may begin or cease to hold with a new day.
    fn is_stale(&self) -> bool {
        self.audience.today().number() != self.day.load(Ordering::Relaxed)
            || Content::stamp(&self.dir) != self.stamp.load(Ordering::Relaxed)
    }

    /// Starts to watch the folder, and SIGHUP.
    ///
    /// # Errors
    /// When the system gives no watch, for example because its limit is reached.
    pub fn watch(self: &Arc<Self>) -> anyhow::Result<Watch> {
        let (sender, changes) = mpsc::channel();
        let wanted = sender.clone();
        let dir = std::path::absolute(&self.dir)
            .with_context(|| format!("cannot watch {}", self.dir.display()))?;
        let inside = dir.clone();
        let mut files = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // A lost event may have been a change. Nobody listens any more when the watch ends.
            if event.map_or(true, |event| is_change(&event, &inside)) {
                let _ = sender.send(());
            }
        })
        .context("cannot watch files")?;
        files
            .watch(&dir, RecursiveMode::Recursive)
            .with_context(|| format!("cannot watch {}", dir.display()))?;
        // The folder itself may be replaced, by another one or as a link: what lies there then is what counts.
        if let Some(parent) = dir.parent()
            && let Err(error) = files.watch(parent, RecursiveMode::NonRecursive)
        {
            tracing::warn!(
                "a new folder in the place of {} will not be noticed: {error}",
                dir.display()
            );
        }
        let files = Arc::new(Mutex::new(files));
        let watched = Arc::downgrade(&files);
        // The only thread that loads: with two, an older load could be stored over a newer one.
        let live = Arc::clone(self);
        thread::spawn(move || {
            loop {
                match changes.recv_timeout(LOOK_EVERY) {
                    Ok(()) => {
                        let began = Instant::now();
                        while began.elapsed() < BURST && changes.recv_timeout(QUIET).is_ok() {}
                    }
                    Err(RecvTimeoutError::Timeout) if live.is_stale() => wait_until_written(&dir),
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                watch_anew(&watched, &dir);
                live.reload();
            }
        });

        let mut hangups = Signals::new([SIGHUP]).context("cannot listen for SIGHUP")?;
        let hangup = hangups.handle();
        thread::spawn(move || {
            for _ in hangups.forever() {
                let _ = wanted.send(());
            }
        });
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

/// Waits until nothing is written any more, as for a burst of events.
fn wait_until_written(dir: &Path) {
    let began = Instant::now();
    let mut stamp = Content::stamp(dir);
    while began.elapsed() < BURST {
        thread::sleep(QUIET);
        let next = Content::stamp(dir);
        if next == stamp {
            break;
        }
        stamp = next;
    }
}

/// Watches what lies at the folder's place now: the one watched so far may have been moved away.
fn watch_anew(files: &Weak<Mutex<RecommendedWatcher>>, dir: &Path) {
    let Some(files) = files.upgrade() else {
        return;
    };
    let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = files.unwatch(dir);
    if let Err(error) = files.watch(dir, RecursiveMode::Recursive) {
        tracing::error!("cannot watch {}: {error}", dir.display());
    }
}

/// Whether an event may change the content of a folder. Reading is none, or each reload would cause the next.
fn is_change(event: &Event, dir: &Path) -> bool {
    let may_be_a_folder = |path: &Path| path.extension().is_none();
    let content =
        |path: &PathBuf| path.starts_with(dir) && (may_be_a_folder(path) || is_content_file(path));
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(content)
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.hangup.close();
    }
}

/// An encoder that cannot be used is logged: the bot answers without it.
#[cfg(feature = "encoder")]
#[must_use]
pub fn second_tier() -> AddSecondTier {
    match crate::encoder::Equipment::open() {
        Ok(Some(equipment)) => Box::new(move |assistant| equipment.equip(assistant)),
        Ok(None) => Box::new(|assistant| assistant),
        Err(error) => {
            let error = anyhow::Error::new(error);
            tracing::error!("the encoder is not used: {error:#}");
            Box::new(|assistant| assistant)
        }
    }
}

#[cfg(not(feature = "encoder"))]
#[must_use]
pub fn second_tier() -> AddSecondTier {
    Box::new(|assistant| assistant)
}

fn load(dir: &Path, keeping: Keeping, audience: Audience) -> anyhow::Result<(Assistant, Files)> {
    let today = audience.today();
    let loaded = Content::load(dir);
    let dated = loaded.has_dates();
    let loaded = loaded.on(today);
    let Some(content) = loaded.content else {
        bail!("{}", loaded.report);
    };
    if let Audience::Public(_) = audience {
        verified(&content.safety.texts, dir, today)?;
    }
    let files = if dated {
        loaded.report.into_files()
    } else {
        Files::new()
    };
    Ok((content.assistant().with_keeping(keeping), files))
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
    use crate::conversation::{Incoming, Place, Reply, Thread};

    #[track_caller]
    fn check(kind: EventKind, path: &str, expected: bool) {
        let event = Event::new(kind).add_path(path.into());
        assert_eq!(is_change(&event, Path::new("faq")), expected, "{event:?}");
    }

    #[test]
    fn with_a_new_day_an_entry_ends_without_a_save() {
        static DAY: AtomicI64 = AtomicI64::new(0);
        let day = |text: &str| text.parse::<Day>().unwrap().number();
        DAY.store(day("2026-12-26"), Ordering::Relaxed);
        let dir = tempfile::tempdir().unwrap();
        let file =
            "[[faq]]\nid = 'a'\nquestion = 'Open?'\nanswer = 'No.'\nvalid_until = 2026-12-26\n";
        std::fs::write(dir.path().join("a.toml"), file).unwrap();
        let helplines = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("faq")
            .join(HELPLINES_PATH);
        let signed = std::fs::read_to_string(helplines)
            .unwrap()
            .replace("verified_on = \"\"", "verified_on = \"2026-12-01\"")
            .replace("verified_by = \"\"", "verified_by = \"A. Tester\"");
        std::fs::create_dir(dir.path().join("safety")).unwrap();
        std::fs::write(dir.path().join(HELPLINES_PATH), signed).unwrap();
        let today = || Day::from_number(DAY.load(Ordering::Relaxed)).unwrap();
        let live = Live::open(dir.path(), Keeping::Terminal, Audience::Public(today)).unwrap();
        let n = || live.assistant().knowledge().entries().len();
        assert!(!live.is_stale());
        assert_eq!(n(), 1);
        DAY.store(day("2026-12-27"), Ordering::Relaxed);
        assert!(live.is_stale());
        live.reload();
        assert!(!live.is_stale());
        assert_eq!((n(), live.reloads().done), (0, 1));
        // A save that is broken as the day turns keeps nothing that is over.
        DAY.store(day("2026-12-26"), Ordering::Relaxed);
        live.reload();
        assert_eq!(n(), 1);
        std::fs::write(dir.path().join("a.toml"), "[[faq").unwrap();
        live.reload();
        assert_eq!((n(), live.reloads().failed), (1, 1));
        DAY.store(day("2026-12-27"), Ordering::Relaxed);
        live.reload();
        assert_eq!((n(), live.reloads().failed), (0, 2));
        live.reload();
        assert_eq!(n(), 0);
        let (text, place) = (Incoming::Text("i want to die"), Place::Private);
        let exchange = live.assistant().answer(text, place, &mut Thread::default());
        let Reply::Urgent { text, .. } = exchange.reply else {
            panic!("no crisis text");
        };
        assert!(text.contains("988"), "the signed one: {text}");
    }

    #[cfg(unix)]
    #[test]
    fn a_save_behind_a_link_is_live() {
        let home = tempfile::tempdir().unwrap();
        let (dir, target) = (home.path().join("faq"), home.path().join("elsewhere.toml"));
        let save = |answer: &str| {
            let entry = format!("[[faq]]\nid = 'q'\nquestion = 'Q?'\nanswer = '{answer}'\n");
            std::fs::write(&target, entry).unwrap();
        };
        save("Old.");
        std::fs::create_dir(&dir).unwrap();
        std::os::unix::fs::symlink(&target, dir.join("a.toml")).unwrap();
        let day = "2026-12-01".parse().unwrap();
        let live = Live::open(&dir, Keeping::Terminal, Audience::Editors(day)).unwrap();
        assert!(!live.is_stale());
        let _watch = live.watch().unwrap();
        save("Another one.");
        let mut tries = (0..500).map(|_| thread::sleep(Duration::from_millis(20)));
        assert!(tries.any(|()| live.reloads().done > 0));
    }

    #[test]
    fn saves_in_a_folder_that_took_the_place_of_the_old_one_are_live() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("faq");
        let save = |dir: &Path, n_entries: usize| {
            let entry =
                |n: usize| format!("[[faq]]\nid = 'q{n}'\nquestion = 'Q{n}?'\nanswer = 'A.'\n");
            let text: String = (0..n_entries).map(entry).collect();
            std::fs::create_dir_all(dir).unwrap();
            std::fs::write(dir.join("a.toml"), text).unwrap();
        };
        save(&dir, 1);
        let day = "2026-12-01".parse().unwrap();
        let live = Live::open(&dir, Keeping::Terminal, Audience::Editors(day)).unwrap();
        let _watch = live.watch().unwrap();
        let becomes = |n: usize| {
            let mut tries = (0..500).map(|_| thread::sleep(Duration::from_millis(20)));
            tries.any(|()| live.assistant().knowledge().entries().len() == n)
        };
        let other = home.path().join("new");
        save(&other, 2);
        std::fs::rename(&dir, home.path().join("old")).unwrap();
        std::fs::rename(&other, &dir).unwrap();
        assert!(becomes(2), "the new folder");
        save(&dir, 3);
        assert!(becomes(3), "a save in it");
    }

    #[test]
    fn what_lies_beside_the_folder_is_no_content() {
        check(EventKind::Modify(ModifyKind::Any), "other/bot.toml", false);
        check(EventKind::Create(CreateKind::Folder), "faq.old", false);
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
