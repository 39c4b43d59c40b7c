//! The command line: the built program from outside.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod answers;
mod commands;
mod compare;
mod decisions;
mod files;
mod outputs;
#[path = "../support/program.rs"]
mod program;
mod sweep;
mod tools;
mod unfit;
mod why;

use std::path::{Path, PathBuf};

use serde_json::Value;

use program::done;
pub(crate) use program::{call, stderr, taskyard};

pub(crate) const THIRTY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/thirty-tasks.toml");

pub(crate) const QUOTE: [&str; 19] = [
    "quote",
    "--tasks",
    "30",
    "--cpu",
    "512",
    "--memory",
    "1024",
    "--cpu-architecture",
    "ARM64",
    "--vcpu-count",
    "2..4",
    "--memory-mib",
    "2048..16384",
    "--cpu-manufacturers",
    "amazon-web-services",
    "--burstable-performance",
    "included",
    "--region",
    "eu-west-1",
];

/// stdout of a call that exits with 0.
pub(crate) fn stdout(args: &[&str]) -> String {
    String::from_utf8(done(args)).unwrap()
}

/// A call that must exit with `code`, say nothing on stdout, and these words on stderr.
pub(crate) fn refused(args: &[&str], code: i32, words: &[&str]) {
    let output = call(args);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert!(output.stdout.is_empty(), "{args:?} wrote to stdout");
    for word in words {
        assert!(said.contains(word), "{args:?}: no \"{word}\" in:\n{said}");
    }
}

pub(crate) fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(args)).unwrap()
}

pub(crate) fn file(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    taskyard::io::write_atomic(&path, text.as_bytes()).unwrap();
    path
}

pub(crate) fn text(path: &Path) -> String {
    taskyard::io::read_text(path, 1 << 30).unwrap().text
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
