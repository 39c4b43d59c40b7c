//! One definition: the linear bound in closed form, and the cheapest packing by recursion over the
//! number of tasks left.

use super::Effort;
use super::master::Answer;
use super::reduce::{Instance, Packed};

/// A bin as it matters to one definition.
#[derive(Clone, Copy)]
struct Offer {
    fits: usize,
    price: i64,
    kind: usize,
}

/// The offers that are cheaper than every larger one, largest last.
fn offers(instance: &Instance) -> Vec<Offer> {
    let mut all: Vec<Offer> = instance
        .kinds
        .iter()
        .enumerate()
        .map(|(kind, bin)| Offer { fits: bin.fits[0] as usize, price: bin.price, kind })
        .collect();
    all.sort_by_key(|offer| (std::cmp::Reverse(offer.fits), offer.price, offer.kind));
    let mut kept: Vec<Offer> = Vec::new();
    for offer in all {
        if kept.last().is_none_or(|larger| offer.price < larger.price) {
            kept.push(offer);
        }
    }
    kept.reverse();
    kept
}

/// Solves an instance of one class.
///
/// Some cheapest packing holds fewer bins of other kinds than the best bin per task has places:
/// among that many, some hold together a multiple of its places, and it replaces them at no higher
/// price. So all but a bounded rest goes to the best bin, and the recursion is exact for the rest,
/// unless the rest is more than can be afforded.
pub(super) fn solve(instance: &Instance, effort: &Effort) -> Answer {
    let count = instance.classes[0].count as usize;
    let offers = offers(instance);
    let per_task = |offer: &Offer, other: &Offer| {
        let (a, b) = (i128::from(offer.price), i128::from(other.price));
        (a * other.fits as i128).cmp(&(b * offer.fits as i128))
    };
    let (Some(best), Some(largest)) =
        (offers.iter().min_by(|a, b| per_task(a, b)).copied(), offers.last())
    else {
        return Answer::default();
    };
    let dual = best.price / i64::try_from(best.fits).unwrap_or(i64::MAX);
    let rest = (best.fits - 1).saturating_mul(largest.fits);
    let affordable = effort.max_tries / offers.len() as u64;
    let rest_here = rest.min(usize::try_from(affordable).unwrap_or(usize::MAX));
    let bulk = count.saturating_sub(rest_here).div_ceil(best.fits).min(count / best.fits);
    let mut left = count - bulk * best.fits;
    let mut used = vec![0_u32; offers.len()];
    let mut bins = Vec::new();
    let choices = cheapest(&offers, left);
    while left > 0 {
        let offer = &offers[choices[left]];
        if offer.fits <= left {
            used[choices[left]] += 1;
        } else {
            let counts = vec![u32::try_from(left).unwrap_or(u32::MAX)];
            bins.push(Packed { kind: offer.kind, counts, instances: 1 });
        }
        left = left.saturating_sub(offer.fits);
    }
    let bulk = u32::try_from(bulk).unwrap_or(u32::MAX);
    for (offer, used) in offers.iter().zip(used) {
        let instances = if offer.kind == best.kind { used + bulk } else { used };
        if instances > 0 {
            let counts = vec![u32::try_from(offer.fits).unwrap_or(u32::MAX)];
            bins.push(Packed { kind: offer.kind, counts, instances });
        }
    }
    let proven = rest_here == rest || count <= rest_here;
    Answer { duals: vec![dual], bins, proven, truncated: !proven, ..Answer::default() }
}

/// For each number of tasks up to `count`, the offer to use first.
fn cheapest(offers: &[Offer], count: usize) -> Vec<usize> {
    let mut price = vec![0_i64; count + 1];
    let mut choice = vec![0; count + 1];
    for left in 1..=count {
        let mut least = i64::MAX;
        for (position, offer) in offers.iter().enumerate() {
            let total = price[left.saturating_sub(offer.fits)].saturating_add(offer.price);
            if total < least {
                least = total;
                choice[left] = position;
            }
        }
        price[left] = least;
    }
    choice
}
