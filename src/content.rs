//! A content folder, read whole: the knowledge base and the settings of `bot.toml`, or
//! every problem that was found.

use crate::conversation::Profile;
use crate::knowledge::KnowledgeBase;
use crate::matching;

/// Everything one content folder says, checked.
#[derive(Debug, Clone, Default)]
pub struct Content {
    pub knowledge: KnowledgeBase,
    pub profile: Profile,
    pub matching: matching::Settings,
}
