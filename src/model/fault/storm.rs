//! A storm over Spot: EC2 takes back a share of the instances within a window, Fargate Spot of the tasks.
//! What follows is the common course: recommendation, notice, two minutes. And recommendations that
//! nothing follows: documented is that EC2 sends one as soon as the risk has risen (EC2 user guide,
//! rebalance-recommendations); that it may then leave the instance alone is assumed.

use crate::catalog::PurchaseOption;
use crate::scenario::Share;
use crate::units::{InstanceId, ProviderId, SimDuration};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::draws::{Luck, below};
use super::super::event::{Effect, Event};
use super::super::instance::{Instance, InstanceStatus};
use super::super::setup::ProviderSetup;
use super::super::task::{Stamp, TaskRef};
use super::chance::choose;
use super::{FaultId, Struck};

impl Cluster<'_> {
    pub(super) fn storm<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        share: Share,
        window: SimDuration,
    ) {
        let spot = |instance: &Instance| {
            self.candidate_of(instance).purchase_option == PurchaseOption::Spot
                && instance.status != InstanceStatus::Requested
        };
        for instance in self.some_of(step, id, share, spot) {
            let found = &self.instances[instance.index()];
            let whose = Struck::Delay(found.capacity_provider);
            let delay = delay(step, id, whose, u64::from(found.ordinal), window);
            self.faults.stormed.insert(instance, id);
            step.push(Effect::After(delay, Event::RebalanceRecommendation(instance)));
        }
        let drawn: Vec<(u64, TaskRef)> = self
            .fargate_tasks(id, |provider| self.is_fargate_spot(provider))
            .into_iter()
            .map(|task| {
                let found = self.tasks.get(task);
                let luck = Luck::Fault(id, Struck::Task(found.group), u64::from(found.ordinal));
                (step.draws.draw(luck), task)
            })
            .collect();
        for task in choose(share, &drawn) {
            let found = self.tasks.get(task);
            let whose = Struck::TaskDelay(found.group);
            let delay = delay(step, id, whose, u64::from(found.ordinal), window);
            self.faults.stormed_tasks.insert(task, id);
            step.push(Effect::After(delay, Event::FargateReclaimed(task)));
        }
    }

    /// EC2 recommends to replace some instances, and no notice follows.
    pub(super) fn recommend<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        share: Share,
    ) {
        let spot = |instance: &Instance| {
            self.candidate_of(instance).purchase_option == PurchaseOption::Spot
                && instance.status != InstanceStatus::Requested
                && instance.recommended_at == Stamp::NONE
        };
        for instance in self.some_of(step, id, share, spot) {
            self.instances[instance.index()].recommended_at = Stamp::at(step.now);
            self.faults.recommended.insert(instance);
            self.rebalance_recommended(step, instance);
        }
    }

    /// Whether an instance had such a recommendation; from now on it counts as having had none.
    pub(in crate::model) fn was_recommended_in_vain(&mut self, instance: InstanceId) -> bool {
        self.faults.recommended.remove(&instance)
    }

    fn is_fargate_spot(&self, provider: ProviderId) -> bool {
        match self.setup.provider(provider) {
            ProviderSetup::Fargate(fargate) => fargate.purchase_option == PurchaseOption::Spot,
            ProviderSetup::ManagedInstances(_)
            | ProviderSetup::AutoScalingGroup(_)
            | ProviderSetup::LaunchType(_) => false,
        }
    }

    /// The notice has come to an instance: if a storm sent it, that is its harm.
    pub(in crate::model) fn note_storm(&mut self, instance: InstanceId) {
        let Some(id) = self.faults.stormed.get(&instance).copied() else { return };
        self.faults.tallies[id.index()].instances_lost += 1;
        for task in self.tasks_on(instance) {
            let found = self.tasks.get(task);
            if found.wants_to_run() {
                let group = found.group;
                self.harmed(id, group).tasks_stopped += 1;
            }
        }
    }

    /// A storm ends an instance: what is still on it is lost only now.
    pub(in crate::model) fn note_storm_end(&mut self, instance: InstanceId) {
        let Some(id) = self.faults.stormed.remove(&instance) else { return };
        for task in self.tasks_on(instance) {
            let found = self.tasks.get(task);
            if found.wants_to_run() {
                let group = found.group;
                self.harmed(id, group);
            }
        }
    }

    /// Fargate Spot takes a task back: if a storm did it, that is its harm.
    pub(in crate::model) fn note_storm_task(&mut self, task: TaskRef) {
        let Some(id) = self.faults.stormed_tasks.remove(&task) else { return };
        let group = self.tasks.get(task).group;
        self.harmed(id, group).tasks_stopped += 1;
    }
}

/// When within the window.
fn delay<S>(
    step: &Step<'_, S>,
    id: FaultId,
    whose: Struck,
    ordinal: u64,
    window: SimDuration,
) -> SimDuration {
    let draw = step.draws.draw(Luck::Fault(id, whose, ordinal));
    SimDuration::from_micros(below(draw, window.as_micros().max(1)))
}
