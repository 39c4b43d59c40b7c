//! The ways past one machine, on this one: a Dask cluster that loses a worker, and the command lines of the
//! recipes. They need Python; without it they say SKIPPED, or fail where `TASKYARD_REQUIRE_PYTHON=1`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use super::{done, results, sweep_file};

/// What a script gave; none where Python or its packages are missing and need not be there.
fn python(script: &str, args: &[&str]) -> Option<Output> {
    let required = std::env::var("TASKYARD_REQUIRE_PYTHON").is_ok_and(|value| value == "1");
    let folder = Path::new(env!("CARGO_BIN_EXE_taskyard")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let output = Command::new("python3")
        .arg(&script)
        .args(args)
        .env("PATH", format!("{}:{path}", folder.display()))
        .output();
    let absent = match &output {
        Err(error) => format!("python3 does not run: {error}"),
        // 3: a package is missing.
        Ok(done) if done.status.code() == Some(3) => {
            String::from_utf8_lossy(&done.stderr).trim().to_owned()
        }
        Ok(_) => return output.ok(),
    };
    assert!(!required, "TASKYARD_REQUIRE_PYTHON=1, but {absent}");
    // Past the capture of the test harness, so that it is seen.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {} ({absent})", script.display());
    None
}

fn ended_well(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{wrong}");
    told
}

#[test]
fn a_dask_cluster_that_loses_a_worker_gives_the_same_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 8, 40);
    let (whole, out) = (scratch.path().join("whole"), scratch.path().join("out"));
    let [file_name, out_name] = [&file, &out].map(|path| path.to_str().unwrap());
    let args = [file_name, "--out", out_name, "--shards", "7", "--workers", "3", "--kill-a-worker"];
    let Some(output) = python("recipes/dask/sweep.py", &args) else { return };
    let told = ended_well(&output);
    assert!(told.contains("killed tcp://"), "{told}");
    done(&file, &whole, &[]);
    assert!(results(&whole) == results(&out.join("merged")), "{told}");
}

/// The command lines of a recipe, with what the service sets, give the sweep of one machine.
fn as_on_one_machine(recipe: &str) {
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 8, 2);
    let (whole, out) = (scratch.path().join("whole"), scratch.path().join("out"));
    let args = [recipe, file.to_str().unwrap(), out.to_str().unwrap()];
    let Some(output) = python("recipes/check.py", &args) else { return };
    ended_well(&output);
    done(&file, &whole, &[]);
    assert!(results(&whole) == results(&out.join("merged")));
}

#[test]
fn the_array_job_of_aws_batch_gives_the_same_bytes() {
    as_on_one_machine("aws-batch");
}

#[test]
fn the_indexed_job_of_kubernetes_gives_the_same_bytes() {
    as_on_one_machine("kubernetes");
}
