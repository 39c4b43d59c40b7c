//! `spread`: evenly over the values of an attribute, by the tasks of the group that are there already.

use std::collections::BTreeMap;

use crate::units::TaskGroupId;

/// The tasks of groups by the values of attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread {
    /// The attributes that some strategy spreads over, each with the numbers of its values. An instance
    /// without the attribute has a value of its own: `None`.
    fields: Vec<(String, BTreeMap<Option<String>, u32>)>,
    /// What is counted: a group over a field.
    pairs: Vec<(TaskGroupId, usize)>,
    /// The pairs of each group.
    of_group: Vec<Vec<usize>>,
    /// For each pair the tasks by number of the value.
    counts: Vec<Vec<u32>>,
}

/// A group over a field: what [`Spread`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair(usize);

impl Spread {
    pub(super) fn new(groups: usize) -> Self {
        Self { of_group: vec![Vec::new(); groups], ..Self::default() }
    }

    /// From now on the tasks of a group are counted by the values of an attribute.
    pub(super) fn pair(&mut self, group: TaskGroupId, attribute: &str) -> Pair {
        let known = self.fields.iter().position(|(name, _)| name == attribute);
        let field = known.unwrap_or_else(|| {
            self.fields.push((attribute.to_owned(), BTreeMap::new()));
            self.fields.len() - 1
        });
        let known = self.pairs.iter().position(|pair| *pair == (group, field));
        Pair(known.unwrap_or_else(|| {
            self.pairs.push((group, field));
            self.counts.push(Vec::new());
            self.of_group[group.index()].push(self.pairs.len() - 1);
            self.pairs.len() - 1
        }))
    }

    /// The numbers of the values of all fields on an instance with these attributes.
    pub(super) fn values(&mut self, attribute: impl Fn(&str) -> Option<String>) -> Vec<u32> {
        let Self { fields, pairs, counts, .. } = self;
        let mut numbers = Vec::new();
        for (field, (name, values)) in fields.iter_mut().enumerate() {
            let next = values.len();
            let next = u32::try_from(next).expect("there are fewer than 2^32 values");
            let number = *values.entry(attribute(name)).or_insert(next);
            numbers.push(number);
            for ((_, of), counts) in pairs.iter().zip(counts.iter_mut()) {
                if *of == field {
                    counts.resize(values.len(), 0);
                }
            }
        }
        numbers
    }

    /// Tasks of the group where the field has the value that it has on an instance.
    pub(super) fn count(&self, pair: Pair, values: &[u32]) -> u32 {
        let (_, field) = self.pairs[pair.0];
        self.counts[pair.0][values[field] as usize]
    }

    /// Counts `tasks` of a group in, on an instance with these values.
    pub(super) fn add(&mut self, group: TaskGroupId, values: &[u32], tasks: u32) {
        for pair in &self.of_group[group.index()] {
            self.counts[*pair][values[self.pairs[*pair].1] as usize] += tasks;
        }
    }

    /// Counts `tasks` of a group out.
    pub(super) fn take(&mut self, group: TaskGroupId, values: &[u32], tasks: u32) {
        for pair in &self.of_group[group.index()] {
            self.counts[*pair][values[self.pairs[*pair].1] as usize] -= tasks;
        }
    }
}
