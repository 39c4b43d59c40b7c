//! Why cluster auto scaling did what it did, minute by minute; minutes that say the same are one row.

use serde::Serialize;

use crate::model::scaling::{Alarm, Basis, Outcome, Reservation};
use crate::model::{Metered, PolicyCall, ProviderSetup};
use crate::scenario::ManagedScaling;
use crate::units::{ProviderId, SimTime};

use super::assemble::World;

/// Minutes of the metric, or a call of the scaling policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScalingWhy {
    /// The first of the minutes, or when the policy acted, seconds.
    pub from_s: f64,
    /// The last of them.
    pub until_s: f64,
    /// How many.
    pub times: u32,
    /// `CapacityProviderReservation` or `ScalingPolicy`.
    pub what: String,
    /// Capacity provider.
    pub capacity_provider: String,
    /// The value, percent.
    pub reservation_percent: f64,
    /// M: instances needed.
    pub needed: u32,
    /// N: instances running.
    pub running: u32,
    /// The desired capacity after it.
    pub desired_capacity: u32,
    /// The sentence.
    pub sentence: String,
}

/// Puts rows together.
#[derive(Default)]
pub(super) struct Rows {
    rows: Vec<ScalingWhy>,
    /// The row of each provider's last minutes, and what they said.
    minutes: Vec<(usize, ProviderId, Metered)>,
    calls: Vec<(usize, ProviderId, PolicyCall)>,
}

impl Rows {
    pub(super) fn metered(&mut self, world: &World<'_, '_>, seen: &Metered) {
        let Some(scaling) = settings(world, seen.capacity_provider) else { return };
        let last = self.minutes.iter_mut().find(|(_, id, _)| *id == seen.capacity_provider);
        let said = format!(
            "{}; {}",
            basis_words(&seen.reservation, seen.incompatible, has_daemons(world, seen)),
            alarm_words(seen.alarm, scaling)
        );
        if let Some((row, _, before)) = last {
            let same = alike(before, seen);
            *before = *seen;
            if same {
                extend(&mut self.rows[*row], seen.at, said);
                return;
            }
            *row = self.rows.len();
        } else {
            self.minutes.push((self.rows.len(), seen.capacity_provider, *seen));
        }
        let of = (seen.capacity_provider, seen.reservation, seen.desired);
        self.rows.push(row(world, seen.at, "CapacityProviderReservation", of, said));
    }

    pub(super) fn called(&mut self, world: &World<'_, '_>, call: &PolicyCall) {
        let Some(scaling) = settings(world, call.capacity_provider) else { return };
        let (said, desired) = outcome_words(call, scaling);
        let last = self.calls.iter_mut().find(|(_, id, _)| *id == call.capacity_provider);
        if let Some((row, _, before)) = last {
            let same = before.outcome == call.outcome && before.desired == call.desired;
            *before = *call;
            if same {
                extend(&mut self.rows[*row], call.at, said);
                return;
            }
            *row = self.rows.len();
        } else {
            self.calls.push((self.rows.len(), call.capacity_provider, *call));
        }
        let of = (call.capacity_provider, call.order.reservation, desired);
        self.rows.push(row(world, call.at, "ScalingPolicy", of, said));
    }

    pub(super) fn finish(self) -> Vec<ScalingWhy> {
        self.rows
    }
}

/// The managed scaling of a provider that is a group.
pub(super) fn settings<'w>(world: &World<'w, '_>, id: ProviderId) -> Option<&'w ManagedScaling> {
    match world.prepared.setup.provider(id) {
        ProviderSetup::AutoScalingGroup(group) => Some(&group.settings.managed_scaling),
        ProviderSetup::ManagedInstances(_)
        | ProviderSetup::Fargate(_)
        | ProviderSetup::LaunchType(_) => None,
    }
}

/// Whether two minutes say the same but for how long it has lasted.
fn alike(a: &Metered, b: &Metered) -> bool {
    let kind = |alarm| match alarm {
        Alarm::RisingFor(_) => Alarm::RisingFor(0),
        Alarm::FallingFor(_) => Alarm::FallingFor(0),
        Alarm::Quiet | Alarm::High | Alarm::Low => alarm,
    };
    (a.reservation, a.incompatible, a.desired, kind(a.alarm))
        == (b.reservation, b.incompatible, b.desired, kind(b.alarm))
}

fn extend(row: &mut ScalingWhy, at: SimTime, said: String) {
    row.until_s = at.as_secs_f64();
    row.times += 1;
    row.sentence = said;
}

fn row(
    world: &World<'_, '_>,
    at: SimTime,
    what: &str,
    (id, value, desired): (ProviderId, Reservation, u32),
    sentence: String,
) -> ScalingWhy {
    ScalingWhy {
        from_s: at.as_secs_f64(),
        until_s: at.as_secs_f64(),
        times: 1,
        what: what.to_owned(),
        capacity_provider: world.cluster.provider_name(id).to_owned(),
        reservation_percent: value.percent(),
        needed: value.needed,
        running: value.running,
        desired_capacity: desired,
        sentence,
    }
}

fn has_daemons(world: &World<'_, '_>, seen: &Metered) -> bool {
    world.prepared.setup.daemons_on(seen.capacity_provider).next().is_some()
}

/// Why tasks are not counted.
const NOT_COUNTED: &str = "fit no smallest type or no attributes of the group";

fn basis_words(value: &Reservation, incompatible: u32, daemons: bool) -> String {
    let Reservation { running, needed, .. } = value;
    let beside = match (value.basis, incompatible) {
        (Basis::Waiting { .. } | Basis::FromZero, 1..) => {
            format!("; {incompatible} more {NOT_COUNTED} and do not count")
        }
        _ => String::new(),
    };
    match value.basis {
        Basis::Empty => "no instance runs and no task waits: 100 by definition".to_owned(),
        Basis::FromZero => {
            format!("no instance runs and tasks wait: 200 by definition, which starts two{beside}")
        }
        Basis::Incompatible { tasks, .. } => {
            format!("{tasks} wait, and all {NOT_COUNTED}: the value stays at the target")
        }
        Basis::Waiting { tasks, extra } => {
            format!("{tasks} wait and need {extra} beside the {running} that run{beside}")
        }
        Basis::Busy => {
            let beside = if daemons { " other than daemons" } else { "" };
            format!("nobody waits, and {needed} of {running} have tasks{beside}")
        }
    }
}

fn alarm_words(alarm: Alarm, scaling: &ManagedScaling) -> String {
    let target = scaling.target_capacity;
    match alarm {
        Alarm::Quiet => format!("nothing to do at a target of {target}"),
        Alarm::RisingFor(minutes) => {
            let all = scaling.scale_out_datapoints;
            format!("above {target} for {minutes} of {all} minutes: no alarm yet")
        }
        Alarm::FallingFor(minutes) => {
            let all = scaling.scale_in_datapoints;
            format!("below {target} for {minutes} of {all} minutes: no alarm yet")
        }
        Alarm::High => format!("above {target}: the high alarm calls the policy"),
        Alarm::Low => format!("below {target}: the low alarm calls the policy"),
    }
}

fn outcome_words(call: &PolicyCall, scaling: &ManagedScaling) -> (String, u32) {
    let desired = call.desired;
    let nothing = |why: String| (format!("stays at {desired}: {why}"), desired);
    match call.outcome {
        Outcome::ScaleOut(to) | Outcome::ScaleIn(to) => {
            (format!("desired capacity from {desired} to {to}"), to)
        }
        Outcome::WarmingUp => nothing(format!(
            "an instance is younger than instance_warmup_period = {}",
            scaling.instance_warmup_period
        )),
        Outcome::AsWanted => nothing("that is what the value asks for".to_owned()),
        Outcome::AtMaxSize => nothing("max_size".to_owned()),
        Outcome::AtMinSize => nothing("min_size".to_owned()),
        Outcome::AfterScaleOut => {
            nothing(format!("the last scale-out is less than {} ago", scaling.scale_in_wait))
        }
        Outcome::Protected => nothing(
            "all that are left have tasks, and managed termination protection keeps them"
                .to_owned(),
        ),
    }
}
