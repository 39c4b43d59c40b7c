//! How many instances ran while deployments were under way, and what was there beside what is desired.

use crate::model::{Cluster, DeploymentKind, Effect, Event, Service};
use crate::units::{ServiceId, SimTime};

use super::daemon_gaps::DaemonGaps;
use super::fleet::Fleet;

/// Instances of the whole cluster, running when a deployment began, and most of them while it was under
/// way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    /// When it began.
    pub before: u32,
    /// Most at one time.
    pub most: u32,
    /// Those beside the ones before, and tasks beside the desired ones, since the last event.
    beside: [u32; 2],
    /// Their microseconds up to then.
    micros: [u64; 2],
    since: SimTime,
}

impl Instances {
    fn advance(&mut self, now: SimTime) {
        let passed = now.since(self.since).as_micros();
        self.since = now;
        for (sum, beside) in self.micros.iter_mut().zip(self.beside) {
            *sum += u64::from(beside) * passed;
        }
    }

    /// Hours of instances beside those that were there before, and of tasks RUNNING or on their way
    /// beside the desired ones, while the deployment was under way.
    #[must_use]
    pub fn hours_beside(mut self, now: SimTime) -> [f64; 2] {
        self.advance(now);
        self.micros.map(|micros| micros as f64 / 3.6e9)
    }
}

/// The number, from 0, of the update or the rollback of a service that is under way.
pub(super) fn under_way(service: &Service) -> Option<usize> {
    let number = service.deployments().len().checked_sub(1)?;
    let last = &service.deployments()[number];
    let under_way = last.rollout.ended_at().is_none() && last.kind != DeploymentKind::Creation;
    under_way.then_some(number)
}

/// By service, in the order of its deployments.
#[derive(Clone, Debug, Default)]
pub struct Rollouts {
    seen: Vec<Vec<Instances>>,
    /// Instances between two tasks of a daemon.
    pub gaps: DaemonGaps,
    /// Whether an update or a rollback was in progress after the last event. They begin with
    /// UpdateService, or end another.
    is_any_in_progress: bool,
    /// Whether an instance lacked a daemon's task when none was in progress any more.
    is_gap_open: bool,
}

impl Rollouts {
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
        fleet: &Fleet,
    ) {
        let begins = matches!(event, Event::UpdateService(_));
        if !self.is_any_in_progress && !begins && !self.is_gap_open {
            return;
        }
        self.gaps.observe(now, event, effects, cluster);
        self.is_any_in_progress = false;
        let running = fleet.running();
        self.seen.resize(cluster.services().len(), Vec::new());
        for (position, (service, seen)) in cluster.services().iter().zip(&mut self.seen).enumerate()
        {
            if let Some(last) = seen.last_mut() {
                last.advance(now);
            }
            while seen.len() < service.deployments().len() {
                if let Some(last) = seen.last_mut() {
                    last.beside = [0; 2];
                }
                let (before, most, since) = (running, running, now);
                seen.push(Instances { before, most, since, ..Instances::default() });
            }
            let Some(seen) = seen.last_mut() else { continue };
            seen.beside = [0; 2];
            if under_way(service).is_some() {
                self.is_any_in_progress = true;
                let tasks = cluster.active_tasks(ServiceId::from_index(position));
                seen.most = seen.most.max(running);
                seen.beside = [
                    running.saturating_sub(seen.before),
                    tasks.saturating_sub(service.desired_count()),
                ];
            }
        }
        self.is_gap_open = !self.is_any_in_progress && self.gaps.any_open(cluster);
    }

    /// Those of a deployment, if instances were counted.
    #[must_use]
    pub fn of(&self, service: usize, deployment: usize) -> Option<Instances> {
        self.seen.get(service)?.get(deployment).copied()
    }
}

/// Where a deployment that shifts traffic stands, by ECS's names of the stages.
pub(super) fn stage_words(id: ServiceId, cluster: &Cluster<'_>) -> Option<String> {
    let service = cluster.service(id);
    let shift = service.traffic_shift()?;
    let revision = cluster.setup().group(service.primary()).revision;
    let (whole, tenth) = (shift.share.0 / 10, shift.share.0 % 10);
    let percent = if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") };
    Some(format!("{}: {percent} % of the traffic to revision {revision}", shift.stage.name()))
}
