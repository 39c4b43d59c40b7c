//! Reports in a real browser: nothing on the console, no request, a hover and a filter work. Without a
//! browser, Node or the package playwright-core the test says SKIPPED; with `TASKYARD_REQUIRE_BROWSER=1`
//! that is a failure. `TASKYARD_BROWSER` names the browser; playwright-core is found through `NODE_PATH`.
#![expect(clippy::disallowed_methods, reason = "the test asks the environment for a browser")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "support/program.rs"]
mod program;
use program::done;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Managed Instances; Auto Scaling groups; Fargate with a deployment; a day with requests.
const SCENARIOS: [&str; 4] = ["thirty-tasks", "cas-flapping", "canary-bake", "black-friday"];

/// The reports of some scenarios and of a sweep.
fn reports(directory: &Path) -> Vec<PathBuf> {
    let mut reports = Vec::new();
    for name in SCENARIOS {
        let out = directory.join(name);
        let scenario = format!("{ROOT}/scenarios/{name}.toml");
        done(&["run", &scenario, "--out", out.to_str().unwrap()]);
        reports.push(out);
    }
    let out = directory.join("sweep");
    let scenario = format!("{ROOT}/scenarios/thirty-tasks.toml");
    let count = "service.web.desired_count=10..40/10";
    let memory = "task_definition.web.memory=512,1024";
    let replications = ["--replications", "3", "--out", out.to_str().unwrap()];
    let vary = ["sweep", &scenario, "--vary", count, "--vary", memory];
    done(&[&vary[..], &replications[..]].concat());
    reports.push(out);
    for out in &mut reports {
        done(&["report", out.to_str().unwrap()]);
        *out = out.join("report.html");
    }
    reports
}

/// Why there is no browser to look with.
fn absent(browser: &str) -> Option<String> {
    let runs = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).stdin(Stdio::null()).output();
        output.is_ok_and(|done| done.status.success())
    };
    if !runs(browser, &["--version"]) {
        return Some(format!("{browser} does not run"));
    }
    // Not `import`: that does not look into NODE_PATH.
    if !runs("node", &["-e", "require('playwright-core')"]) {
        return Some("node does not run, or does not find playwright-core".to_owned());
    }
    None
}

#[test]
fn reports_can_be_read_in_a_browser() {
    let required = std::env::var("TASKYARD_REQUIRE_BROWSER").is_ok_and(|value| value == "1");
    let browser =
        std::env::var("TASKYARD_BROWSER").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    if let Some(reason) = absent(&browser) {
        assert!(!required, "TASKYARD_REQUIRE_BROWSER=1, but {reason}");
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: reports in a browser ({reason})");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let reports = reports(directory.path());
    let looked = Command::new("node")
        .arg(format!("{ROOT}/tests/browser/look.mjs"))
        .args([&browser, "-"])
        .args(&reports)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&looked.stdout);
    let wrong = String::from_utf8_lossy(&looked.stderr);
    assert!(looked.status.success(), "{said}{wrong}");
    assert_eq!(said.matches("hover: ").count(), reports.len(), "{said}");
}
