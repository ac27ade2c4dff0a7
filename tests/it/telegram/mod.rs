//! Stories of the bot in Telegram.

mod answers;
mod canary;
mod delivery;
mod groups;
mod life;
mod privacy;
mod restarts;
mod webhooks;

use crate::support::bot::{Bot, Faq};
use crate::support::bot_api::BotApi;

const OPEN: &str = "nine to five";
const PARKING: &str = "Behind the house";

/// A server, and a bot on the small content.
async fn small() -> (BotApi, Faq, Bot) {
    let api = BotApi::start().await;
    let faq = Faq::small();
    let bot = Bot::start(&api, faq.path()).await;
    (api, faq, bot)
}
