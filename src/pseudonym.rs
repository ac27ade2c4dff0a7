//! Keyed hashes in place of ids, wherever it is enough to know that two are the same.
//!
//! The key is in a file of its own, apart from the data: who has the data alone cannot try
//! out ids until one fits.

use std::fmt;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac};
use sha2::Sha256;

const KEY_BYTES: usize = 32;

/// 32 random bytes. `Debug` does not print them.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

/// What stands for an id. The same under the same key, and no way back without it.
/// Shown as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym(u64);

/// Why a file cannot serve as the key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot use the key file {path}; ASKWELL_KEY_FILE can name another one")]
    File { path: PathBuf, source: io::Error },
    #[error(
        "the key file {path} is inside {folder}; whoever copies that folder must not get the key too, \
         so let ASKWELL_KEY_FILE name a place apart"
    )]
    Inside { path: PathBuf, folder: PathBuf },
    #[error("others can read the key file {path}; use chmod 600 {path}")]
    Readable { path: PathBuf },
    #[error(
        "{path} is no key: it does not hold {KEY_BYTES} bytes; remove it, and a new one is made"
    )]
    Length { path: PathBuf },
    #[error("the system gives no random bytes for a new key: {0}")]
    Random(getrandom::Error),
}

impl Key {
    /// Reads the key of a file, or makes it there with mode 0600 if there is none.
    ///
    /// # Errors
    /// When the file is inside one of the folders it has to be apart from, when others than
    /// its owner can read it, and when it is no key.
    pub fn open(path: &Path, apart_from: &[&Path]) -> Result<Self, KeyError> {
        if let Some(key) = Self::look(path, apart_from)? {
            return Ok(key);
        }
        let failed = |source| KeyError::File {
            path: path.to_owned(),
            source,
        };
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(KeyError::Random)?;
        write_new(path, &bytes).map_err(failed)?;
        // Another process may have been faster, and then its key is the one.
        Self::read(path)
    }

    /// The same, but makes no new key: none where there is no file yet.
    ///
    /// # Errors
    /// As [`Key::open`].
    pub fn look(path: &Path, apart_from: &[&Path]) -> Result<Option<Self>, KeyError> {
        if let Some(folder) = apart_from.iter().find(|folder| is_inside(path, folder)) {
            return Err(KeyError::Inside {
                path: path.to_owned(),
                folder: (*folder).to_owned(),
            });
        }
        match Self::read(path) {
            Err(KeyError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    fn read(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File {
            path: path.to_owned(),
            source,
        };
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Readable {
                path: path.to_owned(),
            });
        }
        let bytes = fs::read(path).map_err(failed)?;
        let key = bytes.try_into().map_err(|_| KeyError::Length {
            path: path.to_owned(),
        })?;
        Ok(Self(key))
    }

    /// What stands for a chat: HMAC-SHA-256, the first 8 bytes.
    #[must_use]
    pub fn of_chat(&self, chat: i64) -> Pseudonym {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length will do");
        mac.update(b"chat");
        mac.update(&chat.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let first = digest.first_chunk().expect("a digest has 32 bytes");
        Pseudonym(u64::from_be_bytes(*first))
    }
}

/// Whether a file that need not be there yet would be in a folder, symbolic links followed.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else {
        return std::path::absolute(path)
            .is_ok_and(|path| std::path::absolute(folder).is_ok_and(|it| path.starts_with(it)));
    };
    let Ok(path) = std::path::absolute(path) else {
        return true;
    };
    path.ancestors()
        .find_map(|it| it.canonicalize().ok())
        .is_none_or(|nearest| nearest.starts_with(folder))
}

/// Writes a file whole or not at all, and leaves one that is there.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    // Whatever the umask left of the mode.
    let written = file
        .set_permissions(Permissions::from_mode(0o600))
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync_all())
        .and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        });
    fs::remove_file(&draft)?;
    written
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<Pseudonym> for i64 {
    /// The same bits, for databases without unsigned numbers.
    fn from(pseudonym: Pseudonym) -> Self {
        pseudonym.0.cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opens a key file of this name in a folder that holds the folder `data`.
    fn open(home: &Path, name: &str) -> Result<Key, KeyError> {
        fs::create_dir_all(home.join("data")).unwrap();
        Key::open(&home.join(name), &[&home.join("data")])
    }

    #[track_caller]
    fn check_refused(opened: Result<Key, KeyError>, expected: &str) {
        let error = opened.map(drop).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let first = open(home.path(), "state/askwell/key").unwrap();
        let path = home.path().join("state/askwell/key");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let second = open(home.path(), "state/askwell/key").unwrap();
        assert_eq!(first.of_chat(5), second.of_chat(5));
        let other = open(home.path(), "other").unwrap();
        assert_ne!(first.of_chat(5), other.of_chat(5));
        assert_ne!(first.of_chat(5), first.of_chat(-5));
        assert_eq!(format!("{first:?}"), "***");
    }

    #[test]
    fn a_key_beside_the_data_is_refused() {
        let home = tempfile::tempdir().unwrap();
        check_refused(open(home.path(), "data/key"), "is inside");
        check_refused(open(home.path(), "data/deeper/key"), "is inside");
        std::os::unix::fs::symlink(home.path().join("data"), home.path().join("link")).unwrap();
        check_refused(open(home.path(), "link/key"), "is inside");
        assert!(!home.path().join("data/key").exists());
        let missing = home.path().join("missing");
        check_refused(Key::open(&missing.join("key"), &[&missing]), "is inside");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("key");
        open(home.path(), "key").unwrap();
        for mode in [0o640, 0o604, 0o666] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            check_refused(open(home.path(), "key"), "chmod 600");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        open(home.path(), "key").unwrap();
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let home = tempfile::tempdir().unwrap();
        write_new(&home.path().join("key"), b"short").unwrap();
        check_refused(open(home.path(), "key"), "is no key");
        fs::create_dir(home.path().join("folder")).unwrap();
        fs::set_permissions(home.path().join("folder"), Permissions::from_mode(0o700)).unwrap();
        check_refused(open(home.path(), "folder"), "cannot use the key file");
    }

    #[test]
    fn a_pseudonym_is_the_hash_that_others_get() {
        // HMAC-SHA-256 of "chat" and 8 zero bytes under a key of zeros, by Python's `hmac`.
        let key = Key([0; KEY_BYTES]);
        assert_eq!(key.of_chat(0).to_string(), "12f6e09cf0cb04e8");
    }
}
