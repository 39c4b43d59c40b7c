//! What an answer rests on that AWS does not document: in short for `run`, in full for `explain`.

use crate::run::Assumption;

use super::page::Page;

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
