//! Sweeps that are killed, stopped, cut off from the disk or spread over machines: nothing is lost, and the
//! bytes are those of a sweep that nobody disturbed. `TASKYARD_KILLS=20` kills more often.
#![expect(clippy::disallowed_methods, reason = "the tests look at files and kill processes")]
#![expect(clippy::disallowed_types, reason = "a moment to kill at is one of the clock")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "durability/by_library.rs"]
mod by_library;
#[path = "durability/machines.rs"]
mod machines;
#[path = "support/program.rs"]
mod program;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use taskyard::io::LockFile;

/// What `sweep --out` writes; the journal beside it tells who ran when.
const FILES: [&str; 4] = ["sweep.json", "points.csv", "runs.csv", "sweep.resolved.toml"];

/// A sweep of `points` points, one of which cannot run, with `replications` runs each.
pub(crate) fn sweep_file(directory: &Path, points: u32, replications: u32) -> PathBuf {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/thirty-tasks.toml");
    std::fs::copy(scenario, directory.join("thirty-tasks.toml")).unwrap();
    let counts: Vec<String> = (1..points).map(|n| (n * 5).to_string()).collect();
    let text = format!(
        "schema = 1\nname = \"small\"\nscenario = \"thirty-tasks.toml\"\nreplications = {replications}\n\
         [[axis]]\nname = \"tasks\"\n[[axis.variant]]\nname = \"too large\"\n\
         set = {{ \"task_definition.web.memory\" = 60000 }}\n{}",
        counts
            .iter()
            .map(|n| format!(
                "[[axis.variant]]\nname = \"{n}\"\nset = {{ \"service.web.desired_count\" = {n} }}\n"
            ))
            .collect::<String>()
    );
    let path = directory.join("sweep.toml");
    std::fs::write(&path, text).unwrap();
    path
}

pub(crate) fn taskyard(file: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = program::taskyard();
    command.arg("sweep").arg(file).arg("--out").arg(out).args(more).args(["-o", "csv"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A sweep that must end well.
pub(crate) fn done(file: &Path, out: &Path, more: &[&str]) -> String {
    let output = taskyard(file, out, more).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{more:?}: {}", said(&output));
    said(&output)
}

/// A command that must fail with `code` and say these words, and leave no result.
fn refused(mut command: Command, code: i32, words: &[&str]) {
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{command:?}: no \"{word}\" in:\n{said}");
    }
}

/// What was written.
pub(crate) fn results(out: &Path) -> Vec<Vec<u8>> {
    FILES.iter().map(|name| std::fs::read(out.join(name)).unwrap()).collect()
}

pub(crate) fn merge(parts: &[&Path], out: &Path) -> Command {
    let mut command = program::taskyard();
    command.arg("merge").args(parts).arg("--out").arg(out).args(["-o", "csv"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn merged(parts: &[&Path], out: &Path) -> Vec<Vec<u8>> {
    let output = merge(parts, out).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    results(out)
}

/// Numbers below one that look drawn.
fn shares() -> impl Iterator<Item = f64> {
    (1_u32..).map(|n| (f64::from(n) * 0.618_033_988_749_895).fract())
}

#[test]
fn killed_at_random_moments_and_resumed_a_sweep_ends_with_the_same_bytes() {
    killed_and_resumed(60, &[]);
}

#[test]
fn killed_and_resumed_a_sweep_that_ends_by_its_precision_ends_with_the_same_bytes() {
    // Batches of 20, 20, 20 and 30 runs, of which each point needs some.
    killed_and_resumed(20, &["--precision", "4", "--max-replications", "90"]);
}

/// A sweep whose points run so often, with these flags, each time it is begun again.
fn killed_and_resumed(runs: u32, flags: &[&str]) {
    let kills: u32 = std::env::var("TASKYARD_KILLS").map_or(3, |text| text.parse().unwrap());
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 6, runs);
    let resume = [flags, &["--resume"]].concat();
    let begun = Instant::now();
    done(&file, &scratch.path().join("whole"), flags);
    let whole = begun.elapsed();
    let expected = results(&scratch.path().join("whole"));
    let (mut killed, mut ended) = (0, 0);
    for share in shares() {
        let out = scratch.path().join(format!("out-{ended}"));
        if killed == kills {
            done(&file, &out, &resume);
            assert!(results(&out) == expected, "after {killed} kills");
            break;
        }
        let mut child = taskyard(&file, &out, &resume).spawn().unwrap();
        std::thread::sleep(whole.mul_f64(share));
        let late = child.try_wait().unwrap().is_some();
        // SIGKILL: nothing of the program has a say.
        child.kill().unwrap();
        let status = child.wait().unwrap();
        if late {
            assert!(status.success());
            assert!(results(&out) == expected, "after {killed} kills");
            ended += 1;
        } else {
            killed += 1;
        }
    }
}

#[test]
fn shards_merged_and_other_numbers_of_threads_give_the_same_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 9, 2);
    let [one, two, parts, whole] =
        ["one", "two", "parts", "whole"].map(|name| scratch.path().join(name));
    done(&file, &one, &["--jobs", "1"]);
    done(&file, &two, &["--jobs", "2"]);
    assert!(results(&one) == results(&two), "one thread and two");
    for shard in [3, 0, 6, 1, 5, 2, 4] {
        let told = done(&file, &parts, &["--shard", &format!("{shard}/7")]);
        assert!(told.contains(&format!("part-{shard}-of-7.jsonl")), "{told}");
    }
    assert!(results(&one) == merged(&[&parts], &whole), "seven shards");
    let again = done(&file, &parts, &["--shard", "3/7", "--resume"]);
    assert!(again.contains("going on after"), "{again}");
    assert!(results(&one) == merged(&[&parts], &whole), "and one of them again");
}

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_missing_or_doubled_part_and_parts_of_other_sweeps_are_refused_before_anything_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 3, 2);
    let at = |name: &str| scratch.path().join(name);
    let (parts, others, out) = (at("parts"), at("others"), at("out"));
    for shard in ["0/2", "1/2", "0/3"] {
        done(&file, &parts, &["--shard", shard]);
    }
    done(&file, &others, &["--shard", "1/2", "--seed", "7"]);
    let [first, second, third] = ["part-0-of-2.jsonl", "part-1-of-2.jsonl", "part-0-of-3.jsonl"]
        .map(|name| parts.join(name));
    let other = others.join("part-1-of-2.jsonl");
    let copy = at("copy.jsonl");
    std::fs::copy(&second, &copy).unwrap();
    let of = |files: &[&Path], words: &[&str]| refused(merge(files, &out), 2, words);
    of(&[&first], &["TY0018", "1 of 2 shards is missing: 1/2", "--shard 1/2"]);
    of(&[&first, &second, &copy], &["TY0019", "shard 1/2 is there twice", "copy.jsonl"]);
    of(&[&first, &other], &["TY0017", "different sweeps"]);
    of(&[&first, &third], &["TY0017", "2 shards and 3 shards"]);
    of(&[&parts], &["TY0017"]);
    of(&[&file], &["TY0015", "no part of a sweep"]);
    of(&[&at("nothing")], &["TY0001"]);
    std::fs::create_dir(at("empty")).unwrap();
    of(&[&at("empty")], &["TY0018", "holds no part"]);
    let cut = std::fs::read(&second).unwrap();
    std::fs::write(&copy, &cut[..cut.len() - 9]).unwrap();
    of(&[&first, &copy], &["TY0015", "copy.jsonl"]);
    assert!(!out.exists(), "nothing is written");
    merged(&[&first, &second], &out);
}

#[test]
fn a_directory_with_other_results_or_with_runs_that_would_be_lost_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 3, 2);
    let out = scratch.path().join("out");
    let seven = ["--seed", "7"];
    done(&file, &out, &[]);
    let expected = results(&out);
    // The same sweep again is welcome; another one is not, with or without --resume.
    done(&file, &out, &[]);
    refused(taskyard(&file, &out, &seven), 2, &["TY0016", "another sweep"]);
    let differ = ["TY0016", "with key", "They differ in: seed (1 there, 7 here)"];
    refused(taskyard(&file, &out, &["--resume", "--seed", "7"]), 2, &differ);
    let axes = ["--resume", "--vary", "region=eu-west-1", "--replications", "3"];
    let differ = ["They differ in: axes; replications (2 there, 3 here)"];
    refused(taskyard(&file, &out, &axes), 2, &differ);
    let journal = out.join("journal.jsonl");
    let kept = std::fs::read(&journal).unwrap();
    std::fs::remove_file(&journal).unwrap();
    refused(taskyard(&file, &out, &seven), 2, &["TY0009", "results of another sweep"]);
    // The same sweep with other prices has the same sweep.resolved.toml and other results, as parts too.
    let prices = scratch.path().join("prices.csv");
    let text =
        "region,instance_type,purchase_option,usd_per_hour\neu-west-1,m7i.2xlarge,spot,0.9\n";
    std::fs::write(&prices, text).unwrap();
    let prices = ["--prices", prices.to_str().unwrap()];
    refused(taskyard(&file, &out, &prices), 2, &["TY0009", "results of another sweep"]);
    let parts = scratch.path().join("parts");
    done(&file, &parts, &[prices[0], prices[1], "--shard", "0/1"]);
    refused(merge(&[&parts], &out), 2, &["TY0009", "results of another sweep"]);
    assert!(results(&out) == expected, "nothing was written over");
    let lock = LockFile::take(&out.join("journal.lock")).unwrap();
    refused(merge(&[&parts], &out), 3, &["TY0008"]);
    drop(lock);
    // A sweep that was stopped: no result yet, some runs.
    std::fs::remove_file(out.join("sweep.json")).unwrap();
    std::fs::write(&journal, &kept[..kept.len() - 5]).unwrap();
    refused(taskyard(&file, &out, &[]), 2, &["TY0009", "holds 4 runs", "--resume"]);
    let told = done(&file, &out, &["--resume"]);
    assert!(told.contains("going on after 4 runs") && told.contains("torn"), "{told}");
    assert!(results(&out) == expected);
    // A byte that changed in the middle.
    let mut changed = kept;
    let second = changed.iter().position(|byte| *byte == b'\n').unwrap() + 60;
    changed[second] ^= 1;
    std::fs::write(&journal, changed).unwrap();
    refused(taskyard(&file, &out, &["--resume"]), 2, &["TY0015", "line 2 of", "sed -i '2,$d'"]);
    let mut command = program::taskyard();
    command.arg("sweep").arg(&file).arg("--resume").stdin(Stdio::null());
    refused(command, 2, &["--out"]);
    for shard in ["7/7", "x", "1/0", "-1/2"] {
        let shard = format!("--shard={shard}");
        refused(taskyard(&file, &out, &[&shard]), 2, &["TY0014"]);
    }
}

#[test]
fn a_second_process_is_refused_and_a_dead_ones_lock_is_taken_over() {
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 2, 2);
    let out = scratch.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let lock = LockFile::take(&out.join("journal.lock")).unwrap();
    let own = format!("another process ({})", std::process::id());
    refused(taskyard(&file, &out, &[]), 3, &["TY0008", &own, "wait until it has ended"]);
    drop(lock);
    std::fs::write(out.join("journal.lock"), "4242\n").unwrap();
    let told = done(&file, &out, &[]);
    assert!(told.contains("process 4242 died here"), "{told}");
    assert!(!out.join("journal.lock").exists());
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_with_130_and_what_was_finished_is_kept() {
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 6, 60);
    let (whole, out) = (scratch.path().join("whole"), scratch.path().join("out"));
    done(&file, &whole, &[]);
    let child = taskyard(&file, &out, &[]).spawn().unwrap();
    wait_for_runs(&out);
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(said(&output).contains("--resume goes on"), "{}", said(&output));
    assert_eq!(names(&out), ["journal.jsonl"], "no lock, no result");
    for command in ["report", "plot", "decide"] {
        let mut asked = Command::new(env!("CARGO_BIN_EXE_taskyard"));
        asked.arg(command).arg(&out).stdin(Stdio::null());
        refused(asked, 2, &["TY0097", "a sweep that was stopped", "--resume"]);
    }
    assert!(done(&file, &out, &["--resume"]).contains("going on after"));
    assert!(results(&out) == results(&whole));
}

/// Waits until a sweep has kept a few runs.
#[cfg(unix)]
fn wait_for_runs(out: &Path) {
    let journal = out.join("journal.jsonl");
    let begun = Instant::now();
    while std::fs::metadata(&journal).map_or(0, |found| found.len()) < 2_000 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no run is kept");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_and_a_directory_that_cannot_be_written_are_found_before_the_first_run() {
    let scratch = tempfile::tempdir().unwrap();
    let file = sweep_file(scratch.path(), 6, 60);
    let out = scratch.path().join("out");
    // Files of at most 8 KiB: the sweep needs more than a hundred.
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_taskyard");
    command.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "sh", program, "sweep"]);
    command.arg(&file).arg("--out").arg(&out).stdin(Stdio::null());
    refused(command, 3, &["TY0007", "cannot write"]);
    assert!(!out.join("journal.jsonl").exists(), "no run was begun");
    // Nobody may write there, whoever runs this.
    refused(taskyard(&file, Path::new("/proc/sys"), &[]), 3, &["TY0007", "/proc/sys"]);
}
