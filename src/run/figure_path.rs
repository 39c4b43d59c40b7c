//! The figures of a JSON answer by their paths, as `--expect` and sweeps name them.

use serde_json::Value;

/// Keys that name a row of a list; of several the first says most.
const NAMES: [&str; 9] = [
    "instance_type",
    "fargate_size",
    "item",
    "limit",
    "parameter",
    "wave",
    "deployment",
    "name",
    "service",
];

/// The value at `path`. A row of a list goes by position or by name, in brackets or after a dot; names
/// may have dots, so the path is matched against what there is and not taken apart beforehand.
#[must_use]
pub fn figure_at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    let rest = path.strip_prefix('.').unwrap_or(path);
    match value {
        Value::Object(members) => {
            members.iter().find_map(|(key, member)| figure_at(member, after_name(rest, key)?))
        }
        Value::Array(rows) => rows.iter().enumerate().find_map(|(position, row)| {
            let names = row_names(row, position);
            names.iter().find_map(|name| figure_at(row, after_name(rest, name)?))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// What follows `key` at the start of a path.
fn after_key<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(key)?;
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

/// What follows `name`, `[name]` or `["name"]`.
fn after_name<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    match path.strip_prefix('[') {
        Some(inner) => {
            let quote = if inner.starts_with('"') { "\"" } else { "" };
            let inner = inner.strip_prefix(quote)?.strip_prefix(name)?;
            inner.strip_prefix(quote)?.strip_prefix(']')
        }
        None => after_key(path, name),
    }
}

/// The names of a row: its position, its name, its name behind that of its capacity provider or, where it
/// tells what tasks of a service wait for, before it.
fn row_names(row: &Value, position: usize) -> Vec<String> {
    let mut names = vec![position.to_string()];
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    let Some(name) = NAMES.iter().find_map(|key| text(key)) else { return names };
    match (text("waits_for"), text("capacity_provider")) {
        (Some(what), _) => names.push(format!("{name}/{what}")),
        (None, Some(provider)) => names.extend([name.to_owned(), format!("{provider}/{name}")]),
        (None, None) => names.push(name.to_owned()),
    }
    names
}

/// The paths of all numbers and truth values.
#[must_use]
pub fn figure_paths(answer: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    collect("", answer, &mut paths);
    paths
}

fn collect(path: &str, value: &Value, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let inside = match (path, key.contains('.')) {
                    ("", _) => key.clone(),
                    (_, true) => format!("{path}[{key}]"),
                    (_, false) => format!("{path}.{key}"),
                };
                collect(&inside, member, paths);
            }
        }
        Value::Array(rows) => {
            for (position, row) in rows.iter().enumerate() {
                let names = row_names(row, position);
                let name = names.get(1).or(names.first()).cloned().unwrap_or_default();
                collect(&format!("{path}[{name}]"), row, paths);
            }
        }
        Value::Number(_) | Value::Bool(_) => paths.push(path.to_owned()),
        Value::Null | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_by_the_names_that_intervals_give_them() {
        let answer = serde_json::json!({
            "deployments": [
                { "deployment": "web/1", "service": "web", "duration_s": 1.0 },
                { "deployment": "web/2", "service": "web", "duration_s": 2.0 },
            ],
            "scaling": [{ "name": "web", "breaches": [{ "breach": 1.0, "reaction_s": 3.0 }] }],
            "demand": [{ "service": "web", "lost": 4.0 }],
            "waiting_for": [
                { "service": "web", "waits_for": "room", "tasks": 5.0 },
                { "service": "web", "waits_for": "starting", "tasks": 6.0 },
            ],
        });
        for (path, value) in [
            ("deployments[web/2].duration_s", 2.0),
            ("deployments[1].duration_s", 2.0),
            ("scaling[web].breaches[0].reaction_s", 3.0),
            ("demand.web.lost", 4.0),
            ("waiting_for[web/starting].tasks", 6.0),
        ] {
            assert_eq!(figure_at(&answer, path).and_then(Value::as_f64), Some(value), "{path}");
        }
        assert_eq!(figure_at(&answer, "deployments[web].duration_s"), None);
        let paths = figure_paths(&answer);
        assert!(paths.contains(&"deployments[web/2].duration_s".to_owned()), "{paths:?}");
    }
}
