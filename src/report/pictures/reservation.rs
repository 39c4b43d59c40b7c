//! Cluster auto scaling: the metric, the alarms on it, and what was done.

use crate::report::outputs::EventLine;
use crate::report::words;

use super::axis::{Axis, Unit};
use super::canvas::Picture;
use super::palette::{BLUE, Colour, GREEN, GREY, ORANGE, SKY, VERMILION, thin};
use super::{Curve, View};

const METRIC: &str = "CapacityProviderReservation";

/// Capacity providers that are shown.
const PROVIDERS: usize = 4;

/// Height of one.
const EACH: f64 = 276.0;

pub(super) fn picture(view: &View<'_>) -> Option<Picture> {
    let run = view.run;
    let mut metrics: Vec<&Curve> = run.curves(METRIC).collect();
    // Those of which there is most to tell.
    metrics.sort_by_key(|curve| std::cmp::Reverse(curve.points.len()));
    let left_out = metrics.len().saturating_sub(PROVIDERS);
    metrics.truncate(PROVIDERS);
    metrics.sort_by(|a, b| a.subject.cmp(&b.subject));
    if metrics.is_empty() {
        return None;
    }
    let mut subtitle = view.subtitle();
    if left_out > 0 {
        subtitle += &format!("; {left_out} quieter capacity providers are left out");
    }
    let names: [(&str, Colour); 6] = [
        ("CapacityProviderReservation", BLUE),
        ("target", GREY),
        ("high alarm calls the policy", VERMILION),
        ("low alarm calls it", ORANGE),
        ("desired capacity", GREEN),
        ("instances in service", SKY),
    ];
    let title = "Cluster auto scaling: reservation, alarms, actions";
    let mut picture = Picture::new("capacity-provider-reservation", title, &subtitle, 0.0);
    let mut top = picture.legend(Picture::top(), &names) + 26.0;
    picture.height = (top + EACH * metrics.len() as f64 - 24.0).round();
    for (at, metric) in metrics.iter().enumerate() {
        let last = at + 1 == metrics.len();
        provider(view, metric, top, last, &mut picture);
        top += EACH;
    }
    Some(picture)
}

fn provider(view: &View<'_>, metric: &Curve, top: f64, last: bool, picture: &mut Picture) {
    let run = view.run;
    let name = metric.subject.as_str();
    let target = target_of(&run.scenario, name);
    let most = metric.max().max(target.unwrap_or(100.0));
    let panel = view.panel(top, 110.0, Axis::round(0.0, most, 4.0, Unit::Percent));
    panel.frame(picture, &format!("{name}: reservation"), false);
    if let Some(target) = target {
        let y = panel.y(target);
        picture.line(vec![(panel.left, y), (panel.right, y)], GREY, 1.5);
    }
    panel.step_line(picture, metric, BLUE, 1.5);
    let calls = |event: &&EventLine| event.event == METRIC && event.subject == name;
    let calls: Vec<f64> = run.events.iter().filter(calls).map(|event| event.at).collect();
    for at in calls.iter().filter(|at| **at <= view.until) {
        let value = metric.at(*at);
        let high = value > target.unwrap_or(100.0);
        let colour = if high { VERMILION } else { ORANGE };
        picture.dot((panel.x(*at), panel.y(value)), 3.5, colour);
    }
    let curve = |metric: &str| run.curve(metric, name);
    let (desired, running) = (curve("GroupDesiredCapacity"), curve("GroupInServiceInstances"));
    let most = desired.into_iter().chain(running).map(Curve::max).fold(1.0, f64::max);
    let below = view.panel(top + 148.0, 70.0, Axis::round(0.0, most, 3.0, Unit::Count));
    below.frame(picture, &instances_words(name, desired), last);
    if let Some(running) = running {
        below.stack(picture, &[(running, thin(SKY, 150))]);
    }
    if let Some(desired) = desired {
        below.step_line(picture, desired, GREEN, 2.0);
    }
}

/// How often the desired capacity was changed.
fn instances_words(name: &str, desired: Option<&Curve>) -> String {
    let points = desired.map_or(&[] as &[_], |curve| curve.points.as_slice());
    let grows = points.windows(2).filter(|two| two[1].1 > two[0].1).count();
    let shrinks = points.windows(2).filter(|two| two[1].1 < two[0].1).count();
    format!(
        "{name}: instances ({}, {})",
        words::counted(grows as f64, "scale-out", "scale-outs"),
        words::counted(shrinks as f64, "scale-in", "scale-ins")
    )
}

/// The target capacity of a provider, percent.
fn target_of(scenario: &str, provider: &str) -> Option<f64> {
    let document: toml::Table = toml::from_str(scenario).ok()?;
    let providers = document.get("capacity_provider")?.as_array()?;
    let of = providers
        .iter()
        .find(|of| of.get("name").and_then(toml::Value::as_str) == Some(provider))?;
    let scaling = of.get("auto_scaling_group_provider")?.get("managed_scaling")?;
    let target = scaling.get("target_capacity")?;
    target.as_float().or_else(|| target.as_integer().map(|whole| whole as f64))
}
