//! `askwell run`: the Telegram bot, or without a token the chat.

use std::io::{self, IsTerminal, Write};
#[cfg(feature = "telegram")]
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
#[cfg(feature = "telegram")]
use std::path::Path;

use clap::Args;

use super::{Folder, Status, chat};
#[cfg(feature = "telegram")]
use crate::config::Storage;
#[cfg(feature = "telegram")]
use crate::conversation::{Copies, Keeping, Stored, StoredIn};
#[cfg(feature = "telegram")]
use crate::live::Live;
#[cfg(feature = "telegram")]
use crate::pseudonym::Key;

/// Run the Telegram bot (without a token, open the chat)
#[derive(Debug, Default, Args)]
#[command(
    after_help = "The token of @BotFather is read from TELOXIDE_TOKEN, or from the file that \
    TELOXIDE_TOKEN_FILE names. TELOXIDE_API_URL names another Bot API server.\n\n\
    The bot starts only when safety/helplines.toml in the content folder is verified and signed.\n\n\
    Example:\n  TELOXIDE_TOKEN_FILE=token.txt askwell run --faq faq"
)]
pub(super) struct RunArgs {
    #[command(flatten)]
    folder: Folder,

    /// Have Telegram call this https address instead of asking it for updates
    #[cfg(feature = "telegram")]
    #[arg(long, value_name = "URL", value_parser = super::webhook::address)]
    webhook: Option<url::Url>,

    /// Where to listen for these calls, behind a proxy that has the certificate [default: 127.0.0.1:8080]
    #[cfg(feature = "telegram")]
    #[arg(long, value_name = "ADDRESS", requires = "webhook")]
    listen: Option<SocketAddr>,

    /// Where to show /healthz, /readyz and /metrics, or `off` [default: 127.0.0.1:9464]
    #[cfg(feature = "telegram")]
    #[arg(long, value_name = "ADDRESS", value_parser = pages)]
    health: Option<Health>,
}

/// An address for the health pages, or none.
#[cfg(feature = "telegram")]
type Health = Option<SocketAddr>;

/// Where the health pages are unless told otherwise.
#[cfg(feature = "telegram")]
const HEALTH: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
/// Where Telegram's calls come unless told otherwise.
#[cfg(feature = "telegram")]
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

pub(super) fn run(args: &RunArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    #[cfg(feature = "telegram")]
    if let Some(access) = crate::config::telegram()? {
        return telegram(args, access);
    }
    let mut talk = anstream::stderr();
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        writeln!(
            talk,
            "No TELOXIDE_TOKEN is set, so this is the chat; to go live, get a token from @BotFather and set it."
        )?;
        return chat::run(
            &chat::ChatArgs {
                folder: args.folder.clone(),
                calendar: super::Calendar::default(),
            },
            out,
        );
    }
    writeln!(
        talk,
        "askwell: no token and no terminal; set TELOXIDE_TOKEN or TELOXIDE_TOKEN_FILE to run the Telegram bot, \
         or use `askwell ask` or `askwell chat`"
    )?;
    Ok(Status::Usage)
}

#[cfg(feature = "telegram")]
fn telegram(args: &RunArgs, access: crate::config::Telegram) -> anyhow::Result<Status> {
    use crate::telegram::{Hook, Pages, Settings};

    let settings = Settings {
        access,
        storage: crate::config::storage()?,
        hook: args.webhook.clone().map(|url| Hook {
            url,
            listen: args.listen.unwrap_or(LISTEN),
        }),
        health: match args.health {
            None => Some(Pages {
                address: HEALTH,
                required: false,
            }),
            Some(asked) => asked.map(|address| Pages {
                address,
                required: true,
            }),
        },
        sends_per_second: crate::config::sends_per_second()?,
    };
    let key = key(&args.folder.dir, &settings.storage)?;
    let audience = crate::live::Audience::Public(super::today);
    let live = Live::open(&args.folder.dir, keeping(&settings), audience)?;
    let _watch = live.watch()?;
    // One thread: an answer takes microseconds, with the encoder milliseconds, and waking a second thread
    // costs more than the first.
    let runtime = super::runtime()?;
    runtime.block_on(crate::telegram::run(settings, live, key))?;
    Ok(Status::Fine)
}

#[cfg(feature = "telegram")]
fn pages(text: &str) -> Result<Health, std::net::AddrParseError> {
    if text == "off" {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

/// The key for hashes of ids, apart from the data and from the content, both of which are
/// copied around.
#[cfg(feature = "telegram")]
fn key(content: &Path, storage: &Storage) -> anyhow::Result<Key> {
    let file = crate::config::key_file()?;
    let data = match storage {
        Storage::Folder(folder) => Some(folder.as_path()),
        Storage::Postgres(_) => None,
    };
    let folders: Vec<&Path> = data.into_iter().chain([content]).collect();
    Ok(Key::open(&file, &folders)?)
}

/// What a bot with these settings keeps of people.
#[cfg(feature = "telegram")]
fn keeping(settings: &crate::telegram::Settings) -> Keeping {
    let shared = matches!(settings.storage, Storage::Postgres(_));
    Keeping::Telegram {
        remembered: crate::telegram::REMEMBERED,
        stored: Some(Stored {
            place: if shared {
                StoredIn::Database
            } else {
                StoredIn::File
            },
            updates: crate::store::KEPT,
        }),
        copies: if shared && settings.hook.is_some() {
            Copies::Several
        } else {
            Copies::One
        },
    }
}
