//! An instance of a group arrives: it is launched, boots, registers, and takes the tasks that wait.

use crate::scenario::InitialInstances;
use crate::units::{InstanceId, ProviderId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::DecisionSink;
use super::super::super::event::{Effect, Event};
use super::super::super::instance::InstanceStatus;
use super::super::super::task::Stamp;

impl Cluster<'_> {
    /// The instances of the initial desired capacity, where they are there at the start.
    pub(in crate::model::provider) fn group_begins<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        if self.group_setup(id).settings.initial_instances == InitialInstances::Registered {
            let (ordered, _) = self.order_instances(step, id);
            self.group_mut(id).initial = u32::try_from(ordered.len()).unwrap_or(u32::MAX);
        }
        self.warm_pool_begins(step, id);
    }

    /// What the start of a group sets off: the instances that are there, and a look for those that are
    /// not.
    pub(in crate::model::provider) fn group_initial_events(&self, id: ProviderId) -> Vec<Event> {
        let group = self.group_ref(id);
        let mut events = Vec::new();
        let members = group.members.iter().flatten().copied();
        let mut present: Vec<InstanceId> = members.chain(group.warm.all()).collect();
        present.sort_unstable();
        for instance in present {
            if !self.instances[instance.index()].is_stopped() {
                events.push(Event::InstanceLaunched(instance));
            }
            events.push(Event::InstanceRegistered(instance));
        }
        if group.size < group.desired || group.warm.size < self.warm_pool_target(id) {
            events.push(Event::PlanCapacity(id));
        }
        if group.scaling.is_some() {
            events.push(Event::ManagedScalingStarts(id));
        }
        events
    }

    /// EC2 says running: billing starts.
    pub(in crate::model::provider) fn group_launched<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Registering;
        instance.running_at = Stamp::at(step.now);
        let (provider, ordinal) = (instance.capacity_provider, instance.ordinal);
        self.group_mut(provider).running += 1;
        if ordinal >= self.group_ref(provider).initial {
            step.push(Effect::BootInstance(id));
        }
    }

    /// The agent has registered the instance: it takes tasks.
    pub(in crate::model::provider) fn group_registered<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Active;
        instance.registered_at = Stamp::at(step.now);
        instance.touch(step.now);
        let provider = instance.capacity_provider;
        self.register_host(id, step.now);
        // One that EC2 has announced to take back drains before it takes a task.
        self.drain_if_noticed(step, id);
        if self.instances[id.index()].status != InstanceStatus::Active {
            return;
        }
        self.want_daemons(step, id);
        self.serve_group(step, provider);
        self.relieve(step, provider, id);
        self.balanced_by(step, provider, id);
    }
}
