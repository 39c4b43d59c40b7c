//! One process at a time in a directory: a file that holds the number of the process that works there,
//! and which the system keeps locked for as long as that process lives.
#![expect(clippy::disallowed_methods, reason = "files are touched here and nowhere else")]

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::files::IoError;

/// Times that a lock is tried whose file goes away under it.
const ATTEMPTS: u32 = 20;

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    /// Open while it is held: the system's lock is on this handle.
    _file: File,
    left_by: Option<u32>,
}

impl LockFile {
    /// Takes the lock at `path`. The file of a process that died without a word is taken over: the system
    /// has released what that process held.
    ///
    /// # Errors
    /// [`IoError::Locked`] if a living process holds it; otherwise if the system refuses.
    pub fn take(path: &Path) -> Result<Self, IoError> {
        let refused = |source| IoError::Write { path: path.to_owned(), source };
        for _ in 0..ATTEMPTS {
            let mut file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(refused)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(IoError::Locked { path: path.to_owned(), by: holder(&mut file) });
                }
                // A file system without locks: the number of the process is all there is.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    if let Some(by) = holder(&mut file).filter(|by| lives(*by)) {
                        return Err(IoError::Locked { path: path.to_owned(), by: Some(by) });
                    }
                }
                Err(TryLockError::Error(error)) => return Err(refused(error)),
            }
            let left_by = holder(&mut file);
            let own = format!("{}\n", std::process::id());
            write_own(&mut file, &own).map_err(refused)?;
            // Who held it before may have removed the file between opening and locking: then this handle
            // locks what nobody will find.
            if std::fs::read(path).is_ok_and(|found| found == own.as_bytes()) {
                return Ok(Self { path: path.to_owned(), _file: file, left_by });
            }
        }
        Err(IoError::Locked { path: path.to_owned(), by: None })
    }

    /// The process that held the lock and died, if the file tells of one.
    #[must_use]
    pub const fn left_by(&self) -> Option<u32> {
        self.left_by
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Where it cannot be removed it is taken over next time.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The process that the file names.
fn holder(file: &mut File) -> Option<u32> {
    file.seek(SeekFrom::Start(0)).ok()?;
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Whether another process of this number lives on this machine, where the system tells (Linux). In
/// containers every process has the number of the one before it, which is no sign of life.
fn lives(process: u32) -> bool {
    process != std::process::id()
        && cfg!(target_os = "linux")
        && Path::new("/proc").join(process.to_string()).exists()
}

fn write_own(file: &mut File, own: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(own.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once_and_free_afterwards() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let first = LockFile::take(&path).unwrap();
        assert_eq!(first.left_by(), None);
        let own = std::process::id();
        let second = LockFile::take(&path).unwrap_err();
        assert!(matches!(second, IoError::Locked { by: Some(by), .. } if by == own), "{second}");
        assert_eq!(second.exit_code(), 3);
        drop(first);
        assert!(!path.exists(), "nothing is left behind");
        assert_eq!(LockFile::take(&path).unwrap().left_by(), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn without_locks_a_process_that_lives_is_known_by_its_number() {
        assert!(lives(1), "the first process");
        assert!(!lives(std::process::id()), "its own number is that of one before it");
        assert!(!lives(u32::MAX), "no process");
    }

    #[test]
    fn what_a_dead_process_left_is_taken_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        for (left, expected) in [("4242\n", Some(4242)), ("", None), ("nonsense", None)] {
            std::fs::write(&path, left).unwrap();
            let lock = LockFile::take(&path).unwrap();
            assert_eq!(lock.left_by(), expected, "{left:?}");
            let own = format!("{}\n", std::process::id());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), own);
        }
    }
}
