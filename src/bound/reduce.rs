//! The problem without its repetitions: equal demands merged, useless and dominated bins dropped.

use super::{Bin, Demand, MAX_PRICE, PackedBin, Packing, Problem, Unpackable};
use crate::units::{Limit, Resources, UsdPerHour};

/// Number of dimensions.
pub(super) const DIMS: usize = Limit::ALL.len();

/// An amount in each dimension, in the order of [`Limit::ALL`].
pub(super) type Amounts = [i64; DIMS];

/// Demands of equal size that the same bins admit.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) size: Amounts,
    pub(super) count: u32,
    /// The demands merged here, with their counts.
    members: Vec<(usize, u32)>,
}

/// A bin type worth considering.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    /// Clipped to the total demand in each dimension.
    pub(super) capacity: Amounts,
    /// Nano-dollars per hour.
    pub(super) price: i64,
    /// Tasks of each class that an empty bin holds, no more than demanded; zero where refused.
    pub(super) fits: Vec<u32>,
    /// Position in [`Problem::bins`].
    origin: usize,
}

/// Equal bins of a packing, in terms of kinds and classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) kind: usize,
    pub(super) counts: Vec<u32>,
    pub(super) instances: u32,
}

/// The reduced problem. Larger classes come before those that they dominate in size.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) classes: Vec<Class>,
    pub(super) kinds: Vec<Kind>,
    demands: usize,
}

fn amounts(resources: &Resources) -> Amounts {
    Limit::ALL.map(|limit| i64::from(resources.get(limit)))
}

fn admits(bin: &Bin, demand: usize) -> bool {
    bin.admits.is_empty() || bin.admits.get(demand).copied().unwrap_or(false)
}

/// How many of `size` fit into `capacity`, at most `count`.
pub(super) fn copies(capacity: &Amounts, size: &Amounts, count: u32) -> u32 {
    let mut most = i64::from(count);
    for (have, need) in capacity.iter().zip(size) {
        if *need > 0 {
            most = most.min(have / need);
        }
    }
    u32::try_from(most.max(0)).unwrap_or(count)
}

fn merge(problem: &Problem) -> Vec<Class> {
    let restricted = problem.bins.iter().any(|bin| !bin.admits.is_empty());
    let same_bins = |a: usize, b: usize| {
        !restricted || problem.bins.iter().all(|bin| admits(bin, a) == admits(bin, b))
    };
    let mut classes: Vec<Class> = Vec::new();
    for (demand, Demand { size, count }) in problem.demands.iter().enumerate() {
        if *count == 0 {
            continue;
        }
        let size = amounts(size);
        let twin = classes.iter_mut().find(|class| {
            class.size == size
                && same_bins(class.members[0].0, demand)
                && class.count.checked_add(*count).is_some()
        });
        if let Some(class) = twin {
            class.count += count;
            class.members.push((demand, *count));
        } else {
            classes.push(Class { size, count: *count, members: vec![(demand, *count)] });
        }
    }
    classes.sort_by_key(|class| std::cmp::Reverse(class.size));
    classes
}

impl Kind {
    /// Whether `self` serves wherever `other` would, at no higher price.
    fn dominates(&self, other: &Self) -> bool {
        self.price <= other.price
            && self.capacity.iter().zip(&other.capacity).all(|(a, b)| a >= b)
            && self.fits.iter().zip(&other.fits).all(|(a, b)| a >= b)
    }
}

fn kinds(problem: &Problem, classes: &[Class]) -> Vec<Kind> {
    let mut total: Amounts = [0; DIMS];
    for class in classes {
        for (sum, size) in total.iter_mut().zip(&class.size) {
            *sum = sum.saturating_add(size.saturating_mul(i64::from(class.count)));
        }
    }
    let mut order: Vec<usize> = (0..problem.bins.len()).collect();
    order.sort_by_key(|&index| (problem.bins[index].price, index));
    let mut kept: Vec<Kind> = Vec::new();
    for origin in order {
        let bin = &problem.bins[origin];
        let mut capacity = amounts(&bin.capacity);
        for (have, total) in capacity.iter_mut().zip(&total) {
            *have = (*have).min(*total);
        }
        let fits: Vec<u32> = classes
            .iter()
            .map(|class| {
                let admitted = admits(bin, class.members[0].0);
                if admitted { copies(&capacity, &class.size, class.count) } else { 0 }
            })
            .collect();
        let price = i64::try_from(bin.price.nanos()).unwrap_or(i64::MAX);
        let kind = Kind { capacity, price, fits, origin };
        let useful = kind.fits.iter().any(|fits| *fits > 0);
        if useful && !kept.iter().any(|other| other.dominates(&kind)) {
            // An equal price may come with more capacity at a later position.
            kept.retain(|other| !kind.dominates(other));
            kept.push(kind);
        }
    }
    kept
}

impl Instance {
    /// Merges and drops what cannot matter.
    pub(super) fn reduce(problem: &Problem) -> Result<Self, Unpackable> {
        if let Some(bin) = problem.bins.iter().position(|bin| bin.price > MAX_PRICE) {
            return Err(Unpackable::PriceTooHigh { bin });
        }
        let classes = merge(problem);
        let kinds = kinds(problem, &classes);
        let homeless = (0..classes.len()).filter(|&c| kinds.iter().all(|kind| kind.fits[c] == 0));
        if let Some(demand) = homeless.map(|c| classes[c].members[0].0).min() {
            return Err(Unpackable::FitsNoBin { demand });
        }
        Ok(Self { classes, kinds, demands: problem.demands.len() })
    }

    /// The same kinds for no more than `counts` tasks.
    pub(super) fn restricted(&self, counts: &[u32]) -> Self {
        let mut part = self.clone();
        for (class, count) in part.classes.iter_mut().zip(counts) {
            class.count = *count;
        }
        for kind in &mut part.kinds {
            for (fits, count) in kind.fits.iter_mut().zip(counts) {
                *fits = (*fits).min(*count);
            }
        }
        part
    }

    /// How many tasks of each class.
    pub(super) fn counts(&self) -> Vec<u32> {
        self.classes.iter().map(|class| class.count).collect()
    }

    /// The bound that `duals`, one for each class, certify.
    pub(super) fn bound_of(&self, duals: &[i64]) -> UsdPerHour {
        let each = self.classes.iter().zip(duals);
        let sum: i128 = each.map(|(class, dual)| i128::from(class.count) * i128::from(*dual)).sum();
        UsdPerHour::from_nanos(u64::try_from(sum).unwrap_or(u64::MAX))
    }

    /// Duals of classes, one for each demand; zero for demands of no tasks.
    pub(super) fn by_demand(&self, duals: &[i64]) -> Vec<u64> {
        let mut each = vec![0; self.demands];
        for (class, dual) in self.classes.iter().zip(duals) {
            for (demand, _) in &class.members {
                each[*demand] = u64::try_from(*dual).unwrap_or(0);
            }
        }
        each
    }

    /// `packed` in terms of the problem: tasks of merged demands are handed out in order.
    pub(super) fn packing(&self, problem: &Problem, packed: &[Packed]) -> Packing {
        let mut left: Vec<Vec<(usize, u32)>> =
            self.classes.iter().map(|class| class.members.clone()).collect();
        let mut bins: Vec<PackedBin> = Vec::new();
        for group in packed {
            let mut missing = group.instances;
            while missing > 0 {
                let (counts, instances) = self.hand_out(&group.counts, missing, &mut left);
                bins.push(PackedBin { bin: self.kinds[group.kind].origin, counts, instances });
                missing -= instances;
            }
        }
        bins.sort_by(|a, b| a.bin.cmp(&b.bin).then_with(|| b.counts.cmp(&a.counts)));
        bins.dedup_by(|next, kept| {
            let same = next.bin == kept.bin && next.counts == kept.counts;
            if same {
                kept.instances += next.instances;
            }
            same
        });
        let price = bins
            .iter()
            .map(|packed| problem.bins[packed.bin].price.times(u64::from(packed.instances)))
            .sum();
        Packing { bins, price }
    }

    /// Takes the tasks of up to `instances` equal bins from the demands `left`: of as many bins as
    /// the first demand of each class fills alone, or else of one. Returns their counts and number.
    fn hand_out(
        &self,
        counts: &[u32],
        instances: u32,
        left: &mut [Vec<(usize, u32)>],
    ) -> (Vec<u32>, u32) {
        let mut alone = instances;
        for (members, count) in left.iter_mut().zip(counts).filter(|(_, count)| **count > 0) {
            members.retain(|(_, left)| *left > 0);
            alone = alone.min(members.first().map_or(0, |(_, left)| left / count));
        }
        let instances = alone.max(1);
        let mut by_demand = vec![0; self.demands];
        for (members, count) in left.iter_mut().zip(counts) {
            let mut wanted = *count;
            for (demand, left) in members.iter_mut() {
                let taken = wanted.min(*left / instances);
                by_demand[*demand] += taken;
                *left -= taken * instances;
                wanted -= taken;
            }
            debug_assert_eq!(wanted, 0, "a packing holds what is demanded and no more");
        }
        (by_demand, instances)
    }
}
