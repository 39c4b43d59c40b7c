//! A file that only grows, for what must outlive a crash. What is appended is with the system at once, so
//! that the end of the program loses nothing, and on the disk within a second, so that a power cut loses
//! no more than that. Waiting for the disk is a thread's of its own: no run waits for it.
#![expect(clippy::disallowed_methods, reason = "files are touched here and nowhere else")]

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::files::sync_parent;

/// How long what is appended may wait for the next: half of the second that is promised, the other half
/// is for the disk.
const BATCH: Duration = Duration::from_millis(500);

/// A file that only grows.
#[derive(Debug)]
pub struct AppendFile {
    file: Arc<File>,
    syncer: Option<Syncer>,
}

/// The thread that waits for the disk.
#[derive(Debug)]
struct Syncer {
    /// Told once there is something to sync; holds one message, which stands for all.
    dirty: SyncSender<()>,
    /// Dropped to end the wait for more.
    closing: Sender<Infallible>,
    thread: JoinHandle<io::Result<()>>,
}

impl AppendFile {
    /// The file at `path` with its first `keep` bytes; with none it is made, or emptied.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn from_byte(path: &Path, keep: u64) -> io::Result<Self> {
        let mut file = File::options().write(true).create(true).truncate(false).open(path)?;
        file.set_len(keep)?;
        file.seek(SeekFrom::End(0))?;
        file.sync_all()?;
        sync_parent(path)?;
        let file = Arc::new(file);
        let syncer = Some(Syncer::start(Arc::clone(&file))?);
        Ok(Self { file, syncer })
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// If the system could not write something of it down.
    pub fn finish(mut self) -> io::Result<()> {
        self.syncer.take().map_or(Ok(()), Syncer::end)?;
        self.file.sync_all()
    }
}

impl Write for AppendFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A disk that failed once is not trusted again.
        if self.syncer.as_ref().is_some_and(|syncer| syncer.thread.is_finished()) {
            self.syncer.take().map_or(Ok(()), Syncer::end)?;
        }
        let Some(syncer) = &self.syncer else {
            return Err(io::Error::other("an earlier write did not reach the disk"));
        };
        let written = (&*self.file).write(bytes)?;
        // Full: it is told already.
        let _ = syncer.dirty.try_send(());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

impl Syncer {
    fn start(file: Arc<File>) -> io::Result<Self> {
        let (dirty, told) = sync_channel(1);
        let (closing, closed) = channel();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || sync_when_told(&file, &told, &closed))?;
        Ok(Self { dirty, closing, thread })
    }

    fn end(self) -> io::Result<()> {
        drop((self.dirty, self.closing));
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the journal's thread died")))
    }
}

fn sync_when_told(
    file: &File,
    told: &Receiver<()>,
    closed: &Receiver<Infallible>,
) -> io::Result<()> {
    while told.recv().is_ok() {
        match closed.recv_timeout(BATCH) {
            Ok(never) => match never {},
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => file.sync_data()?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays_and_the_rest_is_written_behind_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let mut file = AppendFile::from_byte(&path, 0).unwrap();
        file.write_all(b"one\ntwo\nthr").unwrap();
        file.finish().unwrap();
        let mut file = AppendFile::from_byte(&path, 8).unwrap();
        file.write_all(b"three\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\nthree\n", "before it is synced");
        drop(file);
        let file = AppendFile::from_byte(&path, 0).unwrap();
        file.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }
}
