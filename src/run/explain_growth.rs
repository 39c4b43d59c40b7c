//! What held a group's growth back while tasks waited for it: told only of limits that did.

use serde::Serialize;

use crate::model::scaling::{Basis, Outcome, Reservation};
use crate::model::{Metered, PolicyCall};
use crate::scenario::ManagedScaling;
use crate::units::{ProviderId, SimTime};

use super::assemble::World;
use super::explain_scaling::settings;

/// A limit on a group's growth that tasks waited for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GrowthWhy {
    /// Capacity provider.
    pub capacity_provider: String,
    /// The setting: `scale_out_datapoints` (from the first value of the metric that saw tasks wait to the
    /// scale-out), `instance_warmup_period`, `maximum_scaling_step_size`, `max_size`.
    pub limit: &'static str,
    /// Since when tasks waited for it, seconds.
    pub from_s: f64,
    /// Until when; null: at the horizon they still do.
    pub until_s: Option<f64>,
    /// How often that happened.
    pub times: u32,
    /// The sentence.
    pub sentence: String,
}

/// What waits since when, in a group.
#[derive(Clone, Copy, Debug)]
struct Held {
    since: SimTime,
    /// The desired capacity, and the one that the metric asked for.
    desired: u32,
    wanted: u32,
    /// Calls of the policy that changed nothing.
    calls: u32,
}

/// One group, as its decisions come.
#[derive(Debug)]
struct Group {
    id: ProviderId,
    /// The first minute whose metric saw tasks wait, until the group grows.
    seen: Option<SimTime>,
    warming_up: Option<Held>,
    at_step: Option<Held>,
    at_most: Option<Held>,
}

/// Puts rows together.
#[derive(Default)]
pub(super) struct Growth {
    groups: Vec<Group>,
    rows: Vec<GrowthWhy>,
}

impl Growth {
    pub(super) fn metered(&mut self, world: &World<'_, '_>, seen: &Metered) {
        let group = self.group(seen.capacity_provider);
        if waits(&seen.reservation) {
            group.seen.get_or_insert(seen.at);
            return;
        }
        // All have found room: what was held back was not needed, but for a full group.
        let (id, full) = (group.id, group.at_most.take());
        (group.seen, group.warming_up, group.at_step) = (None, None, None);
        if let Some(held) = full {
            self.full(world, id, held, Some(seen.at));
        }
    }

    pub(super) fn called(&mut self, world: &World<'_, '_>, call: &PolicyCall) {
        let Some(scaling) = settings(world, call.capacity_provider) else { return };
        if !waits(&call.order.reservation) {
            return;
        }
        let wanted = call.order.reservation.instances_at(scaling.target_capacity);
        let most = max_size(world, call.capacity_provider);
        let now = Held { since: call.at, desired: call.desired, wanted, calls: 0 };
        let group = self.group(call.capacity_provider);
        // A call that was on its way when the last of them found room holds nobody back.
        if group.seen.is_none_or(|seen| seen > call.order.measured_at) {
            return;
        }
        match call.outcome {
            Outcome::WarmingUp if wanted.min(most) > call.desired => {
                let held = group.warming_up.get_or_insert(now);
                (held.calls, held.wanted) = (held.calls + 1, wanted);
            }
            Outcome::AtMaxSize => {
                let held = group.at_most.get_or_insert(now);
                (held.calls, held.wanted) = (held.calls + 1, held.wanted.max(wanted));
            }
            Outcome::ScaleOut(to) => self.scaled_out(world, call, (to, now)),
            Outcome::WarmingUp
            | Outcome::ScaleIn(_)
            | Outcome::AsWanted
            | Outcome::AtMinSize
            | Outcome::AfterScaleOut
            | Outcome::Protected => {}
        }
    }

    pub(super) fn finish(mut self, world: &World<'_, '_>) -> Vec<GrowthWhy> {
        for position in 0..self.groups.len() {
            let group = &mut self.groups[position];
            let (id, waits) = (group.id, group.seen.is_some());
            let (warm, full) = (group.warming_up.take(), group.at_most.take());
            if let Some(held) = warm.filter(|_| waits) {
                self.warmed_up(world, id, held, None);
            }
            if let Some(held) = full {
                self.full(world, id, held, None);
            }
        }
        self.rows
    }

    fn group(&mut self, id: ProviderId) -> &mut Group {
        let position = self.groups.iter().position(|group| group.id == id).unwrap_or_else(|| {
            let none = (None, None, None, None);
            let (seen, warming_up, at_step, at_most) = none;
            self.groups.push(Group { id, seen, warming_up, at_step, at_most });
            self.groups.len() - 1
        });
        &mut self.groups[position]
    }

    /// The group grows: what it waited for until now is known.
    fn scaled_out(&mut self, world: &World<'_, '_>, call: &PolicyCall, (to, now): (u32, Held)) {
        let Some(scaling) = settings(world, call.capacity_provider) else { return };
        let id = call.capacity_provider;
        let group = self.group(id);
        let seen = group.seen.filter(|seen| *seen <= call.order.measured_at);
        let first = group.warming_up.is_none() && group.at_step.is_none();
        let (warm, step) = (group.warming_up.take(), group.at_step.take());
        group.at_step = at_step(scaling, call, to).then_some(Held { desired: to, ..now });
        if let Some(seen) = seen.filter(|_| first) {
            self.decided(world, call, (seen, to));
        }
        if let Some(held) = warm {
            self.warmed_up(world, id, held, Some(call.at));
        }
        if let Some(held) = step {
            self.stepped(world, id, held, call.at);
        }
    }

    fn decided(&mut self, world: &World<'_, '_>, call: &PolicyCall, (seen, to): (SimTime, u32)) {
        let Some(scaling) = settings(world, call.capacity_provider) else { return };
        let points = scaling.scale_out_datapoints;
        let values = if points == 1 { "value" } else { "values" };
        let from_zero = match call.order.reservation.basis {
            Basis::FromZero => ": from zero two, however many tasks wait",
            Basis::Empty | Basis::Incompatible { .. } | Basis::Waiting { .. } | Basis::Busy => "",
        };
        let name = world.cluster.provider_name(call.capacity_provider);
        let sentence = format!(
            "\"{name}\" grew from {} to {to} instances {} s after its metric, taken once a minute, \
             had first seen tasks wait (at {} s): {points} {values} above the target (scale_out_datapoints), then the \
             alarm and the scaling policy{from_zero}",
            call.desired,
            tenths(call.at.since(seen).as_secs_f64()),
            tenths(seen.as_secs_f64()),
        );
        self.add(
            world,
            call.capacity_provider,
            "scale_out_datapoints",
            (seen, Some(call.at)),
            sentence,
        );
    }

    fn warmed_up(
        &mut self,
        world: &World<'_, '_>,
        id: ProviderId,
        held: Held,
        until: Option<SimTime>,
    ) {
        let Some(scaling) = settings(world, id) else { return };
        let sentence = format!(
            "\"{}\" stayed at {} instances {}, though its metric asked for {} while tasks waited: \
             nothing more starts while one is younger than instance_warmup_period = {} ({})",
            world.cluster.provider_name(id),
            held.desired,
            span(held.since, until),
            held.wanted,
            scaling.instance_warmup_period,
            calls(held.calls),
        );
        self.add(world, id, "instance_warmup_period", (held.since, until), sentence);
    }

    fn stepped(&mut self, world: &World<'_, '_>, id: ProviderId, held: Held, until: SimTime) {
        let Some(scaling) = settings(world, id) else { return };
        let sentence = format!(
            "\"{}\" grew to {} instances at {} s and no further until {} s: \
             maximum_scaling_step_size = {}",
            world.cluster.provider_name(id),
            held.desired,
            tenths(held.since.as_secs_f64()),
            tenths(until.as_secs_f64()),
            scaling.maximum_scaling_step_size,
        );
        let span = (held.since, Some(until));
        self.add(world, id, "maximum_scaling_step_size", span, sentence);
    }

    fn full(&mut self, world: &World<'_, '_>, id: ProviderId, held: Held, until: Option<SimTime>) {
        let sentence = format!(
            "\"{}\" was at max_size = {} {}, though its metric asked for {} while tasks waited ({})",
            world.cluster.provider_name(id),
            held.desired,
            span(held.since, until),
            held.wanted,
            calls(held.calls),
        );
        self.add(world, id, "max_size", (held.since, until), sentence);
    }

    /// A row for each limit of a group: the longest time, and how often.
    fn add(
        &mut self,
        world: &World<'_, '_>,
        id: ProviderId,
        limit: &'static str,
        (from, until): (SimTime, Option<SimTime>),
        sentence: String,
    ) {
        let capacity_provider = world.cluster.provider_name(id).to_owned();
        let (from_s, until_s) = (from.as_secs_f64(), until.map(SimTime::as_secs_f64));
        let new = GrowthWhy { capacity_provider, limit, from_s, until_s, times: 1, sentence };
        let length = |row: &GrowthWhy| row.until_s.unwrap_or(f64::INFINITY) - row.from_s;
        let known = self
            .rows
            .iter_mut()
            .find(|row| row.limit == limit && row.capacity_provider == new.capacity_provider);
        match known {
            Some(row) if length(&new) > length(row) => {
                *row = GrowthWhy { times: row.times + 1, ..new }
            }
            Some(row) => row.times += 1,
            None => self.rows.push(new),
        }
    }
}

/// Whether the value rests on tasks that wait.
const fn waits(value: &Reservation) -> bool {
    matches!(value.basis, Basis::Waiting { .. } | Basis::FromZero)
}

/// Whether the step sizes let the group grow by no more: the metric counts no further than they.
fn at_step(scaling: &ManagedScaling, call: &PolicyCall, to: u32) -> bool {
    let step = scaling.maximum_scaling_step_size;
    match call.order.reservation.basis {
        Basis::Waiting { extra, .. } => extra >= step || to - call.desired >= step,
        Basis::FromZero | Basis::Empty | Basis::Incompatible { .. } | Basis::Busy => false,
    }
}

fn max_size(world: &World<'_, '_>, id: ProviderId) -> u32 {
    match world.prepared.setup.provider(id) {
        crate::model::ProviderSetup::AutoScalingGroup(group) => group.settings.max_size,
        crate::model::ProviderSetup::ManagedInstances(_)
        | crate::model::ProviderSetup::Fargate(_)
        | crate::model::ProviderSetup::LaunchType(_) => u32::MAX,
    }
}

fn span(since: SimTime, until: Option<SimTime>) -> String {
    let since = tenths(since.as_secs_f64());
    until.map_or_else(
        || format!("from {since} s to the horizon"),
        |until| format!("from {since} s to {} s", tenths(until.as_secs_f64())),
    )
}

fn calls(number: u32) -> String {
    let calls = if number == 1 { "call" } else { "calls" };
    format!("{number} {calls} of the policy did nothing")
}

fn tenths(seconds: f64) -> String {
    format!("{seconds:.1}")
}
