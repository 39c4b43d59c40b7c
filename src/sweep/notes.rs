//! What runs say beside their figures: what they warn of, and what they rest on that AWS does not
//! document. The first run of each point is asked; points that say the same share it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::run::Answer;

use super::table::SweepTable;

/// What a run says beside its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notes {
    /// What to know before trusting it.
    pub warnings: Vec<String>,
    /// The parameters that it rests on and AWS does not document, each with its grade.
    pub rests_on: Vec<(String, String)>,
}

impl Notes {
    /// Those of an answer.
    pub(super) fn of(answer: &Answer) -> Self {
        let rests_on = answer.assumptions.iter();
        let rests_on = rests_on.map(|row| (row.parameter.clone(), row.grade.clone()));
        Self { warnings: answer.warnings.clone(), rests_on: rests_on.collect() }
    }
}

/// Notes of many runs, each once.
#[derive(Debug, Default)]
pub(super) struct NoteBook(Mutex<BTreeSet<Arc<Notes>>>);

impl NoteBook {
    /// The one that is like `notes`.
    pub(super) fn shared(&self, notes: Notes) -> Arc<Notes> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&notes) {
            return Arc::clone(known);
        }
        let notes = Arc::new(notes);
        known.insert(Arc::clone(&notes));
        notes
    }
}

/// Something that the runs of some points warn of.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct SweepWarning {
    /// In the words of the first of them; the numbers of the others may be other ones.
    pub warning: String,
    /// The first of them, by number.
    pub first_point: u64,
    /// How many they are.
    pub points: u64,
}

/// A parameter that the runs of some points rest on and that AWS does not document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub struct SweepAssumption {
    /// Its dotted path.
    pub parameter: String,
    /// `measured (n = ..)`, `observed`, `assumed` or `stated`: by the scenario.
    pub grade: String,
    /// How many points they are.
    pub points: u64,
}

/// What the points of a table warn of, in the order of the first that do, each once whatever its numbers.
pub(super) fn warnings(table: &SweepTable) -> Vec<SweepWarning> {
    let mut found: Vec<SweepWarning> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (point, notes) in with_notes(table) {
        let mut said = BTreeSet::new();
        for text in &notes.warnings {
            let sense = without_numbers(text);
            if !said.insert(sense.clone()) {
                continue;
            }
            let at = *known.entry(sense).or_insert(found.len());
            match found.get_mut(at) {
                Some(row) => row.points += 1,
                None => found.push(SweepWarning {
                    warning: text.clone(),
                    first_point: point,
                    points: 1,
                }),
            }
        }
    }
    found
}

/// What the points of a table rest on, by parameter.
pub(super) fn assumptions(table: &SweepTable) -> Vec<SweepAssumption> {
    let mut points: BTreeMap<&(String, String), u64> = BTreeMap::new();
    for (_, notes) in with_notes(table) {
        notes.rests_on.iter().for_each(|row| *points.entry(row).or_default() += 1);
    }
    let rows = points.into_iter().map(|((parameter, grade), points)| SweepAssumption {
        parameter: parameter.clone(),
        grade: grade.clone(),
        points,
    });
    rows.collect()
}

fn with_notes(table: &SweepTable) -> impl Iterator<Item = (u64, &Notes)> {
    table.points.iter().filter_map(|row| Some((row.point, row.runs.first()?.notes.as_deref()?)))
}

/// A text with its numbers taken out; those in names (`m7i.2xlarge`) stay.
fn without_numbers(text: &str) -> String {
    let word = |word: &str| {
        let letters = word.chars().any(char::is_alphabetic);
        let digits = word.chars().any(|c| c.is_ascii_digit());
        if digits && !letters { "#".to_owned() } else { word.to_owned() }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::table;
    use super::*;

    fn noted(warnings: &[&[&str]]) -> SweepTable {
        let figures: &[&[f64]] = &[&[1.0, 2.0]];
        let mut found = table(&vec![figures; warnings.len()]);
        for (row, warnings) in found.points.iter_mut().zip(warnings) {
            let mut runs = row.runs.to_vec();
            let warnings = warnings.iter().map(|text| (*text).to_owned()).collect();
            let rests_on = vec![("timing.boot".to_owned(), "measured (n = 3)".to_owned())];
            runs[0].notes = Some(Arc::new(Notes { warnings, rests_on }));
            row.runs = runs.into();
        }
        found
    }

    #[test]
    fn warnings_that_differ_in_numbers_are_one_with_how_many_points_say_it() {
        let found = noted(&[
            &["the price of m7i.large is an estimate"],
            &["3 of 10 tasks never start (30.0 %)", "the price of m7i.2xlarge is an estimate"],
            &["12 of 20 tasks never start (60.0 %)"],
        ]);
        let rows: Vec<_> = warnings(&found)
            .into_iter()
            .map(|row| (row.warning, row.first_point, row.points))
            .collect();
        let expected = [
            ("the price of m7i.large is an estimate", 0, 1),
            ("3 of 10 tasks never start (30.0 %)", 1, 2),
            ("the price of m7i.2xlarge is an estimate", 1, 1),
        ];
        assert_eq!(rows, expected.map(|(text, first, points)| (text.to_owned(), first, points)));
        let rest = assumptions(&found);
        assert_eq!((rest.len(), rest[0].points), (1, 3));
    }

    #[test]
    fn notes_that_are_alike_are_kept_once() {
        let book = NoteBook::default();
        let notes = || Notes { warnings: vec!["x".to_owned()], rests_on: Vec::new() };
        let [first, second] = [book.shared(notes()), book.shared(notes())];
        assert!(Arc::ptr_eq(&first, &second));
    }
}
