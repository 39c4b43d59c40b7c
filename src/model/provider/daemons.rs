//! Daemon services: one task on every ACTIVE container instance within reach that satisfies their
//! constraints, before any other task.
//!
//! Documented (ECS developer guide, ecs_service-options): their tasks are the first on an instance and
//! the last to stop; ECS reserves CPU, memory and network interfaces for them, and where there is no
//! room tries again until there is some; new instances get their task when they are added, DRAINING
//! ones none. So the room of a task that stopped is kept until the next one starts. Assumed: base and
//! weight of a strategy share nothing out; constraints that depend on the moment are looked at when
//! room is kept. New tasks are of the service's primary revision: how another one becomes that, and takes
//! the tasks of the last away, is `service/daemon_update.rs`.

use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::StrategyItem;
use crate::units::{GroupId, InstanceId, ProviderId, Resources, ServiceId, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::event::{Effect, Event};
use super::super::instance::InstanceStatus;
use super::super::placement::AskId;
use super::super::service::{DeploymentKind, GroupKind};
use super::super::setup::{Candidate, GroupSetup, RequestKind, Setup};
use super::super::task::{TaskRef, WaitPart};

/// The daemon services that have been created, and the instances without a task of one.
#[derive(Clone, Debug)]
pub(in crate::model) struct Daemons {
    /// By provider of an instance, in the scenario's order: the service, and the position in its strategy
    /// by which it goes there.
    services: Vec<Vec<Own>>,
    /// Whether a daemon service has been created.
    any: bool,
    vacant: BTreeMap<(InstanceId, ServiceId), Vacancy>,
}

/// A daemon service on the instances of a provider, and the position in its strategy by which it goes
/// there.
type Own = (ServiceId, usize);

/// An instance shall have a task of a daemon service and has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// Since when.
    pub since: SimTime,
    /// Whether room is kept for it: for one of the primary revision.
    pub kept: bool,
}

impl Daemons {
    pub(in crate::model) fn new(setup: &Setup) -> Self {
        let services = vec![Vec::new(); setup.providers.len()];
        Self { services, any: false, vacant: BTreeMap::new() }
    }

    /// The services without a task on an instance.
    fn vacancies(&self, id: InstanceId) -> impl Iterator<Item = (ServiceId, Vacancy)> + '_ {
        let all = (id, ServiceId(0))..=(id, ServiceId(u32::MAX));
        self.vacant.range(all).map(|((_, service), vacancy)| (*service, *vacancy))
    }

    /// The instances without a task of a service.
    fn vacant_of(&self, service: ServiceId) -> impl Iterator<Item = (InstanceId, Vacancy)> + '_ {
        let own = self.vacant.iter().filter(move |((_, other), _)| *other == service);
        own.map(|((id, _), vacancy)| (*id, *vacancy))
    }

    /// How a service goes to the instances of a provider, once it is created.
    fn own(&self, provider: ProviderId, service: ServiceId) -> Option<Own> {
        self.services[provider.index()].iter().copied().find(|(other, _)| *other == service)
    }
}

impl Setup {
    /// The daemon services that run on the instances of a provider, each with the position in its
    /// strategy by which it goes there.
    pub fn daemons_on(&self, provider: ProviderId) -> impl Iterator<Item = Own> + '_ {
        let goes_there = move |item: &StrategyItem| {
            let other = &self.providers[item.capacity_provider];
            (item.base > 0 || item.weight > 0)
                && (item.capacity_provider == provider.index()
                    || other.uses_instances_of(self.provider(provider)))
        };
        let first = self.groups.iter().filter(|group| group.revision == 1 && group.is_daemon());
        first.filter_map(move |group| {
            Some((group.service?, group.strategy.iter().position(goes_there)?))
        })
    }

    /// The revisions of a service, those to come too.
    pub fn revisions_of(&self, id: ServiceId) -> impl Iterator<Item = &GroupSetup> + '_ {
        self.groups.iter().filter(move |group| group.service == Some(id))
    }

    /// What an instance of a type offers beside its daemon tasks. Assumed: all that suit its
    /// architecture and fit are there, whatever their constraints, each as large as any of its revisions.
    #[must_use]
    pub fn room_beside_daemons(&self, provider: ProviderId, candidate: &Candidate) -> Resources {
        let sizes = self.daemons_on(provider).filter_map(|(id, _)| {
            let asks = self.revisions_of(id).map(|group| &group.ask);
            let asks = asks.filter(|ask| ask.architecture == candidate.architecture);
            asks.map(|ask| ask.size).reduce(|most, size| most.max_of_each(&size))
        });
        sizes.fold(candidate.registered, |left, size| left.checked_sub(&size).unwrap_or(left))
    }
}

impl Cluster<'_> {
    /// Whether an instance lacks a task of a daemon service that has been created, and since when.
    #[must_use]
    pub fn daemon_vacancy(&self, id: InstanceId, service: ServiceId) -> Option<Vacancy> {
        self.daemons.vacant.get(&(id, service)).copied()
    }

    /// What is kept on an instance for daemon tasks that are to start.
    #[must_use]
    pub fn kept_for_daemons(&self, id: InstanceId) -> Resources {
        let kept = self.daemons.vacancies(id).filter(|(_, vacancy)| vacancy.kept);
        kept.fold(Resources::ZERO, |sum, (service, _)| {
            let primary = self.services[service.index()].primary();
            sum.plus(&self.setup.group(primary).ask.size)
        })
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

    /// Whether an instance keeps room for a task of a daemon service that has not started yet.
    pub(in crate::model) fn keeps_for_daemon(&self, service: ServiceId) -> bool {
        self.daemons.vacant_of(service).any(|(_, vacancy)| vacancy.kept)
    }

    /// Whether some instance has no room for the task of a daemon service that it shall have.
    #[must_use]
    pub fn lacks_room_for_daemon(&self, service: ServiceId) -> bool {
        self.daemons.vacant_of(service).any(|(_, vacancy)| !vacancy.kept)
    }

    /// Whether a daemon service has been created.
    pub(in crate::model) const fn has_daemons(&self) -> bool {
        self.daemons.any
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
        service: ServiceId,
    ) {
        self.daemons.any = true;
        for provider in (0..self.providers.len()).map(ProviderId::from_index) {
            let mut daemons = self.setup.daemons_on(provider);
            if let Some(own) = daemons.find(|(other, _)| *other == service) {
                let created = &mut self.daemons.services[provider.index()];
                created.push(own);
                created.sort_unstable();
            }
        }
        let within_reach = self.active_within_reach(service);
        for (id, own) in &within_reach {
            self.want_daemon(*id, *own, step.now);
        }
        let first = self.services[service.index()].primary();
        self.deploy(step, service, DeploymentKind::Creation, first);
        for (id, _) in within_reach {
            self.fill_daemons(step, id);
        }
    }

    /// The ACTIVE instances of the providers that a daemon service goes to.
    fn active_within_reach(&self, service: ServiceId) -> Vec<(InstanceId, Own)> {
        let active = self.instances.iter().filter(|of| of.status == InstanceStatus::Active);
        let own = active.filter_map(|instance| {
            Some((instance.id(), self.daemons.own(instance.capacity_provider, service)?))
        });
        own.collect()
    }

    /// Another revision of a daemon service is primary: what was kept for a task of the last is free, and
    /// the instances that shall have one of it lack it.
    pub(in crate::model) fn daemons_turn<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
        last: GroupId,
    ) {
        let vacant: BTreeMap<_, _> = self.daemons.vacant_of(service).collect();
        for (id, vacancy) in &vacant {
            if vacancy.kept {
                self.at_places(*id, |hosts, slot| hosts.give(slot, AskId::from(last)));
            }
            self.daemons.vacant.remove(&(*id, service));
        }
        let own = |task: &TaskRef| self.service_of(self.tasks.get(*task).group) == Some(service);
        let taken = self.tasks.live().filter(own).filter_map(|id| self.tasks.get(id).instance());
        let taken: BTreeSet<InstanceId> = taken.collect();
        let mut wanted = 0;
        for (id, own) in self.active_within_reach(service) {
            if !self.wants_daemon(id, own) {
                continue;
            }
            wanted += 1;
            if !taken.contains(&id) {
                let since = vacant.get(&id).map_or(step.now, |vacancy| vacancy.since);
                self.daemons.vacant.insert((id, service), Vacancy { since, kept: false });
            }
        }
        self.want_daemons_on(service, |_| wanted);
        self.daemon_pass(step, service);
    }

    /// Changes on how many instances a daemon service shall have a task.
    fn want_daemons_on(&mut self, id: ServiceId, change: impl Fn(u32) -> u32) {
        let service = &mut self.services[id.index()];
        let primary = service.primary();
        let wanted = change(service.desired_count());
        service.want_on_instances(wanted);
        self.groups[primary.index()].desired_count = wanted;
    }

    /// An instance has registered: its daemon tasks come first.
    pub(super) fn want_daemons<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let provider = self.instances[id.index()].capacity_provider.index();
        for position in 0..self.daemons.services[provider].len() {
            self.want_daemon(id, self.daemons.services[provider][position], step.now);
        }
        self.fill_daemons(step, id);
    }

    fn want_daemon(&mut self, id: InstanceId, own: Own, now: SimTime) {
        if self.wants_daemon(id, own) {
            self.daemons.vacant.insert((id, own.0), Vacancy { since: now, kept: false });
            self.want_daemons_on(own.0, |wanted| wanted + 1);
        }
    }

    /// Whether an instance shall have a task of a daemon service, for what it is.
    fn wants_daemon(&self, id: InstanceId, (service, share): Own) -> bool {
        let group = self.services[service.index()].primary();
        let asked = self.asked_by(group, share);
        let admitted = self.slot_in(asked, id).zip(self.hosts(asked));
        admitted.is_some_and(|(slot, hosts)| hosts.may_admit(slot, AskId::from(group)))
    }

    fn asked_by(&self, group: GroupId, share: usize) -> ProviderId {
        ProviderId::from_index(self.setup.group(group).strategy[share].capacity_provider)
    }

    /// Daemon tasks that an instance lacks start, as far as there is room and nothing holds them up.
    #[inline]
    pub(super) fn fill_daemons<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        if !self.daemons.vacant.is_empty() {
            self.fill_vacant(step, id);
        }
    }

    /// The same where any instance lacks any.
    #[cold] // most runs lack none
    fn fill_vacant<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let lacking: Vec<ServiceId> = self.daemons.vacancies(id).map(|(own, _)| own).collect();
        for service in lacking {
            self.fill_daemon(step, id, service);
        }
    }

    /// A daemon service looks again, after failed starts or at the next window of its launch rate.
    pub(in crate::model) fn daemon_pass<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
    ) {
        let lacking: Vec<InstanceId> = self.daemons.vacant_of(service).map(|(id, _)| id).collect();
        for id in lacking {
            self.fill_daemon(step, id, service);
        }
    }

    fn fill_daemon<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        service: ServiceId,
    ) {
        let instance = &self.instances[id.index()];
        if instance.status != InstanceStatus::Active || !instance.connected {
            return;
        }
        let Some(own) = self.daemons.own(instance.capacity_provider, service) else { return };
        if self.keep_room(id, own) && self.daemon_may_start(step, service) {
            self.start_daemon(step, id, own);
        }
    }

    /// Whether room is kept on an instance for a task of a daemon service, from now on if need be.
    fn keep_room(&mut self, id: InstanceId, (service, share): Own) -> bool {
        let Some(vacancy) = self.daemon_vacancy(id, service) else { return false };
        if vacancy.kept {
            return true;
        }
        let group = self.services[service.index()].primary();
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
        self.daemons.vacant.insert((id, service), Vacancy { kept: true, ..vacancy });
        true
    }

    /// Whether a daemon service may start a task now; if not, it looks again later.
    fn daemon_may_start<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
    ) -> bool {
        // After a deployment that failed nothing more is started.
        if self.is_stalled(service) {
            return false;
        }
        let id = self.services[service.index()].primary();
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
        (service, share): Own,
    ) {
        let Some(vacancy) = self.daemons.vacant.remove(&(id, service)) else { return };
        let group = self.services[service.index()].primary();
        self.at_places(id, |hosts, slot| hosts.give(slot, AskId::from(group)));
        let task = self.new_task(step, group, vacancy.since, share);
        let waited = step.now.since(vacancy.since);
        let backoff = self.groups[group.index()].backed_off(vacancy.since, step.now).min(waited);
        self.tasks.add_wait(task, WaitPart::StartBackoff, backoff);
        self.tasks.add_wait(task, WaitPart::Scaling, waited.saturating_sub(backoff));
        self.take_host(step, task, id);
    }

    /// A daemon task has left an ACTIVE instance: its room is kept for the next, as much as that asks.
    pub(super) fn keep_for_daemon(&mut self, id: InstanceId, task: TaskRef, now: SimTime) {
        let group = self.tasks.get(task).group;
        let Some(service) = self.service_of(group) else { return };
        if group == self.services[service.index()].primary() {
            self.daemons.vacant.insert((id, service), Vacancy { since: now, kept: true });
            return;
        }
        self.at_places(id, |hosts, slot| hosts.give(slot, AskId::from(group)));
        let provider = self.instances[id.index()].capacity_provider;
        let Some(own) = self.daemons.own(provider, service) else { return };
        if self.wants_daemon(id, own) {
            self.daemons.vacant.insert((id, service), Vacancy { since: now, kept: false });
            self.keep_room(id, own);
        }
    }

    /// An ACTIVE instance takes no more tasks: no daemon service wants one there any more.
    pub(super) fn forget_daemons(&mut self, id: InstanceId) {
        if !self.daemons.any {
            return;
        }
        let vacancies: Vec<_> = self.daemons.vacancies(id).collect();
        for (service, vacancy) in vacancies {
            if vacancy.kept {
                let primary = self.services[service.index()].primary();
                self.at_places(id, |hosts, slot| hosts.give(slot, AskId::from(primary)));
            }
            self.daemons.vacant.remove(&(id, service));
            self.want_daemons_on(service, |wanted| wanted - 1);
        }
        if self.instances[id.index()].daemons == 0 {
            return;
        }
        let provider = self.instances[id.index()].capacity_provider;
        for task in self.tasks_on(id) {
            if !self.is_daemon(task) {
                continue;
            }
            let service = self.service_of(self.tasks.get(task).group);
            let own = service.and_then(|service| self.daemons.own(provider, service));
            // One of an old revision may be where the primary one does not go.
            if let Some(own) = own.filter(|own| self.wants_daemon(id, *own)) {
                self.want_daemons_on(own.0, |wanted| wanted - 1);
            }
        }
    }
}
