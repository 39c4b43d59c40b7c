//! What the parts of a sweep must be to each other.

use crate::io::Code;

use super::super::document::Span;
use super::super::report::{Finding, Report, shown};
use super::values::{AxisValues, AxisVariant};
use super::{At, Axis, MOST_POINTS, MOST_RUNS, PlanKind, SweepFile};

/// Where keys stand.
pub(super) struct Keys {
    pub(super) plan: Option<Span>,
    pub(super) samples: Option<Span>,
    pub(super) replications: Option<Span>,
    pub(super) precision: Option<Span>,
}

/// How many points a plan has; `None` where there are more than can be counted or not all is known.
pub(super) fn points(plan: PlanKind, samples: Option<u64>, axes: &[Axis]) -> Option<u64> {
    match plan {
        PlanKind::Random | PlanKind::LatinHypercube => samples,
        PlanKind::Zipped => axes.first().and_then(|axis| axis.values.count()),
        PlanKind::Cartesian => {
            axes.iter().try_fold(1_u64, |product, axis| product.checked_mul(axis.values.count()?))
        }
    }
}

pub(super) fn check(file: &SweepFile, keys: &Keys, report: &Report<'_>) {
    if file.axes.is_empty() {
        let message = "nothing is varied: a sweep needs an axis";
        let help = "add an [[axis]], or --vary PATH=A,B,C";
        report.add(Finding::new(Code::AxisWithoutValues, Span::default(), message).help(help));
        return;
    }
    names(file, report);
    paths(file, report);
    bases(file, report);
    drawn(file, keys, report);
    lengths(file, report);
    worlds(file, keys, report);
    intervals(file, keys, report);
    // A plan with other faults has no size.
    if !report.has_errors() {
        size(file, report);
    }
}

/// The axes by name are columns: no two are alike.
fn names(file: &SweepFile, report: &Report<'_>) {
    for (index, axis) in file.axes.iter().enumerate() {
        if let Some(first) = file.axes[..index].iter().find(|other| other.name == axis.name) {
            let message = format!("two axes are named `{}`", shown(&axis.name));
            let finding = Finding::new(Code::DuplicateName, axis.at.0, message);
            report.add(finding.related(first.at.0, "first here").help("give one another `name`"));
        }
    }
}

/// Every path that an axis sets.
fn paths_of(axis: &Axis) -> Vec<(&str, At)> {
    match &axis.values {
        AxisValues::Variants(variants) => {
            let all = variants.iter().flat_map(|variant| &variant.set);
            all.map(|(path, value)| (path.trim(), value.at)).collect()
        }
        AxisValues::List(_) | AxisValues::Numbers(_) => {
            axis.path.iter().map(|path| (path.trim(), axis.at)).collect()
        }
    }
}

/// A path on two axes would have the value of the later alone; the seed is not varied but replicated.
fn paths(file: &SweepFile, report: &Report<'_>) {
    let mut known: Vec<(usize, &str, At)> = Vec::new();
    for (index, axis) in file.axes.iter().enumerate() {
        for (path, at) in paths_of(axis) {
            if path == "seed" {
                let message = "the seed cannot be varied: points are compared under the same seeds";
                let help = "say `replications = N`: replication r has the same seed at each point";
                report.add(Finding::new(Code::ExclusiveKeys, at.0, message).help(help));
            }
            let twice = known.iter().find(|(other, of, _)| *other != index && *of == path);
            if let Some((_, _, first)) = twice {
                let message = format!("`{}` is varied on two axes", shown(path));
                let finding = Finding::new(Code::DuplicateName, at.0, message);
                report.add(finding.related(first.0, "first here"));
                break;
            }
            known.push((index, path, at));
        }
    }
}

fn variants(axis: &Axis) -> &[AxisVariant] {
    match &axis.values {
        AxisValues::Variants(variants) => variants,
        AxisValues::List(_) | AxisValues::Numbers(_) => &[],
    }
}

/// One axis at most may name scenarios.
fn bases(file: &SweepFile, report: &Report<'_>) {
    let naming = |axis: &&Axis| variants(axis).iter().any(|variant| variant.scenario.is_some());
    let mut axes = file.axes.iter().filter(naming);
    if let (Some(first), Some(second)) = (axes.next(), axes.next()) {
        let message = "two axes name scenarios: a point would have two";
        let finding = Finding::new(Code::ExclusiveKeys, second.at.0, message);
        report.add(finding.related(first.at.0, "here too"));
    }
}

/// A sweep file names a scenario, unless variants name one for every point.
pub(super) fn scenario(file: &SweepFile, report: &Report<'_>) {
    let all = |axis: &Axis| {
        let variants = variants(axis);
        !variants.is_empty() && variants.iter().all(|variant| variant.scenario.is_some())
    };
    if file.scenario.is_none() && !file.axes.iter().any(all) {
        let message = "the key `scenario` is missing";
        let help = "add for example `scenario = \"../thirty-tasks.toml\"`: the path from this file";
        report.add(Finding::new(Code::MissingKey, Span::default(), message).help(help));
    }
}

/// What is drawn needs a number of points, and anything between two ends must be drawn.
fn drawn(file: &SweepFile, keys: &Keys, report: &Report<'_>) {
    let word = file.plan.word();
    if file.plan.draws() {
        if file.samples.is_none() {
            let message = format!("a plan of kind {word} needs `samples`");
            let span = keys.plan.unwrap_or_default();
            let help = "add `samples = 200`, or --samples 200: how many points are drawn";
            report.add(Finding::new(Code::MissingKey, span, message).help(help));
        }
        return;
    }
    if let Some(span) = keys.samples {
        let message = format!("a plan of kind {word} draws no samples");
        let help = "leave `samples` out, or say plan = \"random\" or \"latin-hypercube\"";
        report.add(Finding::new(Code::ExclusiveKeys, span, message).help(help));
    }
    for axis in file.axes.iter().filter(|axis| axis.values.count().is_none()) {
        let message = format!("`{}` has two ends and nothing between them", shown(&axis.name));
        let help = "add `step` (or `count` to a log_range), or draw points: plan = \"random\" or \
                    \"latin-hypercube\" with `samples`";
        report.add(Finding::new(Code::AxisWithoutValues, axis.at.0, message).help(help));
    }
}

fn lengths(file: &SweepFile, report: &Report<'_>) {
    if file.plan != PlanKind::Zipped {
        return;
    }
    let count = |axis: &Axis| axis.values.count().unwrap_or(0);
    let first = &file.axes[0];
    if let Some(other) = file.axes.iter().find(|axis| count(axis) != count(first)) {
        let told = format!(
            "zipped axes must have as many values as each other: `{}` has {}, `{}` {}",
            shown(&first.name),
            count(first),
            shown(&other.name),
            count(other)
        );
        let finding = Finding::new(Code::UnequalAxes, other.at.0, told);
        report.add(finding.related(first.at.0, "the first").help(
            "give them as many, or say plan = \"cartesian\" for every value with every other",
        ));
    }
}

/// Choices are held against each other over the same worlds, so each needs every world; and there must be
/// something to choose.
fn worlds(file: &SweepFile, keys: &Keys, report: &Report<'_>) {
    let Some(world) = file.axes.iter().find(|axis| axis.world) else { return };
    if file.plan != PlanKind::Cartesian {
        let word = file.plan.word();
        let message = format!("a plan of kind {word} does not put every choice into every world");
        let span = keys.plan.unwrap_or(world.at.0);
        let finding = Finding::new(Code::ExclusiveKeys, span, message);
        report.add(
            finding
                .related(world.at.0, "the worlds")
                .help("say plan = \"cartesian\", or leave `world` out"),
        );
    }
    if file.axes.iter().all(|axis| axis.world) {
        let message = "every axis is one of worlds: there is nothing to choose";
        let help = "`world = true` is for what nobody chooses, such as demand; leave it out of an axis \
                    whose values are to be ranked";
        report.add(Finding::new(Code::ExclusiveKeys, world.at.0, message).help(help));
    }
}

/// An interval needs two runs.
fn intervals(file: &SweepFile, keys: &Keys, report: &Report<'_>) {
    let Some(precision) = &file.precision else { return };
    if file.replications < 2 {
        let message = "a precision is asked for, and one run has no interval";
        let span = keys.replications.or(keys.precision).unwrap_or_default();
        let help =
            "say `replications = 10`: under a stop rule these are the runs of the first batch";
        report.add(Finding::new(Code::NoIntervals, span, message).help(help));
    } else if keys.replications.is_some() && file.replications > precision.max_replications {
        let message = format!(
            "the first batch of {} runs is more than `max_replications`, {}",
            file.replications, precision.max_replications
        );
        let span = keys.replications.unwrap_or_default();
        report.add(Finding::new(Code::EmptyRange, span, message));
    }
}

fn size(file: &SweepFile, report: &Report<'_>) {
    let points = points(file.plan, file.samples, &file.axes);
    let help = "leave values out, or draw points: plan = \"latin-hypercube\" with `samples`";
    // The axis that brings it over the limit is the one to look at.
    let largest = file.axes.iter().max_by_key(|axis| axis.values.count());
    let span = largest.map_or(Span::default(), |axis| axis.at.0);
    let counted = |points: u64| report_points(file, points);
    // A plan that draws has few points of an axis whose every value is still read once.
    if let Some(axis) = largest.filter(|axis| file.plan.draws() && values_of(axis) > MOST_POINTS) {
        let name = shown(&axis.name);
        let message = format!("`{name}` has {}; a sweep is meant for {MOST_POINTS}", values(axis));
        let help = "enlarge `step`, or leave it out: then values lie anywhere between the ends";
        report.add(Finding::new(Code::SweepTooLarge, span, message).help(help));
        return;
    }
    match points {
        Some(0) => {
            let message = "the plan has no points: nothing would run";
            report.add(Finding::new(Code::AxisWithoutValues, span, message));
        }
        Some(points) if points <= MOST_POINTS => {
            let most = match &file.precision {
                Some(precision) => precision.max_replications.max(file.replications),
                None => file.replications,
            };
            let runs = points.saturating_mul(u64::from(most));
            if runs > MOST_RUNS {
                let message = format!(
                    "{points} points of {most} runs are {runs} runs; a sweep is meant for {MOST_RUNS}"
                );
                let help = "lower `replications`, or leave values out";
                report.add(Finding::new(Code::SweepTooLarge, span, message).help(help));
            }
        }
        Some(points) => {
            report.add(Finding::new(Code::SweepTooLarge, span, counted(points)).help(help));
        }
        None => report.add(Finding::new(Code::SweepTooLarge, span, counted(u64::MAX)).help(help)),
    }
}

/// How many values an axis has; none are counted where they lie anywhere.
fn values_of(axis: &Axis) -> u64 {
    axis.values.count().unwrap_or(0)
}

/// The same in words.
fn values(axis: &Axis) -> String {
    match values_of(axis) {
        u64::MAX => "more values than can be counted".to_owned(),
        count => format!("{count} values"),
    }
}

/// `1000 x 1000 x 1000 values are 1000000000 points; a sweep is meant for 1000000`.
fn report_points(file: &SweepFile, points: u64) -> String {
    let counts: Vec<String> = file
        .axes
        .iter()
        .map(|axis| match axis.values.count() {
            None => String::new(),
            Some(u64::MAX) => "endless".to_owned(),
            Some(count) => count.to_string(),
        })
        .collect();
    let points = match points {
        u64::MAX => "more points than can be counted".to_owned(),
        points => format!("{points} points"),
    };
    format!("{} values are {points}; a sweep is meant for {MOST_POINTS}", counts.join(" x "))
}
