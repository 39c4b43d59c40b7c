//! What became of the desired counts of services that scale.

use crate::model::{Cluster, Event};
use crate::units::{ServiceId, SimDuration, SimTime};

use super::record::SeriesRow;

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
    desired: u32,
    /// Since when the count is at its most.
    at_max_since: Option<SimTime>,
}

/// The scaling of all services.
#[derive(Clone, Debug, Default)]
pub struct ServiceScalings(Vec<ScalingUse>);

impl ServiceScalings {
    /// One for each scalable target, in the scenario's order.
    #[must_use]
    pub fn all(&self) -> &[ScalingUse] {
        &self.0
    }

    pub(super) fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        let setup = &cluster.setup().scaling;
        if setup.is_empty() {
            return;
        }
        if self.0.is_empty() {
            self.0 = setup.iter().map(|own| ScalingUse::new(own.service)).collect();
        }
        for own in &mut self.0 {
            own.event(now, event, cluster);
        }
    }

    pub(super) fn finish(&mut self, horizon: SimTime) {
        for own in &mut self.0 {
            own.leave_max(horizon);
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
            desired: 0,
            at_max_since: None,
        }
    }

    fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
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
        if breaches && self.first_breach.is_none() {
            let period = u64::from(resolution) * 1_000_000;
            let began = now.as_micros().saturating_sub(period);
            self.first_breach = Some(SimTime::from_micros(began));
        }
    }

    fn leave_max(&mut self, now: SimTime) {
        if let Some(since) = self.at_max_since.take() {
            self.at_max += now.since(since);
        }
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
