//! Floor 0: the only place that touches files: reading with limits, atomic writing. Beside it, the
//! form in which every floor above reports bad input; that part touches nothing.

mod append;
mod codes;
mod diagnostics;
mod files;
mod lock;

pub use append::AppendFile;
pub use codes::Code;
pub use diagnostics::{Diagnostic, Place, Severity, Source, Style, render};
pub use files::{
    CSV_LIMIT, IoError, JOURNAL_LIMIT, SCENARIO_LIMIT, ensure_room, files_in, prepare_out_dir,
    read_bytes, read_text, write_atomic, write_atomic_with,
};
pub use lock::LockFile;
