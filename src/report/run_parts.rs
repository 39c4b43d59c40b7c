//! The tables on the page of `run`.

use crate::run::{
    Alternative, Answer, BestPackingRow, FleetRow, LimitRow, LooselyPackedRow, Quantiles,
};
use crate::scenario::{CapacityProvider, ProviderKind, Scenario};
use crate::sweep::fleet_label;

use super::assumptions;
use super::grid::Grid;
use super::page::Page;
use super::run_waiting::warm_up;
use super::words::{
    amount, count, counted, dated, grouped, limit, percent, price_source, rate, run_range, seconds,
    spread, trimmed,
};

/// The fleet.
pub(super) fn fleet(page: &mut Page, answer: &Answer) {
    if answer.fleet.is_empty() {
        return;
    }
    let zones = answer.scenario.availability_zones.len() as f64;
    let zones = counted(zones, "zone", "zones");
    page.section(&format!("Fleet in {}, {zones}", answer.scenario.region));
    let several =
        answer.fleet.iter().any(|row| row.capacity_provider != answer.fleet[0].capacity_provider);
    let mut grid = Grid::new(&[
        "provider",
        "type",
        "bought",
        ">launched",
        ">at end",
        ">stopped",
        ">in runs",
        ">tasks each",
        "bound by",
        ">EC2 $/h",
        ">billed $/h",
        "price source",
    ]);
    for row in &answer.fleet {
        grid.row(fleet_row(answer, row, several));
    }
    page.grid(2, &grid.without_empty_columns());
}

fn fleet_row(answer: &Answer, row: &FleetRow, several: bool) -> [String; 12] {
    let path = |key: &str| format!("fleet[{}].{key}", fleet_label(answer, row));
    let name = row.instance_type.as_deref().or(row.fargate_size.as_deref()).unwrap_or_default();
    [
        if several { row.capacity_provider.clone() } else { String::new() },
        name.to_owned(),
        bought(answer, row),
        count(row.launched) + &spread(answer, &path("launched"), 1),
        count(row.at_end) + &spread(answer, &path("at_end"), 1),
        row.stopped_at_end.map_or_else(String::new, |stopped| {
            count(stopped) + &spread(answer, &path("stopped_at_end"), 1)
        }),
        row.frequency.map_or_else(String::new, |share| format!("{} %", trimmed(share * 100.0, 1))),
        count(row.max_tasks_per_instance),
        row.binding_limit.as_deref().map(limit).unwrap_or_default().to_owned(),
        // Fargate has no price of its instance.
        match row.instance_type {
            Some(_) => grouped(row.ec2_usd_per_hour_each, 4),
            None => String::new(),
        },
        grouped(row.usd_per_hour_each, 4),
        price_source(&row.price_source),
    ]
}

/// How a row is bought; nothing where all are on demand.
fn bought(answer: &Answer, row: &FleetRow) -> String {
    let on_demand = |row: &FleetRow| row.purchase_option == "on-demand";
    match row.purchase_option.as_str() {
        _ if answer.fleet.iter().all(on_demand) => String::new(),
        "on-demand" => "on demand".to_owned(),
        other => other.to_owned(),
    }
}

/// Daemon services: their tasks are in no other figure.
pub(super) fn daemons(page: &mut Page, answer: &Answer) {
    if answer.daemons.is_empty() {
        return;
    }
    page.section("Daemons, beside the other tasks");
    let mut grid =
        Grid::new(&["service", ">instances", ">running", ">started", ">p50 s", ">max s"]);
    for row in &answer.daemons {
        let of = |value: f64, key: &str| {
            count(value) + &spread(answer, &format!("daemons[{}].{key}", row.service), 1)
        };
        grid.row([
            row.service.clone(),
            of(row.instances_at_end, "instances_at_end"),
            of(row.running_at_end, "running_at_end"),
            of(row.started, "started"),
            seconds(row.time_to_running_s.p50),
            seconds(row.time_to_running_s.max),
        ]);
    }
    page.grid(2, &grid);
}

/// Services whose tasks were uneven over zones.
pub(super) fn zones_of_services(page: &mut Page, answer: &Answer) {
    if answer.service_zones.is_empty() {
        return;
    }
    page.section("Services with uneven zones");
    let heads = ["service", "rebalancing", ">uneven s", ">moved", ">in s", "running at the end"];
    let mut grid = Grid::new(&heads);
    for row in &answer.service_zones {
        let zones = row.running_at_end.iter();
        let zones: Vec<_> =
            zones.map(|(zone, tasks)| format!("{} in {zone}", count(*tasks))).collect();
        grid.row([
            row.service.clone(),
            row.availability_zone_rebalancing.clone(),
            seconds(Some(row.uneven_s)),
            count(row.tasks_moved),
            seconds(Some(row.rebalancing_s)),
            zones.join(", "),
        ]);
    }
    page.grid(2, &grid);
}

/// What became of Spot instances.
pub(super) fn spot(page: &mut Page, answer: &Answer) {
    let Some(spot) = &answer.spot else {
        return;
    };
    page.section("Spot");
    let of = |value: f64, path: &str| count(value) + &spread(answer, &format!("spot.{path}"), 1);
    let mut words = format!(
        "{} of {} Spot instances got an interruption notice; {} went down with them",
        of(spot.instances_interrupted, "instances_interrupted"),
        of(spot.instances_launched, "instances_launched"),
        counted(spot.tasks_taken, "task", "tasks"),
    );
    if let (Some(median), Some(max)) = (spot.replacement_s.p50, spot.replacement_s.max) {
        let (median, max) = (seconds(Some(median)), seconds(Some(max)));
        words += &format!(
            "; service tasks were replaced {median} s after the notice (median), the last {max} s"
        );
    }
    if spot.not_replaced_at_end > 0.0 {
        words += &format!("; {} not replaced at the end", count(spot.not_replaced_at_end));
    }
    page.paragraph(2, &format!("{words}. Assumed of the pools: preset {}.", spot.preset));
}

/// Whose hours a line of the bill counts.
fn hours_of(item: &str) -> &'static str {
    if item.starts_with("FARGATE") { "task-hours" } else { "instance-hours" }
}

/// Phases in the order of a task's life, in words.
const PHASES: [(&str, &str); 15] = [
    ("decide_digest_wave", "first task's start and image digest"),
    ("decide_launch_rate", "service launch rate"),
    ("decide_start_backoff", "wait after failed starts"),
    ("decide_deployment", "other tasks of the service to stop"),
    ("decide_batch", "batch window"),
    ("decide_quota", "vCPU quota"),
    ("decide_replan", "planned again"),
    ("decide_capacity_retry", "capacity retries"),
    ("decide_scaling", "room, or the group to grow"),
    ("launch", "launch"),
    ("boot", "boot and registration"),
    ("attach", "network interface"),
    ("pull", "image pull"),
    ("start", "container start"),
    ("ready", "application ready"),
];

/// A phase's name in words; its own where there are none.
pub(super) fn phase_words(name: &str) -> &str {
    PHASES.iter().find(|(known, _)| *known == name).map_or(name, |(_, words)| words)
}

/// How soon tasks run, phase by phase.
pub(super) fn start_times(page: &mut Page, answer: &Answer) {
    let tasks = &answer.tasks;
    if tasks.started <= 0.0 {
        return;
    }
    page.section("Time from request to running, seconds");
    let mut grid = Grid::new(&["", ">mean", ">p50", ">p90", ">p95", ">p99", ">max"]);
    phase_rows(&mut grid, answer, false);
    let all = ("time_to_running_s", &tasks.time_to_running_s);
    quantile_row(&mut grid, answer, "to RUNNING", all);
    wave_rows(&mut grid, answer);
    if tasks.phases_s.get("ready").is_some_and(|ready| ready.mean.unwrap_or(0.0) > 0.0) {
        phase_rows(&mut grid, answer, true);
        let all = ("time_to_ready_s", &tasks.time_to_ready_s);
        quantile_row(&mut grid, answer, "to ready", all);
    }
    page.grid(2, &grid.without_empty_columns());
    warm_up(page, answer);
    if answer.scenario.replications > 1 {
        page.paragraph(
            2,
            &format!(
                "±: 95 % interval of the mean over {} runs. It covers luck, not how well the timings are \
                 known (some have n = 1).",
                answer.scenario.replications
            ),
        );
    }
}

/// Why tasks were replaced that nobody wanted to stop: their instances drained.
pub(super) fn replaced(page: &mut Page, answer: &Answer, scenario: &Scenario) {
    let drained = answer.tasks.drained;
    if drained <= 0.0 {
        return;
    }
    let shrinks = |provider: &&CapacityProvider| match &provider.kind {
        ProviderKind::AutoScalingGroup(group) => {
            group.managed_scaling.enabled && !group.managed_termination_protection
        }
        ProviderKind::ManagedInstances(_)
        | ProviderKind::Fargate(_)
        | ProviderKind::LaunchType(_) => false,
    };
    let groups = scenario.capacity_providers.iter().filter(shrinks);
    let groups: Vec<&str> = groups.map(|provider| provider.name.as_str()).collect();
    let mut words = format!(
        "{} stopped on instances that drained, and services started others for those they still wanted.",
        counted(drained, "task", "tasks"),
    );
    if !groups.is_empty() {
        let groups = groups.join(", ");
        // Nobody tells who drained which.
        let by_spot = answer.spot.as_ref().is_some_and(|spot| spot.instances_interrupted > 0.0);
        words += &if by_spot || !answer.faults.is_empty() {
            format!(" Where cluster auto scaling drained those of {groups} under their tasks,")
        } else {
            format!(" Cluster auto scaling drains instances of {groups} under their tasks:")
        };
        words +=
            " `managed_termination_protection = \"ENABLED\"` lets only those go that have none.";
    }
    page.paragraph(2, &words);
}

fn phase_rows(grid: &mut Grid, answer: &Answer, after_running: bool) {
    let phases = &answer.tasks.phases_s;
    let known = PHASES.iter().map(|(name, _)| *name);
    let unknown =
        phases.keys().map(String::as_str).filter(|name| PHASES.iter().all(|(n, _)| n != name));
    for name in known.chain(unknown).filter(|name| (*name == "ready") == after_running) {
        let Some(phase) = phases.get(name).filter(|phase| phase.mean.unwrap_or(0.0) > 0.0) else {
            continue;
        };
        let path = format!("tasks.phases_s.{name}.mean");
        grid.row([
            phase_words(name).to_owned(),
            seconds(phase.mean) + &spread(answer, &path, 1),
            seconds(phase.p50),
            seconds(phase.p90),
        ]);
    }
}

/// A row for each wave of tasks, where there is more than one.
fn wave_rows(grid: &mut Grid, answer: &Answer) {
    let waves = &answer.tasks.waves;
    for row in waves.iter().filter(|_| waves.len() > 1) {
        let (one, many) = match row.wave.as_str() {
            "first" => ("first task", "first tasks"),
            "update" => ("task of an update", "tasks of updates"),
            "scaling" => ("task of a scale-out", "tasks of scale-outs"),
            _ => ("replacement", "replacements"),
        };
        let title = format!("  of {}", counted(row.started, one, many));
        let key = format!("waves[{}].time_to_running_s", row.wave);
        quantile_row(grid, answer, &title, (&key, &row.time_to_running_s));
    }
}

fn quantile_row(grid: &mut Grid, answer: &Answer, title: &str, (key, of): (&str, &Quantiles)) {
    let cell = |value: Option<f64>, quantile: &str| {
        seconds(value) + &spread(answer, &format!("tasks.{key}.{quantile}"), 1)
    };
    grid.row([
        title.to_owned(),
        cell(of.mean, "mean"),
        cell(of.p50, "p50"),
        cell(of.p90, "p90"),
        cell(of.p95, "p95"),
        cell(of.p99, "p99"),
        cell(of.max, "max"),
    ]);
    if answer.scenario.replications > 1 {
        let range = |quantile: &str| run_range(answer, &format!("tasks.{key}.{quantile}"));
        let ranges = ["mean", "p50", "p90", "p95", "p99", "max"].map(range);
        grid.row(std::iter::once("lowest to highest run".to_owned()).chain(ranges));
    }
}

/// The bill.
pub(super) fn cost_lines(page: &mut Page, answer: &Answer, scenario: &Scenario) {
    let mut grid = Grid::new(&["", ">", ">"]);
    for line in &answer.cost.lines {
        let path = format!("cost.lines[{}].usd", line.item);
        grid.row([
            line.item.clone() + &volume_words(scenario, &line.item),
            format!("{} {}", grouped(line.instance_hours, 2), hours_of(&line.item)),
            amount(line.usd) + &spread(answer, &path, 4),
        ]);
    }
    page.grid(4, &grid);
}

/// What discounts took off those lines.
pub(super) fn discounts(page: &mut Page, answer: &Answer) {
    let rows = &answer.cost.discounts;
    if rows.is_empty() {
        return;
    }
    page.paragraph(2, "Discounts, taken off already:");
    let mut grid = Grid::new(&["", ">", ">", ">"]);
    for row in rows {
        let agreement = row.agreement.as_ref().map_or(String::new(), |word| format!(" ({word})"));
        let families = match row.instance_families.as_slice() {
            [] => String::new(),
            families => format!(" of {}", families.join(", ")),
        };
        let name = if row.name == row.applies_to { "" } else { &format!("{}: ", row.name) };
        let path = format!("cost.discounts[{}].off_usd", row.name);
        grid.row([
            format!("{name}{}{families}{agreement}", row.applies_to),
            format!("{} %", trimmed(row.percent, 4)),
            format!("-{}/h", rate(row.off_per_hour_at_end_usd)),
            format!("-{}", amount(row.off_usd)) + &spread(answer, &path, 4),
        ]);
    }
    page.grid(4, &grid);
}

/// ` (80 GiB)` behind the line of a data volume.
fn volume_words(scenario: &Scenario, item: &str) -> String {
    let provider = scenario.capacity_providers.iter().find(|provider| {
        let rest = item.strip_prefix(provider.name.as_str());
        rest.is_some_and(|rest| rest.starts_with(' '))
    });
    provider.filter(|_| item.ends_with("volume")).map_or_else(String::new, |provider| {
        let gib = match &provider.kind {
            // Its storage is in the name of its size.
            ProviderKind::Fargate(_) | ProviderKind::LaunchType(_) => return String::new(),
            ProviderKind::ManagedInstances(settings) => settings.storage_size_gib,
            ProviderKind::AutoScalingGroup(group) => group.root_volume_size_gib,
        };
        format!(" ({gib} GiB)")
    })
}

/// That a group keeps instances for tasks which fewer hold, and what to try.
pub(super) fn loosely_packed(row: &LooselyPackedRow) -> String {
    let changes = row.try_changing.iter().map(|setting| match setting.as_str() {
        "target_capacity" => "`target_capacity = 100`",
        _ => "`binpack` in `placement_strategy`",
    });
    let changes = changes.collect::<Vec<_>>().join(" or ");
    let tries = if changes.is_empty() { String::new() } else { format!(" Try {changes}.") };
    format!(
        "{} of {} carry tasks that {} hold: cluster auto scaling counts every instance with a task \
         as needed. The others cost up to {} a month.{tries}",
        counted(row.instances_with_tasks, "instance", "instances"),
        row.capacity_provider,
        count(row.would_hold),
        amount(row.others_usd_per_hour * 730.0),
    )
}

/// `4 c6g.xlarge with 7 web each`.
pub(super) fn best_row(row: &BestPackingRow) -> String {
    let tasks = row.tasks_each.iter().map(|(family, count)| format!("{count} {family}"));
    let tasks = tasks.collect::<Vec<_>>().join(" + ");
    let each = if row.instances == 1 { "" } else { " each" };
    format!("{} {} with {tasks}{each}", row.instances, row.instance_type)
}

/// What one change would give.
pub(super) fn alternatives(page: &mut Page, answer: &Answer, alternatives: &[Alternative]) {
    if alternatives.is_empty() {
        return;
    }
    page.section("Alternatives");
    let mut grid = Grid::new(&["change", ">$ a month", ">", ">median s", "fleet"]);
    let now = answer.cost.per_month_at_end_usd;
    for other in alternatives {
        let month = other.per_hour_usd.map(|hour| hour * 730.0);
        let change = month.filter(|_| now > 0.0).map(|month| month / now - 1.0);
        grid.row([
            other.change.clone(),
            month.map_or_else(String::new, |month| grouped(month, 2)),
            change.map_or_else(String::new, signed_percent),
            seconds(other.time_to_running_p50_s),
            alternative_words(other),
        ]);
    }
    page.grid(2, &grid);
}

fn signed_percent(change: f64) -> String {
    if change.abs() < 0.0005 {
        return "same".to_owned();
    }
    let sign = if change > 0.0 { "+" } else { "" };
    format!("{sign}{}", percent(change))
}

fn alternative_words(other: &Alternative) -> String {
    if let Some(problem) = &other.problem {
        return format!("none: {problem}");
    }
    match other.waiting_at_end {
        Some(waiting) if waiting > 0.0 => {
            format!("{}; {} still wait", other.fleet, count(waiting))
        }
        _ => other.fleet.clone(),
    }
}

/// Limits of the account and network: those that the run met.
pub(super) fn limits(page: &mut Page, answer: &Answer) {
    let met = |row: &&LimitRow| row.needed > 0.0 || row.refused > 0.0;
    let mut rows = answer.limits.iter().filter(met).peekable();
    if rows.peek().is_none() {
        return;
    }
    page.section("Limits");
    let mut grid = Grid::new(&["", ">needed", ">of", ">refused"]);
    for row in rows {
        let of = row.of.map_or_else(String::new, count);
        let refused = if row.refused > 0.0 { count(row.refused) } else { String::new() };
        grid.row([row.limit.clone(), count(row.needed), of, refused]);
    }
    page.grid(2, &grid.without_empty_columns());
}

/// What the reader should know before trusting the answer.
pub(super) fn notes(page: &mut Page, answer: &Answer) {
    if !answer.warnings.is_empty() {
        page.section("Warnings");
        answer.warnings.iter().for_each(|warning| page.item(warning));
    }
    assumptions::in_short(page, &answer.assumptions);
    page.section("Data");
    let catalog = &answer.catalog;
    let prices = catalog.prices_as_of.iter().map(|(series, date)| dated(series, date));
    let prices = prices.collect::<Vec<_>>().join(", ");
    page.paragraph(2, &format!("Instance types as of {}; prices: {prices}.", catalog.as_of));
    page.paragraph(2, &format!("Not in the bill: {}.", answer.cost.not_included.join(", ")));
    page.paragraph(
        2,
        &format!(
            "Seed {}, {} events, model {}, digest {}.",
            answer.scenario.seed,
            count(answer.events.round()),
            answer.model_version,
            answer.digest
        ),
    );
}
