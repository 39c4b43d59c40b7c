//! Events, and what follows from them, in words.

use std::collections::BTreeMap;

use crate::model::{Cluster, Effect, Event, FaultStage, InstanceStatus, TaskRef};
use crate::units::{DemandId, GroupId, InstanceId, ProviderId, QueueId, SpotPoolId};

use super::service_events::service_name;

pub(super) fn instance_name(id: InstanceId, cluster: &Cluster<'_>) -> String {
    let instance = cluster.instance(id);
    format!("{}/{}", cluster.provider_name(instance.capacity_provider), instance.ordinal)
}

pub(super) fn group_name(id: GroupId, cluster: &Cluster<'_>) -> String {
    cluster.setup().group(id).name.clone()
}

pub(super) fn task_name(id: TaskRef, cluster: &Cluster<'_>) -> String {
    let task = cluster.task(id);
    format!("{}/{}", cluster.setup().group(task.group).task_prefix(), task.ordinal)
}

/// Why a task stops, in ECS's own words; `None` while it does not.
#[must_use]
pub fn stop_reason(id: TaskRef, cluster: &Cluster<'_>) -> Option<String> {
    let task = cluster.task(id);
    let group = cluster.setup().group(task.group);
    let image = &cluster.setup().definition(group.definition).image_name;
    let instance = task.instance().map_or_else(String::new, |id| instance_name(id, cluster));
    let subnet = cluster.setup().subnet_in(task.zone);
    Some(task.stop_reason?.words(&group.name, &instance, image, subnet))
}

fn queue_name(id: QueueId, cluster: &Cluster<'_>) -> String {
    cluster.setup().queues[id.index()].name.clone()
}

pub(super) fn provider_name(id: ProviderId, cluster: &Cluster<'_>) -> String {
    cluster.provider_name(id).to_owned()
}

fn pool_name(id: SpotPoolId, cluster: &Cluster<'_>) -> String {
    let providers = cluster.setup().providers.iter();
    let known = providers
        .flat_map(|provider| provider.candidates())
        .find(|candidate| candidate.instance_type == id.instance_type());
    let zone = &cluster.setup().zones[id.zone().index()];
    format!("{} in {zone}", known.map_or("", |candidate| &candidate.name))
}

/// The name of an event and of whom it happens to.
#[must_use]
pub fn event_words(event: Event, cluster: &Cluster<'_>) -> (&'static str, String) {
    match event {
        Event::CreateService(id) => ("CreateService", group_name(id, cluster)),
        Event::UpdateService(n) => {
            ("UpdateService", service_name(cluster.setup().updates[n as usize].service, cluster))
        }
        Event::RunTask(id) => ("RunTask", group_name(id, cluster)),
        Event::ScheduleService(id) => ("ServiceScheduler", group_name(id, cluster)),
        Event::DigestResolved(id, _) => ("ImageDigestResolved", group_name(id, cluster)),
        Event::PlanCapacity(id) => ("PlanCapacity", provider_name(id, cluster)),
        Event::ProvisioningTimeout(id) => ("ProvisioningTimeout", provider_name(id, cluster)),
        Event::LaunchRefused(id) => ("LaunchRefused", provider_name(id, cluster)),
        Event::AzRebalance(id) => ("AZRebalance", provider_name(id, cluster)),
        Event::InstanceLaunched(id) => ("InstanceRunning", instance_name(id, cluster)),
        Event::InstanceRegistered(id) => {
            let warmed = cluster.instance(id).status == InstanceStatus::Warmed;
            let name = if warmed { "InstanceWarmed" } else { "InstanceRegistered" };
            (name, instance_name(id, cluster))
        }
        Event::FargateReclaimed(id) => ("FargateSpotReclaim", task_name(id, cluster)),
        Event::NetworkAttached(id) | Event::FargateLaunched(id) => {
            ("TaskConnected", task_name(id, cluster))
        }
        Event::ImagePulled(id) => ("TaskPullStopped", task_name(id, cluster)),
        Event::TaskStarted(id) => ("TaskRunning", task_name(id, cluster)),
        Event::TaskReady(id) => ("TaskReady", task_name(id, cluster)),
        Event::ContainersExited(id) => ("TaskEssentialContainerExited", task_name(id, cluster)),
        Event::ExecutionStopped(id) => ("TaskExecutionStopped", task_name(id, cluster)),
        Event::TaskStopped(id) => ("TaskStopped", task_name(id, cluster)),
        Event::ManagedScalingStarts(id) => ("ManagedScalingStarts", provider_name(id, cluster)),
        Event::ReservationMeasured(id) => {
            ("CapacityProviderReservation", provider_name(id, cluster))
        }
        Event::ScalingPolicyActs(id, _) => ("ScalingPolicy", provider_name(id, cluster)),
        Event::ServiceMetered(id, _) => ("ServiceMetrics", service_name(id, cluster)),
        Event::ServicePolicyActs(id, _) => ("ServiceScalingPolicy", service_name(id, cluster)),
        Event::ScheduledAction(id, _) => ("ScheduledAction", service_name(id, cluster)),
        Event::ForecastDue(id, _) => ("Forecast", service_name(id, cluster)),
        Event::CheckIdle(of) => ("CheckIdle", instance_name(of.instance, cluster)),
        Event::CheckUtilisation(id) => ("CheckUtilisation", provider_name(id, cluster)),
        Event::DrainDue(id) => ("DrainDue", instance_name(id, cluster)),
        Event::ForceStopDue(id) => ("ForceStopDue", instance_name(id, cluster)),
        Event::Fault(id, stage) => {
            (fault_word(stage), cluster.setup().faults[id.index()].name.clone())
        }
        Event::TaskFails(id) => ("TaskFailedToStart", task_name(id, cluster)),
        Event::TaskCrashes(id) => ("TaskEssentialContainerExited", task_name(id, cluster)),
        Event::LookAtZones(id) => ("LookAtZones", service_name(id, cluster)),
        Event::TasksHealthy(id) => ("TasksHealthy", group_name(id, cluster)),
        Event::StageEnds(id, _) => ("DeploymentLifecycleStage", service_name(id, cluster)),
        Event::StageTimesOut(id, _) => ("DeploymentStageTimedOut", service_name(id, cluster)),
        Event::HealthCheckPasses(id)
        | Event::HealthCheckFails(id)
        | Event::TargetHealthy(id)
        | Event::TargetUnhealthy(id) => ("TaskHealthChecked", task_name(id, cluster)),
        Event::GracePeriodEnds(id) => ("HealthCheckGracePeriodEnds", task_name(id, cluster)),
        Event::TaskDeregistered(id) => ("TaskDeregistered", task_name(id, cluster)),
        Event::HealthTimedOut(id, _) => ("InstanceHealthTimedOut", instance_name(id, cluster)),
        Event::SpotPoolTurns(pool, _) => ("SpotPoolUnavailable", pool_name(pool, cluster)),
        Event::RebalanceRecommendation(id) => {
            ("RebalanceRecommendation", instance_name(id, cluster))
        }
        Event::SpotNotice(id) => ("SpotInterruptionWarning", instance_name(id, cluster)),
        Event::SpotReclaim(id) => ("SpotInterruption", instance_name(id, cluster)),
        Event::DemandChanges(id) => ("DemandChanges", demand_name(id, cluster)),
        Event::MessagesBegin(id) => ("MessagesBegin", queue_name(id, cluster)),
        Event::MessageArrives(id) => ("MessageSent", queue_name(id, cluster)),
        Event::MessageProcessed(id, _) => ("MessageProcessed", queue_name(id, cluster)),
        Event::MessageVisible(id, _) => ("MessageVisible", queue_name(id, cluster)),
    }
}

fn demand_name(id: DemandId, cluster: &Cluster<'_>) -> String {
    cluster.setup().demands[id.index()].name.clone()
}

const fn fault_word(stage: FaultStage) -> &'static str {
    match stage {
        FaultStage::Begins => "FaultBegins",
        FaultStage::Detected => "FaultDetected",
        FaultStage::Ends => "FaultEnds",
    }
}

/// What managed scaling measured, or made of it.
pub(super) fn group_words(event: Event, cluster: &Cluster<'_>) -> Option<String> {
    match event {
        Event::ReservationMeasured(id) => {
            let value = cluster.scaling_group(id)?.reservation?;
            let (percent, needed, running) = (value.percent(), value.needed, value.running);
            Some(format!("{percent} %: {needed} needed, {running} running"))
        }
        Event::HealthCheckPasses(id)
        | Event::HealthCheckFails(id)
        | Event::TargetHealthy(id)
        | Event::TargetUnhealthy(id) => Some(cluster.health_status(id).to_owned()),
        Event::StageEnds(id, _) => super::rollouts::stage_words(id, cluster),
        Event::ServicePolicyActs(id, _)
        | Event::ScheduledAction(id, _)
        | Event::ForecastDue(id, _) => Some(format!("desired count {}", cluster.desired_count(id))),
        Event::ScalingPolicyActs(id, _) => {
            Some(format!("desired capacity {}", cluster.scaling_group(id)?.desired))
        }
        _ => None,
    }
}

/// What an event's effects say, in words.
pub(super) fn detail(effects: &[Effect], cluster: &Cluster<'_>) -> String {
    let mut words = Vec::new();
    let mut launches = BTreeMap::<&str, u32>::new();
    for effect in effects {
        match effect {
            Effect::LaunchInstance { instance, .. } => {
                let candidate = cluster.candidate_of(cluster.instance(*instance));
                *launches.entry(&candidate.name).or_default() += 1;
            }
            Effect::AttachNetwork(task) => {
                let on = cluster.task(*task).instance().map(|id| instance_name(id, cluster));
                words.push(format!(
                    "placed {} on {}",
                    task_name(*task, cluster),
                    on.unwrap_or_default()
                ));
            }
            Effect::StopContainers(task) => {
                words.push(format!("stops {}", task_name(*task, cluster)));
            }
            Effect::TaskEnded(task) => {
                let code = cluster.task(*task).stop_code.map_or("", |code| code.name());
                let reason = stop_reason(*task, cluster).unwrap_or_default();
                words.push(format!("stopped {} ({code}: {reason})", task_name(*task, cluster)));
            }
            Effect::InstanceTerminated(id) => {
                words.push(format!("terminated {}", instance_name(*id, cluster)));
            }
            Effect::InstanceStopped(id) => {
                words.push(format!("stopped {} in the warm pool", instance_name(*id, cluster)));
            }
            Effect::InstanceDraining(id) => {
                words.push(format!("drains {}", instance_name(*id, cluster)));
            }
            Effect::InstanceDisconnected(id) => {
                words.push(format!("loses sight of {}", instance_name(*id, cluster)));
            }
            Effect::InstanceReconnected(id) => {
                words.push(format!("sees {} again", instance_name(*id, cluster)));
            }
            Effect::CallScalingPolicy(id, _) => {
                words.push(format!("calls the scaling policy of {}", provider_name(*id, cluster)));
            }
            Effect::CallServicePolicy { .. } => words.push("calls a scaling policy".to_owned()),
            Effect::LaunchFargate { task, .. } => {
                words.push(format!("launches {} on Fargate", task_name(*task, cluster)));
            }
            Effect::AwaitReclaim(_)
            | Effect::BootInstance(_)
            | Effect::PullImage { .. }
            | Effect::StartContainers(_)
            | Effect::AwaitReady(_)
            | Effect::AwaitExit(_)
            | Effect::Deprovision(_)
            | Effect::ResolveDigest(..)
            | Effect::NextRunTask(_)
            | Effect::ProcessMessage(..)
            | Effect::FirstReservation(_)
            | Effect::FirstServiceMetric(..)
            | Effect::After(..) => {}
        }
    }
    let launches = launches.into_iter().map(|(name, count)| format!("launches {count} {name}"));
    launches.chain(words).collect::<Vec<_>>().join("; ")
}
