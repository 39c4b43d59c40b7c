//! How many instances ran while deployments were under way.

use crate::model::{Cluster, DeploymentKind};

use super::fleet::Fleet;

/// Instances of the whole cluster, running when a deployment began, and most of them while it was under
/// way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    /// When it began.
    pub before: u32,
    /// Most at one time.
    pub most: u32,
}

/// By service, in the order of its deployments.
#[derive(Clone, Debug, Default)]
pub struct Rollouts {
    seen: Vec<Vec<Instances>>,
    /// Whether any update deploys, once that is known: without a second revision there is nothing to
    /// compare with.
    any: Option<bool>,
}

impl Rollouts {
    pub(super) fn observe(&mut self, cluster: &Cluster<'_>, fleet: &Fleet) {
        let deploys = || cluster.setup().updates.iter().any(|update| update.revision.is_some());
        if !*self.any.get_or_insert_with(deploys) {
            return;
        }
        let running = fleet.running();
        self.seen.resize(cluster.services().len(), Vec::new());
        for (service, seen) in cluster.services().iter().zip(&mut self.seen) {
            while seen.len() < service.deployments().len() {
                seen.push(Instances { before: running, most: running });
            }
            let last = service.deployments().last().filter(|last| {
                last.rollout.ended_at().is_none() && last.kind != DeploymentKind::Creation
            });
            if let Some((seen, _)) = seen.last_mut().zip(last) {
                seen.most = seen.most.max(running);
            }
        }
    }

    /// Those of a deployment, if instances were counted.
    #[must_use]
    pub fn of(&self, service: usize, deployment: usize) -> Option<Instances> {
        self.seen.get(service)?.get(deployment).copied()
    }
}
