//! What a service says of itself, in ECS's own words (ECS developer guide, service-event-messages-list;
//! what users were shown). ECS writes `(service web)` before each; here that is the row's subject.

use std::collections::BTreeSet;

use crate::model::{Cluster, DeploymentKind, Effect, Event, Rollout, TaskRef};
use crate::units::{GroupId, ServiceId, SimTime};

use super::event_words::task_name;
use super::record::EventRow;

/// Most tasks that a message names.
const NAMED: usize = 10;

/// What was known of a service after the last event.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Tasks created so far, by revision.
    created: Vec<u64>,
    /// Whether tasks found no room.
    without_room: bool,
    /// Whether more than one attempt in a row has failed to start.
    backs_off: bool,
    /// Whether it has said that it is steady.
    steady: bool,
    /// Tasks that failed their checks.
    unwell: BTreeSet<TaskRef>,
    /// Whether it ever has.
    was_steady: bool,
    /// When it will be, if nothing happens.
    steady_at: Option<SimTime>,
    /// The state of each deployment.
    rollouts: Vec<Rollout>,
}

/// What services say.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceEvents(Vec<Seen>);

impl ServiceEvents {
    /// What became true between the last event and this one: a service whose tasks need only grow old is
    /// steady although nothing happens.
    pub(super) fn before(&mut self, now: SimTime, cluster: &Cluster<'_>, rows: &mut Vec<EventRow>) {
        let mut steady: Vec<(SimTime, usize)> = Vec::new();
        for (position, seen) in self.0.iter_mut().enumerate() {
            if let Some(at) = seen.steady_at.filter(|at| *at <= now && !seen.steady) {
                seen.steady = true;
                steady.push((at, position));
            }
        }
        steady.sort_unstable();
        for (at, position) in steady {
            let id = ServiceId::from_index(position);
            // The creation of a service whose tasks nobody checks ends unseen, with the age of the last.
            if !std::mem::replace(&mut self.0[position].was_steady, true)
                && let Some(name) = created(id, at, cluster)
            {
                rows.push(row(at, id, format!("{name} deployment completed."), cluster));
            }
            rows.push(row(at, id, "has reached a steady state.".to_owned(), cluster));
        }
    }

    /// What an event made services say.
    pub(super) fn after(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
        rows: &mut Vec<EventRow>,
    ) {
        self.0.resize(cluster.services().len(), Seen::default());
        for (position, seen) in self.0.iter_mut().enumerate() {
            let id = ServiceId::from_index(position);
            let mut say = |words: String| rows.push(row(now, id, words, cluster));
            started(seen, id, cluster, &mut say);
            stopped(id, now, effects, cluster, &mut say);
            checked(seen, (id, event), cluster, &mut say);
            held_up(seen, id, cluster, &mut say);
            deployed(seen, id, cluster, &mut say);
            let steady_at = cluster.steady_at(id, now);
            if steady_at.is_none() {
                seen.steady = false;
            }
            // It may be that its tasks were old enough before the last of the others had gone.
            seen.steady_at = steady_at.map(|at| at.max(now));
        }
        self.before(now, cluster, rows);
    }
}

fn row(at: SimTime, id: ServiceId, detail: String, cluster: &Cluster<'_>) -> EventRow {
    let first = cluster.service(id).revisions()[0];
    let subject = cluster.setup().group(first).name.clone();
    EventRow { at, event: "ServiceEvent", subject, detail }
}

/// `(task web/0) (task web/1)`, and how many more.
fn named(tasks: &[String]) -> String {
    let words: Vec<String> =
        tasks.iter().take(NAMED).map(|name| format!("(task {name})")).collect();
    match tasks.len().saturating_sub(NAMED) {
        0 => words.join(" "),
        more => format!("{} and {more} more", words.join(" ")),
    }
}

fn started(seen: &mut Seen, id: ServiceId, cluster: &Cluster<'_>, say: &mut impl FnMut(String)) {
    let revisions = cluster.service(id).revisions();
    seen.created.resize(revisions.len(), 0);
    let mut tasks = Vec::new();
    for (revision, before) in revisions.iter().zip(&mut seen.created) {
        let group = &cluster.groups()[revision.index()];
        let created = group.requested() - u64::from(group.not_created());
        let prefix = cluster.setup().group(*revision).task_prefix();
        tasks.extend((*before..created).map(|ordinal| format!("{prefix}/{ordinal}")));
        *before = created;
    }
    if !tasks.is_empty() {
        say(format!("has started {} tasks: {}.", tasks.len(), named(&tasks)));
    }
}

fn stopped(
    id: ServiceId,
    now: SimTime,
    effects: &[Effect],
    cluster: &Cluster<'_>,
    say: &mut impl FnMut(String),
) {
    let own = |task: &TaskRef| {
        cluster.service_of(cluster.task(*task).group) == Some(id)
            && cluster.stamps(*task).stopping_at.get() == Some(now)
    };
    let name = |task: TaskRef| task_name(task, cluster);
    let stopped = effects.iter().filter_map(|effect| match effect {
        Effect::StopContainers(task) => Some(*task),
        _ => None,
    });
    let stopped: Vec<String> = stopped.filter(own).map(name).collect();
    let draining = effects.iter().filter_map(|effect| match effect {
        Effect::After(_, Event::TaskDeregistered(task)) => Some(*task),
        _ => None,
    });
    let draining = draining.filter(own).count();
    if !stopped.is_empty() {
        say(format!("has stopped {} running tasks: {}.", stopped.len(), named(&stopped)));
    }
    if draining > 0 {
        say(format!("has begun draining connections on {draining} tasks."));
    }
}

fn checked(
    seen: &mut Seen,
    (id, event): (ServiceId, Event),
    cluster: &Cluster<'_>,
    say: &mut impl FnMut(String),
) {
    let (Event::HealthCheckFails(task)
    | Event::TargetUnhealthy(task)
    | Event::GracePeriodEnds(task)) = event
    else {
        return;
    };
    // Once, when its grace period is over.
    if cluster.service_of(cluster.task(task).group) == Some(id)
        && cluster.is_condemned(task)
        && seen.unwell.insert(task)
    {
        say(format!("(task {}) failed health checks.", task_name(task, cluster)));
    }
}

fn held_up(seen: &mut Seen, id: ServiceId, cluster: &Cluster<'_>, say: &mut impl FnMut(String)) {
    let primary = &cluster.groups()[cluster.service(id).primary().index()];
    if primary.is_without_room() && !seen.without_room {
        say(
            "was unable to place a task because no container instance met all of its requirements."
                .to_owned(),
        );
    }
    seen.without_room = primary.is_without_room();
    // More than one attempt in a row.
    let backs_off = primary.failed_starts() > 1;
    if backs_off && !seen.backs_off {
        say("is unable to consistently start tasks successfully.".to_owned());
    }
    seen.backs_off = backs_off;
}

fn deployed(seen: &mut Seen, id: ServiceId, cluster: &Cluster<'_>, say: &mut impl FnMut(String)) {
    let deployments = cluster.service(id).deployments();
    for (number, deployment) in deployments.iter().enumerate() {
        let name = deployment_name(deployment.revision, number, cluster);
        let known = seen.rollouts.get(number).copied();
        if known == Some(deployment.rollout) {
            continue;
        }
        match (known, deployment.rollout) {
            (None, _) if deployment.kind == DeploymentKind::Rollback => {
                say(format!("rolling back to {name}."));
            }
            // Said with the steady state.
            (_, Rollout::Completed(_)) if deployment.kind == DeploymentKind::Creation => {}
            (_, Rollout::Completed(_)) => say(format!("{name} deployment completed.")),
            (_, Rollout::Failed(_, why)) => {
                say(format!("{name} deployment failed: {}.", why.words()));
            }
            (_, Rollout::InProgress | Rollout::Superseded(_)) => {}
        }
    }
    seen.rollouts = deployments.iter().map(|deployment| deployment.rollout).collect();
}

/// The name of a service's creation, if it was completed by then and no other deployment came before.
fn created(id: ServiceId, by: SimTime, cluster: &Cluster<'_>) -> Option<String> {
    let creation = cluster.service(id).deployments().first()?;
    let in_time = match creation.rollout {
        Rollout::InProgress => true,
        Rollout::Completed(at) => at <= by,
        Rollout::Failed(..) | Rollout::Superseded(_) => false,
    };
    in_time.then(|| deployment_name(creation.revision, 0, cluster))
}

fn deployment_name(revision: GroupId, number: usize, cluster: &Cluster<'_>) -> String {
    format!("(deployment ecs-svc/{}/{})", cluster.setup().group(revision).name, number + 1)
}

pub(super) fn service_name(id: ServiceId, cluster: &Cluster<'_>) -> String {
    cluster.setup().service_name(id).to_owned()
}
