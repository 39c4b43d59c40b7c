//! An instance departs: idle, underutilised, or too old.

use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::{CapacityOptionType, ScaleInAfter};
use crate::units::{InstanceId, ProviderId, Resources, SimDuration, SimTime};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{DecisionSink, LeaveReason};
use super::super::super::event::{Effect, Event};
use super::super::super::instance::{Instance, InstanceRef, InstanceStatus};
use super::super::super::stop_reason::StopReason;
use super::super::super::task::{StopCode, TaskRef};
use super::{domain_of, takes};

impl Cluster<'_> {
    /// How long an instance may be idle or underutilised; `None`: for ever.
    ///
    /// Documented: `scaleInAfter`. Observed: AWS's own value, and that an explicit one is detected late.
    fn scale_in_after(&self, id: InstanceId) -> Option<SimDuration> {
        let instance = &self.instances[id.index()];
        let settings = &self.managed_setup(instance.capacity_provider).settings;
        match settings.scale_in_after {
            ScaleInAfter::Off => None,
            ScaleInAfter::After(time) => Some(time + settings.scale_in_detection),
            ScaleInAfter::Default if self.candidate_of(instance).registered.gpus > 0 => {
                Some(settings.idle_default_gpu)
            }
            ScaleInAfter::Default => Some(settings.idle_default_cpu),
        }
    }

    /// Starts the idle clock of an instance without tasks; a task that comes makes it void.
    pub(super) fn watch_idle<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let instance = &self.instances[id.index()];
        if instance.tasks > 0 || instance.status != InstanceStatus::Active {
            return;
        }
        if let Some(after) = self.scale_in_after(id) {
            let reference = self.instances[id.index()].reference();
            step.push(Effect::After(after, Event::CheckIdle(reference)));
        }
    }

    pub(in crate::model::provider) fn managed_check_idle<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        reference: InstanceRef,
    ) {
        let instance = &self.instances[reference.instance.index()];
        let idle = instance.tasks == 0 && instance.epoch == reference.epoch;
        if idle && instance.connected && instance.status == InstanceStatus::Active {
            self.terminate(step, reference.instance, LeaveReason::Idle);
        }
    }

    /// A task left: its room is free, the clocks start.
    pub(in crate::model::provider) fn managed_room_freed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        let class = self.class_of(task);
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider;
        match instance.status {
            InstanceStatus::Active => {
                let (slot, zone) = (instance.slot, instance.zone);
                let candidate = self.candidate_of(instance);
                self.managed(provider).domain(zone, candidate).live.give(slot, class);
                self.serve_waiting(step, provider);
                self.watch_idle(step, id);
                self.watch_utilisation(step, provider);
            }
            InstanceStatus::Draining if instance.tasks == 0 => {
                self.terminate(step, id, LeaveReason::Drained);
            }
            InstanceStatus::Draining
            | InstanceStatus::Requested
            | InstanceStatus::Warming
            | InstanceStatus::Warmed
            | InstanceStatus::Registering
            | InstanceStatus::Inactive => {}
        }
    }

    /// The age at which an instance drains may pass while it boots.
    pub(super) fn drain_if_old<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let instance = &self.instances[id.index()];
        let after = self.managed_setup(instance.capacity_provider).settings.drain_after;
        if instance.running_at.get().is_some_and(|from| step.now.since(from) >= after) {
            step.push(Effect::After(SimDuration::ZERO, Event::DrainDue(id)));
        }
    }

    pub(in crate::model::provider) fn managed_drain_due<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        if self.instances[id.index()].status == InstanceStatus::Active {
            self.drain(step, id, LeaveReason::Age);
        }
    }

    /// Documented: forced deregistration by day 21. Assumed: tasks still there get the stop signal with
    /// the stop code TerminationNotice.
    pub(in crate::model::provider) fn managed_force_stop<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        if self.instances[id.index()].status == InstanceStatus::Active {
            self.drain(step, id, LeaveReason::ForcedByAge);
        }
        if self.instances[id.index()].status == InstanceStatus::Draining {
            let (code, reason) = (StopCode::TerminationNotice, StopReason::DeregistrationForced);
            self.stop_tasks_on(step, id, code, reason);
        }
    }

    /// Documented: underutilisation is evaluated when a task stops or an instance arrives, and acted on
    /// `scaleInAfter` later. One search at a time.
    pub(super) fn watch_utilisation<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        let settings = &self.managed_setup(id).settings;
        // Documented: underutilised Spot instances are left alone; idle ones leave like all others.
        let spot = settings.capacity_option_type == CapacityOptionType::Spot;
        if !settings.consolidation || spot || self.managed_ref(id).utilisation_check_due {
            return;
        }
        let after = match settings.scale_in_after {
            ScaleInAfter::Off => return,
            ScaleInAfter::After(time) => time + settings.scale_in_detection,
            ScaleInAfter::Default => settings.idle_default_cpu,
        };
        self.managed(id).utilisation_check_due = true;
        step.push(Effect::After(after, Event::CheckUtilisation(id)));
    }

    /// Drains the first instance that it pays to drain. Assumed: one at a time; the next search follows
    /// after the same wait, as long as one was found or an instance was not quiet for long enough.
    pub(in crate::model::provider) fn managed_check_utilisation<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        provider: ProviderId,
    ) {
        self.managed(provider).utilisation_check_due = false;
        let settled: BTreeSet<InstanceId> = (0..self.instances.len())
            .map(InstanceId::from_index)
            .filter(|id| self.may_be_underutilised(*id, provider, step.now))
            .collect();
        let mut tasks: BTreeMap<InstanceId, Vec<TaskRef>> = BTreeMap::new();
        if !settled.is_empty() {
            for task in self.tasks.live() {
                let on = self.tasks.get(task).instance().filter(|id| settled.contains(id));
                on.into_iter().for_each(|id| tasks.entry(id).or_default().push(task));
            }
        }
        let found = tasks.iter().find_map(|(id, tasks)| Some((*id, self.gain(*id, tasks)?)));
        let unsettled = self.instances.iter().any(|instance| {
            self.holds_service_tasks_alone(instance, provider) && !settled.contains(&instance.id())
        });
        if found.is_some() || unsettled {
            self.watch_utilisation(step, provider);
        }
        if let Some((id, reason)) = found {
            self.drain(step, id, reason);
        }
    }

    /// Whether an instance holds service tasks alone and none came or went for the scale-in time.
    fn may_be_underutilised(&self, id: InstanceId, provider: ProviderId, now: SimTime) -> bool {
        let instance = &self.instances[id.index()];
        self.holds_service_tasks_alone(instance, provider)
            && self.scale_in_after(id).is_some_and(|due| now.since(instance.changed_at) >= due)
    }

    fn holds_service_tasks_alone(&self, instance: &Instance, provider: ProviderId) -> bool {
        instance.status == InstanceStatus::Active
            && instance.connected
            && instance.standalone == 0
            && instance.tasks > 0
            && instance.capacity_provider == provider
    }

    /// Why draining an instance would save at least the threshold, if it would. Not published; assumed:
    /// its tasks fit on other live instances of its zone (zones stay balanced), or one cheaper instance
    /// holds them, at the billed price.
    fn gain(&self, id: InstanceId, tasks: &[TaskRef]) -> Option<LeaveReason> {
        let sizes: Vec<(Resources, u32)> = tasks
            .iter()
            .map(|task| {
                let group = self.setup.group(self.tasks.get(*task).group);
                let definition = self.setup.definition(group.definition);
                (definition.size, definition.class)
            })
            .collect();
        if self.fit_elsewhere(id, &sizes) {
            return Some(LeaveReason::Consolidated);
        }
        // A reservation is paid whether used or not: nothing is cheaper.
        let reserved = self.candidate_of(&self.instances[id.index()]).reserved;
        (!reserved && self.cheaper_type(id, &sizes)).then_some(LeaveReason::Replaced)
    }

    fn fit_elsewhere(&self, id: InstanceId, sizes: &[(Resources, u32)]) -> bool {
        let instance = &self.instances[id.index()];
        let candidate = self.candidate_of(instance);
        let provider = self.managed_ref(instance.capacity_provider);
        let domain = &provider.domains[domain_of(instance.zone, candidate.architecture)];
        // A quick no: some task has no room at all but on its own instance.
        if sizes.iter().any(|(_, class)| !domain.live.has_room_beside(*class, instance.slot)) {
            return false;
        }
        let mut rest = domain.live.clone();
        rest.remove(instance.slot);
        sizes.iter().all(|(_, class)| {
            let slot = rest.first_fit_slot(*class);
            if let Some(slot) = slot {
                rest.take(slot, *class);
            }
            slot.is_some()
        })
    }

    /// Whether one instance of a cheaper type, launched beside the present one, would hold all of it.
    /// Assumed: a type that EC2 would refuse now for an empty pool or a full quota saves nothing, and ECS
    /// looks before it drains.
    fn cheaper_type(&self, id: InstanceId, sizes: &[(Resources, u32)]) -> bool {
        let instance = &self.instances[id.index()];
        let present = self.candidate_of(instance);
        let setup = self.managed_setup(instance.capacity_provider);
        let default = setup.settings.default_pool_depth;
        let total = sizes.iter().fold(Resources::ZERO, |sum, (size, _)| sum.plus(size));
        let saving = setup.settings.consolidation_min_saving_ppm;
        let most = present.billed_price.parts_per_million(1_000_000 - saving.min(1_000_000));
        let provider = instance.capacity_provider;
        setup.candidates.iter().enumerate().any(|(position, candidate)| {
            !candidate.reserved
                && takes(candidate, present.architecture, &total)
                && candidate.offered_in(instance.zone)
                && candidate.billed_price <= most
                && self.ec2.on_demand_depth(candidate, instance.zone, default) != Some(0)
                && !self.is_withheld(provider, position, instance.zone)
                && self.quotas_admit(candidate)
        })
    }
}
