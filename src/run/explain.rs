//! Why the answer is what it is: launch decisions with the candidates that lost, what binds on each
//! type, refusals and departures.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::PurchaseOption;
use crate::model::{
    Candidate, Considered, Decision, Launch, Leave, LeaveReason, Refusal, Start, Verdict,
};
use crate::observe::Observers;
use crate::units::{Limit, TaskDefinitionId};

use super::answer::Answer;
use super::assemble::{World, binding, holds_ports, most_placed};
use super::explain_growth::{Growth, GrowthWhy};
use super::explain_scaling::{Rows, ScalingWhy};
use super::explain_service_scaling::{ServiceRows, ServiceScalingWhy};

/// Why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// What binds on each type of the fleet.
    pub fleet: Vec<FleetWhy>,
    /// Launch decisions in order.
    pub launches: Vec<LaunchWhy>,
    /// What cluster auto scaling saw and did, in order.
    pub scaling: Vec<ScalingWhy>,
    /// What service auto scaling saw and did, in order; left out where no service scales.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_scaling: Vec<ServiceScalingWhy>,
    /// What held groups back while tasks waited for them to grow; for each limit the longest time.
    pub growth: Vec<GrowthWhy>,
    /// Refused launches in order.
    pub refusals: Vec<RefusalWhy>,
    /// Instances that left, in order.
    pub departures: Vec<DepartureWhy>,
    /// Tasks that stopped, by service and reason.
    pub stops: Vec<StopWhy>,
}

/// Tasks of a service that stopped for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StopWhy {
    /// Service or RunTask block.
    pub service: String,
    /// ECS's stop code.
    pub stop_code: String,
    /// ECS's stopped reason, of the first of them.
    pub stop_reason: String,
    /// How many.
    pub tasks: u64,
    /// When the first was STOPPED, seconds.
    pub first_s: f64,
    /// When the last was.
    pub last_s: f64,
}

/// What binds on a type: how many tasks of the kind it mostly got fit, by limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FleetWhy {
    /// Capacity provider.
    pub capacity_provider: String,
    /// Instance type.
    pub instance_type: String,
    /// Instances launched.
    pub launched: u32,
    /// The task definition it mostly got.
    pub task_definition: String,
    /// Tasks of it that fit on one instance.
    pub tasks_fit: u32,
    /// Fit by limit; the binding one first.
    pub limits: Vec<LimitFit>,
    /// The sentence.
    pub sentence: String,
}

/// One limit of one type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitFit {
    /// `memory` (MiB), `cpu` (units), `eni` (task network interfaces), `gpu`.
    pub limit: Limit,
    /// What the instance registers.
    pub registered: u32,
    /// Of that, what its daemon tasks take.
    #[serde(skip_serializing_if = "is_zero")]
    pub daemons: u32,
    /// What one task reserves.
    pub per_task: u32,
    /// Tasks that fit by this limit alone.
    pub tasks: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// One launch decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaunchWhy {
    /// When, seconds.
    pub at_s: f64,
    /// Who.
    pub capacity_provider: String,
    /// Where.
    pub availability_zone: String,
    /// Tasks that waited for the zone, by definition.
    pub waiting: BTreeMap<String, u32>,
    /// What was launched.
    pub instance_type: String,
    /// How many.
    pub instances: u32,
    /// Tasks planned on each, by definition.
    pub tasks_each: BTreeMap<String, u32>,
    /// Types that could hold one of the tasks.
    pub candidates: usize,
    /// `into` or `from` where instances are launched into a warm pool, or come from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_pool: Option<&'static str>,
    /// The best of them, the chosen one first.
    pub considered: Vec<ConsideredWhy>,
}

/// A type as the policy saw it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsideredWhy {
    /// Instance type.
    pub instance_type: String,
    /// EC2's price.
    pub ec2_usd_per_hour: f64,
    /// Instances left in its pool, which only EC2 knows: for Spot and capacity reservations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool_depth: Option<u32>,
    /// Tasks on one instance.
    pub tasks: u32,
    /// EC2 price per placed task.
    pub usd_per_task_hour: f64,
    /// What stops one more.
    pub binding_limit: Limit,
    /// `chosen`, or why it lost.
    pub verdict: String,
}

/// A refused launch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RefusalWhy {
    /// When, seconds.
    pub at_s: f64,
    /// Who asked.
    pub capacity_provider: String,
    /// Where.
    pub availability_zone: String,
    /// For what.
    pub instance_type: String,
    /// How many.
    pub instances: u32,
    /// EC2's error code.
    pub reason: String,
}

/// An instance that left.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DepartureWhy {
    /// When, seconds.
    pub at_s: f64,
    /// `provider/number`.
    pub instance: String,
    /// Instance type.
    pub instance_type: String,
    /// Why.
    pub reason: String,
}

pub(super) fn explanation(
    world: &World<'_, '_>,
    observers: &Observers,
    _answer: &Answer,
) -> Explanation {
    let mut explanation = Explanation {
        fleet: fleet(world, observers),
        launches: Vec::new(),
        scaling: Vec::new(),
        service_scaling: Vec::new(),
        growth: Vec::new(),
        refusals: Vec::new(),
        departures: Vec::new(),
        stops: stops(observers),
    };
    let (mut scaling, mut growth) = (Rows::default(), Growth::default());
    let mut services = ServiceRows::default();
    for decision in observers.kept_decisions() {
        match decision {
            Decision::Launch(launch) => explanation.launches.push(launched(world, launch)),
            Decision::Refused(refusal) => explanation.refusals.push(refused(world, refusal)),
            Decision::Leave(leave) => explanation.departures.push(left(world, leave)),
            Decision::Metered(seen) => {
                scaling.metered(world, seen);
                growth.metered(world, seen);
            }
            Decision::PolicyCall(call) => {
                scaling.called(world, call);
                growth.called(world, call);
            }
            Decision::ServiceMetered(seen) => services.metered(world, seen),
            Decision::ServicePolicyCall(call) => services.called(world, call),
            Decision::TookEffect(seen) => services.scheduled(world, seen),
            Decision::ForecastMade(seen) => services.foretold(world, seen),
        }
    }
    explanation.growth = growth.finish(world);
    explanation.scaling = scaling.finish();
    explanation.service_scaling = services.finish();
    explanation
}

fn stops(observers: &Observers) -> Vec<StopWhy> {
    let all = observers.stops.iter().flat_map(|stops| stops.all());
    let why = all.map(|stop| StopWhy {
        service: stop.service.clone(),
        stop_code: stop.code.name().to_owned(),
        stop_reason: stop.reason.clone(),
        tasks: stop.tasks,
        first_s: stop.first.as_secs_f64(),
        last_s: stop.last.as_secs_f64(),
    });
    why.collect()
}

fn fleet(world: &World<'_, '_>, observers: &Observers) -> Vec<FleetWhy> {
    let setup = &world.prepared.setup;
    let mut rows = Vec::new();
    for (provider, position, count) in observers.fleet.counts() {
        let candidate = &setup.provider(provider).candidates()[position as usize];
        let Some(id) = most_placed(count) else { continue };
        let Some((mut tasks_fit, _)) = binding(world, provider, position, count) else { continue };
        let definition = setup.definition(id);
        let room = setup.room_beside_daemons(provider, candidate);
        let mut limits: Vec<LimitFit> = Limit::ALL
            .into_iter()
            .filter(|limit| definition.size.get(*limit) > 0)
            .map(|limit| LimitFit {
                limit,
                registered: candidate.registered.get(limit),
                daemons: candidate.registered.get(limit) - room.get(limit),
                per_task: definition.size.get(limit),
                tasks: room.get(limit) / definition.size.get(limit),
            })
            .collect();
        limits.sort_by_key(|fit| fit.tasks);
        let mut sentence = sentence(candidate, &definition.family, &limits);
        if tasks_fit > 1 && holds_ports(world, id) {
            tasks_fit = 1;
            sentence = port_sentence(candidate, &definition.family, &limits);
        }
        rows.push(FleetWhy {
            capacity_provider: setup.provider(provider).name().to_owned(),
            instance_type: candidate.name.clone(),
            launched: count.launched,
            task_definition: definition.family.clone(),
            tasks_fit,
            sentence,
            limits,
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.launched));
    rows
}

/// For instance: memory puts 1 "web" on a t4g.small: it registers 1,635 MiB (of 2,048 nominal), a task
/// takes 1,024; the ENI limit alone would allow 2, CPU 4.
fn sentence(candidate: &Candidate, family: &str, limits: &[LimitFit]) -> String {
    let Some((binding, others)) = limits.split_first() else { return String::new() };
    let nominal = if binding.limit == Limit::Memory {
        format!(" (of {} nominal)", thousands(candidate.memory))
    } else {
        String::new()
    };
    let others =
        if others.is_empty() { String::new() } else { format!("; {}", would_allow(others)) };
    let (name, unit) = limit_words(binding.limit);
    let daemons = if binding.daemons > 0 {
        format!(", daemons take {}", thousands(binding.daemons))
    } else {
        String::new()
    };
    format!(
        "{name} puts {} \"{family}\" on a {}: it registers {} {unit}{nominal}{daemons}, a task takes \
         {}{others}",
        binding.tasks,
        candidate.name,
        thousands(binding.registered),
        thousands(binding.per_task),
    )
}

/// For instance: the host ports of "web" put 1 on a m5.large; CPU alone would allow 4, memory 7.
fn port_sentence(candidate: &Candidate, family: &str, limits: &[LimitFit]) -> String {
    format!("the host ports of \"{family}\" put 1 on a {}; {}", candidate.name, would_allow(limits))
}

/// For instance: CPU alone would allow 4, memory 7.
fn would_allow(limits: &[LimitFit]) -> String {
    let allow = |(place, fit): (usize, &LimitFit)| {
        let allow = if place == 0 { " alone would allow" } else { "" };
        format!("{}{allow} {}", limit_words(fit.limit).0, fit.tasks)
    };
    limits.iter().enumerate().map(allow).collect::<Vec<_>>().join(", ")
}

/// A limit in a sentence, and its unit.
const fn limit_words(limit: Limit) -> (&'static str, &'static str) {
    match limit {
        Limit::Memory => ("memory", "MiB"),
        Limit::Cpu => ("CPU", "CPU units"),
        Limit::Eni => ("the ENI limit", "task network interfaces"),
        Limit::Gpu => ("the GPU count", "GPUs"),
    }
}

/// `1635` as `1,635`.
fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn families(world: &World<'_, '_>, counts: &[(TaskDefinitionId, u32)]) -> BTreeMap<String, u32> {
    let setup = &world.prepared.setup;
    counts.iter().map(|(id, count)| (setup.definition(*id).family.clone(), *count)).collect()
}

fn launched(world: &World<'_, '_>, launch: &Launch) -> LaunchWhy {
    let setup = &world.prepared.setup;
    let candidates = setup.provider(launch.capacity_provider).candidates();
    LaunchWhy {
        at_s: launch.at.as_secs_f64(),
        capacity_provider: setup.provider(launch.capacity_provider).name().to_owned(),
        availability_zone: setup.zones[launch.zone.index()].clone(),
        waiting: families(world, &launch.waiting),
        instance_type: candidates[launch.candidate].name.clone(),
        instances: launch.instances,
        tasks_each: families(world, &launch.tasks_each),
        candidates: launch.candidates,
        warm_pool: match launch.start {
            Start::Cold => None,
            Start::IntoWarmPool => Some("into"),
            Start::FromWarmPool => Some("from"),
        },
        considered: launch.considered.iter().map(|seen| considered(candidates, seen)).collect(),
    }
}

fn considered(candidates: &[Candidate], seen: &Considered) -> ConsideredWhy {
    ConsideredWhy {
        instance_type: candidates[seen.candidate].name.clone(),
        ec2_usd_per_hour: seen.ec2_price.as_dollars(),
        pool_depth: seen.pool_depth.filter(|_| hidden(&candidates[seen.candidate])),
        tasks: seen.tasks,
        usd_per_task_hour: seen.price_per_task.as_dollars(),
        binding_limit: seen.binding,
        verdict: verdict(seen.verdict).to_owned(),
    }
}

/// Whether the depth of its pool is one of the things that decided.
fn hidden(candidate: &Candidate) -> bool {
    candidate.reserved || candidate.purchase_option == PurchaseOption::Spot
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Chosen => "chosen",
        Verdict::Dearer => "dearer per task",
        Verdict::OlderGeneration => "a tie, but an older generation",
        Verdict::Larger => "a tie, but larger: a tie goes to the smaller type",
        Verdict::LaterByName => "a tie in everything but the name",
        Verdict::Refused => "EC2 had refused it",
        Verdict::ShallowerPool => "its pool is not the deepest",
        Verdict::NotDrawn => "the lot, weighted by depth, fell on another pool",
    }
}

fn refused(world: &World<'_, '_>, refusal: &Refusal) -> RefusalWhy {
    let setup = &world.prepared.setup;
    let provider = setup.provider(refusal.capacity_provider);
    RefusalWhy {
        at_s: refusal.at.as_secs_f64(),
        capacity_provider: provider.name().to_owned(),
        availability_zone: setup.zones[refusal.zone.index()].clone(),
        instance_type: provider.candidates()[refusal.candidate].name.clone(),
        instances: refusal.instances,
        reason: refusal.reason.name().to_owned(),
    }
}

fn left(world: &World<'_, '_>, leave: &Leave) -> DepartureWhy {
    let instance = world.cluster.instance(leave.instance);
    let provider = world.cluster.provider_name(instance.capacity_provider);
    let reason: &str = match leave.reason {
        LeaveReason::Idle => "idle for scale_in_after",
        LeaveReason::Consolidated => "underutilised: its tasks fit on other instances",
        LeaveReason::Replaced => "underutilised: a cheaper type holds its tasks",
        LeaveReason::Age => "drains at drain_after",
        LeaveReason::ForcedByAge => "stopped at force_stop_after",
        LeaveReason::ScaleIn => "the group scales in",
        LeaveReason::WarmPoolShrinks => "the warm pool shrinks as the group grows",
        LeaveReason::Drained => "drained of its tasks",
        LeaveReason::DrainingTimedOut => {
            "terminated with its tasks: managed_draining_timeout is over"
        }
        LeaveReason::SpotInterruption => "interrupted: EC2 took the Spot instance back",
        LeaveReason::ZonesBalanced => "replaced in a zone with fewer instances",
        LeaveReason::Rebalanced => "replaced on EC2's rebalance recommendation",
        LeaveReason::Lost(fault) => {
            let fault = &world.prepared.setup.faults[fault.index()];
            &format!("lost by the fault \"{}\" ({})", fault.name, fault.kind.name())
        }
        LeaveReason::NeverRegistered => "given up: it did not register in time",
    };
    DepartureWhy {
        at_s: leave.at.as_secs_f64(),
        instance: format!("{provider}/{}", instance.ordinal),
        instance_type: world.cluster.candidate_of(instance).name.clone(),
        reason: reason.to_owned(),
    }
}
