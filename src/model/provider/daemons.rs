//! Daemon services: one task on every ACTIVE container instance within reach that satisfies their
//! constraints, before any other task.
//!
//! Documented (ECS developer guide, ecs_service-options): their tasks are the first on an instance and
//! the last to stop; ECS reserves CPU, memory and network interfaces for them, and where there is no
//! room tries again until there is some; new instances get their task when they are added, DRAINING
//! ones none. So the room of a task that stopped is kept until the next one starts. Assumed: base and
//! weight of a strategy share nothing out; constraints that depend on the moment are looked at when
//! room is kept.

use std::collections::BTreeMap;

use crate::units::{GroupId, InstanceId, ProviderId, Resources, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::event::{Effect, Event};
use super::super::instance::InstanceStatus;
use super::super::placement::AskId;
use super::super::service::GroupKind;
use super::super::setup::{RequestKind, Setup};
use super::super::task::{TaskRef, WaitPart};

/// The daemon services that have been created, and the instances without a task of one.
#[derive(Clone, Debug)]
pub(in crate::model) struct Daemons {
    /// By provider of an instance, in the scenario's order: the service, and the position in its strategy
    /// by which it goes there.
    services: Vec<Vec<(GroupId, usize)>>,
    /// Whether a daemon service has been created.
    any: bool,
    vacant: BTreeMap<(InstanceId, GroupId), Vacancy>,
}

/// An instance shall have a task of a daemon service and has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// Since when.
    pub since: SimTime,
    /// Whether room is kept for it.
    pub kept: bool,
}

impl Daemons {
    pub(in crate::model) fn new(setup: &Setup) -> Self {
        let services = vec![Vec::new(); setup.providers.len()];
        Self { services, any: false, vacant: BTreeMap::new() }
    }

    /// The services without a task on an instance.
    fn vacancies(&self, id: InstanceId) -> impl Iterator<Item = (GroupId, Vacancy)> + '_ {
        let all = (id, GroupId(0))..=(id, GroupId(u32::MAX));
        self.vacant.range(all).map(|((_, group), vacancy)| (*group, *vacancy))
    }
}

impl Cluster<'_> {
    /// Whether an instance lacks a task of a daemon service that has been created, and since when.
    #[must_use]
    pub fn daemon_vacancy(&self, id: InstanceId, group: GroupId) -> Option<Vacancy> {
        self.daemons.vacant.get(&(id, group)).copied()
    }

    /// What is kept on an instance for daemon tasks that are to start.
    #[must_use]
    pub fn kept_for_daemons(&self, id: InstanceId) -> Resources {
        let kept = self.daemons.vacancies(id).filter(|(_, vacancy)| vacancy.kept);
        kept.fold(Resources::ZERO, |sum, (group, _)| sum.plus(&self.setup.group(group).ask.size))
    }

    /// Whether all daemon services have been created, and every instance that shall have a task of one
    /// has it, or room for it.
    #[must_use]
    pub fn daemons_have_room(&self) -> bool {
        let created = self.daemons.services.iter().enumerate().all(|(position, created)| {
            let all = self.setup.daemons_on(ProviderId::from_index(position));
            created.len() == all.count()
        });
        created && self.daemons.vacant.values().all(|vacancy| vacancy.kept)
    }

    /// Whether a task is one of a daemon service.
    #[must_use]
    pub fn is_daemon(&self, task: TaskRef) -> bool {
        self.daemons.any
            && self.groups[self.tasks.get(task).group.index()].kind == GroupKind::Daemon
    }

    /// A daemon service is created: instances that stand already get their tasks.
    pub(in crate::model) fn create_daemon<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        group: GroupId,
    ) {
        self.daemons.any = true;
        for provider in (0..self.providers.len()).map(ProviderId::from_index) {
            let mut daemons = self.setup.daemons_on(provider);
            if let Some(own) = daemons.find(|(other, _)| *other == group) {
                let created = &mut self.daemons.services[provider.index()];
                created.push(own);
                created.sort_unstable();
            }
        }
        for id in (0..self.instances.len()).map(InstanceId::from_index) {
            let instance = &self.instances[id.index()];
            let of_provider = &self.daemons.services[instance.capacity_provider.index()];
            let own = of_provider.iter().copied().find(|(other, _)| *other == group);
            if let Some(own) = own.filter(|_| instance.status == InstanceStatus::Active) {
                self.want_daemon(id, own, step.now);
                self.fill_daemons(step, id);
            }
        }
    }

    /// An instance has registered: its daemon tasks come first.
    pub(super) fn want_daemons<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let provider = self.instances[id.index()].capacity_provider.index();
        for position in 0..self.daemons.services[provider].len() {
            self.want_daemon(id, self.daemons.services[provider][position], step.now);
        }
        self.fill_daemons(step, id);
    }

    fn want_daemon(&mut self, id: InstanceId, (group, share): (GroupId, usize), now: SimTime) {
        let asked = self.asked_by(group, share);
        let admitted = self.slot_in(asked, id).zip(self.hosts(asked));
        if admitted.is_some_and(|(slot, hosts)| hosts.may_admit(slot, AskId::from(group))) {
            self.daemons.vacant.insert((id, group), Vacancy { since: now, kept: false });
            self.groups[group.index()].desired_count += 1;
        }
    }

    fn asked_by(&self, group: GroupId, share: usize) -> ProviderId {
        ProviderId::from_index(self.setup.group(group).strategy[share].capacity_provider)
    }

    /// Daemon tasks that an instance lacks start, as far as there is room and nothing holds them up.
    pub(super) fn fill_daemons<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        if self.daemons.vacant.is_empty() {
            return;
        }
        let lacking: Vec<GroupId> = self.daemons.vacancies(id).map(|(group, _)| group).collect();
        for group in lacking {
            self.fill_daemon(step, id, group);
        }
    }

    /// A daemon service looks again, after failed starts or at the next window of its launch rate.
    pub(in crate::model) fn daemon_pass<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        group: GroupId,
    ) {
        let own = self.daemons.vacant.keys().filter(|(_, other)| *other == group);
        let lacking: Vec<InstanceId> = own.map(|(id, _)| *id).collect();
        for id in lacking {
            self.fill_daemon(step, id, group);
        }
    }

    fn fill_daemon<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        group: GroupId,
    ) {
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider.index();
        if instance.status != InstanceStatus::Active || !instance.connected {
            return;
        }
        let own = self.daemons.services[provider].iter().find(|(other, _)| *other == group);
        let Some((_, share)) = own.copied() else { return };
        if self.keep_room(id, group, share) && self.daemon_may_start(step, group) {
            self.start_daemon(step, id, group, share);
        }
    }

    /// Whether room is kept on an instance for a task of a daemon service, from now on if need be.
    fn keep_room(&mut self, id: InstanceId, group: GroupId, share: usize) -> bool {
        let Some(vacancy) = self.daemon_vacancy(id, group) else { return false };
        if vacancy.kept {
            return true;
        }
        let (asked, ask) = (self.asked_by(group, share), AskId::from(group));
        let place = self.slot_in(asked, id).zip(self.hosts(asked));
        if !place.is_some_and(|(slot, hosts)| hosts.admits(slot, ask)) {
            return false;
        }
        self.at_places(id, |hosts, slot| {
            let taken = hosts.take(slot, ask);
            debug_assert!(taken, "room is only kept where there is some");
            hosts.uncount(slot, ask);
        });
        self.daemons.vacant.insert((id, group), Vacancy { kept: true, ..vacancy });
        true
    }

    /// Whether a daemon service may start a task now; if not, it looks again later.
    fn daemon_may_start<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: GroupId) -> bool {
        let RequestKind::Service(service) = self.setup.group(id).kind else { return false };
        let group = &mut self.groups[id.index()];
        // The wait ends with a pass.
        if group.backs_off(step.now) {
            return false;
        }
        let (admitted, more_at) = group.admit(1, service.launch_rate_per_minute, step.now);
        if let Some(at) = more_at.filter(|_| !group.pass_due) {
            group.pass_due = true;
            step.push(Effect::After(at - step.now, Event::ScheduleService(id)));
        }
        admitted > 0
    }

    /// A daemon task starts in the room that is kept for it: it is never in PROVISIONING.
    fn start_daemon<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        group: GroupId,
        share: usize,
    ) {
        let Some(vacancy) = self.daemons.vacant.remove(&(id, group)) else { return };
        self.at_places(id, |hosts, slot| hosts.give(slot, AskId::from(group)));
        let task = self.new_task(step, group, vacancy.since, share);
        let waited = step.now.since(vacancy.since);
        let backoff = self.groups[group.index()].backed_off(vacancy.since, step.now).min(waited);
        self.tasks.add_wait(task, WaitPart::StartBackoff, backoff);
        self.tasks.add_wait(task, WaitPart::Scaling, waited.saturating_sub(backoff));
        self.take_host(step, task, id);
    }

    /// A daemon task has left an ACTIVE instance: its room is kept for the next.
    pub(super) fn keep_for_daemon(&mut self, id: InstanceId, task: TaskRef, now: SimTime) {
        let group = self.tasks.get(task).group;
        self.daemons.vacant.insert((id, group), Vacancy { since: now, kept: true });
    }

    /// An ACTIVE instance takes no more tasks: no daemon service wants one there any more.
    pub(super) fn forget_daemons(&mut self, id: InstanceId) {
        if !self.daemons.any {
            return;
        }
        let vacancies: Vec<_> = self.daemons.vacancies(id).collect();
        for (group, vacancy) in vacancies {
            if vacancy.kept {
                self.at_places(id, |hosts, slot| hosts.give(slot, AskId::from(group)));
            }
            self.daemons.vacant.remove(&(id, group));
            self.groups[group.index()].desired_count -= 1;
        }
        if self.instances[id.index()].daemons > 0 {
            for group in self.tasks_on(id).into_iter().map(|task| self.tasks.get(task).group) {
                let group = &mut self.groups[group.index()];
                group.desired_count -= u32::from(group.kind == GroupKind::Daemon);
            }
        }
    }
}
