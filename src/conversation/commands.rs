//! The commands that the bot knows, and which of them it shows in a menu.

use super::wording::Wording;

/// A command, however its name was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Start,
    Help,
    Topics,
    Contact,
    /// The crisis text, at any time.
    Urgent,
    Privacy,
    MyData,
    Forget,
    Quiet,
    /// How the last text was decided, for those who look after the content.
    Why,
}

impl Command {
    const ALL: [Self; 10] = [
        Self::Start,
        Self::Help,
        Self::Topics,
        Self::Contact,
        Self::Urgent,
        Self::Privacy,
        Self::MyData,
        Self::Forget,
        Self::Quiet,
        Self::Why,
    ];

    /// Reads a name without its slash, in letters of any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("delete") {
            return Some(Self::Forget);
        }
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.name().eq_ignore_ascii_case(name))
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Help => "help",
            Self::Topics => "topics",
            Self::Contact => "contact",
            Self::Urgent => "urgent",
            Self::Privacy => "privacy",
            Self::MyData => "mydata",
            Self::Forget => "forget",
            Self::Quiet => "quiet",
            Self::Why => "why",
        }
    }

    /// The commands of the menu, in its order.
    pub fn menu() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|it| *it != Self::Why)
    }

    /// What the menu says of it; nothing where it has no place there.
    #[must_use]
    pub fn description(self, wording: &Wording) -> &str {
        match self {
            Self::Start => &wording.command_start,
            Self::Help => &wording.command_help,
            Self::Topics => &wording.command_topics,
            Self::Contact => &wording.command_contact,
            Self::Urgent => &wording.command_urgent,
            Self::Privacy => &wording.command_privacy,
            Self::MyData => &wording.command_mydata,
            Self::Forget => &wording.command_forget,
            Self::Quiet => &wording.command_quiet,
            Self::Why => "",
        }
    }

    /// Whether it concerns one person alone, so that it is not answered in a group.
    pub(super) fn is_personal(self) -> bool {
        match self {
            Self::Privacy | Self::MyData | Self::Forget | Self::Quiet | Self::Why => true,
            Self::Start | Self::Help | Self::Topics | Self::Contact | Self::Urgent => false,
        }
    }
}
