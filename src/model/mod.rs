//! Floor 2: pure ECS behaviour. No queue, no randomness, no I/O, no clock: `now` is an argument, what
//! should happen later is an [`Effect`], and how long it takes is somebody else's business.

mod addresses;
mod cluster;
mod decision;
mod demand;
mod departure;
mod draws;
mod ec2;
mod event;
mod exit;
mod fault;
mod image_cache;
mod instance;
mod lifecycle;
pub mod placement;
mod provider;
mod rate;
mod residents;
pub mod scaling;
pub mod selection;
mod service;
mod service_scaling;
mod setup;
mod spot;
mod stop_reason;
mod strategy;
mod task;

pub use addresses::Refused;
pub use cluster::{Cluster, StatusCounts};
pub use decision::{
    Considered, Decision, DecisionSink, ForecastMade, Launch, Leave, LeaveReason, Metered,
    NoDecisions, PolicyCall, Refusal, ServiceMetered, ServicePolicyCall, Start, TookEffect,
    Verdict,
};
pub use demand::{
    DemandSetup, Message, Queue, QueueSetup, QueueTotals, RequestSetup, RequestTotals,
    RequestsSeen, WorstBacklog, WorstQueue,
};
pub use draws::{Draws, Luck, SpotStretch};
pub use ec2::{ClassQuota, RefusalReason};
pub use event::{Effect, Event, PullKind};
pub use fault::{Fate, FaultId, FaultSetup, FaultStage, FaultTally, Struck};
pub use instance::{Instance, InstanceRef, InstanceStatus};
pub use provider::{NoRoom, ScalingGroup, Vacancy};
pub use rate::{Rates, ec2_charge_kind, fargate_charge_kind, fargate_rates, instance_rates};
pub use service::{
    Deployment, DeploymentFailure, DeploymentKind, Group, GroupKind, LifecycleStage, NotRebalanced,
    RebalancingEnd, Rollout, Service, TrafficShift, Wave, ZoneRebalancing,
};
pub use service_scaling::ScalingView;
pub use setup::{
    AutoScalingGroupSetup, Burst, Candidate, Definition, FargateOffering, FargateSetup, GroupSetup,
    LaunchTypeSetup, ManagedInstancesSetup, ProviderSetup, RequestKind, RunTaskSetup, ServiceSetup,
    Setup, SubnetSetup, UpdateSetup,
};
pub use spot::SpotSetup;
pub use stop_reason::StopReason;
pub use task::{LastStatus, Stamp, Stamps, StopCode, Task, TaskArena, TaskRef, Wait, WaitPart};
