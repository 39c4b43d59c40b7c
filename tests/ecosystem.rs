//! What other programs make of our files: validators of the schemas, data frames of the Parquet files,
//! notebooks. Needs Python with the packages of `scripts/requirements-notebooks.txt`.
#![expect(clippy::disallowed_methods, reason = "the test reads files and the environment")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]
#![expect(clippy::print_stdout, reason = "what a script said is told with the test")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use taskyard::io::write_atomic;

#[path = "support/program.rs"]
mod program;
use program::done;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PROGRAM: &str = env!("CARGO_BIN_EXE_taskyard");

/// Runs one of the scripts in `tests/python`. Where Python or its packages are missing that is said, and
/// is a failure with TASKYARD_REQUIRE_PYTHON=1.
fn python(script: &str, args: &[PathBuf]) {
    let path = Path::new(ROOT).join("tests/python").join(script);
    let mut command = Command::new("python3");
    command.arg(path).args(args).env("TASKYARD", PROGRAM).env("PYTHONWARNINGS", "ignore");
    let output: std::io::Result<Output> = command.output();
    let absent = match &output {
        Err(error) => Some(format!("python3 does not run: {error}")),
        Ok(done) if done.status.code() == Some(3) => {
            Some(String::from_utf8_lossy(&done.stderr).trim().to_owned())
        }
        Ok(_) => None,
    };
    if let Some(reason) = absent {
        let required = std::env::var("TASKYARD_REQUIRE_PYTHON").is_ok_and(|value| value == "1");
        assert!(!required, "TASKYARD_REQUIRE_PYTHON=1, but {reason}");
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {script} ({reason})");
        return;
    }
    let done = output.unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let wrong = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{script}:\n{said}\n{wrong}");
    println!("{said}");
}

fn notebooks() -> Vec<PathBuf> {
    let folder = Path::new(ROOT).join("notebooks");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|of| of == "ipynb")).collect();
    found.sort();
    found
}

/// Scenarios of every kind of capacity, and of what happens over time.
const KINDS: [&str; 7] = [
    "thirty-tasks",
    "spot-storm",
    "hundred-tasks-fargate",
    "cas-scale-in",
    "az-outage",
    "rolling-default",
    "nightly-batch",
];

#[test]
fn shipped_files_resolved_ones_and_answers_fit_their_schemas() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for of in ["scenario", "sweep", "answer", "sweep-output"] {
        std::fs::create_dir(at(of)).unwrap();
        write_atomic(&at(&format!("{of}.schema.json")), &done(&["schema", of])).unwrap();
    }
    for name in KINDS {
        let out = at(name);
        let file = format!("scenarios/{name}.toml");
        let args = ["run", &file, "--replications", "2", "--out", out.to_str().unwrap()];
        done(&args);
        std::fs::copy(out.join("summary.json"), at(&format!("answer/{name}.json"))).unwrap();
        let resolved = at(&format!("scenario/{name}.toml"));
        std::fs::copy(out.join("scenario.resolved.toml"), resolved).unwrap();
    }
    let out = at("swept");
    done(&sweep(out.to_str().unwrap()));
    std::fs::copy(out.join("sweep.json"), at("sweep-output/sweep.json")).unwrap();
    std::fs::copy(out.join("sweep.resolved.toml"), at("sweep/resolved.toml")).unwrap();
    python("schemas.py", &[directory.path().to_owned()]);
}

/// A sweep with an axis of numbers and one of words, one of which cannot run.
fn sweep(out: &str) -> [&str; 9] {
    [
        "sweep",
        "tests/python/sweep.toml",
        "--replications",
        "2",
        "--jobs",
        "1",
        "--out",
        out,
        "--invariants",
    ]
}

#[cfg(feature = "parquet")]
#[test]
fn duckdb_polars_and_pandas_find_the_same_in_parquet_as_in_csv() {
    let directory = tempfile::tempdir().unwrap();
    let mut folders = Vec::new();
    for name in ["spot-storm", "nightly-batch"] {
        let out = directory.path().join(name);
        let file = format!("scenarios/{name}.toml");
        let folder = out.to_str().unwrap();
        done(&["run", &file, "--replications", "2", "--out", folder, "--parquet"]);
        folders.push(out);
    }
    let out = directory.path().join("sweep");
    let args = [&sweep(out.to_str().unwrap())[..], &["--parquet"]].concat();
    done(&args);
    folders.push(out);
    python("parquet.py", &folders);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_parquet_is_refused_before_anything_runs() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let args = ["run", "scenarios/thirty-tasks.toml", "--parquet", "--out", out.to_str().unwrap()];
    let output = Command::new(PROGRAM).current_dir(ROOT).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--features parquet"), "{said}");
    assert!(!out.exists());
}

#[test]
fn notebooks_are_committed_without_outputs() {
    assert!(notebooks().len() >= 4);
    for path in notebooks() {
        let text = std::fs::read_to_string(&path).unwrap();
        let notebook: Value = serde_json::from_str(&text).unwrap();
        for cell in notebook["cells"].as_array().unwrap() {
            let outputs = cell["outputs"].as_array().map_or(0, Vec::len);
            assert_eq!(outputs, 0, "{}: {}", path.display(), cell["id"]);
            assert!(cell["execution_count"].is_null(), "{}: {}", path.display(), cell["id"]);
        }
    }
}

#[test]
fn every_notebook_runs_from_its_first_cell_to_its_last() {
    python("notebooks.py", &notebooks());
}
