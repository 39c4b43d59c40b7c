//! How far a sweep is: a line on stderr where that is a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

use crate::io::IoError;
use crate::sweep::{RunResult, Sink};

const LINE: &str = "{bar:40} {human_pos}/{human_len} runs, {eta} left{msg}";

/// The line.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    failed: u64,
}

impl Progress {
    /// Nothing done yet. Where stderr is no terminal nothing is drawn.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template(LINE) {
            bar.set_style(style);
        }
        Self { bar, failed: 0 }
    }

    /// Takes the line away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Sink for Progress {
    fn expect(&mut self, runs: u64) {
        self.bar.inc_length(runs);
    }

    fn finished(&mut self, _: u64, _: u32, result: &RunResult, known: bool) -> Result<(), IoError> {
        if result.is_err() {
            self.failed += 1;
            self.bar.set_message(format!(", {} cannot run", self.failed));
        }
        // What was done before takes no time, and would shorten what is left to those who look.
        if known {
            self.bar.dec_length(1);
        } else {
            self.bar.inc(1);
        }
        Ok(())
    }
}
