//! What a sweep has finished, a line for each run as soon as it is done: a sweep that was stopped goes on
//! from here. Opens no file: it is handed what it reads, and where it writes.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::io::{Code, Diagnostic};

use super::notes::{NoteBook, Notes};
use super::runner::RunResult;
use super::seal::{Line, at_line, lines, sealed};
use super::table::RunRow;

/// The layout of journals that this program writes and reads.
const LAYOUT: u32 = 2;

/// A hash of everything that makes a result what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u128);

impl Key {
    /// The key of `parts` in their order: no two lists of different parts have the same but by chance.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Xxh3::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.digest128())
    }

    /// The key of a run: `scenario` is that of the resolved scenario, `catalogue` that of the tables and
    /// the user's own ones.
    #[must_use]
    pub fn of_run(scenario: Self, catalogue: Self, seed: u64, model_version: &str) -> Self {
        Self::of(&[
            &scenario.0.to_le_bytes(),
            &catalogue.0.to_le_bytes(),
            &seed.to_le_bytes(),
            model_version.as_bytes(),
        ])
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The first line: of what the journal is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHead {
    taskyard_journal: u32,
    /// Name of the sweep.
    sweep: String,
    /// Key of the whole sweep.
    plan: String,
    /// [`crate::run::MODEL_VERSION`] of the program.
    model_version: String,
    /// Points in the whole sweep.
    points: u64,
    /// The part of it; null where it is the whole.
    shard: Option<String>,
    /// What the key of the sweep stands for, part by part.
    #[serde(default)]
    made_of: Vec<(String, String)>,
}

impl JournalHead {
    /// The head of a journal of the sweep `sweep` whose key in digits is `plan`; `made_of` is what that
    /// stands for ([`super::Sweep::made_of`]).
    #[must_use]
    pub fn new(
        plan: &str,
        sweep: &str,
        model_version: &str,
        points: u64,
        shard: Option<String>,
        made_of: Vec<(String, String)>,
    ) -> Self {
        Self {
            taskyard_journal: LAYOUT,
            sweep: sweep.to_owned(),
            plan: plan.to_owned(),
            model_version: model_version.to_owned(),
            points,
            shard,
            made_of,
        }
    }
}

/// A line: one finished run, or why it came to nothing.
#[derive(Serialize, Deserialize)]
struct Record {
    key: String,
    point: u64,
    replication: u32,
    run: Option<RunRow>,
    error: Option<String>,
    /// Of the first run of a point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<Notes>,
}

impl Record {
    fn new(key: Key, point: u64, replication: u32, result: &RunResult) -> Self {
        let (run, error) = match result {
            Ok(run) => (Some(run.clone()), None),
            Err(error) => (None, Some(error.clone())),
        };
        let notes = run.as_ref().and_then(|run| run.notes.as_deref()).cloned();
        Self { key: key.to_string(), point, replication, run, error, notes }
    }

    fn into_result(self, book: &NoteBook) -> Option<RunResult> {
        let notes = self.notes.map(|notes| book.shared(notes));
        match (self.run, self.error) {
            (Some(run), None) => {
                (run.replication == self.replication).then_some(Ok(RunRow { notes, ..run }))
            }
            (None, Some(error)) => Some(Err(error)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

/// A journal that is written to.
#[derive(Debug)]
pub struct Journal<W> {
    out: W,
}

impl<W: Write> Journal<W> {
    /// A new journal: its first line is written.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(mut out: W, head: &JournalHead) -> io::Result<Self> {
        out.write_all(sealed(head)?.as_bytes())?;
        Ok(Self { out })
    }

    /// A journal that goes on where `out` ends.
    #[must_use]
    pub const fn go_on(out: W) -> Self {
        Self { out }
    }

    /// Keeps a finished run, in one write.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(
        &mut self,
        key: Key,
        point: u64,
        replication: u32,
        result: &RunResult,
    ) -> io::Result<()> {
        let line = sealed(&Record::new(key, point, replication, result))?;
        self.out.write_all(line.as_bytes())
    }

    /// Where it is written to.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.out
    }
}

/// What a journal holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// What each run gave, by point and replication.
    pub runs: BTreeMap<(u64, u32), RunResult>,
    /// Bytes that are whole; 0 where not even the head is.
    pub length: u64,
    /// Whether the last line was torn: it is of no use.
    pub torn: bool,
}

/// What the journal `name` with the content `bytes` holds of the sweep that `head` tells of; `key` is the
/// key of a run by point and replication, if the sweep has such a run.
///
/// # Errors
/// If the journal is of another sweep or another version, or something in it was changed.
pub fn read_journal(
    name: &str,
    bytes: &[u8],
    head: &JournalHead,
    key: &dyn Fn(u64, u32) -> Option<Key>,
) -> Result<Kept, Box<Diagnostic>> {
    let lines = lines(name, bytes).map_err(|broken| match &broken.place {
        Some(place) if place.line > 1 => Box::new(with_remedy(*broken)),
        _ => no_journal(name, bytes),
    })?;
    let book = NoteBook::default();
    let mut kept = Kept { runs: BTreeMap::new(), length: lines.length, torn: lines.torn };
    let Some((first, records)) = lines.whole.split_first() else {
        return if begins(bytes, head) { Ok(kept) } else { Err(no_journal(name, bytes)) };
    };
    of_this_sweep(name, first, head)?;
    for line in records {
        let record: Record = serde_json::from_str(line.text)
            .map_err(|error| odd(name, line, &format!("no record of a run: {error}")))?;
        let run = (record.point, record.replication);
        let expected = key(run.0, run.1)
            .ok_or_else(|| odd(name, line, "of a run that the sweep does not have"))?;
        if record.key != expected.to_string() {
            return Err(other_run(name, line, &record.key, expected));
        }
        let result = record
            .into_result(&book)
            .ok_or_else(|| odd(name, line, "neither a run nor why there is none"))?;
        if kept.runs.get(&run).is_some_and(|known| *known != result) {
            return Err(odd(name, line, "another result of a run that is there already"));
        }
        kept.runs.insert(run, result);
    }
    Ok(kept)
}

/// Whether `bytes` are what a writer leaves that is stopped in its first line, or zeros.
fn begins(bytes: &[u8], head: &JournalHead) -> bool {
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let written = &bytes[..bytes.len() - zeros];
    sealed(head).is_ok_and(|line| line.as_bytes().starts_with(written))
}

/// A file that is somebody else's, or not even the first line of a journal of another sweep.
fn no_journal(name: &str, bytes: &[u8]) -> Box<Diagnostic> {
    let message = format!("\"{name}\" is no journal of this sweep: it does not begin like one");
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line).into_owned();
    let told = Diagnostic::new(Code::BrokenRecord, message).at(at_line(name, 1, text, "no head"));
    Box::new(told.help("write into another directory, or remove this file if it is of no use"))
}

fn of_this_sweep(name: &str, first: &Line<'_>, head: &JournalHead) -> Result<(), Box<Diagnostic>> {
    let found: JournalHead = serde_json::from_str(first.text)
        .map_err(|error| odd(name, first, &format!("no head of a journal: {error}")))?;
    if found == *head {
        return Ok(());
    }
    let differs = if found.taskyard_journal != LAYOUT {
        let layout = found.taskyard_journal;
        format!("\"{name}\" has layout {layout}, this program writes and reads layout {LAYOUT}")
    } else if found.model_version != head.model_version {
        format!(
            "\"{name}\" was written with model version {}, this program has model version {}: their \
             results do not mix",
            found.model_version, head.model_version
        )
    } else {
        format!(
            "\"{name}\" is of another sweep: \"{}\" with key {}, where this one is \"{}\" with key {}. {}",
            found.sweep,
            found.plan,
            head.sweep,
            head.plan,
            differences(&found, head)
        )
    };
    let text = first.text.to_owned();
    let help = "write into another directory, or remove this one if its results are of no use";
    Err(Box::new(
        Diagnostic::new(Code::OtherJournal, differs)
            .at(at_line(name, first.number, text, "written by the other"))
            .help(help),
    ))
}

/// What two sweeps differ in, in words.
fn differences(found: &JournalHead, head: &JournalHead) -> String {
    // Keys are as long as digests; what is shorter says itself.
    let shown = |value: &str| value.len() < 32;
    let both = head.made_of.iter().filter_map(|(name, here)| {
        let (_, there) = found.made_of.iter().find(|(known, _)| known == name)?;
        match there == here {
            true => None,
            false if shown(there) && shown(here) => {
                Some(format!("{name} ({there} there, {here} here)"))
            }
            false => Some(name.clone()),
        }
    });
    let both: Vec<String> = both.collect();
    match (both.is_empty(), found.shard == head.shard) {
        (false, _) => format!("They differ in: {}", both.join("; ")),
        (true, false) => "They differ in the shard".to_owned(),
        (true, true) => "They differ in their names".to_owned(),
    }
}

/// A line that is whole and makes no sense here.
fn odd(name: &str, line: &Line<'_>, label: &str) -> Box<Diagnostic> {
    let message = format!("line {} of \"{name}\" is no record of this sweep", line.number);
    let place = at_line(name, line.number, line.text.to_owned(), label);
    Box::new(with_remedy(Diagnostic::new(Code::BrokenRecord, message).at(place)))
}

fn other_run(name: &str, line: &Line<'_>, found: &str, expected: Key) -> Box<Diagnostic> {
    let number = line.number;
    let message = format!(
        "line {number} of \"{name}\" is of another run: its key is {found}, that of this sweep {expected}"
    );
    let place = at_line(name, number, line.text.to_owned(), "another scenario, seed or version");
    Box::new(with_remedy(Diagnostic::new(Code::OtherJournal, message).at(place)))
}

/// What is before the line is good, and what is behind it can be done again.
fn with_remedy(broken: Diagnostic) -> Diagnostic {
    let line = broken.place.as_ref().map_or(1, |place| place.line);
    broken.help(format!(
        "remove this line and those behind it and go on with --resume: their runs are done again \
         (`sed -i '{line},$d'`)"
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::compact::Digest;
    use super::*;

    fn notes() -> Notes {
        let rests_on = vec![("timing.boot".to_owned(), "assumed".to_owned())];
        Notes { warnings: vec!["no price".to_owned()], rests_on }
    }

    fn head(plan: &str) -> JournalHead {
        let made_of =
            vec![("seed".to_owned(), plan.to_owned()), ("axes".to_owned(), "a".repeat(32))];
        JournalHead::new(&Key::of(&[plan.as_bytes()]).to_string(), "small", "3", 4, None, made_of)
    }

    fn key(point: u64, replication: u32) -> Option<Key> {
        let scenario = Key::of(&[&point.to_le_bytes()]);
        let catalogue = Key::of(&[]);
        (point < 4 && replication < 2)
            .then(|| Key::of_run(scenario, catalogue, u64::from(replication), "3"))
    }

    fn run(point: u64, replication: u32) -> RunResult {
        if point == 3 {
            return Err("too many events".to_owned());
        }
        Ok(RunRow {
            replication,
            seed: u64::from(replication),
            figures: [Some(0.1 * point as f64 + 1.0 / 3.0), None, Some(-0.0)].into_iter().collect(),
            digest: Digest::read(&format!("d{point}")).unwrap(),
            notes: (replication == 0).then(|| Arc::new(notes())),
        })
    }

    fn journal() -> Vec<u8> {
        let mut journal = Journal::begin(Vec::new(), &head("plan")).unwrap();
        for (point, replication) in [(2, 1), (0, 0), (3, 1), (0, 1)] {
            let key = key(point, replication).unwrap();
            journal.keep(key, point, replication, &run(point, replication)).unwrap();
        }
        journal.into_inner()
    }

    #[test]
    fn what_was_kept_is_read_bit_by_bit() {
        let kept = read_journal("j", &journal(), &head("plan"), &key).unwrap();
        assert_eq!(kept.runs.keys().copied().collect::<Vec<_>>(), [(0, 0), (0, 1), (2, 1), (3, 1)]);
        for ((point, replication), found) in &kept.runs {
            let expected = run(*point, *replication);
            let bits = |row: &RunResult| -> Vec<_> {
                row.iter().flat_map(|row| row.figures.bits()).collect()
            };
            assert_eq!(*found, expected);
            assert_eq!(bits(found), bits(&expected));
        }
        assert!(!kept.torn);
    }

    #[test]
    fn a_journal_cut_anywhere_keeps_its_whole_lines() {
        let whole = journal();
        for cut in 0..whole.len() {
            let part = &whole[..cut];
            let kept = read_journal("j", part, &head("plan"), &key).unwrap();
            let ends = part.iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(kept.runs.len(), ends.saturating_sub(1), "cut at {cut}");
            assert_eq!(kept.torn, cut > 0 && part[cut - 1] != b'\n');
        }
    }

    #[test]
    fn every_byte_that_changed_is_seen_and_without_its_end_the_last_line_is_torn() {
        let whole = journal();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            match read_journal("j", &changed, &head("plan"), &key) {
                Ok(kept) => {
                    assert_eq!(at, whole.len() - 1, "byte {at} changed unseen");
                    assert!(kept.torn && kept.runs.len() == 3);
                    let rows = kept.runs.iter();
                    assert!(rows.into_iter().all(|(at, found)| *found == run(at.0, at.1)));
                }
                Err(error) => assert_eq!(error.code, Code::BrokenRecord, "byte {at}"),
            }
        }
    }

    #[test]
    fn what_does_not_begin_as_this_journal_does_is_refused_and_left_as_it_is() {
        let read = |bytes: &[u8]| read_journal("j", bytes, &head("plan"), &key);
        let first = sealed(&head("plan")).unwrap();
        let first = &first[..40];
        for begun in [String::new(), "\0\0".to_owned(), first.to_owned(), format!("{first}\0\0")] {
            let kept = read(begun.as_bytes()).unwrap();
            assert_eq!((kept.length, kept.torn), (0, !begun.is_empty()), "{begun}");
        }
        let other = sealed(&head("other")).unwrap();
        for no_head in ["notes of mine", "notes of mine\n", "\0{", other.trim_end()] {
            assert_eq!(read(no_head.as_bytes()).unwrap_err().code, Code::BrokenRecord, "{no_head}");
        }
    }

    #[test]
    fn another_sweep_another_version_and_another_run_are_told_with_both_keys() {
        let error = read_journal("j", &journal(), &head("other"), &key).unwrap_err();
        assert_eq!(error.code, Code::OtherJournal);
        for plan in ["plan", "other"] {
            assert!(error.message.contains(&Key::of(&[plan.as_bytes()]).to_string()));
        }
        assert!(
            error.message.ends_with("They differ in: seed (plan there, other here)"),
            "{error:?}"
        );
        let newer = JournalHead { model_version: "4".to_owned(), ..head("plan") };
        let error = read_journal("j", &journal(), &newer, &key).unwrap_err();
        assert!(error.message.contains("model version 3") && error.message.contains("version 4"));
        let others = |point, replication: u32| key(point, (replication + 1) % 2);
        let error = read_journal("j", &journal(), &head("plan"), &others).unwrap_err();
        assert_eq!(error.code, Code::OtherJournal);
        assert!(error.message.contains(&key(2, 1).unwrap().to_string()));
        assert!(error.message.contains(&key(2, 0).unwrap().to_string()));
        let none = |_, _| None;
        let error = read_journal("j", &journal(), &head("plan"), &none).unwrap_err();
        assert_eq!(error.code, Code::BrokenRecord);
        assert!(error.help.unwrap().contains("sed -i '2,$d'"));
    }

    #[test]
    fn keys_differ_where_anything_differs() {
        let of = |seed, version| Key::of_run(Key::of(&[b"s"]), Key::of(&[b"c"]), seed, version);
        assert_eq!(of(1, "3"), of(1, "3"));
        let others =
            [of(2, "3"), of(1, "4"), Key::of_run(Key::of(&[b"c"]), Key::of(&[b"s"]), 1, "3")];
        assert!(others.iter().all(|other| *other != of(1, "3")));
        assert_ne!(Key::of(&[b"ab", b"c"]), Key::of(&[b"a", b"bc"]));
    }
}
