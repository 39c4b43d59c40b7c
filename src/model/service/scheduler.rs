//! What asks for tasks: the service scheduler and RunTask.

use std::borrow::Cow;

use crate::scenario::{AVAILABILITY_ZONE, PlacementStrategy, SpreadField};
use crate::units::{GroupId, ProviderId, Resources, ServiceId, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::draws::Luck;
use super::super::event::{Effect, Event};
use super::super::setup::{GroupSetup, RequestKind, RunTaskSetup};
use super::super::stop_reason::StopReason;
use super::super::strategy::next_provider;
use super::super::task::{LastStatus, StopCode, Task, TaskRef, WaitPart};
use super::deployment::DeploymentKind;
use super::group::{Digest, GroupKind};
use super::health::TaskHealth;
use super::scale_in::{STEPS, Shrinking, Surplus, victims};

impl Cluster<'_> {
    pub(in crate::model) fn create_service<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
    ) {
        let RequestKind::Service(service) = self.setup.group(id).kind else { return };
        let Some(of) = self.service_of(id) else { return };
        if service.is_daemon {
            self.create_daemon(step, of);
            return;
        }
        self.services[of.index()].desired_count = service.desired_count;
        self.learn_zones(of);
        self.deploy(step, of, DeploymentKind::Creation, id);
    }

    pub(in crate::model) fn update_service<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        index: u32,
    ) {
        let update = self.setup.updates[index as usize];
        // What was reached by now was reached with the old count.
        self.note_deployment(update.service, step.now);
        let service = &mut self.services[update.service.index()];
        // There is no such service yet: UpdateService fails (ServiceNotFoundException).
        if service.deployments.is_empty() {
            return;
        }
        let (primary, unchanged) = (service.primary, service.desired_count);
        let desired_count = update.desired_count.unwrap_or(unchanged);
        self.groups[primary.index()].end_backoff(step.now);
        if let Some(revision) = update.revision {
            service.desired_count = desired_count;
            self.deploy(step, update.service, DeploymentKind::Update, revision);
        } else {
            self.set_desired_count(step, update.service, desired_count);
        }
    }

    /// Tasks of a service have run long enough to count as healthy.
    pub(in crate::model) fn tasks_healthy<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
    ) {
        let Some(service) = self.service_of(id) else { return };
        self.services[service.index()].health_pass_at = None;
        self.schedule_service(step, id);
    }

    pub(in crate::model) fn scheduled_pass<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
    ) {
        self.groups[id.index()].pass_due = false;
        if let Some(service) = self.service_of(id)
            && self.groups[id.index()].kind == GroupKind::Daemon
        {
            self.daemon_pass(step, service);
            return;
        }
        self.schedule_service(step, id);
    }

    pub(in crate::model) fn digest_resolved<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
        attempt: u32,
    ) {
        let group = &mut self.groups[id.index()];
        if group.digest == Digest::Resolving && group.digest_attempts == attempt {
            group.digest = Digest::Known;
            group.digest_known_at = step.now;
            self.schedule_service(step, id);
        }
    }

    /// One pass of the service scheduler: starts what is missing, stops what is too much.
    ///
    /// Documented: the first task of a new revision starts alone until its image digest is known; the
    /// launch rate; maximumPercent 200 and minimumHealthyPercent 100 by default.
    pub(in crate::model) fn schedule_service<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
    ) {
        let Some(service) = self.service_of(id) else { return };
        match self.groups[id.index()].kind {
            GroupKind::Service => {}
            GroupKind::Daemon => return self.schedule_daemons(step, service),
            GroupKind::RunTask => return,
        }
        let id = self.services[service.index()].primary;
        if self.deployment_mut(service).is_some() {
            self.note_healthy(service, step.now);
            self.note_deployment(service, step.now);
        }
        if self.services[service.index()].revisions.len() > 1 {
            self.stop_old_tasks(step, service);
            if let Some(kept) = self.kept_revision(service) {
                self.keep_count(step, service, kept);
            }
        }
        if self.services[service.index()].zones.moving() > 0 {
            self.finish_moves(step, service);
        }
        self.keep_count(step, service, id);
        if self.services[service.index()].traffic_shift().is_some() {
            self.end_scale_up(step, service);
        }
        if self.deployment_mut(service).is_some() {
            self.note_deployment(service, step.now);
        }
        self.await_healthy(step, service, id);
        if self.has_protection(service) {
            self.await_expiry(step, service);
        }
        self.watch_zones(step, service);
    }

    /// Brings a revision that shall have its tasks nearer to its desired count.
    fn keep_count<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
        id: GroupId,
    ) {
        if !self.groups[id.index()].unhealthy.is_empty() {
            self.stop_unhealthy(step, service, id);
        }
        self.stop_surplus(step, service, id);
        // A deployment that failed starts nothing more; the revision that it should replace is well.
        if !self.is_stalled(service) || self.kept_revision(service) == Some(id) {
            self.start_missing(step, service, id);
        }
    }

    /// Starts what is missing, as far as the service may.
    fn start_missing<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
        id: GroupId,
    ) {
        let room = self.may_start(service, id);
        let rate = match self.setup.group(id).kind {
            RequestKind::Service(service) => service.launch_rate_per_minute,
            RequestKind::RunTask(_) => u32::MAX,
        };
        let group = &mut self.groups[id.index()];
        let missing = group.desired_count.saturating_sub(group.counted());
        group.want(missing, step.now);
        let held = missing > room;
        if held {
            group.hold(step.now);
        }
        let wished = match group.digest {
            _ if group.backs_off(step.now) => 0,
            Digest::Known => missing.min(room),
            Digest::Unknown => missing.min(room).min(1),
            Digest::Resolving => 0,
        };
        let (admitted, more_at) = group.admit(wished, rate, step.now);
        if group.digest == Digest::Unknown && admitted > 0 {
            group.digest = Digest::Resolving;
            group.digest_attempts += 1;
        }
        if let Some(at) = more_at.filter(|_| !group.pass_due) {
            group.pass_due = true;
            step.push(Effect::After(at - step.now, Event::ScheduleService(id)));
        }
        self.start_tasks(step, id, admitted);
        if !held {
            self.groups[id.index()].release();
        }
    }

    /// Takes unhealthy tasks away once others run in their place, or where there is no room for others.
    ///
    /// Documented (ECS developer guide, deployment-type-ecs): the scheduler starts a replacement first if
    /// maximumPercent lets it, and stops the unhealthy task when that is healthy; of a task and its
    /// replacement that are both unhealthy it stops one; without room it stops them one at a time.
    /// Assumed: the one known longest.
    fn stop_unhealthy<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
        id: GroupId,
    ) {
        let group = &self.groups[id.index()];
        let not_unhealthy = group.counted();
        let pending = not_unhealthy.saturating_sub(group.healthy.count_at(step.now));
        let there = not_unhealthy + group.unhealthy_tasks();
        let replaced = there.saturating_sub(group.desired_count).saturating_sub(pending);
        let stuck = pending == 0 && self.may_start(service, id) == 0;
        let count = replaced.max(u32::from(stuck)) as usize;
        let victims: Vec<_> = group.unhealthy.iter().take(count).copied().collect();
        for task in victims {
            let reason = StopReason::FailedHealthChecks;
            self.stop_task_because(step, task, StopCode::ServiceSchedulerInitiated, reason);
        }
    }

    /// Looks again when the next task is old enough to be healthy, where something waits for that.
    pub(in crate::model) fn await_healthy<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
        id: GroupId,
    ) {
        if !self.awaits_healthy(id) {
            return;
        }
        // Old tasks too: the minimum holds without one only when enough others count.
        for position in 0..self.services[service.index()].revisions.len() {
            let revision = self.services[service.index()].revisions[position];
            // Those that are old enough by now are none to wait for.
            self.groups[revision.index()].healthy.settle(step.now);
        }
        let of = &self.services[service.index()];
        let of_all = of.revisions.iter();
        let next = of_all.filter_map(|id| self.next_healthy_at(*id, step.now)).min();
        let Some(next) = next else { return };
        if of.health_pass_at.is_none_or(|at| at <= step.now) {
            self.services[service.index()].health_pass_at = Some(next);
            step.push(Effect::After(next - step.now, Event::TasksHealthy(id)));
        }
    }

    /// Starts so many tasks of a service, as far as there is somewhere to put them or to let them wait.
    /// Documented: a service whose tasks find no room tries again; each provider's share is its own.
    fn start_tasks<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: GroupId, tasks: u32) {
        let strategy = &self.setup.group(id).strategy;
        let mut refused: Vec<u32> = Vec::new();
        for _ in 0..tasks {
            let share = next_provider(strategy, &self.shares(id, &refused));
            let provider = ProviderId::from_index(strategy[share].capacity_provider);
            // What finds no room now will find none in this pass.
            let full = refused.get(share).is_some_and(|refused| *refused > 0);
            if full || !self.takes_now(provider, id) {
                refused.resize(strategy.len(), 0);
                refused[share] += 1;
                continue;
            }
            let requested_at = self.groups[id.index()].take_wish(step.now);
            self.create_task(step, id, requested_at, share);
        }
        let refused: u32 = refused.iter().sum();
        let group = &mut self.groups[id.index()];
        group.refuse(tasks, refused, step.now);
        if refused > 0 && !group.pass_due {
            group.pass_due = true;
            if let RequestKind::Service(service) = self.setup.group(id).kind {
                step.push(Effect::After(service.placement_retry, Event::ScheduleService(id)));
            }
        }
    }

    /// Tasks by position in the strategy, those that found no room in this pass counted in.
    fn shares(&self, id: GroupId, refused: &[u32]) -> Cow<'_, [u32]> {
        let own = &self.groups[id.index()].by_provider;
        if refused.is_empty() {
            return Cow::Borrowed(own);
        }
        own.iter().zip(refused).map(|(own, refused)| own + refused).collect()
    }

    fn create_task<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
        requested_at: SimTime,
        share: usize,
    ) {
        let task = self.new_task(step, id, requested_at, share);
        let group = &self.groups[id.index()];
        let digest_known_at = group.digest_known_at;
        let without_room = group.time_without_room(requested_at, step.now);
        let held = group.time_held(requested_at.max(digest_known_at), step.now);
        let backoff = group.backed_off(requested_at.max(digest_known_at), step.now);
        let digest_wave = digest_known_at.min(step.now).since(requested_at);
        let rest = step.now.since(requested_at).saturating_sub(digest_wave);
        let without_room = without_room.min(rest);
        let held = held.min(rest.saturating_sub(without_room));
        let rest = rest.saturating_sub(held);
        self.tasks.add_wait(task, WaitPart::DigestWave, digest_wave);
        self.tasks.add_wait(task, WaitPart::Deployment, held);
        self.tasks.add_wait(task, WaitPart::Scaling, without_room);
        let rest = rest.saturating_sub(without_room);
        let backoff = backoff.min(rest);
        self.tasks.add_wait(task, WaitPart::StartBackoff, backoff);
        self.tasks.add_wait(task, WaitPart::LaunchRate, rest.saturating_sub(backoff));
        self.request_capacity(step, task);
    }

    /// A task more of a group, sent to the provider at a position of its strategy.
    pub(in crate::model) fn new_task<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: GroupId,
        requested_at: SimTime,
        share: usize,
    ) -> TaskRef {
        let setup = self.setup.group(id);
        let group = &mut self.groups[id.index()];
        let mut task = Task::new(id, group.created, requested_at, step.now);
        task.capacity_provider = ProviderId::from_index(setup.strategy[share].capacity_provider);
        task.position = u32::try_from(group.active.len()).unwrap_or(u32::MAX);
        group.created += 1;
        group.live += 1;
        group.by_provider[share] += 1;
        let is_service = group.kind != GroupKind::RunTask;
        let task = self.tasks.insert(task);
        // Nothing ever looks for a standalone task by its group.
        if is_service {
            self.groups[id.index()].active.push(task);
        }
        self.count_created();
        task
    }

    /// One call of RunTask. Assumed: the base of a strategy counts per call.
    pub(in crate::model) fn run_task<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
    ) {
        let RequestKind::RunTask(setup) = self.setup.group(id).kind else { return };
        let group = &mut self.groups[id.index()];
        group.calls += 1;
        group.by_provider.fill(0);
        if more_calls(&setup, group.calls) {
            step.push(Effect::NextRunTask(id));
        } else if let Some(at) = self.setup.group(id).scheduled.get(group.calls as usize) {
            step.push(Effect::After(at.since(step.now), Event::RunTask(id)));
        }
        for _ in 0..setup.count {
            let strategy = &self.setup.group(id).strategy;
            let share = next_provider(strategy, &self.groups[id.index()].by_provider);
            self.create_task(step, id, step.now, share);
        }
    }

    /// Stops what exceeds the desired count. Tasks on draining instances go as soon as enough others
    /// run.
    fn stop_surplus<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
        id: GroupId,
    ) {
        while let Some(replaced) = self.drained_victim(step, service, id) {
            self.stop_task(step, replaced, StopCode::ServiceSchedulerInitiated);
        }
        let group = &self.groups[id.index()];
        let moving = self.services[service.index()].zones.moving();
        let surplus = group.counted().saturating_sub(group.desired_count + moving);
        if surplus == 0 {
            return;
        }
        for victim in self.surplus_victims(step, id, surplus) {
            self.stop_task(step, victim, StopCode::ServiceSchedulerInitiated);
        }
    }

    /// A task on a draining instance that can go while minimumHealthyPercent still holds.
    fn drained_victim<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        service: ServiceId,
        id: GroupId,
    ) -> Option<TaskRef> {
        if self.groups[id.index()].draining == 0 || self.may_stop(service, id, step.now) == 0 {
            return None;
        }
        self.groups[id.index()]
            .active
            .iter()
            .copied()
            .filter(|task| self.is_draining(*task))
            .min_by_key(|task| self.tasks.get(*task).ordinal)
    }

    /// The tasks that go first, those on draining instances left out and those that are protected.
    pub(in crate::model) fn surplus_victims<S: DecisionSink>(
        &self,
        step: &Step<'_, S>,
        id: GroupId,
        count: u32,
    ) -> Vec<TaskRef> {
        self.victims_among(step, id, count, |_| true)
    }

    /// The same, of those that are meant.
    pub(in crate::model) fn victims_among<S: DecisionSink>(
        &self,
        step: &Step<'_, S>,
        id: GroupId,
        count: u32,
        meant: impl Fn(TaskRef) -> bool,
    ) -> Vec<TaskRef> {
        self.shrinking(step, id, meant, |service| victims(service, count))
    }

    /// What of a revision may go, as far as it is meant.
    pub(in crate::model) fn shrinking<S: DecisionSink, T>(
        &self,
        step: &Step<'_, S>,
        id: GroupId,
        meant: impl Fn(TaskRef) -> bool,
        then: impl FnOnce(&Shrinking<'_>) -> T,
    ) -> T {
        let group = &self.groups[id.index()];
        let GroupSetup { strategy, ask, .. } = self.setup.group(id);
        let placement = ask.strategy.as_slice();
        let by_chance = placement.contains(&PlacementStrategy::Random);
        let mut counts = vec![0; strategy.len()];
        let mut tasks = Vec::new();
        for &task in group.active.iter().filter(|task| !self.is_draining(**task)) {
            let found = self.tasks.get(task);
            // Others are wanted in its place already.
            if found.health.has(TaskHealth::UNHEALTHY) {
                continue;
            }
            if !meant(task) || self.is_protected(task, step.now) {
                continue;
            }
            let provider = found.capacity_provider.index();
            let share =
                strategy.iter().position(|item| item.capacity_provider == provider).unwrap_or(0);
            counts[share] += 1;
            let draw = || step.draws.draw(Luck::ScaleIn(id, found.ordinal));
            tasks.push(Surplus {
                task,
                share,
                values: self.values_of(found, placement),
                instance: found.instance(),
                left: self.left_beside(found, placement),
                running: found.last_status == LastStatus::Running,
                ordinal: found.ordinal,
                draw: if by_chance { draw() } else { 0 },
            });
        }
        let size = ask.size;
        then(&Shrinking { tasks: &tasks, strategy, counts: &counts, placement, size })
    }

    /// For each step that spreads over an attribute, the number of its value where a task is.
    fn values_of(&self, task: &Task, placement: &[PlacementStrategy]) -> [u32; STEPS] {
        let mut values = [0; STEPS];
        for (value, step) in values.iter_mut().zip(placement) {
            let PlacementStrategy::Spread(SpreadField::Attribute(name)) = step else { continue };
            *value = match task.instance() {
                _ if name == AVAILABILITY_ZONE => task.zone.0,
                Some(id) => self.value_of(task.capacity_provider, id, name),
                None => 0,
            };
        }
        values
    }

    /// What is free on a task's instance, where the strategy looks at it.
    fn left_beside(&self, task: &Task, placement: &[PlacementStrategy]) -> Resources {
        let packs = placement.iter().any(|step| matches!(step, PlacementStrategy::Binpack(_)));
        let instance = task.instance().filter(|_| packs);
        instance.and_then(|id| self.free_resources(id)).unwrap_or_default()
    }

    /// Takes a task out of its group's active ones: it no longer counts.
    pub(in crate::model) fn deactivate(&mut self, task: TaskRef, now: SimTime) {
        self.end_checks(task, now);
        self.uncount_of_provider(task);
        let draining = self.is_draining(task);
        let found = self.tasks.get(task);
        let (id, zone, position) = (found.group, found.zone, found.position);
        let placed = found.instance().is_some() || found.planned_on().is_some();
        let provider = found.capacity_provider;
        if let Some(on) = found.instance().filter(|_| !draining) {
            self.uncount_placed(task, on);
        }
        let found = self.tasks.get(task);
        let group = &mut self.groups[id.index()];
        if found.last_status == LastStatus::Running {
            group.running -= 1;
        }
        if draining {
            group.draining -= 1;
        } else if placed {
            group.by_zone[zone.index()] -= 1;
        }
        // Nothing ever looks for a standalone task by its group, and its base counts per call.
        if group.kind == GroupKind::RunTask {
            return;
        }
        let strategy = &self.setup.group(id).strategy;
        let share = strategy.iter().position(|item| item.capacity_provider == provider.index());
        if let Some(share) = share {
            group.by_provider[share] -= 1;
        }
        group.active.swap_remove(position as usize);
        if group.digest == Digest::Resolving && group.active.is_empty() {
            group.digest = Digest::Unknown;
        }
        if let Some(moved) = group.active.get(position as usize).copied() {
            self.tasks.get_mut(moved).position = position;
        }
    }
}

/// Whether another call of RunTask follows.
const fn more_calls(setup: &RunTaskSetup, made: u32) -> bool {
    setup.repeats
        && match setup.calls {
            Some(calls) => made < calls,
            None => true,
        }
}
