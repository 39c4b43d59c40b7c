//! How many more tasks until a limit, and what they cost on the way.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::run::{Answer, DeploymentRow, LimitRow, WaitingRow};
use crate::scenario::parameters::quotas::{VCPU_QUOTAS, VcpuQuota};

use super::super::statistics::{interval, mean};

/// How the limits begin that hold launches back for a time.
const LAUNCH_RATE: &str = "launch rate";

/// What a number of tasks comes to at the horizon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Desired count of the service.
    pub desired_count: u32,
    /// Tasks of the whole cluster that wait.
    pub waiting: f64,
    /// Deployments that are not completed by then, or failed.
    pub deployments_open: f64,
    /// What the fleet costs an hour.
    pub usd_per_hour: f64,
    /// The fleet by provider and kind.
    pub fleet: Vec<FleetPart>,
    /// What stands in the way, where tasks wait.
    pub limits: Vec<Hit>,
    /// What the horizon cuts off and nothing stands in the way of: it would be done later.
    pub unfinished: Vec<Hit>,
    /// Quotas of vCPUs, and how much of each is needed.
    pub quotas: Vec<QuotaUse>,
}

/// How much of a quota a number of tasks needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuotaUse {
    /// Which.
    pub limit: String,
    /// Its path in a scenario.
    pub parameter: String,
    /// vCPUs, at the peak.
    pub needed: f64,
    /// What the scenario states; null where it does not, and nothing is limited by it.
    pub of: Option<f64>,
    /// What is left of that at the peak; null without it.
    pub left: Option<f64>,
    /// Whether the scenario states quotas of classes of it, each a limit of its own with a row of its own
    /// behind this one. Left out where it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_class: bool,
    /// What AWS gives a new account.
    pub new_account: u32,
    /// For which instance families; it has none of the others. Left out where that is for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_account_families: Option<&'static str>,
}

/// Instances of one kind; of Fargate, tasks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FleetPart {
    /// Capacity provider, type or size, and how it is bought.
    pub name: String,
    /// How many.
    pub count: f64,
    /// What stops one more task on such an instance; null of Fargate.
    pub full_by: Option<String>,
}

/// A limit that was met.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// A quota, or the addresses of a subnet: there is a number of it.
    Account {
        /// Which.
        limit: String,
        /// How much there is; null where the scenario does not say.
        of: Option<f64>,
    },
    /// A quota of ECS, beyond which AWS would refuse: no run is held back by it.
    Quota {
        /// Which.
        limit: String,
        /// How much it is.
        of: f64,
    },
    /// Tasks wait for something, named as in `tasks.waiting_for`.
    Waits(String),
    /// A deployment is not completed.
    Deployment {
        /// Which.
        deployment: String,
        /// What held it up; null where it was under way at the horizon, or failed.
        held_by: Option<String>,
    },
    /// Such a number cannot be asked for.
    NotAdmitted(String),
}

/// How many times the horizon a count that is too much gets, to tell a limit from a lack of time.
pub const LATER: u32 = 4;

/// What was found. Counts hold in every run; the levels are those of the run that ends first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Headroom {
    /// Runs of each count, each under a seed of its own, the same for all counts.
    pub replications: usize,
    /// The run whose levels these are, from 0: the first that is over at the first count that is too
    /// much.
    pub run: usize,
    /// How many of the runs are over there.
    pub runs_over: usize,
    /// The greatest count that at least one run holds; null where no limit of all was found, or none
    /// holds the count of now.
    pub highest: Option<u32>,
    /// As the scenario has it.
    pub now: Level,
    /// The greatest count at which in no run tasks wait for what does not come by itself, more
    /// deployments are held up than now, or a quota is passed; null where that is so already.
    pub last: Option<Level>,
    /// The first at which some run is over; null where none was found up to `sought`.
    pub first_over: Option<Level>,
    /// Whether `first_over` is too much no more at a horizon [`LATER`] times as long: then the horizon
    /// stood in the way, and no limit. Null without one.
    pub done_later: Option<bool>,
    /// The first count, up to `last`, at which some run is not done at the horizon, though nothing stands
    /// in the way: a later horizon would show it done. Null where none is.
    pub unfinished_from: Option<Level>,
    /// The greatest count that was tried.
    pub sought: u32,
    /// The next changes of the fleet: the first count with each.
    pub steps: Vec<Level>,
    /// What the first of them costs an hour more than now, over all runs; null without one.
    pub next_step: Option<StepCost>,
}

/// What a change of the fleet costs more than the fleet of now, USD an hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepCost {
    /// The mean over the runs.
    pub mean: f64,
    /// The 95 % interval of the mean; null of one run.
    pub ci95_low: Option<f64>,
    /// See `ci95_low`.
    pub ci95_high: Option<f64>,
}

impl StepCost {
    fn of(now: &[Level], then: &[Level]) -> Option<Self> {
        let pairs = now.iter().zip(then);
        let more: Vec<f64> =
            pairs.map(|(now, then)| then.usd_per_hour - now.usd_per_hour).collect();
        let interval = interval(&more);
        let (ci95_low, ci95_high) =
            (interval.map(|of| of.ci95_low), interval.map(|of| of.ci95_high));
        Some(Self { mean: mean(&more)?, ci95_low, ci95_high })
    }

    /// Whether luck differs from run to run. Of one run nobody knows.
    #[must_use]
    pub fn has_width(&self) -> bool {
        self.ci95_low.zip(self.ci95_high).is_some_and(|(low, high)| low < high)
    }

    /// Whether the fleet costs more, luck aside.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.ci95_low.unwrap_or(self.mean) > 0.0
    }
}

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The count of now.
    pub now: u32,
    /// The greatest count to try.
    pub most: u32,
    /// Most changes of the fleet to list.
    pub steps: usize,
}

impl Level {
    /// What `answer` says of so many tasks.
    #[must_use]
    pub fn of(desired_count: u32, answer: &Answer) -> Self {
        let part = |row: &crate::run::FleetRow| FleetPart {
            name: super::super::fleet_label(answer, row),
            count: row.at_end,
            full_by: row.binding_limit.clone(),
        };
        let refused = answer.limits.iter().filter(|row| row.refused > 0.0 && !row.told_only);
        // What comes at a rate comes later.
        let (rates, account): (Vec<&LimitRow>, Vec<_>) =
            refused.partition(|row| row.limit.starts_with(LAUNCH_RATE));
        let account_of = |row: &LimitRow| Hit::Account { limit: row.limit.clone(), of: row.of };
        let mut limits: Vec<Hit> = account.iter().map(|row| account_of(row)).collect();
        let mut unfinished: Vec<Hit> = rates.iter().map(|row| account_of(row)).collect();
        let told = answer.limits.iter().filter(|row| row.told_only);
        limits.extend(
            told.map(|row| Hit::Quota { limit: row.limit.clone(), of: row.of.unwrap_or_default() }),
        );
        let waits = answer.tasks.waiting_for.iter().filter(|row| row.tasks > 0.0);
        let waits = waits.map(|row| {
            (Hit::Waits(row.waits_for.clone()), WaitingRow::comes_by_itself(&row.waits_for))
        });
        let open: Vec<_> = answer.deployments.iter().filter(|row| row.completed < 1.0).collect();
        let deployments = open.iter().map(|row| {
            let (deployment, held_by) = (row.deployment.clone(), row.held_by.clone());
            (Hit::Deployment { deployment, held_by }, is_under_way(row))
        });
        for (hit, comes) in waits.chain(deployments) {
            let list = if comes && account.is_empty() { &mut unfinished } else { &mut limits };
            if !list.contains(&hit) {
                list.push(hit);
            }
        }
        Self {
            desired_count,
            waiting: answer.tasks.waiting_at_end,
            deployments_open: open.len() as f64,
            usd_per_hour: answer.cost.per_hour_at_end_usd,
            fleet: answer.fleet.iter().filter(|row| row.at_end > 0.0).map(part).collect(),
            limits,
            unfinished,
            quotas: quota_uses(&answer.limits),
        }
    }

    /// A count that is not admitted.
    #[must_use]
    pub fn not_admitted(desired_count: u32, why: String) -> Self {
        Self {
            desired_count,
            waiting: f64::INFINITY,
            deployments_open: 0.0,
            usd_per_hour: 0.0,
            fleet: Vec::new(),
            limits: vec![Hit::NotAdmitted(why)],
            unfinished: Vec::new(),
            quotas: Vec::new(),
        }
    }

    /// Whether a quota is passed, tasks wait for what does not come by itself, or a deployment is held up
    /// that ends with the tasks of `now`.
    #[must_use]
    pub fn is_over(&self, now: &Self) -> bool {
        let beyond = self.limits.iter().any(|hit| matches!(hit, Hit::Quota { .. }));
        let stands =
            |hit: &Hit| matches!(hit, Hit::Waits(_) | Hit::NotAdmitted(_) | Hit::Account { .. });
        let held = |level: &Self| {
            level.limits.iter().filter(|hit| matches!(hit, Hit::Deployment { .. })).count()
        };
        let waits =
            self.waiting > 0.0 && (self.limits.iter().any(stands) || self.unfinished.is_empty());
        beyond || waits || held(self) > held(now)
    }

    /// Whether the horizon cuts something off that is done with the tasks of `now`, or tasks that wait.
    fn is_unfinished(&self, now: &Self) -> bool {
        self.waiting > 0.0 || self.deployments_open > now.deployments_open
    }

    fn same_fleet(&self, other: &Self) -> bool {
        let counts = |level: &Self| -> Vec<(String, u64)> {
            level.fleet.iter().map(|part| (part.name.clone(), part.count.to_bits())).collect()
        };
        counts(self) == counts(other)
    }
}

/// Whether nothing but time keeps a deployment from its end: checks pass in time, but not where they find
/// tasks unhealthy.
fn is_under_way(row: &DeploymentRow) -> bool {
    const PASS: [&str; 4] =
        ["stopping_tasks", "health_checks", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"];
    let held_by = row.held_by.as_deref();
    row.failed <= 0.0
        && row.failed_tasks <= 0.0
        && row.unhealthy_at_end <= 0.0
        && held_by.is_some_and(|by| PASS.contains(&by) || WaitingRow::comes_by_itself(by))
}

/// Each quota that is needed, and behind it those of its classes that are stated.
fn quota_uses(limits: &[LimitRow]) -> Vec<QuotaUse> {
    let of = |quota: &VcpuQuota| -> Vec<QuotaUse> {
        let classes = || limits.iter().filter_map(|row| Some((row, quota.class_of(&row.limit)?)));
        let by_class = classes().next().is_some();
        let all = limits.iter().filter(|row| row.limit == quota.limit && row.needed > 0.0);
        let all = all.map(|row| QuotaUse {
            by_class,
            new_account_families: quota.new_account_families,
            ..quota_use(row, quota.parameter.to_owned(), quota.new_account)
        });
        let classes = classes()
            .map(|(row, of)| quota_use(row, quota.parameter_of(of), quota.new_account_of(of)));
        all.chain(classes).collect()
    };
    VCPU_QUOTAS.iter().flat_map(of).collect()
}

/// A quota that no other one divides.
fn quota_use(row: &LimitRow, parameter: String, new_account: u32) -> QuotaUse {
    QuotaUse {
        limit: row.limit.clone(),
        parameter,
        needed: row.needed,
        of: row.of,
        left: row.of.map(|of| of - row.needed),
        by_class: false,
        new_account,
        new_account_families: None,
    }
}

/// Looks for the first count that is too much in some run, and for the first that is in all of them, by
/// steps that double and then by halves: once it is too much, more is taken to be too much. `ask` runs a
/// count: a level for each run, as many of each count and at least one.
///
/// # Errors
/// What `ask` answers with.
pub fn headroom<E>(
    reach: Reach,
    ask: &mut dyn FnMut(u32) -> Result<Vec<Level>, E>,
) -> Result<Headroom, E> {
    let mut search = Search { ask, known: BTreeMap::new() };
    let now = search.at(reach.now)?;
    let over = |levels: &[Level]| -> Vec<usize> {
        let pairs = levels.iter().zip(&now).enumerate();
        pairs.filter(|(_, (level, now))| level.is_over(now)).map(|(run, _)| run).collect()
    };
    let already = !over(&now).is_empty();
    let some = |levels: &[Level]| !over(levels).is_empty();
    let all = |levels: &[Level]| over(levels).len() == levels.len();
    let first = search.first_or(reach.now, already, reach.most, &some)?;
    let runs = first.map(|count| search.at(count)).transpose()?.map_or(Vec::new(), |at| over(&at));
    let run = runs.first().copied().unwrap_or(0);
    let for_all = match first {
        Some(count) if all(&search.at(count)?) => Some(count),
        Some(count) => search.first(count, reach.most, &all)?,
        None => None,
    };
    let last = (!already).then(|| first.map_or(reach.most, |count| count - 1));
    let steps = match last {
        Some(last) => search.steps(reach, last, run)?,
        None => Vec::new(),
    };
    let late =
        |levels: &[Level]| levels.iter().zip(&now).any(|(level, now)| level.is_unfinished(now));
    let unfinished = match last {
        Some(last) => search.first_or(reach.now, late(&now), last, &late)?,
        None => None,
    };
    let next_step = match steps.first() {
        Some(step) => StepCost::of(&now, &search.at(step.desired_count)?),
        None => None,
    };
    let unfinished_from = match unfinished {
        Some(count) => {
            search.at(count)?.into_iter().zip(&now).find(|(of, now)| of.is_unfinished(now))
        }
        None => None,
    };
    Ok(Headroom {
        replications: now.len(),
        run,
        runs_over: runs.len(),
        highest: for_all.filter(|count| *count > reach.now).map(|count| count - 1),
        last: last.map(|count| search.of_run(count, run)).transpose()?,
        first_over: first.map(|count| search.of_run(count, run)).transpose()?,
        now: search.of_run(reach.now, run)?,
        unfinished_from: unfinished_from.map(|(level, _)| level),
        done_later: None,
        sought: for_all.unwrap_or(reach.most),
        steps,
        next_step,
    })
}

struct Search<'s, E> {
    ask: &'s mut dyn FnMut(u32) -> Result<Vec<Level>, E>,
    known: BTreeMap<u32, Vec<Level>>,
}

impl<E> Search<'_, E> {
    fn at(&mut self, count: u32) -> Result<Vec<Level>, E> {
        if let Some(known) = self.known.get(&count) {
            return Ok(known.clone());
        }
        let levels = (self.ask)(count)?;
        self.known.insert(count, levels.clone());
        Ok(levels)
    }

    fn of_run(&mut self, count: u32, run: usize) -> Result<Level, E> {
        let mut levels = self.at(count)?;
        Ok(levels.swap_remove(run))
    }

    /// The changes of the fleet of one run, up to the count `last`.
    fn steps(&mut self, reach: Reach, last: u32, run: usize) -> Result<Vec<Level>, E> {
        let mut from = self.of_run(reach.now, run)?;
        let mut steps = Vec::new();
        while steps.len() < reach.steps {
            let changed = |levels: &[Level]| !levels[run].same_fleet(&from);
            let Some(at) = self.first(from.desired_count, last, &changed)? else { break };
            from = self.of_run(at, run)?;
            steps.push(from.clone());
        }
        Ok(steps)
    }

    /// `from` where it holds there already, else as [`Search::first`].
    fn first_or(
        &mut self,
        from: u32,
        already: bool,
        most: u32,
        holds: &dyn Fn(&[Level]) -> bool,
    ) -> Result<Option<u32>, E> {
        if already { Ok(Some(from)) } else { self.first(from, most, holds) }
    }

    /// The first count above `from`, up to `most`, for which `holds`, taken to hold from there on.
    fn first(
        &mut self,
        from: u32,
        most: u32,
        holds: &dyn Fn(&[Level]) -> bool,
    ) -> Result<Option<u32>, E> {
        let (mut below, mut step) = (from, 1_u32);
        let mut above = loop {
            if below >= most {
                return Ok(None);
            }
            let next = below.saturating_add(step).min(most);
            if holds(&self.at(next)?) {
                break next;
            }
            below = next;
            step = step.saturating_mul(2);
        };
        while above - below > 1 {
            let middle = u32::midpoint(below, above);
            if holds(&self.at(middle)?) { above = middle } else { below = middle }
        }
        Ok(Some(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Instances that hold seven tasks each, twelve of them at most.
    fn level(count: u32) -> Level {
        let instances = count.div_ceil(7).min(12);
        let waiting = f64::from(count.saturating_sub(84));
        let part =
            FleetPart { name: "m5.large".to_owned(), count: f64::from(instances), full_by: None };
        let held_by = Some("room".to_owned());
        let held = Hit::Deployment { deployment: "web/2".to_owned(), held_by };
        Level {
            desired_count: count,
            waiting,
            deployments_open: f64::from(u32::from(count > 70)),
            usd_per_hour: f64::from(instances),
            fleet: vec![part],
            limits: if count > 70 { vec![held] } else { Vec::new() },
            unfinished: Vec::new(),
            quotas: Vec::new(),
        }
    }

    #[test]
    fn the_limit_and_the_steps_on_the_way_are_found_exactly() {
        let mut asked = 0;
        let mut ask = |count| -> Result<Vec<Level>, ()> {
            asked += 1;
            Ok(vec![level(count)])
        };
        let found = headroom(Reach { now: 30, most: 5_000, steps: 3 }, &mut ask).unwrap();
        // From 71 on all run, but a deployment finds no room for its own.
        assert_eq!(found.last.unwrap().desired_count, 70);
        assert_eq!(found.first_over.unwrap().desired_count, 71);
        let steps: Vec<u32> = found.steps.iter().map(|step| step.desired_count).collect();
        assert_eq!(steps, [36, 43, 50]);
        assert!(asked < 40, "{asked}");
    }

    #[test]
    fn what_the_horizon_cuts_off_is_no_limit_and_is_told_beside_it() {
        let starting = || Hit::Waits("starting".to_owned());
        let mut ask = |count: u32| -> Result<Vec<Level>, ()> {
            let late = count >= 50;
            let unfinished = if late { vec![starting()] } else { Vec::new() };
            Ok(vec![Level {
                deployments_open: f64::from(u32::from(late)),
                unfinished,
                ..level(count)
            }])
        };
        let found = headroom(Reach { now: 30, most: 5_000, steps: 1 }, &mut ask).unwrap();
        assert_eq!(found.last.unwrap().desired_count, 70);
        let from = found.unfinished_from.unwrap();
        assert_eq!((from.desired_count, from.unfinished), (50, vec![starting()]));
    }

    #[test]
    fn a_step_costs_more_for_sure_or_it_is_luck() {
        let at = |usd_per_hour: f64| Level { usd_per_hour, ..level(1) };
        let now = [at(1.0), at(1.1), at(0.9)];
        let cost = |then: [f64; 3]| StepCost::of(&now, &then.map(at)).unwrap();
        // Differences of 0.1 each; and of 0.4, -0.3 and 0.2: 0.1 on average.
        assert!(cost([1.1, 1.2, 1.0]).is_sure());
        let luck = cost([1.4, 0.8, 1.1]);
        assert!((luck.mean - 0.1).abs() < 1e-9 && !luck.is_sure(), "{luck:?}");
        // Of one run nobody knows the luck, but nothing is sold cheaper by the dozen.
        assert!(!StepCost::of(&now[..1], &[at(0.9)]).unwrap().is_sure());
    }

    #[test]
    fn without_a_limit_it_says_how_far_it_looked_and_with_waiting_tasks_there_is_none_left() {
        let mut ask = |count| -> Result<Vec<Level>, ()> { Ok(vec![level(count)]) };
        let found = headroom(Reach { now: 30, most: 60, steps: 9 }, &mut ask).unwrap();
        assert_eq!((found.first_over, found.sought), (None, 60));
        assert_eq!(found.last.unwrap().desired_count, 60);
        let found = headroom(Reach { now: 90, most: 100, steps: 9 }, &mut ask).unwrap();
        assert!(found.last.is_none() && found.first_over.is_some());
    }

    #[test]
    fn the_count_holds_in_every_run_and_the_levels_are_those_of_the_run_that_ends_first() {
        // The second run has luck that costs it twenty places, the third ten.
        let unlucky = |count: u32, by: u32| Level { desired_count: count, ..level(count + by) };
        let mut ask = |count| -> Result<Vec<Level>, ()> {
            Ok(vec![level(count), unlucky(count, 20), unlucky(count, 10)])
        };
        let found = headroom(Reach { now: 30, most: 5_000, steps: 1 }, &mut ask).unwrap();
        assert_eq!((found.replications, found.run, found.runs_over), (3, 1, 1));
        assert_eq!(found.last.unwrap().desired_count, 50);
        assert_eq!(found.highest, Some(70));
        // Of that run: 30 tasks are on 8 instances, as many as hold 56 less 20.
        assert_eq!(found.steps[0].desired_count, 37);
    }

    #[test]
    fn a_quota_that_holds_nothing_back_is_a_limit_too() {
        let mut ask = |count: u32| -> Result<Vec<Level>, ()> {
            let mut found = level(count.min(60));
            found.desired_count = count;
            if count > 500 {
                let limit = "tasks of service web (quota)".to_owned();
                found.limits.push(Hit::Quota { limit, of: 500.0 });
            }
            Ok(vec![found])
        };
        let found = headroom(Reach { now: 30, most: 5_000, steps: 0 }, &mut ask).unwrap();
        assert_eq!((found.last.unwrap().desired_count, found.highest), (500, Some(500)));
        // Passed already.
        let found = headroom(Reach { now: 501, most: 5_000, steps: 0 }, &mut ask).unwrap();
        assert!(found.last.is_none() && found.first_over.unwrap().desired_count == 501);
    }
}
