//! What must hold of cluster auto scaling: the metric is what its definition gives when it is worked out
//! anew from tasks and instances, and the desired capacity moves within its limits.

use std::collections::BTreeMap;

use crate::catalog::CpuArchitecture;
use crate::model::{
    AutoScalingGroupSetup, Cluster, Effect, Event, InstanceStatus, LastStatus, ProviderSetup,
    TaskRef,
};
use crate::scenario::cluster_query::{OfAttributes, Subject, Term};
use crate::scenario::{HostPort, ManagedScaling, OverGroups, PlacementConstraint, ScaleInLimit};
use crate::units::{Limit, ProviderId, Resources, SimTime};

use super::Check;

/// What was seen of each group.
#[derive(Clone, Debug, Default)]
pub(super) struct ScalingChecks {
    desired: BTreeMap<ProviderId, u32>,
    scaled_out_at: BTreeMap<ProviderId, SimTime>,
}

impl ScalingChecks {
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) -> Check {
        for id in (0..cluster.setup().providers.len()).map(ProviderId::from_index) {
            let ProviderSetup::AutoScalingGroup(setup) = cluster.setup().provider(id) else {
                continue;
            };
            self.check_desired(now, event, id, setup, cluster)?;
        }
        match event {
            Event::ReservationMeasured(id) => check_reservation(id, cluster),
            Event::ScalingPolicyActs(id, _) | Event::PlanCapacity(id) | Event::AzRebalance(id) => {
                check_protected(id, effects, cluster)
            }
            _ => Ok(()),
        }
    }

    /// The desired capacity lies between the group's least and most; the scaling policy alone moves it,
    /// and no further than it may.
    fn check_desired(
        &mut self,
        now: SimTime,
        event: Event,
        id: ProviderId,
        setup: &AutoScalingGroupSetup,
        cluster: &Cluster<'_>,
    ) -> Check {
        let Some(group) = cluster.scaling_group(id) else { return Ok(()) };
        let (now_is, settings) = (group.desired, &setup.settings);
        let name = &setup.name;
        let (min, max) = (settings.min_size, settings.max_size);
        holds!((min..=max).contains(&now_is), "{name} wants {now_is} of {min} to {max} instances");
        let Some(was) = self.desired.insert(id, now_is).filter(|was| *was != now_is) else {
            return Ok(());
        };
        let scaling = &settings.managed_scaling;
        let by_policy = matches!(event, Event::ScalingPolicyActs(of, _) if of == id);
        holds!(by_policy && scaling.enabled, "{name} went from {was} to {now_is} on {event:?}");
        if now_is > was {
            self.scaled_out_at.insert(id, now);
            // Documented: from zero it starts two.
            let least = if was == 0 { 2 } else { 1 };
            let step = scaling.maximum_scaling_step_size.max(least);
            holds!(now_is - was <= step, "{name} went from {was} to {now_is}, more than {step}");
            return Ok(());
        }
        let most = match scaling.scale_in_limit {
            ScaleInLimit::Of2022 => f64::from(was) * 0.5,
            ScaleInLimit::Of2019 => f64::from(was) * 0.05,
            ScaleInLimit::Of2020 => 1.0,
        };
        let step = f64::from(was - now_is);
        holds!(step <= most.max(1.0), "{name} went from {was} to {now_is} in a minute");
        if let Some(last) = self.scaled_out_at.get(&id) {
            let since = now.since(*last);
            holds!(since >= scaling.scale_in_wait, "{name} scales in {since} after a scale-out");
        }
        Ok(())
    }
}

/// With managed termination protection a change of the desired capacity costs no task its instance.
fn check_protected(id: ProviderId, effects: &[Effect], cluster: &Cluster<'_>) -> Check {
    let ProviderSetup::AutoScalingGroup(setup) = cluster.setup().provider(id) else {
        return Ok(());
    };
    if !setup.settings.managed_termination_protection {
        return Ok(());
    }
    let own = |instance| cluster.instance(instance).capacity_provider == id;
    for effect in effects {
        // Daemons protect nothing.
        let has_others =
            |instance| cluster.tasks_on(instance).iter().any(|task| !cluster.is_daemon(*task));
        let unprotected = match effect {
            Effect::InstanceDraining(instance) => own(*instance) && has_others(*instance),
            Effect::TaskEnded(task) if cluster.is_daemon(*task) => false,
            Effect::TaskEnded(task) => cluster.task(*task).instance().is_some_and(own),
            _ => false,
        };
        holds!(!unprotected, "{} let go of a protected instance: {effect:?}", setup.name);
    }
    Ok(())
}

/// The metric is what its definition gives.
fn check_reservation(id: ProviderId, cluster: &Cluster<'_>) -> Check {
    let ProviderSetup::AutoScalingGroup(setup) = cluster.setup().provider(id) else {
        return Ok(());
    };
    let reported = cluster.scaling_group(id).and_then(|group| group.reservation);
    let reported = reported.map(|value| value.percent()).unwrap_or_default();
    let found = reservation(id, setup, cluster);
    holds!((reported - found).abs() < 1e-9, "{} is at {reported} %, not {found} %", setup.name);
    Ok(())
}

fn reservation(id: ProviderId, setup: &AutoScalingGroupSetup, cluster: &Cluster<'_>) -> f64 {
    let scaling = &setup.settings.managed_scaling;
    let live = |status| matches!(status, InstanceStatus::Registering | InstanceStatus::Active);
    let mut has_tasks: BTreeMap<_, bool> = cluster
        .instances()
        .iter()
        .filter(|instance| instance.capacity_provider == id && live(instance.status))
        .map(|instance| (instance.id(), false))
        .collect();
    let mut waiting: BTreeMap<Kind, u32> = BTreeMap::new();
    for task in cluster.live_tasks() {
        let found = cluster.task(task);
        if found.last_status == LastStatus::Provisioning && found.capacity_provider == id {
            *waiting.entry(kind(task, setup, cluster)).or_default() += 1;
        }
        let on = found.instance().filter(|_| !cluster.is_daemon(task));
        if let Some(has) = on.and_then(|on| has_tasks.get_mut(&on)) {
            *has = true;
        }
    }
    let running = has_tasks.len() as f64;
    let busy = has_tasks.values().filter(|has| **has).count() as f64;
    let asked = !waiting.is_empty();
    let counts: Vec<u32> = waiting
        .iter()
        .filter_map(|(kind, tasks)| instances_for(kind, *tasks, (id, setup), cluster))
        .collect();
    match (asked, counts.is_empty(), running > 0.0) {
        (false, _, false) => 100.0,
        (true, true, _) => f64::from(scaling.target_capacity),
        (true, false, false) => 200.0,
        (true, false, true) => (running + f64::from(extra(&counts, scaling))) / running * 100.0,
        (false, _, true) => busy / running * 100.0,
    }
}

fn extra(counts: &[u32], scaling: &ManagedScaling) -> u32 {
    let all = match scaling.reservation_over_groups {
        OverGroups::Max => counts.iter().max().copied().unwrap_or(0),
        OverGroups::Sum => counts.iter().sum(),
    };
    all.max(scaling.minimum_scaling_step_size).min(scaling.maximum_scaling_step_size)
}

/// The sizes of the daemon tasks that each instance of a group has.
fn daemons_of(id: ProviderId, of: CpuArchitecture, cluster: &Cluster<'_>) -> Vec<Resources> {
    let daemons = cluster.setup().daemons_on(id).map(|(service, _)| {
        let asks = cluster.setup().revisions_of(service).map(|group| &group.ask);
        let sizes = asks.filter(|ask| ask.architecture == of).map(|ask| ask.size);
        // As large as any of its revisions.
        sizes.fold(Resources::ZERO, |most, size| most.max_of_each(&size))
    });
    daemons.collect()
}

/// What is left of a type when they are taken off, one after the other, as far as they fit.
fn beside(registered: Resources, daemons: &[Resources]) -> Resources {
    let mut left = registered;
    for daemon in daemons {
        if Limit::ALL.iter().all(|limit| daemon.get(*limit) <= left.get(*limit)) {
            left.cpu -= daemon.cpu;
            left.memory -= daemon.memory;
            left.eni_slots -= daemon.eni_slots;
            left.gpus -= daemon.gpus;
        }
    }
    left
}

/// Exactly what a task asks for; whether no instance of the group can ever be what it wants.
type Kind = (CpuArchitecture, Resources, Vec<HostPort>, bool, bool);

fn kind(task: TaskRef, setup: &AutoScalingGroupSetup, cluster: &Cluster<'_>) -> Kind {
    let ask = &cluster.setup().group(cluster.task(task).group).ask;
    let distinct = ask.constraints.contains(&PlacementConstraint::DistinctInstance);
    let expressions = || {
        ask.constraints.iter().filter_map(|constraint| match constraint {
            PlacementConstraint::DistinctInstance => None,
            PlacementConstraint::MemberOf(expression) => Some(expression.term()),
        })
    };
    let mut fresh = setup.attributes_of_all(ask.architecture, &cluster.setup().zones);
    let in_vain = expressions().next().is_some()
        && !fresh.any(|attributes| expressions().all(|term| may_be(term, &attributes)));
    (ask.architecture, ask.size, ask.host_ports.clone(), distinct, in_vain)
}

/// Whether attributes alone do not rule out that an instance satisfies a term.
fn may_be(term: &Term, attributes: &BTreeMap<String, String>) -> bool {
    if let Term::And(terms) = term {
        return terms.iter().all(|term| may_be(term, attributes));
    }
    let mut subjects = term.comparisons().into_iter().map(|comparison| &comparison.subject);
    !subjects.all(|subject| matches!(subject, Subject::Attribute(_)))
        || term.admits(&OfAttributes(attributes))
}

/// Instances of the largest type, filled one task after the other; `None`: the smallest type holds
/// none.
fn instances_for(
    kind: &Kind,
    tasks: u32,
    (id, setup): (ProviderId, &AutoScalingGroupSetup),
    cluster: &Cluster<'_>,
) -> Option<u32> {
    let (architecture, size, ports, distinct, in_vain) = kind;
    let daemons = daemons_of(id, *architecture, cluster);
    let types = || {
        let own = setup.candidates.iter().filter(|of| of.architecture == *architecture);
        own.map(|of| beside(of.registered, &daemons))
    };
    let fits = |of: Resources| Limit::ALL.iter().all(|limit| size.get(*limit) <= of.get(*limit));
    if *in_vain || types().count() == 0 || !types().all(fits) {
        return None;
    }
    let most = |limit| types().map(|of| of.get(limit)).max().unwrap_or(0);
    let (mut instances, mut on_last) = (0, 0);
    for _ in 0..tasks {
        let fits = Limit::ALL
            .iter()
            .all(|limit| u64::from(size.get(*limit)) * (on_last + 1) <= u64::from(most(*limit)));
        let alone = *distinct || !ports.is_empty();
        if instances == 0 || !fits || alone {
            instances += 1;
            on_last = 0;
        }
        on_last += 1;
    }
    Some(instances)
}
