//! The answer to a scenario: the output contract of `run -o json` (extend freely, rename never).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::answer_demand::{DemandRow, IdleRow, PaidForNothing, QueueRow};
use super::jobs::JobRow;
use super::loosely_packed::LooselyPackedRow;
use super::quantiles::{PhaseQuantiles, Quantiles};
use super::service_scaling::ScalingRow;
use super::service_zones::ServiceZonesRow;
use super::warm_up::WarmUpRow;

/// Everything `run` says. Times in seconds, money in US dollars.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Answer {
    /// Version of this layout.
    pub schema_version: u32,
    /// Version of the modelled rules; results may differ only when it does.
    pub model_version: String,
    /// What was asked.
    pub scenario: ScenarioSummary,
    /// What it was asked of.
    pub catalog: CatalogSummary,
    /// The instances, one row for each (capacity provider, type, purchase option).
    pub fleet: Vec<FleetRow>,
    /// What became of the tasks.
    pub tasks: TaskOutcome,
    /// What became of daemon services, whose tasks are in no other figure of tasks; left out where there
    /// is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub daemons: Vec<DaemonRow>,
    /// Services whose tasks were uneven over availability zones at some time; left out where none was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_zones: Vec<ServiceZonesRow>,
    /// What became of standalone tasks, by `[[run_task]]` block; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<JobRow>,
    /// The deployments of services, their creations too; of daemon services where they are updated.
    pub deployments: Vec<DeploymentRow>,
    /// What became of the desired counts of services that scale; left out where none does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scaling: Vec<ScalingRow>,
    /// What became of Spot instances; left out where none was bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot: Option<SpotOutcome>,
    /// What became of the requests to each service; left out without a demand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub demand: Vec<DemandRow>,
    /// What became of the messages of each queue; left out without a queue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueRow>,
    /// What was paid for while there was nothing to do; left out without demand and queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_for_nothing: Option<PaidForNothing>,
    /// What it costs.
    pub cost: CostOutcome,
    /// Limits that the fleet meets or needs.
    pub limits: Vec<LimitRow>,
    /// What each fault of the scenario did, in the scenario's order.
    pub faults: Vec<FaultRow>,
    /// What the answer rests on that is not documented by AWS.
    pub assumptions: Vec<Assumption>,
    /// Things the reader should know before trusting the answer.
    pub warnings: Vec<String>,
    /// Events handled.
    pub events: f64,
    /// Digest of the canonical trace.
    pub digest: String,
    /// With more than one replication: 95 % intervals by path.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub intervals: BTreeMap<String, Interval>,
}

impl Answer {
    /// The kinds of the fleet of which there are any, with their numbers: `m7g.large`, `of 1 vCPU, 2 GB`.
    /// Where not all are bought alike, those that are not on demand say how: `m7g.large Spot`.
    #[must_use]
    pub fn fleet_names(&self, number: impl Fn(&FleetRow) -> f64) -> Vec<(f64, String)> {
        let there = || self.fleet.iter().filter(|row| number(row) > 0.0);
        let alike =
            there().zip(there().skip(1)).all(|(a, b)| a.purchase_option == b.purchase_option);
        let name = |row: &FleetRow| {
            let name = match (&row.instance_type, &row.fargate_size) {
                (Some(name), _) => name.clone(),
                // A size begins with a number too.
                (None, size) => format!("of {}", size.as_deref().unwrap_or_default()),
            };
            let bought = match row.purchase_option.as_str() {
                _ if alike => "",
                "on-demand" => "",
                "spot" => " Spot",
                _ => " reserved",
            };
            (number(row), name + bought)
        };
        there().map(name).collect()
    }
}

/// The question in short.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ScenarioSummary {
    /// Its name.
    pub name: String,
    /// AWS Region.
    pub region: String,
    /// The Region whose prices stand in, if any.
    pub price_stand_in: Option<String>,
    /// Zones used.
    pub availability_zones: Vec<String>,
    /// Seed of the first replication.
    pub seed: u64,
    /// Independent runs behind every figure.
    pub replications: u32,
    /// Simulated time.
    pub horizon_s: f64,
}

/// Dates of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct CatalogSummary {
    /// Instance types and offerings.
    pub as_of: String,
    /// Each price series used.
    pub prices_as_of: BTreeMap<String, String>,
}

/// One kind of instance in the fleet.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct FleetRow {
    /// Capacity provider.
    pub capacity_provider: String,
    /// Instance type; null for Fargate.
    pub instance_type: Option<String>,
    /// Fargate size; null for EC2.
    pub fargate_size: Option<String>,
    /// `on-demand`, `spot`, `reserved`.
    pub purchase_option: String,
    /// Instances launched over the run.
    pub launched: f64,
    /// Most at one time.
    pub peak: f64,
    /// At the horizon.
    pub at_end: f64,
    /// At the horizon stopped in a warm pool, where only their volumes cost; left out without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_at_end: Option<f64>,
    /// Most tasks seen on one instance at one time.
    pub max_tasks_per_instance: f64,
    /// The limit that stops one more task of the largest kind seen (`memory`, `cpu`, `eni`, `gpu`).
    pub binding_limit: Option<String>,
    /// Billed: instance + fee + volume.
    pub usd_per_hour_each: f64,
    /// EC2's price alone: what selection compares.
    pub ec2_usd_per_hour_each: f64,
    /// The price series; `estimated-...` is not a quoted price.
    pub price_source: String,
    /// Share of replications that launched this type; null for one replication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<f64>,
}

/// What became of the tasks: every requested task is in exactly one of the accounts.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct TaskOutcome {
    /// Tasks asked for over the run.
    pub requested: f64,
    /// Reached RUNNING.
    pub started: f64,
    /// RUNNING at the horizon.
    pub running_at_end: f64,
    /// STOPPED, or on the way there, at the horizon.
    pub stopped: f64,
    /// Of those, by a Spot interruption.
    pub interrupted: f64,
    /// Of those that are STOPPED, on an instance that drained.
    pub drained: f64,
    /// Not yet RUNNING at the horizon.
    pub waiting_at_end: f64,
    /// What those wait for; left out where none waits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting_for: Vec<WaitingRow>,
    /// What is left out of the times below; left out itself where the scenario has no warm-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<WarmUpRow>,
    /// Requested to RUNNING.
    pub time_to_running_s: Quantiles,
    /// The same of the tasks of each wave; those without a task that ran are left out.
    pub waves: Vec<WaveRow>,
    /// Requested to serving.
    pub time_to_ready_s: Quantiles,
    /// The parts of the wait: decide_* , launch, boot, attach, pull, start, ready. Means sum to the
    /// mean time to ready.
    pub phases_s: BTreeMap<String, PhaseQuantiles>,
}

/// Tasks of a service or RunTask block that wait for one thing at the horizon.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct WaitingRow {
    /// Whose.
    pub service: String,
    /// A phase of `phases_s` up to `boot`; `starting`: on an instance; or what no instance offers and no
    /// further one will: `room`, `max_size`, `daemons`, `host_ports`, `placement_constraints`.
    pub waits_for: String,
    /// `room`, `max_size`: what the instances lack that have all else for a task: `cpu`, `memory`,
    /// `network_interfaces`, `gpus`; left out where they lack more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_of: Option<String>,
    /// How many.
    pub tasks: f64,
}

/// Tasks that were asked for for one reason.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct WaveRow {
    /// `first`: of new services, and of RunTask; `update`: by UpdateService; `replacement`: in place of
    /// tasks that stopped or were to.
    pub wave: String,
    /// Reached RUNNING.
    pub started: f64,
    /// Requested to RUNNING.
    pub time_to_running_s: Quantiles,
}

/// A daemon service: one task on each container instance.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct DaemonRow {
    /// Its name.
    pub service: String,
    /// Instances at the horizon that shall have a task of it.
    pub instances_at_end: f64,
    /// Of its tasks, RUNNING at the horizon.
    pub running_at_end: f64,
    /// Reached RUNNING over the run.
    pub started: f64,
    /// STOPPED, or on the way there, at the horizon.
    pub stopped: f64,
    /// Instance registered, service created or last task stopped, to RUNNING.
    pub time_to_running_s: Quantiles,
}

/// A deployment of a service.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct DeploymentRow {
    /// Service and number, from 1: `web/2`.
    pub deployment: String,
    /// Its service.
    pub service: String,
    /// Number of the revision that it brings, from 1.
    pub revision: u32,
    /// The task definition of that.
    pub task_definition: String,
    /// `creation`, `update` or `rollback`.
    pub kind: String,
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR` or `CANARY`.
    pub strategy: String,
    /// When it began.
    pub started_at_s: f64,
    /// `IN_PROGRESS`, `COMPLETED`, `FAILED` or `SUPERSEDED`; with replications that of the first.
    pub rollout_state: String,
    /// Whether it was completed: 1 or 0; with replications the share of the runs.
    pub completed: f64,
    /// Whether the circuit breaker gave it up, or a stage lasted too long: 1 or 0; with replications the
    /// share of the runs.
    pub failed: f64,
    /// From its beginning to its end, whatever that was; null while in progress.
    pub duration_s: Option<f64>,
    /// From its beginning until as many of its tasks as desired were healthy; null where they never were.
    pub healthy_s: Option<f64>,
    /// From its beginning until traffic began to shift to its revision, until that had all of it, and
    /// until the tasks of the one before began to go; null where traffic does not shift, or not yet.
    pub traffic_from_s: Option<f64>,
    /// See `traffic_from_s`.
    pub traffic_all_s: Option<f64>,
    /// See `traffic_from_s`.
    pub clean_up_s: Option<f64>,
    /// Tasks of its revision that failed.
    pub failed_tasks: f64,
    /// Fewest healthy tasks of the service while it was under way, percent of what was desired then; null
    /// of a creation.
    pub least_healthy_percent: Option<f64>,
    /// Of a daemon service: how long an instance was without a task of it, from the end of the containers
    /// of one that ran to RUNNING of the next. The median over these gaps, of which an instance whose
    /// tasks crash has several; null where none was. A gap is of the deployment in which it began.
    pub without_daemon_p50_s: Option<f64>,
    /// The longest; of an instance that has none at the horizon, up to then.
    pub without_daemon_max_s: Option<f64>,
    /// Most tasks of the service RUNNING or on their way.
    pub most_tasks: f64,
    /// Instances of the cluster running when it began; null of a creation.
    pub instances_before: Option<f64>,
    /// Most of them while it was under way.
    pub most_instances: Option<f64>,
    /// Hours of instances beside those that ran when it began, up to its end; null of a creation.
    pub extra_instance_hours: Option<f64>,
    /// Hours of tasks RUNNING or on their way beside the desired ones, up to its end; null of a creation.
    pub extra_task_hours: Option<f64>,
    /// Why it is still in progress at the horizon: `percentages`, `health_checks`, `stopping_tasks`,
    /// `PRODUCTION_TRAFFIC_SHIFT` and `BAKE_TIME` (nothing is wrong), or what its tasks wait for, as in
    /// `tasks.waiting_for`; with replications that of the first.
    pub held_by: Option<String>,
    /// Tasks of its revision that are unhealthy at the horizon; 0 once it has ended. Not in the answer's
    /// JSON.
    #[serde(skip)]
    pub unhealthy_at_end: f64,
    /// Why it failed: `tasks` (the circuit breaker) or `stage_timeout`; null: it did not.
    pub failed_by: Option<String>,
}

/// What became of Spot instances.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct SpotOutcome {
    /// What the pools were assumed to be like: no preset is the truth.
    pub preset: String,
    /// Spot instances that ran.
    pub instances_launched: f64,
    /// Of those, with an interruption notice.
    pub instances_interrupted: f64,
    /// Tasks that were still on them when EC2 took them back.
    pub tasks_taken: f64,
    /// From the notice to a task of the same service RUNNING instead.
    pub replacement_s: Quantiles,
    /// Service tasks under notice that nobody had replaced at the horizon.
    pub not_replaced_at_end: f64,
}

/// What it costs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct CostOutcome {
    /// Billed over the run: the sum of the lines.
    pub total_usd: f64,
    /// The rate at the horizon, surplus CPU credits included.
    pub per_hour_at_end_usd: f64,
    /// Of that, surplus CPU credits.
    pub credits_per_hour_at_end_usd: f64,
    /// That rate over 730 hours.
    pub per_month_at_end_usd: f64,
    /// No fleet that holds the tasks of the horizon costs less per hour; null where nothing runs.
    pub lower_bound_per_hour_usd: Option<f64>,
    /// The cheapest fleet found for them; null where none was sought.
    pub best_packing_per_hour_usd: Option<f64>,
    /// Whether that fleet is proven to be the cheapest.
    pub best_packing_proven: Option<bool>,
    /// That fleet.
    pub best_packing: Vec<BestPackingRow>,
    /// Whether that fleet keeps the split between on demand and Spot that mixed groups state, which bound
    /// and best packing leave out; left out itself where no group is mixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_packing_keeps_split: Option<bool>,
    /// Groups whose tasks fewer of their instances would hold: at least 2 and a fifth fewer; left out
    /// where none is so, and while tasks wait or a deployment is under way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loosely_packed: Vec<LooselyPackedRow>,
    /// The bill, after discounts.
    pub lines: Vec<CostLine>,
    /// That rate at list price, to which the bound and the best packing compare; left out where no
    /// discount is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_per_hour_at_end_usd: Option<f64>,
    /// What each discount takes off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<DiscountRow>,
    /// What the bill leaves out.
    pub not_included: Vec<String>,
}

impl CostOutcome {
    /// The rate at the horizon at list price.
    #[must_use]
    pub fn list_per_hour_usd(&self) -> f64 {
        self.list_per_hour_at_end_usd.unwrap_or(self.per_hour_at_end_usd)
    }
}

/// What a discount takes off.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct DiscountRow {
    /// Its name.
    pub name: String,
    /// Off what.
    pub applies_to: String,
    /// Off instances of these families alone; left out where it names none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instance_families: Vec<String>,
    /// How much of the list price.
    pub percent: f64,
    /// By what agreement; null where the scenario does not say.
    pub agreement: Option<String>,
    /// Taken off the bill of the run.
    pub off_usd: f64,
    /// Taken off the rate at the horizon.
    pub off_per_hour_at_end_usd: f64,
}

/// A row of the cheapest fleet found.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct BestPackingRow {
    /// Instance type.
    pub instance_type: String,
    /// How many with this content.
    pub instances: u32,
    /// Tasks on each, by task definition.
    pub tasks_each: BTreeMap<String, u32>,
}

/// A line of the bill.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct CostLine {
    /// What for.
    pub item: String,
    /// Instance time billed, hours.
    pub instance_hours: f64,
    /// How much.
    pub usd: f64,
}

/// A limit of the account or network that the fleet meets.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct LimitRow {
    /// Which.
    pub limit: String,
    /// How much the run needs at its peak.
    pub needed: f64,
    /// How much there is; null where the scenario does not say.
    pub of: Option<f64>,
    /// How often it refused something.
    pub refused: f64,
    /// Whether nothing in the run is held back by it, where AWS would refuse what is beyond. `refused` is
    /// then how much that is; left out where it is false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub told_only: bool,
}

/// A fault of the scenario: what it did, what recovery took and cost.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct FaultRow {
    /// Its name.
    pub name: String,
    /// What went wrong.
    pub kind: String,
    /// When it began.
    pub start_s: f64,
    /// When it ended: at its start where it happens at one moment, at the horizon where it has no end.
    pub end_s: f64,
    /// Tasks that it ended, or that failed to start by it.
    pub tasks_stopped: f64,
    /// Instances that it took.
    pub instances_lost: f64,
    /// Instances that it cut off from ECS.
    pub instances_disconnected: f64,
    /// Launch requests that EC2 refused by it.
    pub launches_refused: f64,
    /// Launches, boots, attachments and pulls that it made longer.
    pub starts_slowed: f64,
    /// Whether the services that it harmed came back to their desired count: 1 or 0; with replications
    /// the share of the runs.
    pub recovered: f64,
    /// From its start until they were back for good; 0 where it harmed no service, null where they were
    /// not back.
    pub recovery_s: Option<f64>,
    /// The bill of this run less that of the same run without this fault; null where that was not run.
    pub extra_usd: Option<f64>,
}

/// A value that AWS does not document.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Assumption {
    /// Parameter, as `--set` names it.
    pub parameter: String,
    /// Its value here.
    pub value: String,
    /// `measured (n = ...)`, `assumed`, `estimated`, `stated` (by the scenario).
    pub grade: String,
    /// Where from.
    pub source: String,
}

/// A 95 % Student-t interval of the mean over replications, and the spread of the runs themselves.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Interval {
    /// Lower end.
    pub ci95_low: f64,
    /// Upper end.
    pub ci95_high: f64,
    /// Replications.
    pub n: u32,
    /// Lowest of the runs.
    pub min: f64,
    /// Highest of the runs.
    pub max: f64,
}
