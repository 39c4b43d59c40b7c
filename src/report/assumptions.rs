//! What an answer rests on that AWS does not document: in short for `run`, in full for `explain`.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::Assumption;

use super::page::Page;
use super::words::counted;

/// What a capacity provider's parameters start with, after its name.
const PROVIDER: &str = "managed_instances_provider.";

/// The parameters by grade, a paragraph for each grade.
pub(super) fn in_short(page: &mut Page, assumptions: &[Assumption]) {
    if assumptions.is_empty() {
        return;
    }
    page.section("Rests on what AWS does not document (`taskyard explain` has values and sources)");
    let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
    for row in assumptions {
        let (kind, n) = row.grade.split_once(" (").unwrap_or((&row.grade, ""));
        let name = short_name(&row.parameter);
        let words = match (kind, n.trim_end_matches(')')) {
            ("stated", _) => format!("{name} = {}", row.value),
            (_, "") => name.to_owned(),
            (_, n) => format!("{name} ({n})"),
        };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, all)) if all.contains(&words) => {}
            Some((_, all)) => all.push(words),
            None => kinds.push((kind, vec![words])),
        }
    }
    for (kind, all) in kinds {
        page.item(&format!("{kind}: {}", all.join(", ")));
    }
}

/// How many parameters there are of each grade, and where they are told of; none where there are none.
/// What a scenario states is its own.
pub(super) fn in_a_line<'r>(rows: impl Iterator<Item = (&'r str, &'r str)>) -> Option<String> {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (parameter, grade) in rows {
        let kind = grade.split_once(" (").map_or(grade, |(kind, _)| kind);
        if kind != "stated" {
            kinds.entry(kind).or_default().insert(short_name(parameter));
        }
    }
    let all: usize = kinds.values().map(BTreeSet::len).sum();
    let words: Vec<String> =
        kinds.iter().map(|(kind, names)| format!("{} {kind}", names.len())).collect();
    let values = counted(all as f64, "value", "values");
    (all > 0).then(|| {
        format!(
            "Rests on {values} that AWS does not document ({}): `taskyard explain` of the scenario has \
             them with their sources.",
            words.join(", ")
        )
    })
}

/// The parameter without the capacity provider that it is of.
fn short_name(parameter: &str) -> &str {
    parameter.split_once(PROVIDER).map_or(parameter, |(_, name)| name)
}

/// Every parameter with value, grade and source.
pub(super) fn in_full(page: &mut Page, assumptions: &[Assumption]) {
    if assumptions.is_empty() {
        return;
    }
    page.section("Assumptions: what AWS does not document");
    for row in assumptions {
        page.item(&format!("{} = {}: {}; {}", row.parameter, row.value, row.grade, row.source));
    }
}
