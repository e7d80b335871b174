//! Who may work on the repository: our own lock, and the locks that a killed git left behind.
//!
//! git's lock files carry no owner. One is stale only if no git runs on the repository, which Linux can
//! tell from /proc; elsewhere such a file is never removed, and the error says what to do.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::Layout;
use crate::ports::RepositoryError;

/// The lock of the only runner. If this process dies, the system frees it.
#[derive(Debug)]
pub(super) struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing the file is not enough while a child that was just forked shares it.
        let _ = self.0.unlock();
    }
}

/// Takes the lock of the only runner.
pub(super) fn take(path: &Path) -> Result<Held, RepositoryError> {
    let io = |error| RepositoryError::Io { doing: "lock", path: path.to_owned(), error };
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Only for the message: an unreadable file still names the lock.
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "somebody".to_owned(),
                pid => format!("process {pid}"),
            };
            return Err(RepositoryError::Locked { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(io)?;
    Ok(Held(file))
}

/// Removes git's locks that no process can still hold, and returns them.
pub(super) fn clear_stale(layout: &Layout) -> Result<Vec<PathBuf>, RepositoryError> {
    let mut cleared = Vec::new();
    for lock in found(layout) {
        let Some(before) = identity(&lock) else { continue };
        if git_at_work(&lock, layout) {
            continue;
        }
        // A lock that was released and taken again in between belongs to somebody who came later.
        if identity(&lock) != Some(before) {
            continue;
        }
        match fs::remove_file(&lock) {
            Ok(()) => cleared.push(lock),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(RepositoryError::Io { doing: "remove", path: lock, error });
            }
        }
    }
    Ok(cleared)
}

/// The lock of git that stands in our way, if one does.
pub(super) fn in_the_way(layout: &Layout) -> Option<PathBuf> {
    found(layout).into_iter().next()
}

/// The lock files that a commit can run into.
fn found(layout: &Layout) -> Vec<PathBuf> {
    let mut locks: Vec<PathBuf> = [
        layout.git_dir.join("index.lock"),
        layout.git_dir.join("HEAD.lock"),
        layout.common_dir.join("packed-refs.lock"),
    ]
    .into_iter()
    .filter(|path| path.exists())
    .collect();
    collect_locks(&layout.common_dir.join("refs"), &mut locks);
    locks
}

fn collect_locks(folder: &Path, locks: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect_locks(&path, locks);
        } else if path.extension().is_some_and(|extension| extension == "lock") {
            locks.push(path);
        }
    }
}

/// Tells whether a lock file is still the same one.
fn identity(path: &Path) -> Option<(Option<std::time::SystemTime>, u64)> {
    let meta = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&meta);
    #[cfg(not(unix))]
    let number = meta.len();
    Some((meta.modified().ok(), number))
}

/// Whether a process may still hold `lock`. In doubt, yes.
#[cfg(target_os = "linux")]
fn git_at_work(lock: &Path, layout: &Layout) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else { return true };
    processes
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok()))
        .any(|process| holds_open(&process.path(), lock) || is_git_on(&process.path(), layout))
}

#[cfg(not(target_os = "linux"))]
fn git_at_work(_lock: &Path, _layout: &Layout) -> bool {
    true
}

/// Whether a process, git or not, has the lock file open.
#[cfg(target_os = "linux")]
fn holds_open(process: &Path, lock: &Path) -> bool {
    // Another user's files can't be seen; git programs among them are caught by name.
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|target| target == lock))
}

/// Whether a process is a git program that works on this repository.
#[cfg(target_os = "linux")]
fn is_git_on(process: &Path, layout: &Layout) -> bool {
    // A process that ended meanwhile has no name.
    if !fs::read(process.join("comm")).is_ok_and(|name| name.starts_with(b"git")) {
        return false;
    }
    let places = [&layout.top, &layout.git_dir, &layout.common_dir];
    match fs::read_link(process.join("cwd")) {
        Ok(folder) if places.iter().any(|place| folder.starts_with(place)) => return true,
        // Somebody else's git: it could be on anything.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return true,
        _ => {}
    }
    // Started elsewhere with `--git-dir`, `--work-tree` or GIT_DIR.
    ["cmdline", "environ"].iter().any(|file| {
        let text = fs::read(process.join(file)).unwrap_or_default();
        places.iter().any(|place| {
            memchr::memmem::find(&text, place.as_os_str().as_encoded_bytes()).is_some()
        })
    })
}
