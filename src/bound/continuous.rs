//! The continuous bound: tasks as a liquid, one dimension at a time.

use super::reduce::{DIMS, Instance};

/// The strongest duals of one dimension alone.
///
/// In one dimension a task that takes a share `s` of a bin bears at least the share `s` of the
/// price of the cheapest bin, for its size, among those that can hold it. Rounded down for each
/// task, these duals are themselves a certificate: a bin's shares sum to one at most.
pub(super) fn certificate(instance: &Instance) -> Vec<i64> {
    (0..DIMS)
        .map(|dim| in_dimension(instance, dim))
        .max_by_key(|duals| instance.bound_of(duals))
        .unwrap_or_default()
}

fn in_dimension(instance: &Instance, dim: usize) -> Vec<i64> {
    let classes = instance.classes.iter().enumerate();
    classes
        .map(|(position, class)| {
            let share = |kind: &super::reduce::Kind| {
                let worth = i128::from(kind.price) * i128::from(class.size[dim]);
                worth / i128::from(kind.capacity[dim])
            };
            let holders = instance.kinds.iter().filter(|kind| kind.fits[position] > 0);
            let cheapest = holders.filter(|kind| kind.capacity[dim] > 0).map(share).min();
            cheapest.and_then(|nanos| i64::try_from(nanos).ok()).unwrap_or(0)
        })
        .collect()
}
