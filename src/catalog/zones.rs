//! Which availability zones to use when the user names none.

use super::offering::ZoneSet;

/// How many: one instance in each of three zones is what ECS spreads over.
const DEFAULT_ZONES: usize = 3;

/// The ids of the three zones that are in most of `offered`, ties by id, in order of id.
pub(super) fn most_offered(
    ids: &[String],
    offered: &(impl Iterator<Item = ZoneSet> + Clone),
) -> Vec<String> {
    let count = |zone: usize| offered.clone().filter(|set| set.contains(zone)).count();
    let mut ranked: Vec<_> = (0..ids.len()).map(|zone| (count(zone), zone)).collect();
    ranked.sort_by_key(|(count, zone)| (std::cmp::Reverse(*count), *zone));
    ranked.truncate(DEFAULT_ZONES);
    ranked.sort_by_key(|(_, zone)| *zone);
    ranked.into_iter().map(|(_, zone)| ids[zone].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_busiest_zones_are_named_in_order_of_id() {
        let ids: Vec<String> = ["a", "b", "c", "d"].map(String::from).to_vec();
        let sets = [ZoneSet::first(4), ZoneSet::EMPTY.with(3), ZoneSet::EMPTY.with(1).with(3)];
        assert_eq!(most_offered(&ids, &sets.into_iter()), ["a", "b", "d"]);
    }
}
