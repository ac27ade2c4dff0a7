//! The installed encoder, ready to be joined to an assistant.

use std::sync::Arc;

use super::{Cache, Encoder, EncoderError, installed};
use crate::config;
use crate::conversation::Assistant;
use crate::matching::SecondTier;

/// An encoder with the cache of its vectors.
pub struct Equipment {
    encoder: Arc<Encoder>,
    cache: Cache,
}

/// With more texts than this the encoder stays out: the first start would take minutes. On two cores
/// this many take about one.
const MOST_TEXTS: usize = 20_000;

impl Equipment {
    /// The installed encoder, if there is one.
    ///
    /// # Errors
    /// When its files are damaged.
    pub fn open() -> Result<Option<Self>, EncoderError> {
        // Without a data folder there can be no model in it.
        let Ok(data) = config::data_folder() else {
            return Ok(None);
        };
        let encoder_dir = super::folder_in(&data);
        let Some(installed) = installed(&encoder_dir) else {
            return Ok(None);
        };
        Ok(Some(Self {
            encoder: Arc::new(Encoder::load(&installed.folder)?),
            cache: Cache::in_folder(&encoder_dir),
        }))
    }

    /// Gives an assistant this encoder; texts whose vectors are not in the cache are encoded.
    #[must_use]
    pub fn equip(&self, assistant: Assistant) -> Assistant {
        let texts = SecondTier::texts(assistant.knowledge(), assistant.matcher().settings());
        if texts.len() > MOST_TEXTS {
            tracing::warn!(
                "the encoder is not used: the content has {} texts, and more than {MOST_TEXTS} would take too long",
                texts.len()
            );
            return assistant;
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let rows = self.cache.vectors(&self.encoder, &texts);
        let encoder = Arc::clone(&self.encoder);
        let second_tier = SecondTier::new(assistant.knowledge(), encoder, &rows);
        assistant.with_second_tier(second_tier)
    }
}
