//! Custom attributes of container instances: a table of texts.

use std::collections::BTreeMap;

use crate::io::Code;

use super::super::document::Value;
use super::super::field::Field;
use super::super::report::shown;

/// Longest name and value (documented: ECS API, Attribute).
const LENGTH: usize = 128;

/// Most custom attributes of an instance (documented: ECS API, PutAttributes).
const LIMIT: usize = 10;

/// Attributes by name. Documented: letters, digits, and some signs; names with `ecs.` are AWS's own.
pub(super) fn read(field: &Field<'_>) -> Option<BTreeMap<String, String>> {
    let Value::Table(table) = &field.node.value else {
        field.wrong_type("a table", Some("write it as { stack = \"production\" }"));
        return None;
    };
    if table.iter().count() > LIMIT {
        let predicate = format!("has more than {LIMIT} attributes, which is ECS's limit");
        field.wrong(field.finding(Code::TooManyEntries, &predicate));
        return None;
    }
    let mut attributes = BTreeMap::new();
    for (name, entry) in table.iter() {
        let value = entry.node.value.as_text();
        let fits = |text: &str| text.len() <= LENGTH && text.chars().all(is_plain);
        let known = !name.is_empty() && fits(name) && !name.starts_with("ecs.");
        match value.filter(|value| known && fits(value)) {
            Some(value) => {
                attributes.insert(name.clone(), value.to_owned());
            }
            None => field.wrong(
                field.finding(Code::BadName, &format!("holds \"{}\", which ECS does not admit", shown(name))).help(
                    "names and values are texts of letters, digits and - _ . / \\ : @ and spaces, at most \
                     128; names with `ecs.` are built in",
                ),
            ),
        }
    }
    Some(attributes)
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || " -_./\\:@".contains(c)
}
