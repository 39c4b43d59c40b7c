//! Capacity providers: an enum with exhaustive matches, one file or folder for each kind, so that the
//! compiler lists what a new kind must answer.

mod managed_instances;

use crate::units::{InstanceId, ProviderId, Resources};

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;
use super::instance::{Instance, InstanceRef, InstanceStatus};
use super::setup::{ProviderSetup, Setup};
use super::task::TaskRef;

use managed_instances::ManagedInstances;

/// The state of a capacity provider.
#[derive(Clone, Debug)]
pub(super) enum Provider {
    ManagedInstances(ManagedInstances),
}

impl Provider {
    pub(super) fn new(provider: &ProviderSetup, setup: &Setup) -> Self {
        match provider {
            ProviderSetup::ManagedInstances(own) => {
                Self::ManagedInstances(ManagedInstances::new(own, setup))
            }
        }
    }

    /// What is free on a registered instance that takes tasks.
    pub(super) fn free(&self, instance: &Instance) -> Option<Resources> {
        match self {
            Self::ManagedInstances(provider) => provider.free(instance),
        }
    }
}

impl Cluster<'_> {
    fn provider_of(&self, task: TaskRef) -> ProviderId {
        self.tasks.get(task).capacity_provider
    }

    /// A new task asks its provider for a place.
    pub(super) fn request_capacity<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        let id = self.provider_of(task);
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_request(step, id, task),
        }
    }

    /// A provider plans for the tasks that wait.
    pub(super) fn plan_capacity<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_plan(step, id),
        }
    }

    pub(super) fn instance_launched<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider;
        // It was lost on its way.
        if instance.status != InstanceStatus::Requested {
            return;
        }
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_launched(step, id),
        }
    }

    pub(super) fn instance_registered<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider;
        if instance.status != InstanceStatus::Registering {
            return;
        }
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_registered(step, id),
        }
    }

    /// An instance takes no more tasks: it leaves the index of free capacity, if it is in one.
    pub(super) fn retire(&mut self, id: InstanceId) {
        // One that ECS cannot reach has left it already.
        if !self.instances[id.index()].connected {
            return;
        }
        match &self.providers[self.instances[id.index()].capacity_provider.index()] {
            Provider::ManagedInstances(_) => self.managed_retire(id),
        }
    }

    /// An ACTIVE instance is within reach again: what is free on it may be used.
    pub(super) fn rejoin<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        match &self.providers[self.instances[id.index()].capacity_provider.index()] {
            Provider::ManagedInstances(_) => self.managed_rejoin(step, id),
        }
    }

    /// Tasks that waited for an instance that will not come wait anew.
    pub(super) fn wait_anew<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        waiting: Vec<TaskRef>,
    ) {
        let provider = self.instances[id.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_wait_anew(step, provider, waiting),
        }
    }

    /// A task that waited for capacity no longer wants it.
    pub(super) fn give_up_plan(&mut self, task: TaskRef) {
        match &self.providers[self.provider_of(task).index()] {
            Provider::ManagedInstances(_) => self.managed_give_up(task),
        }
    }

    /// A task left an instance.
    pub(super) fn room_freed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        match &self.providers[self.provider_of(task).index()] {
            Provider::ManagedInstances(_) => self.managed_room_freed(step, task, id),
        }
    }

    pub(super) fn check_idle<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        reference: InstanceRef,
    ) {
        let provider = self.instances[reference.instance.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_check_idle(step, reference),
        }
    }

    pub(super) fn check_utilisation<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_check_utilisation(step, id),
        }
    }

    pub(super) fn drain_due<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let provider = self.instances[id.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_drain_due(step, id),
        }
    }

    pub(super) fn force_stop_due<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let provider = self.instances[id.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_force_stop(step, id),
        }
    }
}
