//! `askwell webhook`: sets, deletes and shows the address that Telegram calls.

use std::io::Write;

use anyhow::Context;
use clap::{Args, Subcommand};
use url::Url;

use super::{Status, runtime};
use crate::config::{self, Telegram};
use crate::telegram;

/// Set, delete or show the address that Telegram calls
#[derive(Debug, Args)]
#[command(
    after_help = "`askwell run --webhook` sets it by itself, and nothing deletes it but this command: \
    a replica that stops must not cut off the others.\n\n\
    Example:\n  askwell webhook set https://example.org/hook"
)]
pub(super) struct WebhookArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Have Telegram call this https address
    Set {
        #[arg(value_parser = address)]
        url: Url,
    },
    /// End the calls, so that `askwell run` can ask for updates
    Delete,
    /// Show the address and how many updates wait
    Info,
}

pub(super) fn run(args: &WebhookArgs, out: &mut dyn Write) -> anyhow::Result<Status> {
    let access =
        config::telegram()?.context("no token; set TELOXIDE_TOKEN or TELOXIDE_TOKEN_FILE")?;
    let runtime = runtime()?;
    runtime.block_on(carry_out(&args.what, &access, out))?;
    Ok(Status::Fine)
}

/// An address that Telegram takes: nothing but https.
pub(super) fn address(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| url.scheme() == "https" && url.has_host())
        .ok_or_else(|| "it should look like https://bot.example.org/hook".to_owned())
}

async fn carry_out(what: &What, access: &Telegram, out: &mut dyn Write) -> anyhow::Result<()> {
    match what {
        What::Set { url } => {
            telegram::set_webhook_to(access, url).await?;
            writeln!(out, "Telegram calls {url} from now on.")?;
        }
        What::Delete => {
            telegram::delete_webhook(access).await?;
            writeln!(
                out,
                "The webhook is deleted; what waits stays with Telegram."
            )?;
        }
        What::Info => {
            let info = telegram::webhook_info(access).await?;
            if info.url.is_empty() {
                writeln!(out, "No webhook is set.")?;
            } else {
                writeln!(out, "Telegram calls {}.", info.url)?;
            }
            writeln!(out, "Updates waiting: {}", info.pending_update_count)?;
            if let Some(error) = info.last_error_message {
                writeln!(out, "Last failure: {error}")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telegram_calls_only_https() {
        assert!(address("https://bot.example.org/hook").is_ok());
        for text in [
            "http://bot.example.org/hook",
            "bot.example.org:443/hook",
            "mailto:a@b",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
