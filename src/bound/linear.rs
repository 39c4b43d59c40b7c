//! The configuration linear program of Gilmore and Gomory, solved by column generation.
//!
//! Primal: buy patterns at least price such that all tasks are covered. It is solved through its
//! dual, which grows by rows instead of columns: maximise the sum of the tasks' duals such that no
//! known pattern is worth more than its bin's price. Exact pricing then finds patterns that are,
//! until there is none. What remains of rounding is taken off the duals in integers, so that the
//! final duals are a certificate whatever floating point did.

use super::Effort;
use super::patterns::{End, Next, Pricing};
use super::reduce::{Instance, Kind};
use super::simplex::Dictionary;

const NANOS: f64 = 1e9;

/// How pricing goes about it: a stage's nodes for each kind, and the violation, as a negative power
/// of two of the price, that it takes for rounding. The first stage that finds violated patterns is
/// the last of its round. The long stages meet near-ties in numbers that no search exhausts, so
/// they give away up to 0.1 % of the bound to end them.
const STAGES: [(u64, u32); 4] = [(400, 30), (3_000, 17), (20_000, 12), (u64::MAX, 10)];

/// From this many nodes on, pricing sharpens its bounds first.
const SHARP_NODES: u64 = 20_000;

/// The slacks that certification tries on a kind that no stage closed.
const LAST_SLACKS: [u32; 8] = [30, 12, 10, 9, 8, 7, 6, 5];

/// A pattern of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    pub(super) kind: usize,
    pub(super) counts: Vec<u32>,
}

/// The relaxed answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Relaxed {
    /// Nano-dollars per task, by class: no pattern of a kind is worth more than its price.
    pub(super) duals: Vec<i64>,
    /// Patterns and how many of each the linear program buys (in floating point: a proposal).
    pub(super) bought: Vec<(Pattern, f64)>,
    /// The patterns worth nearly their price.
    pub(super) known: Vec<Pattern>,
    /// Whether a limit weakened the duals.
    pub(super) truncated: bool,
}

struct Generation<'a> {
    instance: &'a Instance,
    effort: &'a Effort,
    most: Vec<u32>,
    program: Dictionary,
    patterns: Vec<Pattern>,
    nodes_left: u64,
}

/// Solves the configuration linear program of an instance of one class or more.
pub(super) fn solve(instance: &Instance, effort: &Effort) -> Relaxed {
    let mut generation = Generation::start(instance, effort);
    let (duals, settled) = generation.run();
    let certified = match settled {
        Some(bits) => duals.into_iter().map(|dual| within_slack(dual, bits)).collect(),
        None => generation.certify(duals),
    };
    let (bought, known) = (generation.bought(), generation.near(&certified));
    Relaxed { duals: certified, bought, known, truncated: settled.is_none() }
}

/// What the linear program buys, starting from the `known` patterns as far as their tasks are
/// demanded, and certifying nothing.
pub(super) fn propose(
    instance: &Instance,
    known: &[Pattern],
    effort: &Effort,
) -> Vec<(Pattern, f64)> {
    let mut generation = Generation::start(instance, effort);
    generation.reuse(known);
    generation.run();
    generation.bought()
}

/// The dual that keeps a pattern within the price if `dual` kept it within price and slack.
fn within_slack(dual: i64, slack: u32) -> i64 {
    let one = 1_i128 << slack;
    i64::try_from(i128::from(dual) * one / (one + 1)).unwrap_or(0)
}

impl<'a> Generation<'a> {
    /// Starts from the cheapest bin for each class alone: a row each, tight at once.
    fn start(instance: &'a Instance, effort: &'a Effort) -> Self {
        let most = instance.counts();
        let gains: Vec<f64> = most.iter().map(|count| f64::from(*count)).collect();
        let program = Dictionary::new(&gains);
        let (patterns, nodes_left) = (Vec::new(), effort.max_generation_nodes);
        let mut generation = Self { instance, effort, most, program, patterns, nodes_left };
        for class in 0..instance.classes.len() {
            let share = |kind: usize| {
                let kind = &instance.kinds[kind];
                kind.price as f64 / f64::from(kind.fits[class])
            };
            let holders = (0..instance.kinds.len()).filter(|&k| instance.kinds[k].fits[class] > 0);
            if let Some(kind) = holders.min_by(|&a, &b| share(a).total_cmp(&share(b))) {
                let mut counts = vec![0; instance.classes.len()];
                counts[class] = instance.kinds[kind].fits[class];
                generation.push(Pattern { kind, counts });
            }
        }
        generation.program.maximise();
        generation
    }

    /// Adds violated patterns until there are none: the duals, and the slack within which they are
    /// certain, if a limit did not end it.
    fn run(&mut self) -> (Vec<i64>, Option<u32>) {
        for _ in 0..self.effort.max_rounds {
            let duals = self.duals();
            let (cuts, slack) = self.violated(&duals);
            if cuts.is_empty() {
                return (duals, slack);
            }
            for cut in cuts {
                self.push(cut);
            }
            if !self.program.repair() {
                break;
            }
        }
        (self.duals(), None)
    }

    fn push(&mut self, pattern: Pattern) {
        let row: Vec<f64> = pattern.counts.iter().map(|count| f64::from(*count)).collect();
        let price = self.instance.kinds[pattern.kind].price as f64 / NANOS;
        self.program.add_row(&row, price);
        self.patterns.push(pattern);
    }

    /// The duals of now, rounded down to whole nano-dollars and below what any bin could bear.
    fn duals(&self) -> Vec<i64> {
        let own = self.program.own();
        let bearable = |class: usize| {
            let holders = self.instance.kinds.iter().filter(move |kind| kind.fits[class] > 0);
            holders.map(move |kind| kind.price / i64::from(kind.fits[class])).min().unwrap_or(0)
        };
        own.iter()
            .enumerate()
            .map(|(class, dollars)| ((dollars * NANOS).floor() as i64).clamp(0, bearable(class)))
            .collect()
    }

    /// Patterns worth more than price and slack, one of a kind, by falling violation. If there are
    /// none, the slack (a negative power of two) within which that is certain; `None` when a kind
    /// was left open at the limit.
    fn violated(&mut self, duals: &[i64]) -> (Vec<Pattern>, Option<u32>) {
        let mut found: Vec<(f64, Pattern)> = Vec::new();
        let mut open: Vec<usize> = (0..self.instance.kinds.len()).collect();
        let mut certain = None;
        for (nodes, slack) in STAGES {
            open.retain(|&position| {
                let (worst, end) = self.worst(position, duals, slack, nodes);
                found.extend(worst);
                end != End::Exhausted
            });
            certain = open.is_empty().then_some(slack);
            if !found.is_empty() || open.is_empty() {
                break;
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.kind.cmp(&b.1.kind)));
        found.truncate(4 * duals.len() + 4);
        (found.into_iter().map(|(_, pattern)| pattern).collect(), certain)
    }

    /// The pattern of one kind worth most, if that is above price and slack, and its worth by price.
    fn worst(
        &mut self,
        position: usize,
        duals: &[i64],
        slack: u32,
        nodes: u64,
    ) -> (Option<(f64, Pattern)>, End) {
        let kind = &self.instance.kinds[position];
        let mut pricing = Pricing::new(kind, &self.instance.classes, duals, &self.most, false);
        if nodes >= SHARP_NODES {
            pricing.sharpen();
        }
        let granted = nodes.min(self.effort.max_pricing_nodes).min(self.nodes_left);
        let (mut worst, mut nodes) = (None, granted);
        let cutoff = kind.price + (kind.price >> slack);
        let end = pricing.search(duals.len(), cutoff, &mut nodes, &mut |counts, worth| {
            worst = Some((counts.to_vec(), worth));
            Next::Above(worth)
        });
        self.nodes_left -= granted - nodes;
        let worst = worst.map(|(counts, worth)| {
            (worth as f64 / kind.price.max(1) as f64, Pattern { kind: position, counts })
        });
        (worst, end)
    }

    /// Shrinks `duals` until no pattern of any kind is worth more than its price, by exact pricing
    /// within the finest slack that the limit of nodes allows for each kind.
    fn certify(&self, mut duals: Vec<i64>) -> Vec<i64> {
        for kind in &self.instance.kinds {
            let most = i128::from(self.most_worth(kind, &duals));
            let price = i128::from(kind.price);
            if most > price {
                for dual in &mut duals {
                    *dual = i64::try_from(i128::from(*dual) * price / most).unwrap_or(0);
                }
            }
        }
        duals
    }

    /// No pattern of `kind` is worth more than this.
    fn most_worth(&self, kind: &Kind, duals: &[i64]) -> i64 {
        let mut pricing = Pricing::new(kind, &self.instance.classes, duals, &self.most, false);
        let mut least = i64::MAX;
        for slack in LAST_SLACKS {
            let mut most = kind.price + (kind.price >> slack);
            let mut nodes = self.effort.max_pricing_nodes.min(SHARP_NODES);
            let end = pricing.search(duals.len(), most, &mut nodes, &mut |_, worth| {
                most = worth;
                Next::Above(worth)
            });
            match end {
                End::Exhausted => return least.min(most),
                End::Cut(bound) => least = least.min(bound),
            }
            pricing.sharpen();
        }
        least
    }

    /// Starts from patterns of another problem with the same kinds and classes.
    fn reuse(&mut self, known: &[Pattern]) {
        for pattern in known {
            let counts: Vec<u32> =
                pattern.counts.iter().zip(&self.most).map(|(a, b)| *a.min(b)).collect();
            let pattern = Pattern { kind: pattern.kind, counts };
            if pattern.counts.iter().any(|count| *count > 0) && !self.patterns.contains(&pattern) {
                self.push(pattern);
            }
        }
        self.program.repair();
    }

    /// The patterns worth nearly their price at `duals`.
    fn near(&self, duals: &[i64]) -> Vec<Pattern> {
        let worth = |pattern: &Pattern| -> i64 {
            pattern.counts.iter().zip(duals).map(|(count, dual)| i64::from(*count) * dual).sum()
        };
        let near = |pattern: &&Pattern| {
            let price = self.instance.kinds[pattern.kind].price;
            worth(pattern) > price - price / 50
        };
        self.patterns.iter().filter(near).cloned().collect()
    }

    /// The patterns that bear a multiplier: the linear program buys so many of them.
    fn bought(&self) -> Vec<(Pattern, f64)> {
        let multipliers = self.program.multipliers();
        let bought = multipliers.into_iter().filter(|(_, amount)| *amount > 1e-9);
        bought.map(|(row, amount)| (self.patterns[row].clone(), amount)).collect()
    }
}
