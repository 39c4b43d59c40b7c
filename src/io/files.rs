//! Reading text with limits, writing so that a crash leaves the old file or the new one.
#![expect(clippy::disallowed_methods, reason = "files are touched here and nowhere else")]

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use super::codes::Code;
use super::diagnostics::{Diagnostic, Source};

/// Largest scenario or task definition file, bytes.
pub const SCENARIO_LIMIT: u64 = 64 << 20;

/// Largest CSV file, bytes.
pub const CSV_LIMIT: u64 = 256 << 20;

/// Largest journal or part of a sweep, bytes: some ten million runs.
pub const JOURNAL_LIMIT: u64 = 4 << 30;

/// What can go wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum IoError {
    /// It does not exist.
    #[error("cannot open \"{}\": no such file", path.display())]
    Missing {
        /// As typed.
        path: PathBuf,
        /// Names in the same directory that are close to it.
        near: Vec<String>,
    },
    /// It is a directory.
    #[error("cannot read \"{}\": it is a directory", .0.display())]
    Directory(PathBuf),
    /// The system refuses.
    #[error("cannot read \"{}\": {source}", path.display())]
    Unreadable {
        /// As typed.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is over the limit.
    #[error("\"{}\" is over the limit of {limit} bytes", path.display())]
    TooLarge {
        /// As typed.
        path: PathBuf,
        /// Bytes.
        limit: u64,
    },
    /// It is not UTF-8.
    #[error("\"{}\" is not UTF-8 text: invalid at byte {offset}", path.display())]
    NotUtf8 {
        /// As typed.
        path: PathBuf,
        /// Offset of the first wrong byte.
        offset: usize,
        /// Whether it starts as UTF-16 does.
        utf16: bool,
    },
    /// A result cannot be written.
    #[error("cannot write \"{}\": {source}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another process works there.
    #[error("another process{} holds \"{}\"", number(*by), path.display())]
    Locked {
        /// The file that it holds.
        path: PathBuf,
        /// Its number, if the file tells.
        by: Option<u32>,
    },
}

fn number(by: Option<u32>) -> String {
    by.map_or_else(String::new, |by| format!(" ({by})"))
}

impl IoError {
    /// The code of the diagnostic.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Missing { .. } => Code::FileMissing,
            Self::Directory(_) | Self::Unreadable { .. } => Code::FileUnreadable,
            Self::TooLarge { .. } => Code::FileTooLarge,
            Self::NotUtf8 { .. } => Code::NotUtf8,
            Self::Write { .. } => Code::CannotWrite,
            Self::Locked { .. } => Code::Locked,
        }
    }

    /// The program's exit code: 2 for an input that cannot be used, 3 for a result that cannot be
    /// written, now or at all.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Write { .. } | Self::Locked { .. } => 3,
            Self::Missing { .. }
            | Self::Directory(_)
            | Self::Unreadable { .. }
            | Self::TooLarge { .. }
            | Self::NotUtf8 { .. } => 2,
        }
    }

    /// The error in the form in which bad input is shown.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(self.code(), self.to_string());
        match self.advice() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    fn advice(&self) -> Option<String> {
        match self {
            Self::Missing { near, .. } if near.is_empty() => None,
            Self::Missing { near, .. } => Some(format!("that directory has {}", near.join(", "))),
            Self::Directory(_) => Some("name a file in it".to_owned()),
            Self::TooLarge { limit: JOURNAL_LIMIT, .. } => Some(
                "journals, parts and results of a sweep are read up to 4 GiB: divide the sweep, \
                 with fewer points or --shard I/N"
                    .to_owned(),
            ),
            Self::TooLarge { .. } => {
                Some("the limits are 64 MiB for a scenario and 256 MiB for a CSV file".to_owned())
            }
            Self::NotUtf8 { utf16: true, .. } => {
                Some("it looks like UTF-16: save it as UTF-8".to_owned())
            }
            Self::NotUtf8 { .. } => {
                Some("save it as UTF-8, or check that it is the file you mean".to_owned())
            }
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("the disk is full: make room, or write elsewhere".to_owned())
            }
            Self::Write { .. } => {
                Some("check that the directory exists and is writable".to_owned())
            }
            Self::Locked { .. } => {
                Some("wait until it has ended, or write into another directory".to_owned())
            }
            Self::Unreadable { .. } => None,
        }
    }
}

/// The text of a file of at most `limit` bytes, with the path as typed for its name.
///
/// # Errors
/// If the file is missing, a directory, unreadable, over the limit or not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<Source, IoError> {
    match String::from_utf8(read_bytes(path, limit)?) {
        Ok(text) => Ok(Source { name: path.display().to_string(), text }),
        Err(error) => Err(IoError::NotUtf8 {
            path: path.to_owned(),
            offset: error.utf8_error().valid_up_to(),
            utf16: matches!(error.as_bytes(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]),
        }),
    }
}

/// The content of a file of at most `limit` bytes.
///
/// # Errors
/// If the file is missing, a directory, unreadable or over the limit.
pub fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, IoError> {
    let unreadable = |source| IoError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            IoError::Missing { path: path.to_owned(), near: near_names(path) }
        } else {
            unreadable(error)
        }
    })?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(IoError::Directory(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(IoError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// The files in `directory`, by name; none if there is no such directory.
///
/// # Errors
/// If the directory cannot be read.
pub fn files_in(directory: &Path) -> Result<Vec<PathBuf>, IoError> {
    let unreadable = |source| IoError::Unreadable { path: directory.to_owned(), source };
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(unreadable)?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

/// Up to three names beside `path` that resemble its last part, nearest first.
fn near_names(path: &Path) -> Vec<String> {
    let Some(wanted) = path.file_name().map(OsStr::to_string_lossy) else {
        return Vec::new();
    };
    let Ok(entries) = std::fs::read_dir(directory_of(path)) else {
        return Vec::new();
    };
    let mut near: Vec<(f64, String)> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .map(|name| (strsim::jaro_winkler(&wanted, &name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.into_iter().take(3).map(|(_, name)| format!("\"{name}\"")).collect()
}

/// The directory in which `path` lies.
fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes `bytes` to `path`: whatever happens, the old content or the new is there afterwards, never
/// a part. A device (`/dev/stdout`) is written to directly.
///
/// # Errors
/// If the system refuses; nothing is left behind.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    write_atomic_with(path, |out| out.write_all(bytes))
}

/// The same of what `content` writes, which need not be in memory as a whole.
///
/// # Errors
/// If the system refuses, or `content` does; nothing is left behind.
pub fn write_atomic_with(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), IoError> {
    let special = path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir());
    let written = if special { write_device(path, content) } else { replace_file(path, content) };
    written.map_err(|source| IoError::Write { path: path.to_owned(), source })
}

fn write_device(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(File::options().write(true).open(path)?);
    content(&mut out)?;
    out.flush()
}

fn replace_file(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let directory = directory_of(path);
    let mut file = temporary_file(directory)?;
    let mut out = io::BufWriter::new(&mut file);
    content(&mut out)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_directory(directory)
}

#[cfg(unix)]
fn temporary_file(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    // As any new file: the umask takes away what it takes away.
    let permissions = std::fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(".taskyard").permissions(permissions).tempfile_in(directory)
}

#[cfg(not(unix))]
fn temporary_file(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".taskyard").tempfile_in(directory)
}

/// Makes the name of a new file durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    sync_directory(directory_of(path))
}

/// Makes a rename durable. Other systems have no such call.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// Creates `directory` and its parents and makes sure that files can be written into it: to be called
/// before a run, so that a long one does not fail at its end.
///
/// # Errors
/// If it cannot be created or written to.
pub fn prepare_out_dir(directory: &Path) -> Result<(), IoError> {
    std::fs::create_dir_all(directory)
        .and_then(|()| temporary_file(directory).map(drop))
        .map_err(|source| IoError::Write { path: directory.to_owned(), source })
}

/// Makes sure that `bytes` more can be written into `directory`: they are, and are taken away again.
/// To be called before a long run.
///
/// # Errors
/// If there is no room for them.
pub fn ensure_room(directory: &Path, bytes: u64) -> Result<(), IoError> {
    static BLOCK: [u8; 1 << 16] = [0; 1 << 16];
    let fill = || {
        let mut file = temporary_file(directory)?;
        let mut left = bytes;
        while left > 0 {
            let length = left.min(BLOCK.len() as u64);
            file.write_all(&BLOCK[..usize::try_from(length).unwrap_or(BLOCK.len())])?;
            left -= length;
        }
        file.as_file().sync_all()
    };
    fill().map_err(|source| IoError::Write { path: directory.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_tried_and_given_back() {
        let directory = tempfile::tempdir().unwrap();
        ensure_room(directory.path(), 200_000).unwrap();
        assert!(files_in(directory.path()).unwrap().is_empty());
        let missing = directory.path().join("missing");
        assert_eq!(ensure_room(&missing, 1).unwrap_err().exit_code(), 3);
        assert!(files_in(&missing).unwrap().is_empty());
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let nested = directory.path().join("a/b");
        prepare_out_dir(&nested).unwrap();
        let path = nested.join("out.txt");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(read_text(&path, 3).unwrap().text, "two");
        assert!(matches!(read_text(&path, 2), Err(IoError::TooLarge { .. })));
        let names: Vec<_> = std::fs::read_dir(&nested).unwrap().flatten().collect();
        assert_eq!(names.len(), 1, "no temporary file is left");
    }

    #[test]
    fn a_missing_file_names_its_neighbours() {
        let directory = tempfile::tempdir().unwrap();
        write_atomic(&directory.path().join("thirty.toml"), b"x").unwrap();
        let error = read_text(&directory.path().join("thirt.toml"), 9).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert_eq!(error.diagnostic().help.unwrap(), "that directory has \"thirty.toml\"");
        let error = read_text(directory.path(), 9).unwrap_err();
        assert!(matches!(error, IoError::Directory(_)), "{error}");
    }

    #[test]
    fn bytes_that_are_not_text_are_located() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("utf16.toml");
        write_atomic(&path, &[0xFF, 0xFE, b'a', 0]).unwrap();
        let error = read_text(&path, 9).unwrap_err();
        assert!(matches!(error, IoError::NotUtf8 { offset: 0, utf16: true, .. }), "{error}");
    }

    #[test]
    fn a_result_that_cannot_be_written_is_not_bad_input() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        write_atomic(&file, b"x").unwrap();
        assert_eq!(prepare_out_dir(&file.join("sub")).unwrap_err().exit_code(), 3);
        assert_eq!(write_atomic(&file.join("sub"), b"x").unwrap_err().exit_code(), 3);
    }
}
