//! The report of a run.

use serde::Serialize;
use serde_json::{Value, json};

use crate::report::outputs::{Curve, RunOutputs, stretches};
use crate::report::pictures::fleet::by_type;
use crate::report::pictures::palette::{BLUE, Colour, STATES, hex, of_position};
use crate::report::pictures::view::View;
use crate::report::words;

use super::{
    COMMON, Column, RUN, STYLE, UPLOT, UPLOT_LICENSE, UPLOT_STYLE, number_column, page,
    words_column,
};

/// Rows of a table: a file of a month has more than a page should.
const ROWS: usize = 2_000;

/// Values of a curve.
const CHANGES: usize = 3_000;

#[derive(Serialize)]
struct Data<'r> {
    title: String,
    subtitle: String,
    facts: Vec<(&'static str, String)>,
    warnings: &'r [String],
    moments: Vec<(f64, String)>,
    /// What is shown at first.
    until: f64,
    horizon: f64,
    charts: Vec<Chart>,
    tables: Vec<Table>,
    scenario: &'r str,
    foot: String,
}

#[derive(Serialize)]
struct Chart {
    title: String,
    text: String,
    unit: &'static str,
    stacked: bool,
    times: Vec<f64>,
    /// The uppermost first.
    series: Vec<Series>,
}

#[derive(Serialize)]
struct Series {
    name: String,
    colour: String,
    fill: bool,
    /// Null before the first value.
    values: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct Table {
    title: &'static str,
    text: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

/// The report of a run, as one HTML file.
///
/// # Errors
/// None that a run can cause.
pub fn run_report(run: &RunOutputs) -> serde_json::Result<String> {
    let summary = &run.summary;
    let scenario = &summary.scenario;
    let view = View::new(run);
    let data = Data {
        title: scenario.name.clone(),
        subtitle: format!(
            "{}; seed {}, {} simulated{}",
            scenario.region,
            scenario.seed,
            words::time(scenario.horizon_s),
            if scenario.replications > 1 {
                format!(
                    "; curves and tables are of the first of {} replications",
                    scenario.replications
                )
            } else {
                String::new()
            }
        ),
        facts: facts(run),
        warnings: &summary.warnings,
        moments: view.moments(),
        until: view.until,
        horizon: scenario.horizon_s,
        charts: charts(&view),
        tables: vec![fleet(run), tasks(run), instances(run), bill(run), assumptions(run)],
        scenario: &run.scenario,
        foot: format!(
            "taskyard, rules {}, catalogue of {}; digest {}. Not in the bill: {}.",
            summary.model_version,
            summary.catalog.as_of,
            summary.digest,
            summary.cost.not_included.join(", ")
        ),
    };
    let style = format!("{UPLOT_STYLE}\n{STYLE}");
    let script = format!("/*\n{UPLOT_LICENSE}*/\n{UPLOT}\n{COMMON}\n{RUN}");
    page(&scenario.name, &style, &script, &data)
}

fn facts(run: &RunOutputs) -> Vec<(&'static str, String)> {
    let (tasks, cost) = (&run.summary.tasks, &run.summary.cost);
    let time = |at: Option<f64>| at.map_or_else(|| "–".to_owned(), words::time);
    let mut facts = vec![
        (
            "tasks started",
            format!("{} of {}", words::count(tasks.started), words::count(tasks.requested)),
        ),
        ("median time to RUNNING", time(tasks.time_to_running_s.p50)),
        ("95th percentile", time(tasks.time_to_running_s.p95)),
        ("slowest", time(tasks.time_to_running_s.max)),
        ("billed", words::amount(cost.total_usd)),
        ("an hour, at the end", words::rate(cost.per_hour_at_end_usd)),
    ];
    for (name, number) in
        [("waiting at the end", tasks.waiting_at_end), ("interrupted", tasks.interrupted)]
    {
        if number > 0.0 {
            facts.push((name, words::count(number)));
        }
    }
    facts
}

fn charts(view: &View<'_>) -> Vec<Chart> {
    let run = view.run;
    let mut charts = Vec::new();
    let curves: Vec<(&Curve, Colour)> = STATES
        .into_iter()
        .filter_map(|(state, colour)| Some((run.curve("tasks", state)?, colour)))
        .filter(|(curve, _)| curve.max() > 0.0)
        .collect();
    let order = |name: &str| usize::from(name != "RUNNING");
    let mut upright = curves;
    // RUNNING lies at the bottom.
    upright.sort_by_key(|(curve, _)| std::cmp::Reverse(order(&curve.subject)));
    charts.extend(chart(view, "Tasks by state", "", true, &upright));
    let types = by_type(view);
    let types: Vec<(&Curve, Colour)> =
        types.iter().enumerate().rev().map(|(at, curve)| (curve, of_position(at))).collect();
    charts.extend(chart(view, "Running instances", "", true, &types));
    let rate: Vec<(&Curve, Colour)> =
        run.curve("usd_per_hour", "").map(|of| (of, BLUE)).into_iter().collect();
    charts.extend(chart(view, "Cost an hour", "$", false, &rate));
    for (title, unit, metrics) in [
        ("CapacityProviderReservation", "%", &["CapacityProviderReservation"] as &[_]),
        ("Service auto scaling", "", &["DesiredTaskCount", "RunningTaskCount"]),
        ("CPU utilisation of services", "%", &["CPUUtilization"]),
        ("Requests a second", "", &["requests_per_second", "requests_served_per_second"]),
        ("Requests waiting", "", &["requests_waiting"]),
        ("Messages", "", &["messages_visible", "messages_in_flight"]),
    ] {
        charts.extend(chart(view, title, unit, false, &of_metrics(run, metrics)));
    }
    charts
}

/// The curves of metrics: a colour for each subject and metric.
fn of_metrics<'r>(run: &'r RunOutputs, metrics: &[&'r str]) -> Vec<(&'r Curve, Colour)> {
    let all = metrics.iter().flat_map(|metric| run.curves(metric));
    all.enumerate().map(|(at, curve)| (curve, of_position(at))).collect()
}

fn chart(
    view: &View<'_>,
    title: &str,
    unit: &'static str,
    stacked: bool,
    curves: &[(&Curve, Colour)],
) -> Option<Chart> {
    let first = curves.first()?;
    let horizon = view.run.summary.scenario.horizon_s;
    let all: Vec<&Curve> = curves.iter().map(|(curve, _)| *curve).collect();
    let found = stretches(&all, (0.0, horizon), CHANGES, 1_000);
    let changes: usize = all.iter().map(|curve| curve.points.len()).sum();
    let text = if found.len() == 1_000 && changes > CHANGES {
        format!("Means of {} each.", words::time(horizon / 1_000.0))
    } else {
        String::new()
    };
    let several = curves.iter().any(|(curve, _)| curve.metric != first.0.metric);
    let series = curves.iter().map(|(curve, colour)| Series {
        name: match (several, curve.subject.as_str()) {
            (_, "") => title.to_owned(),
            (true, subject) => format!("{subject} {}", curve.metric),
            (false, subject) => subject.to_owned(),
        },
        colour: hex(*colour),
        fill: curves.len() == 1,
        values: values(curve, &found),
    });
    let mut times: Vec<f64> = found.iter().map(|(from, _)| *from).collect();
    times.push(horizon);
    Some(Chart { title: title.to_owned(), text, unit, stacked, times, series: series.collect() })
}

/// The value of each stretch, and the last once more for the end.
fn values(curve: &Curve, found: &[(f64, f64)]) -> Vec<Option<f64>> {
    let first = curve.points.first().map_or(f64::INFINITY, |(at, _)| *at);
    let value = |(from, to): &(f64, f64)| {
        // Six digits are more than a curve shows.
        (*to > first).then(|| (curve.mean(*from, *to) * 1e6).round() / 1e6)
    };
    let mut values: Vec<Option<f64>> = found.iter().map(value).collect();
    values.push(values.last().copied().flatten());
    values
}

/// The first rows, and how many there are.
fn first(rows: impl ExactSizeIterator<Item = Vec<Value>>, file: &str) -> (String, Vec<Vec<Value>>) {
    let all = rows.len();
    let text = if all > ROWS {
        format!(
            "The first {} of {} rows; {file} has all.",
            words::grouped(ROWS as f64, 0),
            words::grouped(all as f64, 0)
        )
    } else {
        String::new()
    };
    (text, rows.take(ROWS).collect())
}

fn fleet(run: &RunOutputs) -> Table {
    let rows = run.summary.fleet.iter().map(|row| {
        let kind = row.instance_type.as_ref().or(row.fargate_size.as_ref());
        vec![
            json!(row.capacity_provider),
            json!(kind),
            json!(row.purchase_option),
            json!(row.launched),
            json!(row.peak),
            json!(row.at_end),
            json!(row.usd_per_hour_each),
        ]
    });
    let columns = vec![
        words_column("capacity provider"),
        words_column("type or size"),
        words_column("bought"),
        number_column("launched", ""),
        number_column("most at once", ""),
        number_column("at the end", ""),
        number_column("an hour each", "$"),
    ];
    Table { title: "Fleet", text: String::new(), columns, rows: rows.collect() }
}

fn tasks(run: &RunOutputs) -> Table {
    let after =
        |at: Option<f64>, from: Option<f64>| json!(at.zip(from).map(|(at, from)| at - from));
    let (text, rows) = first(
        run.tasks.iter().map(|task| {
            let requested = Some(task.requested);
            vec![
                json!(task.task),
                json!(task.capacity_provider),
                json!(task.instance),
                json!(task.requested),
                after(task.placed, requested),
                after(task.started, requested),
                after(task.ready, requested),
                json!(task.stopped),
                json!(task.last_status),
                json!(stop_words(&task.stop_code, &task.stop_reason)),
            ]
        }),
        "tasks.csv",
    );
    let columns = vec![
        words_column("task"),
        words_column("capacity provider"),
        words_column("instance"),
        number_column("requested at", "s"),
        number_column("placed after", "s"),
        number_column("RUNNING after", "s"),
        number_column("serving after", "s"),
        number_column("stopped at", "s"),
        words_column("last status"),
        words_column("stopped by"),
    ];
    Table { title: "Tasks", text, columns, rows }
}

fn stop_words(code: &str, reason: &str) -> String {
    if code.is_empty() { String::new() } else { format!("{code}: {reason}") }
}

fn instances(run: &RunOutputs) -> Table {
    let (text, rows) = first(
        run.instances.iter().map(|line| {
            vec![
                json!(line.instance),
                json!(line.instance_type),
                json!(line.zone),
                json!(line.purchase_option),
                json!(line.requested),
                json!(line.registered),
                json!(line.draining),
                json!(line.terminated),
                json!(line.usd),
            ]
        }),
        "instances.csv",
    );
    let columns = vec![
        words_column("instance"),
        words_column("type"),
        words_column("zone"),
        words_column("bought"),
        number_column("requested at", "s"),
        number_column("registered at", "s"),
        number_column("draining at", "s"),
        number_column("terminated at", "s"),
        number_column("cost", "$"),
    ];
    Table { title: "Instances", text, columns, rows }
}

fn bill(run: &RunOutputs) -> Table {
    let cost = &run.summary.cost;
    let rows = cost.lines.iter().map(|line| vec![json!(line.item), json!(line.usd)]).collect();
    let columns = vec![words_column("item"), number_column("amount", "$")];
    Table {
        title: "Bill",
        text: format!("{} in all.", words::amount(cost.total_usd)),
        columns,
        rows,
    }
}

fn assumptions(run: &RunOutputs) -> Table {
    let rows =
        run.summary.assumptions.iter().map(|of| {
            vec![json!(of.parameter), json!(of.value), json!(of.grade), json!(of.source)]
        });
    let columns = ["parameter", "value", "grade", "source"].map(words_column);
    Table {
        title: "Assumptions",
        text: "What the answer rests on that AWS does not document.".to_owned(),
        columns: columns.into(),
        rows: rows.collect(),
    }
}
