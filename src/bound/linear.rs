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

/// A violation by less than `price >> SLACK_BITS` counts as rounding.
const SLACK_BITS: u32 = 30;

/// Nodes of a pricing problem while any violated pattern will do.
const HASTY_NODES: u64 = 400;

/// A pattern of a kind.
#[derive(Clone, Debug)]
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
    /// Whether a limit weakened the duals.
    pub(super) truncated: bool,
}

struct Generation<'a> {
    instance: &'a Instance,
    most: Vec<u32>,
    program: Dictionary,
    patterns: Vec<Pattern>,
}

/// Solves the configuration linear program of an instance of one class or more.
pub(super) fn solve(instance: &Instance, effort: &Effort) -> Relaxed {
    let mut generation = Generation::start(instance);
    let mut duals = generation.duals();
    let mut settled = false;
    for _ in 0..effort.max_rounds {
        let mut cuts = generation.violated(&duals, HASTY_NODES.min(effort.max_pricing_nodes));
        if cuts.is_empty() {
            cuts = generation.violated(&duals, effort.max_pricing_nodes);
        }
        if cuts.is_empty() {
            settled = true;
            break;
        }
        let repaired = generation.add(&cuts);
        duals = generation.duals();
        if !repaired {
            break;
        }
    }
    let (duals, weakened) = generation.certify(duals, effort.max_pricing_nodes);
    Relaxed { duals, bought: generation.bought(), truncated: weakened || !settled }
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

    /// The patterns, the worst of each kind as far as found within `nodes`, worth more than price.
    fn violated(&self, duals: &[i64], nodes: u64) -> Vec<Pattern> {
        let mut found: Vec<(f64, Pattern)> = Vec::new();
        for (position, kind) in self.instance.kinds.iter().enumerate() {
            let pricing = Pricing::new(kind, &self.instance.classes, duals, &self.most, false);
            let mut worst: Option<(Vec<u32>, i64)> = None;
            let cutoff = kind.price + (kind.price >> SLACK_BITS);
            pricing.search(duals.len(), cutoff, nodes, &mut |counts, worth| {
                worst = Some((counts.to_vec(), worth));
                Next::Above(worth)
            });
            if let Some((counts, worth)) = worst {
                let excess = worth as f64 / kind.price.max(1) as f64;
                found.push((excess, Pattern { kind: position, counts }));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.kind.cmp(&b.1.kind)));
        found.truncate(4 * duals.len() + 4);
        found.into_iter().map(|(_, pattern)| pattern).collect()
    }

    /// Shrinks `duals` until no pattern of any kind is worth more than its price, by exact pricing
    /// or, where that hits its limit, by the bound it leaves. The flag tells of the latter.
    fn certify(&self, duals: Vec<i64>, nodes: u64) -> (Vec<i64>, bool) {
        let (mut weakened, mut safe) = (false, duals);
        for kind in &self.instance.kinds {
            let pricing = Pricing::new(kind, &self.instance.classes, &safe, &self.most, false);
            let mut most = kind.price;
            let end = pricing.search(safe.len(), kind.price, nodes, &mut |_, worth| {
                most = worth;
                Next::Above(worth)
            });
            if let End::Cut(bound) = end {
                most = most.max(bound);
                weakened = true;
            }
            if most > kind.price {
                let shrink = |dual: i64| {
                    i128::from(dual) * i128::from(kind.price) / i128::from(most)
                };
                safe = safe.iter().map(|&dual| i64::try_from(shrink(dual)).unwrap_or(0)).collect();
            }
        }
        (safe, weakened)
    }

    fn bought(&self) -> Vec<(Pattern, f64)> {
        let multipliers = self.program.multipliers();
        let bought = multipliers.into_iter().filter(|(_, amount)| *amount > 1e-9);
        bought.map(|(row, amount)| (self.patterns[row].clone(), amount)).collect()
    }
}
