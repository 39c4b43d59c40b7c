//! What was typed: the command line as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::expect::Expectation;
use super::probe_args::{BreakEvenArgs, DecideArgs, HeadroomArgs, SensitivityArgs};
use super::question::Between;
use super::tool_args::{CompletionsArgs, ManArgs, SchemaArgs};

/// What capacity would my ECS tasks get, how soon would they run, what would it cost, and why? Answered
/// offline, by simulation, in milliseconds.
#[derive(Debug, Parser)]
#[command(
    name = "taskyard",
    version,
    args_override_self = true,
    after_help = "Exit codes: 0 ok; 1 an expectation failed; 2 bad input or usage; 3 a result cannot be \
                  written; 4 an internal invariant broke; 130 stopped by Ctrl-C."
)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Simulate a scenario: what is launched, how soon tasks run, what it costs
    Run(RunArgs),
    /// The same question without a file: tasks and requirements as flags
    Quote(Box<QuoteArgs>),
    /// One workload on several capacities or strategies, side by side
    Compare(CompareArgs),
    /// Where the winner of two scenarios changes as a number changes
    BreakEven(BreakEvenArgs),
    /// How many more tasks of a service until a limit, which limit, and what they cost on the way
    Headroom(HeadroomArgs),
    /// Which of the values that AWS does not document matters most, and how far they may move a figure
    Sensitivity(SensitivityArgs),
    /// What-if at scale: a scenario with some of its values varied, every point under the same seeds
    Sweep(Box<SweepArgs>),
    /// The parts of a sweep that ran on several machines become one sweep
    Merge(MergeArgs),
    /// Another question of a sweep: what meets a target, what is regretted least, a figure by two axes
    Decide(DecideArgs),
    /// Which instance types satisfy requirements, and which attribute removed the others
    Pick(Box<PickArgs>),
    /// Why: every launch decision, what limits the tasks on an instance, what one task waited for
    Explain(ExplainArgs),
    /// Read a scenario and tell everything that is wrong with it, without running it
    Check(CheckArgs),
    /// What the built-in tables hold: dates, rows, sources
    Catalog(CatalogArgs),
    /// Print the JSON Schema of a scenario, a sweep or an answer
    Schema(SchemaArgs),
    /// Print a script with which a shell completes what you type
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
    /// Pictures of what `run --out DIR` or `sweep --out DIR` wrote
    Plot(PlotArgs),
    /// One HTML file to look around in what `run --out DIR` or `sweep --out DIR` wrote
    Report(OutputsArgs),
    /// A trace of what `run --out DIR` wrote, for ui.perfetto.dev or chrome://tracing
    Trace(TraceArgs),
}

/// Forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// Forms of output of what is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PageFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// How many threads; the same words for every command that runs more than once.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct ThreadArgs {
    /// Threads; changes no result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

impl ThreadArgs {
    /// As many as were asked for; `None`: one for each core.
    pub(super) fn count(self) -> Option<usize> {
        self.jobs.map(usize::from)
    }
}

/// Whether the simulator checks itself.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct InvariantArgs {
    /// Check the simulator's invariants after every event
    #[arg(long)]
    pub(super) invariants: bool,
}

/// Another form of what goes into a directory.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct ParquetArgs {
    /// And a Parquet file beside each CSV file
    #[arg(long, requires = "out")]
    pub(super) parquet: bool,
}

/// Form of output of what is no table.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct PageArgs {
    /// Form of output
    #[arg(short = 'o', long, value_enum, default_value = "table")]
    pub(super) format: PageFormat,
}

/// The user's own catalogue.
#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// Prices that come before the built-in ones (CSV)
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,
    /// Instance types instead of the built-in ones (JSON of `aws ec2 describe-instance-types`)
    #[arg(long, value_name = "FILE")]
    pub(super) instance_types: Option<PathBuf>,
    /// Spot prices over time (JSON of `aws ec2 describe-spot-price-history`)
    #[arg(long, value_name = "FILE")]
    pub(super) spot_price_history: Option<PathBuf>,
}

/// What changes a scenario.
#[derive(Debug, Args)]
pub(super) struct ChangeArgs {
    /// Change a value of the scenario, for example service.web.desired_count=60; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// The seed of all randomness
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    #[command(flatten)]
    pub(super) files: FileArgs,
}

/// What `run` and `quote` have in common.
#[derive(Debug, Args)]
pub(super) struct AnswerArgs {
    /// Form of output; csv is the fleet
    #[arg(short = 'o', long, value_enum, default_value = "table")]
    pub(super) format: Format,
    /// Write summary.json, tasks.csv, instances.csv, series.csv, events.csv and
    /// scenario.resolved.toml into this directory
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) beside: ParquetArgs,
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// Independent runs under derived seeds; figures are then means with 95 % intervals
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) replications: u32,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
    /// Exit with 1 unless a figure of the JSON answer is so, for example
    /// 'tasks.time_to_running_s.p95 < 60' or 'fleet[t4g.small].launched == 30'; repeatable
    #[arg(long, value_name = "EXPR")]
    pub(super) expect: Vec<Expectation>,
    #[command(flatten)]
    pub(super) checks: InvariantArgs,
}

/// `run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Scenario file (TOML); - is standard input
    pub(super) scenario: PathBuf,
    #[command(flatten)]
    pub(super) answer: AnswerArgs,
}

/// `compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Scenario files (TOML), one for each variant
    #[arg(required = true, value_name = "SCENARIO")]
    pub(super) scenarios: Vec<PathBuf>,
    /// Another variant of the first file: NAME:PATH=VALUE, several values with ; between them; repeatable
    #[arg(long, value_name = "NAME:PATH=VALUE")]
    pub(super) variant: Vec<String>,
    /// The variant that the others are compared with [default: the first]
    #[arg(long, value_name = "NAME")]
    pub(super) baseline: Option<String>,
    /// Form of output; csv has a row for each variant
    #[arg(short = 'o', long, value_enum, default_value = "table")]
    pub(super) format: Format,
    /// Write compare.json and compare.csv into this directory
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// Independent runs of each variant under the same seeds: differences then have 95 % intervals
    #[arg(long, value_name = "N", default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) replications: u32,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
    #[command(flatten)]
    pub(super) checks: InvariantArgs,
}

/// `sweep`.
#[derive(Debug, Args)]
pub(super) struct SweepArgs {
    /// Sweep file or scenario (TOML); - is standard input
    pub(super) file: PathBuf,
    /// Another axis: a path of the scenario and its values, A,B,C or FROM..TO/STEP or
    /// log:FROM..TO/COUNT; repeatable
    #[arg(long, value_name = "PATH=VALUES")]
    pub(super) vary: Vec<String>,
    /// How values are combined: cartesian, zipped, random or latin-hypercube [default: cartesian]
    #[arg(long, value_name = "PLAN")]
    pub(super) plan: Option<String>,
    /// Points that a random or latin-hypercube plan draws
    #[arg(long, value_name = "N")]
    pub(super) samples: Option<String>,
    /// Independent runs of each point under the same seeds [default: 10]
    #[arg(long, value_name = "N")]
    pub(super) replications: Option<String>,
    /// Run each point until the 95 % intervals of the objectives are within so many percent of the mean
    #[arg(long, value_name = "PERCENT")]
    pub(super) precision: Option<String>,
    /// Most runs of a point then [default: 100]
    #[arg(long, value_name = "N")]
    pub(super) max_replications: Option<String>,
    /// Another figure to keep: a path of the JSON answer; repeatable
    #[arg(long, value_name = "PATH")]
    pub(super) metric: Vec<String>,
    /// A figure to rank by, the least first; repeatable, instead of the file's [default: monthly_usd
    /// and tasks.time_to_running_s.p95]
    #[arg(long, value_name = "PATH")]
    pub(super) objective: Vec<String>,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
    /// Form of output; csv has a row for each point
    #[arg(short = 'o', long, value_enum, default_value = "table")]
    pub(super) format: Format,
    /// Write sweep.json, points.csv, runs.csv and sweep.resolved.toml into this directory. Finished runs
    /// are kept there while the sweep runs
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) beside: ParquetArgs,
    /// Go on where a sweep that was stopped has ended: runs that are kept in DIR are not done again
    #[arg(long, requires = "out")]
    pub(super) resume: bool,
    /// Run the I-th of N parts alone, from 0, and write part-I-of-N.jsonl into DIR, for `merge`
    #[arg(long, value_name = "I/N", requires = "out")]
    pub(super) shard: Option<String>,
    /// Exit with 1 unless the mean of a figure is so at every point, for example 'tasks.waiting_at_end ==
    /// 0', or at one: 'points[VALUES].monthly_usd < 250'; repeatable
    #[arg(long, value_name = "EXPR", conflicts_with = "shard")]
    pub(super) expect: Vec<Expectation>,
    /// Change a value of the scenario at every point; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// The seed of all points
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<String>,
    #[command(flatten)]
    pub(super) files: FileArgs,
    #[command(flatten)]
    pub(super) checks: InvariantArgs,
}

/// `merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Parts, or directories with them
    #[arg(required = true, value_name = "DIR|FILE")]
    pub(super) parts: Vec<PathBuf>,
    /// Write what `sweep --out` writes into this directory
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) beside: ParquetArgs,
    /// Form of output; csv has a row for each point
    #[arg(short = 'o', long, value_enum, default_value = "table")]
    pub(super) format: Format,
}

/// `quote`.
#[derive(Debug, Args)]
pub(super) struct QuoteArgs {
    /// Tasks to run
    #[arg(long, value_name = "N")]
    pub(super) tasks: u32,
    /// CPU of one task: units (1024 are one vCPU), or for example "0.5 vCPU"
    #[arg(long, value_name = "CPU", required_unless_present = "task_definition")]
    pub(super) cpu: Option<String>,
    /// Memory of one task: MiB, or for example "1 GB"
    #[arg(long, value_name = "MEMORY", required_unless_present = "task_definition")]
    pub(super) memory: Option<String>,
    /// GPUs of one task
    #[arg(long, value_name = "N")]
    pub(super) gpus: Option<u32>,
    /// Where the task runs; a task that does not say gets x86-64
    #[arg(long, value_name = "ARCHITECTURE", value_parser = ["X86_64", "ARM64"], ignore_case = true)]
    pub(super) cpu_architecture: Option<String>,
    /// Size of the compressed image, MB
    #[arg(long, value_name = "MB")]
    pub(super) image_size_mb: Option<u32>,
    /// Task definition: the JSON that register-task-definition takes or describe-task-definition
    /// prints; the flags above come before it
    #[arg(long, value_name = "FILE")]
    pub(super) task_definition: Option<PathBuf>,
    /// Where tasks run; fargate and fargate-spot have no instances to require anything of
    #[arg(long, value_enum, value_name = "KIND", default_value = "managed-instances")]
    pub(super) capacity: CapacityArg,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Without ENI trunking
    #[arg(long)]
    pub(super) no_trunking: bool,
    /// How an offering is chosen
    #[arg(long, value_name = "POLICY", value_parser = ["cheapest-fit", "capacity-first"])]
    pub(super) selection_policy: Option<String>,
    /// How long to simulate
    #[arg(long, value_name = "TIME", default_value = "30m")]
    pub(super) horizon: String,
    /// Print the scenario that these flags stand for, and do not run it
    #[arg(long)]
    pub(super) print_scenario: bool,
    #[command(flatten)]
    pub(super) requirements: RequirementArgs,
    #[command(flatten)]
    pub(super) answer: AnswerArgs,
}

/// Kinds of capacity that `quote` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CapacityArg {
    /// Instances that ECS chooses and manages
    ManagedInstances,
    /// Fargate, on demand
    Fargate,
    /// Fargate Spot
    FargateSpot,
}

/// Where instances are bought.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// AWS Region, for example eu-west-1
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,
    /// The Region whose offerings and prices stand in
    #[arg(long, value_name = "REGION")]
    pub(super) price_stand_in: Option<String>,
    /// Availability zone ids, for example euw1-az1,euw1-az2
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) zones: Vec<String>,
}

/// `pick`.
#[derive(Debug, Args)]
pub(super) struct PickArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Who buys
    #[arg(long, value_enum, default_value = "managed-instances")]
    pub(super) scope: ScopeArg,
    /// How
    #[arg(long, value_name = "OPTION", default_value = "on-demand", value_parser = ["on-demand", "spot"])]
    pub(super) purchase_option: String,
    /// Types that the table shows; 0 is all
    #[arg(long, value_name = "N", default_value = "25")]
    pub(super) limit: usize,
    /// Form of output; csv is the matching types
    #[arg(short = 'o', long, value_enum, default_value = "table")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) requirements: RequirementArgs,
    #[command(flatten)]
    pub(super) files: FileArgs,
}

/// Who buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ScopeArg {
    /// ECS Managed Instances: its own families and sizes
    ManagedInstances,
    /// EC2 Fleet or an Auto Scaling group
    Ec2,
}

const INCLUSION: [&str; 3] = ["included", "required", "excluded"];

/// Every attribute of InstanceRequirements, with EC2's defaults for what is left out.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Instance requirements (a range: 2..4, 2.., ..4, or 4)")]
pub(super) struct RequirementArgs {
    /// Default vCPUs
    #[arg(long, value_name = "RANGE")]
    pub(super) vcpu_count: Option<Between>,
    /// Memory, MiB
    #[arg(long, value_name = "RANGE")]
    pub(super) memory_mib: Option<Between>,
    /// Processor manufacturers
    #[arg(long, value_name = "LIST", value_delimiter = ',',
          value_parser = ["intel", "amd", "amazon-web-services", "apple"])]
    pub(super) cpu_manufacturers: Vec<String>,
    /// Memory per vCPU, GiB
    #[arg(long, value_name = "RANGE")]
    pub(super) memory_gib_per_vcpu: Option<Between>,
    /// Only these types, with * for any characters
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) allowed_instance_types: Vec<String>,
    /// Not these types, with * for any characters
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        conflicts_with = "allowed_instance_types"
    )]
    pub(super) excluded_instance_types: Vec<String>,
    /// Generations
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = ["current", "previous"])]
    pub(super) instance_generations: Vec<String>,
    /// Price protection on demand, percent over the reference [default: off]
    #[arg(long, value_name = "PERCENT")]
    pub(super) on_demand_max_price_percentage_over_lowest_price: Option<u32>,
    /// Price protection of Spot, percent over the lowest Spot price [default: off]
    #[arg(long, value_name = "PERCENT")]
    pub(super) spot_max_price_percentage_over_lowest_price: Option<u32>,
    /// Price protection of Spot, percent of the on-demand reference [default: off]
    #[arg(
        long,
        value_name = "PERCENT",
        conflicts_with = "spot_max_price_percentage_over_lowest_price"
    )]
    pub(super) max_spot_price_as_percentage_of_optimal_on_demand_price: Option<u32>,
    /// Bare-metal types [default: excluded]
    #[arg(long, value_name = "WORD", value_parser = INCLUSION)]
    pub(super) bare_metal: Option<String>,
    /// Burstable types [default: excluded]
    #[arg(long, value_name = "WORD", value_parser = INCLUSION)]
    pub(super) burstable_performance: Option<String>,
    /// Only types that can hibernate
    #[arg(long)]
    pub(super) require_hibernate_support: bool,
    /// Network interfaces
    #[arg(long, value_name = "RANGE")]
    pub(super) network_interface_count: Option<Between>,
    /// Baseline network bandwidth, Gbit/s
    #[arg(long, value_name = "RANGE")]
    pub(super) network_bandwidth_gbps: Option<Between>,
    /// Baseline EBS bandwidth, Mbit/s
    #[arg(long, value_name = "RANGE")]
    pub(super) baseline_ebs_bandwidth_mbps: Option<Between>,
    /// Local storage, GB
    #[arg(long, value_name = "RANGE")]
    pub(super) total_local_storage_gb: Option<Between>,
    /// Types with local storage [default: included]
    #[arg(long, value_name = "WORD", value_parser = INCLUSION)]
    pub(super) local_storage: Option<String>,
    /// Kinds of local storage
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = ["hdd", "ssd"])]
    pub(super) local_storage_types: Vec<String>,
    /// Kinds of accelerator
    #[arg(long, value_name = "LIST", value_delimiter = ',',
          value_parser = ["gpu", "fpga", "inference", "media"])]
    pub(super) accelerator_types: Vec<String>,
    /// Number of accelerators; ..0 excludes them
    #[arg(long, value_name = "RANGE")]
    pub(super) accelerator_count: Option<Between>,
    /// Accelerator manufacturers
    #[arg(long, value_name = "LIST", value_delimiter = ',',
          value_parser = ["nvidia", "amd", "amazon-web-services", "xilinx", "habana"])]
    pub(super) accelerator_manufacturers: Vec<String>,
    /// Accelerators by name, for example a100,t4
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) accelerator_names: Vec<String>,
    /// Memory of all accelerators together, MiB
    #[arg(long, value_name = "RANGE")]
    pub(super) accelerator_total_memory_mib: Option<Between>,
    /// Only types that encrypt traffic between instances (EC2 only)
    #[arg(long)]
    pub(super) require_encryption_in_transit: bool,
    /// Families whose CPU performance is the least admitted (EC2 only)
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) baseline_performance_families: Vec<String>,
}

/// `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Scenario file (TOML); - is standard input
    pub(super) scenario: PathBuf,
    /// Tell of one task, for example web/3
    #[arg(long, value_name = "SERVICE/N", conflicts_with = "instance")]
    pub(super) task: Option<String>,
    /// Tell of one instance, for example ec2-managed/0
    #[arg(long, value_name = "PROVIDER/N")]
    pub(super) instance: Option<String>,
    /// Tell of one service: its deployments, and what it said of itself
    #[arg(long, value_name = "SERVICE", conflicts_with_all = ["task", "instance"])]
    pub(super) service: Option<String>,
    #[command(flatten)]
    pub(super) page: PageArgs,
    #[command(flatten)]
    pub(super) change: ChangeArgs,
}

/// `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Sweep file or scenario (TOML); - is standard input
    pub(super) scenario: PathBuf,
    #[command(flatten)]
    pub(super) page: PageArgs,
    #[command(flatten)]
    pub(super) change: ChangeArgs,
}

/// `catalog`.
#[derive(Debug, Args)]
pub(super) struct CatalogArgs {
    /// Tell of one AWS Region
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,
    /// The Region whose offerings and prices stand in
    #[arg(long, value_name = "REGION", requires = "region")]
    pub(super) price_stand_in: Option<String>,
    /// Form of output; csv is the tables
    #[arg(short = 'o', long, value_enum, default_value = "table")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) files: FileArgs,
}

/// `plot`.
#[derive(Debug, Args)]
pub(super) struct PlotArgs {
    /// The directory that `run --out` or `sweep --out` wrote; the pictures go there too
    #[arg(value_name = "DIR")]
    pub(super) directory: PathBuf,
    /// Form of the pictures
    #[arg(long, value_enum, default_value = "svg")]
    pub(super) format: PictureFormat,
}

/// Forms of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PictureFormat {
    /// For pages
    Svg,
    /// For what shows no SVG
    Png,
    /// Each as both
    Both,
}

/// `trace`.
#[derive(Debug, Args)]
pub(super) struct TraceArgs {
    /// The directory that `run --out` wrote; the trace goes there too
    #[arg(value_name = "DIR")]
    pub(super) directory: PathBuf,
    /// Every task and every point of each counter, however many: viewers open that slowly
    #[arg(long)]
    pub(super) all: bool,
}

/// `report`.
#[derive(Debug, Args)]
pub(super) struct OutputsArgs {
    /// The directory that `run --out` or `sweep --out` wrote; the result goes there too
    #[arg(value_name = "DIR")]
    pub(super) directory: PathBuf,
}
