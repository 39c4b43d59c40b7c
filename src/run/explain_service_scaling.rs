//! Why service auto scaling did what it did; values that say the same are one row.

use serde::Serialize;

use crate::model::scaling::service::{Forecast, Limited, Outcome, Saw, ServiceScalingSetup};
use crate::model::{ForecastMade, ServiceMetered, ServicePolicyCall, TookEffect};
use crate::scenario::{Comparison, PolicyKind, ScalingPolicy};
use crate::units::{ServiceId, SimTime};

use super::assemble::World;

/// Values of a policy's metric, a call of the policy, a scheduled action or a forecast.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceScalingWhy {
    /// The first of the values, or when it acted, seconds.
    pub from_s: f64,
    /// The last of them.
    pub until_s: f64,
    /// How many.
    pub times: u32,
    /// `Metric`, `ScalingPolicy`, `ScheduledAction` or `Forecast`.
    pub what: String,
    /// Service.
    pub service: String,
    /// The policy or action.
    pub name: String,
    /// The last value of the metric; null where there is none.
    pub value: Option<f64>,
    /// What the policy wants; null where it was not asked.
    pub wanted: Option<u32>,
    /// The desired count after it.
    pub desired_count: u32,
    /// The sentence.
    pub sentence: String,
}

/// Puts rows together.
#[derive(Default)]
pub(super) struct ServiceRows {
    rows: Vec<ServiceScalingWhy>,
    /// The row of each policy's last values, and what the alarms made of them.
    last: Vec<(usize, ServiceId, usize, Saw)>,
    /// The row of each policy's last call, and what became of it.
    calls: Vec<(usize, ServiceId, usize, Outcome)>,
}

/// Whether two say the same but for how long it has lasted.
const fn kind(saw: Saw) -> Saw {
    match saw {
        Saw::RisingFor(_) => Saw::RisingFor(0),
        Saw::FallingFor(_) => Saw::FallingFor(0),
        Saw::Missing | Saw::Gathering | Saw::Quiet | Saw::High | Saw::Low => saw,
    }
}

impl ServiceRows {
    pub(super) fn metered(&mut self, world: &World<'_, '_>, seen: &ServiceMetered) {
        let Some(own) = setup(world, seen.service) else { return };
        let policy = &own.policies[seen.policy];
        let sentence = saw_words(policy, seen);
        let value = seen.point.map(|point| point.value);
        let mut last = self.last.iter_mut();
        let last = last.find(|(_, id, of, _)| (*id, *of) == (seen.service, seen.policy));
        if let Some((row, _, _, before)) = last {
            let same = *before == kind(seen.saw) && self.rows[*row].desired_count == seen.desired;
            *before = kind(seen.saw);
            if same {
                let row = &mut self.rows[*row];
                (row.until_s, row.value, row.sentence) = (seen.at.as_secs_f64(), value, sentence);
                row.times += 1;
                return;
            }
            *row = self.rows.len();
        } else {
            let row = self.rows.len();
            self.last.push((row, seen.service, seen.policy, kind(seen.saw)));
        }
        let of = ("Metric", seen.service, policy.name.as_str());
        let row = row(world, seen.at, of, seen.desired, sentence);
        self.rows.push(ServiceScalingWhy { value, ..row });
    }

    pub(super) fn called(&mut self, world: &World<'_, '_>, call: &ServicePolicyCall) {
        let Some(own) = setup(world, call.service) else { return };
        let (number, outcome) = (call.acted.order.policy, call.acted.outcome);
        let (sentence, desired) = outcome_words(own, call);
        let mut calls = self.calls.iter_mut();
        let last = calls.find(|(_, id, of, _)| (*id, *of) == (call.service, number));
        if let Some((row, _, _, before)) = last {
            let same = *before == outcome && self.rows[*row].desired_count == desired;
            *before = outcome;
            if same {
                let row = &mut self.rows[*row];
                (row.until_s, row.sentence) = (call.at.as_secs_f64(), sentence);
                row.value = Some(call.acted.order.point.value);
                row.wanted = Some(call.acted.wanted);
                row.times += 1;
                return;
            }
            *row = self.rows.len();
        } else {
            self.calls.push((self.rows.len(), call.service, number, outcome));
        }
        let of = ("ScalingPolicy", call.service, own.policies[number].name.as_str());
        let value = Some(call.acted.order.point.value);
        let row = row(world, call.at, of, desired, sentence);
        self.rows.push(ServiceScalingWhy { value, wanted: Some(call.acted.wanted), ..row });
    }

    pub(super) fn scheduled(&mut self, world: &World<'_, '_>, seen: &TookEffect) {
        let Some(own) = setup(world, seen.service) else { return };
        let (min, max) = seen.limits;
        let limits = format!("from now on {min} to {max} tasks");
        let (sentence, desired) = match seen.limited {
            Limited::Refused => {
                let why =
                    format!("refused: its least would lie above its most; still {min} to {max}");
                (why, seen.desired)
            }
            Limited::Within => (format!("{limits}, and {} lie within", seen.desired), seen.desired),
            Limited::Moved(to) => (
                format!(
                    "{limits}: desired count from {} to {to}, whatever cooldowns run",
                    seen.desired
                ),
                to,
            ),
        };
        let of = ("ScheduledAction", seen.service, own.actions[seen.action].name.as_str());
        let row = row(world, seen.at, of, desired, sentence);
        self.rows.push(row);
    }

    pub(super) fn foretold(&mut self, world: &World<'_, '_>, seen: &ForecastMade) {
        let Some(own) = setup(world, seen.service) else { return };
        let hour = seen.hour.as_micros() / 3_600_000_000;
        let (sentence, desired, wanted) = match seen.forecast {
            Forecast::TooFewHours(hours) => {
                let why = format!("no forecast yet: {hours} hours of data, and it takes 24");
                (why, seen.desired, None)
            }
            Forecast::Told(tasks) => (
                format!("hour {hour} wants {tasks}; the policy only foretells"),
                seen.desired,
                Some(tasks),
            ),
            Forecast::Enough(tasks) => (
                format!("hour {hour} wants {tasks}, and there are as many"),
                seen.desired,
                Some(tasks),
            ),
            Forecast::AtMaxCapacity(tasks) => {
                (format!("hour {hour} wants {tasks}; max_capacity"), seen.desired, Some(tasks))
            }
            Forecast::ScaleOut(tasks, to) => (
                format!("hour {hour} wants {tasks}: desired count from {} to {to}", seen.desired),
                to,
                Some(tasks),
            ),
        };
        let of = ("Forecast", seen.service, own.policies[seen.policy].name.as_str());
        let row = row(world, seen.at, of, desired, sentence);
        self.rows.push(ServiceScalingWhy { wanted, ..row });
    }

    pub(super) fn finish(self) -> Vec<ServiceScalingWhy> {
        self.rows
    }
}

fn setup<'w>(world: &World<'w, '_>, id: ServiceId) -> Option<&'w ServiceScalingSetup> {
    world.prepared.setup.scaling.iter().find(|own| own.service == id)
}

fn row(
    world: &World<'_, '_>,
    at: SimTime,
    (what, service, name): (&str, ServiceId, &str),
    desired_count: u32,
    sentence: String,
) -> ServiceScalingWhy {
    ServiceScalingWhy {
        from_s: at.as_secs_f64(),
        until_s: at.as_secs_f64(),
        times: 1,
        what: what.to_owned(),
        service: world.prepared.setup.service_name(service).to_owned(),
        name: name.to_owned(),
        value: None,
        wanted: None,
        desired_count,
        sentence,
    }
}

/// What a policy compares with, and how many values its alarms take: out, in.
fn saw_words(policy: &ScalingPolicy, seen: &ServiceMetered) -> String {
    if seen.saw == Saw::Missing {
        return "no data: nothing follows".to_owned();
    }
    match &policy.kind {
        PolicyKind::TargetTracking(own) => {
            let target = own.target_value;
            let low = target * (1.0 - own.scale_in_band_percent / 100.0);
            match seen.saw {
                Saw::RisingFor(n) => format!(
                    "above {target} for {n} of {} values: no alarm yet",
                    own.scale_out_datapoints
                ),
                Saw::FallingFor(n) => format!(
                    "below {low} for {n} of {} values: no alarm yet",
                    own.scale_in_datapoints
                ),
                Saw::High => format!("above {target}: the high alarm calls the policy"),
                Saw::Low => format!("below {low}: the low alarm calls the policy"),
                Saw::Missing | Saw::Gathering | Saw::Quiet if own.disable_scale_in => {
                    format!("not above {target}, and it never scales in")
                }
                Saw::Missing | Saw::Gathering | Saw::Quiet => {
                    format!("between {low} and {target}: nothing to do")
                }
            }
        }
        PolicyKind::Step(own) => {
            let alarm = &own.alarm;
            let sign = match alarm.comparison {
                Comparison::GreaterOrEqual => ">=",
                Comparison::Greater => ">",
                Comparison::LessOrEqual => "<=",
                Comparison::Less => "<",
            };
            let threshold = format!("{sign} {}", alarm.threshold);
            match seen.saw {
                Saw::RisingFor(n) | Saw::FallingFor(n) => format!(
                    "{threshold} in {n} of {} values, and the alarm takes {}",
                    alarm.evaluation_periods, alarm.datapoints_to_alarm
                ),
                Saw::High | Saw::Low => format!("{threshold}: the alarm calls the policy"),
                Saw::Missing | Saw::Gathering | Saw::Quiet => format!("not {threshold}"),
            }
        }
        PolicyKind::Predictive(_) => "kept for the forecast".to_owned(),
    }
}

fn outcome_words(own: &ServiceScalingSetup, call: &ServicePolicyCall) -> (String, u32) {
    let (desired, acted) = (call.desired, &call.acted);
    let wanted = acted.wanted;
    let policy = &own.policies[acted.order.policy];
    let nothing = |why: String| (format!("wants {wanted}, stays at {desired}: {why}"), desired);
    let (out, back) = match &policy.kind {
        PolicyKind::TargetTracking(own) => (own.scale_out_cooldown, own.scale_in_cooldown),
        PolicyKind::Step(own) => (own.cooldown, own.cooldown),
        PolicyKind::Predictive(_) => Default::default(),
    };
    match acted.outcome {
        Outcome::ScaleOut(to) | Outcome::ScaleIn(to) => {
            let point = acted.order.point;
            let tasks = if acted.order.saw == Saw::Low { point.most } else { point.fewest };
            let from = match &policy.kind {
                PolicyKind::TargetTracking(own) => {
                    let value = (point.value * 100.0).round() / 100.0;
                    format!(" ({tasks} running x {value} / {})", own.target_value)
                }
                PolicyKind::Step(_) | PolicyKind::Predictive(_) => String::new(),
            };
            let more = if to == wanted { "" } else { ", within what else is wanted and admitted" };
            (format!("wants {wanted}{from}: desired count from {desired} to {to}{more}"), to)
        }
        Outcome::AsWanted => nothing("there are as many, or they are on their way".to_owned()),
        Outcome::AtMaxCapacity => nothing("max_capacity".to_owned()),
        Outcome::AtMinCapacity => nothing("min_capacity".to_owned()),
        Outcome::OutCooldown => nothing(format!(
            "a scale-out that was no smaller is less than the cooldown of {out} ago"
        )),
        Outcome::InCooldown => {
            nothing(format!("the last scale-in is less than the cooldown of {back} ago"))
        }
        Outcome::Deploying => nothing("nothing scales in during a deployment".to_owned()),
        Outcome::NotAll(other) => nothing(format!(
            "\"{}\" is not ready to scale in, and all must be",
            own.policies[other].name
        )),
        Outcome::Overruled(other) => {
            nothing(format!("\"{}\" wants more, and the largest wins", own.policies[other].name))
        }
        Outcome::NoStep => (format!("stays at {desired}: no step is for this breach"), desired),
    }
}
