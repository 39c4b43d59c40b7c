//! The house's rules, checked on its sources: floors, what the core may touch, sizes, privacy, documents.
#![expect(clippy::disallowed_methods, reason = "the test reads the sources")]

use std::path::{Path, PathBuf};

use taskyard::scenario::parameters::PARAMETERS;

/// Modules by floor, the lowest first. A file may use lower floors, its own module, and on its own floor
/// the modules before its own.
const FLOORS: [&[&str]; 9] = [
    &["units", "random", "io"],
    &["catalog", "scenario"],
    &["model", "bound"],
    &["engine"],
    &["observe"],
    &["run"],
    &["sweep"],
    &["report"],
    &["cli"],
];

/// Most lines of a source file.
const LINES: usize = 600;

/// Most columns of a line of code, which the formatter keeps, and of a comment, which it does not touch.
const COLUMNS: usize = 100;
const COMMENT_COLUMNS: usize = 106;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository: its path from the root, and its text.
struct File {
    path: String,
    text: String,
}

/// All text files below `folder`, in order of path.
fn files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"))
    {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != ".git" {
                collect(&path, found);
            }
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let path = path.strip_prefix(root()).expect("below the root");
        found.push(File { path: path.to_string_lossy().replace('\\', "/"), text });
    }
}

fn sources() -> Vec<File> {
    files("src").into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

fn no_faults(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The module of a source file: `src/model/task.rs` is of `model`, `src/lib.rs` of none.
fn module(path: &str) -> Option<&str> {
    let (folder, rest) = path.strip_prefix("src/")?.split_once('/').unwrap_or_default();
    (!rest.is_empty()).then_some(folder)
}

/// The floor of a module, and its place there.
fn floor(module: &str) -> Option<(usize, usize)> {
    FLOORS.iter().enumerate().find_map(|(floor, modules)| {
        Some((floor, modules.iter().position(|known| *known == module)?))
    })
}

/// A line without what is no code: comments, and what stands in quotes on it.
fn code(line: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for part in line.split_inclusive('"') {
        if !inside {
            kept.push_str(part);
        }
        inside = part.ends_with('"') != inside;
    }
    kept.split("//").next().unwrap_or_default().to_owned()
}

/// The modules that a text names by path from the root of the crate: `crate::units::SimTime`, and
/// `crate::{engine::Simulation, units::SimTime}`.
fn used_modules(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for rest in code(line).split("crate::").skip(1) {
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => list.split(',').collect(),
                None => vec![rest],
            };
            for name in names {
                let name = name.trim_start();
                let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                used.push((number, name[..end.unwrap_or(name.len())].to_owned()));
            }
        }
    }
    used.retain(|(_, name)| !name.is_empty());
    used
}

#[test]
fn every_module_stands_on_a_floor() {
    let unknown: Vec<String> = sources()
        .iter()
        .filter_map(|file| Some((module(&file.path)?, &file.path)))
        .filter(|(module, _)| floor(module).is_none())
        .map(|(module, path)| format!("{path}: {module} has no floor"))
        .collect();
    no_faults(&unknown);
}

#[test]
fn a_module_uses_lower_floors_alone() {
    let mut faults = Vec::new();
    for file in sources() {
        let Some(own) = module(&file.path) else { continue };
        for (number, used) in used_modules(&file.text) {
            let Some((ours, theirs)) = floor(own).zip(floor(&used)) else {
                continue;
            };
            if used != own && theirs >= ours {
                faults.push(format!("{}:{number}: {own} uses {used}", file.path));
            }
        }
    }
    no_faults(&faults);
}

#[test]
fn a_breach_of_the_floors_is_seen() {
    let used =
        |text| used_modules(text).into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" ");
    assert_eq!(used("use crate::engine::Simulation;"), "engine");
    assert_eq!(used("use crate::{engine::Simulation, units};"), "engine units");
    assert_eq!(used("let x = crate::units::SimTime::ZERO; // crate::run"), "units");
    assert_eq!(used("println!(\"crate::run\"); crate::io::x()"), "io");
}

#[test]
fn model_and_engine_touch_no_file_clock_thread_or_environment_and_print_nothing() {
    let banned = [
        "std::fs",
        "std::env",
        "std::thread",
        "std::time",
        "std::net",
        "std::process",
        "std::io",
        "Instant::now",
        "SystemTime",
        "println!",
        "eprintln!",
        "print!",
        "dbg!",
        "rand::",
        "rayon",
        "HashMap",
        "HashSet",
        "thread_local!",
    ];
    let mut faults = Vec::new();
    for file in sources() {
        if !matches!(module(&file.path), Some("model" | "engine" | "bound")) {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            let code = code(line);
            for word in banned.iter().filter(|word| code.contains(**word)) {
                faults.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    no_faults(&faults);
}

#[test]
fn only_io_touches_files() {
    let mut faults = Vec::new();
    for file in sources() {
        if module(&file.path) == Some("io") {
            continue;
        }
        let tests = file.text.find("#[cfg(test)]").unwrap_or(file.text.len());
        for (number, line) in (1..).zip(file.text[..tests].lines()) {
            if ["std::fs", "File::open", "File::create"]
                .iter()
                .any(|word| code(line).contains(word))
            {
                faults.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    no_faults(&faults);
}

#[test]
fn only_the_streams_build_a_generator() {
    let mut faults = Vec::new();
    for file in sources().iter().filter(|file| file.path != "src/random/streams.rs") {
        let tests = file.text.find("#[cfg(test)]").unwrap_or(file.text.len());
        for (number, line) in (1..).zip(file.text[..tests].lines()) {
            let code = code(line);
            if ["rand_pcg", "Pcg64", "seed_from_u64", "from_seed", "StdRng", "SmallRng"]
                .iter()
                .any(|word| code.contains(word))
            {
                faults.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    no_faults(&faults);
}

#[test]
fn a_source_file_has_at_most_600_lines() {
    let long = sources().into_iter().filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > LINES).then(|| format!("{}: {lines} lines", file.path))
    });
    no_faults(&long.collect::<Vec<_>>());
}

#[test]
fn a_source_line_has_at_most_100_columns_and_a_comment_a_few_more() {
    let mut faults = Vec::new();
    for file in sources() {
        let tests = file.text.find("#[cfg(test)]").unwrap_or(file.text.len());
        for (number, line) in (1..).zip(file.text[..tests].lines()) {
            // What the formatter cannot break: a text in quotes, or its continuation.
            let text = line.contains('"') || line.trim_end().ends_with('\\');
            let comment = line.trim_start().starts_with("//");
            let columns = line.chars().count();
            let most = if comment { COMMENT_COLUMNS } else { COLUMNS };
            if columns > most && !text {
                faults.push(format!("{}:{number}: {columns} columns", file.path));
            }
        }
    }
    no_faults(&faults);
}

#[test]
fn nothing_mentions_a_path_of_the_machine_it_was_written_on() {
    // Put together, so that this file does not name them.
    let private = [
        ["/wo", "rk/"].concat(),
        ["../sha", "red"].concat(),
        ["/ho", "me/"].concat(),
        ["/ro", "ot/"].concat(),
    ];
    let mut faults = Vec::new();
    for file in files(".") {
        for (number, line) in (1..).zip(file.text.lines()) {
            for word in private.iter().filter(|word| line.contains(word.as_str())) {
                faults.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    no_faults(&faults);
}

#[test]
fn every_parameter_has_its_row_in_the_document_of_the_model() {
    let document = std::fs::read_to_string(root().join("docs/model.md")).expect("docs/model.md");
    let missing: Vec<String> = PARAMETERS
        .iter()
        .filter(|parameter| !document.contains(&format!("`{}`", parameter.path)))
        .map(|parameter| format!("docs/model.md has no row for `{}`", parameter.path))
        .collect();
    no_faults(&missing);
}

#[test]
fn every_scenario_asks_its_question_in_the_first_line_and_has_an_answer_beside_it() {
    let mut faults = Vec::new();
    for file in files("scenarios").iter().filter(|file| file.path.ends_with(".toml")) {
        let first = file.text.lines().next().unwrap_or_default();
        if !first.starts_with("# ") {
            faults.push(format!("{}: the first line is no question", file.path));
        }
        let question: String =
            file.text.lines().take_while(|line| line.starts_with("# ")).collect();
        if !question.contains('?') {
            faults.push(format!("{}: the comment at its head asks nothing", file.path));
        }
        let path = file.path.trim_start_matches("scenarios/").trim_end_matches(".toml");
        let name = path.trim_start_matches("sweeps/");
        if !file.text.contains(&format!("\nname = \"{name}\"\n")) {
            faults.push(format!("{}: its name is another", file.path));
        }
        if !root().join(format!("scenarios/expected/{path}.json")).exists() {
            faults.push(format!("{}: no expected answer", file.path));
        }
    }
    no_faults(&faults);
}
