//! `capacity_provider_strategy`, a service's own or the cluster's default: how tasks are shared between
//! providers, under the rules of the ECS API.

use crate::catalog::PurchaseOption;
use crate::io::Code;

use super::super::document::Value;
use super::super::launch_type::LaunchType;
use super::super::reader::TableCursor;
use super::super::report::{Finding, shown};
use super::super::spec::{CapacityProvider, ProviderKind, StrategyItem};
use super::capacity_provider::PREDEFINED;
use super::names::Names;

/// Most providers in a strategy (documented: ECS API, CapacityProviderStrategy).
const ITEM_LIMIT: usize = 20;

/// Greatest base (documented: ECS API).
const BASE_LIMIT: u32 = 100_000;

/// Greatest weight (documented: ECS API).
const WEIGHT_LIMIT: u32 = 1_000;

const KEY: &str = "capacity_provider_strategy";

/// The strategy of whoever states neither one nor a launch type.
const DEFAULT_KEY: &str = "default_capacity_provider_strategy";

/// The providers that a strategy may name.
pub(super) struct Providers {
    names: Names,
    kinds: Vec<Kind>,
    /// How many the scenario declares: the predefined ones come after them.
    declared: usize,
    /// The cluster's default strategy; `None` where it has none.
    default: Option<Vec<StrategyItem>>,
}

/// Kinds that a strategy must not mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ManagedInstances,
    AutoScalingGroup,
    Fargate,
    LaunchType,
}

impl Kind {
    const fn of(kind: &ProviderKind) -> Self {
        match kind {
            ProviderKind::ManagedInstances(_) => Self::ManagedInstances,
            ProviderKind::AutoScalingGroup(_) => Self::AutoScalingGroup,
            ProviderKind::Fargate(_) => Self::Fargate,
            ProviderKind::LaunchType(_) => Self::LaunchType,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::ManagedInstances => "Managed Instances",
            Self::AutoScalingGroup => "Auto Scaling groups",
            Self::Fargate => "Fargate",
            Self::LaunchType => "container instances",
        }
    }
}

impl Providers {
    /// All `providers` under their `names`, of which the first `declared` stand in the scenario, and the
    /// default strategy at its `top`.
    pub(super) fn new(
        top: &TableCursor<'_>,
        names: Names,
        providers: &[CapacityProvider],
        declared: usize,
    ) -> Self {
        let kinds = providers.iter().map(|provider| Kind::of(&provider.kind)).collect();
        let mut all = Self { names, kinds, declared, default: None };
        all.default = items(top, DEFAULT_KEY, &all);
        all
    }

    /// Their names.
    pub(super) const fn names(&self) -> &Names {
        &self.names
    }

    fn position_of(&self, option: PurchaseOption) -> usize {
        self.declared + usize::from(option == PurchaseOption::Spot)
    }

    /// Launch types stand behind the providers; no strategy can name them.
    fn position_of_launch_type(&self, launch_type: LaunchType) -> usize {
        let first = self.declared + PREDEFINED.len();
        first + usize::from(launch_type == LaunchType::External)
    }
}

/// The strategy of a service or a RunTask call. Documented (ECS API, PutClusterCapacityProviders): where
/// it states neither one nor a launch type, the cluster's default. Where there is none either and the
/// scenario has one provider, everything goes there.
pub(super) fn read(cursor: &TableCursor<'_>, providers: &Providers) -> Vec<StrategyItem> {
    let own = items(cursor, KEY, providers);
    let chosen = launch_type(cursor, providers).or(own).or_else(|| providers.default.clone());
    if let Some(strategy) = chosen {
        return strategy;
    }
    if providers.declared == 1 {
        return vec![StrategyItem { capacity_provider: 0, base: 0, weight: 1 }];
    }
    report_missing(cursor, providers);
    Vec::new()
}

/// The strategy under a key; `None` where it is left out or empty.
fn items(
    cursor: &TableCursor<'_>,
    key: &'static str,
    providers: &Providers,
) -> Option<Vec<StrategyItem>> {
    let items = cursor.tables(key, "capacity_provider");
    if items.is_empty() {
        return None;
    }
    let strategy: Vec<_> = items.iter().map(|item| read_item(item, &providers.names)).collect();
    check(cursor, key, &items, &strategy);
    one_kind(&items, &strategy, providers);
    Some(strategy.into_iter().flatten().collect())
}

/// Whether a strategy goes to Fargate.
pub(super) fn is_fargate(strategy: &[StrategyItem], providers: &Providers) -> bool {
    let kind = |item: &StrategyItem| providers.kinds.get(item.capacity_provider);
    strategy.first().and_then(kind) == Some(&Kind::Fargate)
}

/// `launch_type`: documented to exclude a strategy.
fn launch_type(cursor: &TableCursor<'_>, providers: &Providers) -> Option<Vec<StrategyItem>> {
    let field = cursor.field("launch_type")?;
    if let Some(strategy) = cursor.field(KEY) {
        let predicate = "stands beside a capacity provider strategy";
        cursor.report(
            field
                .finding(Code::LaunchTypeAndStrategy, predicate)
                .related(strategy.key, "the strategy")
                .help("ECS admits one of the two: leave one out"),
        );
    }
    if field.node.value.as_text() == Some("FARGATE_SPOT") {
        cursor.report(field.finding(Code::UnknownWord, "cannot be \"FARGATE_SPOT\"").help(
            format!(
                "Fargate Spot is a capacity provider: write `{KEY} = [{{ capacity_provider = \
             \"FARGATE_SPOT\", weight = 1 }}]`"
            ),
        ));
        // Told once: what follows from it is not.
        return Some(Vec::new());
    }
    let capacity_provider = match field.word(&LAUNCH_TYPES)? {
        None => providers.position_of(PurchaseOption::OnDemand),
        Some(launch_type) => providers.position_of_launch_type(launch_type),
    };
    Some(vec![StrategyItem { capacity_provider, base: 0, weight: 1 }])
}

/// Launch types by name.
const LAUNCH_TYPES: [(&str, Option<LaunchType>); 3] = [
    ("FARGATE", None),
    (LaunchType::Ec2.name(), Some(LaunchType::Ec2)),
    (LaunchType::External.name(), Some(LaunchType::External)),
];

/// Documented: a strategy holds providers of one kind.
fn one_kind(items: &[TableCursor<'_>], strategy: &[Option<StrategyItem>], providers: &Providers) {
    let mut kinds = items.iter().zip(strategy).filter_map(|(item, read)| {
        Some((item, *providers.kinds.get(read.as_ref()?.capacity_provider)?))
    });
    let Some((first, kind)) = kinds.next() else { return };
    if let Some((other, second)) = kinds.find(|(_, other)| *other != kind) {
        let message = format!("a strategy mixes {} and {}", kind.name(), second.name());
        other.report(
            Finding::new(Code::MixedKinds, other.span, message)
                .label(second.name())
                .related(first.span, kind.name())
                .help(
                    "ECS admits one kind in a strategy: Fargate and Fargate Spot, or Auto Scaling groups, \
                     or Managed Instances; use a service for each kind",
                ),
        );
    }
}

fn report_missing(cursor: &TableCursor<'_>, providers: &Providers) {
    if cursor.field(KEY).is_some_and(|field| !matches!(field.node.value, Value::Array(_))) {
        return;
    }
    let message = format!("`{}` has no capacity provider strategy", cursor.path.shown());
    let help = if providers.declared == 0 {
        "define a provider first: [[capacity_provider]]; or write `launch_type = \"FARGATE\"`"
            .to_owned()
    } else {
        let first = shown(providers.names.first());
        format!(
            "the scenario has {} providers: add for example `{KEY} = [{{ capacity_provider = \"{first}\", \
             weight = 1 }}]`",
            providers.declared
        )
    };
    cursor.report(Finding::new(Code::NoStrategy, cursor.span, message).help(help));
}

fn read_item(cursor: &TableCursor<'_>, providers: &Names) -> Option<StrategyItem> {
    let field = cursor.required("capacity_provider", "capacity_provider = \"ec2-managed\"");
    let provider = field.and_then(|field| providers.resolve(&field));
    let number =
        |key, most, help| cursor.field(key).map_or(Some(0), |field| field.whole_or(0, most, help));
    let base = number("base", BASE_LIMIT, "a base is a number of tasks; the others go by weight");
    let weight =
        number("weight", WEIGHT_LIMIT, "weights are a ratio: 1 and 3 share as 250 and 750 do");
    cursor.finish();
    Some(StrategyItem { capacity_provider: provider?, base: base?, weight: weight? })
}

/// The rules about the items together.
fn check(
    cursor: &TableCursor<'_>,
    key: &'static str,
    items: &[TableCursor<'_>],
    strategy: &[Option<StrategyItem>],
) {
    let Some(field) = cursor.field(key) else {
        return;
    };
    if items.len() > ITEM_LIMIT {
        let path = field.path.shown();
        let message = format!("`{path}` has {} entries; ECS admits {ITEM_LIMIT}", items.len());
        let first_too_many = items.get(ITEM_LIMIT).map_or(field.node.span, |item| item.span);
        cursor.report(
            Finding::new(Code::TooManyEntries, first_too_many, message)
                .label("one too many")
                .help("leave some out: providers of one kind may be one group with several types"),
        );
        return;
    }
    if strategy.iter().flatten().all(|item| item.weight == 0)
        && strategy.iter().all(Option::is_some)
    {
        cursor.report(
            field
                .finding(Code::NoWeight, "has no weight above 0")
                .label("all weights are 0")
                .help("ECS wants at least one weight above 0; a weight that is left out is 0"),
        );
    }
    let read =
        || items.iter().zip(strategy).filter_map(|(item, read)| Some((item, read.as_ref()?)));
    let mut based = read().filter(|(_, item)| item.base > 0);
    if let (Some((first, _)), Some((second, _))) = (based.next(), based.next()) {
        cursor.report(
            Finding::new(
                Code::TwoBases,
                second.span,
                format!("`{}` has two bases", field.path.shown()),
            )
            .label("second base")
            .related(first.span, "first base")
            .help("ECS admits a base for one provider of a strategy only"),
        );
    }
    for (index, (item, entry)) in read().enumerate() {
        let same =
            |(_, other): &(_, &StrategyItem)| other.capacity_provider == entry.capacity_provider;
        if let Some((first, _)) = read().take(index).find(same) {
            let message = format!("`{}` names one provider twice", field.path.shown());
            let finding = Finding::new(Code::DuplicateName, item.span, message);
            cursor.report(finding.label("again here").related(first.span, "first here"));
        }
    }
}
