//! The closed vocabulary of a run: everything that can happen, and everything that can be wished for.

use crate::units::{
    DemandId, GroupId, InstanceId, ProviderId, QueueId, ServiceId, SimDuration, SpotPoolId,
};

use super::fault::{FaultId, FaultStage};
use super::instance::InstanceRef;
use super::task::TaskRef;

/// Something happens now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// CreateService takes effect.
    CreateService(GroupId),
    /// UpdateService takes effect; the position in the list of updates.
    UpdateService(u32),
    /// RunTask is called.
    RunTask(GroupId),
    /// The service scheduler looks at a service again.
    ScheduleService(GroupId),
    /// ECS looks whether the zones of a service are even.
    LookAtZones(ServiceId),
    /// Tasks of a service have run long enough to count as healthy.
    TasksHealthy(GroupId),
    /// The next step of a service's deployment that shifts traffic is due; by its number.
    StageEnds(ServiceId, u32),
    /// A stage of such a deployment has lasted as long as it may.
    StageTimesOut(ServiceId, u32),
    /// So many of its container's checks have passed that a task is healthy, if it passes them still.
    HealthCheckPasses(TaskRef),
    /// So many have failed that it is unhealthy, if it fails them still.
    HealthCheckFails(TaskRef),
    /// The same of the load balancer's checks.
    TargetHealthy(TaskRef),
    /// The same of the load balancer's checks.
    TargetUnhealthy(TaskRef),
    /// An unhealthy task is no longer left alone.
    GracePeriodEnds(TaskRef),
    /// The load balancer is done with a task that stops.
    TaskDeregistered(TaskRef),
    /// The image digest of a service's revision is known, by its n-th first task.
    DigestResolved(GroupId, u32),
    /// A batch window closes, a retry is due, or a group differs from its desired capacity.
    PlanCapacity(ProviderId),
    /// Tasks of a provider may have waited in PROVISIONING for too long.
    ProvisioningTimeout(ProviderId),
    /// EC2 refused launches of a provider.
    LaunchRefused(ProviderId),
    /// A group compares its zones.
    AzRebalance(ProviderId),
    /// An instance is running (EC2's word).
    InstanceLaunched(InstanceId),
    /// An instance is registered as container instance and ACTIVE.
    InstanceRegistered(InstanceId),
    /// A Fargate task's micro-VM and network interface are there: the pull starts.
    FargateLaunched(TaskRef),
    /// Fargate Spot takes a task back.
    FargateReclaimed(TaskRef),
    /// A task's network interface is attached: the pull starts.
    NetworkAttached(TaskRef),
    /// A task's image is on the instance.
    ImagePulled(TaskRef),
    /// A task's containers run.
    TaskStarted(TaskRef),
    /// A task's application serves.
    TaskReady(TaskRef),
    /// A task's essential container exits by itself.
    ContainersExited(TaskRef),
    /// A stopping task's containers have exited or were killed.
    ExecutionStopped(TaskRef),
    /// A task's network interface is gone: STOPPED.
    TaskStopped(TaskRef),
    /// ECS begins to scale a group.
    ManagedScalingStarts(ProviderId),
    /// A minute is over: CapacityProviderReservation is computed.
    ReservationMeasured(ProviderId),
    /// The scaling policy of a group acts on the n-th call of an alarm.
    ScalingPolicyActs(ProviderId, u32),
    /// A period of a service's metrics that are published every so many seconds is over.
    ServiceMetered(ServiceId, u32),
    /// A scaling policy of a service acts on the n-th call of an alarm.
    ServicePolicyActs(ServiceId, u32),
    /// A scheduled action of a service takes effect; its position.
    ScheduledAction(ServiceId, u32),
    /// The forecast of a service's next hour acts; the position of its policy.
    ForecastDue(ServiceId, u32),
    /// An instance has been idle for the time after which it leaves.
    CheckIdle(InstanceRef),
    /// A provider looks for underutilised instances.
    CheckUtilisation(ProviderId),
    /// An instance reaches the age at which it drains.
    DrainDue(InstanceId),
    /// An instance reaches the age at which it is stopped.
    ForceStopDue(InstanceId),
    /// A fault of the scenario begins, is detected or ends.
    Fault(FaultId, FaultStage),
    /// A task fails in its start: its network interface does not come, or its image.
    TaskFails(TaskRef),
    /// The container of a task crashes, by a fault.
    TaskCrashes(TaskRef),
    /// An instance that never came up is given up; by which fault it is.
    HealthTimedOut(InstanceId, FaultId),
    /// A Spot pool turns off at the end of its n-th stretch.
    SpotPoolTurns(SpotPoolId, u32),
    /// EC2 recommends to replace a Spot instance.
    RebalanceRecommendation(InstanceId),
    /// EC2 will take a Spot instance back in two minutes.
    SpotNotice(InstanceId),
    /// EC2 takes a Spot instance back.
    SpotReclaim(InstanceId),
    /// The rate of a demand changes.
    DemandChanges(DemandId),
    /// Messages begin to arrive at a queue.
    MessagesBegin(QueueId),
    /// A message arrives at a queue.
    MessageArrives(QueueId),
    /// The work on a message ends; its number among those that were received.
    MessageProcessed(QueueId, u32),
    /// A message whose task stopped is visible again; its number among those that were received.
    MessageVisible(QueueId, u32),
}

// What waits in the queue lies in quarters of a cache line, with its generation. What an event carries
// is whole words: a narrow value would lie beside its tag, and every event would be copied in pieces
// that do not line up.
const _: () = assert!(size_of::<Event>() == 12, "an event and its generation are 16 bytes");

impl Event {
    /// The task that it happens to, if it happens to one.
    #[inline]
    #[must_use]
    pub const fn task(self) -> Option<TaskRef> {
        match self {
            Self::FargateLaunched(task)
            | Self::FargateReclaimed(task)
            | Self::NetworkAttached(task)
            | Self::ImagePulled(task)
            | Self::TaskStarted(task)
            | Self::TaskReady(task)
            | Self::ContainersExited(task)
            | Self::ExecutionStopped(task)
            | Self::TaskStopped(task)
            | Self::TaskFails(task)
            | Self::TaskCrashes(task)
            | Self::HealthCheckPasses(task)
            | Self::HealthCheckFails(task)
            | Self::TargetHealthy(task)
            | Self::TargetUnhealthy(task)
            | Self::GracePeriodEnds(task)
            | Self::TaskDeregistered(task) => Some(task),
            Self::CreateService(_)
            | Self::UpdateService(_)
            | Self::RunTask(_)
            | Self::ScheduleService(_)
            | Self::LookAtZones(_)
            | Self::TasksHealthy(_)
            | Self::StageEnds(..)
            | Self::StageTimesOut(..)
            | Self::DigestResolved(..)
            | Self::PlanCapacity(_)
            | Self::ProvisioningTimeout(_)
            | Self::LaunchRefused(_)
            | Self::AzRebalance(_)
            | Self::InstanceLaunched(_)
            | Self::InstanceRegistered(_)
            | Self::ManagedScalingStarts(_)
            | Self::ReservationMeasured(_)
            | Self::ScalingPolicyActs(..)
            | Self::ServiceMetered(..)
            | Self::ServicePolicyActs(..)
            | Self::ScheduledAction(..)
            | Self::ForecastDue(..)
            | Self::CheckIdle(_)
            | Self::CheckUtilisation(_)
            | Self::DrainDue(_)
            | Self::ForceStopDue(_)
            | Self::Fault(..)
            | Self::HealthTimedOut(..)
            | Self::SpotPoolTurns(..)
            | Self::RebalanceRecommendation(_)
            | Self::SpotNotice(_)
            | Self::SpotReclaim(_)
            | Self::DemandChanges(_)
            | Self::MessagesBegin(_)
            | Self::MessageArrives(_)
            | Self::MessageProcessed(..)
            | Self::MessageVisible(..) => None,
        }
    }
}

/// Something the model wishes: the engine gives it a time and turns it into an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// EC2 launches an instance; so long the request has waited already.
    LaunchInstance {
        /// Which.
        instance: InstanceId,
        /// Time since the batch window opened, which the measured launch time includes.
        waited: SimDuration,
    },
    /// An instance boots and its agent registers.
    BootInstance(InstanceId),
    /// Fargate makes a micro-VM for a task.
    LaunchFargate {
        /// Whose.
        task: TaskRef,
        /// Launches of this provider under way, this one among them.
        concurrent: u32,
    },
    /// Fargate Spot may want a task's capacity back.
    AwaitReclaim(TaskRef),
    /// A task's network interface is attached.
    AttachNetwork(TaskRef),
    /// A task's image is pulled.
    PullImage {
        /// Whose.
        task: TaskRef,
        /// From where.
        kind: PullKind,
    },
    /// A task's containers start.
    StartContainers(TaskRef),
    /// A task's application gets ready.
    AwaitReady(TaskRef),
    /// A standalone task runs until its essential container exits.
    AwaitExit(TaskRef),
    /// A task's containers get the stop signal.
    StopContainers(TaskRef),
    /// A task's network interface is removed.
    Deprovision(TaskRef),
    /// A task works on a message; its number among those that were received.
    ProcessMessage(QueueId, u32),
    /// The digest of a service's image is resolved by its n-th first task.
    ResolveDigest(GroupId, u32),
    /// The next call of RunTask.
    NextRunTask(GroupId),
    /// The first minute of a group under managed scaling ends.
    FirstReservation(ProviderId),
    /// An alarm calls the scaling policy of a group, for the n-th time.
    CallScalingPolicy(ProviderId, u32),
    /// The first period of a service's metrics ends; so many seconds long.
    FirstServiceMetric(ServiceId, u32),
    /// An alarm calls a scaling policy of a service.
    CallServicePolicy {
        /// Whose.
        service: ServiceId,
        /// For the n-th time.
        number: u32,
        /// Every so many seconds the metric is published.
        resolution: u32,
    },
    /// An event after a fixed time.
    After(SimDuration, Event),
    /// For observers: a task reached STOPPED.
    TaskEnded(TaskRef),
    /// For observers: an instance was terminated.
    InstanceTerminated(InstanceId),
    /// For observers: an instance was stopped in a warm pool.
    InstanceStopped(InstanceId),
    /// For observers: an instance started to drain.
    InstanceDraining(InstanceId),
    /// For observers: ECS cannot reach an instance any more.
    InstanceDisconnected(InstanceId),
    /// For observers: ECS can reach it again.
    InstanceReconnected(InstanceId),
}

/// Where a pull takes its image from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullKind {
    /// The registry.
    Registry,
    /// The instance's cache.
    Cached,
}
