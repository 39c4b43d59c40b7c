//! The JSON Schema of scenarios and sweeps, for editors. It is made by asking the readers ([`probe`]) and
//! carries the defaults of [`PARAMETERS`](super::parameters::PARAMETERS).

mod asked;
mod probe;
mod write;

pub(super) use asked::{Asked, Expected, Question};

use serde_json::Value;

/// The schema of a scenario.
#[must_use]
pub fn scenario_schema() -> Value {
    let title = "A scenario of taskyard";
    write::schema(&probe::Probe::new(super::read::ask), title)
}

/// The schema of a sweep.
#[must_use]
pub fn sweep_schema() -> Value {
    let title = "A sweep of taskyard";
    write::schema(&probe::Probe::new(super::sweep_file::ask), title)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::parameters::PARAMETERS;
    use super::*;

    /// The schema of what `path` leads to; lists and shapes are looked through.
    fn at<'s>(root: &'s Value, path: &str) -> Option<&'s Value> {
        path.split('.').try_fold(root, |schema, key| property(root, schema, key))
    }

    fn property<'s>(root: &'s Value, schema: &'s Value, key: &str) -> Option<&'s Value> {
        if let Some(name) = schema["$ref"].as_str() {
            return property(root, root.pointer(name.strip_prefix('#')?)?, key);
        }
        let either = schema["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
        schema["properties"]
            .get(key)
            .or_else(|| schema.get("items").and_then(|items| property(root, items, key)))
            .or_else(|| either.iter().find_map(|one| property(root, one, key)))
    }

    #[test]
    fn every_parameter_with_a_default_has_a_place_and_its_default_is_said_there() {
        let schema = scenario_schema();
        let tables: BTreeSet<String> =
            schema["properties"].as_object().unwrap().keys().cloned().collect();
        for parameter in PARAMETERS {
            let found = write::tables_of(parameter.path, &tables)
                .find_map(|path| at(&schema, &path))
                .unwrap_or_else(|| panic!("no place for {}", parameter.path));
            let said = found["description"].as_str().unwrap_or_default();
            assert!(said.contains(parameter.default), "{}: {said}", parameter.path);
        }
    }

    /// The names of all keys, and all words.
    fn names(schema: &Value, known: &mut BTreeSet<String>) {
        let words = schema["enum"].as_array().into_iter().flatten();
        known.extend(words.filter_map(Value::as_str).map(str::to_owned));
        if let Some(keys) = schema["properties"].as_object() {
            known.extend(keys.keys().cloned());
        }
        let within = [schema.as_object().map(|of| of.values().collect::<Vec<_>>())];
        let items = schema.as_array().map(|of| of.iter().collect());
        within.into_iter().chain([items]).flatten().flatten().for_each(|of| names(of, known));
    }

    #[test]
    fn every_key_and_kind_that_the_documents_list_is_in_the_schema() {
        let scenario = include_str!("../../../docs/scenario.md");
        let sweep = include_str!("../../../docs/sweep.md");
        for (schema, document) in [(scenario_schema(), scenario), (sweep_schema(), sweep)] {
            let mut known = BTreeSet::new();
            names(&schema, &mut known);
            for row in document.lines().filter(|line| line.starts_with("| `")) {
                let cell = row.split('|').nth(1).unwrap();
                let named = cell.split('`').skip(1).step_by(2);
                for name in named.filter(|name| !name.contains('.')) {
                    assert!(known.contains(name), "{name}");
                }
            }
        }
    }

    #[test]
    fn what_the_readers_ask_is_what_the_schema_says() {
        let schema = scenario_schema();
        let of = |path: &str| at(&schema, path).unwrap_or(&Value::Null).clone();
        assert_eq!(schema["required"], serde_json::json!(["name", "region"]));
        assert_eq!(of("service.desired_count")["type"], "integer");
        assert_eq!(of("service.desired_count")["minimum"], 0);
        assert_eq!(of("task_definition.runtime_platform.cpu_architecture")["enum"][1], "ARM64");
        assert_eq!(of("horizon")["$ref"], "#/$defs/duration");
        assert_eq!(of("timing.boot")["$ref"], "#/$defs/distribution");
        // Keys that only one word of another key brings.
        assert_eq!(of("fault.mb_per_second")["type"], "number");
        let step = at(&schema, "scaling_policy.step_adjustments").unwrap();
        assert_eq!(step["items"]["required"], serde_json::json!(["scaling_adjustment"]));
        let sweep = sweep_schema();
        let path = "axis.variant.name";
        assert_eq!(at(&sweep, path).unwrap()["type"], "string");
        assert_eq!(at(&sweep, "plan").unwrap()["enum"].as_array().unwrap().len(), 4);
    }
}
