//! How well services are served, where a scenario says enough to tell: figures that a sweep has beside
//! those of every sweep.

use crate::run::Answer;
use crate::scenario::Scenario;

/// A figure of one service or queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Availability {
    kind: Kind,
    /// Name of the row.
    name: String,
    /// Its path in the answer.
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Share of the requests that were lost or wait at the end.
    NotServed,
    /// Share of the messages that waited longer than is acceptable.
    Late,
    /// Fewest healthy tasks while the first update was under way, percent of those desired.
    LeastHealthy,
}

impl Availability {
    fn new(kind: Kind, name: &str) -> Self {
        let path = match kind {
            Kind::NotServed => format!("demand[{name}].not_served_share"),
            Kind::Late => format!("queues[{name}].late_share"),
            Kind::LeastHealthy => format!("deployments[{name}].least_healthy_percent"),
        };
        Self { kind, name: name.to_owned(), path }
    }

    /// The figures that runs of these scenarios have, each once.
    pub(super) fn of<'s>(scenarios: impl Iterator<Item = &'s Scenario>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for scenario in scenarios {
            let found = of_one(scenario);
            all.extend(found.into_iter().filter(|own| !all.contains(own)).collect::<Vec<_>>());
        }
        all
    }

    /// Its path.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// What it is in an answer.
    pub(super) fn figure(&self, answer: &Answer) -> Option<f64> {
        match self.kind {
            Kind::NotServed => {
                let row = answer.demand.iter().find(|row| row.service == self.name);
                row.map(|row| row.not_served_share)
            }
            Kind::Late => answer.queues.iter().find(|row| row.name == self.name)?.late_share,
            Kind::LeastHealthy => {
                let mut rows = answer.deployments.iter();
                rows.find(|row| row.deployment == self.name)?.least_healthy_percent
            }
        }
    }
}

fn of_one(scenario: &Scenario) -> Vec<Availability> {
    let services = || scenario.services.iter().enumerate();
    let asked = services().filter(|(at, _)| scenario.demands.iter().any(|of| of.service == *at));
    let mut found: Vec<Availability> =
        asked.map(|(_, service)| Availability::new(Kind::NotServed, &service.name)).collect();
    let queues = scenario.queues.iter().filter(|queue| queue.acceptable_latency.is_some());
    found.extend(queues.map(|queue| Availability::new(Kind::Late, &queue.name)));
    let deployed = services().filter(|(at, _)| {
        let mut updates = scenario.service_updates.iter();
        updates.any(|update| update.service == *at && update.deploys())
    });
    // The first is the creation.
    let first = deployed.map(|(_, service)| format!("{}/2", service.name));
    found.extend(first.map(|name| Availability::new(Kind::LeastHealthy, &name)));
    found
}
