//! The configuration linear program of Gilmore and Gomory, solved by column generation.
//!
//! Primal: buy patterns at least price such that all tasks are covered. It is solved through its
//! dual, which grows by rows instead of columns: maximise the sum of the tasks' duals such that no
//! known pattern is worth more than its bin's price. Exact pricing then finds patterns that are,
//! until there is none. What remains of rounding is taken off the duals in integers, so that the
//! final duals are a certificate whatever floating point did.

use super::Effort;
use super::patterns::{End, Next, Pricing};
use super::reduce::Instance;
use super::simplex::Dictionary;

const NANOS: f64 = 1e9;

/// How pricing goes about it: a stage's nodes for each kind, and the violation, as a negative power
/// of two of the price, that it takes for rounding. The first stage that finds violated patterns is
/// the last of its round. The long stages meet near-ties in numbers that no search exhausts, so
/// they give away up to 0.025 % of the bound to end them.
const STAGES: [(u64, u32); 8] = [
    (400, 30),
    (3_000, 17),
    (20_000, 12),
    (u64::MAX, 10),
    (u64::MAX, 9),
    (u64::MAX, 8),
    (u64::MAX, 7),
    (u64::MAX, 6),
];

/// A pattern of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    most: Vec<u32>,
    program: Dictionary,
    patterns: Vec<Pattern>,
}

/// Solves the configuration linear program of an instance of one class or more, starting from the
/// `known` patterns, as far as their tasks are demanded.
pub(super) fn solve(instance: &Instance, known: &[Pattern], effort: &Effort) -> Relaxed {
    let mut generation = Generation::start(instance);
    generation.reuse(known);
    let mut duals = generation.duals();
    let mut settled = None;
    let mut rounds = 0;
    for _ in 0..effort.max_rounds {
        rounds += 1;
        let (cuts, slack) = generation.violated(&duals, effort.max_pricing_nodes);
        if cuts.is_empty() {
            settled = slack;
            break;
        }
        let repaired = generation.add(&cuts);
        duals = generation.duals();
        if !repaired {
            break;
        }
    }
    let certified = match settled {
        Some(bits) => duals.into_iter().map(|dual| within_slack(dual, bits)).collect(),
        None => generation.certify(duals, effort.max_pricing_nodes),
    };
    let bought = generation.bought();

    let known = generation.near(&certified);
    Relaxed { duals: certified, bought, known, truncated: settled.is_none() }
}

/// The dual that keeps a pattern within the price if `dual` kept it within price and slack.
fn within_slack(dual: i64, slack: u32) -> i64 {
    let one = 1_i128 << slack;
    i64::try_from(i128::from(dual) * one / (one + 1)).unwrap_or(0)
}

impl<'a> Generation<'a> {
    /// Starts from the cheapest bin for each class alone: a row each, tight at once.
    fn start(instance: &'a Instance) -> Self {
        let most = instance.counts();
        let gains: Vec<f64> = most.iter().map(|count| f64::from(*count)).collect();
        let program = Dictionary::new(&gains);
        let mut generation = Self { instance, most, program, patterns: Vec::new() };
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

    fn push(&mut self, pattern: Pattern) {
        let row: Vec<f64> = pattern.counts.iter().map(|count| f64::from(*count)).collect();
        let price = self.instance.kinds[pattern.kind].price as f64 / NANOS;
        self.program.add_row(&row, price);
        self.patterns.push(pattern);
    }

    fn add(&mut self, cuts: &[Pattern]) -> bool {
        for cut in cuts {
            self.push(cut.clone());
        }
        self.program.repair()
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
    fn violated(&self, duals: &[i64], max_nodes: u64) -> (Vec<Pattern>, Option<u32>) {
        let mut found: Vec<(f64, Pattern)> = Vec::new();
        let mut open: Vec<usize> = (0..self.instance.kinds.len()).collect();
        let mut certain = None;
        for (nodes, slack) in STAGES {
            open.retain(|&position| {
                let (worst, end) = self.worst(position, duals, slack, nodes.min(max_nodes));
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
        &self,
        position: usize,
        duals: &[i64],
        slack: u32,
        mut nodes: u64,
    ) -> (Option<(f64, Pattern)>, End) {
        let kind = &self.instance.kinds[position];
        let mut pricing = Pricing::new(kind, &self.instance.classes, duals, &self.most, false);
        if nodes > 3000 {
            pricing.sharpen();
        }
        let mut worst = None;
        let cutoff = kind.price + (kind.price >> slack);
        let end = pricing.search(duals.len(), cutoff, &mut nodes, &mut |counts, worth| {
            worst = Some((counts.to_vec(), worth));
            Next::Above(worth)
        });
        let worst = worst.map(|(counts, worth)| {
            (worth as f64 / kind.price.max(1) as f64, Pattern { kind: position, counts })
        });
        (worst, end)
    }

    /// Shrinks `duals` until no pattern of any kind is worth more than its price, by exact pricing
    /// or, where that hits its limit, by the bound it leaves.
    fn certify(&self, mut duals: Vec<i64>, nodes: u64) -> Vec<i64> {
        for kind in &self.instance.kinds {
            let pricing = Pricing::new(kind, &self.instance.classes, &duals, &self.most, false);
            let mut most = kind.price;
            let end =
                pricing.search(duals.len(), kind.price, &mut nodes.clone(), &mut |_, worth| {
                    most = worth;
                    Next::Above(worth)
                });
            if let End::Cut(bound) = end {
                most = most.max(bound);
            }
            if most > kind.price {
                let (price, most) = (i128::from(kind.price), i128::from(most));
                for dual in &mut duals {
                    *dual = i64::try_from(i128::from(*dual) * price / most).unwrap_or(0);
                }
            }
        }
        duals
    }

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

    fn bought(&self) -> Vec<(Pattern, f64)> {
        let multipliers = self.program.multipliers();
        let bought = multipliers.into_iter().filter(|(_, amount)| *amount > 1e-9);
        bought.map(|(row, amount)| (self.patterns[row].clone(), amount)).collect()
    }
}
