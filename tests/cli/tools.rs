//! `completions`, `man` and `schema`: what shells, `man` and editors read.

use std::process::Command;

use crate::{names, refused, stderr, stdout, taskyard, text};

/// The commands, as `--help` lists them.
fn commands() -> Vec<String> {
    let help = stdout(&["--help"]);
    let list = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let named = |line: &str| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| name.to_owned())
    };
    list.lines().filter_map(named).collect()
}

#[test]
fn every_shell_gets_a_script_that_knows_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&["completions", shell]);
        for command in commands() {
            assert!(script.contains(&command), "{shell}: no {command}");
        }
        assert!(script.contains("replications"), "{shell}: no flags");
    }
    refused(&["completions", "tcsh"], 2, &["tcsh", "bash"]);
}

#[test]
fn bash_can_read_its_script() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("taskyard.bash");
    taskyard::io::write_atomic(&script, stdout(&["completions", "bash"]).as_bytes()).unwrap();
    let Ok(read) = Command::new("bash").arg("-n").arg(&script).output() else {
        return;
    };
    assert!(read.status.success(), "{}", stderr(&read));
    // What a user who types `taskyard qu` and the tabulator gets.
    let typed = "source \"$0\"; COMP_WORDS=(taskyard qu); COMP_CWORD=1; \
                 _taskyard taskyard qu taskyard; echo \"${COMPREPLY[@]}\"";
    let completed = Command::new("bash").args(["-c", typed]).arg(&script).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&completed.stdout).trim(), "quote", "{completed:?}");
}

#[test]
fn every_command_has_a_manual_page_and_it_is_the_same_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let [first, second] = ["a", "b/c"].map(|name| directory.path().join(name));
    for folder in [&first, &second] {
        stdout(&["man", folder.to_str().unwrap()]);
    }
    let mut expected: Vec<String> =
        commands().iter().map(|command| format!("taskyard-{command}.1")).collect();
    expected.push("taskyard.1".to_owned());
    expected.sort();
    assert_eq!(names(&first), expected);
    for name in &expected {
        let page = text(&first.join(name));
        assert_eq!(page, text(&second.join(name)), "{name}");
        for part in [".TH", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"] {
            assert!(page.contains(part), "{name}: no {part}");
        }
    }
    assert_eq!(stdout(&["man"]), text(&first.join("taskyard.1")));
    assert!(text(&first.join("taskyard-run.1")).contains("\\-\\-replications"));
    let file = directory.path().join("a/taskyard.1");
    let refused = taskyard().args(["man", file.to_str().unwrap()]).output().unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", stderr(&refused));
}
