//! Where words go: data to stdout, notes to stderr. A reader who has seen enough is no failure.

use std::io::{self, ErrorKind, Write};

use crate::io::{Diagnostic, IoError, Style, render};

use super::failure::Failure;

/// The two streams.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console;

impl Console {
    /// Data, exactly as it is.
    pub(super) fn data(self, bytes: &[u8]) -> Result<(), Failure> {
        write_all(&mut io::stdout().lock(), bytes)
    }

    /// A page for a person; colours only where they are wanted.
    pub(super) fn page(self, text: &str) -> Result<(), Failure> {
        write_all(&mut anstream::stdout().lock(), text.as_bytes())
    }

    /// Warnings about an input.
    pub(super) fn warnings(self, warnings: &[Diagnostic]) {
        if !warnings.is_empty() {
            self.note(&render(warnings, Style::Coloured));
        }
    }

    /// A note or an error.
    pub(super) fn note(self, text: &str) {
        let mut stderr = anstream::stderr().lock();
        // Where stderr is closed nobody can be told.
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

fn write_all(stream: &mut impl Write, bytes: &[u8]) -> Result<(), Failure> {
    match stream.write_all(bytes).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Io(IoError::Write { path: "standard output".into(), source: error }))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
