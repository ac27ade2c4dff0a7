//! All fixed words a person sees, each with a default; the `[wording]` table of
//! `bot.toml` replaces any of them.
//!
//! Texts are the same small Markdown as answers; labels are plain. `{name}` is the bot's
//! name; other placeholders are named at their key.

/// Declares [`Wording`]: one line a key, with its default text.
macro_rules! wording {
    ($($(#[doc = $doc:literal])* $key:ident = $default:literal;)*) => {
        /// The fixed words of a bot.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Wording {
            $($(#[doc = $doc])* pub $key: String,)*
        }

        impl Default for Wording {
            fn default() -> Self {
                Self { $($key: $default.to_owned(),)* }
            }
        }

        impl Wording {
            /// Every key, in the order of the documentation.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($key)),*];

            /// The text of a key, for reading or replacing.
            pub fn text_mut(&mut self, key: &str) -> Option<&mut String> {
                match key {
                    $(stringify!($key) => Some(&mut self.$key),)*
                    _ => None,
                }
            }
        }
    };
}

wording! {
    /// First words of `/start`: what this is.
    start = "Hello, I am **{name}**, an automatic FAQ. Ask me something in your own words, and I look for the passage that answers it.";
    /// What it is not; stands in `/start` and `/help`.
    limits = "I am a program, not a person, and nobody watches this chat. I am not for emergencies.";
    /// Before the example questions of `/start`.
    examples = "You could ask, for example:";
    /// `/help`.
    help = "Type a question, and I answer from our own articles. If I am not sure what you mean, I ask. You can also use:\n\n- /topics to browse everything I know\n- /contact to reach a person\n- /start to begin again";
    /// Heading of `/topics`.
    topics = "What would you like to read about?";
    /// `/contact` when `bot.toml` has no contact.
    contact_missing = "There are no contact details here yet. Please use the website where you found me.";
    /// Answer to a greeting.
    greeting = "Hello. What would you like to know?";
    /// Answer to thanks.
    thanks = "You are welcome. Ask again whenever you like.";
    /// Answer to "ok" and the like.
    acknowledged = "Good. Ask again whenever you like.";
    /// Answer to a goodbye.
    goodbye = "Goodbye, and take care.";
    /// Answer to "who are you" and the like.
    about = "I am **{name}**, an automatic FAQ. I look up answers that people have written; I do not make any up. I am a program, and nobody watches this chat.";
    /// Label of the link under an answer. `{title}` is the article's title.
    read_more = "Read the full article: {title}";
    /// Source line under an answer. `{title}` and `{date}`.
    source = "_From our article “{title}”, last reviewed on {date}._";
    /// Source line of an article without a review date. `{title}`.
    source_undated = "_From our article “{title}”._";
    /// Before the related questions under an answer.
    related = "You could ask next:";
    /// Before the other entries that may have been meant, under an answer.
    runner_up = "Or did you mean:";
    /// Where an answer had to be cut.
    shortened = "_This answer goes on in the article._";
    /// Before the choices when two or three entries fit.
    clarify = "Did you mean:";
    /// Label of the last choice.
    none_of_these = "None of these";
    /// When nothing fits.
    abstain = "I have no answer to that.";
    /// After "None of these".
    none_chosen = "Then I have no answer to that.";
    /// After `abstain` and `none_chosen`: how to go on. The contact follows.
    abstain_next = "You can ask in other words, browse the topics, or reach a person:";
    /// The same where `bot.toml` names no contact.
    abstain_without_contact = "You can ask in other words, or browse the topics:";
    /// Label of the button under a crisis text that leads to the FAQ answer.
    meant_else = "I meant something else";
    /// When that button is pressed and the question is no longer in memory.
    ask_again = "I no longer have your question. Please type it again in other words.";
    /// Label of the button that opens `/topics`.
    topics_label = "Browse topics";
    /// Name of the group of questions that belong to no article.
    loose_topics = "Questions and answers";
    /// Label of the button that turns a page forward.
    next_page = "More";
    /// Label of the button that turns a page back.
    previous_page = "Back";
    /// A pressed button or deep link whose entry is gone.
    gone = "That entry is no longer here. These are the topics now:";
    /// A command the bot does not know.
    unknown_command = "I do not know that command. Just ask a question, or see /help.";
    /// In a group, where nothing fits or where it is too private for a group.
    group_private = "I have no answer for the group. You can write to me in a private chat.";
    /// A photo or picture without words.
    photo = "I cannot see pictures. Please type your question.";
    /// A voice message.
    voice = "I cannot listen to voice messages. Please type your question.";
    /// A video.
    video = "I cannot watch videos. Please type your question.";
    /// A sticker or animation.
    sticker = "I cannot read stickers. What would you like to know?";
    /// A location.
    location = "I cannot use your location. Please type your question.";
    /// A poll.
    poll = "I cannot vote in polls. Please type your question.";
    /// A shared contact.
    shared_contact = "I do not keep contacts, so nothing was saved. Please type your question.";
    /// A file.
    file = "I cannot open files. Please type your question.";
    /// Any other kind of message without words, and an empty one.
    no_words = "I found no words in that. Please type your question.";
    /// A message that could not be answered in time, in the reply that quotes it.
    missed = "I am sorry, I could not read this message in time. Please send it again.";
    /// The bot's description in Telegram, at most 512 characters.
    description = "An automatic FAQ: ask a question in your own words and get the passage that answers it. Not watched by people, and not for emergencies.";
    /// The short description in Telegram, at most 120 characters.
    short_description = "An automatic FAQ. Not for emergencies.";
    /// Description of /start in Telegram's menu.
    command_start = "Begin, with examples";
    /// Description of /help in Telegram's menu.
    command_help = "What I can do";
    /// Description of /topics in Telegram's menu.
    command_topics = "Browse all topics";
    /// Description of /contact in Telegram's menu.
    command_contact = "Reach a person";
}
