//! How long Fargate takes: the phases of a task's life that differ from those on an instance.

use crate::random::{Distribution, Sampler};
use crate::scenario::{OperatingSystem, ProviderKind, Scenario, StrategyItem, TaskDefinition};
use crate::units::{CPU_UNITS_PER_VCPU, SimDuration};

/// Launches under way at which the load counts in full.
const FULL_LOAD: u32 = 100;

/// What all Fargate tasks have in common.
#[derive(Clone, Debug)]
pub(super) struct FargateDurations {
    provision: [Sampler; 2],
    load_from: u32,
    load_percent: u32,
    pull_gain_percent: u32,
    pub(super) start: Sampler,
    pub(super) deprovision: Sampler,
    pub(super) reclaim: Option<Sampler>,
}

/// What the Fargate tasks of a group have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnFargate {
    windows: bool,
    /// Time for what has no floor of a pull, in parts of that of a task with one vCPU.
    pub(super) pull_share: f64,
}

impl FargateDurations {
    /// Of a scenario. Tables of quantiles take their time: none where nothing runs on Fargate.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let on_fargate = |kind: &ProviderKind| matches!(kind, ProviderKind::Fargate(_));
        let used = scenario.capacity_providers.iter().any(|provider| on_fargate(&provider.kind));
        let timing = &scenario.timing.fargate;
        let sampler = |of| Sampler::new(if used { of } else { &Distribution::ZERO });
        let mean = scenario.fargate.spot_mean_time_to_interruption.filter(|_| used);
        Self {
            provision: [sampler(&timing.provision), sampler(&timing.provision_windows)],
            load_from: timing.load_from,
            load_percent: timing.load_percent,
            pull_gain_percent: timing.pull_gain_percent,
            start: sampler(&timing.start),
            deprovision: sampler(&timing.deprovision),
            reclaim: mean.map(|mean| Sampler::new(&Distribution::Exponential { mean })),
        }
    }

    pub(super) fn provision(&self, of: OnFargate) -> &Sampler {
        &self.provision[usize::from(of.windows)]
    }

    /// A time to provision under load: in full from [`FULL_LOAD`] launches under way, in proportion
    /// below, none up to `load_from`.
    pub(super) fn under_load(&self, time: SimDuration, concurrent: u32) -> SimDuration {
        let above = concurrent.saturating_sub(self.load_from);
        let span = FULL_LOAD.saturating_sub(self.load_from).max(1);
        let micros = u128::from(time.as_micros());
        let more = micros * u128::from(self.load_percent) * u128::from(above.min(span))
            / (100 * u128::from(span));
        SimDuration::from_micros(u64::try_from(micros + more).unwrap_or(u64::MAX))
    }

    /// What a group's tasks have in common, if they run on Fargate: a strategy holds one kind.
    pub(super) fn of_group(
        &self,
        scenario: &Scenario,
        strategy: &[StrategyItem],
        definition: &TaskDefinition,
    ) -> Option<OnFargate> {
        let first = scenario.capacity_providers.get(strategy.first()?.capacity_provider)?;
        let ProviderKind::Fargate(_) = first.kind else { return None };
        Some(OnFargate {
            windows: definition.operating_system == OperatingSystem::Windows,
            pull_share: self.pull_share(definition.cpu),
        })
    }

    /// Each doubling of vCPUs above one pulls faster; between doublings in proportion.
    fn pull_share(&self, cpu: u32) -> f64 {
        let gain = 1.0 + f64::from(self.pull_gain_percent) / 100.0;
        let (mut share, mut vcpus) = (1.0, f64::from(cpu) / f64::from(CPU_UNITS_PER_VCPU));
        while vcpus >= 2.0 {
            share /= gain;
            vcpus /= 2.0;
        }
        if vcpus > 1.0 { share / (1.0 + (gain - 1.0) * (vcpus - 1.0)) } else { share }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations() -> FargateDurations {
        let zero = || Sampler::new(&Distribution::ZERO);
        FargateDurations {
            provision: [zero(), zero()],
            load_from: 10,
            load_percent: 40,
            pull_gain_percent: 25,
            start: zero(),
            deprovision: zero(),
            reclaim: None,
        }
    }

    #[test]
    fn load_counts_from_its_threshold_on_and_in_full_at_a_hundred() {
        let loaded = |n| durations().under_load(SimDuration::from_secs(10), n);
        assert_eq!(loaded(1), SimDuration::from_secs(10));
        assert_eq!(loaded(10), SimDuration::from_secs(10));
        assert_eq!(loaded(55), SimDuration::from_secs(12));
        assert_eq!(loaded(100), SimDuration::from_secs(14));
        assert_eq!(loaded(5_000), SimDuration::from_secs(14));
    }

    #[test]
    fn four_vcpus_pull_in_one_over_one_and_a_quarter_squared_of_the_time_of_one() {
        let share = |cpu| durations().pull_share(cpu);
        assert!((share(256) - 1.0).abs() < 1e-12);
        assert!((share(1_024) - 1.0).abs() < 1e-12);
        assert!((share(2_048) - 0.8).abs() < 1e-12);
        assert!((share(4_096) - 0.64).abs() < 1e-12);
    }
}
