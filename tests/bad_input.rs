//! What each kind of bad input is answered with: `tests/bad_input/CASE/expected.txt` holds the text for
//! the input beside it. Run with `TASKYARD_BLESS=1` to write what is answered now, and review the diff.
#![expect(clippy::disallowed_methods, reason = "a test reads its cases from files")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use taskyard::catalog::Overrides;
use taskyard::io::{
    CSV_LIMIT, Code, Diagnostic, IoError, SCENARIO_LIMIT, Severity, Source, Style, prepare_out_dir,
    read_text, render,
};
use taskyard::report::SweepOutputs;
use taskyard::scenario::{
    NamedFile, Override, SweepFlag, SweepKey, files_named, read_sweep, read_with,
    task_definition_from_json,
};
use taskyard::sweep::{Base, Sweep};

const CASES: &str = "tests/bad_input";

/// What the command line finds when it looks for the catalogue or for results: `tests/cli` has the cases;
/// and what a run is needed for: `tests/sweep.rs`.
const OF_THE_COMMAND_LINE: [Code; 6] = [
    Code::UnknownRegion,
    Code::RegionWithoutPrices,
    Code::CannotRun,
    Code::ConstraintInVain,
    Code::NoOutputs,
    Code::UnknownFigure,
];

/// What only a directory with journals or parts can be answered with: `tests/durability.rs`.
const OF_DIRECTORIES: [Code; 8] = [
    Code::Locked,
    Code::DirectoryTaken,
    Code::BadShard,
    Code::BrokenRecord,
    Code::OtherJournal,
    Code::MixedParts,
    Code::MissingPart,
    Code::DoubledPart,
];

/// The flags of `sweep` that a case may type.
const FLAGS: [(&str, SweepKey); 9] = [
    ("--vary", SweepKey::Vary),
    ("--plan", SweepKey::Plan),
    ("--samples", SweepKey::Samples),
    ("--replications", SweepKey::Replications),
    ("--precision", SweepKey::Precision),
    ("--max-replications", SweepKey::MaxReplications),
    ("--seed", SweepKey::Seed),
    ("--metric", SweepKey::Metric),
    ("--objective", SweepKey::Objective),
];

/// A case: a folder with an input. `scenario.toml`, `task-definition.json` or `sweep.json` is read as such; `input.txt`
/// names another file to read, `out.txt` a directory to write to; `limit.txt` is a limit in bytes and
/// `set.txt` has one `--set` on each line. `sweep.toml` is a sweep over the `scenario.toml` beside it, with
/// the flags of `flags.txt`, one on each line.
struct Case {
    folder: PathBuf,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut folders: Vec<_> =
            std::fs::read_dir(CASES).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders.into_iter().map(|folder| Self { folder }).collect()
    }

    fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(name)).ok()
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        if let Some(out) = self.file("out.txt") {
            let error = prepare_out_dir(&self.folder.join(out.trim())).unwrap_err();
            assert_eq!(error.exit_code(), 3);
            return vec![error.diagnostic()];
        }
        if self.folder.join("task-definition.json").exists() {
            let source = self.source("task-definition.json").unwrap();
            return task_definition_from_json(&source).unwrap_err();
        }
        if self.folder.join("sweep.json").exists() {
            let source = self.source("sweep.json").unwrap();
            return vec![*SweepOutputs::read(&source, None).unwrap_err()];
        }
        if self.folder.join("sweep.toml").exists() {
            return self.of_sweep();
        }
        let input = self.file("input.txt").unwrap_or("scenario.toml".to_owned());
        let source = match self.source(input.trim()) {
            Ok(source) => source,
            Err(error) => {
                assert_eq!(error.exit_code(), 2);
                return vec![error.diagnostic()];
            }
        };
        let sets = self.file("set.txt").unwrap_or_default();
        let sets: Result<Vec<_>, _> = sets.lines().map(Override::parse).collect();
        match sets {
            Ok(sets) => {
                let files: Vec<_> =
                    files_named(&source, &sets).into_iter().map(|name| self.named(name)).collect();
                let read = read_with(&source, &sets, &files);
                read.map_or_else(|errors| errors, |(_, warnings)| warnings)
            }
            Err(error) => vec![*error],
        }
    }

    /// What is wrong with a sweep: with its own words, or with what they make of the scenario.
    fn of_sweep(&self) -> Vec<Diagnostic> {
        let source = self.source("sweep.toml").unwrap();
        let flag = |line: &str| {
            let (name, text) = line.split_once(' ').unwrap();
            let key = FLAGS.iter().find(|(known, _)| *known == name).unwrap().1;
            SweepFlag { key, text: text.to_owned() }
        };
        let flags: Vec<_> = self.file("flags.txt").unwrap_or_default().lines().map(flag).collect();
        let file = match read_sweep(Some(&source), &flags) {
            Ok((file, _)) => file,
            Err(errors) => return errors,
        };
        let name = "scenario.toml".to_owned();
        let base = Base { source: self.source(&name).unwrap(), name, files: Vec::new() };
        let sweep = Sweep::new(file, "case", vec![base], &[], 1, Overrides::default());
        sweep.check().unwrap_err()
    }

    /// A file that the scenario names, which lies beside it.
    fn named(&self, name: String) -> NamedFile {
        let content = read_text(&self.folder.join(&name), CSV_LIMIT);
        NamedFile { name, content: content.map_err(|error| error.diagnostic()) }
    }

    /// An input with its repetitions written out.
    fn source(&self, name: &str) -> Result<Source, IoError> {
        let limit =
            self.file("limit.txt").map_or(SCENARIO_LIMIT, |text| text.trim().parse().unwrap());
        let mut source = read_text(&self.folder.join(name), limit)?;
        source.text = with_repetitions(&source.text);
        Ok(source)
    }

    fn answer(&self) -> String {
        let answer = render(&self.diagnostics(), Style::Plain);
        if std::env::var("TASKYARD_BLESS").is_ok() {
            std::fs::write(self.folder.join("expected.txt"), &answer).unwrap();
        }
        answer
    }
}

/// `@repeat(3,ab)@` is `ababab`: inputs too large to keep.
fn with_repetitions(text: &str) -> String {
    let mut parts = text.split("@repeat(");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (call, rest) = part.split_once(")@").unwrap();
        let (count, repeated) = call.split_once(',').unwrap();
        result.push_str(&repeated.repeat(count.parse().unwrap()));
        result.push_str(rest);
    }
    result
}

#[test]
fn every_bad_input_is_answered_as_expected() {
    let mut wrong = Vec::new();
    for case in Case::all() {
        let answer = case.answer();
        let expected = case.file("expected.txt").unwrap_or_default();
        if answer != expected {
            let folder = case.folder.display();
            wrong.push(format!("{folder}\n--- expected\n{expected}--- answered\n{answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_case_and_every_case_a_code() {
    let mut seen = BTreeSet::new();
    for case in Case::all() {
        let diagnostics = case.diagnostics();
        assert!(!diagnostics.is_empty(), "{} is not bad", case.folder.display());
        seen.extend(diagnostics.iter().map(|diagnostic| diagnostic.code));
    }
    seen.extend(OF_THE_COMMAND_LINE);
    seen.extend(OF_DIRECTORIES);
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !seen.contains(code)).collect();
    assert!(missing.is_empty(), "no case answers {missing:?}");
}

#[test]
fn codes_are_unique_and_in_order() {
    let numbers: Vec<_> = Code::ALL.iter().map(|code| code.number()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}

#[test]
fn every_answer_says_what_and_where_and_is_short() {
    for case in Case::all() {
        let folder = case.folder.display();
        let diagnostics = case.diagnostics();
        for diagnostic in &diagnostics {
            assert!(!diagnostic.message.is_empty(), "{folder}");
            let of_a_whole_file =
                diagnostic.code.number() < 10 || diagnostic.code == Code::MoreErrors;
            assert!(diagnostic.place.is_some() || of_a_whole_file, "{folder}: {diagnostic:?}");
            let warning = diagnostic.severity == Severity::Warning;
            assert_eq!(warning, diagnostic.code.number() >= 100, "{folder}");
        }
        let answer = render(&diagnostics, Style::Plain);
        let longest = answer.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(longest < 1_000, "{folder}: {longest}");
    }
}
