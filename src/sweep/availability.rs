//! How well services are served, where a scenario says enough to tell: figures that a sweep has beside
//! those of every sweep.

use crate::run::Answer;
use crate::scenario::{Scenario, Service};

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
    /// Fewest healthy tasks while one deployment was under way, percent of those desired.
    LeastHealthy,
    /// The least of that over all updates and rollbacks of a service. No path of the answer.
    LeastHealthyOfAll,
}

impl Availability {
    fn new(kind: Kind, name: &str) -> Self {
        let path = match kind {
            Kind::NotServed => format!("demand[{name}].not_served_share"),
            Kind::Late => format!("queues[{name}].late_share"),
            Kind::LeastHealthy | Kind::LeastHealthyOfAll => {
                format!("deployments[{name}].least_healthy_percent")
            }
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
            Kind::LeastHealthyOfAll => {
                let own = answer.deployments.iter().filter(|row| row.service == self.name);
                own.filter_map(|row| row.least_healthy_percent).min_by(f64::total_cmp)
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
    found.extend(services().flat_map(|(at, service)| of_deployments(scenario, at, service)));
    found
}

/// One figure for each update that deploys, and where there may be more deployments than one of them
/// together: a rollback is one too.
fn of_deployments(scenario: &Scenario, at: usize, service: &Service) -> Vec<Availability> {
    let own = scenario.service_updates.iter().filter(|update| update.service == at);
    let updates = own.filter(|update| update.deploys()).count();
    // The first is the creation.
    let numbers = 2..updates + 2;
    let mut found: Vec<Availability> = numbers
        .map(|number| format!("{}/{number}", service.name))
        .map(|name| Availability::new(Kind::LeastHealthy, &name))
        .collect();
    if updates > 1 || updates == 1 && service.deployment_configuration.may_roll_back() {
        found.push(Availability::new(Kind::LeastHealthyOfAll, &service.name));
    }
    found
}
