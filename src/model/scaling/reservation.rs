//! CapacityProviderReservation: instances needed in percent of instances running.

use std::cmp::Ordering;

use crate::scenario::ManagedScaling;

use super::need::Demand;

/// The instances that ECS starts from an empty group (documented: "always two").
pub const FROM_ZERO: u32 = 2;

/// A value of the metric, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// N: instances that run.
    pub running: u32,
    /// M: instances that are needed.
    pub needed: u32,
    /// What it rests on.
    pub basis: Basis,
}

/// Which case of the definition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// No instance, no task: 100.
    Empty,
    /// No instance, and tasks wait: 200.
    FromZero,
    /// No task that waits could run on the smallest type: the target.
    Incompatible {
        /// The target capacity.
        target: u32,
        /// Tasks that wait.
        tasks: u32,
    },
    /// Tasks wait: what runs and what they need.
    Waiting {
        /// Tasks that count.
        tasks: u32,
        /// Instances they need, within the step sizes.
        extra: u32,
    },
    /// Nobody waits: the instances with tasks.
    Busy,
}

impl Reservation {
    /// The value of a minute, from the instances that run, those of them with a task other than a
    /// daemon's, and what the waiting tasks come to.
    ///
    /// Documented: the cases of an empty group and of incompatible tasks, the step sizes, the ratio.
    /// Assumed: that an empty group does not start for tasks none of which is compatible.
    #[must_use]
    pub fn new(running: u32, busy: u32, demand: &Demand, scaling: &ManagedScaling) -> Self {
        let (needed, basis) = match demand {
            Demand { tasks: 0, incompatible: 0, .. } if running == 0 => (0, Basis::Empty),
            Demand { tasks: 0, incompatible: 0, .. } => (busy, Basis::Busy),
            Demand { tasks: 0, incompatible, .. } => {
                let target = scaling.target_capacity;
                (busy, Basis::Incompatible { target, tasks: *incompatible })
            }
            _ if running == 0 => (FROM_ZERO, Basis::FromZero),
            Demand { tasks, instances, .. } => {
                let least = scaling.minimum_scaling_step_size;
                let most = scaling.maximum_scaling_step_size.max(least);
                let extra = (*instances).clamp(least, most);
                (running.saturating_add(extra), Basis::Waiting { tasks: *tasks, extra })
            }
        };
        Self { running, needed, basis }
    }

    /// The value in percent.
    #[must_use]
    pub fn percent(&self) -> f64 {
        match self.basis {
            Basis::Empty => 100.0,
            Basis::FromZero => 200.0,
            Basis::Incompatible { target, .. } => f64::from(target),
            Basis::Waiting { .. } | Basis::Busy => {
                f64::from(self.needed) * 100.0 / f64::from(self.running)
            }
        }
    }

    /// Where it lies beside a target in percent, exactly.
    #[must_use]
    pub fn against(&self, target: u32) -> Ordering {
        let value = |percent: u32| percent.cmp(&target);
        match self.basis {
            Basis::Empty => value(100),
            Basis::FromZero => value(200),
            Basis::Incompatible { target, .. } => value(target),
            Basis::Waiting { .. } | Basis::Busy => {
                (u64::from(self.needed) * 100).cmp(&(u64::from(target) * u64::from(self.running)))
            }
        }
    }

    /// The instances that bring it to a target: N x value / target, rounded up.
    #[must_use]
    pub fn instances_at(&self, target: u32) -> u32 {
        match self.basis {
            Basis::FromZero => FROM_ZERO,
            Basis::Empty | Basis::Incompatible { .. } => self.running,
            Basis::Waiting { .. } | Basis::Busy => {
                let instances = (u64::from(self.needed) * 100).div_ceil(u64::from(target.max(1)));
                u32::try_from(instances).unwrap_or(u32::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parameters::managed_scaling::MANAGED_SCALING;

    const fn waiting(tasks: u32, instances: u32) -> Demand {
        Demand { instances, tasks, incompatible: 0 }
    }

    const NOBODY: Demand = waiting(0, 0);

    fn of(running: u32, busy: u32, demand: &Demand) -> Reservation {
        Reservation::new(running, busy, demand, &MANAGED_SCALING)
    }

    fn percent(reservation: &Reservation) -> u32 {
        (reservation.percent() * 1e6).round() as u32 / 1_000_000
    }

    #[test]
    fn an_empty_group_that_nobody_wants_is_at_100() {
        let empty = of(0, 0, &NOBODY);
        assert_eq!((percent(&empty), empty.basis), (100, Basis::Empty));
        // Above a target of 80, and yet there is nothing to start.
        assert_eq!((empty.against(80), empty.instances_at(80)), (Ordering::Greater, 0));
    }

    #[test]
    fn an_empty_group_that_somebody_wants_is_at_200_and_starts_two_whatever_the_need() {
        for demand in [waiting(1, 1), waiting(500, 125)] {
            let from_zero = of(0, 0, &demand);
            assert_eq!((percent(&from_zero), from_zero.basis), (200, Basis::FromZero));
            assert_eq!([100, 80, 1].map(|target| from_zero.instances_at(target)), [2; 3]);
        }
    }

    #[test]
    fn tasks_none_of_which_is_compatible_leave_the_value_at_the_target() {
        let scaling = ManagedScaling { target_capacity: 80, ..MANAGED_SCALING };
        let demand = Demand { incompatible: 3, ..NOBODY };
        for (running, busy) in [(0, 0), (4, 1)] {
            let stays = Reservation::new(running, busy, &demand, &scaling);
            assert_eq!(percent(&stays), 80);
            assert_eq!((stays.against(80), stays.instances_at(80)), (Ordering::Equal, running));
        }
    }

    #[test]
    fn without_waiting_tasks_the_busy_instances_are_needed() {
        let value = of(334, 34, &NOBODY);
        assert_eq!(percent(&value), 10);
        assert_eq!((value.needed, value.basis), (34, Basis::Busy));
        assert_eq!(of(2, 1, &NOBODY).percent().to_bits(), 50.0_f64.to_bits());
        assert_eq!(of(5, 0, &NOBODY).instances_at(100), 0);
    }

    #[test]
    fn waiting_tasks_add_to_all_that_run_however_many_of_them_are_busy() {
        let value = of(10, 3, &waiting(20, 5));
        assert_eq!((value.needed, percent(&value)), (15, 150));
        assert_eq!(value.basis, Basis::Waiting { tasks: 20, extra: 5 });
        assert_eq!(value.against(100), Ordering::Greater);
        assert_eq!(value.instances_at(100), 15);
    }

    #[test]
    fn the_step_sizes_bound_what_is_added() {
        let scaling = ManagedScaling {
            minimum_scaling_step_size: 3,
            maximum_scaling_step_size: 8,
            ..MANAGED_SCALING
        };
        let needed = |instances| {
            Reservation::new(10, 10, &waiting(1, instances), &scaling).instances_at(100)
        };
        assert_eq!([1, 3, 5, 8, 100].map(needed), [13, 13, 15, 18, 18]);
        // They bound no scale-in.
        assert_eq!(Reservation::new(10, 1, &NOBODY, &scaling).needed, 1);
    }

    #[test]
    fn a_target_below_100_holds_instances_without_tasks() {
        // 8 needed at 80 %: 10. 9: 11.25, so 12.
        assert_eq!([8, 9, 0].map(|busy| of(20, busy, &NOBODY).instances_at(80)), [10, 12, 0]);
        assert_eq!(of(10, 8, &NOBODY).against(80), Ordering::Equal);
        assert_eq!(of(9, 8, &NOBODY).against(80), Ordering::Greater);
        assert_eq!(of(11, 8, &NOBODY).against(80), Ordering::Less);
    }

    #[test]
    fn thirds_are_compared_exactly() {
        // 1 of 3 is above 33 and below 34.
        assert_eq!(of(3, 1, &NOBODY).against(33), Ordering::Greater);
        assert_eq!(of(3, 1, &NOBODY).against(34), Ordering::Less);
    }
}
