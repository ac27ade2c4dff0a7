//! `askwell doctor`: looks at everything that a start needs, and names a cure for each fault.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Folder, Status, runtime, today};
use crate::config::{self, Storage, Telegram};
use crate::content::Content;
#[cfg(feature = "encoder")]
use crate::encoder;
use crate::error::with_causes;
use crate::live;
use crate::pseudonym::Key;
use crate::safety::CrisisTexts;
use crate::store::Store;
use crate::telegram::{self, RunError};

/// Look at token, network, webhook, groups, content and store
#[derive(Debug, Args)]
#[command(
    after_help = "Changes nothing at Telegram, and can be run beside the bot. Exit status 1 when something must be mended.\n\n\
    Example:\n  askwell doctor"
)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    folder: Folder,
}

/// What was found about one part.
enum Finding {
    Fine(String),
    /// It works, and the operator may have meant something else.
    Note(String),
    /// What is wrong, and what to do.
    Bad(String),
}

pub(super) fn run(args: &DoctorArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let runtime = runtime()?;
    let mut report = Report { out, bad: false };
    let loaded = Content::load(&args.folder.dir).content;
    report.line("content", &content(&args.folder, loaded.as_ref()))?;
    if let Some(content) = &loaded {
        let finding = crisis_texts(&args.folder, &content.safety.texts);
        report.line("crisis texts", &finding)?;
    }
    report.line("store", &runtime.block_on(store()))?;
    report.line("key", &key(&args.folder.dir))?;
    report.line("send limit", &send_limit())?;
    #[cfg(feature = "encoder")]
    report.line("encoder", &encoder())?;
    match config::telegram() {
        Ok(Some(access)) => runtime.block_on(at_telegram(&access, &mut report))?,
        Ok(None) => report.line(
            "token",
            &Finding::Bad(
                "none; get one from @BotFather and set TELOXIDE_TOKEN or TELOXIDE_TOKEN_FILE"
                    .into(),
            ),
        )?,
        Err(error) => report.line("token", &bad(&error))?,
    }
    Ok(if report.bad {
        Status::Failure
    } else {
        Status::Fine
    })
}

struct Report<'a> {
    out: &'a mut dyn Write,
    bad: bool,
}

impl Report<'_> {
    fn line(&mut self, part: &str, finding: &Finding) -> io::Result<()> {
        let (mark, words) = match finding {
            Finding::Fine(words) => ("ok  ", words),
            Finding::Note(words) => ("note", words),
            Finding::Bad(words) => ("BAD ", words),
        };
        self.bad |= matches!(finding, Finding::Bad(_));
        writeln!(self.out, "{mark} {part}: {words}")
    }
}

fn content(folder: &Folder, content: Option<&Content>) -> Finding {
    match content {
        Some(content) => {
            let n = content.knowledge.entries().len();
            Finding::Fine(format!("{n} entries in {}", folder.dir.display()))
        }
        None => Finding::Bad(format!(
            "{} holds errors; `askwell check {0}` shows them",
            folder.dir.display()
        )),
    }
}

/// Whether `run` would start with them.
fn crisis_texts(folder: &Folder, texts: &CrisisTexts) -> Finding {
    let today = today();
    match live::verified(texts, &folder.dir, today) {
        Err(error) => Finding::Bad(error.to_string()),
        // What is left is old.
        Ok(()) => match texts.problems(today).first() {
            Some(problem) => Finding::Note(problem.to_string()),
            None => Finding::Fine(format!("those of {} are verified", texts.country())),
        },
    }
}

async fn store() -> Finding {
    let storage = match config::storage() {
        Ok(storage) => storage,
        Err(error) => return bad(&error),
    };
    let place = match &storage {
        Storage::Folder(folder) => format!("SQLite in {}", folder.display()),
        Storage::Postgres(_) => "PostgreSQL".to_owned(),
    };
    let checked = async { Store::open(&storage, 0).await?.check().await };
    match checked.await {
        Ok(()) => Finding::Fine(format!("{place} can be written")),
        Err(error) => {
            let cure = match storage {
                Storage::Folder(_) => {
                    "see that the folder belongs to the bot's user and the disk is not full"
                }
                Storage::Postgres(_) => {
                    "see that the server runs and ASKWELL_DATABASE_URL has the right host, user and password"
                }
            };
            Finding::Bad(format!("{place}: {}; {cure}", with_causes(&error)))
        }
    }
}

/// The key of the hashes in place of ids.
fn key(content: &Path) -> Finding {
    let file = match config::key_file() {
        Ok(file) => file,
        Err(error) => return bad(&error),
    };
    let data = match config::storage() {
        Ok(Storage::Folder(folder)) => Some(folder),
        _ => None,
    };
    let folders: Vec<&Path> = data.iter().map(PathBuf::as_path).chain([content]).collect();
    match Key::look(&file, &folders) {
        Ok(Some(_)) => Finding::Fine(format!("{} is for the bot's user alone", file.display())),
        Ok(None) => Finding::Note(format!(
            "none yet; the first start makes {}",
            file.display()
        )),
        Err(error) => Finding::Bad(with_causes(&error)),
    }
}

fn send_limit() -> Finding {
    match config::sends_per_second() {
        Ok(0) => Finding::Note("none, and Telegram has one; 30 a second is usual".to_owned()),
        Ok(n) => Finding::Fine(format!("{n} messages a second")),
        Err(error) => bad(&error),
    }
}

#[cfg(feature = "encoder")]
fn encoder() -> Finding {
    let Ok(data) = config::data_folder() else {
        return Finding::Fine("none is installed".to_owned());
    };
    match encoder::installed(&encoder::folder_in(&data)) {
        None => Finding::Fine("none is installed, and none is needed".to_owned()),
        Some(installed) => match encoder::Encoder::load(&installed.folder) {
            Ok(_) => Finding::Fine(format!("{} is sound", installed.folder.display())),
            Err(error) => Finding::Bad(format!(
                "{}; `askwell model install` installs it anew",
                with_causes(&error)
            )),
        },
    }
}

async fn at_telegram(access: &Telegram, report: &mut Report<'_>) -> io::Result<()> {
    let me = match telegram::who(access).await {
        Ok(me) => me,
        Err(RunError::Token { code }) => {
            return report.line("token", &bad(&RunError::Token { code }));
        }
        Err(error) => {
            let cure = format!(
                "{}; see that this machine reaches {}",
                with_causes(&error),
                access.api_url
            );
            return report.line("network", &Finding::Bad(cure));
        }
    };
    report.line("token", &Finding::Fine(format!("it is @{}", me.username)))?;
    report.line(
        "network",
        &Finding::Fine(format!("{} answers", access.api_url)),
    )?;
    report.line("groups", &groups(&me))?;
    let webhook = match telegram::webhook_info(access).await {
        Ok(info) => webhook(&info),
        Err(error) => bad(&error),
    };
    report.line("webhook", &webhook)
}

/// Privacy mode: what of a group the bot gets to see.
fn groups(me: &telegram::Me) -> Finding {
    if !me.can_join_groups {
        Finding::Fine("the bot cannot be put into groups".into())
    } else if me.can_read_all_group_messages {
        Finding::Note(
            "privacy mode is off, so Telegram sends all that is said in groups; the bot needs only what is \
             addressed to it, and /setprivacy at @BotFather turns it on"
                .into(),
        )
    } else {
        Finding::Fine("privacy mode is on".into())
    }
}

fn webhook(info: &telegram::Info) -> Finding {
    let waiting = info.pending_update_count;
    match (&info.last_error_message, info.url.is_empty()) {
        (_, true) => Finding::Fine(format!(
            "none, `askwell run` asks for updates; {waiting} wait"
        )),
        (None, false) => Finding::Note(format!(
            "Telegram calls {}; {waiting} updates wait. `askwell run` needs --webhook then, or `askwell webhook delete`",
            info.url
        )),
        (Some(error), false) => Finding::Bad(format!(
            "Telegram's last call to {} failed: {error}. See that the address leads to `askwell run --webhook`",
            info.url
        )),
    }
}

fn bad(error: &dyn std::error::Error) -> Finding {
    Finding::Bad(with_causes(error))
}
