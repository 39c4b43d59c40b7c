//! The results of one shard as a file, and the whole sweep from all of them. Opens no file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::io::{Code, Diagnostic};
use crate::run::CatalogSummary;

use super::notes::{NoteBook, Notes};
use super::seal::{Line, at_line, lines, sealed};
use super::shard::Shard;
use super::table::{PointRow, SweepTable};

/// The layout of parts that this program writes and reads.
const LAYOUT: u32 = 2;

/// Shards and points that a message names before it counts the rest.
const NAMED: usize = 8;

/// The first line of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct PartHead {
    taskyard_part: u32,
    shard: u32,
    of: u32,
    /// Key of the whole sweep.
    plan: String,
    model_version: String,
    /// Points in the whole sweep.
    points: u64,
    /// What it is asked of.
    catalog: CatalogSummary,
    /// The sweep, written out.
    resolved: String,
    /// What its points are ranked by.
    objectives: Vec<String>,
    /// The table without its points.
    table: SweepTable,
}

/// A further line of a part: a point.
#[derive(Serialize, Deserialize)]
struct PartRow {
    #[serde(flatten)]
    row: PointRow,
    /// Of its first run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<Notes>,
}

impl PartRow {
    fn into_row(self, book: &NoteBook) -> PointRow {
        let Some(notes) = self.notes else { return self.row };
        let mut runs = self.row.runs.to_vec();
        if let Some(first) = runs.first_mut() {
            first.notes = Some(book.shared(notes));
        }
        PointRow { runs: runs.into(), ..self.row }
    }
}

/// A sweep from its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Every point.
    pub table: SweepTable,
    /// The sweep that it is of.
    pub head: SweepHead,
}

/// What a sweep is, beside its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepHead {
    /// Key of the whole sweep.
    pub plan: String,
    /// Points in the whole sweep.
    pub points: u64,
    /// What it is asked of.
    pub catalog: CatalogSummary,
    /// The sweep, written out.
    pub resolved: String,
    /// What its points are ranked by.
    pub objectives: Vec<String>,
}

/// A file that may be a part.
#[derive(Clone, Debug)]
pub struct PartFile {
    /// Its name as it is told of.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The part of a sweep that is the table of `shard`.
///
/// # Errors
/// None that a table can cause.
pub fn part(shard: Shard, sweep: &SweepHead, table: &SweepTable) -> serde_json::Result<String> {
    let head = PartHead {
        taskyard_part: LAYOUT,
        shard: shard.index(),
        of: shard.of(),
        plan: sweep.plan.clone(),
        model_version: table.model_version.clone(),
        points: sweep.points,
        catalog: sweep.catalog.clone(),
        resolved: sweep.resolved.clone(),
        objectives: sweep.objectives.clone(),
        table: table.without_points(),
    };
    let with_notes = |row: &PointRow| {
        let notes = row.runs.first().and_then(|run| run.notes.as_deref()).cloned();
        sealed(&PartRow { row: row.clone(), notes })
    };
    let rows = table.points.iter().map(with_notes);
    std::iter::once(sealed(&head)).chain(rows).collect()
}

/// The key of the sweep of which `bytes` are a part, if they are one.
#[must_use]
pub fn plan_of_part(bytes: &[u8]) -> Option<String> {
    let lines = lines("", bytes).ok()?;
    let head: PartHead = serde_json::from_str(lines.whole.first()?.text).ok()?;
    Some(head.plan)
}

/// A part that was read.
struct Part<'f> {
    name: &'f str,
    head: PartHead,
    first: Line<'f>,
    shard: Shard,
    rows: Vec<PointRow>,
}

/// The whole sweep from all its parts.
///
/// # Errors
/// Everything that is wrong with them: files that are no parts or were changed, parts of different
/// sweeps, divisions or versions, parts and points that are missing or there twice.
pub fn merge_parts(files: &[PartFile]) -> Result<Merged, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    let mut parts = Vec::new();
    for file in files {
        match read(file) {
            Ok(part) => parts.push(part),
            Err(error) => wrong.push(*error),
        }
    }
    let Some((first, others)) = parts.split_first() else {
        if wrong.is_empty() {
            wrong.push(nothing());
        }
        return Err(wrong);
    };
    wrong.extend(others.iter().filter_map(|other| differs(first, other)));
    if wrong.is_empty() {
        wrong.extend(doubled(&parts));
        wrong.extend(missing(&parts));
    }
    if wrong.is_empty() {
        wrong.extend(parts.iter().filter_map(wrong_points));
    }
    if wrong.is_empty() { Ok(together(parts)) } else { Err(wrong) }
}

fn nothing() -> Diagnostic {
    Diagnostic::new(Code::MissingPart, "there is no part of a sweep to merge")
        .help("name the files part-I-of-N.jsonl that `taskyard sweep --shard I/N --out DIR` writes, or DIR")
}

fn read(file: &PartFile) -> Result<Part<'_>, Box<Diagnostic>> {
    let again = "run this shard again";
    let lines = lines(&file.name, &file.bytes).map_err(|mut broken| {
        if broken.place.as_ref().is_some_and(|place| place.line == 1) {
            broken.message = format!("\"{}\" is no part of a sweep", file.name);
        }
        Box::new(broken.help(again))
    })?;
    let Some((first, rows)) = lines.whole.split_first() else {
        let message = format!("\"{}\" is no part of a sweep", file.name);
        return Err(Box::new(Diagnostic::new(Code::BrokenRecord, message).help(again)));
    };
    let no_part = |line: &Line<'_>, label: String| {
        let message = format!("\"{}\" is no part of a sweep", file.name);
        let place = at_line(&file.name, line.number, line.text.to_owned(), &label);
        Box::new(Diagnostic::new(Code::BrokenRecord, message).at(place).help(again))
    };
    let head: PartHead =
        serde_json::from_str(first.text).map_err(|error| no_part(first, error.to_string()))?;
    if head.taskyard_part != LAYOUT {
        let found = head.taskyard_part;
        return Err(no_part(first, format!("layout {found}, this program reads {LAYOUT}")));
    }
    let shard = Shard::new(head.shard, head.of)
        .ok_or_else(|| no_part(first, format!("shard {}/{}", head.shard, head.of)))?;
    let book = NoteBook::default();
    let read_row = |line: &Line<'_>| {
        let row = serde_json::from_str(line.text).map(|row: PartRow| row.into_row(&book));
        row.map_err(|error| no_part(line, error.to_string()))
    };
    let rows = rows.iter().map(read_row).collect::<Result<Vec<PointRow>, _>>()?;
    if lines.torn {
        let message = format!("\"{}\" ends in the middle of a line", file.name);
        return Err(Box::new(Diagnostic::new(Code::BrokenRecord, message).help(again)));
    }
    Ok(Part { name: &file.name, head, first: *first, shard, rows })
}

/// Why two parts do not go together.
fn differs(first: &Part<'_>, other: &Part<'_>) -> Option<Diagnostic> {
    let (a, b) = (&first.head, &other.head);
    let (what, left, right) = if a.model_version != b.model_version {
        ("different model versions", a.model_version.clone(), b.model_version.clone())
    } else if a.plan != b.plan {
        ("different sweeps", a.plan.clone(), b.plan.clone())
    } else if a.of != b.of {
        ("different divisions", format!("{} shards", a.of), format!("{} shards", b.of))
    } else if (PartHead { shard: b.shard, ..a.clone() }) != *b {
        ("different programs", "one table".to_owned(), "another".to_owned())
    } else {
        return None;
    };
    let message = format!("the parts are of {what}: {left} and {right}");
    let mut told = Diagnostic::new(Code::MixedParts, message)
        .at(at_line(other.name, other.first.number, other.first.text.to_owned(), &right))
        .help("merge the parts of one sweep, run by one version of the program with one N");
    told.related.push(at_line(first.name, 1, first.first.text.to_owned(), &left));
    Some(told)
}

fn doubled(parts: &[Part<'_>]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<Shard, &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for part in parts {
        if let Some(known) = seen.insert(part.shard, part.name) {
            let (shard, name) = (part.shard, part.name);
            let message = format!("shard {shard} is there twice: \"{known}\" and \"{name}\"");
            wrong.push(Diagnostic::new(Code::DoubledPart, message).help("name one of the two"));
        }
    }
    wrong
}

fn missing(parts: &[Part<'_>]) -> Option<Diagnostic> {
    let of = parts.first()?.shard.of();
    let there: BTreeSet<u32> = parts.iter().map(|part| part.shard.index()).collect();
    let shards = (0..of).filter(|index| !there.contains(index));
    let shards: Vec<String> = shards.map(|index| format!("{index}/{of}")).collect();
    let first = shards.first()?;
    let are = if shards.len() == 1 { "is" } else { "are" };
    let message = format!("{} of {of} shards {are} missing: {}", shards.len(), some(&shards));
    let help = format!("run what is missing: `taskyard sweep FILE --shard {first} --out DIR`");
    Some(Diagnostic::new(Code::MissingPart, message).help(help))
}

/// Points of a part that are missing, there twice, or another's.
fn wrong_points(part: &Part<'_>) -> Option<Diagnostic> {
    let mut left: BTreeSet<u64> =
        (0..part.head.points).filter(|point| part.shard.holds(*point)).collect();
    let mut strange = Vec::new();
    for row in &part.rows {
        if !left.remove(&row.point) {
            strange.push(row.point.to_string());
        }
    }
    let (code, what, points) = if !strange.is_empty() {
        (Code::DoubledPart, "twice, or of another shard", strange)
    } else if !left.is_empty() {
        let left = left.iter().map(u64::to_string).collect();
        (Code::MissingPart, "missing", left)
    } else {
        return None;
    };
    let message = format!("in \"{}\" points are {what}: {}", part.name, some(&points));
    Some(Diagnostic::new(code, message).help("run this shard again"))
}

/// The first of some names, and how many there are beside them.
fn some(names: &[String]) -> String {
    let listed = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}

fn together(parts: Vec<Part<'_>>) -> Merged {
    let head = parts[0].head.clone();
    let mut points: Vec<PointRow> = parts.into_iter().flat_map(|part| part.rows).collect();
    points.sort_by_key(|row| row.point);
    let own = SweepHead {
        plan: head.plan,
        points: head.points,
        catalog: head.catalog,
        resolved: head.resolved,
        objectives: head.objectives,
    };
    Merged { table: SweepTable { points, ..head.table }, head: own }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::compact::Digest;
    use super::super::statistics::Stopped;
    use super::super::table::{AxisHead, AxisValue, RunRow};
    use super::*;

    fn notes() -> Notes {
        let rests_on = vec![("timing.boot".to_owned(), "assumed".to_owned())];
        Notes { warnings: vec!["no price".to_owned()], rests_on }
    }

    fn whole(points: u64) -> SweepTable {
        let axis = AxisHead { name: "count".to_owned(), path: None, world: false };
        let row = |point: u64| PointRow {
            point,
            values: vec![AxisValue { label: point.to_string(), number: Some(point as f64) }],
            runs: Arc::new([RunRow {
                replication: 0,
                seed: 9,
                figures: [Some(1.0 / (point as f64 + 3.0)), None].into_iter().collect(),
                digest: Digest::read("d").unwrap(),
                notes: Some(Arc::new(notes())),
            }]),
            error: (point == 2).then(|| "cannot run".to_owned()),
            stopped_by: (point == 1).then_some(Stopped::MaxReplications),
        };
        SweepTable {
            schema_version: 1,
            model_version: "3".to_owned(),
            name: "small".to_owned(),
            axes: vec![axis],
            metrics: vec!["a".to_owned(), "b".to_owned()],
            points: (0..points).map(row).collect(),
        }
    }

    fn head(plan: &str, points: u64) -> SweepHead {
        SweepHead {
            plan: plan.to_owned(),
            points,
            catalog: CatalogSummary { as_of: "2026-01-01".to_owned(), ..CatalogSummary::default() },
            resolved: "x = 1\n".to_owned(),
            objectives: vec!["a".to_owned()],
        }
    }

    fn file_of(index: u32, of: u32, table: &SweepTable, plan: &str) -> PartFile {
        let shard = Shard::new(index, of).unwrap();
        let mut own = table.clone();
        own.points.retain(|row| shard.holds(row.point));
        let text = part(shard, &head(plan, table.points.len() as u64), &own).unwrap();
        PartFile { name: shard.part_name(), bytes: text.into_bytes() }
    }

    fn files(of: u32, points: u64) -> Vec<PartFile> {
        let table = whole(points);
        (0..of).map(|index| file_of(index, of, &table, "ours")).collect()
    }

    fn refused(files: &[PartFile], code: Code, words: &[&str]) {
        let wrong = merge_parts(files).unwrap_err();
        assert_eq!(wrong[0].code, code, "{wrong:?}");
        for word in words {
            assert!(wrong[0].message.contains(word), "{}", wrong[0].message);
        }
    }

    #[test]
    fn any_division_in_any_order_gives_the_whole() {
        for (of, points) in [(1, 5), (2, 5), (7, 20), (7, 3)] {
            let mut files = files(of, points);
            files.reverse();
            let merged = merge_parts(&files).unwrap();
            assert_eq!(merged.table, whole(points));
            assert_eq!(merged.head, head("ours", points));
        }
    }

    #[test]
    fn what_is_missing_or_there_twice_is_named() {
        let all = files(7, 20);
        let mut some = all.clone();
        some.remove(3);
        some.remove(0);
        refused(&some, Code::MissingPart, &["2 of 7 shards are missing: 0/7, 3/7"]);
        let mut twice = all.clone();
        twice.push(PartFile { name: "copy".to_owned(), ..all[2].clone() });
        refused(&twice, Code::DoubledPart, &["shard 2/7", "part-2-of-7.jsonl", "copy"]);
        refused(&[], Code::MissingPart, &["no part"]);
    }

    #[test]
    fn parts_of_other_sweeps_versions_and_divisions_are_refused_with_both() {
        let all = files(2, 5);
        let mut table = whole(5);
        let mixed = [all[0].clone(), file_of(1, 2, &table, "theirs")];
        refused(&mixed, Code::MixedParts, &["different sweeps", "ours", "theirs"]);
        let mixed = [all[0].clone(), file_of(1, 3, &table, "ours")];
        refused(&mixed, Code::MixedParts, &["2 shards and 3 shards"]);
        table.model_version = "4".to_owned();
        let mixed = [all[0].clone(), file_of(1, 2, &table, "ours")];
        refused(&mixed, Code::MixedParts, &["model versions: 3 and 4"]);
    }

    #[test]
    fn points_that_are_missing_or_of_another_shard_are_named() {
        let all = files(2, 6);
        let without = |name: &str, line: usize| {
            let text = String::from_utf8(all[1].bytes.clone()).unwrap();
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            let taken = lines.remove(line);
            (
                PartFile { name: name.to_owned(), bytes: lines.concat().into_bytes() },
                taken.to_owned(),
            )
        };
        let (short, taken) = without("short", 2);
        refused(&[all[0].clone(), short], Code::MissingPart, &["\"short\"", "missing: 3"]);
        let mut long = all[0].clone();
        long.bytes.extend_from_slice(taken.as_bytes());
        refused(&[long, all[1].clone()], Code::DoubledPart, &["part-0-of-2.jsonl", ": 3"]);
    }

    #[test]
    fn a_part_cut_or_changed_anywhere_is_never_merged() {
        let all = files(2, 4);
        for at in 0..all[1].bytes.len() {
            let mut cut = all.clone();
            cut[1].bytes.truncate(at);
            assert!(merge_parts(&cut).is_err(), "cut at {at}");
            let mut changed = all.clone();
            changed[1].bytes[at] ^= 1;
            assert!(merge_parts(&changed).is_err(), "changed at {at}");
        }
    }
}
