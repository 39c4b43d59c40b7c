//! Instances that are paid for while no task is on them.

use crate::model::{Cluster, Effect};
use crate::units::{SimDuration, SimTime};

/// Time with and without tasks, of all instances. Daemon tasks do not count.
#[derive(Clone, Debug, Default)]
pub struct EmptyInstances {
    occupied: Vec<Occupied>,
    /// Running, all instances together.
    pub running: SimDuration,
    /// Of that, without a task.
    pub empty: SimDuration,
}

#[derive(Clone, Copy, Debug, Default)]
struct Occupied {
    tasks: u32,
    since: SimTime,
    total: SimDuration,
}

impl EmptyInstances {
    pub(super) fn observe(&mut self, now: SimTime, effects: &[Effect], cluster: &Cluster<'_>) {
        for effect in effects {
            let (task, comes) = match effect {
                Effect::AttachNetwork(task) => (*task, true),
                Effect::TaskEnded(task) => (*task, false),
                _ => continue,
            };
            let Some(id) = cluster.task(task).instance() else { continue };
            if cluster.is_daemon(task) {
                continue;
            }
            if self.occupied.len() <= id.index() {
                self.occupied.resize(id.index() + 1, Occupied::default());
            }
            let of = &mut self.occupied[id.index()];
            match (comes, of.tasks) {
                (true, 0) => of.since = now,
                (false, 1) => of.total += now.since(of.since),
                _ => {}
            }
            of.tasks = if comes { of.tasks + 1 } else { of.tasks.saturating_sub(1) };
        }
    }

    pub(super) fn finish(&mut self, horizon: SimTime, cluster: &Cluster<'_>) {
        for instance in cluster.instances() {
            let Some(from) = instance.running_at.get() else { continue };
            if cluster.is_external(instance) {
                continue;
            }
            let until = instance.terminated_at.get().unwrap_or(horizon).min(horizon);
            let of = self.occupied.get(instance.id().index()).copied().unwrap_or_default();
            let open = if of.tasks > 0 { until.since(of.since) } else { SimDuration::ZERO };
            let running = until.since(from);
            self.running += running;
            self.empty += running.saturating_sub(of.total + open);
        }
    }
}
