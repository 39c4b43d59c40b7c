//! What others may see of Fargate tasks.

use crate::units::{GroupId, ProviderId};

use super::super::super::cluster::Cluster;
use super::super::super::rate::{Rates, fargate_rates};
use super::super::super::setup::{FargateOffering, ProviderSetup};
use super::super::super::task::{TaskRef, WaitPart};
use super::super::Provider;

impl<'a> Cluster<'a> {
    /// What the Fargate tasks cost per hour now: those between the start of their pull and their end.
    #[must_use]
    pub fn fargate_rates_now(&self) -> Rates {
        let billed = |task: &TaskRef| {
            let stamps = self.stamps(*task);
            stamps.connectivity_at.get().is_some() && stamps.execution_stopped_at.get().is_none()
        };
        let rates = |task: TaskRef| {
            let size = self.fargate_offering(task)?;
            let ProviderSetup::Fargate(own) =
                self.setup.provider(self.task(task).capacity_provider)
            else {
                return None;
            };
            Some(fargate_rates(size, own.purchase_option, &self.setup.discounts))
        };
        let each = self.live_tasks().filter(billed).filter_map(rates);
        each.fold(Rates::default(), |sum, one| sum.plus(&one))
    }

    /// The Fargate size of a task; `None` for a task of another kind of capacity.
    #[must_use]
    pub fn fargate_offering(&self, task: TaskRef) -> Option<&'a FargateOffering> {
        let position = self.fargate_size(task)?;
        let ProviderSetup::Fargate(own) = self.setup.provider(self.task(task).capacity_provider)
        else {
            return None;
        };
        own.sizes.get(position as usize)
    }

    /// Its position among the sizes of its provider.
    #[must_use]
    pub fn fargate_size(&self, task: TaskRef) -> Option<u32> {
        let found = self.task(task);
        let ProviderSetup::Fargate(own) = self.setup.provider(found.capacity_provider) else {
            return None;
        };
        own.size_of[self.setup.group(found.group).definition.index()]
    }

    /// Tasks that the vCPU quota of a Fargate provider kept waiting, each counted once: those behind the
    /// first wait for it, and are counted when they are the first.
    #[must_use]
    pub fn fargate_held_by_quota(&self, id: ProviderId) -> u32 {
        let Provider::Fargate(provider) = &self.providers[id.index()] else { return 0 };
        provider.held_by_quota
    }

    /// Most CPU units that tasks of a Fargate provider needed at one time, those that the quota kept
    /// waiting until now among them; `None` for other providers.
    #[must_use]
    pub fn fargate_peak_cpu(&self, id: ProviderId) -> Option<u64> {
        let Provider::Fargate(provider) = &self.providers[id.index()] else { return None };
        let waits = |task: &&TaskRef| {
            let found = self.task(**task);
            found.epoch == task.epoch && found.waiting_for == WaitPart::Quota
        };
        let first = provider.waiting.front().filter(waits);
        let waiting = provider.waiting.iter().filter(|task| {
            let found = self.task(**task);
            first.is_some() && found.epoch == task.epoch && found.wants_to_run()
        });
        let waiting: u64 = waiting.map(|task| u64::from(self.size_of(*task).cpu)).sum();
        Some(provider.peak_cpu.max(provider.cpu + waiting))
    }

    /// Active tasks of a group by zone, as a Fargate provider counts them.
    #[must_use]
    pub fn fargate_by_zone(&self, id: ProviderId, group: GroupId) -> Option<&[u32]> {
        let Provider::Fargate(provider) = &self.providers[id.index()] else { return None };
        Some(provider.by_zone(group))
    }
}
