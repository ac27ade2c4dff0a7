//! Deep links: `https://t.me/BOT?start=ID` opens the bot with that entry. Their QR codes go
//! onto a leaflet or a door.

use std::fmt;
use std::str::FromStr;

use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};

use crate::knowledge::Entry;

/// The bot's name in Telegram, without the `@`: 5 to 32 letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotName(String);

/// The link of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: String,
    pub title: String,
    pub url: String,
}

/// White space around a code, in its own dots; readers ask for 4 (ISO/IEC 18004).
const QUIET: usize = 4;

/// Pixels of a dot in the PNG, so that a code of 33 dots prints 3 cm wide at 300 dpi.
const DOT: usize = 8;

impl FromStr for BotName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text
            .trim()
            .trim_start_matches("https://t.me/")
            .trim_start_matches('@');
        let fits = (5..=32).contains(&name.len())
            && name
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || it == '_');
        if fits {
            Ok(Self(name.to_owned()))
        } else {
            Err("a bot's name has 5 to 32 letters, digits and underscores, such as mill_practice_bot; @BotFather lists it".to_owned())
        }
    }
}

impl fmt::Display for BotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Link {
    pub(super) fn new(entry: &Entry, bot: &BotName) -> Self {
        Self {
            id: entry.id.to_string(),
            title: entry.title.clone(),
            url: format!("https://t.me/{bot}?start={}", entry.id),
        }
    }

    fn code(&self) -> QrCode {
        // Medium: readable with a seventh of it dirty or scratched.
        QrCode::with_error_correction_level(&self.url, EcLevel::M)
            .expect("a name and an id are far shorter than a code can hold")
    }

    /// The QR code as SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        self.code()
            .render::<svg::Color<'_>>()
            .min_dimensions(256, 256)
            .build()
    }

    /// The QR code as PNG, black on white.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        let code = self.code();
        let dots = code.to_colors();
        let n = code.width() + 2 * QUIET;
        let is_dark = |x: usize, y: usize| {
            let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < code.width());
            matches!((inside(x), inside(y)), (Some(x), Some(y)) if dots[y * code.width() + x] == Color::Dark)
        };
        let size = n * DOT;
        let pixels: Vec<u8> = (0..size * size)
            .map(|at| {
                if is_dark(at % size / DOT, at / size / DOT) {
                    0
                } else {
                    255
                }
            })
            .collect();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, size as u32, size as u32);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder
            .write_header()
            .expect("a picture in memory can be begun");
        writer
            .write_image_data(&pixels)
            .expect("as many pixels as the size says");
        writer.finish().expect("a picture in memory can be ended");
        bytes
    }
}
