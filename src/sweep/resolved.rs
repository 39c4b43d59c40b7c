//! The sweep that was run, in one file: what was typed beside it and the texts of its scenarios are
//! in it, so that `taskyard sweep` of that file gives the same answer.

use std::fmt::Write as _;

use crate::scenario::{AxisValues, AxisVariant, Numbers, Override, Spacing};

use super::question::Sweep;

/// The name of the first scenario where the sweep gives it none.
const FIRST: &str = "scenario";

impl Sweep<'_> {
    /// The sweep as a sweep file that needs no other. Files that a scenario names (series, traces)
    /// are not in it.
    #[must_use]
    pub fn resolved(&self) -> String {
        let mut text = String::from("schema = 1\n");
        line(&mut text, "name", &quoted(self.name()));
        line(&mut text, "scenario", &quoted(self.name_of(0)));
        line(&mut text, "plan", &quoted(self.file.plan.word()));
        if let Some(samples) = self.file.samples {
            line(&mut text, "samples", &samples.to_string());
        }
        line(&mut text, "replications", &self.file.replications.to_string());
        line(&mut text, "seed", &self.seed.to_string());
        if let Some(precision) = &self.file.precision {
            let metric = precision.metric.as_ref();
            let metric = metric.map_or_else(String::new, |of| format!("metric = {}, ", quoted(of)));
            let (half, most) = (precision.half_width_percent, precision.max_replications);
            let value =
                format!("{{ {metric}half_width_percent = {half:?}, max_replications = {most} }}");
            line(&mut text, "precision", &value);
        }
        let list =
            |of: &[String]| of.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(", ");
        line(&mut text, "metrics", &format!("[{}]", list(&self.metrics())));
        line(&mut text, "objectives", &format!("[{}]", list(&self.objectives())));
        if !self.common.is_empty() {
            line(&mut text, "set", &set(&self.common));
        }
        text.push_str(&self.axes());
        for base in 0..self.bases.len() {
            text.push_str("\n[[base]]\n");
            line(&mut text, "name", &quoted(self.name_of(base)));
            line(&mut text, "text", &quoted(&self.bases[base].source.text));
        }
        text
    }

    /// What is varied.
    pub(super) fn axes(&self) -> String {
        let mut text = String::new();
        for axis in &self.file.axes {
            text.push_str("\n[[axis]]\n");
            line(&mut text, "name", &quoted(&axis.name));
            if let Some(path) = &axis.path {
                line(&mut text, "path", &quoted(path));
            }
            if axis.world {
                line(&mut text, "world", "true");
            }
            values(&mut text, &axis.values);
        }
        text
    }

    fn name_of(&self, base: usize) -> &str {
        let name = self.bases.get(base).map_or(FIRST, |base| base.name.as_str());
        if name.is_empty() { FIRST } else { name }
    }
}

fn line(text: &mut String, key: &str, value: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{key} = {value}");
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The last value of each path: a later `--set` comes before an earlier one.
pub(super) fn set(sets: &[Override]) -> String {
    let mut last: Vec<(&str, String)> = Vec::new();
    for set in sets {
        let value = set.value.trim();
        let is_toml = format!("x = {value}").parse::<toml::Table>().is_ok();
        let value = if is_toml { value.to_owned() } else { quoted(value) };
        last.retain(|(path, _)| *path != set.path.trim());
        last.push((set.path.trim(), value));
    }
    let parts: Vec<String> =
        last.iter().map(|(path, value)| format!("{} = {value}", quoted(path))).collect();
    format!("{{ {} }}", parts.join(", "))
}

fn values(text: &mut String, values: &AxisValues) {
    match values {
        AxisValues::List(list) => {
            let all: Vec<&str> = list.iter().map(|value| value.text.as_str()).collect();
            line(text, "values", &format!("[{}]", all.join(", ")));
        }
        AxisValues::Numbers(numbers) => {
            let (key, by) = match numbers.spacing {
                Spacing::Step(step) => ("range", format!(", step = {}", numbers.text(step))),
                Spacing::Log(count) => ("log_range", format!(", count = {count}")),
                Spacing::Anywhere => ("range", String::new()),
                Spacing::AnywhereLog => ("log_range", String::new()),
            };
            line(text, key, &ends(numbers, &by));
        }
        AxisValues::Variants(variants) => variants.iter().for_each(|of| variant(text, of)),
    }
}

fn ends(numbers: &Numbers, by: &str) -> String {
    let [from, to] = [numbers.from, numbers.to].map(|end| numbers.text(end));
    format!("{{ from = {from}, to = {to}{by} }}")
}

fn variant(text: &mut String, variant: &AxisVariant) {
    text.push_str("[[axis.variant]]\n");
    line(text, "name", &quoted(&variant.name));
    if let Some((scenario, _)) = &variant.scenario {
        line(text, "scenario", &quoted(scenario));
    }
    let parts: Vec<String> = variant
        .set
        .iter()
        .map(|(path, value)| format!("{} = {}", quoted(path), value.text))
        .collect();
    line(text, "set", &format!("{{ {} }}", parts.join(", ")));
}
