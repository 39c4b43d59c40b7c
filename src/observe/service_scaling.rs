//! What became of the desired counts of services that scale.

use std::collections::BTreeMap;

use crate::model::{Cluster, Event};
use crate::units::{ServiceId, SimDuration, SimTime};

use super::record::SeriesRow;

/// A time in which metrics asked for more tasks, until as many served as were wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breach {
    /// When the first period began whose value asked for more.
    pub from: SimTime,
    /// When the desired count first grew after that.
    pub reaction: Option<SimTime>,
    /// When as many tasks served as were desired at last.
    pub enough: Option<SimTime>,
    /// Requests that came from the beginning to then, or to the horizon, and those that were served.
    pub requests: Option<[f64; 2]>,
    /// The totals at the beginning.
    before: [f64; 2],
}

/// Breaches that are kept of a service.
const KEPT: usize = 200;

/// The scaling of one service.
#[derive(Clone, Debug)]
pub struct ScalingUse {
    /// Whose.
    pub service: ServiceId,
    /// The least desired count, and the greatest; `None`: the service was not created.
    pub range: Option<(u32, u32)>,
    /// Changes to more by policies, scheduled actions and forecasts.
    pub scale_outs: u32,
    /// To fewer.
    pub scale_ins: u32,
    /// Time at the most that was admitted.
    pub at_max: SimDuration,
    /// When the first value that asked for more began to be measured.
    pub first_breach: Option<SimTime>,
    /// When after that the desired count first grew.
    pub first_reaction: Option<SimTime>,
    /// Those that policies acted on, or that lasted to the horizon; the first of many.
    pub breaches: Vec<Breach>,
    /// The last one, while it lasts.
    breach: Option<Breach>,
    /// What had come and was served when the metrics were measured last.
    requests: [f64; 2],
    desired: u32,
    /// Since when the count is at its most.
    at_max_since: Option<SimTime>,
}

/// The scaling of all services.
#[derive(Clone, Debug, Default)]
pub struct ServiceScalings {
    all: Vec<ScalingUse>,
    /// By service, where it is in `all`.
    of_service: BTreeMap<ServiceId, usize>,
    /// Where those are whose desired count has grown and whose tasks do not all serve yet: any event may
    /// bring one.
    awaiting: Vec<usize>,
}

impl ServiceScalings {
    /// One for each scalable target, in the scenario's order.
    #[must_use]
    pub fn all(&self) -> &[ScalingUse] {
        &self.all
    }

    pub(super) fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        let setup = &cluster.setup().scaling;
        if setup.is_empty() {
            return;
        }
        if self.all.is_empty() {
            self.all = setup.iter().map(|own| ScalingUse::new(own.service)).collect();
            let own = setup.iter().enumerate();
            self.of_service = own.map(|(position, own)| (own.service, position)).collect();
        }
        match event {
            Event::ServicePolicyActs(id, _)
            | Event::ScheduledAction(id, _)
            | Event::ForecastDue(id, _)
            | Event::ServiceMetered(id, _) => {
                if let Some(position) = self.of_service.get(&id).copied() {
                    self.counts(position, now, event, cluster);
                }
            }
            Event::CreateService(_) | Event::UpdateService(_) => {
                for position in 0..self.all.len() {
                    self.counts(position, now, event, cluster);
                }
            }
            _ => {}
        }
        let all = &mut self.all;
        self.awaiting.retain(|position| !all[*position].has_enough(now, cluster));
    }

    fn counts(&mut self, position: usize, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        let own = &mut self.all[position];
        own.counts(now, event, cluster);
        if own.awaits_enough() && !self.awaiting.contains(&position) {
            self.awaiting.push(position);
        }
    }

    pub(super) fn finish(&mut self, horizon: SimTime, cluster: &Cluster<'_>) {
        for own in &mut self.all {
            own.leave_max(horizon);
            own.end_breach(horizon, cluster);
        }
    }
}

impl ScalingUse {
    const fn new(service: ServiceId) -> Self {
        Self {
            service,
            range: None,
            scale_outs: 0,
            scale_ins: 0,
            at_max: SimDuration::ZERO,
            first_breach: None,
            first_reaction: None,
            breaches: Vec::new(),
            breach: None,
            requests: [0.0; 2],
            desired: 0,
            at_max_since: None,
        }
    }

    /// Whether its desired count has grown in a breach, and its tasks did not all serve since.
    fn awaits_enough(&self) -> bool {
        self.breach.is_some_and(|breach| breach.enough.is_none() && breach.reaction.is_some())
    }

    /// Whether nothing is awaited any more: as many tasks serve as are desired, or the breach is over.
    fn has_enough(&mut self, now: SimTime, cluster: &Cluster<'_>) -> bool {
        if !self.awaits_enough() {
            return true;
        }
        if cluster.serving_tasks(self.service) < cluster.desired_count(self.service) {
            return false;
        }
        if let Some(breach) = &mut self.breach {
            breach.enough = Some(now);
            breach.note_requests(self.service, now, cluster);
        }
        true
    }

    fn counts(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        let scales = match event {
            Event::ServicePolicyActs(id, _)
            | Event::ScheduledAction(id, _)
            | Event::ForecastDue(id, _) => id == self.service,
            Event::ServiceMetered(id, resolution) if id == self.service => {
                self.metered(now, resolution, cluster);
                return;
            }
            Event::CreateService(_) | Event::UpdateService(_) => false,
            _ => return,
        };
        let desired = cluster.desired_count(self.service);
        let created = matches!(event, Event::CreateService(group)
            if cluster.service_of(group) == Some(self.service));
        if !created && self.range.is_none() {
            return;
        }
        let (least, most) = self.range.unwrap_or((desired, desired));
        self.range = Some((least.min(desired), most.max(desired)));
        if scales && desired > self.desired {
            self.scale_outs += 1;
            if self.first_breach.is_some() {
                self.first_reaction.get_or_insert(now);
            }
            if let Some(breach) = &mut self.breach {
                breach.reaction.get_or_insert(now);
                breach.enough = None;
            }
        }
        self.scale_ins += u32::from(scales && desired < self.desired);
        self.desired = desired;
        let Some(limits) = cluster.service_scaling(self.service) else { return };
        if desired >= limits.max_capacity {
            self.at_max_since.get_or_insert(now);
        } else {
            self.leave_max(now);
        }
    }

    fn metered(&mut self, now: SimTime, resolution: u32, cluster: &Cluster<'_>) {
        let breaches =
            cluster.service_scaling(self.service).is_some_and(|scaling| scaling.breaches);
        let seen = cluster.requests_at_last_change(self.service);
        let requests = seen.map_or([0.0; 2], |seen| [seen.totals.offered, seen.totals.served]);
        let before = std::mem::replace(&mut self.requests, requests);
        let period = u64::from(resolution) * 1_000_000;
        let from = SimTime::from_micros(now.as_micros().saturating_sub(period));
        if breaches {
            self.first_breach.get_or_insert(from);
            let (reaction, enough, requests) = (None, None, None);
            self.breach.get_or_insert(Breach { from, reaction, enough, requests, before });
        } else if let Some(breach) = self.breach {
            // What passed before an alarm saw it was nothing to scale for.
            if breach.reaction.is_none() {
                self.breach = None;
            } else if breach.enough.is_some() {
                self.end_breach(now, cluster);
            }
        }
    }

    fn end_breach(&mut self, now: SimTime, cluster: &Cluster<'_>) {
        let Some(mut breach) = self.breach.take() else { return };
        if breach.enough.is_none() {
            breach.note_requests(self.service, now, cluster);
        }
        if self.breaches.len() < KEPT {
            self.breaches.push(breach);
        }
    }

    fn leave_max(&mut self, now: SimTime) {
        if let Some(since) = self.at_max_since.take() {
            self.at_max += now.since(since);
        }
    }
}

impl Breach {
    fn note_requests(&mut self, service: ServiceId, now: SimTime, cluster: &Cluster<'_>) {
        let Some(seen) = cluster.requests(service, now) else { return };
        let [offered, served] = self.before;
        self.requests = Some([seen.totals.offered - offered, seen.totals.served - served]);
    }

    /// Share of the requests that were not served by then; `None`: none came.
    #[must_use]
    pub fn not_served_share(&self) -> Option<f64> {
        let [offered, served] = self.requests?;
        (offered > 0.0).then(|| ((offered - served) / offered).max(0.0))
    }
}

/// The series of services that scale: what is wanted, what runs, the limits, the metrics.
#[derive(Clone, Debug, Default)]
pub(super) struct ScalingSeries {
    /// As bits, in the order in which they are looked at: what counts is whether they change.
    last: Vec<u64>,
}

impl ScalingSeries {
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        cluster: &Cluster<'_>,
        series: &mut Vec<SeriesRow>,
    ) {
        let mut place = 0;
        for own in &cluster.setup().scaling {
            let Some(scaling) = cluster.service_scaling(own.service) else { continue };
            if cluster.service(own.service).deployments().is_empty() {
                place += 4 + scaling.values.len();
                continue;
            }
            let count = |metric, count: u32| (metric, Some(f64::from(count)), false);
            let metered = matches!(event, Event::ServiceMetered(id, _) if id == own.service);
            let counts = [
                count("DesiredTaskCount", cluster.desired_count(own.service)),
                count("RunningTaskCount", cluster.running_tasks(own.service)),
                count("MinCapacity", scaling.min_capacity),
                count("MaxCapacity", scaling.max_capacity),
            ];
            let values = scaling.values.iter();
            let values = values.map(|(metric, value)| (metric.name(), *value, metered));
            for (metric, value, again) in counts.into_iter().chain(values) {
                place += 1;
                self.last.resize(self.last.len().max(place), u64::MAX);
                let Some(value) = value else { continue };
                let last = &mut self.last[place - 1];
                if again || *last != value.to_bits() {
                    *last = value.to_bits();
                    let subject = cluster.setup().service_name(own.service).to_owned();
                    series.push(SeriesRow { at: now, metric, subject, value });
                }
            }
        }
    }
}
