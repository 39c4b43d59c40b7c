//! What was typed for the commands that run scenarios again and again.

use std::path::PathBuf;

use clap::Args;

use super::args::{ChangeArgs, PageArgs, ThreadArgs};
use super::probing::{AtMost, Over};

/// `break-even`.
#[derive(Debug, Args)]
pub(super) struct BreakEvenArgs {
    /// Scenario file (TOML)
    #[arg(value_name = "A")]
    pub(super) a: PathBuf,
    /// The other one; the path below must lead somewhere in at least one of both
    #[arg(value_name = "B")]
    pub(super) b: PathBuf,
    /// The number that changes, and its range, for example service.web.desired_count=1..200; without a
    /// decimal point only whole numbers are tried
    #[arg(long, value_name = "PATH=FROM..TO")]
    pub(super) over: Over,
    /// The figure that shall be small: a path of the JSON answer, or monthly_usd
    #[arg(long, value_name = "PATH", default_value = "monthly_usd")]
    pub(super) metric: String,
    /// Values that are looked at before the search
    #[arg(long, value_name = "N", default_value = "9",
          value_parser = clap::value_parser!(u32).range(2..=1_001))]
    pub(super) points: u32,
    #[command(flatten)]
    pub(super) probe: ProbeArgs,
}

/// What commands have in common that run scenarios again and again.
#[derive(Debug, Args)]
pub(super) struct ProbeArgs {
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// Runs at each value, under the same seeds; an interval needs two
    #[arg(long, value_name = "N", default_value = "10",
          value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub(super) replications: u32,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
    #[command(flatten)]
    pub(super) change: ChangeArgs,
}

/// `headroom`.
#[derive(Debug, Args)]
pub(super) struct HeadroomArgs {
    /// Scenario file (TOML); - is standard input
    pub(super) scenario: PathBuf,
    /// The service that grows [default: the only one]
    #[arg(long, value_name = "SERVICE")]
    pub(super) service: Option<String>,
    /// How many more tasks to try at most
    #[arg(long, value_name = "N", default_value = "5000",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) most: u32,
    /// How many of the next changes of the fleet to list
    #[arg(long, value_name = "N", default_value = "5")]
    pub(super) steps: usize,
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// Runs of each count under the same seeds: the count that is told holds in all of them
    #[arg(long, value_name = "N", default_value = "10",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) replications: u32,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
    #[command(flatten)]
    pub(super) change: ChangeArgs,
}

/// `sensitivity`.
#[derive(Debug, Args)]
pub(super) struct SensitivityArgs {
    /// Scenario file (TOML); - is standard input
    pub(super) scenario: PathBuf,
    /// The figure: a path of the JSON answer, or monthly_usd
    #[arg(long, value_name = "PATH", default_value = "tasks.time_to_running_s.p95")]
    pub(super) metric: String,
    #[command(flatten)]
    pub(super) probe: ProbeArgs,
}

/// `decide`.
#[derive(Debug, Args)]
pub(super) struct DecideArgs {
    /// The directory of `sweep --out DIR`
    #[arg(value_name = "DIR")]
    pub(super) directory: PathBuf,
    /// A figure that shall be small, the first the most; repeatable [default: those of the sweep]
    #[arg(long, value_name = "PATH")]
    pub(super) objective: Vec<String>,
    /// What must be met, for example 'tasks.time_to_running_s.p95 <= 60': the cheapest points that do;
    /// repeatable
    #[arg(long, value_name = "PATH<=NUMBER")]
    pub(super) target: Vec<AtMost>,
    /// An axis that nobody chooses, such as demand: which choice is regretted least, whatever comes?
    /// Repeatable [default: those that the sweep file says]
    #[arg(long, value_name = "AXIS")]
    pub(super) worlds: Vec<String>,
    /// A figure by the values of the first two axes; repeatable
    #[arg(long, value_name = "PATH")]
    pub(super) heat_map: Vec<String>,
    #[command(flatten)]
    pub(super) page: PageArgs,
}
