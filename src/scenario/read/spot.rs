//! `[spot]`: how Spot pools come and go, what interruptions look like, and how Spot is billed.

use crate::catalog::PurchaseOption;
use crate::io::Code;

use super::super::document::Value;
use super::super::field::Field;
use super::super::parameters::spot::SPOT;
use super::super::reader::TableCursor;
use super::super::spot::{
    PriceChanges, PriceHistoryFrom, Spot, SpotDepth, SpotInitial, SpotPoolLaws, SpotPreset,
};
use super::{distribution, vcpu_quotas};

/// The presets by name.
pub(in super::super) const PRESETS: [(&str, SpotPreset); 4] = [
    ("advisor", SpotPreset::Advisor),
    ("scarce-r5", SpotPreset::ScarceR5),
    ("scarce-p3", SpotPreset::ScarceP3),
    ("always", SpotPreset::Always),
];

/// The states in which pools can be met at time 0.
pub(in super::super) const SPOT_INITIALS: [(&str, SpotInitial); 2] =
    [("stationary", SpotInitial::Stationary), ("available", SpotInitial::Available)];

/// When a new price applies.
pub(in super::super) const PRICE_CHANGES: [(&str, PriceChanges); 2] =
    [("instance-hour", PriceChanges::InstanceHour), ("second", PriceChanges::Second)];

/// Greatest parameter of the share lost: beyond it next to nothing is.
const MOST_BETA: f64 = 1_000.0;
/// Least one: below it a part would be all.
const LEAST_BETA: f64 = 0.01;

/// The settings.
pub(super) fn read(cursor: &TableCursor<'_>) -> Spot {
    let d = SPOT;
    let duration = |key, default| cursor.parameter(key, default, |field| field.duration());
    let spot = Spot {
        preset: cursor.parameter("preset", d.preset, |field| field.word(&PRESETS)),
        initial: cursor.parameter("initial", d.initial, |field| field.word(&SPOT_INITIALS)),
        pools: laws(cursor),
        all_lost_ppm: cursor
            .parameter("all_lost_percent", d.all_lost_ppm, |field| field.percent(0.0, 100.0)),
        partial_loss_beta: cursor.parameter("partial_loss_beta", d.partial_loss_beta, |field| {
            field.number(LEAST_BETA, MOST_BETA)
        }),
        loss_spread: duration("loss_spread", d.loss_spread),
        recommendation_lead: duration("recommendation_lead", d.recommendation_lead),
        notice: duration("notice", d.notice),
        deep_pool_percent: cursor
            .parameter("deep_pool_percent", d.deep_pool_percent, |field| field.whole(0, 100)),
        vcpu_quota: cursor
            .parameter("vcpu_quota", d.vcpu_quota, |field| field.whole(0, u32::MAX).map(Some)),
        vcpu_quotas: vcpu_quotas::read(&cursor.table_or_empty("vcpu_quotas"), PurchaseOption::Spot),
        free_first_hour: cursor
            .parameter("free_first_hour", d.free_first_hour, |field| field.boolean()),
        price_changes: cursor
            .parameter("price_changes", d.price_changes, |field| field.word(&PRICE_CHANGES)),
        price_history_from: cursor.parameter(
            "price_history_from",
            d.price_history_from,
            price_history_from,
        ),
    };
    cursor.finish_with(advice);
    spot
}

/// What to say of keys that other tools have.
fn advice(key: &str) -> Option<&'static str> {
    let rate = key.contains("rate") || key.contains("probability") || key.contains("frequency");
    rate.then_some(
        "interruptions come from the pools: say how long they are available, available_for = { weibull = { \
         shape = 0.6, scale = \"58m\" } }, or choose a preset",
    )
}

/// What is said of how pools come and go, in general or of one.
pub(super) fn laws(cursor: &TableCursor<'_>) -> SpotPoolLaws {
    SpotPoolLaws {
        available_for: cursor.parameter("available_for", None, stretch),
        unavailable_for: cursor.parameter("unavailable_for", None, stretch),
        depth: cursor.parameter("depth", None, |field| depth(field).map(Some)),
    }
}

/// A stretch of availability or the opposite, which takes time.
fn stretch(field: &Field<'_>) -> Option<Option<crate::random::Distribution>> {
    let stretch = distribution::read(field)?;
    // The longest that ever comes up must be above zero.
    if stretch.quantile(0.999).as_micros() > 0 {
        return Some(Some(stretch));
    }
    field.wrong(field.finding(Code::DurationNotPositive, "must be longer than zero"));
    None
}

fn depth(field: &Field<'_>) -> Option<SpotDepth> {
    match &field.node.value {
        Value::Text(text) if text.eq_ignore_ascii_case("unlimited") => Some(SpotDepth::Unlimited),
        Value::Table(_) => between(field),
        Value::Integer(_) => {
            field.whole(0, u32::MAX).map(|depth| SpotDepth::Between { min: depth, max: depth })
        }
        Value::Text(_) | Value::Float(_) | Value::Boolean(_) | Value::Date(_) | Value::Array(_) => {
            let help = "for example 50, { min = 20, max = 2000 } or \"unlimited\"";
            field.wrong_type("a number of instances", Some(help));
            None
        }
    }
}

fn between(field: &Field<'_>) -> Option<SpotDepth> {
    let cursor = field.table()?;
    let min = cursor.required("min", "min = 20").and_then(|field| field.whole(0, u32::MAX));
    let max = cursor.required("max", "max = 2000").and_then(|field| field.whole(0, u32::MAX));
    cursor.finish();
    let (min, max) = (min?, max?);
    if min <= max {
        return Some(SpotDepth::Between { min, max });
    }
    let predicate = format!("has min = {min} above max = {max}");
    field.wrong(field.finding(Code::EmptyRange, &predicate).help("exchange the two"));
    None
}

fn price_history_from(field: &Field<'_>) -> Option<PriceHistoryFrom> {
    let text = if let Value::Date(text) = &field.node.value { text } else { field.text()? };
    if text.eq_ignore_ascii_case("last") {
        return Some(PriceHistoryFrom::Last);
    }
    if let Some(seconds) = crate::units::parse_timestamp(text) {
        return Some(PriceHistoryFrom::At(seconds));
    }
    let finding = field.finding(Code::BadDate, "is neither \"last\" nor a time");
    field.wrong(finding.help("write it as \"2026-10-31T12:00:00Z\""));
    None
}
