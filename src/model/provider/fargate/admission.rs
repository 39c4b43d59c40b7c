//! Who may launch now: one token of the account's launch rate each, within the vCPU quota, and if
//! Fargate has capacity.

use crate::units::{GroupId, ProviderId, SimDuration, SimTime};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::DecisionSink;
use super::super::super::draws::{Luck, below};
use super::super::super::event::{Effect, Event};
use super::super::super::setup::{FargateSetup, ProviderSetup};
use super::super::super::task::{LastStatus, TaskRef, WaitPart};
use super::super::Provider;
use super::Fargate;

/// Parts in a million.
const WHOLE: u64 = 1_000_000;

impl Cluster<'_> {
    pub(super) fn fargate(&mut self, id: ProviderId) -> Option<&mut Fargate> {
        let Provider::Fargate(provider) = &mut self.providers[id.index()] else { return None };
        Some(provider)
    }

    pub(super) fn fargate_setup(&self, id: ProviderId) -> Option<&FargateSetup> {
        let ProviderSetup::Fargate(setup) = self.setup.provider(id) else { return None };
        Some(setup)
    }

    /// A new task: it gets its zone and joins those that wait, mostly for no time at all.
    pub(in crate::model::provider) fn fargate_request<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        let group = self.tasks.get(task).group;
        let closed = if self.faults.any() { self.closed_to_fargate(id) } else { 0 };
        let Some(provider) = self.fargate(id) else { return };
        let zone = provider.emptiest_zone(group, closed);
        provider.by_zone[group.index()][zone.index()] += 1;
        if provider.waiting.is_empty() {
            provider.held_by = WaitPart::LaunchRate;
        }
        let held_by = provider.held_by;
        provider.waiting.push_back(task);
        self.tasks.get_mut(task).zone = zone;
        self.tasks.wait_for(task, held_by, step.now);
        self.fargate_admit(step, id);
    }

    /// The look that was due.
    pub(in crate::model::provider) fn fargate_look<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        if let Some(provider) = self.fargate(id)
            && provider.look_at.is_some_and(|at| at <= step.now)
        {
            provider.look_at = None;
        }
        self.fargate_admit(step, id);
    }

    /// Admits the tasks that wait, the first come first, until the quota or the launch rate stops one. A
    /// task that meets no capacity waits by itself and holds nobody back.
    pub(super) fn fargate_admit<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        self.fargate_try_again(id, step.now);
        while let Some(task) = self.fargate_next(id) {
            if !self.fargate_within_quota(id, task) {
                // It goes on when a task ends.
                if let Some(provider) = self.fargate(id) {
                    provider.held_by_quota += u32::from(provider.first_held != Some(task));
                    provider.first_held = Some(task);
                }
                self.tasks.wait_for(task, WaitPart::Quota, step.now);
                self.fargate_held_by(id, WaitPart::Quota, step.now);
                break;
            }
            if let Some(provider) = self.fargate(id) {
                provider.first_held = None;
            }
            if self.faults.any() {
                self.fargate_move(id, task);
            }
            if let Err(wait) = self.fargate_token(step.now, id) {
                self.tasks.wait_for(task, WaitPart::LaunchRate, step.now);
                self.fargate_held_by(id, WaitPart::LaunchRate, step.now);
                self.fargate_look_at(step, id, step.now + wait);
                break;
            }
            if self.fargate_refused(step, id, task) {
                self.fargate_set_aside(step.now, id, task);
            } else {
                self.fargate_launch(step, id, task);
            }
        }
        let next = self.fargate(id).and_then(|provider| provider.refused.front().copied());
        if let Some((at, _)) = next {
            self.fargate_look_at(step, id, at);
        }
    }

    /// Whatever holds the first of those that wait holds them all: their wait is booked under it. They
    /// are gone through when it changes alone.
    fn fargate_held_by(&mut self, id: ProviderId, part: WaitPart, now: SimTime) {
        let Provider::Fargate(provider) = &mut self.providers[id.index()] else { return };
        if provider.held_by == part {
            return;
        }
        provider.held_by = part;
        for task in &provider.waiting {
            let found = self.tasks.get(*task);
            let waits = found.last_status == LastStatus::Provisioning && found.epoch == task.epoch;
            // After a refusal a task waits for its retry, and is in the queue for that.
            if waits && matches!(found.waiting_for, WaitPart::LaunchRate | WaitPart::Quota) {
                self.tasks.wait_for(*task, part, now);
            }
        }
    }

    /// Refused tasks whose time has come join those that wait.
    fn fargate_try_again(&mut self, id: ProviderId, now: SimTime) {
        let Some(provider) = self.fargate(id) else { return };
        while let Some((_, task)) = provider.refused.front().copied().filter(|(at, _)| *at <= now) {
            provider.refused.pop_front();
            provider.waiting.push_back(task);
        }
    }

    /// A task that met no capacity is tried again after `fargate.capacity_retry`.
    fn fargate_set_aside(&mut self, now: SimTime, id: ProviderId, task: TaskRef) {
        self.tasks.wait_for(task, WaitPart::CapacityRetry, now);
        let retry = self.fargate_setup(id).map_or(now, |setup| now + setup.capacity_retry);
        if let Some(provider) = self.fargate(id) {
            provider.waiting.pop_front();
            provider.refused.push_back((retry, task));
        }
    }

    /// The first of the tasks that wait and still want to.
    fn fargate_next(&mut self, id: ProviderId) -> Option<TaskRef> {
        loop {
            let task = self.fargate(id)?.waiting.front().copied()?;
            let found = self.tasks.get(task);
            let waits = found.last_status == LastStatus::Provisioning && found.wants_to_run();
            if found.epoch == task.epoch && waits {
                return Some(task);
            }
            self.fargate(id)?.waiting.pop_front();
        }
    }

    fn fargate_within_quota(&mut self, id: ProviderId, task: TaskRef) -> bool {
        let cpu = u64::from(self.size_of(task).cpu);
        let setup = self.fargate_setup(id);
        let lowered = setup.and_then(|setup| self.lowered_fargate_quota(setup.purchase_option));
        let own = setup.and_then(|setup| setup.cpu_quota);
        let quota = own.into_iter().chain(lowered).min();
        let Some(provider) = self.fargate(id) else { return true };
        let needed = provider.cpu + cpu;
        let within = quota.is_none_or(|quota| needed <= quota);
        if !within {
            provider.peak_cpu = provider.peak_cpu.max(needed);
        }
        within
    }

    /// Takes a token; otherwise says how long it takes to have one.
    fn fargate_token(&mut self, now: SimTime, id: ProviderId) -> Result<(), SimDuration> {
        let Some(provider) = self.fargate(id) else { return Ok(()) };
        provider.bucket.take(now)?;
        provider.attempts += 1;
        Ok(())
    }

    /// Whether Fargate has no capacity for a launch.
    fn fargate_refused<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) -> bool {
        let unavailable = self.fargate_setup(id).map_or(0, |setup| setup.unavailable_ppm);
        let attempt = self.fargate(id).map_or(0, |provider| provider.attempts);
        let zone = self.tasks.get(task).zone;
        let refused = unavailable > 0
            && below(step.draws.draw(Luck::Capacity(id, attempt)), WHOLE) < u64::from(unavailable);
        let by_fault = self.faults.any() && self.fargate_refused_by_fault(step, id, zone);
        refused || by_fault
    }

    fn fargate_look_at<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        at: SimTime,
    ) {
        if let Some(provider) = self.fargate(id)
            && provider.look_at.is_none_or(|due| due > at)
        {
            provider.look_at = Some(at);
            step.push(Effect::After(at.since(step.now), Event::PlanCapacity(id)));
        }
    }

    fn fargate_launch<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        let cpu = u64::from(self.size_of(task).cpu);
        let Some(provider) = self.fargate(id) else { return };
        provider.waiting.pop_front();
        provider.cpu += cpu;
        provider.peak_cpu = provider.peak_cpu.max(provider.cpu);
        provider.in_flight += 1;
        let concurrent = provider.in_flight;
        self.tasks.wait_for(task, WaitPart::Launch, step.now);
        if self.addresses.are_counted() {
            self.address_for_task(task);
        }
        step.push(Effect::LaunchFargate { task, concurrent });
    }

    /// A task that waits goes to another zone when its own is closed. Assumed: Fargate steers away from a
    /// zone that is out or has no capacity at all, as long as there is another.
    fn fargate_move(&mut self, id: ProviderId, task: TaskRef) {
        let found = self.tasks.get(task);
        let (group, zone) = (found.group, found.zone);
        let closed = self.closed_to_fargate(id);
        if closed >> zone.0 & 1 == 0 {
            return;
        }
        let Some(provider) = self.fargate(id) else { return };
        let other = provider.emptiest_zone(group, closed);
        provider.by_zone[group.index()][zone.index()] -= 1;
        provider.by_zone[group.index()][other.index()] += 1;
        self.tasks.get_mut(task).zone = other;
    }

    /// Something that kept tasks waiting may be over: whoever waits is looked at.
    pub(in crate::model) fn wake_fargate<S: DecisionSink>(&mut self, step: &mut Step<'_, S>) {
        for id in (0..self.providers.len()).map(ProviderId::from_index) {
            let Some(provider) = self.fargate(id) else { continue };
            let refused = std::mem::take(&mut provider.refused);
            provider.waiting.extend(refused.into_iter().map(|(_, task)| task));
            if !provider.waiting.is_empty() {
                self.fargate_admit(step, id);
            }
        }
    }

    /// An active task no longer counts for its zone.
    pub(in crate::model) fn fargate_uncount(&mut self, task: TaskRef) {
        let found = self.tasks.get(task);
        let (id, group, zone): (_, GroupId, _) = (found.capacity_provider, found.group, found.zone);
        if let Some(provider) = self.fargate(id) {
            provider.by_zone[group.index()][zone.index()] -= 1;
        }
    }
}
