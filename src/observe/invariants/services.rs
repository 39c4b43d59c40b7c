//! Services, recounted from their tasks: what is alive, healthy, unhealthy and serving; and no deployment
//! has more tasks than `maximumPercent` admits.

use crate::model::{Cluster, GroupKind, LastStatus, RequestKind};
use crate::units::{GroupId, SimTime};

use super::Check;

/// What is counted of one revision.
#[derive(Clone, Copy, Default)]
struct Count {
    live: u32,
    healthy: u32,
    unhealthy: u32,
    serving: u32,
}

pub(super) fn check(now: SimTime, cluster: &Cluster<'_>) -> Check {
    let mut counts = vec![Count::default(); cluster.groups().len()];
    for id in cluster.live_tasks() {
        let task = cluster.task(id);
        let count = &mut counts[task.group.index()];
        count.live += 1;
        if task.wants_to_run() && task.last_status == LastStatus::Running {
            count.healthy += u32::from(cluster.is_healthy(id, now));
            count.unhealthy += u32::from(cluster.is_replaced_as_unhealthy(id));
            count.serving += u32::from(cluster.serves(id));
        }
    }
    for (position, (group, count)) in cluster.groups().iter().zip(&counts).enumerate() {
        let id = GroupId::from_index(position);
        let name = &cluster.setup().group(id).name;
        holds!(group.live() == count.live, "{name}: {} live, not {}", group.live(), count.live);
        if group.kind != GroupKind::Service {
            continue;
        }
        let told = group.healthy_at(now);
        holds!(told == count.healthy, "{name}: {told} healthy, not {}", count.healthy);
        let told = group.unhealthy_tasks();
        holds!(told == count.unhealthy, "{name}: {told} unhealthy, not {}", count.unhealthy);
        let told = group.serving();
        holds!(told == count.serving, "{name}: {told} serving, not {}", count.serving);
    }
    Ok(())
}

/// How many tasks each service had after the last event.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceChecks(Vec<u32>);

impl ServiceChecks {
    /// The scheduler starts no task above `maximumPercent`.
    pub(super) fn observe(&mut self, cluster: &Cluster<'_>) -> Check {
        self.0.resize(cluster.services().len(), 0);
        for (service, before) in cluster.services().iter().zip(&mut self.0) {
            let first = cluster.setup().group(service.revisions()[0]);
            let RequestKind::Service(setup) = &first.kind else { continue };
            let revisions = service.revisions().iter();
            let active = revisions.map(|id| cluster.groups()[id.index()].active_tasks()).sum();
            let most = setup.deployment.most_tasks(service.desired_count());
            holds!(
                setup.is_daemon || active <= most.max(*before),
                "{}: {active} tasks, {before} before, at most {most}",
                first.name
            );
            *before = active;
        }
        Ok(())
    }
}
