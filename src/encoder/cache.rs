//! Vectors of the content's texts on disk, so that a reload encodes only what has changed.
//!
//! A vector is found by the hash of its text; no text stands in the file. It holds only texts of the
//! content, never a person's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use sha2::{Digest, Sha256};

use super::{DIM, Encoder, Fingerprint};

/// The file of one data folder.
pub struct Cache {
    path: PathBuf,
}

/// The first half of a text's SHA-256.
type Key = [u8; 16];

const MAGIC: &[u8; 8] = b"ASKWVEC1";
const ROW: usize = size_of::<Key>() + 4 * DIM;
const SUM: usize = 32;

/// Vectors of other contents and older states are kept up to this many in all, which is 31 MB.
const MOST_ROWS: usize = 20_000;

/// About the texts that take a second.
const WORTH_A_LINE: usize = 300;

impl Cache {
    /// The cache in the encoder's folder; nothing is read yet.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("vectors.bin"),
        }
    }

    /// The vectors of the texts in order: from the file where they are known, else encoded and then
    /// written.
    ///
    /// A file that is damaged or of another model counts as none. A file that cannot be written is
    /// logged: it only costs time at the next start.
    #[must_use]
    pub fn vectors(&self, encoder: &Encoder, texts: &[&str]) -> Vec<Vec<f32>> {
        let bytes = fs::read(&self.path).unwrap_or_default();
        let stored = rows(&bytes, encoder.fingerprint()).unwrap_or_default();
        let mut known: HashMap<Key, Vec<f32>> = HashMap::default();
        let mut older = Vec::new();
        let wanted: Vec<Key> = texts.iter().map(|text| key(text)).collect();
        let is_wanted: HashSet<Key> = wanted.iter().copied().collect();
        for (key, vector) in stored {
            if is_wanted.contains(&key) {
                known.insert(key, vector);
            } else {
                older.push((key, vector));
            }
        }
        let mut missing: Vec<(Key, &str)> = wanted
            .iter()
            .copied()
            .zip(texts.iter().copied())
            .filter(|(key, _)| !known.contains_key(key))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            if missing.len() >= WORTH_A_LINE {
                tracing::info!("encoding {} texts of the content", missing.len());
            }
            let texts: Vec<&str> = missing.iter().map(|it| it.1).collect();
            let vectors = encoder.encode_all(&texts);
            known.extend(missing.iter().map(|it| it.0).zip(vectors));
            self.write(encoder.fingerprint(), &known, &older);
        }
        wanted.iter().map(|key| known[key].clone()).collect()
    }

    fn write(
        &self,
        model: &Fingerprint,
        known: &HashMap<Key, Vec<f32>>,
        older: &[(Key, Vec<f32>)],
    ) {
        let older = older.iter().map(|(key, vector)| (key, vector));
        let mut bytes = Vec::with_capacity(MAGIC.len() + model.len() + known.len() * ROW + SUM);
        bytes.extend(MAGIC);
        bytes.extend(model);
        for (key, vector) in known.iter().chain(older).take(MOST_ROWS.max(known.len())) {
            bytes.extend(key);
            bytes.extend(vector.iter().flat_map(|it| it.to_le_bytes()));
        }
        bytes.extend(Sha256::digest(&bytes));
        if let Err(error) = replace(&self.path, &bytes) {
            tracing::warn!(%error, path = %self.path.display(), "the vectors of the content were not kept; the next start encodes them again");
        }
    }
}

/// The rows of a file, if it is whole and of this model.
fn rows(bytes: &[u8], model: &Fingerprint) -> Option<Vec<(Key, Vec<f32>)>> {
    let (body, sum) = bytes.split_last_chunk::<SUM>()?;
    let rows = body.strip_prefix(MAGIC)?.strip_prefix(model)?;
    if sum[..] != Sha256::digest(body)[..] || rows.len() % ROW != 0 {
        return None;
    }
    let number = |it: &[u8; 4]| f32::from_le_bytes(*it);
    let row = |row: &[u8]| {
        let (key, vector) = row.split_first_chunk()?;
        Some((*key, vector.as_chunks().0.iter().map(number).collect()))
    };
    rows.chunks_exact(ROW).map(row).collect()
}

/// Writes beside the file and renames, so that a crash leaves the old one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&new, bytes)?;
    fs::rename(&new, path).inspect_err(|_| {
        let _ = fs::remove_file(&new);
    })
}

fn key(text: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&Sha256::digest(text.as_bytes())[..size_of::<Key>()]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: Fingerprint = [7; 32];

    /// The bytes of a cache with one row.
    fn one_row(folder: &Path) -> Vec<u8> {
        let cache = Cache::in_folder(folder);
        let known = HashMap::from_iter([(key("is it private"), vec![0.25; DIM])]);
        cache.write(&MODEL, &known, &[]);
        fs::read(&cache.path).unwrap()
    }

    #[test]
    fn what_was_written_is_read_and_holds_no_text() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = one_row(folder.path());
        let read = rows(&bytes, &MODEL).unwrap();
        assert_eq!(read, [(key("is it private"), vec![0.25; DIM])]);
        assert!(!bytes.windows(7).any(|it| it == b"private"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = one_row(folder.path());
        for at in [0, 9, 60, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(rows(&damaged, &MODEL), None, "byte {at}");
        }
        assert_eq!(rows(&bytes[..bytes.len() - 1], &MODEL), None);
        assert_eq!(rows(&[], &MODEL), None);
    }

    #[test]
    fn another_models_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(rows(&one_row(folder.path()), &[8; 32]), None);
    }

    #[test]
    fn older_rows_stay_while_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::in_folder(folder.path());
        let known = HashMap::from_iter([(key("new"), vec![1.0; DIM])]);
        cache.write(&MODEL, &known, &[(key("old"), vec![0.5; DIM])]);
        let read = rows(&fs::read(&cache.path).unwrap(), &MODEL).unwrap();
        assert_eq!(read.len(), 2);
    }
}
