//! How many more tasks until a limit, and what they cost on the way.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::run::Answer;

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

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Headroom {
    /// As the scenario has it.
    pub now: Level,
    /// The greatest count at which no tasks wait and no more deployments stay open than now; null where
    /// tasks wait that should run already.
    pub last: Option<Level>,
    /// The first at which some wait, or a deployment more stays open; null where none was found up to
    /// `sought`.
    pub first_over: Option<Level>,
    /// The greatest count that was tried.
    pub sought: u32,
    /// The next changes of the fleet: the first count with each.
    pub steps: Vec<Level>,
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
        let account = answer.limits.iter().filter(|row| row.refused > 0.0);
        let account = account.map(|row| Hit::Account { limit: row.limit.clone(), of: row.of });
        let mut limits: Vec<Hit> = account.collect();
        for row in answer.tasks.waiting_for.iter().filter(|row| row.tasks > 0.0) {
            let hit = Hit::Waits(row.waits_for.clone());
            if !limits.contains(&hit) {
                limits.push(hit);
            }
        }
        let open = |row: &&crate::run::DeploymentRow| row.completed < 1.0;
        let open: Vec<_> = answer.deployments.iter().filter(open).collect();
        limits.extend(open.iter().map(|row| Hit::Deployment {
            deployment: row.deployment.clone(),
            held_by: row.held_by.clone(),
        }));
        Self {
            desired_count,
            waiting: answer.tasks.waiting_at_end,
            deployments_open: open.len() as f64,
            usd_per_hour: answer.cost.per_hour_at_end_usd,
            fleet: answer.fleet.iter().filter(|row| row.at_end > 0.0).map(part).collect(),
            limits,
        }
    }

    /// A count that is not admitted.
    #[must_use]
    pub fn not_admitted(desired_count: u32, why: String) -> Self {
        let limits = vec![Hit::NotAdmitted(why)];
        let (waiting, usd_per_hour) = (f64::INFINITY, 0.0);
        let fleet = Vec::new();
        Self { desired_count, waiting, deployments_open: 0.0, usd_per_hour, fleet, limits }
    }

    /// Whether some wait, or a deployment stays open that ends with the tasks of `now`.
    fn is_over(&self, now: &Self) -> bool {
        self.waiting > 0.0 || self.deployments_open > now.deployments_open
    }

    fn same_fleet(&self, other: &Self) -> bool {
        let counts = |level: &Self| -> Vec<(String, u64)> {
            level.fleet.iter().map(|part| (part.name.clone(), part.count.to_bits())).collect()
        };
        counts(self) == counts(other)
    }
}

/// Looks for the first count at which tasks wait, or a deployment more than now stays open, by steps
/// that double and then by halves: once it is too much, more is taken to be too much. `ask` runs a
/// count.
pub fn headroom<E>(
    reach: Reach,
    ask: &mut dyn FnMut(u32) -> Result<Level, E>,
) -> Result<Headroom, E> {
    let mut search = Search { ask, known: BTreeMap::new() };
    let now = search.at(reach.now)?;
    if now.waiting > 0.0 {
        let (last, first_over) = (None, Some(now.clone()));
        return Ok(Headroom { now, last, first_over, sought: reach.now, steps: Vec::new() });
    }
    let over = search.first(reach.now, reach.most, &|level| level.is_over(&now))?;
    let last = over.map_or(reach.most, |over| over - 1).max(reach.now);
    let mut steps = Vec::new();
    let mut from = now.clone();
    while steps.len() < reach.steps {
        let changed = |level: &Level| !level.same_fleet(&from);
        let Some(at) = search.first(from.desired_count, last, &changed)? else { break };
        from = search.at(at)?;
        steps.push(from.clone());
    }
    let first_over = over.map(|over| search.at(over)).transpose()?;
    let last_level = search.at(last)?;
    let sought = over.unwrap_or(reach.most);
    Ok(Headroom { now, last: Some(last_level), first_over, sought, steps })
}

struct Search<'s, E> {
    ask: &'s mut dyn FnMut(u32) -> Result<Level, E>,
    known: BTreeMap<u32, Level>,
}

impl<E> Search<'_, E> {
    fn at(&mut self, count: u32) -> Result<Level, E> {
        if let Some(known) = self.known.get(&count) {
            return Ok(known.clone());
        }
        let level = (self.ask)(count)?;
        self.known.insert(count, level.clone());
        Ok(level)
    }

    /// The first count above `from`, up to `most`, for which `holds`, taken to hold from there on.
    fn first(
        &mut self,
        from: u32,
        most: u32,
        holds: &dyn Fn(&Level) -> bool,
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
        Level {
            desired_count: count,
            waiting,
            deployments_open: f64::from(u32::from(count > 70)),
            usd_per_hour: f64::from(instances),
            fleet: vec![part],
            limits: Vec::new(),
        }
    }

    #[test]
    fn the_limit_and_the_steps_on_the_way_are_found_exactly() {
        let mut asked = 0;
        let mut ask = |count| -> Result<Level, ()> {
            asked += 1;
            Ok(level(count))
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
    fn without_a_limit_it_says_how_far_it_looked_and_with_waiting_tasks_there_is_none_left() {
        let mut ask = |count| -> Result<Level, ()> { Ok(level(count)) };
        let found = headroom(Reach { now: 30, most: 60, steps: 9 }, &mut ask).unwrap();
        assert_eq!((found.first_over, found.sought), (None, 60));
        assert_eq!(found.last.unwrap().desired_count, 60);
        let found = headroom(Reach { now: 90, most: 100, steps: 9 }, &mut ask).unwrap();
        assert!(found.last.is_none() && found.first_over.is_some());
    }
}
