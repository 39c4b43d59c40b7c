//! An instance arrives: it is launched, boots, registers, and takes the tasks that wait for it.

use crate::units::{InstanceId, ProviderId, SimTime};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::DecisionSink;
use super::super::super::event::{Effect, Event};
use super::super::super::instance::InstanceStatus;
use super::super::super::task::{Stamp, TaskRef, WaitPart};
use super::room::Place;

impl Cluster<'_> {
    /// EC2 says running: billing starts, and the clock of its age.
    pub(in crate::model::provider) fn managed_launched<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Registering;
        instance.running_at = Stamp::at(step.now);
        let provider = instance.capacity_provider;
        let planned = std::mem::take(&mut instance.planned);
        planned.iter().for_each(|task| self.tasks.prefetch_waiting(*task));
        for task in &planned {
            self.tasks.wait_for(*task, WaitPart::Boot, step.now);
        }
        self.instances[id.index()].planned = planned;
        let settings = &self.managed_setup(provider).settings;
        step.push(Effect::BootInstance(id));
        step.push(Effect::After(settings.drain_after, Event::DrainDue(id)));
        step.push(Effect::After(settings.force_stop_after, Event::ForceStopDue(id)));
    }

    /// The instance is registered: what it really has decides. Tasks planned on it go first; those that
    /// do not fit are planned again.
    pub(in crate::model::provider) fn managed_registered<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Active;
        instance.registered_at = Stamp::at(step.now);
        instance.touch(step.now);
        let (zone, slot) = (instance.zone, instance.slot);
        let provider = instance.capacity_provider;
        let planned = std::mem::take(&mut instance.planned);
        planned.iter().for_each(|task| self.tasks.prefetch_waiting(*task));
        let candidate = self.candidate_of(&self.instances[id.index()]);
        let domain = self.managed(provider).domain(zone, candidate);
        domain.in_flight.remove(slot);
        let slot = domain.live.insert(id, candidate.registered);
        self.instances[id.index()].slot = slot;
        if self.instances[id.index()].notice_at != Stamp::NONE {
            self.managed_wait_anew(step, provider, planned);
            self.drain_if_noticed(step, id);
            return;
        }
        for task in planned {
            self.tasks.get_mut(task).set_planned_on(None);
            self.arrive(step, provider, task, id);
        }
        self.serve_waiting(step, provider);
        self.watch_idle(step, id);
        self.watch_utilisation(step, provider);
        self.drain_if_old(step, id);
    }

    /// A planned task takes its place, or joins the next batch.
    fn arrive<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        provider: ProviderId,
        task: TaskRef,
        id: InstanceId,
    ) {
        let group = self.setup.group(self.tasks.get(task).group);
        let definition = self.setup.definition(group.definition);
        let instance = &self.instances[id.index()];
        let (zone, slot) = (instance.zone, instance.slot);
        let candidate = self.candidate_of(instance);
        let free = self.managed(provider).domain(zone, candidate).live.free(slot);
        if definition.size.fits(&free) {
            self.occupy(step, task, id);
            return;
        }
        self.uncount_in_zone(task);
        self.join_batch(step, provider, task, WaitPart::Replan);
    }

    /// Room has appeared: tasks that wait for a batch or a retry take it, the first come first.
    pub(super) fn serve_waiting<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        if self.managed_ref(id).listed == 0 {
            return;
        }
        let mut blocked = vec![false; self.managed_ref(id).waiting.len()];
        while let Some((task, group)) = self.next_waiting(id, &blocked) {
            let definition = self.setup.group(self.tasks.get(task).group).definition;
            let all = self.managed_ref(id).zones_of(definition);
            let zones = self.bound_to(task).map_or(all, |zone| 1 << zone.0);
            if self.take_live_room(step, id, task, zones, all) == Place::Nowhere {
                blocked[group] = true;
            } else {
                self.drop_first_waiting(id, group);
            }
        }
    }

    fn drop_first_waiting(&mut self, id: ProviderId, group: usize) {
        let provider = self.managed(id);
        provider.waiting[group].pop_front();
        provider.listed -= 1;
    }

    /// The task that has waited longest among those of groups that are not blocked.
    fn next_waiting(&mut self, id: ProviderId, blocked: &[bool]) -> Option<(TaskRef, usize)> {
        let mut first: Option<(SimTime, TaskRef, usize)> = None;
        for (group, blocked) in blocked.iter().enumerate() {
            while let Some(&task) = self.managed_ref(id).waiting[group].front() {
                if self.still_waits(task) {
                    let since = self.tasks.get(task).created_at;
                    if !blocked && first.is_none_or(|(earliest, _, _)| since < earliest) {
                        first = Some((since, task, group));
                    }
                    break;
                }
                self.drop_first_waiting(id, group);
            }
        }
        first.map(|(_, task, group)| (task, group))
    }
}
