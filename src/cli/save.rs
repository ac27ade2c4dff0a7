//! Writes a file whole or not at all: beside its place first, then into it.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// What a new text may take the place of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Over<'a> {
    #[cfg_attr(
        not(feature = "workshop"),
        allow(dead_code, reason = "only `export` writes over what it has not read")
    )]
    Anything,
    /// This and nothing else; none where there must be no file.
    Only(Option<&'a [u8]>),
}

/// Puts a text in the place of a file. A crash or a full disk leaves the old one as it was. The
/// file keeps its permissions, and a link stays one: what it leads to is written.
///
/// # Errors
/// When it cannot be written, or something else is there than the text may replace.
pub(super) fn save(path: &Path, text: impl AsRef<[u8]>, over: Over<'_>) -> anyhow::Result<()> {
    let text = text.as_ref();
    let failed = || format!("cannot write {}; nothing was changed in it", path.display());
    let target = behind_links(path);
    let old = fs::metadata(&target).ok();
    if old.as_ref().is_some_and(|it| !it.is_file()) {
        // A pipe or a terminal, such as /dev/stdout; of a folder the system says so.
        return fs::write(&target, text)
            .with_context(|| format!("cannot write {}", path.display()));
    }
    // A second run that waits here finds a changed file after it.
    let lock = old
        .as_ref()
        .map(|_| OpenOptions::new().write(true).open(&target));
    let lock = lock.transpose().with_context(failed)?;
    // Where the system knows no locks, the check below is what there is.
    let _ = lock.as_ref().map(File::lock);
    check(path, &target, over)?;
    let beside = beside(&target);
    let written =
        write_new(&beside, text, old.as_ref()).and_then(|()| fs::rename(&beside, &target));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.with_context(failed)?;
    // The new name outlives a power cut; some systems cannot open folders.
    let _ = folder_of(&target).and_then(|it| File::open(it)?.sync_all());
    Ok(())
}

fn check(path: &Path, target: &Path, over: Over<'_>) -> anyhow::Result<()> {
    let Over::Only(expected) = over else {
        return Ok(());
    };
    let found = match fs::read(target) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    if found.as_deref() != expected {
        bail!(
            "{} was changed meanwhile, so it was not written; run the command again",
            path.display()
        );
    }
    Ok(())
}

fn write_new(path: &Path, text: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    if let Some(old) = old {
        keep_owner(path, old);
        file.set_permissions(old.permissions())?;
    }
    file.write_all(text)?;
    file.sync_all()
}

/// As far as whoever runs this may: root's new file would be closed to the bot's user.
#[cfg(unix)]
fn keep_owner(path: &Path, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    let _ = chown(path, Some(old.uid()), Some(old.gid()))
        .or_else(|_| chown(path, None, Some(old.gid())));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &Metadata) {}

/// A hidden name of this process, which no command takes for content.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.new", std::process::id()))
}

fn folder_of(target: &Path) -> io::Result<PathBuf> {
    let folder = target.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).canonicalize()
}

/// Where a link leads in the end, also when nothing is there.
fn behind_links(path: &Path) -> PathBuf {
    /// As many as Linux follows; a longer chain is a circle, and opening it fails.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        let Ok(next) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in which `a.toml` holds `old`.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.toml");
        fs::write(&path, "old").unwrap();
        (dir, path)
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<String> = entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let (dir, path) = folder();
        save(&path, "new", Over::Anything).unwrap();
        save(&dir.path().join("b.toml"), "other", Over::Only(None)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(dir.path()), ["a.toml", "b.toml"]);
    }

    #[test]
    fn what_was_changed_meanwhile_stays() {
        let (dir, path) = folder();
        for expected in [Some(&b"older"[..]), None] {
            let error = save(&path, "new", Over::Only(expected)).unwrap_err();
            assert!(
                error.to_string().contains("a.toml was changed meanwhile"),
                "{error}"
            );
        }
        save(
            &dir.path().join("gone.toml"),
            "new",
            Over::Only(Some(b"old")),
        )
        .unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(dir.path()), ["a.toml"]);
        save(&path, "new", Over::Only(Some(b"old"))).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn of_two_that_read_the_same_one_writes() {
        let (_dir, path) = folder();
        let write = |text: &'static str| {
            let path = path.clone();
            std::thread::spawn(move || save(&path, text, Over::Only(Some(b"old"))).is_ok())
        };
        let done = [write("one"), write("two")].map(|it| it.join().unwrap());
        assert_eq!(done.iter().filter(|it| **it).count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (dir, path) = folder();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let (link, dangling) = (dir.path().join("link.toml"), dir.path().join("new.toml"));
        symlink("a.toml", &link).unwrap();
        symlink("b.toml", &dangling).unwrap();
        save(&link, "new", Over::Only(Some(b"old"))).unwrap();
        save(&dangling, "first", Over::Only(None)).unwrap();
        assert!(link.is_symlink() && dangling.is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(
            fs::read_to_string(dir.path().join("b.toml")).unwrap(),
            "first"
        );
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[test]
    fn what_cannot_be_written_names_the_file() {
        let (dir, path) = folder();
        for path in [
            dir.path().join("no/a.toml"),
            path.join("b.toml"),
            dir.path().to_owned(),
        ] {
            let error = save(&path, "new", Over::Anything).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("cannot write {}", path.display()))
            );
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }
}
