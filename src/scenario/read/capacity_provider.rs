//! `[[capacity_provider]]`: its name and its kind.

use crate::catalog::PurchaseOption;
use crate::io::Code;

use super::super::document::Span;
use super::super::field::Field;
use super::super::launch_type::LaunchType;
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spec::{CapacityProvider, ProviderKind};
use super::names::{Name, required_name};
use super::{auto_scaling_group, managed_instances};

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

/// The launch types, which stand behind all providers.
pub(super) fn launch_types() -> impl Iterator<Item = CapacityProvider> {
    LaunchType::ALL.into_iter().map(|launch_type| CapacityProvider {
        name: launch_type.name().to_owned(),
        kind: ProviderKind::LaunchType(launch_type),
    })
}

/// Providers of a cluster (documented: ECS service quotas).
const PROVIDERS_PER_CLUSTER: usize = 20;

/// All capacity providers and their names.
pub(super) fn read_all(cursors: &[TableCursor<'_>]) -> (Vec<CapacityProvider>, Vec<Name>) {
    over_quota(cursors);
    cursors.iter().map(read).unzip()
}

/// Warns of more providers than a cluster may have.
fn over_quota(cursors: &[TableCursor<'_>]) {
    if let Some(too_many) = cursors.get(PROVIDERS_PER_CLUSTER) {
        let message = format!(
            "{} capacity providers are above the ECS quota of {PROVIDERS_PER_CLUSTER} a cluster",
            cursors.len()
        );
        too_many.report(
            Finding::new(Code::OverQuota, too_many.span, message).label("the first beyond it"),
        );
    }
}

/// A capacity provider and its name.
fn read(cursor: &TableCursor<'_>) -> (CapacityProvider, Name) {
    let name = required_name(cursor, "name", "name = \"ec2-managed\"");
    let managed = cursor.field(MANAGED_INSTANCES);
    let group = cursor.field(AUTO_SCALING_GROUP);
    let other = predefined(cursor, &name);
    if managed.is_none() && group.is_none() && !other {
        report_without_kind(cursor);
    }
    if let (Some(first), Some(second)) = (&managed, &group) {
        let finding = second.finding(Code::ExclusiveKeys, "makes a second kind of provider of it");
        let finding = finding.related(first.key, "the first kind");
        cursor.report(finding.help("a capacity provider has one kind: make two of it"));
    }
    cursor.finish_with(managed_instances::advice);
    let kind = match group {
        Some(group) => auto_scaling_group(&group),
        None => managed_instances(managed.as_ref()),
    };
    (CapacityProvider { name: name.text.clone().unwrap_or_default(), kind }, name)
}

const MANAGED_INSTANCES: &str = "managed_instances_provider";
const AUTO_SCALING_GROUP: &str = "auto_scaling_group_provider";

fn managed_instances(field: Option<&Field<'_>>) -> ProviderKind {
    let table = field.and_then(|field| field.table());
    let settings = table.map_or_else(managed_instances::defaults, |cursor| {
        managed_instances::read(&with_parameter_path(cursor, MANAGED_INSTANCES))
    });
    ProviderKind::ManagedInstances(Box::new(settings))
}

fn auto_scaling_group(field: &Field<'_>) -> ProviderKind {
    let table = field.table();
    let group = table
        .map(|cursor| auto_scaling_group::read(&with_parameter_path(cursor, AUTO_SCALING_GROUP)));
    // What could not be read is reported: any stand-in will do.
    group.map_or_else(
        || ProviderKind::ManagedInstances(Box::new(managed_instances::defaults())),
        |group| ProviderKind::AutoScalingGroup(Box::new(group)),
    )
}

/// In the registry a setting is `managed_instances_provider.trunking`, without `capacity_provider`.
fn with_parameter_path<'a>(mut cursor: TableCursor<'a>, kind: &str) -> TableCursor<'a> {
    kind.clone_into(&mut cursor.path.parameter);
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
                [capacity_provider.managed_instances_provider] or \
                [capacity_provider.auto_scaling_group_provider] with its settings";
    let finding = Finding::new(Code::ProviderWithoutKind, cursor.span, message);
    cursor.report(finding.label("what kind of provider is it?").help(help));
}
