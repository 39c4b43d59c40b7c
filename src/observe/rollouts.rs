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
pub struct Rollouts(Vec<Vec<Instances>>);

impl Rollouts {
    pub(super) fn observe(&mut self, cluster: &Cluster<'_>, fleet: &Fleet) {
        // Without a second revision there is nothing to compare with.
        if cluster.setup().updates.iter().all(|update| update.revision.is_none()) {
            return;
        }
        let running = fleet.running();
        self.0.resize(cluster.services().len(), Vec::new());
        for (service, seen) in cluster.services().iter().zip(&mut self.0) {
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
        self.0.get(service)?.get(deployment).copied()
    }
}
