//! The pictures of the documents are those that the commands beside them make. Run with
//! `TASKYARD_BLESS=1` to write what is made now, and look at it.
#![expect(clippy::disallowed_methods, reason = "the test reads and writes pictures")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::{Path, PathBuf};

#[path = "support/program.rs"]
mod program;
use program::done;

/// Command, file below `scenarios/` and picture: `docs/pictures/FILE-PICTURE.png`.
const PICTURES: [(&str, &str, &str); 5] = [
    ("run", "thirty-tasks", "timeline"),
    ("run", "cas-flapping", "capacity-provider-reservation"),
    ("run", "spot-storm", "fleet-and-cost"),
    ("run", "rolling-500-tasks", "timeline"),
    ("sweep", "sweeps/cost-vs-latency", "pareto"),
];

/// The name of a committed picture.
fn name_of(file: &str, picture: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    format!("{name}-{picture}.png")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether the committed picture is `made`.
fn is_committed(committed: &Path, made: &Path) -> bool {
    let bytes = std::fs::read(made).unwrap();
    if std::env::var("TASKYARD_BLESS").is_ok() {
        std::fs::create_dir_all(committed.parent().unwrap()).unwrap();
        std::fs::write(committed, &bytes).unwrap();
    }
    std::fs::read(committed).is_ok_and(|known| known == bytes)
}

#[test]
fn the_pictures_of_the_documents_are_what_the_commands_make() {
    let mut wrong = Vec::new();
    for (command, name, picture) in PICTURES {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().to_str().unwrap();
        let file = root().join(format!("scenarios/{name}.toml"));
        done(&[command, file.to_str().unwrap(), "--out", out]);
        done(&["plot", out, "--format", "png"]);
        let committed = root().join("docs/pictures").join(name_of(name, picture));
        let made = directory.path().join(format!("{picture}.png"));
        if !is_committed(&committed, &made) {
            wrong.push(committed.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "not what is made now: {}", wrong.join(", "));
}

#[test]
fn every_committed_picture_is_checked_and_shown_in_a_document() {
    let folder = root().join("docs/pictures");
    let shown: String = ["README.md", "docs/pictures.md"]
        .iter()
        .map(|name| std::fs::read_to_string(root().join(name)).unwrap())
        .collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let checked = PICTURES.iter().any(|(_, of, what)| name == name_of(of, what));
        assert!(checked, "{name} is not checked");
        assert!(shown.contains(&format!("pictures/{name})")), "{name} is shown nowhere");
    }
}
