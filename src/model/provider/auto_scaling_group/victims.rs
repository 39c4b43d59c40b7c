//! Which instances of a group leave on scale-in.

use std::cmp::Reverse;

use crate::scenario::TerminationPolicy;
use crate::units::{InstanceId, ProviderId, SimTime};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::draws::Luck;
use super::super::super::instance::{Instance, InstanceStatus};

const HOUR: u64 = 3_600_000_000;

/// The order in which the instances of a zone leave, by the policies and then by chance.
type Rank = (Vec<i64>, u64);

impl Cluster<'_> {
    /// Up to `count` instances, the first to leave first. Documented: the zone with most instances that
    /// has one which may leave; in it the termination policies in their order; then chance.
    pub(super) fn scale_in_victims<S>(
        &self,
        step: &Step<'_, S>,
        id: ProviderId,
        count: u32,
    ) -> Vec<InstanceId> {
        let group = self.group_ref(id);
        let mut sizes: Vec<usize> = group.members.iter().map(|members| members.len()).collect();
        let mut leaving: Vec<Vec<(Rank, InstanceId)>> = group
            .members
            .iter()
            .map(|members| {
                let may = members.iter().filter(|member| self.may_leave(id, **member));
                let mut ranked: Vec<_> =
                    may.map(|member| (self.rank(step, id, *member), *member)).collect();
                ranked.sort_unstable_by(|a, b| b.cmp(a));
                ranked
            })
            .collect();
        let mut victims = Vec::new();
        while victims.len() < count as usize {
            let zone = (0..leaving.len())
                .filter(|zone| !leaving[*zone].is_empty())
                .max_by_key(|zone| (sizes[*zone], Reverse(*zone)));
            let Some((_, victim)) = zone.and_then(|zone| {
                sizes[zone] -= 1;
                leaving[zone].pop()
            }) else {
                break;
            };
            victims.push(victim);
        }
        victims
    }

    /// Whether an instance may leave on scale-in. Documented: with managed termination protection only
    /// those without tasks. Assumed: one that EC2 has not called running yet is left alone.
    fn may_leave(&self, id: ProviderId, member: InstanceId) -> bool {
        let instance = &self.instances[member.index()];
        let protected = self.group_setup(id).settings.managed_termination_protection;
        match instance.status {
            InstanceStatus::Active => !protected || instance.tasks == 0,
            InstanceStatus::Registering => !protected,
            InstanceStatus::Requested | InstanceStatus::Draining | InstanceStatus::Inactive => {
                false
            }
        }
    }

    fn rank<S>(&self, step: &Step<'_, S>, id: ProviderId, member: InstanceId) -> Rank {
        let instance = &self.instances[member.index()];
        let policies = &self.group_setup(id).settings.termination_policies;
        let keys = policies.iter().map(|policy| key(*policy, instance, step.now)).collect();
        (keys, step.draws.draw(Luck::Termination(id, instance.ordinal)))
    }
}

/// The least leaves first.
fn key(policy: TerminationPolicy, instance: &Instance, now: SimTime) -> i64 {
    let launched = instance.running_at.get().unwrap_or(now);
    let whole = |micros: u64| i64::try_from(micros).unwrap_or(i64::MAX);
    match policy {
        TerminationPolicy::Default | TerminationPolicy::ClosestToNextInstanceHour => {
            whole(HOUR - now.since(launched).as_micros() % HOUR)
        }
        TerminationPolicy::OldestInstance => whole(launched.as_micros()),
        TerminationPolicy::NewestInstance => -whole(launched.as_micros()),
        TerminationPolicy::AllocationStrategy | TerminationPolicy::OldestLaunchTemplate => 0,
    }
}
