//! The swarm: random clusters over every kind of capacity, under random faults, with every invariant
//! checked after each event, ended by a quiet period after which every task is accounted for.
//!
//! `cargo test --test swarm` runs the short tier. `TASKYARD_SWARM_SEEDS=1..5000 cargo test --release
//! --test swarm` runs the seeds from 1 to 4,999. A seed that fails is printed with its scenario, which
//! `taskyard run` replays.
#![expect(clippy::panic, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "the long tier is asked for by the environment")]

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use taskyard::catalog::{Catalog, Overrides};
use taskyard::io::{Source, Style, render};
use taskyard::run::{Options, RunError, run};
use taskyard::scenario::read;

#[path = "support/scene.rs"]
mod scene;
#[path = "support/swarm/mod.rs"]
mod swarm;

use scene::WATCHED;
use swarm::Drawn;
use swarm::accounts::Seen;

/// The seeds of the short tier.
const SHORT: Range<u64> = 0..2000;

/// The built-in catalogue, read once.
static VIRGINIA: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::builtin("us-east-1", None, Overrides::default()).expect("a region with prices")
});

/// The most failures that are told.
const TOLD: usize = 5;

/// Seeds from the environment, `FROM..TO`.
fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("TASKYARD_SWARM_SEEDS") else { return SHORT };
    let (from, to) = text.split_once("..").unwrap_or_else(|| panic!("write FROM..TO"));
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{text} is no seed"));
    number(from)..number(to)
}

/// What is wrong with a seed, or how many of its services are complete.
fn judge(drawn: &Drawn) -> Result<Option<usize>, String> {
    let source = Source { name: "scenario.toml".to_owned(), text: drawn.text.clone() };
    let scenario = match read(&source, &[]) {
        Ok((scenario, _)) => scenario,
        Err(errors) => return Err(render(&errors, Style::Plain)),
    };
    let options = Options { skip_fault_costs: true, ..WATCHED };
    let outcome = match run(&scenario, &VIRGINIA, options) {
        Ok(outcome) => outcome,
        // Nothing that was drawn fits a task: an answer too.
        Err(RunError::Unfit(_)) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let recorder = outcome.recorder.ok_or("no record")?;
    let explanation = outcome.explanation.ok_or("no explanation")?;
    let seen = Seen { answer: &outcome.answer, recorder: &recorder, explanation: &explanation };
    let services = swarm::accounts::check(&scenario, &seen, &drawn.services)?;
    Ok(Some(services))
}

/// The same for a seed that may panic.
fn judge_seed(seed: u64) -> Result<Option<usize>, String> {
    let drawn = swarm::draw(seed);
    let verdict = catch_unwind(AssertUnwindSafe(|| judge(&drawn)))
        .unwrap_or_else(|_| Err("it panics, as said above".to_owned()));
    verdict.map_err(|what| {
        format!(
            "seed {seed}: {what}\n\
             To replay it write what follows into swarm-{seed}.toml and call\n\
             taskyard run swarm-{seed}.toml --invariants\n\n{}",
            drawn.text
        )
    })
}

#[test]
fn random_clusters_under_random_faults_account_for_every_task() {
    let seeds = seeds();
    let count = seeds.end.saturating_sub(seeds.start);
    let (mut failed, mut ran, mut complete) = (Vec::new(), 0_u64, 0_usize);
    for seed in seeds {
        match judge_seed(seed) {
            Ok(None) => {}
            Ok(Some(services)) => (ran, complete) = (ran + 1, complete + services),
            Err(what) => failed.push(what),
        }
    }
    let told: Vec<&str> = failed.iter().take(TOLD).map(String::as_str).collect();
    let heads: Vec<&str> = failed.iter().filter_map(|what| what.lines().next()).collect();
    assert!(
        failed.is_empty(),
        "{}\n{} of {count} seeds fail:\n{}",
        told.join("\n\n"),
        failed.len(),
        heads.join("\n")
    );
    assert!(ran * 10 >= count * 9, "only {ran} of {count} scenarios could be run");
    println!("{ran} of {count} scenarios ran; {complete} services were complete");
}
