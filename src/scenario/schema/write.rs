//! What was learnt of a reader, as JSON Schema 2020-12.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::parameters::{PARAMETERS, Parameter};
use super::asked::Expected;
use super::probe::{Probe, Slot};

/// What a duration looks like.
const DURATION: &str = "^\\s*([0-9._]+\\s*(us|ms|s|m|h|d)\\s*)+$";

/// A whole number of which this is the end has none.
const NO_END: i64 = u32::MAX as i64;

/// The whole document.
pub(super) fn schema(probe: &Probe, title: &str) -> Value {
    let mut defs = Map::new();
    let duration = json!({
        "description": "A number and a unit: \"90s\", \"1h30m\"; the units are us, ms, s, m, h, d",
        "type": "string",
        "pattern": DURATION,
    });
    defs.insert("duration".to_owned(), duration);
    for (name, slot) in &probe.shapes {
        defs.insert((*name).to_owned(), value(probe, *slot, ""));
    }
    let mut root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
    });
    if let (Value::Object(root), Value::Object(table)) = (&mut root, table(probe, 0, "")) {
        root.extend(table);
        root.insert("$defs".to_owned(), Value::Object(defs));
    }
    root
}

/// What a place may hold, and what it holds where nothing is said.
fn place(probe: &Probe, slot: usize, path: &str) -> Value {
    let shape = probe.slots[slot].shape;
    let mut schema = match shape {
        Some(name) => json!({ "$ref": format!("#/$defs/{name}") }),
        None => value(probe, slot, path),
    };
    if let (Value::Object(schema), Some(parameter)) = (&mut schema, parameter(path)) {
        schema.insert("description".to_owned(), json!(default_of(parameter)));
    }
    schema
}

fn default_of(of: &Parameter) -> String {
    let default = if of.default.is_empty() { "Left out" } else { of.default };
    format!("Default: {default} ({}: {}, {})", of.grade, of.source, of.as_of)
}

/// The parameter at a path; the registry leaves out what leads to a capacity provider's own table.
fn parameter(path: &str) -> Option<&'static Parameter> {
    let of_provider = path.strip_prefix("capacity_provider.");
    PARAMETERS.iter().find(|known| known.path == path || Some(known.path) == of_provider)
}

/// The paths at which a parameter may be found, below the tables of a scenario.
#[cfg(test)]
pub(super) fn tables_of(
    parameter: &str,
    tables: &BTreeSet<String>,
) -> impl Iterator<Item = String> {
    let below = tables.iter().map(|table| format!("{table}.{parameter}")).collect::<Vec<_>>();
    std::iter::once(parameter.to_owned()).chain(below)
}

fn value(probe: &Probe, slot: usize, path: &str) -> Value {
    let place = &probe.slots[slot];
    let mut either = texts(place);
    either.extend(numbers(place));
    for expected in &place.expected {
        match expected {
            Expected::Boolean => either.push(json!({ "type": "boolean" })),
            Expected::List(most) => either.push(list(probe, place, *most, path)),
            Expected::Table if !place.keys.is_empty() => either.push(table(probe, slot, path)),
            Expected::Table | Expected::AnyKeys => either.push(json!({ "type": "object" })),
            Expected::Text
            | Expected::Words(_)
            | Expected::Duration
            | Expected::Integer(..)
            | Expected::Number(..) => {}
        }
    }
    let mut unlike: Vec<Value> = Vec::new();
    for one in either {
        let open = one == json!({ "type": "object" });
        let closed = |known: &Value| known["type"] == "object" || known["type"] == one["type"];
        let doubled = if open || one["type"] == "array" {
            unlike.iter().any(closed)
        } else {
            unlike.contains(&one)
        };
        if !doubled {
            unlike.push(one);
        }
    }
    match unlike.len() {
        0 => json!({}),
        1 => unlike.remove(0),
        _ => json!({ "anyOf": unlike }),
    }
}

/// Any string, or words and durations.
fn texts(place: &Slot) -> Vec<Value> {
    if place.expected.contains(&Expected::Text) {
        return vec![json!({ "type": "string" })];
    }
    let mut words: Vec<&String> = Vec::new();
    for expected in &place.expected {
        if let Expected::Words(more) = expected {
            for word in more {
                if !words.contains(&word) {
                    words.push(word);
                }
            }
        }
    }
    let mut either = Vec::new();
    if !words.is_empty() {
        either.push(json!({ "enum": words }));
    }
    if place.expected.contains(&Expected::Duration) {
        either.push(json!({ "$ref": "#/$defs/duration" }));
    }
    either
}

/// One range that holds all that were asked for.
fn numbers(place: &Slot) -> Option<Value> {
    let mut whole: Option<(i64, i64)> = None;
    let mut any: Option<(f64, f64)> = None;
    for expected in &place.expected {
        match expected {
            Expected::Integer(min, max) => {
                let (least, most) = whole.unwrap_or((*min, *max));
                whole = Some((least.min(*min), most.max(*max)));
            }
            Expected::Number(min, max) => {
                let (least, most) = any.unwrap_or((*min, *max));
                any = Some((least.min(*min), most.max(*max)));
            }
            Expected::Text
            | Expected::Words(_)
            | Expected::Duration
            | Expected::Boolean
            | Expected::List(_)
            | Expected::Table
            | Expected::AnyKeys => {}
        }
    }
    let mut schema = Map::new();
    if let Some((min, max)) = any {
        schema.insert("type".to_owned(), json!("number"));
        if min > f64::MIN {
            schema.insert("minimum".to_owned(), json!(min));
        }
        if max < f64::MAX {
            schema.insert("maximum".to_owned(), json!(max));
        }
    } else {
        let (min, max) = whole?;
        schema.insert("type".to_owned(), json!("integer"));
        if min > -NO_END {
            schema.insert("minimum".to_owned(), json!(min));
        }
        if max < NO_END {
            schema.insert("maximum".to_owned(), json!(max));
        }
    }
    Some(Value::Object(schema))
}

fn list(probe: &Probe, of: &Slot, most: usize, path: &str) -> Value {
    let mut schema = json!({ "type": "array" });
    if let (Value::Object(schema), Some(item)) = (&mut schema, of.item) {
        schema.insert("items".to_owned(), place(probe, item, path));
        if most < usize::MAX {
            schema.insert("maxItems".to_owned(), json!(most));
        }
    }
    schema
}

fn table(probe: &Probe, slot: usize, path: &str) -> Value {
    let of = &probe.slots[slot];
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let keys = of.keys.iter();
    let properties: Map<String, Value> =
        keys.map(|(key, slot)| ((*key).to_owned(), place(probe, *slot, &below(key)))).collect();
    let required: BTreeSet<&str> = of.required.iter().flatten().copied().collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Value::Object(schema), false) = (&mut schema, required.is_empty()) {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}
