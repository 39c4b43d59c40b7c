//! The `taskyard` command: parse, dispatch, exit code.

fn main() {}
