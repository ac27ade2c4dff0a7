//! The fixed words that a person sees, all but the account of `/why`, each with a default; the `[wording]` table of
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
    help = "Type a question, and I answer from our own articles. If I am not sure what you mean, I ask. You can also use:\n\n- /topics to browse everything I know\n- /contact to reach a person\n- /urgent for numbers to call in danger or crisis\n- /privacy to see what I keep\n- /start to begin again";
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
    /// Under an answer to a message with another question that nothing answers; the contact follows.
    in_part = "The rest of your message is not in our texts.";
    /// Where an answer had to be cut.
    shortened = "_This answer goes on in the article._";
    /// To a message that goes on from an answer and comes to the same one again; the link to the article follows.
    told = "What I showed you last is the nearest I have to that.";
    /// To "tell me more", "why" and the like after an answer; the link to the article and what could be asked next follow.
    more = "That is all I can show you here.";
    /// Before the choices when two or three entries fit.
    clarify = "Did you mean:";
    /// The same after a long or a sad message.
    clarify_long = "Thank you for writing. Would one of these help?";
    /// Label of the last choice.
    none_of_these = "None of these";
    /// When nothing fits.
    abstain = "I have no answer to that.";
    /// When nothing fits a long message.
    abstain_long = "Thank you for writing. I am an automatic FAQ, and I could not find an answer in what you wrote. One short question works best.";
    /// When nothing fits a message that tells of sorrow and asks nothing.
    abstain_feeling = "I am sorry, that sounds hard. I am only an automatic FAQ, and none of our texts is about it.";
    /// To "yes", "maybe" and the like.
    go_on = "What would you like to know?";
    /// The same where choices are open.
    which = "Which one do you mean? Its number is enough.";
    /// To a "no" where no choice was offered.
    nothing_chosen = "All right.";
    /// After "None of these".
    none_chosen = "Then I have no answer to that.";
    /// When nothing fits and hardly a word is English, where all articles are.
    abstain_unread = "I could not read that, sorry. I know English only, and plain words work best.";
    /// To "that's not what I asked" and the like.
    not_it = "I am sorry, that was not what you needed.";
    /// To a number that was not offered.
    no_such_choice = "There is no choice with that number now. Just ask in your own words, or see /topics.";
    /// After `abstain`, `abstain_long`, `abstain_unread`, `abstain_feeling`, `not_it`, `none_chosen` and `nothing_chosen`: how to go on. The contact follows.
    abstain_next = "You can ask in other words, browse the topics, or reach a person:";
    /// The same where `bot.toml` names no contact.
    abstain_without_contact = "You can ask in other words, or browse the topics:";
    /// Label of the button under a crisis text that leads to the FAQ answer.
    meant_else = "I meant something else";
    /// When that button is pressed; what the message finds in the FAQ follows.
    mistaken = "Thank you for telling me, and sorry for the mix-up.";
    /// The same when the question is no longer in memory.
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
    /// In a group, to what concerns one person alone.
    private_only = "Please write that to me in a private chat.";
    /// A chat that writes faster than it can be answered.
    one_at_a_time = "One at a time, please. I have left out some of your messages; send again what is still open.";
    /// First words of `/privacy`.
    privacy = "**What I keep of you.** I never write down what you say, your name or your username.";
    /// `/privacy` in a terminal.
    privacy_terminal = "You are talking to me in a terminal. What you type stays in the memory of this computer until you leave.";
    /// `/privacy`: what is in memory. `{hours}`.
    privacy_memory = "**In memory:** the numbers of our messages, what I showed you last, and, under an urgent text, the message before it until you write again. It is gone after {hours} hours of silence and at every restart. A wish for /quiet stays until you end it or I restart.";
    /// `/privacy` where several processes answer.
    privacy_copies = "I run in several copies, each with a memory of its own.";
    /// `/privacy` where nothing is stored.
    privacy_nothing_stored = "**On disk:** nothing.";
    /// `/privacy` where the store is a file. `{hours}`.
    privacy_file = "**On disk,** in a file of mine: the numbers of answered updates, for {hours} hours; how often each answer was given on a day, but not to whom; and the number of a chat that I owe a reply, until I have sent it.";
    /// `/privacy` where the store is a database. `{hours}`.
    privacy_database = "**On disk,** in a database of the people who run me: the numbers of answered updates, for {hours} hours; how often each answer was given on a day, but not to whom; the number of a chat that I owe a reply, until I have sent it; and when a chat was last written to, under a code, for about an hour.";
    /// `/privacy`: what is logged.
    privacy_log = "**In the log:** failures of mine, with a code in place of the chat. No words and no names.";
    /// `/privacy`: who can read the chat.
    privacy_readers = "**Who can read this chat:** it is not end-to-end encrypted. Telegram could read it, and so could the people who run me. Please leave out names and details of your health.";
    /// `/privacy`: what a person can do.
    privacy_wishes = "**You decide:** /mydata sends you what I keep of you, /forget deletes it, /quiet makes me answer without a sound. /contact reaches a person.";
    /// Label of the link to the policy under `/privacy`.
    privacy_policy = "Our privacy policy";
    /// `/forget`, done.
    forget = "I have deleted what I kept of you.";
    /// `/forget` when the store could not be reached.
    forget_later = "My store cannot be reached just now. Please send /forget again in a few minutes.";
    /// `/forget` when messages were deleted. `{count}`.
    forget_messages = "Messages deleted in this chat, yours and mine: {count}.";
    /// `/forget` when some messages could not be deleted.
    forget_incomplete = "Telegram did not let me delete all of them.";
    /// `/forget`: what is out of reach.
    forget_limits = "Out of my reach are messages older than 48 hours, messages from before my last restart, and groups. You can delete those yourself in Telegram.";
    /// `/forget` where several processes answer.
    forget_copies = "I run in several copies, and this one knows only what it answered itself.";
    /// `/forget` in a quiet chat.
    forget_quiet = "I still answer without a sound. /quiet off ends that.";
    /// `/forget` in a terminal.
    forget_terminal = "I have forgotten our conversation. Nothing of it was stored.";
    /// Above the file of `/mydata`.
    mydata = "This is what I keep of you.";
    /// The same when nothing is stored.
    mydata_nothing = "I have stored nothing of you. The file says what is in my memory for now.";
    /// `/mydata` in a terminal.
    mydata_terminal = "I have stored nothing of you. Our conversation is in memory until you leave.";
    /// `/quiet`, done.
    quiet = "From now on I answer you without a sound.";
    /// `/quiet` with a time. `{minutes}`.
    quiet_removes = "I delete your messages and my answers after {minutes} minutes, this one too.";
    /// `/quiet`: how it ends.
    quiet_limits = "/quiet off ends this. I note it in memory only, so a restart of mine ends it too.";
    /// `/quiet off`, done.
    quiet_off = "I answer with a sound again.";
    /// `/quiet` with something else behind it.
    quiet_how = "You can write /quiet, or /quiet 10 to have our messages deleted after 10 minutes (1 to 1440), or /quiet off.";
    /// `/quiet` where it could not be kept: too many chats use it, or several copies answer.
    quiet_impossible = "I cannot promise that here, so I have not noted it. You can mute this chat in Telegram instead.";
    /// `/quiet` in a terminal.
    quiet_terminal = "I make no sound here, and nothing is stored.";
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
    /// Description of /urgent in Telegram's menu.
    command_urgent = "Numbers to call in danger or crisis";
    /// Description of /privacy in Telegram's menu.
    command_privacy = "What I keep of you";
    /// Description of /mydata in Telegram's menu.
    command_mydata = "Send me what you keep of me";
    /// Description of /forget in Telegram's menu.
    command_forget = "Delete what you keep of me";
    /// Description of /quiet in Telegram's menu.
    command_quiet = "Answer without a sound";
}
