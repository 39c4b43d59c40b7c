//! What happens at once when a fault begins, is detected, ends.

use crate::scenario::{FaultKind, KilledBy, Share, Stranded};
use crate::units::{InstanceId, ProviderId, SimDuration, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::{DecisionSink, LeaveReason};
use super::super::draws::Luck;
use super::super::event::{Effect, Event};
use super::super::instance::{Instance, InstanceStatus};
use super::super::stop_reason::StopReason;
use super::super::task::{LastStatus, StopCode, TaskRef, WaitPart};
use super::chance::choose;
use super::{FaultId, FaultStage, Struck};

impl Cluster<'_> {
    pub(in crate::model) fn fault_event<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        stage: FaultStage,
    ) {
        match stage {
            FaultStage::Begins => {
                if !self.fault(id).kind.is_momentary() {
                    self.faults.on.push(id);
                    self.faults.on.sort_unstable();
                }
                self.fault_begins(step, id);
            }
            FaultStage::Detected => {
                let lost = std::mem::take(&mut self.faults.cut_off[id.index()]);
                self.lose_all(step, id, &lost);
                let tasks = std::mem::take(&mut self.faults.stranded[id.index()]);
                self.lose_tasks(step, id, &tasks);
            }
            FaultStage::Ends => {
                self.faults.on.retain(|other| *other != id);
                self.addresses.restore(id);
                if matches!(
                    self.fault(id).kind,
                    FaultKind::AzOutage { instances: Stranded::Lost, .. }
                ) {
                    return;
                }
                for instance in std::mem::take(&mut self.faults.cut_off[id.index()]) {
                    self.reconnect(step, instance);
                }
                self.wake_fargate(step);
            }
        }
    }

    /// When each fault begins and ends.
    pub(in crate::model) fn fault_events(&self) -> impl Iterator<Item = (SimTime, Event)> + '_ {
        self.setup.faults.iter().enumerate().flat_map(|(position, fault)| {
            let id = FaultId(u32::try_from(position).expect("faults are limited"));
            let begins = (fault.start, Event::Fault(id, FaultStage::Begins));
            let lasts = !fault.kind.is_momentary() && fault.end != SimTime::MAX;
            let ends = lasts.then_some((fault.end, Event::Fault(id, FaultStage::Ends)));
            std::iter::once(begins).chain(ends)
        })
    }

    /// An instance that did not come up in time is given up.
    pub(in crate::model) fn health_timed_out<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        instance: InstanceId,
        id: FaultId,
    ) {
        let status = self.instances[instance.index()].status;
        let flying =
            [InstanceStatus::Requested, InstanceStatus::Registering, InstanceStatus::Warming];
        if flying.contains(&status) {
            self.lose_by_fault(step, id, instance, LeaveReason::NeverRegistered);
        }
    }

    fn fault_begins<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: FaultId) {
        let until = self.fault(id).end;
        match self.fault(id).kind {
            FaultKind::AzOutage { instances: Stranded::Lost, detected_after } => {
                self.zone_is_lost(step, id, detected_after);
            }
            FaultKind::AzOutage { instances: Stranded::Unreachable, .. } => {
                let flying = self.touched(id, |instance| !is_up(instance));
                self.lose_all(step, id, &flying);
                let all = self.touched(id, is_up);
                self.disconnect(step, id, all, until);
            }
            FaultKind::AgentDisconnect { share } => {
                let some = self.some_of(step, id, share, is_up);
                self.disconnect(step, id, some, until);
            }
            FaultKind::InstanceTerminated { share } => {
                let launched = Instance::has_volume;
                let some = self.some_of(step, id, share, launched);
                self.lose_all(step, id, &some);
            }
            FaultKind::TaskKilled { share, cause } => self.kill(step, id, share, cause),
            FaultKind::SpotStorm { share, window } => self.storm(step, id, share, window),
            FaultKind::RebalanceRecommendation { share } => self.recommend(step, id, share),
            FaultKind::SubnetOutOfAddresses { available_ip_address_count } => {
                let setup = self.setup;
                let zones = setup.faults[id.index()].zones;
                self.addresses.cap(id, zones, available_ip_address_count);
            }
            FaultKind::AzDegradation { .. }
            | FaultKind::InsufficientCapacity { .. }
            | FaultKind::SlowBoot { .. }
            | FaultKind::DeadBoot { .. }
            | FaultKind::ImagePullFailure { .. }
            | FaultKind::SlowRegistry(_)
            | FaultKind::EniAttachFailure { .. }
            | FaultKind::ApiThrottling { .. }
            | FaultKind::QuotaReached { .. }
            | FaultKind::CrashLoop { .. } => {}
        }
    }

    /// The instances of a zone are gone at once; those that were up are known to be lost later.
    fn zone_is_lost<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        detected_after: SimDuration,
    ) {
        let up = self.touched(id, is_up);
        for instance in &up {
            self.cut_off(step, *instance, SimTime::MAX, true);
        }
        let flying = self.touched(id, |instance| !is_up(instance));
        self.lose_all(step, id, &flying);
        let tasks = self.fargate_tasks(id, |_| true);
        let (there, coming): (Vec<_>, Vec<_>) = tasks
            .into_iter()
            .partition(|task| self.tasks.get(*task).last_status != LastStatus::Provisioning);
        self.lose_tasks(step, id, &coming);
        if detected_after == SimDuration::ZERO {
            self.lose_all(step, id, &up);
            self.lose_tasks(step, id, &there);
        } else if !up.is_empty() || !there.is_empty() {
            self.faults.cut_off[id.index()] = up;
            self.faults.stranded[id.index()] = there;
            step.push(Effect::After(detected_after, Event::Fault(id, FaultStage::Detected)));
        }
    }

    /// Tasks on Fargate that a fault touches: those that have their micro-VM, or wait for it alone.
    pub(super) fn fargate_tasks(
        &self,
        id: FaultId,
        meant: impl Fn(ProviderId) -> bool,
    ) -> Vec<TaskRef> {
        let fault = self.fault(id);
        if !fault.without_instances.contains(&true) {
            return Vec::new();
        }
        let touched = |task: &TaskRef| {
            let found = self.tasks.get(*task);
            let launched = found.last_status != LastStatus::Provisioning
                || found.waiting_for == WaitPart::Launch;
            launched
                && found.wants_to_run()
                && fault.touches_fargate(found.capacity_provider, found.zone)
                && meant(found.capacity_provider)
        };
        let mut tasks: Vec<TaskRef> = self.tasks.live().filter(touched).collect();
        tasks.sort_by_key(|task| {
            let found = self.tasks.get(*task);
            (found.group, found.ordinal)
        });
        tasks
    }

    /// Tasks on Fargate are gone with what they ran on.
    fn lose_tasks<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        tasks: &[TaskRef],
    ) {
        for task in tasks {
            if !self.tasks.live_mut(*task).is_some_and(|found| found.wants_to_run()) {
                continue;
            }
            let found = self.tasks.get(*task);
            let (group, ran) = (found.group, found.last_status == LastStatus::Running);
            self.harmed(id, group).tasks_stopped += 1;
            let (code, reason) = (StopCode::InfrastructureHealth, StopReason::Infrastructure);
            if ran {
                self.end_at_once(step, *task, code, reason);
            } else {
                self.stop_task_because(step, *task, code, reason);
                self.start_failed(step, group);
            }
        }
    }

    fn disconnect<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        instances: Vec<InstanceId>,
        until: SimTime,
    ) {
        for instance in &instances {
            self.cut_off(step, *instance, until, true);
        }
        self.faults.tallies[id.index()].instances_disconnected += instances.len() as u64;
        self.faults.cut_off[id.index()] = instances;
    }

    /// Instances are lost by a fault. All are out of reach before the first is lost, so that no task of
    /// one goes to another.
    fn lose_all<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        instances: &[InstanceId],
    ) {
        for instance in instances {
            if self.instances[instance.index()].status != InstanceStatus::Inactive {
                self.cut_off(step, *instance, SimTime::MAX, false);
            }
        }
        for instance in instances {
            self.lose_by_fault(step, id, *instance, LeaveReason::Lost(id));
        }
    }

    pub(super) fn lose_by_fault<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        instance: InstanceId,
        reason: LeaveReason,
    ) {
        if self.instances[instance.index()].status == InstanceStatus::Inactive {
            return;
        }
        let mut harmed = Vec::new();
        for task in self.tasks_on(instance) {
            let found = self.tasks.get(task);
            if found.wants_to_run() {
                harmed.push((found.group, 1));
            }
        }
        for task in &self.instances[instance.index()].planned {
            harmed.push((self.tasks.get(*task).group, 0));
        }
        for (group, stopped) in harmed {
            self.harmed(id, group).tasks_stopped += stopped;
        }
        self.faults.tallies[id.index()].instances_lost += 1;
        self.lose(step, instance, StopCode::TerminationNotice, reason);
    }

    /// Instances that a fault touches and that `meant` admits, in order.
    fn touched(&self, id: FaultId, meant: impl Fn(&Instance) -> bool) -> Vec<InstanceId> {
        let fault = self.fault(id);
        let touched = self.instances.iter().filter(|instance| {
            let candidate = instance.candidate as usize;
            instance.status != InstanceStatus::Inactive
                && fault.touches(instance.capacity_provider, candidate, instance.zone)
                && meant(instance)
        });
        touched.map(Instance::id).collect()
    }

    pub(super) fn some_of<S: DecisionSink>(
        &self,
        step: &Step<'_, S>,
        id: FaultId,
        share: Share,
        meant: impl Fn(&Instance) -> bool,
    ) -> Vec<InstanceId> {
        let drawn = self.touched(id, meant).into_iter().map(|instance| {
            let found = &self.instances[instance.index()];
            let struck = Struck::Instance(found.capacity_provider);
            (step.draws.draw(Luck::Fault(id, struck, u64::from(found.ordinal))), instance)
        });
        choose(share, &drawn.collect::<Vec<_>>())
    }

    /// RUNNING tasks end: by StopTask, or by themselves.
    fn kill<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: FaultId,
        share: Share,
        cause: KilledBy,
    ) {
        let drawn = self.struck_tasks(id).into_iter().map(|task| {
            let found = self.tasks.get(task);
            let luck = Luck::Fault(id, Struck::Task(found.group), u64::from(found.ordinal));
            (step.draws.draw(luck), task)
        });
        for task in choose(share, &drawn.collect::<Vec<_>>()) {
            // What one loses may let its service stop another.
            if !self.is_in(task, LastStatus::Running) {
                continue;
            }
            let group = self.tasks.get(task).group;
            self.harmed(id, group).tasks_stopped += 1;
            match cause {
                KilledBy::StopTask => self.stop_task(step, task, StopCode::UserInitiated),
                KilledBy::Exit => self.crash(step, task),
            }
            self.schedule_service(step, group);
        }
    }

    fn struck_tasks(&self, id: FaultId) -> Vec<TaskRef> {
        let meant = |task: &TaskRef| {
            self.tasks.get(*task).last_status == LastStatus::Running && self.touches_task(id, *task)
        };
        let mut tasks: Vec<TaskRef> = self.tasks.live().filter(meant).collect();
        // Not by slot, which depends on what lived there before.
        tasks.sort_by_key(|task| {
            let found = self.tasks.get(*task);
            (found.group, found.ordinal)
        });
        tasks
    }
}

/// Whether an instance is registered.
fn is_up(instance: &Instance) -> bool {
    matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining)
}
