//! What bears on an answer where Auto Scaling groups and launch types do.

use crate::model::{AutoScalingGroupSetup, Instance, ProviderSetup, WaitPart};
use crate::observe::Observers;
use crate::scenario::AutoScalingGroup;

use super::assemble::World;

/// Whether a parameter of groups could have changed the answer; `None`: it is not one of theirs.
pub(super) fn bears(world: &World<'_, '_>, observers: &Observers, parameter: &str) -> Option<bool> {
    let waited = |part: WaitPart| observers.metrics.waits[part as usize].sum_micros() > 0;
    if let Some(own) = parameter.strip_prefix("auto_scaling_group_provider.") {
        return Some(bears_on_groups(world, observers, own));
    }
    if parameter == "timing.auto_scaling_group.warm_boot" {
        let started = |instance: &Instance| {
            instance.stopped_at.get().is_some() && instance.left_warm_pool_at.get().is_some()
        };
        return Some(booted(world).any(|(instance, _)| started(instance)));
    }
    if parameter.starts_with("timing.auto_scaling_group.") {
        let accelerated = parameter.ends_with("running_accelerated");
        return Some(booted(world).any(|(instance, of)| {
            !accelerated || of.candidates[instance.candidate as usize].starts_slowly()
        }));
    }
    if parameter.starts_with("timing.cluster_auto_scaling.") {
        return Some(bears_on_groups(world, observers, "managed_scaling."));
    }
    match parameter {
        "service.placement_retry" => Some(waited(WaitPart::Scaling)),
        "provisioning_tasks_quota" => Some(false),
        "timing.boot" | "timing.launch" | "timing.launch_gpu" => {
            let managed = |instance: &Instance| {
                let provider = world.prepared.setup.provider(instance.capacity_provider);
                matches!(provider, ProviderSetup::ManagedInstances(_))
            };
            (!world.cluster.instances().iter().any(managed)).then_some(false)
        }
        _ => None,
    }
}

/// The instances of groups that were launched during the run.
fn booted<'w>(
    world: &'w World<'_, '_>,
) -> impl Iterator<Item = (&'w Instance, &'w AutoScalingGroupSetup)> {
    world.cluster.instances().iter().filter_map(|instance| {
        match world.prepared.setup.provider(instance.capacity_provider) {
            ProviderSetup::AutoScalingGroup(own) => {
                let launched = instance.registered_at.get() != Some(instance.requested_at);
                launched.then_some((instance, &**own))
            }
            ProviderSetup::ManagedInstances(_)
            | ProviderSetup::Fargate(_)
            | ProviderSetup::LaunchType(_) => None,
        }
    })
}

fn bears_on_groups(world: &World<'_, '_>, observers: &Observers, own: &str) -> bool {
    let waited = |part: WaitPart| observers.metrics.waits[part as usize].sum_micros() > 0;
    let groups = || {
        world.prepared.setup.providers.iter().filter_map(|provider| match provider {
            ProviderSetup::AutoScalingGroup(group) => Some(&group.settings),
            ProviderSetup::ManagedInstances(_)
            | ProviderSetup::Fargate(_)
            | ProviderSetup::LaunchType(_) => None,
        })
    };
    let any = |of: &dyn Fn(&AutoScalingGroup) -> bool| groups().any(of);
    match own {
        "initial_instances" => any(&|group| group.desired_capacity > 0),
        "user_data_time" => booted(world).next().is_some(),
        "launch_retry" | "default_pool_depth" | "az_rebalance_interval" => {
            observers.metrics.refusals > 0
        }
        "provisioning_timeout" => waited(WaitPart::Scaling),
        "managed_draining_timeout" => observers.metrics.drained > 0,
        _ if own.starts_with("managed_scaling.") => any(&|group| group.managed_scaling.enabled),
        _ => true,
    }
}
