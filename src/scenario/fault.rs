//! Failures as part of a scenario: what goes wrong, where, from when to when.

use crate::catalog::{PurchaseOption, VcpuClass};
use crate::units::SimDuration;

/// A failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its name: its luck hangs on it.
    pub name: String,
    /// When it begins.
    pub start: SimDuration,
    /// When it ends; `None`: at the horizon, or at once where the kind has no duration.
    pub end: Option<SimDuration>,
    /// What it touches.
    pub scope: FaultScope,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// What a fault touches: all that every selector given admits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultScope {
    /// Availability zone id.
    pub availability_zone: Option<String>,
    /// Instance types, with `*` wildcards.
    pub instance_type: Option<String>,
    /// A capacity provider by name.
    pub capacity_provider: Option<String>,
    /// How instances are bought.
    pub purchase_option: Option<PurchaseOption>,
    /// A service or RunTask block by name.
    pub service: Option<String>,
    /// Images, with `*` wildcards.
    pub image: Option<String>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// A zone is gone: nothing is launched there, and its instances are lost or out of reach.
    AzOutage {
        /// What becomes of its instances.
        instances: Stranded,
        /// How long until lost ones are known to be lost.
        detected_after: SimDuration,
    },
    /// A zone is ill: some launches fail, and starts are slow.
    AzDegradation {
        /// Chance that a launch is refused.
        launch_failure_probability: f64,
        /// Launch, boot and network take so many times as long (parts per million).
        factor_ppm: u64,
    },
    /// EC2 has no capacity.
    InsufficientCapacity {
        /// Chance that a launch is refused.
        probability: f64,
    },
    /// EC2 takes Spot instances back, and Fargate Spot tasks.
    SpotStorm {
        /// How many.
        share: Share,
        /// Over how long their interruptions are spread.
        window: SimDuration,
    },
    /// EC2 recommends to replace Spot instances, and takes none back.
    RebalanceRecommendation {
        /// How many.
        share: Share,
    },
    /// Instances take long to boot.
    SlowBoot {
        /// So many times as long (parts per million).
        factor_ppm: u64,
        /// Share of the instances, by chance.
        probability: f64,
    },
    /// Instances never come up.
    DeadBoot {
        /// How far they get.
        stuck_in: StuckIn,
        /// Share of the instances, by chance.
        probability: f64,
        /// How long until they are given up.
        health_timeout: SimDuration,
    },
    /// ECS agents are disconnected.
    AgentDisconnect {
        /// Of how many instances.
        share: Share,
    },
    /// Images cannot be pulled from their registry.
    ImagePullFailure {
        /// Share of the pulls, by chance.
        probability: f64,
        /// From the beginning of the pull until the agent gives up.
        fails_after: SimDuration,
    },
    /// The registry is slow.
    SlowRegistry(Slowness),
    /// Network interfaces are not attached.
    EniAttachFailure {
        /// Share of the tasks, by chance.
        probability: f64,
        /// How it shows.
        cause: EniFailure,
        /// How long ECS waits for the interface.
        timeout: SimDuration,
    },
    /// The subnets of a zone run out of addresses.
    SubnetOutOfAddresses {
        /// Addresses that are still free when it begins.
        available_ip_address_count: u32,
    },
    /// RunInstances is throttled.
    ApiThrottling {
        /// Launches that pass at once.
        burst: u32,
        /// Launches a second after those, millionths.
        refill_micro_per_second: u64,
    },
    /// A quota is lower than usual.
    QuotaReached {
        /// Which.
        quota: Quota,
        /// Of which class of instance families; `None`: the one of all together. Fargate has no classes.
        class: Option<VcpuClass>,
        /// vCPUs.
        vcpus: u32,
    },
    /// Somebody terminates instances, or they fail.
    InstanceTerminated {
        /// How many.
        share: Share,
    },
    /// Tasks end.
    TaskKilled {
        /// How many.
        share: Share,
        /// How.
        cause: KilledBy,
    },
    /// Containers exit a while after they started.
    CrashLoop {
        /// From RUNNING to the exit.
        exit_after: SimDuration,
        /// Share of the tasks, by chance.
        probability: f64,
    },
}

/// What becomes of the instances of a zone that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stranded {
    /// They are gone for good.
    Lost,
    /// They run, and ECS cannot reach them.
    Unreachable,
}

/// How far an instance gets that never comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StuckIn {
    /// EC2 never says running: nothing is billed.
    Pending,
    /// It runs and is billed, and its agent never registers.
    Running,
}

/// How many of those that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// A share, parts per million; rounded to the nearest whole number, half up.
    Ppm(u32),
    /// So many, or all if there are fewer.
    Count(u32),
}

/// How slow a registry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slowness {
    /// Pulls take so many times as long (parts per million).
    Factor(u64),
    /// No pull is faster than so many bytes a second.
    BytesPerSecond(u64),
}

/// How a network interface fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EniFailure {
    /// It never comes: ECS gives up after the time-out.
    Timeout,
    /// The instance has no free device index: known when it would have been attached.
    DeviceIndex,
}

/// Quotas of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// Running On-Demand instances.
    OnDemandVcpus,
    /// Spot instances.
    SpotVcpus,
    /// Fargate.
    FargateVcpus,
    /// Fargate Spot.
    FargateSpotVcpus,
}

impl Quota {
    /// How what it counts is bought from EC2; `None`: it is one of Fargate.
    #[must_use]
    pub const fn bought(self) -> Option<PurchaseOption> {
        match self {
            Self::OnDemandVcpus => Some(PurchaseOption::OnDemand),
            Self::SpotVcpus => Some(PurchaseOption::Spot),
            Self::FargateVcpus | Self::FargateSpotVcpus => None,
        }
    }
}

/// Who ends tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KilledBy {
    /// StopTask.
    StopTask,
    /// Their own essential container exits.
    Exit,
}

/// Stands for a kind that could not be read.
impl Default for FaultKind {
    fn default() -> Self {
        Self::InsufficientCapacity { probability: 0.0 }
    }
}

impl FaultKind {
    /// Its word in scenarios.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AzOutage { .. } => "az-outage",
            Self::AzDegradation { .. } => "az-degradation",
            Self::InsufficientCapacity { .. } => "insufficient-capacity",
            Self::SpotStorm { .. } => "spot-storm",
            Self::RebalanceRecommendation { .. } => "rebalance-recommendation",
            Self::SlowBoot { .. } => "slow-boot",
            Self::DeadBoot { .. } => "dead-boot",
            Self::AgentDisconnect { .. } => "agent-disconnect",
            Self::ImagePullFailure { .. } => "image-pull-failure",
            Self::SlowRegistry(_) => "slow-registry",
            Self::EniAttachFailure { .. } => "eni-attach-failure",
            Self::SubnetOutOfAddresses { .. } => "subnet-out-of-addresses",
            Self::ApiThrottling { .. } => "api-throttling",
            Self::QuotaReached { .. } => "quota-reached",
            Self::InstanceTerminated { .. } => "instance-terminated",
            Self::TaskKilled { .. } => "task-killed",
            Self::CrashLoop { .. } => "crash-loop",
        }
    }

    /// Whether it happens at one moment and has no end.
    #[must_use]
    pub const fn is_momentary(&self) -> bool {
        matches!(
            self,
            Self::SpotStorm { .. }
                | Self::RebalanceRecommendation { .. }
                | Self::InstanceTerminated { .. }
                | Self::TaskKilled { .. }
        )
    }
}
