//! Providers that are there without being declared belong to the scenario where something uses them.

use super::super::spec::{ProviderKind, Scenario, StrategyItem};

/// Drops those behind the first `declared` that nothing uses. FARGATE and FARGATE_SPOT stay together.
pub(super) fn drop(scenario: &mut Scenario, declared: usize) {
    let used = |kind: &dyn Fn(&ProviderKind) -> bool| {
        let providers = &scenario.capacity_providers;
        let goes = |item: &StrategyItem| {
            providers.get(item.capacity_provider).is_some_and(|provider| kind(&provider.kind))
        };
        scenario.services.iter().any(|service| service.strategy.iter().any(goes))
            || scenario.run_tasks.iter().any(|run_task| run_task.strategy.iter().any(goes))
    };
    let stays = |kind: &ProviderKind| match kind {
        ProviderKind::Fargate(_) => used(&|kind| matches!(kind, ProviderKind::Fargate(_))),
        ProviderKind::LaunchType(own) => used(&|kind| *kind == ProviderKind::LaunchType(*own)),
        ProviderKind::ManagedInstances(_) | ProviderKind::AutoScalingGroup(_) => true,
    };
    let kinds = scenario.capacity_providers.iter().map(|provider| &provider.kind).enumerate();
    let kept: Vec<bool> =
        kinds.map(|(position, kind)| position < declared || stays(kind)).collect();
    let moved = |position: usize| kept.iter().take(position).filter(|kept| **kept).count();
    let strategies = scenario.services.iter_mut().map(|service| &mut service.strategy);
    let others = scenario.run_tasks.iter_mut().map(|run_task| &mut run_task.strategy);
    for item in strategies.chain(others).flatten() {
        item.capacity_provider = moved(item.capacity_provider);
    }
    let mut kept = kept.iter();
    scenario.capacity_providers.retain(|_| kept.next().copied().unwrap_or(true));
}
