//! `askwell run`: the Telegram bot, or without a token the chat.

use std::io::{self, IsTerminal, Write};

use clap::Args;

use super::{Folder, Status, chat};
#[cfg(feature = "telegram")]
use crate::conversation::Keeping;

/// Run the Telegram bot (without a token, open the chat)
#[derive(Debug, Default, Args)]
#[command(
    after_help = "The token of @BotFather is read from TELOXIDE_TOKEN, or from the file that \
    TELOXIDE_TOKEN_FILE names. TELOXIDE_API_URL names another Bot API server.\n\n\
    Example:\n  TELOXIDE_TOKEN_FILE=token.txt askwell run --faq faq"
)]
pub(super) struct RunArgs {
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn run(args: &RunArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    #[cfg(feature = "telegram")]
    if let Some(settings) = crate::config::telegram()? {
        return telegram(args, settings);
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
fn telegram(args: &RunArgs, settings: crate::telegram::Settings) -> anyhow::Result<Status> {
    let key = key(&args.folder.dir)?;
    let keeping = Keeping::Telegram {
        remembered: crate::telegram::REMEMBERED,
        // Telegram itself keeps what is not answered yet, and nothing else outlives the bot.
        stored: None,
    };
    let live = crate::live::Live::open(&args.folder.dir, keeping)?;
    let _watch = live.watch()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(crate::telegram::run(settings, live, key))?;
    Ok(Status::Fine)
}

/// The key for hashes of ids, apart from the data and from the content, both of which are
/// copied around.
#[cfg(feature = "telegram")]
fn key(content: &std::path::Path) -> anyhow::Result<crate::pseudonym::Key> {
    let file = crate::config::key_file()?;
    let data = match crate::config::storage() {
        Ok(crate::config::Storage::Folder(folder)) => Some(folder),
        _ => None,
    };
    let folders: Vec<&std::path::Path> = data.as_deref().into_iter().chain([content]).collect();
    Ok(crate::pseudonym::Key::open(&file, &folders)?)
}
