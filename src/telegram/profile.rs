//! What Telegram shows of the bot before anyone writes: its commands and descriptions, set
//! only where they differ.

use serde::Deserialize;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use teloxide::payloads::{
    GetMyCommands, GetMyDescription, GetMyShortDescription, SetMyCommands, SetMyDescription,
    SetMyShortDescription,
};
use teloxide::requests::Payload;
use teloxide::types::BotCommand;

use super::api::{Api, Failure};
use super::retry;
use crate::conversation::{Command, Profile};

/// Telegram's limits, in characters.
const MAX_COMMAND_CHARS: usize = 256;
const MAX_DESCRIPTION_CHARS: usize = 512;
const MAX_SHORT_CHARS: usize = 120;

/// Brings commands and descriptions in line with the content. The bot answers as well
/// without, so a failure is only a warning.
pub(super) async fn publish(api: &Api, profile: &Profile) {
    let (commands, descriptions) = tokio::join!(
        publish_commands(api, profile),
        publish_descriptions(api, profile)
    );
    for failure in [commands, descriptions].into_iter().filter_map(Result::err) {
        tracing::warn!(%failure, "commands or descriptions could not be set; the bot answers nevertheless");
    }
}

async fn publish_commands(api: &Api, profile: &Profile) -> Result<(), Failure> {
    let commands: Vec<BotCommand> = Command::menu()
        .map(|command| {
            let description = command.description(&profile.wording);
            BotCommand::new(
                command.name(),
                fill(description, profile, MAX_COMMAND_CHARS),
            )
        })
        .filter(|command| !command.description.is_empty())
        .collect();
    if call::<_, Vec<BotCommand>>(api, GetMyCommands::new()).await? != commands {
        call::<_, IgnoredAny>(api, SetMyCommands::new(commands)).await?;
        tracing::info!("commands set");
    }
    Ok(())
}

async fn publish_descriptions(api: &Api, profile: &Profile) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Long {
        description: String,
    }
    #[derive(Deserialize)]
    struct Short {
        short_description: String,
    }
    let long = fill(&profile.wording.description, profile, MAX_DESCRIPTION_CHARS);
    if call::<_, Long>(api, GetMyDescription::new())
        .await?
        .description
        != long
    {
        let mut set = SetMyDescription::new();
        set.description = Some(long);
        call::<_, IgnoredAny>(api, set).await?;
        tracing::info!("description set");
    }
    let short = fill(&profile.wording.short_description, profile, MAX_SHORT_CHARS);
    if call::<_, Short>(api, GetMyShortDescription::new())
        .await?
        .short_description
        != short
    {
        let mut set = SetMyShortDescription::new();
        set.short_description = Some(short);
        call::<_, IgnoredAny>(api, set).await?;
        tracing::info!("short description set");
    }
    Ok(())
}

async fn call<P, R>(api: &Api, mut payload: P) -> Result<R, Failure>
where
    P: Payload + Serialize,
    R: DeserializeOwned,
{
    retry::call(
        api,
        &mut payload,
        |_, failure, _| tracing::debug!(call = P::NAME, %failure, "trying again"),
    )
    .await
}

/// The text with the bot's name in it, cut to what Telegram takes and trimmed as Telegram
/// does: else it would differ at each start.
fn fill(text: &str, profile: &Profile, max_chars: usize) -> String {
    text.replace("{name}", &profile.name)
        .trim()
        .chars()
        .take(max_chars)
        .collect::<String>()
        .trim_end()
        .to_owned()
}
