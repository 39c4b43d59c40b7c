//! What every picture keeps to: nothing cut off, no text upon another.

use crate::catalog::{Catalog, Overrides};
use crate::io::Source;
use crate::report::out_files;
use crate::report::outputs::{RUN_FILES, RunOutputs};
use crate::run::Options;
use crate::scenario::read;
use crate::sweep::{Plan, replicate};

use super::canvas::{Hold, Mark, Picture, WIDTH};
use super::{font, run_pictures};

/// What `run --out` writes of a shipped scenario, read again.
fn outputs(text: &str) -> RunOutputs {
    let source = Source { name: "scenario.toml".to_owned(), text: text.to_owned() };
    let (scenario, _) = read(&source, &[]).unwrap();
    let catalog = Catalog::builtin(&scenario.region, None, Overrides::default()).unwrap();
    let options = Options { record: true, ..Options::default() };
    let plan = Plan { replications: 1, jobs: Some(1), options };
    let found = replicate(&scenario, &catalog, plan).unwrap();
    let written = out_files(&scenario, &found.answer, &found.recorders).unwrap();
    let files = RUN_FILES.map(|name| {
        let (_, bytes) = written.iter().find(|(written, _)| *written == name).unwrap();
        Source { name: name.to_owned(), text: String::from_utf8(bytes.clone()).unwrap() }
    });
    RunOutputs::read(&files).unwrap()
}

/// Left, top, right, bottom of each text.
fn texts(picture: &Picture) -> Vec<(String, [f64; 4])> {
    let of = |mark: &Mark| match mark {
        Mark::Text { at: (x, y), text, size, hold, .. } => {
            let width = font::width(text, *size);
            let left = match hold {
                Hold::Left => *x,
                Hold::Middle => x - width / 2.0,
                Hold::Right => x - width,
            };
            let half = size * 0.36;
            Some((text.clone(), [left, y - half, left + width, y + half]))
        }
        Mark::Box { .. } | Mark::Area { .. } | Mark::Line { .. } | Mark::Dot { .. } => None,
    };
    picture.marks.iter().filter_map(of).collect()
}

fn faults(picture: &Picture) -> Vec<String> {
    let texts = texts(picture);
    let mut faults = Vec::new();
    for (at, (text, [left, top, right, bottom])) in texts.iter().enumerate() {
        if *left < 0.0 || *right > WIDTH || *top < 0.0 || *bottom > picture.height {
            faults.push(format!("{}: \"{text}\" is cut off", picture.name));
        }
        for (other, [l, t, r, b]) in &texts[..at] {
            if left < r && l < right && top < b && t < bottom {
                faults.push(format!("{}: \"{text}\" lies on \"{other}\"", picture.name));
            }
        }
    }
    faults
}

#[test]
fn no_text_is_cut_off_or_lies_on_another() {
    let scenarios = [
        include_str!("../../../scenarios/thirty-tasks.toml"),
        include_str!("../../../scenarios/cas-flapping.toml"),
        include_str!("../../../scenarios/spot-storm.toml"),
        include_str!("../../../scenarios/canary-bake.toml"),
        include_str!("../../../scenarios/rolling-500-tasks.toml"),
        include_str!("../../../scenarios/hundred-tasks-fargate.toml"),
        include_str!("../../../scenarios/five-thousand-tasks.toml"),
        include_str!("../../../scenarios/one-provider-per-az.toml"),
        include_str!("../../../scenarios/warm-pool.toml"),
    ];
    let mut wrong = Vec::new();
    for text in scenarios {
        let run = outputs(text);
        let (pictures, _) = run_pictures(&run);
        assert!(pictures.len() >= 4, "{} pictures", pictures.len());
        let name = &run.summary.scenario.name;
        wrong.extend(pictures.iter().flat_map(faults).map(|fault| format!("{name}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let pictures =
        || run_pictures(&outputs(include_str!("../../../scenarios/thirty-tasks.toml"))).0;
    for (one, other) in pictures().iter().zip(&pictures()) {
        assert_eq!(one.svg(), other.svg());
        assert_eq!(one.png(), other.png());
    }
}

#[test]
fn time_in_a_warm_pool_has_a_colour_of_its_own_in_the_legend() {
    let shows = |text: &str| {
        let (pictures, _) = run_pictures(&outputs(text));
        let gantt = pictures.iter().find(|picture| picture.name == "gantt").unwrap();
        texts(gantt).iter().any(|(text, _)| text == "in the warm pool")
    };
    assert!(shows(include_str!("../../../scenarios/warm-pool.toml")));
    assert!(!shows(include_str!("../../../scenarios/cas-flapping.toml")));
}
