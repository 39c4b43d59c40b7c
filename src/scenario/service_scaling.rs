//! Service auto scaling: what Application Auto Scaling changes of a service's desired count, and when.
//! The names are those of its API; what AWS does not let anybody set has names of ours.

use crate::random::Distribution;
use crate::units::SimDuration;

use super::schedule::Schedule;
use super::spec::Scenario;

/// A service whose desired count may be changed (RegisterScalableTarget).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalableTarget {
    /// Position of the service.
    pub service: usize,
    /// Fewest tasks.
    pub min_capacity: u32,
    /// Most tasks.
    pub max_capacity: u32,
}

/// A scaling policy of a service (PutScalingPolicy).
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingPolicy {
    /// Its name.
    pub name: String,
    /// Position of the service.
    pub service: usize,
    /// `policy_type` and that type's settings.
    pub kind: PolicyKind,
}

/// The types of scaling policies.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyKind {
    /// Holds a metric at a target.
    TargetTracking(TargetTracking),
    /// Changes the capacity by steps, by how far an alarm is breached.
    Step(StepScaling),
    /// Scales out ahead of what past days foretell.
    Predictive(PredictiveScaling),
}

/// A metric that a policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyMetric {
    /// CPU used in percent of what the running tasks reserve.
    Cpu,
    /// Memory used in percent of what they reserve.
    Memory,
    /// Requests in a minute for each task that takes traffic.
    RequestCountPerTarget,
    /// Messages in the service's queues for each running task.
    BacklogPerTask,
    /// Messages in the service's queues that nobody works on.
    MessagesVisible,
    /// Age of the oldest of them, seconds.
    AgeOfOldestMessage,
}

impl PolicyMetric {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Cpu,
        Self::Memory,
        Self::RequestCountPerTarget,
        Self::BacklogPerTask,
        Self::MessagesVisible,
        Self::AgeOfOldestMessage,
    ];

    /// The name of CloudWatch, or of ours.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPUUtilization",
            Self::Memory => "MemoryUtilization",
            Self::RequestCountPerTarget => "RequestCountPerTarget",
            Self::BacklogPerTask => "BacklogPerTask",
            Self::MessagesVisible => "ApproximateNumberOfMessagesVisible",
            Self::AgeOfOldestMessage => "ApproximateAgeOfOldestMessage",
        }
    }
}

/// A metric as it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Published {
    /// Which.
    pub metric: PolicyMetric,
    /// Every so many seconds: 60, or 20.
    pub resolution: u32,
}

/// Seconds of a period of CloudWatch metrics, unless a service is monitored at a higher resolution.
pub const STANDARD_RESOLUTION: u32 = 60;

/// Seconds of a period at the higher resolution.
pub const HIGH_RESOLUTION: u32 = 20;

/// TargetTrackingScaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetTracking {
    /// What is held.
    pub metric: Published,
    /// At what.
    pub target_value: f64,
    /// How long a scale-out keeps back those that are no larger.
    pub scale_out_cooldown: SimDuration,
    /// How long a scale-in keeps back the next.
    pub scale_in_cooldown: SimDuration,
    /// Whether it never scales in.
    pub disable_scale_in: bool,
    /// Values above the target, in a row, after which it scales out.
    pub scale_out_datapoints: u32,
    /// Values below the band, in a row, after which it scales in.
    pub scale_in_datapoints: u32,
    /// How far below the target the band ends, percent of it.
    pub scale_in_band_percent: f64,
}

/// StepScaling, with the alarm that calls it.
#[derive(Clone, Debug, PartialEq)]
pub struct StepScaling {
    /// The alarm.
    pub alarm: StepAlarm,
    /// How adjustments are meant.
    pub adjustment_type: AdjustmentType,
    /// By the breach, in order of their bounds.
    pub step_adjustments: Vec<StepAdjustment>,
    /// Fewest tasks that a change in percent makes.
    pub min_adjustment_magnitude: u32,
    /// What the values of one period of the alarm make together.
    pub metric_aggregation_type: Aggregation,
    /// How long a scale-out keeps back those that are no larger, and a scale-in the next.
    pub cooldown: SimDuration,
}

/// A CloudWatch alarm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepAlarm {
    /// What it looks at.
    pub metric: Published,
    /// With what it compares.
    pub threshold: f64,
    /// How.
    pub comparison: Comparison,
    /// Over how long one value of it goes.
    pub period: SimDuration,
    /// How many values it looks at.
    pub evaluation_periods: u32,
    /// How many of them must breach.
    pub datapoints_to_alarm: u32,
}

/// `comparison_operator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Above or at.
    GreaterOrEqual,
    /// Above.
    Greater,
    /// Below or at.
    LessOrEqual,
    /// Below.
    Less,
}

impl Comparison {
    /// Whether a value breaches a threshold.
    #[must_use]
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::GreaterOrEqual => value >= threshold,
            Self::Greater => value > threshold,
            Self::LessOrEqual => value <= threshold,
            Self::Less => value < threshold,
        }
    }

    /// Whether it looks for high values.
    #[must_use]
    pub const fn is_upward(self) -> bool {
        matches!(self, Self::GreaterOrEqual | Self::Greater)
    }
}

/// `adjustment_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustmentType {
    /// So many tasks more or less.
    ChangeInCapacity,
    /// So many percent more or less.
    PercentChangeInCapacity,
    /// So many tasks.
    ExactCapacity,
}

/// One step: what is done where the breach lies between its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepAdjustment {
    /// Value less threshold, at least; `None`: however low.
    pub lower: Option<f64>,
    /// At most; `None`: however high.
    pub upper: Option<f64>,
    /// What is done.
    pub adjustment: i32,
}

/// `metric_aggregation_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// The mean.
    Average,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
}

/// PredictiveScaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictiveScaling {
    /// The load is this metric times the tasks that bear it.
    pub metric: PolicyMetric,
    /// What one task shall bear of it.
    pub target_value: f64,
    /// Whether it acts, and does not only foretell.
    pub scales: bool,
    /// How long before an hour it acts.
    pub scheduling_buffer_time: SimDuration,
    /// Where the forecast asks for more than `max_capacity`: so many percent more than the forecast are
    /// admitted; `None`: `max_capacity` holds.
    pub increase_max_capacity: Option<u32>,
}

/// An action at stated times (PutScheduledAction): new limits.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledAction {
    /// Its name.
    pub name: String,
    /// Position of the service.
    pub service: usize,
    /// When.
    pub schedule: Option<Schedule>,
    /// Fewest tasks from then on; `None`: as before.
    pub min_capacity: Option<u32>,
    /// Most tasks from then on.
    pub max_capacity: Option<u32>,
}

/// How long it takes from a load to a change of the desired count.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceScalingTiming {
    /// Which part of a period has passed when the run begins.
    pub metric_phase: Distribution,
    /// End of a period to the alarm that sees its value, metrics of 60 seconds.
    pub publication_delay: Distribution,
    /// The same at 20 seconds.
    pub publication_delay_high_resolution: Distribution,
    /// The alarm to the new desired count.
    pub action: Distribution,
}

/// Which metrics of a service are published every 20 seconds (`monitoring_configuration`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Monitoring {
    /// CPUUtilization.
    pub cpu: bool,
    /// MemoryUtilization.
    pub memory: bool,
}

impl Scenario {
    /// Whether there is a metric of a service, or else what would make one.
    ///
    /// # Errors
    /// What to add.
    pub fn has_metric(&self, service: usize, metric: PolicyMetric) -> Result<(), &'static str> {
        let of = &self.services[service];
        let definition = &self.task_definitions[of.task_definition];
        let demand = self.demands.iter().find(|demand| demand.service == service);
        let (there, help) = match metric {
            PolicyMetric::Cpu => (
                demand.is_some() || definition.cpu_utilization_percent.is_some(),
                "add a [[demand]] for it, or `cpu_utilization_percent` to its task definition",
            ),
            PolicyMetric::Memory => (
                demand.is_some_and(|demand| demand.request.idle_memory.is_some()),
                "add a [[demand]] for it with `idle_memory_mib`",
            ),
            PolicyMetric::RequestCountPerTarget => (
                demand.is_some() && of.load_balancer.is_some(),
                "it takes a [[demand]] and a `load_balancer`",
            ),
            PolicyMetric::BacklogPerTask
            | PolicyMetric::MessagesVisible
            | PolicyMetric::AgeOfOldestMessage => {
                (self.queues.iter().any(|queue| queue.service == service), "add a [[queue]] for it")
            }
        };
        if there { Ok(()) } else { Err(help) }
    }
}
