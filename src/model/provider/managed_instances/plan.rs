//! Planning: tasks that found no room gather for a batch window, spread over zones, and each zone's
//! share is bought by the selection policy.

use std::collections::{BTreeMap, VecDeque};

use crate::catalog::CpuArchitecture;
use crate::units::{ProviderId, SimDuration, SimTime, TaskDefinitionId, ZoneId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{Decision, DecisionSink, Launch, Refusal, Start};
use super::super::super::ec2::{Closed, RefusalReason};
use super::super::super::event::{Effect, Event};
use super::super::super::selection::{Choice, Demand};
use super::super::super::setup::{ManagedInstancesSetup, ProviderSetup};
use super::super::super::task::{LastStatus, TaskRef, WaitPart};
use super::market::bits;
use super::room::Place;
use super::{ManagedInstances, takes};
use crate::units::InstanceId;

/// The tasks that one zone and architecture shall take, by definition, in order of arrival.
type Share = BTreeMap<TaskDefinitionId, VecDeque<TaskRef>>;

/// A refused order.
struct Refused {
    reason: RefusalReason,
    instances: u32,
}

impl<'a> Cluster<'a> {
    pub(in crate::model::provider) fn managed_setup(
        &self,
        id: ProviderId,
    ) -> &'a ManagedInstancesSetup {
        match self.setup.provider(id) {
            ProviderSetup::ManagedInstances(setup) => setup,
            ProviderSetup::AutoScalingGroup(_) => unreachable!("asked of its own kind alone"),
            ProviderSetup::Fargate(_) | ProviderSetup::LaunchType(_) => {
                unreachable!("asked of a Managed Instances provider alone")
            }
        }
    }
}

impl Cluster<'_> {
    /// A new task: free room at once, or the next batch.
    pub(in crate::model::provider) fn managed_request<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        let group = self.setup.group(self.tasks.get(task).group);
        let all = self.managed_ref(id).zones_of(group.definition);
        let zones = self.bound_to(task).map_or(all, |zone| 1 << zone.0);
        if self.take_free_room(step, id, task, zones, all) == Place::Nowhere {
            self.join_batch(step, id, task, WaitPart::Batch);
        }
    }

    /// The task waits for the batch window to close; the first one opens it.
    pub(super) fn join_batch<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
        part: WaitPart,
    ) {
        self.tasks.wait_for(task, part, step.now);
        let window = self.managed_setup(id).settings.batch_window;
        let group = self.tasks.get(task).group;
        let provider = self.managed(id);
        provider.waiting[group.index()].push_back(task);
        provider.listed += 1;
        provider.unplanned.push(task);
        if provider.batch_opened_at.is_none() {
            provider.batch_opened_at = Some(step.now);
            step.push(Effect::After(window, Event::PlanCapacity(id)));
        }
    }

    /// The batch window closes, or refused tasks are due again.
    pub(in crate::model::provider) fn managed_plan<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        let window = self.managed_setup(id).settings.batch_window;
        let (tasks, waited) = self.managed(id).due(step.now, window);
        if tasks.is_empty() {
            return;
        }
        let mut open: BTreeMap<TaskDefinitionId, u64> = BTreeMap::new();
        let mut shares: BTreeMap<(ZoneId, CpuArchitecture), Share> = BTreeMap::new();
        for task in tasks {
            if !self.still_waits(task) {
                continue;
            }
            let group = self.setup.group(self.tasks.get(task).group);
            let definition = self.setup.definition(group.definition);
            let open = match open.get(&group.definition) {
                Some(open) => *open,
                None => {
                    let zones = self.open_zones(step, id, group.definition);
                    *open.entry(group.definition).or_insert(zones)
                }
            };
            let bound = self.bound_to(task);
            let all = self.managed_ref(id).zones_of(group.definition);
            let zones = bound.map_or(all, |zone| 1 << zone.0);
            if self.take_free_room(step, id, task, zones, open) != Place::Nowhere {
                continue;
            }
            let emptiest = || self.emptiest_zone(task, open);
            let Some(zone) = bound.or_else(emptiest) else { continue };
            self.count_in_zone(task, zone);
            let share = shares.entry((zone, definition.architecture)).or_default();
            share.entry(group.definition).or_default().push_back(task);
        }
        let mut met_refusal = false;
        for ((zone, architecture), share) in shares {
            met_refusal |= self.buy(step, id, zone, architecture, share, waited);
        }
        self.after_plan(step, id, met_refusal);
        self.list_waiting(id);
    }

    /// Whether a task waits for capacity and has none planned.
    pub(super) fn still_waits(&self, task: TaskRef) -> bool {
        let found = self.tasks.get(task);
        found.epoch == task.epoch
            && found.last_status == LastStatus::Provisioning
            && found.planned_on().is_none()
    }

    /// Lists what waits by group anew: a plan has left most entries stale.
    fn list_waiting(&mut self, id: ProviderId) {
        let provider = self.managed(id);
        provider.waiting.iter_mut().for_each(VecDeque::clear);
        let (refused, unplanned) = (provider.refused.clone(), provider.unplanned.clone());
        self.managed(id).listed = refused.len() + unplanned.len();
        for task in refused.into_iter().chain(unplanned) {
            let group = self.tasks.get(task).group;
            self.managed(id).waiting[group.index()].push_back(task);
        }
    }

    /// Sets the retry after a plan that met a refusal. Observed: about 40 s, three times, then 300 s.
    fn after_plan<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        met_refusal: bool,
    ) {
        if !met_refusal {
            let provider = self.managed(id);
            if provider.refused.is_empty() {
                provider.refusals_in_a_row = 0;
            }
            return;
        }
        step.push(Effect::After(SimDuration::ZERO, Event::LaunchRefused(id)));
        // What was refused before is not put off by a later refusal, which joins its retry.
        if self.managed_ref(id).retry_at.is_some() {
            return;
        }
        let waits = &self.managed_setup(id).settings.capacity_retry;
        let turn = self.managed_ref(id).refusals_in_a_row;
        let wait = waits.get(turn).or(waits.last()).copied().unwrap_or(SimDuration::from_secs(300));
        let provider = self.managed(id);
        provider.refusals_in_a_row += 1;
        provider.retry_at = Some(step.now + wait);
        step.push(Effect::After(wait, Event::PlanCapacity(id)));
    }

    /// Buys instances for the tasks of one zone until all are planned or EC2 refuses; says whether it
    /// did.
    fn buy<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        zone: ZoneId,
        architecture: CpuArchitecture,
        mut share: Share,
        waited: SimDuration,
    ) -> bool {
        while !share.is_empty() {
            let demands = self.demands(&share);
            let mut considered = step.sink.wants().then(Vec::new);
            let Some(choice) =
                self.choose(step, id, zone, architecture, &demands, considered.as_mut())
            else {
                // Cannot happen: a zone is open for a definition only if a candidate takes it.
                self.put_back(step, id, &mut share, WaitPart::CapacityRetry);
                return true;
            };
            let wanted = self.in_pool(step, id, zone, &choice, repeats(&demands, &choice));
            let bought =
                self.launch_all(step, id, zone, &demands, &choice, wanted, &mut share, waited);
            if let Some(considered) = considered {
                self.record_launch(step, id, zone, &demands, &choice, bought.0, considered);
            }
            if let Some(refused) = bought.1 {
                self.refuse(step, id, zone, choice.candidate, &refused);
                self.put_back(step, id, &mut share, refused.reason.wait_part());
                return true;
            }
        }
        false
    }

    fn demands(&self, share: &Share) -> Vec<Demand> {
        share
            .iter()
            .map(|(definition, tasks)| Demand {
                definition: *definition,
                size: self.setup.definition(*definition).size,
                count: u32::try_from(tasks.len()).unwrap_or(u32::MAX),
            })
            .collect()
    }

    /// Launches up to `wanted` instances of a choice; says how many were, and what was refused.
    #[expect(clippy::too_many_arguments, reason = "an order: what, where, how many, for whom")]
    fn launch_all<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        zone: ZoneId,
        demands: &[Demand],
        choice: &Choice,
        wanted: u32,
        share: &mut Share,
        waited: SimDuration,
    ) -> (u32, Option<Refused>) {
        for launched in 0..wanted {
            let instance = match self.new_instance(step, id, zone, choice.candidate) {
                Ok(instance) => instance,
                Err(reason) => {
                    return (launched, Some(Refused { reason, instances: wanted - launched }));
                }
            };
            for (demand, count) in demands.iter().zip(&choice.tasks_each) {
                let Some(queue) = share.get_mut(&demand.definition) else { continue };
                for task in queue.drain(..(*count as usize).min(queue.len())) {
                    // Counted when the task was given to the zone.
                    self.uncount_in_zone(task);
                    self.plan_on(step, task, instance);
                }
                if queue.is_empty() {
                    share.remove(&demand.definition);
                }
            }
            step.push(Effect::LaunchInstance { instance, waited });
        }
        (wanted, None)
    }

    fn new_instance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        zone: ZoneId,
        position: usize,
    ) -> Result<InstanceId, RefusalReason> {
        let default = self.managed_setup(id).settings.default_pool_depth;
        let of = (id, self.managed_ref(id).launched);
        let instance = self.request_instance(step, of, position, zone, default)?;
        let candidate = &self.setup.provider(id).candidates()[position];
        let provider = self.managed(id);
        provider.launched += 1;
        let shelf = &mut provider.domain(zone, candidate).in_flight;
        self.instances[instance.index()].slot = shelf.insert(instance, candidate.planned);
        Ok(instance)
    }

    /// Remembers a refusal and tells of it.
    fn refuse<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        zone: ZoneId,
        candidate: usize,
        refused: &Refused,
    ) {
        let waits = &self.managed_setup(id).settings.capacity_retry;
        let memory = waits.last().copied().unwrap_or(SimDuration::from_secs(300));
        for pool in self.closed_by(id, zone, candidate, refused.reason) {
            self.managed(id).refused_pools.insert(pool, step.now + memory);
        }
        if step.sink.wants() {
            step.sink.record(Decision::Refused(Refusal {
                at: step.now,
                capacity_provider: id,
                zone,
                candidate,
                instances: refused.instances,
                reason: refused.reason,
            }));
        }
    }

    /// The pools that a refusal says will not deliver either. Assumed: ECS learns from a refusal by the
    /// quota of a class that no zone has one of that class for this account.
    fn closed_by(
        &self,
        id: ProviderId,
        zone: ZoneId,
        candidate: usize,
        reason: RefusalReason,
    ) -> Vec<(usize, ZoneId)> {
        let candidates = &self.managed_setup(id).candidates;
        match reason.closes() {
            Closed::Pool => vec![(candidate, zone)],
            Closed::Zone => (0..candidates.len()).map(|position| (position, zone)).collect(),
            Closed::Nothing if reason.wait_part() == WaitPart::Quota => {
                let refused = &candidates[candidate];
                let same = candidates
                    .iter()
                    .enumerate()
                    .filter(|(_, other)| self.full_for_both(refused, other));
                same.flat_map(|(position, other)| bits(other.zones).map(move |at| (position, at)))
                    .collect()
            }
            Closed::Nothing => Vec::new(),
        }
    }

    /// What was not bought waits for the retry.
    fn put_back<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        share: &mut Share,
        part: WaitPart,
    ) {
        for task in std::mem::take(share).into_values().flatten() {
            self.uncount_in_zone(task);
            self.tasks.wait_for(task, part, step.now);
            self.managed(id).refused.push(task);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a record of all that was decided")]
    fn record_launch<S: DecisionSink>(
        &self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        zone: ZoneId,
        demands: &[Demand],
        choice: &Choice,
        instances: u32,
        considered: Vec<super::super::super::decision::Considered>,
    ) {
        if instances == 0 {
            return;
        }
        let with = |counts: &mut dyn Iterator<Item = u32>| {
            demands
                .iter()
                .map(|demand| demand.definition)
                .zip(counts)
                .filter(|(_, n)| *n > 0)
                .collect()
        };
        let candidates = self
            .managed_setup(id)
            .candidates
            .iter()
            .filter(|candidate| {
                candidate.offered_in(zone)
                    && demands.iter().any(|demand| {
                        let wanted = self.setup.definition(demand.definition);
                        takes(candidate, wanted.architecture, &demand.size)
                    })
            })
            .count();
        step.sink.record(Decision::Launch(Launch {
            at: step.now,
            capacity_provider: id,
            zone,
            waiting: with(&mut demands.iter().map(|demand| demand.count)),
            candidate: choice.candidate,
            tasks_each: with(&mut choice.tasks_each.iter().copied()),
            instances,
            considered,
            candidates,
            start: Start::Cold,
        }));
    }
}

/// How many instances of a choice the waiting tasks fill to the same content.
fn repeats(demands: &[Demand], choice: &Choice) -> u32 {
    demands
        .iter()
        .zip(&choice.tasks_each)
        .filter(|(_, each)| **each > 0)
        .map(|(demand, each)| demand.count / each)
        .min()
        .unwrap_or(1)
        .max(1)
}

impl ManagedInstances {
    /// The tasks whose batch window or retry has come, and how long the window was open.
    fn due(&mut self, now: SimTime, window: SimDuration) -> (Vec<TaskRef>, SimDuration) {
        let mut tasks = Vec::new();
        let mut waited = SimDuration::ZERO;
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
            tasks.append(&mut self.refused);
        }
        if let Some(opened) = self.batch_opened_at.filter(|opened| *opened + window <= now) {
            self.batch_opened_at = None;
            waited = now - opened;
            tasks.append(&mut self.unplanned);
        }
        (tasks, waited)
    }

    pub(super) fn is_refused(&self, candidate: usize, zone: ZoneId, now: SimTime) -> bool {
        self.refused_pools.get(&(candidate, zone)).is_some_and(|until| now < *until)
    }
}
