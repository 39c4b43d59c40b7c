//! What is meant by the flags that change a scenario.

use crate::scenario::Override;

use super::args::{AnswerArgs, ChangeArgs, Format};
use super::failure::Failure;
use crate::run::Options;
use crate::sweep::Plan;

/// The `--set` values in order, then the seed: it passes through the same checks.
pub(super) fn overrides(change: &ChangeArgs) -> Result<Vec<Override>, Failure> {
    let mut overrides = sets(&change.set)?;
    if let Some(seed) = change.seed {
        overrides.push(Override { path: "seed".to_owned(), value: seed.to_string() });
    }
    Ok(overrides)
}

/// The `--set` values in order.
pub(super) fn sets(texts: &[String]) -> Result<Vec<Override>, Failure> {
    let mut wrong = Vec::new();
    let mut overrides = Vec::new();
    for text in texts {
        match Override::parse(text) {
            Ok(set) => overrides.push(set),
            Err(diagnostic) => wrong.push(*diagnostic),
        }
    }
    if wrong.is_empty() { Ok(overrides) } else { Err(Failure::Input(wrong)) }
}

/// How often and how the scenario is run.
pub(super) fn plan(args: &AnswerArgs) -> Plan {
    Plan {
        replications: args.replications,
        jobs: args.threads.count(),
        options: Options {
            invariants: args.checks.invariants,
            explain: args.format == Format::Table,
            record: args.out.is_some(),
            skip_bounds: false,
            skip_fault_costs: false,
            try_luck: true,
        },
    }
}
