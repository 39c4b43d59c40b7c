//! Which values a point has: a function of its number, so that no point is written down before its turn.

use crate::random::{EntityKey, Purpose, Streams};
use crate::scenario::{Axis, AxisValues, PlanKind};

/// A value on an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice {
    /// The one at a position.
    Position(u64),
    /// The one at a share of the way from the first to the last.
    Share(f64),
}

/// The plan of a sweep.
#[derive(Clone, Debug)]
pub(super) struct Design {
    kind: PlanKind,
    points: u64,
    /// How many values each axis has; `None` where they lie anywhere between two ends.
    counts: Vec<Option<u64>>,
    keys: Vec<EntityKey>,
    streams: Streams,
    /// Of a Latin hypercube: the part of each axis that each point draws from.
    parts: Vec<Vec<u32>>,
}

impl Design {
    /// The plan of `points` points over `axes`. What it draws, it draws by seed and name of the
    /// axis: another axis leaves the values of the others as they are.
    pub(super) fn new(kind: PlanKind, points: u64, axes: &[Axis], seed: u64) -> Self {
        let streams = Streams::new(seed);
        let keys: Vec<EntityKey> = axes.iter().map(|axis| EntityKey::of(&axis.name)).collect();
        let parts = match kind {
            PlanKind::LatinHypercube => {
                keys.iter().map(|key| shuffled(points, streams, *key)).collect()
            }
            PlanKind::Cartesian | PlanKind::Zipped | PlanKind::Random => Vec::new(),
        };
        let count = |axis: &Axis| AxisValues::count(&axis.values);
        Self { kind, points, counts: axes.iter().map(count).collect(), keys, streams, parts }
    }

    /// How many points.
    pub(super) const fn points(&self) -> u64 {
        self.points
    }

    /// The values of a point, one for each axis.
    pub(super) fn choices(&self, point: u64) -> Vec<Choice> {
        let mut rest = point;
        let mut choices: Vec<Choice> = (0..self.counts.len())
            .rev()
            .map(|axis| match self.kind {
                PlanKind::Zipped => Choice::Position(point),
                PlanKind::Random | PlanKind::LatinHypercube => self.drawn(axis, point),
                PlanKind::Cartesian => {
                    let count = self.counts[axis].unwrap_or(1).max(1);
                    let position = rest % count;
                    rest /= count;
                    Choice::Position(position)
                }
            })
            .collect();
        choices.reverse();
        choices
    }

    fn drawn(&self, axis: usize, point: u64) -> Choice {
        let u = self.streams.uniform(Purpose::SweepPoint, self.keys[axis], point);
        let part = self.parts.get(axis).and_then(|parts| parts.get(usize::try_from(point).ok()?));
        let share = part.map_or(u, |part| (f64::from(*part) + u) / self.points as f64);
        match self.counts[axis] {
            Some(count) => Choice::Position(((share * count as f64) as u64).min(count - 1)),
            None => Choice::Share(share),
        }
    }
}

/// The numbers below `points` in an order that is drawn.
fn shuffled(points: u64, streams: Streams, key: EntityKey) -> Vec<u32> {
    let stream = streams.stream(Purpose::SweepPart, key);
    let count = u32::try_from(points).unwrap_or(u32::MAX);
    let mut order: Vec<u32> = (0..count).collect();
    order.sort_by_key(|part| (stream.bits(u64::from(*part)), *part));
    order
}
