//! Journals that fail at each write, and journals cut at each byte.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use taskyard::catalog::Overrides;
use taskyard::io::{Code, Source};
use taskyard::run::MODEL_VERSION;
use taskyard::scenario::read_sweep;
use taskyard::sweep::{
    Base, Journal, JournalHead, Keeping, NoSink, RunResult, Running, Sweep, SweepError, SweepTable,
    read_journal, run_points,
};

const SWEEP: &str = r#"
scenario = "thirty"
replications = 2
[[axis]]
path = "service.web.desired_count"
values = [2, 3]
"#;

fn sweep() -> Sweep<'static> {
    let source = |name: &str, text: String| Source { name: name.to_owned(), text };
    let scenario = std::fs::read_to_string("scenarios/thirty-tasks.toml").unwrap();
    let base =
        Base { name: "thirty".to_owned(), source: source("thirty", scenario), files: Vec::new() };
    let (file, _) = read_sweep(Some(&source("sweep", SWEEP.to_owned())), &[]).unwrap();
    Sweep::new(file, "sweep", vec![base], &[], 1, Overrides::default())
}

fn head(sweep: &Sweep<'_>, version: &str) -> JournalHead {
    let (key, made_of) = (sweep.key().to_string(), sweep.made_of());
    JournalHead::new(&key, sweep.name(), version, sweep.points(), None, made_of)
}

/// A disk that takes so many writes, of the last of them a part, and then none.
struct Failing {
    disk: Rc<RefCell<Vec<u8>>>,
    writes: usize,
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.disk.borrow_mut();
        match self.writes {
            0 => {
                // The last write is torn: some of it is there.
                disk.extend_from_slice(&bytes[..bytes.len() / 2]);
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            _ => {
                self.writes -= 1;
                disk.extend_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs what `known` lacks with a journal that fails at a write.
fn run(
    sweep: &Sweep<'_>,
    known: &BTreeMap<(u64, u32), RunResult>,
    journal: Journal<Failing>,
) -> Result<SweepTable, SweepError> {
    let keys = sweep.run_keys();
    let mut end = NoSink;
    let mut keeping = Keeping::new(journal, PathBuf::from("journal"), &keys, &mut end);
    let running = Running { jobs: Some(2), stop: &AtomicBool::new(false) };
    let order: Vec<u64> = (0..sweep.points()).collect();
    let skip = |point, replication| known.get(&(point, replication)).cloned();
    run_points(sweep, &order, &running, &skip, &mut keeping)
}

/// A sweep whose disk takes so many writes; then one that goes on from what is there.
fn broken_off_after(
    sweep: &Sweep<'_>,
    writes: usize,
) -> (Result<SweepTable, SweepError>, SweepTable) {
    let disk = Rc::new(RefCell::new(Vec::new()));
    let head = head(sweep, MODEL_VERSION);
    let first = Journal::begin(Failing { disk: Rc::clone(&disk), writes }, &head);
    let first = first
        .map_err(|source| {
            SweepError::Sink(taskyard::io::IoError::Write { path: PathBuf::new(), source })
        })
        .and_then(|journal| run(sweep, &BTreeMap::new(), journal));
    let keys = sweep.run_keys();
    let bytes = disk.borrow().clone();
    let kept = read_journal("journal", &bytes, &head, &|p, r| keys.of(p, r)).unwrap();
    assert_eq!(kept.runs.len(), writes.saturating_sub(1).min(4), "what was written is there");
    let rest = Failing { disk: Rc::default(), writes: usize::MAX };
    (first, run(sweep, &kept.runs, Journal::go_on(rest)).unwrap())
}

#[test]
fn a_write_that_fails_ends_the_sweep_and_costs_no_run_before_it() {
    let sweep = sweep();
    let (whole, again) = broken_off_after(&sweep, usize::MAX);
    let whole = whole.unwrap();
    assert_eq!(whole, again);
    for writes in 0..5 {
        let (first, resumed) = broken_off_after(&sweep, writes);
        assert!(matches!(first, Err(SweepError::Sink(_))), "write {writes} failed");
        assert_eq!(resumed, whole, "after {writes} writes");
    }
}

/// A whole journal of the sweep.
fn journal(sweep: &Sweep<'_>, version: &str) -> Vec<u8> {
    let disk = Rc::new(RefCell::new(Vec::new()));
    let out = Failing { disk: Rc::clone(&disk), writes: usize::MAX };
    run(sweep, &BTreeMap::new(), Journal::begin(out, &head(sweep, version)).unwrap()).unwrap();
    disk.take()
}

#[test]
fn a_journal_cut_at_any_byte_is_gone_on_from_to_the_same_table() {
    let sweep = sweep();
    let bytes = journal(&sweep, MODEL_VERSION);
    let whole = broken_off_after(&sweep, usize::MAX).1;
    let keys = sweep.run_keys();
    let mut last = usize::MAX;
    for cut in 0..=bytes.len() {
        let head = head(&sweep, MODEL_VERSION);
        let kept = read_journal("journal", &bytes[..cut], &head, &|p, r| keys.of(p, r)).unwrap();
        let ends = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(kept.runs.len(), ends.saturating_sub(1), "cut at {cut}");
        // What is kept changes with the lines alone: each of their numbers is run once.
        if kept.runs.len() != last {
            last = kept.runs.len();
            let rest = Failing { disk: Rc::default(), writes: usize::MAX };
            assert_eq!(run(&sweep, &kept.runs, Journal::go_on(rest)).unwrap(), whole);
        }
    }
    assert_eq!(last, 4);
}

#[test]
fn a_journal_of_another_version_is_refused_with_both() {
    let sweep = sweep();
    let keys = sweep.run_keys();
    let bytes = journal(&sweep, "0");
    let wrong =
        read_journal("journal", &bytes, &head(&sweep, MODEL_VERSION), &|p, r| keys.of(p, r));
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.code, Code::OtherJournal);
    let both = ["model version 0".to_owned(), format!("model version {MODEL_VERSION}")];
    assert!(both.iter().all(|version| wrong.message.contains(version)), "{}", wrong.message);
}

#[test]
fn the_key_of_a_sweep_changes_with_what_its_results_depend_on() {
    let base = sweep().key();
    assert_eq!(base, sweep().key());
    let with = |sweep_text: &str, scenario: &str| {
        let source =
            |name: &str, text: &str| Source { name: name.to_owned(), text: text.to_owned() };
        let base = Base {
            name: "thirty".to_owned(),
            source: source("thirty", scenario),
            files: Vec::new(),
        };
        let (file, _) = read_sweep(Some(&source("sweep", sweep_text)), &[]).unwrap();
        Sweep::new(file, "sweep", vec![base], &[], 1, Overrides::default()).key()
    };
    let scenario = std::fs::read_to_string("scenarios/thirty-tasks.toml").unwrap();
    assert_eq!(with(SWEEP, &scenario), base);
    for (sweep_text, scenario) in [
        (SWEEP.replace("[2, 3]", "[2, 4]"), scenario.clone()),
        (SWEEP.replace("replications = 2", "replications = 3"), scenario.clone()),
        (format!("seed = 9\n{SWEEP}"), scenario.clone()),
        (format!("metrics = [\"tasks.stopped\"]\n{SWEEP}"), scenario.clone()),
        (SWEEP.to_owned(), scenario.replace("512", "256")),
    ] {
        assert_ne!(with(&sweep_text, &scenario), base);
    }
}
