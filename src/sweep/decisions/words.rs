//! Figures in words.

/// Figures that have a shorter name than their path.
const NAMES: [(&str, &str); 10] = [
    ("monthly_usd", "cost a month"),
    ("cost.per_month_at_end_usd", "cost a month of the fleet at the end"),
    ("cost.per_hour_at_end_usd", "cost an hour of the fleet at the end"),
    ("cost.total_usd", "cost of the run"),
    ("tasks.time_to_running_s.mean", "mean time to RUNNING"),
    ("tasks.time_to_running_s.p50", "median time to RUNNING"),
    ("tasks.time_to_running_s.p95", "p95 of the time to RUNNING"),
    ("tasks.time_to_running_s.p99", "p99 of the time to RUNNING"),
    ("tasks.time_to_ready_s.p95", "p95 of the time to serving"),
    ("tasks.interrupted", "tasks interrupted"),
];

/// What a figure is called; its path where it has no other name.
#[must_use]
pub fn name_in_words(metric: &str) -> &str {
    NAMES.iter().find(|(path, _)| *path == metric).map_or(metric, |(_, name)| name)
}

/// The unit in which a figure is: `$`, `s`, `%`, or nothing for numbers of things. By the names in its
/// path, which say it.
#[must_use]
pub fn unit_of(metric: &str) -> &'static str {
    let mut unit = "";
    for name in metric.split(['.', '[', ']']) {
        if name == "usd" || name.ends_with("_usd") {
            unit = "$";
        } else if name.ends_with("_s") {
            unit = "s";
        } else if name.ends_with("_percent") {
            unit = "%";
        }
    }
    unit
}

/// A figure with its unit, as many digits as are read: `$540.60`, `61.3 s`.
#[must_use]
pub fn figure_in_words(metric: &str, value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let size = value.abs();
    match unit_of(metric) {
        "$" if size < 1.0 && size > 0.0 => format!("{sign}${}", plain(size, 5)),
        "$" => format!("{sign}${size:.2}"),
        "" => format!("{sign}{}", plain(size, if size < 10.0 { 3 } else { 1 })),
        unit => format!("{sign}{} {unit}", plain(size, if size < 10.0 { 2 } else { 1 })),
    }
}

/// At most so many decimals, without zeros at the end.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_the_unit_that_its_path_says() {
        assert_eq!(figure_in_words("monthly_usd", 540.6), "$540.60");
        assert_eq!(figure_in_words("cost.per_hour_at_end_usd", 0.033_6), "$0.0336");
        assert_eq!(figure_in_words("tasks.time_to_running_s.p95", 61.34), "61.3 s");
        assert_eq!(figure_in_words("demand[web].mean_cpu_utilization_percent", -3.0), "-3 %");
        assert_eq!(figure_in_words("tasks.waiting_at_end", 1_200.0), "1200");
        assert_eq!(name_in_words("demand[web].lost"), "demand[web].lost");
    }
}
