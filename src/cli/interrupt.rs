//! Ctrl-C and the like: the first asks a long command to come to an end, the second ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// What the exit code of a program that a signal has ended begins at.
const BY_SIGNAL: u8 = 128;

/// Whether somebody asked for an end.
#[derive(Debug)]
pub(super) struct Interrupt {
    /// That somebody did.
    asked: Arc<AtomicBool>,
    /// By which signal.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Listens from now on. Where the system does not let it, a signal ends the program as ever.
    pub(super) fn listen() -> Self {
        let interrupt = Self { asked: Arc::default(), signal: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            let _ = interrupt.register(signal);
        }
        interrupt
    }

    fn register(&self, signal: i32) -> std::io::Result<()> {
        let asked = || Arc::clone(&self.asked);
        // In this order: the second signal finds that one was there.
        signal_hook::flag::register_conditional_default(signal, asked())?;
        signal_hook::flag::register_usize(signal, Arc::clone(&self.signal), signal as usize)?;
        signal_hook::flag::register(signal, asked()).map(drop)
    }

    /// Set once somebody asked.
    pub(super) fn asked(&self) -> &AtomicBool {
        &self.asked
    }

    /// The exit code of a command that came to an end because it was asked: 130 after Ctrl-C.
    pub(super) fn exit_code(&self) -> u8 {
        let signal = u8::try_from(self.signal.load(Ordering::Relaxed)).unwrap_or_default();
        BY_SIGNAL.saturating_add(signal)
    }
}
