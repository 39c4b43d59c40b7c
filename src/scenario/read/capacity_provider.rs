//! `[[capacity_provider]]`: its name and its kind.

use crate::catalog::PurchaseOption;
use crate::io::Code;

use super::super::document::Span;
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spec::{CapacityProvider, ProviderKind};
use super::managed_instances;
use super::names::{Name, required_name};

/// What to say of every provider that is not simulated.
pub(super) const SIMULATED: &str =
    "simulated today are Managed Instances: `managed_instances_provider = { ... }`";

/// The providers that every account has.
pub(super) const PREDEFINED: [(&str, PurchaseOption); 2] =
    [("FARGATE", PurchaseOption::OnDemand), ("FARGATE_SPOT", PurchaseOption::Spot)];

/// FARGATE and FARGATE_SPOT, with the names under which strategies find them.
pub(super) fn predefined_providers() -> impl Iterator<Item = (CapacityProvider, Name)> {
    PREDEFINED.into_iter().map(|(name, option)| {
        let kind = ProviderKind::Fargate(option);
        let text = Some(name.to_owned());
        (CapacityProvider { name: name.to_owned(), kind }, Name { text, span: Span::default() })
    })
}

/// A capacity provider and its name.
pub(super) fn read(cursor: &TableCursor<'_>) -> (CapacityProvider, Name) {
    let name = required_name(cursor, "name", "name = \"ec2-managed\"");
    let managed = cursor.field("managed_instances_provider");
    let mut other = predefined(cursor, &name);
    for (key, kind) in [("auto_scaling_group_provider", "Auto Scaling group providers are")] {
        if let Some(field) = cursor.field(key) {
            let message = format!("{kind} not simulated yet");
            cursor.report(Finding::new(Code::NotSimulated, field.key, message).help(SIMULATED));
            other = true;
        }
    }
    if managed.is_none() && !other {
        report_without_kind(cursor);
    }
    cursor.finish_with(managed_instances::advice);
    let table = managed.and_then(|field| field.table());
    let settings = table.map_or_else(managed_instances::defaults, |cursor| {
        managed_instances::read(&with_parameter_path(cursor))
    });
    let kind = ProviderKind::ManagedInstances(Box::new(settings));
    (CapacityProvider { name: name.text.clone().unwrap_or_default(), kind }, name)
}

/// In the registry a setting is `managed_instances_provider.trunking`, without `capacity_provider`.
fn with_parameter_path(mut cursor: TableCursor<'_>) -> TableCursor<'_> {
    cursor.path.parameter = "managed_instances_provider".to_owned();
    cursor
}

fn predefined(cursor: &TableCursor<'_>, name: &Name) -> bool {
    let known = |text: &&str| PREDEFINED.iter().any(|(name, _)| name == text);
    let Some(text) = name.text.as_deref().filter(known) else {
        return false;
    };
    let message = format!("the capacity provider {text} is there in every account");
    let help = "leave this table out and name it in `capacity_provider_strategy`; its quotas are the \
                table [fargate]";
    let finding = Finding::new(Code::PredefinedProvider, name.span, message);
    cursor.report(finding.label("predefined").help(help));
    true
}

fn report_without_kind(cursor: &TableCursor<'_>) {
    let message = format!("`{}` has no kind", cursor.path.shown());
    let help = "add `managed_instances_provider = {}`, or a table \
                [capacity_provider.managed_instances_provider] with its settings";
    let finding = Finding::new(Code::ProviderWithoutKind, cursor.span, message);
    cursor.report(finding.label("what kind of provider is it?").help(help));
}
