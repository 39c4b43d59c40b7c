//! Standalone tasks on the page of `run`: what became of each job, and when each call was done.

use crate::run::{Answer, JobCallRow, JobRow};

use super::grid::Grid;
use super::page::Page;
use super::words::{clock, count, counted, spread, time};

/// Calls that the page lists.
const CALLS_SHOWN: usize = 12;

/// Every `[[run_task]]` block, and its calls.
pub(super) fn jobs(page: &mut Page, answer: &Answer) {
    if answer.jobs.is_empty() {
        return;
    }
    page.section("Jobs");
    let mut grid = Grid::new(&[
        "job",
        ">tasks",
        ">exit code 0",
        ">failed",
        ">running",
        ">waiting",
        ">first start",
        ">last end",
        ">calls",
        ">done after (median)",
        ">at most",
    ]);
    answer.jobs.iter().for_each(|row| grid.row(job_row(answer, row)));
    page.grid(2, &grid.without_empty_columns());
    answer.jobs.iter().filter_map(ends).for_each(|words| page.paragraph(2, &words));
    answer.jobs.iter().filter_map(overrun).for_each(|words| page.paragraph(2, &words));
    calls(page, answer);
}

fn job_row(answer: &Answer, row: &JobRow) -> [String; 11] {
    let path = |key: &str| format!("jobs[{}].{key}", row.name);
    let number = |value: f64, key: &str| count(value) + &spread(answer, &path(key), 1);
    let some = |value: f64, key: &str| if value > 0.0 { number(value, key) } else { String::new() };
    let at = |value: Option<f64>| value.map_or_else(String::new, clock);
    let took = |value: Option<f64>, key: &str| {
        value.map_or_else(String::new, |value| time(value) + &range(answer, &path(key)))
    };
    [
        row.name.clone(),
        number(row.requested, "requested"),
        number(row.succeeded, "succeeded"),
        some(row.failed, "failed"),
        some(row.running_at_end, "running_at_end"),
        some(row.waiting_at_end, "waiting_at_end"),
        at(row.first_started_s),
        at(row.last_ended_s),
        number(row.calls_made, "calls_made"),
        took(row.call_time_s.p50, "call_time_s.p50"),
        took(row.call_time_s.max, "call_time_s.max"),
    ]
}

/// ` (38 min to 45 min)`: of the lowest and of the highest run; empty without replications.
fn range(answer: &Answer, path: &str) -> String {
    let range = answer.intervals.get(path).map(|of| (time(of.min), time(of.max)));
    let range = range.filter(|(min, max)| min != max);
    range.map_or_else(String::new, |(min, max)| format!(" ({min} to {max})"))
}

/// How the tasks ended that failed.
fn ends(row: &JobRow) -> Option<String> {
    let failed = row.ends.iter().filter(|end| end.exit_code != Some(0) && end.tasks > 0.0);
    let words: Vec<String> = failed
        .map(|end| {
            let code =
                end.exit_code.map_or_else(String::new, |code| format!(" with exit code {code}"));
            format!("{} {}{code}", count(end.tasks), end.stop_code)
        })
        .collect();
    (!words.is_empty()).then(|| {
        let what = "ECS does not start a standalone task again";
        format!("Failed of {}: {}; {what}.", row.name, words.join(", "))
    })
}

fn overrun(row: &JobRow) -> Option<String> {
    let late = counted(row.calls_overrun, "call was", "calls were");
    (row.calls_overrun > 0.0)
        .then(|| format!("{}: {late} not done when the next was made.", row.name))
}

/// The calls, where they are few; else those with something to tell.
fn calls(page: &mut Page, answer: &Answer) {
    let all = || answer.jobs.iter().flat_map(|job| job.calls.iter().map(move |call| (job, call)));
    let number = all().count();
    let tells = |call: &JobCallRow| {
        call.failed > 0.0 || call.done_s.is_none() || call.left_at_next.unwrap_or(0.0) > 0.0
    };
    // The only call of each is told above.
    if answer.jobs.iter().all(|job| job.calls.len() <= 1) {
        return;
    }
    let shown: Vec<_> = all().filter(|(_, call)| number <= CALLS_SHOWN || tells(call)).collect();
    if shown.is_empty() {
        return;
    }
    let mut grid =
        Grid::new(&["job", ">call", ">called at", ">done after", ">failed", "next call"]);
    for (job, call) in shown.iter().take(CALLS_SHOWN) {
        let left = call.left_at_next.map_or_else(String::new, |left| {
            if left > 0.0 { format!("{} still there", count(left)) } else { "all done".to_owned() }
        });
        grid.row([
            job.name.clone(),
            count(call.call),
            clock(call.called_s),
            call.took_s.map_or_else(|| "not done".to_owned(), time),
            if call.failed > 0.0 { count(call.failed) } else { String::new() },
            left,
        ]);
    }
    page.grid(2, &grid.without_empty_columns());
    if number > CALLS_SHOWN {
        let told = shown.len().min(CALLS_SHOWN);
        page.line(2, &format!("({told} of {number} calls; `-o json` lists more)"));
    }
}
