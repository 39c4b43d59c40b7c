//! What must hold of service auto scaling: who may change a desired count, in which direction and how
//! far, and not sooner than the cooldown of a scale-in admits.

use std::collections::BTreeMap;

use crate::model::scaling::service::ServiceScalingSetup;
use crate::model::{Cluster, Event};
use crate::scenario::PolicyKind;
use crate::units::{ServiceId, SimDuration, SimTime};

use super::Check;

/// What was seen of each service that scales.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceScalingChecks {
    seen: BTreeMap<ServiceId, Seen>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    desired: u32,
    /// Until then a deployment is in progress, as things were after the last event: one that waits for
    /// the age of its last task ends although nothing happens.
    deploying_until: Option<SimTime>,
    scaled_in_at: Option<SimTime>,
}

impl ServiceScalingChecks {
    pub(super) fn observe(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) -> Check {
        for own in &cluster.setup().scaling {
            let seen = self.seen.entry(own.service).or_default();
            seen.observe(now, event, own, cluster)?;
        }
        Ok(())
    }
}

impl Seen {
    fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        own: &ServiceScalingSetup,
        cluster: &Cluster<'_>,
    ) -> Check {
        let id = own.service;
        let (was, is) = (self.desired, cluster.desired_count(id));
        self.desired = is;
        let was_deploying = self.deploying_until.is_some_and(|until| now < until);
        let ends = || cluster.steady_at(id, now).unwrap_or(SimTime::MAX);
        self.deploying_until = cluster.is_deploying(id, now).then(ends);
        if was == is {
            return Ok(());
        }
        let name = cluster.setup().service_name(id);
        let Some(scaling) = cluster.service_scaling(id) else { return Ok(()) };
        let (min, max) = (scaling.min_capacity, scaling.max_capacity);
        match event {
            Event::CreateService(_) | Event::UpdateService(_) => {}
            Event::ServicePolicyActs(of, _) if of == id => {
                holds!(is < was || is <= max, "{name} scales out to {is} of at most {max}");
                holds!(is > was || is >= min, "{name} scales in to {is} of at least {min}");
                holds!(is > was || !was_deploying, "{name} scales in during a deployment");
                if is < was
                    && let Some(last) = self.scaled_in_at
                {
                    let (since, cooldown) = (now.since(last), shortest_cooldown(own));
                    holds!(since >= cooldown, "{name} scales in {since} after the last time");
                }
            }
            Event::ScheduledAction(of, _) if of == id => {
                holds!((min..=max).contains(&is), "{name} wants {is} of {min} to {max}");
            }
            Event::ForecastDue(of, _) if of == id => {
                holds!(is > was && is <= max, "a forecast moves {name} from {was} to {is}");
            }
            _ => return Err(format!("{name} went from {was} to {is} on {event:?}")),
        }
        if is > was {
            self.scaled_in_at = None;
        } else if matches!(event, Event::ServicePolicyActs(..)) {
            self.scaled_in_at = Some(now);
        }
        Ok(())
    }
}

/// With several policies each has its own cooldown: what all of them keep to is the shortest of one
/// alone.
fn shortest_cooldown(own: &ServiceScalingSetup) -> SimDuration {
    let cooldown = |kind: &PolicyKind| match kind {
        PolicyKind::TargetTracking(own) => own.scale_in_cooldown,
        PolicyKind::Step(own) => own.cooldown,
        PolicyKind::Predictive(_) => SimDuration::MAX,
    };
    let scaling = own.policies.iter().map(|policy| cooldown(&policy.kind));
    match own.policies.len() {
        1 => scaling.min().unwrap_or(SimDuration::ZERO),
        _ => SimDuration::ZERO,
    }
}
