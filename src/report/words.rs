//! Numbers as people read them. JSON and CSV have the exact ones.

use crate::run::Answer;
use crate::sweep::decisions::name_in_words;

/// Thousands by commas: `1,024`, `662.52`.
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.'));
    let sign = if value < 0.0 && !is_zero { "-" } else { "" };
    format!("{sign}{grouped}{rest}")
}

/// A count; a mean of counts has a decimal.
pub(super) fn count(value: f64) -> String {
    let rounded = value.round();
    if (value - rounded).abs() < 1e-9 { grouped(rounded, 0) } else { grouped(value, 1) }
}

/// A count and its thing: `1 task`, `30 tasks`.
pub(super) fn counted(value: f64, one: &str, many: &str) -> String {
    let text = count(value);
    if text == "1" { format!("1 {one}") } else { format!("{text} {many}") }
}

/// Seconds in a table: `84.2`.
pub(super) fn seconds(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| grouped(value, 1))
}

/// A time in a sentence: `106 s`, `4 min 10 s`, `2 h 5 min`.
pub(super) fn time(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{} s", trimmed(seconds, 1));
    }
    let whole = seconds.round();
    if whole < 300.0 {
        return format!("{whole} s");
    }
    let minutes = (whole / 60.0).floor();
    let (hours, seconds_left) = ((minutes / 60.0).floor(), whole - minutes * 60.0);
    let minutes_left = minutes - hours * 60.0;
    let with = |rest: f64, unit: &str| {
        if rest > 0.0 { format!(" {rest} {unit}") } else { String::new() }
    };
    if hours < 1.0 {
        return format!("{minutes} min{}", with(seconds_left, "s"));
    }
    if hours < 48.0 {
        return format!("{hours} h{}", with(minutes_left, "min"));
    }
    let days = (hours / 24.0).floor();
    format!("{days} d{}", with(hours - days * 24.0, "h"))
}

/// A time on a clock that starts with the run: `26:04:10`.
pub(super) fn clock(seconds: f64) -> String {
    let whole = seconds.round();
    let minutes = (whole / 60.0).floor();
    let hours = (minutes / 60.0).floor();
    format!("{hours}:{:02}:{:02}", minutes - hours * 60.0, whole - minutes * 60.0)
}

/// What a figure is called, also where it is that of one wave of tasks: `p95 of the time to RUNNING of
/// replacements`; its path where it has no other name.
pub(super) fn figure_name(metric: &str) -> String {
    let wave = metric.strip_prefix("tasks.waves[").and_then(|rest| rest.split_once("]."));
    let (wave, path) = match wave {
        Some((wave, key)) => (Some(wave), format!("tasks.{key}")),
        None => (None, metric.to_owned()),
    };
    let known = name_in_words(&path);
    let name = match path.strip_prefix("tasks.time_to_running_s.") {
        _ if known != path => known.to_owned(),
        Some("max") => "longest time to RUNNING".to_owned(),
        Some(quantile) => format!("{quantile} of the time to RUNNING"),
        None => return metric.to_owned(),
    };
    let of = match wave {
        None => return name,
        Some("first") => "first tasks",
        Some("update") => "tasks of updates",
        Some("scaling") => "tasks of scale-outs",
        Some("replacement") => "replacements",
        Some(_) => return metric.to_owned(),
    };
    format!("{name} of {of}")
}

/// At most `decimals` decimals, without trailing zeros.
pub(super) fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A price an hour: `$0.9076`.
pub(super) fn rate(usd: f64) -> String {
    dollars(usd, if usd.abs() < 100.0 { 4 } else { 2 })
}

/// An amount: `$662.52`, below a dollar `$0.4409`.
pub(super) fn amount(usd: f64) -> String {
    dollars(usd, if usd.abs() < 1.0 { 4 } else { 2 })
}

fn dollars(usd: f64, decimals: usize) -> String {
    let text = grouped(usd, decimals);
    text.strip_prefix('-').map_or_else(|| format!("${text}"), |text| format!("-${text}"))
}

/// A share: `22.1 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", grouped(share * 100.0, 1))
}

/// Where a price comes from, and whether AWS quotes it.
pub(super) fn price_source(series: &str) -> String {
    if series.starts_with("estimated") { format!("{series} (estimate)") } else { series.to_owned() }
}

/// Prices and the date they are of, which a file need not say.
pub(super) fn dated(series: &str, date: &str) -> String {
    if date.is_empty() || date == "undated" {
        format!("{series} (undated)")
    } else {
        format!("{series} of {date}")
    }
}

/// A limit's name in tables.
pub(super) fn limit(name: &str) -> &str {
    match name {
        "eni" => "ENI limit",
        "cpu" => "CPU",
        "gpu" => "GPUs",
        "ports" => "host ports",
        other => other,
    }
}

/// ` ± 1.2`: half the width of the 95 % interval of a figure, with as many decimals as it has; empty
/// without replications or spread.
pub(super) fn spread(answer: &Answer, path: &str, decimals: usize) -> String {
    let half = answer.intervals.get(path).map(|of| (of.ci95_high - of.ci95_low) / 2.0);
    let half = half.map(|half| grouped(half, decimals));
    half.filter(|half| half.chars().any(|c| matches!(c, '1'..='9')))
        .map_or_else(String::new, |half| format!(" ± {half}"))
}

/// `78 to 245`: a figure of the lowest and of the highest run, in whole seconds; empty without
/// replications.
pub(super) fn run_range(answer: &Answer, path: &str) -> String {
    let range = answer.intervals.get(path);
    range.map_or_else(String::new, |of| format!("{} to {}", grouped(of.min, 0), grouped(of.max, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_wave_have_words_too() {
        let path = "tasks.waves[scaling].time_to_running_s.p95";
        assert_eq!(figure_name(path), "p95 of the time to RUNNING of tasks of scale-outs");
        assert_eq!(figure_name("tasks.time_to_running_s.max"), "longest time to RUNNING");
        assert_eq!(figure_name("demand[web].lost"), "demand[web].lost");
    }

    #[test]
    fn numbers_are_grouped_and_rounded() {
        assert_eq!(grouped(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(grouped(-999.5, 0), "-1,000");
        assert_eq!(grouped(-0.001, 2), "0.00");
        assert_eq!((count(30.0), count(29.52)), ("30".to_owned(), "29.5".to_owned()));
        assert_eq!(
            (amount(-331.259), rate(0.907_555)),
            ("-$331.26".to_owned(), "$0.9076".to_owned())
        );
    }

    #[test]
    fn times_are_told_in_two_units_at_most() {
        let told = [7.25, 34.0, 106.4, 1_800.0, 312.0, 7_500.0, 1_209_600.0].map(time);
        assert_eq!([59.6, 93_850.0].map(clock), ["0:01:00", "26:04:10"]);
        assert_eq!(told, ["7.2 s", "34 s", "106 s", "30 min", "5 min 12 s", "2 h 5 min", "14 d"]);
    }
}
