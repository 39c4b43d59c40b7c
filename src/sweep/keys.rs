//! What makes a sweep, and each of its runs, what it is: two with the same key give the same figures.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::run::MODEL_VERSION;
use crate::scenario::to_toml;

use super::journal::Key;
use super::parts::SweepHead;
use super::question::Sweep;
use super::resolved::set;

impl Sweep<'_> {
    /// The key of the whole sweep: its scenarios and what they name, axes, replications, seed, figures,
    /// catalogue and model version.
    #[must_use]
    pub fn key(&self) -> Key {
        let resolved = self.resolved();
        let catalogue = self.catalogs.digest().to_le_bytes();
        let mut parts = vec![MODEL_VERSION.as_bytes(), &catalogue, resolved.as_bytes()];
        for file in self.bases.iter().flat_map(|base| &base.files) {
            parts.push(file.name.as_bytes());
            // What cannot be read is told of where it is needed.
            parts.push(file.content.as_ref().map_or(&[], |source| source.text.as_bytes()));
        }
        Key::of(&parts)
    }

    /// What its key stands for, part by part: so two sweeps can be told apart in words. What is short is
    /// itself, the rest a key of its own.
    #[must_use]
    pub fn made_of(&self) -> Vec<(String, String)> {
        let key = |parts: &[&[u8]]| Key::of(parts).to_string();
        let mut scenarios: Vec<&[u8]> = Vec::new();
        for base in &self.bases {
            scenarios.extend([base.name.as_bytes(), base.source.text.as_bytes()]);
            for file in &base.files {
                let content = file.content.as_ref().map_or("", |source| source.text.as_str());
                scenarios.extend([file.name.as_bytes(), content.as_bytes()]);
            }
        }
        let file = &self.file;
        let plan = match file.samples {
            Some(samples) => format!("{} of {samples}", file.plan.word()),
            None => file.plan.word().to_owned(),
        };
        let precision = file.precision.as_ref().map_or_else(
            || "none".to_owned(),
            |of| format!("{} % in {} runs at most", of.half_width_percent, of.max_replications),
        );
        let figures = [self.metrics(), self.objectives()].concat().join(" ");
        let catalogue = self.catalogs.digest().to_le_bytes();
        let parts = [
            ("scenarios, with the files that they name", key(&scenarios)),
            ("what is set at every point", key(&[set(&self.common).as_bytes()])),
            ("axes", key(&[self.axes().as_bytes()])),
            ("plan", plan),
            ("replications", file.replications.to_string()),
            ("precision", precision),
            ("seed", self.seed.to_string()),
            ("figures that are kept, or objectives", key(&[figures.as_bytes()])),
            ("catalogue: prices, types or Spot history", key(&[&catalogue])),
        ];
        parts.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// What it is, beside its table. Its catalogues are those that the points have asked of by now: after
    /// [`Sweep::check`], those of every value of every axis.
    #[must_use]
    pub fn head(&self) -> SweepHead {
        SweepHead {
            plan: self.key().to_string(),
            points: self.points(),
            catalog: self.catalogs.summary(),
            resolved: self.resolved(),
            objectives: self.objectives(),
        }
    }

    /// The keys of its runs.
    #[must_use]
    pub fn run_keys(&self) -> RunKeys<'_> {
        let catalogue = Key::of(&[&self.catalogs.digest().to_le_bytes()]);
        RunKeys { sweep: self, catalogue, points: RefCell::default() }
    }

    /// Most runs that a point can have.
    fn most_replications(&self) -> u32 {
        self.precision().map_or(self.replications(), |precision| precision.max_replications)
    }
}

/// The keys of a sweep's runs.
#[derive(Debug)]
pub struct RunKeys<'s> {
    sweep: &'s Sweep<'s>,
    catalogue: Key,
    /// Of each point that was asked for: its scenario is read once.
    points: RefCell<BTreeMap<u64, Option<Key>>>,
}

impl RunKeys<'_> {
    /// The key of a run; none for one that the sweep does not have, and for a point without a scenario.
    #[must_use]
    pub fn of(&self, point: u64, replication: u32) -> Option<Key> {
        if point >= self.sweep.points() || replication >= self.sweep.most_replications() {
            return None;
        }
        let scenario = *self.points.borrow_mut().entry(point).or_insert_with(|| {
            let (scenario, _) = self.sweep.scenario(point).ok()?;
            Some(Key::of(&[to_toml(&scenario).as_bytes()]))
        });
        let seed = self.sweep.seed(replication);
        Some(Key::of_run(scenario?, self.catalogue, seed, MODEL_VERSION))
    }
}
