//! Launch types EC2 and EXTERNAL: tasks go to a container instance with room, now or not at all.
//!
//! Documented (ECS developer guide, api_failures_messages): RunTask answers with a failure, RESOURCE and
//! what is short; a service tries again.

use crate::units::{InstanceId, ProviderId, SimTime, ZoneId};

use super::super::cluster::{Cluster, Step};
use super::super::decision::{DecisionSink, LeaveReason};
use super::super::event::Event;
use super::super::instance::{Instance, InstanceStatus};
use super::super::setup::ProviderSetup;
use super::super::stop_reason::StopReason;
use super::super::task::{Stamp, StopCode, TaskRef};

impl Cluster<'_> {
    /// A task that finds no room fails.
    pub(super) fn fleet_request<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        if !self.place_on_host(step, id, task) {
            self.stop_task_because(step, task, StopCode::TaskFailedToStart, StopReason::NoRoom);
        }
    }

    /// External instances are there from the start.
    pub(super) fn fleet_begins(&mut self, id: ProviderId) {
        let ProviderSetup::LaunchType(own) = self.setup.provider(id) else { return };
        let mut ordinal = 0;
        for (candidate, (_, count)) in own.machines.iter().enumerate() {
            for _ in 0..*count {
                let instance = InstanceId::from_index(self.instances.len());
                let of = (id, ordinal);
                let candidate = u32::try_from(candidate).unwrap_or(u32::MAX);
                // They are in no zone; the first stands in for it, and they are told apart in output.
                let zone = ZoneId(0);
                let now = SimTime::ZERO;
                self.instances.push(Instance::requested(instance, of, candidate, zone, now, false));
                ordinal += 1;
            }
        }
    }

    pub(super) fn fleet_initial_events(&self, id: ProviderId) -> Vec<Event> {
        let own = self.instances.iter().filter(|instance| instance.capacity_provider == id);
        own.flat_map(|instance| {
            [Event::InstanceLaunched(instance.id()), Event::InstanceRegistered(instance.id())]
        })
        .collect()
    }

    pub(super) fn fleet_launched<S: DecisionSink>(&mut self, step: &Step<'_, S>, id: InstanceId) {
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Registering;
        instance.running_at = Stamp::at(step.now);
    }

    pub(super) fn fleet_registered<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Active;
        instance.registered_at = Stamp::at(step.now);
        instance.touch(step.now);
        self.register_host(id, step.now);
        self.want_daemons(step, id);
    }

    pub(super) fn fleet_room_freed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        self.give_host(id, task, step.now);
        let instance = &self.instances[id.index()];
        match instance.status {
            InstanceStatus::Active => self.fill_daemons(step, id),
            InstanceStatus::Draining if instance.tasks == 0 => {
                self.terminate(step, id, LeaveReason::Drained);
            }
            InstanceStatus::Draining => self.stop_daemons(step, id),
            InstanceStatus::Requested
            | InstanceStatus::Registering
            | InstanceStatus::Warming
            | InstanceStatus::Warmed
            | InstanceStatus::Inactive => {}
        }
    }
}
