//! Axes that set one value: a point would be told by a value that it does not have.

use std::collections::BTreeMap;

use crate::io::{Code, Diagnostic};
use crate::scenario::{At, Axis, AxisValues, addresses};

use super::question::{Base, Sweep};

/// A path of an axis.
#[derive(Clone, Copy)]
struct Setting<'s> {
    axis: &'s Axis,
    /// The axis' position.
    number: usize,
    path: &'s str,
    at: At,
}

impl Sweep<'_> {
    /// Whether every value is set by one axis alone, in each of the scenarios that points start from and
    /// however its path is written.
    pub(super) fn check_paths(&self) -> Result<(), Vec<Diagnostic>> {
        for base in &self.bases {
            let wrong = self.clashes(base);
            if !wrong.is_empty() {
                return Err(wrong);
            }
        }
        Ok(())
    }

    fn clashes(&self, base: &Base) -> Vec<Diagnostic> {
        let settings = self.settings_in(base);
        let paths: Vec<&str> = settings.iter().map(|setting| setting.path).collect();
        let places = addresses(&base.source, &self.common, &paths);
        let mut known: BTreeMap<&[String], Setting<'_>> = BTreeMap::new();
        let mut wrong = BTreeMap::new();
        let mut clash = |one: Setting<'_>, other: Setting<'_>, how: &str| {
            let (first, second) =
                if one.number < other.number { (one, other) } else { (other, one) };
            if first.number != second.number {
                let told = || self.told_of_paths(first, second, how);
                wrong.entry((first.number, second.number)).or_insert_with(told);
            }
        };
        for (setting, places) in settings.iter().zip(&places) {
            for place in places {
                let first = *known.entry(place).or_insert(*setting);
                clash(first, *setting, "is another path to");
            }
        }
        for (place, setting) in &known {
            for length in 1..place.len() {
                // What a later axis sets within an earlier one's value holds at every point.
                if let Some(outer) = known.get(&place[..length])
                    && outer.number > setting.number
                {
                    clash(*outer, *setting, "sets over");
                }
            }
        }
        wrong.into_values().collect()
    }

    /// What the axes set at points that start from `base`.
    fn settings_in(&self, base: &Base) -> Vec<Setting<'_>> {
        let first = self.bases.first().map(|first| first.name.as_str());
        let mut settings = Vec::new();
        for (number, axis) in self.file.axes.iter().enumerate() {
            let mut add = |path, at| settings.push(Setting { axis, number, path, at });
            let AxisValues::Variants(variants) = &axis.values else {
                if let Some(path) = &axis.path {
                    add(path.as_str(), axis.at);
                }
                continue;
            };
            let naming = variants.iter().any(|variant| variant.scenario.is_some());
            for variant in variants {
                let of = variant.scenario.as_ref().map(|(name, _)| name.as_str()).or(first);
                if naming && of != Some(&base.name) {
                    continue;
                }
                for (path, value) in &variant.set {
                    add(path.as_str(), value.at);
                }
            }
        }
        settings
    }

    fn told_of_paths(&self, first: Setting<'_>, second: Setting<'_>, how: &str) -> Diagnostic {
        let (one, other) = (called(first), called(second));
        let message = format!("two axes set one value: {other} {how} {one}");
        let mut told = Diagnostic::new(Code::DuplicateName, message)
            .help("what one of them says of a point would not hold: leave one out");
        told.place = self.file.place(second.at, "");
        told.related.extend(self.file.place(first.at, "first here"));
        told
    }
}

/// Its path, with the axis where that has a name of its own.
fn called(setting: Setting<'_>) -> String {
    let (name, path) = (&setting.axis.name, setting.path.trim());
    if name == path { format!("`{path}`") } else { format!("`{path}` of `{name}`") }
}
