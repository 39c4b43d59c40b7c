//! Services, recounted from their tasks: what is alive, healthy, unhealthy and serving; and no
//! deployment has more tasks than `maximumPercent` admits.

use crate::model::{Cluster, GroupKind, LastStatus, LifecycleStage, RequestKind, Service};
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

/// What each service had after the last event.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceChecks(Vec<Seen>);

/// What one service had.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Tasks RUNNING or on their way, of each revision.
    active: Vec<u32>,
    /// The revision that takes over.
    green: Option<Green>,
}

/// A revision that takes over.
#[derive(Clone, Copy, Debug)]
struct Green {
    revision: GroupId,
    /// Thousandths of the traffic.
    share: u32,
    /// All its tasks were healthy.
    is_complete: bool,
}

impl ServiceChecks {
    /// The scheduler starts no task above `maximumPercent`, of the service or, where traffic
    /// shifts, of a revision; and no revision gets traffic before all its tasks are healthy, nor
    /// gives any back but to the one before it.
    pub(super) fn observe(&mut self, now: SimTime, cluster: &Cluster<'_>) -> Check {
        self.0.resize(cluster.services().len(), Seen::default());
        for (service, before) in cluster.services().iter().zip(&mut self.0) {
            let first = cluster.setup().group(service.revisions()[0]);
            let RequestKind::Service(setup) = &first.kind else { continue };
            let of = |id: &GroupId| cluster.groups()[id.index()].active_tasks();
            let active: Vec<u32> = service.revisions().iter().map(of).collect();
            before.active.resize(active.len(), 0);
            if !setup.is_daemon {
                let most = setup.deployment.most_tasks(service.desired_count());
                if setup.deployment.shifts_traffic() {
                    for (active, before) in active.iter().zip(&before.active) {
                        at_most(&first.name, *active, most, *before)?;
                    }
                } else {
                    let sum = |tasks: &[u32]| tasks.iter().sum();
                    at_most(&first.name, sum(&active), most, sum(&before.active))?;
                }
            }
            before.active = active;
            traffic(now, cluster, service, before)?;
        }
        Ok(())
    }
}

fn at_most(name: &str, active: u32, most: u32, before: u32) -> Check {
    holds!(active <= most.max(before), "{name}: {active} tasks, {before} before, at most {most}");
    Ok(())
}

/// Where the traffic of a service goes.
fn traffic(now: SimTime, cluster: &Cluster<'_>, service: &Service, before: &mut Seen) -> Check {
    let revision = service.primary();
    let name = &cluster.setup().group(revision).name;
    let green = service.traffic_shift().map(|shift| Green {
        revision,
        share: shift.share.0,
        is_complete: shift.stage != LifecycleStage::ScaleUp,
    });
    let had = before.green.filter(|had| had.revision == revision);
    before.green = green;
    let Some(green) = green else { return Ok(()) };
    let had = had.unwrap_or(Green { revision, share: 0, is_complete: false });
    let (was, share) = (had.share, green.share);
    holds!(was <= share, "{name}: traffic back from {was} to {share} thousandths");
    holds!(share == 0 || green.is_complete, "{name}: traffic before all its tasks are there");
    let healthy = cluster.groups()[revision.index()].healthy_at(now);
    let desired = service.desired_count();
    let becomes = green.is_complete && !had.is_complete;
    holds!(!becomes || healthy >= desired, "{name}: complete with {healthy} of {desired} healthy");
    Ok(())
}
