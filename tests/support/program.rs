//! The program as a user calls it.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::process::{Command, Output, Stdio};

/// The program, with nothing on its standard input.
pub(crate) fn taskyard() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskyard"));
    command.stdin(Stdio::null());
    command
}

/// What a call came to.
pub(crate) fn call(args: &[&str]) -> Output {
    taskyard().args(args).output().expect("the program starts")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a call writes to stdout that must exit with 0.
pub(crate) fn done(args: &[&str]) -> Vec<u8> {
    let output = call(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    output.stdout
}
