//! How many instances the tasks in PROVISIONING need: tasks that ask for the same are a group, and each
//! group is packed on the largest type.

use crate::scenario::{HostPort, OverGroups};
use crate::units::{Limit, Resources};

/// What a task asks of an instance, as far as the count sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Resources.
    pub size: Resources,
    /// Ports of the instance.
    pub host_ports: Vec<HostPort>,
    /// Whether it wants an instance without others of its task group.
    pub distinct: bool,
}

/// The least and the most that the types of a group register, in each dimension by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeRange {
    /// The least of each.
    pub smallest: Resources,
    /// The most of each.
    pub largest: Resources,
}

impl TypeRange {
    /// The range of `types`; `None` where there is none.
    #[must_use]
    pub fn of<'t>(types: impl IntoIterator<Item = &'t Resources>) -> Option<Self> {
        types.into_iter().fold(None, |range, of| {
            let Self { smallest, largest } = range.unwrap_or(Self { smallest: *of, largest: *of });
            Some(Self {
                smallest: each(&smallest, of, u32::min),
                largest: each(&largest, of, u32::max),
            })
        })
    }

    /// Tasks of one kind on the largest type; `None`: they are not compatible. Documented: a task that
    /// the smallest type cannot run is left out of the count.
    #[must_use]
    pub fn per_instance(&self, need: &Need) -> Option<u32> {
        if !need.size.fits(&self.smallest) {
            return None;
        }
        let most = self.largest.capacity_for(&need.size).map_or(u32::MAX, |(tasks, _)| tasks);
        // Alike tasks want the same ports.
        let alone = need.distinct || !need.host_ports.is_empty();
        Some(if alone { 1 } else { most })
    }
}

fn each(a: &Resources, b: &Resources, of: fn(u32, u32) -> u32) -> Resources {
    let at = |limit| of(a.get(limit), b.get(limit));
    Resources {
        cpu: at(Limit::Cpu),
        memory: at(Limit::Memory),
        eni_slots: at(Limit::Eni),
        gpus: at(Limit::Gpu),
    }
}

/// What the tasks in PROVISIONING come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Instances of the largest type, before the step sizes.
    pub instances: u32,
    /// Tasks that count.
    pub tasks: u32,
    /// Tasks that the smallest type cannot run, or no instance for what it is.
    pub incompatible: u32,
}

/// The kinds of tasks that a provider may meet, and a tally of those that wait.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Of each kind: how many go on one instance.
    per_instance: Vec<Option<u32>>,
    /// The kind of each origin of tasks.
    kinds: Vec<usize>,
    /// Tasks by kind, while they are counted.
    tally: Vec<u32>,
}

impl Needs {
    /// The needs of each origin of tasks; `range` says what the types that may run them hold,
    /// `None`: none may. Documented: tasks with exactly the same needs are one group.
    #[must_use]
    pub fn new<T: PartialEq>(
        origins: &[(T, Need)],
        range: impl Fn(&T) -> Option<TypeRange>,
    ) -> Self {
        let mut seen: Vec<&(T, Need)> = Vec::new();
        let mut needs = Self::default();
        for origin in origins {
            let kind = seen.iter().position(|other| *other == origin).unwrap_or_else(|| {
                seen.push(origin);
                let (of, need) = origin;
                needs.per_instance.push(range(of).and_then(|range| range.per_instance(need)));
                seen.len() - 1
            });
            needs.kinds.push(kind);
        }
        needs.tally = vec![0; seen.len()];
        needs
    }

    /// Whether a group grows for tasks of an origin.
    #[must_use]
    pub fn are_compatible(&self, origin: usize) -> bool {
        self.per_instance[self.kinds[origin]].is_some()
    }

    /// What `waiting` tasks, by origin, come to.
    pub fn demand(&mut self, waiting: impl Iterator<Item = u32>, over: OverGroups) -> Demand {
        self.tally.fill(0);
        for (kind, tasks) in self.kinds.iter().zip(waiting) {
            self.tally[*kind] += tasks;
        }
        let mut demand = Demand::default();
        for (tasks, per_instance) in self.tally.iter().zip(&self.per_instance) {
            let Some(per_instance) = per_instance else {
                demand.incompatible += tasks;
                continue;
            };
            demand.tasks += tasks;
            let instances = tasks.div_ceil(*per_instance);
            demand.instances = match over {
                OverGroups::Max => demand.instances.max(instances),
                OverGroups::Sum => demand.instances.saturating_add(instances),
            };
        }
        demand
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Protocol;

    const fn resources(cpu: u32, memory: u32, eni_slots: u32, gpus: u32) -> Resources {
        Resources { cpu, memory, eni_slots, gpus }
    }

    const fn shared(size: Resources) -> Need {
        Need { size, host_ports: Vec::new(), distinct: false }
    }

    /// m5.large and c5.4xlarge, about: neither is the larger in every dimension.
    const TYPES: [Resources; 2] = [resources(2_048, 32_000, 3, 0), resources(16_384, 30_000, 7, 1)];

    #[test]
    fn the_smallest_and_the_largest_type_are_taken_in_each_dimension() {
        let range = TypeRange::of(&TYPES).unwrap();
        assert_eq!(range.smallest, resources(2_048, 30_000, 3, 0));
        assert_eq!(range.largest, resources(16_384, 32_000, 7, 1));
        assert_eq!(TypeRange::of(&[]), None);
    }

    #[test]
    fn tasks_are_packed_on_the_largest_by_the_limit_that_binds() {
        let range = TypeRange::of(&TYPES).unwrap();
        // 16,384 / 1,024 = 16; 32,000 / 4,000 = 8; 7 interfaces.
        assert_eq!(range.per_instance(&shared(resources(1_024, 4_000, 1, 0))), Some(7));
        assert_eq!(range.per_instance(&shared(resources(1_024, 4_000, 0, 0))), Some(8));
        assert_eq!(range.per_instance(&shared(resources(1_024, 400, 0, 0))), Some(16));
        assert_eq!(range.per_instance(&shared(resources(0, 0, 0, 0))), Some(u32::MAX));
    }

    #[test]
    fn what_the_smallest_type_cannot_run_is_not_compatible() {
        let range = TypeRange::of(&TYPES).unwrap();
        assert_eq!(range.per_instance(&shared(resources(2_049, 100, 1, 0))), None);
        assert_eq!(range.per_instance(&shared(resources(128, 100, 1, 1))), None);
        assert_eq!(range.per_instance(&shared(resources(2_048, 30_000, 1, 0))), Some(1));
    }

    #[test]
    fn tasks_that_want_the_same_port_or_their_own_instance_need_one_each() {
        let range = TypeRange::of(&TYPES).unwrap();
        let small = shared(resources(128, 100, 0, 0));
        let port = HostPort { port: 8_080, protocol: Protocol::Tcp };
        let with_port = Need { host_ports: vec![port], ..small };
        assert_eq!(range.per_instance(&with_port), Some(1));
        assert_eq!(range.per_instance(&Need { distinct: true, ..small }), Some(1));
    }

    /// Web and api ask for the same, jobs for more, giants for too much, arm for another architecture.
    fn needs() -> Needs {
        let small = shared(resources(1_024, 4_000, 0, 0));
        let large = shared(resources(2_048, 16_000, 0, 0));
        let giant = shared(resources(4_096, 16_000, 0, 0));
        let origins = [
            ("x86", small.clone()),
            ("x86", small.clone()),
            ("x86", large),
            ("x86", giant),
            ("arm", small),
        ];
        Needs::new(&origins, |of| (*of == "x86").then(|| TypeRange::of(&TYPES).unwrap()))
    }

    #[test]
    fn tasks_with_the_same_needs_are_counted_together() {
        // 5 + 4 tasks, 8 on an instance: 2 instances, not 1 + 1 by chance but 9 / 8 rounded up.
        let demand = needs().demand([5, 4, 0, 0, 0].into_iter(), OverGroups::Max);
        assert_eq!(demand, Demand { instances: 2, tasks: 9, incompatible: 0 });
        let demand = needs().demand([4, 4, 0, 0, 0].into_iter(), OverGroups::Sum);
        assert_eq!(demand, Demand { instances: 1, tasks: 8, incompatible: 0 });
    }

    #[test]
    fn several_groups_need_what_the_neediest_needs_or_the_sum() {
        // 9 small ones: 2. 5 large ones, 2 on an instance: 3.
        let waiting = [5, 4, 5, 0, 0];
        assert_eq!(needs().demand(waiting.into_iter(), OverGroups::Max).instances, 3);
        assert_eq!(needs().demand(waiting.into_iter(), OverGroups::Sum).instances, 5);
    }

    #[test]
    fn tasks_that_are_not_compatible_do_not_count() {
        let demand = needs().demand([0, 0, 1, 7, 2].into_iter(), OverGroups::Max);
        assert_eq!(demand, Demand { instances: 1, tasks: 1, incompatible: 9 });
    }

    #[test]
    fn nothing_waits_nothing_is_needed() {
        assert_eq!(needs().demand([0; 5].into_iter(), OverGroups::Sum), Demand::default());
    }
}
