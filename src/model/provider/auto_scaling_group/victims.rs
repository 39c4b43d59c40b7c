//! Which instances of a group leave on scale-in.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::scenario::TerminationPolicy;
use crate::units::{InstanceId, ProviderId, SimTime};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::draws::Luck;
use super::super::super::instance::{Instance, InstanceStatus};

const HOUR: u64 = 3_600_000_000;

/// The order in which the instances of a zone leave, by the policies and then by chance.
type Rank = (Vec<i64>, u64);

impl Cluster<'_> {
    /// Up to `count` instances, the first to leave first. Documented: balance between zones outranks the
    /// termination policies, which apply to the zone with most instances that has one which may leave,
    /// and to all such zones where several are equal; then chance.
    pub(super) fn scale_in_victims<S>(
        &self,
        step: &Step<'_, S>,
        id: ProviderId,
        count: u32,
    ) -> Vec<InstanceId> {
        let group = self.group_ref(id);
        let mut sizes: Vec<usize> = group.members.iter().map(BTreeSet::len).collect();
        // By zone, the first to leave at the end.
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
            let open = leaving.iter().enumerate().filter_map(|(zone, left)| {
                let next = left.last()?;
                Some((Reverse(sizes[zone]), next, zone))
            });
            let Some((_, _, zone)) = open.min() else { break };
            sizes[zone] -= 1;
            victims.extend(leaving[zone].pop().map(|(_, victim)| victim));
        }
        victims
    }

    /// Whether an instance may leave on scale-in. Documented: with managed termination protection only
    /// those without tasks other than daemons. Assumed: one that EC2 has not called running yet is left
    /// alone.
    fn may_leave(&self, id: ProviderId, member: InstanceId) -> bool {
        let instance = &self.instances[member.index()];
        let protected = self.group_setup(id).settings.managed_termination_protection;
        match instance.status {
            InstanceStatus::Active => !protected || instance.tasks_beside_daemons() == 0,
            InstanceStatus::Registering => !protected,
            InstanceStatus::Requested
            | InstanceStatus::Warming
            | InstanceStatus::Warmed
            | InstanceStatus::Draining
            | InstanceStatus::Inactive => false,
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
