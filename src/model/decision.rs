//! Decisions, told to whoever wants to know why. Losing candidates are known only where the choice is
//! made, so the model says them there; a sink that does not want them costs nothing.

use crate::units::{
    InstanceId, Limit, ProviderId, ServiceId, SimTime, TaskDefinitionId, UsdPerHour, ZoneId,
};

use super::ec2::RefusalReason;
use super::fault::FaultId;
use super::scaling::service::{Acted, Datapoint, Forecast, Limited, Saw};
use super::scaling::{Alarm, Order, Outcome, Reservation};

/// A decision of a capacity provider, or of service auto scaling.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Instances were asked of EC2.
    Launch(Launch),
    /// EC2 refused.
    Refused(Refusal),
    /// An instance leaves.
    Leave(Leave),
    /// CapacityProviderReservation was computed.
    Metered(Metered),
    /// The scaling policy of a group was called.
    PolicyCall(PolicyCall),
    /// A policy of a service saw a value.
    ServiceMetered(ServiceMetered),
    /// A policy of a service was called.
    ServicePolicyCall(ServicePolicyCall),
    /// A scheduled action took effect.
    TookEffect(TookEffect),
    /// The forecast of an hour came due.
    ForecastMade(ForecastMade),
}

/// A decision to launch instances of one kind in one zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// When.
    pub at: SimTime,
    /// Who.
    pub capacity_provider: ProviderId,
    /// Where.
    pub zone: ZoneId,
    /// Tasks that were waiting for this zone, by definition.
    pub waiting: Vec<(TaskDefinitionId, u32)>,
    /// Position of the chosen type in the provider's candidates.
    pub candidate: usize,
    /// Tasks planned on each instance, by definition.
    pub tasks_each: Vec<(TaskDefinitionId, u32)>,
    /// How many instances.
    pub instances: u32,
    /// The best candidates in order, the chosen one among them.
    pub considered: Vec<Considered>,
    /// Candidates that could hold at least one of the tasks.
    pub candidates: usize,
    /// What they are started from, and for what.
    pub start: Start,
}

/// How instances are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Launched, to take tasks.
    Cold,
    /// Launched into a warm pool.
    IntoWarmPool,
    /// Out of a warm pool, to take tasks.
    FromWarmPool,
}

/// A candidate as the policy saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Considered {
    /// Position in the provider's candidates.
    pub candidate: usize,
    /// EC2 price.
    pub ec2_price: UsdPerHour,
    /// Tasks that one instance takes.
    pub tasks: u32,
    /// Instances left in its pool; `None` without a known limit.
    pub pool_depth: Option<u32>,
    /// EC2 price per placed task; with several definitions, per task weighted by what it costs alone.
    pub price_per_task: UsdPerHour,
    /// What stops one more.
    pub binding: Limit,
    /// Why it lost, or that it won.
    pub verdict: Verdict,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Chosen.
    Chosen,
    /// Costs more per task.
    Dearer,
    /// As cheap within the tolerance, of an older generation.
    OlderGeneration,
    /// As cheap and as new, larger.
    Larger,
    /// As cheap, as new and as small; later by name.
    LaterByName,
    /// Its pool was refused lately.
    Refused,
    /// Its pool is not the deepest, or not deep enough.
    ShallowerPool,
    /// The lot, weighted by depth, fell on another pool.
    NotDrawn,
}

/// EC2 refused launches.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// When.
    pub at: SimTime,
    /// Who asked.
    pub capacity_provider: ProviderId,
    /// Where.
    pub zone: ZoneId,
    /// Position of the type in the provider's candidates.
    pub candidate: usize,
    /// How many instances.
    pub instances: u32,
    /// Why.
    pub reason: RefusalReason,
}

/// An instance leaves, or begins to.
#[derive(Clone, Debug, PartialEq)]
pub struct Leave {
    /// When.
    pub at: SimTime,
    /// Which.
    pub instance: InstanceId,
    /// Why.
    pub reason: LeaveReason,
}

/// Why an instance leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveReason {
    /// No task for the idle time.
    Idle,
    /// Its tasks fit on others.
    Consolidated,
    /// A cheaper type holds its tasks.
    Replaced,
    /// It reached the age to drain.
    Age,
    /// It reached the age to be stopped.
    ForcedByAge,
    /// Drained of its tasks.
    Drained,
    /// It drained for as long as it may.
    DrainingTimedOut,
    /// Its group shall have fewer instances.
    ScaleIn,
    /// Its warm pool shall have fewer instances.
    WarmPoolShrinks,
    /// EC2 took a Spot instance back.
    SpotInterruption,
    /// Another zone had fewer instances of its group.
    ZonesBalanced,
    /// Replaced on EC2's rebalance recommendation.
    Rebalanced,
    /// A fault took it.
    Lost(FaultId),
    /// It did not register in time.
    NeverRegistered,
}

/// A minute's CapacityProviderReservation, and what the alarms made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metered {
    /// When.
    pub at: SimTime,
    /// Whose.
    pub capacity_provider: ProviderId,
    /// The value.
    pub reservation: Reservation,
    /// Tasks in PROVISIONING that the smallest type cannot run, or no instance for what it is.
    pub incompatible: u32,
    /// The desired capacity.
    pub desired: u32,
    /// What the alarms made of it.
    pub alarm: Alarm,
}

/// A call of the scaling policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyCall {
    /// When it acted.
    pub at: SimTime,
    /// Whose.
    pub capacity_provider: ProviderId,
    /// The call, and the value that set it off.
    pub order: Order,
    /// The desired capacity before.
    pub desired: u32,
    /// What it did.
    pub outcome: Outcome,
}

/// A value of a policy's metric, and what its alarms made of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceMetered {
    /// When.
    pub at: SimTime,
    /// Whose.
    pub service: ServiceId,
    /// Position of the policy among the service's.
    pub policy: usize,
    /// The value; `None`: there is no data.
    pub point: Option<Datapoint>,
    /// The desired count.
    pub desired: u32,
    /// What the alarms made of it.
    pub saw: Saw,
}

/// A call of a service's policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServicePolicyCall {
    /// When it acted.
    pub at: SimTime,
    /// Whose.
    pub service: ServiceId,
    /// The desired count before.
    pub desired: u32,
    /// The call, what it wanted and what became of it.
    pub acted: Acted,
}

/// A scheduled action that took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TookEffect {
    /// When.
    pub at: SimTime,
    /// Whose.
    pub service: ServiceId,
    /// Position of the action among the service's.
    pub action: usize,
    /// The limits from now on.
    pub limits: (u32, u32),
    /// The desired count before.
    pub desired: u32,
    /// What became of it.
    pub limited: Limited,
}

/// The forecast of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecastMade {
    /// When it acted.
    pub at: SimTime,
    /// Whose.
    pub service: ServiceId,
    /// Position of the policy among the service's.
    pub policy: usize,
    /// The beginning of the hour.
    pub hour: SimTime,
    /// The desired count before.
    pub desired: u32,
    /// What it said, and did.
    pub forecast: Forecast,
}

/// Who listens to decisions.
pub trait DecisionSink {
    /// Whether decisions are wanted: if not, none is put together.
    fn wants(&self) -> bool;
    /// Takes a decision.
    fn record(&mut self, decision: Decision);
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDecisions;

impl DecisionSink for NoDecisions {
    fn wants(&self) -> bool {
        false
    }
    fn record(&mut self, _: Decision) {}
}

impl DecisionSink for Vec<Decision> {
    fn wants(&self) -> bool {
        true
    }
    fn record(&mut self, decision: Decision) {
        self.push(decision);
    }
}
