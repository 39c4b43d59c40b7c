//! `capacity_provider_strategy`: how tasks are shared between providers, under the rules of the ECS API.

use crate::io::Code;

use super::super::document::Value;
use super::super::reader::TableCursor;
use super::super::report::{Finding, shown};
use super::super::spec::StrategyItem;
use super::capacity_provider::{PREDEFINED, SIMULATED};
use super::names::Names;

/// Most providers in a strategy (documented: ECS API, CapacityProviderStrategy).
const ITEM_LIMIT: usize = 20;

/// Greatest base (documented: ECS API).
const BASE_LIMIT: u32 = 100_000;

/// Greatest weight (documented: ECS API).
const WEIGHT_LIMIT: u32 = 1_000;

const KEY: &str = "capacity_provider_strategy";

/// The strategy of a service or a RunTask call. Where it is left out and the scenario has one provider,
/// everything goes there.
pub(super) fn read(cursor: &TableCursor<'_>, providers: &Names) -> Vec<StrategyItem> {
    let items = cursor.tables(KEY, "capacity_provider");
    if items.is_empty() {
        if providers.len() == 1 {
            return vec![StrategyItem { capacity_provider: 0, base: 0, weight: 1 }];
        }
        report_missing(cursor, providers);
        return Vec::new();
    }
    let strategy: Vec<_> = items.iter().map(|item| read_item(item, providers)).collect();
    check(cursor, &items, &strategy);
    strategy.into_iter().flatten().collect()
}

/// What to say of keys that choose capacity in another way.
pub(super) fn advice(key: &str) -> Option<&'static str> {
    (key == "launch_type").then_some(
        "Fargate is not simulated yet, nor are container instances of your own: name a provider of \
         Managed Instances in `capacity_provider_strategy`",
    )
}

fn report_missing(cursor: &TableCursor<'_>, providers: &Names) {
    if cursor.field(KEY).is_some_and(|field| !matches!(field.node.value, Value::Array(_))) {
        return;
    }
    let message = format!("`{}` has no capacity provider strategy", cursor.path.shown());
    let help = if providers.len() == 0 {
        "define a provider first: [[capacity_provider]]".to_owned()
    } else {
        let first = shown(providers.first());
        format!(
            "the scenario has {} providers: add for example `{KEY} = [{{ capacity_provider = \"{first}\", \
             weight = 1 }}]`",
            providers.len()
        )
    };
    cursor.report(Finding::new(Code::NoStrategy, cursor.span, message).help(help));
}

fn read_item(cursor: &TableCursor<'_>, providers: &Names) -> Option<StrategyItem> {
    let field = cursor.required("capacity_provider", "capacity_provider = \"ec2-managed\"");
    let provider = field.and_then(|field| {
        if let Value::Text(text) = &field.node.value
            && PREDEFINED.contains(&text.as_str())
        {
            let predicate = format!("names {text}, which is not simulated yet");
            field.wrong(field.finding(Code::NotSimulated, &predicate).help(SIMULATED));
            return None;
        }
        providers.resolve(&field)
    });
    let base = cursor.field("base").map_or(Some(0), |field| field.whole(0, BASE_LIMIT));
    let weight = cursor.field("weight").map_or(Some(0), |field| field.whole(0, WEIGHT_LIMIT));
    cursor.finish();
    Some(StrategyItem { capacity_provider: provider?, base: base?, weight: weight? })
}

/// The rules about the items together.
fn check(cursor: &TableCursor<'_>, items: &[TableCursor<'_>], strategy: &[Option<StrategyItem>]) {
    let Some(field) = cursor.field(KEY) else {
        return;
    };
    if items.len() > ITEM_LIMIT {
        let predicate = format!("has {} entries; ECS admits {ITEM_LIMIT}", items.len());
        cursor.report(field.finding(Code::TooManyEntries, &predicate));
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
