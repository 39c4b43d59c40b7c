//! Managed scaling of an Auto Scaling group capacity provider: cluster auto scaling. The names are those
//! of the ECS API; what AWS does not let anybody set, and what nobody knows, has names of ours.

use crate::random::Distribution;
use crate::units::SimDuration;

/// `managed_scaling`.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedScaling {
    /// `status`: whether ECS scales the group.
    pub enabled: bool,
    /// Instances needed in percent of instances running, to which the group is held (1 to 100).
    pub target_capacity: u32,
    /// Fewest instances that a scale-out asks for.
    pub minimum_scaling_step_size: u32,
    /// Most instances that a scale-out asks for.
    pub maximum_scaling_step_size: u32,
    /// No scale-out while an instance is younger.
    pub instance_warmup_period: SimDuration,
    /// What the counts of several groups of alike tasks make together.
    pub reservation_over_groups: OverGroups,
    /// Values above the target, one a minute, after which the group scales out.
    pub scale_out_datapoints: u32,
    /// Values below the target, one a minute, after which it scales in.
    pub scale_in_datapoints: u32,
    /// How far it may scale in each minute.
    pub scale_in_limit: ScaleInLimit,
    /// How long after a scale-out it does not scale in.
    pub scale_in_wait: SimDuration,
}

/// How many instances several groups of alike tasks need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverGroups {
    /// As many as the group that needs most: the rest comes in later rounds.
    Max,
    /// As many as all of them, each alone.
    Sum,
}

/// The most that a group loses in a minute of scale-in; at least one instance always. By the year from
/// which it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleInLimit {
    /// 50 % of the group: since September 2022.
    Of2022,
    /// 5 % of the group: before.
    Of2019,
    /// One instance: what a user saw in 2020.
    Of2020,
}

/// How long it takes from a need to a change of the desired capacity.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingTiming {
    /// From the start to the first minute at which the metric is computed.
    pub metric_phase: Distribution,
    /// A value of the metric to the alarm that sees it.
    pub alarm: Distribution,
    /// The alarm to the new desired capacity.
    pub action: Distribution,
}
