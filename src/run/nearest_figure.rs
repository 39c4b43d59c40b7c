//! What somebody may have meant who names a figure that there is not.

use serde_json::Value;

use super::figure_path::figure_paths;

/// Paths this much like what was written are meant: a slip of the pen.
const SLIP: f64 = 0.85;

/// Words this much like each other are one.
const ALIKE: f64 = 0.75;

/// Most that are named.
const NAMED: usize = 3;

/// Figures that are asked for most, the first the most, and other words for them.
const ASKED: [(&str, &str); 9] = [
    ("monthly_usd", "cost month price bill dollars"),
    ("tasks.time_to_running_s.p95", "latency wait start seconds"),
    ("cost.total_usd", "price bill dollars"),
    ("cost.per_month_at_end_usd", "monthly price"),
    ("cost.per_hour_at_end_usd", "hourly price"),
    ("tasks.time_to_running_s.p50", "median latency wait start"),
    ("tasks.time_to_ready_s.p95", "latency wait"),
    ("tasks.waiting_at_end", "pending wait"),
    ("tasks.interrupted", "interruptions spot"),
];

/// The figures of an answer, and of `others`, that are nearest to what was written, in words: `did you
/// mean a, b or c?` Nothing where there is no figure.
#[must_use]
pub fn nearest_figures(answer: &Value, others: &[&str], path: &str) -> Option<String> {
    let mut paths = figure_paths(answer);
    paths.extend(others.iter().map(|other| (*other).to_owned()));
    let mut near = nearest(&paths, path);
    let last = near.pop()?;
    Some(match near.as_slice() {
        [] => format!("did you mean {last}?"),
        first => format!("did you mean {} or {last}?", first.join(", ")),
    })
}

fn nearest<'p>(paths: &'p [String], path: &str) -> Vec<&'p str> {
    let likeness = |known: &&String| strsim::normalized_damerau_levenshtein(known, path);
    let most =
        |a: &&String, b: &&String| likeness(a).total_cmp(&likeness(b)).then_with(|| b.cmp(a));
    let Some(slip) = paths.iter().max_by(most) else { return Vec::new() };
    if likeness(&slip) >= SLIP {
        return vec![slip];
    }
    let words = words_of(path);
    let mut scored: Vec<(f64, &str)> =
        paths.iter().map(|known| (score(known, &words), known.as_str())).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    if best < 0.5 {
        return vec![slip];
    }
    let near = scored.into_iter().take_while(|(score, _)| *score > best - 0.1);
    near.take(NAMED).map(|(_, known)| known).collect()
}

/// How much of what was written is in a path: 1 where all of it is. Of several such the short ones and
/// those that are asked for most come first.
fn score(known: &str, written: &[String]) -> f64 {
    let asked = ASKED.iter().position(|(path, _)| *path == known);
    let own = words_of(known);
    let others = words_of(asked.map_or("", |at| ASKED[at].1));
    let best = |word: &String| {
        let in_path = own.iter().map(|known| like(known, word)).fold(0.0, f64::max);
        let beside = others.iter().map(|known| like(known, word)).fold(0.0, f64::max);
        in_path.max(beside)
    };
    let found = written.iter().map(best).sum::<f64>() / written.len().max(1) as f64;
    let known_well = asked.map_or(0.0, |at| 0.08 - 0.005 * at as f64);
    found + known_well - 0.01 * own.len() as f64
}

fn like(known: &str, word: &str) -> f64 {
    let begins = |a: &str, b: &str| b.len() >= 4 && a.starts_with(b);
    if known == word {
        1.0
    } else if begins(known, word) || begins(word, known) {
        0.9
    } else {
        let likeness = strsim::normalized_damerau_levenshtein(known, word);
        if likeness >= ALIKE { likeness } else { 0.0 }
    }
}

fn words_of(path: &str) -> Vec<String> {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_path_an_other_word_or_a_slip_lead_to_the_figure() {
        let quantiles = || serde_json::json!({ "mean": 1.0, "p50": 1.0, "p95": 1.0, "p99": null });
        let answer = serde_json::json!({
            "tasks": {
                "started": 3.0, "waiting_at_end": 0.0, "interrupted": 0.0,
                "time_to_running_s": quantiles(), "time_to_ready_s": quantiles(),
                "phases_s": { "boot": { "mean": 1.0, "p50": 1.0 } },
                "waves": [{ "wave": "first", "time_to_running_s": quantiles() }],
            },
            "cost": {
                "total_usd": 1.0, "per_hour_at_end_usd": 1.0, "per_month_at_end_usd": 1.0,
                "lines": [{ "item": "asg m5.large", "usd": 1.0 }],
            },
        });
        let of = |path: &str| nearest_figures(&answer, &["monthly_usd"], path).unwrap();
        for (typed, meant) in [
            ("cost", "monthly_usd, cost.total_usd or "),
            ("p95", "tasks.time_to_running_s.p95, tasks.time_to_ready_s.p95 "),
            ("monthly", "monthly_usd "),
            ("monthly_cost", "monthly_usd "),
            ("time_to_running", "tasks.time_to_running_s.p95, "),
            ("time_to_running.p50", "tasks.time_to_running_s.p50 "),
            ("latency", "tasks.time_to_running_s.p95, "),
            ("waiting", "tasks.waiting_at_end "),
            ("tasks.time_to_runing_s.p95", "tasks.time_to_running_s.p95?"),
            ("monthly_us", "monthly_usd?"),
            ("tasks.waves.first.p50", "tasks.waves[first].time_to_running_s.p50?"),
        ] {
            let said = of(typed);
            assert!(said.starts_with(&format!("did you mean {meant}")), "{typed}: {said}");
        }
    }
}
