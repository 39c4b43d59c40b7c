//! What must hold of AZRebalance: which replacements are on their way, recounted from the launches and
//! departures that were seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{AutoScalingGroupSetup, Cluster, Effect, Event, InstanceStatus, ProviderSetup};
use crate::units::{InstanceId, ProviderId, ZoneId};

use super::Check;

/// What was seen of each group.
#[derive(Clone, Debug, Default)]
pub(super) struct BalanceChecks {
    groups: BTreeMap<ProviderId, Seen>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    members: BTreeSet<InstanceId>,
    replacements: BTreeSet<InstanceId>,
}

impl BalanceChecks {
    pub(super) fn observe(
        &mut self,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) -> Check {
        for id in (0..cluster.setup().providers.len()).map(ProviderId::from_index) {
            let ProviderSetup::AutoScalingGroup(setup) = cluster.setup().provider(id) else {
                continue;
            };
            // Nothing is on its way, nor was: only a look or an arrival launches for balance.
            let seen = self.groups.entry(id).or_default();
            let none = cluster.balance_replacements(id).next().is_none();
            if none && seen.replacements.is_empty() {
                seen.members.clear();
                continue;
            }
            check_group(seen, (event, effects), (id, setup), cluster)?;
        }
        Ok(())
    }
}

fn check_group(
    seen: &mut Seen,
    (event, effects): (Event, &[Effect]),
    (id, setup): (ProviderId, &AutoScalingGroupSetup),
    cluster: &Cluster<'_>,
) -> Check {
    let name = &setup.name;
    let members = members(id, cluster);
    let replacements: BTreeSet<InstanceId> = cluster.balance_replacements(id).collect();
    let most = (setup.settings.max_size / 10).max(1) as usize;
    let on_their_way = replacements.len();
    holds!(on_their_way <= most, "{name}: {on_their_way} replacements, and {most} may be");
    let balances = match event {
        Event::AzRebalance(of) => of == id,
        Event::InstanceRegistered(by) => cluster.instance(by).capacity_provider == id,
        _ => false,
    };
    for replacement in &replacements {
        holds!(members.contains(replacement), "{name}: a replacement is none of the group");
        let launches = |effect: &Effect| match effect {
            Effect::LaunchInstance { instance, .. } => instance == replacement,
            _ => false,
        };
        let is_new = || balances && effects.iter().any(launches);
        let known = seen.replacements.contains(replacement) || is_new();
        holds!(known, "{name}: a replacement that was not launched for balance");
    }
    // One that is a replacement no longer has gone, another has left for it, or no zone is fuller.
    let mut sizes: BTreeMap<ZoneId, u32> = BTreeMap::new();
    for member in &members {
        *sizes.entry(cluster.instance(*member).zone).or_default() += 1;
    }
    let fullest = sizes.values().max().copied().unwrap_or(0);
    let held = |id: InstanceId| sizes.get(&cluster.instance(id).zone).copied().unwrap_or(0);
    let done = seen.replacements.difference(&replacements).filter(|of| members.contains(of));
    let done = done.filter(|of| held(**of) < fullest).count();
    let left = seen.members.difference(&members).count();
    holds!(done <= left, "{name}: {done} replacements are done, and {left} instances have left");
    *seen = Seen { members, replacements };
    Ok(())
}

/// The instances that count towards the desired capacity.
fn members(id: ProviderId, cluster: &Cluster<'_>) -> BTreeSet<InstanceId> {
    let counts = |status| {
        matches!(
            status,
            InstanceStatus::Requested | InstanceStatus::Registering | InstanceStatus::Active
        )
    };
    let own = cluster.instances().iter().filter(|of| of.capacity_provider == id);
    own.filter(|of| counts(of.status)).map(crate::model::Instance::id).collect()
}
