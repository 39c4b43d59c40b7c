//! Floor 0: rulers. Integer time, integer money, resources and typed ids. Knows nothing of ECS.

mod calendar;
mod ids;
mod money;
mod resources;
mod time;

pub use calendar::{parse_timestamp, timestamp};
pub use ids::{
    DemandId, GroupId, InstanceId, InstanceTypeId, ProviderId, QueueId, ServiceId, SpotPoolId,
    TaskDefinitionId, TaskGroupId, ZoneId,
};
pub use money::{HOURS_PER_MONTH, Usd, UsdPerHour};
pub use resources::{CPU_UNITS_PER_VCPU, CpuUnits, Limit, Mib, Resources};
pub use time::{ParseDurationError, SimDuration, SimTime};
