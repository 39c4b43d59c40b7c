//! Which crates may come in: what `deny.toml` says about licences, versions and registries, checked on
//! what Cargo would build, with all features and for all platforms. (`cargo deny check` says the same and
//! more, but takes longer to build than all of this crate.)
#![expect(clippy::disallowed_methods, reason = "the test reads files and runs Cargo")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use toml::{Table, Value};

/// The crates that the program is built from, each with its licence; those for tests alone are left out,
/// as cargo-deny does. `None`, and a word about it, where Cargo cannot tell.
fn licences() -> Option<Vec<(String, String)>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = ["tree", "--locked", "--all-features", "--target", "all", "--edges", "normal,build"];
    let output = Command::new(cargo)
        .args(tree)
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("Cargo runs its own tests");
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(std::env::var_os("TASKYARD_REQUIRE_REGISTRY").is_none(), "{said}");
        println!("SKIPPED: crates of other platforms are not here and cannot be fetched: {said}");
        return None;
    }
    let text = String::from_utf8(output.stdout).expect("names are UTF-8");
    let lines: BTreeSet<&str> = text.lines().collect();
    let pair = |line: &str| {
        let (name, licence) = line.split_once('|').expect("a name and a licence");
        (name.to_owned(), licence.to_owned())
    };
    Some(lines.into_iter().map(pair).collect())
}

fn table(name: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(path).expect("the file is there");
    text.parse().expect("it is TOML")
}

fn texts(value: &Value) -> BTreeSet<String> {
    let items = value.as_array().expect("a list").iter();
    items.map(|item| item.as_str().expect("a text").to_owned()).collect()
}

/// Licences of an expression (SPDX, or with `/` for OR as older crates have it) of which all of one
/// alternative are allowed: those that it then needs.
fn needed(expression: &str, allowed: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let found = any_of(&mut rest, allowed);
    assert!(rest.is_empty(), "not a licence expression: {expression}");
    found
}

fn any_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let mut found = all_of(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        let other = all_of(words, allowed);
        found = found.or(other);
    }
    found
}

fn all_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let mut found = one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        let other = one(words, allowed);
        found = found.zip(other).map(|(a, b)| a.union(&b).cloned().collect());
    }
    found
}

fn one(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let (first, rest) = words.split_first().expect("a licence");
    *words = rest;
    if *first == "(" {
        let found = any_of(words, allowed);
        assert_eq!(words.first(), Some(&")"), "a bracket is open");
        *words = &words[1..];
        return found;
    }
    let mut name = (*first).to_owned();
    if let ["WITH", exception, rest @ ..] = *words {
        name = format!("{name} WITH {exception}");
        *words = rest;
    }
    allowed.contains(&name).then(|| BTreeSet::from([name]))
}

#[test]
fn an_expression_needs_one_of_its_alternatives_whole() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned));
    let names = |expression: &str| {
        let found = needed(expression, &allowed)?;
        Some(found.into_iter().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(names("GPL-3.0 OR MIT").as_deref(), Some("MIT"));
    assert_eq!(names("Unlicense/MIT").as_deref(), Some("MIT"));
    assert_eq!(names("GPL-3.0 AND MIT"), None);
    assert_eq!(names("Apache-2.0 WITH LLVM-exception"), None);
    let both = names("(MIT OR Apache-2.0) AND Unicode-3.0");
    assert_eq!(both.as_deref(), Some("MIT Unicode-3.0"));
    assert_eq!(names("(MIT OR Apache-2.0) AND GPL-3.0"), None);
}

#[test]
fn every_crate_has_a_licence_that_deny_toml_allows_and_none_is_allowed_in_vain() {
    let Some(crates) = licences() else { return };
    let allowed = texts(&table("deny.toml")["licenses"]["allow"]);
    let mut used = BTreeSet::new();
    for (name, expression) in crates {
        assert!(!expression.is_empty(), "{name} states no licence");
        let Some(needs) = needed(&expression, &allowed) else {
            panic!("{name} is under {expression}, which deny.toml does not allow");
        };
        used.extend(needs);
    }
    let vain: Vec<&String> = allowed.difference(&used).collect();
    assert!(vain.is_empty(), "no crate needs {vain:?}: take them out of deny.toml");
}

#[test]
fn every_crate_comes_from_the_default_registry() {
    let deny = table("deny.toml");
    for word in ["unknown-registry", "unknown-git"] {
        assert_eq!(deny["sources"][word].as_str(), Some("deny"));
    }
    let registry = "registry+https://github.com/rust-lang/crates.io-index";
    for package in table("Cargo.lock")["package"].as_array().expect("a list") {
        let name = package["name"].as_str().expect("a name");
        let source = package.get("source").and_then(Value::as_str);
        let own = name == env!("CARGO_PKG_NAME");
        assert!(own || source == Some(registry), "{name} comes from {source:?}");
    }
}

/// The dependencies of a manifest that any version would satisfy: of the program, its build script and its
/// tests, on every platform or on one.
fn wildcards(manifest: &Table) -> Vec<String> {
    let platforms = manifest.get("target").and_then(Value::as_table);
    let platforms = platforms.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let mut found = Vec::new();
    for of in std::iter::once(manifest).chain(platforms) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let listed = of.get(kind).and_then(Value::as_table);
            for (name, of) in listed.into_iter().flatten() {
                let version = of.as_str().or_else(|| of.get("version").and_then(Value::as_str));
                if version.is_none_or(|version| version.contains('*')) {
                    found.push(name.clone());
                }
            }
        }
    }
    found
}

#[test]
fn a_wildcard_is_found_in_every_table_of_dependencies() {
    let manifest = r#"
        [dependencies]
        a = "1"
        b = "*"
        [dev-dependencies]
        c = { version = "1.*", features = [] }
        d = { git = "https://example.com/d" }
        [build-dependencies]
        e = "*"
        [target.'cfg(unix)'.dependencies]
        f = { version = "*" }
        g = "2.1"
        [target.x86_64-pc-windows-msvc.build-dependencies]
        h = "*"
    "#;
    let found = wildcards(&manifest.parse().expect("it is TOML"));
    assert_eq!(found, ["b", "c", "d", "e", "f", "h"]);
}

#[test]
fn no_dependency_is_of_any_version() {
    assert_eq!(table("deny.toml")["bans"]["wildcards"].as_str(), Some("deny"));
    let manifest = table("Cargo.toml");
    assert!(!manifest["dependencies"].as_table().expect("a table").is_empty());
    let any = wildcards(&manifest);
    assert!(any.is_empty(), "{any:?} may be of any version");
}
